//! What the fold remembers of earlier states: for each size whose age the statutes still allow, the root that an author
//! may name, and the texts that could still be replayed. What is older needs no memory: it is refused for its age.

use std::collections::{HashMap, VecDeque};

use book::hash::Hash;
use book::merkle::Frontier;

/// The window of the past, from size `first` to now.
#[derive(Clone)]
pub(crate) struct Past {
    /// The tree at `first` entries: what a restored window begins with.
    start: Frontier,
    first: u64,
    /// Roots at sizes `first..=size`.
    roots: VecDeque<Hash>,
    /// For entries `first..size`: leaf, time at which it was recorded, and text if it took effect.
    slots: VecDeque<Slot>,
    /// Texts in the window that took effect, with their numbers.
    numbers: HashMap<Hash, u64>,
}

/// One entry of the window.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) leaf: Hash,
    pub(crate) time: u64,
    pub(crate) text: Option<Hash>,
}

impl Past {
    pub(crate) fn from(start: Frontier) -> Past {
        let roots = VecDeque::from([start.root()]);
        Past { first: start.size(), start, roots, slots: VecDeque::new(), numbers: HashMap::new() }
    }

    /// The root at `size`, if the window reaches so far back.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        let at = usize::try_from(size.checked_sub(self.first)?).ok()?;
        self.roots.get(at).copied()
    }

    /// Whether `size` is older than the window.
    pub(crate) fn is_before(&self, size: u64) -> bool {
        size < self.first
    }

    /// When the first entry was recorded that an author at `size` had not seen; none if they had seen all.
    pub(crate) fn unseen_since(&self, size: u64) -> Option<u64> {
        let at = usize::try_from(size.checked_sub(self.first)?).ok()?;
        self.slots.get(at).map(|slot| slot.time)
    }

    /// The number of a text that took effect within the window.
    pub(crate) fn number_of(&self, text: &Hash) -> Option<u64> {
        self.numbers.get(text).copied()
    }

    /// The window's beginning and its entries, for a snapshot.
    pub(crate) fn start(&self) -> &Frontier {
        &self.start
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    /// Takes the next entry, after which the tree has this root, and forgets what is older than `limit` seconds.
    pub(crate) fn push(&mut self, slot: Slot, root: Hash, limit: u64) {
        let number = self.first + self.slots.len() as u64;
        if let Some(text) = slot.text {
            self.numbers.insert(text, number);
        }
        self.slots.push_back(slot);
        self.roots.push_back(root);
        while let Some(oldest) = self.slots.front().copied() {
            if oldest.time.saturating_add(limit) >= slot.time {
                break;
            }
            self.slots.pop_front();
            self.roots.pop_front();
            self.start.push(oldest.leaf);
            if let Some(text) = oldest.text {
                self.numbers.remove(&text);
            }
            self.first += 1;
        }
    }
}
