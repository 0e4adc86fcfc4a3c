//! A state as bytes, so that a start does not replay everything, and its digest, by which replicas compare.
//!
//! A snapshot has two lines of JSON, the state, whose SHA-256 is the digest, and the window of the past; then the SHA-256 of
//! the second line, so that a damaged disk is noticed. The entries of that window are not in it: whoever restores it hands
//! them in again ([`State::from_snapshot`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use book::hash::Hash;
use book::id::BookId;
use book::key::PublicKey;
use book::merkle::Frontier;
use book::policy::Policy;
use serde::{Deserialize, Serialize};

use crate::council::Council;
use crate::past::{Past, Slot};
use crate::ring::KeyRing;
use crate::state::{Body, Left, State, Succession};
use crate::statutes::Statutes;

/// Why bytes are no snapshot of this book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError(String);

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the snapshot cannot be used ({}): replay the book instead", self.0)
    }
}

/// What a digest covers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    format: String,
    book: String,
    size: u64,
    root: String,
    tree: Vec<String>,
    rules: u32,
    name: String,
    language: String,
    epoch: u32,
    clerk: Option<String>,
    retired: Vec<String>,
    /// Number, key, entry.
    members: Vec<(u32, String, u64)>,
    left: Vec<(u32, String, u64)>,
    holders: Vec<(String, u32)>,
    among: Vec<u32>,
    needed: u32,
    policy: Vec<String>,
    statutes: Option<Statutes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    council: Option<Cow<'a, Council>>,
    /// Keys that had a role and stand nowhere else here, ascending by their bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spent: Vec<String>,
    /// Commitment, entry, author.
    bodies: Vec<(String, u64, u32)>,
    voids: u64,
    time: u64,
}

/// Where the window begins, and the time and text of each of its entries.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    first: u64,
    tree: Vec<String>,
    /// For each entry of the window: the time it counts with, and whether it took effect.
    slots: Vec<(u64, bool)>,
}

const FORMAT: &str = "cabildo/state/v1";

impl State {
    /// SHA-256 of the state's one written form. Replicas that read the same entries have the same digest.
    pub fn digest(&self) -> Hash {
        Hash::of(self.line().as_bytes())
    }

    /// The snapshot's bytes.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let start = self.past.start();
        let window = Window {
            first: start.size(),
            tree: start.hashes().iter().map(Hash::to_string).collect(),
            slots: self.past.slots().map(|slot| (slot.time, slot.text.is_some())).collect(),
        };
        let window = serde_json::to_string(&window).unwrap_or_default();
        format!("{}\n{window}\n{}\n", self.line(), Hash::of(window.as_bytes())).into_bytes()
    }

    /// From which entry on a snapshot needs the entries again: the first number of its window.
    pub fn snapshot_needs_from(snapshot: &[u8]) -> Result<u64, SnapshotError> {
        Ok(parse(snapshot)?.1.first)
    }

    /// Restores a state. `entry` gives, for each number from [`State::snapshot_needs_from`] up to the snapshot's size, the
    /// entry's leaf and the hash of its text. The digest must be the expected one, and the leaves must lead to the root.
    pub fn from_snapshot(
        snapshot: &[u8],
        book: BookId,
        digest: &Hash,
        mut entry: impl FnMut(u64) -> Option<(Hash, Option<Hash>)>,
    ) -> Result<State, SnapshotError> {
        let refuse = |reason: &str| SnapshotError(reason.to_owned());
        let (written, window) = parse(snapshot)?;
        if written.book != book.to_string() {
            return Err(refuse("it is of another book"));
        }
        let line = snapshot.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if Hash::of(line) != *digest {
            return Err(refuse("its digest is another"));
        }
        let hashes =
            |lines: &[String]| lines.iter().map(|line| Hash::parse(line)).collect::<Option<Vec<_>>>();
        // Each was checked when it came into the book: the digest vouches for that.
        let key = |text: &String| {
            Hash::parse(text).map(|bytes| PublicKey::known(bytes.0)).ok_or_else(|| refuse("a key is no key"))
        };
        let start = hashes(&window.tree).and_then(|hashes| Frontier::from_parts(window.first, hashes));
        let mut frontier = start.ok_or_else(|| refuse("its window has no sound beginning"))?;
        let mut past = Past::from(frontier.clone());
        if window.first.checked_add(window.slots.len() as u64) != Some(written.size) {
            return Err(refuse("its window does not end where the state stands"));
        }
        for (at, (time, applied)) in window.slots.iter().enumerate() {
            let number = window.first + at as u64;
            let (leaf, text) =
                entry(number).ok_or_else(|| SnapshotError(format!("entry {number} is not there")))?;
            frontier.push(leaf);
            let text = if *applied { text } else { None };
            // Nothing is forgotten here: the window was cut when the snapshot was written.
            past.push(Slot { leaf, time: *time, text }, frontier.root(), u64::MAX);
        }
        if frontier.root().to_string() != written.root
            || frontier.hashes() != hashes(&written.tree).unwrap_or_default()
        {
            return Err(refuse("the entries lead to another root"));
        }
        let mut state = State {
            book,
            rules: written.rules,
            name: written.name,
            language: written.language,
            epoch: written.epoch,
            clerk: None,
            retired: written.retired.iter().map(key).collect::<Result<_, _>>()?,
            members: BTreeMap::new(),
            left: BTreeMap::new(),
            holders: written.holders.into_iter().collect(),
            succession: Succession { among: written.among, needed: written.needed },
            policy: Policy::parse(written.policy.iter().map(String::as_str))
                .map_err(|error| SnapshotError(error.to_string()))?,
            statutes: written.statutes,
            council: written.council.map(|council| Box::new(council.into_owned())),
            boxes: crate::elections::opened::Boxes::default(),
            bodies: BTreeMap::new(),
            voids: written.voids,
            time: written.time,
            frontier,
            past,
            taken: BTreeMap::new(),
            ring: KeyRing::default(),
        };
        for (number, text, at) in &written.left {
            let key = key(text)?;
            state.take(&key);
            state.left.insert(*number, Left { key, at: *at });
        }
        for (number, text, since) in &written.members {
            state.admit(*number, key(text)?, *since);
        }
        for (text, entry, author) in &written.bodies {
            let commitment = Hash::from_hex(text).ok_or_else(|| refuse("a commitment is no hash"))?;
            state.bodies.insert(commitment, Body { entry: *entry, author: *author });
        }
        for retired in state.retired.clone() {
            state.take(&retired);
        }
        let cosigners: Vec<PublicKey> =
            state.policy.cosigners().map(|cosigner| cosigner.vkey.key.clone()).collect();
        for key in &cosigners {
            state.take(key);
        }
        for text in &written.spent {
            state.take(&key(text)?);
        }
        if let Some(council) = &mut state.council {
            council.roll.index(written.time);
            for (member, slip) in council.roll.slips() {
                let key = key(&slip.key)?;
                state.taken.insert(*key.bytes(), ());
                state.ring.add_slip(member, key);
            }
        }
        if let Some(text) = &written.clerk {
            state.set_clerk(key(text)?, written.epoch);
        }
        // What was read must be all there is: the same bytes again.
        if state.digest() != *digest {
            return Err(refuse("it does not write as it reads"));
        }
        Ok(state)
    }

    /// Keys that had a role and have none now: of used slips, of lost phones. They are nobody's for ever, after a restart too.
    fn spent(&self) -> Vec<Hash> {
        let slips = self.council.iter().flat_map(|council| council.roll().slips());
        let told: HashSet<[u8; 32]> = (self.members.values().map(|member| &member.key))
            .chain(self.left.values().map(|left| &left.key))
            .chain(self.retired.iter().chain(&self.clerk))
            .chain(self.policy.cosigners().map(|cosigner| &cosigner.vkey.key))
            .map(|key| *key.bytes())
            .chain(slips.filter_map(|(_, slip)| Hash::parse(&slip.key)).map(|key| key.0))
            .collect();
        self.taken.keys().filter(|key| !told.contains(*key)).map(|key| Hash(*key)).collect()
    }

    fn line(&self) -> String {
        let written = Written {
            format: FORMAT.into(),
            book: self.book.to_string(),
            size: self.size(),
            root: self.root().to_string(),
            tree: self.frontier.hashes().iter().map(Hash::to_string).collect(),
            rules: self.rules,
            name: self.name.clone(),
            language: self.language.clone(),
            epoch: self.epoch,
            clerk: self.clerk.as_ref().map(PublicKey::base64),
            retired: self.retired.iter().map(PublicKey::base64).collect(),
            members: self
                .members
                .iter()
                .map(|(number, member)| (*number, member.key.base64(), member.since))
                .collect(),
            left: self.left.iter().map(|(number, left)| (*number, left.key.base64(), left.at)).collect(),
            holders: self.holders.iter().map(|(office, member)| (office.clone(), *member)).collect(),
            among: self.succession.among.clone(),
            needed: self.succession.needed,
            policy: self.policy.lines(),
            statutes: self.statutes.clone(),
            council: self.council.as_deref().map(Cow::Borrowed),
            spent: self.spent().iter().map(Hash::to_string).collect(),
            bodies: self.bodies.iter().map(|(hash, body)| (hash.hex(), body.entry, body.author)).collect(),
            voids: self.voids,
            time: self.time,
        };
        serde_json::to_string(&written).unwrap_or_default()
    }
}

fn parse(snapshot: &[u8]) -> Result<(Written<'static>, Window), SnapshotError> {
    let lines: Vec<&[u8]> = snapshot.splitn(5, |byte| *byte == b'\n').collect();
    let &[state, window, hash, b""] = lines.as_slice() else {
        return Err(SnapshotError("it is not three lines".into()));
    };
    if hash != Hash::of(window).to_string().as_bytes() {
        return Err(SnapshotError("its window has another hash than its last line says".into()));
    }
    let written: Written<'static> =
        serde_json::from_slice(state).map_err(|error| SnapshotError(error.to_string()))?;
    let window: Window = serde_json::from_slice(window).map_err(|error| SnapshotError(error.to_string()))?;
    if written.format != FORMAT {
        return Err(SnapshotError(format!("its format is {}", written.format)));
    }
    Ok((written, window))
}
