//! `election.moved-to-paper`: trustees failed, or the box cannot be opened: the vote is held on paper, counted in the open.

use serde::{Deserialize, Serialize};

use super::{assembly, election, moved, undecided, words};
use crate::case::Case;
use crate::elections::{OnPaper, Phase};
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `election.moved-to-paper`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedToPaper {
    /// The entry that called the election.
    pub election: u64,
    /// Why, without names: it stays in the book.
    pub reason: String,
}

impl Content for MovedToPaper {
    const KIND: &'static str = "election.moved-to-paper";
}

impl Rule for MovedToPaper {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, reason } = self;
        let before = [Phase::Frozen, Phase::Listed, Phase::Open, Phase::Mixing, Phase::Decrypting];
        let election = election(case, id, &before)?;
        assembly(case, election)?;
        undecided(id, election)?;
        words(&reason, "the reason")?;
        let at = case.at;
        Ok(moved(id, Vec::new(), move |election| {
            election.paper = Some(OnPaper { at, reason, counted: 0, ballots: None })
        }))
    }
}
