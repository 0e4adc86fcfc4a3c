//! Memory that requests share.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted at a time.
const UNIT: usize = 16 << 10;

/// So many bytes, which are taken and given back.
#[derive(Clone)]
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    all: usize,
}

/// A part of a budget, given back when it is dropped.
pub(crate) struct Share {
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Budget {
        let all = (bytes / UNIT).min(Semaphore::MAX_PERMITS);
        Budget { units: Arc::new(Semaphore::new(all)), all }
    }

    /// How many bytes are taken, about.
    pub(crate) fn taken(&self) -> usize {
        self.all.saturating_sub(self.units.available_permits()) * UNIT
    }

    /// Nothing yet.
    pub(crate) fn share(&self) -> Share {
        Share { permit: None, bytes: 0 }
    }

    /// Lets a share grow to so many bytes; false where too little is left.
    #[must_use]
    pub(crate) fn grow(&self, share: &mut Share, bytes: usize) -> bool {
        let units = bytes.div_ceil(UNIT) - share.bytes.div_ceil(UNIT).min(bytes.div_ceil(UNIT));
        share.bytes = share.bytes.max(bytes);
        let Ok(units) = u32::try_from(units) else { return false };
        if units == 0 {
            return true;
        }
        let Ok(more) = Arc::clone(&self.units).try_acquire_many_owned(units) else { return false };
        match &mut share.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

/// Bytes with the share of the budget that they take.
pub(crate) struct Held {
    bytes: Vec<u8>,
    _share: Share,
}

impl Held {
    pub(crate) fn new(bytes: Vec<u8>, share: Share) -> Held {
        Held { bytes, _share: share }
    }

    /// The bytes, which keep all of it.
    pub(crate) fn bytes(self: &Arc<Held>) -> Bytes {
        Bytes::from_owner(Owner(Arc::clone(self)))
    }
}

struct Owner(Arc<Held>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(10 * UNIT);
        let mut first = budget.share();
        assert!(budget.grow(&mut first, 1));
        assert!(budget.grow(&mut first, UNIT));
        assert!(budget.grow(&mut first, 5 * UNIT));
        let mut second = budget.share();
        assert!(budget.grow(&mut second, 5 * UNIT));
        assert!(!budget.grow(&mut second, 5 * UNIT + 1));
        assert_eq!(budget.taken(), 10 * UNIT);
        let held = Arc::new(Held::new(vec![7; 5 * UNIT], first));
        let sent = held.bytes();
        drop(held);
        assert!(!budget.grow(&mut budget.share(), 1), "the answer is still being sent");
        drop(sent);
        assert_eq!(budget.taken(), 5 * UNIT);
        assert!(budget.grow(&mut budget.share(), 5 * UNIT));
    }
}
