//! Reading a tree from its public hash tiles.

use std::collections::HashMap;
use std::fmt;

use super::{EntriesError, MAX_SIZE, Tile, TileBuilder, WIDTH, decode_entries, edge, row};
use crate::files::{FilesError, PublicFiles};
use crate::hash::Hash;
use crate::merkle::{self, Subtrees, node};

/// How many tiles are kept beside the newest of each level, at 16 KB each.
const KEPT: usize = 64;

/// Why a tree's tiles do not give what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileError {
    /// The files cannot be read.
    Files(FilesError),
    /// There is no such file.
    Missing {
        /// The tile.
        tile: Tile,
    },
    /// A hash tile has the wrong length.
    Length {
        /// The tile.
        tile: Tile,
        /// How many bytes it has.
        found: usize,
    },
    /// The newest tiles do not give the root that they should.
    Root {
        /// The tiles, one of which at least is wrong.
        edge: Vec<Tile>,
    },
    /// A full tile is not the one that the tree names.
    Changed {
        /// The tile.
        tile: Tile,
    },
    /// An entry bundle cannot be taken apart.
    Entries {
        /// The bundle.
        tile: Tile,
        /// Why.
        error: EntriesError,
    },
    /// An entry is not the one that the tree names.
    Entry {
        /// The bundle.
        tile: Tile,
        /// The entry's number in the book, from 0.
        number: u64,
    },
    /// A subtree, a tile or an entry was asked for that a tree of this size has not.
    Outside {
        /// The size of the tree.
        size: u64,
    },
    /// The tree is larger than [`MAX_SIZE`].
    TooLarge {
        /// Its size.
        size: u64,
    },
}

impl fmt::Display for TileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TileError::Files(error) => write!(f, "{error}"),
            TileError::Missing { tile } => {
                write!(f, "{}: it is missing, so this copy of the book is not whole", tile.path())
            }
            TileError::Length { tile, found } => {
                write!(f, "{}: it has {found} bytes in place of {}", tile.path(), tile.max_bytes())
            }
            TileError::Root { edge } => match edge.as_slice() {
                [] => write!(f, "the root of the empty book is not the one of the checkpoint"),
                [tile] => write!(f, "{}: it does not give the root of the checkpoint", tile.path()),
                edge => {
                    let paths: Vec<String> = edge.iter().map(Tile::path).collect();
                    write!(f, "{}: together they do not give the root of the checkpoint", paths.join(", "))
                }
            },
            TileError::Changed { tile } => write!(f, "{}: it is not the tile of this tree", tile.path()),
            TileError::Entries { tile, error } => write!(f, "{}: {error}", tile.path()),
            TileError::Entry { tile, number } => {
                write!(f, "{}: entry {number} is not the one in the tree", tile.path())
            }
            TileError::Outside { size } => write!(f, "a book of {size} entries has no such part"),
            TileError::TooLarge { size } => {
                write!(f, "a book of {size} entries: {MAX_SIZE} is the most that is read")
            }
        }
    }
}

impl std::error::Error for TileError {}

impl From<FilesError> for TileError {
    fn from(error: FilesError) -> Self {
        TileError::Files(error)
    }
}

/// A hash tile with the complete subtrees within: `rows[k][i]` stands over 2^k of its hashes.
struct Loaded {
    rows: Vec<Vec<Hash>>,
}

impl Loaded {
    fn new(bytes: &[u8]) -> Loaded {
        let mut rows = Vec::new();
        let mut row: Vec<Hash> = bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect();
        while !row.is_empty() {
            let above = row.as_chunks::<2>().0.iter().map(|[left, right]| node(left, right)).collect();
            rows.push(std::mem::replace(&mut row, above));
        }
        Loaded { rows }
    }

    fn bytes(&self) -> Vec<u8> {
        let leaves = self.rows.first().map_or(&[][..], Vec::as_slice);
        let mut bytes = Vec::with_capacity(32 * leaves.len());
        leaves.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        bytes
    }

    fn hash(&self, row: u32, at: u64) -> Option<Hash> {
        self.rows.get(row as usize)?.get(at as usize).copied()
    }

    /// The root over a full tile.
    fn root(&self) -> Option<Hash> {
        self.hash(8, 0)
    }
}

/// The tree of a given size, read from its hash tiles.
///
/// A tree from [`TileTree::authenticated`] returns no hash and no entry that was not verified against its root. Keeps the newest
/// tile of each level and the last 64 others; reads nothing twice that it keeps.
pub struct TileTree<F> {
    files: F,
    size: u64,
    root: Hash,
    trusted: bool,
    /// The partial tile of each level, if there is one, and from which file it is.
    edge: Vec<Option<(Tile, Loaded)>>,
    kept: HashMap<(u8, u64), (u64, Loaded)>,
    clock: u64,
}

impl<F: PublicFiles> TileTree<F> {
    /// A tree whose tiles nobody vouches for: one's own store, or a copy that is compared otherwise. Reads the partial tiles.
    pub fn unverified(files: F, size: u64) -> Result<TileTree<F>, TileError> {
        if size > MAX_SIZE {
            return Err(TileError::TooLarge { size });
        }
        let mut tree = TileTree {
            files,
            size,
            root: merkle::empty_root(),
            trusted: false,
            edge: Vec::new(),
            kept: HashMap::new(),
            clock: 0,
        };
        for tile in edge(size) {
            let Tile::Hashes { level, .. } = tile else { continue };
            let (from, mut bytes) = tree.read(tile)?;
            bytes.truncate(tile.max_bytes());
            tree.edge.resize_with(usize::from(level), || None);
            tree.edge.push(Some((from, Loaded::new(&bytes))));
        }
        tree.root = merkle::root(&mut tree, size)?;
        Ok(tree)
    }

    /// The tree of `size` with this root, both from one signed checkpoint. Every tile is verified before anything of it is given
    /// out: the newest ones here, against the root, the full ones against the tile above.
    pub fn authenticated(files: F, size: u64, root: Hash) -> Result<TileTree<F>, TileError> {
        let mut tree = TileTree::unverified(files, size)?;
        if tree.root != root {
            return Err(TileError::Root {
                edge: tree.edge.iter().flatten().map(|(from, _)| *from).collect(),
            });
        }
        tree.trusted = true;
        Ok(tree)
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root that follows from the newest tiles.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The files that it reads.
    pub fn files(&mut self) -> &mut F {
        &mut self.files
    }

    /// The bytes of a hash tile.
    pub fn hashes(&mut self, level: u8, index: u64) -> Result<Vec<u8>, TileError> {
        Ok(self.tile(level, index)?.bytes())
    }

    /// The bytes of an entry bundle, each entry of which is the one in the tree; [`decode_entries`] takes it apart.
    pub fn entries(&mut self, index: u64) -> Result<Vec<u8>, TileError> {
        let asked = Tile::entries(index, self.size).ok_or(TileError::Outside { size: self.size })?;
        let (tile, mut bundle) = self.read(asked)?;
        let broken = |error| TileError::Entries { tile, error };
        let entries = decode_entries(&bundle, tile.width()).map_err(broken)?;
        let entries = entries.get(..usize::from(asked.width())).unwrap_or(&entries);
        let found = merkle::leaves(entries);
        let length = entries.iter().map(|entry| 2 + entry.len()).sum();
        let leaves = self.tile(0, index)?;
        for (at, leaf) in (0..).zip(found) {
            if leaves.hash(0, at) != Some(leaf) {
                return Err(TileError::Entry { tile, number: index * WIDTH + at });
            }
        }
        bundle.truncate(length);
        Ok(bundle)
    }

    /// A builder that goes on with this tree.
    pub fn builder(&self) -> Result<TileBuilder, TileError> {
        TileBuilder::open(self.size, |level, _| Ok(self.newest(level).map(Loaded::bytes)))
    }

    /// Reads a tile, or, where a partial one is gone since the book has grown and its full one is there, that one; and says which.
    fn read(&mut self, tile: Tile) -> Result<(Tile, Vec<u8>), TileError> {
        let full = Some(tile.full()).filter(|full| *full != tile);
        for tile in std::iter::once(tile).chain(full) {
            let Some(bytes) = self.files.read(&tile.path(), tile.max_bytes())? else { continue };
            if matches!(tile, Tile::Hashes { .. }) && bytes.len() != tile.max_bytes() {
                return Err(TileError::Length { tile, found: bytes.len() });
            }
            return Ok((tile, bytes));
        }
        Err(TileError::Missing { tile })
    }

    fn newest(&self, level: u8) -> Option<&Loaded> {
        self.edge.get(usize::from(level))?.as_ref().map(|(_, loaded)| loaded)
    }

    /// A hash tile that is the newest of its level or kept.
    fn known(&mut self, level: u8, index: u64) -> Option<&Loaded> {
        if index == row(level, self.size) / WIDTH {
            return self.newest(level);
        }
        self.clock += 1;
        let (used, loaded) = self.kept.get_mut(&(level, index))?;
        *used = self.clock;
        Some(loaded)
    }

    fn keep(&mut self, level: u8, index: u64, loaded: Loaded) {
        if self.kept.len() >= KEPT
            && let Some(oldest) = self.kept.iter().min_by_key(|(_, (used, _))| *used).map(|(place, _)| *place)
        {
            self.kept.remove(&oldest);
        }
        self.clock += 1;
        self.kept.insert((level, index), (self.clock, loaded));
    }

    /// A hash tile, verified if this tree is: up to the first tile that is known, and down again, each against the one above.
    fn tile(&mut self, level: u8, index: u64) -> Result<&Loaded, TileError> {
        let outside = TileError::Outside { size: self.size };
        if Tile::hashes(level, index, self.size).is_none() {
            return Err(outside);
        }
        let mut unknown: Vec<(u8, u64)> = Vec::new();
        let (mut above, mut at) = (level, index);
        let mut expected = None;
        loop {
            let child = unknown.last().map(|(_, child)| child % WIDTH);
            if let Some(loaded) = self.known(above, at) {
                expected = child.and_then(|child| loaded.hash(0, child));
                break;
            }
            unknown.push((above, at));
            if !self.trusted {
                break;
            }
            // A tile that is not the newest of its level is full, so there is one above it, seven at most.
            (above, at) = (above + 1, at / WIDTH);
        }
        while let Some((level, index)) = unknown.pop() {
            let (tile, bytes) = self.read(Tile::Hashes { level, index, width: WIDTH as u16 })?;
            let loaded = Loaded::new(&bytes);
            if self.trusted && (expected.is_none() || loaded.root() != expected) {
                return Err(TileError::Changed { tile });
            }
            expected = unknown.last().and_then(|(_, child)| loaded.hash(0, child % WIDTH));
            self.keep(level, index, loaded);
        }
        self.known(level, index).ok_or(outside)
    }
}

impl<F: PublicFiles> Subtrees for TileTree<F> {
    type Error = TileError;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, TileError> {
        let outside = TileError::Outside { size: self.size };
        // Whether the subtree ends within the tree; this bounds all that follows.
        if index >= self.size.checked_shr(level).unwrap_or(0) {
            return Err(outside);
        }
        let (above, inner) = ((level / 8) as u8, level % 8);
        let from = index << inner;
        self.tile(above, from / WIDTH)?.hash(inner, (from % WIDTH) >> inner).ok_or(outside)
    }
}
