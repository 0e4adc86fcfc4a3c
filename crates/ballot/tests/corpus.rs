//! Every input of the fuzz corpora, through the functions that the fuzzer runs.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "the helpers of tests")]

mod support;
#[path = "../../../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use ballot::group::Ed25519;
use support::{Held, Spec, Step, choose, hold, judge, rank, read, vectors};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn the_corpora_replay() {
    for (name, target) in targets::ALL {
        assert!(fuzz().join(format!("fuzz_targets/{name}.rs")).exists(), "{name}");
        let mut inputs: Vec<PathBuf> = fs::read_dir(fuzz().join("corpus").join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for input in &inputs {
            let bytes = fs::read(input).unwrap();
            println!("{}", input.display());
            target(&bytes);
        }
        target(b"");
    }
}

/// Small elections of ours, foreign to themselves: without their strong proofs nothing else refuses them.
fn archives() -> Vec<(&'static str, Held<Ed25519>)> {
    let chosen = Spec {
        questions: vec![choose(1, false, 0, 1)],
        singles: 1,
        threshold: None,
        weights: vec![2],
        casts: vec![(0, vec![vec![1]])],
        mixers: vec![],
        deciders: vec![1],
        seed: 1,
    };
    let ranked = Spec {
        questions: vec![choose(1, true, 0, 1), rank(2)],
        singles: 0,
        threshold: Some((1, 2)),
        weights: vec![1; 2],
        casts: vec![
            (0, vec![vec![1, 0], vec![1, 2]]),
            (0, vec![vec![0, 1], vec![2, 1]]),
            (1, vec![vec![0, 0], vec![1, 1]]),
        ],
        mixers: vec![1],
        deciders: vec![2],
        seed: 2,
    };
    vec![("chosen", hold(&chosen)), ("ranked", hold(&ranked))]
}

#[test]
fn mending_leaves_a_whole_archive_whole() {
    for (name, held) in archives() {
        let mended = targets::mend(&held.archive());
        assert!(judge(&mended, Some(&held.strong_text()), false).holds, "{name}");
        let mut broken = held.archive();
        broken[600] ^= 1;
        assert!(!judge(&broken, Some(&held.strong_text()), false).holds);
        assert!(judge(&targets::mend(&broken), Some(&held.strong_text()), false).holds, "{name}");
    }
}

/// Writes the seeds: `cargo test -p ballot --test corpus -- --ignored`.
#[test]
#[ignore = "writes fuzz/corpus"]
fn write_the_seeds() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = fuzz().join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    for (name, held) in archives() {
        for target in ["archive", "archive-mended"] {
            put(target, name, &held.archive());
            put(target, &format!("{name}-so-far"), &support::write(&held.steps()[..3], support::TIME));
        }
        put("strong", name, &held.strong_text());
    }
    for (name, path) in [
        ("homomorphic", "homomorphic/v3.3-ed25519/EbBkGomRT2E2a1.bel"),
        ("ranked", "nonhomomorphic-stv/v3.3-ed25519/Kmv6KWPR7EhR9L.bel"),
        ("lists", "lists-weighted/v3.3-ed25519/SknvQYrxZptSgC.bel"),
        ("threshold", "threshold/v3.3-ed25519/j8ns4KNhdo2Hjq.bel"),
        ("weighted", "weighted/v3.3-ed25519/QXYHphDvnZUo1U.bel"),
        ("field", "homomorphic/v3.3-belenios2048/1uCDbaphJemsaJ.bel"),
    ] {
        let archive = fs::read(vectors().join(path)).unwrap();
        let (steps, _) = read(&archive);
        for step in &steps {
            match step {
                Step::Setup { election, trustees, credentials } => {
                    put("election", name, election);
                    put("trustees", name, trustees);
                    put("credentials", name, credentials);
                }
                Step::Ballot(bytes) if name != "field" => put("ballot", name, bytes),
                Step::EncryptedTally { tally, .. } => put("tally", name, tally),
                Step::Shuffle(1, bytes) => put("shuffle", name, bytes),
                Step::Decryption(1, bytes) if name != "field" => put("decryption", name, bytes),
                Step::Result(bytes) => put("result", name, bytes),
                _ => {}
            }
        }
        for (member, bytes) in support::members(&archive) {
            if member == "BELENIOS" {
                put("event", "header", &bytes);
                put("event", "tar", &archive[..512]);
            } else if member.ends_with(".event.json") {
                put("event", "event", &bytes);
            } else if bytes.len() < 400 && bytes.starts_with(b"{\"owner\"") {
                put("event", "owned", &bytes);
            } else if bytes.starts_with(b"{\"num_tallied\"") {
                put("event", "sized", &bytes);
            } else if bytes.starts_with(b"{\"election\":\"") {
                put("event", "setup", &bytes);
            }
        }
    }
    let terms: Vec<u8> = (0..98 * 17u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    put("terms", "seventeen", &terms);
    put("terms", "nine-of-zeros", &[0; 98 * 9]);
    put("terms", "eight-of-ones", &[0xff; 98 * 8]);
    let (steps, _) = read(&fs::read(vectors().join("homomorphic/v3.3-ed25519/EbBkGomRT2E2a1.bel")).unwrap());
    let Step::Setup { credentials, .. } = &steps[0] else { unreachable!() };
    let keys: Vec<String> = serde_json::from_slice(credentials).unwrap();
    put("points", "text", keys[0].as_bytes());
    put("points", "bytes", &hex::decode(&keys[0]).unwrap().into_iter().rev().collect::<Vec<u8>>());
    for (i, point) in curve25519_dalek::constants::EIGHT_TORSION.iter().enumerate() {
        put("points", &format!("torsion-{i}"), &point.compress().0);
    }
    put("points", "p", &[&[0xed][..], &[0xff; 30], &[0x7f]].concat());
    put("points", "p-plus-1-with-sign", &[&[0xee][..], &[0xff; 31]].concat());
    put("points", "identity-with-sign", &[&[1][..], &[0; 30], &[0x80]].concat());
    put("points", "ones", &[0xff; 32]);
    put("points", "q", b"7237005577332262213973186563042994240857116359379907606001950938285454250989");
    put(
        "points",
        "q-minus-1",
        b"7237005577332262213973186563042994240857116359379907606001950938285454250988",
    );
    put(
        "points",
        "belenios-q",
        b"78571733251071885079927659812671450121821421258408794611510081919805623223441",
    );
    let (steps, _) =
        read(&fs::read(vectors().join("homomorphic/v3.3-belenios2048/1uCDbaphJemsaJ.bel")).unwrap());
    let Step::Setup { credentials, .. } = &steps[0] else { unreachable!() };
    let keys: Vec<String> = serde_json::from_slice(credentials).unwrap();
    put("points", "belenios-element", keys[0].as_bytes());
}
