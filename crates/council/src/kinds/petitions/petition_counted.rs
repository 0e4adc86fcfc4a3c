//! `petition.counted`: two scrutineers count signatures on paper under a petition. Whoever signed on paper and by phone counts
//! once.

use serde::{Deserialize, Serialize};

use super::{effects, not_counted_by_holder, open_by_name, sign};
use crate::case::Case;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Power;

/// So many signatures in one entry at most.
const MEMBERS_LIMIT: usize = 5000;

/// The content of `petition.counted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionCounted {
    /// The entry that began the petition.
    pub petition: u64,
    /// Who signed on paper, by number, ascending.
    pub members: Vec<u32>,
}

impl Content for PetitionCounted {
    const KIND: &'static str = "petition.counted";
}

impl Rule for PetitionCounted {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { petition: id, members } = self;
        case.two_with(Power::Scrutiny, 0)?;
        let petition = open_by_name(case, id)?;
        not_counted_by_holder(case, petition)?;
        let ascending = members.windows(2).all(|pair| pair[0] < pair[1]);
        if members.is_empty() || members.len() > MEMBERS_LIMIT || !ascending {
            let reason = format!("there is none, there are more than {MEMBERS_LIMIT}, or they do not ascend");
            return Err(Refusal::author("petition", "the signatures", reason).into());
        }
        for member in &members {
            case.votes(*member)?;
        }
        let new = members.iter().filter(|member| !petition.signed.contains(member)).count();
        let at = case.at;
        Ok(Ruled {
            effects: effects(petition, petition.count() + new as u64, at),
            clerk: None,
            change: Box::new(move |state| sign(state, id, &members, at)),
        })
    }
}
