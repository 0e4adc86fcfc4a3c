//! Entries and cosignatures, handed in.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{Entry, Proposal};
use book::hash::Hash;
use book::tile::decode_entries;
use clerk::{PrivateBody, Submission};
use serde_json::{Value, json};
use server::{Limits, Rate};
use store::Bodies;
use store::memory::{Call, Fault};

use crate::client::{Answer, Client};
use crate::council::{NOW, cosign, witness_vkey};
use crate::server::Hall;

fn post(hall: &Hall, client: &mut Client, note: &[u8]) -> Answer {
    client.post(&hall.council.path("entries"), "text/plain; charset=utf-8", note)
}

fn object(submission: &Submission) -> Value {
    let bodies = submission
        .bodies
        .iter()
        .map(|body| json!({ "salt": STANDARD.encode(body.salt), "body": STANDARD.encode(&body.bytes) }));
    json!({
        "entry": String::from_utf8(submission.note.clone()).unwrap(),
        "blobs": submission.blobs.iter().map(|blob| STANDARD.encode(blob)).collect::<Vec<_>>(),
        "bodies": bodies.collect::<Vec<_>>(),
    })
}

fn post_object(hall: &Hall, client: &mut Client, object: &Value) -> Answer {
    client.post(&hall.council.path("entries"), "application/json", object.to_string().as_bytes())
}

#[test]
fn a_receipt() {
    let hall = Hall::open("receipt", &[], Limits::default());
    let mut client = hall.server.client();
    let note = hall.council.remark("The lamp in the yard is broken.");
    let answer = post(&hall, &mut client, &note);
    let text_hash = Proposal::parse(&note).unwrap().text_hash();
    let receipt = json!({
        "ok": true, "book": hall.council.book.to_string(), "number": 1, "time": NOW,
        "text": text_hash.to_string(), "repeated": false,
    });
    assert_eq!((answer.status, answer.json()), (200, receipt.clone()));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert!(answer.text().starts_with("{\"ok\":true,"), "ok comes first");
    let mut again = receipt;
    again["repeated"] = true.into();
    assert_eq!(post(&hall, &mut client, &note).json(), again);
    let bundle = client.get(&hall.council.path("tile/entries/000.p/2")).body;
    let entry = Entry::parse(decode_entries(&bundle, 2).unwrap()[1]).unwrap();
    assert_eq!(entry.text_hash(), text_hash);
    assert_eq!(client.get("/health").json()["books"][hall.council.book.to_string()]["size"], 2);
}

#[test]
fn blobs_and_private_bodies() {
    let hall = Hall::open("attached", &[], Limits::default());
    let mut client = hall.server.client();
    let body = PrivateBody { salt: [7; 32], bytes: "in confidence".into() };
    let blobs = vec![b"a plan".to_vec(), vec![0; 200_000]];
    let submission = hall.council.remark_with("see the plan", &blobs, Some(body.clone()));
    assert_eq!(post_object(&hall, &mut client, &object(&submission)).json()["number"], 1);
    for blob in &blobs {
        let shown = client.get(&hall.council.path(&format!("blob/{}", Hash::of(blob).hex())));
        assert!(shown.body == *blob);
    }
    let commitment = council::body_commitment(&hall.council.book, "1", &body.salt, &body.bytes);
    let kept = hall.disk.open().unwrap().body(&hall.council.book.0, &commitment.0).unwrap().unwrap();
    assert_eq!((kept.salt, kept.bytes), (body.salt, body.bytes));
    assert_eq!(client.get(&hall.council.path(&format!("blob/{}", commitment.hex()))).status, 404);

    let submission = hall.council.remark_with("another", &[b"needed".to_vec()], None);
    let mut without = object(&submission);
    without["blobs"] = json!([]);
    assert_eq!(post_object(&hall, &mut client, &without).refusal(), (400, "attachment".to_owned()));
    let mut wrong = object(&submission);
    wrong["blobs"] = json!([STANDARD.encode(b"needes")]);
    assert_eq!(post_object(&hall, &mut client, &wrong).refusal(), (400, "attachment".to_owned()));
    assert_eq!(post_object(&hall, &mut client, &object(&submission)).status, 200);
}

#[test]
fn refusals() {
    let hall = Hall::open("refusals", &[], Limits::default());
    let mut client = hall.server.client();
    let entries = hall.council.path("entries");
    let note = hall.council.remark("good");
    let refused = |answer: Answer, status: u16, check: &str| {
        assert_eq!(answer.refusal(), (status, check.to_owned()), "{answer:?}");
    };
    refused(client.ask("POST", &entries, &[], &note), 415, "form");
    refused(client.post(&entries, "application/x-www-form-urlencoded", &note), 415, "form");
    refused(client.post(&entries, "text/plain", b""), 400, "entry-form");
    refused(client.post(&entries, "text/plain", b"hello\n"), 400, "entry-form");
    refused(client.post(&entries, "text/plain", &[0xff; 100]), 400, "entry-form");
    refused(client.post(&entries, "application/json", &note), 400, "form");
    refused(client.post(&entries, "application/json", b"{\"entry\":\"a\",\"more\":1}"), 400, "form");
    refused(client.post(&entries, "application/json", b"{\"entry\":\"a\",\"blobs\":[\"?\"]}"), 400, "form");
    let deep = "[".repeat(50_000);
    refused(client.post(&entries, "application/json", deep.as_bytes()), 400, "form");
    let mut forged = note.clone();
    let at = forged.windows(4).position(|window| window == b"good").unwrap();
    forged[at..at + 4].copy_from_slice(b"evil");
    refused(client.post(&entries, "text/plain", &forged), 403, "entry-signature");
    let elsewhere = crate::council::Council::new("elsewhere", &[]);
    refused(client.post(&elsewhere.path("entries"), "text/plain", &note), 404, "book");
    refused(client.post("/book/x/entries", "text/plain", &note), 404, "book");
    assert_eq!(client.post(&entries, "text/plain", &note).json()["number"], 1, "none of them was recorded");
    let metrics = client.get("/metrics").text();
    assert!(metrics.contains(",check=\"entry-signature\"} 1\n"), "{metrics}");
    assert!(metrics.contains(",check=\"entry-form\"} 3\n"), "{metrics}");
}

#[test]
fn too_large() {
    let hall = Hall::open("too large", &[], Limits::default());
    let entries = hall.council.path("entries");
    let mut client = hall.server.client();
    let longest = client.post(&entries, "text/plain", &vec![b'a'; 65_535]);
    assert_eq!(longest.refusal(), (400, "entry-form".to_owned()));
    let longer = client.post(&entries, "text/plain", &vec![b'a'; 65_536]);
    assert_eq!(longer.refusal(), (413, "size".to_owned()));
    // Announced, and refused before it is sent.
    let mut client = hall.server.client();
    let head = format!("POST {entries} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n");
    client.send(format!("{head}Content-Length: 100000000\r\n\r\n").as_bytes());
    assert_eq!(client.answer(true).unwrap().refusal(), (413, "size".to_owned()));
    // Not announced.
    let mut client = hall.server.client();
    let head = head.replace("application/json", "text/plain");
    client.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
    for _ in 0..5 {
        client.send(&[b"4000\r\n", vec![b'a'; 0x4000].as_slice(), b"\r\n"].concat());
    }
    assert_eq!(client.answer(true).unwrap().refusal(), (413, "size".to_owned()));
    let mut client = hall.server.client();
    let cosignatures = client.post(&hall.council.path("cosignatures"), "text/plain", &vec![b'a'; 70_000]);
    assert_eq!(cosignatures.refusal(), (413, "size".to_owned()));
}

#[test]
fn the_same_text_at_the_same_time() {
    let hall = Hall::open("same", &[], Limits::default());
    let note = hall.council.remark("all at once");
    let address = hall.server.address;
    let path = hall.council.path("entries");
    let receipts: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| Client::to(address).post(&path, "text/plain", &note).json()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(receipts.iter().all(|receipt| receipt["number"] == 1 && receipt["ok"] == true));
    assert_eq!(receipts.iter().filter(|receipt| receipt["repeated"] == false).count(), 1);
}

#[test]
fn many_at_the_same_time() {
    let hall = Hall::open("many", &[], Limits::default());
    let (address, path) = (hall.server.address, hall.council.path("entries"));
    let numbers: BTreeSet<u64> = std::thread::scope(|scope| {
        let one = |thread: u64| {
            let (council, path) = (&hall.council, &path);
            move || -> Vec<u64> {
                let mut client = Client::to(address);
                let remark = |number: u64| council.remark(&format!("{thread} says {number}"));
                (0..50)
                    .map(|number| {
                        client.post(path, "text/plain", &remark(number)).json()["number"].as_u64().unwrap()
                    })
                    .collect()
            }
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(one(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(numbers, (1..=400).collect());
    assert_eq!(hall.checkpoint().size, 401);
}

#[test]
fn a_full_disk_and_a_failing_one() {
    let hall = Hall::open("full", &[], Limits::default());
    let mut client = hall.server.client();
    let note = hall.council.remark("written on a full disk");
    hall.disk.fail_next(Call::Append, Fault::Full);
    assert_eq!(post(&hall, &mut client, &note).refusal(), (507, "store".to_owned()));
    let full = client.get("/health");
    assert_eq!((full.status, full.json()["ok"].clone()), (503, Value::from(false)));
    hall.disk.fail_next(Call::Append, Fault::Unacknowledged);
    let open = post(&hall, &mut client, &note);
    assert_eq!(open.refusal(), (503, "store".to_owned()));
    assert!(open.header("retry-after").is_some());
    let again = post(&hall, &mut client, &note);
    assert_eq!((again.json()["number"].clone(), again.json()["repeated"].clone()), (1.into(), true.into()));
    assert_eq!(hall.checkpoint().size, 2);
    assert_eq!(client.get("/health").status, 200);
    assert_eq!(
        hall.server.log().len(),
        3,
        "a line at the start, and one for each fault: {:?}",
        hall.server.log()
    );
}

#[test]
fn a_clerk_with_its_hands_full() {
    let none = clerk::Limits { waiting: 0, ..clerk::Limits::default() };
    let hall = Hall::open_with("busy", &[], Limits::default(), none);
    let mut client = hall.server.client();
    let busy = post(&hall, &mut client, &hall.council.remark("wait"));
    assert_eq!(busy.refusal(), (503, "busy".to_owned()));
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(hall.server.log().len(), 1, "that is no fault");
    hall.desk.stop();
    let closed = post(&hall, &mut client, &hall.council.remark("closed"));
    assert_eq!(closed.refusal(), (503, "stopped".to_owned()));
    assert_eq!(client.get("/health").status, 503);
}

/// Bytes of bodies in the server's memory.
fn taken(client: &mut Client) -> usize {
    let metrics = client.get("/metrics").text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("cabildo_http_body_bytes "));
    line.unwrap().parse().unwrap()
}

#[test]
fn bodies_share_the_memory() {
    let hall = Hall::open("memory", &[], Limits { bodies: 1 << 20, ..Limits::default() });
    let mut client = hall.server.client();
    let large = hall.council.remark_with("large", &[vec![1; 1 << 20]], None);
    assert_eq!(post_object(&hall, &mut client, &object(&large)).refusal(), (503, "busy".to_owned()));
    let mut client = hall.server.client();
    let smaller = hall.council.remark_with("smaller", &[vec![1; 1 << 19]], None);
    assert_eq!(post_object(&hall, &mut client, &object(&smaller)).status, 200);
    assert_eq!(post_object(&hall, &mut client, &object(&smaller)).status, 200, "it was given back");
    assert_eq!(taken(&mut client), 0);
    // Somebody fills the memory; a note still passes.
    let mut hoarder = hall.server.client();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n",
        hall.council.path("entries")
    );
    hoarder.send(format!("{head}Content-Length: 2000000\r\n\r\n").as_bytes());
    hoarder.send(&vec![b' '; 1 << 20]);
    let mut tries = 0;
    while taken(&mut hall.server.client()) < 900 << 10 {
        tries += 1;
        assert!(tries < 500, "the memory is never full");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let busy = post_object(&hall, &mut hall.server.client(), &object(&smaller));
    assert_eq!(busy.refusal(), (503, "busy".to_owned()));
    let mut client = hall.server.client();
    assert_eq!(post(&hall, &mut client, &hall.council.remark("a note")).status, 200);
}

#[test]
fn cosignatures() {
    let hall = Hall::open("cosigned", &["ana", "bo"], Limits::default());
    hall.write(0..4);
    let mut client = hall.server.client();
    let path = hall.council.path("cosignatures");
    let earlier = hall.checkpoint();
    let ana = client.post(&path, "text/plain", cosign("ana", &earlier).as_bytes());
    let kept = json!({ "ok": true, "size": 5, "kept": ["ana.example"], "final": false });
    assert_eq!((ana.status, ana.json()), (200, kept));
    assert!(client.get(&hall.council.path("checkpoint")).text().contains("— ana.example "));
    // A whole cosigned checkpoint.
    let whole = client.get(&hall.council.path("checkpoint")).text() + &cosign("bo", &earlier);
    assert_eq!(client.post(&path, "text/plain", whole.as_bytes()).json()["final"], true);
    assert_eq!(client.get(&hall.council.path("final")).status, 200);
    // For another checkpoint: the size of the current one, as a witness answers.
    hall.write(4..6);
    let late = client.post(&path, "text/plain", cosign("ana", &earlier).as_bytes());
    assert_eq!((late.status, late.header("content-type")), (409, Some("text/x.tlog.size")));
    assert_eq!(late.text(), "7\n");
    let refused =
        |answer: Answer, status: u16, check: &str| assert_eq!(answer.refusal(), (status, check.to_owned()));
    refused(client.post(&path, "text/plain", b"hello"), 400, "form");
    refused(client.post(&path, "text/plain", b""), 400, "form");
    refused(
        client.post(&path, "text/plain", cosign("mallory", &hall.checkpoint()).as_bytes()),
        403,
        "cosigner",
    );
    let current = client.get(&hall.council.path("checkpoint")).text();
    let forged = current + &cosign("ana", &earlier);
    refused(client.post(&path, "text/plain", forged.as_bytes()), 403, "signature");
    let metrics = client.get("/metrics").text();
    let book = hall.council.book;
    for line in [
        format!("cabildo_book_entries{{book=\"{book}\"}} 7"),
        format!("cabildo_book_final_entries{{book=\"{book}\"}} 5"),
        format!("cabildo_book_signing{{book=\"{book}\"}} 1"),
        format!("cabildo_book_checkpoint_timestamp_seconds{{book=\"{book}\"}} {NOW}"),
        format!("cabildo_entries_recorded_total{{book=\"{book}\"}} 6"),
        "cabildo_http_requests_total{route=\"cosign\",status=\"200\"} 2".to_owned(),
        "cabildo_http_requests_total{route=\"cosign\",status=\"409\"} 1".to_owned(),
        "cabildo_http_requests_total{route=\"checkpoint\",status=\"200\"} 3".to_owned(),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\nis not in\n{metrics}");
    }
    assert!(!metrics.contains(&witness_vkey("ana").name), "no names");
    assert!(!metrics.contains("127.0.0.1"), "no addresses");
}

#[test]
fn metrics_have_their_form() {
    let hall = Hall::open("metrics", &["ana"], Limits::default());
    let mut client = hall.server.client();
    post(&hall, &mut client, &hall.council.remark("one"));
    post(&hall, &mut client, b"none");
    let answer = client.get("/metrics");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let mut families = BTreeSet::new();
    let mut family = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap().to_owned();
            assert!(families.insert(family.clone()), "{family} comes once");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, family);
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next(), Some(family.as_str()));
            value.parse::<f64>().unwrap();
        }
    }
}

#[test]
fn too_often() {
    let rate = Some(Rate { burst: 3, an_hour: 1 });
    let hall = Hall::open("rate", &[], Limits { posts: rate, ..Limits::default() });
    let mut client = hall.server.client();
    for number in 0..3 {
        assert_eq!(post(&hall, &mut client, &hall.council.remark(&number.to_string())).status, 200);
    }
    let answer = post(&hall, &mut client, &hall.council.remark("one too many"));
    assert_eq!(answer.refusal(), (429, "rate".to_owned()));
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 1000);
    assert_eq!(client.get(&hall.council.path("checkpoint")).status, 200, "reading is free");
    // Nobody without a proxy says who they are.
    let forwarded = [("X-Forwarded-For", "192.0.2.7"), ("Content-Type", "text/plain")];
    let answer = client.ask("POST", &hall.council.path("entries"), &forwarded, &hall.council.remark("x"));
    assert_eq!(answer.status, 429);
}

#[test]
fn too_often_behind_a_proxy() {
    let rate = Some(Rate { burst: 1, an_hour: 1 });
    let hall = Hall::open("proxy", &[], Limits { posts: rate, behind_proxy: true, ..Limits::default() });
    let mut client = hall.server.client();
    let mut from = |forwarded: &str, text: &str| {
        let headers = [("X-Forwarded-For", forwarded), ("Content-Type", "text/plain")];
        client.ask("POST", &hall.council.path("entries"), &headers, &hall.council.remark(text)).status
    };
    assert_eq!(from("192.0.2.1", "a"), 200);
    assert_eq!(from("192.0.2.1", "b"), 429);
    assert_eq!(from("192.0.2.2", "c"), 200);
    assert_eq!(from("192.0.2.99, 192.0.2.1", "d"), 429, "the last is the one that the proxy saw");
}

/// The address in `serve`'s promise, so that a test of it reads like one.
#[test]
fn an_address_that_is_taken() {
    let hall = Hall::open("taken", &[], Limits::default());
    let config = server::Config {
        listen: hall.server.address,
        store: Box::new(hall.disk.open().unwrap()),
        books: Vec::new(),
        limits: Limits::default(),
        log: std::sync::Arc::new(|_: &str| {}),
    };
    let error = server::serve(config, |_: SocketAddr| panic!("ready"), &server::Stop::new()).unwrap_err();
    assert!(error.to_string().contains("another program listens there"), "{error}");
}
