//! `cabildo audit` as others call it: exit status, text, and the JSON object.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/belenios")
}

fn audit(path: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cabildo")).arg("audit").arg(path).args(more).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_good_archive_of_belenios() {
    let path = fixtures().join("homomorphic/v3.3-ed25519/EbBkGomRT2E2a1.bel");
    let output = audit(&path, &["--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"{\"ok\":true,"));
    let verdict = json(&output);
    assert_eq!(verdict["result"], serde_json::json!([[6, 5, 3], [2, 5, 3]]));
    let check = |name: &str| {
        verdict["checks"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone()
    };
    assert_eq!(check("decryption")["note"], "Belenios proof only");
    assert_eq!(check("ballot-proofs")["count"], 11);
    assert_eq!(verdict["facts"]["seed"].as_str().unwrap().len(), 64);
    let text = String::from_utf8(audit(&path, &[]).stdout).unwrap();
    assert!(text.contains("decryption: Belenios proof only") && text.contains("All holds"), "{text}");
}

#[test]
fn an_unfinished_archive() {
    let path = fixtures().join("nonhomomorphic-stv/v3.0-ed25519/stages/stage2-encrypted-tally.bel");
    let whole = audit(&path, &["--json"]);
    assert_eq!(whole.status.code(), Some(1));
    let failed: Vec<&str> = json(&whole)["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["status"] == "failed")
        .map(|check| check["name"].as_str().unwrap().to_owned())
        .map(|name| if name == "complete" { "complete" } else { "another" })
        .collect();
    assert_eq!(failed, ["complete"]);
    assert_eq!(audit(&path, &["--partial"]).status.code(), Some(0));
}

#[test]
fn the_old_threshold_form_says_so() {
    let path = fixtures().join("threshold/v2.0-belenios2048/g7LLFz6D2E2to9.bel");
    let output = audit(&path, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("2.5.1"));
}

#[test]
fn a_damaged_archive_names_the_check_the_event_and_the_reason() {
    let path = fixtures().join("homomorphic/v3.3-ed25519/EbBkGomRT2E2a1.bel");
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("EbBkGomRT2E2a1.bel");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&damaged, &bytes).unwrap();
    let output = audit(&damaged, &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.starts_with(b"{\"ok\":false,"));
    let verdict = json(&output);
    let failed =
        verdict["checks"].as_array().unwrap().iter().find(|c| c["status"] == "failed").unwrap().clone();
    assert_eq!(failed["name"], "archive");
    assert!(
        failed["failures"][0]["event"].is_number() && failed["failures"][0]["reason"].is_string(),
        "{failed}"
    );
}

#[test]
fn our_own_archives_need_their_strong_proofs() {
    let folder = tempfile::tempdir().unwrap();
    let ballots = folder.path().join("a.blt");
    fs::write(&ballots, "2 1\n2 1 0\n1 2 0\n0\n\"Ana\"\n\"Bea\"\n\"Comité\"\n").unwrap();
    let rehearse = |out: &Path| {
        let status = Command::new(env!("CARGO_BIN_EXE_cabildo"))
            .arg("rehearse")
            .arg(&ballots)
            .args(["--method", "plurality", "--trustees", "2", "--out"])
            .arg(out)
            .status()
            .unwrap();
        assert!(status.success());
        let find = |end: &str| {
            let entries = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
            entries.into_iter().find(|path| path.to_str().unwrap().ends_with(end)).unwrap()
        };
        (find(".bel"), find(".strong.json"))
    };
    let (archive, strong) = rehearse(&folder.path().join("one"));
    let (_, foreign) = rehearse(&folder.path().join("two"));
    assert_eq!(audit(&archive, &[]).status.code(), Some(0));
    let own = fs::read(&strong).unwrap();
    let refused = |what: &str| {
        let output = audit(&archive, &["--json"]);
        assert_eq!(output.status.code(), Some(1), "{what}");
        let verdict = json(&output);
        let failed: Vec<String> = verdict["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["status"] == "failed")
            .map(|check| check["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(failed, ["decryption"], "{what}");
    };
    fs::write(&strong, fs::read(foreign).unwrap()).unwrap();
    refused("the strong proofs of another election");
    fs::write(&strong, b"").unwrap();
    refused("an empty file");
    fs::remove_file(&strong).unwrap();
    refused("no strong proofs");
    fs::write(&strong, own).unwrap();
    assert_eq!(audit(&archive, &[]).status.code(), Some(0));
}
