//! How fast, on this machine: `cargo test --release -p server --test server -- --ignored --nocapture speed`.

use std::path::Path;
use std::time::Instant;

use book::tile::{Tile, tiles};
use clerk::{Clerk, Desk, FileMark};
use server::{Limits, Served, load};
use store::sqlite::Sqlite;

use crate::council::{Council, NOW, Still};
use crate::server::{Hall, Running};

#[test]
fn the_load_counts_what_it_fetched() {
    let hall = Hall::open("load", &[], Limits::default());
    hall.write(0..600);
    let paths: Vec<String> = tiles(512).map(|tile| hall.council.path(&tile.path())).collect();
    let fetched = load::fetch(hall.server.address, &paths, 3, 40).unwrap();
    assert_eq!(fetched.files, 120);
    assert!(fetched.bytes > 0);
    let absent = [hall.council.path("tile/0/900")];
    assert!(load::fetch(hall.server.address, &absent, 1, 1).unwrap_err().to_string().contains("404"));
    assert_eq!(load::fetch(hall.server.address, &[], 1, 1).unwrap(), load::Fetched::default());
}

/// A book on the disk, with these limits.
fn on_disk(council: &Council, folder: &Path, limits: Limits) -> (Running, Desk) {
    let path = folder.join("cabildo.db");
    let mark = || Box::new(FileMark::at(folder.join("signed")));
    let clerk = if path.exists() {
        Clerk::open(Box::new(Sqlite::open(&path).unwrap()), council.book, None, mark(), NOW, &[]).unwrap()
    } else {
        let store = Box::new(Sqlite::create(&path).unwrap());
        Clerk::found(store, council.founding.clone(), council.clerk_key(), &[], mark(), NOW).unwrap().0
    };
    let desk = Desk::start(clerk, Box::new(Still), clerk::Limits::default()).unwrap();
    let served = Served { book: council.book, clerk: Ok(desk.clone()) };
    (Running::books(Sqlite::open(&path).unwrap(), vec![served], limits), desk)
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    (work(), start.elapsed().as_secs_f64())
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let council = Council::new("speed", &[]);
    let folder = tempfile::tempdir().unwrap();
    let (server, desk) = on_disk(&council, folder.path(), Limits::default());
    for clients in [1, 8, 64] {
        let each = if clients == 1 { 100 } else { 50 };
        let notes: Vec<Vec<Vec<u8>>> = (0..clients)
            .map(|client| {
                (0..each).map(|at| council.remark(&format!("{clients}/{client} says {at}"))).collect()
            })
            .collect();
        let path = council.path("entries");
        let ((), seconds) = timed(|| {
            std::thread::scope(|scope| {
                for notes in &notes {
                    let (server, path) = (&server, &path);
                    scope.spawn(move || {
                        let mut client = server.client();
                        for note in notes {
                            assert_eq!(client.post(path, "text/plain", note).status, 200);
                        }
                    });
                }
            });
        });
        println!("posts, {clients} clients: {:.0} entries/s", (clients * each) as f64 / seconds);
    }
    let (done, all_done) = std::sync::mpsc::channel();
    for number in 0..40_000 {
        let done = done.clone();
        let submission = clerk::Submission::of(council.remark(&format!("remark {number}")));
        while desk.metrics().waiting > 10_000 {
            std::thread::yield_now();
        }
        desk.submit_then(submission, move |answer| done.send(answer.unwrap().number).unwrap());
    }
    drop(done);
    assert_eq!(all_done.iter().count(), 40_000);
    let full = desk.published().size() / 256;
    let tile = |index: u64| Tile::Hashes { level: 0, index, width: 256 };
    let hashes: Vec<String> = (0..full).map(|index| council.path(&tile(index).path())).collect();
    let bundles: Vec<String> = hashes.iter().map(|path| path.replace("tile/0/", "tile/entries/")).collect();
    let checkpoint = vec![council.path("checkpoint")];
    let measure = |server: &Running, what: &str, paths: &[String]| {
        for clients in [1, 4, 16, 64] {
            let each = 20_000 / clients as u64;
            let (fetched, seconds) = timed(|| load::fetch(server.address, paths, clients, each).unwrap());
            println!(
                "{what}, {clients} clients: {:.0} requests/s, {:.0} MB/s",
                fetched.files as f64 / seconds,
                fetched.bytes as f64 / seconds / 1e6
            );
        }
    };
    for (what, paths) in [("hash tiles", &hashes), ("entry bundles", &bundles), ("checkpoint", &checkpoint)] {
        measure(&server, what, paths);
    }
    server.stop.stop();
    server.ended().unwrap();
    let (server, _) = on_disk(&council, folder.path(), Limits { cache: 0, ..Limits::default() });
    measure(&server, "hash tiles, none kept ready", &hashes);
    measure(&server, "entry bundles, none kept ready", &bundles);
}
