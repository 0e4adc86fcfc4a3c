//! The end of a server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use book::hash::Hash;
use clerk::FileMark;
use server::{Limits, Served, Stop};
use store::sqlite::Sqlite;
use store::{Books, Store};

use crate::client::Client;
use crate::council::{Council, NOW, Still};
use crate::server::{Hall, Running};

#[expect(clippy::disallowed_methods, reason = "a test measures")]
fn now() -> Instant {
    Instant::now()
}

/// Everything acknowledged is there when the database is opened again, and the clerk's snapshot with it.
#[test]
fn nothing_acknowledged_is_lost() {
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let (path, mark) = (folder.path().join("cabildo.db"), folder.path().join("signed"));
        let council = Council::new(&format!("stopped {round}"), &[]);
        let store = Box::new(Sqlite::create(&path).unwrap());
        let mark_file = Box::new(FileMark::at(&mark));
        let founded =
            clerk::Clerk::found(store, council.founding.clone(), council.clerk_key(), &[], mark_file, NOW)
                .unwrap();
        let desk = clerk::Desk::start(founded.0, Box::new(Still), clerk::Limits::default()).unwrap();
        let served = Served { book: council.book, clerk: Ok(desk) };
        let server = Running::books(Sqlite::open(&path).unwrap(), vec![served], Limits::default());
        let (address, entries) = (server.address, council.path("entries"));
        let stopped = AtomicBool::new(false);
        let receipts: Vec<(u64, String)> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let (council, entries, stopped) = (&council, &entries, &stopped);
                    scope.spawn(move || {
                        let mut receipts = Vec::new();
                        let mut client = Client::to(address);
                        for number in 0.. {
                            let note = council.remark(&format!("{writer} says {number}"));
                            let head = format!(
                                "POST {entries} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                                note.len()
                            );
                            use std::io::Write;
                            if client.stream.write_all(&[head.as_bytes(), &note].concat()).is_err() {
                                break;
                            }
                            let Ok(answer) = client.answer(true) else { break };
                            if answer.status != 200 {
                                break;
                            }
                            let receipt = answer.json();
                            receipts.push((
                                receipt["number"].as_u64().unwrap(),
                                receipt["text"].as_str().unwrap().to_owned(),
                            ));
                        }
                        assert!(stopped.load(Ordering::SeqCst), "nobody is cut off before");
                        receipts
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(300 + 200 * round));
            stopped.store(true, Ordering::SeqCst);
            server.stop.stop();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        server.ended().unwrap();
        assert!(receipts.len() > 8, "there was load: {}", receipts.len());
        let mut store = Sqlite::open(&path).unwrap();
        for (number, text) in &receipts {
            let text = Hash::parse(text).unwrap();
            assert_eq!(store.entry_by_text(&council.book.0, &text.0).unwrap(), Some(*number));
        }
        let head = store.head(&council.book.0).unwrap().unwrap();
        assert_eq!(store.snapshot_size(&council), head.size, "the next start replays nothing");
        let mark = Box::new(FileMark::at(&mark));
        clerk::Clerk::open(Box::new(store), council.book, None, mark, NOW, &[]).unwrap();
    }
}

trait SnapshotSize {
    fn snapshot_size(&mut self, council: &Council) -> u64;
}

impl<S: Store> SnapshotSize for S {
    fn snapshot_size(&mut self, council: &Council) -> u64 {
        self.newest_snapshot(&council.book.0).unwrap().map_or(0, |snapshot| snapshot.size)
    }
}

#[test]
fn idle_clients_hold_nobody_up() {
    let hall = Hall::open("idle stop", &[], Limits::default());
    let mut silent = hall.server.client();
    let mut polite = hall.server.client();
    assert_eq!(polite.get("/").status, 200);
    let start = now();
    hall.server.stop.stop();
    let Hall { server, desk, .. } = hall;
    server.ended().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(silent.is_closed() && polite.is_closed());
    assert!(desk.status().stopped.is_some(), "the desk is closed");
}

#[test]
fn slow_clients_have_their_grace_and_no_more() {
    let limits = Limits { grace: Duration::from_secs(2), ..Limits::default() };
    let hall = Hall::open("grace", &[], limits);
    let note = hall.council.remark("slowly");
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        hall.council.path("entries"),
        note.len()
    );
    let (mut quick, mut slow) = (hall.server.client(), hall.server.client());
    for client in [&mut quick, &mut slow] {
        client.send(head.as_bytes());
        assert_eq!(client.answer(false).unwrap().status, 100, "it is being read");
        client.send(&note[..100]);
    }
    let start = now();
    hall.server.stop.stop();
    std::thread::sleep(Duration::from_millis(100));
    quick.send(&note[100..]);
    let answer = quick.answer(true).unwrap();
    assert_eq!(answer.json()["number"], 1, "what had begun is finished");
    let Hall { server, .. } = hall;
    server.ended().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(slow.answer(true).is_err());
}

#[test]
fn a_second_word_breaks_off() {
    let hall = Hall::open("at once", &[], Limits { grace: Duration::from_secs(60), ..Limits::default() });
    let mut slow = hall.server.client();
    slow.send(b"POST /x HTTP/1.1\r\nHost: a\r\n");
    let start = now();
    hall.server.stop.stop();
    hall.server.stop.stop();
    let Hall { server, .. } = hall;
    server.ended().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_stop_before_the_start() {
    let disk = store::memory::Disk::new();
    let stop = Stop::new();
    stop.stop();
    assert!(stop.is_asked());
    let config = server::Config {
        listen: crate::server::any(),
        store: Box::new(disk.open().unwrap()),
        books: Vec::new(),
        limits: Limits::default(),
        log: std::sync::Arc::new(|_: &str| {}),
    };
    server::serve(config, |_| {}, &stop).unwrap();
}
