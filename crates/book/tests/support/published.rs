//! The public files of a tree in memory.

use book::files::MemoryFiles;
use book::tile::{Tile, encode_entries, tiles};

use crate::tree::{Rows, entry};

/// The file of a tile.
pub(crate) fn file(rows: &Rows, tile: Tile) -> Vec<u8> {
    let from = tile.index() * 256;
    let to = from + u64::from(tile.width());
    match tile {
        Tile::Hashes { level, .. } => rows.0[8 * usize::from(level)][from as usize..to as usize]
            .iter()
            .flat_map(|hash| hash.0)
            .collect(),
        Tile::Entries { .. } => {
            let entries: Vec<Vec<u8>> = (from..to).map(entry).collect();
            encode_entries(entries.iter().map(Vec::as_slice)).unwrap()
        }
    }
}

/// All tiles of a tree of `size`.
pub(crate) fn publish(rows: &Rows, size: u64) -> MemoryFiles {
    let mut files = MemoryFiles::new();
    for tile in tiles(size) {
        files.insert(&tile.path(), file(rows, tile)).unwrap();
    }
    files
}
