//! What of a mirror's folder is served, and how long others may keep it.

use std::io;
use std::path::Path;

use book::checkpoint::Checkpoint;
use book::files::PublicPath;
use book::note::{NOTE_LIMIT, Note};
use book::tile::{Tile, decode_entries};

use crate::durable;

/// A blob of more bytes is not served in one piece.
const BLOB_LIMIT: usize = 64 << 20;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
/// For files that change: kept, but asked for again each time.
const CHANGES: &str = "no-cache";
/// For files that a hand-over may still replace: those beyond the largest final checkpoint.
const RECENT: &str = "public, max-age=60";
/// For files that never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicFile {
    /// Its content type.
    pub content_type: &'static str,
    /// What to say in `Cache-Control`.
    pub cache_control: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The file that a request for `path` gets (`checkpoint`, `tile/0/000`, …, without a slash before it); `None` where there is
/// none. Nothing but the public files of a book is looked for. A partial tile that has grown since is cut from what it has
/// become, so that whoever reads by an earlier checkpoint finds what it names.
pub fn public_file(folder: &Path, path: &str) -> io::Result<Option<PublicFile>> {
    let Some(parsed) = PublicPath::parse(path) else { return Ok(None) };
    let whole = folder.join(path);
    let file = |content_type, cache_control, bytes| Some(PublicFile { content_type, cache_control, bytes });
    Ok(match parsed {
        PublicPath::Vkeys | PublicPath::Checkpoint | PublicPath::Final => {
            durable::read(&whole, NOTE_LIMIT)?.and_then(|bytes| file(TEXT, CHANGES, bytes))
        }
        PublicPath::Blob(_) => {
            durable::read(&whole, BLOB_LIMIT)?.and_then(|bytes| file(BYTES, FOR_EVER, bytes))
        }
        PublicPath::Tile(tile) => {
            let bytes = match durable::read(&whole, tile.max_bytes())? {
                Some(bytes) => Some(bytes),
                None => grown(folder, tile)?,
            };
            let Some(bytes) = bytes else { return Ok(None) };
            let keep = if is_final(folder, tile)? { FOR_EVER } else { RECENT };
            file(BYTES, keep, bytes)
        }
    })
}

/// The size that a checkpoint's file says.
fn size(folder: &Path, name: &str) -> io::Result<Option<u64>> {
    let bytes = durable::read(&folder.join(name), NOTE_LIMIT)?;
    let note = bytes.and_then(|bytes| Note::parse(&bytes).ok());
    Ok(note.and_then(|note| Checkpoint::parse_text(&note.text).ok()).map(|checkpoint| checkpoint.size))
}

/// Where a tile ends: how many entries it covers with all before it; none beyond all books.
fn end(tile: Tile) -> Option<u64> {
    let (level, last) = match tile {
        Tile::Hashes { level, index, width } => (u32::from(level), index * 256 + u64::from(width)),
        Tile::Entries { index, width } => (0, index * 256 + u64::from(width)),
    };
    last.checked_mul(256_u64.checked_pow(level)?)
}

/// Whether a tile lies within the largest final checkpoint. Where `vkeys` has the clerk's line alone, the policy asks for
/// nobody, and all that the clerk signed is final.
fn is_final(folder: &Path, tile: Tile) -> io::Result<bool> {
    let last = match size(folder, "final")? {
        Some(last) => Some(last),
        None => {
            let vkeys = durable::read(&folder.join("vkeys"), NOTE_LIMIT)?;
            let is_alone =
                vkeys.is_some_and(|lines| lines.iter().filter(|byte| **byte == b'\n').count() == 1);
            if is_alone { size(folder, "checkpoint")? } else { None }
        }
    };
    Ok(matches!((end(tile), last), (Some(end), Some(last)) if end <= last))
}

/// The beginning of the wider tile that stands in the place of this partial one.
fn grown(folder: &Path, tile: Tile) -> io::Result<Option<Vec<u8>>> {
    if tile == tile.full() {
        return Ok(None);
    }
    let Some(size) = size(folder, "checkpoint")? else { return Ok(None) };
    let wider = match tile {
        Tile::Hashes { level, index, .. } => Tile::hashes(level, index, size),
        Tile::Entries { index, .. } => Tile::entries(index, size),
    };
    let Some(wider) = wider.filter(|wider| wider.width() > tile.width()) else { return Ok(None) };
    let Some(mut bytes) = durable::read(&folder.join(wider.path()), wider.max_bytes())? else {
        return Ok(None);
    };
    let length = match tile {
        Tile::Hashes { .. } => tile.max_bytes(),
        Tile::Entries { width, .. } => {
            let Ok(entries) = decode_entries(&bytes, wider.width()) else { return Ok(None) };
            entries.iter().take(usize::from(width)).map(|entry| 2 + entry.len()).sum()
        }
    };
    if bytes.len() < length {
        return Ok(None);
    }
    bytes.truncate(length);
    Ok(Some(bytes))
}
