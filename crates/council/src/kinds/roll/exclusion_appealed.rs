//! `exclusion.appealed`: an excluded member appeals to the assembly.

use serde::{Deserialize, Serialize};

use super::membership;
use crate::case::Case;
use crate::effect::Effects;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `exclusion.appealed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionAppealed {
    /// Who was excluded.
    pub member: u32,
}

impl Content for ExclusionAppealed {
    const KIND: &'static str = "exclusion.appealed";
}

impl Rule for ExclusionAppealed {
    const IS_FOR_EXCLUDED: bool = true;

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (member, at) = (self.member, case.at);
        case.acts(member)?;
        let refuse = |reason: String| Refusal::author("exclusion", format!("member {member}"), reason);
        let exclusion = membership(case, member)?.excluded.as_ref();
        let exclusion = exclusion.ok_or_else(|| refuse("they are not excluded".into()))?;
        if exclusion.upheld || exclusion.appealed.is_some() {
            return Err(refuse("they have appealed already".into()).into());
        }
        if at >= exclusion.appeal_until {
            return Err(refuse(format!("the time to appeal was over at {}", exclusion.appeal_until)).into());
        }
        Ok(Ruled {
            effects: Effects::none(),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.roll.change(member, |there| {
                        if let Some(exclusion) = &mut there.excluded {
                            exclusion.appealed = Some(at);
                        }
                    });
                }
            }),
        })
    }
}
