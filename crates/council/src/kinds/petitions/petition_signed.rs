//! `petition.signed`: a member signs a petition, openly.

use serde::{Deserialize, Serialize};

use super::{effects, open_by_name, sign};
use crate::case::Case;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `petition.signed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionSigned {
    /// The entry that began the petition.
    pub petition: u64,
    /// Who signs it.
    pub member: u32,
}

impl Content for PetitionSigned {
    const KIND: &'static str = "petition.signed";
}

impl Rule for PetitionSigned {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { petition: id, member } = self;
        case.acts(member)?;
        case.votes(member)?;
        let petition = open_by_name(case, id)?;
        if petition.signed.contains(&member) {
            let reason = format!("they have signed the petition of entry {id} already");
            return Err(Refusal::author("petition", format!("member {member}"), reason).into());
        }
        let at = case.at;
        Ok(Ruled {
            effects: effects(petition, petition.count() + 1, at),
            clerk: None,
            change: Box::new(move |state| sign(state, id, &[member], at)),
        })
    }
}
