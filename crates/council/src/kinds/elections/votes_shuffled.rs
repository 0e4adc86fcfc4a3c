//! `votes.shuffled`: a trustee whom the call names has mixed the ranked votes.

use serde::{Deserialize, Serialize};

use super::{election, moved_with_box, refuse, sized, trustee};
use crate::case::Case;
use crate::elections::{Phase, Shuffled, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `votes.shuffled`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VotesShuffled {
    /// The entry that called the election.
    pub election: u64,
    /// The shuffle, with its proof.
    pub shuffle: BlobRef,
}

impl Content for VotesShuffled {
    const KIND: &'static str = "votes.shuffled";
}

impl Rule for VotesShuffled {
    /// Whoever excludes trustees cannot keep a box shut.
    const IS_FOR_EXCLUDED: bool = true;

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, shuffle } = self;
        let election = election(case, id, &[Phase::Mixing])?;
        let (member, owner) = trustee(case, election)?;
        if !election.mixers_to_come().any(|mixer| mixer == member) {
            let reason = "the call does not name them as a mixer, or they have mixed";
            return Err(refuse(format!("member {member}"), reason).into());
        }
        let effects = vec![sized(&shuffle, "the shuffle")?];
        let mut open = (*opened::of(case, id, election)?).clone();
        open.shuffle(case, owner, &case.blob(&shuffle)?)?;
        Ok(moved_with_box(id, effects, open, move |election| {
            election.shuffles.push(Shuffled { owner, shuffle });
        }))
    }
}
