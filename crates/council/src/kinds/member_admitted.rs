//! `member.admitted`: the secretary and the new member sign; the member's key signs its own admission.

use book::entry::Signer;
use book::key::PublicKey;
use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, is_new_key, is_number, key};
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::State;

/// The content of `member.admitted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberAdmitted {
    /// The member's number, new to the roll.
    pub member: u32,
    /// Their key, base64.
    pub key: String,
}

impl Content for MemberAdmitted {
    const KIND: &'static str = "member.admitted";
}

impl Rule for MemberAdmitted {
    fn introduces(&self) -> Result<Vec<(u32, PublicKey)>, Refusal> {
        Ok(vec![(self.member, key(&self.key, &format!("member {}", self.member))?)])
    }

    fn rule(self, state: &State, signers: &[Signer]) -> Result<Ruled, Halt> {
        let Self { member, key: text } = self;
        is_number(member)?;
        let object = format!("member {member}");
        if state.members.contains_key(&member) || state.left.contains_key(&member) {
            let reason = "the number is taken, and a number is never used again";
            return Err(Refusal::author("admission", object, reason)
                .next("take the next free number")
                .into());
        }
        let signs = match signers {
            [secretary, new] => {
                secretary.capacity.as_deref() == Some("secretary")
                    && new.number() == Some(member)
                    && new.capacity.is_none()
            }
            _ => false,
        };
        if !signs {
            let reason = format!("an admission is signed `by <n> as secretary, {member}`");
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let key = key(&text, &object)?;
        is_new_key(state, &key, &object)?;
        let number = state.size();
        Ok(Ruled {
            effects: Effects::one(Effect::Admitted { member }),
            clerk: None,
            change: Box::new(move |state| state.admit(member, key, number)),
        })
    }
}
