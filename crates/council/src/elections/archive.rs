//! An election of the book as others read it: the Belenios archive and its strong proofs, derived from what took effect.

use std::io::{self, Write};

use ::ballot::archive::ArchiveWriter;
use ::ballot::group::Ed25519;
use ::ballot::json;
use ::ballot::strong::{StrongFile, StrongProof};

use super::batch;
use super::record::Election;
use crate::kinds::BlobRef;

/// Why there is no archive.
#[derive(Debug)]
pub enum NoArchive {
    /// The box was never opened: there is nothing in it.
    NotOpened,
    /// Material is missing.
    Missing(BlobRef),
    /// Material is not what the rules let pass: the files were changed.
    Damaged(String),
    /// The output fails.
    Output(io::Error),
}

impl std::fmt::Display for NoArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoArchive::NotOpened => f.write_str("its box was not opened, so there is nothing to verify yet"),
            NoArchive::Missing(blob) => write!(f, "blob/{} is missing: fetch it from a mirror", blob.sha256),
            NoArchive::Damaged(what) => write!(f, "its material was changed: {what}"),
            NoArchive::Output(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for NoArchive {
    fn from(error: io::Error) -> NoArchive {
        NoArchive::Output(error)
    }
}

/// Writes the archive as far as the election has come; gives the text of `<uuid>.strong.json`, where a trustee has decrypted.
/// `blob` gives the material.
///
/// # Errors
/// See [`NoArchive`].
pub fn write(
    election: &Election,
    blob: &mut dyn FnMut(&BlobRef) -> Option<Vec<u8>>,
    output: impl Write,
) -> Result<Option<String>, NoArchive> {
    let opened = election.opened.as_ref().ok_or(NoArchive::NotOpened)?;
    let mut read = |of: &BlobRef| blob(of).ok_or_else(|| NoArchive::Missing(of.clone()));
    let mut archive = ArchiveWriter::begin(output, opened.at)?;
    let setup = [&opened.election, &opened.team.trustees, &opened.credentials];
    let [description, trustees, credentials] = setup.map(&mut read);
    archive.setup(&description?, &trustees?, &credentials?)?;
    for blob in &election.batches {
        for cast in batch::parse(&read(blob)?).map_err(NoArchive::Damaged)? {
            archive.ballot(&cast.ballot)?;
        }
    }
    let mut proofs: Vec<StrongProof<Ed25519>> = Vec::new();
    if let Some((_, tally)) = &election.closed {
        archive.end_ballots()?;
        archive.encrypted_tally(&read(tally)?, election.counted, election.counted)?;
        for shuffled in &election.shuffles {
            archive.shuffle(shuffled.owner, &read(&shuffled.shuffle)?)?;
        }
        if election.is_mixed() && election.mixers_to_come().next().is_none() && !election.shuffles.is_empty()
        {
            archive.end_shuffles()?;
        }
        for part in &election.decryptions {
            archive.partial_decryption(part.owner, &read(&part.decryption)?)?;
            let strong = json::parse(&read(&part.strong)?);
            proofs.push(strong.map_err(|error| NoArchive::Damaged(error.to_string()))?);
        }
        if let Some(result) = &election.result {
            archive.result(&read(result)?)?;
        }
    }
    archive.finish()?;
    let uuid = election.uuid.clone();
    let file = StrongFile::<Ed25519> { version: 1, election_uuid: uuid, proofs };
    Ok((!file.proofs.is_empty()).then(|| json::to_string(&file)))
}
