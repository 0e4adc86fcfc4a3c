//! `office.appointed`: the holder of one office appoints to another, and the appointed signs that they accept. Where the statutes
//! ask for a confirmation, the seat is filled with that.

use serde::{Deserialize, Serialize};

use super::{article, may_hold, open_seat, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::Appointment;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Filling;

/// The content of `office.appointed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeAppointed {
    /// The office.
    pub office: String,
    /// Who is to hold it.
    pub member: u32,
}

impl Content for OfficeAppointed {
    const KIND: &'static str = "office.appointed";
}

impl Rule for OfficeAppointed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let article = article(case, &self.office)?;
        let Filling::Appointment { by, confirmed_by } = &article.filling else {
            return Err(refuse(&self.office, "it is filled by election").into());
        };
        let appointer = match case.signers {
            [appoints, accepts]
                if appoints.capacity.as_deref() == Some(by.as_str())
                    && appoints.name != accepts.name
                    && accepts.number() == Some(self.member)
                    && accepts.capacity.is_none() =>
            {
                appoints.number()
            }
            _ => None,
        };
        let Some(appointer) = appointer else {
            let reason = format!("it is signed `by <n> as {by}, {}`", self.member);
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        };
        may_hold(case, article, self.member)?;
        let place = open_seat(case, &self.office, self.member)?;
        let (article, entry, at, member) = (article.clone(), case.number(), case.at, self.member);
        if confirmed_by.is_none() {
            return Ok(Ruled {
                effects: Effects::one(Effect::Seated { office: self.office, member }),
                clerk: None,
                change: Box::new(move |state| {
                    if let Some(council) = &mut state.council {
                        council.offices.seat(&article, place, member, entry, at);
                    }
                }),
            });
        }
        let (council, _) = case.council()?;
        let waits = |waiting: &Appointment| waiting.office == self.office && waiting.member == member;
        if council.offices.appointments.values().any(waits) {
            let reason = format!("member {member} is appointed to it already, and waits for confirmation");
            return Err(refuse(&self.office, reason).into());
        }
        let appointment = Appointment { office: self.office, member, by: appointer, time: at };
        Ok(Ruled {
            effects: Effects::none(),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.offices.appointments.insert(entry, appointment);
                }
            }),
        })
    }
}
