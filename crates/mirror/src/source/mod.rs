//! Where a book is copied from: an address, a folder, a bundle. All are [`PublicFiles`], and none is believed: whatever they
//! give is checked against the tree that the book's clerk signed.

mod address;
mod folder;

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use book::bundle::Bundle;
use book::files::{FilesError, PublicFiles};
use book::id::BookId;

pub use address::{Address, HandIn};
pub use folder::Folder;

use crate::durable;

/// Why a source cannot be used. One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError(pub String);

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}

/// A source of public files.
pub enum Source {
    /// `http://…/book/<id>` or `https://…/book/<id>`.
    Address(Box<Address>),
    /// A mirror's folder.
    Folder(Folder),
    /// A bundle.
    Bundle(Bundle<BufReader<File>>),
}

impl Source {
    /// What a person names: an address, a folder or a bundle's file.
    pub fn open(name: &str) -> Result<Source, SourceError> {
        if name.starts_with("http://") || name.starts_with("https://") {
            return Ok(Source::Address(Box::new(Address::parse(name)?)));
        }
        let path = Path::new(name);
        let failed = |cause: String| SourceError(format!("{name}: {cause}"));
        let metadata = path.metadata().map_err(|error| failed(durable::cause(&error)))?;
        if metadata.is_dir() {
            return Ok(Source::Folder(Folder::at(path)));
        }
        let file = File::open(path).map_err(|error| failed(durable::cause(&error)))?;
        Bundle::open(BufReader::new(file)).map(Source::Bundle).map_err(|error| failed(error.to_string()))
    }

    /// The book that the source's name names: that of an address.
    pub fn book(&self) -> Option<BookId> {
        match self {
            Source::Address(address) => Some(address.book()),
            _ => None,
        }
    }
}

impl PublicFiles for Source {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        match self {
            Source::Address(address) => address.read(path, limit),
            Source::Folder(folder) => folder.read(path, limit),
            Source::Bundle(bundle) => bundle.read(path, limit),
        }
    }
}
