//! Following: pauses, failures, stops.

use std::collections::VecDeque;
use std::time::Duration;

use mirror::source::{Folder, Source};
use mirror::{CopyError, Cosigner, Event, Mirror, Pace, Watch, World, follow};
use tempfile::tempdir;

use crate::keys;
use crate::scribe::{COSIGNERS, Scribe};
use crate::support::{audit_folder, grown, mirror_of};

/// A world in which time passes by waiting, and something happens in each pause.
struct Script {
    now: u64,
    happens: VecDeque<Box<dyn FnMut()>>,
    heard: Vec<Event>,
    pauses: Vec<Duration>,
}

impl Watch for Script {}

impl World for Script {
    fn now(&mut self) -> Result<u64, String> {
        Ok(self.now)
    }

    fn random(&mut self) -> u64 {
        256
    }

    fn wait(&mut self, pause: Duration) -> bool {
        self.pauses.push(pause);
        self.now += pause.as_secs();
        match self.happens.pop_front() {
            Some(mut happens) => {
                happens();
                true
            }
            None => false,
        }
    }

    fn heard(&mut self, event: &Event) {
        self.heard.push(event.clone());
    }
}

#[test]
fn pauses_grow_with_failures_and_are_spread() {
    let second = Duration::from_secs(1);
    let mut pace = Pace::new(10 * second);
    assert_eq!(pace.next(true, 256), 10 * second);
    assert_eq!((pace.next(false, 256), pace.next(false, 256)), (20 * second, 40 * second));
    for _ in 0..100 {
        pace.next(false, 0);
    }
    assert_eq!(pace.next(false, 256), 600 * second);
    assert_eq!(pace.next(true, 256), 10 * second);
    let spread: Vec<Duration> = (0..1000).map(|random| pace.next(true, random * 7919)).collect();
    assert!(spread.iter().all(|pause| (7500..=12_500).contains(&pause.as_millis())));
    assert!(
        spread.iter().any(|pause| pause.as_millis() < 8000)
            && spread.iter().any(|pause| pause.as_millis() > 12_000)
    );
}

#[test]
fn a_mirror_follows_cosigns_and_outlives_failures() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    let (clerk, here) = (tempdir().unwrap(), tempdir().unwrap());
    drop(mirror_of(clerk.path(), &scribe));
    let checkpoint = clerk.path().join("checkpoint");
    let good = std::fs::read(&checkpoint).unwrap();
    let (grow, path) = (clerk.path().to_owned(), checkpoint.clone());
    let mut world = Script {
        now: scribe.time + 3600,
        happens: VecDeque::from([
            Box::new(|| {}) as Box<dyn FnMut()>,
            Box::new(move || std::fs::write(&path, b"nonsense").unwrap()),
            Box::new(|| {}),
            Box::new(move || std::fs::write(&checkpoint, &good).unwrap()),
            Box::new(move || {
                grown(&mut scribe, 20);
                drop(mirror_of(&grow, &scribe));
            }),
        ]),
        heard: Vec::new(),
        pauses: Vec::new(),
    };
    let mut mirror = Mirror::open(here.path(), None).unwrap();
    let cosigner = Cosigner::new(COSIGNERS[2].into(), keys::secret(COSIGNERS[2])).unwrap();
    let mut source = Source::Folder(Folder::at(clerk.path()));
    follow(&mut mirror, &mut source, Some(&cosigner), Duration::from_secs(10), &mut world).unwrap();
    let words: Vec<String> = world
        .heard
        .iter()
        .map(|event| match event {
            Event::Copied(copied) => format!("copied {} {}", copied.size, copied.changed),
            Event::Failed(_) => "failed".into(),
            Event::Cosigned(cosigned) => format!("cosigned {}", cosigned.size),
            Event::NotCosigned(error) => error.to_string(),
        })
        .collect();
    let expected = [
        "copied 10 true",
        "cosigned 10",
        "copied 10 false",
        "failed",
        "failed",
        "copied 10 false",
        "copied 20 true",
        "cosigned 20",
    ];
    assert_eq!(words, expected);
    let seconds: Vec<u64> = world.pauses.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds, [10, 10, 20, 40, 10, 10]);
    audit_folder(here.path());
}

#[test]
fn what_needs_a_person_ends_it() {
    let scribe = Scribe::lived();
    let (clerk, here) = (tempdir().unwrap(), tempdir().unwrap());
    drop(mirror_of(clerk.path(), &scribe));
    let mut mirror = Mirror::open(here.path(), Some(book::id::BookId([7; 32]))).unwrap();
    let mut world =
        Script { now: scribe.time, happens: VecDeque::new(), heard: Vec::new(), pauses: Vec::new() };
    let mut source = Source::Folder(Folder::at(clerk.path()));
    let ended = follow(&mut mirror, &mut source, None, Duration::from_secs(10), &mut world);
    assert!(matches!(ended, Err(CopyError::OtherBook { .. })));
    assert!(world.pauses.is_empty());
}
