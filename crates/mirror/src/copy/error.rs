//! Why nothing was copied.

use std::fmt;
use std::path::PathBuf;

use audit::Stopped;
use book::checkpoint::CheckpointError;
use book::files::FilesError;
use book::id::BookId;

/// Why a round of copying ended without the source's checkpoint. What was mirrored before stands as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The source has no checkpoint.
    NoBook,
    /// The source cannot be read.
    Source(FilesError),
    /// What the source gives is not what its checkpoint says.
    Damaged(String),
    /// It is not the book that was asked for.
    OtherBook {
        /// The book that was asked for, or that is mirrored here.
        expected: BookId,
        /// What the source has.
        found: String,
    },
    /// The checkpoint cannot be used.
    Checkpoint(CheckpointError),
    /// The entries name another clerk than the one who signed the checkpoint.
    NotTheClerk {
        /// The epoch of the checkpoint.
        epoch: u32,
    },
    /// The source shows less than was seen before.
    Rollback {
        /// How many entries the source shows.
        offered: u64,
        /// How many there were.
        seen: u64,
    },
    /// The source is still in an epoch that has ended.
    Retired {
        /// The source's epoch.
        offered: u32,
        /// The epoch here.
        here: u32,
    },
    /// The clerk signed two histories.
    Fork {
        /// Where both are.
        evidence: PathBuf,
    },
    /// A hand-over left final entries behind.
    Contested {
        /// How many entries the new clerk carried over.
        carried: u64,
        /// How many were final.
        last: u64,
        /// Where both sides are.
        evidence: PathBuf,
    },
    /// Two successions for one epoch.
    TwoSuccessions {
        /// The epoch.
        epoch: u32,
        /// Where both are.
        evidence: PathBuf,
    },
    /// A mirror that has met two successions goes no further.
    Halted(String),
    /// An entry that this software, or this mirror, cannot judge.
    Stopped(Stopped),
    /// The book is ahead of this machine's clock.
    Ahead {
        /// When the last entry was recorded.
        time: u64,
        /// This machine's time.
        now: u64,
    },
    /// The mirror's own folder cannot be used.
    Own(String),
    /// The mirror's own files do not fit together.
    OwnDamaged(String),
    /// It was told to stop.
    Interrupted,
}

impl CopyError {
    /// Whether the material was read and fails; else it could not be read, or the mirror itself is in trouble.
    pub fn is_about_material(&self) -> bool {
        !matches!(
            self,
            CopyError::NoBook
                | CopyError::Source(_)
                | CopyError::Own(_)
                | CopyError::OwnDamaged(_)
                | CopyError::Ahead { .. }
                | CopyError::Interrupted
        )
    }

    /// Whether trying again, with this source, cannot help before a person has done something.
    pub fn needs_a_person(&self) -> bool {
        match self {
            CopyError::OtherBook { .. } | CopyError::TwoSuccessions { .. } | CopyError::Halted(_) => true,
            CopyError::Stopped(stopped) => !matches!(stopped.stop, council::Stop::MissingBlob { .. }),
            _ => false,
        }
    }

    /// Whether the source may have moved on while it was read.
    pub(crate) fn is_perhaps_a_race(&self) -> bool {
        matches!(self, CopyError::Damaged(_))
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyError::NoBook => f.write_str("there is no `checkpoint`: the source is no minute book"),
            CopyError::Source(error) => error.fmt(f),
            CopyError::Damaged(what) => {
                write!(
                    f,
                    "{what}; nothing of it was taken: ask another mirror, or the clerk to look after their disk"
                )
            }
            CopyError::OtherBook { expected, found } => {
                write!(f, "the source has {found}, and {expected} was asked for: check the address")
            }
            CopyError::Checkpoint(error) => write!(f, "the source's checkpoint: {error}; nothing was taken"),
            CopyError::NotTheClerk { epoch } => write!(
                f,
                "the source's checkpoint is not signed by whom the entries name as the clerk of epoch {epoch}; nothing was \
                 taken"
            ),
            CopyError::Rollback { offered, seen } => write!(
                f,
                "the source shows {offered} entries, and {seen} were seen before: it is an old copy, or was rolled back; \
                 what is mirrored here stands"
            ),
            CopyError::Retired { offered, here } => write!(
                f,
                "the source is in epoch {offered}, and the book is in epoch {here} here: follow the new clerk's address"
            ),
            CopyError::Fork { evidence } => write!(
                f,
                "the clerk signed two histories of this book; what is mirrored here stands, and both are in {}: show them \
                 to the council, which can name another clerk",
                evidence.display()
            ),
            CopyError::Contested { carried, last, evidence } => write!(
                f,
                "the new clerk carried over {carried} entries, and {last} were final: the hand-over is contested; both \
                 sides are in {}: show them to the council",
                evidence.display()
            ),
            CopyError::TwoSuccessions { epoch, evidence } => write!(
                f,
                "there are two successions for epoch {epoch}, so this mirror stops; both are in {}: let the council settle \
                 which one stands, then copy that book into a new folder",
                evidence.display()
            ),
            CopyError::Halted(why) => f.write_str(why),
            CopyError::Stopped(stopped) => write!(f, "entry {}: {}", stopped.entry, stopped.stop),
            CopyError::Ahead { time, now } => write!(
                f,
                "the book's last entry was recorded at {time}, more than five minutes after this machine's {now}: set the \
                 clock that is wrong, the clerk's or this one"
            ),
            CopyError::Own(cause) => f.write_str(cause),
            CopyError::OwnDamaged(what) => write!(
                f,
                "what is mirrored here is damaged ({what}), and the source cannot mend it: move the folder away and copy \
                 the book again"
            ),
            CopyError::Interrupted => f.write_str("stopped before the copy was whole; run it again to go on"),
        }
    }
}

impl std::error::Error for CopyError {}

impl From<FilesError> for CopyError {
    fn from(error: FilesError) -> CopyError {
        match error {
            FilesError::Io(_) => CopyError::Source(error),
            other => CopyError::Damaged(other.to_string()),
        }
    }
}

/// A folder's trouble.
impl From<String> for CopyError {
    fn from(trouble: String) -> CopyError {
        CopyError::Own(trouble)
    }
}
