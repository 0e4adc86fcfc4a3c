//! What the entries that took effect make true, told by a reader of the specification who knows nothing of the code that is
//! tested: it reads the entries' JSON and forgets nothing. Each part takes the kinds that concern it. Another part (elections)
//! is another file here, with its line in [`Ledger::take`].

pub(crate) mod offices;
pub(crate) mod petitions;
pub(crate) mod roll;
pub(crate) mod statutes;

use std::collections::{BTreeMap, BTreeSet};

use book::entry::Signer;
use serde_json::Value;

use offices::Offices;
use petitions::Asked;
use roll::{Person, SlipOut};
use statutes::Statutes;

pub(crate) const DAY: u64 = 86_400;

/// An entry that was recorded.
pub(crate) struct Seen<'a> {
    pub(crate) number: u64,
    pub(crate) time: u64,
    pub(crate) kind: &'a str,
    pub(crate) by: &'a [Signer],
    pub(crate) content: &'a Value,
}

impl Seen<'_> {
    pub(crate) fn text(&self, key: &str) -> &str {
        self.content[key].as_str().unwrap_or_default()
    }

    pub(crate) fn long(&self, key: &str) -> u64 {
        self.content[key].as_u64().unwrap_or_default()
    }

    pub(crate) fn person(&self, key: &str) -> u32 {
        self.long(key) as u32
    }

    pub(crate) fn is(&self, key: &str) -> bool {
        self.content[key].as_bool().unwrap_or_default()
    }
}

#[derive(Default)]
pub(crate) struct Ledger {
    /// How many entries, those that are void included.
    pub(crate) size: u64,
    pub(crate) voids: u64,
    /// Of the last entry that took effect.
    pub(crate) time: u64,
    pub(crate) statutes: Statutes,
    /// How often they changed.
    pub(crate) amended: u64,
    /// Everybody who ever was on the roll.
    pub(crate) people: BTreeMap<u32, Person>,
    /// Every key that ever stood in the book, and whose it is.
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) slips: BTreeMap<u32, SlipOut>,
    pub(crate) offices: Offices,
    pub(crate) petitions: BTreeMap<u64, Asked>,
    /// Who may name a new clerk, and how many it takes.
    pub(crate) succession: (BTreeSet<u32>, u64),
    pub(crate) clerks: Vec<String>,
    /// Private bodies that are not erased: the entry and its author.
    pub(crate) bodies: BTreeMap<String, (u64, u32)>,
}

impl Ledger {
    /// Takes an entry that took effect.
    pub(crate) fn take(&mut self, seen: &Seen<'_>) {
        self.time = seen.time;
        self.frame(seen);
        self.take_roll(seen);
        self.take_offices(seen);
        self.take_petitions(seen);
        self.size += 1;
    }

    /// Takes a void one.
    pub(crate) fn take_void(&mut self) {
        self.size += 1;
        self.voids += 1;
    }

    /// The founding, hand-overs, private bodies.
    fn frame(&mut self, seen: &Seen<'_>) {
        match seen.kind {
            "council.founded" => {
                self.statutes = Statutes::read(&seen.content["statutes"]);
                let rule = &seen.content["succession"];
                let among = rule["among"].as_array().into_iter().flatten();
                let among = among.filter_map(Value::as_u64).map(|number| number as u32).collect();
                self.succession = (among, rule["needed"].as_u64().unwrap_or_default());
                self.new_clerk(seen.text("clerk"));
            }
            "clerk.succeeded" => self.new_clerk(seen.text("clerk")),
            "remark.made" => {
                if let Some(body) = seen.content["body"].as_str() {
                    let author = seen.by[0].number().unwrap_or_default();
                    self.bodies.insert(body.to_owned(), (seen.number, author));
                }
            }
            "body.erased" => {
                self.bodies.remove(seen.text("body"));
            }
            _ => {}
        }
    }

    fn new_clerk(&mut self, key: &str) {
        self.keys.insert(key.to_owned(), format!("clerk {}", self.clerks.len()));
        self.clerks.push(key.to_owned());
    }
}
