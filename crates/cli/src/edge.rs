//! Files, the clock and the system's randomness: everything that the pure crates take as arguments.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
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

/// Unix seconds.
#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
pub fn now() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since
        .map(|time| time.as_secs())
        .map_err(|_| Failure::usage("the clock stands before 1970: set it, then run again"))
}

/// What went wrong with a file, in words.
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "it may not be read or written by this user".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        _ => error.to_string(),
    }
}

/// A whole file; an empty one is refused.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, cause(&error)))?;
    if bytes.is_empty() { Err(Failure::file(path, "the file is empty")) } else { Ok(bytes) }
}

/// Writes a file whole or not at all: beside it first, then renamed. Everyone may read it, as far as the user's own
/// settings (umask) allow.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, bytes, 0o666)
}

/// The same for a secret: only its owner may read it.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, bytes, 0o600)
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let whole = || -> io::Result<()> {
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    whole().map_err(|error| Failure::file(path, cause(&error)))
}
