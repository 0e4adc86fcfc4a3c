//! `election.annulled`: the assembly calls an election off before it has a result. A recall cannot be called off.

use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse, undecided, words};
use crate::case::Case;
use crate::elections::{Ending, Phase};
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `election.annulled`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionAnnulled {
    /// The entry that called the election.
    pub election: u64,
    /// Why, without names: it stays in the book.
    pub reason: String,
}

impl Content for ElectionAnnulled {
    const KIND: &'static str = "election.annulled";
}

impl Rule for ElectionAnnulled {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, reason } = self;
        case.assembly()?;
        words(&reason, "the reason")?;
        let before = [
            Phase::Called,
            Phase::Frozen,
            Phase::Listed,
            Phase::Open,
            Phase::Mixing,
            Phase::Decrypting,
            Phase::OnPaper,
        ];
        let election = election(case, id, &before)?;
        if election.purpose.is_recall() {
            return Err(refuse(of(id), "a recall that members asked for is held").into());
        }
        undecided(id, election)?;
        let at = case.at;
        Ok(moved(id, Vec::new(), move |election| election.ended = Some(Ending::Annulled { at })))
    }
}
