//! `statutes.proposed`: a member proposes other statutes, whole. They take effect, at once, when as many members as those in
//! force demand have signed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{effects, forget, may_begin, sign};
use crate::case::Case;
use crate::effect::Effect;
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::petitions::{Petition, Purpose};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Statutes;

/// The content of `statutes.proposed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatutesProposed {
    /// Who proposes them; they sign them with this.
    pub member: u32,
    /// The statutes as they are to be.
    pub statutes: Statutes,
}

impl Content for StatutesProposed {
    const KIND: &'static str = "statutes.proposed";
}

impl Rule for StatutesProposed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { member, statutes } = self;
        case.acts(member)?;
        case.votes(member)?;
        let refuse = |reason: &str| Refusal::author("statutes", "the statutes", reason);
        statutes.check(case.state.rules).map_err(refuse)?;
        if case.state.statutes.as_ref() == Some(&statutes) {
            return Err(refuse("they are those in force").into());
        }
        let (council, articles) = case.council()?;
        may_begin(case, member)?;
        let until = case.at.saturating_add(u64::from(articles.amendment.days) * DAY);
        let needed = articles.amendment.needed(council.roll.voters(case.at));
        let purpose = Purpose::Statutes(Box::new(statutes));
        let petition = Petition { purpose, by: member, until, needed, signed: BTreeSet::new(), tallied: 0 };
        let mut effects = effects(&petition, 1, case.at);
        effects.0.push(Effect::Wake { at: until });
        let (id, at) = (case.number(), case.at);
        Ok(Ruled {
            effects,
            clerk: None,
            change: Box::new(move |state| {
                forget(state, at);
                if let Some(council) = &mut state.council {
                    council.petitions.insert(id, petition);
                }
                sign(state, id, &[member], at);
            }),
        })
    }
}
