//! Attacks on a mirror that went through once.

use book::entry::text_hash_of;
use book::id::Origin;
use book::note::Signature;
use council::Candidate;
use council::kinds::{ClerkSucceeded, Content, write};
use mirror::source::Folder;
use mirror::{CopyError, Mirror, Watch};
use tempfile::tempdir;

use crate::judge::{Asked, try_audit};
use crate::keys;
use crate::scribe::{Scribe, by_all};
use crate::support::{copy, grown, holds, mirror_of};

/// The process ends when everything is copied and nothing judged.
#[derive(Default)]
struct Vanish(bool);

impl Watch for Vanish {
    fn copied(&mut self, done: u64, total: u64) {
        self.0 |= done == total;
    }

    fn goes_on(&mut self) -> bool {
        !self.0
    }
}

/// 17,000 entries, with an attachment beyond the first bundle.
fn big() -> Scribe {
    let mut scribe = Scribe::alone();
    grown(&mut scribe, 400);
    scribe.remark_with(1, "Adjunto el plano.", &[b"el plano"], None);
    grown(&mut scribe, 17_000);
    scribe
}

/// What was saved from a server that is gone is taken away by nobody: not by an honest older copy, not by a stranger.
#[test]
fn what_was_gathered_stays_until_it_is_judged() {
    let scribe = big();
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let stopped = mirror.copy(&mut scribe.files(), scribe.time, &mut Vanish::default());
    assert_eq!(stopped, Err(CopyError::Interrupted));
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), Some(scribe.book())).unwrap();
    let mut older = scribe.files_with(&scribe.signed(300, &[]), 300);
    let rolled_back = mirror.copy(&mut older, scribe.time, &mut ());
    assert!(matches!(rolled_back, Err(CopyError::Rollback { seen: 17_000, .. })), "{rolled_back:?}");
    let mut note = scribe.signed(300, &[]);
    note.signatures[0].bytes[5] ^= 1;
    older.insert("checkpoint", note.to_bytes()).unwrap();
    let strange = mirror.copy(&mut older, scribe.time, &mut ());
    assert!(matches!(strange, Err(CopyError::NotTheClerk { .. } | CopyError::Checkpoint(_))), "{strange:?}");
    // The saved bytes alone, attachments and all, are enough: in this folder and for a new one.
    let gathered = folder.path().join(".cabildo-mirror/gathered");
    let fresh = tempdir().unwrap();
    mirror_of(fresh.path(), &scribe);
    let elsewhere = tempdir().unwrap();
    let mut other = Mirror::open(elsewhere.path(), None).unwrap();
    other.copy(&mut Folder::at(&gathered), scribe.time, &mut ()).unwrap();
    holds(elsewhere.path(), &scribe.files());
    mirror.copy(&mut Folder::at(&gathered), scribe.time, &mut ()).unwrap();
    holds(folder.path(), &scribe.files());
    assert!(!gathered.exists(), "it has its place");
}

/// A stranger's tree that goes on from the true book leaves nothing on the disk, and ends.
#[test]
fn a_stranger_fills_no_disk() {
    let mut scribe = Scribe::alone();
    grown(&mut scribe, 300);
    let mut stranger = scribe.clone();
    while stranger.size() < 90_000 {
        stranger.append_unjudged(format!("no es nada {}", stranger.size()).into_bytes());
    }
    let mut note = stranger.signed(stranger.size(), &[]);
    note.signatures[0].bytes[7] ^= 1;
    let files = stranger.files_with(&note, stranger.size());
    for first in [true, false] {
        let folder = tempdir().unwrap();
        let mut mirror = if first {
            Mirror::open(folder.path(), Some(scribe.book())).unwrap()
        } else {
            mirror_of(folder.path(), &scribe)
        };
        let refused = mirror.copy(&mut files.clone(), scribe.time, &mut ());
        assert!(
            matches!(refused, Err(CopyError::NotTheClerk { .. } | CopyError::Checkpoint(_))),
            "{refused:?}"
        );
        let entries = folder.path().join(".cabildo-mirror/incoming/tile/entries");
        let kept = std::fs::read_dir(entries).map_or(0, |names| names.count());
        assert!(kept <= 2, "{kept} bundles of a stranger");
        // The true source is taken as ever.
        copy(&mut mirror, &scribe, &scribe.files()).unwrap();
        holds(folder.path(), &scribe.files());
    }
}

/// A hand-over recorded twice by the new clerk, at two times: the signers signed one text, and are not accused.
#[test]
fn who_signed_once_is_not_accused_of_two_successions() {
    let mut here = Scribe::witnessed();
    grown(&mut here, 30);
    let mut there = here.clone();
    let text = here.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&here.succession()));
    for (scribe, later) in [(&mut here, 60), (&mut there, 61)] {
        scribe.time += later;
        let candidate = Candidate::new(scribe.sign(&text), &scribe.state.keys());
        let origin = Origin { book: scribe.book(), epoch: 1 };
        let (_, bytes) = candidate.countersign(&keys::clerk(1), &origin, scribe.time).unwrap();
        scribe.append(bytes).unwrap();
    }
    assert_eq!(text_hash_of(&here.entries[30]), text_hash_of(&there.entries[30]));
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &here);
    grown(&mut there, 33);
    there.succeed(&[1, 3]);
    let error = copy(&mut mirror, &there, &there.files()).unwrap_err();
    assert!(matches!(error, CopyError::Fork { .. }), "{error}");
    copy(&mut mirror, &here, &here.files()).unwrap();
}

/// A cosignature from before the last entry was recorded counts for nobody, as in an audit.
#[test]
fn an_early_cosignature_does_not_count() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 30);
    let mut note = scribe.signed(30, &[]);
    for name in &scribe.cosigners[..2] {
        let early = scribe.time - 4000;
        note.signatures.push(Signature::timestamped(&keys::secret(name), name, early, &note.text));
    }
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let copied = copy(&mut mirror, &scribe, &scribe.files_with(&note, 30)).unwrap();
    assert_eq!(copied.last, None);
    let audit = try_audit(&mut Folder::at(folder.path()), &Asked::default()).unwrap();
    assert!(audit.report.holds(), "{}", audit.report);
}

/// A folder from other hands makes a mirror neither write nor remove elsewhere.
#[cfg(unix)]
#[test]
fn links_in_a_mirror_are_refused() {
    use std::os::unix::fs::symlink;
    let mut scribe = Scribe::alone();
    grown(&mut scribe, 5);
    let elsewhere = tempdir().unwrap();
    let letter = elsewhere.path().join("letter");
    std::fs::write(&letter, "dear").unwrap();
    for (name, target) in [("new", letter.as_path()), ("incoming", elsewhere.path())] {
        let folder = tempdir().unwrap();
        drop(mirror_of(folder.path(), &scribe));
        symlink(target, folder.path().join(".cabildo-mirror").join(name)).unwrap();
        let Err(CopyError::Own(why)) = Mirror::open(folder.path(), None) else { panic!("{name} is taken") };
        assert!(why.contains("it is a link"), "{why}");
    }
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "dear");
    // Links that come later, below: a new file takes their place, and what they name stays.
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    symlink(&letter, folder.path().join(".cabildo-mirror/new")).unwrap();
    grown(&mut scribe, 9);
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "dear");
}

/// What is lost, and how.
type Loss<'a> = (&'a str, &'a dyn Fn(&std::path::Path));

/// What a disk has lost or spoiled, a start finds: it is fetched again, and without that nothing is copied or cosigned.
#[test]
fn what_is_lost_here_is_fetched_again() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 700);
    let lose: [Loss<'_>; 5] = [
        ("every attachment", &|folder| std::fs::remove_dir_all(folder.join("blob")).unwrap()),
        ("a spoiled attachment", &|folder| {
            let blobs = std::fs::read_dir(folder.join("blob")).unwrap();
            for blob in blobs.map(|blob| blob.unwrap().path()) {
                let length = std::fs::metadata(&blob).unwrap().len() as usize;
                std::fs::write(&blob, vec![b'x'; length]).unwrap();
            }
        }),
        ("a bundle", &|folder| std::fs::remove_file(folder.join("tile/entries/001")).unwrap()),
        ("a changed bundle", &|folder| {
            let path = folder.join("tile/entries/000");
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[900] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }),
        ("a hash tile", &|folder| std::fs::remove_file(folder.join("tile/0/001")).unwrap()),
    ];
    for (what, lose) in lose {
        let folder = tempdir().unwrap();
        drop(mirror_of(folder.path(), &scribe));
        lose(folder.path());
        let damaged = tempdir().unwrap();
        std::process::Command::new("cp").arg("-a").arg(folder.path()).arg(damaged.path()).status().unwrap();
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        let copied = copy(&mut mirror, &scribe, &scribe.files()).unwrap();
        assert!(copied.changed, "{what} came back");
        holds(folder.path(), &scribe.files());
        // A source that has lost the same cannot help, and nothing is said to be well.
        let name = folder.path().file_name().unwrap();
        let mut mirror = Mirror::open(&damaged.path().join(name), None).unwrap();
        let mut source = Folder::at(&damaged.path().join(name));
        let refused = mirror.copy(&mut source, scribe.time, &mut ());
        assert!(refused.is_err(), "{what}: {refused:?}");
    }
}
