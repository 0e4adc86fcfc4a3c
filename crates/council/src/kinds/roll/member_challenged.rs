//! `member.challenged`: a member doubts that a new one belongs, within the time that the statutes give. The new one has no vote
//! until the assembly has decided.

use serde::{Deserialize, Serialize};

use super::{is_reason, membership};
use crate::case::Case;
use crate::effect::Effects;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::roll::{Challenge, Standing};
use crate::rules::Halt;

/// The content of `member.challenged`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberChallenged {
    /// Who challenges.
    pub by: u32,
    /// Who is challenged.
    pub member: u32,
    /// Why: without names, it stays in the book.
    pub reason: String,
}

impl Content for MemberChallenged {
    const KIND: &'static str = "member.challenged";
}

impl Rule for MemberChallenged {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        case.acts(self.by)?;
        case.votes(self.by)?;
        is_reason(&self.reason)?;
        let (member, challenge) = (self.member, Challenge { entry: case.number(), time: case.at });
        let reason = match membership(case, member)?.standing(case.at) {
            Standing::New { .. } => {
                return Ok(Ruled {
                    effects: Effects::none(),
                    clerk: None,
                    change: Box::new(move |state| {
                        if let Some(council) = &mut state.council {
                            council.roll.change(member, |there| there.challenged = Some(challenge));
                        }
                    }),
                });
            }
            Standing::Challenged => "they are challenged already",
            Standing::Voting => "the time in which they could be challenged is over",
            Standing::Excluded => "they are excluded",
        };
        Err(Refusal::author("challenge", format!("member {member}"), reason).into())
    }
}
