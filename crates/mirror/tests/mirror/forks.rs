//! A clerk who signs two histories, or takes one back, is refused, and leaves proof behind.

use std::path::Path;

use book::checkpoint::{Checkpoint, SignedCheckpoint, sign};
use book::files::MemoryFiles;
use book::hash::Hash;
use book::merkle::verify_consistency;
use book::note::Signature;
use mirror::{CopyError, Mirror};
use tempfile::tempdir;

use crate::keys;
use crate::scribe::{Scribe, founding};
use crate::support::{Faulty, copy, files_in, grown, holds, mirror_of};

/// A book of `size` entries that goes its own way from entry `from` on.
fn parted(from: u64, size: u64, word: &str) -> Scribe {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, from);
    scribe.remark(1, word);
    grown(&mut scribe, size);
    scribe
}

/// The two checkpoints of a case, both with the clerk's valid line.
fn both(evidence: &Path, scribe: &Scribe) -> [Checkpoint; 2] {
    ["ours", "theirs"].map(|name| {
        let bytes = std::fs::read(evidence.join(name)).unwrap();
        SignedCheckpoint::open(&bytes, &scribe.vkey(), &[]).unwrap().checkpoint().clone()
    })
}

/// Whether the lines in `consistency` prove that the larger checkpoint does not begin with the smaller one.
fn proves(evidence: &Path, [a, b]: [Checkpoint; 2]) -> bool {
    let (small, large) = if a.size < b.size { (a, b) } else { (b, a) };
    let text = std::fs::read_to_string(evidence.join("consistency")).unwrap();
    let mut lines = text.lines();
    let size: u64 = lines.next().unwrap().parse().unwrap();
    let root = Hash::parse(lines.next().unwrap()).unwrap();
    let proof: Vec<Hash> = lines.map(|line| Hash::parse(line).unwrap()).collect();
    size == small.size
        && root != small.root
        && verify_consistency(size, &root, large.size, &large.root, &proof)
}

#[test]
fn a_fork_of_any_size_is_refused_with_proof() {
    let ours = parted(15, 30, "Lo que se dijo.");
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &ours);
    for size in [20, 30, 40] {
        let theirs = parted(15, size, "Lo que nunca se dijo.");
        let error = copy(&mut mirror, &theirs, &theirs.files()).unwrap_err();
        let CopyError::Fork { evidence } = &error else { panic!("{size}: {error}") };
        assert!(error.is_about_material() && !error.needs_a_person());
        let checkpoints = both(evidence, &ours);
        assert_eq!((checkpoints[0].size, checkpoints[1].size), (30, size));
        if size == 30 {
            assert_ne!(checkpoints[0].root, checkpoints[1].root);
        } else {
            assert!(proves(evidence, checkpoints), "{size}");
        }
        assert!(evidence.join("README").exists());
        // The same again is the same case.
        assert_eq!(copy(&mut mirror, &theirs, &theirs.files()), Err(error));
        holds(folder.path(), &ours.files());
    }
    assert_eq!(std::fs::read_dir(folder.path().join("evidence")).unwrap().count(), 3);
    let mut ours = ours;
    grown(&mut ours, 45);
    copy(&mut mirror, &ours, &ours.files()).unwrap();
    holds(folder.path(), &ours.files());
}

#[test]
fn less_than_was_seen_is_refused() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 30);
    let early = scribe.files_with(&scribe.signed(20, &scribe.cosigners), 20);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    assert_eq!(copy(&mut mirror, &scribe, &early), Err(CopyError::Rollback { offered: 20, seen: 30 }));
    // A checkpoint whose entries could not be had was seen all the same, also after a new start.
    grown(&mut scribe, 300);
    let mut source =
        Faulty::new(scribe.files(), |path, bytes| Ok(bytes.filter(|_| !path.starts_with("tile/entries"))));
    assert!(matches!(mirror.copy(&mut source, scribe.time, &mut ()), Err(CopyError::Damaged(_))));
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert_eq!(mirror.seen().map(|checkpoint| checkpoint.size).collect::<Vec<_>>(), [300]);
    let between = scribe.files_with(&scribe.signed(299, &scribe.cosigners), 299);
    assert_eq!(copy(&mut mirror, &scribe, &between), Err(CopyError::Rollback { offered: 299, seen: 300 }));
    assert_eq!(mirror.checkpoint().unwrap().size, 30);
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    holds(folder.path(), &scribe.files());
    // Someone who removes the copy does not make the mirror forget.
    drop(mirror);
    for path in ["checkpoint", "final", "vkeys"] {
        std::fs::remove_file(folder.path().join(path)).unwrap();
    }
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert_eq!(copy(&mut mirror, &scribe, &between), Err(CopyError::Rollback { offered: 299, seen: 300 }));
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    holds(folder.path(), &scribe.files());
}

#[test]
fn another_book_is_refused() {
    let scribe = Scribe::lived();
    let mut content = founding(&[]);
    content.name = "Otro consejo".into();
    let other = Scribe::found(&content, &[]);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    assert!(matches!(copy(&mut mirror, &other, &other.files()), Err(CopyError::OtherBook { .. })));
    drop(mirror);
    assert!(matches!(Mirror::open(folder.path(), Some(other.book())), Err(CopyError::OtherBook { .. })));
    let fresh = tempdir().unwrap();
    let mut mirror = Mirror::open(fresh.path(), Some(other.book())).unwrap();
    assert!(matches!(copy(&mut mirror, &scribe, &scribe.files()), Err(CopyError::OtherBook { .. })));
    // The other book's entries under this book's name do not found it.
    let lie = Checkpoint { origin: scribe.checkpoint().origin, ..other.checkpoint() };
    let files = other.files_with(&sign(&lie, &keys::clerk(0)), other.size());
    let mut mirror = Mirror::open(tempdir().unwrap().path(), Some(scribe.book())).unwrap();
    assert!(matches!(copy(&mut mirror, &other, &files), Err(CopyError::OtherBook { .. })));
}

#[test]
fn only_the_clerk_signs_checkpoints() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 20);
    let early = scribe.files();
    grown(&mut scribe, 30);
    let good = scribe.signed(30, &scribe.cosigners);
    let with = |change: &dyn Fn(&mut book::note::Note)| -> MemoryFiles {
        let mut note = good.clone();
        change(&mut note);
        scribe.files_with(&note, 30)
    };
    let clerk = scribe.checkpoint().origin;
    let stranger = keys::secret("stranger");
    let cases: [(&str, MemoryFiles); 8] = [
        (
            "a stranger's key",
            with(&|note| note.signatures[0] = Signature::plain(&stranger, &clerk, &note.text)),
        ),
        ("no line", with(&|note| drop(note.signatures.remove(0)))),
        ("a flipped bit", with(&|note| note.signatures[0].bytes[3] ^= 1)),
        ("a line twice", with(&|note| note.signatures.insert(0, note.signatures[0].clone()))),
        ("a cosigner's flipped bit", with(&|note| note.signatures[1].bytes[20] ^= 1)),
        ("a cosigner twice", with(&|note| note.signatures.push(note.signatures[1].clone()))),
        (
            "a timestamped line by the clerk",
            with(&|note| {
                note.signatures[0] = Signature::timestamped(&keys::clerk(0), &clerk, scribe.time, &note.text)
            }),
        ),
        ("another root", with(&|note| note.text = note.text.replacen('/', "+", 9))),
    ];
    for (what, files) in cases {
        for start in [None, Some(&early)] {
            let folder = tempdir().unwrap();
            let mut mirror = Mirror::open(folder.path(), Some(scribe.book())).unwrap();
            if let Some(early) = start {
                copy(&mut mirror, &scribe, early).unwrap();
            }
            let there = files_in(folder.path());
            let error = copy(&mut mirror, &scribe, &files).unwrap_err();
            let expected = matches!(
                error,
                CopyError::NotTheClerk { .. } | CopyError::Checkpoint(_) | CopyError::OtherBook { .. }
            );
            assert!(expected, "{what}: {error:?}");
            assert!(files_in(folder.path()) == there, "{what}");
        }
    }
}

#[test]
fn entries_that_the_clerk_did_not_sign_for_are_refused() {
    // The source has an entry more than the checkpoint that it shows under the clerk's old line.
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 20);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    grown(&mut scribe, 21);
    let mut stale = scribe.signed(20, &scribe.cosigners);
    stale.text = scribe.checkpoint().text();
    let error = copy(&mut mirror, &scribe, &scribe.files_with(&stale, 21)).unwrap_err();
    assert!(matches!(error, CopyError::Checkpoint(_)), "{error:?}");
    assert_eq!(mirror.checkpoint().unwrap().size, 20);
}
