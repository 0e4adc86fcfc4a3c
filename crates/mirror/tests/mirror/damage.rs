//! Whatever a broken or hostile source gives, the folder stays what it was, or becomes the right book.

use std::cell::Cell;
use std::rc::Rc;

use book::files::{FilesError, MemoryFiles};
use council::Stop;
use mirror::{CopyError, Mirror};
use proptest::prelude::*;
use tempfile::tempdir;

use crate::scribe::{Scribe, by, remark};
use crate::support::{Faulty, audit_folder, copy, files_in, grown, holds, mirror_of};

/// What may be wrong with a file.
const FAULTS: [&str; 6] = ["missing", "cut", "flipped", "longer", "unreadable", "huge"];

fn spoil(fault: &str, path: &str, bytes: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, FilesError> {
    let Some(mut bytes) = bytes else { return Ok(None) };
    let middle = bytes.len() / 2;
    match fault {
        "missing" => return Ok(None),
        "cut" if bytes.is_empty() => bytes.push(0),
        "cut" => bytes.truncate(middle),
        "flipped" => match bytes.get_mut(middle) {
            Some(byte) => *byte ^= 1,
            None => bytes.push(0),
        },
        "longer" => bytes.push(b'\n'),
        "unreadable" => return Err(FilesError::Io(format!("{path}: the line is dead"))),
        _ => bytes.resize(20 << 20, 7),
    }
    Ok(Some(bytes))
}

/// The files with one of them spoilt.
fn with_fault(files: &MemoryFiles, spoilt: &str, fault: &'static str) -> Faulty {
    let spoilt = spoilt.to_owned();
    Faulty::new(
        files.clone(),
        move |path, bytes| if path == spoilt { spoil(fault, path, bytes) } else { Ok(bytes) },
    )
}

#[test]
fn every_file_is_checked_in_every_way() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 300);
    scribe.remark_with(1, "Adjunto la factura.", &[b"factura 17, pagada"], None);
    let (before, size) = (14, scribe.size());
    let whole = scribe.files();
    let early = scribe.files_with(&scribe.signed(before, &scribe.cosigners), before);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    for start in [None, Some(&early)] {
        if let Some(early) = start {
            copy(&mut mirror, &scribe, early).unwrap();
        }
        let there = files_in(folder.path());
        let paths: Vec<String> = whole.iter().map(|(path, _)| path.to_string()).collect();
        for path in paths.iter().filter(|path| !["vkeys", "final"].contains(&path.as_str())) {
            // What is here already is not asked for again.
            let is_needed = start.is_none()
                || !early.iter().any(|(other, _)| other.to_string() == *path && *path != "checkpoint");
            for fault in FAULTS {
                if !is_needed {
                    continue;
                }
                // Nothing waits from the attempt before.
                let _ = std::fs::remove_dir_all(folder.path().join(".cabildo-mirror/incoming"));
                let result = mirror.copy(&mut with_fault(&whole, path, fault), scribe.time, &mut ());
                assert!(result.is_err(), "{path} {fault}: {result:?}");
                assert!(files_in(folder.path()) == there, "{path} {fault}");
            }
        }
        // An hour later the same mirror is as good as new, and so is one that starts again.
        drop(mirror);
        mirror = Mirror::open(folder.path(), None).unwrap();
        if start.is_some() {
            copy(&mut mirror, &scribe, &whole).unwrap();
            holds(folder.path(), &whole);
        }
    }
    assert_eq!(mirror.checkpoint().unwrap().size, size);
}

#[test]
fn vkeys_and_final_of_a_source_are_not_believed() {
    let mut scribe = Scribe::lived();
    scribe.make_final();
    for path in ["vkeys", "final"] {
        for fault in FAULTS {
            let folder = tempdir().unwrap();
            let mut mirror = Mirror::open(folder.path(), None).unwrap();
            mirror.copy(&mut with_fault(&scribe.files(), path, fault), scribe.time, &mut ()).unwrap();
            holds(folder.path(), &scribe.files());
        }
    }
}

#[test]
fn nobody_goes_on_without_every_blob() {
    let scribe = Scribe::lived();
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let (hash, bytes) = scribe.blobs.iter().find(|(_, bytes)| !bytes.is_empty()).unwrap();
    let path = format!("blob/{}", hash.hex());
    let mut files = scribe.files();
    files.remove(&path);
    let error = copy(&mut mirror, &scribe, &files).unwrap_err();
    assert!(
        matches!(&error, CopyError::Stopped(stopped) if matches!(stopped.stop, Stop::MissingBlob { .. })),
        "{error}"
    );
    assert!(!error.needs_a_person());
    files.insert(&path, vec![b'x'; bytes.len()]).unwrap();
    let error = copy(&mut mirror, &scribe, &files).unwrap_err();
    assert!(matches!(&error, CopyError::Damaged(what) if what.starts_with(&path)), "{error}");
    assert!(files_in(folder.path()).iter().next().is_none());
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    holds(folder.path(), &scribe.files());
}

#[test]
fn blobs_that_no_entry_names_are_not_taken() {
    let scribe = Scribe::lived();
    let folder = tempdir().unwrap();
    let mut files = scribe.files();
    // An attempt that fails late leaves its blobs waiting; the next book does not need them.
    let mut other = Scribe::lived();
    other.remark_with(1, "Con un plano que luego falta.", &[b"otro plano"], None);
    let text = other.text("motion.moved", by(1), "{}");
    let note = other.note(&text);
    other.time += 60;
    let bytes = other.countersign(note);
    assert!(other.append(bytes).is_err());
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let error = copy(&mut mirror, &other, &other.files()).unwrap_err();
    assert!(
        matches!(&error, CopyError::Stopped(stopped) if matches!(stopped.stop, Stop::UnknownKind(_))),
        "{error}"
    );
    assert!(error.needs_a_person() && error.to_string().contains("update Cabildo"));
    copy(&mut mirror, &scribe, &files).unwrap();
    files.remove("final");
    holds(folder.path(), &files);
}

#[test]
fn what_an_interrupted_round_left_never_gets_into_another_book() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 300);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    grown(&mut scribe, 310);
    let incoming = folder.path().join(".cabildo-mirror/incoming");
    let nonsense =
        ["tile/entries/000", "tile/0/000", "tile/0/001.p/54", "tile/1/000.p/1", "blob/ab", "checkpoint", "x"];
    let stray = format!("blob/{}", book::hash::Hash::of(b"stray").hex());
    for path in nonsense.iter().chain([&stray.as_str()]) {
        let whole = incoming.join(path);
        std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
        std::fs::write(whole, b"stray").unwrap();
    }
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    holds(folder.path(), &scribe.files());
    assert!(!incoming.exists());
}

#[test]
fn a_void_entry_is_mirrored_as_evidence() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    scribe.append(b"a clerk's joke".to_vec()).unwrap();
    let text = scribe.text("remark.made", by(9), remark("Nadie es el 9."));
    let note = scribe.note(&text);
    let bytes = scribe.countersign(note);
    scribe.append(bytes).unwrap();
    let folder = tempdir().unwrap();
    let mirror = mirror_of(folder.path(), &scribe);
    assert_eq!(mirror.state().unwrap().voids(), 2);
    let mut found = files_in(folder.path());
    found.remove("final");
    assert!(found == scribe.files());
}

#[test]
fn times_ahead_of_our_clock_wait() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let error = mirror.copy(&mut scribe.files(), scribe.time - 301, &mut ()).unwrap_err();
    assert_eq!(error, CopyError::Ahead { time: scribe.time, now: scribe.time - 301 });
    assert!(!error.is_about_material());
    // Cosigners ahead of our clock do not count yet.
    let mut early = scribe.signed(10, &scribe.cosigners[..1]);
    let name = scribe.cosigners[1].as_str();
    let ahead =
        book::note::Signature::timestamped(&crate::keys::secret(name), name, scribe.time + 301, &early.text);
    early.signatures.push(ahead);
    let files = scribe.files_with(&early, 10);
    assert_eq!(mirror.copy(&mut files.clone(), scribe.time, &mut ()).unwrap().last, None);
    assert_eq!(mirror.copy(&mut files.clone(), scribe.time + 1, &mut ()).unwrap().last, Some(10));
}

#[test]
fn what_is_damaged_here_is_mended_from_the_source() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 300);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    let blob = scribe.blobs.keys().next().unwrap().hex();
    for path in [
        "tile/entries/000",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "vkeys",
        &format!("blob/{blob}"),
    ] {
        for fault in ["missing", "cut", "longer"] {
            if fault == "longer" && path == "vkeys" {
                continue;
            }
            let whole = folder.path().join(path);
            match spoil(fault, path, Some(std::fs::read(&whole).unwrap())).unwrap() {
                None => std::fs::remove_file(&whole).unwrap(),
                Some(bytes) => std::fs::write(&whole, bytes).unwrap(),
            }
            let _ = std::fs::remove_file(folder.path().join(".cabildo-mirror/state"));
            let mut mirror = Mirror::open(folder.path(), None).unwrap();
            let copied = copy(&mut mirror, &scribe, &scribe.files()).unwrap();
            assert!(copied.changed, "{path} {fault}");
            holds(folder.path(), &scribe.files());
        }
    }
    // A source that has the same damage mends nothing, and the mirror says that its own files are wrong.
    let _ = std::fs::remove_file(folder.path().join(".cabildo-mirror/state"));
    std::fs::write(folder.path().join("tile/entries/000"), b"").unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let error =
        mirror.copy(&mut with_fault(&scribe.files(), "tile/entries/000", "cut"), scribe.time, &mut ());
    assert!(matches!(error, Err(CopyError::OwnDamaged(_))), "{error:?}");
    std::fs::write(folder.path().join("checkpoint"), b"cabildo").unwrap();
    drop(mirror);
    assert!(matches!(Mirror::open(folder.path(), None), Err(CopyError::OwnDamaged(_))));
}

#[test]
fn a_source_that_moves_on_while_it_is_read_is_read_again() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 40);
    let old = scribe.files();
    grown(&mut scribe, 50);
    let new = scribe.files();
    // The checkpoint is the old one at first; the tiles are the new ones already.
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let checkpoint = old.iter().find(|(path, _)| path.to_string() == "checkpoint").unwrap().1.to_vec();
    let mut source = Faulty::new(new, move |path, bytes| {
        if path == "checkpoint" {
            count.set(count.get() + 1);
            return Ok(if count.get() == 1 { Some(checkpoint.clone()) } else { bytes });
        }
        Ok(bytes)
    });
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert_eq!(mirror.copy(&mut source, scribe.time, &mut ()).unwrap().size, 50);
    assert_eq!(asked.get(), 2);
    holds(folder.path(), &scribe.files());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A hostile source answers every request as it likes: the folder is the book of before, or the right one.
    #[test]
    fn nothing_a_source_does_leaves_half_a_book(
        start in 1_u64..300,
        faults in prop::collection::vec((0_usize..40, 0_usize..FAULTS.len(), any::<prop::sample::Index>()), 1..6),
    ) {
        thread_local! {
            static BOOK: Scribe = {
                let mut scribe = Scribe::lived();
                grown(&mut scribe, 300);
                scribe
            };
        }
        BOOK.with(|scribe| {
            let folder = tempdir().unwrap();
            let early = scribe.files_with(&scribe.signed(start.max(12), &scribe.cosigners), start.max(12));
            let mut mirror = Mirror::open(folder.path(), None).unwrap();
            // The first dozen entries are of an epoch whose clerk signed other checkpoints.
            copy(&mut mirror, scribe, &early).unwrap();
            let there = files_in(folder.path());
            let mut asked = 0;
            let faults: Vec<_> = faults.iter().map(|(at, fault, index)| (*at, FAULTS[*fault], *index)).collect();
            let mut source = Faulty::new(scribe.files(), move |path, bytes| {
                let at = asked;
                asked += 1;
                let Some((_, fault, index)) = faults.iter().find(|(when, _, _)| *when == at) else { return Ok(bytes) };
                if *fault == "flipped" && let Some(mut bytes) = bytes.clone().filter(|bytes| !bytes.is_empty()) {
                    let place = index.index(bytes.len());
                    bytes[place] ^= 1;
                    return Ok(Some(bytes));
                }
                spoil(fault, path, bytes)
            });
            let result = mirror.copy(&mut source, scribe.time, &mut ());
            drop(mirror);
            match result {
                // A source can withhold a cosignature, also by spoiling the line's name: the rest is all there.
                Ok(_) => {
                    let but_checkpoint = |mut files: MemoryFiles| {
                        files.remove("checkpoint");
                        files.remove("final");
                        files
                    };
                    assert!(but_checkpoint(files_in(folder.path())) == but_checkpoint(scribe.files()));
                    audit_folder(folder.path());
                }
                Err(_) => assert!(files_in(folder.path()) == there),
            }
            // Whatever waits from the attempt does no harm. A line that was withheld comes back, below the others.
            let mut mirror = Mirror::open(folder.path(), None).unwrap();
            copy(&mut mirror, scribe, &scribe.files()).unwrap();
            let sorted = |mut files: MemoryFiles| {
                let checkpoint = files.remove("checkpoint").unwrap();
                files.remove("final");
                let mut lines: Vec<String> =
                    String::from_utf8(checkpoint).unwrap().lines().map(str::to_owned).collect();
                lines.sort_unstable();
                (files, lines)
            };
            assert!(sorted(files_in(folder.path())) == sorted(scribe.files()));
            audit_folder(folder.path());
        });
    }
}
