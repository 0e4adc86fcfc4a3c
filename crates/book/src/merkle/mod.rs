//! The Merkle tree of RFC 6962, section 2.1.
//!
//! A root says something only together with its size: a short proof does not tell a tree of three leaves from one of four. The
//! signed checkpoint binds the two, so size and root are always taken from the same one.

mod frontier;
mod proofs;

pub use frontier::Frontier;
pub use proofs::{PROOF_MAX, Subtrees, consistency, inclusion, root, verify_consistency, verify_inclusion};

use crate::hash::Hash;

/// A book has at most this many entries (2^48). Checked wherever a size comes in, so that no arithmetic on sizes overflows.
pub const MAX_SIZE: u64 = 1 << 48;

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf(entry: &[u8]) -> Hash {
    Hash::of_parts(&[&[0], entry])
}

/// The hashes of many leaves, in their order; on all cores with the feature `rayon`.
pub fn leaves(entries: &[&[u8]]) -> Vec<Hash> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        // Some ten microseconds of hashing are worth handing to another core.
        entries.par_iter().with_min_len(32).map(|entry| leaf(entry)).collect()
    }
    #[cfg(not(feature = "rayon"))]
    entries.iter().map(|entry| leaf(entry)).collect()
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash::of(&bytes)
}

/// The complete subtrees that make up a tree of `size` leaves, the largest first, as (level, index): subtree `index` of those
/// with 2^level leaves.
fn peaks(size: u64) -> impl DoubleEndedIterator<Item = (u32, u64)> {
    (0..u64::BITS)
        .rev()
        .filter(move |level| size >> level & 1 == 1)
        .map(move |level| (level, (size >> level) - 1))
}

/// The root over `peaks`, the largest subtree first.
fn fold(peaks: impl DoubleEndedIterator<Item = Hash>) -> Hash {
    peaks.rev().reduce(|right, left| node(&left, &right)).unwrap_or_else(empty_root)
}
