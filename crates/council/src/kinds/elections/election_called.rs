//! `election.called`: seats are to be filled, or a recall is to be decided. From the call on people can stand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{article, carried_on, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::elections::question::{RECALL_METHOD, uuid};
use crate::elections::{Election, Purpose};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::{Filling, Power};

/// A title has at most so many characters.
const TITLE_LIMIT: usize = 200;
/// People can stand for at most so many days.
const NOMINATION_DAYS: u64 = 366;

/// What an election is called for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CalledFor {
    /// Seats of an office.
    Office {
        /// The office.
        office: String,
        /// How many of its seats.
        seats: u32,
    },
    /// The recall that this petition has reached.
    Recall {
        /// The petition's entry.
        petition: u64,
    },
}

/// The content of `election.called`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionCalled {
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub purpose: CalledFor,
    /// Until when people can stand: Unix seconds. For a recall nobody stands, and it is the time from which the roll can be frozen.
    pub nominate_until: u64,
    /// Which of the trustees mix ranked votes, by member's number, ascending.
    pub mixers: Vec<u32>,
}

impl Content for ElectionCalled {
    const KIND: &'static str = "election.called";
}

impl ElectionCalled {
    /// The purpose, as it is allowed now; and since when it is due.
    fn purpose(&self, case: &Case<'_>) -> Result<(Purpose, String, u64), Refusal> {
        let (council, articles) = case.council()?;
        match &self.purpose {
            CalledFor::Office { office, seats } => {
                let wrong =
                    |reason: String| Refusal::author("office", format!("the office {office}"), reason);
                let found = articles
                    .office(office)
                    .ok_or_else(|| wrong("the statutes have no such office".into()))?;
                let Filling::Election { method, due_days } = &found.filling else {
                    return Err(wrong("it is filled by appointment".into()));
                };
                let ahead = u64::from(*due_days) * DAY;
                let mut due: Vec<u64> = council
                    .offices
                    .seats(office)
                    .iter()
                    .filter_map(|seat| seat.due_since(ahead, case.at))
                    .collect();
                due.sort_unstable();
                let running = council.elections.running();
                if running
                    .into_iter()
                    .any(|(_, election)| !election.purpose.is_recall() && election.purpose.office() == office)
                {
                    return Err(wrong("another election for it is under way".into()));
                }
                if *seats == 0 || *seats as usize > due.len() {
                    let reason = format!(
                        "{} of its seats are due to be filled now, and {seats} are called for",
                        due.len()
                    );
                    return Err(wrong(reason));
                }
                let since = due.get(*seats as usize - 1).copied().unwrap_or(case.at);
                Ok((Purpose::Office { office: office.clone(), seats: *seats }, method.clone(), since))
            }
            CalledFor::Recall { petition } => {
                let (purpose, recall) = crate::elections::recall_due(council, *petition)?;
                let minutes = case.with(Power::Minutes)?;
                // Whether a recall is held is not for those alone who keep the minutes.
                let anybodys = if recall.is_anybodys(&minutes, case.at) { 0 } else { recall.vote_by() };
                Ok((purpose, RECALL_METHOD.to_owned(), anybodys))
            }
        }
    }
}

impl Rule for ElectionCalled {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let article = article(case)?;
        let (council, _) = case.council()?;
        let (purpose, method, since) = self.purpose(case)?;
        match (&purpose, case.signers) {
            (Purpose::Recall { .. }, [one]) if one.capacity.is_none() && case.at >= since => {
                case.votes(one.number().unwrap_or_default())?;
            }
            (Purpose::Recall { .. }, _) => carried_on(case, case.at)?,
            _ => carried_on(case, since)?,
        }
        if self.title.trim().is_empty() || self.title.chars().count() > TITLE_LIMIT {
            let reason = format!("there is none, or it has more than {TITLE_LIMIT} characters");
            return Err(Refusal::author("entry-content", "the title", reason).into());
        }
        let object = "the time until which people can stand";
        let days = u64::from(article.nomination_days);
        let (earliest, latest) =
            (case.at.saturating_add(days * DAY), case.at.saturating_add(NOMINATION_DAYS * DAY));
        if purpose.is_recall() {
            if self.nominate_until > case.at {
                let reason = "it is still to come, and in a recall nobody stands";
                return Err(refuse(object, reason).next("give the time at which you sign").into());
            }
        } else if !(earliest..=latest).contains(&self.nominate_until) {
            let reason = format!("it is not between {earliest} ({days} days from now) and {latest}");
            return Err(refuse(object, reason).into());
        }
        let team = council.elections.team.as_ref().filter(|team| team.can_open());
        let ascending = self.mixers.windows(2).all(|pair| pair[0] < pair[1]);
        let known = |member: &u32| team.is_some_and(|team| team.able().any(|trustee| trustee == *member));
        if self.mixers.is_empty() || !ascending || !self.mixers.iter().all(known) {
            return Err(Refusal::author(
                "trustees",
                "the mixers",
                "there is none, they do not ascend, or one is no trustee who stands ready",
            )
            .next("have trustees make a key first (`trustees.formed`), or name others")
            .into());
        }
        let election = Election {
            uuid: uuid(&case.state.book, &case.text),
            title: self.title,
            purpose,
            method,
            called_at: case.at,
            nominate_until: self.nominate_until.max(case.at),
            mixers: self.mixers,
            candidates: BTreeMap::new(),
            frozen: None,
            lists: None,
            opened: None,
            batches: Vec::new(),
            ballots: 0,
            papers: 0,
            closed: None,
            counted: 0,
            shuffles: Vec::new(),
            missing: Default::default(),
            decryptions: Vec::new(),
            result: None,
            paper: None,
            lot: Vec::new(),
            declared: None,
            disputes: Vec::new(),
            ended: None,
        };
        let id = case.number();
        let wake = Effect::Wake { at: election.nominate_until };
        Ok(Ruled {
            effects: Effects(vec![Effect::ElectionMoved { election: id }, wake]),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    if let Purpose::Recall { recall, .. } = &election.purpose {
                        council.recall_called(*recall, Some(id));
                    }
                    council.elections.all.insert(id, election);
                }
            }),
        })
    }
}
