//! The independent generators of the shuffle proof.

use std::sync::Arc;

use super::ranges;
use crate::group::Group;
use crate::parallel;

/// `h` and `h_0, h_1, …`, computed once and kept for the next shuffle of the same group.
///
/// The specification aborts where a generator is trivial or repeats another; they are fixed public values, and both would
/// take a coincidence among outputs of SHA-256 that has probability about 2^−200, so this is not looked for.
///
/// Implements GetGenerators and GetSecondaryGenerator (Belenios specification, tables 6 to 9).
pub struct Generators<G: Group> {
    h: G::Point,
    table: Arc<G::Table>,
    all: Vec<G::Point>,
}

// Not derived: that would ask the table itself to be cloned.
impl<G: Group> Clone for Generators<G> {
    fn clone(&self) -> Self {
        Generators { h: self.h, table: Arc::clone(&self.table), all: self.all.clone() }
    }
}

impl<G: Group> Generators<G> {
    /// Only `h` so far.
    pub fn new() -> Generators<G> {
        let h = G::shuffle_generator(None);
        Generators { h, table: Arc::new(G::table(&h)), all: Vec::new() }
    }

    /// `h`, whose index is −1.
    pub fn h(&self) -> &G::Point {
        &self.h
    }

    /// The table of `h` for secret exponents.
    pub(super) fn table(&self) -> &G::Table {
        &self.table
    }

    /// The first `n` of `h_0, h_1, …`, on several cores. There are 2^32; more than that are never asked for.
    pub fn first(&mut self, n: usize) -> &[G::Point] {
        self.extend(n);
        self.known(n)
    }

    /// Computes what is missing of the first `n`.
    pub(super) fn extend(&mut self, n: usize) {
        let known = self.all.len();
        let missing = ranges(n.saturating_sub(known), 64);
        let pieces = parallel::map(&missing, |range| {
            let indices = range.clone().map(|i| (known + i) as u32);
            indices.map(|i| G::shuffle_generator(Some(i))).collect::<Vec<_>>()
        });
        self.all.reserve_exact(n.saturating_sub(known));
        self.all.extend(pieces.into_iter().flatten());
    }

    /// The first `n`, which were computed before.
    pub(super) fn known(&self, n: usize) -> &[G::Point] {
        &self.all[..n]
    }
}

impl<G: Group> Default for Generators<G> {
    fn default() -> Self {
        Generators::new()
    }
}
