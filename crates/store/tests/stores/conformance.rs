//! What every store must do, whatever it is made of. A store joins by naming [`suite`] with a type that can make one.

use std::sync::Barrier;
use std::thread;

use store::{
    Batch, Body, ClerkSeed, Cosignature, Expected, FinalCheckpoint, Head, Id, NewEntry, Person, Snapshot,
    Standing, Store, StoreError, TileRow, limits,
};
use zeroize::Zeroizing;

/// A place for one store, empty at first and gone when dropped.
pub(crate) trait Place: Sized + Sync {
    /// A new one; `None`, after saying why, where such stores cannot be had here.
    fn new() -> Option<Self>;
    /// A connection that writes.
    fn open(&self) -> Box<dyn Store>;
}

/// Every test of the suite, for one kind of place.
macro_rules! suite {
    ($place:ty; $($test:ident)*) => {
        $(#[test]
        fn $test() {
            if let Some(place) = <$place as $crate::conformance::Place>::new() {
                $crate::conformance::$test(&place);
            }
        })*
    };
    ($place:ty) => {
        $crate::conformance::suite! { $place;
            a_new_store_is_empty
            a_book_is_created_once
            an_append_is_there_whole
            a_head_that_moved_is_told_and_nothing_is_written
            a_refused_append_leaves_nothing
            of_racing_writers_each_head_has_one_winner
            of_racing_founders_one_wins
            entries_come_in_ranges
            entries_stop_at_the_limit_of_a_reading
            a_text_is_found_at_its_first_entry
            tiles_are_replaced
            blobs_stay
            bodies_are_erased_for_good
            the_newest_three_snapshots_stay
            cosignatures_are_kept_by_checkpoint_and_name
            the_final_checkpoint_only_grows
            people_are_kept_and_erased
            seeds_are_never_replaced
            standings_are_kept
            settings_are_kept
            books_do_not_touch_each_other
            a_founding_can_be_taken_back
            a_grown_book_is_not_removed
            too_much_is_refused
            what_does_not_add_up_is_refused
            a_missing_book_is_read_as_empty_and_not_written
            everything_is_there_when_opened_again
            a_reader_sees_and_does_not_write
            an_epoch_begins_with_its_seed
            an_empty_batch_moves_the_head
            things_wait_in_the_order_of_their_keys
            an_append_takes_things_out
            too_much_is_not_put_into_a_box
        }
    };
}
pub(crate) use suite;

pub(crate) fn id(n: u8) -> Id {
    [n; 32]
}

/// A root that says which size it stands for.
pub(crate) fn root(size: u64) -> [u8; 32] {
    let mut root = [0xee; 32];
    root[..8].copy_from_slice(&size.to_be_bytes());
    root
}

pub(crate) fn head(size: u64) -> Head {
    Head {
        size,
        root: root(size),
        epoch: 0,
        frontier: (0..size.count_ones()).map(|n| [n as u8; 32]).collect(),
        checkpoint: format!("checkpoint {size}\n").into_bytes(),
        time: 1_700_000_000 + size,
    }
}

pub(crate) fn entry(number: u64) -> NewEntry {
    let mut text_hash = [0x77; 32];
    text_hash[..8].copy_from_slice(&number.to_be_bytes());
    NewEntry { bytes: format!("entry {number}\n").into_bytes(), text_hash: Some(text_hash) }
}

/// A batch of `count` entries after `from`.
pub(crate) fn batch(from: u64, count: u64) -> Batch {
    let mut batch = Batch::new(head(from + count));
    batch.entries = (from..from + count).map(entry).collect();
    batch
}

pub(crate) fn expected(size: u64) -> Expected {
    Expected::from(&head(size))
}

/// A book of `size` entries.
pub(crate) fn grow(store: &mut dyn Store, book: &Id, size: u64) {
    store.append(book, None, &batch(0, 1)).unwrap();
    if size > 1 {
        store.append(book, Some(&expected(1)), &batch(1, size - 1)).unwrap();
    }
}

pub(crate) fn body(n: u8) -> Body {
    Body { commitment: [n; 32], salt: [n ^ 0xff; 32], bytes: vec![n; 40] }
}

pub(crate) fn person(number: u64, name: &str) -> Person {
    Person { number, name: name.into(), contact: format!(r#"{{"phone":"555-{number}"}}"#) }
}

fn snapshot(size: u64) -> Snapshot {
    Snapshot { size, digest: root(size), bytes: format!("state {size}").into_bytes() }
}

fn cosignature(name: &str, line: &str) -> Cosignature {
    Cosignature { name: name.into(), line: line.into() }
}

fn refused<T>(result: Result<T, StoreError>) {
    match result {
        Err(error @ StoreError::Refused(_)) => assert!(error.nothing_written()),
        Err(other) => panic!("refused otherwise: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

fn missing<T>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Missing(_))));
}

pub(crate) fn a_new_store_is_empty(place: &impl Place) {
    let mut store = place.open();
    assert_eq!(store.books(), Ok(vec![]));
    assert_eq!(store.head(&id(1)), Ok(None));
    assert_eq!(store.erasures_pending(), Ok(false));
    assert_eq!(store.finish_erasures(), Ok(true));
}

pub(crate) fn a_book_is_created_once(place: &impl Place) {
    let mut store = place.open();
    store.append(&id(1), None, &batch(0, 1)).unwrap();
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
    let again = store.append(&id(1), None, &batch(0, 1));
    assert_eq!(again, Err(StoreError::HeadMoved { size: 1 }));
    store.append(&id(0), None, &batch(0, 3)).unwrap();
    assert_eq!(store.books(), Ok(vec![id(0), id(1)]));
}

pub(crate) fn an_append_is_there_whole(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 5);
    let mut full = batch(5, 2);
    full.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![3; 7 * 32] }];
    full.blobs = vec![([8; 32], b"statutes".to_vec())];
    full.bodies = vec![body(1), body(2)];
    full.erase = vec![[2; 32]];
    full.snapshot = Some(snapshot(7));
    full.people = vec![person(4, "Ñusta Quispe")];
    store.append(&id(1), Some(&expected(5)), &full).unwrap();

    assert_eq!(store.head(&id(1)), Ok(Some(head(7))));
    assert_eq!(store.entries(&id(1), 5, 9), Ok(vec![entry(5).bytes, entry(6).bytes]));
    assert_eq!(store.entry_by_text(&id(1), &entry(6).text_hash.unwrap()), Ok(Some(6)));
    assert_eq!(store.tile(&id(1), 0, 0), Ok(Some(vec![3; 7 * 32])));
    assert_eq!(store.blob(&id(1), &[8; 32]), Ok(Some(b"statutes".to_vec())));
    assert_eq!(store.body(&id(1), &[1; 32]), Ok(Some(body(1))));
    assert_eq!(store.body(&id(1), &[2; 32]), Ok(None));
    assert_eq!(store.newest_snapshot(&id(1)), Ok(Some(snapshot(7))));
    assert_eq!(store.person(&id(1), 4), Ok(Some(person(4, "Ñusta Quispe"))));
}

pub(crate) fn a_head_that_moved_is_told_and_nothing_is_written(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 4);
    let stale = |change: &dyn Fn(&mut Expected)| {
        let mut expected = expected(4);
        change(&mut expected);
        expected
    };
    let wrong = [
        stale(&|e| e.size = 3),
        stale(&|e| e.size = 5),
        stale(&|e| e.root[31] ^= 1),
        stale(&|e| e.epoch = 1),
    ];
    for expected in wrong {
        let mut late = Batch::new(Head { epoch: 1, ..head(expected.size + 1) });
        late.entries = vec![entry(90)];
        late.blobs = vec![([8; 32], vec![8])];
        late.bodies = vec![body(8)];
        late.people = vec![person(8, "Inés")];
        late.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![9; 32] }];
        let moved = store.append(&id(1), Some(&expected), &late).unwrap_err();
        assert_eq!(moved, StoreError::HeadMoved { size: 4 });
        assert!(moved.nothing_written());
    }
    assert_eq!(store.head(&id(1)), Ok(Some(head(4))));
    assert_eq!(store.entries(&id(1), 4, 9), Ok(vec![]));
    assert_eq!(store.blob_size(&id(1), &[8; 32]), Ok(None));
    assert_eq!(store.bodies(&id(1)), Ok(vec![]));
    assert_eq!(store.people(&id(1)), Ok(vec![]));
    assert_eq!(store.tile(&id(1), 0, 0), Ok(None));
}

/// A refusal that only the middle of the transaction meets: the seed, after the head was written.
pub(crate) fn a_refused_append_leaves_nothing(place: &impl Place) {
    let mut store = place.open();
    let mut founding = batch(0, 1);
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([5; 32]) });
    store.append(&id(1), None, &founding).unwrap();
    let mut other = batch(1, 1);
    other.blobs = vec![([8; 32], vec![8])];
    other.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([6; 32]) });
    refused(store.append(&id(1), Some(&expected(1)), &other));
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
    assert_eq!(store.entries(&id(1), 0, 9), Ok(vec![entry(0).bytes]));
    assert_eq!(store.blob_size(&id(1), &[8; 32]), Ok(None));
    store.append(&id(1), Some(&expected(1)), &batch(1, 1)).unwrap();
}

pub(crate) fn of_racing_writers_each_head_has_one_winner(place: &impl Place) {
    const WRITERS: u64 = 4;
    const SIZE: u64 = 60;
    grow(&mut *place.open(), &id(1), 1);
    let start = Barrier::new(WRITERS as usize);
    let write = |writer: u64| {
        let mut store = place.open();
        let mut mine = Vec::new();
        start.wait();
        loop {
            let size = store.head(&id(1)).unwrap().unwrap().size;
            if size >= SIZE {
                return mine;
            }
            let mut next = batch(size, 1);
            next.entries[0].bytes = format!("entry {size} of {writer}").into_bytes();
            match store.append(&id(1), Some(&expected(size)), &next) {
                Ok(()) => mine.push((size, next.entries[0].bytes.clone())),
                Err(StoreError::HeadMoved { size: now }) => assert!(now > size),
                Err(other) => panic!("writer {writer}: {other}"),
            }
        }
    };
    let mut won: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    won.sort();
    let entries = place.open().entries(&id(1), 1, SIZE).unwrap();
    let there: Vec<_> = (1..).zip(entries).collect();
    assert_eq!(won, there);
    assert_eq!(won.len() as u64, SIZE - 1);
}

pub(crate) fn of_racing_founders_one_wins(place: &impl Place) {
    let start = Barrier::new(4);
    let found = |_| {
        let mut store = place.open();
        start.wait();
        store.append(&id(1), None, &batch(0, 1))
    };
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|n| scope.spawn(move || found(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|r| **r == Err(StoreError::HeadMoved { size: 1 })).count(), 3);
}

pub(crate) fn entries_come_in_ranges(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 300);
    let some = |from: u64, to: u64| Ok((from..to).map(|n| entry(n).bytes).collect::<Vec<_>>());
    assert_eq!(store.entries(&id(1), 0, 300), some(0, 300));
    assert_eq!(store.entries(&id(1), 0, 1), some(0, 1));
    assert_eq!(store.entries(&id(1), 256, 256), some(256, 300));
    assert_eq!(store.entries(&id(1), 299, u64::MAX), some(299, 300));
    for (from, count) in [(0, 0), (300, 1), (u64::MAX, 1), (u64::MAX, u64::MAX), (1 << 63, 5)] {
        assert_eq!(store.entries(&id(1), from, count), Ok(vec![]), "{from} {count}");
    }
}

pub(crate) fn entries_stop_at_the_limit_of_a_reading(place: &impl Place) {
    let mut store = place.open();
    let count = (limits::READ / limits::ENTRY) as u64 + 10;
    let mut large = batch(0, count);
    for entry in &mut large.entries {
        entry.bytes.resize(limits::ENTRY, b'.');
    }
    store.append(&id(1), None, &large).unwrap();
    let first = store.entries(&id(1), 0, count).unwrap();
    assert!(first.len() >= 256 && (first.len() as u64) < count, "{}", first.len());
    let rest = store.entries(&id(1), first.len() as u64, count).unwrap();
    let all: Vec<_> = first.iter().chain(&rest).collect();
    assert!(all.iter().zip(&large.entries).all(|(there, given)| **there == given.bytes));
    assert_eq!(all.len() as u64, count);
}

pub(crate) fn a_text_is_found_at_its_first_entry(place: &impl Place) {
    let mut store = place.open();
    let mut twice = batch(0, 4);
    twice.entries[2].text_hash = twice.entries[1].text_hash;
    twice.entries[3].text_hash = None;
    store.append(&id(1), None, &twice).unwrap();
    let mut later = batch(4, 1);
    later.entries[0].text_hash = twice.entries[0].text_hash;
    store.append(&id(1), Some(&expected(4)), &later).unwrap();
    assert_eq!(store.entry_by_text(&id(1), &entry(0).text_hash.unwrap()), Ok(Some(0)));
    assert_eq!(store.entry_by_text(&id(1), &entry(1).text_hash.unwrap()), Ok(Some(1)));
    assert_eq!(store.entry_by_text(&id(1), &entry(3).text_hash.unwrap()), Ok(None));
}

pub(crate) fn tiles_are_replaced(place: &impl Place) {
    let mut store = place.open();
    let tile = |level, index, hashes: usize| TileRow { level, index, bytes: vec![level + 1; hashes * 32] };
    let mut first = batch(0, 256);
    first.tiles = vec![tile(0, 0, 256), tile(1, 0, 1)];
    store.append(&id(1), None, &first).unwrap();
    for size in [256, 257] {
        let mut next = batch(size, 1);
        next.tiles = vec![tile(0, 1, size as usize - 255)];
        store.append(&id(1), Some(&expected(size)), &next).unwrap();
    }
    assert_eq!(store.tile(&id(1), 0, 0), Ok(Some(vec![1; 8192])));
    assert_eq!(store.tile(&id(1), 0, 1), Ok(Some(vec![1; 64])));
    assert_eq!(store.tile(&id(1), 1, 0), Ok(Some(vec![2; 32])));
    for (level, index) in [(0, 2), (1, 1), (2, 0), (255, 0), (0, u64::MAX)] {
        assert_eq!(store.tile(&id(1), level, index), Ok(None), "{level} {index}");
    }
}

pub(crate) fn blobs_stay(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    let large = vec![0xab; 1 << 20];
    store.put_blob(&id(1), &[2; 32], &large).unwrap();
    store.put_blob(&id(1), &[1; 32], b"").unwrap();
    store.put_blob(&id(1), &[2; 32], b"another").unwrap();
    assert_eq!(store.blob(&id(1), &[2; 32]), Ok(Some(large.clone())));
    assert_eq!(store.blob(&id(1), &[1; 32]), Ok(Some(vec![])));
    assert_eq!(store.blob(&id(1), &[3; 32]), Ok(None));
    assert_eq!(store.blob_size(&id(1), &[1; 32]), Ok(Some(0)));
    assert_eq!(store.blob_size(&id(1), &[2; 32]), Ok(Some(1 << 20)));
    assert_eq!(store.blob_size(&id(1), &[3; 32]), Ok(None));
    let mut next = batch(1, 1);
    next.blobs = vec![([2; 32], b"another".to_vec()), ([0; 32], b"third".to_vec())];
    store.append(&id(1), Some(&expected(1)), &next).unwrap();
    assert_eq!(store.blobs(&id(1)), Ok(vec![[0; 32], [1; 32], [2; 32]]));
    assert_eq!(store.blob(&id(1), &[2; 32]), Ok(Some(large)));
}

pub(crate) fn bodies_are_erased_for_good(place: &impl Place) {
    let mut store = place.open();
    let mut founding = batch(0, 1);
    founding.bodies = vec![body(3), body(1), body(2)];
    store.append(&id(1), None, &founding).unwrap();
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32], [2; 32], [3; 32]]));
    let mut erasing = batch(1, 1);
    // The last was never stored: nothing to erase, and nothing to store later.
    erasing.erase = vec![[2; 32], [9; 32]];
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32], [3; 32]]));
    assert_eq!(store.body(&id(1), &[2; 32]), Ok(None));
    assert_eq!(store.body(&id(1), &[1; 32]), Ok(Some(body(1))));
    let mut again = batch(2, 1);
    again.bodies = vec![body(2), body(9), body(4)];
    again.erase = vec![[2; 32]];
    store.append(&id(1), Some(&expected(2)), &again).unwrap();
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32], [3; 32], [4; 32]]));
    assert_eq!(store.finish_erasures(), Ok(true));
    assert_eq!(store.erasures_pending(), Ok(false));
}

pub(crate) fn the_newest_three_snapshots_stay(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 50);
    assert_eq!(store.newest_snapshot(&id(1)), Ok(None));
    for size in [10, 40, 20, 30] {
        store.put_snapshot(&id(1), &snapshot(size)).unwrap();
    }
    assert_eq!(store.newest_snapshot(&id(1)), Ok(Some(snapshot(40))));
    assert_eq!(store.snapshot_up_to(&id(1), 39), Ok(Some(snapshot(30))));
    assert_eq!(store.snapshot_up_to(&id(1), 29), Ok(Some(snapshot(20))));
    assert_eq!(store.snapshot_up_to(&id(1), 19), Ok(None));
    let other = Snapshot { digest: [1; 32], bytes: vec![9; 100_000], ..snapshot(40) };
    store.put_snapshot(&id(1), &other).unwrap();
    assert_eq!(store.snapshot_up_to(&id(1), u64::MAX), Ok(Some(other)));
    assert_eq!(store.snapshot_up_to(&id(1), 20), Ok(Some(snapshot(20))));
    store.put_snapshot(&id(1), &snapshot(5)).unwrap();
    assert_eq!(store.snapshot_up_to(&id(1), 10), Ok(None));
    refused(store.put_snapshot(&id(1), &snapshot(51)));
    let mut next = batch(50, 1);
    next.snapshot = Some(snapshot(51));
    store.append(&id(1), Some(&expected(50)), &next).unwrap();
    assert_eq!(store.newest_snapshot(&id(1)), Ok(Some(snapshot(51))));
    assert_eq!(store.snapshot_up_to(&id(1), 29), Ok(None));
}

pub(crate) fn cosignatures_are_kept_by_checkpoint_and_name(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 9);
    let lines = [cosignature("vecinos.org", "— b 1"), cosignature("ateneo", "— a 1")];
    store.add_cosignatures(&id(1), 9, &root(9), &lines).unwrap();
    store.add_cosignatures(&id(1), 9, &root(9), &[]).unwrap();
    store.add_cosignatures(&id(1), 9, &root(9), &[cosignature("ateneo", "— a 2")]).unwrap();
    store.add_cosignatures(&id(1), 9, &root(8), &[cosignature("ateneo", "another root")]).unwrap();
    let kept = vec![cosignature("ateneo", "— a 2"), cosignature("vecinos.org", "— b 1")];
    assert_eq!(store.cosignatures(&id(1), 9, &root(9)), Ok(kept));
    assert_eq!(store.cosignatures(&id(1), 9, &root(8)), Ok(vec![cosignature("ateneo", "another root")]));
    assert_eq!(store.cosignatures(&id(1), 8, &root(9)), Ok(vec![]));
    assert_eq!(store.cosignatures(&id(1), u64::MAX, &root(9)), Ok(vec![]));
    refused(store.add_cosignatures(&id(1), limits::MAX_SIZE + 1, &root(9), &lines));
}

pub(crate) fn the_final_checkpoint_only_grows(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 9);
    let of = |size, note: &str| FinalCheckpoint { size, root: root(size), note: note.as_bytes().to_vec() };
    assert_eq!(store.final_checkpoint(&id(1)), Ok(None));
    for size in [5, 6, 7] {
        store.add_cosignatures(&id(1), size, &root(size), &[cosignature("a", "line")]).unwrap();
    }
    assert_eq!(store.set_final_checkpoint(&id(1), &of(6, "one line")), Ok(true));
    assert_eq!(store.set_final_checkpoint(&id(1), &of(5, "older")), Ok(false));
    assert_eq!(store.final_checkpoint(&id(1)), Ok(Some(of(6, "one line"))));
    assert_eq!(store.set_final_checkpoint(&id(1), &of(6, "two lines")), Ok(true));
    let fork = FinalCheckpoint { root: [1; 32], ..of(6, "fork") };
    refused(store.set_final_checkpoint(&id(1), &fork));
    assert_eq!(store.final_checkpoint(&id(1)), Ok(Some(of(6, "two lines"))));
    assert_eq!(store.cosignatures(&id(1), 5, &root(5)), Ok(vec![]));
    assert_eq!(store.cosignatures(&id(1), 6, &root(6)).unwrap().len(), 1);
    assert_eq!(store.cosignatures(&id(1), 7, &root(7)).unwrap().len(), 1);
    // Seen elsewhere, larger than what this store has.
    assert_eq!(store.set_final_checkpoint(&id(1), &of(12, "ahead")), Ok(true));
    assert_eq!(store.final_checkpoint(&id(1)), Ok(Some(of(12, "ahead"))));
}

pub(crate) fn people_are_kept_and_erased(place: &impl Place) {
    let mut store = place.open();
    let mut founding = batch(0, 1);
    founding.people = vec![person(2, "José Ñáñez"), person(1, "Ana")];
    store.append(&id(1), None, &founding).unwrap();
    store.put_person(&id(1), &person(3, "李四")).unwrap();
    store.put_person(&id(1), &person(1, "Ana María")).unwrap();
    let all = vec![person(1, "Ana María"), person(2, "José Ñáñez"), person(3, "李四")];
    assert_eq!(store.people(&id(1)), Ok(all));
    store.remove_person(&id(1), 2).unwrap();
    store.remove_person(&id(1), 2).unwrap();
    assert_eq!(store.people(&id(1)), Ok(vec![person(1, "Ana María"), person(3, "李四")]));
    assert_eq!(store.person(&id(1), 2), Ok(None));
    assert_eq!(store.person(&id(1), 3), Ok(Some(person(3, "李四"))));
    assert_eq!(store.person(&id(1), u64::MAX), Ok(None));
    assert_eq!(store.finish_erasures(), Ok(true));
}

pub(crate) fn seeds_are_never_replaced(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    assert_eq!(store.clerk_seed(&id(1), 0), Ok(None));
    store.set_clerk_seed(&id(1), 0, &[4; 32]).unwrap();
    store.set_clerk_seed(&id(1), u32::MAX, &[5; 32]).unwrap();
    store.set_clerk_seed(&id(1), 0, &[4; 32]).unwrap();
    refused(store.set_clerk_seed(&id(1), 0, &[6; 32]));
    assert_eq!(store.clerk_seed(&id(1), 0), Ok(Some(Zeroizing::new([4; 32]))));
    assert_eq!(store.clerk_seed(&id(1), u32::MAX), Ok(Some(Zeroizing::new([5; 32]))));
    assert_eq!(store.clerk_seed(&id(1), 1), Ok(None));
}

pub(crate) fn standings_are_kept(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    assert_eq!(store.standing(&id(1)), Ok(Standing::Current));
    for standing in [Standing::Restored { size: 7, at: 1_700_000_000 }, Standing::Retired, Standing::Current]
    {
        store.set_standing(&id(1), standing).unwrap();
        assert_eq!(store.standing(&id(1)), Ok(standing));
    }
    refused(store.set_standing(&id(1), Standing::Restored { size: u64::MAX, at: 0 }));
    refused(store.set_standing(&id(1), Standing::Restored { size: 0, at: u64::MAX }));
}

pub(crate) fn settings_are_kept(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    store.set_setting(None, "listen", Some("127.0.0.1:8080")).unwrap();
    store.set_setting(Some(&id(1)), "listen", Some("años")).unwrap();
    store.set_setting(Some(&id(1)), "empty", Some("")).unwrap();
    assert_eq!(store.setting(None, "listen"), Ok(Some("127.0.0.1:8080".into())));
    assert_eq!(store.setting(Some(&id(1)), "listen"), Ok(Some("años".into())));
    assert_eq!(store.setting(Some(&id(1)), "empty"), Ok(Some(String::new())));
    assert_eq!(store.setting(None, "empty"), Ok(None));
    store.set_setting(None, "listen", Some("[::1]:80")).unwrap();
    store.set_setting(Some(&id(1)), "listen", None).unwrap();
    store.set_setting(None, "nothing", None).unwrap();
    assert_eq!(store.setting(None, "listen"), Ok(Some("[::1]:80".into())));
    assert_eq!(store.setting(Some(&id(1)), "listen"), Ok(None));
}

pub(crate) fn books_do_not_touch_each_other(place: &impl Place) {
    let mut store = place.open();
    for book in [1, 2] {
        let mut founding = batch(0, 1);
        founding.entries[0].bytes = vec![book; 10];
        founding.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![book; 32] }];
        founding.blobs = vec![([8; 32], vec![book])];
        founding.bodies = vec![Body { bytes: vec![book], ..body(5) }];
        founding.snapshot = Some(Snapshot { bytes: vec![book], ..snapshot(1) });
        founding.people = vec![person(1, &format!("of {book}"))];
        founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([book; 32]) });
        store.append(&id(book), None, &founding).unwrap();
        store.add_cosignatures(&id(book), 1, &root(1), &[cosignature("a", &format!("of {book}"))]).unwrap();
        store.set_setting(Some(&id(book)), "name", Some(&format!("of {book}"))).unwrap();
    }
    // Everything happens to book 1; book 2 stays as it was.
    let mut next = batch(1, 9);
    next.erase = vec![[5; 32]];
    store.append(&id(1), Some(&expected(1)), &next).unwrap();
    store.remove_person(&id(1), 1).unwrap();
    store.set_standing(&id(1), Standing::Retired).unwrap();
    store.set_setting(Some(&id(1)), "name", None).unwrap();
    let final_one = FinalCheckpoint { size: 10, root: root(10), note: vec![1] };
    store.set_final_checkpoint(&id(1), &final_one).unwrap();

    assert_eq!(store.head(&id(2)), Ok(Some(head(1))));
    assert_eq!(store.entries(&id(2), 0, 99), Ok(vec![vec![2; 10]]));
    assert_eq!(store.entry_by_text(&id(2), &entry(1).text_hash.unwrap()), Ok(None));
    assert_eq!(store.tile(&id(2), 0, 0), Ok(Some(vec![2; 32])));
    assert_eq!(store.blob(&id(2), &[8; 32]), Ok(Some(vec![2])));
    assert_eq!(store.body(&id(2), &[5; 32]).unwrap().unwrap().bytes, [2]);
    assert_eq!(store.newest_snapshot(&id(2)).unwrap().unwrap().bytes, [2]);
    assert_eq!(store.people(&id(2)), Ok(vec![person(1, "of 2")]));
    assert_eq!(store.clerk_seed(&id(2), 0), Ok(Some(Zeroizing::new([2; 32]))));
    assert_eq!(store.cosignatures(&id(2), 1, &root(1)), Ok(vec![cosignature("a", "of 2")]));
    assert_eq!(store.setting(Some(&id(2)), "name"), Ok(Some("of 2".into())));
    assert_eq!(store.standing(&id(2)), Ok(Standing::Current));
    assert_eq!(store.final_checkpoint(&id(2)), Ok(None));
}

pub(crate) fn a_founding_can_be_taken_back(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(2), 1);
    store.put_person(&id(2), &person(1, "stays")).unwrap();
    for _ in 0..2 {
        let mut founding = batch(0, 1);
        founding.people = vec![person(1, "Ana")];
        founding.bodies = vec![body(1)];
        founding.blobs = vec![([8; 32], vec![8])];
        founding.snapshot = Some(snapshot(1));
        founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([1; 32]) });
        store.append(&id(1), None, &founding).unwrap();
        store.set_standing(&id(1), Standing::Retired).unwrap();
        store.set_setting(Some(&id(1)), "name", Some("x")).unwrap();
        store.remove(&id(1)).unwrap();
        assert_eq!(store.books(), Ok(vec![id(2)]));
        assert_eq!(store.head(&id(1)), Ok(None));
    }
    missing(store.remove(&id(1)));
    // Nothing of the old one is found in a new book of the same id.
    grow(&mut *store, &id(1), 1);
    assert_eq!(store.people(&id(1)), Ok(vec![]));
    assert_eq!(store.bodies(&id(1)), Ok(vec![]));
    assert_eq!(store.blobs(&id(1)), Ok(vec![]));
    assert_eq!(store.newest_snapshot(&id(1)), Ok(None));
    assert_eq!(store.clerk_seed(&id(1), 0), Ok(None));
    assert_eq!(store.standing(&id(1)), Ok(Standing::Current));
    assert_eq!(store.setting(Some(&id(1)), "name"), Ok(None));
    assert_eq!(store.people(&id(2)), Ok(vec![person(1, "stays")]));
    assert_eq!(store.finish_erasures(), Ok(true));
}

pub(crate) fn a_grown_book_is_not_removed(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 2);
    refused(store.remove(&id(1)));
    assert_eq!(store.head(&id(1)), Ok(Some(head(2))));
    assert_eq!(store.entries(&id(1), 0, 9).unwrap().len(), 2);
}

pub(crate) fn too_much_is_refused(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    let mut try_one = |change: &dyn Fn(&mut Batch)| {
        let mut next = batch(1, 1);
        change(&mut next);
        refused(store.append(&id(1), Some(&expected(1)), &next));
    };
    try_one(&|b| b.entries[0].bytes = vec![b'x'; limits::ENTRY + 1]);
    try_one(&|b| b.head.checkpoint = vec![b'x'; limits::CHECKPOINT + 1]);
    try_one(&|b| b.head.time = u64::MAX);
    try_one(&|b| b.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![1; limits::TILE + 32] }]);
    try_one(&|b| b.tiles = vec![TileRow { level: limits::LEVELS, index: 0, bytes: vec![1; 32] }]);
    try_one(&|b| b.tiles = vec![TileRow { level: 0, index: u64::MAX, bytes: vec![1; 32] }]);
    try_one(&|b| b.bodies = vec![Body { bytes: vec![1; limits::BODY + 1], ..body(1) }]);
    try_one(&|b| b.people = vec![person(u64::MAX, "x")]);
    try_one(&|b| b.people = vec![person(1, &"x".repeat(limits::NAME + 1))]);
    try_one(&|b| b.people = vec![person(1, "a\0b")]);
    try_one(&|b| b.snapshot = Some(snapshot(u64::MAX)));
    // A head beyond every size, as of somebody who counts backwards.
    for size in [limits::MAX_SIZE + 1, u64::MAX] {
        let beyond = Expected { size: size - 1, root: root(1), epoch: 0 };
        let frontier = vec![[0; 32]; size.count_ones() as usize];
        let mut next = Batch::new(Head { size, frontier, ..head(1) });
        next.entries = vec![entry(1)];
        refused(store.append(&id(1), Some(&beyond), &next));
    }
    let overflow = Expected { size: u64::MAX, root: root(1), epoch: 0 };
    refused(store.append(&id(1), Some(&overflow), &batch(0, 1)));
    refused(store.put_person(&id(1), &person(limits::NUMBER + 1, "x")));
    refused(store.set_setting(None, &"k".repeat(limits::NAME + 1), Some("")));
    refused(store.set_setting(None, "k", Some(&"v".repeat(limits::TEXT + 1))));
    refused(store.set_setting(None, "k", Some("a\0b")));
    let long = cosignature("a", &"l".repeat(limits::LINE + 1));
    refused(store.add_cosignatures(&id(1), 1, &root(1), &[cosignature("b", "fits"), long]));
    assert_eq!(store.cosignatures(&id(1), 1, &root(1)), Ok(vec![]));
    let far = FinalCheckpoint { size: limits::MAX_SIZE + 1, root: root(1), note: vec![] };
    refused(store.set_final_checkpoint(&id(1), &far));
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
}

pub(crate) fn what_does_not_add_up_is_refused(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 3);
    let mut try_one = |change: &dyn Fn(&mut Batch)| {
        let mut next = batch(3, 1);
        change(&mut next);
        refused(store.append(&id(1), Some(&expected(3)), &next));
    };
    try_one(&|b| b.entries.clear());
    try_one(&|b| b.entries.push(entry(9)));
    try_one(&|b| b.head = head(3));
    try_one(&|b| b.head.frontier.push([0; 32]));
    try_one(&|b| b.head.frontier.clear());
    try_one(&|b| b.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![1; 33] }]);
    try_one(&|b| b.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![] }]);
    try_one(&|b| b.snapshot = Some(snapshot(5)));
    try_one(&|b| b.clerk_seed = Some(ClerkSeed { epoch: 1, seed: Zeroizing::new([1; 32]) }));
    let later = Expected { epoch: 1, ..expected(3) };
    refused(store.append(&id(1), Some(&later), &batch(3, 1)));
    refused(store.append(&id(2), None, &batch(1, 1)));
    assert_eq!(store.head(&id(1)), Ok(Some(head(3))));
    assert_eq!(store.books(), Ok(vec![id(1)]));
}

pub(crate) fn a_missing_book_is_read_as_empty_and_not_written(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    let no = id(9);
    assert_eq!(store.entries(&no, 0, 9), Ok(vec![]));
    assert_eq!(store.entry_by_text(&no, &[0; 32]), Ok(None));
    assert_eq!(store.tile(&no, 0, 0), Ok(None));
    assert_eq!(store.cosignatures(&no, 1, &root(1)), Ok(vec![]));
    assert_eq!(store.final_checkpoint(&no), Ok(None));
    assert_eq!(store.blob(&no, &[0; 32]), Ok(None));
    assert_eq!(store.blob_size(&no, &[0; 32]), Ok(None));
    assert_eq!(store.blobs(&no), Ok(vec![]));
    assert_eq!(store.body(&no, &[0; 32]), Ok(None));
    assert_eq!(store.bodies(&no), Ok(vec![]));
    assert_eq!(store.newest_snapshot(&no), Ok(None));
    assert_eq!(store.clerk_seed(&no, 0), Ok(None));
    assert_eq!(store.people(&no), Ok(vec![]));
    assert_eq!(store.person(&no, 1), Ok(None));
    assert_eq!(store.standing(&no), Ok(Standing::Current));
    assert_eq!(store.setting(Some(&no), "k"), Ok(None));

    missing(store.append(&no, Some(&expected(1)), &batch(1, 1)));
    missing(store.add_cosignatures(&no, 1, &root(1), &[cosignature("a", "l")]));
    missing(store.set_final_checkpoint(&no, &FinalCheckpoint { size: 1, root: root(1), note: vec![] }));
    missing(store.remove(&no));
    missing(store.put_blob(&no, &[0; 32], b"x"));
    missing(store.put_snapshot(&no, &snapshot(0)));
    missing(store.set_clerk_seed(&no, 0, &[1; 32]));
    missing(store.put_person(&no, &person(1, "x")));
    missing(store.remove_person(&no, 1));
    missing(store.set_standing(&no, Standing::Retired));
    missing(store.set_setting(Some(&no), "k", Some("v")));
    assert_eq!(store.books(), Ok(vec![id(1)]));
}

pub(crate) fn everything_is_there_when_opened_again(place: &impl Place) {
    let mut store = place.open();
    let mut founding = batch(0, 1);
    founding.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![7; 32] }];
    founding.blobs = vec![([8; 32], b"statutes".to_vec())];
    founding.bodies = vec![body(1), body(2)];
    founding.erase = vec![[2; 32]];
    founding.snapshot = Some(snapshot(1));
    founding.people = vec![person(1, "Ana")];
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([4; 32]) });
    store.append(&id(1), None, &founding).unwrap();
    store.add_cosignatures(&id(1), 1, &root(1), &[cosignature("a", "line")]).unwrap();
    let last = FinalCheckpoint { size: 1, root: root(1), note: b"final".to_vec() };
    store.set_final_checkpoint(&id(1), &last).unwrap();
    store.set_standing(&id(1), Standing::Restored { size: 1, at: 2 }).unwrap();
    store.set_setting(None, "k", Some("v")).unwrap();
    store.set_setting(Some(&id(1)), "k", Some("w")).unwrap();
    drop(store);

    let mut store = place.open();
    assert_eq!(store.books(), Ok(vec![id(1)]));
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
    assert_eq!(store.entries(&id(1), 0, 9), Ok(vec![entry(0).bytes]));
    assert_eq!(store.entry_by_text(&id(1), &entry(0).text_hash.unwrap()), Ok(Some(0)));
    assert_eq!(store.tile(&id(1), 0, 0), Ok(Some(vec![7; 32])));
    assert_eq!(store.blob(&id(1), &[8; 32]), Ok(Some(b"statutes".to_vec())));
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32]]));
    assert_eq!(store.body(&id(1), &[1; 32]), Ok(Some(body(1))));
    assert_eq!(store.newest_snapshot(&id(1)), Ok(Some(snapshot(1))));
    assert_eq!(store.people(&id(1)), Ok(vec![person(1, "Ana")]));
    assert_eq!(store.clerk_seed(&id(1), 0), Ok(Some(Zeroizing::new([4; 32]))));
    assert_eq!(store.cosignatures(&id(1), 1, &root(1)), Ok(vec![cosignature("a", "line")]));
    assert_eq!(store.final_checkpoint(&id(1)), Ok(Some(last)));
    assert_eq!(store.standing(&id(1)), Ok(Standing::Restored { size: 1, at: 2 }));
    assert_eq!(store.setting(None, "k"), Ok(Some("v".into())));
    assert_eq!(store.setting(Some(&id(1)), "k"), Ok(Some("w".into())));
    // What was erased stays so.
    let mut again = batch(1, 1);
    again.bodies = vec![body(2)];
    store.append(&id(1), Some(&expected(1)), &again).unwrap();
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32]]));
}

pub(crate) fn a_reader_sees_and_does_not_write(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 2);
    let mut reader = store.reader().unwrap();
    assert_eq!(reader.head(&id(1)), Ok(Some(head(2))));
    store.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();
    assert_eq!(reader.head(&id(1)), Ok(Some(head(3))));
    assert_eq!(reader.entries(&id(1), 2, 9), Ok(vec![entry(2).bytes]));
    refused(reader.append(&id(1), Some(&expected(3)), &batch(3, 1)));
    refused(reader.put_blob(&id(1), &[1; 32], b"x"));
    refused(reader.set_setting(None, "k", Some("v")));
    refused(reader.remove_person(&id(1), 1));
    assert_eq!(reader.finish_erasures(), Ok(true));
    let mut another = reader.reader().unwrap();
    assert_eq!(another.head(&id(1)), Ok(Some(head(3))));
    // Many at once, on threads of their own, while the writer goes on.
    thread::scope(|scope| {
        for _ in 0..3 {
            let mut reader = store.reader().unwrap();
            scope.spawn(move || {
                let mut seen = 0;
                while seen < 40 {
                    let head = reader.head(&id(1)).unwrap().unwrap();
                    assert!(head.size >= seen);
                    seen = head.size;
                    let last = reader.entries(&id(1), seen - 1, 1).unwrap();
                    assert_eq!(last, [entry(seen - 1).bytes]);
                }
            });
        }
        for size in 3..40 {
            store.append(&id(1), Some(&expected(size)), &batch(size, 1)).unwrap();
        }
    });
}

pub(crate) fn an_epoch_begins_with_its_seed(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 6);
    let mut succession = Batch::new(Head { epoch: 1, ..head(7) });
    succession.entries = vec![entry(6)];
    succession.clerk_seed = Some(ClerkSeed { epoch: 1, seed: Zeroizing::new([9; 32]) });
    store.append(&id(1), Some(&expected(6)), &succession).unwrap();
    assert_eq!(store.head(&id(1)), Ok(Some(Head { epoch: 1, ..head(7) })));
    assert_eq!(store.clerk_seed(&id(1), 1), Ok(Some(Zeroizing::new([9; 32]))));
    // The clerk of the epoch before is too late.
    let late = store.append(&id(1), Some(&expected(7)), &batch(7, 1));
    assert_eq!(late, Err(StoreError::HeadMoved { size: 7 }));
    let now = Expected { epoch: 1, ..expected(7) };
    let mut next = batch(7, 1);
    next.head.epoch = 1;
    store.append(&id(1), Some(&now), &next).unwrap();
}

pub(crate) fn an_empty_batch_moves_the_head(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 6);
    let signed = Head { checkpoint: b"signed anew".to_vec(), ..head(6) };
    store.append(&id(1), Some(&expected(6)), &Batch::new(signed.clone())).unwrap();
    assert_eq!(store.head(&id(1)), Ok(Some(signed)));
    assert_eq!(store.entries(&id(1), 0, 99).unwrap().len(), 6);
}

fn keys(store: &mut dyn Store, book: u8, box_: &str) -> Vec<Vec<u8>> {
    store.waiting(&id(book), box_).unwrap().into_iter().map(|(key, _)| key).collect()
}

pub(crate) fn things_wait_in_the_order_of_their_keys(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    grow(&mut *store, &id(2), 1);
    assert_eq!(store.waiting(&id(1), "ballots/a"), Ok(vec![]));
    for key in [&[9, 0][..], &[1], &[], &[0xff], &[1, 2]] {
        store.put(&id(1), "ballots/a", key, &[key.len() as u8; 3000]).unwrap();
    }
    store.put(&id(1), "ballots/A", &[1], b"another box").unwrap();
    store.put(&id(1), "ballots/aa", &[1], b"a third").unwrap();
    store.put(&id(2), "ballots/a", &[1], b"another book").unwrap();
    store.put(&id(1), "ballots/a", &[1], b"later").unwrap();
    let mut again = place.open();
    let all = again.waiting(&id(1), "ballots/a").unwrap();
    let found: Vec<(&[u8], usize)> = all.iter().map(|(key, value)| (key.as_slice(), value.len())).collect();
    assert_eq!(found, [(&[][..], 3000), (&[1], 5), (&[1, 2], 3000), (&[9, 0], 3000), (&[0xff], 3000)]);
    assert_eq!(again.get(&id(1), "ballots/a", &[1]), Ok(Some(b"later".to_vec())));
    assert_eq!(again.get(&id(1), "ballots/a", &[2]), Ok(None));
    assert_eq!(again.get(&id(9), "ballots/a", &[1]), Ok(None));
    store.take_out(&id(1), "ballots/a", &[vec![1], vec![7, 7], vec![0xff]]).unwrap();
    assert_eq!(keys(&mut *store, 1, "ballots/a"), [vec![], vec![1, 2], vec![9, 0]]);
    store.take_out(&id(1), "ballots/a", &[]).unwrap();
    assert_eq!(store.finish_erasures(), Ok(true));
    assert_eq!(keys(&mut *store, 1, "ballots/A"), [[1]]);
    assert_eq!(keys(&mut *store, 1, "ballots/aa"), [[1]]);
    assert_eq!(keys(&mut *store, 2, "ballots/a"), [[1]]);
    missing(store.put(&id(9), "ballots/a", &[1], b""));
    missing(store.take_out(&id(9), "ballots/a", &[vec![1]]));
    assert!(store.reader().unwrap().put(&id(1), "ballots/a", &[5], b"").is_err());
    assert_eq!(store.reader().unwrap().get(&id(2), "ballots/a", &[1]), Ok(Some(b"another book".to_vec())));
    // With its book a box goes.
    store.remove(&id(2)).unwrap();
    grow(&mut *store, &id(2), 1);
    assert_eq!(keys(&mut *store, 2, "ballots/a"), Vec::<Vec<u8>>::new());
    assert_eq!(keys(&mut *store, 1, "ballots/aa"), [[1]]);
}

pub(crate) fn an_append_takes_things_out(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 2);
    for key in 0..6 {
        store.put(&id(1), "ballots/a", &[key], &[key; 40]).unwrap();
    }
    let mut next = batch(2, 1);
    next.take = vec![("ballots/a".into(), vec![1]), ("ballots/a".into(), vec![4]), ("none".into(), vec![1])];
    assert!(store.append(&id(1), Some(&expected(1)), &next).is_err());
    assert_eq!(keys(&mut *store, 1, "ballots/a").len(), 6, "the head had moved");
    store.append(&id(1), Some(&expected(2)), &next).unwrap();
    assert_eq!(keys(&mut *store, 1, "ballots/a"), [[0], [2], [3], [5]]);
    assert_eq!(store.head(&id(1)), Ok(Some(head(3))));
}

pub(crate) fn too_much_is_not_put_into_a_box(place: &impl Place) {
    let mut store = place.open();
    grow(&mut *store, &id(1), 1);
    refused(store.put(&id(1), "ballots/a", &[0; limits::KEY + 1], b""));
    refused(store.put(&id(1), "ballots/a", &[0], &vec![0; limits::THING + 1]));
    refused(store.put(&id(1), "ballots/\0", &[0], b""));
    store.put(&id(1), "ballots/a", &[0; limits::KEY], &vec![7; limits::THING]).unwrap();
    assert_eq!(store.waiting(&id(1), "ballots/a").unwrap()[0].1.len(), limits::THING);
}
