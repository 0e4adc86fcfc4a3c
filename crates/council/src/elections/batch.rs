//! How ballots are published: many in one blob, in the order of their hashes, so that nothing of the order in which they came is
//! left.
//!
//! A line for each: `{"ballot":…}`, the ballot's exact JSON in it; for one that takes the place of an earlier one
//! `{"ballot":…,"replaces":{"ballot":"<SHA-256 of that one>","proof":…}}`, with the proof by its credential, so that nobody can
//! change the order of a voter's ballots.

use ::ballot::group::Ed25519;
use ::ballot::hash::Hash;
pub use ::ballot::hash::Hash as Tracker;
use ::ballot::sigma::Proof;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A batch has at most so many ballots,
pub const BALLOTS_LIMIT: usize = 10_000;
/// and so many bytes.
pub const BYTES_LIMIT: u64 = 64 << 20;

/// Which ballot another one takes the place of, and its credential's word for it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaces {
    /// SHA-256 of the earlier ballot.
    pub ballot: Hash,
    /// See `ballot::revote`.
    pub proof: Proof<Ed25519>,
}

/// A ballot as it was handed in.
pub struct Cast {
    /// Its exact bytes.
    pub ballot: Vec<u8>,
    /// SHA-256 of them.
    pub hash: Hash,
    /// Which one it replaces.
    pub replaces: Option<Replaces>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    ballot: &'a RawValue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<Replaces>,
}

impl Cast {
    /// Reads what a voter hands in: one line.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(line: &str) -> Result<Cast, String> {
        let read: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let ballot = read.ballot.get().as_bytes().to_vec();
        let cast = Cast { hash: Hash::of(&ballot), ballot, replaces: read.replaces };
        if cast.line() != line {
            return Err("it is not in its one form".into());
        }
        Ok(cast)
    }

    /// The line.
    pub fn line(&self) -> String {
        let ballot = String::from_utf8_lossy(&self.ballot);
        match &self.replaces {
            None => format!("{{\"ballot\":{ballot}}}"),
            Some(replaces) => {
                let replaces = serde_json::to_string(replaces).unwrap_or_default();
                format!("{{\"ballot\":{ballot},\"replaces\":{replaces}}}")
            }
        }
    }
}

/// Writes a batch: in the order of their hashes.
pub fn write(mut cast: Vec<Cast>) -> Vec<u8> {
    cast.sort_unstable_by_key(|cast| cast.hash.0);
    let mut bytes = Vec::new();
    for one in &cast {
        bytes.extend_from_slice(one.line().as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// Reads a batch.
///
/// # Errors
/// Which line is wrong, and how.
pub fn parse(bytes: &[u8]) -> Result<Vec<Cast>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    let text = text.strip_suffix('\n').ok_or("its last line has no end")?;
    let mut all: Vec<Cast> = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        if number > BALLOTS_LIMIT {
            return Err(format!("it has more than {BALLOTS_LIMIT} ballots"));
        }
        let cast = Cast::parse(line).map_err(|error| format!("line {number}: {error}"))?;
        if all.last().is_some_and(|last| last.hash.0 >= cast.hash.0) {
            return Err(format!(
                "line {number}: its ballots are not in the order of their hashes, each once"
            ));
        }
        all.push(cast);
    }
    Ok(all)
}
