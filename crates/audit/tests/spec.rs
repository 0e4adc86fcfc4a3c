//! `docs/spec/minute-book.md` and the code say the same: its worked example is recomputed, its tables are compared.
//!
//! `BOOK_SPEC=write cargo test -p audit --test spec` writes the blocks of the worked example. Whoever does so has changed
//! a format: old books must stay good.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use book::bundle::BundleWriter;
use book::checkpoint::{self, Checkpoint};
use book::entry::{After, By, Entry, Proposal, Signer, Text};
use book::files::MemoryFiles;
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, PublicKey, SecretKey, Vkey};
use book::merkle::{self, Frontier, Subtrees};
use book::note::{Signature, timestamped_message};
use book::policy::Policy;
use book::proof::LogProof;
use book::text::is_refused;
use book::tile::encode_entries;
use council::kinds::{
    self, BlobRef, CouncilFounded, Founder, MemberAdmitted, RemarkMade, SuccessionRule, names,
};
use council::{Candidate, Examined, State, Statutes, Verdict, apply, body_commitment, decide};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/minute-book.md")
}

fn spec() -> String {
    fs::read_to_string(path()).expect("the specification")
}

/// The fenced blocks whose first line says `label NAME` after the language: name and content.
fn blocks(spec: &str, label: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix("```").filter(|head| !head.is_empty()) else { continue };
        let body: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        let mut words = head.split(' ').skip(1);
        if words.next() == Some(label) {
            found.push((words.next().expect("a name").to_owned(), body));
        }
    }
    found
}

/// The rows of the tables whose header begins with these cells, cell by cell.
fn rows(spec: &str, header: &[&str]) -> Vec<Vec<Vec<String>>> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(line.split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
    };
    let mut tables = Vec::new();
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        let is_header = cells(line).is_some_and(|cells| {
            cells.len() >= header.len() && cells.iter().zip(header).all(|(cell, title)| cell == title)
        });
        if is_header {
            lines.next();
            tables.push(lines.by_ref().map_while(cells).collect());
        }
    }
    tables
}

/// What the worked example is made of.
struct Inputs(BTreeMap<String, String>);

impl Inputs {
    fn read(blocks: &BTreeMap<String, String>) -> Inputs {
        let lines = blocks["inputs"].lines();
        Inputs(
            lines
                .map(|line| line.split_once(' ').expect("two words"))
                .map(|(a, b)| (a.into(), b.into()))
                .collect(),
        )
    }

    fn bytes(&self, name: &str) -> [u8; 32] {
        Hash::from_hex(&self.0[name]).expect("32 bytes").0
    }

    fn key(&self, name: &str) -> SecretKey {
        SecretKey::from_seed(&self.bytes(&format!("{name}-seed")))
    }

    fn time(&self, name: &str) -> u64 {
        self.0[&format!("time-{name}")].parse().expect("a time")
    }
}

/// A book in the making, as a clerk makes it.
struct Making {
    state: State,
    entries: Vec<Vec<u8>>,
    roots: Vec<Hash>,
}

impl Making {
    fn new(book: BookId) -> Making {
        let state = State::before(book);
        Making { roots: vec![state.root()], state, entries: Vec::new() }
    }

    fn record(&mut self, text: &Text, keys: &[&SecretKey], clerk: &SecretKey, time: u64) -> String {
        let proposal = Proposal::sign(text, keys).expect("a proposal");
        let candidate = Candidate::new(proposal.clone(), &self.state.keys());
        decide(&self.state, &candidate, time, &council::AllThere).expect("allowed");
        let origin = Origin { book: self.state.book(), epoch: 0 };
        let bytes = proposal.countersign(clerk, &origin, time).expect("an entry").to_bytes();
        assert_eq!(Entry::parse(&bytes).expect("in form").to_bytes(), bytes);
        let examined = Examined::new(&bytes, &self.state.keys());
        assert!(matches!(apply(&mut self.state, &examined, &council::AllThere), Ok(Verdict::Applied(_))));
        self.roots.push(self.state.root());
        self.entries.push(bytes.clone());
        String::from_utf8(bytes).expect("text")
    }

    fn after(&self) -> After {
        After { size: self.state.size(), root: self.state.root() }
    }
}

/// Few leaves, without tiles.
struct Leaves(Vec<Hash>);

impl Subtrees for Leaves {
    type Error = ();

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        let mut tree = Frontier::new();
        let from = (index << level) as usize;
        self.0.get(from..from + (1 << level)).ok_or(())?.iter().for_each(|leaf| tree.push(*leaf));
        Ok(tree.root())
    }
}

fn lines<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| format!("{}\n", item.to_string())).collect()
}

/// Every block of the worked example, by name, from its inputs.
fn example(inputs: &Inputs, blob: &str, body: &str) -> Vec<(&'static str, String)> {
    let mut made = Vec::new();
    let (clerk, witness) = (inputs.key("clerk"), inputs.key("witness"));
    let members = [inputs.key("member-1"), inputs.key("member-2"), inputs.key("member-3")];
    let [first, second, third] = &members;
    let witness_vkey = Vkey {
        name: inputs.0["witness-name"].clone(),
        algorithm: Algorithm::Timestamped,
        key: witness.public(),
    };
    made.push(("witness-vkey", lines([&witness_vkey])));

    let key = |secret: &SecretKey| secret.public().base64();
    let founding = Text {
        book: None,
        kind: "council.founded".into(),
        by: By::Members(vec![Signer::member(1), Signer::member(2)]),
        after: After { size: 0, root: merkle::empty_root() },
        content: kinds::write(&CouncilFounded {
            nonce: Hash([6; 32]).to_string(),
            rules: 1,
            name: "Unión de vecinos del Puente".into(),
            language: "es".into(),
            clerk: key(&clerk),
            founders: vec![
                Founder { member: 1, key: key(first), office: Some("secretary".into()) },
                Founder { member: 2, key: key(second), office: None },
            ],
            succession: SuccessionRule { among: vec![1, 2], needed: 2 },
            policy: vec![
                format!("witness testigo {witness_vkey} https://ateneo.example/testigo"),
                "quorum testigo".into(),
            ],
            statutes: Statutes::of_template("neighbourhood", 1),
        }),
    };
    let book = BookId::of_founding(&founding.write());
    made.push(("text-0", founding.write()));
    made.push(("book", lines([book])));
    let mut making = Making::new(book);
    made.push(("entry-0", making.record(&founding, &[first, second], &clerk, inputs.time("0"))));

    let admission = Text {
        book: Some(book),
        kind: "member.admitted".into(),
        by: By::Members(vec![Signer::officer(1, "secretary"), Signer::member(3)]),
        after: making.after(),
        content: kinds::write(&MemberAdmitted { member: 3, key: key(third) }),
    };
    made.push(("entry-1", making.record(&admission, &[first, third], &clerk, inputs.time("1"))));

    let blob_hash = Hash::of(blob.as_bytes());
    let commitment = body_commitment(&book, "3", &inputs.bytes("salt"), body.as_bytes());
    made.push(("blob-hash", lines([blob_hash.hex()])));
    made.push(("commitment", lines([commitment.hex()])));
    let remark = Text {
        book: Some(book),
        kind: "remark.made".into(),
        by: By::Members(vec![Signer::member(3)]),
        after: making.after(),
        content: kinds::write(&RemarkMade {
            text: "El puente de la calle Mayor está cerrado.\nAdjunto el «aviso».".into(),
            blobs: Some(vec![BlobRef { sha256: blob_hash.hex(), size: blob.len() as u64 }]),
            body: Some(commitment.hex()),
        }),
    };
    made.push(("entry-2", making.record(&remark, &[third], &clerk, inputs.time("2"))));

    let leaves: Vec<Hash> = making.entries.iter().map(|entry| merkle::leaf(entry)).collect();
    made.push(("leaves", lines(&leaves)));
    made.push(("roots", lines(&making.roots)));
    made.push(("lengths", lines(making.entries.iter().map(|entry| format!("{:04x}", entry.len())))));

    let origin = Origin { book, epoch: 0 }.to_string();
    let newest = Checkpoint { origin: origin.clone(), size: 3, root: making.roots[3] };
    let mut note = checkpoint::sign(&newest, &clerk);
    let at = inputs.time("cosigned");
    note.signatures.push(Signature::timestamped(&witness, &witness_vkey.name, at, &note.text));
    let checkpoint_file = note.to_bytes();
    made.push(("checkpoint", String::from_utf8(checkpoint_file.clone()).expect("text")));
    let log = Vkey { name: origin, algorithm: Algorithm::Plain, key: clerk.public() };
    let vkeys = lines([&log, &witness_vkey]);
    made.push(("vkeys", vkeys.clone()));
    let message = timestamped_message(at, &note.text);
    made.push(("cosigned-message", String::from_utf8(message).expect("text")));

    let hashes = merkle::inclusion(&mut Leaves(leaves.clone()), 1, 3).expect("leaves").expect("a proof");
    let proof = LogProof { extra: Vec::new(), index: 1, hashes, checkpoint: checkpoint_file.clone() };
    assert!(proof.proves(&making.entries[1], 3, &making.roots[3]));
    made.push(("proof", String::from_utf8(proof.to_bytes()).expect("text")));

    let snapshot = String::from_utf8(making.state.to_snapshot()).expect("text");
    let line = snapshot.lines().next().expect("a line");
    assert_eq!(Hash::of(line.as_bytes()), making.state.digest());
    made.push(("state", lines([line])));
    made.push(("digest", lines([making.state.digest()])));

    let tile: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.0).collect();
    let bundle = encode_entries(making.entries.iter().map(Vec::as_slice)).expect("a bundle");
    let blob_path = format!("blob/{}", blob_hash.hex());
    let files: [(&str, &[u8]); 6] = [
        ("vkeys", vkeys.as_bytes()),
        ("checkpoint", &checkpoint_file),
        ("final", &checkpoint_file),
        ("tile/0/000.p/3", &tile),
        ("tile/entries/000.p/3", &bundle),
        (&blob_path, blob.as_bytes()),
    ];
    let mut writer = BundleWriter::new(Vec::new());
    let mut served = MemoryFiles::new();
    for (path, bytes) in files {
        writer.add(path, bytes).expect("in order");
        served.insert(path, bytes.to_vec()).expect("a public path");
    }
    let tar = writer.finish().expect("in memory");
    made.push(("bundle", format!("{} {}\n", tar.len(), Hash::of(&tar).hex())));

    let options = audit::Options {
        book: Some(book),
        since: None,
        now: Some(at),
        seed: [7; 32],
        progress: &mut |_, _| {},
    };
    let audit = audit::book(&mut served, options).expect("a book");
    assert!(audit.report.holds() && audit.is_final, "{}", audit.report);
    assert_eq!(audit.report.fact_of("state"), Some(making.state.digest().to_string().as_str()));
    made
}

#[test]
fn the_worked_example_holds() {
    let text = spec();
    let found = blocks(&text, "example");
    let by_name: BTreeMap<String, String> = found.iter().cloned().collect();
    assert_eq!(by_name.len(), found.len(), "a name stands twice");
    let inputs = Inputs::read(&by_name);
    let made = example(&inputs, &by_name["blob"], &by_name["body"]);
    if std::env::var("BOOK_SPEC").is_ok_and(|value| value == "write") {
        let mut rewritten = text;
        for (name, value) in made {
            let head = format!(" example {name}\n");
            let start = rewritten.find(&head).expect("a block") + head.len();
            let end = start + rewritten[start..].find("```").expect("its end");
            rewritten.replace_range(start..end, &value);
        }
        return fs::write(path(), rewritten).expect("a writable specification");
    }
    let given = ["inputs", "blob", "body"];
    for (name, block) in &found {
        let value = made.iter().find(|(of, _)| of == name).map(|(_, value)| value);
        match value {
            Some(value) => assert_eq!(block, value, "{name}"),
            None => assert!(given.contains(&name.as_str()), "nothing is known of the block {name}"),
        }
    }
    assert_eq!(found.len(), made.len() + given.len(), "a block is missing");
}

#[test]
fn kinds_have_their_sections_and_examples() {
    let spec = spec();
    let section =
        spec.split("\n## Kinds\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let headings: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    // The kinds after them stand in `docs/spec/council.md`, and `crates/council/tests/rules/spec.rs` holds that page to them.
    assert_eq!(headings, names().take(headings.len()).collect::<Vec<_>>());
    assert_eq!(headings.last(), Some(&"clerk.succeeded"));
    let contents = blocks(&spec, "content");
    assert_eq!(contents.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), headings);
    for ((kind, content), part) in contents.iter().zip(section.split("\n### ").skip(1)) {
        let content = content.trim_end();
        assert_eq!(kinds::normalise(kind, content).as_deref(), Ok(content), "{kind}");
        // The table's keys are the content's, in their order; what is optional may be left out.
        let keys: Vec<Vec<String>> = rows(part, &["key", "type"]).remove(0);
        let value: serde_json::Value = serde_json::from_str(content).expect("JSON");
        let mut there = value.as_object().expect("an object").keys().peekable();
        for row in keys {
            for key in row[0].split("`, `") {
                if there.next_if(|next| *next == key).is_none() {
                    assert!(row[1].starts_with("optional"), "{kind}: {key}");
                }
            }
        }
        assert_eq!(there.next(), None, "{kind}");
        assert_sound_keys(&value);
    }
}

/// Every `key` and `clerk` is a key that a book admits.
fn assert_sound_keys(value: &serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(assert_sound_keys),
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if name == "key" || name == "clerk" {
                    assert!(PublicKey::parse_base64(value.as_str().expect("a string")).is_ok(), "{value}");
                }
                assert_sound_keys(value);
            }
        }
        _ => {}
    }
}

#[test]
fn checks_are_those_of_the_code() {
    let spec = spec();
    let audited = spec.split("\n## Audit\n").nth(1).expect("a section");
    let tables = rows(audited, &["check", "covers"]);
    // A cell that begins or ends with a word of code has lost its marks.
    let plain = |name: &str, what: &str| (name.to_owned(), what.replace('`', ""));
    for (table, checks) in tables.iter().zip([council::CHECKS, audit::CHECKS]) {
        let stated: Vec<_> = table.iter().map(|row| plain(&row[0], &row[1])).collect();
        let known: Vec<_> = checks.iter().map(|(name, what)| plain(name, what)).collect();
        assert_eq!(stated, known);
    }
    assert_eq!(tables.len(), 2);
    // The table of the fold has the same names, in the order in which they are made.
    let mut fold: Vec<String> =
        rows(&spec, &["check", "it holds if"])[0].iter().map(|row| row[0].clone()).collect();
    let mut names: Vec<String> = council::CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    fold.sort_unstable();
    names.sort_unstable();
    assert_eq!(fold, names);
}

#[test]
fn refused_characters_are_those_of_the_code() {
    let spec = spec();
    let table = &rows(&spec, &["from", "to"])[0];
    let code =
        |cell: &str| u32::from_str_radix(cell.strip_prefix("U+").expect("U+"), 16).expect("hexadecimal");
    let ranges: Vec<(u32, u32)> = table.iter().map(|row| (code(&row[0]), code(&row[1]))).collect();
    for character in '\0'..=char::MAX {
        let listed = ranges.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(character)));
        assert_eq!(is_refused(character), listed, "U+{:04X}", u32::from(character));
    }
    let (major, minor, update) = unicode_normalization::UNICODE_VERSION;
    assert!(
        spec.contains(&format!("by the tables of Unicode {major}.{minor}.{update}")),
        "the tables are of {major}.{minor}.{update}: which texts are in normal form may have changed"
    );
}

#[test]
fn json_is_nested_as_deep_as_it_says() {
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(spec().contains("nested at most 127 deep"));
    assert!(book::text::check_json(&deep(127)).is_ok());
    assert!(book::text::check_json(&deep(128)).is_err());
}

#[test]
fn limits_are_those_of_the_code() {
    let spec = spec();
    let known: BTreeMap<&str, u64> = BTreeMap::from([
        ("bytes of a note", book::note::NOTE_LIMIT as u64),
        ("signature lines of a note", book::note::SIGNATURES_LIMIT as u64),
        ("bytes of an entry", book::entry::ENTRY_LIMIT as u64),
        ("signers of an entry", book::entry::SIGNERS_LIMIT as u64),
        ("integers of JSON, in either direction, below", book::text::INTEGER_LIMIT),
        ("entries of a book", merkle::MAX_SIZE),
        ("hashes of a proof", merkle::PROOF_MAX as u64),
        ("lines of a policy", book::policy::LINES_LIMIT as u64),
        ("witnesses and mirrors of a policy", book::policy::COSIGNERS_LIMIT as u64),
    ]);
    let stated: BTreeMap<String, u64> = rows(&spec, &["limit", "value"])
        .into_iter()
        .flatten()
        .map(|row| (row[0].clone(), row[1].parse().expect("a number")))
        .collect();
    let known: BTreeMap<String, u64> =
        known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(stated, known);
}

#[test]
fn a_policy_counts_everybody_once() {
    let key = |seed: u8, name: &str| {
        let key = SecretKey::from_seed(&[seed; 32]).public();
        Vkey { name: name.into(), algorithm: Algorithm::Timestamped, key }.to_string()
    };
    let read = |lines: &[String]| Policy::parse(lines.iter().map(String::as_str));
    let mut lines = vec![
        format!("witness ateneo {} https://ateneo.example", key(1, "ateneo.example")),
        format!("mirror biblioteca {}", key(2, "biblioteca.example")),
        "group casas all ateneo biblioteca".into(),
        "quorum casas".into(),
    ];
    let policy = read(&lines).expect("a policy");
    assert_eq!(policy.lines(), lines);
    assert!(policy.is_met(&["ateneo.example", "biblioteca.example"]) && !policy.is_met(&["ateneo.example"]));
    // Whoever is in one group is in no other.
    lines.insert(3, "group otra any biblioteca".into());
    assert_eq!(read(&lines).expect_err("twice").line, 4);
    lines[3] = "group otra any casas".into();
    assert!(read(&lines).is_ok());

    let most = book::policy::COSIGNERS_LIMIT as u8;
    let many = |count: u8| -> Vec<String> {
        let witnesses = (0..count).map(|at| format!("witness w{at} {}", key(at, &format!("w{at}"))));
        witnesses.chain(["quorum none".to_owned()]).collect()
    };
    assert!(read(&many(most)).is_ok());
    assert_eq!(read(&many(most + 1)).expect_err("too many").line, usize::from(most) + 1);
}

/// Every "Implements …" of the book's crates names a heading or a word in bold of the specification.
#[test]
fn names_in_comments_stand_in_the_specification() {
    let spec = spec();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut waiting: Vec<PathBuf> = ["book", "council", "audit", "clerk", "mirror", "store"]
        .iter()
        .map(|name| crates.join(name).join("src"))
        .collect();
    while let Some(place) = waiting.pop() {
        if place.is_dir() {
            let entries = fs::read_dir(&place).expect("a folder");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = fs::read_to_string(&place).unwrap_or_default();
        for after in text.split("Implements ").skip(1) {
            let name: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
            if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                let stands = spec.contains(&format!("**{name}**"))
                    || spec.lines().any(|line| line.starts_with('#') && line.contains(&name));
                assert!(stands, "{}: {name}", place.display());
            }
        }
    }
}
