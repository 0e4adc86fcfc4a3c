//! The clerk's word that something was handed in and is durable: an enrolment, or a ballot that it will publish. It says
//! neither who nor when.
//!
//! A signed note of five lines: `cabildo/receipt/v1`, the book's id, the election's uuid, `enrolment` or `ballot`, SHA-256 of
//! what was handed in (of a ballot: its tracker in hexadecimal digits); and one plain signature line of the clerk under the
//! origin. The same thing handed in again gets the same bytes.

use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::SecretKey;
use book::note::{Note, Signature};

use crate::refusal::Refusal;
use crate::state::State;

/// The first line.
const VERSION: &str = "cabildo/receipt/v1";
/// What has more bytes is not read.
pub const RECEIPT_LIMIT: usize = 2048;

/// What a receipt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedIn {
    /// An enrolment: the note's bytes.
    Enrolment,
    /// A ballot: its exact JSON.
    Ballot,
}

impl HandedIn {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            HandedIn::Enrolment => "enrolment",
            HandedIn::Ballot => "ballot",
        }
    }
}

/// A receipt. Nothing is verified by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandInReceipt {
    /// The book.
    pub book: BookId,
    /// The election's uuid.
    pub uuid: String,
    /// What was handed in.
    pub what: HandedIn,
    /// SHA-256 of it.
    pub hash: Hash,
    line: Signature,
}

fn text(book: &BookId, uuid: &str, what: HandedIn, hash: &Hash) -> String {
    format!("{VERSION}\n{book}\n{uuid}\n{}\n{}\n", what.word(), hash.hex())
}

impl HandInReceipt {
    /// The clerk's, in this epoch.
    pub fn sign(origin: &Origin, uuid: &str, what: HandedIn, hash: Hash, clerk: &SecretKey) -> HandInReceipt {
        let text = text(&origin.book, uuid, what, &hash);
        let line = Signature::plain(clerk, &origin.to_string(), &text);
        HandInReceipt { book: origin.book, uuid: uuid.to_owned(), what, hash, line }
    }

    /// Reads one. Writing it again gives the same bytes.
    ///
    /// # Errors
    /// What is wrong with its form, in words.
    pub fn parse(bytes: &[u8]) -> Result<HandInReceipt, String> {
        if bytes.len() > RECEIPT_LIMIT {
            return Err(format!("it has more than {RECEIPT_LIMIT} bytes"));
        }
        let note = Note::parse(bytes).map_err(|error| error.to_string())?;
        let lines: Vec<&str> = note.text.split('\n').collect();
        let [VERSION, book, uuid, what, hash, ""] = lines[..] else {
            return Err("it has not the five lines of a receipt".into());
        };
        let book = BookId::parse(book).ok_or("its second line is no book's id")?;
        if !::ballot::election::is_uuid(uuid) {
            return Err("its third line is no election's uuid".into());
        }
        let what = [HandedIn::Enrolment, HandedIn::Ballot].into_iter().find(|known| known.word() == what);
        let what = what.ok_or("its fourth line is neither enrolment nor ballot")?;
        let hash = Hash::from_hex(hash).filter(|read| read.hex() == hash);
        let hash = hash.ok_or("its fifth line is not 64 hexadecimal digits")?;
        match <[Signature; 1]>::try_from(note.signatures) {
            Ok([line]) => Ok(HandInReceipt { book, uuid: uuid.to_owned(), what, hash, line }),
            Err(_) => Err("it has not the one signature line of the clerk".into()),
        }
    }

    /// The bytes to give.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = text(&self.book, &self.uuid, self.what, &self.hash);
        Note { text, signatures: vec![self.line.clone()] }.to_bytes()
    }

    /// Whether a clerk of this book signed it, today's or an earlier one.
    ///
    /// # Errors
    /// It is of another book, or the line is no such clerk's.
    pub fn verify(&self, state: &State) -> Result<(), Refusal> {
        if self.book != state.book() {
            return Err(Refusal::author("entry-book", "the receipt", "it is of another book"));
        }
        let origin = Origin::parse(&self.line.name).filter(|origin| origin.book == self.book);
        let key = origin.and_then(|origin| match origin.epoch {
            epoch if epoch == state.epoch() => state.clerk(),
            epoch => state.retired_clerks().get(epoch as usize),
        });
        let text = text(&self.book, &self.uuid, self.what, &self.hash);
        if key.is_some_and(|key| self.line.is_plain_by(key, &text)) {
            return Ok(());
        }
        let reason = "it is not a valid signature of this receipt by a clerk of this book";
        Err(Refusal::author("clerk-line", "the line of the clerk", reason))
    }
}
