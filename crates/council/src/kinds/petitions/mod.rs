//! Kinds by which members ask for something with their signatures: rules version 2.

mod petition_counted;
mod petition_signed;
mod statutes_proposed;

pub use petition_counted::PetitionCounted;
pub use petition_signed::PetitionSigned;
pub use statutes_proposed::StatutesProposed;

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::offices::DAY;
use crate::petitions::{Petition, Purpose};
use crate::refusal::Refusal;
use crate::state::State;

/// One member has at most so many petitions open.
const OPEN_LIMIT: usize = 3;

/// A petition that can be signed now.
pub(super) fn open<'a>(case: &Case<'a>, id: u64) -> Result<&'a Petition, Refusal> {
    let refuse = |reason: String| Refusal::author("petition", format!("the petition of entry {id}"), reason);
    let (council, _) = case.council()?;
    let petition = council.petitions.get(&id).ok_or_else(|| refuse("it is not open".into()))?;
    if case.at >= petition.until {
        return Err(refuse(format!("it could be signed until {}", petition.until)));
    }
    Ok(petition)
}

/// A petition that can be signed now by name.
fn open_by_name<'a>(case: &Case<'a>, id: u64) -> Result<&'a Petition, Refusal> {
    let petition = open(case, id)?;
    if petition.is_secret() {
        let reason = "its signatures are collected in secret, and no name is written into the book";
        return Err(Refusal::author("petition", format!("the petition of entry {id}"), reason)
            .next("sign the list that the scrutineers keep: they record the count with `petition.tallied`"));
    }
    Ok(petition)
}

/// That nobody counts the signatures for their own recall.
pub(super) fn not_counted_by_holder(case: &Case<'_>, petition: &Petition) -> Result<(), Refusal> {
    let Purpose::Recall(asked) = &petition.purpose else { return Ok(()) };
    if case.signers.iter().any(|signer| signer.number() == Some(asked.holder)) {
        let reason = format!("member {} does not count signatures for their own recall", asked.holder);
        return Err(
            Refusal::author("entry-signers", "the `by` line", reason).next("two other scrutineers count")
        );
    }
    Ok(())
}

/// That a member may begin another petition.
pub(super) fn may_begin(case: &Case<'_>, member: u32) -> Result<(), Refusal> {
    let (council, _) = case.council()?;
    let open = council.petitions.values().filter(|open| case.at < open.until && open.by == member);
    if open.count() >= OPEN_LIMIT {
        let reason = format!("{OPEN_LIMIT} petitions that they began are open");
        return Err(Refusal::author("petition", format!("member {member}"), reason)
            .next("wait until one of them is over"));
    }
    Ok(())
}

/// What follows when so many have signed.
pub(super) fn effects(petition: &Petition, count: u64, at: u64) -> Effects {
    if count < petition.needed {
        return Effects::none();
    }
    match &petition.purpose {
        Purpose::Statutes(_) => Effects::one(Effect::NewStatutes),
        Purpose::Recall(asked) => Effects(vec![
            Effect::RecallDue { office: asked.office.clone(), member: asked.holder },
            Effect::Wake { at: at.saturating_add(u64::from(asked.vote_days) * DAY) },
        ]),
    }
}

/// Adds signatures, and carries out what the petition asks for when there are enough.
pub(super) fn sign(state: &mut State, id: u64, members: &[u32], at: u64) {
    let Some(council) = &mut state.council else { return };
    let Some(petition) = council.petitions.get_mut(&id) else { return };
    petition.signed.extend(members);
    carry_out(state, id, at);
}

/// Carries out what a petition asks for, if enough have signed.
pub(super) fn carry_out(state: &mut State, id: u64, at: u64) {
    let Some(council) = &mut state.council else { return };
    if council.petitions.get(&id).is_none_or(|petition| petition.count() < petition.needed) {
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
        Purpose::Recall(asked) => council.recall_reached(id, *asked, at),
    }
}

/// Petitions whose time is over are forgotten when another one begins.
pub(super) fn forget(state: &mut State, at: u64) {
    if let Some(council) = &mut state.council {
        council.petitions.retain(|_, petition| at < petition.until);
    }
}
