//! `appeal.decided`: the assembly decides an appeal against an exclusion. Who is restored has the rights of before; an office
//! that was held is not given back.

use serde::{Deserialize, Serialize};

use super::membership;
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `appeal.decided`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealDecided {
    /// Who was excluded.
    pub member: u32,
    /// Whether they are restored.
    pub restored: bool,
}

impl Content for AppealDecided {
    const KIND: &'static str = "appeal.decided";
}

impl Rule for AppealDecided {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        case.assembly()?;
        let Self { member, restored } = self;
        let exclusion = membership(case, member)?.excluded.as_ref();
        if exclusion.and_then(|exclusion| exclusion.appealed).is_none() {
            let reason = "they have not appealed against an exclusion, or it is decided already";
            return Err(Refusal::author("exclusion", format!("member {member}"), reason).into());
        }
        let effects = if restored { Effects::one(Effect::Admitted { member }) } else { Effects::none() };
        Ok(Ruled {
            effects,
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.roll.change(member, |there| match &mut there.excluded {
                        Some(exclusion) if !restored => {
                            exclusion.appealed = None;
                            exclusion.upheld = true;
                        }
                        _ => there.excluded = None,
                    });
                }
            }),
        })
    }
}
