//! Proofs in one file: that an entry stands in a book, without the book (C2SP `tlog-proof`, `.tlog-proof`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::merkle::{MAX_SIZE, PROOF_MAX, leaf, verify_inclusion};
use crate::note::NOTE_LIMIT;

const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// A proof has at most this many bytes: the largest checkpoint, and room for the rest.
const BYTES_MAX: usize = NOTE_LIMIT + (64 << 10);

/// That the entry `index` is in the tree of a checkpoint.
///
/// The parts as they were read: whether the checkpoint is signed by whom it should be, and whether the hashes lead from the entry
/// to its root, is still to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    /// What an application adds, unauthenticated; empty where there is nothing.
    pub extra: Vec<u8>,
    /// The number of the entry, from 0.
    pub index: u64,
    /// The hashes from the leaf's sibling up to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, byte for byte.
    pub checkpoint: Vec<u8>,
}

/// Why bytes are no `.tlog-proof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// It is longer than the largest checkpoint and its proof.
    TooLong,
    /// The first line is not `c2sp.org/tlog-proof@v1`.
    NotAProof,
    /// A line breaks a rule.
    Line {
        /// Its number, from 1.
        line: usize,
        /// The rule.
        rule: &'static str,
    },
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::TooLong => write!(f, "a proof has at most {BYTES_MAX} bytes"),
            ProofError::NotAProof => write!(f, "it is not a proof: its first line is not {FIRST}"),
            ProofError::Line { line, rule } => write!(f, "line {line}: {rule}"),
        }
    }
}

impl std::error::Error for ProofError {}

impl LogProof {
    /// Reads a proof in its one form.
    pub fn parse(bytes: &[u8]) -> Result<LogProof, ProofError> {
        if bytes.len() > BYTES_MAX {
            return Err(ProofError::TooLong);
        }
        let (first, mut rest) = line(bytes).ok_or(ProofError::NotAProof)?;
        if first != FIRST {
            return Err(ProofError::NotAProof);
        }
        let mut number = 1;
        let mut next = || {
            number += 1;
            let rule = "a proof ends with an empty line and a checkpoint, and holds no other characters";
            let (text, after) = line(rest).ok_or(ProofError::Line { line: number, rule })?;
            rest = after;
            Ok((number, text))
        };
        let mut at = next()?;
        let mut extra = Vec::new();
        if let Some(text) = at.1.strip_prefix("extra ") {
            let rule = "after `extra ` stands base64";
            extra = STANDARD.decode(text).map_err(|_| ProofError::Line { line: at.0, rule })?;
            if extra.is_empty() {
                return Err(ProofError::Line { line: at.0, rule: "an empty `extra` is left out" });
            }
            at = next()?;
        }
        let rule = "it is `index` and a number without leading zeros, below 2^48";
        let index =
            at.1.strip_prefix("index ").and_then(number_of).ok_or(ProofError::Line { line: at.0, rule })?;
        let mut hashes = Vec::new();
        loop {
            let (line, text) = next()?;
            if text.is_empty() {
                break;
            }
            if hashes.len() == PROOF_MAX {
                return Err(ProofError::Line { line, rule: "a proof has at most 64 hashes" });
            }
            let rule = "it is not a SHA-256 value in base64";
            hashes.push(Hash::parse(text).ok_or(ProofError::Line { line, rule })?);
        }
        if rest.is_empty() {
            return Err(ProofError::Line {
                line: number + 1,
                rule: "after the empty line stands a checkpoint",
            });
        }
        Ok(LogProof { extra, index, hashes, checkpoint: rest.to_vec() })
    }

    /// The proof as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{FIRST}\n");
        if !self.extra.is_empty() {
            text += &format!("extra {}\n", STANDARD.encode(&self.extra));
        }
        text += &format!("index {}\n", self.index);
        for hash in &self.hashes {
            text += &format!("{hash}\n");
        }
        text.push('\n');
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.checkpoint);
        bytes
    }

    /// Whether the hashes lead from this entry to a root; size and root are those of the verified checkpoint.
    pub fn proves(&self, entry: &[u8], size: u64, root: &Hash) -> bool {
        verify_inclusion(&leaf(entry), self.index, size, root, &self.hashes)
    }
}

/// The first line, without its end, and what follows.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// A decimal number in its one form.
fn number_of(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number < MAX_SIZE && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{leaf, node};

    const TEXT: &str = "c2sp.org/tlog-proof@v1\n\
        extra aGVsbG8=\n\
        index 1\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
        \n\
        example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n\
        \u{2014} example.com/fancylog hI2DJw==\n";

    #[test]
    fn a_proof_reads_back_byte_for_byte() {
        let proof = LogProof::parse(TEXT.as_bytes()).unwrap();
        assert_eq!((proof.extra.as_slice(), proof.index, proof.hashes.len()), (b"hello".as_slice(), 1, 2));
        assert!(proof.checkpoint.starts_with(b"example.com/fancylog\n109482\n"));
        assert_eq!(proof.to_bytes(), TEXT.as_bytes());
        let plain = TEXT.replace("extra aGVsbG8=\n", "");
        let proof = LogProof::parse(plain.as_bytes()).unwrap();
        assert!(proof.extra.is_empty());
        assert_eq!(proof.to_bytes(), plain.as_bytes());
        // The only entry of a book has no hashes.
        let single = b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint";
        assert_eq!(LogProof::parse(single).unwrap().to_bytes(), single);
    }

    #[test]
    fn other_forms_are_refused() {
        let line = |result: Result<LogProof, ProofError>| match result {
            Err(ProofError::Line { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        let change = |from: &str, to: &str| {
            assert!(TEXT.contains(from), "{from}");
            LogProof::parse(TEXT.replacen(from, to, 1).as_bytes())
        };
        for first in
            ["", "\n", "c2sp.org/tlog-proof@v2", "c2sp.org/tlog-proof@v1\r", " c2sp.org/tlog-proof@v1"]
        {
            assert_eq!(change("c2sp.org/tlog-proof@v1", first), Err(ProofError::NotAProof), "{first:?}");
        }
        for extra in
            ["extra", "extra ", "extra aGVsbG8", "extra aGVsbG9=", "extra  aGVsbG8=", "Extra aGVsbG8="]
        {
            assert_eq!(line(change("extra aGVsbG8=", extra)), 2, "{extra:?}");
        }
        assert_eq!(line(change("extra aGVsbG8=\n", "extra aGVsbG8=\nextra aGVsbG8=\n")), 3);
        for index in
            ["01", "+1", "-1", "", " 1", "1 ", "0x1", "281474976710656", "18446744073709551616", "1\r"]
        {
            assert_eq!(line(change("index 1\n", &format!("index {index}\n"))), 3, "{index:?}");
        }
        for hash in [
            "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ",
            "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlR=",
            "AAAA",
            " ",
        ] {
            assert_eq!(line(change("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", hash)), 4, "{hash:?}");
        }
        for length in 0..TEXT.find("example.com").unwrap() + 1 {
            let cut = LogProof::parse(&TEXT.as_bytes()[..length]);
            assert_eq!(cut.is_ok(), length > TEXT.find("example.com").unwrap(), "{length} bytes");
        }
        let hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
        let many = |count: usize| format!("{FIRST}\nindex 1\n{}\nx\n", hash.repeat(count));
        assert!(LogProof::parse(many(64).as_bytes()).is_ok());
        assert_eq!(line(LogProof::parse(many(65).as_bytes())), 67);
        assert_eq!(LogProof::parse(&vec![b'a'; BYTES_MAX + 1]), Err(ProofError::TooLong));
        assert_eq!(line(LogProof::parse(b"c2sp.org/tlog-proof@v1\nindex 1\n\xff\n\nx")), 3);
    }

    #[test]
    fn it_proves_its_entry_and_no_other() {
        let (one, two) = (leaf(b"one"), leaf(b"two"));
        let root = node(&one, &two);
        let proof = LogProof { extra: Vec::new(), index: 1, hashes: vec![one], checkpoint: b"c".to_vec() };
        assert!(proof.proves(b"two", 2, &root));
        assert!(!proof.proves(b"one", 2, &root));
        assert!(!proof.proves(b"two", 1, &root));
        assert!(!proof.proves(b"two", 2, &two));
    }
}
