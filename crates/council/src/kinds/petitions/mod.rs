//! Kinds by which members ask for something with their signatures: rules version 2.

mod petition_counted;
mod petition_signed;
mod statutes_proposed;

pub use petition_counted::PetitionCounted;
pub use petition_signed::PetitionSigned;
pub use statutes_proposed::StatutesProposed;

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::petitions::{Petition, Purpose};
use crate::refusal::Refusal;
use crate::state::State;

/// A petition that can be signed now.
fn open<'a>(case: &Case<'a>, id: u64) -> Result<&'a Petition, Refusal> {
    let refuse = |reason: String| Refusal::author("petition", format!("the petition of entry {id}"), reason);
    let (council, _) = case.council()?;
    let petition = council.petitions.get(&id).ok_or_else(|| refuse("it is not open".into()))?;
    if case.at >= petition.until {
        return Err(refuse(format!("it could be signed until {}", petition.until)));
    }
    Ok(petition)
}

/// What follows when these have signed, too.
fn effects(petition: &Petition, more: usize) -> Effects {
    let reached = (petition.signed.len() + more) as u64 >= petition.needed;
    match &petition.purpose {
        Purpose::Statutes(_) if reached => Effects::one(Effect::NewStatutes),
        Purpose::Statutes(_) => Effects::none(),
    }
}

/// Adds signatures, and carries out what the petition asks for when there are enough.
fn sign(state: &mut State, id: u64, members: &[u32], at: u64) {
    let Some(council) = &mut state.council else { return };
    let Some(petition) = council.petitions.get_mut(&id) else { return };
    petition.signed.extend(members);
    if (petition.signed.len() as u64) < petition.needed {
        return;
    }
    let Some(petition) = council.petitions.remove(&id) else { return };
    match petition.purpose {
        Purpose::Statutes(statutes) => {
            if let Some(articles) = &statutes.articles {
                council.offices.arrange(&articles.offices, at);
            }
            state.statutes = Some(*statutes);
        }
    }
}

/// Petitions whose time is over are forgotten when another one begins.
fn forget(state: &mut State, at: u64) {
    if let Some(council) = &mut state.council {
        council.petitions.retain(|_, petition| at < petition.until);
    }
}
