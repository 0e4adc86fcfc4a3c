//! What an honest source gives is held, byte for byte, and audits.

use book::files::MemoryFiles;
use mirror::source::{Folder, Source};
use mirror::{CopyError, Mirror, Watch};
use tempfile::tempdir;

use crate::keys;
use crate::scribe::{COSIGNERS, Scribe};
use crate::support::{Counting, audit_folder, copy, files_in, grown, holds, mirror_of};

/// The public files at an earlier size, cosigned by all.
fn at(scribe: &Scribe, size: u64) -> MemoryFiles {
    let mut files = scribe.files_with(&scribe.signed(size, &scribe.cosigners), size);
    files.remove("final");
    files
}

#[test]
fn books_of_all_sizes_are_held_exactly() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 600);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), Some(scribe.book())).unwrap();
    let mut before = 0;
    for size in [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 600] {
        let files = at(&scribe, size);
        let copied = copy(&mut mirror, &scribe, &files).unwrap();
        assert_eq!(
            (copied.before, copied.size, copied.last, copied.changed),
            (before, size, Some(size), true)
        );
        holds(folder.path(), &files);
        // A first copy gives the same files as one that has grown.
        let fresh = tempdir().unwrap();
        copy(&mut Mirror::open(fresh.path(), None).unwrap(), &scribe, &files).unwrap();
        holds(fresh.path(), &files);
        assert_eq!(mirror.state().unwrap().root(), scribe.roots[size as usize]);
        before = size;
    }
}

#[test]
fn a_council_that_has_lived_is_copied_with_its_blobs() {
    let scribe = Scribe::lived();
    let folder = tempdir().unwrap();
    let mirror = mirror_of(folder.path(), &scribe);
    holds(folder.path(), &scribe.files());
    assert_eq!(scribe.blobs.len(), 2);
    assert_eq!(mirror.state().unwrap().digest(), scribe.state.digest());
    assert_eq!(mirror.checkpoint().unwrap(), &scribe.checkpoint());
}

#[test]
fn many_files_are_made_durable_together() {
    let mut scribe = Scribe::alone();
    for at in 0..4_u8 {
        let blobs: Vec<Vec<u8>> = (0..20).map(|number| vec![at * 20 + number; 3000]).collect();
        let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
        scribe.remark_with(1, "Adjunto las fotos.", &blobs, None);
    }
    let folder = tempdir().unwrap();
    mirror_of(folder.path(), &scribe);
    assert_eq!(scribe.blobs.len(), 80);
    holds(folder.path(), &scribe.files());
}

#[test]
fn a_mirror_can_be_copied_from_and_so_can_a_bundle() {
    let scribe = Scribe::lived();
    let (first, second, third) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    mirror_of(first.path(), &scribe);
    let mut mirror = Mirror::open(second.path(), Some(scribe.book())).unwrap();
    mirror.copy(&mut Folder::at(first.path()), scribe.time, &mut ()).unwrap();
    holds(second.path(), &scribe.files());
    let bundle = third.path().join("book.tar");
    let mut writer = book::bundle::BundleWriter::new(Vec::new());
    for (path, bytes) in files_in(first.path()).iter() {
        writer.add(&path.to_string(), bytes).unwrap();
    }
    std::fs::write(&bundle, writer.finish().unwrap()).unwrap();
    let mut source = Source::open(bundle.to_str().unwrap()).unwrap();
    let place = third.path().join("mirror");
    Mirror::open(&place, None).unwrap().copy(&mut source, scribe.time, &mut ()).unwrap();
    holds(&place, &scribe.files());
    assert!(matches!(Source::open(first.path().to_str().unwrap()).unwrap(), Source::Folder(_)));
    assert!(Source::open("/nothing/here").is_err_and(|error| error.0.contains("no such file")));
}

#[test]
fn a_second_start_goes_on_from_what_is_there() {
    let mut scribe = Scribe::lived();
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    for is_kept in [true, false, false] {
        let size = scribe.size() + 150;
        grown(&mut scribe, size);
        if !is_kept {
            // Without the saved state the book is replayed.
            let _ = std::fs::remove_file(folder.path().join(".cabildo-mirror/state"));
        }
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        let mut source = Counting::new(scribe.files());
        mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
        holds(folder.path(), &scribe.files());
        assert_eq!(mirror.state().unwrap().digest(), scribe.state.digest());
        // The bundles that were full before are not fetched again.
        assert!(source.count("tile/entries/") <= 2, "{:?}", source.read);
    }
}

#[test]
fn a_saved_state_that_does_not_fit_is_left_aside() {
    let mut scribe = Scribe::lived();
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    let path = folder.path().join(".cabildo-mirror/state");
    let saved = std::fs::read(&path).unwrap();
    for at in [0, 30, 80, 200, 400, saved.len() - 30] {
        let mut wrong = saved.clone();
        wrong[at] ^= 1;
        std::fs::write(&path, &wrong).unwrap();
        scribe.remark(1, "Otra.");
        let mut mirror = Mirror::open(folder.path(), None).unwrap();
        copy(&mut mirror, &scribe, &scribe.files()).unwrap();
        assert_eq!(mirror.state().unwrap().digest(), scribe.state.digest());
    }
    holds(folder.path(), &scribe.files());
}

#[test]
fn cosignatures_come_later_and_none_is_lost() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 20);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let with = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        scribe.files_with(&scribe.signed(20, &names), 20)
    };
    let lines = || {
        let bytes = std::fs::read(folder.path().join("checkpoint")).unwrap();
        let note = book::note::Note::parse(&bytes).unwrap();
        note.signatures.iter().map(|line| line.name.clone()).collect::<Vec<_>>()
    };
    let clerk = scribe.state.origin().to_string();
    assert_eq!(copy(&mut mirror, &scribe, &with(&[])).unwrap().last, None);
    assert_eq!(lines(), [clerk.as_str()]);
    assert!(!folder.path().join("final").exists());
    assert_eq!(copy(&mut mirror, &scribe, &with(&[COSIGNERS[1]])).unwrap().last, None);
    let copied = copy(&mut mirror, &scribe, &with(&[COSIGNERS[0]])).unwrap();
    assert_eq!((copied.last, copied.changed), (Some(20), true));
    assert_eq!(lines(), [clerk.as_str(), COSIGNERS[1], COSIGNERS[0]]);
    let copied = copy(&mut mirror, &scribe, &with(&[])).unwrap();
    assert_eq!((copied.last, copied.changed), (Some(20), false));
    assert_eq!(lines().len(), 3);
    assert!(audit_folder(folder.path()).is_final);
    // What is final stays, while newer entries wait.
    grown(&mut scribe, 25);
    let bare = scribe.files_with(&scribe.signed(25, &[]), 25);
    let copied = copy(&mut mirror, &scribe, &bare).unwrap();
    assert_eq!((copied.size, copied.last), (25, Some(20)));
    audit_folder(folder.path());
}

#[test]
fn the_final_checkpoint_of_a_source_is_taken_if_it_holds() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 20);
    scribe.make_final();
    grown(&mut scribe, 30);
    let bare = |scribe: &Scribe| scribe.files_with(&scribe.signed(scribe.size(), &[]), scribe.size());
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert_eq!(copy(&mut mirror, &scribe, &bare(&scribe)).unwrap().last, Some(20));
    audit_folder(folder.path());
    // An earlier one never replaces it, and one that is not final is not taken.
    for wrong in [scribe.signed(10, &scribe.cosigners), scribe.signed(25, &scribe.cosigners[..1])] {
        let mut files = bare(&scribe);
        files.insert("final", wrong.to_bytes()).unwrap();
        assert_eq!(copy(&mut mirror, &scribe, &files).unwrap().last, Some(20));
    }
    let mut other = scribe.signed(25, &scribe.cosigners);
    other.text = other.text.replace("\n25\n", "\n26\n");
    let mut files = bare(&scribe);
    files.insert("final", other.to_bytes()).unwrap();
    assert_eq!(copy(&mut mirror, &scribe, &files).unwrap().last, Some(20));
    files.insert("final", scribe.signed(25, &scribe.cosigners).to_bytes()).unwrap();
    assert_eq!(copy(&mut mirror, &scribe, &files).unwrap().last, Some(25));
    audit_folder(folder.path());
}

#[test]
fn lines_by_strangers_are_left_out() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    let mut crowded = scribe.signed(10, &[]);
    for at in 0..120 {
        let name = format!("stranger-{at}");
        let line =
            book::note::Signature::timestamped(&keys::secret(&name), &name, scribe.time, &crowded.text);
        crowded.signatures.push(line);
    }
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &scribe, &scribe.files_with(&crowded, 10)).unwrap();
    assert_eq!(copy(&mut mirror, &scribe, &scribe.files()).unwrap().last, Some(10));
    let bytes = std::fs::read(folder.path().join("checkpoint")).unwrap();
    assert_eq!(book::note::Note::parse(&bytes).unwrap().signatures.len(), 4);
    assert!(audit_folder(folder.path()).is_final);
}

/// Stops after so many entries.
struct Until(u64);

impl Watch for Until {
    fn progress(&mut self, done: u64, _: u64) {
        self.0 = self.0.saturating_sub(done);
    }

    fn goes_on(&mut self) -> bool {
        self.0 > 0
    }
}

#[test]
fn an_interrupted_copy_is_resumed() {
    let mut scribe = Scribe::alone();
    // Long entries, so that several chunks are needed.
    for at in 0..600 {
        scribe.remark(at % 3 + 1, &format!("{at} {}", "acta ".repeat(3000)));
    }
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let mut source = Counting::new(scribe.files());
    let stopped = mirror.copy(&mut source, scribe.time, &mut Until(1));
    assert_eq!(stopped, Err(CopyError::Interrupted));
    assert!(source.count("tile/entries/") < 3);
    assert!(files_in(folder.path()).iter().next().is_none(), "nothing is served before all is checked");
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let first = source.count("tile/entries/");
    mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
    assert_eq!(source.count("tile/entries/"), 3, "{first} were there already");
    holds(folder.path(), &scribe.files());
}

/// Stops as soon as every byte is here and nothing but the beginning is judged.
#[derive(Default)]
struct UntilCopied {
    is_copied: bool,
    judged: u64,
}

impl Watch for UntilCopied {
    fn copied(&mut self, done: u64, total: u64) {
        self.is_copied = done == total;
    }

    fn progress(&mut self, done: u64, _: u64) {
        self.judged = done;
    }

    fn goes_on(&mut self) -> bool {
        !self.is_copied
    }
}

/// On the day on which a server vanishes its bytes are saved before they are judged, and what was saved is itself a source.
#[test]
fn the_bytes_come_first_and_are_judged_without_the_source() {
    let mut scribe = Scribe::alone();
    for at in 0..64 * 256 + 7 {
        scribe.remark(at % 3 + 1, &format!("acta {at}"));
    }
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let mut source = Counting::new(scribe.files());
    let mut watch = UntilCopied::default();
    assert_eq!(mirror.copy(&mut source, scribe.time, &mut watch), Err(CopyError::Interrupted));
    assert!(watch.is_copied && watch.judged <= 256, "{} judged", watch.judged);
    assert!(files_in(folder.path()).iter().next().is_none(), "nothing is served before all is judged");
    drop((mirror, source));
    let mut saved = mirror::source::Folder::at(&folder.path().join(".cabildo-mirror/gathered"));
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    mirror.copy(&mut saved, scribe.time, &mut ()).unwrap();
    holds(folder.path(), &scribe.files());
    // A bad byte in what was saved is found, and the whole source heals it.
    let other = tempdir().unwrap();
    let mut mirror = Mirror::open(other.path(), None).unwrap();
    let mut source = Counting::new(scribe.files());
    let _ = mirror.copy(&mut source, scribe.time, &mut UntilCopied::default());
    let incoming = other.path().join(".cabildo-mirror/gathered");
    let damaged = incoming.join("tile/entries/001");
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[700] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let alone = mirror.copy(&mut mirror::source::Folder::at(&incoming), scribe.time, &mut ());
    assert!(matches!(alone, Err(CopyError::Damaged(_))), "{alone:?}");
    mirror.copy(&mut source, scribe.time, &mut ()).unwrap();
    holds(other.path(), &scribe.files());
}

#[test]
fn one_process_at_a_time_and_never_into_other_files() {
    let folder = tempdir().unwrap();
    let mirror = Mirror::open(folder.path(), None).unwrap();
    assert!(
        matches!(Mirror::open(folder.path(), None), Err(CopyError::Own(why)) if why.contains("another process"))
    );
    drop(mirror);
    Mirror::open(folder.path(), None).unwrap();
    let other = tempdir().unwrap();
    std::fs::write(other.path().join("letter.txt"), "dear").unwrap();
    assert!(
        matches!(Mirror::open(other.path(), None), Err(CopyError::Own(why)) if why.contains("other files"))
    );
    // A copy made by other means, with a plain program, is taken over.
    let scribe = Scribe::lived();
    let plain = tempdir().unwrap();
    for (path, bytes) in scribe.files().iter() {
        let whole = plain.path().join(path.to_string());
        std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
        std::fs::write(whole, bytes).unwrap();
    }
    mirror_of(plain.path(), &scribe);
    holds(plain.path(), &scribe.files());
}
