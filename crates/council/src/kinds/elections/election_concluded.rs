//! `election.concluded`: the time for disputes is over, and the elected take their seats.

use serde::{Deserialize, Serialize};

use super::{article, carried_on, election, of, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::elections::{Ending, Phase, Purpose};
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
        // Whoever has left, was excluded or may not begin another term meanwhile does not take the seat: it stays vacant. Nor does
        // anybody for whom other statutes have left no seat, or no office.
        let found = articles.office(office);
        let mut after = council.offices.clone();
        let seats = after.seats(office).len();
        let takes = |member: &u32| found.is_some_and(|article| offices::may_take(case, article, *member));
        let seated: Vec<u32> = declared.elected.iter().copied().filter(takes).take(seats).collect();
        for member in &seated {
            let Some(place) = after.open_seat(office, *member, case.at) else {
                let ends = council.offices.seats(office).iter().filter_map(|seat| seat.holding.as_ref());
                let next = ends
                    .map(|holding| holding.until)
                    .filter(|until| *until > case.at)
                    .min()
                    .unwrap_or(case.at);
                return Err(refuse(
                    of(id),
                    format!("a seat for member {member} is still held, until {next}"),
                )
                .next("wait until then")
                .into());
            };
            if let Some(article) = found {
                after.seat(article, place, *member, case.number(), case.at);
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
                state.boxes.forget(id);
            }),
        })
    }
}
