//! Why a store does not do what it was asked.

use std::fmt;

use crate::Id;
use crate::batch::hex;

/// Why a store does not do what it was asked. `Display` is one sentence that says what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another writer was faster: the book's head is no longer the expected one.
    HeadMoved {
        /// The size of the book as it is.
        size: u64,
    },
    /// What the call is about is not there: a file, a book.
    Missing(String),
    /// The caller asks for what a store never does: more than a limit, sizes that do not add up, an entry taken back.
    Refused(String),
    /// No room. Nothing of the call was written.
    Full,
    /// Another process holds the database for longer than we wait.
    Busy,
    /// The database was written by a newer program.
    TooNew {
        /// The version of its schema.
        found: u32,
        /// The newest one that this program knows.
        known: u32,
    },
    /// The database was written by an older program and must be migrated first.
    TooOld {
        /// The version of its schema.
        found: u32,
        /// The one that this program works with.
        known: u32,
    },
    /// It is no database of Cabildo.
    Foreign(String),
    /// What the store holds is not what it can have written.
    Corrupt(String),
    /// The store failed or cannot be reached. A change may be there whole or not at all.
    Unavailable(String),
}

impl StoreError {
    /// Whether the failed call has certainly changed nothing. Where it is false the change may be there, whole, or not:
    /// open the store again and read the head before anything is signed.
    pub fn nothing_written(&self) -> bool {
        !matches!(self, StoreError::Unavailable(_) | StoreError::Corrupt(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::HeadMoved { size } => {
                write!(
                    f,
                    "another writer was faster, the book has {size} entries now: read its head and try again"
                )
            }
            StoreError::Missing(what) => write!(f, "{what}"),
            StoreError::Refused(why) => write!(f, "the store refuses: {why}"),
            StoreError::Full => {
                write!(f, "the store has no room left, nothing was written: make room, then try again")
            }
            StoreError::Busy => {
                write!(
                    f,
                    "another program holds the database, nothing was written: end it or wait, then try again"
                )
            }
            StoreError::TooNew { found, known } => write!(
                f,
                "the database has schema {found} and this program knows schemas up to {known}: use the newer program \
                 that wrote it"
            ),
            StoreError::TooOld { found, known } => write!(
                f,
                "the database has schema {found} and this program works with schema {known}: keep a copy, then run \
                 `cabildo migrate`"
            ),
            StoreError::Foreign(why) => write!(f, "{why}: name a database made by Cabildo"),
            StoreError::Corrupt(what) => {
                write!(
                    f,
                    "the store is damaged ({what}): stop, keep the files, go on from a backup or a mirror"
                )
            }
            StoreError::Unavailable(why) => write!(
                f,
                "the store failed ({why}), and the last change may be there or not: open it again and read the head"
            ),
        }
    }
}

impl std::error::Error for StoreError {}

/// A writing call names a book that is not there.
pub(crate) fn no_book(book: &Id) -> StoreError {
    StoreError::Missing(format!("there is no book with the id {} (hex) in this store", hex(book)))
}

/// A founding cannot be taken back any more.
pub(crate) fn append_only() -> StoreError {
    StoreError::Refused("a book is removed only while it has no entry but the founding one".into())
}

/// There is another seed for this epoch.
pub(crate) fn another_seed(epoch: u32) -> StoreError {
    StoreError::Refused(format!("there is another clerk's key for epoch {epoch}, and keys are not replaced"))
}

/// Two final checkpoints of one size.
pub(crate) fn forked(size: u64) -> StoreError {
    StoreError::Refused(format!(
        "there is another final checkpoint of size {size}: the book is forked, keep both and ask"
    ))
}

/// A connection for reading is asked to write.
pub(crate) fn read_only() -> StoreError {
    StoreError::Refused("this connection is for reading".into())
}

/// An entry between others is not there.
pub(crate) fn gap(number: u64) -> StoreError {
    StoreError::Corrupt(format!("entry {number} is not there, though later ones are"))
}
