//! What a voter keeps beside their seed: the last ballot of an election, its tracker, and the clerk's receipt for it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::edge::{self, New};
use crate::failure::Failure;

/// A ballot and what came back for it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The line that was handed in.
    pub line: String,
    /// The clerk's signed receipt; none while whether it arrived is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// The votes of one credential in one election.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    /// The book's id.
    pub book: String,
    /// The election's uuid.
    pub election: String,
    /// In the order in which they were cast; the last one counts.
    pub votes: Vec<Vote>,
}

/// The file of this election beside a seed.
pub fn beside(seed: &Path, uuid: &str, end: &str) -> PathBuf {
    let mut name = seed.as_os_str().to_owned();
    name.push(format!(".{uuid}.{end}"));
    PathBuf::from(name)
}

impl Votes {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Votes, Failure> {
        serde_json::from_slice(&edge::read(path)?)
            .map_err(|_| Failure::file(path, "it is not what `cabildo election cast` keeps"))
    }

    /// Writes it, for its owner alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(|error| Failure::file(path, error))?;
        if path.exists() {
            return edge::write_secret(path, text.as_bytes());
        }
        edge::create(&[New { path: path.to_owned(), bytes: text.as_bytes(), secret: true }])
    }
}
