//! `dispute.decided`: the assembly lets a result stand, or annuls it.

use serde::{Deserialize, Serialize};

use super::{assembly, election, moved, refuse};
use crate::case::Case;
use crate::elections::{Ending, Phase};
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `dispute.decided`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputeDecided {
    /// The entry that called the election.
    pub election: u64,
    /// The entry that disputed its result.
    pub dispute: u64,
    /// Whether the result stands.
    pub stands: bool,
}

impl Content for DisputeDecided {
    const KIND: &'static str = "dispute.decided";
}

impl Rule for DisputeDecided {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, dispute, stands } = self;
        let election = election(case, id, &[Phase::Disputed])?;
        assembly(case, election)?;
        if !election.disputes.iter().any(|waiting| waiting.entry == dispute) {
            return Err(refuse(format!("the dispute of entry {dispute}"), "it does not wait").into());
        }
        let at = case.at;
        Ok(moved(id, Vec::new(), move |election| {
            election.disputes.retain(|waiting| waiting.entry != dispute);
            if !stands {
                election.ended = Some(Ending::Annulled { at });
            }
        }))
    }
}
