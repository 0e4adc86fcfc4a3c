//! Elections in the book: what the entries so far make of each. From rules version 2 on.
//!
//! `record` is what is written down of an election; `opened` its box, verified item by item; `question` what is asked;
//! `batch` how ballots are published; `count` how the opened box becomes seats, `outcome` the same for readers; `archive` the
//! same election as others read it.
//! Beside the book: `enrolment`, `receipt`, `matching` and `waiting`, what is handed in privately and never recorded as such.

pub mod archive;
pub mod batch;
pub(crate) mod count;
pub(crate) mod due;
pub mod enrolment;
pub mod matching;
pub(crate) mod opened;
pub mod outcome;
pub mod question;
pub mod receipt;
mod record;
mod team;
pub mod waiting;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::council::Council;
use crate::recalls::Recall;
use crate::refusal::Refusal;
use crate::state::State;

pub(crate) use due::free_from;
pub use record::{
    Candidacy, Declared, Decrypted, Dispute, Election, Ending, Frozen, Lists, OnPaper, Opening, Phase,
    Purpose, Shuffled,
};
pub use team::Team;

/// The elections, and the trustees who stand ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elections {
    /// The trustees of the next election.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team: Option<Team>,
    /// Since when trustees are wanted; of no meaning while there are enough.
    pub(crate) team_wanted_since: u64,
    /// Every election by the entry that called it, ended ones included.
    pub(crate) all: BTreeMap<u64, Election>,
}

impl Elections {
    /// The trustees who stand ready for the next election.
    pub fn team(&self) -> Option<&Team> {
        self.team.as_ref()
    }

    /// Every election by the entry that called it, ended ones included.
    pub fn all(&self) -> impl Iterator<Item = (u64, &Election)> {
        self.all.iter().map(|(entry, election)| (*entry, election))
    }

    /// The election of this entry.
    pub fn get(&self, entry: u64) -> Option<&Election> {
        self.all.get(&entry)
    }

    /// The election of this uuid, and the entry that called it.
    pub fn by_uuid(&self, uuid: &str) -> Option<(u64, &Election)> {
        self.all().find(|(_, election)| election.uuid == uuid)
    }

    /// Those that have not ended.
    pub fn running(&self) -> impl Iterator<Item = (u64, &Election)> {
        self.all().filter(|(_, election)| election.ended.is_none())
    }

    /// Ends the votes on recalls that are over, as the holding is.
    pub(crate) fn lapse(&mut self, stands: impl Fn(u64) -> bool, at: u64) {
        for election in self.all.values_mut().filter(|election| election.ended.is_none()) {
            if let Purpose::Recall { recall, .. } = &election.purpose
                && !stands(*recall)
            {
                election.ended = Some(Ending::Annulled { at });
            }
        }
    }

    /// What follows when somebody is off the roll: a share less, a candidate less.
    pub(crate) fn leave(&mut self, member: u32, at: u64) {
        self.lose_share(member, at);
        for election in self.all.values_mut().filter(|election| election.ended.is_none()) {
            if election.frozen.is_none() {
                election.candidates.remove(&member);
            }
        }
    }

    /// An excluded trustee does not stand ready for another election. What is open they finish: whoever excludes trustees cannot
    /// keep a box shut.
    pub(crate) fn stand_down(&mut self, member: u32, at: u64) {
        if let Some(team) = &mut self.team {
            let could = team.can_open();
            team.lose(member);
            if could && !team.can_open() {
                self.team_wanted_since = at;
            }
        }
    }

    /// Whoever held a share has it no longer, in the standing team and in every election under way.
    pub(crate) fn lose_share(&mut self, member: u32, at: u64) {
        let running = self.all.values_mut().filter(|election| election.ended.is_none());
        let opened = running.filter_map(|election| election.opened.as_mut()).map(|opened| &mut opened.team);
        for team in opened {
            team.lose(member);
        }
        self.stand_down(member, at);
    }
}

/// The recall that a petition has reached, and whose vote is not called yet.
pub(crate) fn recall_due(council: &Council, petition: u64) -> Result<(Purpose, &Recall), Refusal> {
    let refuse = |reason: &str| Refusal::author("recall", format!("the recall of entry {petition}"), reason);
    let recall = council.recalls.get(&petition).ok_or_else(|| refuse("there is none whose vote is due"))?;
    if recall.called.is_some() {
        return Err(refuse("its vote is called already"));
    }
    let (office, member) = (recall.asked.office.clone(), recall.asked.holder);
    Ok((Purpose::Recall { recall: petition, office, member }, recall))
}

/// The election of this uuid, and the entry that called it.
pub(crate) fn called<'a>(state: &'a State, uuid: &str) -> Result<(u64, &'a Election), Refusal> {
    let found = state.council().and_then(|council| council.elections().by_uuid(uuid));
    found.ok_or_else(|| {
        Refusal::author("election", "the election", "this book has none of this uuid")
            .next("ask for the right book, or for its newest page")
    })
}
