//! The power goes at every step: what lies on the disk then is served, and the next start goes on.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use std::fs;
use std::path::Path;

use audit::{Audit, Options};
use book::files::MemoryFiles;
use book::key::SecretKey;
use tempfile::tempdir;

use crate::folder::{Disk, MirrorFolder};
use crate::source::Folder;
use crate::{CopyError, Cosigner, Mirror};

#[path = "../../audit/tests/support/keys.rs"]
#[allow(dead_code, reason = "shared with the tests of audit")]
mod keys;
#[path = "../../audit/tests/support/scribe.rs"]
#[allow(dead_code, reason = "shared with the tests of audit")]
mod scribe;

use scribe::{COSIGNERS, Scribe};

fn grown(mut scribe: Scribe, size: u64) -> Scribe {
    while scribe.size() < size {
        let text = format!("Observación número {}.", scribe.size());
        scribe.remark(scribe.size() as u32 % 3 + 1, &text);
    }
    scribe
}

fn bare(scribe: &Scribe) -> MemoryFiles {
    scribe.files_with(&scribe.signed(scribe.size(), &[]), scribe.size())
}

fn duplicate(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            duplicate(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn audited(folder: &Path) -> Audit {
    let options = Options { book: None, since: None, now: None, seed: [7; 32], progress: &mut |_, _| {} };
    audit::book(&mut Folder::at(folder), options).unwrap()
}

/// That the folder holds a whole book, and of which size.
fn size(folder: &Path) -> u64 {
    let audit = audited(folder);
    assert!(audit.report.holds(), "{}", audit.report);
    audit.checkpoint.unwrap().size
}

/// What is in the folder of the public files that this book has, and how many others there are.
fn is_exactly(folder: &Path, files: &MemoryFiles) {
    for (path, bytes) in files.iter() {
        let path = path.to_string();
        if path != "final" {
            assert_eq!(fs::read(folder.join(&path)).unwrap(), bytes, "{path}");
        }
    }
    let expected = files
        .iter()
        .filter(|(path, _)| !["final", "checkpoint", "vkeys"].contains(&path.to_string().as_str()));
    assert_eq!(
        count(&folder.join("tile")) + count(&folder.join("blob")),
        expected.count(),
        "nothing is left over"
    );
}

fn count(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

/// Opens the folder on a disk that stops after so many steps.
fn open(folder: &Path, stop_after: usize) -> Result<Mirror, CopyError> {
    let mut disk = Disk::default();
    disk.fault.stop_after = Some(stop_after);
    Mirror::on(MirrorFolder::open_on(folder, disk)?, None)
}

/// Stops a copy at every step. `swaps` says that the new book has other content under names of the old one's, so that a reader
/// finds a whole book only after the next start.
fn stopped_everywhere(before: Option<(&Scribe, &MemoryFiles)>, after: (&Scribe, &MemoryFiles), swaps: bool) {
    let base = tempdir().unwrap();
    if let Some((scribe, files)) = before {
        let mut mirror = Mirror::open(base.path(), None).unwrap();
        mirror.copy(&mut files.clone(), scribe.time, &mut ()).unwrap();
    }
    let old = before.map_or(0, |(scribe, _)| scribe.size());
    let (scribe, files) = after;
    let now = scribe.time.max(before.map_or(0, |(scribe, _)| scribe.time));
    for steps in 0.. {
        let folder = tempdir().unwrap();
        duplicate(base.path(), folder.path());
        let mut mirror = open(folder.path(), steps).unwrap();
        let result = mirror.copy(&mut files.clone(), now, &mut ());
        drop(mirror);
        if result.is_ok() {
            is_exactly(folder.path(), files);
            assert!(steps > 10, "there were {steps} steps");
            return;
        }
        assert!(matches!(result, Err(CopyError::Own(_))), "{result:?}");
        // The next start may be cut short too.
        if let Some(again) = [None, Some(0), Some(2), Some(5), Some(11)][steps % 5] {
            drop(open(folder.path(), again));
        }
        let is_served = folder.path().join("checkpoint").exists();
        assert!(is_served || old == 0);
        if is_served && !swaps {
            assert!([old, scribe.size()].contains(&size(folder.path())), "after {steps} steps");
        }
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        if let Some(checkpoint) = mirror.checkpoint() {
            assert!([old, scribe.size()].contains(&checkpoint.size));
            assert_eq!(size(folder.path()), checkpoint.size, "after {steps} steps");
        }
        mirror.copy(&mut files.clone(), now, &mut ()).unwrap();
        is_exactly(folder.path(), files);
        assert_eq!(size(folder.path()), scribe.size());
        assert_eq!(mirror.state().unwrap().digest(), scribe.state.digest());
    }
}

#[test]
fn a_first_copy_may_stop_anywhere() {
    let scribe = Scribe::lived();
    stopped_everywhere(None, (&scribe, &scribe.files()), false);
}

#[test]
fn growing_may_stop_anywhere() {
    let (before, after) = (Scribe::lived(), grown(Scribe::lived(), 260));
    stopped_everywhere(Some((&before, &before.files())), (&after, &after.files()), false);
}

#[test]
fn a_hand_over_that_leaves_entries_behind_may_stop_anywhere() {
    let before = grown(Scribe::witnessed(), 258);
    let mut after = grown(Scribe::witnessed(), 20);
    after.succeed(&[1, 2]);
    let after = grown(after, 262);
    stopped_everywhere(Some((&before, &bare(&before))), (&after, &bare(&after)), true);
}

#[test]
fn cosigning_may_stop_anywhere() {
    let scribe = grown(Scribe::witnessed(), 5);
    let base = tempdir().unwrap();
    let key = || SecretKey::from_seed(&keys::seed(COSIGNERS[2]));
    let cosigner = Cosigner::new(COSIGNERS[2].into(), key()).unwrap();
    let outsider = Cosigner::new("vecina.example".into(), keys::secret("vecina.example")).unwrap();
    let mut first = Mirror::open(base.path(), None).unwrap();
    first.copy(&mut bare(&scribe), scribe.time, &mut ()).unwrap();
    drop(first);
    for cosigner in [&cosigner, &outsider] {
        for steps in 0.. {
            let folder = tempdir().unwrap();
            duplicate(base.path(), folder.path());
            let mut mirror = open(folder.path(), steps).unwrap();
            mirror.copy(&mut bare(&scribe), scribe.time, &mut ()).unwrap();
            let result = mirror.cosign(cosigner, scribe.time);
            drop(mirror);
            assert_eq!(size(folder.path()), 5);
            let record = folder.path().join(".cabildo-mirror/cosigned/0");
            assert!(result.is_err() || record.exists(), "what is released is remembered");
            let mut mirror = Mirror::open(folder.path(), None).unwrap();
            mirror.copy(&mut bare(&scribe), scribe.time, &mut ()).unwrap();
            let cosigned = mirror.cosign(cosigner, scribe.time + 1).unwrap();
            let written = fs::read(record).unwrap();
            assert_eq!(written, cosigned.note);
            assert_eq!(size(folder.path()), 5);
            if let Ok(first) = result {
                assert_eq!(first.note, cosigned.note);
                break;
            }
        }
    }
}

#[test]
fn a_damaged_commit_is_not_guessed_at() {
    let folder = tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".cabildo-mirror")).unwrap();
    let commit = folder.path().join(".cabildo-mirror/commit");
    for wrong in [
        "",
        "x",
        "cabildo/mirror-commit/v1\n1 2 3\n",
        "cabildo/mirror-commit/v1\n1 1\n",
        "cabildo/mirror-commit/v1\n1 1 1",
    ] {
        fs::write(&commit, wrong).unwrap();
        assert!(
            matches!(Mirror::open(folder.path(), None), Err(CopyError::Own(why)) if why.contains("damaged")),
            "{wrong}"
        );
    }
}
