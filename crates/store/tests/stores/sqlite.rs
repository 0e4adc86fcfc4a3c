//! What is particular to SQLite: the file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use store::sqlite::{Migrated, SCHEMA, Sqlite, backup, migrate};
use store::{BRIEF, Batch, Bodies, Body, Books, ClerkSeed, Inbox, Private, Standing, Store, StoreError};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::conformance::{Place, batch, expected, grow, head, id, person, suite};
use crate::needle::{is_present, letters, needle, present};

struct InFile(TempDir);

impl InFile {
    fn path(&self) -> PathBuf {
        self.0.path().join("cabildo.db")
    }
}

impl Place for InFile {
    fn new() -> Option<InFile> {
        let folder = tempfile::tempdir().unwrap();
        Sqlite::create(&folder.path().join("cabildo.db")).unwrap();
        Some(InFile(folder))
    }

    fn open(&self) -> Box<dyn Store> {
        Box::new(Sqlite::open(&self.path()).unwrap())
    }
}

suite!(InFile);

/// A new database in a folder of its own.
fn new() -> (TempDir, PathBuf, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cabildo.db");
    let store = Sqlite::create(&path).unwrap();
    (folder, path, store)
}

/// The folder as a crash at this moment leaves it: every file, log and index included, without anything being closed.
fn crashed(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// Body `n` contains needle `n`, its salt is needle `250 + n`.
fn secret(n: u8) -> Body {
    Body { commitment: [n; 32], salt: needle(250 + u32::from(n)), bytes: needle(n.into()).to_vec() }
}

#[cfg(unix)]
#[test]
fn the_files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path, mut store) = new();
    grow(&mut store, &id(1), 3);
    let copy = folder.path().join("copy.db");
    backup(&path, &copy, 1).unwrap();
    let mut names = Vec::new();
    for item in fs::read_dir(folder.path()).unwrap() {
        let item = item.unwrap();
        assert_eq!(item.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{item:?}");
        names.push(item.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["cabildo.db", "cabildo.db-shm", "cabildo.db-wal", "copy.db"]);
}

#[test]
fn a_file_is_created_once() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    assert!(matches!(Sqlite::create(&path), Err(StoreError::Refused(_))));
    drop(store);
    assert!(matches!(Sqlite::create(&path), Err(StoreError::Refused(_))));
    assert_eq!(Sqlite::open(&path).unwrap().books(), Ok(vec![id(1)]));
}

#[test]
fn a_creation_that_was_interrupted_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.db");
    fs::write(&empty, b"").unwrap();
    let blank = folder.path().join("blank.db");
    let mode: String = Connection::open(&blank)
        .unwrap()
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    for path in [&empty, &blank] {
        assert!(matches!(Sqlite::open(path), Err(StoreError::Missing(_))));
        assert!(matches!(migrate(path), Err(StoreError::Missing(_))));
        let mut store = Sqlite::create(path).unwrap();
        grow(&mut store, &id(1), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn what_is_no_database_of_ours_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("minutes.txt");
    fs::write(&text, "minutes of the assembly\n".repeat(300)).unwrap();
    let songs = folder.path().join("songs.db");
    Connection::open(&songs)
        .unwrap()
        .execute_batch("CREATE TABLE songs (name TEXT); PRAGMA user_version = 1")
        .unwrap();
    let parent = folder.path().to_owned();
    for path in [&text, &songs, &parent] {
        let before = fs::read(path).ok();
        for refusal in [
            Sqlite::open(path).err(),
            Sqlite::open_reader(path).err(),
            Sqlite::create(path).err(),
            migrate(path).err(),
            backup(path, &folder.path().join("copy.db"), 1).err(),
        ] {
            assert!(matches!(refusal, Some(StoreError::Foreign(_))), "{path:?}: {refusal:?}");
        }
        assert_eq!(fs::read(path).ok(), before);
    }
    assert!(matches!(Sqlite::open(&folder.path().join("none.db")), Err(StoreError::Missing(_))));
    assert!(!folder.path().join("none.db").exists());
}

#[test]
fn a_newer_database_is_refused_with_a_clear_word() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
    let newer = StoreError::TooNew { found: SCHEMA + 1, known: SCHEMA };
    assert_eq!(Sqlite::open(&path).err(), Some(newer.clone()));
    assert_eq!(Sqlite::open_reader(&path).err(), Some(newer.clone()));
    assert_eq!(migrate(&path), Err(newer.clone()));
    assert!(newer.to_string().contains("newer program"), "{newer}");
}

#[test]
fn a_database_of_this_schema_needs_no_migration() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    assert_eq!(migrate(&path), Ok(Migrated { from: SCHEMA, to: SCHEMA }));
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    let mut size = 1;
    store.limit_pages(200).unwrap();
    let large = |size: u64| {
        let mut next = batch(size, 4);
        next.entries.iter_mut().for_each(|entry| entry.bytes = vec![b'x'; 30_000]);
        next.blobs = vec![([size as u8; 32], vec![7; 10_000])];
        next.bodies = vec![Body { commitment: [size as u8; 32], salt: [1; 32], bytes: vec![1; 10_000] }];
        next
    };
    let full = loop {
        match store.append(&id(1), Some(&expected(size)), &large(size)) {
            Ok(()) => size += 4,
            Err(error) => break error,
        }
    };
    assert!(size > 1, "nothing fits at all");
    assert_eq!(full, StoreError::Full);
    assert!(full.nothing_written());
    for store in [&mut store, &mut Sqlite::open(&path).unwrap()] {
        assert_eq!(store.head(&id(1)), Ok(Some(head(size))));
        assert_eq!(store.entries(&id(1), 0, 999).unwrap().len() as u64, size);
        assert_eq!(store.bodies(&id(1)).unwrap().len() as u64, (size - 1) / 4);
    }
    // With room again the same connection goes on.
    store.limit_pages(100_000).unwrap();
    store.append(&id(1), Some(&expected(size)), &large(size)).unwrap();
    assert_eq!(store.head(&id(1)), Ok(Some(head(size + 4))));
}

#[test]
fn another_program_that_holds_the_database_is_named() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = store.append(&id(1), Some(&expected(1)), &batch(1, 1));
    assert_eq!(busy, Err(StoreError::Busy));
    assert_eq!(store.head(&id(1)), Ok(Some(head(1))));
    other.execute_batch("ROLLBACK").unwrap();
    store.append(&id(1), Some(&expected(1)), &batch(1, 1)).unwrap();
}

#[test]
fn what_was_acknowledged_survives_a_crash() {
    let (folder, _path, mut store) = new();
    grow(&mut store, &id(1), 1);
    for size in 1..30 {
        store.append(&id(1), Some(&expected(size)), &batch(size, 1)).unwrap();
        let after = crashed(folder.path());
        let mut again = Sqlite::open(&after.path().join("cabildo.db")).unwrap();
        assert_eq!(again.head(&id(1)), Ok(Some(head(size + 1))));
        assert_eq!(again.entries(&id(1), 0, 99).unwrap().len() as u64, size + 1);
    }
}

#[test]
fn a_log_that_is_cut_anywhere_gives_a_whole_older_head() {
    let (folder, _path, mut store) = new();
    grow(&mut store, &id(1), 1);
    for size in 1..6 {
        store.append(&id(1), Some(&expected(size)), &batch(size, 1)).unwrap();
    }
    let length = fs::metadata(folder.path().join("cabildo.db-wal")).unwrap().len();
    let mut seen = BTreeSet::new();
    for cut in (0..=length).rev().step_by(4099) {
        let after = crashed(folder.path());
        let log = after.path().join("cabildo.db-wal");
        fs::OpenOptions::new().write(true).open(log).unwrap().set_len(cut).unwrap();
        // The index is in memory and gone with it.
        fs::remove_file(after.path().join("cabildo.db-shm")).unwrap();
        let mut again = match Sqlite::open(&after.path().join("cabildo.db")) {
            Ok(again) => again,
            // Cut before the schema was there.
            Err(error) => {
                assert!(matches!(error, StoreError::Missing(_)), "{error}");
                continue;
            }
        };
        let Some(there) = again.head(&id(1)).unwrap() else { continue };
        assert_eq!(there, head(there.size));
        assert_eq!(again.entries(&id(1), 0, 99).unwrap().len() as u64, there.size);
        seen.insert(there.size);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

/// A book of 250 bodies, short and long ones, and as many people, such that SQLite rearranges their pages when they are
/// deleted in the order of [`shuffled`]: without what `sqlite/erasure.rs` does, copies would be left behind. The person
/// with the number `n` has the letters `1000 + n`.
fn many(store: &mut Sqlite) {
    let mut founding = batch(0, 1);
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new(needle(2000)) });
    for n in 0..250u8 {
        let mut body = secret(n);
        body.bytes.extend(vec![n; usize::from(n) % 90 * 57]);
        founding.bodies.push(body);
    }
    for n in (0..10).flat_map(|last| (0..25u32).map(move |first| first * 10 + last)) {
        let number = n * 7 % 250;
        founding.people.push(person(number.into(), &letters(1000 + number).repeat(1 + n as usize % 20)));
    }
    store.append(&id(1), None, &founding).unwrap();
}

/// Every number below 250, from everywhere.
fn shuffled() -> impl Iterator<Item = u8> {
    (0..250u16).map(|n| (n * 101 % 250) as u8)
}

#[test]
fn erased_bodies_are_in_no_file() {
    let (folder, _path, mut store) = new();
    many(&mut store);
    let texts: Vec<_> = (0..500).map(needle).collect();
    let needles: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
    let mut left: BTreeSet<usize> = (0..500).collect();
    assert_eq!(present(folder.path(), &needles), left);
    for (n, size) in shuffled().zip(1..) {
        let mut next = batch(size, 1);
        next.erase = vec![[n; 32]];
        store.append(&id(1), Some(&expected(size)), &next).unwrap();
        assert_eq!(store.erasures_pending(), Ok(false));
        left.remove(&usize::from(n));
        left.remove(&(250 + usize::from(n)));
        if size % 5 == 0 {
            assert_eq!(present(folder.path(), &needles), left);
        }
    }
    assert_eq!(store.bodies(&id(1)), Ok(vec![]));
    let after = crashed(folder.path());
    drop(Sqlite::open(&after.path().join("cabildo.db")).unwrap());
    assert_eq!(present(after.path(), &needles), BTreeSet::new());
}

/// The test above would find it: `secure_delete` alone leaves copies behind.
#[test]
fn without_padding_sqlite_leaves_copies() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("plain.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA secure_delete = ON; CREATE TABLE bodies (salt BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN",
        )
        .unwrap();
    for n in 0..256 {
        let mut salt = needle(n).to_vec();
        salt.resize(40 + n as usize * 57 % 860, n as u8);
        connection.execute("INSERT INTO bodies VALUES (?1)", [&salt]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    let mut left = false;
    for n in 0..256 {
        connection.execute("DELETE FROM bodies WHERE substr(salt, 1, 32) = ?1", [needle(n)]).unwrap();
        left |= is_present(folder.path(), &needle(n));
    }
    assert!(left, "SQLite leaves nothing behind any more: the padding can go");
}

#[test]
fn erased_people_are_in_no_file() {
    let (folder, _path, mut store) = new();
    many(&mut store);
    let names: Vec<_> = (1000..1250).map(letters).collect();
    let needles: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
    let mut left: BTreeSet<usize> = (0..250).collect();
    assert_eq!(present(folder.path(), &needles), left);
    for n in shuffled() {
        store.remove_person(&id(1), n.into()).unwrap();
        assert_eq!(store.erasures_pending(), Ok(false));
        left.remove(&usize::from(n));
        if n % 5 == 0 {
            assert_eq!(present(folder.path(), &needles), left);
        }
    }
    assert_eq!(store.people(&id(1)), Ok(vec![]));
}

#[test]
fn a_founding_that_was_taken_back_is_in_no_file() {
    let (folder, _path, mut store) = new();
    let mut founding = batch(0, 1);
    founding.bodies = vec![secret(1)];
    founding.people = (0..200).map(|n| person(n, &format!("Segismunda Pérez {n}"))).collect();
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new(needle(2000)) });
    store.append(&id(1), None, &founding).unwrap();
    let hidden = [&needle(1)[..], &needle(251), &needle(2000), b"Segismunda"];
    assert_eq!(present(folder.path(), &hidden).len(), 4);
    store.remove(&id(1)).unwrap();
    assert_eq!(present(folder.path(), &hidden).len(), 0);
}

#[test]
fn an_erasure_that_a_reader_delays_is_remembered_and_finished() {
    let (folder, path, mut store) = new();
    let mut founding = batch(0, 1);
    founding.bodies = vec![secret(1)];
    store.append(&id(1), None, &founding).unwrap();
    // Somebody reads for a long time: a copy, a report.
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count: i64 = reader.query_row("SELECT count(*) FROM bodies", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);

    let mut erasing = batch(1, 1);
    erasing.erase = vec![[1; 32]];
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();
    assert_eq!(store.head(&id(1)), Ok(Some(head(2))));
    assert_eq!(store.body(&id(1), &[1; 32]), Ok(None));
    assert_eq!(store.erasures_pending(), Ok(true));
    assert_eq!(store.finish_erasures(), Ok(false));
    assert!(is_present(folder.path(), &needle(1)));
    let mut looking = store.reader().unwrap();
    assert_eq!(looking.erasures_pending(), Ok(true));
    assert_eq!(looking.finish_erasures(), Ok(false));
    drop(looking);

    // After a crash the next opening finishes it.
    let after = crashed(folder.path());
    let mut again = Sqlite::open(&after.path().join("cabildo.db")).unwrap();
    assert_eq!(again.erasures_pending(), Ok(false));
    assert!(!is_present(after.path(), &needle(1)));

    // Without one, the next append does, once the reader is done.
    store.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();
    assert_eq!(store.erasures_pending(), Ok(true));
    reader.execute_batch("COMMIT").unwrap();
    store.append(&id(1), Some(&expected(3)), &batch(3, 1)).unwrap();
    assert_eq!(store.erasures_pending(), Ok(false));
    assert!(!is_present(folder.path(), &needle(1)) && !is_present(folder.path(), &needle(251)));
}

#[test]
fn a_backup_is_whole_marked_and_without_what_was_erased() {
    let (folder, path, mut store) = new();
    many(&mut store);
    grow(&mut store, &id(2), 1);
    grow(&mut store, &id(3), 5);
    store.set_standing(&id(2), Standing::Retired).unwrap();
    let earlier = Standing::Restored { size: 4, at: 7 };
    store.set_standing(&id(3), earlier).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM bodies").unwrap();
    let mut erasing = batch(1, 1);
    erasing.erase = vec![[1; 32]];
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();

    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("backup.db");
    backup(&path, &copy, 1_700_000_000).unwrap();
    // The original goes on.
    store.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();
    assert_eq!(store.standing(&id(1)), Ok(Standing::Current));

    assert_eq!(fs::read_dir(copies.path()).unwrap().count(), 1);
    assert!(!is_present(copies.path(), &needle(1)) && !is_present(copies.path(), &needle(251)));
    assert!(is_present(copies.path(), &needle(2)) && is_present(copies.path(), &needle(252)));
    let mut restored = Sqlite::open(&copy).unwrap();
    assert_eq!(restored.head(&id(1)), Ok(Some(head(2))));
    assert_eq!(restored.standing(&id(1)), Ok(Standing::Restored { size: 2, at: 1_700_000_000 }));
    assert_eq!(restored.standing(&id(2)), Ok(Standing::Retired));
    assert_eq!(restored.standing(&id(3)), Ok(earlier));
    assert_eq!(restored.bodies(&id(1)).unwrap().len(), 249);
    assert_eq!(restored.people(&id(1)), store.people(&id(1)));
    assert_eq!(restored.clerk_seed(&id(1), 0), Ok(Some(Zeroizing::new(needle(2000)))));
    restored.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();

    assert!(matches!(backup(&path, &copy, 1), Err(StoreError::Refused(_))));
    let nowhere = folder.path().join("none").join("backup.db");
    assert!(matches!(backup(&path, &nowhere, 1), Err(StoreError::Missing(_))));
}

#[test]
fn damage_is_found() {
    let (folder, path, mut store) = new();
    grow(&mut store, &id(1), 20);
    drop(store);
    let damaged = |sql: &str| {
        let copy = folder.path().join("damaged.db");
        fs::copy(&path, &copy).unwrap();
        let connection = Connection::open(&copy).unwrap();
        connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        Sqlite::open(&copy).unwrap()
    };
    let corrupt =
        |error: Option<StoreError>| assert!(matches!(error, Some(StoreError::Corrupt(_))), "{error:?}");
    corrupt(damaged("DELETE FROM entries WHERE number = 7").entries(&id(1), 0, 20).err());
    corrupt(damaged("DELETE FROM entries WHERE number = 7").entries(&id(1), 7, 2).err());
    corrupt(damaged("UPDATE books SET size = 21").head(&id(1)).err());
    corrupt(damaged("UPDATE books SET size = -1").head(&id(1)).err());
    corrupt(damaged("UPDATE books SET root = x'00'").head(&id(1)).err());
    corrupt(damaged("UPDATE books SET epoch = 4294967296").head(&id(1)).err());
    corrupt(damaged("UPDATE books SET frontier = x'0102'").head(&id(1)).err());
}

/// The cost of an append does not follow the size of the book: what a batch writes to the log stays the same.
#[test]
fn an_append_to_a_large_book_writes_no_more_than_to_a_small_one() {
    let (folder, path, mut store) = new();
    let written = |size: u64, store: &mut Sqlite| {
        let checkpoint = Connection::open(&path).unwrap();
        checkpoint.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let mut next: Batch = batch(size, 1);
        next.tiles = vec![store::TileRow { level: 0, index: size / 256, bytes: vec![1; 32 * 200] }];
        store.append(&id(1), Some(&expected(size)), &next).unwrap();
        fs::metadata(folder.path().join("cabildo.db-wal")).unwrap().len()
    };
    store.append(&id(1), None, &batch(0, 1000)).unwrap();
    let small = written(1000, &mut store);
    let mut size = 1001;
    while size < 60_000 {
        store.append(&id(1), Some(&expected(size)), &batch(size, 5000)).unwrap();
        size += 5000;
    }
    let large = written(size, &mut store);
    assert!(large <= small + 4 * 4120, "{small} bytes at first, {large} later");
}

/// Many things wait, some are replaced, some are taken out: those are in no file, the others are.
#[test]
fn what_was_taken_out_of_a_box_is_in_no_file() {
    let (folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    // Small ones and ones that take pages of their own; the needle stands first, in the middle, or last.
    let value = |n: u8, version: u32| {
        let mut value = vec![b'.'; usize::from(n % 7) * 900];
        let at = value.len() * usize::from(n % 3) / 2;
        value.splice(at..at, needle(5000 + 1000 * version + u32::from(n)));
        value
    };
    let all: Vec<u8> = shuffled().collect();
    for n in &all {
        store.put(&id(1), "ballots/a", &[*n], &value(*n, 0)).unwrap();
        if n % 4 == 0 {
            store.put(&id(1), "ballots/a", &[*n], &value(*n, 1)).unwrap();
        }
    }
    let (taken, left): (Vec<u8>, Vec<u8>) = all.iter().partition(|n| **n % 5 != 0);
    let (first, second) = taken.split_at(taken.len() / 2);
    store.take_out(&id(1), "ballots/a", &first.iter().map(|n| vec![*n]).collect::<Vec<_>>()).unwrap();
    let mut next = batch(1, 1);
    next.take = second.iter().map(|n| ("ballots/a".to_owned(), vec![*n])).collect();
    store.append(&id(1), Some(&expected(1)), &next).unwrap();
    assert_eq!(store.erasures_pending(), Ok(false));
    let versions = |n: u8| [0, 1].map(|version| needle(5000 + 1000 * version + u32::from(n)));
    // What was replaced is gone too, also of those that still wait.
    let replaced = left.iter().filter(|n| **n % 4 == 0).map(|n| versions(*n)[0]);
    let gone: Vec<[u8; 32]> = taken.iter().flat_map(|n| versions(*n)).chain(replaced).collect();
    let gone: Vec<&[u8]> = gone.iter().map(|n| &n[..]).collect();
    assert_eq!(present(folder.path(), &gone), BTreeSet::new());
    let there: Vec<[u8; 32]> = left.iter().map(|n| versions(*n)[usize::from(n % 4 == 0)]).collect();
    let there: Vec<&[u8]> = there.iter().map(|n| &n[..]).collect();
    assert_eq!(present(folder.path(), &there).len(), left.len());
    drop(store);
    assert_eq!(Sqlite::open(&path).unwrap().waiting(&id(1), "ballots/a").unwrap().len(), left.len());
}

#[test]
fn a_backup_has_what_waits_but_not_what_is_brief() {
    let (_folder, path, mut store) = new();
    grow(&mut store, &id(1), 1);
    let brief = format!("{BRIEF}enrolments/a");
    for n in 0..40 {
        store.put(&id(1), "ballots/a", &[n], &needle(8000 + u32::from(n))).unwrap();
        store.put(&id(1), &brief, &[n], &needle(8100 + u32::from(n)).repeat(1 + usize::from(n) * 8)).unwrap();
    }
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("backup.db");
    backup(&path, &copy, 1_700_000_000).unwrap();
    assert_eq!(fs::read_dir(copies.path()).unwrap().count(), 1);
    let needles = |from: u32| (from..from + 40).map(needle).collect::<Vec<_>>();
    let (kept, left_out) = (needles(8000), needles(8100));
    let slices = |all: &'_ [[u8; 32]]| -> Vec<Vec<u8>> { all.iter().map(|n| n.to_vec()).collect() };
    let (kept, left_out) = (slices(&kept), slices(&left_out));
    let found =
        |all: &[Vec<u8>]| present(copies.path(), &all.iter().map(|n| &n[..]).collect::<Vec<_>>()).len();
    assert_eq!((found(&kept), found(&left_out)), (40, 0));
    let mut restored = Sqlite::open(&copy).unwrap();
    assert_eq!(restored.waiting(&id(1), "ballots/a"), store.waiting(&id(1), "ballots/a"));
    assert_eq!(restored.waiting(&id(1), &brief), Ok(vec![]));
    assert_eq!(store.waiting(&id(1), &brief).unwrap().len(), 40, "the original goes on");
}
