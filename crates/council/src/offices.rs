//! Who holds which office until when. From rules version 2 on.
//!
//! Nothing here happens by itself: that a term is over follows from the time at which one asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::statutes::OfficeArticle;

/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// One who holds a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// The member.
    pub member: u32,
    /// When the term began.
    pub since: u64,
    /// When it ends.
    pub until: u64,
    /// Which of their terms in a row it is, from 1.
    pub term: u32,
    /// The entry by which they hold it.
    pub entry: u64,
}

/// One who stands in for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acting {
    /// The member.
    pub member: u32,
    /// Until when at most.
    pub until: u64,
    /// The entry that named them.
    pub entry: u64,
}

/// One seat of an office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Its holder; none while it is vacant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding: Option<Holding>,
    /// Who stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Acting>,
    /// When it became vacant; of no meaning while it is held.
    pub vacant_since: u64,
}

/// How somebody acts in an office at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenure {
    /// Within their term.
    Holder,
    /// Their term is over and nobody has followed: they act on, for so long as the statutes allow.
    Overdue,
    /// Named by the assembly for a while.
    Acting,
}

impl Seat {
    /// Who may sign for it at this time, and how: its holder, or one who stands in.
    pub fn signers(&self, at: u64, acting_days: u32) -> impl Iterator<Item = (u32, Tenure)> {
        let grace = u64::from(acting_days) * DAY;
        let stands_in = self.acting.as_ref().filter(|acting| at < acting.until);
        let holder = self.holding.as_ref().and_then(|holding| {
            if at < holding.until {
                Some((holding.member, Tenure::Holder))
            } else if at < holding.until.saturating_add(grace) && stands_in.is_none() {
                Some((holding.member, Tenure::Overdue))
            } else {
                None
            }
        });
        holder.into_iter().chain(stands_in.map(|acting| (acting.member, Tenure::Acting)))
    }

    /// Whether it can be filled: nobody holds it, or the term is over.
    pub fn is_open(&self, at: u64) -> bool {
        self.holding.as_ref().is_none_or(|holding| at >= holding.until)
    }

    /// Since when it is due to be filled, so long before its term ends; none while that is still to come.
    pub(crate) fn due_since(&self, ahead: u64, at: u64) -> Option<u64> {
        let since = match &self.holding {
            None => self.vacant_since,
            Some(holding) => holding.until.saturating_sub(ahead),
        };
        (since <= at).then_some(since)
    }

    /// Puts a member into it, whose `term`-th term in a row begins now.
    pub(crate) fn fill(&mut self, member: u32, article: &OfficeArticle, term: u32, entry: u64, at: u64) {
        let until = at.saturating_add(u64::from(article.term_days) * DAY);
        self.holding = Some(Holding { member, since: at, until, term, entry });
        self.acting = None;
    }

    /// Takes a member out of it, as holder or acting.
    pub(crate) fn vacate(&mut self, member: u32, at: u64) {
        if self.holding.as_ref().is_some_and(|holding| holding.member == member) {
            self.holding = None;
            self.vacant_since = at;
        }
        if self.acting.as_ref().is_some_and(|acting| acting.member == member) {
            self.acting = None;
        }
    }
}

/// When a member's last term in an office ended, and which in a row it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Served {
    /// The member.
    pub member: u32,
    /// The number of the term in a row.
    pub term: u32,
    /// When it ended.
    pub ended: u64,
}

/// An appointment that waits for its confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// The office.
    pub office: String,
    /// Who is to hold it.
    pub member: u32,
    /// Who appointed them.
    pub by: u32,
    /// When.
    pub time: u64,
}

/// The offices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offices {
    /// The seats of each office.
    pub(crate) seats: BTreeMap<String, Vec<Seat>>,
    /// Who held an office before, as long as it matters for their terms in a row.
    pub(crate) served: BTreeMap<String, Vec<Served>>,
    /// Appointments that wait, by entry.
    pub(crate) appointments: BTreeMap<u64, Appointment>,
    /// Whether a holding may have ended with this entry; never so between entries.
    #[serde(skip)]
    pub(crate) moved: bool,
}

impl Offices {
    /// The seats of an office.
    pub fn seats(&self, office: &str) -> &[Seat] {
        self.seats.get(office).map_or(&[], Vec::as_slice)
    }

    /// Every office with its seats, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[Seat])> {
        self.seats.iter().map(|(office, seats)| (office.as_str(), seats.as_slice()))
    }

    /// Appointments that wait for their confirmation, by entry.
    pub fn appointments(&self) -> impl Iterator<Item = (u64, &Appointment)> {
        self.appointments.iter().map(|(entry, appointment)| (*entry, appointment))
    }

    /// The seats that the articles name, those that are held kept.
    pub(crate) fn arrange(&mut self, articles: &[OfficeArticle], at: u64) {
        self.moved = true;
        self.seats.retain(|office, _| articles.iter().any(|article| article.office == *office));
        self.served.retain(|office, _| articles.iter().any(|article| article.office == *office));
        self.appointments
            .retain(|_, waiting| articles.iter().any(|article| article.office == waiting.office));
        for article in articles {
            let seats = self.seats.entry(article.office.clone()).or_default();
            // Where seats become fewer, those that are held stay until their terms are over.
            while seats.len() > article.seats as usize {
                let Some(empty) = seats.iter().rposition(|seat| seat.is_open(at)) else { break };
                seats.remove(empty);
            }
            while seats.len() < article.seats as usize {
                seats.push(Seat { vacant_since: at, ..Seat::default() });
            }
        }
    }

    /// The place of a seat of this office that can be filled with this member now: their own whose term is over, a vacant one, or
    /// the one whose term is over longest. None where as many hold one as the statutes have seats, though more are left from
    /// earlier statutes.
    pub(crate) fn open_seat(&self, article: &OfficeArticle, member: u32, at: u64) -> Option<usize> {
        let seats = self.seats(&article.office);
        if seats.iter().filter(|seat| !seat.is_open(at)).count() >= article.seats as usize {
            return None;
        }
        let open = seats.iter().enumerate().filter(|(_, seat)| seat.is_open(at));
        let preferred = |(place, seat): &(usize, &Seat)| match &seat.holding {
            Some(held) if held.member == member => (0, 0, *place),
            None => (1, 0, *place),
            Some(held) => (2, held.until, *place),
        };
        open.min_by_key(preferred).map(|(place, _)| place)
    }

    /// Which term in a row it would be for this member, from 1. A pause as long as a term breaks the row.
    pub(crate) fn next_term(&self, article: &OfficeArticle, member: u32, at: u64) -> u32 {
        let pause = u64::from(article.term_days) * DAY;
        let held = self.seats(&article.office).iter().filter_map(|seat| seat.holding.as_ref());
        let held = held.filter(|held| held.member == member).map(|held| (held.term, held.until));
        let served = self.served.get(&article.office).into_iter().flatten();
        let served =
            served.filter(|served| served.member == member).map(|served| (served.term, served.ended));
        let last = held.chain(served).filter(|(_, ended)| at < ended.saturating_add(pause));
        last.map(|(term, _)| term).max().unwrap_or(0) + 1
    }

    /// Fills an open seat; whoever sat there has served.
    pub(crate) fn seat(&mut self, article: &OfficeArticle, place: usize, member: u32, entry: u64, at: u64) {
        self.moved = true;
        let term = self.next_term(article, member, at);
        let Some(seat) = self.seats.get_mut(&article.office).and_then(|seats| seats.get_mut(place)) else {
            return;
        };
        let before = seat.holding.take();
        seat.fill(member, article, term, entry, at);
        if let Some(before) = before {
            self.has_served(&article.office, &before, before.until.min(at));
        }
        self.forget(article, at);
    }

    /// Takes a member out of one office, or of all.
    pub(crate) fn vacate(&mut self, office: Option<&str>, member: u32, at: u64) {
        let mut ended = Vec::new();
        for (name, seats) in &mut self.seats {
            if office.is_some_and(|office| office != name) {
                continue;
            }
            for seat in seats {
                let held = seat.holding.clone().filter(|held| held.member == member);
                seat.vacate(member, at);
                ended.extend(held.map(|held| (name.clone(), held)));
            }
        }
        self.moved |= !ended.is_empty();
        for (name, held) in ended {
            self.has_served(&name, &held, held.until.min(at));
        }
        if office.is_none() {
            self.appointments.retain(|_, waiting| waiting.member != member);
        }
    }

    fn has_served(&mut self, office: &str, held: &Holding, ended: u64) {
        let served = self.served.entry(office.to_owned()).or_default();
        served.retain(|served| served.member != held.member);
        served.push(Served { member: held.member, term: held.term, ended });
    }

    /// Forgets terms that no longer stand in a row with one that begins now.
    fn forget(&mut self, article: &OfficeArticle, at: u64) {
        let pause = u64::from(article.term_days) * DAY;
        if let Some(served) = self.served.get_mut(&article.office) {
            served.retain(|served| at < served.ended.saturating_add(pause));
        }
    }
}
