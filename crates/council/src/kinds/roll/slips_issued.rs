//! `slips.issued`: those who may admit give out slips, each with a key of its own, by which people join later from their own
//! phones. A slip that is issued again for the same number takes the place of the one before.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled, is_new_key, is_number};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::roll::Slip;
use crate::rules::Halt;

/// So many slips in one entry at most.
const SLIPS_LIMIT: usize = 500;
/// A slip can be used for so many days at most.
const SLIP_DAYS: u64 = 366;

/// One slip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlipIssued {
    /// The number that its bearer will have.
    pub member: u32,
    /// The slip's key, base64.
    pub key: String,
}

/// The content of `slips.issued`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlipsIssued {
    /// The slips, by number, ascending.
    pub slips: Vec<SlipIssued>,
    /// Until when they can be used: Unix seconds.
    pub until: u64,
}

impl Content for SlipsIssued {
    const KIND: &'static str = "slips.issued";
}

impl Rule for SlipsIssued {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let refuse = |object: &str, reason: String| Refusal::author("slip", object, reason);
        let ascending = self.slips.windows(2).all(|pair| pair[0].member < pair[1].member);
        if self.slips.is_empty() || self.slips.len() > SLIPS_LIMIT || !ascending {
            let reason = format!("there is none, there are more than {SLIPS_LIMIT}, or they do not ascend");
            return Err(refuse("the slips", reason).into());
        }
        if self.until <= case.at || self.until > case.at.saturating_add(SLIP_DAYS * DAY) {
            let reason = format!("it is not between now and {SLIP_DAYS} days from now");
            return Err(refuse("the last day of the slips", reason).into());
        }
        if case.admitters(0)? != case.signers.len() {
            let reason = "those who may admit sign, and nobody else";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let mut issued = Vec::with_capacity(self.slips.len());
        let mut keys = std::collections::BTreeSet::new();
        for slip in self.slips {
            let whose = format!("the slip of {}", slip.member);
            is_number(slip.member)?;
            if case.state.is_number_taken(slip.member) {
                return Err(refuse(&whose, "the number is taken: take the next free one".into()).into());
            }
            let public = case.named.read(&slip.key, &whose)?;
            is_new_key(case.state, &public, &whose)?;
            if !keys.insert(*public.bytes()) {
                return Err(refuse(&whose, "another slip of this entry has the same key".into()).into());
            }
            let entry = case.number();
            issued.push((slip.member, public, Slip { key: slip.key, until: self.until, entry }));
        }
        Ok(Ruled {
            effects: Effects::one(Effect::Wake { at: self.until }),
            clerk: None,
            change: Box::new(move |state| {
                for (member, key, slip) in issued {
                    state.take(&key);
                    state.ring.add_slip(member, key);
                    if let Some(council) = &mut state.council {
                        council.roll.slips.insert(member, slip);
                    }
                }
            }),
        })
    }
}
