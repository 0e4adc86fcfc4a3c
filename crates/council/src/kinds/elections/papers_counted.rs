//! `papers.counted`: two tellers have read out every paper ballot, each has written them down, and both sign the same file.

use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse, sized, unconcerned};
use crate::case::Case;
use crate::effect::Effect;
use crate::elections::{Ending, Phase, Purpose, count};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `papers.counted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PapersCounted {
    /// The entry that called the election.
    pub election: u64,
    /// The ballots as a BLT file, its candidates in the order of the question; who only approves or chooses stands there with
    /// those whom they name, in any order.
    pub ballots: BlobRef,
}

impl Content for PapersCounted {
    const KIND: &'static str = "papers.counted";
}

impl Rule for PapersCounted {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, ballots } = self;
        let election = election(case, id, &[Phase::OnPaper])?;
        unconcerned(case, election, Power::Telling, 0)?;
        let mut effects = vec![sized(&ballots, "the ballots")?];
        let wrong = |reason: String| Refusal::author("ballot", "the paper ballots", reason);
        let profile = super::paper_profile(case, election, &ballots)?;
        let voters = election.frozen.as_ref().map_or(0, |frozen| frozen.voters);
        if profile.ballots() > voters {
            let reason = format!("they are {}, and {voters} may vote", profile.ballots());
            return Err(wrong(reason).into());
        }
        let declared =
            count::declare(election, &profile, case.at).map_err(|reason| refuse(of(id), reason))?;
        let at = case.at;
        let recall = match (&election.purpose, declared.recall) {
            (Purpose::Recall { recall, .. }, Some((against, keep))) => Some((*recall, against > keep)),
            _ => None,
        };
        if let (Purpose::Recall { office, member, .. }, Some((_, true))) = (&election.purpose, recall) {
            effects.push(Effect::Vacated { office: office.clone(), member: *member });
        }
        let counted = profile.ballots();
        let mut ruled = moved(id, effects, move |election| {
            if let Some(paper) = &mut election.paper {
                paper.counted = counted;
                paper.ballots = Some(ballots);
            }
            election.declared = Some(declared);
            if recall.is_some() {
                election.ended = Some(Ending::Concluded { at });
            }
        });
        if let Some((recall, recalled)) = recall {
            let before = ruled.change;
            ruled.change = Box::new(move |state| {
                before(state);
                super::recall_takes_effect(state, recall, recalled, at);
            });
        }
        Ok(ruled)
    }
}
