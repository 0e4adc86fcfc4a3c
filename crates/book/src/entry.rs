//! Entries: what the book's leaves are. An entry is a signed note of six lines, stored as its exact bytes:
//!
//! ```text
//! cabildo/entry/v1
//! <book id, or - for the founding entry>
//! remark.made
//! by 12 as secretary, 7
//! after 41 <base64 root>
//! {"text":"…"}
//!
//! — 12 <base64>
//! — 7 <base64>
//! — cabildo/<book id>/0 <base64>
//! ```
//!
//! The signers' lines are of type 0x01, in the order of the `by` line; the last line is the clerk's, of type 0x04, and
//! its time is when the entry was recorded. [`Proposal`] is the same without the clerk's line: what an author hands in.
//! Reading checks the form; whether a signature is valid depends on keys, which the book's state holds.

use std::fmt;

use serde_json::Value;

use crate::hash::Hash;
use crate::id::{BookId, Origin};
use crate::key::{PreparedKey, PublicKey, SIGNATURE, SecretKey};
use crate::note::{Note, NoteError, Signature, timestamped_message, timestamped_parts};
use crate::text::{check_json, check_line};

/// An entry has at most this many bytes: its length stands in two bytes of an entry bundle.
pub const ENTRY_LIMIT: usize = 65_535;
/// An entry has at most this many signers: with the clerk's line a hundred lines, which is what other readers of notes take.
pub const SIGNERS_LIMIT: usize = 99;
const HEADER: &str = "cabildo/entry/v1";
const OTHER_BOOK: &str = "it names another book than the text";
const TIME: &str = "its time is not below 2^53";

/// One who signs an entry, in the capacity in which they sign.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signer {
    /// A member's number, or a name of `[a-z0-9-]+`.
    pub name: String,
    /// The office, where they sign as its holder.
    pub capacity: Option<String>,
}

impl Signer {
    /// A member who signs as themselves.
    pub fn member(number: u32) -> Signer {
        Signer { name: number.to_string(), capacity: None }
    }

    /// A member who signs as the holder of an office.
    pub fn officer(number: u32, capacity: impl Into<String>) -> Signer {
        Signer { name: number.to_string(), capacity: Some(capacity.into()) }
    }

    /// The member's number, where the name is one.
    pub fn number(&self) -> Option<u32> {
        let number: u32 = self.name.parse().ok()?;
        (number > 0 && number.to_string() == self.name).then_some(number)
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.capacity {
            Some(capacity) => write!(f, " as {capacity}"),
            None => Ok(()),
        }
    }
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// No member: the clerk alone.
    Clerk,
    /// These, in this order; at least one.
    Members(Vec<Signer>),
}

impl By {
    /// The signers, none for the clerk.
    pub fn signers(&self) -> &[Signer] {
        match self {
            By::Clerk => &[],
            By::Members(signers) => signers,
        }
    }

    fn parse(text: &str) -> Option<By> {
        if text == "clerk" {
            return Some(By::Clerk);
        }
        let mut signers = Vec::new();
        for part in text.split(", ") {
            if signers.len() == SIGNERS_LIMIT {
                return None;
            }
            let (name, capacity) = match part.split_once(" as ") {
                Some((name, capacity)) => (name, Some(capacity)),
                None => (part, None),
            };
            if !is_word(name) || name == "clerk" || capacity.is_some_and(|capacity| !is_word(capacity)) {
                return None;
            }
            signers.push(Signer { name: name.into(), capacity: capacity.map(str::to_owned) });
        }
        Some(By::Members(signers))
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Clerk => f.write_str("clerk"),
            By::Members(signers) => {
                for (at, signer) in signers.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    signer.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

/// `[a-z0-9-]+`, at most 64 characters.
fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// `motion.moved`: two words, each beginning with a letter, and a full stop between them.
fn is_kind(text: &str) -> bool {
    text.split_once('.').is_some_and(|(object, verb)| {
        [object, verb].into_iter().all(|word| is_word(word) && word.as_bytes()[0].is_ascii_lowercase())
    })
}

/// The checkpoint that the author had seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// How many entries it covers.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

impl After {
    fn parse(text: &str) -> Option<After> {
        let (size, root) = text.split_once(' ')?;
        let after = After { size: size.parse().ok()?, root: Hash::parse(root)? };
        (after.to_string() == text).then_some(after)
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.size, self.root)
    }
}

/// SHA-256 of the text of an entry that was read before, without reading it again: [`Entry::text_hash`] of the same bytes.
/// Of bytes that are no entry it says nothing.
pub fn text_hash_of(bytes: &[u8]) -> Option<Hash> {
    let blank = bytes.windows(2).rposition(|pair| pair == b"\n\n")?;
    Some(Hash::of(&bytes[..=blank]))
}

/// Why bytes are no entry. Each is one sentence about the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// More than [`ENTRY_LIMIT`] bytes.
    TooLong,
    /// Not a signed note.
    Note(NoteError),
    /// The first line names a version that this software does not know; the number follows the `v`.
    UnknownVersion(String),
    /// This line, from 1, breaks its form.
    Line(usize, &'static str),
    /// This line, from 1, holds what no text of a book may hold, or is not JSON in its one form.
    Text(usize, &'static str),
    /// The last line is not the clerk's.
    ClerkLine(&'static str),
    /// The signature lines are not exactly the signers of the `by` line, in its order.
    Signers,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryError::TooLong => write!(f, "it is longer than an entry may be ({ENTRY_LIMIT} bytes)"),
            EntryError::Note(error) => error.fmt(f),
            EntryError::UnknownVersion(version) => {
                write!(f, "it is of version {version}, which needs newer software")
            }
            EntryError::Line(line, reason) | EntryError::Text(line, reason) => {
                write!(f, "line {line}: {reason}")
            }
            EntryError::ClerkLine(reason) => write!(f, "the clerk's line: {reason}"),
            EntryError::Signers => {
                f.write_str("its signature lines are not exactly the signers of its `by` line, in that order")
            }
        }
    }
}

/// The six lines of an entry, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The book; none in the founding entry.
    pub book: Option<BookId>,
    /// The kind.
    pub kind: String,
    /// The signers.
    pub by: By,
    /// What the author had seen.
    pub after: After,
    /// One line of JSON, in its one form.
    pub content: String,
}

impl Text {
    /// The six lines, each with its newline.
    pub fn write(&self) -> String {
        let book = self.book.map_or_else(|| "-".to_owned(), |book| book.to_string());
        format!("{HEADER}\n{book}\n{}\nby {}\nafter {}\n{}\n", self.kind, self.by, self.after, self.content)
    }

    /// Reads the six lines.
    pub fn parse(text: &str) -> Result<Text, EntryError> {
        Ok(Text::parse_with_content(text)?.0)
    }

    fn parse_with_content(text: &str) -> Result<(Text, Value), EntryError> {
        let header = text.split('\n').next().unwrap_or_default();
        if header != HEADER {
            return Err(match header.strip_prefix("cabildo/entry/v") {
                Some(version)
                    if (1..=9).contains(&version.len())
                        && version.bytes().all(|byte| byte.is_ascii_digit())
                        && !version.starts_with('0') =>
                {
                    EntryError::UnknownVersion(version.into())
                }
                _ => EntryError::Line(1, "it is not `cabildo/entry/v1`"),
            });
        }
        let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).splitn(7, '\n').collect();
        let &[_, book, kind, by, after, content] = lines.as_slice() else {
            return Err(EntryError::Line(lines.len(), "an entry has exactly six lines"));
        };
        for (at, line) in lines.iter().enumerate() {
            check_line(line).map_err(|reason| EntryError::Text(at + 1, reason))?;
        }
        let book = match book {
            "-" => None,
            id => Some(BookId::parse(id).ok_or(EntryError::Line(2, "it is no book's id"))?),
        };
        if !is_kind(kind) {
            return Err(EntryError::Line(3, "it is no kind, like `remark.made`"));
        }
        let by = by.strip_prefix("by ").and_then(By::parse);
        let by = by.ok_or(EntryError::Line(4, "it is not `by clerk` or `by 12 as secretary, 7`"))?;
        let after = after.strip_prefix("after ").and_then(After::parse);
        let after = after.ok_or(EntryError::Line(5, "it is not `after <size> <base64 root>`"))?;
        let value = check_json(content).map_err(|reason| EntryError::Text(6, reason))?;
        Ok((Text { book, kind: kind.into(), by, after, content: content.into() }, value))
    }
}

/// A text with its authors' signatures, not yet recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    note: Note,
    text: Text,
    content: Value,
}

impl Proposal {
    /// Signs a text: one key for each signer of its `by` line, in that order.
    pub fn sign(text: &Text, keys: &[&SecretKey]) -> Result<Proposal, EntryError> {
        let written = text.write();
        let signers = text.by.signers();
        if signers.len() != keys.len() {
            return Err(EntryError::Signers);
        }
        let signatures = signers
            .iter()
            .zip(keys)
            .map(|(signer, key)| Signature::plain(key, &signer.name, &written))
            .collect();
        Proposal::parse(&Note { text: written, signatures }.to_bytes())
    }

    /// Reads a note without a clerk's line. Where the clerk alone speaks the text stands without signature lines, as no
    /// author hands it in: it is refused here.
    pub fn parse(bytes: &[u8]) -> Result<Proposal, EntryError> {
        if bytes.len() > ENTRY_LIMIT {
            return Err(EntryError::TooLong);
        }
        let note = Note::parse(bytes).map_err(EntryError::Note)?;
        let (text, content) = Text::parse_with_content(&note.text)?;
        check_signers(&text, &note.signatures)?;
        Ok(Proposal { note, text, content })
    }

    /// The clerk's own proposal, which has no signature line until it is countersigned. Only the clerk's program makes one: as
    /// bytes it is no note, so nobody hands it in.
    pub fn by_clerk(text: &Text) -> Result<Proposal, EntryError> {
        if text.by != By::Clerk {
            return Err(EntryError::Signers);
        }
        let written = text.write();
        let (text, content) = Text::parse_with_content(&written)?;
        Ok(Proposal { note: Note { text: written, signatures: Vec::new() }, text, content })
    }

    /// A proposal of one more signature line, for a text that several sign on several machines. The order of lines stays
    /// that of the `by` line, so it is complete only with [`Proposal::parse`].
    pub fn signature_for(text: &Text, signer: &Signer, key: &SecretKey) -> Signature {
        Signature::plain(key, &signer.name, &text.write())
    }

    /// The six lines.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The content, read.
    pub fn content(&self) -> &Value {
        &self.content
    }

    /// SHA-256 of the text: one text is one entry.
    pub fn text_hash(&self) -> Hash {
        Hash::of(self.note.text.as_bytes())
    }

    /// The exact bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }

    /// The note.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The entry: the proposal with the clerk's line, which fixes when it is recorded (Unix seconds).
    pub fn countersign(self, clerk: &SecretKey, origin: &Origin, time: u64) -> Result<Entry, EntryError> {
        let Proposal { mut note, text, content } = self;
        if origin.book != text.book.unwrap_or_else(|| BookId::of_founding(&note.text)) {
            return Err(EntryError::ClerkLine(OTHER_BOOK));
        }
        if time >= crate::text::INTEGER_LIMIT {
            return Err(EntryError::ClerkLine(TIME));
        }
        note.signatures.push(Signature::timestamped(clerk, &origin.to_string(), time, &note.text));
        let length = note.to_bytes().len();
        if length > ENTRY_LIMIT {
            return Err(EntryError::TooLong);
        }
        Ok(Entry { note, text, content, origin: *origin, time })
    }
}

/// The author lines against the `by` line.
fn check_signers(text: &Text, lines: &[Signature]) -> Result<(), EntryError> {
    let signers = text.by.signers();
    let mut names: Vec<&str> = signers.iter().map(|signer| signer.name.as_str()).collect();
    names.sort_unstable();
    let doubled = names.windows(2).any(|pair| pair[0] == pair[1]);
    let same = signers.len() == lines.len()
        && signers
            .iter()
            .zip(lines)
            .all(|(signer, line)| signer.name == line.name && line.bytes.len() == SIGNATURE);
    if same && !doubled { Ok(()) } else { Err(EntryError::Signers) }
}

/// An entry of the book, in form. Its signatures are verified with the keys of the state: [`Entry::is_signed_by`],
/// [`Entry::is_recorded_by`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    note: Note,
    text: Text,
    content: Value,
    origin: Origin,
    time: u64,
}

impl Entry {
    /// Reads an entry's exact bytes.
    pub fn parse(bytes: &[u8]) -> Result<Entry, EntryError> {
        if bytes.len() > ENTRY_LIMIT {
            return Err(EntryError::TooLong);
        }
        let note = Note::parse(bytes).map_err(EntryError::Note)?;
        let (text, content) = Text::parse_with_content(&note.text)?;
        let Some((clerk, authors)) = note.signatures.split_last() else {
            return Err(EntryError::ClerkLine("it is missing"));
        };
        let origin = Origin::parse(&clerk.name)
            .ok_or(EntryError::ClerkLine("it does not name a book and an epoch"))?;
        let (time, _) = timestamped_parts(&clerk.bytes)
            .ok_or(EntryError::ClerkLine("it is not a time and an Ed25519 signature"))?;
        let book = text.book.unwrap_or_else(|| BookId::of_founding(&note.text));
        if origin.book != book {
            return Err(EntryError::ClerkLine(OTHER_BOOK));
        }
        if time >= crate::text::INTEGER_LIMIT {
            return Err(EntryError::ClerkLine(TIME));
        }
        check_signers(&text, authors)?;
        Ok(Entry { note, text, content, origin, time })
    }

    /// The exact bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }

    /// The six lines.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The six lines as they are signed.
    pub fn signed_text(&self) -> &str {
        &self.note.text
    }

    /// The content, read.
    pub fn content(&self) -> &Value {
        &self.content
    }

    /// SHA-256 of the text.
    pub fn text_hash(&self) -> Hash {
        Hash::of(self.note.text.as_bytes())
    }

    /// The book it belongs to: for a founding entry the one that it founds.
    pub fn book(&self) -> BookId {
        self.origin.book
    }

    /// Whose line the last one says it is.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// When it was recorded, by its clerk's line: Unix seconds.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// How many sign it, the clerk not counted.
    pub fn signers(&self) -> &[Signer] {
        self.text.by.signers()
    }

    /// Whether the line of signer `at` (in the order of the `by` line) is valid by this key.
    pub fn is_signed_by(&self, at: usize, key: &PublicKey) -> bool {
        at < self.signers().len() && self.note.signatures[at].is_plain_by(key, &self.note.text)
    }

    /// The same verdict, faster.
    pub fn is_signed_by_prepared(&self, at: usize, key: &PreparedKey) -> bool {
        at < self.signers().len()
            && self.note.signatures[at]
                .plain_bytes(key.bytes())
                .is_some_and(|signature| key.verify(self.note.text.as_bytes(), signature))
    }

    /// Whether the clerk's line is valid by this key.
    pub fn is_recorded_by(&self, key: &PublicKey) -> bool {
        self.clerk().is_timestamped_by(key, &self.note.text).is_some()
    }

    /// The same verdict, faster.
    pub fn is_recorded_by_prepared(&self, key: &PreparedKey) -> bool {
        self.clerk().timestamped_bytes(key.bytes()).is_some_and(|(time, signature)| {
            key.verify(&timestamped_message(time, &self.note.text), signature)
        })
    }

    /// The same entry as its authors handed it in, for another clerk to record.
    pub fn into_proposal(self) -> Proposal {
        let Entry { mut note, text, content, .. } = self;
        note.signatures.pop();
        Proposal { note, text, content }
    }

    #[expect(clippy::expect_used, reason = "an entry is read or countersigned with its clerk's line")]
    fn clerk(&self) -> &Signature {
        self.note.signatures.last().expect("an entry has its clerk's line")
    }
}
