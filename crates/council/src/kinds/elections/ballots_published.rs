//! `ballots.published`: the clerk puts ballots into the box, many at once and in the order of their hashes. No member signs it,
//! and nothing in it says who cast what, or when.

use serde::{Deserialize, Serialize};

use super::{election, moved_with_box, sized};
use crate::case::Case;
use crate::elections::{Phase, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::refusal::{Fault, Refusal};
use crate::rules::Halt;

/// The content of `ballots.published`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotsPublished {
    /// The entry that called the election.
    pub election: u64,
    /// How many ballots.
    pub ballots: u64,
    /// The batch.
    pub batch: BlobRef,
}

impl Content for BallotsPublished {
    const KIND: &'static str = "ballots.published";
}

impl Rule for BallotsPublished {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        if !case.signers.is_empty() {
            let reason = "the clerk alone publishes ballots: `by clerk`";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        // Whatever is wrong with it, nobody but the clerk has signed it.
        self.published(case).map_err(|halt| match halt {
            Halt::Refused(refusal) => Halt::Refused(Refusal { whose: Fault::Clerk, ..refusal }),
            stopped @ Halt::Stopped(_) => stopped,
        })
    }
}

impl BallotsPublished {
    fn published(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, ballots, batch } = self;
        let election = election(case, id, &[Phase::Open])?;
        let effects = vec![sized(&batch, "the batch")?];
        let mut open = (*opened::of(case, id, election)?).clone();
        open.publish(case, &election.batches, &case.blob(&batch)?, Some(ballots))?;
        Ok(moved_with_box(id, effects, open, move |election| {
            election.ballots += ballots;
            election.batches.push(batch);
        }))
    }
}
