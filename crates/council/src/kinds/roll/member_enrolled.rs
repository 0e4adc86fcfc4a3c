//! `member.enrolled`: somebody without a device comes onto the roll. Those who may admit sign, then two scrutineers, who saw
//! the person.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled, is_new_number};
use crate::roll::Membership;
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `member.enrolled`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberEnrolled {
    /// The member's number, new to the roll.
    pub member: u32,
}

impl Content for MemberEnrolled {
    const KIND: &'static str = "member.enrolled";
}

impl Rule for MemberEnrolled {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let member = self.member;
        is_new_number(case.state, member)?;
        let admitters = case.admitters(member)?;
        case.two_with(Power::Scrutiny, admitters)?;
        let (since, votes_from) = (case.number(), case.votes_from()?);
        Ok(Ruled {
            effects: Effects(vec![Effect::Admitted { member }, Effect::Wake { at: votes_from }]),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.roll.insert(member, Membership::new(since, votes_from));
                    council.roll.slips.remove(&member);
                }
            }),
        })
    }
}
