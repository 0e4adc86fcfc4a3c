//! `lot.drawn`: a tie that the method leaves is decided by a lot, drawn before witnesses who sign it.

use serde::{Deserialize, Serialize};

use super::{article, election, moved, of, refuse};
use crate::case::Case;
use crate::elections::{Phase, count};
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Power;

/// So many witnesses at least.
const WITNESSES: usize = 2;

/// The content of `lot.drawn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotDrawn {
    /// The entry that called the election.
    pub election: u64,
    /// The tied, by member's number, in the order in which they were drawn: the first is preferred.
    pub order: Vec<u32>,
}

impl Content for LotDrawn {
    const KIND: &'static str = "lot.drawn";
}

impl Rule for LotDrawn {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, order } = self;
        let election = election(case, id, &[Phase::Tied])?;
        let declared = election.declared.as_ref().ok_or_else(|| refuse(of(id), "it has no result yet"))?;
        let late = declared.at.saturating_add(u64::from(article(case)?.late_days) * DAY);
        let by_line = |reason: String| Refusal::author("entry-signers", "the `by` line", reason);
        let asked = || {
            by_line(format!(
                "one signs it in an office with the power `presiding`, then at least {WITNESSES} witnesses, as members; from {late} on any member with a vote in the place of the first"
            ))
        };
        let (first, witnesses) = case.signers.split_first().ok_or_else(asked)?;
        if witnesses.len() < WITNESSES {
            return Err(asked().into());
        }
        // Whoever presides may be one of the tied, or not come.
        if !case.has(first, Power::Presiding)? {
            let number = first.number().filter(|_| first.capacity.is_none() && case.at >= late);
            case.votes(number.ok_or_else(asked)?)?;
        }
        for signer in case.signers {
            let number = signer.number().ok_or_else(asked)?;
            if declared.tied.contains(&number) {
                return Err(by_line(format!("member {number} is one of the tied, and draws no lot")).into());
            }
        }
        for witness in witnesses {
            let number =
                witness.number().filter(|_| witness.capacity.is_none() && witness.name != first.name);
            case.votes(number.ok_or_else(asked)?)?;
        }
        let mut drawn = order.clone();
        drawn.sort_unstable();
        let mut tied = declared.tied.clone();
        tied.sort_unstable();
        if drawn != tied {
            let names: Vec<String> = tied.iter().map(u32::to_string).collect();
            return Err(refuse("the lot", format!("it is drawn among exactly {}", names.join(", "))).into());
        }
        let mut with = election.clone();
        with.lot.extend(&order);
        let wrong = |reason: String| refuse(of(id), reason);
        let profile = super::profile_of(case, election)?;
        let declared = count::declare(&with, &profile, case.at).map_err(wrong)?;
        Ok(moved(id, Vec::new(), move |election| {
            election.lot = with.lot;
            election.declared = Some(declared);
        }))
    }
}
