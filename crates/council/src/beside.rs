//! What lies beside a book while it is judged: its public blobs, and fresh random bytes for batched verification.

use book::hash::Hash;

/// What the rules ask for outside the entries. Implemented at the edge; nothing of it goes into the state's digest.
pub trait Beside {
    /// Whether the public blob of this SHA-256 and size is at hand, and has that hash.
    fn has(&self, hash: &Hash, size: u64) -> bool;

    /// Its bytes; none where it is not at hand. Asked only for what an entry's meaning depends on: an election's material.
    fn blob(&self, hash: &Hash, size: u64) -> Option<Vec<u8>>;

    /// 32 fresh random bytes: the weights of batched verification come from them. Whoever chose what is verified must not be
    /// able to foretell them.
    fn fresh(&self) -> [u8; 32];
}

/// Every blob is said to be there, and none can be read: for whoever matched them before, in a book without elections, whose
/// entries stop for want of their blobs.
pub struct AllThere;

impl Beside for AllThere {
    fn has(&self, _hash: &Hash, _size: u64) -> bool {
        true
    }

    fn blob(&self, _hash: &Hash, _size: u64) -> Option<Vec<u8>> {
        None
    }

    /// Never asked for: there are no bytes to verify.
    fn fresh(&self) -> [u8; 32] {
        [0; 32]
    }
}
