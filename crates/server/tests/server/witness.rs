//! A witness over HTTP.

use std::sync::{Arc, Mutex};

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::hash::Hash;
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::{Frontier, consistency, leaf};
use book::note::Signature;
use mirror::witness::{Cosigned, MemoryState, StateError, Witness, WitnessState};
use server::{Limits, Rate, WitnessConfig, serve_witness};

use crate::council::{NOW, key};
use crate::server::{Running, any};

const ORIGIN: &str = "log.example/one";

struct Log {
    key: SecretKey,
    leaves: Vec<Hash>,
}

impl Log {
    fn checkpoint(&self, size: usize) -> Checkpoint {
        let mut frontier = Frontier::new();
        self.leaves[..size].iter().for_each(|leaf| frontier.push(*leaf));
        Checkpoint { origin: ORIGIN.into(), size: size as u64, root: frontier.root() }
    }

    fn note(&self, size: usize) -> String {
        let signed = book::checkpoint::sign(&self.checkpoint(size), &self.key);
        String::from_utf8(signed.to_bytes()).unwrap()
    }

    fn request(&self, old: usize, new: usize) -> String {
        let mut tree = Leaves(&self.leaves);
        let proof = consistency(&mut tree, old as u64, new as u64).unwrap().unwrap();
        let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
        format!("old {old}\n{proof}\n{}", self.note(new))
    }

    fn vkey(&self) -> Vkey {
        Vkey { name: ORIGIN.into(), algorithm: Algorithm::Plain, key: self.key.public() }
    }
}

struct Leaves<'a>(&'a [Hash]);

impl book::merkle::Subtrees for Leaves<'_> {
    type Error = std::convert::Infallible;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        let (from, width) = ((index << level) as usize, 1 << level);
        let mut frontier = Frontier::new();
        self.0[from..from + width].iter().for_each(|leaf| frontier.push(*leaf));
        Ok(frontier.root())
    }
}

fn log() -> Log {
    Log { key: key("the log"), leaves: (0..300_u32).map(|number| leaf(&number.to_be_bytes())).collect() }
}

fn start(state: impl WitnessState + Send + 'static, log: &Log) -> (Running, Vkey) {
    start_with(state, log, Limits::default())
}

fn start_with(state: impl WitnessState + Send + 'static, log: &Log, limits: Limits) -> (Running, Vkey) {
    let witness = Witness::new("witness.example".into(), key("the witness"), vec![log.vkey()]).unwrap();
    let vkey = witness.vkey();
    let server = Running::start(move |log, on_ready, stop| {
        let (state, now) = (Box::new(state), Box::new(|| NOW));
        serve_witness(WitnessConfig { listen: any(), witness, state, now, limits, log }, on_ready, stop)
    });
    (server, vkey)
}

#[test]
fn as_c2sp_says() {
    let log = log();
    let (server, vkey) = start(MemoryState::default(), &log);
    let mut client = server.client();
    let mut add = |body: &str| client.post("/add-checkpoint", "text/plain", body.as_bytes());
    let first = add(&log.request(0, 7));
    assert_eq!((first.status, first.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let line = Signature::parse(first.text().trim_end()).unwrap();
    assert_eq!(line.is_timestamped_by(&vkey.key, &log.checkpoint(7).text()), Some(NOW));
    assert_eq!(add(&log.request(7, 200)).status, 200);
    let late = add(&log.request(7, 300));
    assert_eq!(
        (late.status, late.header("content-type"), late.text().as_str()),
        (409, Some("text/x.tlog.size"), "200\n")
    );
    assert_eq!(add(&log.request(200, 300).replace("old 200", "old 301")).status, 400);
    assert_eq!(add("nonsense").status, 400);
    let unproved = format!("old 200\n\n{}", log.note(300));
    assert_eq!(add(&unproved).status, 422);
    let stranger = Log { key: key("somebody else"), ..self::log() };
    assert_eq!(add(&stranger.request(200, 300)).status, 403);
    assert_eq!(add(&log.request(200, 300).replace(ORIGIN, "log.example/two")).status, 404);
    assert_eq!(add(&"a".repeat(200_000)).status, 413);
    let mut client = server.client();
    let path = format!("/{}/checkpoint", Hash::of(ORIGIN.as_bytes()).hex());
    let shown = client.get(&path);
    assert_eq!((shown.status, shown.header("cache-control")), (200, Some("no-cache")));
    let signed = SignedCheckpoint::open(&shown.body, &log.vkey(), std::slice::from_ref(&vkey)).unwrap();
    assert_eq!(signed.checkpoint(), &log.checkpoint(200));
    assert_eq!(signed.cosignatures().len(), 1);
    for (path, status) in [
        (format!("/{}/checkpoint", "0".repeat(64)), 404),
        (format!("/%2e%2e%2f{}/checkpoint", "0".repeat(64)), 404),
        ("/checkpoint".into(), 404),
        ("/add-checkpoint".into(), 405),
        ("/health".into(), 200),
    ] {
        assert_eq!(client.get(&path).status, status, "{path}");
    }
    assert!(client.get("/").text().contains(&vkey.to_string()));
    let metrics = client.get("/metrics").text();
    assert!(
        metrics.contains("cabildo_http_requests_total{route=\"add-checkpoint\",status=\"200\"} 2\n"),
        "{metrics}"
    );
}

/// Everybody hands in the same step; one clerk's newest checkpoint is never cosigned past another.
#[test]
fn many_at_once() {
    let log = log();
    let (server, _) = start(MemoryState::default(), &log);
    let address = server.address;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |size: usize| {
            let log = &log;
            move || {
                let mut client = crate::client::Client::to(address);
                client.post("/add-checkpoint", "text/plain", log.request(0, size).as_bytes()).status
            }
        };
        let threads: Vec<_> = (1..=16).map(|size| scope.spawn(ask(size))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 15, "{statuses:?}");
}

/// Who hands in a public checkpoint over and over is told to wait, and the others are served.
#[test]
fn too_often() {
    let log = log();
    let limits =
        Limits { posts: Some(Rate { burst: 3, an_hour: 1 }), behind_proxy: true, ..Limits::default() };
    let (server, _) = start_with(MemoryState::default(), &log, limits);
    let mut client = server.client();
    let mut from = |address: &str, old: usize, new: usize| {
        let headers = [("X-Forwarded-For", address), ("Content-Type", "text/plain")];
        client.ask("POST", "/add-checkpoint", &headers, log.request(old, new).as_bytes()).status
    };
    assert_eq!(from("192.0.2.1", 0, 7), 200);
    assert_eq!([from("192.0.2.1", 7, 7), from("192.0.2.1", 7, 7)], [200, 200]);
    assert_eq!(from("192.0.2.1", 7, 7), 429);
    assert_eq!(from("192.0.2.2", 7, 200), 200);
    assert_eq!(client.get("/health").status, 200, "reading is free");
}

/// A state whose disk fails, or that breaks off.
struct Failing(Arc<Mutex<u32>>);

impl WitnessState for Failing {
    fn cosigned(&mut self, _: &str) -> Result<Option<Cosigned>, StateError> {
        let mut calls = self.0.lock().unwrap();
        *calls += 1;
        match *calls {
            1 => Err(StateError::Io("the disk is full".into())),
            2 => Ok(None),
            _ => {
                drop(calls);
                panic!("on purpose")
            }
        }
    }

    fn advance(&mut self, _: Option<&Cosigned>, _: &Cosigned) -> Result<(), StateError> {
        Err(StateError::Changed)
    }

    fn keep_fork(&mut self, _: &Cosigned, _: &[u8]) {}
}

#[test]
fn a_failing_witness_signs_nothing() {
    let log = log();
    let (server, _) = start(Failing(Arc::default()), &log);
    let mut client = server.client();
    for _ in 0..2 {
        let answer = client.post("/add-checkpoint", "text/plain", log.request(0, 7).as_bytes());
        assert_eq!(answer.status, 503);
    }
    assert_eq!(client.get("/health").status, 200);
    for _ in 0..2 {
        let answer = client.post("/add-checkpoint", "text/plain", log.request(0, 7).as_bytes());
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains("broke off"), "{}", answer.text());
    }
    assert_eq!(client.get("/health").status, 503);
    assert!(server.log().iter().any(|line| line.contains("the disk is full")));
}
