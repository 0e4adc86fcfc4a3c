//! What is particular to PostgreSQL. The server is the one that `CABILDO_POSTGRES` names (a connection string of a role
//! that may create schemas), else a throw-away one, if its programs are found here; else these tests say `skipped` and pass.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

use postgres::{Client, NoTls};
use store::postgres::{Migrated, Postgres, SCHEMA, migrate};
use store::{Bodies, Body, Books, ClerkSeed, Private, Store, StoreError};
use zeroize::Zeroizing;

use crate::conformance::{Place, batch, expected, grow, head, id, person, suite};
use crate::needle::{is_present, letters, needle, noise, present};

use self::cluster::cluster;

mod cluster;

/// A schema of its own on the server.
struct OnServer {
    name: String,
    address: String,
    /// The server's files, where the server is ours.
    files: Option<PathBuf>,
    admin: Mutex<Client>,
}

impl OnServer {
    /// An empty schema.
    fn blank() -> Option<OnServer> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (base, files) = match env::var("CABILDO_POSTGRES") {
            Ok(address) => (address, None),
            Err(_) => {
                let cluster = cluster()?;
                (cluster.address.clone(), Some(cluster.files.clone()))
            }
        };
        let name = format!("cabildo_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = Client::connect(&base, NoTls).unwrap();
        admin.batch_execute(&format!("CREATE SCHEMA {name}; SET search_path = {name}")).unwrap();
        let options = format!("-csearch_path={name}");
        let address = with(&base, "options", &options);
        Some(OnServer { name, address, files, admin: Mutex::new(admin) })
    }

    /// The address with one word more.
    fn with(&self, key: &str, value: &str) -> String {
        with(&self.address, key, value)
    }

    fn postgres(&self) -> Postgres {
        Postgres::open(&self.address).unwrap()
    }

    /// The folder of the tables, where it is ours to search.
    fn files(&self) -> Option<PathBuf> {
        let files = self.files.as_ref().map(|files| files.join("base"));
        if files.is_none() {
            println!("skipped: the files of the server that CABILDO_POSTGRES names are not ours to search");
        }
        files
    }

    /// As somebody who is not our program.
    fn sql(&self, sql: &str) {
        self.admin.lock().unwrap().batch_execute(sql).unwrap();
    }
}

fn with(address: &str, key: &str, value: &str) -> String {
    if address.contains("://") {
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}{key}={}", value.replace('=', "%3D").replace(' ', "%20"))
    } else {
        format!("{address} {key}='{value}'")
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        if let Ok(mut admin) = self.admin.lock() {
            let _ = admin.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

impl Place for OnServer {
    fn new() -> Option<OnServer> {
        let place = OnServer::blank()?;
        Postgres::create(&place.address).unwrap();
        Some(place)
    }

    fn open(&self) -> Box<dyn Store> {
        Box::new(self.postgres())
    }
}

suite!(OnServer);

#[test]
fn a_database_is_created_once() {
    let Some(place) = OnServer::blank() else { return };
    assert!(matches!(Postgres::open(&place.address).err(), Some(StoreError::Missing(_))));
    assert!(matches!(migrate(&place.address), Err(StoreError::Missing(_))));
    Postgres::create(&place.address).unwrap();
    assert!(matches!(Postgres::create(&place.address).err(), Some(StoreError::Refused(_))));
    assert_eq!(migrate(&place.address), Ok(Migrated { from: SCHEMA, to: SCHEMA }));
    assert_eq!(place.postgres().books(), Ok(vec![]));
}

#[test]
fn a_newer_database_is_refused_with_a_clear_word() {
    let Some(place) = OnServer::new() else { return };
    place.sql("UPDATE cabildo_schema SET version = version + 1");
    let newer = StoreError::TooNew { found: SCHEMA + 1, known: SCHEMA };
    assert_eq!(Postgres::open(&place.address).err(), Some(newer.clone()));
    assert_eq!(Postgres::open_reader(&place.address).err(), Some(newer.clone()));
    assert_eq!(migrate(&place.address), Err(newer));
}

#[test]
fn a_wrong_address_is_named() {
    assert!(matches!(Postgres::open("cabildo.db").err(), Some(StoreError::Refused(_))));
    let nobody = Postgres::open("host=/nowhere/at/all user=nobody").err();
    assert!(matches!(nobody, Some(StoreError::Unavailable(_))), "{nobody:?}");
}

#[test]
fn a_lost_connection_is_made_anew() {
    let Some(place) = OnServer::new() else { return };
    let mut store = Postgres::open(&place.with("application_name", &place.name)).unwrap();
    grow(&mut store, &id(1), 2);
    let mut reader = store.reader().unwrap();
    for size in 2..5 {
        place.sql(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{}'",
            place.name
        ));
        // The first call may meet the broken connection; then nobody knows what became of it.
        let lost = store.append(&id(1), Some(&expected(size)), &batch(size, 1));
        if let Err(error) = lost {
            assert!(!error.nothing_written(), "{error}");
            assert_eq!(store.head(&id(1)), Ok(Some(head(size))));
            store.append(&id(1), Some(&expected(size)), &batch(size, 1)).unwrap();
        }
        let seen = (0..2).find_map(|_| reader.head(&id(1)).ok()).unwrap();
        assert_eq!(seen, Some(head(size + 1)));
    }
    assert!(matches!(reader.append(&id(1), None, &batch(0, 1)), Err(StoreError::Refused(_))));
}

#[test]
fn damage_is_found() {
    let Some(place) = OnServer::new() else { return };
    let mut store = place.postgres();
    grow(&mut store, &id(1), 20);
    let corrupt = |error: Option<StoreError>, word: &str| match error {
        Some(StoreError::Corrupt(what)) => assert!(what.contains(word), "{what}"),
        other => panic!("{other:?}"),
    };
    place.sql("DELETE FROM cabildo_entries WHERE number = 7");
    corrupt(store.entries(&id(1), 0, 20).err(), "entry 7");
    corrupt(store.entries(&id(1), 7, 2).err(), "entry 7");
    place.sql("UPDATE cabildo_books SET frontier = '\\x0102'");
    corrupt(store.head(&id(1)).err(), "frontier");
    place.sql("ALTER TABLE cabildo_tiles RENAME TO elsewhere");
    corrupt(store.tile(&id(1), 0, 0).err(), "cabildo_tiles");
}

/// A book with what is confidential, in rows of every length, and analysed, so that samples of it would be in the
/// catalogue. Body `n` is noise `from + n`, its salt needle `from + 100 + n`, person `n` has the letters `from + 200 + n`.
fn many(place: &OnServer, store: &mut Postgres, from: u32) {
    let mut founding = batch(0, 1);
    for n in 0..100u8 {
        // Uncompressed, in the row or beside it, so that it would be found.
        let bytes = noise(from + u32::from(n)).take(32 + usize::from(n) * 83).collect();
        let salt = needle(from + 100 + u32::from(n));
        founding.bodies.push(Body { commitment: [n; 32], salt, bytes });
        founding.people.push(person(u64::from(n), &letters(from + 200 + u32::from(n))));
    }
    founding.clerk_seed = Some(ClerkSeed { epoch: 0, seed: Zeroizing::new(needle(from + 300)) });
    store.append(&id(1), None, &founding).unwrap();
    place.sql("ANALYZE cabildo_bodies; ANALYZE cabildo_people; ANALYZE cabildo_clerk_seeds; CHECKPOINT");
}

#[test]
fn erased_bodies_and_people_are_in_no_table_file() {
    let Some(place) = OnServer::new() else { return };
    let Some(files) = place.files() else { return };
    let mut store = place.postgres();
    many(&place, &mut store, 1000);
    let texts: Vec<_> = (1000..1200).map(needle).collect();
    let names: Vec<_> = (1200..1300).map(letters).collect();
    let needles: Vec<&[u8]> =
        texts.iter().map(|text| &text[..]).chain(names.iter().map(|name| name.as_bytes())).collect();
    assert_eq!(present(&files, &needles).len(), 300);

    let mut erasing = batch(1, 1);
    erasing.erase = (0..100).filter(|n| n % 5 == 0).map(|n| [n; 32]).collect();
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();
    for n in (0..100).filter(|n| n % 20 == 7) {
        store.remove_person(&id(1), n).unwrap();
    }
    assert_eq!(store.finish_erasures(), Ok(true));
    place.sql("ANALYZE cabildo_bodies; ANALYZE cabildo_people; CHECKPOINT");
    let kept = |n: &usize| if *n < 200 { !n.is_multiple_of(5) } else { n % 20 != 7 };
    assert_eq!(present(&files, &needles), (0..300).filter(kept).collect());
    assert_eq!(store.bodies(&id(1)).unwrap().len(), 80);
    assert_eq!(store.people(&id(1)).unwrap().len(), 95);
}

#[test]
fn a_founding_that_was_taken_back_is_in_no_table_file() {
    let Some(place) = OnServer::new() else { return };
    let Some(files) = place.files() else { return };
    let mut store = place.postgres();
    many(&place, &mut store, 2000);
    let hidden =
        [&needle(2005)[..], &needle(2105), letters(2205).as_bytes(), &needle(2300)].map(<[u8]>::to_vec);
    let hidden = hidden.each_ref().map(|bytes| &bytes[..]);
    assert_eq!(present(&files, &hidden).len(), 4);
    store.remove(&id(1)).unwrap();
    assert_eq!(store.finish_erasures(), Ok(true));
    place.sql("CHECKPOINT");
    assert_eq!(present(&files, &hidden).len(), 0);
}

#[test]
fn an_erasure_that_others_delay_is_remembered_and_finished() {
    let Some(place) = OnServer::new() else { return };
    let mut store = place.postgres();
    many(&place, &mut store, 3000);
    // A dump reads for a long time, and still sees what is erased meanwhile.
    place.sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM cabildo_bodies");
    let mut erasing = batch(1, 1);
    erasing.erase = vec![[5; 32]];
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();
    assert_eq!(store.body(&id(1), &[5; 32]), Ok(None));
    assert_eq!(store.erasures_pending(), Ok(true));
    assert_eq!(store.finish_erasures(), Ok(false));
    let mut reader = store.reader().unwrap();
    assert_eq!((reader.erasures_pending(), reader.finish_erasures()), (Ok(true), Ok(false)));
    drop(reader);
    drop(store);
    let mut store = place.postgres();
    assert_eq!(store.erasures_pending(), Ok(true));
    place.sql("COMMIT");
    store.append(&id(1), Some(&expected(2)), &batch(2, 1)).unwrap();
    assert_eq!(store.erasures_pending(), Ok(false));
    assert_eq!(store.bodies(&id(1)).unwrap().len(), 99);
    if let Some(files) = place.files() {
        place.sql("CHECKPOINT");
        assert!(is_present(&files, &needle(3006)));
        assert!(!is_present(&files, &needle(3005)) && !is_present(&files, &needle(3105)));
    }
}

/// A transaction that began before the erasure, but has read nothing of the table, keeps an old view of it. Such a view
/// makes `VACUUM (FULL)` take erased rows along.
#[test]
fn an_old_view_does_not_keep_what_is_erased() {
    let Some(place) = OnServer::new() else { return };
    let Some(files) = place.files() else { return };
    let mut store = place.postgres();
    many(&place, &mut store, 4000);
    place.sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM cabildo_books");
    let mut erasing = batch(1, 1);
    erasing.erase = vec![[5; 32]];
    store.append(&id(1), Some(&expected(1)), &erasing).unwrap();
    assert_eq!(store.finish_erasures(), Ok(true));
    place.sql("COMMIT");
    place.sql("CHECKPOINT");
    assert!(!is_present(&files, &needle(4005)) && !is_present(&files, &needle(4105)));
}

#[test]
fn a_lax_server_is_asked_to_wait_for_the_disk() {
    let Some(place) = OnServer::new() else { return };
    place.sql(
        "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.value = current_setting('synchronous_commit'); RETURN NEW; END $$;
         CREATE TRIGGER seen BEFORE INSERT ON cabildo_settings FOR EACH ROW EXECUTE FUNCTION seen()",
    );
    let options = format!("-csearch_path={} -csynchronous_commit=off", place.name);
    let mut store = Postgres::open(&place.with("options", &options)).unwrap();
    store.set_setting(None, "how", Some("")).unwrap();
    assert_eq!(store.setting(None, "how"), Ok(Some("on".into())));
}
