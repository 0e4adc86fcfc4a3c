//! Damage to the tar and to the chain of events.

use ballot::archive::tar::{self, BLOCK};
use ballot::checks;
use ballot::hash::Hash;
use serde_json::Value;

use crate::lab::{Case, Kind, UNREADABLE, lab, run};
use crate::support::{TIME, judge, judge_reader, member, members, tar_of};

type Members = Vec<(String, Vec<u8>)>;

/// The archives on whose bytes we operate, with their strong proofs.
fn patients() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let lab = lab();
    vec![
        ("tiny", lab.tiny.archive(), lab.tiny.strong_text()),
        ("full", lab.full.archive(), lab.full.strong_text()),
    ]
}

fn operate(f: impl Fn(&[u8], &mut dyn FnMut(String, Vec<u8>, &'static str))) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, archive, strong) in patients() {
        f(&archive, &mut |label, bytes, check| {
            cases.push(Case::new(format!("{name}: {label}"), bytes, Some(strong.clone())).under(check));
        });
    }
    cases
}

/// Where each member begins.
fn starts(members: &Members) -> Vec<usize> {
    let mut at = 0;
    let mut starts = Vec::new();
    for (_, bytes) in members {
        starts.push(at);
        at += BLOCK + bytes.len() + tar::padding(bytes.len() as u64);
    }
    starts.push(at);
    starts
}

fn truncated() -> Vec<Case> {
    operate(|archive, add| {
        let members = members(archive);
        let starts = starts(&members);
        for (i, (name, bytes)) in members.iter().enumerate() {
            let check = if i == 0 { UNREADABLE } else { checks::ARCHIVE };
            let mut cuts = vec![1, 100, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + bytes.len() - 1];
            if tar::padding(bytes.len() as u64) > 1 {
                cuts.extend([BLOCK + bytes.len(), BLOCK + bytes.len() + 1, starts[i + 1] - starts[i] - 1]);
            }
            for cut in cuts {
                add(format!("{cut} bytes into {name}"), archive[..starts[i] + cut].to_vec(), check);
            }
            if name.ends_with(".data.json") {
                add(format!("after {name}"), archive[..starts[i + 1]].to_vec(), checks::ARCHIVE);
            }
        }
        add("nothing at all".into(), Vec::new(), UNREADABLE);
        add("the first member alone".into(), archive[..starts[1]].to_vec(), checks::COMPLETE);
    })
}

fn padded() -> Vec<Case> {
    operate(|archive, add| {
        for count in [1, 511, 512, 513, 1024, 10240] {
            add(format!("{count} zeros after the end"), [archive, &vec![0; count]].concat(), checks::ARCHIVE);
        }
        add("a byte after the end".into(), [archive, b"x"].concat(), checks::ARCHIVE);
        add("a text after the end".into(), [archive, b"\n"].concat(), checks::ARCHIVE);
        add("zeros before the beginning".into(), [&vec![0; 512], archive].concat(), UNREADABLE);
        add("a byte before the beginning".into(), [b"x", archive].concat(), UNREADABLE);
        add("itself after the end".into(), [archive, archive].concat(), checks::ARCHIVE);
        let second = starts(&members(archive))[1];
        add(
            "zeros after the first member".into(),
            [&archive[..second], &[0; 1024], &archive[second..]].concat(),
            checks::ARCHIVE,
        );
        add("a member without content".into(), [archive, &member("x", b"", TIME)].concat(), checks::ARCHIVE);
        let hash = Hash::of(b"");
        add(
            "an empty payload at the end".into(),
            [archive, &member(&format!("{hash}.data.json"), b"", TIME)].concat(),
            checks::ARCHIVE,
        );
    })
}

fn moved() -> Vec<Case> {
    operate(|archive, add| {
        let good = members(archive);
        let last = good.len() - 1;
        for i in 0..good.len() {
            let mut dropped = good.clone();
            dropped.remove(i);
            let check = match i {
                0 => UNREADABLE,
                i if i == last => checks::ARCHIVE,
                _ => checks::EVENTS,
            };
            add(format!("member {i} dropped"), tar_of(&dropped, TIME), check);
            let mut doubled = good.clone();
            doubled.insert(i, good[i].clone());
            add(
                format!("member {i} doubled"),
                tar_of(&doubled, TIME),
                if i == 0 { checks::ARCHIVE } else { checks::EVENTS },
            );
            if i < last {
                let mut swapped = good.clone();
                swapped.swap(i, i + 1);
                add(
                    format!("members {i} and {} swapped", i + 1),
                    tar_of(&swapped, TIME),
                    if i == 0 { UNREADABLE } else { checks::EVENTS },
                );
            }
            let mut alone = good.clone();
            let moved = alone.remove(i);
            if i > 0 && i < last && moved.0.ends_with(".data.json") {
                alone.push(moved);
                add(format!("member {i} at the end"), tar_of(&alone, TIME), checks::EVENTS);
            }
        }
        let mut six = good.clone();
        for i in 0..10 {
            let content = format!("{i}");
            six.insert(1, (format!("{}.data.json", Hash::of(content.as_bytes())), content.into_bytes()));
        }
        add("ten payloads too many".into(), tar_of(&six, TIME), checks::ARCHIVE);
    })
}

fn renamed() -> Vec<Case> {
    operate(|archive, add| {
        let good = members(archive);
        for i in 0..good.len() {
            let check = if i == 0 { UNREADABLE } else { checks::ARCHIVE };
            let mut with = |what: &str, name: String| {
                if name == good[i].0 || name.len() > 99 {
                    return;
                }
                let mut renamed = good.clone();
                renamed[i].0 = name;
                add(format!("member {i} {what}"), tar_of(&renamed, TIME), check);
            };
            let name = &good[i].0;
            with("in upper case", name.to_uppercase());
            with("in lower case", name.to_lowercase());
            with("under ./", format!("./{name}"));
            with("with a space", format!("{name} "));
            with("under another hash", name.replace(&name[..name.len().min(8)], "00000000"));
            with("without name", String::new());
            with("with an escape sequence", "\u{1b}[2J\u{7}".into());
            // A byte of the content, its name as it was.
            let mut changed = good.clone();
            let middle = changed[i].1.len() / 2;
            changed[i].1[middle] ^= 1;
            add(format!("a bit of member {i}"), tar_of(&changed, TIME), checks::ARCHIVE);
        }
    })
}

/// Writes a header's checksum anew.
fn sum(block: &mut [u8]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block[..BLOCK].iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn headers() -> Vec<Case> {
    type Change = (&'static str, fn(&mut [u8]));
    let changes: [Change; 26] = [
        ("mode 600", |b| b[100..107].copy_from_slice(b"0000600")),
        ("mode 755", |b| b[100..107].copy_from_slice(b"0000755")),
        ("an owner", |b| b[108..115].copy_from_slice(b"0001750")),
        ("a group", |b| b[116..123].copy_from_slice(b"0001750")),
        ("another time", |b| b[146] = if b[146] == b'0' { b'1' } else { b'0' }),
        ("no typeflag", |b| b[156] = 0),
        ("a link", |b| b[156] = b'2'),
        ("a folder", |b| b[156] = b'5'),
        ("a GNU long name", |b| b[156] = b'L'),
        ("an extended header", |b| b[156] = b'x'),
        ("the ustar magic", |b| b[257..265].copy_from_slice(b"ustar\x0000")),
        ("the GNU magic", |b| b[257..265].copy_from_slice(b"ustar  \0")),
        ("a link's name", |b| b[157] = b'x'),
        ("a user's name", |b| b[265..269].copy_from_slice(b"root")),
        ("a device", |b| b[329..337].copy_from_slice(b"0000000\0")),
        ("a prefix", |b| b[345] = b'x'),
        ("the last byte", |b| b[511] = 1),
        ("a size with spaces", |b| b[124] = b' '),
        ("a size with a sign", |b| b[124] = b'+'),
        ("a size in base 256", |b| b[124] = 0x80),
        ("a size in decimal", |b| b[134] = b'9'),
        ("8 GiB", |b| b[124..135].copy_from_slice(b"77777777777")),
        ("1 GiB and a byte", |b| b[124..135].copy_from_slice(b"10000000001")),
        ("a time that ends otherwise", |b| b[147] = b' '),
        ("a name that goes on after its end", |b| b[98] = b'x'),
        ("a size of nothing", |b| b[124..135].copy_from_slice(b"00000000000")),
    ];
    operate(|archive, add| {
        let members = members(archive);
        let starts = starts(&members);
        let mut places = vec![0, 1, 2, 4, members.len() / 2, members.len() - 1];
        places.dedup();
        for i in places {
            let check = if i == 0 { UNREADABLE } else { checks::ARCHIVE };
            for (what, change) in changes {
                let mut changed = archive.to_vec();
                let block = &mut changed[starts[i]..starts[i] + BLOCK];
                change(block);
                sum(block);
                // The first member's time is the archive's; with either change it is read, and its content is false.
                let check = match (i, what) {
                    (0, "another time" | "a size of nothing") => checks::ARCHIVE,
                    _ => check,
                };
                add(format!("member {i}: {what}"), changed, check);
            }
            for byte in [148, 150, 153, 154, 155] {
                let mut changed = archive.to_vec();
                changed[starts[i] + byte] ^= 1;
                add(format!("member {i}: checksum byte {byte}"), changed, check);
            }
            let size = members[i].1.len();
            if tar::padding(size as u64) > 0 {
                for at in [BLOCK + size, starts[i + 1] - starts[i] - 1] {
                    let mut changed = archive.to_vec();
                    changed[starts[i] + at] = b' ';
                    add(format!("member {i}: padding at {at}"), changed, check);
                }
            }
        }
        for (what, text) in [
            ("version 2", format!("{{\"version\":2,\"timestamp\":\"{TIME}\"}}")),
            ("version 0", format!("{{\"version\":0,\"timestamp\":\"{TIME}\"}}")),
            ("another timestamp", format!("{{\"version\":1,\"timestamp\":\"{}\"}}", TIME + 1)),
            ("a timestamp with a zero", format!("{{\"version\":1,\"timestamp\":\"0{TIME}\"}}")),
            ("a number for a timestamp", format!("{{\"version\":1,\"timestamp\":{TIME}}}")),
            ("no timestamp", "{\"version\":1}".into()),
            ("a space", format!("{{\"version\":1, \"timestamp\":\"{TIME}\"}}")),
            ("a line end", format!("{{\"version\":1,\"timestamp\":\"{TIME}\"}}\n")),
            ("the other order", format!("{{\"timestamp\":\"{TIME}\",\"version\":1}}")),
            ("an unknown field", format!("{{\"version\":1,\"timestamp\":\"{TIME}\",\"note\":1}}")),
            ("nothing", String::new()),
            ("deep", "[".repeat(60_000)),
        ] {
            let mut changed = members.clone();
            changed[0].1 = text.into_bytes();
            add(format!("BELENIOS: {what}"), tar_of(&changed, TIME), checks::ARCHIVE);
        }
        let mut large = members.clone();
        large[0].1 = vec![b' '; 70_000];
        add("BELENIOS of 70,000 bytes".into(), tar_of(&large, TIME), UNREADABLE);
    })
}

fn no_archives() -> Vec<Case> {
    [
        ("a text", b"This is not an archive.".to_vec()),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xff; 4096]),
        ("gzip", [&[0x1f, 0x8b, 8, 0][..], &[0; 600]].concat()),
        ("zip", [&b"PK\x03\x04"[..], &[0; 600]].concat()),
        ("JSON", b"{}".to_vec()),
        ("deep JSON", vec![b'['; 100_000]),
        ("a tar of something else", member("hello.txt", b"hello", TIME)),
        (
            "a BELENIOS in upper and lower case",
            member("Belenios", b"{\"version\":1,\"timestamp\":\"1800000000\"}", TIME),
        ),
    ]
    .into_iter()
    .map(|(label, bytes)| Case::new(label, bytes, None))
    .collect()
}

/// A header may declare what it likes: memory grows with what is there.
#[test]
fn a_declared_size_costs_nothing() {
    let good = lab().tiny.archive();
    let second = starts(&members(&good))[1];
    for size in [1u64 << 30, (1 << 33) - 1, 1 << 32] {
        let name = format!("{}.data.json", Hash::of(b"x"));
        let mut archive = good[..second].to_vec();
        archive.extend_from_slice(&tar::header(&name, size, TIME).unwrap());
        archive.extend_from_slice(b"hardly anything");
        let verdict = judge(&archive, None, false);
        assert_eq!(verdict.failed, [checks::ARCHIVE], "{}", verdict.text);
    }
    // An input that fails is no archive that fails.
    struct Failing(std::io::Cursor<Vec<u8>>);
    impl std::io::Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(std::io::Error::other("the disk is gone")),
                n => Ok(n),
            }
        }
    }
    impl std::io::Seek for Failing {
        fn seek(&mut self, at: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(at)
        }
    }
    let verdict = judge_reader(Failing(std::io::Cursor::new(good)), None, false);
    assert!(!verdict.readable && verdict.text.contains("the disk is gone"));
}

// ---- events ----

/// An event before it is chained: its payloads and its JSON's fields but parent and height.
#[derive(Clone)]
struct Link {
    kind: String,
    payloads: Vec<Vec<u8>>,
}

fn links(archive: &[u8]) -> Vec<Link> {
    let mut links = Vec::new();
    let mut payloads = Vec::new();
    for (name, bytes) in members(archive).into_iter().skip(1) {
        if name.ends_with(".data.json") {
            payloads.push(bytes);
            continue;
        }
        let event: Value = serde_json::from_slice(&bytes).unwrap();
        let kind = event["type"].as_str().unwrap().to_owned();
        links.push(Link { kind, payloads: std::mem::take(&mut payloads) });
    }
    links
}

/// Chains links; `edit` may change each event's text before it is hashed.
fn chain(links: &[Link], edit: impl Fn(usize, String) -> String) -> Vec<u8> {
    let header = format!("{{\"version\":1,\"timestamp\":\"{TIME}\"}}");
    let mut archive = member("BELENIOS", header.as_bytes(), TIME);
    let mut parent = String::new();
    for (i, link) in links.iter().enumerate() {
        for payload in &link.payloads {
            archive.extend(member(&format!("{}.data.json", Hash::of(payload)), payload, TIME));
        }
        let before = if i > 0 { format!("\"parent\":\"{parent}\",") } else { String::new() };
        let payload =
            link.payloads.last().map_or_else(String::new, |p| format!(",\"payload\":\"{}\"", Hash::of(p)));
        let text = edit(i, format!("{{{before}\"height\":{i},\"type\":\"{}\"{payload}}}", link.kind));
        let hash = Hash::of(text.as_bytes());
        archive.extend(member(&format!("{hash}.event.json"), text.as_bytes(), TIME));
        parent = hash.to_string();
    }
    archive
}

#[test]
fn chaining_again_changes_nothing() {
    for (name, archive, _) in patients() {
        assert!(chain(&links(&archive), |_, text| text) == archive, "{name}");
    }
}

/// Whether the types stand in the order of an election, as far as they go.
fn in_order(kinds: &[&str]) -> bool {
    const ORDER: [&str; 8] = [
        "Setup",
        "Ballot",
        "EndBallots",
        "EncryptedTally",
        "Shuffle",
        "EndShuffles",
        "PartialDecryption",
        "Result",
    ];
    let rank = |kind: &str| ORDER.iter().position(|k| *k == kind).unwrap();
    let ranks: Vec<usize> = kinds.iter().map(|kind| rank(kind)).collect();
    let count = |r: usize| ranks.iter().filter(|x| **x == r).count();
    let highest = ranks.iter().max().copied().unwrap_or(0);
    let sorted = ranks.windows(2).all(|pair| pair[0] <= pair[1]);
    let once = [0, 2, 3, 5, 7].iter().all(|r| count(*r) <= 1);
    let there = count(0) == 1 && (highest < 3 || count(2) == 1) && (highest < 4 || count(3) == 1);
    // Shuffles are ended before anything is decrypted.
    let ended = count(4) == 0 || highest < 6 || count(5) == 1;
    sorted && once && there && ended
}

fn transitions() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, archive, strong) in patients() {
        let good = links(&archive);
        let mut kinds: Vec<&Link> = Vec::new();
        for link in &good {
            if !kinds.iter().any(|known| known.kind == link.kind) {
                kinds.push(link);
            }
        }
        let ended = Link { kind: "EndShuffles".into(), payloads: Vec::new() };
        if name == "tiny" {
            kinds.push(&ended);
        }
        let mut add = |label: String, links: &[Link]| {
            let types: Vec<&str> = links.iter().map(|link| link.kind.as_str()).collect();
            if !in_order(&types) {
                let mut case =
                    Case::new(format!("{name}: {label}"), chain(links, |_, text| text), Some(strong.clone()));
                // What is out of order may also be false in itself, and is read before what does not fit after it.
                case.or = &[checks::BALLOT_COPIES, checks::MIXERS, checks::PARTIAL_DECRYPTIONS];
                cases.push(case);
            }
        };
        for at in 0..=good.len() {
            for link in &kinds {
                let mut inserted = good.clone();
                inserted.insert(at, (*link).clone());
                add(format!("{} inserted at {at}", link.kind), &inserted);
                if at < good.len() {
                    let mut replaced = good.clone();
                    replaced[at] = (*link).clone();
                    add(format!("{} in place of event {at}", link.kind), &replaced);
                }
            }
            if at < good.len() {
                let mut removed = good.clone();
                removed.remove(at);
                add(format!("{} {at} left out", good[at].kind), &removed);
            }
            if at + 1 < good.len() {
                let mut swapped = good.clone();
                swapped.swap(at, at + 1);
                add(format!("events {at} and {} swapped", at + 1), &swapped);
            }
        }
        for kind in ["Vote", "ballot", "", "EndSetup"] {
            let mut unknown = good.clone();
            unknown[1].kind = kind.into();
            let archive = chain(&unknown, |_, text| text);
            cases.push(Case::new(format!("{name}: type {kind:?}"), archive, Some(strong.clone())));
        }
    }
    cases
}

fn events() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, archive, strong) in patients() {
        let good = links(&archive);
        let last = good.len() - 1;
        let zero = "0".repeat(64);
        for at in [0, 1, 2, good.len() / 2, last] {
            let mut add = |label: &str, edit: &dyn Fn(&str) -> String| {
                let archive = chain(&good, |i, text| if i == at { edit(&text) } else { text });
                if archive != chain(&good, |_, text| text) {
                    cases.push(Case::new(
                        format!("{name}: event {at}: {label}"),
                        archive,
                        Some(strong.clone()),
                    ));
                }
            };
            let field = |text: &str, name: &str, new: &str| -> String {
                let from = text.find(&format!("\"{name}\":")).unwrap_or(text.len());
                let Some(rest) = text.get(from..) else { return text.to_owned() };
                let Some(end) = rest.find([',', '}']) else { return text.to_owned() };
                format!("{}\"{name}\":{new}{}", &text[..from], &rest[end..])
            };
            add("no parent", &|t| {
                if t.starts_with("{\"parent\"") { format!("{{{}", &t[77..]) } else { t.into() }
            });
            add("a parent that is not there", &|t| field(t, "parent", &format!("\"{zero}\"")));
            add("a parent where there is none", &|t| {
                if t.starts_with("{\"parent\"") {
                    t.into()
                } else {
                    t.replacen('{', &format!("{{\"parent\":\"{zero}\","), 1)
                }
            });
            add("a parent in upper case", &|t| {
                if t.starts_with("{\"parent\"") {
                    format!("{{\"parent\":\"{}{}", t[11..75].to_uppercase(), &t[75..])
                } else {
                    t.into()
                }
            });
            add("a null parent", &|t| field(t, "parent", "null"));
            for height in [
                format!("{}", at + 1),
                "0000".into(),
                format!("{at}.0"),
                "-1".into(),
                format!("\"{at}\""),
                "18446744073709551616".into(),
                "null".into(),
                format!("{at}e0"),
            ] {
                add(&format!("height {height}"), &|t| field(t, "height", &height));
            }
            add("height of the one before", &|t| field(t, "height", &at.saturating_sub(1).to_string()));
            add("no height", &|t| t.replacen(&format!("\"height\":{at},"), "", 1));
            add("a payload that is not there", &|t| field(t, "payload", &format!("\"{zero}\"")));
            add("no payload", &|t| {
                if let Some(from) = t.find(",\"payload\"") { format!("{}}}", &t[..from]) } else { t.into() }
            });
            add("a null payload", &|t| field(t, "payload", "null"));
            add("a payload where there is none", &|t| {
                if t.contains("payload") {
                    t.into()
                } else {
                    t.replacen('}', &format!(",\"payload\":\"{zero}\"}}"), 1)
                }
            });
            add("an unknown field", &|t| t.replacen('{', "{\"note\":1,", 1));
            add("an unknown field of escape sequences", &|t| {
                t.replacen('{', "{\"\\u001b[31m\\u0007\\n\":1,", 1)
            });
            add("a field twice", &|t| t.replacen('{', &format!("{{\"height\":{at},"), 1));
            add("a space", &|t| t.replacen(':', ": ", 1));
            add("a line end", &|t| format!("{t}\n"));
            add("an escape", &|t| t.replacen("\"type\":\"", "\"type\":\"\\u0053", 1));
            add("another order", &|t| {
                let Some(from) = t.find("\"type\"") else { return t.into() };
                let height = format!("\"height\":{at},");
                format!(
                    "{},{}}}",
                    t[..from].replacen(&height, "", 1).trim_end_matches(',').to_owned()
                        + &t[from..t.len() - 1],
                    height.trim_end_matches(',')
                )
            });
            add("no JSON", &|_| "x".into());
            add("an array", &|_| "[]".into());
            add("deep", &|_| "[".repeat(60_000));
        }
        // The payloads' own bindings.
        for (at, link) in good.iter().enumerate() {
            let Some(binding) = link.payloads.last().filter(|_| link.payloads.len() > 1) else { continue };
            let text = String::from_utf8(binding.clone()).unwrap();
            let mut with = |label: &str, text: String| {
                assert!(text.as_bytes() != binding.as_slice(), "{label}");
                let mut changed = good.clone();
                *changed[at].payloads.last_mut().unwrap() = text.into_bytes();
                cases.push(Case::new(
                    format!("{name}: {} {at}: {label}", link.kind),
                    chain(&changed, |_, t| t),
                    Some(strong.clone()),
                ));
            };
            let first = Hash::of(&link.payloads[0]).to_string();
            with("names another payload", text.replacen(&first, &zero, 1));
            with("in upper case", text.replacen(&first, &first.to_uppercase(), 1));
            with("an unknown field", text.replacen('{', "{\"note\":1,", 1));
            with("a field twice", text.replacen('{', &format!("{{\"payload\":\"{first}\","), 1));
            with("a space", text.replacen(':', ": ", 1));
            with("a line end", format!("{text}\n"));
            with("deep", "[".repeat(100_000));
            with("empty", "{}".into());
            if link.kind == "Setup" {
                with(
                    "a certificate that is not there",
                    text.replacen('}', &format!(",\"credentials_certificate\":\"{zero}\"}}"), 1),
                );
                with("a null certificate", text.replacen('}', ",\"credentials_certificate\":null}", 1));
                with("two payloads exchanged", {
                    let second = Hash::of(&link.payloads[1]).to_string();
                    text.replacen(&first, "x", 1).replacen(&second, &first, 1).replacen('x', &second, 1)
                });
            }
            if text.contains("\"owner\"") {
                for owner in ["-1", "1.0", "\"1\"", "01", "18446744073709551616", "null"] {
                    let from = text.find(':').unwrap() + 1;
                    let to = text.find(',').unwrap();
                    with(&format!("owner {owner}"), format!("{}{owner}{}", &text[..from], &text[to..]));
                }
            }
            if link.kind == "EncryptedTally" {
                with("a weight in quotes", {
                    let from = text.find("\"total_weight\":").unwrap() + 15;
                    let to = from + text[from..].find(',').unwrap();
                    format!("{}\"{}\"{}", &text[..from], &text[from..to], &text[to..])
                });
                with("a count as a float", {
                    let at = text.find(',').unwrap();
                    format!("{}.0{}", &text[..at], &text[at..])
                });
            }
        }
        // Payloads in another order, one left out, one too many.
        for (at, link) in good.iter().enumerate().filter(|(_, link)| !link.payloads.is_empty()) {
            let mut more = good.clone();
            more[at].payloads.insert(0, b"{}".to_vec());
            cases.push(Case::new(
                format!("{name}: {} {at}: a payload too many", link.kind),
                chain(&more, |_, t| t),
                Some(strong.clone()),
            ));
            if link.payloads.len() > 1 {
                let mut less = good.clone();
                less[at].payloads.remove(0);
                cases.push(Case::new(
                    format!("{name}: {} {at}: a payload too few", link.kind),
                    chain(&less, |_, t| t),
                    Some(strong.clone()),
                ));
                let mut swapped = good.clone();
                swapped[at].payloads.swap(0, 1);
                cases.push(Case::new(
                    format!("{name}: {} {at}: payloads swapped", link.kind),
                    chain(&swapped, |_, t| t),
                    Some(strong.clone()),
                ));
            }
        }
        let end = good.iter().position(|link| link.kind == "EndBallots").unwrap();
        let mut with_payload = good.clone();
        with_payload[end].payloads.push(b"{}".to_vec());
        cases.push(Case::new(
            format!("{name}: a payload of EndBallots"),
            chain(&with_payload, |_, t| t),
            Some(strong.clone()),
        ));
    }
    cases
}

#[test]
fn damaged_archives_are_refused() {
    run(&[
        Kind { name: "archive: truncated", check: checks::ARCHIVE, make: truncated },
        Kind { name: "archive: padded", check: checks::ARCHIVE, make: padded },
        Kind { name: "archive: members dropped, doubled or reordered", check: checks::EVENTS, make: moved },
        Kind { name: "archive: members renamed or changed", check: checks::ARCHIVE, make: renamed },
        Kind { name: "archive: headers, padding, BELENIOS", check: checks::ARCHIVE, make: headers },
        Kind { name: "archive: something else", check: UNREADABLE, make: no_archives },
        Kind {
            name: "events: out of order, repeated, missing, unknown",
            check: checks::EVENTS,
            make: transitions,
        },
        Kind { name: "events: parent, height, payloads, spelling", check: checks::EVENTS, make: events },
    ]);
}
