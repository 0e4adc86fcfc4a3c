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
    pub(crate) members: BTreeMap<u32, Membership>,
    /// Slips that were issued and not used, by the number of the member to be.
    pub(crate) slips: BTreeMap<u32, Slip>,
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

    /// How many have a vote at this time.
    pub fn voters(&self, at: u64) -> u64 {
        self.members.values().filter(|member| member.standing(at) == Standing::Voting).count() as u64
    }
}
