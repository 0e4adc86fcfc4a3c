//! A folder with the public files of a book under their names.

use std::io;
use std::path::{Path, PathBuf};

use book::files::{FilesError, PublicFiles, is_public_path};

use crate::durable;

/// A folder to read from.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at this path. Whether it is there shows when it is read.
    pub fn at(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }
}

impl PublicFiles for Folder {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        if !is_public_path(path) {
            return Err(FilesError::NotPublic { path: path.to_owned() });
        }
        let whole = self.root.join(path);
        durable::read(&whole, limit).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => FilesError::TooLarge { path: path.to_owned(), limit },
            _ => FilesError::Io(format!("{}: {}", whole.display(), durable::cause(&error))),
        })
    }
}
