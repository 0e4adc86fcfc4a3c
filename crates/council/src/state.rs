//! What the entries so far make true.

use std::collections::BTreeMap;

use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::PublicKey;
use book::merkle::Frontier;
use book::policy::Policy;

use crate::council::Council;
use crate::elections::opened::Boxes;
use crate::past::{Past, Slot};
use crate::ring::KeyRing;
use crate::statutes::Statutes;

/// A member on the roll. Who they are (name, contacts) is not in the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key with which they sign.
    pub key: PublicKey,
    /// The entry that admitted them.
    pub since: u64,
}

/// A member who has left. The number and the key are never used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The key with which they signed.
    pub key: PublicKey,
    /// The entry with which they left.
    pub at: u64,
}

/// Who may name a new clerk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// Members, by number, ascending.
    pub among: Vec<u32>,
    /// How many of them it takes: more than half, so that two successions for one epoch share a signer.
    pub needed: u32,
}

/// A private body that an entry commits to and that is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) entry: u64,
    pub(crate) author: u32,
}

/// The state of a council after so many entries.
#[derive(Clone)]
pub struct State {
    pub(crate) book: BookId,
    pub(crate) rules: u32,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) epoch: u32,
    pub(crate) clerk: Option<PublicKey>,
    pub(crate) retired: Vec<PublicKey>,
    pub(crate) members: BTreeMap<u32, Member>,
    pub(crate) left: BTreeMap<u32, Left>,
    pub(crate) holders: BTreeMap<String, u32>,
    pub(crate) succession: Succession,
    pub(crate) policy: Policy,
    pub(crate) statutes: Option<Statutes>,
    /// None under rules version 1.
    pub(crate) council: Option<Box<Council>>,
    /// Boxes of elections under way, verified; made again where they are missing, and no part of the digest.
    pub(crate) boxes: Boxes,
    pub(crate) bodies: BTreeMap<Hash, Body>,
    pub(crate) voids: u64,
    pub(crate) time: u64,
    pub(crate) frontier: Frontier,
    pub(crate) past: Past,
    /// Every key that ever had a role here; a key has one role for ever.
    pub(crate) taken: BTreeMap<[u8; 32], ()>,
    pub(crate) ring: KeyRing,
}

impl State {
    /// The state before the founding entry of this book.
    pub fn before(book: BookId) -> State {
        State {
            book,
            rules: 0,
            name: String::new(),
            language: String::new(),
            epoch: 0,
            clerk: None,
            retired: Vec::new(),
            members: BTreeMap::new(),
            left: BTreeMap::new(),
            holders: BTreeMap::new(),
            succession: Succession::default(),
            policy: Policy::none(),
            statutes: None,
            council: None,
            boxes: Boxes::default(),
            bodies: BTreeMap::new(),
            voids: 0,
            time: 0,
            frontier: Frontier::new(),
            past: Past::from(Frontier::new()),
            taken: BTreeMap::new(),
            ring: KeyRing::default(),
        }
    }

    /// The book.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// The rules version, 0 before the founding.
    pub fn rules(&self) -> u32 {
        self.rules
    }

    /// How many entries there are, void ones included.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the tree of all entries.
    pub fn root(&self) -> Hash {
        self.past.root_at(self.size()).unwrap_or_else(|| self.frontier.root())
    }

    /// The tree's right edge.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// When the last entry that took effect was recorded: Unix seconds.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The epoch: how many clerks there were before this one.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The origin of the log in this epoch.
    pub fn origin(&self) -> Origin {
        Origin { book: self.book, epoch: self.epoch }
    }

    /// The clerk's key; none before the founding.
    pub fn clerk(&self) -> Option<&PublicKey> {
        self.clerk.as_ref()
    }

    /// The keys of earlier clerks, by epoch.
    pub fn retired_clerks(&self) -> &[PublicKey] {
        &self.retired
    }

    /// What makes a checkpoint final.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The council's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The council's language: `es`, `pt`, `en`, `fr` or another.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The statutes; none before the founding.
    pub fn statutes(&self) -> Option<&Statutes> {
        self.statutes.as_ref()
    }

    /// A member on the roll.
    pub fn member(&self, number: u32) -> Option<&Member> {
        self.members.get(&number)
    }

    /// How many are on the roll, members without a device included.
    pub fn on_roll(&self) -> usize {
        self.council.as_ref().map_or(self.members.len(), |council| council.roll().members().count())
    }

    /// The members with a key, by number.
    pub fn members(&self) -> impl Iterator<Item = (u32, &Member)> {
        self.members.iter().map(|(number, member)| (*number, member))
    }

    /// A member who has left.
    pub fn left(&self, number: u32) -> Option<&Left> {
        self.left.get(&number)
    }

    /// Rights on the roll, offices, petitions; none under rules version 1.
    pub fn council(&self) -> Option<&Council> {
        self.council.as_deref()
    }

    /// Who may sign in an office's name at this time.
    pub(crate) fn signers_of<'a>(
        &self,
        council: &'a Council,
        office: &str,
        at: u64,
    ) -> impl Iterator<Item = u32> + use<'a> {
        let articles = self.statutes.as_ref().and_then(|statutes| statutes.articles.as_ref());
        let days = articles.map_or(0, |articles| articles.acting_days);
        let seats = council.offices().seats(office).iter();
        seats.flat_map(move |seat| seat.signers(at, days)).map(|(member, _)| member)
    }

    /// Whether a number was ever given to a member.
    pub(crate) fn is_number_taken(&self, member: u32) -> bool {
        self.members.contains_key(&member)
            || self.left.contains_key(&member)
            || self.council.as_ref().is_some_and(|council| {
                council.roll().member(member).is_some() || council.gone.contains(&member)
            })
    }

    /// Who holds an office under rules version 1.
    pub fn holder(&self, office: &str) -> Option<u32> {
        self.holders.get(office).copied()
    }

    /// The offices that are filled, with their holders.
    pub fn holders(&self) -> impl Iterator<Item = (&str, u32)> {
        self.holders.iter().map(|(office, member)| (office.as_str(), *member))
    }

    /// Who may name a new clerk.
    pub fn succession(&self) -> &Succession {
        &self.succession
    }

    /// How many entries are void.
    pub fn voids(&self) -> u64 {
        self.voids
    }

    /// The number of a text that took effect, as far back as it could be replayed.
    pub fn number_of(&self, text: &Hash) -> Option<u64> {
        self.past.number_of(text)
    }

    /// The root at an earlier size, as far back as an author may refer to it.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        self.past.root_at(size)
    }

    /// The keys, for examining on other threads.
    pub fn keys(&self) -> KeyRing {
        self.ring.clone()
    }

    /// Whether a key has had a role in this book: of a member, a clerk, a cosigner.
    pub fn is_taken(&self, key: &PublicKey) -> bool {
        self.taken.contains_key(key.bytes())
    }

    pub(crate) fn take(&mut self, key: &PublicKey) {
        self.taken.insert(*key.bytes(), ());
    }

    pub(crate) fn admit(&mut self, number: u32, key: PublicKey, since: u64) {
        self.take(&key);
        self.ring.add(number, key.clone());
        self.members.insert(number, Member { key, since });
    }

    /// Takes a member off the roll for good.
    pub(crate) fn leave(&mut self, member: u32, at: u64) {
        let entry = self.size();
        match self.members.remove(&member) {
            Some(gone) => {
                self.left.insert(member, Left { key: gone.key, at: entry });
                self.ring.remove(member);
            }
            None => {
                if let Some(council) = &mut self.council {
                    council.gone.insert(member);
                }
            }
        }
        self.holders.retain(|_, holder| *holder != member);
        if let Some(council) = &mut self.council {
            council.leave(member, at);
        }
    }

    pub(crate) fn set_clerk(&mut self, key: PublicKey, epoch: u32) {
        self.take(&key);
        self.ring.set_clerk(key.clone());
        if let Some(before) = self.clerk.replace(key) {
            self.retired.push(before);
        }
        self.epoch = epoch;
    }

    /// Takes the leaf of an entry into the tree.
    pub(crate) fn push(&mut self, leaf: Hash, text: Option<Hash>) {
        self.frontier.push(leaf);
        if self.rules == 0 {
            // Of a book that was never founded nothing need be remembered: nothing of it ever takes effect.
            self.past = Past::from(self.frontier.clone());
            return;
        }
        let limit = self.statutes.as_ref().map_or(u64::MAX, Statutes::after_seconds);
        let slot = Slot { leaf, time: self.time, text };
        self.past.push(slot, self.frontier.root(), limit);
    }
}
