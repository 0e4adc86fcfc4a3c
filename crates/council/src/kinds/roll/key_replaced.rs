//! `key.replaced`: a member whose phone is lost, or who has one now, gets a new key. Whoever keeps the roll signs, a scrutineer
//! who saw the person, and the new key. The old key is dead from this entry on.

use book::key::PublicKey;
use serde::{Deserialize, Serialize};

use super::membership;
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled, is_new_key};
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::State;
use crate::statutes::Power;

/// The content of `key.replaced`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyReplaced {
    /// The member's number.
    pub member: u32,
    /// The new key, base64.
    pub key: String,
}

impl Content for KeyReplaced {
    const KIND: &'static str = "key.replaced";
}

impl Rule for KeyReplaced {
    fn introduces(&self, _: &State, named: &NamedKeys) -> Result<Vec<(String, PublicKey)>, Refusal> {
        Ok(vec![(self.member.to_string(), named.read(&self.key, &format!("member {}", self.member))?)])
    }

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let member = self.member;
        membership(case, member)?;
        let signs = match case.signers {
            [roll, scrutineer, new] => {
                roll.name != scrutineer.name
                    && case.has(roll, Power::Roll)?
                    && case.has(scrutineer, Power::Scrutiny)?
                    && new.number() == Some(member)
                    && new.capacity.is_none()
            }
            _ => false,
        };
        if !signs {
            let reason = "three sign: one with the power `roll`, one with `scrutiny`, then the member with the new key";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let whose = format!("member {member}");
        let key = case.named.read(&self.key, &whose)?;
        is_new_key(case.state, &key, &whose)?;
        let since = case.state.members.get(&member).map_or(case.number(), |there| there.since);
        Ok(Ruled {
            effects: Effects::one(Effect::NewKey { member }),
            clerk: None,
            change: Box::new(move |state| state.admit(member, key, since)),
        })
    }
}
