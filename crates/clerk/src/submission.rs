//! What is handed in, and what comes back.

use std::fmt;

use book::entry::EntryError;
use book::hash::Hash;
use book::id::BookId;
use council::{Effect, Effects, Refusal};
use store::{Body, StoreError};

/// A submission brings at most so many blobs and private bodies together.
pub const ATTACHMENTS_LIMIT: usize = 64;
/// A submission brings at most so many bytes of blobs and private bodies together.
pub const ATTACHED_BYTES_LIMIT: usize = 64 << 20;

/// An entry as its authors signed it, with what it refers to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// The proposal: the note without the clerk's line.
    pub note: Vec<u8>,
    /// The public blobs that the entry names, in any order. Those that the book has may be left out.
    pub blobs: Vec<Vec<u8>>,
    /// The private bodies that the entry commits to, in any order.
    pub bodies: Vec<PrivateBody>,
}

impl Submission {
    /// An entry that refers to nothing.
    pub fn of(note: Vec<u8>) -> Submission {
        Submission { note, ..Submission::default() }
    }

    /// How many bytes it brings.
    pub fn bytes(&self) -> usize {
        self.note.len() + self.attached_bytes()
    }

    fn attached_bytes(&self) -> usize {
        let blobs: usize = self.blobs.iter().map(Vec::len).sum();
        blobs + self.bodies.iter().map(|body| body.bytes.len()).sum::<usize>()
    }
}

impl fmt::Debug for Submission {
    /// The note's length and how much comes with it: a log shows no private text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (note, blobs, bodies) = (self.note.len(), self.blobs.len(), self.bodies.len());
        write!(f, "Submission(note of {note} bytes, {blobs} blobs, {bodies} private bodies)")
    }
}

/// A private body with the salt of its commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateBody {
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// The body.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for PrivateBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateBody({} bytes)", self.bytes.len())
    }
}

/// The clerk's word that an entry stands in the book, given once that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The book.
    pub book: BookId,
    /// The entry's number, from 0.
    pub number: u64,
    /// When it was recorded: Unix seconds.
    pub time: u64,
    /// SHA-256 of its text.
    pub text_hash: Hash,
    /// Whether it had been recorded before this was handed in.
    pub repeated: bool,
}

/// Why there is no receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// It is no proposal of an entry.
    Form(EntryError),
    /// It is no enrolment or ballot: what is wrong with its form.
    Unreadable(String),
    /// The rules refuse it.
    Refused(Refusal),
    /// What came with it is not exactly what it refers to.
    Attachment(String),
    /// Too much waits already.
    Busy,
    /// The clerk does not sign at present: why, and the way on. Whether the entry was recorded is open; handing in the same
    /// text again is safe, now and later.
    Stopped(String),
    /// The store failed. Whether the entry was recorded is open; handing in the same text again is safe.
    Store(StoreError),
}

impl Declined {
    /// The name of the check that declines: one of the rules' names, or `entry-form`, `form`, `attachment`, `busy`, `stopped`,
    /// `store`.
    pub fn check(&self) -> &'static str {
        match self {
            Declined::Form(_) => "entry-form",
            Declined::Unreadable(_) => "form",
            Declined::Refused(refusal) => refusal.check,
            Declined::Attachment(_) => "attachment",
            Declined::Busy => "busy",
            Declined::Stopped(_) => "stopped",
            Declined::Store(_) => "store",
        }
    }
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Declined::Form(error) => write!(f, "the entry: {error}"),
            Declined::Unreadable(what) => write!(f, "what was handed in: {what}"),
            Declined::Refused(refusal) => refusal.fmt(f),
            Declined::Attachment(reason) => write!(f, "{reason}: hand in exactly what the entry refers to"),
            Declined::Busy => f.write_str("the clerk has its hands full: try again in a moment"),
            Declined::Stopped(reason) => f.write_str(reason),
            Declined::Store(error) => write!(
                f,
                "the clerk's store failed, and whether it was taken is open ({error}): hand the same text in \
                 again later, it never counts twice"
            ),
        }
    }
}

impl std::error::Error for Declined {}

/// What of a submission is to be stored with its entry.
pub(crate) struct Attached {
    pub(crate) blobs: Vec<(Hash, Vec<u8>)>,
    pub(crate) bodies: Vec<Body>,
}

/// Matches what came with an entry to what it refers to. `size_here` says how many bytes a blob has that the book has already.
pub(crate) fn attached(
    book: &BookId,
    submission: &Submission,
    effects: &Effects,
    mut size_here: impl FnMut(&Hash) -> Result<Option<u64>, Declined>,
) -> Result<Attached, Declined> {
    let decline = |reason: String| Err(Declined::Attachment(reason));
    if submission.blobs.len() + submission.bodies.len() > ATTACHMENTS_LIMIT {
        return decline(format!(
            "more than {ATTACHMENTS_LIMIT} blobs and private bodies came with the entry"
        ));
    }
    if submission.attached_bytes() > ATTACHED_BYTES_LIMIT {
        return decline(format!("more than {ATTACHED_BYTES_LIMIT} bytes came with the entry"));
    }
    let mut given: Vec<(Hash, Option<&Vec<u8>>)> =
        submission.blobs.iter().map(|blob| (Hash::of(blob), Some(blob))).collect();
    let mut whole = Attached { blobs: Vec::new(), bodies: Vec::new() };
    for (hash, size) in effects.blobs() {
        let found = given.iter_mut().find(|(of, blob)| *of == hash && blob.is_some());
        let brought = found.and_then(|(_, blob)| blob.take());
        let has = match brought {
            Some(blob) => Some(blob.len() as u64),
            None => size_here(&hash)?,
        };
        match has {
            Some(has) if has == size => {}
            Some(has) => {
                return decline(format!("blob {} has {has} bytes, and the entry says {size}", hash.hex()));
            }
            None => return decline(format!("blob {} is missing", hash.hex())),
        }
        whole.blobs.extend(brought.map(|blob| (hash, blob.clone())));
    }
    if let Some((hash, _)) = given.iter().find(|(_, blob)| blob.is_some()) {
        return decline(format!("the entry does not refer to blob {}", hash.hex()));
    }
    let mut left: Vec<&PrivateBody> = submission.bodies.iter().collect();
    for effect in &effects.0 {
        let Effect::Body { commitment, signer } = effect else { continue };
        let at = left
            .iter()
            .position(|body| council::body_commitment(book, signer, &body.salt, &body.bytes) == *commitment);
        let Some(at) = at else {
            return decline(format!("no private body came that gives the commitment {}", commitment.hex()));
        };
        let body = left.swap_remove(at);
        whole.bodies.push(Body { commitment: commitment.0, salt: body.salt, bytes: body.bytes.clone() });
    }
    if !left.is_empty() {
        return decline("a private body came that the entry does not commit to".into());
    }
    Ok(whole)
}
