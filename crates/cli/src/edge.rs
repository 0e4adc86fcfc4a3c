//! Files, the clock and the system's randomness: everything that the pure crates take as arguments.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// 32 bytes from the system. A source that fails stops the program.
#[expect(clippy::disallowed_methods, reason = "the edge asks the system for randomness")]
pub fn fresh() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| {
        Failure::usage(format!("the system gives no randomness ({error}): nothing was made"))
    })?;
    Ok(bytes)
}

/// A generator seeded from the system.
pub fn rng() -> Result<ChaCha20Rng, Failure> {
    Ok(ChaCha20Rng::from_seed(*fresh()?))
}

/// Writes to standard output. Where nobody reads on (a closed pipe) the rest is left unsaid; where it cannot be written (a
/// full disk) the program says so in one line and ends with status 2.
#[expect(clippy::print_stderr, reason = "there is nobody left to hand the failure to")]
pub fn put(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("cabildo: standard output: {}", cause(&error));
        std::process::exit(2);
    }
}

/// A warning on standard error. Where nobody reads it, it is not said.
pub fn warn(line: &str) {
    drop(writeln!(io::stderr(), "cabildo: {line}"));
}

/// Unix seconds.
#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
pub fn now() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since
        .map(|time| time.as_secs())
        .map_err(|_| Failure::usage("the clock stands before 1970: set it, then run again"))
}

/// Unix seconds as people read them: `2026-11-22 19:40:00 UTC`.
pub fn utc(seconds: u64) -> String {
    let moment = council::Moment::of(seconds);
    let second = moment.second;
    format!("{} {:02}:{:02}:{:02} UTC", moment.date(), second / 3600, second / 60 % 60, second % 60)
}

/// A number of entries, in words.
pub fn entries(count: u64) -> String {
    if count == 1 { "1 entry".into() } else { format!("{count} entries") }
}

/// What went wrong with a file, in words.
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "it may not be read or written by this user".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::AlreadyExists => "there is a file of this name".into(),
        io::ErrorKind::NotADirectory => "a part of this path is a file, not a folder".into(),
        _ => error.to_string(),
    }
}

/// A whole file; an empty one is refused.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, cause(&error)))?;
    if bytes.is_empty() { Err(Failure::file(path, "the file is empty")) } else { Ok(bytes) }
}

/// Who may read a public file: everyone, as far as the user's own settings (umask) allow.
pub const PUBLIC: u32 = 0o666;
/// Who may read a secret: its owner.
const SECRET: u32 = 0o600;

/// Writes a public file whole or not at all: beside it first, then renamed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let whole = || -> io::Result<()> {
        beside(path, bytes, PUBLIC)?.persist(path)?;
        Ok(())
    };
    whole().map_err(|error| Failure::file(path, cause(&error)))
}

/// Writes a file that its owner alone may read, whole or not at all, in place of the one that is there.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let whole = || -> io::Result<()> {
        beside(path, bytes, SECRET)?.persist(path)?;
        Ok(())
    };
    whole().map_err(|error| Failure::file(path, cause(&error)))
}

/// A temporary file in the same folder, with this content, safe on the disk.
fn beside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let mut file = empty_beside(path, mode)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// An empty temporary file in the same folder, which takes the place of `path` when it is persisted.
pub fn empty_beside(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

/// A file to be made.
pub struct New<'a> {
    /// Where.
    pub path: PathBuf,
    /// Its content.
    pub bytes: &'a [u8],
    /// Whether only its owner may read it.
    pub secret: bool,
}

/// Whether a file can be made here: it is not there yet, and its folder is.
pub fn is_free(path: &Path) -> Result<(), Failure> {
    // Not `exists`: a broken link is something too.
    if path.symlink_metadata().is_ok() {
        return Err(Failure::file(path, "it exists already, and nothing is overwritten: name another file"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::file(folder, "it is not a folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Failure::file(folder, "there is no such folder"))
        }
        Err(error) => Err(Failure::file(folder, cause(&error))),
    }
}

/// Makes new files, all of them or none, and never over one that is there.
pub fn create(files: &[New<'_>]) -> Result<(), Failure> {
    for new in files {
        is_free(&new.path)?;
    }
    let mut staged = Vec::with_capacity(files.len());
    for new in files {
        let mode = if new.secret { SECRET } else { PUBLIC };
        let file = beside(&new.path, new.bytes, mode);
        staged.push(file.map_err(|error| Failure::file(&new.path, cause(&error)))?);
    }
    for (at, (file, new)) in staged.into_iter().zip(files).enumerate() {
        if let Err(error) = file.persist_noclobber(&new.path) {
            for made in &files[..at] {
                let _ = fs::remove_file(&made.path);
            }
            return Err(Failure::file(&new.path, cause(&error.error)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_827_696), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(4_107_542_399), "2100-02-28 23:59:59 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }
}
