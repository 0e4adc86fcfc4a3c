//! Clients who waste what they are given.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use server::Limits;

use crate::client::Client;
use crate::server::Hall;

fn hasty() -> Limits {
    let time = Duration::from_millis(400);
    Limits { headers: time, stall: time, ..Limits::default() }
}

/// How long `wait` took.
#[expect(clippy::disallowed_methods, reason = "a test measures")]
fn timed(wait: impl FnOnce()) -> Duration {
    let start = Instant::now();
    wait();
    start.elapsed()
}

#[test]
fn headers_that_drip_are_cut() {
    let hall = Hall::open("drip", &[], hasty());
    let mut client = hall.server.client();
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n");
    let took = timed(|| {
        // Every byte is progress, and the time for all of them runs out.
        while client.stream.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn idle_connections_are_closed() {
    let hall = Hall::open("idle", &[], hasty());
    let mut silent = hall.server.client();
    let mut polite = hall.server.client();
    assert_eq!(polite.get("/").status, 200);
    assert!(timed(|| assert!(silent.is_closed())) < Duration::from_secs(5));
    assert!(timed(|| assert!(polite.is_closed())) < Duration::from_secs(5));
}

#[test]
fn bodies_that_drip_are_cut() {
    let hall = Hall::open("slow", &[], hasty());
    let mut client = hall.server.client();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n",
        hall.council.path("entries")
    );
    client.send(format!("{head}Content-Length: 1000\r\n\r\n").as_bytes());
    let took = timed(|| {
        for _ in 0..6 {
            let _ = client.stream.write_all(b"a");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(client.answer(true).unwrap().refusal(), (408, "slow".to_owned()));
        assert!(client.is_closed());
    });
    assert!(took < Duration::from_secs(5), "{took:?}");
    // Cut off in the middle: nothing is recorded, and nothing stays behind.
    let mut client = hall.server.client();
    let note = hall.council.remark("half");
    client.send(format!("{head}Content-Length: {}\r\n\r\n", note.len()).as_bytes());
    client.send(&note[..note.len() / 2]);
    drop(client);
    assert_eq!(hall.checkpoint().size, 1);
}

#[test]
fn who_does_not_read_is_cut() {
    let hall = Hall::open("deaf", &[], hasty());
    let blob = vec![9; 32 << 20];
    hall.desk.submit(hall.council.remark_with("large", std::slice::from_ref(&blob), None)).unwrap();
    let path = hall.council.path(&format!("blob/{}", book::hash::Hash::of(&blob).hex()));
    let mut deaf = hall.server.client();
    deaf.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes());
    std::thread::sleep(Duration::from_secs(2));
    let mut rest = Vec::new();
    let _ = deaf.stream.read_to_end(&mut rest);
    assert!(rest.len() < blob.len(), "only what the system's buffers held: {}", rest.len());
    // Somebody slow, who does read, gets all of it: longer than the limit in all, never stalled for so long.
    let mut slow = hall.server.client();
    slow.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").as_bytes());
    let (mut got, mut part) = (0, vec![0; 4 << 20]);
    loop {
        match slow.stream.read(&mut part).unwrap() {
            0 => break,
            bytes => got += bytes,
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    assert!(got > blob.len());
}

#[test]
fn what_is_no_request() {
    let hall = Hall::open("garbage", &[], hasty());
    for (request, status) in [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), Some(400)),
        (b"GET\r\n\r\n".to_vec(), Some(400)),
        (b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n".to_vec(), Some(400)),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n".to_vec(), Some(400)),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
            None,
        ),
        ([b"GET / HTTP/1.1\r\n".as_slice(), &b"a: b\r\n".repeat(65), b"\r\n"].concat(), Some(431)),
        (
            [b"GET / HTTP/1.1\r\nHost: a\r\nCookie: ".as_slice(), &[b'a'; 20_000], b"\r\n\r\n"].concat(),
            Some(431),
        ),
        ([b"GET /".as_slice(), &[b'a'; 70_000], b" HTTP/1.1\r\n\r\n"].concat(), None),
    ] {
        let mut client = hall.server.client();
        let _ = client.stream.write_all(&request);
        let answer = client.answer(true);
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        if let Some(status) = status {
            assert_eq!(answer.unwrap().status, status, "{shown}");
        } else {
            assert!(answer.map_or(true, |answer| answer.status >= 400), "{shown}");
        }
    }
    assert_eq!(hall.server.client().get("/").status, 200, "the server stands");
    assert_eq!(hall.server.log().len(), 1, "strangers write nothing into the log");
}

#[test]
fn there_is_room_for_so_many() {
    let hall = Hall::open("crowd", &[], Limits { connections: 4, ..Limits::default() });
    assert_eq!(hall.server.client().get("/").header("connection"), None, "there is room");
    let mut inside: Vec<Client> = (0..4).map(|_| hall.server.client()).collect();
    for client in &mut inside {
        client.send(b"GET / HTTP/1.1\r\n");
    }
    std::thread::sleep(Duration::from_millis(200));
    let mut waits = hall.server.client();
    waits.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    waits.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(waits.answer(true).is_err(), "it waits outside");
    drop(inside.pop());
    waits.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let answer = waits.answer(true).unwrap();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (200, Some("close")),
        "a full house keeps nobody"
    );
}

/// Silent connections of one address leave room for the others.
#[test]
fn one_address_has_so_many_places() {
    let limits = Limits { connections: 8, of_one_address: Some(2), ..Limits::default() };
    let hall = Hall::open("places", &[], limits.clone());
    let mut silent: Vec<Client> = (0..12).map(|_| hall.server.client()).collect();
    let mut inside: Vec<Client> = silent.drain(..2).collect();
    for mut client in silent {
        assert!(client.is_closed(), "it is closed at once");
    }
    for client in &mut inside {
        assert_eq!(client.get("/").status, 200);
    }
    drop(inside);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(hall.server.client().get("/").status, 200);
    // A proxy brings everybody.
    let hall = Hall::open("proxied", &[], Limits { behind_proxy: true, ..limits });
    let mut all: Vec<Client> = (0..6).map(|_| hall.server.client()).collect();
    assert!(all.iter_mut().all(|client| client.get("/").status == 200));
}
