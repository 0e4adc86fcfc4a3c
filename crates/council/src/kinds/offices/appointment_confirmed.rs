//! `appointment.confirmed`: the office that the statutes name confirms an appointment, or refuses it.

use serde::{Deserialize, Serialize};

use super::{article, may_hold, open_seat, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled, only_signer};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Filling;

/// The content of `appointment.confirmed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppointmentConfirmed {
    /// The entry of the appointment.
    pub appointment: u64,
    /// Whether it is confirmed; else it is at an end.
    pub confirmed: bool,
}

impl Content for AppointmentConfirmed {
    const KIND: &'static str = "appointment.confirmed";
}

impl Rule for AppointmentConfirmed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (signer, capacity) = only_signer(case.signers, Self::KIND)?;
        let (council, _) = case.council()?;
        let id = self.appointment;
        let waiting = council.offices.appointments.get(&id).cloned().ok_or_else(|| {
            let reason = "it is no appointment that waits for its confirmation";
            Refusal::author("office", format!("entry {id}"), reason)
        })?;
        let article = article(case, &waiting.office)?;
        let Filling::Appointment { confirmed_by: Some(confirms), .. } = &article.filling else {
            return Err(refuse(&waiting.office, "its appointments are not confirmed any more").into());
        };
        if capacity.as_deref() != Some(confirms.as_str()) || signer == waiting.member || signer == waiting.by
        {
            let reason =
                format!("whoever holds the office {confirms} signs, and neither appointed nor is appointed");
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        if !self.confirmed {
            return Ok(Ruled {
                effects: Effects::none(),
                clerk: None,
                change: Box::new(move |state| {
                    if let Some(council) = &mut state.council {
                        council.offices.appointments.remove(&id);
                    }
                }),
            });
        }
        may_hold(case, article, waiting.member)?;
        let place = open_seat(case, &waiting.office, waiting.member)?;
        let (article, entry, at, member) = (article.clone(), case.number(), case.at, waiting.member);
        Ok(Ruled {
            effects: Effects::one(Effect::Seated { office: waiting.office, member }),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.offices.appointments.remove(&id);
                    council.offices.seat(&article, place, member, entry, at);
                }
            }),
        })
    }
}
