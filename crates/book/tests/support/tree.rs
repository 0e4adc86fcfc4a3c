//! A tree in memory, row upon row: the plainest form, which the real one is compared with.

use book::hash::Hash;
use book::merkle::{self, Subtrees};

/// The entry of this number: short, and no two alike.
pub(crate) fn entry(number: u64) -> Vec<u8> {
    let mut entry = format!("entry {number}").into_bytes();
    entry.resize(entry.len() + (number % 5) as usize, b'!');
    entry
}

/// `rows[k][i]` is the hash of complete subtree i of 2^k leaves.
pub(crate) struct Rows(pub(crate) Vec<Vec<Hash>>);

impl Rows {
    pub(crate) fn of(size: u64) -> Rows {
        let mut rows = vec![(0..size).map(|number| merkle::leaf(&entry(number))).collect::<Vec<_>>()];
        while rows[rows.len() - 1].len() > 1 {
            let below = &rows[rows.len() - 1];
            rows.push(below.chunks_exact(2).map(|pair| merkle::node(&pair[0], &pair[1])).collect());
        }
        Rows(rows)
    }

    /// MTH of RFC 6962, word for word.
    pub(crate) fn root(&self, from: u64, to: u64) -> Hash {
        match to - from {
            0 => Hash::of(b""),
            1 => self.0[0][from as usize],
            leaves => {
                let half = leaves.next_power_of_two() / 2;
                merkle::node(&self.root(from, from + half), &self.root(from + half, to))
            }
        }
    }
}

impl Subtrees for Rows {
    type Error = ();

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        self.0.get(level as usize).and_then(|row| row.get(index as usize)).copied().ok_or(())
    }
}
