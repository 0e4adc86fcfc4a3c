//! `member.joined`: somebody joins with a slip. The slip's key signs first, then the key that their phone made; with that the
//! slip is used up.

use book::key::PublicKey;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled, is_new_key, is_new_number};
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::ring::SLIP;
use crate::roll::Membership;
use crate::rules::Halt;
use crate::state::State;

/// The content of `member.joined`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberJoined {
    /// The number that stands on the slip.
    pub member: u32,
    /// The new member's key, base64.
    pub key: String,
}

impl Content for MemberJoined {
    const KIND: &'static str = "member.joined";
}

impl MemberJoined {
    fn object(&self) -> String {
        format!("the slip of {}", self.member)
    }
}

impl Rule for MemberJoined {
    fn introduces(&self, state: &State, named: &NamedKeys) -> Result<Vec<(String, PublicKey)>, Refusal> {
        is_new_number(state, self.member)?;
        let slip = state.ring.slip(SLIP, self.member.into()).ok_or_else(|| {
            Refusal::author("slip", self.object(), "none was issued, or it was used or replaced")
                .next("ask whoever keeps the roll for a new one")
        })?;
        Ok(vec![
            (SLIP.to_owned(), slip.key.clone()),
            (self.member.to_string(), named.read(&self.key, &format!("member {}", self.member))?),
        ])
    }

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (council, _) = case.council()?;
        let member = self.member;
        let signs = matches!(case.signers, [slip, new]
            if slip.name == SLIP && slip.capacity.is_none() && new.number() == Some(member) && new.capacity.is_none());
        if !signs {
            let reason = format!("it is signed `by {SLIP}, {member}`");
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let until = council.roll.slips.get(&member).map_or(0, |slip| slip.until);
        if case.at >= until {
            return Err(Refusal::author("slip", self.object(), format!("it could be used until {until}"))
                .next("ask whoever keeps the roll for a new one")
                .into());
        }
        let key = case.named.read(&self.key, &format!("member {member}"))?;
        is_new_key(case.state, &key, &format!("member {member}"))?;
        let (since, votes_from) = (case.number(), case.votes_from()?);
        Ok(Ruled {
            effects: Effects(vec![Effect::Admitted { member }, Effect::Wake { at: votes_from }]),
            clerk: None,
            change: Box::new(move |state| {
                state.admit(member, key, since);
                if let Some(council) = &mut state.council {
                    council.roll.insert(member, Membership::new(since, votes_from));
                    council.roll.slips.remove(&member);
                }
            }),
        })
    }
}
