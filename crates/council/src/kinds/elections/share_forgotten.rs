//! `share.forgotten`: a trustee has lost the key share, and says so.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::effect::Effects;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `share.forgotten`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareForgotten {
    /// The trustee.
    pub member: u32,
}

impl Content for ShareForgotten {
    const KIND: &'static str = "share.forgotten";
}

impl Rule for ShareForgotten {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        case.acts(self.member)?;
        let (council, _) = case.council()?;
        let elections = &council.elections;
        let opened = elections.running().filter_map(|(_, election)| election.opened.as_ref());
        let mut teams = opened.map(|opened| &opened.team).chain(elections.team.as_ref());
        let member = self.member;
        if !teams.any(|team| team.able().any(|trustee| trustee == member)) {
            let reason = "they hold no share of a key that is in use";
            return Err(Refusal::author("trustees", format!("member {member}"), reason).into());
        }
        let at = case.at;
        Ok(Ruled {
            effects: Effects::none(),
            clerk: None,
            change: Box::new(move |state| {
                if let Some(council) = &mut state.council {
                    council.elections.lose_share(member, at);
                }
            }),
        })
    }
}
