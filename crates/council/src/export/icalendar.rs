//! iCalendar (RFC 5545): the deadlines that follow from the entries so far.

use crate::calendar::Moment;
use crate::offices::DAY;
use crate::state::State;
use crate::statutes::Filling;

/// A line has at most so many octets before it is folded.
const OCTETS: usize = 75;

struct Event {
    id: String,
    at: u64,
    what: String,
}

/// The council's calendar: ends of terms, elections that become due, last days of challenges, appeals, petitions, slips.
pub fn icalendar(state: &State) -> String {
    let mut text = String::new();
    let mut line = |content: &str| fold(&mut text, content);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Cabildo//minute book//EN");
    line(&format!("NAME:{}", escaped(state.name())));
    for event in events(state) {
        line("BEGIN:VEVENT");
        line(&format!("UID:{}@{}.cabildo", event.id, state.book()));
        line(&format!("DTSTAMP:{}", Moment::of(state.time()).compact()));
        line(&format!("DTSTART:{}", Moment::of(event.at).compact()));
        line(&format!("SUMMARY:{}", escaped(&event.what)));
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    text
}

fn events(state: &State) -> Vec<Event> {
    let articles = state.statutes().and_then(|statutes| statutes.articles.as_ref());
    let (Some(council), Some(articles)) = (state.council(), articles) else { return Vec::new() };
    let mut events = Vec::new();
    let mut add = |id: String, at: u64, what: String| events.push(Event { id, at, what });
    for article in &articles.offices {
        let office = &article.office;
        for (place, seat) in council.offices().seats(office).iter().enumerate() {
            let place = place + 1;
            if let Some(held) = &seat.holding {
                let member = held.member;
                let id = format!("term-{office}-{place}-{}", held.entry);
                add(id, held.until, format!("Term of member {member} as {office} ends"));
                if let Filling::Election { due_days, .. } = &article.filling {
                    let since = held.until.saturating_sub(u64::from(*due_days) * DAY);
                    let id = format!("election-{office}-{place}-{}", held.entry);
                    add(id, since, format!("Election of {office} is due"));
                }
            }
            if let Some(acting) = &seat.acting {
                let id = format!("acting-{office}-{place}-{}", acting.entry);
                add(id, acting.until, format!("Member {} no longer acts as {office}", acting.member));
            }
        }
    }
    for (member, membership) in council.roll().members() {
        if membership.votes_from > state.time() {
            let what = format!("Member {member} can no longer be challenged, and has a vote");
            add(format!("vote-{member}-{}", membership.since), membership.votes_from, what);
        }
        if let Some(exclusion) = &membership.excluded
            && exclusion.appealed.is_none()
            && !exclusion.upheld
        {
            let what = format!("Last moment for member {member} to appeal");
            add(format!("appeal-{}", exclusion.entry), exclusion.appeal_until, what);
        }
    }
    for (member, slip) in council.roll().slips() {
        add(format!("slip-{member}-{}", slip.entry), slip.until, format!("The slip of {member} ends"));
    }
    for (entry, petition) in council.petitions() {
        let what = format!(
            "The petition of entry {entry} ends ({} of {} have signed)",
            petition.count(),
            petition.needed
        );
        add(format!("petition-{entry}"), petition.until, what);
    }
    for (entry, recall) in council.recalls().filter(|(_, recall)| recall.called.is_none()) {
        let (member, office) = (recall.asked.holder, &recall.asked.office);
        let what = format!("Last day to call the vote on the recall of member {member} as {office}");
        add(format!("recall-{entry}"), recall.vote_by(), what);
    }
    events.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    events
}

/// A text value (section 3.3.11).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Appends a content line (section 3.1): at most 75 octets, going on in the next after a space, never within a character.
fn fold(text: &mut String, content: &str) {
    let mut used = 0;
    for character in content.chars() {
        if used + character.len_utf8() > OCTETS {
            text.push_str("\r\n ");
            used = 1;
        }
        text.push(character);
        used += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_in_the_next() {
        let mut text = String::new();
        fold(&mut text, &format!("NAME:{}", "ñ".repeat(60)));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [75, 51, 0]);
        assert!(lines[1].starts_with(" ñ"));
        assert_eq!(text.replace("\r\n ", ""), format!("NAME:{}\r\n", "ñ".repeat(60)));
        assert_eq!(escaped("a, b; c\\d"), "a\\, b\\; c\\\\d");
    }
}
