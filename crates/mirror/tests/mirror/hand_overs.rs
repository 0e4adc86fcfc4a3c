//! A new clerk carries the book on; what was final must be in it.

use book::checkpoint::{Checkpoint, sign};
use book::entry::{By, Text};
use book::files::MemoryFiles;
use book::id::Origin;
use book::key::{Algorithm, SecretKey, Vkey};
use book::proof::LogProof;
use council::kinds::{ClerkSucceeded, Content, write};
use mirror::{CopyError, Mirror};
use tempfile::tempdir;

use crate::keys;
use crate::scribe::{Scribe, by_all};
use crate::support::{audit_folder, copy, files_in, grown, holds, mirror_of};

/// A council with witnesses and so many entries.
fn witnessed(size: u64) -> Scribe {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, size);
    scribe
}

/// The files with nobody's cosignature.
fn bare(scribe: &Scribe) -> MemoryFiles {
    scribe.files_with(&scribe.signed(scribe.size(), &[]), scribe.size())
}

/// The files of the first entries, with nobody's cosignature.
fn bare_at(scribe: &Scribe, size: u64) -> MemoryFiles {
    scribe.files_with(&scribe.signed(size, &[]), size)
}

#[test]
fn a_hand_over_is_followed() {
    let mut scribe = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    // Entries that the mirror had not seen yet, the hand-over, and more.
    grown(&mut scribe, 40);
    scribe.succeed(&[1, 2]);
    grown(&mut scribe, 300);
    let copied = copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    assert_eq!((copied.epoch, copied.before, copied.size), (1, 30, 300));
    holds(folder.path(), &scribe.files());
    // Two at once.
    scribe.succeed(&[1, 3]);
    scribe.remark(2, "Entre dos relevos.");
    scribe.succeed(&[2, 3]);
    assert_eq!(copy(&mut mirror, &scribe, &scribe.files()).unwrap().epoch, 3);
    holds(folder.path(), &scribe.files());
    assert!(!folder.path().join("evidence").exists());
    drop(mirror);
    // The hand-overs are remembered over a start.
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let old = witnessed(40);
    assert_eq!(copy(&mut mirror, &old, &old.files()), Err(CopyError::Retired { offered: 0, here: 3 }));
}

#[test]
fn what_was_not_final_may_be_left_behind_and_is_kept() {
    for size in [26, 27, 300, 600] {
        let mut here = witnessed(25);
        here.make_final();
        grown(&mut here, size);
        let folder = tempdir().unwrap();
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        assert_eq!(copy(&mut mirror, &here, &bare(&here)).unwrap().last, Some(25));
        let mut there = witnessed(25);
        there.make_final();
        there.succeed(&[1, 2]);
        let copied = copy(&mut mirror, &here, &bare(&there)).unwrap();
        assert_eq!((copied.epoch, copied.before, copied.size, copied.last), (1, size, 26, Some(25)));
        assert_eq!(copied.common, 25);
        holds(folder.path(), &bare(&there));
        let left = folder.path().join(format!("evidence/left-behind-0-{size}"));
        let bundle = std::fs::read(left.join("entries-000000")).unwrap();
        let entries = book::tile::decode_entries(&bundle, size.min(256) as u16).unwrap();
        assert_eq!(entries[25], here.entries[25]);
        assert_eq!(left.join("entries-000002").exists(), size == 600);
        // And the new clerk goes on, past where the old one was.
        there.time = here.time;
        grown(&mut there, size + 60);
        copy(&mut mirror, &there, &there.files()).unwrap();
        holds(folder.path(), &there.files());
        drop(mirror);
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        there.remark(1, "Otra.");
        copy(&mut mirror, &there, &there.files()).unwrap();
        assert_eq!(mirror.state().unwrap().digest(), there.state.digest());
    }
}

#[test]
fn a_hand_over_below_what_is_final_is_contested() {
    // Witnessed: below the largest final one. Alone: below the largest that the clerk signed.
    for (mut here, mut there, carried) in
        [(witnessed(30), witnessed(20), 20), (alone(30), alone(29), 29), (alone(30), alone(20), 20)]
    {
        grown(&mut here, 30);
        let folder = tempdir().unwrap();
        let mut mirror = mirror_of(folder.path(), &here);
        there.succeed(&[1, 2]);
        grown(&mut there, 50);
        let error = copy(&mut mirror, &there, &there.files()).unwrap_err();
        let CopyError::Contested { carried: said, last: 30, evidence } = &error else { panic!("{error}") };
        assert_eq!(*said, carried);
        let proof = LogProof::parse(&std::fs::read(evidence.join("succession.tlog-proof")).unwrap()).unwrap();
        let entry = std::fs::read(evidence.join("succession")).unwrap();
        assert!(proof.proves(&entry, 50, &there.root()));
        assert_eq!(proof.checkpoint, std::fs::read(evidence.join("theirs")).unwrap());
        holds(folder.path(), &here.files());
    }
}

fn alone(size: u64) -> Scribe {
    let mut scribe = Scribe::alone();
    grown(&mut scribe, size);
    scribe
}

#[test]
fn a_checkpoint_that_was_only_seen_counts_too() {
    let here = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &here, &bare_at(&here, 20)).unwrap();
    // The final checkpoint of 30 was seen, its entries could not be had.
    let mut files = here.files();
    files.remove("tile/entries/000.p/30");
    assert!(matches!(copy(&mut mirror, &here, &files), Err(CopyError::Damaged(_))));
    let mut there = witnessed(25);
    there.succeed(&[1, 2]);
    let error = copy(&mut mirror, &here, &there.files()).unwrap_err();
    assert!(matches!(error, CopyError::Contested { carried: 25, last: 30, .. }), "{error}");
}

#[test]
fn another_past_of_the_former_clerk_is_a_fork() {
    let here = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &here, &bare(&here)).unwrap();
    let mut there = witnessed(22);
    there.remark(1, "Lo que nunca se dijo.");
    grown(&mut there, 26);
    there.succeed(&[1, 2]);
    let error = copy(&mut mirror, &here, &there.files()).unwrap_err();
    let CopyError::Fork { evidence } = &error else { panic!("{error}") };
    for (name, size, root) in [("entry-ours", 30, here.root()), ("entry-theirs", 27, there.root())] {
        let proof =
            LogProof::parse(&std::fs::read(evidence.join(format!("{name}.tlog-proof"))).unwrap()).unwrap();
        assert_eq!(proof.index, 22);
        assert!(proof.proves(&std::fs::read(evidence.join(name)).unwrap(), size, &root));
    }
    holds(folder.path(), &bare(&here));
}

/// A second hand-over of this book, to a clerk with another key than the usual one: its files, and the other clerk's origin.
fn rival(scribe: &mut Scribe) -> MemoryFiles {
    let key: SecretKey = keys::secret("rival clerk");
    let content = ClerkSucceeded { clerk: key.public().base64(), ..scribe.succession() };
    let text = Text {
        by: By::Members(by_all(&[1, 2])),
        ..scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&content))
    };
    let origin = Origin { book: scribe.book(), epoch: content.epoch };
    let entry = scribe.sign(&text).countersign(&key, &origin, scribe.time + 60).unwrap();
    scribe.append(entry.to_bytes()).unwrap();
    assert_eq!(scribe.state.epoch(), content.epoch);
    let checkpoint = Checkpoint { origin: origin.to_string(), size: scribe.size(), root: scribe.root() };
    let mut files = scribe.files_with(&sign(&checkpoint, &key), scribe.size());
    let vkey = Vkey { name: origin.to_string(), algorithm: Algorithm::Plain, key: key.public() };
    files.insert("vkeys", format!("{vkey}\n").into_bytes()).unwrap();
    files
}

#[test]
fn two_successions_for_one_epoch_stop_the_mirror() {
    for (size, more) in [(30, 0), (30, 40), (25, 0)] {
        let mut here = witnessed(30);
        here.succeed(&[1, 2]);
        let size_here = here.size() + more;
        grown(&mut here, size_here);
        let folder = tempdir().unwrap();
        let mut mirror = mirror_of(folder.path(), &here);
        let mut there = witnessed(size);
        let files = rival(&mut there);
        let error = copy(&mut mirror, &here, &files).unwrap_err();
        let CopyError::TwoSuccessions { epoch: 1, evidence } = &error else { panic!("{error}") };
        assert!(error.needs_a_person());
        for (name, number, scribe) in [("ours", 30, &here), ("theirs", size, &there)] {
            let entry = std::fs::read(evidence.join(format!("succession-{name}"))).unwrap();
            let proof = std::fs::read(evidence.join(format!("succession-{name}.tlog-proof"))).unwrap();
            let proof = LogProof::parse(&proof).unwrap();
            assert_eq!((proof.index, &entry), (number, &scribe.entries[number as usize]));
            assert!(proof.proves(&entry, scribe.size(), &scribe.root()));
        }
        holds(folder.path(), &here.files());
        // It goes no further, not even with the clerk whom it followed, nor after a new start.
        assert!(matches!(copy(&mut mirror, &here, &here.files()), Err(CopyError::Halted(_))));
        drop(mirror);
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        let error = copy(&mut mirror, &here, &here.files()).unwrap_err();
        assert!(matches!(&error, CopyError::Halted(why) if why.contains("two successions")), "{error}");
    }
}

#[test]
fn a_source_of_the_former_epoch_is_told_so_or_contests() {
    let mut here = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &here);
    here.succeed(&[1, 2]);
    let handed_over = here.time;
    grown(&mut here, 50);
    copy(&mut mirror, &here, &here.files()).unwrap();
    let retired = Err(CopyError::Retired { offered: 0, here: 1 });
    let old = witnessed(60);
    assert_eq!(copy(&mut mirror, &here, &bare_at(&old, 10)), retired);
    assert_eq!(copy(&mut mirror, &here, &bare_at(&old, 30)), retired);
    // More by the former clerk, not final: it was too late with it.
    assert_eq!(copy(&mut mirror, &here, &bare_at(&old, 40)), retired);
    // Final: within seven days it contests.
    let week = 7 * 86_400;
    let mut files = old.files();
    assert_eq!(mirror.copy(&mut files, handed_over + week + 1, &mut ()), retired);
    let error = mirror.copy(&mut files, handed_over + week, &mut ()).unwrap_err();
    assert!(matches!(error, CopyError::Contested { carried: 30, last: 60, .. }), "{error}");
    // Another past of the former clerk is a fork, however old.
    let mut other = witnessed(12);
    other.remark(1, "Lo que nunca se dijo.");
    grown(&mut other, 25);
    let error = copy(&mut mirror, &here, &bare(&other)).unwrap_err();
    assert!(matches!(error, CopyError::Fork { .. }), "{error}");
    holds(folder.path(), &here.files());
}

#[test]
fn a_hand_over_that_the_rules_refuse_is_none() {
    let here = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &here);
    let there = files_in(folder.path());
    // One signer where it takes two: the entry is void, and whoever it names is no clerk.
    let mut lone = witnessed(30);
    let key = keys::clerk(1);
    let text = lone.text(ClerkSucceeded::KIND, by_all(&[1]), write(&lone.succession()));
    let origin = Origin { book: lone.book(), epoch: 1 };
    let entry = lone.sign(&text).countersign(&key, &origin, lone.time + 60).unwrap();
    lone.append(entry.to_bytes()).unwrap();
    let checkpoint = Checkpoint { origin: origin.to_string(), size: 31, root: lone.root() };
    let files = lone.files_with(&sign(&checkpoint, &key), 31);
    assert_eq!(copy(&mut mirror, &here, &files), Err(CopyError::NotTheClerk { epoch: 1 }));
    // The retired clerk signs for the entries of the new one.
    let mut over = witnessed(30);
    over.succeed(&[1, 2]);
    let checkpoint = Checkpoint { origin: here.checkpoint().origin, ..over.checkpoint() };
    let files = over.files_with(&sign(&checkpoint, &keys::clerk(0)), 31);
    assert_eq!(copy(&mut mirror, &here, &files), Err(CopyError::NotTheClerk { epoch: 0 }));
    // The new clerk's book under the old clerk's key.
    let files = over.files_with(&sign(&over.checkpoint(), &keys::clerk(0)), 31);
    assert_eq!(copy(&mut mirror, &here, &files), Err(CopyError::NotTheClerk { epoch: 1 }));
    assert!(files_in(folder.path()) == there);
    // What was seen in vain of the retired clerk does not stand in the way of the hand-over.
    copy(&mut mirror, &over, &over.files()).unwrap();
    audit_folder(folder.path());
}

#[test]
fn a_lost_copy_still_binds() {
    let lose = |folder: &std::path::Path| {
        for name in ["checkpoint", "final", "vkeys"] {
            let _ = std::fs::remove_file(folder.join(name));
        }
    };
    let here = witnessed(30);
    let mut contests = witnessed(25);
    contests.succeed(&[1, 2]);
    let mut forks = witnessed(20);
    forks.remark(1, "Lo que nunca se dijo.");
    grown(&mut forks, 40);
    let mut parted = witnessed(20);
    parted.remark(1, "Lo que nunca se dijo.");
    grown(&mut parted, 40);
    parted.succeed(&[1, 2]);
    for (there, word) in [(&contests, "contested"), (&forks, "two histories"), (&parted, "two histories")] {
        let folder = tempdir().unwrap();
        drop(mirror_of(folder.path(), &here));
        lose(folder.path());
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        assert_eq!(mirror.checkpoint(), None);
        let error = copy(&mut mirror, there, &there.files()).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        copy(&mut mirror, &here, &here.files()).unwrap();
        holds(folder.path(), &here.files());
    }
    // The hand-over was seen: the former clerk's book is no book to begin with.
    let mut over = witnessed(30);
    over.succeed(&[1, 2]);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &over));
    lose(folder.path());
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert_eq!(copy(&mut mirror, &here, &here.files()), Err(CopyError::Retired { offered: 0, here: 1 }));
}

#[test]
fn a_founding_that_is_recorded_twice_is_a_fork() {
    let here = witnessed(30);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &here);
    let content = crate::scribe::founding(&crate::scribe::two_of_three());
    let text = crate::scribe::founding_text(&content);
    let mut there = Scribe::before(here.book(), &crate::scribe::COSIGNERS);
    there.time += 5;
    let founding = there.sign(&text);
    there.record(founding);
    assert_eq!(there.book(), here.book());
    grown(&mut there, 31);
    there.succeed(&[1, 2]);
    let error = copy(&mut mirror, &there, &there.files()).unwrap_err();
    assert!(matches!(error, CopyError::Fork { .. }), "{error}");
    holds(folder.path(), &here.files());
    copy(&mut mirror, &here, &here.files()).unwrap();
}
