//! What is due by the rules: for whom, since when, by which rule. A function of state and time; nothing is stored.

use serde::Serialize;

use crate::council::Council;
use crate::offices::{DAY, Seat};
use crate::state::State;
use crate::statutes::{Articles, Filling, OfficeArticle, Power};

/// One thing that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Since when: Unix seconds.
    pub since: u64,
    /// What.
    pub what: Duty,
    /// By whom: members, by number, ascending; empty where nobody can, which is itself worth knowing.
    pub whom: Vec<u32>,
    /// By which rule: the article of the statutes.
    pub rule: &'static str,
}

/// What can be due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "duty", rename_all = "kebab-case")]
pub enum Duty {
    /// The assembly decides whether a challenged member belongs.
    DecideChallenge {
        /// Who is challenged.
        member: u32,
        /// By which entry.
        entry: u64,
    },
    /// The assembly hears the appeal of an excluded member.
    DecideAppeal {
        /// Who appeals.
        member: u32,
    },
    /// An office is to be filled by election: a seat is vacant, or a term ends soon or has ended.
    HoldElection {
        /// The office.
        office: String,
        /// How many of its seats.
        seats: u32,
    },
    /// A seat is to be filled by appointment.
    Appoint {
        /// The office.
        office: String,
        /// How many of its seats.
        seats: u32,
    },
    /// An appointment is to be confirmed or refused.
    Confirm {
        /// The office.
        office: String,
        /// Who is appointed.
        member: u32,
        /// By which entry.
        entry: u64,
    },
    /// Nobody may sign for an office: the assembly names somebody who stands in.
    NameActing {
        /// The office.
        office: String,
    },
}

/// Everything that is due at this time, the oldest first. Under rules version 1 nothing ever is.
pub fn due(state: &State, at: u64) -> Vec<Due> {
    let articles = state.statutes().and_then(|statutes| statutes.articles.as_ref());
    let (Some(council), Some(articles)) = (state.council(), articles) else { return Vec::new() };
    let view = View { council, articles, at };
    let mut due = Vec::new();
    view.roll(&mut due);
    view.offices(&mut due);
    view.appointments(&mut due);
    // A stable order for every replica: what is of one age stays in the order of the articles.
    due.sort_by_key(|due| due.since);
    due
}

struct View<'a> {
    council: &'a Council,
    articles: &'a Articles,
    at: u64,
}

impl View<'_> {
    fn roll(&self, due: &mut Vec<Due>) {
        for (member, membership) in self.council.roll.members() {
            if let Some(challenge) = membership.challenged {
                let what = Duty::DecideChallenge { member, entry: challenge.entry };
                let since = challenge.time;
                due.push(Due { since, what, whom: self.assembly(), rule: "roll.challenge_days" });
            }
            if let Some(since) = membership.excluded.as_ref().and_then(|exclusion| exclusion.appealed) {
                let what = Duty::DecideAppeal { member };
                due.push(Due { since, what, whom: self.assembly(), rule: "roll.appeal_days" });
            }
        }
    }

    fn offices(&self, due: &mut Vec<Due>) {
        for article in &self.articles.offices {
            let seats = self.council.offices.seats(&article.office);
            let waiting = self.council.offices.appointments.values();
            let waiting = waiting.filter(|waiting| waiting.office == article.office).count();
            let mut open: Vec<u64> = seats.iter().filter_map(|seat| self.opens(seat, article)).collect();
            open.sort_unstable();
            // Seats that are left from earlier statutes are not filled again; and for so many somebody is found already.
            let surplus = seats.len().saturating_sub(article.seats as usize);
            let open = open.get((surplus + waiting).min(open.len())..).unwrap_or_default();
            if let Some(since) = open.first() {
                let (office, seats) = (article.office.clone(), open.len() as u32);
                let (what, whom) = match &article.filling {
                    Filling::Election { .. } => {
                        (Duty::HoldElection { office, seats }, self.with(Power::Minutes))
                    }
                    Filling::Appointment { by, .. } => (Duty::Appoint { office, seats }, self.holders(by)),
                };
                due.push(Due { since: *since, what, whom, rule: "offices.filling" });
            }
            if !article.powers.is_empty() && self.holders(&article.office).is_empty() {
                let since = seats.iter().map(|seat| self.silent_since(seat)).max().unwrap_or(0);
                let what = Duty::NameActing { office: article.office.clone() };
                due.push(Due { since, what, whom: self.assembly(), rule: "acting_days" });
            }
        }
    }

    fn appointments(&self, due: &mut Vec<Due>) {
        for (entry, waiting) in self.council.offices.appointments() {
            let Some(article) = self.articles.office(&waiting.office) else { continue };
            let Filling::Appointment { confirmed_by: Some(confirms), .. } = &article.filling else {
                continue;
            };
            let what = Duty::Confirm { office: waiting.office.clone(), member: waiting.member, entry };
            due.push(Due {
                since: waiting.time,
                what,
                whom: self.holders(confirms),
                rule: "offices.filling",
            });
        }
    }

    /// Since when a seat asks to be filled; none while its term goes on for longer than that takes.
    fn opens(&self, seat: &Seat, article: &OfficeArticle) -> Option<u64> {
        let before = match &article.filling {
            Filling::Election { due_days, .. } => u64::from(*due_days) * DAY,
            Filling::Appointment { .. } => 0,
        };
        let since = match &seat.holding {
            None => seat.vacant_since,
            Some(holding) => holding.until.saturating_sub(before),
        };
        (since <= self.at).then_some(since)
    }

    /// Since when nobody may sign for a seat: its last holder's time to act on was over or they went, or whoever stood in.
    fn silent_since(&self, seat: &Seat) -> u64 {
        let grace = u64::from(self.articles.acting_days) * DAY;
        let held = seat.holding.as_ref();
        let held = held.map_or(seat.vacant_since, |holding| holding.until.saturating_add(grace));
        seat.acting.as_ref().map_or(held, |acting| held.max(acting.until))
    }

    /// Who may sign in an office's name.
    fn holders(&self, office: &str) -> Vec<u32> {
        let seats = self.council.offices.seats(office).iter();
        let mut whom: Vec<u32> = seats
            .flat_map(|seat| seat.signers(self.at, self.articles.acting_days))
            .map(|(member, _)| member)
            .collect();
        whom.sort_unstable();
        whom.dedup();
        whom
    }

    fn with(&self, power: Power) -> Vec<u32> {
        let offices = self.articles.offices.iter().filter(|article| article.powers.contains(&power));
        let mut whom: Vec<u32> = offices.flat_map(|article| self.holders(&article.office)).collect();
        whom.sort_unstable();
        whom.dedup();
        whom
    }

    /// Those who sign what the assembly decides.
    fn assembly(&self) -> Vec<u32> {
        let mut whom = self.with(Power::Presiding);
        whom.extend(self.with(Power::Minutes));
        whom.sort_unstable();
        whom.dedup();
        whom
    }
}
