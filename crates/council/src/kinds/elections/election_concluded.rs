//! `election.concluded`: the time for disputes is over, and the elected take their seats.

use serde::{Deserialize, Serialize};

use super::{article, carried_on, election, of, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::elections::{Ending, Phase, Purpose, free_from};
use crate::kinds::{Content, Rule, Ruled, offices};
use crate::offices::DAY;
use crate::rules::Halt;

/// The content of `election.concluded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionConcluded {
    /// The entry that called the election.
    pub election: u64,
}

impl Content for ElectionConcluded {
    const KIND: &'static str = "election.concluded";
}

impl Rule for ElectionConcluded {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let id = self.election;
        let election = election(case, id, &[Phase::Declared])?;
        let declared = election.declared.as_ref().ok_or_else(|| refuse(of(id), "it has no result yet"))?;
        let over = declared.at.saturating_add(u64::from(article(case)?.dispute_days) * DAY);
        carried_on(case, over)?;
        if case.at < over {
            return Err(refuse(of(id), format!("its result can be disputed until {over}"))
                .next("wait until then")
                .into());
        }
        let Purpose::Office { office, .. } = &election.purpose else {
            return Err(refuse(of(id), "a recall takes effect with its result").into());
        };
        let (council, articles) = case.council()?;
        let free = free_from(&council.offices, id, election);
        if case.at < free {
            let reason = format!("a seat for one of the elected is still held, until {free}");
            return Err(refuse(of(id), reason).next("wait until then").into());
        }
        // Whoever has left, was excluded or may not begin another term meanwhile does not take the seat: it stays vacant. Where
        // the statutes have fewer seats than before, or the office no longer, there is none for the last elected.
        let mut after = council.offices.clone();
        let mut seated = Vec::new();
        if let Some(article) = articles.office(office) {
            for member in declared.elected.iter().copied() {
                if !offices::may_take(case, article, member) {
                    continue;
                }
                let Some(place) = after.open_seat(article, member, case.at) else { break };
                after.seat(article, place, member, case.number(), case.at);
                seated.push(member);
            }
        }
        let mut effects: Vec<Effect> =
            seated.iter().map(|member| Effect::Seated { office: office.clone(), member: *member }).collect();
        effects.push(Effect::ElectionMoved { election: id });
        let at = case.at;
        Ok(Ruled {
            effects: Effects(effects),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.offices = after;
                    if let Some(election) = council.elections.all.get_mut(&id) {
                        election.ended = Some(Ending::Concluded { at });
                    }
                }
            }),
        })
    }
}
