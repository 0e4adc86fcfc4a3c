//! Kinds that concern who holds which office: rules version 2.

mod acting_named;
mod appointment_confirmed;
mod office_appointed;
mod office_resigned;

pub use acting_named::ActingNamed;
pub use appointment_confirmed::AppointmentConfirmed;
pub use office_appointed::OfficeAppointed;
pub use office_resigned::OfficeResigned;

use crate::case::Case;
use crate::offices::{DAY, Seat};
use crate::refusal::Refusal;
use crate::statutes::{Filling, OfficeArticle};

fn refuse(office: &str, reason: impl Into<String>) -> Refusal {
    Refusal::author("office", format!("the office {office}"), reason)
}

/// The article on an office.
pub(super) fn article<'a>(case: &Case<'a>, office: &str) -> Result<&'a OfficeArticle, Refusal> {
    let (_, articles) = case.council()?;
    articles.office(office).ok_or_else(|| {
        let names: Vec<&str> = articles.offices.iter().map(|article| article.office.as_str()).collect();
        refuse(office, format!("the statutes have no such office; they have {}", names.join(", ")))
    })
}

/// That a member may stand for an office: they have a vote, sit in no seat of it whose term goes on, and have not served too
/// many terms in a row.
pub(super) fn may_stand(case: &Case<'_>, office: &str, member: u32) -> Result<(), Refusal> {
    case.votes(member)?;
    let article = article(case, office)?;
    let (council, _) = case.council()?;
    let ahead = match &article.filling {
        Filling::Election { due_days, .. } => u64::from(*due_days) * DAY,
        Filling::Appointment { .. } => 0,
    };
    let goes_on = |seat: &Seat| {
        seat.holding.as_ref().is_some_and(|held| held.member == member)
            && seat.due_since(ahead, case.at).is_none()
    };
    if council.offices.seats(office).iter().any(goes_on) {
        return Err(refuse(office, format!("member {member} holds a seat of it whose term goes on")));
    }
    is_not_too_long(case, article, member)
}

/// Whether an elected member may take a seat now.
pub(super) fn may_take(case: &Case<'_>, article: &OfficeArticle, member: u32) -> bool {
    may_hold(case, article, member).is_ok()
}

/// The place of a seat that can be filled with this member now.
fn open_seat(case: &Case<'_>, office: &str, member: u32) -> Result<usize, Refusal> {
    let (council, _) = case.council()?;
    council
        .offices
        .open_seat(article(case, office)?, member, case.at)
        .ok_or_else(|| refuse(office, "every seat of it is held"))
}

/// That a member may begin a term: they have a vote, hold no seat of this office, and have not served too many terms in a row.
fn may_hold(case: &Case<'_>, article: &OfficeArticle, member: u32) -> Result<(), Refusal> {
    case.votes(member)?;
    let (council, _) = case.council()?;
    let held = council.offices.seats(&article.office).iter().filter_map(|seat| seat.holding.as_ref());
    if held.into_iter().any(|holding| holding.member == member && case.at < holding.until) {
        return Err(refuse(&article.office, format!("member {member} holds it already")));
    }
    is_not_too_long(case, article, member)
}

/// That another term would not be one too many in a row.
fn is_not_too_long(case: &Case<'_>, article: &OfficeArticle, member: u32) -> Result<(), Refusal> {
    let (council, _) = case.council()?;
    let term = council.offices.next_term(article, member, case.at);
    if article.terms > 0 && term > article.terms {
        let reason = format!(
            "it would be the {term}th term in a row of member {member}, and {} are the most",
            article.terms
        );
        return Err(refuse(&article.office, reason).next("find somebody else, or wait for as long as a term"));
    }
    Ok(())
}
