//! `votes.decrypted`: a trustee has opened their part of the tally.

use serde::{Deserialize, Serialize};

use super::{election, moved_with_box, refuse, sized, trustee};
use crate::case::Case;
use crate::elections::{Decrypted, Phase, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `votes.decrypted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VotesDecrypted {
    /// The entry that called the election.
    pub election: u64,
    /// The partial decryption.
    pub decryption: BlobRef,
    /// Its strong proof.
    pub strong: BlobRef,
}

impl Content for VotesDecrypted {
    const KIND: &'static str = "votes.decrypted";
}

impl Rule for VotesDecrypted {
    /// Whoever excludes trustees cannot keep a box shut.
    const IS_FOR_EXCLUDED: bool = true;

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, decryption, strong } = self;
        let election = election(case, id, &[Phase::Decrypting])?;
        let (member, owner) = trustee(case, election)?;
        if election.decryptions.iter().any(|part| part.owner == owner) {
            return Err(refuse(format!("member {member}"), "they have decrypted already").into());
        }
        let effects =
            vec![sized(&decryption, "the partial decryption")?, sized(&strong, "the strong proof")?];
        let mut open = (*opened::of(case, id, election)?).clone();
        open.decrypt(case, owner, &case.blob(&decryption)?, &case.blob(&strong)?)?;
        Ok(moved_with_box(id, effects, open, move |election| {
            election.decryptions.push(Decrypted { owner, decryption, strong });
        }))
    }
}
