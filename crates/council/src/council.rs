//! What rules version 2 adds to the state: rights on the roll, offices, petitions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::elections::Elections;
use crate::offices::Offices;
use crate::petitions::{Petition, Petitions};
use crate::recalls::{Kept, Recall};
use crate::roll::{Membership, Roll};
use crate::statutes::Articles;

/// The council's life beside its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    pub(crate) roll: Roll,
    /// Numbers of members without a device who left: they are never used again.
    pub(crate) gone: BTreeSet<u32>,
    pub(crate) offices: Offices,
    pub(crate) petitions: Petitions,
    pub(crate) elections: Elections,
    /// Recalls whose vote is due or called, by the entry that began the petition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) recalls: BTreeMap<u64, Recall>,
    /// Those whom a vote kept in office, for as long as nobody may ask again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) kept: Vec<Kept>,
}

impl Council {
    /// A council whose members, with the entries that admitted them, have their votes, and whose offices are held by these
    /// people from now on.
    pub(crate) fn begin(
        members: impl Iterator<Item = (u32, u64)>,
        holders: &BTreeMap<String, Vec<u32>>,
        articles: &Articles,
        entry: u64,
        at: u64,
    ) -> Council {
        let mut council = Council::default();
        for (number, since) in members {
            council.roll.insert(number, Membership::new(since, 0));
        }
        council.offices.arrange(&articles.offices, at);
        council.elections.team_wanted_since = at;
        for article in &articles.offices {
            for member in holders.get(&article.office).into_iter().flatten() {
                if let Some(place) = council.offices.open_seat(article, *member, at) {
                    council.offices.seat(article, place, *member, entry, at);
                }
            }
        }
        council
    }

    /// The roll.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// The offices.
    pub fn offices(&self) -> &Offices {
        &self.offices
    }

    /// The elections, and the trustees who stand ready.
    pub fn elections(&self) -> &Elections {
        &self.elections
    }

    /// The open petitions, by the entry that began them.
    pub fn petitions(&self) -> impl Iterator<Item = (u64, &Petition)> {
        self.petitions.iter().map(|(entry, petition)| (*entry, petition))
    }

    /// Takes a member off the roll: offices, signatures under petitions and all.
    pub(crate) fn leave(&mut self, member: u32, at: u64) {
        self.roll.remove(member);
        self.offices.vacate(None, member, at);
        self.elections.leave(member, at);
        for petition in self.petitions.values_mut() {
            petition.signed.remove(&member);
        }
    }
}
