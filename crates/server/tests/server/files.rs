//! The public files: what is there, what is not, how long it may be kept.

use book::checkpoint::Checkpoint;
use book::files::PublicFiles;
use book::merkle::leaf;
use book::proof::LogProof;
use book::tile::{decode_entries, tiles};
use clerk::{CannotSign, PublicView};
use mirror::source::Address;
use server::{Limits, Served};
use store::Store;
use store::memory::{Call, Disk, Fault};

use crate::client::Answer;
use crate::council::{Council, cosign};
use crate::server::{Hall, Running, checkpoint};

const FOREVER: &str = "public, max-age=31536000, immutable";
const RECENT: &str = "public, max-age=60";
const NEVER: &str = "no-cache";

fn assert_file(answer: &Answer, content_type: &str, keep: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some(content_type));
    assert_eq!(answer.header("cache-control"), Some(keep));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("etag"), None);
}

#[test]
fn every_public_file() {
    let hall = Hall::open("files", &[], Limits::default());
    hall.write(0..600);
    let blob = vec![0xab; 100_000];
    hall.desk.submit(hall.council.remark_with("with a blob", std::slice::from_ref(&blob), None)).unwrap();
    let reader = hall.disk.open().unwrap().reader().unwrap();
    let mut view = PublicView::running(reader, hall.council.book, hall.desk.published());
    let mut client = hall.server.client();
    let paths = view.paths().unwrap();
    assert_eq!(paths.len(), 2 + tiles(602).count() + 1);
    for path in paths {
        let path = path.to_string();
        let (content_type, keep) = if path.starts_with("tile/") || path.starts_with("blob/") {
            ("application/octet-stream", FOREVER)
        } else {
            ("text/plain; charset=utf-8", NEVER)
        };
        let whole = view.read(&path, usize::MAX).unwrap().unwrap();
        // Twice: from the database, then from memory.
        for _ in 0..2 {
            let answer = client.get(&hall.council.path(&path));
            assert_file(&answer, content_type, keep);
            assert!(answer.body == whole, "{path}");
            let head = client.ask("HEAD", &hall.council.path(&path), &[], b"");
            assert_file(&head, content_type, keep);
            assert_eq!(head.header("content-length"), Some(whole.len().to_string().as_str()));
        }
    }
    assert_eq!(client.get(&hall.council.path("final")).status, 404);
    assert_eq!(client.get(&hall.council.path("checkpoint?for=me")).status, 200);
}

#[test]
fn nothing_else() {
    let hall = Hall::open("nothing else", &[], Limits::default());
    hall.write(0..300);
    let mut client = hall.server.client();
    let id = hall.council.book.to_string();
    let other = Council::new("another", &[]).book;
    for path in [
        "/book".to_owned(),
        "/book/".into(),
        format!("/book/{other}"),
        format!("/book/{}", id.to_uppercase()),
        format!("/book/%{:x}{}", id.as_bytes()[0], &id[1..]),
        format!("/book/{other}/checkpoint"),
        format!("/book/{}/checkpoint", id.to_uppercase()),
        format!("/book//{id}/checkpoint"),
        format!("/book/{id}//checkpoint"),
        format!("/book/{id}/checkpoint/"),
        format!("/book/{id}/Checkpoint"),
        format!("/book/{id}/../{id}/checkpoint"),
        format!("/book/{id}/%2e%2e/%2e%2e/etc/passwd"),
        format!("/book/{id}/..%2f..%2fetc%2fpasswd"),
        format!("/book/{id}/tile/../checkpoint"),
        format!("/book/{id}/%63heckpoint"),
        format!("/book/{id}/tile/0/%30%30%30"),
        format!("/book/{id}/checkpoint%00"),
        format!("/book/{id}/tile/0/000/"),
        format!("/book/{id}/tile/0/0"),
        format!("/book/{id}/tile/0/000.p/0"),
        format!("/book/{id}/tile/0/000.p/256"),
        format!("/book/{id}/tile/0/001"),
        format!("/book/{id}/tile/0/001.p/46"),
        format!("/book/{id}/tile/1/000"),
        format!("/book/{id}/tile/1/000.p/2"),
        format!("/book/{id}/tile/2/000.p/1"),
        format!("/book/{id}/tile/64/000"),
        format!("/book/{id}/tile/00/000"),
        format!("/book/{id}/tile/8/0/000"),
        format!("/book/{id}/tile/0/x999/x999/x999/x999/x999/x999/x999/999"),
        format!("/book/{id}/tile/entries/001"),
        format!("/book/{id}/tile/entries/x000/000"),
        format!("/book/{id}/blob/{}", "0".repeat(64)),
        format!("/book/{id}/blob/{}", "0".repeat(63)),
        format!("/book/{id}/blob/"),
        format!("/book/{id}/proof/"),
        format!("/book/{id}/proof/301"),
        format!("/book/{id}/proof/01"),
        format!("/book/{id}/proof/+1"),
        format!("/book/{id}/proof/-1"),
        format!("/book/{id}/proof/1/"),
        format!("/book/{id}/proof/18446744073709551616"),
        "/checkpoint".into(),
        "/../../etc/passwd".into(),
        "/cabildo.db".into(),
    ] {
        let answer = client.get(&path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), Some(NEVER), "{path}: it may come to be");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.text().lines().count(), 1);
    }
    // A book's own address is a page for whoever opens it.
    for path in [format!("/book/{id}"), format!("/book/{id}/")] {
        let answer = client.get(&path);
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some(NEVER)), "{path}");
        assert!(answer.text().contains(&format!("/book/{id}/checkpoint")), "{path}");
    }
    for (method, path) in [
        ("POST", hall.council.path("checkpoint")),
        ("PUT", hall.council.path("tile/0/000")),
        ("DELETE", hall.council.path("blob/00")),
        ("GET", hall.council.path("entries")),
        ("GET", hall.council.path("cosignatures")),
        ("POST", "/health".to_owned()),
    ] {
        let answer = client.ask(method, &path, &[], b"");
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.header("allow").is_some());
    }
}

#[test]
fn what_is_absent_comes_to_be() {
    let hall = Hall::open("grows", &[], Limits::default());
    let mut client = hall.server.client();
    let tile = hall.council.path("tile/0/000.p/5");
    assert_eq!(client.get(&tile).status, 404);
    hall.write(0..10);
    let five = client.get(&tile).body;
    assert_eq!(five.len(), 5 * 32);
    assert_eq!(client.get(&hall.council.path("tile/0/000")).status, 404);
    hall.write(10..300);
    let full = client.get(&hall.council.path("tile/0/000")).body;
    assert_eq!(full.len(), 256 * 32);
    assert_eq!(five, full[..5 * 32]);
    assert_eq!(client.get(&tile).body, five, "a partial tile stays");
}

#[test]
fn what_is_not_final_is_kept_briefly() {
    let hall = Hall::open("final", &["ana", "bo"], Limits::default());
    hall.write(0..299);
    let mut client = hall.server.client();
    let path = |rest: &str| hall.council.path(rest);
    assert_file(&client.get(&path("tile/0/000")), "application/octet-stream", RECENT);
    assert_eq!(client.get(&path("final")).status, 404);
    let checkpoint: Checkpoint = hall.checkpoint();
    let lines = cosign("ana", &checkpoint) + &cosign("bo", &checkpoint);
    assert_eq!(client.post(&path("cosignatures"), "text/plain", lines.as_bytes()).status, 200);
    hall.write(300..400);
    let last = client.get(&path("final"));
    assert_file(&last, "text/plain; charset=utf-8", NEVER);
    assert_eq!(crate::server::checkpoint(&last.body), checkpoint);
    for (tile, keep) in [
        ("tile/0/000", FOREVER),
        ("tile/0/001.p/44", FOREVER),
        ("tile/0/001.p/45", RECENT),
        ("tile/entries/000", FOREVER),
        ("tile/entries/001.p/100", RECENT),
        ("tile/1/000.p/1", FOREVER),
    ] {
        assert_file(&client.get(&path(tile)), "application/octet-stream", keep);
    }
}

#[test]
fn proofs_hold() {
    let hall = Hall::open("proofs", &[], Limits::default());
    hall.write(0..299);
    let mut client = hall.server.client();
    let (first, second) = (
        client.get(&hall.council.path("tile/entries/000")),
        client.get(&hall.council.path("tile/entries/001.p/44")),
    );
    let mut entries = decode_entries(&first.body, 256).unwrap();
    entries.extend(decode_entries(&second.body, 44).unwrap());
    for number in [0, 1, 2, 100, 254, 255, 256, 257, 298, 299_u64] {
        let answer = client.get(&hall.council.path(&format!("proof/{number}")));
        assert_file(&answer, "text/plain; charset=utf-8", NEVER);
        let proof = LogProof::parse(&answer.body).unwrap();
        let signed = checkpoint(&proof.checkpoint);
        assert_eq!((proof.index, signed.size), (number, 300));
        assert!(proof.proves(entries[number as usize], signed.size, &signed.root));
        assert_eq!(leaf(entries[number as usize]).0.len(), 32);
        assert!(!proof.proves(entries[(number as usize + 1) % 300], signed.size, &signed.root));
    }
}

#[test]
fn a_stranger_audits_it() {
    let hall = Hall::open("audited", &[], Limits::default());
    hall.write(0..520);
    let mut address =
        Address::parse(&format!("http://{}/book/{}", hall.server.address, hall.council.book)).unwrap();
    let options = audit::Options {
        book: Some(hall.council.book),
        since: None,
        now: None,
        seed: [7; 32],
        progress: &mut |_, _| {},
    };
    let audit = audit::book(&mut address, options).unwrap();
    assert!(audit.report.holds(), "{}", audit.report);
    assert_eq!(audit.checkpoint.unwrap().size, 521);
}

#[test]
fn several_books_in_one_database() {
    let disk = Disk::new();
    let councils = [Council::new("one", &[]), Council::new("two", &[])];
    let served = councils.iter().map(|council| Served {
        book: council.book,
        clerk: Ok(council.open(disk.open().unwrap(), clerk::Limits::default())),
    });
    let server = Running::books(disk.open().unwrap(), served.collect(), Limits::default());
    let mut client = server.client();
    for council in &councils {
        let answer = client.post(&council.path("entries"), "text/plain", &council.remark("hello"));
        assert_eq!(answer.json()["book"], council.book.to_string());
        assert!(client.get(&council.path("checkpoint")).text().contains(&council.book.to_string()));
        let bundle = client.get(&council.path("tile/entries/000.p/2")).body;
        assert!(String::from_utf8_lossy(&bundle).contains(&council.book.to_string()));
        let list = client.get("/");
        assert!(list.text().contains(&format!("/book/{}/\n", council.book)));
    }
    let (one, two) = (&councils[0], &councils[1]);
    let foreign = client.post(&one.path("entries"), "text/plain", &two.remark("strayed"));
    assert_eq!(foreign.refusal(), (403, "entry-book".to_owned()));
}

#[test]
fn a_clerk_that_cannot_sign_still_shows() {
    let disk = Disk::new();
    let councils = [Council::new("gone", &[]), Council::new("rolled back", &[]), Council::new("well", &[])];
    let mut served = Vec::new();
    for (council, why) in councils.iter().zip([
        Some(CannotSign::Retired),
        Some(CannotSign::RolledBack { here: 2, seen: 9 }),
        None,
    ]) {
        let desk = council.open(disk.open().unwrap(), clerk::Limits::default());
        desk.submit(clerk::Submission::of(council.remark("before"))).unwrap();
        let clerk = match why {
            Some(why) => {
                desk.stop();
                Err(why)
            }
            None => Ok(desk),
        };
        served.push(Served { book: council.book, clerk });
    }
    let server = Running::books(disk.open().unwrap(), served, Limits::default());
    let mut client = server.client();
    for council in &councils {
        assert_eq!(checkpoint(&client.get(&council.path("checkpoint")).body).size, 2);
        assert!(client.get(&council.path("vkeys")).text().starts_with("cabildo/"));
        assert_eq!(client.get(&council.path("proof/1")).status, 200);
        assert_eq!(client.get(&council.path("tile/entries/000.p/2")).status, 200);
    }
    let at_rest = client.get(&councils[0].path("tile/0/000.p/2"));
    assert_file(&at_rest, "application/octet-stream", RECENT);
    let mut post =
        |council: &Council| client.post(&council.path("entries"), "text/plain", &council.remark("after"));
    assert_eq!(post(&councils[0]).refusal(), (409, "retired".to_owned()));
    assert_eq!(post(&councils[1]).refusal(), (503, "stopped".to_owned()));
    assert_eq!(post(&councils[2]).status, 200);
    let cosigned = client.post(&councils[0].path("cosignatures"), "text/plain", b"");
    assert_eq!(cosigned.refusal(), (409, "retired".to_owned()));
    let health = client.get("/health");
    assert_eq!(health.status, 503);
    let health = health.json();
    assert_eq!(health["ok"], false);
    let of = |council: &Council| &health["books"][council.book.to_string()];
    assert_eq!(of(&councils[0])["ok"], false);
    assert!(of(&councils[1])["why"].as_str().unwrap().contains("second history"));
    assert_eq!(of(&councils[2]), &serde_json::json!({ "ok": true, "size": 3 }));
}

#[test]
fn a_database_that_cannot_be_read_is_said() {
    let hall = Hall::open("unreadable", &[], Limits { readers: 1, ..Limits::default() });
    hall.write(0..10);
    // So that nobody else reads.
    hall.desk.stop();
    let mut client = hall.server.client();
    hall.disk.fail_next(Call::Read, Fault::Unreadable);
    let answer = client.get(&hall.council.path("tile/0/000.p/11"));
    assert_eq!(answer.status, 503);
    assert!(
        hall.server.log().iter().any(|line| line.contains("a public file cannot be read")),
        "{:?}",
        hall.server.log()
    );
    assert_eq!(client.get(&hall.council.path("tile/0/000.p/11")).status, 200, "and it goes on");
    // Strangers who keep asking fill no log.
    for _ in 0..100 {
        hall.disk.fail_next(Call::Read, Fault::Unreadable);
        assert_eq!(client.get(&hall.council.path("tile/0/000.p/9")).status, 503);
    }
    assert_eq!(hall.server.log().len(), 60);
    // What is in memory needs no database.
    hall.disk.fail_next(Call::Read, Fault::Unreadable);
    assert_eq!(client.get(&hall.council.path("tile/0/000.p/11")).status, 200);
    assert_eq!(client.get(&hall.council.path("checkpoint")).status, 200);
    assert_eq!(client.get(&hall.council.path("tile/0/000.p/10")).status, 503);
}

#[test]
fn large_blobs_share_the_memory() {
    let limits = Limits { answers: 32 << 20, cache: 1 << 20, ..Limits::default() };
    let hall = Hall::open("large", &[], limits);
    let blobs: Vec<Vec<u8>> = (0..2).map(|byte| vec![byte; 24 << 20]).collect();
    for blob in &blobs {
        hall.desk
            .submit(hall.council.remark_with(&format!("{}", blob[0]), std::slice::from_ref(blob), None))
            .unwrap();
    }
    let path = |blob: &[u8]| hall.council.path(&format!("blob/{}", book::hash::Hash::of(blob).hex()));
    // Somebody who takes the first slowly: the system's buffers are full, the rest waits in memory.
    let mut slow = hall.server.client();
    slow.send(format!("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", path(&blobs[0])).as_bytes());
    while slow.stream.peek(&mut [0; 1]).unwrap() == 0 {}
    let mut client = hall.server.client();
    let busy = client.get(&path(&blobs[1]));
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert!(client.get(&path(&blobs[0])).body == blobs[0], "the same one costs nothing more");
    assert!(slow.answer(true).unwrap().body == blobs[0]);
    // Given back, once the connection has seen that all is sent.
    let mut tries = 0;
    while client.get(&path(&blobs[1])).body != blobs[1] {
        tries += 1;
        assert!(tries < 100);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
