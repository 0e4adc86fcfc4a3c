//! No seat without an election, an appointment or the founding; no holder after the term but as acting; no two holders of one
//! seat; nobody in an office who is off the roll or excluded.

use council::{Seat, Tenure};

use super::{Held, View, must};
use crate::ledger::offices::{Chair, Stand, Term};
use crate::ledger::{Ledger, Seen};

pub(super) fn allows(ledger: &Ledger, seen: &Seen<'_>) -> Held {
    let (member, at) = (seen.person("member"), seen.time);
    match seen.kind {
        "office.appointed" => may_sit(ledger, seen.text("office"), member, at),
        "appointment.confirmed" if seen.is("confirmed") => {
            let waiting = ledger.offices.waiting.get(&seen.long("appointment")).ok_or("none waits")?;
            may_sit(ledger, &waiting.office, waiting.member, at)
        }
        "acting.named" => {
            let office = seen.text("office");
            must(ledger.open_chair(office, member, at).is_some(), || "every seat is held".into())?;
            let speaks = ledger.speakers(office, at).contains(&member);
            must(!speaks, || format!("{member} signs for it already"))
        }
        "office.resigned" => {
            let sits = |chair: &Chair| {
                let holds = chair.term.as_ref().is_some_and(|term| term.member == member);
                holds
                    || chair
                        .acting
                        .as_ref()
                        .is_some_and(|acting| acting.member == member && at < acting.until)
            };
            must(ledger.chairs(seen.text("office")).iter().any(sits), || format!("{member} is not in it"))
        }
        _ => Ok(()),
    }
}

fn may_sit(ledger: &Ledger, office: &str, member: u32, at: u64) -> Held {
    let article = ledger.statutes.article(office).ok_or("there is no such office")?;
    let running = |chair: &&Chair| chair.term.as_ref().is_some_and(|term| at < term.until);
    let running: Vec<&Chair> = ledger.chairs(office).iter().filter(running).collect();
    must(running.len() < article.seats, || format!("{} hold its {} seats", running.len(), article.seats))?;
    let sits = running.iter().any(|chair| chair.term.as_ref().is_some_and(|term| term.member == member));
    must(!sits, || format!("{member} holds a seat already"))?;
    let row = ledger.next_row(article, member, at);
    must(article.terms == 0 || row <= article.terms, || format!("the {row}th term of {member} in a row"))
}

pub(super) fn holds(view: &View<'_>) -> Held {
    let View { ledger, at, .. } = view;
    let offices = view.council()?.offices();
    for (office, seats) in offices.all() {
        let chairs = ledger.chairs(office);
        must(seats.len() == chairs.len(), || {
            format!("{office}: {} seats, not {}", seats.len(), chairs.len())
        })?;
        seats.iter().zip(chairs).try_for_each(|(seat, chair)| same(view, office, seat, chair))?;
        let mut holders: Vec<u32> =
            seats.iter().filter_map(|seat| seat.holding.as_ref()).map(|held| held.member).collect();
        holders.sort_unstable();
        must(holders.windows(2).all(|pair| pair[0] != pair[1]), || format!("{office}: one holds two seats"))?;
    }
    let known = ledger.offices.chairs.len();
    must(offices.all().count() == known, || format!("{known} offices in the entries"))?;
    let waiting: Vec<_> = offices
        .appointments()
        .map(|(entry, waiting)| (entry, waiting.office.as_str(), waiting.member, waiting.by, waiting.time))
        .collect();
    let known = ledger.offices.waiting.iter();
    let known: Vec<_> = known
        .map(|(entry, waiting)| (*entry, waiting.office.as_str(), waiting.member, waiting.by, waiting.time))
        .collect();
    must(waiting == known, || format!("waiting {waiting:?}, {known:?} in the entries at {at}"))
}

fn same(view: &View<'_>, office: &str, seat: &Seat, chair: &Chair) -> Held {
    let View { ledger, at, .. } = view;
    let holding = seat.holding.as_ref().map(|held| Term {
        member: held.member,
        since: held.since,
        until: held.until,
        row: held.term.into(),
        entry: held.entry,
    });
    must(holding == chair.term, || format!("{office}: {holding:?}, {:?} by the entries", chair.term))?;
    let acting = seat.acting.as_ref();
    let acting =
        acting.map(|acting| Stand { member: acting.member, until: acting.until, entry: acting.entry });
    must(acting == chair.acting, || format!("{office}: {acting:?}, {:?} by the entries", chair.acting))?;
    for number in [holding.as_ref().map(|term| term.member), acting.as_ref().map(|acting| acting.member)] {
        let belongs = |number| ledger.person(number).is_some_and(|person| person.belongs());
        must(number.is_none_or(belongs), || format!("{office}: {number:?} is off the roll or excluded"))?;
    }
    let mut signers = Vec::new();
    for (member, tenure) in seat.signers(*at, (ledger.statutes.acting / 86_400) as u32) {
        let in_term = chair.term.as_ref().is_some_and(|term| term.member == member && *at < term.until);
        must((tenure == Tenure::Holder) == in_term, || format!("{office}: {member} is {tenure:?}"))?;
        signers.push(member);
    }
    let mut speakers = chair.speakers(*at, ledger.statutes.acting);
    signers.sort_unstable();
    speakers.sort_unstable();
    must(signers == speakers, || format!("{office}: {signers:?} sign, {speakers:?} may"))
}
