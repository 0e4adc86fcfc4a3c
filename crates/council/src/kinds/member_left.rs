//! `member.left`: a member leaves. Their number and key are never used again; an office they held is vacant.

use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, not_excluded, only_signer};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `member.left`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberLeft {
    /// The member's number.
    pub member: u32,
}

impl Content for MemberLeft {
    const KIND: &'static str = "member.left";
}

impl Rule for MemberLeft {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (member, at) = (self.member, case.at);
        if case.state.council.is_some() {
            case.acts(member)?;
            // Of one without a device, too, for whom others sign.
            not_excluded(case.state, [member])?;
        } else if only_signer(case.signers, Self::KIND)?.0 != member {
            let reason = format!("member {member} signs it, nobody else");
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        Ok(Ruled {
            effects: Effects::one(Effect::Left { member }),
            clerk: None,
            change: Box::new(move |state| state.leave(member, at)),
        })
    }
}
