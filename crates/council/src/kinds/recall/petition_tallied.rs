//! `petition.tallied`: where signatures are collected in secret, two scrutineers say how many they have seen. The list stays with
//! the clerk, privately, and can be erased; the book has its commitment.

use book::hash::Hash;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::effect::Effect;
use crate::kinds::petitions::{carry_out, effects, not_counted_by_holder, open};
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::Body;
use crate::statutes::Power;

/// The content of `petition.tallied`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionTallied {
    /// The entry that began the petition.
    pub petition: u64,
    /// How many have signed, those of earlier counts included.
    pub signatures: u64,
    /// The commitment to the list ([`crate::body_commitment`]), 64 hexadecimal digits.
    pub list: String,
}

impl Content for PetitionTallied {
    const KIND: &'static str = "petition.tallied";
}

impl Rule for PetitionTallied {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { petition: id, signatures, list } = self;
        case.two_with(Power::Scrutiny, 0)?;
        let petition = open(case, id)?;
        let refuse = |reason: String| Refusal::author("petition", "the count", reason);
        if !petition.is_secret() {
            return Err(refuse(format!("the signatures under the petition of entry {id} are open"))
                .next("count them by number, with `petition.counted`")
                .into());
        }
        not_counted_by_holder(case, petition)?;
        let (council, _) = case.council()?;
        if signatures <= petition.tallied {
            let reason = format!("{} were counted before, and a count only grows", petition.tallied);
            return Err(refuse(reason).into());
        }
        let voters = council.roll.voters(case.at);
        if signatures > voters {
            return Err(refuse(format!("{signatures} signed, and {voters} have a vote")).into());
        }
        let refuse = |reason: &str| Refusal::author("entry-content", "the list", reason);
        let commitment =
            Hash::from_hex(&list).ok_or_else(|| refuse("its commitment is not 64 hexadecimal digits"))?;
        if case.state.bodies.contains_key(&commitment) {
            return Err(refuse("another entry has the same commitment: take a new salt").into());
        }
        // Two sign, so there is a first, who has a number.
        let first = case.signers.first();
        let (author, signer) = first
            .and_then(|first| Some((first.number()?, first.name.clone())))
            .ok_or_else(|| Refusal::author("entry-signers", "the `by` line", "members sign it"))?;
        let (entry, at) = (case.number(), case.at);
        let mut effects = effects(petition, signatures, at);
        effects.0.push(Effect::Body { commitment, signer });
        Ok(Ruled {
            effects,
            clerk: None,
            change: Box::new(move |state| {
                state.bodies.insert(commitment, Body { entry, author });
                let petitions = state.council.as_mut().map(|council| &mut council.petitions);
                if let Some(petition) = petitions.and_then(|petitions| petitions.get_mut(&id)) {
                    petition.tallied = signatures;
                }
                carry_out(state, id, at);
            }),
        })
    }
}
