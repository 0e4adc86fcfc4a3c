//! Files that never change, in memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// What an item costs beside its bytes, about.
const OVERHEAD: usize = 256;
/// An item of more than this part of the cache is not kept: it would push out too much.
const LARGEST_PART: usize = 8;

/// Keeps what was asked for last, up to a number of bytes.
pub(crate) struct Cache<K> {
    limit: usize,
    kept: Mutex<Kept<K>>,
}

struct Kept<K> {
    items: HashMap<K, (Bytes, u64)>,
    /// By when they were last asked for.
    order: BTreeMap<u64, K>,
    bytes: usize,
    tick: u64,
}

impl<K: Copy + Eq + Hash> Cache<K> {
    pub(crate) fn new(limit: usize) -> Cache<K> {
        let kept = Kept { items: HashMap::new(), order: BTreeMap::new(), bytes: 0, tick: 0 };
        Cache { limit, kept: Mutex::new(kept) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        let (bytes, tick) = kept.items.get_mut(key)?;
        kept.order.remove(tick);
        kept.tick += 1;
        *tick = kept.tick;
        kept.order.insert(kept.tick, *key);
        Some(bytes.clone())
    }

    pub(crate) fn put(&self, key: K, bytes: Bytes) {
        let cost = bytes.len() + OVERHEAD;
        if cost > self.limit / LARGEST_PART {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.items.contains_key(&key) {
            return;
        }
        kept.tick += 1;
        let tick = kept.tick;
        kept.items.insert(key, (bytes, tick));
        kept.order.insert(tick, key);
        kept.bytes += cost;
        while kept.bytes > self.limit {
            let Some((_, oldest)) = kept.order.pop_first() else { return };
            if let Some((bytes, _)) = kept.items.remove(&oldest) {
                kept.bytes -= bytes.len() + OVERHEAD;
            }
        }
    }

    /// How many bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_stays() {
        let cache = Cache::new(20 * (1000 + OVERHEAD));
        for key in 0..20 {
            cache.put(key, Bytes::from(vec![key as u8; 1000]));
        }
        assert!((0..20).all(|key| cache.get(&key).unwrap()[0] == key as u8));
        cache.get(&0);
        cache.put(20, Bytes::from(vec![20; 1000]));
        assert!(cache.get(&0).is_some(), "asked for just now");
        assert!(cache.get(&1).is_none(), "asked for longest ago");
        assert!(cache.get(&20).is_some());
        assert_eq!(cache.bytes(), 20 * (1000 + OVERHEAD));
    }

    #[test]
    fn never_more_than_its_bytes() {
        let cache = Cache::new(1 << 16);
        for key in 0..1000_usize {
            cache.put(key, Bytes::from(vec![0; key * 37 % 9000]));
            assert!(cache.bytes() <= 1 << 16);
            let kept = cache.kept.lock().unwrap();
            assert_eq!(kept.items.len(), kept.order.len());
            assert_eq!(
                kept.bytes,
                kept.items.values().map(|(bytes, _)| bytes.len() + OVERHEAD).sum::<usize>()
            );
        }
        cache.put(5000, Bytes::from(vec![0; 1 << 15]));
        assert!(cache.get(&5000).is_none(), "too large a part");
    }
}
