//! Entries: what is read is written again byte for byte, and nothing else is read.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use book::entry::{After, By, ENTRY_LIMIT, Entry, EntryError, Proposal, SIGNERS_LIMIT, Signer, Text};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::SecretKey;
use book::note::{Note, Signature};
use proptest::prelude::*;

const BOOK: BookId = BookId([5; 32]);
const ORIGIN: Origin = Origin { book: BOOK, epoch: 3 };

fn secret(number: u32) -> SecretKey {
    SecretKey::from_seed(&Hash::of(&number.to_be_bytes()).0)
}

fn text(by: Vec<Signer>) -> Text {
    Text {
        book: Some(BOOK),
        kind: "remark.made".into(),
        by: if by.is_empty() { By::Clerk } else { By::Members(by) },
        after: After { size: 41, root: Hash::of(b"raiz") },
        content: r#"{"text":"Conste en acta: «¡sí!»"}"#.into(),
    }
}

fn entry(text: &Text, numbers: &[u32]) -> Entry {
    let secrets: Vec<SecretKey> = numbers.iter().map(|number| secret(*number)).collect();
    let keys: Vec<&SecretKey> = secrets.iter().collect();
    Proposal::sign(text, &keys).unwrap().countersign(&secret(0), &ORIGIN, 1_772_388_000).unwrap()
}

#[test]
fn the_six_lines() {
    let text = text(vec![Signer::officer(12, "secretary"), Signer::member(7)]);
    let lines = format!(
        "cabildo/entry/v1\n{BOOK}\nremark.made\nby 12 as secretary, 7\nafter 41 {}\n{}\n",
        Hash::of(b"raiz"),
        r#"{"text":"Conste en acta: «¡sí!»"}"#
    );
    assert_eq!(text.write(), lines);
    assert_eq!(Text::parse(&lines), Ok(text.clone()));
    let entry = entry(&text, &[12, 7]);
    let bytes = entry.to_bytes();
    let whole = String::from_utf8(bytes.clone()).unwrap();
    let signatures: Vec<&str> = whole.strip_prefix(&format!("{lines}\n")).unwrap().lines().collect();
    assert!(signatures[0].starts_with("— 12 ") && signatures[1].starts_with("— 7 "));
    assert!(signatures[2].starts_with(&format!("— cabildo/{BOOK}/3 ")) && signatures.len() == 3);
    let read = Entry::parse(&bytes).unwrap();
    assert_eq!(read, entry);
    assert_eq!((read.time(), read.origin(), read.book()), (1_772_388_000, ORIGIN, BOOK));
    assert_eq!(read.text_hash(), Hash::of(lines.as_bytes()));
    assert!(read.is_signed_by(0, &secret(12).public()) && read.is_signed_by(1, &secret(7).public()));
    assert!(!read.is_signed_by(1, &secret(12).public()) && !read.is_signed_by(2, &secret(0).public()));
    assert!(read.is_recorded_by(&secret(0).public()) && !read.is_recorded_by(&secret(7).public()));
    let prepared = secret(7).public().prepare();
    assert!(read.is_signed_by_prepared(1, &prepared) && !read.is_signed_by_prepared(0, &prepared));
    assert!(
        !read.is_recorded_by_prepared(&prepared)
            && read.is_recorded_by_prepared(&secret(0).public().prepare())
    );
    let proposal = read.into_proposal();
    assert_eq!(Proposal::parse(&proposal.to_bytes()), Ok(proposal.clone()));
    assert_eq!(proposal.countersign(&secret(0), &ORIGIN, 1_772_388_000), Ok(entry));
}

/// A clerk countersigns only what could be read again.
#[test]
fn countersigning_has_limits() {
    let proposal = || Proposal::sign(&text(vec![Signer::member(7)]), &[&secret(7)]).unwrap();
    let refused = |origin: Origin, time: u64| proposal().countersign(&secret(0), &origin, time).err();
    assert_eq!(refused(ORIGIN, (1 << 53) - 1), None);
    assert!(matches!(refused(ORIGIN, 1 << 53), Some(EntryError::ClerkLine(_))));
    assert!(matches!(refused(Origin { book: BookId([6; 32]), ..ORIGIN }, 7), Some(EntryError::ClerkLine(_))));
}

#[test]
fn as_many_signers_as_there_may_be() {
    let numbers: Vec<u32> = (1..=SIGNERS_LIMIT as u32).collect();
    let entry = entry(&text(numbers.iter().map(|number| Signer::member(*number)).collect()), &numbers);
    assert_eq!(Entry::parse(&entry.to_bytes()).unwrap().signers().len(), SIGNERS_LIMIT);
    let one_more = text((1..=SIGNERS_LIMIT as u32 + 1).map(Signer::member).collect());
    assert!(matches!(Text::parse(&one_more.write()), Err(EntryError::Line(4, _))));
}

#[test]
fn other_lines_are_refused() {
    let good = text(vec![Signer::member(7)]).write();
    let root = Hash::of(b"raiz").to_string();
    for (line, from, to) in [
        (1, "cabildo/entry/v1", "cabildo/entry/v"),
        (1, "cabildo/entry/v1", "cabildo/entry/v1 "),
        (1, "cabildo/entry/v1", "cabildo/entry/v0"),
        (1, "cabildo/entry/v1", "cabildo/entry/v01"),
        (1, "cabildo/entry/v1", "cabildo/entry/v-1"),
        (1, "cabildo/entry/v1", "cabildo/entry/v1234567890"),
        (2, &BOOK.to_string(), "--"),
        (2, &BOOK.to_string(), ""),
        (3, "remark.made", "remark"),
        (3, "remark.made", "remark."),
        (3, "remark.made", ".made"),
        (3, "remark.made", "remark.made.twice"),
        (3, "remark.made", "7remark.made"),
        (3, "remark.made", "remark.-made"),
        (3, "remark.made", "remark made"),
        (3, "remark.made", "acción.made"),
        (4, "by 7", "by"),
        (4, "by 7", "by "),
        (4, "by 7", "7"),
        (4, "by 7", "by 7,8"),
        (4, "by 7", "by 7, "),
        (4, "by 7", "by 7 as"),
        (4, "by 7", "by 7 as "),
        (4, "by 7", "by 7 as secretary as treasurer"),
        (4, "by 7", "by 7 as the secretary"),
        (4, "by 7", "by Ana"),
        (4, "by 7", "by clerk, 7"),
        (4, "by 7", "by 7, clerk"),
        (4, "by 7", "by clerk as secretary"),
        (5, "after 41", "after"),
        (5, "after 41", "after  41"),
        (5, "after 41", "after -1"),
        (5, "after 41", "after 18446744073709551616"),
        (5, &root, &root[..43]),
        (5, &root, ""),
    ] {
        let wrong = good.replacen(from, to, 1);
        assert_ne!(wrong, good);
        match Text::parse(&wrong) {
            Err(EntryError::Line(found, _)) => assert_eq!(found, line, "{wrong}"),
            other => panic!("{other:?} {wrong}"),
        }
    }
    assert_eq!(Text::parse(&good.replacen("v1", "v2", 1)), Err(EntryError::UnknownVersion("2".into())));
    assert_eq!(
        Text::parse(&good.replacen("v1", "v999999999", 1)),
        Err(EntryError::UnknownVersion("999999999".into()))
    );
    for line in 1..=6 {
        let spoiled: Vec<String> = good
            .lines()
            .enumerate()
            .map(|(at, text)| if at + 1 == line { format!("{text}\u{202e}") } else { text.to_owned() })
            .collect();
        match Text::parse(&(spoiled.join("\n") + "\n")) {
            Err(EntryError::Text(found, _)) => assert_eq!(found, line),
            Err(EntryError::Line(1, _)) if line == 1 => {}
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever an entry's bytes become, it is either not read, or read as exactly those bytes.
    #[test]
    fn what_is_read_is_written_again(flips in proptest::collection::vec((0..800_usize, 0..8_u32), 0..3), cut in 0..900_usize) {
        let mut bytes = entry(&text(vec![Signer::member(7)]), &[7]).to_bytes();
        for (at, bit) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        bytes.truncate(cut.max(400));
        if let Ok(read) = Entry::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes.clone());
        }
        if let Ok(read) = Proposal::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    /// Texts of words: reading is the inverse of writing.
    #[test]
    fn texts(
        kind in "[a-z][a-z0-9-]{0,5}\\.[a-z][a-z0-9-]{0,5}",
        names in proptest::collection::vec(("[a-z0-9-]{1,4}", proptest::option::of("[a-z0-9-]{1,4}")), 0..4),
        size in any::<u64>(),
        root in any::<[u8; 32]>(),
        book in proptest::option::of(any::<[u8; 32]>()),
        content in "\\{(\"[a-z]\":[1-9]{1,15})?\\}",
    ) {
        let signers: Vec<Signer> =
            names.into_iter().map(|(name, capacity)| Signer { name, capacity }).filter(|s| s.name != "clerk").collect();
        let by = if signers.is_empty() { By::Clerk } else { By::Members(signers) };
        let text = Text { book: book.map(BookId), kind, by, after: After { size, root: Hash(root) }, content };
        prop_assert_eq!(Text::parse(&text.write()), Ok(text));
    }
}

#[test]
fn lengths() {
    let long = |length: usize| {
        let empty = text(vec![Signer::member(7)]).write().len() + 100;
        let content = format!("{{\"text\":\"{}\"}}", "a".repeat(length - empty));
        let text = Text { content, ..text(vec![Signer::member(7)]) };
        let line = Signature::plain(&secret(7), "7", &text.write());
        Note { text: text.write(), signatures: vec![line] }.to_bytes()
    };
    let parsed = |bytes: &[u8]| Proposal::parse(bytes).map(|_| ());
    let mut length = ENTRY_LIMIT;
    while long(length).len() < ENTRY_LIMIT {
        length += 1;
    }
    while long(length).len() > ENTRY_LIMIT {
        length -= 1;
    }
    assert_eq!(long(length).len(), ENTRY_LIMIT);
    assert_eq!(parsed(&long(length)), Ok(()));
    assert_eq!(parsed(&long(length + 1)), Err(EntryError::TooLong));
    assert_eq!(Entry::parse(&vec![b'a'; ENTRY_LIMIT + 1]).err(), Some(EntryError::TooLong));
}
