//! Attacks on the public files: tiles, bundles, blobs, keys, checkpoints, cosignatures, earlier checkpoints.

use audit::Unreadable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::checkpoint::{self, Checkpoint};
use book::files::{MemoryFiles, PublicPath};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, Vkey, key_id};
use book::note::{Note, Signature};
use book::tile::{Tile, decode_entries, encode_entries};

use crate::FileAttack;
use crate::support::by_hand::strange_encodings;
use crate::support::judge::{Asked, audit, holds, try_audit};
use crate::support::keys;
use crate::support::scribe::{COSIGNERS, DAY, Scribe};

fn with(name: impl Into<String>, checks: &[&'static str], files: MemoryFiles, asked: Asked) -> FileAttack {
    FileAttack { name: name.into(), checks: checks.iter().copied().collect(), files, asked }
}

fn on(name: impl Into<String>, checks: &[&'static str], files: MemoryFiles) -> FileAttack {
    with(name, checks, files, Asked::default())
}

/// A book with everything in it, final.
fn good() -> Scribe {
    let mut scribe = Scribe::lived();
    scribe.make_final();
    scribe
}

/// The bytes of a public file.
fn file(files: &MemoryFiles, path: &str) -> Vec<u8> {
    files.iter().find(|(found, _)| found.to_string() == path).unwrap().1.to_vec()
}

/// The files with one replaced by what it is turned into; none where that says so.
fn turned(files: &MemoryFiles, path: &str, turn: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) -> MemoryFiles {
    let mut turned = files.clone();
    match turn(file(files, path)) {
        Some(bytes) => turned.insert(path, bytes).unwrap(),
        None => assert!(turned.remove(path).is_some()),
    }
    turned
}

pub(crate) fn attacks() -> Vec<FileAttack> {
    let mut attacks = on_entries();
    attacks.extend(on_tiles_and_blobs());
    attacks.extend(on_vkeys());
    attacks.extend(on_the_checkpoint());
    attacks.extend(on_cosignatures());
    attacks.extend(on_times());
    attacks.extend(on_final());
    attacks.extend(since());
    attacks.extend(contested());
    attacks
}

fn on_entries() -> Vec<FileAttack> {
    let scribe = good();
    let files = scribe.files();
    let bundle = Tile::entries(0, scribe.size()).unwrap().path();
    let reordered = |bytes: Vec<u8>| {
        let mut entries = decode_entries(&bytes, scribe.size() as u16).unwrap();
        entries.swap(4, 5);
        Some(encode_entries(entries).unwrap())
    };
    let replaced = |bytes: Vec<u8>| {
        let mut entries = decode_entries(&bytes, scribe.size() as u16).unwrap();
        let last = entries.len() - 1;
        entries[last] = entries[4];
        Some(encode_entries(entries).unwrap())
    };
    let text = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
            Some([&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat())
        }
    };
    vec![
        on("a bundle with a letter changed", &["tiles", "tree", "entry-signature", "entry-after"], {
            turned(&files, &bundle, text("fuente", "fuentE"))
        }),
        on("a bundle with the last entry's text changed", &["tiles", "tree", "entry-signature"], {
            turned(&files, &bundle, text("Saludo", "Salvdo"))
        }),
        on(
            "a bundle with a byte missing",
            &["entry-bundles"],
            turned(&files, &bundle, |mut bytes| {
                bytes.pop();
                Some(bytes)
            }),
        ),
        on(
            "a bundle with a byte too many",
            &["entry-bundles"],
            turned(&files, &bundle, |mut bytes| {
                bytes.push(b'\n');
                Some(bytes)
            }),
        ),
        on("an empty bundle", &["entry-bundles"], turned(&files, &bundle, |_| Some(Vec::new()))),
        on("no bundle", &["entry-bundles"], turned(&files, &bundle, |_| None)),
        on(
            "a bundle larger than any",
            &["entry-bundles"],
            turned(&files, &bundle, |_| Some(vec![0; 1 << 20])),
        ),
        on(
            "an entry in the place of the last",
            &["tiles", "tree", "entry-replayed"],
            turned(&files, &bundle, replaced),
        ),
        on("two entries exchanged", &["tiles", "tree", "entry-after"], turned(&files, &bundle, reordered)),
    ]
}

fn on_tiles_and_blobs() -> Vec<FileAttack> {
    let scribe = good();
    let files = scribe.files();
    let tile = Tile::hashes(0, 0, scribe.size()).unwrap().path();
    let blob = format!("blob/{}", Hash::of(b"plano del solar, hoja 1").hex());
    let empty = format!("blob/{}", Hash::of(b"").hex());
    let flipped = |at: usize| {
        move |mut bytes: Vec<u8>| {
            bytes[at] ^= 1;
            Some(bytes)
        }
    };
    let shorter = |mut bytes: Vec<u8>| {
        bytes.pop();
        Some(bytes)
    };
    let longer = |mut bytes: Vec<u8>| {
        bytes.push(0);
        Some(bytes)
    };
    vec![
        on("a hash tile with a bit changed", &["tiles"], turned(&files, &tile, flipped(40))),
        on("a hash tile cut short", &["tiles"], turned(&files, &tile, shorter)),
        on("a hash tile too long", &["tiles"], turned(&files, &tile, longer)),
        on("no hash tile", &["tiles"], turned(&files, &tile, |_| None)),
        on("a blob with a bit changed", &["blobs"], turned(&files, &blob, flipped(3))),
        on("a blob cut short", &["blobs"], turned(&files, &blob, shorter)),
        on("a blob too long", &["blobs"], turned(&files, &blob, longer)),
        on("no blob", &["blobs"], turned(&files, &blob, |_| None)),
        on("something in the place of an empty blob", &["blobs"], turned(&files, &empty, longer)),
        on(
            "a blob in the place of another",
            &["blobs"],
            turned(&files, &blob, |_| Some(b"plano del solar, hoja 2".to_vec())),
        ),
    ]
}

fn on_vkeys() -> Vec<FileAttack> {
    let scribe = good();
    let files = scribe.files();
    let lines = |name: &str, checks: &[&'static str], turn: &dyn Fn(&mut Vec<String>)| {
        let mut lines = scribe.vkeys();
        turn(&mut lines);
        on(name, checks, turned(&files, "vkeys", |_| Some((lines.join("\n") + "\n").into_bytes())))
    };
    let cosigner = |name: &str, label: &str| {
        Vkey { name: name.into(), algorithm: Algorithm::Timestamped, key: keys::public(label) }.to_string()
    };
    let mut attacks = vec![
        lines("the clerk's key as a cosigner's", &["vkeys"], &|lines| {
            lines.push(cosigner("otro.example", "clerk 1"))
        }),
        lines("the clerk's key as a cosigner's, under the clerk's name", &["vkeys"], &|lines| {
            lines.push(cosigner(&scribe.state.origin().to_string(), "clerk 1"));
        }),
        lines("the key of the clerk before as a cosigner's", &["cosignatures"], &|lines| {
            lines.push(cosigner("otro.example", "clerk 0"));
        }),
        lines("a member's key as a cosigner's", &["cosignatures"], &|lines| {
            lines.push(cosigner("otro.example", "member 2"));
        }),
        lines("the key of one who has left as a cosigner's", &["cosignatures"], &|lines| {
            lines.push(cosigner("otro.example", "member 6"));
        }),
        lines("one key under two names", &["vkeys"], &|lines| {
            lines.push(cosigner("otro.example", COSIGNERS[0]))
        }),
        lines("one name over two keys", &["vkeys"], &|lines| {
            lines.push(cosigner(COSIGNERS[0], "otra llave"))
        }),
        lines("a key of the policy under another name", &["cosignatures", "final"], &|lines| {
            lines[1] = cosigner("otro.example", COSIGNERS[0]);
        }),
        lines("a name of the policy over another key", &["cosignatures", "final"], &|lines| {
            lines[1] = cosigner(COSIGNERS[0], "otra llave");
        }),
        lines("a witness first, in the clerk's place", &["vkeys"], &|lines| lines.swap(0, 1)),
        lines("a second clerk", &["vkeys"], &|lines| {
            let other = Origin { epoch: 0, ..scribe.state.origin() }.to_string();
            lines.push(
                Vkey { name: other, algorithm: Algorithm::Plain, key: keys::public("clerk 0") }.to_string(),
            );
        }),
        lines("another clerk's key", &["checkpoint"], &|lines| {
            let name = scribe.state.origin().to_string();
            lines[0] = Vkey { name, algorithm: Algorithm::Plain, key: keys::public("intruso") }.to_string();
        }),
        lines("a clerk whose name is no book's", &["vkeys"], &|lines| {
            let name = "cabildo.example".to_owned();
            lines[0] = Vkey { name, algorithm: Algorithm::Plain, key: keys::public("clerk 1") }.to_string();
        }),
        lines("a key id of another key", &["vkeys"], &|lines| {
            let id = hex::encode(keys::cosigner(COSIGNERS[1]).id());
            lines[2] = lines[2].replace(&id, "00000000");
        }),
        lines("a key id in capitals", &["vkeys"], &|lines| {
            let id = hex::encode(keys::cosigner(COSIGNERS[1]).id());
            assert_ne!(id, id.to_uppercase());
            lines[2] = lines[2].replace(&id, &id.to_uppercase());
        }),
        lines("an empty line", &["vkeys"], &|lines| lines.insert(1, String::new())),
        lines("300 keys", &["vkeys"], &|lines| {
            lines.extend((0..300).map(|at| cosigner(&format!("testigo-{at}"), &format!("testigo {at}"))));
        }),
        on(
            "no newline at the end of vkeys",
            &["vkeys"],
            turned(&files, "vkeys", |mut bytes| {
                bytes.pop();
                Some(bytes)
            }),
        ),
        on("vkeys that is empty", &["vkeys"], turned(&files, "vkeys", |_| Some(Vec::new()))),
        on("vkeys that is no UTF-8", &["vkeys"], turned(&files, "vkeys", |_| Some(vec![0xff, b'\n']))),
        on("vkeys of two megabytes", &["vkeys"], turned(&files, "vkeys", |_| Some(vec![b'a'; 2 << 20]))),
    ];
    for (at, encoding) in strange_encodings().into_iter().enumerate() {
        let raw = [&[4], encoding.as_slice()].concat();
        let id = key_id("otro.example", Algorithm::Timestamped, &encoding);
        let line = format!("otro.example+{}+{}", hex::encode(id), STANDARD.encode(raw));
        attacks.push(lines(
            &format!("a cosigner's key of small order, or no point ({at})"),
            &["vkeys"],
            &|lines| {
                lines.push(line.clone());
            },
        ));
    }
    attacks
}

/// A checkpoint of this text under the clerk's name, by the key of this label.
fn signed_text(scribe: &Scribe, text: String, label: &str) -> Note {
    let name = scribe.state.origin().to_string();
    Note { signatures: vec![Signature::plain(&keys::secret(label), &name, &text)], text }
}

fn on_the_checkpoint() -> Vec<FileAttack> {
    let scribe = good();
    let at = |note: Note| scribe.files_with(&note, scribe.size());
    let text = scribe.checkpoint().text();
    let by_clerk = |text: String| at(signed_text(&scribe, text, "clerk 1"));
    let (size, root) = (scribe.size(), scribe.root());
    let mut unsigned = scribe.signed(size, &scribe.cosigners);
    unsigned.signatures.remove(0);
    let mut damaged = scribe.signed(size, &[]);
    damaged.signatures[0].bytes[40] ^= 4;
    let mut twice = scribe.signed(size, &[]);
    twice.signatures.push(twice.signatures[0].clone());
    let mut timestamped = scribe.signed(size, &[]);
    let name = scribe.state.origin().to_string();
    timestamped.signatures.push(Signature::timestamped(&scribe.clerk(), &name, scribe.time, &text));
    let mut only_timestamped = timestamped.clone();
    only_timestamped.signatures.remove(0);
    let mut retired = good();
    retired.last_final = None;
    let former = Origin { epoch: 0, ..retired.state.origin() }.to_string();
    let former_vkey =
        Vkey { name: former.clone(), algorithm: Algorithm::Plain, key: keys::public("clerk 0") };
    let former_note =
        checkpoint::sign(&Checkpoint { origin: former, ..retired.checkpoint() }, &keys::clerk(0));
    let vkeys = |first: &Vkey| {
        let mut lines = scribe.vkeys();
        lines[0] = first.to_string();
        (lines.join("\n") + "\n").into_bytes()
    };
    let mut by_former = retired.files_with(&former_note, size);
    by_former.insert("vkeys", vkeys(&former_vkey)).unwrap();
    let former_in_new = Vkey { name: scribe.state.origin().to_string(), ..former_vkey.clone() };
    let mut by_former_in_new = retired.files_with(&signed_text(&retired, text.clone(), "clerk 0"), size);
    by_former_in_new.insert("vkeys", vkeys(&former_in_new)).unwrap();
    let usurper = Vkey { key: keys::public("intruso"), ..former_in_new.clone() };
    let mut by_usurper = retired.files_with(&signed_text(&retired, text.clone(), "intruso"), size);
    by_usurper.insert("vkeys", vkeys(&usurper)).unwrap();
    let mut empty = Scribe::before(BookId(Hash::of(b"nada").0), &[]).files();
    empty.remove("final");
    let other_origin = Checkpoint {
        origin: Origin { book: BookId(Hash::of(b"otro").0), epoch: 1 }.to_string(),
        ..scribe.checkpoint()
    };
    let other_book = Asked { book: Some(BookId([1; 32])), ..Asked::default() };
    vec![
        with("a book that is not the one asked for", &["book"], scribe.files(), other_book),
        on("a checkpoint that nobody signed", &["checkpoint"], at(unsigned)),
        on("a checkpoint whose signature is damaged", &["checkpoint"], at(damaged)),
        on("a checkpoint that the clerk signed twice", &["checkpoint"], at(twice)),
        on("a checkpoint that the clerk cosigned too", &["cosignatures"], at(timestamped)),
        on("a checkpoint that the clerk cosigned only", &["checkpoint"], at(only_timestamped)),
        on("a checkpoint of another origin, signed as such", &["checkpoint"], {
            at(checkpoint::sign(&other_origin, &scribe.clerk()))
        }),
        on(
            "a checkpoint of another origin under the clerk's name",
            &["checkpoint"],
            by_clerk(other_origin.text()),
        ),
        on("a checkpoint of the epoch before by the clerk in office", &["checkpoint"], {
            by_clerk(Checkpoint { origin: former_vkey.name.clone(), ..scribe.checkpoint() }.text())
        }),
        on("a checkpoint by the clerk before, under its own name", &["clerk-key"], by_former),
        on(
            "a checkpoint by the clerk before, under the name of the clerk in office",
            &["clerk-key"],
            by_former_in_new,
        ),
        on("a checkpoint by one who calls himself the clerk", &["clerk-key"], by_usurper),
        on("a checkpoint with an extension line", &["checkpoint"], by_clerk(format!("{text}sin acta\n"))),
        on("a checkpoint of two lines", &["checkpoint"], by_clerk(format!("{name}\n{size}\n"))),
        on("a checkpoint whose size begins with zero", &["checkpoint"], {
            by_clerk(text.replace(&format!("\n{size}\n"), &format!("\n0{size}\n")))
        }),
        on("a checkpoint whose root has its last bits changed", &["checkpoint"], {
            let written = root.to_string();
            let other = written
                .replace('=', "")
                .chars()
                .last()
                .map(|c| if c == 'A' { 'B' } else { char::from(c as u8 + 1) });
            let other = format!("{}{}=", &written[..42], other.unwrap());
            assert_eq!(Hash::parse(&other), None);
            by_clerk(text.replace(&written, &other))
        }),
        on("a checkpoint with another root", &["tree"], {
            by_clerk(text.replace(&root.to_string(), &Hash::of(b"raiz").to_string()))
        }),
        on("a checkpoint of one entry more", &["entry-bundles"], {
            by_clerk(text.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1)))
        }),
        on("a checkpoint of one entry less, with the same root", &["entry-bundles"], {
            by_clerk(text.replace(&format!("\n{size}\n"), &format!("\n{}\n", size - 1)))
        }),
        on("a checkpoint of 2^48 entries", &["entry-bundles"], {
            by_clerk(text.replace(&format!("\n{size}\n"), &format!("\n{}\n", 1_u64 << 48)))
        }),
        on("a checkpoint of 2^63 entries", &["checkpoint"], {
            by_clerk(text.replace(&format!("\n{size}\n"), &format!("\n{}\n", 1_u64 << 63)))
        }),
        on("a checkpoint of no entries", &["clerk-key"], empty),
        on("a checkpoint that is no note", &["checkpoint"], {
            turned(&scribe.files(), "checkpoint", |_| Some(b"punto de control\n".to_vec()))
        }),
        on("a checkpoint of two megabytes", &["checkpoint"], {
            turned(&scribe.files(), "checkpoint", |_| Some(vec![b'a'; 2 << 20]))
        }),
    ]
}

fn on_cosignatures() -> Vec<FileAttack> {
    let scribe = good();
    let spoiled = |turn: &dyn Fn(&mut Note)| {
        let mut note = scribe.signed(scribe.size(), &scribe.cosigners);
        turn(&mut note);
        scribe.files_with(&note, scribe.size())
    };
    let by = |label: &str, name: &str, note: &Note| {
        Signature::timestamped(&keys::secret(label), name, scribe.time, &note.text)
    };
    vec![
        on(
            "a cosignature with a bit changed",
            &["cosignatures"],
            spoiled(&|note| note.signatures[2].bytes[30] ^= 1),
        ),
        on(
            "a cosignature with another time",
            &["cosignatures"],
            spoiled(&|note| note.signatures[2].bytes[7] ^= 1),
        ),
        on(
            "a cosignature of another checkpoint",
            &["cosignatures"],
            spoiled(&|note| {
                note.signatures[1] = scribe.signed(3, &scribe.cosigners).signatures[1].clone();
            }),
        ),
        on(
            "a cosigner twice",
            &["cosignatures"],
            spoiled(&|note| note.signatures.push(note.signatures[1].clone())),
        ),
        on(
            "a cosignature by a key that is not listed",
            &["cosignatures"],
            spoiled(&|note| {
                note.signatures.push(by("desconocida", "otro.example", note));
            }),
        ),
        on(
            "a listed name over a key that is not",
            &["cosignatures"],
            spoiled(&|note| {
                note.signatures[1] = by("desconocida", COSIGNERS[0], note);
            }),
        ),
        on(
            "a listed key under another name",
            &["cosignatures"],
            spoiled(&|note| {
                note.signatures.push(by(COSIGNERS[0], "otro.example", note));
            }),
        ),
        on(
            "a cosignature without a time",
            &["cosignatures"],
            spoiled(&|note| {
                note.signatures[1] = Signature::plain(&keys::secret(COSIGNERS[0]), COSIGNERS[0], &note.text);
            }),
        ),
        on(
            "a member who cosigns",
            &["cosignatures"],
            spoiled(&|note| note.signatures.push(by("member 1", "1", note))),
        ),
        on(
            "a cosignature whose S lies beyond the order",
            &["cosignatures"],
            spoiled(&|note| {
                let bytes = &mut note.signatures[1].bytes;
                let good: [u8; 64] = bytes[8..].try_into().unwrap();
                let beyond = crate::support::by_hand::beyond_order(&good, 1).unwrap();
                bytes[8..].copy_from_slice(&beyond);
            }),
        ),
        on(
            "129 lines",
            &["checkpoint"],
            spoiled(&|note| {
                let line = note.signatures[1].clone();
                note.signatures.resize(129, line);
            }),
        ),
    ]
}

fn on_times() -> Vec<FileAttack> {
    let scribe = good();
    let now = |now: u64| Asked { now: Some(now), ..Asked::default() };
    let cosigned_at = |time: u64| {
        let mut other = scribe.clone();
        other.time = time;
        scribe.files_with(&other.signed(scribe.size(), &scribe.cosigners), scribe.size())
    };
    let mut ahead = good();
    ahead.time += 400 * DAY;
    ahead.remark(4, "Desde el futuro.");
    ahead.time -= 400 * DAY;
    vec![
        with("entries that lie ahead of the clock", &["times"], scribe.files(), now(scribe.time - 301)),
        with(
            "an entry of the year after next",
            &["times"],
            ahead.files_with(&ahead.signed(ahead.size(), &[]), ahead.size()),
            now(ahead.time),
        ),
        on("a cosignature from before the last entry", &["times"], cosigned_at(scribe.time - 301)),
        with(
            "a cosignature ahead of the clock",
            &["times"],
            cosigned_at(scribe.time + 301),
            now(scribe.time),
        ),
        with("a cosignature at the end of time", &["times"], cosigned_at(u64::MAX), now(scribe.time)),
    ]
}

/// What is just within the limits holds.
#[test]
fn five_minutes_are_allowed() {
    let scribe = good();
    let asked = |now: u64| Asked { now: Some(now), ..Asked::default() };
    for now in [scribe.time - 300, scribe.time, u64::MAX] {
        let found = audit(&scribe.files(), &asked(now));
        assert!(found.report.holds(), "{}", found.report);
    }
    let mut other = scribe.clone();
    for time in [scribe.time - 300, scribe.time + 300] {
        other.time = time;
        let files = scribe.files_with(&other.signed(scribe.size(), &scribe.cosigners), scribe.size());
        assert!(audit(&files, &asked(scribe.time)).report.holds());
    }
}

fn on_final() -> Vec<FileAttack> {
    let scribe = good();
    let publish = |name: &str, note: Vec<u8>| {
        let mut other = scribe.clone();
        other.last_final = Some(note);
        on(name, &["final"], other.files())
    };
    let spoiled = |name: &str, turn: &dyn Fn(&mut Note)| {
        let mut note = scribe.signed(scribe.size(), &scribe.cosigners);
        turn(&mut note);
        publish(name, note.to_bytes())
    };
    let cosigned = |mut note: Note| {
        for name in COSIGNERS {
            note.signatures.push(Signature::timestamped(&keys::secret(name), name, scribe.time, &note.text));
        }
        note.to_bytes()
    };
    let mut fork = scribe.clone();
    fork.remark(5, "En otra historia.");
    let mut longer = fork.clone();
    longer.remark(5, "Y más.");
    let other_root = Checkpoint { root: Hash::of(b"raiz"), ..scribe.checkpoint() };
    vec![
        publish("a final checkpoint that is no note", b"final\n".to_vec()),
        publish("a final checkpoint of two megabytes", vec![b'a'; 2 << 20]),
        publish(
            "a final checkpoint beyond the book",
            longer.signed(longer.size(), &longer.cosigners).to_bytes(),
        ),
        publish(
            "a final checkpoint with another root",
            cosigned(checkpoint::sign(&other_root, &scribe.clerk())),
        ),
        publish(
            "a final checkpoint with too few cosignatures",
            scribe.signed(scribe.size(), &scribe.cosigners[..1]).to_bytes(),
        ),
        publish("a final checkpoint that the clerk did not sign", {
            cosigned(checkpoint::sign(&scribe.checkpoint(), &keys::secret("intruso")))
        }),
        publish("a final checkpoint that the clerk before signed", {
            cosigned(signed_text(&scribe, scribe.checkpoint().text(), "clerk 0"))
        }),
        publish("a final checkpoint of another book", {
            let origin = Origin { book: BookId(Hash::of(b"otro").0), epoch: 1 }.to_string();
            cosigned(checkpoint::sign(&Checkpoint { origin, ..scribe.checkpoint() }, &scribe.clerk()))
        }),
        spoiled("a final checkpoint with a spoiled line beside enough good ones", &|note| {
            note.signatures[3].bytes[20] ^= 1;
        }),
        spoiled("a final checkpoint with a line by nobody beside enough good ones", &|note| {
            note.signatures[3] = Signature::timestamped(&keys::secret("x"), "x", scribe.time, &note.text);
        }),
        spoiled("a final checkpoint that one cosigned twice", &|note| {
            note.signatures[2] = note.signatures[1].clone()
        }),
    ]
}

fn since() -> Vec<FileAttack> {
    let scribe = good();
    let asked = |note: Note| Asked { since: Some(note.to_bytes()), ..Asked::default() };
    let seen = scribe.signed(scribe.size(), &[]);
    let short = scribe.size() - 1;
    let mut rolled_back = scribe.clone();
    rolled_back.last_final = None;
    let rolled_back = rolled_back.files_with(&scribe.signed(short, &[]), short);
    holds(&rolled_back);
    let (mut ours, mut theirs) = (scribe.clone(), scribe.clone());
    ours.remark(4, "Así fue.");
    theirs.remark(4, "No fue así.");
    let fork = theirs.signed(theirs.size(), &[]);
    ours.remark(5, "Y sigue.");
    let mut next = scribe.clone();
    next.succeed(&[1, 2]);
    next.last_final = None;
    let other = Scribe::found(
        &council::kinds::CouncilFounded {
            name: "Otro consejo".into(),
            ..crate::support::scribe::founding(&[])
        },
        &[],
    );
    let mut forged = seen.clone();
    forged.signatures[0].bytes[10] ^= 1;
    let root = Checkpoint { root: Hash::of(b"raiz"), ..scribe.checkpoint_at(5) };
    // Of the same entries, by a clerk whom others named for the same epoch.
    let rival = checkpoint::sign(&next.checkpoint_at(scribe.size()), &keys::secret("rival"));
    vec![
        with("rolled back behind a checkpoint that was seen", &["since"], rolled_back, asked(seen.clone())),
        with("forked from a checkpoint that was seen", &["since"], ours.files(), asked(fork)),
        with(
            "an earlier checkpoint of a later epoch",
            &["since"],
            scribe.files(),
            asked(next.signed(next.size(), &[])),
        ),
        with(
            "an earlier checkpoint of another book",
            &["since"],
            scribe.files(),
            asked(other.signed(1, &[])),
        ),
        with("an earlier checkpoint whose signature is damaged", &["since"], scribe.files(), asked(forged)),
        with("a checkpoint of a second hand-over to the same epoch", &["since"], next.files(), asked(rival)),
        with("an earlier checkpoint by nobody", &["since"], scribe.files(), {
            asked(checkpoint::sign(&scribe.checkpoint(), &keys::secret("intruso")))
        }),
        with("an earlier checkpoint with another root", &["since"], scribe.files(), {
            asked(checkpoint::sign(&root, &scribe.clerk()))
        }),
    ]
}

/// Every earlier checkpoint of the book, of either epoch, is part of it.
#[test]
fn every_earlier_checkpoint_is_part_of_the_book() {
    let scribe = good();
    for size in 0..=scribe.size() {
        let mut before = scribe.checkpoint_at(size);
        before.origin = Origin { epoch: 0, ..scribe.state.origin() }.to_string();
        let mut notes = vec![checkpoint::sign(&scribe.checkpoint_at(size), &scribe.clerk())];
        if size <= 11 {
            notes.push(checkpoint::sign(&before, &keys::clerk(0)));
        }
        for note in notes {
            let asked = Asked { since: Some(note.to_bytes()), ..Asked::default() };
            let found = audit(&scribe.files(), &asked);
            assert!(found.report.holds(), "{size}:\n{}", found.report);
            assert_eq!(found.report.check("since").map(|check| check.count), Some(1));
        }
    }
}

/// A hand-over from entry 5, and the checkpoints of a clerk who went on to entry 6.
fn handed_over_too_early() -> (Scribe, Scribe) {
    let mut before = Scribe::witnessed();
    for number in [4, 5] {
        before.admit(number);
    }
    before.remark(4, "Antes.");
    before.remark(5, "Todavía antes.");
    let mut former = before.clone();
    former.remark(4, "Lo que el libro perdió.");
    let mut after = before;
    after.succeed(&[1, 2]);
    after.remark(4, "Después.");
    after.remark(4, "Más tarde.");
    (former, after)
}

fn contested() -> Vec<FileAttack> {
    let (former, after) = handed_over_too_early();
    let final_one = former.signed(former.size(), &former.cosigners).to_bytes();
    let asked = |now: Option<u64>| Asked { since: Some(final_one.clone()), now, ..Asked::default() };
    let handed_over = after.state.time() - 120;
    let week = handed_over + 7 * DAY;
    let mut beyond = former.clone();
    beyond.remark(4, "Y más.");
    beyond.remark(4, "Y más.  ");
    beyond.remark(4, "Y aún más.");
    let beyond =
        Asked { since: Some(beyond.signed(beyond.size(), &beyond.cosigners).to_bytes()), ..Asked::default() };
    // Where the policy asks for nobody, what the clerk signed counts.
    let mut alone = Scribe::alone();
    let mut went_on = alone.clone();
    went_on.remark(2, "Lo que el libro perdió.");
    alone.succeed(&[1, 2]);
    alone.remark(2, "Después.");
    let signed = Asked { since: Some(went_on.signed(2, &[]).to_bytes()), ..Asked::default() };
    vec![
        with("a hand-over below a final checkpoint", &["succession-open"], after.files(), asked(None)),
        with("a hand-over below a final checkpoint, a day after", &["succession-open"], after.files(), {
            asked(Some(handed_over + DAY))
        }),
        with(
            "a hand-over below a final checkpoint, on the seventh day",
            &["succession-open"],
            after.files(),
            asked(Some(week)),
        ),
        with(
            "a hand-over below a final checkpoint larger than the book is now",
            &["succession-open"],
            after.files(),
            beyond,
        ),
        with(
            "a hand-over below what the clerk signed, where nobody is asked",
            &["succession-open"],
            alone.files(),
            signed,
        ),
    ]
}

/// After seven days it stands, and one that was never final does not contest it: both are said.
#[test]
fn what_does_not_contest_a_hand_over() {
    let (former, after) = handed_over_too_early();
    let handed_over = after.state.time() - 120;
    let all = former.signed(former.size(), &former.cosigners);
    let one = former.signed(former.size(), &former.cosigners[..1]);
    for (note, now, said) in [
        (&all, Some(handed_over + 7 * DAY + 1), "seven days"),
        (&one, None, "not final"),
        (&one, Some(handed_over), "not final"),
    ] {
        let found = audit(&after.files(), &Asked { since: Some(note.to_bytes()), now, ..Asked::default() });
        assert!(found.report.holds(), "{}", found.report);
        assert!(found.report.check("since").unwrap().note.as_ref().unwrap().contains(said));
    }
}

/// What cannot be read at all is no verdict.
#[test]
fn what_is_no_book() {
    let files = good().files();
    for name in ["checkpoint", "vkeys"] {
        let mut without = turned(&files, name, |_| None);
        let refused = try_audit(&mut without, &Asked::default()).err();
        assert_eq!(refused, Some(Unreadable::NotABook(if name == "vkeys" { "vkeys" } else { "checkpoint" })));
    }
    for since in [b"".as_slice(), b"nada", b"a\n1\nb\n\n\xe2\x80\x94 a AAAAAAA=\n"] {
        let asked = Asked { since: Some(since.to_vec()), ..Asked::default() };
        assert!(matches!(try_audit(&mut files.clone(), &asked), Err(Unreadable::Since(_))));
    }
    assert!(files.iter().any(|(path, _)| matches!(path, PublicPath::Final)));
}

/// Void entries of a clerk who was succeeded stand as evidence: the book holds again.
#[test]
fn the_council_has_answered() {
    let mut scribe = Scribe::lived();
    for turn in 0..3 {
        let mut note = scribe.note(&scribe.remark_text(4, &format!("Falso {turn}")));
        note.signatures[0].bytes[0] ^= 1;
        let entry = scribe.countersign(note);
        scribe.append(entry).unwrap();
    }
    assert!(!audit(&scribe.files(), &Asked::default()).report.holds());
    scribe.succeed(&[2, 3]);
    let found = audit(&scribe.files(), &Asked::default());
    assert!(found.report.holds(), "{}", found.report);
    assert_eq!(found.voids.len(), 3);
    assert!(
        found.report.check("void-of-former-clerks").unwrap().note.as_ref().unwrap().contains("3 entries")
    );
}
