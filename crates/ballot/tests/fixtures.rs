//! Archives that Belenios made: audited to their recorded result, and written again byte for byte.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use ballot::audit::{Audit, Options, audit};
use ballot::checks;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/belenios")
}

fn archives(stages: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![fixtures()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "bel")
                && path.to_str().unwrap().contains("stages") == stages
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 13, "the fixtures are part of the repository");
    found
}

fn run(path: &Path, partial: bool) -> Audit {
    let options = Options { seed: [7; 32], strong: None, partial, progress: &mut |_| {} };
    audit(Cursor::new(fs::read(path).unwrap()), options).unwrap()
}

fn is_old_threshold(path: &Path) -> bool {
    path.to_str().unwrap().contains("threshold/v2.0")
}

#[test]
fn every_archive_gives_its_recorded_result() {
    for path in archives(false) {
        let audit = run(&path, false);
        if is_old_threshold(&path) {
            assert_eq!(
                audit.report.failed_checks(),
                [checks::TRUSTEES],
                "{}\n{}",
                path.display(),
                audit.report
            );
            assert!(audit.report.to_string().contains("2.5.1"), "{}", audit.report);
            continue;
        }
        assert!(audit.report.holds(), "{}\n{}", path.display(), audit.report);
        let recorded = fs::read_to_string(path.with_file_name("result.json")).unwrap();
        assert_eq!(
            ballot::json::to_string(&audit.result.unwrap()),
            recorded.trim_end(),
            "{}",
            path.display()
        );
        assert_eq!(
            audit.report.check(checks::DECRYPTION).unwrap().note.as_deref(),
            Some("Belenios proof only")
        );
    }
}

#[test]
fn unfinished_archives_are_in_order_so_far_and_not_complete() {
    for path in archives(true).into_iter().filter(|path| !is_old_threshold(path)) {
        let so_far = run(&path, true);
        assert!(so_far.report.holds(), "{}\n{}", path.display(), so_far.report);
        let whole = run(&path, false);
        assert_eq!(whole.report.failed_checks(), [checks::COMPLETE], "{}\n{}", path.display(), whole.report);
    }
}
