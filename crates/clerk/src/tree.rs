//! The tree of a book as the store has it.

use book::hash::Hash;
use book::merkle::{self, MAX_SIZE, Subtrees};
use book::tile::{TileBuilder, TileError, WIDTH};
use store::{Store, StoreError};

/// Why the stored tiles give no tree.
#[derive(Debug)]
pub(crate) enum TreeError {
    Store(StoreError),
    Tile(String),
}

impl From<StoreError> for TreeError {
    fn from(error: StoreError) -> TreeError {
        TreeError::Store(error)
    }
}

impl From<TileError> for TreeError {
    fn from(error: TileError) -> TreeError {
        TreeError::Tile(error.to_string())
    }
}

/// A book's tiles in its store, which nobody vouches for: whoever asks compares with a root that was signed.
pub(crate) struct StoredTree<'a> {
    store: &'a mut dyn Store,
    book: [u8; 32],
}

impl<'a> StoredTree<'a> {
    pub(crate) fn new(store: &'a mut dyn Store, book: [u8; 32]) -> StoredTree<'a> {
        StoredTree { store, book }
    }

    /// The root of the first `size` entries.
    pub(crate) fn root(&mut self, size: u64) -> Result<Hash, TreeError> {
        merkle::root(self, size)
    }

    /// A builder that goes on with the first `size` entries.
    pub(crate) fn builder(&mut self, size: u64) -> Result<TileBuilder, TreeError> {
        TileBuilder::open(size, |level, index| {
            let mut bytes = self.store.tile(&self.book, level, index)?;
            // The row may be wider than this tree.
            let width = (size >> (8 * u32::from(level))) - index * WIDTH;
            if let Some(bytes) = &mut bytes {
                bytes.truncate(usize::try_from(width).map_or(usize::MAX, |width| width.saturating_mul(32)));
            }
            Ok::<_, TreeError>(bytes)
        })
    }
}

impl Subtrees for StoredTree<'_> {
    type Error = TreeError;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, TreeError> {
        let (above, inner) = ((level / 8) as u8, level % 8);
        let missing = || TreeError::Tile(format!("the subtree {index} of level {level} is not in the store"));
        if index >= MAX_SIZE {
            return Err(missing());
        }
        let from = index << inner;
        let bytes = self.store.tile(&self.book, above, from / WIDTH)?.ok_or_else(missing)?;
        let hashes = bytes.as_chunks::<32>().0;
        let at = (from % WIDTH) as usize;
        let under = hashes.get(at..at + (1 << inner)).ok_or_else(missing)?;
        let mut row: Vec<Hash> = under.iter().map(|hash| Hash(*hash)).collect();
        while row.len() > 1 {
            row = row.as_chunks::<2>().0.iter().map(|[left, right]| merkle::node(left, right)).collect();
        }
        row.first().copied().ok_or_else(missing)
    }
}
