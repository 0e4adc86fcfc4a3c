//! `member.admitted`: the secretary and the new member sign; the member's key signs its own admission.

use book::key::PublicKey;
use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, is_new_key, is_new_number};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::roll::Membership;
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
    fn introduces(&self, state: &State, named: &NamedKeys) -> Result<Vec<(String, PublicKey)>, Refusal> {
        if state.members.contains_key(&self.member) {
            return Ok(Vec::new());
        }
        Ok(vec![(self.member.to_string(), named.read(&self.key, &format!("member {}", self.member))?)])
    }

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (state, signers) = (case.state, case.signers);
        let Self { member, key: text } = self;
        let object = format!("member {member}");
        is_new_number(state, member)?;
        let votes_from = match case.council() {
            Ok(_) => Some(admitted_by(case, member)?),
            Err(_) => None,
        };
        let signs = match signers {
            _ if votes_from.is_some() => true,
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
        let key = case.named.read(&text, &object)?;
        is_new_key(state, &key, &object)?;
        let number = state.size();
        Ok(Ruled {
            effects: Effects::one(Effect::Admitted { member }),
            clerk: None,
            change: Box::new(move |state| {
                state.admit(member, key, number);
                if let (Some(council), Some(votes_from)) = (&mut state.council, votes_from) {
                    council.roll.insert(member, Membership::new(number, votes_from));
                    council.roll.slips.remove(&member);
                }
            }),
        })
    }
}

/// That those sign who may admit, and then the new member. From when on they have a vote.
fn admitted_by(case: &Case<'_>, member: u32) -> Result<u64, Refusal> {
    let admitters = case.admitters(member)?;
    match case.signers.get(admitters..) {
        Some([new]) if new.number() == Some(member) && new.capacity.is_none() => case.votes_from(),
        _ => Err(Refusal::author("entry-signers", "the `by` line", "the new member signs last, and alone")),
    }
}
