//! Tables for spreadsheets: CSV (RFC 4180). Names are quoted where they must be; the other cells are
//! numbers, dates and words of the statutes.

use std::fmt::Write;

use crate::calendar::Moment;
use crate::offices::Tenure;
use crate::roll::Standing;
use crate::state::State;

/// The roll: number, standing, from when on a vote, whether with a device.
pub fn roll(state: &State, at: u64) -> String {
    let mut table = String::from("member,standing,votes_from,device\r\n");
    let Some(council) = state.council() else {
        for (number, _) in state.members() {
            let _ = write!(table, "{number},voting,,yes\r\n");
        }
        return table;
    };
    for (number, membership) in council.roll().members() {
        let standing = match membership.standing(at) {
            Standing::Voting => "voting",
            Standing::New { .. } => "new",
            Standing::Challenged => "challenged",
            Standing::Excluded => "excluded",
        };
        let from =
            if membership.votes_from == 0 { String::new() } else { Moment::of(membership.votes_from).date() };
        let device = if state.member(number).is_some() { "yes" } else { "no" };
        let _ = write!(table, "{number},{standing},{from},{device}\r\n");
    }
    table
}

/// The offices: office, seat, who may sign for it and how, since when, until when. A seat for which nobody signs has an empty
/// member.
pub fn offices(state: &State, at: u64) -> String {
    let mut table = String::from("office,seat,member,how,since,until\r\n");
    for (office, member) in state.holders() {
        let _ = write!(table, "{office},1,{member},holder,,\r\n");
    }
    let articles = state.statutes().and_then(|statutes| statutes.articles.as_ref());
    let (Some(council), Some(articles)) = (state.council(), articles) else { return table };
    for article in &articles.offices {
        for (place, seat) in council.offices().seats(&article.office).iter().enumerate() {
            let (office, place) = (&article.office, place + 1);
            let mut signers = seat.signers(at, articles.acting_days).peekable();
            if signers.peek().is_none() {
                let _ = write!(table, "{office},{place},,vacant,,\r\n");
            }
            for (member, tenure) in signers {
                let date = |time: Option<u64>| time.map(|time| Moment::of(time).date()).unwrap_or_default();
                let holding = seat.holding.as_ref();
                let (how, since, until) = match tenure {
                    Tenure::Holder => {
                        ("holder", holding.map(|held| held.since), holding.map(|held| held.until))
                    }
                    Tenure::Overdue => {
                        ("overdue", holding.map(|held| held.since), holding.map(|held| held.until))
                    }
                    Tenure::Acting => ("acting", None, seat.acting.as_ref().map(|acting| acting.until)),
                };
                let _ = write!(table, "{office},{place},{member},{how},{},{}\r\n", date(since), date(until));
            }
        }
    }
    table
}

/// The sums of an election by choosing or approving: who stands, and how many votes each has. Those who chose nobody stand in a line
/// without a name.
pub fn totals(profile: &count::Profile) -> String {
    let mut sums = vec![0_u64; profile.candidates.len()];
    let mut nobody = 0;
    for group in &profile.groups {
        let named: Vec<usize> = match &group.vote {
            count::Vote::Approved(list) => list.clone(),
            count::Vote::Ranked(tiers) => tiers.iter().flatten().copied().collect(),
            count::Vote::Graded(_) => Vec::new(),
        };
        if named.is_empty() {
            nobody += group.count;
        }
        for candidate in named {
            if let Some(sum) = sums.get_mut(candidate) {
                *sum += group.count;
            }
        }
    }
    let mut table = String::from("candidate,votes\r\n");
    for (name, sum) in profile.candidates.iter().zip(sums) {
        let _ = write!(table, "{},{sum}\r\n", cell(name));
    }
    if nobody > 0 {
        let _ = write!(table, ",{nobody}\r\n");
    }
    table
}

fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
