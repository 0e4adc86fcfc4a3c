//! Kinds by which members ask that a holder give up an office, and the holder answers: rules version 2.

mod holder_stated;
mod petition_tallied;
mod recall_petitioned;

pub use holder_stated::HolderStated;
pub use petition_tallied::PetitionTallied;
pub use recall_petitioned::RecallPetitioned;

use crate::refusal::Refusal;

fn refuse(office: &str, member: u32, reason: impl Into<String>) -> Refusal {
    Refusal::author("recall", format!("the recall of member {member} as {office}"), reason)
}
