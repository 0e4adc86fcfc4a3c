//! Checkpoints (C2SP tlog-checkpoint) and cosignatures (C2SP tlog-cosignature).

use std::fmt;

use crate::hash::Hash;
use crate::id::Origin;
use crate::key::{Algorithm, Vkey};
use crate::note::{Note, NoteError, Signature};
use crate::tile::MAX_SIZE;

/// What a log commits to: so many entries, and their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's origin.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// Why bytes are no checkpoint that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// Not a signed note.
    Note(NoteError),
    /// Not three lines: origin, size, root.
    Form,
    /// More entries than a book may have.
    Size,
    /// No line by the log's key.
    Unsigned,
    /// A line by a known key, whose signature is not valid.
    Signature(String),
    /// The log's key stands in a cosigner's line, or two lines are by one cosigner.
    Cosigner(String),
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckpointError::Note(error) => error.fmt(f),
            CheckpointError::Form => f.write_str("its text is not three lines: origin, size, root"),
            CheckpointError::Size => write!(f, "it covers more entries than a book may have ({MAX_SIZE})"),
            CheckpointError::Unsigned => f.write_str("it has no signature by the clerk's key"),
            CheckpointError::Signature(name) => write!(f, "the signature of {name} is not valid"),
            CheckpointError::Cosigner(name) => {
                write!(f, "{name} cosigns twice, or with the clerk's own key")
            }
        }
    }
}

impl Checkpoint {
    /// The three lines.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads a note's text. Extension lines, which nobody could audit, are refused.
    pub fn parse_text(text: &str) -> Result<Checkpoint, CheckpointError> {
        let lines: Vec<&str> = text.splitn(5, '\n').collect();
        let &[origin, size, root, ""] = lines.as_slice() else { return Err(CheckpointError::Form) };
        let number: u64 = size.parse().map_err(|_| CheckpointError::Form)?;
        let root = Hash::parse(root).ok_or(CheckpointError::Form)?;
        let checkpoint = Checkpoint { origin: origin.into(), size: number, root };
        if origin.is_empty() || checkpoint.text() != text {
            return Err(CheckpointError::Form);
        }
        if number > MAX_SIZE {
            return Err(CheckpointError::Size);
        }
        Ok(checkpoint)
    }

    /// Which book and epoch its origin names.
    pub fn book_origin(&self) -> Option<Origin> {
        Origin::parse(&self.origin)
    }
}

/// A cosignature that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The cosigner's name.
    pub name: String,
    /// When it signed: Unix seconds.
    pub time: u64,
}

/// A checkpoint whose log's signature, and every line by a known cosigner, were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
    cosignatures: Vec<Cosignature>,
    unknown: Vec<String>,
}

impl SignedCheckpoint {
    /// Reads and verifies. `log` must have signed; a line by one of `cosigners` must be valid; a line by neither is
    /// ignored and named in [`SignedCheckpoint::unknown`]. A line by a known key that is not valid refuses the whole.
    pub fn open(bytes: &[u8], log: &Vkey, cosigners: &[Vkey]) -> Result<SignedCheckpoint, CheckpointError> {
        let note = Note::parse(bytes).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse_text(&note.text)?;
        let (mut signed, mut cosignatures, mut unknown) = (false, Vec::<Cosignature>::new(), Vec::new());
        for line in &note.signatures {
            if line.name == log.name && line.id == log.id() {
                if signed || log.algorithm != Algorithm::Plain || !line.is_plain_by(&log.key, &note.text) {
                    return Err(CheckpointError::Signature(line.name.clone()));
                }
                signed = true;
                continue;
            }
            let known = cosigners.iter().find(|cosigner| {
                cosigner.name == line.name
                    && cosigner.id() == line.id
                    && cosigner.algorithm == Algorithm::Timestamped
            });
            let Some(known) = known else {
                unknown.push(line.name.clone());
                continue;
            };
            if known.key == log.key || cosignatures.iter().any(|other| other.name == line.name) {
                return Err(CheckpointError::Cosigner(line.name.clone()));
            }
            match line.is_timestamped_by(&known.key, &note.text) {
                Some(time) => cosignatures.push(Cosignature { name: line.name.clone(), time }),
                None => return Err(CheckpointError::Signature(line.name.clone())),
            }
        }
        if !signed || checkpoint.origin != log.name {
            return Err(CheckpointError::Unsigned);
        }
        Ok(SignedCheckpoint { checkpoint, note, cosignatures, unknown })
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The verified cosignatures, in the order of their lines.
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }

    /// Names of lines by keys that were not given.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The note.
    pub fn note(&self) -> &Note {
        &self.note
    }
}

/// A checkpoint signed by its log.
pub fn sign(checkpoint: &Checkpoint, secret: &crate::key::SecretKey) -> Note {
    let text = checkpoint.text();
    let signature = Signature::plain(secret, &checkpoint.origin, &text);
    Note { text, signatures: vec![signature] }
}
