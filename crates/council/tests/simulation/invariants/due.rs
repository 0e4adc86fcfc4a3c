//! Everything due is listed, and nothing else: for the right people, since the right time.

use council::{Duty, due};

use super::{Held, View, must};
use crate::ledger::Ledger;
use crate::ledger::offices::Chair;
use crate::ledger::statutes::{Article, Filling};

/// What, since when, for whom.
type Item = (String, u64, Vec<u32>);

pub(super) fn holds(view: &View<'_>) -> Held {
    let listed = due(view.state, view.at);
    must(listed.windows(2).all(|pair| pair[0].since <= pair[1].since), || "not the oldest first".into())?;
    // Elections and recalls are not played here: that no trustees stand ready is said, and nothing else of them.
    let played = |due: &council::Due| due.what != Duty::FormTrustees;
    let mut listed: Vec<Item> =
        listed.into_iter().filter(played).map(|due| (word(&due.what), due.since, due.whom)).collect();
    let mut expected = expected(view.ledger, view.at);
    listed.sort();
    expected.sort();
    must(listed == expected, || {
        let missing: Vec<_> = expected.iter().filter(|item| !listed.contains(item)).collect();
        let more: Vec<_> = listed.iter().filter(|item| !expected.contains(item)).collect();
        format!("not listed: {missing:?}; listed: {more:?}")
    })
}

fn word(what: &Duty) -> String {
    match what {
        Duty::DecideChallenge { member, entry } => format!("decide on {member}, challenged by {entry}"),
        Duty::DecideAppeal { member } => format!("hear {member}"),
        Duty::HoldElection { office, seats } => format!("elect {seats} {office}"),
        Duty::Appoint { office, seats } => format!("appoint {seats} {office}"),
        Duty::Confirm { office, member, entry } => format!("confirm {member} as {office}, by {entry}"),
        Duty::NameActing { office } => format!("somebody acts as {office}"),
        other => format!("{other:?}"),
    }
}

fn with(ledger: &Ledger, powers: &[&str], at: u64) -> Vec<u32> {
    let who = powers.iter().flat_map(|power| ledger.empowered(power, at));
    sorted(who.map(|(member, _)| member).collect())
}

fn sorted(mut who: Vec<u32>) -> Vec<u32> {
    who.sort_unstable();
    who.dedup();
    who
}

/// By the entries alone.
fn expected(ledger: &Ledger, at: u64) -> Vec<Item> {
    let assembly = with(ledger, &["presiding", "minutes"], at);
    let mut due = Vec::new();
    for (number, person) in ledger.people.iter().filter(|(_, person)| person.on_roll) {
        if let Some((entry, since)) = person.challenged {
            due.push((format!("decide on {number}, challenged by {entry}"), since, assembly.clone()));
        }
        if let Some(since) = person.excluded.as_ref().and_then(|excluded| excluded.appealed) {
            due.push((format!("hear {number}"), since, assembly.clone()));
        }
    }
    for article in &ledger.statutes.offices {
        let office = &article.office;
        due.extend(to_fill(ledger, article, at));
        if !article.powers.is_empty() && ledger.speakers(office, at).is_empty() {
            let silent = |chair: &Chair| chair.silent_from(ledger.statutes.acting);
            let since = ledger.chairs(office).iter().map(silent).max().unwrap_or(0);
            due.push((format!("somebody acts as {office}"), since, assembly.clone()));
        }
    }
    for (entry, waiting) in &ledger.offices.waiting {
        let article = ledger.statutes.article(&waiting.office);
        if let Some(Filling::Appointment { confirmed_by: Some(office), .. }) =
            article.map(|article| &article.filling)
        {
            let what = format!("confirm {} as {}, by {entry}", waiting.member, waiting.office);
            due.push((what, waiting.time, ledger.speakers(office, at)));
        }
    }
    due
}

/// That an office's seats are to be filled.
fn to_fill(ledger: &Ledger, article: &Article, at: u64) -> Option<Item> {
    let office = &article.office;
    let (verb, before, whom) = match &article.filling {
        Filling::Election { before } => ("elect", *before, with(ledger, &["minutes"], at)),
        Filling::Appointment { by, .. } => ("appoint", 0, ledger.speakers(by, at)),
    };
    let mut since: Vec<u64> = ledger
        .chairs(office)
        .iter()
        .map(|chair| chair.term.as_ref().map_or(chair.empty_since, |term| term.until - before))
        .filter(|since| *since <= at)
        .collect();
    since.sort_unstable();
    let waiting = ledger.offices.waiting.values().filter(|waiting| waiting.office == *office).count();
    // Of seats that are left from earlier statutes only so many are filled again as the new ones have.
    let left_over = ledger.chairs(office).len() - article.seats;
    let open = since.get(waiting + left_over..)?;
    Some((format!("{verb} {} {office}", open.len()), *open.first()?, whom))
}
