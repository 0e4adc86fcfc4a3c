//! `challenge.decided`: the assembly decides whether a challenged member belongs.

use serde::{Deserialize, Serialize};

use super::membership;
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `challenge.decided`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeDecided {
    /// Who was challenged.
    pub member: u32,
    /// Whether they stay.
    pub stays: bool,
}

impl Content for ChallengeDecided {
    const KIND: &'static str = "challenge.decided";
}

impl Rule for ChallengeDecided {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        case.assembly()?;
        let Self { member, stays } = self;
        let at = case.at;
        if membership(case, member)?.challenged.is_none() {
            let reason = "nobody has challenged them, or it is decided already";
            return Err(Refusal::author("challenge", format!("member {member}"), reason).into());
        }
        let effects = if stays { Effects::none() } else { Effects::one(Effect::Left { member }) };
        Ok(Ruled {
            effects,
            clerk: None,
            change: Box::new(move |state| {
                if !stays {
                    state.leave(member, at);
                } else if let Some(council) = &mut state.council {
                    council.roll.change(member, |there| {
                        there.challenged = None;
                        there.votes_from = at;
                    });
                }
            }),
        })
    }
}
