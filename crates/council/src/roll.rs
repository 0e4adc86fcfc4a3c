//! Who belongs, and with which rights. From rules version 2 on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the roll says of a member, beside their key. Who they are (name, contacts) is not in the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The entry that put them on the roll.
    pub since: u64,
    /// From this time on they have a vote: when the period in which they can be challenged is over.
    pub votes_from: u64,
    /// Their challenge, until the assembly has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenged: Option<Challenge>,
    /// Their exclusion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
}

/// That a member was challenged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The entry.
    pub entry: u64,
    /// When.
    pub time: u64,
}

/// That a member was excluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The entry.
    pub entry: u64,
    /// Until when it can be appealed against.
    pub appeal_until: u64,
    /// When it was, if the assembly has not decided yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appealed: Option<u64>,
    /// Whether an appeal was refused: there is no second one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upheld: bool,
}

/// With which rights a member stands on the roll at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// With a vote.
    Voting,
    /// Admitted, still open to challenge until this time.
    New {
        /// Unix seconds.
        until: u64,
    },
    /// Challenged, and the assembly has not decided.
    Challenged,
    /// Excluded; the number stays theirs.
    Excluded,
}

impl Membership {
    /// Of a member admitted by this entry who has a vote from this time on.
    pub(crate) fn new(since: u64, votes_from: u64) -> Membership {
        Membership { since, votes_from, challenged: None, excluded: None }
    }

    /// With which rights they stand there at this time.
    pub fn standing(&self, at: u64) -> Standing {
        if self.excluded.is_some() {
            Standing::Excluded
        } else if self.challenged.is_some() {
            Standing::Challenged
        } else if at < self.votes_from {
            Standing::New { until: self.votes_from }
        } else {
            Standing::Voting
        }
    }
}

/// A slip with which somebody joins: they make their key themselves, and the slip's key vouches for it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slip {
    /// The slip's key, base64.
    pub key: String,
    /// Until when it can be used.
    pub until: u64,
    /// The entry that issued it.
    pub entry: u64,
}

/// The roll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roll {
    /// Everybody on it, by number, with a device or without.
    members: BTreeMap<u32, Membership>,
    /// Slips that were issued and not used, by the number of the member to be.
    pub(crate) slips: BTreeMap<u32, Slip>,
    #[serde(skip)]
    votes: Votes,
}

/// How many have a vote when, so that nobody need ask every member. It follows from the members.
#[derive(Clone, Debug, Default)]
struct Votes {
    /// The time up to which votes are `ripe`.
    upto: u64,
    /// How many have a vote at that time.
    ripe: u64,
    /// How many have one from a later time on, if nothing happens to them.
    later: BTreeMap<u64, u64>,
}

impl PartialEq for Votes {
    fn eq(&self, _: &Votes) -> bool {
        true
    }
}

impl Eq for Votes {}

impl Votes {
    /// A member comes with these rights, or goes.
    fn note(&mut self, membership: &Membership, comes: bool) {
        if membership.excluded.is_some() || membership.challenged.is_some() {
            return;
        }
        let from = membership.votes_from;
        let count = if from <= self.upto { &mut self.ripe } else { self.later.entry(from).or_default() };
        *count = if comes { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 && from > self.upto {
            self.later.remove(&from);
        }
    }

    fn ripen(&mut self, at: u64) {
        self.upto = self.upto.max(at);
        while let Some(first) = self.later.first_entry().filter(|first| *first.key() <= at) {
            self.ripe += first.remove();
        }
    }
}

impl Roll {
    /// What the roll says of a member.
    pub fn member(&self, number: u32) -> Option<&Membership> {
        self.members.get(&number)
    }

    /// Everybody on it, by number.
    pub fn members(&self) -> impl Iterator<Item = (u32, &Membership)> {
        self.members.iter().map(|(number, membership)| (*number, membership))
    }

    /// Slips that were issued and not used, by the number of the member to be.
    pub fn slips(&self) -> impl Iterator<Item = (u32, &Slip)> {
        self.slips.iter().map(|(number, slip)| (*number, slip))
    }

    /// Puts a member on it.
    pub(crate) fn insert(&mut self, number: u32, membership: Membership) {
        self.remove(number);
        self.votes.note(&membership, true);
        self.members.insert(number, membership);
    }

    /// Takes a member off it.
    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(membership) = self.members.remove(&number) {
            self.votes.note(&membership, false);
        }
    }

    /// Changes what it says of a member who is on it.
    pub(crate) fn change(&mut self, number: u32, change: impl FnOnce(&mut Membership)) {
        if let Some(membership) = self.members.get_mut(&number) {
            self.votes.note(membership, false);
            change(membership);
            self.votes.note(membership, true);
        }
    }

    /// Time passes.
    pub(crate) fn ripen(&mut self, at: u64) {
        self.votes.ripen(at);
    }

    /// Counts the votes of members who were read from a snapshot of this time.
    pub(crate) fn index(&mut self, at: u64) {
        self.votes = Votes { upto: at, ..Votes::default() };
        for membership in self.members.values() {
            self.votes.note(membership, true);
        }
    }

    /// How many have a vote at this time.
    pub fn voters(&self, at: u64) -> u64 {
        if at >= self.votes.upto {
            return self.votes.ripe + self.votes.later.range(..=at).map(|(_, count)| count).sum::<u64>();
        }
        self.members.values().filter(|member| member.standing(at) == Standing::Voting).count() as u64
    }
}
