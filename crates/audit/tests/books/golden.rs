//! The golden book of `vectors/book`: an invented council whose book every later version must read to the same state; and
//! its entries as `less` shows them.
//!
//! `BOOK_VECTORS=write cargo test -p audit --test books golden` writes the files anew. Whoever needs that has changed a
//! format: the old files must stay good beside the new ones.

use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use book::bundle::{Bundle, BundleWriter};
use book::entry::Entry;
use book::entry::Signer;
use book::files::MemoryFiles;
use book::hash::Hash;
use book::tile::{Tile, decode_entries};
use council::kinds::{BlobRef, RemarkMade};

use crate::support::judge::{Asked, try_audit};
use crate::support::scribe::{DAY, Scribe, by, secretary};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/book")
}

/// The golden book's life: each kind of entry, each capacity, an attachment, a private body and its erasure, a hand-over,
/// and one entry that the clerk should not have recorded.
fn life() -> Scribe {
    let mut scribe = Scribe::witnessed();
    scribe.time += DAY;
    scribe.admit(4);
    scribe.admit(5);
    scribe.time += 3 * DAY;
    scribe.remark(4, "Que conste en acta: la fuente de la plaza sigue sin agua desde enero.");
    let minutes =
        "Acta de la primera asamblea.\nPresentes: cinco. Se acuerda arreglar la fuente.\n".as_bytes();
    let blob = Hash::of(minutes);
    scribe.blobs.insert(blob, minutes.to_vec());
    let content = RemarkMade {
        text: "Como secretaria adjunto el acta de la primera asamblea.".into(),
        blobs: Some(vec![BlobRef { sha256: blob.hex(), size: minutes.len() as u64 }]),
        body: None,
    };
    scribe.write(vec![secretary(1)], &content);
    let letter = "Pido que se me exima de la cuota este año; los motivos, en privado.".as_bytes();
    let number = scribe.remark_with(5, "Dejo un escrito reservado para la secretaría.", &[], Some(letter));
    let content = RemarkMade {
        text: "La caja está cuadrada:\n- entradas: 412 €\n- salidas: 380 €".into(),
        blobs: None,
        body: None,
    };
    scribe.write(vec![Signer::officer(2, "treasurer")], &content);
    scribe.time += 20 * DAY;
    scribe.erase(number, 5, letter);
    scribe.leave(5);
    let mut void = scribe.note(&scribe.remark_text(5, "Esto lo digo cuando ya no soy del consejo."));
    void.signatures.truncate(1);
    scribe.time += 60;
    let void = scribe.countersign(void);
    scribe.append(void).unwrap();
    scribe.time += DAY;
    scribe.succeed(&[1, 3]);
    scribe.remark_with(4, "Saludo a quien lleva ahora el libro: «que nada se pierda».", &[], None);
    scribe.write(by(3), &RemarkMade { text: "Se levanta la sesión.".into(), blobs: None, body: None });
    scribe.make_final();
    scribe
}

/// What `less` shows of these bytes in a UTF-8 terminal: control characters in caret notation, bytes that are no UTF-8 in
/// hexadecimal.
fn as_less_shows(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' => shown.push(c),
                '\0'..='\x1f' => shown.extend(['^', char::from(c as u8 + 0x40)]),
                '\x7f' => shown.push_str("^?"),
                c => shown.push(c),
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "<{byte:02X}>").unwrap();
        }
    }
    shown
}

/// Seconds since 1970 as a date and a time of day, UTC (Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*).
fn utc(seconds: u64) -> String {
    let (days, of_day) = (seconds / DAY + 719_468, seconds % DAY);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// One line an entry: number, time, kind, who in which capacity.
fn who_when(entries: &[&[u8]]) -> String {
    let mut lines = String::new();
    for (number, bytes) in entries.iter().enumerate() {
        let entry = Entry::parse(bytes).unwrap();
        writeln!(
            lines,
            "{number:>3}  {} UTC  {:<15}  by {}",
            utc(entry.time()),
            entry.text().kind,
            entry.text().by
        )
        .unwrap();
    }
    lines
}

/// The verdict, as `cabildo audit` words it, and the facts.
fn verdict(audit: &audit::Audit) -> String {
    let mut said = audit.report.to_string();
    for (name, value) in audit.report.facts() {
        writeln!(said, "{name} {value}").unwrap();
    }
    said
}

fn tar(files: &MemoryFiles) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new());
    for (path, bytes) in files.iter() {
        writer.add(&path.to_string(), bytes).unwrap();
    }
    writer.finish().unwrap()
}

/// The golden files by name.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let scribe = life();
    let files = scribe.files();
    let bundle = Tile::entries(0, scribe.size()).unwrap().path();
    let bundle = files.iter().find(|(path, _)| path.to_string() == bundle).unwrap().1.to_vec();
    let entries = decode_entries(&bundle, scribe.size() as u16).unwrap();
    let audit = try_audit(&mut files.clone(), &Asked::default()).unwrap();
    vec![
        ("golden-entries.txt", as_less_shows(&bundle).into_bytes()),
        ("golden-who-when.txt", who_when(&entries).into_bytes()),
        ("golden-audit.txt", verdict(&audit).into_bytes()),
        ("golden-book.tar", tar(&files)),
        ("golden-entries.bundle", bundle),
    ]
}

#[test]
fn golden_files_are_made_again() {
    let write = std::env::var("BOOK_VECTORS").is_ok_and(|value| value == "write");
    for (name, bytes) in made() {
        let path = folder().join(name);
        if write {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, bytes).unwrap();
            continue;
        }
        let found = fs::read(&path).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            found == bytes,
            "{name} is another:\n{}",
            if name.ends_with(".txt") { text(&bytes) } else { String::new() }
        );
    }
}

/// From the file alone, as a later version will have to: the audit arrives at the state that it once had.
#[test]
fn the_golden_book_is_read() {
    let tar = fs::read(folder().join("golden-book.tar")).unwrap();
    let mut bundle = Bundle::open(Cursor::new(tar)).unwrap();
    let audit = try_audit(&mut bundle, &Asked::default()).unwrap();
    assert!(audit.report.holds(), "{}", audit.report);
    assert!(audit.is_final);
    let state = audit.state.unwrap();
    let digest = state.digest().to_string();
    let said = fs::read_to_string(folder().join("golden-audit.txt")).unwrap();
    assert!(said.lines().any(|line| line == format!("state {digest}")), "{digest}");
    assert_eq!((state.epoch(), state.voids(), state.members().count()), (1, 1, 4));
    assert_eq!(state.name(), "Consejo vecinal de La Cruz del Río");
}

/// What a reader sees without any program of ours.
#[test]
fn a_person_can_read_it() {
    let text = fs::read_to_string(folder().join("golden-entries.txt")).unwrap();
    for line in [
        "remark.made\nby 1 as secretary\n",
        "remark.made\nby 2 as treasurer\n",
        "member.admitted\nby 1 as secretary, 4\n",
        "clerk.succeeded\nby 1, 3\n",
        "{\"text\":\"Que conste en acta: la fuente de la plaza sigue sin agua desde enero.\"}\n",
        "\n— 4 ",
    ] {
        assert!(text.contains(line), "{line}");
    }
    let when = fs::read_to_string(folder().join("golden-who-when.txt")).unwrap();
    assert!(when.starts_with("  0  2026-03-01 18:00:00 UTC  council.founded  by 1, 2, 3\n"), "{when}");
    assert_eq!(utc(0), "1970-01-01 00:00:00");
    assert_eq!(utc(951_782_400), "2000-02-29 00:00:00");
    assert_eq!(utc(4_107_542_399), "2100-02-28 23:59:59");
}
