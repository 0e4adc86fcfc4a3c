//! What the page hands over is never trusted to be in order: whatever it is, the answer is JSON and nothing panics (in
//! WebAssembly a panic is a trap, and the module of no more use).

#![allow(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn vectors(algorithm: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/ballot");
    serde_json::from_slice(&fs::read(root.join(format!("{algorithm}.json"))).unwrap()).unwrap()
}

/// The answer, which must be of one of the two forms.
fn call(name: &str, json: &[u8], random: &[u8]) -> Value {
    let answer: Value = serde_json::from_str(&booth::call(name.as_bytes(), json, random)).unwrap();
    match &answer["ok"] {
        Value::Bool(true) => assert!(answer.get("value").is_some() && answer.get("error").is_none()),
        Value::Bool(false) => {
            let kind = answer["error"]["kind"].as_str().unwrap();
            assert!(["misuse", "argument", "refused"].contains(&kind), "{answer}");
            assert_eq!(kind == "refused", answer["error"]["check"].is_string(), "{answer}");
        }
        _ => panic!("{answer}"),
    }
    answer
}

/// A call of each function that has a value.
fn good_calls() -> Vec<(&'static str, Value)> {
    let cast = vectors("CastBallot");
    let case = cast["cases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["name"] == "three kinds of questions")
        .unwrap();
    let election = cast["texts"]["three kinds"].clone();
    let vote = json!({"election": election, "credential": case["credential"], "votes": case["votes"]});
    let made = json!({"election": election, "ballot": case["expect"]["ballot"]});
    // The first two blocks of any archive, as far as they go.
    let archive = json!({"archive": "QkVMRU5JT1M=", "strong": "{}", "partial": true});
    vec![
        ("cast", vote),
        ("verify_ballot", made),
        ("audit", archive),
        ("run_vectors", vectors("VerifyShuffle")),
    ]
}

#[test]
fn good_calls_have_values() {
    for (name, argument) in good_calls() {
        let answer = call(name, argument.to_string().as_bytes(), &[7; 32]);
        assert_eq!(answer["ok"], name != "audit", "{name}: {answer}");
    }
}

#[test]
fn what_has_the_wrong_type_is_an_argument_error() {
    let wrong = [
        "",
        "null",
        "0",
        "-1",
        "1e999",
        "\"\"",
        "[]",
        "{}",
        "[{}]",
        "{\"a\":1}",
        "\u{feff}{}",
        "{\"election\":null}",
    ];
    for (name, _) in booth::FUNCTIONS {
        for json in wrong {
            // `audit` and `cast` look at their random bytes after the argument.
            assert_eq!(call(name, json.as_bytes(), &[7; 32])["error"]["kind"], "argument", "{name}: {json}");
        }
    }
}

/// Each field in turn is left out, null, of another type, huge or nested, and an unknown one is added.
#[test]
fn each_field_of_each_argument_is_asked_for() {
    let others = [
        json!(null),
        json!(-1),
        json!(u64::MAX),
        json!([]),
        json!([[[[]]]]),
        json!({}),
        json!("\u{0}"),
        json!("x".repeat(1 << 16)),
    ];
    for (name, argument) in good_calls() {
        let fields = argument.as_object().unwrap();
        for field in fields.keys() {
            let mut without = fields.clone();
            without.remove(field);
            call(name, json!(without).to_string().as_bytes(), &[7; 32]);
            for other in &others {
                let mut changed = fields.clone();
                changed[field] = other.clone();
                call(name, json!(changed).to_string().as_bytes(), &[7; 32]);
            }
        }
        let mut more = fields.clone();
        more.insert("more".into(), json!(1));
        let answer = call(name, json!(more).to_string().as_bytes(), &[7; 32]);
        assert_eq!(answer["ok"] == true, name == "run_vectors", "{name}: {answer}");
    }
}

#[test]
fn randomness_is_neither_stretched_nor_cut() {
    for (name, argument) in good_calls().into_iter().filter(|(name, _)| ["cast", "audit"].contains(name)) {
        for length in [0, 1, 31, 33, 64, 4096] {
            let answer = call(name, argument.to_string().as_bytes(), &vec![7; length]);
            assert_eq!(answer["error"]["kind"], "misuse", "{name}, {length} bytes: {answer}");
        }
    }
}

#[test]
fn other_randomness_gives_another_ballot_and_the_same_gives_the_same() {
    let (_, vote) = good_calls().swap_remove(0);
    let cast = |byte| call("cast", vote.to_string().as_bytes(), &[byte; 32])["value"]["ballot"].clone();
    assert_eq!(cast(1), cast(1));
    assert_ne!(cast(1), cast(2));
}

/// A refusal names no secret: neither the credential nor the votes.
#[test]
fn a_refusal_does_not_repeat_the_credential() {
    let (_, mut vote) = good_calls().swap_remove(0);
    vote["credential"] = "SECRET-SECRET".into();
    let answer = call("cast", vote.to_string().as_bytes(), &[7; 32]);
    assert!(answer["ok"] == false && !answer.to_string().contains("SECRET"), "{answer}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_get_an_answer(which in 0..booth::FUNCTIONS.len(), json: Vec<u8>, random: Vec<u8>) {
        call(booth::FUNCTIONS[which].0, &json, &random);
    }

    /// Bytes of a good call are changed, cut out and doubled.
    #[test]
    fn any_damaged_call_gets_an_answer(
        which in 0..3usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
    ) {
        let (name, argument) = &good_calls()[which];
        let mut bytes = argument.to_string().into_bytes();
        for (at, byte, kind) in damage {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        call(name, &bytes, &[7; 32]);
    }

    /// A changed letter in a case of any vectors does no more than change what comes out.
    #[test]
    fn any_damaged_vector_gets_an_answer(algorithm in prop::sample::select(vec![
        "DecodeElement", "DecodeScalar", "ExtractVote", "DeriveCredential", "ReadElection", "ReadCredentials",
        "ReadBallot", "VerifyTrustees", "VerifyPartialDecryption", "VerifyStrongDecryption", "Audit",
    ]), which: prop::sample::Index, at: prop::sample::Index, byte in 32..127u8) {
        let mut file = vectors(algorithm);
        let case = which.get(file["cases"].as_array().unwrap()).clone();
        file["cases"] = json!([case]);
        let mut bytes = file.to_string().into_bytes();
        let at = at.index(bytes.len());
        if bytes[at].is_ascii() {
            bytes[at] = byte;
        }
        call("run_vectors", &bytes, &[]);
    }
}
