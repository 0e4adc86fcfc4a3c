//! Membership of the prime-order subgroup for many points at once.
//!
//! One random combination does not do: a point with a small-order part passes it with probability up to one half. So 128
//! independent random **subset sums** are each multiplied by the order: if any point lies outside, each sum is outside with
//! probability at least one half, whatever the others are, and all 128 miss it with probability at most 2^−128.
//! `docs/spec/ballot.md`, section *SubgroupBatch*, has the argument in full.

use sha2::{Digest, Sha512};

use super::Group;
use crate::parallel;

/// Subset sums per batch: a false acceptance has probability 2^−128.
pub const SUMS: usize = 128;
/// Below this many points one by one is faster than 128 multiplications by the order.
const WORTHWHILE: usize = 192;

/// The first point outside the subgroup of order `q`, or `None` where all lie in it. The verdict is exact for fewer than
/// a few hundred points, and otherwise wrong (an outsider missed) with probability at most 2^−128 over `seed`, which must
/// be random and unknown to whoever made the points. A failing batch is confirmed item by item.
///
/// Implements SubgroupBatch.
pub fn first_outside<G: Group>(points: &[G::Point], seed: &[u8; 32]) -> Option<usize> {
    if points.len() >= WORTHWHILE && all_inside::<G>(points, seed) {
        return None;
    }
    let found = parallel::map(points, |point| !G::in_subgroup(point));
    found.iter().position(|outside| *outside)
}

/// Whether 128 random subset sums all lie in the subgroup.
fn all_inside<G: Group>(points: &[G::Point], seed: &[u8; 32]) -> bool {
    let bits = label_bits(points.len());
    let passes: Vec<usize> = (0..SUMS.div_ceil(bits)).collect();
    parallel::map(&passes, |pass| {
        let width = bits.min(SUMS - pass * bits);
        subset_sums::<G>(points, seed, *pass as u64, width).iter().all(G::in_subgroup)
    })
    .into_iter()
    .all(|inside| inside)
}

/// How many subset sums share one pass: the label width that costs the fewest group operations for `n` points,
/// `ceil(128/k)·(n + 2^(k+1))`.
fn label_bits(n: usize) -> usize {
    (4..=16).min_by_key(|k| SUMS.div_ceil(*k) * (n + (2usize << k))).unwrap_or(8)
}

/// Each point gets a random label of `width` bits; the sum number `j` is over the points whose label has bit `j` set.
fn subset_sums<G: Group>(points: &[G::Point], seed: &[u8; 32], pass: u64, width: usize) -> Vec<G::Point> {
    let mut buckets = vec![G::identity(); 1 << width];
    let mut labels = Labels::new(seed, pass);
    for point in points {
        let label = labels.next() & ((1 << width) - 1);
        buckets[label] = G::mul(&buckets[label], point);
    }
    // The highest bit's sum is over the upper half; folding the halves removes that bit.
    let mut sums = Vec::with_capacity(width);
    while buckets.len() > 1 {
        let half = buckets.len() / 2;
        let (low, high) = buckets.split_at_mut(half);
        sums.push(high.iter().fold(G::identity(), |sum, bucket| G::mul(&sum, bucket)));
        for (low, high) in low.iter_mut().zip(high) {
            *low = G::mul(low, high);
        }
        buckets.truncate(half);
    }
    sums
}

/// 16-bit labels from SHA-512 in counter mode over the seed.
struct Labels {
    seed: [u8; 32],
    pass: u64,
    counter: u64,
    block: [u8; 64],
    used: usize,
}

impl Labels {
    fn new(seed: &[u8; 32], pass: u64) -> Labels {
        Labels { seed: *seed, pass, counter: 0, block: [0; 64], used: 64 }
    }

    fn next(&mut self) -> usize {
        if self.used == 64 {
            let mut hash = Sha512::new();
            hash.update(b"cabildo/subgroup/v1\n");
            hash.update(self.seed);
            hash.update(self.pass.to_be_bytes());
            hash.update(self.counter.to_be_bytes());
            self.block = hash.finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        let label = u16::from_be_bytes([self.block[self.used], self.block[self.used + 1]]);
        self.used += 2;
        usize::from(label)
    }
}
