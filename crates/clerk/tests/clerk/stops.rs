//! A full disk, a clock that was set, a backup that was put back, a second history: a clear stop, and the stated way on works.

use std::path::Path;
use std::time::Duration;

use book::checkpoint::Checkpoint;
use book::files::PublicFiles;
use book::hash::Hash;
use clerk::{
    CannotSign, Clerk, Declined, Desk, FileMark, HighWater, Limits, PATIENCE, PublicView, Submission,
    catch_up,
};
use store::memory::Disk;
use store::sqlite::{self, Sqlite};
use store::{Books, Private, Snapshots, Standing, Store, StoreError};

use crate::common::{Council, HandClock, Mark, START, Stranger, after, mirror};

struct House {
    folder: tempfile::TempDir,
    council: Council,
}

impl House {
    fn new(name: &str) -> House {
        House { folder: tempfile::tempdir().unwrap(), council: Council::new(name, &[]) }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("cabildo.db")
    }

    fn mark(&self) -> Box<dyn HighWater> {
        Box::new(FileMark::at(self.folder.path().join("signed")))
    }

    fn found(&self) -> Clerk {
        let store = Box::new(Sqlite::create(&self.path()).unwrap());
        let (founding, key) = (self.council.founding.clone(), self.council.clerk(0));
        Clerk::found(store, founding, key, &[], self.mark(), START).unwrap().0
    }

    fn open(&self) -> Result<Clerk, CannotSign> {
        let store = Box::new(Sqlite::open(&self.path()).unwrap());
        Clerk::open(store, self.council.book, None, self.mark(), START + 10, &[])
    }

    fn write(&self, clerk: &mut Clerk, text: &str) {
        let submission = self.council.remark(after(&clerk.checkpoint()), 1, text);
        clerk.record(&[submission], clerk.time()).remove(0).unwrap();
    }

    fn mirror(&self) -> book::files::MemoryFiles {
        mirror(Box::new(Sqlite::open_reader(&self.path()).unwrap()), self.council.book)
    }
}

/// The database's files as they were.
fn put_back(backup: &Path, path: &Path) {
    for end in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(end);
        let _ = std::fs::remove_file(beside);
    }
    std::fs::copy(backup, path).unwrap();
}

#[test]
fn a_full_disk() {
    let house = House::new("full");
    drop(house.found());
    let mut store = Sqlite::open(&house.path()).unwrap();
    store.limit_pages(1).unwrap();
    let mut clerk =
        Clerk::open(Box::new(store), house.council.book, None, house.mark(), START + 10, &[]).unwrap();
    let seen = after(&clerk.checkpoint());
    let batch: Vec<Submission> =
        (0..400).map(|n| house.council.remark(seen, 1, &format!("{n} {}", "much ".repeat(200)))).collect();
    let before = clerk.checkpoint();
    let declined = clerk.record(&batch, START + 10);
    assert!(
        declined.iter().all(|answer| *answer == Err(Declined::Store(StoreError::Full))),
        "{:?}",
        declined[0]
    );
    // It says so each time, without harm.
    assert_eq!(clerk.record(&batch[..200], START + 10)[0], Err(Declined::Store(StoreError::Full)));
    assert_eq!(clerk.checkpoint(), before);
    // Room is made: the same clerk goes on, and the same texts are recorded.
    let mut roomy = Sqlite::open(&house.path()).unwrap();
    roomy.limit_pages(1 << 20).unwrap();
    let path = house.path();
    drop(roomy);
    clerk.reconnect_with(move || Ok(Box::new(Sqlite::open(&path)?)));
    let receipts = clerk.record(&batch, START + 11);
    assert!(receipts.iter().all(|receipt| receipt.as_ref().is_ok_and(|receipt| !receipt.repeated)));
    let mut stranger = Stranger::new(house.council.book);
    stranger.read(&mut house.mirror()).unwrap();
    receipts.iter().for_each(|receipt| stranger.holds(receipt.as_ref().unwrap()).unwrap());
}

#[test]
fn a_backup_that_is_put_back_unawares_and_the_way_on() {
    let house = House::new("put back");
    let mut clerk = house.found();
    house.write(&mut clerk, "before the backup");
    let (backup, plain) = (house.folder.path().join("backup"), house.folder.path().join("plain"));
    sqlite::backup(&house.path(), &backup, START + 1).unwrap();
    // A copy of the files while nobody writes: it does not know that it is a backup.
    clerk.snapshot(START + 1).unwrap();
    drop(clerk);
    std::fs::copy(house.path(), &plain).unwrap();
    let mut clerk = house.open().unwrap();
    house.write(&mut clerk, "after the backup");
    let newest = clerk.checkpoint();
    drop(clerk);
    let mut copy = house.mirror();

    // Put back unawares: the record beside the database tells; without it, a mirror's checkpoint does.
    put_back(&plain, &house.path());
    let rolled_back = CannotSign::RolledBack { here: 2, seen: 3 };
    assert_eq!(house.open().err(), Some(rolled_back.clone()));
    let open = |seen: &[Checkpoint]| {
        let store = Box::new(Sqlite::open(&house.path()).unwrap());
        Clerk::open(store, house.council.book, None, Mark::default().boxed(), START + 10, seen).map(|_| ())
    };
    assert_eq!(open(std::slice::from_ref(&newest)), Err(rolled_back.clone()));
    assert!(rolled_back.to_string().contains("catch up from every mirror"));
    let forged = Checkpoint { root: Hash([1; 32]), size: 2, ..newest.clone() };
    assert_eq!(open(&[forged]), Err(CannotSign::Forked { size: 2 }));
    let later = Checkpoint { origin: newest.origin.replace("/0", "/1"), ..newest.clone() };
    assert_eq!(open(&[later]), Err(CannotSign::Succeeded { epoch: 1 }));
    let of_another = Checkpoint { origin: Council::new("other", &[]).book.to_string(), ..newest.clone() };
    assert_eq!(open(&[of_another]), Ok(()));

    // Put back as a backup: it may not sign until it has caught up.
    put_back(&backup, &house.path());
    assert_eq!(house.open().err(), Some(CannotSign::Restored { size: 2 }));
    let mut store = Sqlite::open(&house.path()).unwrap();
    // A source that is older than what was signed does not do.
    let mut short = {
        let disk = Disk::new();
        let store = Box::new(disk.open().unwrap());
        let (founding, key) = (house.council.founding.clone(), house.council.clerk(0));
        let _ = Clerk::found(store, founding, key, &[], Mark::default().boxed(), START).unwrap();
        mirror(disk.open().unwrap().reader().unwrap(), house.council.book)
    };
    let catch = |store: &mut Sqlite, source: &mut dyn PublicFiles| {
        catch_up(store, house.council.book, &mut [source], house.mark().as_mut())
    };
    assert_eq!(catch(&mut store, &mut short), Err(rolled_back));
    assert!(matches!(store.standing(&house.council.book.0).unwrap(), Standing::Restored { .. }));
    let caught = catch(&mut store, &mut copy).unwrap();
    assert_eq!((caught.from, caught.to), (2, 3));
    drop(store);
    let mut clerk = house.open().unwrap();
    assert_eq!(clerk.checkpoint(), newest);
    house.write(&mut clerk, "and on it goes");
    let mut stranger = Stranger::new(house.council.book);
    stranger.read(&mut copy).unwrap();
    stranger.read(&mut house.mirror()).unwrap();
}

#[test]
fn a_damaged_store_is_not_signed_for() {
    let council = Council::new("damaged", &[]);
    let (disk, mark) = (Disk::new(), Mark::default());
    let (founding, key) = (council.founding.clone(), council.clerk(0));
    let mut clerk =
        Clerk::found(Box::new(disk.open().unwrap()), founding, key, &[], mark.boxed(), START).unwrap().0;
    let batch: Vec<Submission> =
        (0..300).map(|n| council.remark(after(&clerk.checkpoint()), 1, &n.to_string())).collect();
    clerk.record(&batch, START).into_iter().for_each(|answer| assert!(answer.is_ok(), "{answer:?}"));
    clerk.snapshot(START).unwrap();
    let head = clerk.store().head(&council.book.0).unwrap().unwrap();
    let newest = clerk.store().newest_snapshot(&council.book.0).unwrap().unwrap();
    drop(clerk);
    let open = || {
        let store = Box::new(disk.open().unwrap());
        Clerk::open(store, council.book, None, mark.boxed(), START, &[]).map(|_| ())
    };
    assert_eq!(open(), Ok(()));
    // A false snapshot is passed over, whatever is false of it; the entries decide.
    for wrong in 0..3 {
        let mut snapshot = newest.clone();
        match wrong {
            0 => snapshot.digest[0] ^= 1,
            1 => snapshot.bytes.truncate(100),
            _ => snapshot.bytes = vec![b'{'; 1000],
        }
        disk.open().unwrap().put_snapshot(&council.book.0, &snapshot).unwrap();
        assert_eq!(open(), Ok(()));
    }
    // A head of another history, a wrong frontier, a missing signature: not signed for.
    let append = |change: &dyn Fn(&mut store::Head)| {
        let changes = disk.changes();
        let mut other = head.clone();
        change(&mut other);
        let batch = store::Batch::new(other);
        disk.open().unwrap().append(&council.book.0, Some(&(&head).into()), &batch).unwrap();
        let opened = open();
        disk.put_back(changes);
        opened
    };
    assert!(matches!(
        append(&|head| head.root[0] ^= 1),
        Err(CannotSign::Damaged(_) | CannotSign::Forked { .. })
    ));
    assert!(matches!(append(&|head| head.frontier[0][0] ^= 1), Err(CannotSign::Damaged(_))));
    assert!(matches!(
        append(&|head| head.checkpoint.truncate(head.checkpoint.len() - 20)),
        Err(CannotSign::Damaged(_))
    ));
    assert!(matches!(append(&|head| head.epoch += 1), Err(CannotSign::Damaged(_))));
    assert!(matches!(append(&|head| head.checkpoint.clear()), Err(CannotSign::Unfinished { size: 301 })));
    assert!(matches!(append(&|head| head.time = START - 5), Err(CannotSign::Damaged(_))));
    assert_eq!(append(&|head| head.time = START + 5), Err(CannotSign::Clock { now: START, last: START + 5 }));
    // The store's own final checkpoint counts too.
    let last = store::FinalCheckpoint {
        size: 302,
        root: [9; 32],
        note: {
            let text = format!("cabildo/{}/0\n302\n{}\n", council.book, Hash([9; 32]));
            format!("{text}\n\u{2014} x AAAAAAAA\n").into_bytes()
        },
    };
    disk.open().unwrap().set_final_checkpoint(&council.book.0, &last).unwrap();
    assert_eq!(open(), Err(CannotSign::RolledBack { here: 301, seen: 302 }));
}

#[test]
fn a_clock_that_was_set() {
    let council = Council::new("clock", &[]);
    let (disk, mark, clock) = (Disk::new(), Mark::default(), HandClock::at(START));
    let (founding, key) = (council.founding.clone(), council.clerk(0));
    let clerk =
        Clerk::found(Box::new(disk.open().unwrap()), founding, key, &[], mark.boxed(), START).unwrap().0;
    let desk = Desk::start(clerk, Box::new(clock.clone()), Limits::default()).unwrap();
    let mut n = 0;
    let mut submit = || {
        n += 1;
        let shown = desk.published().checkpoint();
        let text = book::note::Note::parse(&shown).unwrap().text;
        let seen = after(&Checkpoint::parse_text(&text).unwrap());
        desk.submit(council.remark(seen, 1, &format!("remark {n}")))
    };
    clock.pass(Duration::from_secs(100));
    assert_eq!(submit().unwrap().time, START + 100);
    // A small step backwards is waited out, and time does not decrease.
    clock.set(START + 100 - PATIENCE);
    assert_eq!(submit().unwrap().time, START + 100);
    // A larger one stops, says so, and ends when the clock is right again.
    clock.set(START + 100 - PATIENCE - 1);
    let Err(Declined::Stopped(why)) = submit() else { panic!("it went on with a clock that is behind") };
    assert!(why.contains("3 s behind") && why.contains("set the clock"), "{why}");
    assert_eq!(desk.status().stopped, Some(why));
    clock.set(START + 102);
    assert_eq!(submit().unwrap().time, START + 102);
    assert_eq!(desk.status().stopped, None);
    // A step forward by more than a day: it asks.
    clock.set(START + 90_000);
    let Err(Declined::Stopped(why)) = submit() else { panic!("it went on with a clock that jumped") };
    assert!(why.contains("forward by 24 hours") && why.contains("confirm"), "{why}");
    desk.confirm_clock();
    assert_eq!(submit().unwrap().time, START + 90_000);
    assert_eq!(desk.metrics().declined.get("stopped"), Some(&2));
    // Neither a day that passes nor a clock set back behind the last entry looks like the other.
    clock.pass(Duration::from_secs(200_000));
    assert_eq!(submit().unwrap().time, START + 290_000);
    clock.set(START);
    assert!(matches!(submit(), Err(Declined::Stopped(_))));
    desk.stop();
    assert!(matches!(submit(), Err(Declined::Stopped(why)) if why.contains("closed")));
    // On opening, too.
    let store = Box::new(disk.open().unwrap());
    let opened = Clerk::open(store, council.book, None, mark.boxed(), START, &[]).err();
    assert_eq!(opened, Some(CannotSign::Clock { now: START, last: START + 290_000 }));
    let store: Box<dyn Store> = Box::new(disk.open().unwrap());
    let mut stranger = Stranger::new(council.book);
    stranger.read(&mut PublicView::at_rest(store, council.book)).unwrap();
}
