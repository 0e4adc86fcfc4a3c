//! Signed notes and cosignatures, beside `signed_note`, which others wrote.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use book::key::{Algorithm, PublicKey, SecretKey, Vkey};
use book::note::{NOTE_LIMIT, Note, NoteError, SIGNATURES_LIMIT, Signature, timestamped_message};
use proptest::prelude::*;
use signed_note::{Note as Theirs, StandardSigner, StandardVerifier, Verifier, VerifierList};

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

fn vkey(byte: u8, name: &str, algorithm: Algorithm) -> Vkey {
    Vkey { name: name.into(), algorithm, key: secret(byte).public() }
}

/// A cosigner's key for `signed_note`.
struct Cosigner(Vkey);

impl Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.0.name
    }
    fn key_id(&self) -> u32 {
        u32::from_be_bytes(self.0.id())
    }
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
        let time = u64::from_be_bytes(*time);
        let message = timestamped_message(time, std::str::from_utf8(message).unwrap());
        signature.try_into().is_ok_and(|signature| self.0.key.verify(&message, signature))
    }
}

#[test]
fn the_note_of_go() {
    let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let expected = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let (name, _, secret) = SecretKey::parse_text(private).unwrap();
    let note = Note::parse(expected.as_bytes()).unwrap();
    assert_eq!(note.signatures, [Signature::plain(&secret, &name, &note.text)]);
    assert!(note.signatures[0].is_plain_by(&secret.public(), &note.text));
    assert_eq!(note.to_bytes(), expected.as_bytes());
}

/// Each reads, verifies and writes what the other signed.
#[test]
fn both_ways() {
    let (ours, theirs) = (vkey(1, "uno.example/libro", Algorithm::Plain), vkey(2, "dos", Algorithm::Plain));
    let cosigner = vkey(3, "tres", Algorithm::Timestamped);
    for text in ["", "una línea", "una línea\n\notra, tras una en blanco", "— dos AAAA\n\n— dos AAAA"] {
        let text = format!("{text}\n");
        let signatures = vec![
            Signature::plain(&secret(1), &ours.name, &text),
            Signature::timestamped(&secret(3), &cosigner.name, 1_772_388_000, &text),
        ];
        let note = Note { text: text.clone(), signatures };
        let mut read = Theirs::from_bytes(&note.to_bytes()).unwrap();
        assert_eq!(read.text(), text.as_bytes());
        let signer = StandardSigner::new(&secret(2).to_text(&theirs.name, Algorithm::Plain)).unwrap();
        read.add_sigs(&[&signer]).unwrap();
        let known = VerifierList::new(vec![
            Box::new(StandardVerifier::new(&ours.to_string()).unwrap()),
            Box::new(StandardVerifier::new(&theirs.to_string()).unwrap()),
            Box::new(Cosigner(cosigner.clone())),
        ]);
        assert_eq!(read.verify(&known).unwrap().0.len(), 3);
        let back = Note::parse(&read.to_bytes()).unwrap();
        assert_eq!(back.signatures[..2], note.signatures[..]);
        assert!(back.signatures[2].is_plain_by(&theirs.key, &back.text));
        assert_eq!(back.signatures[1].is_timestamped_by(&cosigner.key, &back.text), Some(1_772_388_000));
    }
}

#[test]
fn a_line_is_of_one_type_key_name_and_text() {
    let text = "a\n";
    let key = secret(1).public();
    let plain = Signature::plain(&secret(1), "uno", text);
    let timed = Signature::timestamped(&secret(1), "uno", 7, text);
    assert!(plain.is_plain_by(&key, text) && timed.is_timestamped_by(&key, text) == Some(7));
    let no = |line: &Signature, key: &PublicKey, text: &str| {
        assert!(!line.is_plain_by(key, text) && line.is_timestamped_by(key, text).is_none());
    };
    no(&plain, &key, "b\n");
    no(&timed, &key, "b\n");
    no(&plain, &secret(2).public(), text);
    no(&timed, &secret(2).public(), text);
    for line in [&plain, &timed] {
        no(&Signature { name: "otro".into(), ..line.clone() }, &key, text);
        no(&Signature { id: [0; 4], ..line.clone() }, &key, text);
        no(&Signature { bytes: line.bytes[1..].to_vec(), ..line.clone() }, &key, text);
        no(&Signature { bytes: [&line.bytes[..], &[0]].concat(), ..line.clone() }, &key, text);
        no(&Signature { bytes: Vec::new(), ..line.clone() }, &key, text);
    }
    // A cosignature is no signature of the text, nor the other way round.
    no(&Signature { bytes: timed.bytes[8..].to_vec(), ..plain.clone() }, &key, text);
    no(&Signature { bytes: [&[0; 8], &plain.bytes[..]].concat(), ..timed.clone() }, &key, text);
}

#[test]
fn limits() {
    let line = Signature::plain(&secret(1), "uno", "a\n");
    let of = |count: usize| Note { text: "a\n".into(), signatures: vec![line.clone(); count] }.to_bytes();
    assert_eq!(Note::parse(&of(SIGNATURES_LIMIT)).unwrap().signatures.len(), SIGNATURES_LIMIT);
    assert_eq!(Note::parse(&of(SIGNATURES_LIMIT + 1)), Err(NoteError::TooMany));
    let long = Note { text: "a".repeat(NOTE_LIMIT) + "\n", signatures: vec![line.clone()] }.to_bytes();
    assert_eq!(Note::parse(&long), Err(NoteError::TooLong));
    let endless = Signature { bytes: vec![7; 4097], ..line.clone() };
    assert_eq!(Note::parse(format!("a\n\n{}", endless.line()).as_bytes()), Err(NoteError::Line(1)));
    for (bytes, error) in [
        (b"".as_slice(), NoteError::Shape),
        (b"\n", NoteError::Shape),
        (b"a\n", NoteError::Shape),
        (b"a\n\n", NoteError::Shape),
        (b"a\n\n\n", NoteError::Shape),
        (b"a\n\nb\n", NoteError::Line(1)),
        (b"a\r\n\n\xe2\x80\x94 uno AAAAAAA=\n", NoteError::Control),
        (b"\xff\n\n", NoteError::NotUtf8),
        (b"a\n\n- uno AAAAAAA=\n", NoteError::Line(1)),
        (b"a\n\n\xe2\x80\x94 uno AAAAAAA=", NoteError::Shape),
        (b"a\n\n\xe2\x80\x94 uno AAAAAA==\n", NoteError::Line(1)),
        (b"a\n\n\xe2\x80\x94 uno AAAAAAB=\n", NoteError::Line(1)),
        (b"a\n\n\xe2\x80\x94  AAAAAAA=\n", NoteError::Line(1)),
        (b"a\n\n\xe2\x80\x94 u+o AAAAAAA=\n", NoteError::Line(1)),
        (b"a\n\n\xe2\x80\x94 uno AAAAAAA= \n", NoteError::Line(1)),
    ] {
        assert_eq!(Note::parse(bytes).err(), Some(error), "{:?}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    /// What we read, they read alike; what they read and we do not has a name or a signature too long, or a control
    /// character that a name should not have.
    #[test]
    fn both_read_alike(
        text in "[a-z\n— ]{0,30}",
        names in proptest::collection::vec("[a-zñ+\u{85}\u{3000} ]{0,3}", 0..4),
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
        cut in 0..40_usize,
        flip in proptest::option::of((0..200_usize, 0..8_u32)),
    ) {
        let mut note = format!("{text}\n\n").into_bytes();
        for name in names {
            let id = *bytes.first_chunk::<4>().unwrap_or(&[0; 4]);
            let line = Signature { name, id, bytes: bytes.iter().skip(4).copied().collect() }.line();
            note.extend(line.as_bytes());
        }
        if let Some((at, bit)) = flip && at < note.len() {
            note[at] ^= 1 << bit;
        }
        note.truncate(note.len().saturating_sub(if cut > 5 { 0 } else { cut }));
        let (ours, theirs) = (Note::parse(&note), Theirs::from_bytes(&note));
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert_eq!(ours.text.as_bytes(), theirs.text());
                prop_assert_eq!(ours.to_bytes(), note.clone());
                prop_assert_eq!(theirs.to_bytes(), note);
            }
            (Err(_), Err(_)) => {}
            (Err(NoteError::Line(_)), Ok(theirs)) => {
                let theirs = String::from_utf8(theirs.to_bytes()).unwrap();
                prop_assert!(theirs.chars().any(|c| c.is_control() && c != '\n'), "{theirs:?}");
            }
            _ => prop_assert!(false, "{ours:?} {theirs:?}"),
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_bytes(), bytes);
        }
    }
}
