//! What is particular to the store in memory: its faults.

use store::memory::{Call, Disk, Fault, Occasion};
use store::{Books, Private, Store, StoreError};

use crate::conformance::{Place, batch, entry, expected, grow, head, id, suite};

struct InMemory(Disk);

impl Place for InMemory {
    fn new() -> Option<InMemory> {
        Some(InMemory(Disk::new()))
    }

    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.open().unwrap())
    }
}

suite!(InMemory);

#[test]
fn a_lost_write_is_gone_and_an_unacknowledged_one_is_there() {
    for (fault, size) in [(Fault::Lost, 2), (Fault::Unacknowledged, 3)] {
        let disk = Disk::new();
        let mut store = disk.open().unwrap();
        grow(&mut store, &id(1), 2);
        disk.fail_next(Call::Append, fault);
        let error = store.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap_err();
        assert!(!error.nothing_written(), "{fault:?}");
        let mut again = disk.open().unwrap();
        assert_eq!(again.head(&id(1)), Ok(Some(head(size))));
        assert_eq!(again.entries(&id(1), 0, 9).unwrap().len() as u64, size);
    }
}

#[test]
fn an_unacknowledged_write_that_is_refused_says_so() {
    let disk = Disk::new();
    let mut store = disk.open().unwrap();
    grow(&mut store, &id(1), 2);
    disk.fail_next(Call::Append, Fault::Unacknowledged);
    let error = store.append(&id(1), Some(&expected(1)), &batch(1, 1));
    assert_eq!(error, Err(StoreError::HeadMoved { size: 2 }));
}

#[test]
fn a_full_disk_takes_nothing_and_works_again() {
    let disk = Disk::new();
    let mut store = disk.open().unwrap();
    disk.fail_next(Call::Append, Fault::Full);
    disk.fail_next(Call::Write, Fault::Full);
    let full = store.append(&id(1), None, &batch(0, 1)).unwrap_err();
    assert_eq!(full, StoreError::Full);
    assert!(full.nothing_written());
    assert_eq!(store.books(), Ok(vec![]));
    store.append(&id(1), None, &batch(0, 1)).unwrap();
    assert_eq!(store.set_setting(None, "k", Some("v")), Err(StoreError::Full));
    assert_eq!(store.setting(None, "k"), Ok(None));
}

#[test]
fn reading_and_opening_fail_when_told_to() {
    let disk = Disk::new();
    let mut store = disk.open().unwrap();
    grow(&mut store, &id(1), 2);
    disk.fail_next(Call::Read, Fault::Unreadable);
    disk.fail_next(Call::Open, Fault::Unreadable);
    assert!(matches!(store.head(&id(1)), Err(StoreError::Unavailable(_))));
    assert!(matches!(disk.open(), Err(StoreError::Unavailable(_))));
    assert_eq!(store.head(&id(1)), Ok(Some(head(2))));
    assert_eq!(disk.open().unwrap().head(&id(1)), Ok(Some(head(2))));
}

#[test]
fn a_stale_copy_is_an_older_durable_state() {
    let disk = Disk::new();
    let mut store = disk.open().unwrap();
    grow(&mut store, &id(1), 3);
    store.set_clerk_seed(&id(1), 0, &[4; 32]).unwrap();
    let backup = disk.changes();
    store.append(&id(1), Some(&expected(3)), &batch(3, 1)).unwrap();
    store.append(&id(1), Some(&expected(4)), &batch(4, 1)).unwrap();
    disk.fail_next(Call::Open, Fault::Stale { changes: 1 });
    let mut stale = disk.open().unwrap();
    assert_eq!(stale.head(&id(1)), Ok(Some(head(4))));
    disk.put_back(backup);
    let mut older = disk.open().unwrap();
    assert_eq!(older.head(&id(1)), Ok(Some(head(3))));
    assert!(older.clerk_seed(&id(1), 0).unwrap().is_some());
    // It goes on from there, another way.
    let mut other = batch(3, 1);
    other.entries[0] = entry(77);
    older.append(&id(1), Some(&expected(3)), &other).unwrap();
    assert_eq!(older.entries(&id(1), 3, 9), Ok(vec![entry(77).bytes]));
    disk.fail_next(Call::Open, Fault::Stale { changes: u64::MAX });
    assert_eq!(disk.open().unwrap().books(), Ok(vec![]));
}

/// The same schedule gives the same history.
#[test]
fn a_schedule_can_be_replayed() {
    let history = |seed: u64| {
        let mut state = seed;
        let disk = Disk::with_faults(move |occasion: Occasion| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            match (occasion.call, state >> 60) {
                (Call::Append, 0..3) => Some(Fault::Lost),
                (Call::Append, 3..6) => Some(Fault::Unacknowledged),
                (Call::Append, 6..8) => Some(Fault::Full),
                (Call::Read, 0) => Some(Fault::Unreadable),
                (Call::Open, 0..4) => Some(Fault::Stale { changes: 1 }),
                _ => None,
            }
        });
        let (mut told, mut size) = (Vec::new(), 0u64);
        for _ in 0..200 {
            let Ok(mut store) = disk.open() else { continue };
            // What a clerk does: read the head, go on from it.
            match store.head(&id(1)) {
                Ok(head) => size = head.map_or(0, |head| head.size),
                Err(error) => told.push(error.to_string()),
            }
            let before = (size > 0).then(|| expected(size));
            if let Err(error) = store.append(&id(1), before.as_ref(), &batch(size, 1)) {
                told.push(error.to_string());
            }
        }
        disk.heal();
        let mut store = disk.open().unwrap();
        let head = store.head(&id(1)).unwrap().unwrap();
        assert_eq!(store.entries(&id(1), 0, 999).unwrap().len() as u64, head.size);
        (told, head)
    };
    assert_eq!(history(7), history(7));
    assert!(!history(7).0.is_empty());
    assert_ne!(history(7).0, history(8).0);
}

#[test]
fn connections_share_the_disk() {
    let disk = Disk::new();
    let (mut one, mut two) = (disk.open().unwrap(), disk.clone().open().unwrap());
    grow(&mut one, &id(1), 2);
    two.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();
    let late = one.append(&id(1), Some(&expected(2)), &batch(2, 1));
    assert_eq!(late, Err(StoreError::HeadMoved { size: 3 }));
}
