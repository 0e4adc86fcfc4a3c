//! `election.closed`: no more ballots; those that count are added up under encryption. Anybody can compute that sum.

use serde::{Deserialize, Serialize};

use super::{article, carried_on, election, moved_with_box, not_open, of, refuse, sized};
use crate::case::Case;
use crate::elections::{Ending, Phase, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `election.closed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionClosed {
    /// The entry that called the election.
    pub election: u64,
    /// The encrypted tally.
    pub tally: BlobRef,
}

impl Content for ElectionClosed {
    const KIND: &'static str = "election.closed";
}

impl Rule for ElectionClosed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, tally } = self;
        let election = election(case, id, &[Phase::Open])?;
        let opening = election.opened.as_ref().ok_or_else(|| not_open(election))?;
        carried_on(case, opening.until)?;
        if case.at < opening.until {
            let reason = format!("ballots are taken until {}", opening.until);
            return Err(refuse(of(id), reason).next("wait until then").into());
        }
        let effects = vec![sized(&tally, "the encrypted tally")?];
        let mut open = (*opened::of(case, id, election)?).clone();
        open.close(&case.blob(&tally)?)?;
        let counted = open.standing.num_tallied();
        // Of none there is nothing to decrypt, whatever the statutes say.
        let too_few = counted < u64::from(article(case)?.least_ballots).max(1);
        let at = case.at;
        Ok(moved_with_box(id, effects, open, move |election| {
            election.counted = counted;
            election.closed = Some((at, tally));
            if too_few {
                election.ended = Some(Ending::TooFewBallots { at });
            }
        }))
    }
}
