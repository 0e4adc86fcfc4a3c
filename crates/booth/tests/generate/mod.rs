//! Writes the files of `vectors/ballot`. Inputs are Belenios' fixtures where there are any; everything else is made from
//! fixed bytes. What a refusal is refused for stands here by hand; what an algorithm gives is what booth gives.

mod archive;
mod ballots;
mod groups;
mod trustees;

use ballot::archive::EventType;
use ballot::archive::reader::Records;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Cursor;

/// Who made an input.
pub(crate) const B20: &str = "belenios 2.0";
pub(crate) const B30: &str = "belenios 3.0";
pub(crate) const B33: &str = "belenios 3.3.0";
pub(crate) const OURS: &str = "cabildo";

pub(crate) const SEED: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// Name and text of every file.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut kits = groups::kits();
    kits.extend(ballots::kits());
    kits.extend(trustees::kits());
    kits.push(archive::kit());
    kits.into_iter().map(Kit::finish).collect()
}

/// An archive for Belenios' tool.
pub(crate) struct Bel {
    pub(crate) uuid: String,
    pub(crate) bytes: Vec<u8>,
}

/// Archives, and golden ballots that are to be accepted in them.
pub(crate) fn for_belenios() -> Vec<(Bel, Vec<String>)> {
    let mut all = ballots::for_belenios();
    all.extend(archive::for_belenios());
    all
}

/// A file in the making.
pub(crate) struct Kit {
    algorithm: &'static str,
    about: &'static str,
    texts: Map<String, Value>,
    cases: Vec<Value>,
}

impl Kit {
    pub(crate) fn new(algorithm: &'static str, about: &'static str) -> Kit {
        Kit { algorithm, about, texts: Map::new(), cases: Vec::new() }
    }

    /// Keeps a long text; answers with the reference to it.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> Value {
        assert!(self.texts.insert(name.into(), text.into()).is_none(), "{name} twice");
        format!("@{name}").into()
    }

    /// A case that gives what it gives.
    pub(crate) fn ok(&mut self, source: &str, name: &str, input: Value) -> Value {
        let got = self.push(source, name, input);
        assert!(got.get("refused").is_none(), "{}, {name}: {got}", self.algorithm);
        got
    }

    /// A case that is refused by this check.
    pub(crate) fn no(&mut self, source: &str, name: &str, input: Value, check: &str) {
        let got = self.push(source, name, input);
        assert_eq!(got["refused"], check, "{}, {name}: {got}", self.algorithm);
    }

    fn push(&mut self, source: &str, name: &str, input: Value) -> Value {
        assert!(self.cases.iter().all(|case| case["name"] != name), "{}: {name} twice", self.algorithm);
        let mut case = json!({ "name": name, "source": source });
        let fields = case.as_object_mut().unwrap();
        fields.extend(input.as_object().unwrap().clone());
        fields.insert("expect".into(), Value::Null);
        let file = json!({ "algorithm": self.algorithm, "texts": self.texts, "cases": [case] });
        let answer: Value =
            serde_json::from_str(&booth::call(b"run_vectors", file.to_string().as_bytes(), &[])).unwrap();
        let got = answer["value"]["cases"][0]["got"].clone();
        assert!(got.is_object(), "{}, {name}: {answer}", self.algorithm);
        case["expect"] = got.clone();
        self.cases.push(case);
        got
    }

    /// A reference to a kept text with the changes that make it this one.
    pub(crate) fn edit(&self, reference: &Value, new: &str) -> Value {
        let name = reference.as_str().unwrap().strip_prefix('@').unwrap();
        let old = self.texts[name].as_str().unwrap();
        let edits = by_tokens(old, new).or_else(|| by_span(old, new));
        match edits {
            Some(edits) if json!(edits).to_string().len() < new.len() => {
                json!({ "text": reference, "replace": edits })
            }
            _ => new.into(),
        }
    }

    /// One line a text and one line a field, so that a difference can be read.
    fn finish(self) -> (String, String) {
        let lines = |fields: &Map<String, Value>, indent: &str| {
            let lines = fields.iter().map(|(key, value)| format!("{indent}{}: {value}", json!(key)));
            lines.collect::<Vec<_>>().join(",\n")
        };
        let mut text =
            format!("{{\n\"algorithm\": {},\n\"about\": {},\n", json!(self.algorithm), json!(self.about));
        if !self.texts.is_empty() {
            text += &format!("\"texts\": {{\n{}\n}},\n", lines(&self.texts, "  "));
        }
        let cases = self.cases.iter().filter_map(Value::as_object);
        let cases: Vec<String> = cases.map(|case| format!("  {{\n{}\n  }}", lines(case, "    "))).collect();
        text += &format!("\"cases\": [\n{}\n]\n}}\n", cases.join(",\n"));
        (self.algorithm.to_owned(), text)
    }
}

type Edits = Vec<(String, String)>;

/// The edits give `new` when each is made where it first fits after the one before.
fn checked(old: &str, new: &str, edits: Edits) -> Option<Edits> {
    let (mut text, mut rest) = (String::new(), old);
    for (from, to) in &edits {
        let (before, after) = rest.split_once(from)?;
        text.extend([before, to]);
        rest = after;
    }
    (text + rest == new).then_some(edits)
}

/// One edit for each JSON string that differs.
fn by_tokens(old: &str, new: &str) -> Option<Edits> {
    let (old_tokens, new_tokens): (Vec<_>, Vec<_>) = (old.split('"').collect(), new.split('"').collect());
    if old_tokens.len() != new_tokens.len() {
        return None;
    }
    let pairs = old_tokens.iter().zip(&new_tokens).filter(|(a, b)| a != b);
    checked(old, new, pairs.map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
}

/// One edit from the first to the last difference, with as much before it as makes it the first of its kind.
fn by_span(old: &str, new: &str) -> Option<Edits> {
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let (rest_old, rest_new) = (&old.as_bytes()[same..], &new.as_bytes()[same..]);
    let tail = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(|(a, b)| a == b).count();
    (0..=same.min(200)).step_by(10).find_map(|before| {
        let from = old.get(same - before..old.len() - tail)?.to_owned();
        let to = new.get(same - before..new.len() - tail)?.to_owned();
        (!from.is_empty()).then(|| checked(old, new, vec![(from, to)]))?
    })
}

/// The bytes of a fixture.
pub(crate) fn fixture_bytes(path: &str) -> Vec<u8> {
    let path = super::root().join("vectors/belenios").join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a fixture, without the line end.
pub(crate) fn fixture(path: &str) -> String {
    String::from_utf8(fixture_bytes(path)).unwrap().trim_end().to_owned()
}

/// The private credentials of a fixture, in the voters' order: voter `i` cast `ballots/<i+2>.json`.
pub(crate) fn credentials(folder: &str) -> Vec<String> {
    let text = fixture(&format!("{folder}/private_creds.txt"));
    text.lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect()
}

/// The payloads of an archive's events of this type, each in the order of the archive.
pub(crate) fn payloads(bel: &[u8], event: EventType) -> Vec<Vec<(ballot::hash::Hash, String)>> {
    let mut records = Records::open(Cursor::new(bel)).unwrap();
    let mut found = Vec::new();
    while let Some(record) = records.next_record().unwrap() {
        if record.event.r#type == event {
            let texts = record.payloads.into_iter().map(|p| (p.hash, String::from_utf8(p.bytes).unwrap()));
            found.push(texts.collect());
        }
    }
    found
}

/// The archive in a fixture's folder.
pub(crate) fn bel(folder: &str) -> Bel {
    let election: Value = serde_json::from_str(&fixture(&format!("{folder}/election.json"))).unwrap();
    let uuid = election["uuid"].as_str().unwrap().to_owned();
    let bytes = fixture_bytes(&format!("{folder}/{uuid}.bel"));
    Bel { uuid, bytes }
}

pub(crate) fn rng(number: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([number; 32])
}
