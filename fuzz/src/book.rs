//! Targets of the minute book. Each is a theorem about any bytes; the tests of `crates/mirror` replay their corpora.

use std::io::Cursor;

use book::bundle::Bundle;
use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::entry::{ENTRY_LIMIT, Entry, Proposal, Text};
use book::files::PublicFiles;
use book::id::BookId;
use book::key::{Algorithm, SecretKey, Vkey};
use book::note::Note;
use book::policy::Policy;
use book::proof::LogProof;
use book::tile::{Tile, decode_entries, encode_entries};
use council::{Candidate, Examined, State, decide};
use mirror::witness::{MemoryState, Witness};

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, under the name of its file in `fuzz_targets`.
pub const ALL: &[Target] = &[
    ("book-note", note),
    ("book-entry", entry),
    ("book-checkpoint", checkpoint),
    ("book-bundle", bundle),
    ("book-tiles", tiles),
    ("book-roll", roll),
    ("book-witness", witness),
];

/// What is read as a note writes as it reads; so do keys, proofs and policies.
pub fn note(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_bytes(), data);
    }
    if let Ok(proof) = LogProof::parse(data) {
        assert_eq!(proof.to_bytes(), data);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(vkey) = Vkey::parse(text) {
        assert_eq!(vkey.to_string(), text);
    }
    if let Ok((name, algorithm, key)) = SecretKey::parse_text(text) {
        assert_eq!(key.to_text(&name, algorithm).as_str(), text);
    }
    if let Ok(policy) = Policy::parse(text.lines()) {
        let lines = policy.lines();
        assert_eq!(Policy::parse(lines.iter().map(String::as_str)).as_ref(), Ok(&policy));
        let _ = policy.is_met(&[]);
    }
}

/// What is read as an entry writes as it reads, fits, and can be judged; what a clerk would countersign is an entry.
pub fn entry(data: &[u8]) {
    let state = State::before(BookId([7; 32]));
    let mut folded = state.clone();
    let examined = Examined::new(data, &state.keys());
    let _ = council::apply(&mut folded, &examined, &council::AllThere);
    if let Ok(entry) = Entry::parse(data) {
        assert_eq!(entry.to_bytes(), data);
        assert!(data.len() <= ENTRY_LIMIT);
        assert_eq!(Text::parse(entry.signed_text()).as_ref(), Ok(entry.text()));
        assert_eq!(entry.text().write(), entry.signed_text());
    }
    if let Ok(proposal) = Proposal::parse(data) {
        assert_eq!(proposal.to_bytes(), data);
        let _ = decide(&state, &Candidate::new(proposal.clone(), &state.keys()), 0, &council::AllThere);
        let clerk = SecretKey::from_seed(&[1; 32]);
        let book = proposal.text().book.unwrap_or_else(|| BookId::of_founding(&proposal.note().text));
        let origin = book::id::Origin { book, epoch: 0 };
        if let Ok(entry) = proposal.countersign(&clerk, &origin, 5) {
            let read = Entry::parse(&entry.to_bytes());
            assert_eq!(read.as_ref(), Ok(&entry));
            assert!(entry.is_recorded_by(&clerk.public()));
            assert!(entry.is_recorded_by_prepared(&clerk.public().prepare()));
        }
    }
}

/// A checkpoint has one form; nothing that these keys did not sign opens.
pub fn checkpoint(data: &[u8]) {
    let Ok(note) = Note::parse(data) else { return };
    let Ok(checkpoint) = Checkpoint::parse_text(&note.text) else { return };
    assert_eq!(checkpoint.text(), note.text);
    let vkey = |name: &str, seed: u8, algorithm| Vkey {
        name: name.into(),
        algorithm,
        key: SecretKey::from_seed(&[seed; 32]).public(),
    };
    let log = vkey(&checkpoint.origin, 1, Algorithm::Plain);
    let cosigner = vkey("w", 2, Algorithm::Timestamped);
    if let Ok(signed) = SignedCheckpoint::open(data, &log, &[cosigner]) {
        assert_eq!(signed.checkpoint(), &checkpoint);
        assert!(signed.cosignatures().len() + signed.unknown().len() < note.signatures.len());
    }
}

/// A bundle is refused or read, and then audited, without a panic.
pub fn bundle(data: &[u8]) {
    let Ok(mut bundle) = Bundle::open(Cursor::new(data)) else { return };
    let _ = bundle.read("checkpoint", 1 << 20);
    let mut progress = |_: u64, _: u64| {};
    let options = audit::Options {
        book: None,
        since: None,
        now: Some(1_800_000_000),
        seed: [7; 32],
        progress: &mut progress,
    };
    if let Ok(audit) = audit::book(&mut bundle, options) {
        assert!(audit.report.total() > 0);
    }
}

/// Paths of tiles and bundles of entries have one form.
pub fn tiles(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Some(tile) = Tile::parse(text)
    {
        assert_eq!(tile.path(), text);
    }
    let Some((width, rest)) = data.split_first() else { return };
    if let Ok(entries) = decode_entries(rest, u16::from(*width) + 1) {
        assert_eq!(entries.len(), usize::from(*width) + 1);
        assert_eq!(encode_entries(entries.iter().copied()).as_deref(), Ok(rest));
    }
}

/// Any file that claims to be a list of members is read, with every person once, or refused.
pub fn roll(data: &[u8]) {
    let Ok(roll) = council::people::read(data) else { return };
    let mut numbers: Vec<u32> = roll.people.iter().map(|person| person.number).collect();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(!roll.people.is_empty());
    let _ = roll.preview();
}

/// A witness answers every body, and never goes back.
pub fn witness(data: &[u8]) {
    let log = SecretKey::from_seed(&[1; 32]);
    let vkey = Vkey { name: "log.example/one".into(), algorithm: Algorithm::Plain, key: log.public() };
    let Ok(witness) = Witness::new("witness.example".into(), SecretKey::from_seed(&[2; 32]), vec![vkey])
    else {
        return;
    };
    let mut state = MemoryState::default();
    let first = witness.add_checkpoint(&mut state, data, 1_700_000_000);
    let again = witness.add_checkpoint(&mut state, data, 1_700_000_001);
    if first.status == 200 {
        // The same request again begins with a size that is no longer the witness's, unless nothing was added.
        assert!(matches!(again.status, 200 | 409));
    }
}
