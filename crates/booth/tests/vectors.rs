//! `vectors/ballot`: every file there holds, and is what `generate` writes.
//!
//! `BALLOT_VECTORS=write cargo test -p booth --test vectors` writes them; read the difference before committing it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod generate;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of the folder, by name.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root().join("vectors/ballot")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}

#[test]
fn every_vector_holds() {
    let files = files();
    assert!(files.len() >= 20, "the vectors are part of the repository");
    for (name, text) in files {
        let answer: Value = serde_json::from_str(&booth::call(b"run_vectors", text.as_bytes(), &[])).unwrap();
        assert_eq!(answer["ok"], true, "{name}: {answer}");
        let ran = &answer["value"];
        assert_eq!(ran["algorithm"], *name, "a file is named after its algorithm");
        assert_eq!(ran["known"], true, "{name}: booth has no such algorithm");
        let cases = ran["cases"].as_array().unwrap();
        assert!(!cases.is_empty(), "{name}");
        let wrong: Vec<_> = cases.iter().filter(|case| case["ok"] != true).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_generator_writes_these_files() {
    let generated: BTreeMap<String, String> = generate::all().into_iter().collect();
    if std::env::var("BALLOT_VECTORS").as_deref() == Ok("write") {
        for (name, text) in &generated {
            fs::write(root().join(format!("vectors/ballot/{name}.json")), text).unwrap();
        }
    }
    let files = files();
    assert_eq!(files.keys().collect::<Vec<_>>(), generated.keys().collect::<Vec<_>>());
    for (name, text) in &generated {
        let at = text.lines().zip(files[name].lines()).position(|(a, b)| a != b);
        assert!(
            *text == files[name],
            "{name}.json, line {:?}: BALLOT_VECTORS=write, then read the difference",
            at.map(|i| i + 1)
        );
    }
}

/// Belenios' own tool accepts every golden ballot and the archives. Skipped where the tool cannot be had.
#[test]
fn belenios_accepts_what_we_cast() {
    let tool = |arguments: &[&str]| {
        let out = Command::new(root().join("tools/belenios")).arg("3.0").args(arguments).output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    if !tool(&["--version"]).0 {
        println!("skipped: tools/belenios 3.0 cannot run here");
        return;
    }
    let mut count = 0;
    for (name, (archive, ballots)) in generate::for_belenios().into_iter().enumerate() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vectors-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let dir = format!("--dir={}", folder.display());
        fs::write(folder.join(format!("{}.bel", archive.uuid)), &archive.bytes).unwrap();
        let (ok, said) = tool(&["election", "verify", &dir]);
        assert!(ok, "{}: {said}", archive.uuid);
        for ballot in ballots {
            let file = folder.join("ballot.json");
            fs::write(&file, ballot).unwrap();
            let (ok, said) =
                tool(&["election", "verify-ballot", &dir, &format!("--ballot={}", file.display())]);
            assert!(ok, "{}: {said}", archive.uuid);
            count += 1;
        }
    }
    assert!(count > 0);
}
