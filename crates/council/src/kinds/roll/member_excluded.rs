//! `member.excluded`: whoever keeps the roll and whoever presides, two people, exclude a member, at once; the offices that the
//! member held are vacant. The member can appeal to the assembly.

use serde::{Deserialize, Serialize};

use super::{is_reason, membership};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::roll::Exclusion;
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `member.excluded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberExcluded {
    /// Who is excluded.
    pub member: u32,
    /// Why: without names, it stays in the book.
    pub reason: String,
}

impl Content for MemberExcluded {
    const KIND: &'static str = "member.excluded";
}

impl Rule for MemberExcluded {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (_, articles) = case.council()?;
        let (member, at, entry) = (self.member, case.at, case.number());
        let signs = match case.signers {
            [roll, presiding] => {
                roll.name != presiding.name
                    && case.has(roll, Power::Roll)?
                    && case.has(presiding, Power::Presiding)?
                    && ![roll, presiding].iter().any(|signer| signer.number() == Some(member))
            }
            _ => false,
        };
        if !signs {
            let reason = "two others sign: one with the power `roll`, then one with `presiding`";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        is_reason(&self.reason)?;
        if membership(case, member)?.excluded.is_some() {
            let reason = "they are excluded already";
            return Err(Refusal::author("exclusion", format!("member {member}"), reason).into());
        }
        let appeal_until = at.saturating_add(u64::from(articles.roll.appeal_days) * DAY);
        let exclusion = Exclusion { entry, appeal_until, appealed: None, upheld: false };
        Ok(Ruled {
            effects: Effects(vec![Effect::Excluded { member }, Effect::Wake { at: appeal_until }]),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.roll.change(member, |there| {
                        there.excluded = Some(exclusion);
                        there.challenged = None;
                    });
                    council.offices.vacate(None, member, at);
                    council.elections.stand_down(member, at);
                    for petition in council.petitions.values_mut() {
                        petition.signed.remove(&member);
                    }
                }
            }),
        })
    }
}
