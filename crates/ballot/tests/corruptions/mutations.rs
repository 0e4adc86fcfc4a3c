//! Bytes changed at random places, with and without mending the chain of hashes: never accepted, never a panic, never slow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand_core::Rng;

use crate::lab::lab;
use crate::support::{TIME, judge, rng, write};

const CHANGES: u64 = 1000;
const SPELLING: &[u8] = b"0123456789abcdef\"[]{},:-+.eE \\";
const LONGEST: Duration = Duration::from_secs(20);

/// One change at a random place: a bit, a byte, some bytes inserted, deleted or moved.
fn change(bytes: &mut Vec<u8>, rng: &mut impl Rng) -> String {
    let mut below = |n: usize| (rng.next_u64() % n.max(1) as u64) as usize;
    let at = below(bytes.len());
    match below(6) {
        0 => {
            let bit = below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
        1 => {
            let new = below(256) as u8;
            bytes[at] = new;
            format!("byte {at} becomes {new}")
        }
        2 => {
            let printable = SPELLING[below(SPELLING.len())];
            bytes[at] = printable;
            format!("byte {at} becomes {:?}", printable as char)
        }
        3 => {
            let count = 1 + below(4);
            let new: Vec<u8> = (0..count).map(|_| SPELLING[below(SPELLING.len())]).collect();
            bytes.splice(at..at, new);
            format!("{count} bytes inserted at {at}")
        }
        4 => {
            let count = (1 + below(8)).min(bytes.len() - at);
            bytes.drain(at..at + count);
            format!("{count} bytes deleted at {at}")
        }
        _ => {
            let other = below(bytes.len());
            bytes.swap(at, other);
            format!("bytes {at} and {other} swapped")
        }
    }
}

fn sweep(name: &str, make: impl Fn(u64) -> Option<(String, Vec<u8>, Vec<u8>)> + Sync) {
    let next = AtomicU64::new(0);
    let work = || {
        let mut complaints = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= CHANGES {
                return complaints;
            }
            let Some((what, archive, strong)) = make(seed) else { continue };
            #[allow(clippy::disallowed_methods, reason = "a test may measure")]
            let started = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| judge(&archive, Some(&strong), false))) {
                Err(_) => complaints.push(format!("{name}, seed {seed}: {what}: PANIC")),
                Ok(verdict) if verdict.holds => {
                    complaints.push(format!("{name}, seed {seed}: {what}: HOLDS"))
                }
                Ok(_) if started.elapsed() > LONGEST => {
                    complaints.push(format!("{name}, seed {seed}: {what}: took {:?}", started.elapsed()));
                }
                Ok(_) => {}
            }
        }
    };
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("{name}: {CHANGES} changes");
}

#[test]
fn random_changes_of_the_file() {
    let (archive, strong) = (lab().tiny.archive(), lab().tiny.strong_text());
    sweep("file", |seed| {
        let mut changed = archive.clone();
        let what = change(&mut changed, &mut rng(seed));
        (changed != archive).then(|| (what, changed, strong.clone()))
    });
}

#[test]
fn random_changes_of_the_payloads_with_the_chain_mended() {
    let held = [
        (lab().tiny.steps(), lab().tiny.strong_text()),
        (lab().full.steps(), lab().full.strong_text()),
        (lab().weighted.steps(), lab().weighted.strong_text()),
    ];
    sweep("payloads", |seed| {
        let mut rng = rng(1_000_000 + seed);
        let (steps, strong) = &held[[0, 0, 0, 1, 2][(seed % 5) as usize]];
        let mut changed = steps.clone();
        let at = (rng.next_u64() % steps.len() as u64) as usize;
        let mut payloads = changed[at].payloads();
        if payloads.is_empty() {
            return None;
        }
        let which = (rng.next_u64() % payloads.len() as u64) as usize;
        let what = change(payloads[which], &mut rng);
        // In an election of ours a fingerprint or a strong proof covers every word.
        if changed == *steps {
            return None;
        }
        Some((format!("event {at}, payload {which}: {what}"), write(&changed, TIME), strong.clone()))
    });
}

/// The strong proofs' file.
#[test]
fn random_changes_of_the_strong_proofs() {
    let (archive, strong) = (lab().tiny.archive(), lab().tiny.strong_text());
    sweep("strong proofs", |seed| {
        let mut changed = strong.clone();
        let what = change(&mut changed, &mut rng(2_000_000 + seed));
        (changed != strong).then(|| (what, archive.clone(), changed))
    });
}
