//! Proofs that an entry stands in a book.

use book::checkpoint::Checkpoint;
use book::files::PublicFiles;
use book::merkle::inclusion;
use book::note::{NOTE_LIMIT, Note};
use book::proof::LogProof;
use book::tile::TileTree;

/// The `.tlog-proof` of an entry in the current checkpoint; none where the book has no such entry yet.
pub(crate) fn prove(files: &mut dyn PublicFiles, number: u64) -> Result<Option<Vec<u8>>, String> {
    // While a mirror moves on, its checkpoint and its newest tiles can be of two sizes for a moment.
    try_to_prove(files, number).or_else(|_| try_to_prove(files, number))
}

fn try_to_prove(mut files: &mut dyn PublicFiles, index: u64) -> Result<Option<Vec<u8>>, String> {
    let Some(checkpoint) = files.read("checkpoint", NOTE_LIMIT).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let note = Note::parse(&checkpoint).map_err(|error| format!("checkpoint: {error}"))?;
    let Checkpoint { size, root, .. } =
        Checkpoint::parse_text(&note.text).map_err(|error| format!("checkpoint: {error}"))?;
    if index >= size {
        return Ok(None);
    }
    let mut tree = TileTree::authenticated(&mut files, size, root).map_err(|error| error.to_string())?;
    let hashes = inclusion(&mut tree, index, size).map_err(|error| error.to_string())?;
    Ok(hashes.map(|hashes| LogProof { extra: Vec::new(), index, hashes, checkpoint }.to_bytes()))
}
