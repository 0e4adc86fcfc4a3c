//! Why a clerk does not sign, and the way on.

use std::fmt;

use book::id::BookId;
use council::Refusal;
use store::StoreError;

use crate::high_water::MarkError;

/// Why a clerk does not sign. `Display` is one sentence: what is the matter, then the way on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotSign {
    /// The store has no such book.
    NoBook(BookId),
    /// The store has this book already.
    Exists(BookId),
    /// There is no key for this epoch.
    NoKey {
        /// The epoch.
        epoch: u32,
    },
    /// The key is not the one that the book names for this epoch.
    WrongKey {
        /// The epoch.
        epoch: u32,
    },
    /// Somebody has seen more of this book than the store has: it was put back to an earlier state.
    RolledBack {
        /// How many entries the store has.
        here: u64,
        /// How many the largest checkpoint has that was seen.
        seen: u64,
    },
    /// A checkpoint was seen that this store's book does not lead to.
    Forked {
        /// Its size.
        size: u64,
    },
    /// A later epoch has begun: another clerk signs.
    Succeeded {
        /// The epoch that was seen.
        epoch: u32,
    },
    /// The store came back from a backup.
    Restored {
        /// The size of the book in the backup.
        size: u64,
    },
    /// The store's book was handed over.
    Retired,
    /// The book is being copied into this store and not yet signed for.
    Unfinished {
        /// How many entries have come so far.
        size: u64,
    },
    /// The clock is behind the last entry.
    Clock {
        /// What the clock says: Unix seconds.
        now: u64,
        /// When the last entry was recorded.
        last: u64,
    },
    /// What the store holds does not fit together.
    Damaged(String),
    /// An entry needs newer software, or a blob.
    NotJudged {
        /// The entry's number.
        entry: u64,
        /// What it needs.
        stop: council::Stop,
    },
    /// The rules refuse the entry with which a book or an epoch begins.
    Refused(Refusal),
    /// The entry with which a book or an epoch begins is not in form, or something that came with it is not in order.
    Form(String),
    /// A mirror's or bundle's files do not give what is needed.
    Files(String),
    /// The store fails.
    Store(StoreError),
    /// The record of the largest signed checkpoint fails.
    Mark(MarkError),
}

impl CannotSign {
    /// Whether trying again later may help without anybody doing anything but mending the disk.
    pub fn may_pass(&self) -> bool {
        match self {
            CannotSign::Store(error) => {
                matches!(error, StoreError::Unavailable(_) | StoreError::Full | StoreError::Busy)
            }
            CannotSign::Mark(error) => matches!(error, MarkError::Unavailable(_)),
            CannotSign::Clock { .. } => true,
            _ => false,
        }
    }
}

/// The way on where others hold more, or something else, than this store.
const CATCH_UP_OR_HAND_OVER: &str =
    "catch up from every mirror of the book, or hand it over to a new clerk (`cabildo succeed`)";

impl fmt::Display for CannotSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotSign::NoBook(book) => write!(f, "there is no book {book} in this store: name another, or found it"),
            CannotSign::Exists(book) => {
                write!(f, "the book {book} is in this store already: open it, or take another store")
            }
            CannotSign::NoKey { epoch } => write!(
                f,
                "the store has no clerk's key for epoch {epoch}: hand in the key that the clerk kept, or hand the book over \
                 (`cabildo succeed`)"
            ),
            CannotSign::WrongKey { epoch } => write!(
                f,
                "this is not the clerk's key that the book names for epoch {epoch}: hand in the right one, or hand the book \
                 over (`cabildo succeed`)"
            ),
            CannotSign::RolledBack { here, seen } => write!(
                f,
                "the store has {here} entries of the book, and a checkpoint of {seen} was signed: signing on would make a \
                 second history; {CATCH_UP_OR_HAND_OVER}"
            ),
            CannotSign::Forked { size } => write!(
                f,
                "a checkpoint of {size} entries was signed that the book in this store does not lead to: there are two \
                 histories; keep both and {CATCH_UP_OR_HAND_OVER}"
            ),
            CannotSign::Succeeded { epoch } => write!(
                f,
                "the book was handed over: its clerk is that of epoch {epoch}; follow that book (`cabildo mirror`)"
            ),
            CannotSign::Restored { size } => write!(
                f,
                "this store came back from a backup ({size} entries), and more may have been signed since: \
                 {CATCH_UP_OR_HAND_OVER}"
            ),
            CannotSign::Retired => {
                f.write_str("this clerk has handed the book over and never signs again: follow the new one (`cabildo mirror`)")
            }
            CannotSign::Unfinished { size } => write!(
                f,
                "the book is not wholly copied into this store ({size} entries so far): repeat the command that copies it"
            ),
            CannotSign::Clock { now, last } => write!(
                f,
                "this machine's clock ({now}) is {} s behind the book's last entry ({last}): set the clock, then try again",
                last - now
            ),
            CannotSign::Damaged(what) => write!(
                f,
                "the book in this store is damaged ({what}): keep the files, and go on from a mirror or a backup, or hand \
                 the book over (`cabildo succeed`)"
            ),
            CannotSign::NotJudged { entry, stop } => write!(f, "entry {entry}: {stop}"),
            CannotSign::Refused(refusal) => refusal.fmt(f),
            CannotSign::Form(what) => write!(f, "{what}: correct it, then try again"),
            CannotSign::Files(what) => write!(f, "{what}: try another mirror or bundle"),
            CannotSign::Store(error) => error.fmt(f),
            CannotSign::Mark(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CannotSign {}

impl From<StoreError> for CannotSign {
    fn from(error: StoreError) -> CannotSign {
        CannotSign::Store(error)
    }
}

impl From<MarkError> for CannotSign {
    fn from(error: MarkError) -> CannotSign {
        CannotSign::Mark(error)
    }
}
