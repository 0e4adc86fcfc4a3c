//! Checkpoints: one form, and whose lines count.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use book::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, sign};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, SecretKey, Vkey};
use book::note::{Note, Signature};
use proptest::prelude::*;

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

fn checkpoint() -> Checkpoint {
    let origin = Origin { book: BookId([5; 32]), epoch: 0 }.to_string();
    Checkpoint { origin, size: 257, root: Hash::of(b"raiz") }
}

fn log() -> Vkey {
    Vkey { name: checkpoint().origin, algorithm: Algorithm::Plain, key: secret(1).public() }
}

fn cosigner(byte: u8) -> Vkey {
    Vkey { name: format!("testigo-{byte}"), algorithm: Algorithm::Timestamped, key: secret(byte).public() }
}

fn line(byte: u8, time: u64) -> Signature {
    Signature::timestamped(&secret(byte), &cosigner(byte).name, time, &checkpoint().text())
}

fn open(note: &Note, cosigners: &[Vkey]) -> Result<SignedCheckpoint, CheckpointError> {
    SignedCheckpoint::open(&note.to_bytes(), &log(), cosigners)
}

#[test]
fn the_three_lines() {
    let text = checkpoint().text();
    assert_eq!(text, format!("cabildo/{}/0\n257\n{}\n", BookId([5; 32]), Hash::of(b"raiz")));
    assert_eq!(Checkpoint::parse_text(&text), Ok(checkpoint()));
    assert_eq!(checkpoint().book_origin(), Some(Origin { book: BookId([5; 32]), epoch: 0 }));
    let root = Hash::of(b"raiz").to_string();
    for (from, to) in [
        ("\n257\n", "\n0257\n"),
        ("\n257\n", "\n+257\n"),
        ("\n257\n", "\n-257\n"),
        ("\n257\n", "\n257 \n"),
        ("\n257\n", "\n\n"),
        ("\n257\n", "\n18446744073709551616\n"),
        ("cabildo/", "\ncabildo/"),
        (root.as_str(), &root[..43]),
        (root.as_str(), ""),
        (root.as_str(), &format!("{root}\nextensión")),
        (root.as_str(), &format!("{root}\n")),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text);
        assert_eq!(Checkpoint::parse_text(&wrong), Err(CheckpointError::Form), "{wrong:?}");
    }
    assert_eq!(Checkpoint::parse_text(text.trim_end()), Err(CheckpointError::Form));
    assert_eq!(Checkpoint::parse_text(""), Err(CheckpointError::Form));
    let of = |size: u64| Checkpoint::parse_text(&Checkpoint { size, ..checkpoint() }.text()).err();
    assert_eq!(of(1 << 48), None);
    assert_eq!(of((1 << 48) + 1), Some(CheckpointError::Size));
    assert_eq!(of(u64::MAX), Some(CheckpointError::Size));
}

#[test]
fn whose_lines_count() {
    let known = [cosigner(2), cosigner(3), cosigner(4)];
    let mut note = sign(&checkpoint(), &secret(1));
    note.signatures.extend([line(3, 30), line(2, u64::MAX), line(9, 90)]);
    let opened = open(&note, &known).unwrap();
    let found: Vec<(&str, u64)> = opened.cosignatures().iter().map(|c| (c.name.as_str(), c.time)).collect();
    assert_eq!(found, [("testigo-3", 30), ("testigo-2", u64::MAX)]);
    assert_eq!(opened.unknown(), ["testigo-9"]);
    assert_eq!((opened.checkpoint(), opened.note()), (&checkpoint(), &note));
    // The order of lines does not matter, nor do strangers'.
    note.signatures.reverse();
    assert!(open(&note, &known).is_ok());
    assert_eq!(open(&note, &[]).unwrap().unknown().len(), 3);
}

#[test]
fn what_refuses_the_whole() {
    let known = [cosigner(2), cosigner(3)];
    let with = |lines: Vec<Signature>| {
        let mut note = sign(&checkpoint(), &secret(1));
        note.signatures.extend(lines);
        open(&note, &known).err()
    };
    assert_eq!(with(vec![line(2, 1)]), None);
    let mut spoiled = line(2, 1);
    spoiled.bytes[20] ^= 1;
    assert_eq!(with(vec![spoiled]), Some(CheckpointError::Signature("testigo-2".into())));
    assert_eq!(with(vec![line(2, 1), line(2, 2)]), Some(CheckpointError::Cosigner("testigo-2".into())));
    let mut short = line(3, 1);
    short.bytes.pop();
    assert_eq!(with(vec![short]), Some(CheckpointError::Signature("testigo-3".into())));
    // The log's key as a cosigner's.
    let own = Vkey { algorithm: Algorithm::Timestamped, name: "testigo-1".into(), ..log() };
    let mut note = sign(&checkpoint(), &secret(1));
    note.signatures.push(line(1, 1));
    assert_eq!(open(&note, &[own]).err(), Some(CheckpointError::Cosigner("testigo-1".into())));
    // A cosigner who is listed with a key for logs is not known.
    let plain = Vkey { algorithm: Algorithm::Plain, ..cosigner(2) };
    let mut note = sign(&checkpoint(), &secret(1));
    note.signatures.push(Signature::plain(&secret(2), "testigo-2", &note.text));
    assert_eq!(open(&note, &[plain]).unwrap().unknown(), ["testigo-2"]);
    // The log twice, not at all, by another key, with a damaged line, under another name.
    let good = sign(&checkpoint(), &secret(1));
    let twice = Note { signatures: vec![good.signatures[0].clone(); 2], ..good.clone() };
    assert_eq!(open(&twice, &known).err(), Some(CheckpointError::Signature(log().name)));
    let none = Note { signatures: vec![line(2, 1)], ..good.clone() };
    assert_eq!(open(&none, &known).err(), Some(CheckpointError::Unsigned));
    assert_eq!(open(&sign(&checkpoint(), &secret(7)), &known).err(), Some(CheckpointError::Unsigned));
    let mut damaged = good.clone();
    damaged.signatures[0].bytes[0] ^= 1;
    assert_eq!(open(&damaged, &known).err(), Some(CheckpointError::Signature(log().name)));
    let other = Checkpoint { origin: "otro".into(), ..checkpoint() };
    assert_eq!(open(&sign(&other, &secret(1)), &known).err(), Some(CheckpointError::Unsigned));
    let text = other.text();
    let ours = Note { signatures: vec![Signature::plain(&secret(1), &log().name, &text)], text };
    assert_eq!(open(&ours, &known).err(), Some(CheckpointError::Unsigned));
    assert_eq!(open(&Note { text: "a\n".into(), ..good }, &known).err(), Some(CheckpointError::Form));
}

proptest! {
    #[test]
    fn any_text(text in "([a-z/0-9+]{0,8}\n){0,5}[a-z]?") {
        if let Ok(read) = Checkpoint::parse_text(&text) {
            prop_assert_eq!(read.text(), text);
        }
    }

    /// No flipped bit of a signed and cosigned checkpoint leaves it as it was.
    #[test]
    fn a_flipped_bit_is_seen(at in 0..5000_usize, bit in 0..8_u32) {
        let known = [cosigner(2), cosigner(3)];
        let mut note = sign(&checkpoint(), &secret(1));
        note.signatures.extend([line(2, 20), line(3, 30)]);
        let mut bytes = note.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(opened) = SignedCheckpoint::open(&bytes, &log(), &known) {
            prop_assert!(!opened.unknown().is_empty(), "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
