//! `candidate.withdrew`: whoever was nominated declines, or stands no more. Until the candidates are fixed.

use serde::{Deserialize, Serialize};

use super::{election, moved, refuse};
use crate::case::Case;
use crate::elections::Phase;
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `candidate.withdrew`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateWithdrew {
    /// The entry that called the election.
    pub election: u64,
    /// Who withdraws.
    pub member: u32,
}

impl Content for CandidateWithdrew {
    const KIND: &'static str = "candidate.withdrew";
}

impl Rule for CandidateWithdrew {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, member } = self;
        case.acts(member)?;
        let election = election(case, id, &[Phase::Called])?;
        match election.candidates.get(&member) {
            None => Err(refuse(format!("member {member}"), "they are not nominated").into()),
            Some(candidacy) if candidacy.withdrawn => {
                Err(refuse(format!("member {member}"), "they have withdrawn already").into())
            }
            Some(_) => Ok(moved(id, Vec::new(), move |election| {
                if let Some(candidacy) = election.candidates.get_mut(&member) {
                    candidacy.withdrawn = true;
                }
            })),
        }
    }
}
