//! `result.disputed`: a member disputes a result before anybody takes a seat by it.

use serde::{Deserialize, Serialize};

use super::{article, election, moved, of, refuse, words};
use crate::case::Case;
use crate::elections::{Dispute, Phase};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::rules::Halt;

/// The content of `result.disputed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultDisputed {
    /// The entry that called the election.
    pub election: u64,
    /// Who disputes.
    pub member: u32,
    /// Why, without names: it stays in the book.
    pub reason: String,
}

impl Content for ResultDisputed {
    const KIND: &'static str = "result.disputed";
}

impl Rule for ResultDisputed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, member, reason } = self;
        case.acts(member)?;
        case.votes(member)?;
        words(&reason, "the reason")?;
        let election = election(case, id, &[Phase::Declared, Phase::Disputed])?;
        let declared = election.declared.as_ref().ok_or_else(|| refuse(of(id), "it has no result yet"))?;
        let until = declared.at.saturating_add(u64::from(article(case)?.dispute_days) * DAY);
        if case.at >= until {
            return Err(refuse(of(id), format!("its result could be disputed until {until}")).into());
        }
        if election.disputes.iter().any(|dispute| dispute.by == member) {
            return Err(refuse(format!("member {member}"), "their dispute waits already").into());
        }
        let (entry, at) = (case.number(), case.at);
        Ok(moved(id, Vec::new(), move |election| election.disputes.push(Dispute { entry, by: member, at })))
    }
}
