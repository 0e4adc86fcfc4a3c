//! The vectors of `vectors/count`: small invented elections and refusals, discovered by walking the folder.
//!
//! `COUNT_VECTORS=write cargo test -p count --test vectors` writes what this program answers into `expect`; look at
//! the difference before you commit it.

use std::path::Path;

use count::{CountError, Lot, Outcome, Profile, Status};
use serde_json::{Value, json};

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|v| v.as_str().expect("a string").to_owned()).collect()
}

enum Failed {
    Input(String),
    Count(CountError),
}

fn run(vector: &Value) -> Result<(Profile, Outcome), Failed> {
    let file = vector["file"].as_str().expect("a file name");
    let input = strings(&vector["input"]).join("\n");
    let profile = count::formats::parse(file, input.as_bytes()).map_err(|e| Failed::Input(e.to_string()))?;
    let method = count::methods::by_name(vector["method"].as_str().expect("a name")).expect("a method");
    let seats = vector["seats"].as_u64().map(|seats| seats as usize).or(profile.seats).unwrap_or(1);
    let lot = Lot::from_names(&strings(&vector["lot"]), &profile).map_err(Failed::Count)?;
    let outcome = method.count(&profile, seats, &lot).map_err(Failed::Count)?;
    Ok((profile, outcome))
}

#[test]
fn vectors_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/count");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("the vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let shown = path.display();
        let mut vector: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        let answer = match run(&vector) {
            Ok((profile, outcome)) => {
                agrees_with_belenios(&vector, &outcome);
                let transcript: Vec<String> = outcome.transcript().lines().map(str::to_owned).collect();
                json!({"json": outcome.to_json(&profile), "transcript": transcript})
            }
            Err(Failed::Input(cause)) => json!({"unreadable": cause}),
            Err(Failed::Count(error)) => json!({"refused": error.to_string()}),
        };
        let refusal = path.file_name().expect("a name").to_string_lossy().starts_with("refuse-");
        assert_eq!(refusal, answer.get("json").is_none(), "{shown}: {answer}");
        if std::env::var("COUNT_VECTORS").is_ok_and(|value| value == "write") {
            vector["expect"] = answer;
            let text = format!("{vector:#}\n");
            std::fs::write(&path, text).expect("a writable folder");
        } else {
            assert_eq!(vector["expect"], answer, "{shown}");
        }
        seen += 1;
    }
    assert!(seen > 80, "{seen} vectors");
}

/// Where the vector has the answer of Belenios' own tool, ours is the same.
fn agrees_with_belenios(vector: &Value, outcome: &Outcome) {
    let Some(output) = vector.get("belenios").map(|belenios| &belenios["output"]) else { return };
    if outcome.method == "wigm-stv" {
        assert_eq!(outcome.status, Status::Complete);
        let mut ours = outcome.elected.clone();
        ours.sort_unstable();
        let mut theirs: Vec<u64> = output["winners"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|n| n.as_u64().expect("a number"))
            .collect();
        theirs.sort_unstable();
        assert_eq!(json!(ours), json!(theirs), "{}", vector["about"]);
    } else {
        let mut theirs: Vec<Vec<u64>> = serde_json::from_value(output["winners"].clone()).expect("tiers");
        theirs.iter_mut().for_each(|tier| tier.sort_unstable());
        if vector["belenios"]["grades_reversed"] == true {
            // Of two grades in the middle Belenios takes the better one, Balinski & Laraki the worse one: it is
            // given the grades upside down, and its answer is turned round.
            theirs.reverse();
        }
        assert_eq!(json!(outcome.ranking), json!(theirs), "{}", vector["about"]);
    }
    if let count::Detail::Pairwise { wins, .. } = &outcome.detail {
        assert_eq!(json!(wins), output["raw"]);
    }
}
