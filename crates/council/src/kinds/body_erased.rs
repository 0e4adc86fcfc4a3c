//! `body.erased`: a private body and its salt are to be erased. Its author may ask, or the secretary. The entry that
//! committed to it stays as it is.

use book::hash::Hash;
use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, only_signer};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `body.erased`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyErased {
    /// The number of the entry that committed to the body.
    pub entry: u64,
    /// The commitment, 64 hexadecimal digits.
    pub body: String,
    /// Why: the law or the wish.
    pub reason: String,
}

impl Content for BodyErased {
    const KIND: &'static str = "body.erased";
}

impl Rule for BodyErased {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (state, signers) = (case.state, case.signers);
        let (signer, capacity) = only_signer(signers, Self::KIND)?;
        let refuse =
            |reason: String| Refusal::author("erasure", format!("the body of entry {}", self.entry), reason);
        let commitment = Hash::from_hex(&self.body)
            .ok_or_else(|| refuse("its commitment is not 64 hexadecimal digits".into()))?;
        let body =
            state.bodies.get(&commitment).filter(|body| body.entry == self.entry).ok_or_else(|| {
                refuse("that entry commits to no such body, or it is erased already".into())
            })?;
        let keeps_minutes = if state.council.is_some() {
            case.signers.first().map_or(Ok(false), |first| case.has(first, Power::Minutes))?
        } else {
            capacity.as_deref() == Some("secretary")
        };
        if body.author != signer && !keeps_minutes {
            return Err(refuse(format!("member {} or the secretary asks for it", body.author)).into());
        }
        Ok(Ruled {
            effects: Effects::one(Effect::EraseBody { commitment }),
            clerk: None,
            change: Box::new(move |state| {
                state.bodies.remove(&commitment);
            }),
        })
    }
}
