use super::{MAX_SIZE, fold, node};
use crate::hash::Hash;

/// What must be kept of a tree so that it can grow: the hash of each complete subtree at its right edge, one per set bit of the
/// size.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// The tree of `size` leaves whose complete subtrees are `hashes`, the largest first. `None` where their number is not that
    /// of the set bits of `size`, or `size` is over [`MAX_SIZE`].
    pub fn from_parts(size: u64, hashes: Vec<Hash>) -> Option<Frontier> {
        let fits = size <= MAX_SIZE && hashes.len() == size.count_ones() as usize;
        fits.then_some(Frontier { size, hashes })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, the largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds a leaf by its hash; one node is hashed per leaf on average.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // As in adding one to a binary number: each trailing set bit is a subtree that the new one completes.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.hashes.pop() else { break };
            hash = node(&left, &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        fold(self.hashes.iter().copied())
    }
}
