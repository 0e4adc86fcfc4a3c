//! `office.resigned`: somebody gives up an office, which is vacant at once; as its holder, or as one who stands in.

use serde::{Deserialize, Serialize};

use super::{article, refuse};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `office.resigned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeResigned {
    /// The office.
    pub office: String,
    /// Who resigns.
    pub member: u32,
}

impl Content for OfficeResigned {
    const KIND: &'static str = "office.resigned";
}

impl Rule for OfficeResigned {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { office, member } = self;
        case.acts(member)?;
        article(case, &office)?;
        let (council, _) = case.council()?;
        let holds = council.offices.seats(&office).iter().any(|seat| {
            let held = seat.holding.as_ref().is_some_and(|holding| holding.member == member);
            held || seat
                .acting
                .as_ref()
                .is_some_and(|acting| acting.member == member && case.at < acting.until)
        });
        if !holds {
            return Err(refuse(&office, format!("member {member} does not hold it")).into());
        }
        let at = case.at;
        Ok(Ruled {
            effects: Effects::one(Effect::Vacated { office: office.clone(), member }),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.offices.vacate(Some(&office), member, at);
                }
            }),
        })
    }
}
