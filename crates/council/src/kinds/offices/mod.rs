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
use crate::refusal::Refusal;
use crate::statutes::OfficeArticle;

fn refuse(office: &str, reason: impl Into<String>) -> Refusal {
    Refusal::author("office", format!("the office {office}"), reason)
}

/// The article on an office.
fn article<'a>(case: &Case<'a>, office: &str) -> Result<&'a OfficeArticle, Refusal> {
    let (_, articles) = case.council()?;
    articles.office(office).ok_or_else(|| {
        let names: Vec<&str> = articles.offices.iter().map(|article| article.office.as_str()).collect();
        refuse(office, format!("the statutes have no such office; they have {}", names.join(", ")))
    })
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
