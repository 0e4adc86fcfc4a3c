use super::{MAX_SIZE, empty_root, fold, node, peaks};
use crate::hash::Hash;

/// The most hashes that a proof in a tree of up to [`MAX_SIZE`] leaves can have; longer ones are refused unread.
pub const PROOF_MAX: usize = 64;

/// A tree whose complete subtrees' hashes can be asked for.
pub trait Subtrees {
    /// Why a hash cannot be had.
    type Error;

    /// The hash of complete subtree no. `index` (from 0) of those with 2^`level` leaves.
    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

impl<S: Subtrees + ?Sized> Subtrees for &mut S {
    type Error = S::Error;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, S::Error> {
        (**self).subtree(level, index)
    }
}

/// The root of the first `size` leaves.
pub fn root<S: Subtrees + ?Sized>(tree: &mut S, size: u64) -> Result<Hash, S::Error> {
    range(tree, 0, size)
}

/// The hash over the leaves from `start` up to `end`, one of the branches of a tree that begins at 0: so `start` is a multiple of
/// every power of two in `end - start`.
fn range<S: Subtrees + ?Sized>(tree: &mut S, start: u64, end: u64) -> Result<Hash, S::Error> {
    let mut hashes = Vec::new();
    for (level, index) in peaks(end - start) {
        hashes.push(tree.subtree(level, (start >> level) + index)?);
    }
    Ok(fold(hashes.into_iter()))
}

/// `PATH(index, D[size])` of RFC 6962, section 2.1.1: the hashes from the leaf's sibling up to the root's child. `None` where the
/// tree has no such leaf.
pub fn inclusion<S: Subtrees + ?Sized>(
    tree: &mut S,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, S::Error> {
    if index >= size || size > MAX_SIZE {
        return Ok(None);
    }
    walk(tree, index, size, false).map(Some)
}

/// `PROOF(old, D[new])` of RFC 6962, section 2.1.2: that the first `old` leaves of the tree of `new` are the tree of `old`. Empty
/// where `old` is 0 or `new`; `None` where `old` is over `new`.
pub fn consistency<S: Subtrees + ?Sized>(
    tree: &mut S,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Hash>>, S::Error> {
    if old > new || new > MAX_SIZE {
        return Ok(None);
    }
    if old == 0 || old == new {
        return Ok(Some(Vec::new()));
    }
    // The last leaf of the old tree, and up to the first node that both trees have in common.
    walk(tree, old - 1, new, true).map(Some)
}

/// Walks from the root of a tree of `size` down towards the leaf `target` and gives the hash of each branch not taken, the lowest
/// first. With `old`, it ends at the complete subtree whose last leaf is `target`, and gives the hash of that one too, unless it is
/// the whole old tree.
fn walk<S: Subtrees + ?Sized>(
    tree: &mut S,
    target: u64,
    size: u64,
    old: bool,
) -> Result<Vec<Hash>, S::Error> {
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        if old && end == target + 1 {
            break;
        }
        // The largest power of two below the number of leaves.
        let half = 1 << (end - start - 1).ilog2();
        if target < start + half {
            proof.push(range(tree, start + half, end)?);
            end = start + half;
        } else {
            proof.push(range(tree, start, start + half)?);
            start += half;
        }
    }
    if old && start > 0 {
        proof.push(range(tree, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows that the leaf `index` of the tree of `size` with this root has the hash `leaf` (RFC 9162, section
/// 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size || size > MAX_SIZE || proof.len() > PROOF_MAX {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            // Up to where this node is a right child: on the tree's edge the levels between have no siblings. `at` is not 0.
            let lone = at.trailing_zeros();
            (at, last) = (at >> lone, last >> lone);
        } else {
            hash = node(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` leaves with the root `new_root` begins with the tree of `old` leaves with the root
/// `old_root` (RFC 9162, section 2.1.4.2). From the empty tree the proof is empty.
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new || new > MAX_SIZE || proof.len() > PROOF_MAX {
        return false;
    }
    let empty = empty_root();
    if old == 0 {
        return proof.is_empty() && *old_root == empty && (new > 0 || *new_root == empty);
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    // Where the old tree is one complete subtree its root is the first hash, and not repeated in the proof.
    let (first, rest) = if old.is_power_of_two() {
        if proof.is_empty() {
            return false;
        }
        (old_root, proof)
    } else {
        let Some(split) = proof.split_first() else { return false };
        split
    };
    let lone = (old - 1).trailing_ones();
    let (mut at, mut last) = ((old - 1) >> lone, (new - 1) >> lone);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node(sibling, &old_hash);
            new_hash = node(sibling, &new_hash);
            let lone = at.trailing_zeros();
            (at, last) = (at >> lone, last >> lone);
        } else {
            new_hash = node(&new_hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}
