//! `result.declared`: the trustees' parts open the tally, and the count follows. Anybody can compute it, and any member may record
//! it.

use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse, sized};
use crate::case::Case;
use crate::effect::Effect;
use crate::elections::{Ending, Phase, Purpose, count, opened};
use crate::kinds::{BlobRef, Content, Rule, Ruled, only_signer};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `result.declared`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultDeclared {
    /// The entry that called the election.
    pub election: u64,
    /// What was decrypted: the payload `Result` of an archive.
    pub result: BlobRef,
}

impl Content for ResultDeclared {
    const KIND: &'static str = "result.declared";
}

impl Rule for ResultDeclared {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, result } = self;
        let election = election(case, id, &[Phase::Decrypting])?;
        let (member, _) = only_signer(case.signers, Self::KIND)?;
        case.votes(member)?;
        let mut effects = vec![sized(&result, "the result")?];
        let mut open = (*opened::of(case, id, election)?).clone();
        let opened = open.standing.take_result(&case.blob(&result)?);
        let opened = opened.map_err(|why| Refusal::author("ballot", of(id), why.to_string()))?;
        let answer = opened.result.first().ok_or_else(|| refuse(of(id), "its result has no answer"))?;
        let wrong = |reason: String| refuse(of(id), reason);
        let profile = count::profile(election, answer).map_err(wrong)?;
        let declared = count::declare(election, &profile, case.at).map_err(wrong)?;
        let at = case.at;
        // A recall takes effect at once.
        let recall = match (&election.purpose, declared.recall) {
            (Purpose::Recall { recall, .. }, Some((against, keep))) => Some((*recall, against > keep)),
            _ => None,
        };
        if let (Purpose::Recall { office, member, .. }, Some((_, true))) = (&election.purpose, recall) {
            effects.push(Effect::Vacated { office: office.clone(), member: *member });
        }
        let mut ruled = moved(id, effects, move |election| {
            election.result = Some(result);
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
