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
    /// From when on any member with a vote may do it, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anybody_from: Option<u64>,
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
    /// Enough have signed that a holder be recalled: the vote is to be called.
    HoldRecall {
        /// The office.
        office: String,
        /// Its holder.
        member: u32,
        /// The entry that began the petition.
        entry: u64,
        /// Whether any member with a vote may call it, not only those named.
        anybody: bool,
    },
    /// Trustees are to make a key, so that they stand ready before they are needed.
    FormTrustees,
    /// Nominations are over: the roll is to be frozen.
    FreezeRoll {
        /// The entry that called the election.
        election: u64,
    },
    /// Enrolment is over: scrutineers list the credentials.
    ListCredentials {
        /// The entry that called the election.
        election: u64,
    },
    /// The box is to be opened.
    OpenElection {
        /// The entry that called the election.
        election: u64,
    },
    /// The box is to be closed.
    CloseElection {
        /// The entry that called the election.
        election: u64,
    },
    /// Mixers are to mix.
    MixVotes {
        /// The entry that called the election.
        election: u64,
    },
    /// Trustees are to decrypt.
    DecryptVotes {
        /// The entry that called the election.
        election: u64,
    },
    /// Enough have decrypted: the result is to be declared, by any member.
    DeclareResult {
        /// The entry that called the election.
        election: u64,
    },
    /// A tie is to be decided by lot.
    DrawLot {
        /// The entry that called the election.
        election: u64,
    },
    /// The assembly decides a dispute.
    DecideDispute {
        /// The entry that called the election.
        election: u64,
    },
    /// The elected are to take their seats.
    ConcludeElection {
        /// The entry that called the election.
        election: u64,
    },
    /// Paper ballots are to be counted.
    CountPapers {
        /// The entry that called the election.
        election: u64,
    },
}

impl Duty {
    /// Whether it is one of the steps of an election that any member may take when those who should are late.
    pub(crate) fn is_carried_on(&self) -> bool {
        matches!(
            self,
            Duty::FreezeRoll { .. }
                | Duty::OpenElection { .. }
                | Duty::CloseElection { .. }
                | Duty::ConcludeElection { .. }
                | Duty::DeclareResult { .. }
                | Duty::DrawLot { .. }
        )
    }
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
    view.recalls(&mut due);
    view.elections(&mut due);
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
                due.push(Due {
                    since,
                    what,
                    whom: self.assembly(),
                    rule: "roll.challenge_days",
                    anybody_from: None,
                });
            }
            if let Some(since) = membership.excluded.as_ref().and_then(|exclusion| exclusion.appealed) {
                let what = Duty::DecideAppeal { member };
                due.push(Due {
                    since,
                    what,
                    whom: self.assembly(),
                    rule: "roll.appeal_days",
                    anybody_from: None,
                });
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
            let running = self.council.elections.running().filter(|(_, election)| {
                !election.purpose.is_recall() && election.purpose.office() == article.office
            });
            let surplus = seats.len().saturating_sub(article.seats as usize);
            let found = surplus + waiting + running.map(|(_, election)| election.seats()).sum::<usize>();
            // Seats that are left from earlier statutes are not filled again; and for so many somebody is found already, or looked for.
            let open = open.get(found.min(open.len())..).unwrap_or_default();
            if let Some(since) = open.first() {
                let (office, seats) = (article.office.clone(), open.len() as u32);
                let (what, whom) = match &article.filling {
                    Filling::Election { .. } => {
                        (Duty::HoldElection { office, seats }, self.with(Power::Minutes))
                    }
                    Filling::Appointment { by, .. } => (Duty::Appoint { office, seats }, self.holders(by)),
                };
                due.push(Due { since: *since, what, whom, rule: "offices.filling", anybody_from: None });
            }
            if !article.powers.is_empty() && self.holders(&article.office).is_empty() {
                let since = seats.iter().map(|seat| self.silent_since(seat)).max().unwrap_or(0);
                let what = Duty::NameActing { office: article.office.clone() };
                due.push(Due { since, what, whom: self.assembly(), rule: "acting_days", anybody_from: None });
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
                anybody_from: None,
            });
        }
    }

    fn recalls(&self, due: &mut Vec<Due>) {
        for (entry, recall) in self.council.recalls().filter(|(_, recall)| recall.called.is_none()) {
            let whom = self.with(Power::Minutes);
            let (office, member) = (recall.asked.office.clone(), recall.asked.holder);
            let anybody = recall.is_anybodys(&whom, self.at);
            let what = Duty::HoldRecall { office, member, entry, anybody };
            due.push(Due { since: recall.reached, what, whom, rule: "recall.vote_days", anybody_from: None });
        }
    }

    fn elections(&self, due: &mut Vec<Due>) {
        let article = self.articles.elections.as_ref();
        let elections = &self.council.elections;
        if article.is_some() && !elections.team().is_some_and(crate::elections::Team::can_open) {
            let (since, what, whom) =
                (elections.team_wanted_since, Duty::FormTrustees, self.with(Power::Minutes));
            due.push(Due { since, what, whom, rule: "elections", anybody_from: None });
        }
        let [keepers, scrutineers, tellers, presiding] =
            [Power::Minutes, Power::Scrutiny, Power::Telling, Power::Presiding].map(|power| self.with(power));
        let assembly = self.assembly();
        let whom = crate::elections::due::Whom {
            keepers: &keepers,
            scrutineers: &scrutineers,
            tellers: &tellers,
            presiding: &presiding,
            assembly: &assembly,
        };
        for election in elections.running() {
            due.extend(crate::elections::due::of(election, self.council, article, &whom, self.at));
        }
    }

    /// Since when a seat asks to be filled; none while its term goes on for longer than that takes.
    fn opens(&self, seat: &Seat, article: &OfficeArticle) -> Option<u64> {
        let before = match &article.filling {
            Filling::Election { due_days, .. } => u64::from(*due_days) * DAY,
            Filling::Appointment { .. } => 0,
        };
        seat.due_since(before, self.at)
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
