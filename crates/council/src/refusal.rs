//! Why an entry is refused, and what stops a replica.

use std::fmt;

use book::hash::Hash;
use book::text::is_refused;

use crate::effect::Effects;

/// The checks under which an entry of any book can be refused, as named in `docs/spec/minute-book.md`, each with what it covers.
pub const CHECKS: &[(&str, &str)] = &[
    ("entry-form", "a signed note of six lines, each of its form, within the size"),
    ("entry-text", "Unicode in normal form C without control characters; JSON in its one form"),
    ("founding", "the first entry, and no other, founds the book whose id is its text's hash"),
    ("entry-book", "the entry names this book"),
    ("entry-replayed", "one text is one entry"),
    ("entry-after", "the author had seen a state of this very book"),
    ("entry-age", "what the author had seen is not older than the statutes allow"),
    ("entry-content", "the content is that of its kind, its keys in order, none unknown"),
    (
        "entry-signers",
        "the signature lines are exactly those of the signers, who are members, and those whom the kind demands",
    ),
    ("entry-signature", "each signer's line is a valid signature of the text by their key"),
    ("entry-capacity", "each signer holds the office in whose name they sign"),
    ("clerk-line", "the last line is a valid one of the clerk of this epoch"),
    ("entry-time", "recorded times never decrease"),
    ("admission", "the number and the key are new, the key is sound"),
    ("erasure", "the body stands in that entry, and the signer may have it erased"),
    (
        "succession",
        "those whom the state names, and enough of them, name a new clerk for exactly this book so far",
    ),
];

/// The checks of the council's own rules, of version 2: as named in `docs/spec/council.md`, each with what it covers.
pub const RULE_CHECKS: &[(&str, &str)] = &[
    ("slip", "the slip was issued for this number, and is neither used, replaced nor too old"),
    ("standing", "those who act are on the roll, and have a vote where the rule asks for one"),
    ("challenge", "only new members are challenged, and only challenges that wait are decided"),
    ("exclusion", "members are excluded once, appeal in time and once, and are heard once"),
    ("office", "the office is one of the statutes, with a seat to fill, for one who may hold it"),
    (
        "trustees",
        "the trustees are as many as the statutes ask for, their keys hold, and enough have their share",
    ),
    (
        "election",
        "the election stands where the step belongs, in time, and what is recorded is what follows from the entries",
    ),
    ("credentials", "no more credentials than voters on the frozen roll, each once, in the signed lists"),
    (
        "ballot",
        "ballots, shuffles, decryptions and results hold, and each voter's ballots follow one another",
    ),
    ("petition", "the petition is open, and everybody signs it once"),
    (
        "recall",
        "a recall is asked of one who holds the office, not too early, not again too soon, and not twice at a time",
    ),
    ("statutes", "statutes can be applied, and are of the rules version in force"),
];

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Of those who signed the entry, or who claim to have.
    Author,
    /// Of the clerk who recorded it.
    Clerk,
}

/// Why an entry may not be recorded, or is void. Shown as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which check refuses: one of [`CHECKS`] or [`RULE_CHECKS`].
    pub check: &'static str,
    /// Whose fault it is.
    pub whose: Fault,
    /// Which object: `the line of 12`, `member 7`.
    pub object: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do next; empty where nothing can be done.
    pub next: String,
}

impl Refusal {
    pub(crate) fn author(
        check: &'static str,
        object: impl Into<String>,
        reason: impl Into<String>,
    ) -> Refusal {
        Refusal {
            check,
            whose: Fault::Author,
            object: brief(object.into()),
            reason: brief(reason.into()),
            next: String::new(),
        }
    }

    pub(crate) fn clerk(
        check: &'static str,
        object: impl Into<String>,
        reason: impl Into<String>,
    ) -> Refusal {
        Refusal { whose: Fault::Clerk, ..Refusal::author(check, object, reason) }
    }

    pub(crate) fn next(self, next: impl Into<String>) -> Refusal {
        Refusal { next: next.into(), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)?;
        if !self.next.is_empty() {
            write!(f, "; {}", self.next)?;
        }
        Ok(())
    }
}

/// At most so many characters of a text that may quote an entry are kept.
const CHARACTERS_KEPT: usize = 300;

/// A text that may quote an entry, on one line and cut where it gets long: a thousand void entries are kept in memory.
fn brief(text: String) -> String {
    if text.len() <= CHARACTERS_KEPT && !text.contains(is_refused) {
        return text;
    }
    let mut kept: String =
        text.chars().take(CHARACTERS_KEPT).map(|c| if is_refused(c) { ' ' } else { c }).collect();
    if text.chars().nth(CHARACTERS_KEPT).is_some() {
        kept.push('…');
    }
    kept
}

/// What became of a recorded entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took effect.
    Applied(Effects),
    /// The rules refuse it: it stands as evidence and changes nothing.
    Void(Refusal),
}

/// What this software, or this replica, cannot judge. The state is as before the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// An entry of a version to come.
    UnknownVersion(String),
    /// A kind that this software does not know.
    UnknownKind(String),
    /// A book under rules that this software does not know.
    UnknownRules(u64),
    /// A blob that the entry refers to is not here.
    MissingBlob {
        /// Its SHA-256.
        hash: Hash,
        /// Its size in bytes.
        size: u64,
    },
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::UnknownVersion(version) => {
                write!(
                    f,
                    "it is an entry of version {version}, which newer software reads: update Cabildo, then go on"
                )
            }
            Stop::UnknownKind(kind) => {
                write!(f, "it is of the kind {kind}, which newer software knows: update Cabildo, then go on")
            }
            Stop::UnknownRules(version) => {
                write!(
                    f,
                    "the book is under rules version {version}, which newer software knows: update Cabildo, then go on"
                )
            }
            Stop::MissingBlob { hash, size } => {
                write!(
                    f,
                    "blob/{} ({size} bytes) is not here: fetch it from a mirror, then go on; where nobody has it, hand the book \
                     over with the entries before this one",
                    hash.hex()
                )
            }
        }
    }
}
