//! Databases as released versions wrote them: every later version reads them, after `migrate`.

use std::fs;
use std::path::{Path, PathBuf};

use store::sqlite::{SCHEMA, Sqlite, migrate};
use store::{Body, ClerkSeed, Cosignature, FinalCheckpoint, Inbox, Snapshot, Standing, Store, TileRow};
use zeroize::Zeroizing;

use crate::conformance::{batch, entry, expected, head, id, person, root};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn body() -> Body {
    Body { commitment: [1; 32], salt: [2; 32], bytes: "dicho en confianza".into() }
}

fn snapshot() -> Snapshot {
    Snapshot { size: 3, digest: [3; 32], bytes: b"state".to_vec() }
}

fn last() -> FinalCheckpoint {
    FinalCheckpoint { size: 2, root: root(2), note: b"final".to_vec() }
}

fn cosignature() -> Cosignature {
    Cosignature { name: "ateneo".into(), line: "— ateneo AAAA".into() }
}

/// What the golden databases hold.
fn fill(store: &mut dyn Store) {
    let mut founding = batch(0, 1);
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new([4; 32]) });
    founding.people = vec![person(1, "Ana Ñáñez"), person(2, "李四")];
    founding.bodies = vec![body(), Body { commitment: [9; 32], ..body() }];
    store.append(&id(1), None, &founding).unwrap();
    let mut next = batch(1, 2);
    next.tiles = vec![TileRow { level: 0, index: 0, bytes: vec![5; 96] }];
    next.blobs = vec![([6; 32], b"estatutos".to_vec())];
    next.erase = vec![[9; 32]];
    next.snapshot = Some(snapshot());
    store.append(&id(1), Some(&expected(1)), &next).unwrap();
    store.append(&id(2), None, &batch(0, 300)).unwrap();
    store.add_cosignatures(&id(1), 3, &root(3), &[cosignature()]).unwrap();
    store.set_final_checkpoint(&id(1), &last()).unwrap();
    store.set_standing(&id(2), Standing::Restored { size: 300, at: 1_700_000_000 }).unwrap();
    store.set_setting(None, "listen", Some("[::1]:8080")).unwrap();
    store.set_setting(Some(&id(2)), "lang", Some("es")).unwrap();
    store.put(&id(2), "ballots/a", &[7], b"espera").unwrap();
}

fn check(store: &mut dyn Store) {
    assert_eq!(store.books(), Ok(vec![id(1), id(2)]));
    assert_eq!(store.head(&id(1)), Ok(Some(head(3))));
    assert_eq!(store.head(&id(2)), Ok(Some(head(300))));
    let entries = |to: u64| Ok((0..to).map(|n| entry(n).bytes).collect::<Vec<_>>());
    assert_eq!(store.entries(&id(1), 0, 999), entries(3));
    assert_eq!(store.entries(&id(2), 0, 999), entries(300));
    assert_eq!(store.entry_by_text(&id(2), &entry(299).text_hash.unwrap()), Ok(Some(299)));
    assert_eq!(store.tile(&id(1), 0, 0), Ok(Some(vec![5; 96])));
    assert_eq!(store.blob(&id(1), &[6; 32]), Ok(Some(b"estatutos".to_vec())));
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32]]));
    assert_eq!(store.body(&id(1), &[1; 32]), Ok(Some(body())));
    assert_eq!(store.newest_snapshot(&id(1)), Ok(Some(snapshot())));
    assert_eq!(store.cosignatures(&id(1), 3, &root(3)), Ok(vec![cosignature()]));
    assert_eq!(store.final_checkpoint(&id(1)), Ok(Some(last())));
    assert_eq!(store.clerk_seed(&id(1), 0), Ok(Some(Zeroizing::new([4; 32]))));
    assert_eq!(store.people(&id(1)), Ok(vec![person(1, "Ana Ñáñez"), person(2, "李四")]));
    assert_eq!(store.standing(&id(1)), Ok(Standing::Current));
    assert_eq!(store.standing(&id(2)), Ok(Standing::Restored { size: 300, at: 1_700_000_000 }));
    assert_eq!(store.setting(None, "listen"), Ok(Some("[::1]:8080".into())));
    assert_eq!(store.setting(Some(&id(2)), "lang"), Ok(Some("es".into())));
    // It goes on, and what was erased stays so.
    let mut next = batch(3, 1);
    next.bodies = vec![Body { commitment: [9; 32], ..body() }];
    store.append(&id(1), Some(&expected(3)), &next).unwrap();
    assert_eq!(store.bodies(&id(1)), Ok(vec![[1; 32]]));
}

#[test]
fn every_released_schema_is_read() {
    let mut schemas = 0;
    for item in fs::read_dir(folder()).unwrap() {
        let golden = item.unwrap().path();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("cabildo.db");
        fs::copy(&golden, &path).unwrap();
        let migrated = migrate(&path).unwrap();
        let name = golden.file_stem().unwrap().to_str().unwrap();
        assert_eq!((name, migrated.to), (format!("schema-{}", migrated.from).as_str(), SCHEMA));
        let mut store = Sqlite::open(&path).unwrap();
        check(&mut store);
        let waiting = if migrated.from >= 2 { vec![(vec![7], b"espera".to_vec())] } else { Vec::new() };
        assert_eq!(store.waiting(&id(2), "ballots/a"), Ok(waiting));
        schemas += 1;
    }
    assert_eq!(
        schemas, SCHEMA,
        "one golden database per schema: cargo test -p store make_golden -- --ignored"
    );
}

/// Writes the golden database of this schema, once: a released one never changes.
#[test]
#[ignore = "makes a file"]
fn make_golden() {
    let path = folder().join(format!("schema-{SCHEMA}.db"));
    fs::create_dir_all(folder()).unwrap();
    fill(&mut Sqlite::create(&path).unwrap());
}
