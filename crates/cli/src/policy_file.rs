//! The file of `found --policy`: a C2SP tlog-policy, with one line of ours that says who may name a new clerk.
//!
//! ```text
//! successors 2 1,2,3
//! witness ateneo ateneo.example+1d3f0c2a+BA… https://ateneo.example
//! mirror biblioteca biblioteca+77ab41c9+BA…
//! group dos 2 ateneo biblioteca
//! quorum dos
//! ```

use std::path::Path;

use book::policy::Policy;
use council::kinds::SuccessionRule;

use crate::books::text_of;
use crate::failure::Failure;

/// What the file says.
pub struct PolicyFile {
    /// Who may name a new clerk, if it says so.
    pub succession: Option<SuccessionRule>,
    /// Witnesses, mirrors, quorum.
    pub policy: Policy,
}

/// Reads it. Empty lines and those that begin with `#` are passed over.
pub fn read(path: &Path) -> Result<PolicyFile, Failure> {
    let text = text_of(path, 1 << 20)?;
    let mut succession = None;
    let mut lines = Vec::new();
    let mut numbers = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let refuse = |reason: &str| Failure::file(path, format!("line {}: {reason}", at + 1));
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["log", ..] => return Err(refuse("a council's policy names no log: its own clerk is the log")),
            ["successors", needed, among] => {
                let needed: u32 = needed
                    .parse()
                    .map_err(|_| refuse("`successors` is followed by how many of them it takes"))?;
                let among: Result<Vec<u32>, _> = among.split(',').map(str::parse).collect();
                let mut among = among.map_err(|_| refuse("the successors are members' numbers: 1,2,3"))?;
                among.sort_unstable();
                if succession.replace(SuccessionRule { among, needed }).is_some() {
                    return Err(refuse("a second line of successors"));
                }
            }
            ["successors", ..] => {
                return Err(refuse("it is `successors K N,N,…`: how many, and which members"));
            }
            _ => {
                lines.push(words.join(" "));
                numbers.push(at + 1);
            }
        }
    }
    let policy = Policy::parse(lines.iter().map(String::as_str)).map_err(|mut error| {
        error.reason = error.reason.replacen("it is none of ", "it is none of `successors K N,N,…`, ", 1);
        let line = error.line.checked_sub(1).and_then(|at| numbers.get(at));
        match line {
            Some(line) => Failure::file(path, format!("line {line}: {}", error.reason)),
            None => Failure::file(path, error.reason),
        }
    })?;
    Ok(PolicyFile { succession, policy })
}
