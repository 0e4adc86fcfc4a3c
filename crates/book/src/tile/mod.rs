//! Tiles: the public form of a tree and its entries (C2SP `tlog-tiles`).
//!
//! A hash tile holds 256 hashes of one level of the tree, an entry bundle 256 entries. The newest of each level may be partial: it
//! is the beginning of what will be the full one, under a name of its own.

mod builder;
mod entries;
mod path;
mod tree;

pub use builder::TileBuilder;
pub use entries::{ENTRY_MAX, EntriesError, decode_entries, encode_entries};
pub use tree::{TileError, TileTree};

pub use crate::merkle::MAX_SIZE;

/// How many hashes or entries a full tile has.
pub const WIDTH: u64 = 256;

/// A tile's index is below this, so that no arithmetic on it overflows.
const MAX_INDEX: u64 = MAX_SIZE / WIDTH;

/// A tile by its place. In the order of a bundle: hash tiles by level, then index, then entry bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tile {
    /// Hashes: the i-th is the root over the 256^level leaves from (index·256 + i)·256^level on.
    Hashes {
        /// 0 for the hashes of the entries, up to 63.
        level: u8,
        /// From 0, along the level.
        index: u64,
        /// How many hashes, 1 to 256.
        width: u16,
    },
    /// Entries, from index·256 on.
    Entries {
        /// From 0.
        index: u64,
        /// How many entries, 1 to 256.
        width: u16,
    },
}

impl Tile {
    /// The hash tile at this place as a tree of `size` has it; `None` where it has none there.
    pub fn hashes(level: u8, index: u64, size: u64) -> Option<Tile> {
        width(level, index, size).map(|width| Tile::Hashes { level, index, width })
    }

    /// The entry bundle at this place as a tree of `size` has it; `None` where it has none there.
    pub fn entries(index: u64, size: u64) -> Option<Tile> {
        width(0, index, size).map(|width| Tile::Entries { index, width })
    }

    /// Its place along its level, from 0.
    pub fn index(&self) -> u64 {
        match self {
            Tile::Hashes { index, .. } | Tile::Entries { index, .. } => *index,
        }
    }

    /// How many hashes or entries it holds.
    pub fn width(&self) -> u16 {
        match self {
            Tile::Hashes { width, .. } | Tile::Entries { width, .. } => *width,
        }
    }

    /// The full tile that this one is, or is the beginning of.
    pub fn full(&self) -> Tile {
        match *self {
            Tile::Hashes { level, index, .. } => Tile::Hashes { level, index, width: WIDTH as u16 },
            Tile::Entries { index, .. } => Tile::Entries { index, width: WIDTH as u16 },
        }
    }

    /// The most bytes that its file can have: a hash tile has exactly these.
    pub fn max_bytes(&self) -> usize {
        match self {
            Tile::Hashes { width, .. } => usize::from(*width) * 32,
            Tile::Entries { width, .. } => usize::from(*width) * (2 + ENTRY_MAX),
        }
    }
}

/// How wide the tile at this place is in a tree of `size`.
fn width(level: u8, index: u64, size: u64) -> Option<u16> {
    let beyond = row(level, size).checked_sub(index.checked_mul(WIDTH)?)?;
    (beyond > 0).then(|| beyond.min(WIDTH) as u16)
}

/// How many hashes a tree of `size` has at this level of tiles.
fn row(level: u8, size: u64) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// The partial hash tiles of a tree of `size`, the lowest level first: from them follows its root, and it can grow.
pub fn edge(size: u64) -> impl Iterator<Item = Tile> {
    (0..=u8::MAX).take_while(move |level| row(*level, size) > 0).filter_map(move |level| {
        let row = row(level, size);
        let width = (row % WIDTH) as u16;
        (width > 0).then_some(Tile::Hashes { level, index: row / WIDTH, width })
    })
}

/// Every tile of a tree of `size`, the newest partial ones included: hash tiles by level, then index, then entry bundles.
pub fn tiles(size: u64) -> impl Iterator<Item = Tile> {
    tiles_since(0, size)
}

/// Every tile of a tree of `size` that it did not have when its size was `old`, in the order of [`tiles`].
pub fn tiles_since(old: u64, size: u64) -> impl Iterator<Item = Tile> {
    let since = move |level: u8| {
        // The full tiles that were there then, and a partial one that is as wide as then, are left out.
        let (before, now) = (row(level, old), row(level, size));
        let from = if before >= now { now.div_ceil(WIDTH) } else { before / WIDTH };
        from..now.div_ceil(WIDTH)
    };
    let levels = (0..=u8::MAX).take_while(move |level| row(*level, size) > 0);
    let hashes =
        levels.flat_map(move |level| since(level).filter_map(move |index| Tile::hashes(level, index, size)));
    hashes.chain(since(0).filter_map(move |index| Tile::entries(index, size)))
}
