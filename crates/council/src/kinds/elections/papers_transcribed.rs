//! `papers.transcribed`: two tellers have put paper ballots into the box, with credentials printed for that. They count with all
//! others.

use serde::{Deserialize, Serialize};

use super::{election, moved, refuse, unconcerned};
use crate::case::Case;
use crate::elections::Phase;
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `papers.transcribed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PapersTranscribed {
    /// The entry that called the election.
    pub election: u64,
    /// How many paper ballots they have put into the box.
    pub papers: u64,
    /// How many were void: nothing was cast for those.
    pub spoiled: u64,
}

impl Content for PapersTranscribed {
    const KIND: &'static str = "papers.transcribed";
}

impl Rule for PapersTranscribed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, papers, spoiled } = self;
        let election = election(case, id, &[Phase::Open])?;
        unconcerned(case, election, Power::Telling, 0)?;
        let slips = election.lists.as_ref().map_or(0, |lists| lists.counts.1);
        let all = election.papers.saturating_add(papers).saturating_add(spoiled);
        if papers.saturating_add(spoiled) == 0 || all > slips {
            let reason = format!("they would be {all} in all, and credentials were printed for {slips}");
            return Err(refuse("the paper ballots", reason).into());
        }
        Ok(moved(id, Vec::new(), move |election| election.papers = all))
    }
}
