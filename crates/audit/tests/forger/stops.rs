//! What this software cannot judge stops it: it is never taken for void, and nobody but the clerk can make it stop.

use audit::Replay;
use book::entry::{By, Signer, Text};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::note::{Note, Signature};
use council::kinds::{BlobRef, Content, RemarkMade, write};
use council::{Stop, Verdict};

use crate::support::judge::{Asked, audit};
use crate::support::keys;
use crate::support::scribe::{Scribe, by, founding, founding_text};

/// The checks that fail where an audit stops.
pub(crate) const CHECKS: [&str; 2] = ["rules-known", "blobs"];

/// That this entry stops the replay and the audit, the state as before; the entries after it are not read.
fn stops(mut scribe: Scribe, entry: Vec<u8>, stop: &Stop, check: &str) {
    let (number, before) = (scribe.size(), scribe.state.digest());
    assert_eq!(scribe.append(entry).as_ref().err(), Some(stop));
    assert_eq!(scribe.state.digest(), before);
    let found = audit(&scribe.files(), &Asked::default());
    assert_eq!(found.report.failed_checks(), [check], "{}", found.report);
    assert_eq!(found.report.check(check).unwrap().failures[0].entry, Some(number));
    assert!(found.voids.is_empty());
    let mut replay = Replay::new(scribe.book());
    let entries: Vec<&[u8]> = scribe.entries.iter().map(Vec::as_slice).collect();
    let blobs = scribe.blobs.clone();
    let mut has = |hash: &Hash, size: u64| blobs.get(hash).is_some_and(|blob| blob.len() as u64 == size);
    for _ in 0..2 {
        let stopped =
            replay.push(&entries[replay.state().size() as usize..], &mut has, |_, _| {}).unwrap_err();
        assert_eq!((stopped.entry, &stopped.stop), (number, stop));
        assert_eq!(replay.state().digest(), before);
    }
    let said = stop.to_string();
    assert!(said.contains("then go on"), "{said}");
}

/// That it is void under this check.
fn is_void(scribe: &mut Scribe, entry: Vec<u8>, check: &str) {
    match scribe.append(entry).unwrap() {
        Verdict::Void(refusal) => assert_eq!(refusal.check, check, "{refusal}"),
        applied => panic!("{applied:?}"),
    }
}

fn unknown(scribe: &Scribe, by: Vec<Signer>) -> Note {
    scribe.note(&scribe.text("motion.moved", by, r#"{"motion":1,"text":"Que se arregle la acequia."}"#))
}

#[test]
fn an_unknown_kind() {
    let stop = Stop::UnknownKind("motion.moved".into());
    let scribe = Scribe::lived();
    let entry = scribe.countersign(unknown(&scribe, by(4)));
    stops(scribe, entry, &stop, "rules-known");
    let scribe = Scribe::lived();
    let entry = scribe.countersign(unknown(&scribe, Vec::new()));
    stops(scribe, entry, &stop, "rules-known");
    // A kind to come may bring a key with it, as an admission does, or be signed by others than members.
    let scribe = Scribe::lived();
    let mut signers = by(4);
    signers.push(Signer { name: "federacion".into(), capacity: None });
    signers.push(Signer::member(70));
    let entry = scribe.countersign(unknown(&scribe, signers));
    stops(scribe, entry, &stop, "rules-known");
}

#[test]
fn an_unknown_kind_that_is_no_entry_of_this_book() {
    let mut scribe = Scribe::lived();
    let mut note = unknown(&scribe, by(4));
    note.signatures[0].bytes[9] ^= 1;
    let entry = scribe.countersign(note);
    is_void(&mut scribe, entry, "entry-signature");
    let note = unknown(&scribe, by(4));
    let mut under_another = note.clone();
    let name = scribe.state.origin().to_string();
    under_another.signatures.push(Signature::timestamped(&keys::member(4), &name, scribe.time, &note.text));
    is_void(&mut scribe, under_another.to_bytes(), "clerk-line");
    let mut of_another_epoch = note.clone();
    let name = Origin { epoch: 0, ..scribe.state.origin() }.to_string();
    of_another_epoch.signatures.push(Signature::timestamped(&keys::clerk(0), &name, scribe.time, &note.text));
    is_void(&mut scribe, of_another_epoch.to_bytes(), "clerk-line");
    let text = Text { book: Some(BookId([7; 32])), ..scribe.text("motion.moved", by(4), "{}") };
    let mut note = scribe.note(&text);
    let name = Origin { book: BookId([7; 32]), epoch: 1 }.to_string();
    note.signatures.push(Signature::timestamped(&scribe.clerk(), &name, scribe.time, &note.text));
    is_void(&mut scribe, note.to_bytes(), "entry-book");
    let mut late = scribe.text("motion.moved", by(4), "{}");
    late.after.size += 1;
    let entry = scribe.countersign(scribe.note(&late));
    is_void(&mut scribe, entry, "entry-after");
    scribe.remark(3, "El libro sigue.");
}

/// At the door it is no stop: whoever hands it in is told.
#[test]
fn an_unknown_kind_at_the_door() {
    let scribe = Scribe::lived();
    assert_eq!(crate::door(&scribe.state, &unknown(&scribe, by(4)).to_bytes(), scribe.time), "entry-content");
}

/// The entry of a version to come: the form of its text is not for us to read.
fn of_version_2(scribe: &Scribe) -> Note {
    let text = format!("cabildo/entry/v2\n{}\nlo que sea\n", scribe.book());
    Note { signatures: vec![Signature::plain(&keys::member(4), "4", &text)], text }
}

#[test]
fn an_unknown_version() {
    let scribe = Scribe::lived();
    let entry = scribe.countersign(of_version_2(&scribe));
    stops(scribe, entry, &Stop::UnknownVersion("2".into()), "rules-known");
}

#[test]
fn an_unknown_version_that_the_clerk_did_not_record() {
    let mut scribe = Scribe::lived();
    let note = of_version_2(&scribe);
    is_void(&mut scribe, note.to_bytes(), "entry-form");
    let name = scribe.state.origin().to_string();
    for key in [keys::member(4), keys::clerk(0), keys::secret("ateneo.example")] {
        let mut recorded = note.clone();
        recorded.signatures.push(Signature::timestamped(&key, &name, scribe.time, &note.text));
        is_void(&mut scribe, recorded.to_bytes(), "entry-form");
    }
    let mut before = note.clone();
    let name = Origin { epoch: 0, ..scribe.state.origin() }.to_string();
    before.signatures.push(Signature::timestamped(&keys::clerk(0), &name, scribe.time, &note.text));
    is_void(&mut scribe, before.to_bytes(), "entry-form");
    let mut spoiled = String::from_utf8(scribe.countersign(note)).unwrap();
    spoiled = spoiled.replace("lo que sea", "lo que fue");
    is_void(&mut scribe, spoiled.into_bytes(), "entry-form");
    scribe.remark(3, "El libro sigue.");
}

/// A founding under rules, of a kind or of a version to come: the book's id is its text's hash, so it is authentic.
#[test]
fn a_founding_that_newer_software_knows() {
    let mut text = founding_text(&founding(&[]));
    text.content = text.content.replacen("\"rules\":1", "\"rules\":3,\"nuevo\":true", 1);
    let rules = text.write();
    let mut text = founding_text(&founding(&[]));
    text.kind = "federation.founded".into();
    text.by = By::Clerk;
    let kind = text.write();
    let version = rules.replacen("entry/v1", "entry/v7", 1);
    for (text, stop) in [
        (rules, Stop::UnknownRules(3)),
        (kind, Stop::UnknownKind("federation.founded".into())),
        (version, Stop::UnknownVersion("7".into())),
    ] {
        let book = BookId::of_founding(&text);
        let scribe = Scribe::before(book, &[]);
        let mut signatures: Vec<Signature> = [1, 2, 3]
            .map(|number| Signature::plain(&keys::member(number), &number.to_string(), &text))
            .to_vec();
        if text.contains("by clerk") {
            signatures.clear();
        }
        let name = Origin { book, epoch: 0 }.to_string();
        signatures.push(Signature::timestamped(&keys::clerk(0), &name, scribe.time, &text));
        let entry = Note { text, signatures }.to_bytes();
        stops(scribe, entry.clone(), &stop, "rules-known");
        // As the first entry of another book it is nothing.
        let mut other = Scribe::before(BookId([7; 32]), &[]);
        assert!(matches!(other.append(entry), Ok(Verdict::Void(_))));
    }
}

#[test]
fn a_missing_blob() {
    let blob = b"acta de 1931, escaneada".to_vec();
    let hash = Hash::of(&blob);
    let size = blob.len() as u64;
    let content = RemarkMade {
        text: "Adjunto el acta.".into(),
        blobs: Some(vec![BlobRef { sha256: hash.hex(), size }]),
        body: None,
    };
    let scribe = Scribe::lived();
    let note = scribe.note(&scribe.text(RemarkMade::KIND, by(4), write(&content)));
    let entry = scribe.countersign(note.clone());
    stops(scribe, entry, &Stop::MissingBlob { hash, size }, "blobs");
    // A void entry's blobs are not asked for.
    let mut scribe = Scribe::lived();
    let mut void = note;
    void.signatures[0].bytes[0] ^= 1;
    let entry = scribe.countersign(void);
    is_void(&mut scribe, entry, "entry-signature");
}

/// The clerk has recorded a blob that is there, under another size.
#[test]
fn a_blob_of_another_size() {
    for size in [0, 22, 24] {
        let mut scribe = Scribe::lived();
        let blob: &[u8] = b"acta de 1931, escaneada";
        scribe.remark_with(4, "Adjunto el acta.", &[blob], None);
        let hash = Hash::of(blob);
        let content = RemarkMade {
            text: "Vuelvo a adjuntarla.".into(),
            blobs: Some(vec![BlobRef { sha256: hash.hex(), size }]),
            body: None,
        };
        let note = scribe.note(&scribe.text(RemarkMade::KIND, by(5), write(&content)));
        let entry = scribe.countersign(note);
        stops(scribe, entry, &Stop::MissingBlob { hash, size }, "blobs");
    }
}

/// A replay that stopped goes on when the blob is there.
#[test]
fn it_goes_on_when_the_blob_comes() {
    let mut scribe = Scribe::lived();
    scribe.remark_with(4, "Adjunto.", &[b"otro plano"], None);
    scribe.remark(5, "Gracias.");
    let entries: Vec<&[u8]> = scribe.entries.iter().map(Vec::as_slice).collect();
    let mut replay = Replay::new(scribe.book());
    let late = Hash::of(b"otro plano");
    let stopped = replay.push(&entries, &mut |hash: &Hash, _: u64| *hash != late, |_, _| {}).unwrap_err();
    assert_eq!(stopped.entry, scribe.size() - 2);
    replay.push(&entries[stopped.entry as usize..], &mut |_: &Hash, _: u64| true, |_, _| {}).unwrap();
    assert_eq!(replay.state().digest(), scribe.state.digest());
    assert!(replay.report().holds());
}
