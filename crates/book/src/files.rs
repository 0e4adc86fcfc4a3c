//! The public files of a book, wherever they lie: a folder, an address, a bundle, a store.

use std::collections::BTreeMap;
use std::fmt;

use crate::hash::Hash;
use crate::note::NOTE_LIMIT;
use crate::tile::Tile;

/// The path of a public file. Ordered as a bundle has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicPath {
    /// `vkeys`: the keys of clerks and cosigners, the clerk's first.
    Vkeys,
    /// `checkpoint`: the newest checkpoint.
    Checkpoint,
    /// `final`: the largest final checkpoint, where there is one.
    Final,
    /// `tile/…`: hashes or entries.
    Tile(Tile),
    /// `blob/<64 lower-case hexadecimal digits>`: a public body under its SHA-256.
    Blob(Hash),
}

/// `vkeys`, `checkpoint` and `final` have at most this many bytes.
const TEXT_MAX: u64 = NOTE_LIMIT as u64;
/// A blob has at most this many bytes: 8 GiB less one, what a tar header can say.
const BLOB_MAX: u64 = (1 << 33) - 1;

impl PublicPath {
    /// Reads a path in its one form.
    pub fn parse(path: &str) -> Option<PublicPath> {
        match path {
            "vkeys" => Some(PublicPath::Vkeys),
            "checkpoint" => Some(PublicPath::Checkpoint),
            "final" => Some(PublicPath::Final),
            _ => match path.strip_prefix("blob/") {
                Some(hex) => Hash::from_hex(hex).map(PublicPath::Blob),
                None => Tile::parse(path).map(PublicPath::Tile),
            },
        }
    }

    /// The most bytes that the file can have. A reader's own limit may be lower.
    pub fn max_bytes(&self) -> u64 {
        match self {
            PublicPath::Vkeys | PublicPath::Checkpoint | PublicPath::Final => TEXT_MAX,
            PublicPath::Tile(tile) => tile.max_bytes() as u64,
            PublicPath::Blob(_) => BLOB_MAX,
        }
    }
}

impl fmt::Display for PublicPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicPath::Vkeys => f.write_str("vkeys"),
            PublicPath::Checkpoint => f.write_str("checkpoint"),
            PublicPath::Final => f.write_str("final"),
            PublicPath::Tile(tile) => f.write_str(&tile.path()),
            PublicPath::Blob(hash) => write!(f, "blob/{}", hash.hex()),
        }
    }
}

/// Whether a public file may have this path. Nothing else is asked for, served or bundled.
pub fn is_public_path(path: &str) -> bool {
    PublicPath::parse(path).is_some()
}

/// Why a public file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesError {
    /// No public file has such a path.
    NotPublic {
        /// The path.
        path: String,
    },
    /// The file is larger than the reader allows.
    TooLarge {
        /// The path.
        path: String,
        /// How many bytes are allowed.
        limit: usize,
    },
    /// The disk or the network fails.
    Io(String),
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilesError::NotPublic { path } => write!(f, "{path:?}: no public file of a book has this name"),
            FilesError::TooLarge { path, limit } => {
                write!(f, "{path}: it has more than the {limit} bytes that such a file can have")
            }
            FilesError::Io(cause) => write!(f, "{cause}"),
        }
    }
}

impl std::error::Error for FilesError {}

/// Where the public files of one book can be read.
pub trait PublicFiles {
    /// The whole file of that path, `None` where there is none. A file of more than `limit` bytes is refused before it is held in
    /// memory, and a path that [`is_public_path`] does not know is refused before it is looked for.
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError>;
}

impl<F: PublicFiles + ?Sized> PublicFiles for &mut F {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        (**self).read(path, limit)
    }
}

impl<F: PublicFiles + ?Sized> PublicFiles for Box<F> {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        (**self).read(path, limit)
    }
}

/// The path, if it is one of a public file.
pub(crate) fn public(path: &str) -> Result<PublicPath, FilesError> {
    PublicPath::parse(path).ok_or_else(|| FilesError::NotPublic { path: path.to_owned() })
}

/// Public files in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryFiles {
    files: BTreeMap<PublicPath, Vec<u8>>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> MemoryFiles {
        MemoryFiles::default()
    }

    /// Puts a file in, in place of one of the same path.
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        self.files.insert(public(path)?, bytes);
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(&PublicPath::parse(path)?)
    }

    /// All files, in a bundle's order.
    pub fn iter(&self) -> impl Iterator<Item = (PublicPath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (*path, bytes.as_slice()))
    }
}

impl PublicFiles for MemoryFiles {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        match self.files.get(&public(path)?) {
            Some(bytes) if bytes.len() > limit => Err(FilesError::TooLarge { path: path.to_owned(), limit }),
            found => Ok(found.cloned()),
        }
    }
}
