//! `acting.named`: the assembly names somebody who stands in where a seat is vacant or its term is over, for as long as the
//! statutes allow and no longer than until the seat is filled.

use serde::{Deserialize, Serialize};

use super::{article, open_seat, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::{Acting, DAY};
use crate::rules::Halt;

/// The content of `acting.named`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActingNamed {
    /// The office.
    pub office: String,
    /// Who stands in.
    pub member: u32,
}

impl Content for ActingNamed {
    const KIND: &'static str = "acting.named";
}

impl Rule for ActingNamed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { office, member } = self;
        case.assembly()?;
        article(case, &office)?;
        case.votes(member)?;
        let (council, articles) = case.council()?;
        let place = open_seat(case, &office, member)?;
        let sits =
            |number: u32| {
                council.offices.seats(&office).iter().any(|seat| {
                    seat.signers(case.at, articles.acting_days).any(|(holder, _)| holder == number)
                })
            };
        if sits(member) {
            return Err(refuse(&office, format!("member {member} signs in it already")).into());
        }
        let (entry, until) = (case.number(), case.at.saturating_add(u64::from(articles.acting_days) * DAY));
        Ok(Ruled {
            effects: Effects(vec![
                Effect::Seated { office: office.clone(), member },
                Effect::Wake { at: until },
            ]),
            clerk: None,
            change: Box::new(move |state| {
                let seats = state.council.as_mut().and_then(|council| council.offices.seats.get_mut(&office));
                if let Some(seat) = seats.and_then(|seats| seats.get_mut(place)) {
                    seat.acting = Some(Acting { member, until, entry });
                }
            }),
        })
    }
}
