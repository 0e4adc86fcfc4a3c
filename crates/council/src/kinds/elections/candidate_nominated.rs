//! `candidate.nominated`: a member names somebody, perhaps themselves, for an office. Whoever is named stands when they accept.

use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse};
use crate::case::Case;
use crate::elections::{Candidacy, Phase, Purpose};
use crate::kinds::{Content, Rule, Ruled};
use crate::rules::Halt;

/// The content of `candidate.nominated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateNominated {
    /// The entry that called the election.
    pub election: u64,
    /// Who nominates.
    pub by: u32,
    /// Whom.
    pub member: u32,
}

impl Content for CandidateNominated {
    const KIND: &'static str = "candidate.nominated";
}

impl Rule for CandidateNominated {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, by, member } = self;
        case.acts(by)?;
        case.votes(by)?;
        let election = election(case, id, &[Phase::Called])?;
        if matches!(election.purpose, Purpose::Recall { .. }) {
            return Err(refuse(of(id), "nobody stands in a recall").into());
        }
        if case.at >= election.nominate_until {
            let reason = format!("people could stand until {}", election.nominate_until);
            return Err(refuse(of(id), reason).into());
        }
        case.votes(member)?;
        if election.candidates.contains_key(&member) {
            return Err(refuse(format!("member {member}"), "they are nominated already").into());
        }
        Ok(moved(id, Vec::new(), move |election| {
            election.candidates.insert(member, Candidacy { by, name: None, withdrawn: false });
        }))
    }
}
