//! The real ballots, where they are there: `../shared/data/ballots` beside the workspace, or `CABILDO_DATA`.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use count::{Lot, Outcome, Profile, Status};
use serde_json::Value;

/// The folder of real ballots, or none, said aloud.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("CABILDO_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ballots"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no real ballots in {} (set CABILDO_DATA)", folder.display());
    None
}

pub(crate) fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file() && wanted(&name(path)))
        .collect();
    files.sort();
    files
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().expect("a file").to_string_lossy().into_owned()
}

pub(crate) fn read(path: &Path) -> Profile {
    let bytes = std::fs::read(path).expect("a readable file");
    count::formats::parse(&name(path), &bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a readable file")).expect("JSON")
}

pub(crate) fn count(method: &str, profile: &Profile, seats: usize) -> Outcome {
    let outcome = count::methods::by_name(method)
        .expect("a method")
        .count(profile, seats, &Lot::none())
        .unwrap_or_else(|error| panic!("{method}: {error}"));
    assert_eq!(outcome.status, Status::Complete);
    outcome
}

/// Candidates' numbers, from 1, as the expected results have them.
pub(crate) fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("a number") as usize - 1).collect()
}

pub(crate) fn same_number(ours: &str, theirs: &str) -> bool {
    let canonical = |text: &str| -> String {
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text.to_owned(),
        }
    };
    canonical(ours) == canonical(theirs)
}
