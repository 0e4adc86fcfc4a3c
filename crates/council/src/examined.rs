//! The part of judging that needs no state but its keys, and so runs on several cores: reading, hashing, verifying.

use book::entry::{Entry, EntryError, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::Origin;
use book::key::{PublicKey, SecretKey};
use book::merkle::leaf;
use book::note::Note;
use serde_json::Value;

use crate::named::NamedKeys;
use crate::ring::{KeyRing, Known};

/// A verdict on one signature, remembered with the key it was given for.
type Remembered = Option<([u8; 32], bool)>;

/// A recorded entry's exact bytes, read and verified with the keys of some earlier state. What the state has changed
/// meanwhile is verified again, so a verdict never depends on when the examination was made.
pub struct Examined {
    leaf: Hash,
    form: Result<Read, (EntryError, Option<Note>)>,
}

struct Read {
    entry: Entry,
    text_hash: Hash,
    authors: Vec<Remembered>,
    named: NamedKeys,
    clerk: Remembered,
}

/// The verdicts on the authors' lines, as far as their keys are known, and the keys that the content names. These are read where
/// somebody known has signed: a stranger makes nobody compute.
fn authors(
    text: &Text,
    content: &Value,
    keys: &KeyRing,
    signed: impl Fn(usize, &Known) -> bool,
) -> (Vec<Remembered>, NamedKeys) {
    let signers = text.by.signers();
    let number = |signer: &Signer| signer.number();
    let known = |signer: &Signer| match number(signer) {
        Some(number) => keys.member(number),
        None => {
            content.get("member").and_then(Value::as_u64).and_then(|member| keys.slip(&signer.name, member))
        }
    };
    let verdict = |at: usize, key: &Known| (*key.key.bytes(), signed(at, key));
    let mut authors: Vec<Remembered> =
        signers.iter().enumerate().map(|(at, signer)| known(signer).map(|key| verdict(at, key))).collect();
    let (last, others) = match authors.split_last_mut() {
        Some((last, others)) => (last, others),
        None => return (authors, NamedKeys::default()),
    };
    // A member who brings a key has no line by a known one, or by the one that it replaces.
    let vouched = if others.is_empty() {
        matches!(last, Some((_, true)))
    } else {
        others.iter().all(|verdict| matches!(verdict, Some((_, true))))
    };
    if !vouched {
        return (authors, NamedKeys::default());
    }
    let named = NamedKeys::of(content);
    let brought = signers.last().and_then(number).and_then(|member| named.brought(content, member));
    if let Some(key) = brought {
        *last = Some(verdict(signers.len() - 1, &Known::new(key.clone())));
    }
    (authors, named)
}

impl Examined {
    /// Examines bytes. A fault of form is kept inside.
    pub fn new(bytes: &[u8], keys: &KeyRing) -> Examined {
        let form = match Entry::parse(bytes) {
            Ok(entry) => {
                let (authors, named) =
                    authors(entry.text(), entry.content(), keys, |at, key| key.signed(&entry, at));
                let clerk = keys.clerk.as_ref().map(|known| (*known.key.bytes(), known.recorded(&entry)));
                Ok(Read { text_hash: entry.text_hash(), entry, authors, named, clerk })
            }
            Err(error @ EntryError::UnknownVersion(_)) => Err((error, Note::parse(bytes).ok())),
            Err(error) => Err((error, None)),
        };
        Examined { leaf: leaf(bytes), form }
    }

    /// The leaf of the tree.
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// The entry, if it is one.
    pub fn entry(&self) -> Option<&Entry> {
        self.form.as_ref().ok().map(|read| &read.entry)
    }

    pub(crate) fn form_error(&self) -> Option<(&EntryError, Option<&Note>)> {
        self.form.as_ref().err().map(|(error, note)| (error, note.as_ref()))
    }

    pub(crate) fn text_hash(&self) -> Option<Hash> {
        self.form.as_ref().ok().map(|read| read.text_hash)
    }

    pub(crate) fn is_recorded_by(&self, key: &PublicKey) -> bool {
        let Ok(read) = &self.form else { return false };
        match read.clerk {
            Some((bytes, verdict)) if bytes == *key.bytes() => verdict,
            _ => read.entry.is_recorded_by(key),
        }
    }
}

/// A proposal, read and verified with the keys of some earlier state.
pub struct Candidate {
    proposal: Proposal,
    text_hash: Hash,
    authors: Vec<Remembered>,
    named: NamedKeys,
}

impl Candidate {
    /// The kind of the entry that it would be.
    pub fn kind(&self) -> &str {
        &self.proposal.text().kind
    }

    /// Examines a proposal.
    pub fn new(proposal: Proposal, keys: &KeyRing) -> Candidate {
        let note = proposal.note();
        let (authors, named) = authors(proposal.text(), proposal.content(), keys, |at, key| {
            note.signatures.get(at).is_some_and(|line| key.signed_line(line, &note.text))
        });
        Candidate { text_hash: proposal.text_hash(), proposal, authors, named }
    }

    /// The proposal.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// SHA-256 of its text.
    pub fn text_hash(&self) -> Hash {
        self.text_hash
    }

    /// The proposal, to be countersigned.
    pub fn into_proposal(self) -> Proposal {
        self.proposal
    }

    /// The entry that comes of it, countersigned at this time (Unix seconds), and its bytes. The verdicts on the authors'
    /// lines stay, and the clerk need not verify the line that it has just signed.
    pub fn countersign(
        self,
        clerk: &SecretKey,
        origin: &Origin,
        time: u64,
    ) -> Result<(Examined, Vec<u8>), EntryError> {
        let Candidate { proposal, text_hash, authors, named } = self;
        let entry = proposal.countersign(clerk, origin, time)?;
        let bytes = entry.to_bytes();
        let clerk = Some((*clerk.public_bytes(), true));
        let form = Ok(Read { entry, text_hash, authors, named, clerk });
        Ok((Examined { leaf: leaf(&bytes), form }, bytes))
    }
}

/// What the rules look at: the same for a proposal and for an entry.
pub(crate) trait Subject {
    fn text(&self) -> &Text;
    fn signed_text(&self) -> &str;
    fn hash(&self) -> Hash;
    /// Whether the line of signer `at` is valid by this key.
    fn is_signed_by(&self, at: usize, key: &PublicKey) -> bool;
    /// The keys that its content names.
    fn named(&self) -> &NamedKeys;
}

impl Subject for Candidate {
    fn text(&self) -> &Text {
        self.proposal.text()
    }
    fn signed_text(&self) -> &str {
        &self.proposal.note().text
    }
    fn hash(&self) -> Hash {
        self.text_hash
    }
    fn named(&self) -> &NamedKeys {
        &self.named
    }
    fn is_signed_by(&self, at: usize, key: &PublicKey) -> bool {
        match self.authors.get(at) {
            Some(Some((bytes, verdict))) if bytes == key.bytes() => *verdict,
            _ => {
                let note = self.proposal.note();
                note.signatures.get(at).is_some_and(|line| line.is_plain_by(key, &note.text))
            }
        }
    }
}

/// The entry inside an examination that found its form in order.
pub(crate) struct Recorded<'a> {
    entry: &'a Entry,
    authors: &'a [Remembered],
    named: &'a NamedKeys,
    text_hash: Hash,
}

impl<'a> Recorded<'a> {
    pub(crate) fn of(examined: &'a Examined) -> Option<Recorded<'a>> {
        let read = examined.form.as_ref().ok()?;
        Some(Recorded {
            entry: &read.entry,
            authors: &read.authors,
            named: &read.named,
            text_hash: read.text_hash,
        })
    }
}

impl Subject for Recorded<'_> {
    fn text(&self) -> &Text {
        self.entry.text()
    }
    fn signed_text(&self) -> &str {
        self.entry.signed_text()
    }
    fn hash(&self) -> Hash {
        self.text_hash
    }
    fn named(&self) -> &NamedKeys {
        self.named
    }
    fn is_signed_by(&self, at: usize, key: &PublicKey) -> bool {
        match self.authors.get(at) {
            Some(Some((bytes, verdict))) if bytes == key.bytes() => *verdict,
            _ => self.entry.is_signed_by(at, key),
        }
    }
}
