//! `member.left`: a member leaves. Their number and key are never used again; an office they held is vacant.

use book::entry::Signer;
use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, only_signer};
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::{Left, State};

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
    fn rule(self, state: &State, signers: &[Signer]) -> Result<Ruled, Halt> {
        let member = self.member;
        if only_signer(signers, Self::KIND)?.0 != member {
            let reason = format!("member {member} signs it, nobody else");
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let at = state.size();
        Ok(Ruled {
            effects: Effects::one(Effect::Left { member }),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(gone) = state.members.remove(&member) {
                    state.left.insert(member, Left { key: gone.key, at });
                    state.ring.remove(member);
                }
                state.holders.retain(|_, holder| *holder != member);
            }),
        })
    }
}
