//! What the fold remembers of earlier states: for each size whose age the statutes still allow, the root that an author
//! may name, and the texts that could still be replayed. What is older needs no memory: it is refused for its age.
//!
//! An entry of the window costs some 115 bytes: a burst of a million entries in a month must fit into a small machine.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use book::hash::Hash;
use book::merkle::Frontier;
use hashbrown::HashTable;

/// The window of the past, from size `first` to now.
#[derive(Clone)]
pub(crate) struct Past {
    /// The tree at `first` entries: what a restored window begins with.
    start: Frontier,
    first: u64,
    /// The root at size `first`.
    root: Hash,
    /// Entries from number `first` on.
    kept: VecDeque<Kept>,
    /// The entries of the window that took effect, found by their texts: their numbers' lower half.
    numbers: HashTable<u32>,
    /// Of each text's hash, so that nobody can choose texts that are slow to find.
    hasher: RandomState,
}

/// One entry of the window.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) leaf: Hash,
    /// When it was recorded.
    pub(crate) time: u64,
    /// Its text, if it took effect.
    pub(crate) text: Option<Hash>,
}

/// A slot with the root after it. No text has the hash zero: that stands for none.
#[derive(Clone, Copy)]
struct Kept {
    leaf: Hash,
    root: Hash,
    text: Hash,
    time: u64,
}

const NONE: Hash = Hash([0; 32]);

impl Kept {
    fn slot(&self) -> Slot {
        Slot { leaf: self.leaf, time: self.time, text: Some(self.text).filter(|text| *text != NONE) }
    }
}

impl Past {
    pub(crate) fn from(start: Frontier) -> Past {
        Past {
            first: start.size(),
            root: start.root(),
            start,
            kept: VecDeque::new(),
            numbers: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    /// The entry with this number, if the window reaches so far back.
    fn kept(&self, number: u64) -> Option<&Kept> {
        self.kept.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The root at `size`, if the window reaches so far back.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        if size == self.first {
            Some(self.root)
        } else {
            self.kept(size.checked_sub(1)?).map(|kept| kept.root)
        }
    }

    /// Whether `size` is older than the window.
    pub(crate) fn is_before(&self, size: u64) -> bool {
        size < self.first
    }

    /// When the first entry was recorded that an author at `size` had not seen; none if they had seen all.
    pub(crate) fn unseen_since(&self, size: u64) -> Option<u64> {
        self.kept(size).map(|kept| kept.time)
    }

    /// The number of a text that took effect within the window.
    pub(crate) fn number_of(&self, text: &Hash) -> Option<u64> {
        if *text == NONE {
            return None;
        }
        let window = Window { first: self.first, kept: &self.kept };
        let found = self.numbers.find(self.hasher.hash_one(text), |low| window.text(*low) == Some(text));
        found.map(|low| window.number(*low))
    }

    /// The window's beginning and its entries, for a snapshot.
    pub(crate) fn start(&self) -> &Frontier {
        &self.start
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.kept.iter().map(Kept::slot)
    }

    /// Takes the next entry, after which the tree has this root, and forgets what is older than `limit` seconds.
    pub(crate) fn push(&mut self, slot: Slot, root: Hash, limit: u64) {
        let number = self.first + self.kept.len() as u64;
        self.kept.push_back(Kept { leaf: slot.leaf, root, text: slot.text.unwrap_or(NONE), time: slot.time });
        let Past { first, kept, numbers, hasher, .. } = self;
        if let Some(text) = slot.text {
            let window = Window { first: *first, kept };
            let again = |low: &u32| hasher.hash_one(window.text(*low).unwrap_or(&NONE));
            numbers.insert_unique(hasher.hash_one(text), number as u32, again);
        }
        while let Some(oldest) = self.kept.front().copied() {
            if oldest.time.saturating_add(limit) >= slot.time {
                break;
            }
            if oldest.text != NONE {
                let hash = self.hasher.hash_one(oldest.text);
                if let Ok(there) = self.numbers.find_entry(hash, |low| *low == self.first as u32) {
                    there.remove();
                }
            }
            self.kept.pop_front();
            self.start.push(oldest.leaf);
            self.root = oldest.root;
            self.first += 1;
        }
    }
}

/// The entries of the window, found by the lower half of their numbers: a window has less than 2^32 of them.
struct Window<'a> {
    first: u64,
    kept: &'a VecDeque<Kept>,
}

impl Window<'_> {
    fn number(&self, low: u32) -> u64 {
        self.first + u64::from(low.wrapping_sub(self.first as u32))
    }

    fn text(&self, low: u32) -> Option<&Hash> {
        let at = low.wrapping_sub(self.first as u32) as usize;
        self.kept.get(at).map(|kept| &kept.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_until_they_are_too_old() {
        let text = |last: u8| {
            let mut hash = [7; 32];
            hash[31] = last;
            Hash(hash)
        };
        let mut tree = Frontier::new();
        let mut past = Past::from(tree.clone());
        let mut push = |past: &mut Past, time: u64, text: Option<Hash>| {
            let leaf = Hash::of(&time.to_le_bytes());
            tree.push(leaf);
            past.push(Slot { leaf, time, text }, tree.root(), 10);
            tree.root()
        };
        let empty = past.root_at(0);
        push(&mut past, 1, Some(text(1)));
        push(&mut past, 2, Some(text(2)));
        push(&mut past, 3, None);
        let root = push(&mut past, 4, Some(text(3)));
        assert_eq!([1, 2, 3, 4].map(|at| past.number_of(&text(at))), [Some(0), Some(1), Some(3), None]);
        assert_eq!(past.number_of(&NONE), None);
        assert!(empty.is_some() && past.root_at(0) == empty && past.root_at(4) == Some(root));
        // The first is forgotten; the others are still known, one after the other.
        push(&mut past, 12, None);
        assert_eq!([1, 2, 3].map(|at| past.number_of(&text(at))), [None, Some(1), Some(3)]);
        assert_eq!((past.root_at(0), past.is_before(0), past.unseen_since(1)), (None, true, Some(2)));
        push(&mut past, 13, Some(text(4)));
        assert_eq!([2, 3, 4].map(|at| past.number_of(&text(at))), [None, Some(3), Some(5)]);
        push(&mut past, 40, None);
        assert_eq!([1, 2, 3, 4].map(|at| past.number_of(&text(at))), [None; 4]);
        assert!(past.numbers.is_empty());
        assert_eq!(past.start().size(), 6);
        assert_eq!(past.root_at(7), Some(tree.root()));
    }
}
