//! Growing a tree and its tiles, leaf by leaf.

use super::{MAX_SIZE, Tile, TileError, WIDTH, edge, row};
use crate::hash::Hash;
use crate::merkle::{Frontier, empty_root, node};

/// The newest hash tile of each level, and those that changed since they were last taken. One node is hashed per leaf on average,
/// and memory follows the levels and what has not been taken.
#[derive(Clone, Debug, Default)]
pub struct TileBuilder {
    size: u64,
    levels: Vec<Newest>,
    full: Vec<(u8, u64, Vec<u8>)>,
}

/// The partial tile of a level.
#[derive(Clone, Debug, Default)]
struct Newest {
    bytes: Vec<u8>,
    /// The tile as a tree of its own.
    tree: Frontier,
    changed: bool,
}

impl TileBuilder {
    /// The tree without leaves.
    pub fn new() -> TileBuilder {
        TileBuilder::default()
    }

    /// Goes on with a tree of `size`. `read` is asked for the bytes of its partial tiles, as [`edge`] lists them, by level and
    /// index; a missing one or one of another length is refused. Whether they are the right ones, [`TileBuilder::root`] tells.
    pub fn open<E: From<TileError>>(
        size: u64,
        mut read: impl FnMut(u8, u64) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<TileBuilder, E> {
        if size > MAX_SIZE {
            return Err(TileError::TooLarge { size }.into());
        }
        let mut builder = TileBuilder { size, ..TileBuilder::default() };
        while row(builder.levels.len() as u8, size) > 0 {
            builder.levels.push(Newest::default());
        }
        for tile in edge(size) {
            let Tile::Hashes { level, index, .. } = tile else { continue };
            let bytes = read(level, index)?.ok_or(TileError::Missing { tile })?;
            if bytes.len() != tile.max_bytes() {
                return Err(TileError::Length { tile, found: bytes.len() }.into());
            }
            let newest = &mut builder.levels[usize::from(level)];
            for hash in bytes.as_chunks::<32>().0 {
                newest.tree.push(Hash(*hash));
            }
            newest.bytes = bytes;
        }
        Ok(builder)
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        // The lowest level holds the rightmost leaves.
        let rightmost = self.levels.iter().flat_map(|newest| newest.tree.hashes().iter().rev());
        rightmost.copied().reduce(|right, left| node(&left, &right)).unwrap_or_else(empty_root)
    }

    /// The hashes of the complete subtrees, the largest first, for [`Frontier::from_parts`].
    pub fn frontier(&self) -> Vec<Hash> {
        self.levels.iter().rev().flat_map(|newest| newest.tree.hashes().iter().copied()).collect()
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0..=u8::MAX {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Newest::default());
            }
            let newest = &mut self.levels[usize::from(level)];
            newest.bytes.extend_from_slice(&hash.0);
            newest.tree.push(hash);
            newest.changed = true;
            if newest.tree.size() < WIDTH {
                break;
            }
            // The tile is full: its root is the next hash of the level above.
            let [root] = newest.tree.hashes() else { break };
            hash = *root;
            let full = std::mem::take(newest);
            self.full.push((level, row(level, self.size) / WIDTH, full.bytes));
        }
        self.size += 1;
    }

    /// The hash tiles that changed since this was last asked, by level and index, each with all its bytes so far: a wider tile
    /// takes the place of a narrower one.
    pub fn take_changed(&mut self) -> Vec<(u8, u64, Vec<u8>)> {
        let mut changed = std::mem::take(&mut self.full);
        for (level, newest) in self.levels.iter_mut().enumerate() {
            if std::mem::take(&mut newest.changed) && !newest.bytes.is_empty() {
                let level = level as u8;
                changed.push((level, row(level, self.size) / WIDTH, newest.bytes.clone()));
            }
        }
        changed.sort_unstable_by_key(|(level, index, _)| (*level, *index));
        changed
    }
}
