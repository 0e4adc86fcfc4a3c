//! Cosigning with a key of one's own: only the whole book, never less than before, and by nobody who has another role.

use std::sync::{Arc, Mutex};

use book::checkpoint::SignedCheckpoint;
use book::key::{Algorithm, Vkey};
use mirror::source::Address;
use mirror::{CosignError, Cosigner, Mirror, cosign_and_hand_in};
use tempfile::tempdir;

use crate::keys;
use crate::scribe::{COSIGNERS, Scribe};
use crate::support::{Reply, Server, audit_folder, copy, grown, mirror_of};

fn cosigner(name: &str) -> Cosigner {
    Cosigner::new(name.into(), keys::secret(name)).unwrap()
}

/// A book whose newest checkpoint nobody has cosigned.
fn bare(scribe: &Scribe) -> book::files::MemoryFiles {
    scribe.files_with(&scribe.signed(scribe.size(), &[]), scribe.size())
}

#[test]
fn a_mirror_of_the_policy_makes_a_checkpoint_final() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 40);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let own = cosigner(COSIGNERS[2]);
    assert_eq!(mirror.cosign(&own, scribe.time), Err(CosignError::Nothing));
    copy(&mut mirror, &scribe, &bare(&scribe)).unwrap();
    let cosigned = mirror.cosign(&own, scribe.time + 7).unwrap();
    assert_eq!(
        (cosigned.size, cosigned.time, cosigned.is_new, cosigned.counts),
        (40, scribe.time + 7, true, true)
    );
    let signed = SignedCheckpoint::open(&cosigned.note, &scribe.vkey(), &[own.vkey()]).unwrap();
    assert_eq!(signed.cosignatures()[0].time, scribe.time + 7);
    assert_eq!(signed.note().signatures.len(), 2);
    // What is served carries it; asking again gives the same line.
    let served = std::fs::read(folder.path().join("checkpoint")).unwrap();
    assert_eq!(
        SignedCheckpoint::open(&served, &scribe.vkey(), &[own.vkey()]).unwrap().cosignatures().len(),
        1
    );
    let again = mirror.cosign(&own, scribe.time + 9).unwrap();
    assert_eq!((again.is_new, &again.note), (false, &cosigned.note));
    // With another's line from the source it is final.
    let other = scribe.signed(40, &scribe.cosigners[..1]);
    let copied = copy(&mut mirror, &scribe, &scribe.files_with(&other, 40)).unwrap();
    assert_eq!(copied.last, Some(40));
    assert!(audit_folder(folder.path()).is_final);
    assert_eq!(mirror.cosign(&own, scribe.time + 11).unwrap().note, cosigned.note);
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    grown(&mut scribe, 41);
    copy(&mut mirror, &scribe, &bare(&scribe)).unwrap();
    assert!(mirror.cosign(&own, scribe.time).unwrap().is_new);
    audit_folder(folder.path());
}

#[test]
fn a_mirror_outside_the_policy_cosigns_what_it_serves() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 20);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    let own = cosigner("vecina.example");
    let cosigned = mirror.cosign(&own, scribe.time).unwrap();
    assert!(cosigned.is_new && !cosigned.counts);
    let vkeys = std::fs::read_to_string(folder.path().join("vkeys")).unwrap();
    assert_eq!(vkeys.lines().last().unwrap(), own.vkey().to_string());
    assert_eq!(vkeys.lines().count(), 5);
    audit_folder(folder.path());
    // It stays through other rounds and starts.
    drop(mirror);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    assert!(!copy(&mut mirror, &scribe, &scribe.files()).unwrap().changed);
    let served = std::fs::read(folder.path().join("checkpoint")).unwrap();
    let opened = SignedCheckpoint::open(&served, &scribe.vkey(), &[own.vkey()]).unwrap();
    assert_eq!(opened.cosignatures().len(), 1);
    audit_folder(folder.path());
    grown(&mut scribe, 30);
    copy(&mut mirror, &scribe, &scribe.files()).unwrap();
    audit_folder(folder.path());
}

#[test]
fn nobody_with_another_role_cosigns() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 20);
    let folder = tempdir().unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    let there = std::fs::read(folder.path().join("checkpoint")).unwrap();
    let as_own = |label: &str| Cosigner::new("vecina.example".into(), keys::secret(label)).unwrap();
    for label in ["clerk 0", "clerk 1", "member 1", "member 6"] {
        assert_eq!(mirror.cosign(&as_own(label), scribe.time), Err(CosignError::Role), "{label}");
    }
    let known = CosignError::Policy { known: COSIGNERS[0].into() };
    assert_eq!(mirror.cosign(&as_own(COSIGNERS[0]), scribe.time), Err(known.clone()));
    let wrong_key = Cosigner::new(COSIGNERS[0].into(), keys::secret("another")).unwrap();
    assert_eq!(mirror.cosign(&wrong_key, scribe.time), Err(known));
    assert!(matches!(Cosigner::new("a b".into(), keys::secret("x")), Err(CosignError::Name(_))));
    assert_eq!(std::fs::read(folder.path().join("checkpoint")).unwrap(), there);
    assert!(!folder.path().join(".cabildo-mirror/cosigned").exists());
}

#[test]
fn what_was_cosigned_is_never_gone_behind() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 30);
    let folder = tempdir().unwrap();
    let own = cosigner(COSIGNERS[2]);
    let mut mirror = mirror_of(folder.path(), &scribe);
    mirror.cosign(&own, scribe.time).unwrap();
    drop(mirror);
    let private = folder.path().join(".cabildo-mirror");
    let record = std::fs::read(private.join("cosigned/0")).unwrap();
    // The folder is set back to fewer entries, all but the record of what was cosigned.
    let empty = |is_with_record: bool| {
        for name in ["checkpoint", "final", "vkeys"] {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
        for name in ["tile", ".cabildo-mirror"] {
            std::fs::remove_dir_all(folder.path().join(name)).unwrap();
        }
        if is_with_record {
            std::fs::create_dir_all(private.join("cosigned")).unwrap();
            std::fs::write(private.join("cosigned/0"), &record).unwrap();
        }
    };
    empty(true);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let early = scribe.files_with(&scribe.signed(20, &scribe.cosigners), 20);
    copy(&mut mirror, &scribe, &early).unwrap();
    assert_eq!(mirror.cosign(&own, scribe.time), Err(CosignError::SetBack { cosigned: 30, held: 20 }));
    // Another history of the same length or longer.
    let mut other = Scribe::witnessed();
    grown(&mut other, 25);
    other.remark(1, "Lo que nunca se dijo.");
    grown(&mut other, 35);
    drop(mirror);
    empty(true);
    let mut mirror = mirror_of(folder.path(), &other);
    assert_eq!(mirror.cosign(&own, other.time), Err(CosignError::SetBack { cosigned: 30, held: 35 }));
    drop(mirror);
    // A damaged record; another key of ours is not bound by it.
    empty(true);
    std::fs::write(private.join("cosigned/0"), b"cabildo").unwrap();
    let mut mirror = mirror_of(folder.path(), &scribe);
    assert!(matches!(mirror.cosign(&own, scribe.time), Err(CosignError::Damaged(_))));
    std::fs::write(private.join("cosigned/0"), &record).unwrap();
    assert!(mirror.cosign(&cosigner(COSIGNERS[1]), scribe.time).is_ok());
}

#[test]
fn the_time_of_a_cosignature_never_goes_back() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    let folder = tempdir().unwrap();
    let own = cosigner(COSIGNERS[2]);
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &scribe, &bare(&scribe)).unwrap();
    let late = scribe.time + 5000;
    mirror.cosign(&own, late).unwrap();
    grown(&mut scribe, 11);
    copy(&mut mirror, &scribe, &bare(&scribe)).unwrap();
    assert!(matches!(mirror.cosign(&own, late - 301), Err(CosignError::Clock(_))));
    assert_eq!(mirror.cosign(&own, late - 300).unwrap().time, late);
}

#[test]
fn the_cosignature_is_handed_in_and_a_clerk_who_moves_on_is_followed() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 10);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    copy(&mut mirror, &scribe, &bare(&scribe)).unwrap();
    // The clerk records two more entries before the cosignature arrives.
    grown(&mut scribe, 12);
    let own = cosigner(COSIGNERS[2]);
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (files, prefix, received) =
        (Mutex::new(bare(&scribe)), format!("/book/{}/", scribe.book()), taken.clone());
    let (log, vkey) = (scribe.vkey(), own.vkey());
    let server = Server::start(move |method, path, body| {
        let Some(path) = path.strip_prefix(&prefix) else { return Reply::file(None) };
        if method == "GET" {
            use book::files::PublicFiles;
            return Reply::file(files.lock().unwrap().read(path, 1 << 24).unwrap_or(None));
        }
        assert_eq!(path, "cosignatures");
        let signed = SignedCheckpoint::open(body, &log, std::slice::from_ref(&vkey)).unwrap();
        if signed.checkpoint().size != 12 {
            return Reply::Answer(409, "text/x.tlog.size", b"12\n".to_vec());
        }
        received.lock().unwrap().push(body.to_vec());
        Reply::Answer(200, "application/json", b"{\"ok\":true}".to_vec())
    });
    let mut address = Address::parse(&format!("{}/book/{}", server.base, scribe.book())).unwrap();
    let cosigned = cosign_and_hand_in(&mut mirror, &own, &mut address, scribe.time, &mut ()).unwrap();
    assert_eq!(cosigned.size, 12);
    assert_eq!(*taken.lock().unwrap(), [cosigned.note]);
    // A clerk who does not want it says why.
    let refuses =
        Server::start(|_, _, _| Reply::Answer(403, "text/plain", b"not in the policy\x1b[2J".to_vec()));
    let mut address = Address::parse(&format!("{}/book/{}", refuses.base, scribe.book())).unwrap();
    let error = cosign_and_hand_in(&mut mirror, &own, &mut address, scribe.time, &mut ()).unwrap_err();
    assert!(
        matches!(&error, CosignError::HandIn(words) if words.ends_with("403 not in the policy[2J")),
        "{error}"
    );
    // One who always says that they moved on is not followed for ever.
    let files = Mutex::new(bare(&scribe));
    let restless = Server::start(move |method, path, _| {
        use book::files::PublicFiles;
        let name = path.splitn(4, '/').last().unwrap_or_default();
        match method {
            "GET" => Reply::file(files.lock().unwrap().read(name, 1 << 24).unwrap_or(None)),
            _ => Reply::Answer(409, "text/x.tlog.size", b"99\n".to_vec()),
        }
    });
    let mut address = Address::parse(&format!("{}/book/{}", restless.base, scribe.book())).unwrap();
    let error = cosign_and_hand_in(&mut mirror, &own, &mut address, scribe.time, &mut ()).unwrap_err();
    assert!(matches!(error, CosignError::HandIn(_)));
}

#[test]
fn a_cosigner_is_known_by_its_vkey() {
    let vkey = cosigner("vecina.example").vkey();
    assert_eq!(vkey, keys::cosigner("vecina.example"));
    assert_eq!(Vkey::parse(&vkey.to_string()).unwrap().algorithm, Algorithm::Timestamped);
}
