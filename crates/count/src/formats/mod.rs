//! The ballot formats. A format is one file here and one line in `FORMATS`.

mod blt;
mod cat;
mod csv;
mod pb;
mod preflib;
mod write;

pub use write::{WriteError, blt as write_blt, preflib as write_preflib};

use crate::error::ParseError;
use crate::profile::{MAX_BALLOTS, Profile, first_duplicate};

/// A reader of one format.
type Reader = fn(&str) -> Result<Profile, ParseError>;

/// Extensions and their readers.
const FORMATS: &[(&str, Reader)] = &[
    ("blt", blt::parse),
    ("soi", preflib::parse_soi),
    ("soc", preflib::parse_soc),
    ("toi", preflib::parse_toi),
    ("toc", preflib::parse_toc),
    ("cat", cat::parse),
    ("csv", csv::parse),
    ("pb", pb::parse),
];

/// The extensions of all formats, without the dot.
pub fn extensions() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|(extension, _)| *extension)
}

/// Reads a file of ballots; its format follows from the extension of `file_name`, in upper or lower case. The text
/// is UTF-8, with or without a byte order mark, its lines end as on Unix or Windows.
///
/// # Errors
/// [`ParseError`], naming the line and the cause.
pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Profile, ParseError> {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let Some((_, reader)) = FORMATS.iter().find(|(name, _)| *name == extension) else {
        let known: Vec<String> = extensions().map(|name| format!(".{name}")).collect();
        return Err(ParseError::whole(format!("the name ends in none of {}", known.join(" "))));
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
        ParseError::at(line, "not UTF-8; save the file as UTF-8")
    })?;
    if text.trim().is_empty() {
        return Err(ParseError::whole("the file is empty"));
    }
    let profile = reader(text)?;
    if let Some(name) = first_duplicate(&profile.candidates) {
        return Err(ParseError::whole(format!(
            "two candidates have the name \"{name}\", but results go by name"
        )));
    }
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(place) =
        profile.candidates.iter().chain(&profile.title).position(|name| name.contains(steers))
    {
        let what = if place < profile.candidates.len() {
            format!("the name of candidate {}", place + 1)
        } else {
            "the title".into()
        };
        return Err(ParseError::whole(format!(
            "{what} holds a character that steers a screen instead of standing on it; write it without"
        )));
    }
    if profile.ballots() > MAX_BALLOTS {
        return Err(ParseError::whole(format!("more than {MAX_BALLOTS} ballots")));
    }
    profile.check().map_err(|error| ParseError::whole(error.to_string()))?;
    Ok(profile)
}

/// A number without sign, spaces or more digits than a u64 holds.
fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A short piece of the file for a message, without control characters.
fn quote(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(30).collect();
    if text.chars().count() > 30 {
        short.push('…');
    }
    format!("\"{short}\"")
}

/// Marks candidates seen on one ballot, so that none stands there twice, without clearing between ballots.
struct Seen {
    last: Vec<usize>,
    ballot: usize,
}

impl Seen {
    fn new(candidates: usize) -> Self {
        Self { last: vec![0; candidates], ballot: 0 }
    }

    fn next_ballot(&mut self) {
        self.ballot += 1;
    }

    /// Reads a candidate's number, from 1, and gives the index, from 0.
    fn candidate(&mut self, text: &str) -> Result<usize, String> {
        let declared = self.last.len();
        let index = match number(text) {
            None => return Err(format!("{} is not a candidate's number", quote(text))),
            Some(0) => return Err("candidate 0, but candidates are numbered from 1".into()),
            Some(given) => usize::try_from(given - 1)
                .ok()
                .filter(|&index| index < declared)
                .ok_or_else(|| format!("candidate {given}, but the file declares {declared} candidates"))?,
        };
        if self.last[index] == self.ballot {
            return Err(format!("candidate {} twice on one ballot", index + 1));
        }
        self.last[index] = self.ballot;
        Ok(index)
    }
}
