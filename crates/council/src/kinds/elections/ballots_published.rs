//! `ballots.published`: the clerk puts ballots into the box, many at once and in the order of their hashes. No member signs it,
//! and nothing in it says who cast what, or when.

use serde::{Deserialize, Serialize};

use super::{election, moved_with_box, refuse, sized};
use crate::case::Case;
use crate::elections::batch::BYTES_LIMIT;
use crate::elections::{Phase, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::refusal::Refusal;
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
        let Self { election: id, ballots, batch } = self;
        if !case.signers.is_empty() {
            let reason = "the clerk alone publishes ballots: `by clerk`";
            return Err(Refusal::author("entry-signers", "the `by` line", reason).into());
        }
        let election = election(case, id, &[Phase::Open])?;
        let effects = vec![sized(&batch, "the batch")?];
        if batch.size > BYTES_LIMIT {
            return Err(refuse("the batch", "it is larger than 64 MiB").into());
        }
        let mut open = (*opened::of(case, id, election)?).clone();
        let found = open.publish(case, &election.batches, &case.blob(&batch)?)? as u64;
        if found != ballots {
            let reason = format!("it has {found} ballots, and the entry says {ballots}");
            return Err(Refusal::clerk("ballot", "the batch", reason).into());
        }
        Ok(moved_with_box(id, effects, open, move |election| {
            election.ballots += ballots;
            election.batches.push(batch);
        }))
    }
}
