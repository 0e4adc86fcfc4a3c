//! A text that several sign on several machines: written once, signed line by line, put together again.

use std::path::{Path, PathBuf};

use book::entry::{Proposal, Signer, Text};
use book::key::SecretKey;
use book::note::{Note, Signature};

use crate::books::text_of;
use crate::edge;
use crate::failure::Failure;
use crate::keys;

/// A text has at most so many bytes.
const TEXT_LIMIT: usize = 65_535;

/// Reads the exact text of an entry.
pub fn read(path: &Path) -> Result<(String, Text), Failure> {
    let written = text_of(path, TEXT_LIMIT)?;
    let text = Text::parse(&written).map_err(|error| Failure::file(path, error))?;
    if text.write() != written {
        return Err(Failure::file(path, "it is not the exact text of an entry"));
    }
    Ok((written, text))
}

/// Whose key this is, among those whom the text names.
pub fn signer<'a>(text: &'a Text, key: &Path) -> Result<(&'a Signer, SecretKey), Failure> {
    let (name, secret) = keys::read_signer(key)?;
    let signer = text.by.signers().iter().find(|signer| signer.name == name);
    let signer = signer
        .ok_or_else(|| Failure::file(key, format!("it is the key of {name}, whom the text does not name")))?;
    Ok((signer, secret))
}

/// Signs the text into a file of one line.
pub fn sign(written: &str, signer: &Signer, secret: &SecretKey, out: &Path) -> Result<(), Failure> {
    let line = Signature::plain(secret, &signer.name, written).line();
    edge::create(&[edge::New { path: out.to_owned(), bytes: line.as_bytes(), secret: false }])?;
    say!("{}: signed as {signer}", out.display());
    Ok(())
}

/// Puts the text and its signatures together, in the order of the text.
pub fn collect(written: String, text: &Text, paths: &[PathBuf]) -> Result<Proposal, Failure> {
    let mut lines: Vec<Signature> = Vec::new();
    for path in paths {
        let file = text_of(path, TEXT_LIMIT)?;
        for line in file.lines() {
            lines.push(Signature::parse(line).ok_or_else(|| Failure::file(path, "it is no signature line"))?);
        }
    }
    let mut signatures = Vec::new();
    for signer in text.by.signers() {
        let mut of: Vec<&Signature> = lines.iter().filter(|line| line.name == signer.name).collect();
        of.dedup();
        match of.as_slice() {
            [one] => signatures.push((*one).clone()),
            [] => return Err(Failure::Refused(format!("the signature of {signer} is missing"))),
            _ => return Err(Failure::Refused(format!("there are two signatures of {signer}: give one"))),
        }
    }
    let note = Note { text: written, signatures }.to_bytes();
    Proposal::parse(&note).map_err(|error| Failure::Refused(format!("the entry {}: {error}", text.kind)))
}
