//! Signed notes (C2SP signed-note): a text, a blank line, signature lines.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::key::{Algorithm, PublicKey, SIGNATURE, SecretKey, is_key_name, key_id};

/// A note of more bytes is not read.
pub const NOTE_LIMIT: usize = 1 << 20;
/// A note of more signature lines is not read.
pub const SIGNATURES_LIMIT: usize = 128;
/// A signature of more bytes is not read (type 0x06 has 2,428).
const SIGNATURE_LIMIT: usize = 4096;

/// Why bytes are no signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// More than [`NOTE_LIMIT`] bytes.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// A control character other than the newline.
    Control,
    /// No blank line before signature lines, or no newline at the end.
    Shape,
    /// This signature line, from 1, is not `— name base64`.
    Line(usize),
    /// More than [`SIGNATURES_LIMIT`] signature lines.
    TooMany,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteError::TooLong => write!(f, "it is longer than a note may be ({NOTE_LIMIT} bytes)"),
            NoteError::NotUtf8 => f.write_str("it is not UTF-8"),
            NoteError::Control => f.write_str("it holds a control character"),
            NoteError::Shape => f.write_str("it is not a text, a blank line and signature lines"),
            NoteError::Line(at) => write!(f, "signature line {at} is not `— name base64`"),
            NoteError::TooMany => write!(f, "it has more than {SIGNATURES_LIMIT} signature lines"),
        }
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: [u8; 4],
    /// What follows the id: 64 bytes for type 0x01; a time in 8 bytes (big-endian) and 64 bytes for type 0x04.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// A signature of type 0x01 by this key.
    pub fn plain(secret: &SecretKey, name: &str, text: &str) -> Signature {
        let id = key_id(name, Algorithm::Plain, secret.public_bytes());
        Signature { name: name.into(), id, bytes: secret.sign(text.as_bytes()).to_vec() }
    }

    /// A signature of type 0x04 by this key at this time (Unix seconds).
    pub fn timestamped(secret: &SecretKey, name: &str, time: u64, text: &str) -> Signature {
        let id = key_id(name, Algorithm::Timestamped, secret.public_bytes());
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(secret.sign(&timestamped_message(time, text)));
        Signature { name: name.into(), id, bytes }
    }

    /// Whether this is a valid line of type 0x01 by `key` under the line's name.
    pub fn is_plain_by(&self, key: &PublicKey, text: &str) -> bool {
        self.plain_bytes(key.bytes()).is_some_and(|signature| key.verify(text.as_bytes(), signature))
    }

    /// The 64 bytes of a type 0x01 line, if it names the key with these bytes.
    pub fn plain_bytes(&self, key: &[u8; 32]) -> Option<&[u8; SIGNATURE]> {
        if self.id != key_id(&self.name, Algorithm::Plain, key) {
            return None;
        }
        self.bytes.as_slice().try_into().ok()
    }

    /// The time of a type 0x04 line, if it is a valid one by `key` under the line's name.
    pub fn is_timestamped_by(&self, key: &PublicKey, text: &str) -> Option<u64> {
        let (time, signature) = self.timestamped_bytes(key.bytes())?;
        key.verify(&timestamped_message(time, text), signature).then_some(time)
    }

    /// The time and the 64 bytes of a type 0x04 line, if it names the key with these bytes.
    pub fn timestamped_bytes(&self, key: &[u8; 32]) -> Option<(u64, &[u8; SIGNATURE])> {
        if self.id != key_id(&self.name, Algorithm::Timestamped, key) {
            return None;
        }
        timestamped_parts(&self.bytes)
    }

    /// The line, with its newline.
    pub fn line(&self) -> String {
        let mut raw = self.id.to_vec();
        raw.extend(&self.bytes);
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(raw))
    }

    /// Reads one line, without its newline.
    pub fn parse(line: &str) -> Option<Signature> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        if !is_key_name(name) || encoded.len() > SIGNATURE_LIMIT * 2 {
            return None;
        }
        let raw = STANDARD.decode(encoded).ok()?;
        let (id, bytes) = raw.split_first_chunk::<4>()?;
        if bytes.is_empty() || bytes.len() > SIGNATURE_LIMIT {
            return None;
        }
        Some(Signature { name: name.into(), id: *id, bytes: bytes.to_vec() })
    }
}

/// The time and the signature in the bytes of a type 0x04 line.
pub(crate) fn timestamped_parts(bytes: &[u8]) -> Option<(u64, &[u8; SIGNATURE])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*time), signature.try_into().ok()?))
}

/// What a type 0x04 signature signs (C2SP tlog-cosignature).
pub fn timestamped_message(time: u64, text: &str) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
    message.extend(text.as_bytes());
    message
}

/// A text and the lines under it. Nothing is verified by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, its last newline included, without the blank line.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note. Writing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        if bytes.len() > NOTE_LIMIT {
            return Err(NoteError::TooLong);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if whole.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Control);
        }
        let blank = whole.rfind("\n\n").ok_or(NoteError::Shape)?;
        let (text, lines) = (&whole[..=blank], &whole[blank + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let mut signatures = Vec::new();
        for (at, line) in lines.split('\n').enumerate() {
            if at == SIGNATURES_LIMIT {
                return Err(NoteError::TooMany);
            }
            signatures.push(Signature::parse(line).ok_or(NoteError::Line(at + 1))?);
        }
        Ok(Note { text: text.into(), signatures })
    }

    /// The note's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut whole = format!("{}\n", self.text);
        for signature in &self.signatures {
            whole.push_str(&signature.line());
        }
        whole.into_bytes()
    }
}
