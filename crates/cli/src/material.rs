//! An entry's material in a folder: `content.json`, and beside it, each in a file of its own, the public blobs that it names.

use std::fs;
use std::path::{Path, PathBuf};

use book::hash::Hash;
use clerk::{ATTACHED_BYTES_LIMIT, ATTACHMENTS_LIMIT};
use council::kinds::{self, BlobRef, Content};

use crate::edge;
use crate::failure::Failure;

/// The file with the content.
const CONTENT: &str = "content.json";

/// A file that goes with an entry.
pub struct Blob {
    /// Where it was.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The content's file in such a folder.
pub fn content(folder: &Path) -> PathBuf {
    folder.join(CONTENT)
}

/// The other files of such a folder, in the order of their names.
pub fn blobs(folder: &Path) -> Result<Vec<Blob>, Failure> {
    let failed = |error: &std::io::Error| Failure::file(folder, edge::cause(error));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.file_name().is_some_and(|name| name != CONTENT) {
            paths.push(path);
        }
    }
    paths.sort();
    read(&paths)
}

/// Reads files that go with an entry.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Blob>, Failure> {
    if paths.len() > ATTACHMENTS_LIMIT {
        return Err(Failure::usage(format!("more than {ATTACHMENTS_LIMIT} files do not go with one entry")));
    }
    let mut room = ATTACHED_BYTES_LIMIT as u64;
    let mut blobs = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| Failure::file(path, edge::cause(&error)))?;
        if metadata.is_dir() {
            return Err(Failure::file(path, "it is a folder, and only files go with an entry"));
        }
        room = room.checked_sub(metadata.len()).ok_or_else(|| {
            Failure::file(path, "with it there are more than 64 MiB, which do not go with one entry")
        })?;
        blobs.push(Blob { path: path.clone(), bytes: edge::read(path)? });
    }
    Ok(blobs)
}

/// That a text names exactly these files.
pub fn check(text: &str, blobs: &[Blob]) -> Result<(), Failure> {
    let named = council::blobs_named(text.as_bytes());
    let given: Vec<(Hash, u64)> =
        blobs.iter().map(|blob| (Hash::of(&blob.bytes), blob.bytes.len() as u64)).collect();
    for (blob, given) in blobs.iter().zip(&given) {
        if !named.contains(given) {
            let reason = format!("the content does not name it: its SHA-256 is {}", given.0.hex());
            return Err(Failure::file(&blob.path, reason));
        }
    }
    match named.iter().find(|named| !given.contains(named)) {
        None => Ok(()),
        Some((hash, size)) => Err(Failure::usage(format!(
            "the content names a file of {size} bytes and SHA-256 {}, which is not there",
            hash.hex()
        ))),
    }
}

/// The reference that a content has to these bytes.
pub fn reference(bytes: &[u8]) -> BlobRef {
    BlobRef { sha256: Hash::of(bytes).hex(), size: bytes.len() as u64 }
}

/// Makes such a folder, whole or not at all, and says how it is handed in.
pub fn make<C: Content>(folder: &Path, content: &C, files: &[(&str, &[u8])]) -> Result<(), Failure> {
    edge::is_free(folder)?;
    let failed = |error: std::io::Error| Failure::file(folder, edge::cause(&error));
    let beside = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let staged = tempfile::Builder::new().prefix(".material-").tempdir_in(beside).map_err(failed)?;
    let text = kinds::write(content) + "\n";
    edge::write(&staged.path().join(CONTENT), text.as_bytes())?;
    for (name, bytes) in files {
        edge::write(&staged.path().join(name), bytes)?;
    }
    #[cfg(unix)]
    {
        let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        fs::set_permissions(staged.path(), permissions).map_err(failed)?;
    }
    fs::rename(staged.path(), folder).map_err(failed)?;
    let _ = staged.keep();
    say!("{}: cabildo write {} --material {} --key …", folder.display(), C::KIND, folder.display());
    Ok(())
}
