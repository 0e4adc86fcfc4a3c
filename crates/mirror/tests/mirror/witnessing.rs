//! The witness's call (C2SP tlog-witness): every answer, and what is kept.

use book::checkpoint::{Checkpoint, sign};
use book::hash::Hash;
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::{Frontier, Subtrees, consistency, empty_root, leaf, node};
use book::note::{Note, Signature};
use mirror::witness::{
    Cosigned, MemoryState, REPEATED, REQUEST_LIMIT, Response, StateError, Witness, WitnessError,
    WitnessFiles, WitnessState, add_checkpoint_request,
};
use tempfile::tempdir;

use crate::keys;

const LOG: &str = "cabildo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0";
const NOW: u64 = 1_772_388_000;

/// A log of so many entries, the last `own` of them its own.
struct Log(Vec<Hash>);

impl Log {
    fn new(size: u64, own: u64) -> Log {
        let text = |at: u64| if at + own >= size { format!("own {at}") } else { format!("entry {at}") };
        Log((0..size).map(|at| leaf(text(at).as_bytes())).collect())
    }

    fn root(&self, size: u64) -> Hash {
        let mut tree = Frontier::new();
        self.0[..size as usize].iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    }

    fn proof(&mut self, old: u64, new: u64) -> Vec<Hash> {
        consistency(self, old, new).unwrap().unwrap()
    }

    fn checkpoint(&self, size: u64) -> Vec<u8> {
        self.signed(size, &keys::secret(LOG))
    }

    fn signed(&self, size: u64, key: &SecretKey) -> Vec<u8> {
        let root = if size == 0 { empty_root() } else { self.root(size) };
        sign(&Checkpoint { origin: LOG.into(), size, root }, key).to_bytes()
    }

    fn request(&mut self, old: u64, new: u64) -> Vec<u8> {
        let proof = self.proof(old, new);
        add_checkpoint_request(old, &proof, &self.checkpoint(new))
    }
}

impl Subtrees for Log {
    type Error = ();

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        let at = (index << level) as usize;
        if level == 0 {
            return Ok(self.0[at]);
        }
        Ok(node(&self.subtree(level - 1, index * 2)?, &self.subtree(level - 1, index * 2 + 1)?))
    }
}

fn vkey(name: &str) -> Vkey {
    Vkey { name: name.into(), algorithm: Algorithm::Plain, key: keys::public(name) }
}

fn witness() -> Witness {
    Witness::new("ateneo.example".into(), keys::secret("ateneo.example"), vec![vkey(LOG)]).unwrap()
}

/// That the answer is a line by the witness over this checkpoint, at this time.
fn is_cosigned(answer: &Response, checkpoint: &[u8], time: u64) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let whole = [checkpoint, &answer.body].concat();
    let note = Note::parse(&whole).unwrap();
    let line = note.signatures.last().unwrap();
    assert_eq!(line.name, "ateneo.example");
    assert_eq!(line.is_timestamped_by(&keys::public("ateneo.example"), &note.text), Some(time));
}

#[test]
fn a_log_that_grows_is_cosigned() {
    let (witness, mut state, mut log) = (witness(), MemoryState::default(), Log::new(600, 0));
    let mut old = 0;
    for (at, size) in [0, 0, 1, 2, 2, 3, 255, 256, 257, 600, 600].into_iter().enumerate() {
        let time = NOW + at as u64 * REPEATED;
        let answer = witness.add_checkpoint(&mut state, &log.request(old, size), time);
        is_cosigned(&answer, &log.checkpoint(size), time);
        assert_eq!(state.cosigned(LOG).unwrap().unwrap().checkpoint.size, size);
        old = size;
    }
}

/// Everybody can hand in a public checkpoint again: within a minute that costs no write.
#[test]
fn what_was_just_cosigned_is_answered_without_a_write() {
    let (witness, mut state, mut log) = (witness(), MemoryState::default(), Log::new(30, 0));
    let first = witness.add_checkpoint(&mut state, &log.request(0, 20), NOW);
    let kept = state.cosigned(LOG).unwrap();
    for time in [NOW, NOW + 1, NOW + REPEATED - 1, NOW - 300] {
        assert_eq!(witness.add_checkpoint(&mut state, &log.request(20, 20), time), first);
        assert_eq!(state.cosigned(LOG).unwrap(), kept);
    }
    // One that grows is never a repetition, and after a minute the time is renewed.
    let time = NOW + REPEATED;
    let again = witness.add_checkpoint(&mut state, &log.request(20, 20), time);
    is_cosigned(&again, &log.checkpoint(20), time);
    assert_eq!(state.cosigned(LOG).unwrap().unwrap().time, time);
    is_cosigned(&witness.add_checkpoint(&mut state, &log.request(20, 30), time), &log.checkpoint(30), time);
}

/// A refusal: status, content type, and that the state is as it was.
fn refused(witness: &Witness, state: &mut MemoryState, body: &[u8], now: u64, status: u16) -> Response {
    let before = state.cosigned(LOG).unwrap();
    let answer = witness.add_checkpoint(state, body, now);
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(state.cosigned(LOG).unwrap(), before);
    answer
}

#[test]
fn every_refusal_has_its_status() {
    let (witness, mut state, mut log) = (witness(), MemoryState::default(), Log::new(40, 0));
    is_cosigned(&witness.add_checkpoint(&mut state, &log.request(0, 20), NOW), &log.checkpoint(20), NOW);
    let state = &mut state;

    // 404: no log of this origin.
    let other =
        sign(&Checkpoint { origin: "elsewhere".into(), size: 30, root: log.root(30) }, &keys::secret(LOG));
    refused(&witness, state, &add_checkpoint_request(20, &log.proof(20, 30), &other.to_bytes()), NOW, 404);

    // 403: nobody known signed, or a known key's line is not valid.
    let stranger = log.signed(30, &keys::secret("stranger"));
    refused(&witness, state, &add_checkpoint_request(20, &log.proof(20, 30), &stranger), NOW, 403);
    let mut forged = Note::parse(&log.checkpoint(30)).unwrap();
    forged.signatures[0].bytes[40] ^= 1;
    refused(&witness, state, &add_checkpoint_request(20, &log.proof(20, 30), &forged.to_bytes()), NOW, 403);
    let mut timestamped = Note::parse(&log.checkpoint(30)).unwrap();
    timestamped.signatures[0] = Signature::timestamped(&keys::secret(LOG), LOG, NOW, &timestamped.text);
    refused(
        &witness,
        state,
        &add_checkpoint_request(20, &log.proof(20, 30), &timestamped.to_bytes()),
        NOW,
        403,
    );

    // 400: the old size is larger; also where it is neither what is kept.
    let checkpoint = log.checkpoint(10);
    refused(&witness, state, &add_checkpoint_request(20, &[], &checkpoint), NOW, 400);
    refused(&witness, state, &add_checkpoint_request(11, &[], &checkpoint), NOW, 400);

    // 409: the old size is not the one that is kept, which the body says.
    for (old, new) in [(0, 30), (10, 30), (19, 20), (21, 30), (0, 10), (10, 10)] {
        let answer = refused(&witness, state, &log.request(old, new), NOW, 409);
        assert_eq!((answer.content_type, answer.body.as_slice()), ("text/x.tlog.size", &b"20\n"[..]));
    }

    // 422: the proof is wrong, missing, too long, or of another tree.
    let (checkpoint, proof) = (log.checkpoint(30), log.proof(20, 30));
    let mut wrong = proof.clone();
    wrong[1].0[0] ^= 1;
    let longer = [proof.as_slice(), &proof[..1]].concat();
    for proof in [&wrong, &longer, &proof[..1].to_vec(), &Vec::new()] {
        refused(&witness, state, &add_checkpoint_request(20, proof, &checkpoint), NOW, 422);
    }
    let mut forked = Log::new(30, 15);
    let request = forked.request(20, 30);
    refused(&witness, state, &request, NOW, 422);
    // The same size and another root, or a proof where none is due.
    let request = Log::new(20, 5).request(20, 20);
    assert!(state.forks.is_empty());
    refused(&witness, state, &request, NOW, 422);
    assert_eq!(state.forks.len(), 1, "both sides are kept");
    refused(&witness, state, &add_checkpoint_request(20, &proof, &log.checkpoint(20)), NOW, 422);

    // 422 from the beginning: a proof from nothing, a false empty tree.
    let empty = &mut MemoryState::default();
    refused(&witness, empty, &add_checkpoint_request(0, &proof, &checkpoint), NOW, 422);
    let lie = sign(&Checkpoint { origin: LOG.into(), size: 0, root: log.root(1) }, &keys::secret(LOG));
    refused(&witness, empty, &add_checkpoint_request(0, &[], &lie.to_bytes()), NOW, 422);

    // 503: the clock went back further than a step of an adjustment.
    refused(&witness, state, &log.request(20, 30), NOW - 301, 503);
    refused(&witness, &mut MemoryState::default(), &log.request(0, 30), 0, 503);
    let answer = witness.add_checkpoint(state, &log.request(20, 30), NOW - 300);
    is_cosigned(&answer, &log.checkpoint(30), NOW);
}

#[test]
fn a_request_has_one_form() {
    let (witness, mut log) = (witness(), Log::new(40, 0));
    let state = &mut MemoryState::default();
    let good = log.request(0, 20);
    let checkpoint = String::from_utf8(log.checkpoint(20)).unwrap();
    let hash = log.root(3).to_string();
    for wrong in [
        String::new(),
        "old 0\n".into(),
        format!("old 0\n{checkpoint}"),
        format!("old 00\n\n{checkpoint}"),
        format!("old +0\n\n{checkpoint}"),
        format!("old -1\n\n{checkpoint}"),
        format!("old 18446744073709551616\n\n{checkpoint}"),
        format!("old 0 \n\n{checkpoint}"),
        format!("Old 0\n\n{checkpoint}"),
        format!("old 0\r\n\r\n{checkpoint}"),
        format!("old 0\nhash\n\n{checkpoint}"),
        format!("old 0\n {hash}\n\n{checkpoint}"),
        format!("old 0\n\n\n{checkpoint}"),
        format!("old 0\n{}\n{checkpoint}", format!("{hash}\n").repeat(64)),
        format!("old 0\n\n{}", checkpoint.trim_end()),
        format!("old 0\n\n{}", checkpoint.replace("\n20\n", "\n020\n")),
        format!("old 0\n\n{}", checkpoint.replace("\n20\n", "\n281474976710657\n")),
        format!("old 0\n\n{}", checkpoint.replacen("\n\n", "\nextension\n\n", 1)),
    ] {
        let answer = refused(&witness, state, wrong.as_bytes(), NOW, 400);
        assert!(answer.body.ends_with(b"\n"));
    }
    refused(
        &witness,
        state,
        &[b"old 0\n", vec![b'\xff'; 9].as_slice(), b"\n\n", checkpoint.as_bytes()].concat(),
        NOW,
        400,
    );
    refused(&witness, state, &vec![b'x'; REQUEST_LIMIT + 1], NOW, 413);
    // 63 hashes are a request, whatever they say; and more lines under the checkpoint do no harm.
    refused(
        &witness,
        state,
        format!("old 0\n{}\n{checkpoint}", format!("{hash}\n").repeat(63)).as_bytes(),
        NOW,
        422,
    );
    let mut many = Note::parse(checkpoint.as_bytes()).unwrap();
    for at in 0..16 {
        let name = format!("stranger-{at}");
        many.signatures.insert(0, Signature::timestamped(&keys::secret(&name), &name, NOW, &many.text));
    }
    is_cosigned(
        &witness.add_checkpoint(state, &add_checkpoint_request(0, &[], &many.to_bytes()), NOW),
        &many.to_bytes(),
        NOW,
    );
    let stored = state.cosigned(LOG).unwrap().unwrap();
    assert_eq!(
        Note::parse(&stored.note).unwrap().signatures.len(),
        2,
        "only the log's line and the witness's are kept"
    );
    assert_eq!(good, log.request(0, 20));
}

#[test]
fn several_keys_may_stand_for_one_log() {
    let new = Vkey { name: LOG.into(), algorithm: Algorithm::Plain, key: keys::public("new key") };
    let witness =
        Witness::new("ateneo.example".into(), keys::secret("ateneo.example"), vec![vkey(LOG), new]).unwrap();
    let (state, mut log) = (&mut MemoryState::default(), Log::new(9, 0));
    assert_eq!(witness.add_checkpoint(state, &log.request(0, 5), NOW).status, 200);
    let checkpoint = log.signed(9, &keys::secret("new key"));
    let answer =
        witness.add_checkpoint(state, &add_checkpoint_request(5, &log.proof(5, 9), &checkpoint), NOW);
    is_cosigned(&answer, &checkpoint, NOW);
}

#[test]
fn a_witness_has_a_key_of_its_own() {
    let new =
        |name: &str, key: &str, logs: Vec<Vkey>| Witness::new(name.into(), keys::secret(key), logs).err();
    assert_eq!(new("ateneo.example", LOG, vec![vkey(LOG)]), Some(WitnessError::OwnKey(LOG.into())));
    assert_eq!(new("ate neo", "x", vec![vkey(LOG)]), Some(WitnessError::Name("ate neo".into())));
    assert_eq!(new("ateneo.example", "x", vec![]), Some(WitnessError::NoLogs));
    let cosigner = keys::cosigner("sindicato.example");
    assert_eq!(
        new("ateneo.example", "x", vec![cosigner]),
        Some(WitnessError::NotALog("sindicato.example".into()))
    );
}

#[test]
fn the_newest_checkpoint_can_be_fetched() {
    let (witness, state, mut log) = (witness(), &mut MemoryState::default(), Log::new(9, 0));
    let path = format!("{}/checkpoint", Hash::of(LOG.as_bytes()).hex());
    assert_eq!(witness.checkpoint(state, &path).status, 404);
    let answer = witness.add_checkpoint(state, &log.request(0, 5), NOW);
    let whole = [log.checkpoint(5), answer.body].concat();
    assert_eq!(witness.checkpoint(state, &path).body, whole);
    for wrong in [
        "checkpoint",
        "/checkpoint",
        &path[1..],
        &path.to_uppercase(),
        &format!("/{path}"),
        &format!("{path}/"),
    ] {
        assert_eq!(witness.checkpoint(state, wrong).status, 404, "{wrong}");
    }
    let other = format!("{}/checkpoint", Hash::of(b"elsewhere").hex());
    assert_eq!(witness.checkpoint(state, &other).status, 404);
}

#[test]
fn the_state_survives_a_start_and_damage_shows() {
    let folder = tempdir().unwrap();
    let (witness, mut log) = (witness(), Log::new(40, 0));
    let open = || WitnessFiles::open(folder.path(), witness.vkey());
    let mut state = open().unwrap();
    assert!(matches!(open(), Err(StateError::Io(why)) if why.contains("another witness")));
    assert_eq!(witness.add_checkpoint(&mut state, &log.request(0, 20), NOW).status, 200);
    drop(state);
    let mut state = open().unwrap();
    let answer = witness.add_checkpoint(&mut state, &log.request(0, 30), NOW);
    assert_eq!((answer.status, answer.body.as_slice()), (409, &b"20\n"[..]));
    assert_eq!(witness.add_checkpoint(&mut state, &log.request(20, 30), NOW).status, 200);
    // A fork is kept, once.
    for own in [7, 9] {
        assert_eq!(witness.add_checkpoint(&mut state, &Log::new(30, own).request(30, 30), NOW).status, 422);
    }
    let path = folder.path().join(Hash::of(LOG.as_bytes()).hex());
    let kept = std::fs::read(path.with_extension("fork-2")).unwrap();
    assert_eq!(kept, Log::new(30, 7).checkpoint(30));
    // Any damaged byte stops the witness for this log.
    let good = std::fs::read(&path).unwrap();
    let mut bad: Vec<Vec<u8>> = vec![Vec::new(), good[..good.len() - 1].to_vec(), good[..40].to_vec()];
    for at in (0..good.len()).step_by(7) {
        let mut wrong = good.clone();
        wrong[at] ^= 1;
        bad.push(wrong);
    }
    for wrong in bad {
        // The log's own line may be damaged and the witness's still show that it is ours.
        std::fs::write(&path, &wrong).unwrap();
        let loaded = state.cosigned(LOG);
        let answer = witness.add_checkpoint(&mut state, &log.request(30, 40), NOW);
        match loaded {
            Err(StateError::Damaged { .. }) => assert_eq!(answer.status, 503),
            loaded => {
                assert_eq!(loaded.unwrap().unwrap().checkpoint.size, 30);
                assert_eq!(answer.status, 200);
            }
        }
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(witness.add_checkpoint(&mut state, &log.request(30, 40), NOW).status, 200);
    // Another witness's state is not ours.
    drop(state);
    let mut other = WitnessFiles::open(folder.path(), keys::cosigner("sindicato.example")).unwrap();
    assert!(matches!(other.cosigned(LOG), Err(StateError::Damaged { .. })));
}

#[test]
fn check_and_write_are_one_step() {
    let (mut state, log) = (MemoryState::default(), Log::new(9, 0));
    let held = |size: u64| {
        let checkpoint = Checkpoint { origin: LOG.into(), size, root: log.root(size) };
        Cosigned { checkpoint, time: NOW, note: log.checkpoint(size) }
    };
    state.advance(None, &held(3)).unwrap();
    assert_eq!(state.advance(None, &held(5)), Err(StateError::Changed));
    assert_eq!(state.advance(Some(&held(2)), &held(5)), Err(StateError::Changed));
    state.advance(Some(&held(3)), &held(5)).unwrap();
}
