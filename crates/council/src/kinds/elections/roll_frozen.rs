//! `roll.frozen`: who may vote and who stands is fixed, and with it the method. Phones enrol from here on.

use serde::{Deserialize, Serialize};

use super::{article, carried_on, days_at_most, election, moved, of, refuse};
use crate::case::Case;
use crate::effect::Effect;
use crate::elections::question::method_for;
use crate::elections::{Declared, Ending, Frozen, Phase, Purpose};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::roll::Standing;
use crate::rules::Halt;

/// Phones can enrol for at most so many days.
const ENROLMENT_DAYS: u64 = 366;

/// The content of `roll.frozen`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollFrozen {
    /// The entry that called the election.
    pub election: u64,
    /// Until when phones can enrol: Unix seconds.
    pub enrol_until: u64,
}

impl Content for RollFrozen {
    const KIND: &'static str = "roll.frozen";
}

impl Rule for RollFrozen {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, enrol_until } = self;
        let election = election(case, id, &[Phase::Called])?;
        carried_on(case, election.nominate_until)?;
        if case.at < election.nominate_until {
            let reason = format!("people can stand until {}", election.nominate_until);
            return Err(refuse(of(id), reason).next("wait until then").into());
        }
        let days = days_at_most(case, election, ENROLMENT_DAYS)?;
        if enrol_until < case.at || enrol_until > case.at.saturating_add(days * DAY) {
            let reason = format!("it is not between now and {days} days from now");
            return Err(refuse("the time until which phones can enrol", reason).into());
        }
        let (council, _) = case.council()?;
        let mut roll: Vec<(u32, u32)> = Vec::new();
        let mut voters = 0;
        for (member, membership) in council.roll.members() {
            if membership.standing(case.at) != Standing::Voting {
                continue;
            }
            voters += 1;
            match roll.last_mut() {
                Some((_, last)) if *last + 1 == member => *last = member,
                _ => roll.push((member, member)),
            }
        }
        let candidates: Vec<(u32, String)> = match &election.purpose {
            Purpose::Recall { .. } => Vec::new(),
            Purpose::Office { .. } => {
                let stands = election.standing().filter(|(member, _)| case.votes(*member).is_ok());
                stands.map(|(member, name)| (member, name.to_owned())).collect()
            }
        };
        let least = article(case)?.least_ranked;
        let (method, approving) = method_for(&election.method, voters, least, candidates.len());
        let at = case.at;
        let is_recall = election.purpose.is_recall();
        let unopposed = !is_recall && candidates.len() <= election.seats();
        let elected: Vec<u32> = candidates.iter().map(|(member, _)| *member).collect();
        let frozen = Frozen { at, roll, voters, candidates, method, approving, enrol_until };
        Ok(moved(id, vec![Effect::Wake { at: enrol_until }], move |election| {
            if !is_recall && elected.is_empty() {
                election.ended = Some(Ending::NobodyStood { at });
            } else if unopposed {
                // As many seats as candidates: there is nothing to vote on, and the result can be disputed like any other.
                election.declared = Some(Declared { at, elected, tied: Vec::new(), recall: None });
            }
            election.frozen = Some(frozen);
        }))
    }
}
