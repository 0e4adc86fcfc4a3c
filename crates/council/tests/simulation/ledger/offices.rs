//! Who holds which office until when: every seat, and every term that ever was.

use std::collections::BTreeMap;

use super::statutes::{Article, Filling};
use super::{Ledger, Seen};

#[derive(Default)]
pub(crate) struct Offices {
    pub(crate) chairs: BTreeMap<String, Vec<Chair>>,
    /// Terms that are over or were given up.
    terms: Vec<(String, Term)>,
    pub(crate) waiting: BTreeMap<u64, Waiting>,
}

/// A seat.
#[derive(Clone, Default)]
pub(crate) struct Chair {
    pub(crate) term: Option<Term>,
    pub(crate) acting: Option<Stand>,
    pub(crate) empty_since: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Term {
    pub(crate) member: u32,
    pub(crate) since: u64,
    pub(crate) until: u64,
    /// Which one in a row.
    pub(crate) row: u64,
    pub(crate) entry: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Stand {
    pub(crate) member: u32,
    pub(crate) until: u64,
    pub(crate) entry: u64,
}

pub(crate) struct Waiting {
    pub(crate) office: String,
    pub(crate) member: u32,
    pub(crate) by: u32,
    pub(crate) time: u64,
}

impl Chair {
    fn is_open(&self, at: u64) -> bool {
        self.term.as_ref().is_none_or(|term| at >= term.until)
    }

    /// Who may sign for it.
    pub(crate) fn speakers(&self, at: u64, grace: u64) -> Vec<u32> {
        let acting = self.acting.as_ref().filter(|acting| at < acting.until);
        let mut who: Vec<u32> = acting.iter().map(|acting| acting.member).collect();
        if let Some(term) = &self.term {
            let overdue = acting.is_none() && at < term.until + grace;
            if at < term.until || overdue {
                who.push(term.member);
            }
        }
        who
    }

    /// From when on nobody may sign for it, if nothing else happens.
    pub(crate) fn silent_from(&self, grace: u64) -> u64 {
        let holder = self.term.as_ref().map_or(self.empty_since, |term| term.until + grace);
        let acting = self.acting.as_ref().map_or(0, |acting| acting.until);
        holder.max(acting)
    }

    /// Takes whoever sits here out, as holder or acting.
    fn clear(&mut self, member: u32, at: u64) -> Option<Term> {
        self.acting.take_if(|acting| acting.member == member);
        let term = self.term.take_if(|term| term.member == member);
        if term.is_some() {
            self.empty_since = at;
        }
        term
    }
}

impl Ledger {
    pub(crate) fn chairs(&self, office: &str) -> &[Chair] {
        self.offices.chairs.get(office).map_or(&[], Vec::as_slice)
    }

    /// Who may sign in an office's name.
    pub(crate) fn speakers(&self, office: &str, at: u64) -> Vec<u32> {
        let grace = self.statutes.acting;
        let mut who: Vec<u32> =
            self.chairs(office).iter().flat_map(|chair| chair.speakers(at, grace)).collect();
        who.sort_unstable();
        who.dedup();
        who
    }

    /// Who may sign with a power, and in which office.
    pub(crate) fn empowered(&self, power: &str, at: u64) -> Vec<(u32, String)> {
        let offices = self.statutes.offices.iter();
        let offices = offices.filter(|article| article.powers.iter().any(|has| has == power));
        offices
            .flat_map(|article| {
                let who = self.speakers(&article.office, at);
                who.into_iter().map(|member| (member, article.office.clone())).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Which term in a row it would be.
    pub(crate) fn next_row(&self, article: &Article, member: u32, at: u64) -> u64 {
        let sits = self.chairs(&article.office).iter().filter_map(|chair| chair.term.as_ref());
        let sat = self.offices.terms.iter().filter(|(office, _)| *office == article.office);
        let terms = sits.chain(sat.map(|(_, term)| term)).filter(|term| term.member == member);
        let last = terms.max_by_key(|term| term.until);
        last.filter(|term| at < term.until + article.term).map_or(1, |term| term.row + 1)
    }

    /// The chair that this member would take.
    pub(crate) fn open_chair(&self, office: &str, member: u32, at: u64) -> Option<usize> {
        let chairs = self.chairs(office);
        let held = chairs.iter().filter(|chair| !chair.is_open(at)).count();
        if held >= self.statutes.article(office).map_or(0, |article| article.seats) {
            return None;
        }
        let open: Vec<usize> = (0..chairs.len()).filter(|place| chairs[*place].is_open(at)).collect();
        let own = |place: &&usize| chairs[**place].term.as_ref().is_some_and(|term| term.member == member);
        let vacant = |place: &&usize| chairs[**place].term.is_none();
        let longest = || open.iter().min_by_key(|place| chairs[**place].term.as_ref().map(|term| term.until));
        open.iter().find(own).or_else(|| open.iter().find(vacant)).or_else(longest).copied()
    }

    pub(super) fn take_offices(&mut self, seen: &Seen<'_>) {
        let (member, office, at) = (seen.person("member"), seen.text("office"), seen.time);
        match seen.kind {
            "council.founded" => {
                self.arrange(at);
                for founder in seen.content["founders"].as_array().into_iter().flatten() {
                    if let Some(office) = founder["office"].as_str() {
                        let number = founder["member"].as_u64().unwrap_or_default() as u32;
                        self.sits(office, number, seen.number, at);
                    }
                }
            }
            "office.appointed" => {
                let article = self.statutes.article(office);
                match article.map(|article| &article.filling) {
                    Some(Filling::Appointment { confirmed_by: Some(_), .. }) => {
                        let by = seen.by[0].number().unwrap_or_default();
                        let office = office.to_owned();
                        self.offices.waiting.insert(seen.number, Waiting { office, member, by, time: at });
                    }
                    _ => self.sits(office, member, seen.number, at),
                }
            }
            "appointment.confirmed" => {
                let waiting = self.offices.waiting.remove(&seen.long("appointment"));
                if let Some(waiting) = waiting.filter(|_| seen.is("confirmed")) {
                    self.sits(&waiting.office, waiting.member, seen.number, at);
                }
            }
            "acting.named" => {
                let stand = Stand { member, until: at + self.statutes.acting, entry: seen.number };
                if let Some(place) = self.open_chair(office, member, at)
                    && let Some(chairs) = self.offices.chairs.get_mut(office)
                {
                    chairs[place].acting = Some(stand);
                }
            }
            "office.resigned" => self.vacate(Some(office), member, at),
            "member.left" | "member.excluded" => self.vacate(None, member, at),
            "challenge.decided" if !seen.is("stays") => self.vacate(None, member, at),
            _ => {}
        }
    }

    fn sits(&mut self, office: &str, member: u32, entry: u64, at: u64) {
        let Some(article) = self.statutes.article(office) else { return };
        let row = self.next_row(article, member, at);
        let term = Term { member, since: at, until: at + article.term, row, entry };
        let Some(place) = self.open_chair(office, member, at) else { return };
        let Some(chairs) = self.offices.chairs.get_mut(office) else { return };
        let chair = &mut chairs[place];
        let before = chair.term.replace(term);
        chair.acting = None;
        self.over(office, before, at);
    }

    fn over(&mut self, office: &str, term: Option<Term>, at: u64) {
        if let Some(mut term) = term {
            term.until = term.until.min(at);
            self.offices.terms.push((office.to_owned(), term));
        }
    }

    fn vacate(&mut self, office: Option<&str>, member: u32, at: u64) {
        let mut over = Vec::new();
        for (name, chairs) in &mut self.offices.chairs {
            if office.is_none_or(|office| office == name) {
                over.extend(chairs.iter_mut().map(|chair| (name.clone(), chair.clear(member, at))));
            }
        }
        for (name, term) in over {
            self.over(&name, term, at);
        }
        if office.is_none() {
            self.offices.waiting.retain(|_, waiting| waiting.member != member);
        }
    }

    /// The chairs that the statutes in force name.
    pub(super) fn arrange(&mut self, at: u64) {
        let is_office = |office: &str| self.statutes.article(office).is_some();
        self.offices.chairs.retain(|office, _| is_office(office));
        self.offices.terms.retain(|(office, _)| is_office(office));
        self.offices.waiting.retain(|_, waiting| is_office(&waiting.office));
        for article in &self.statutes.offices {
            let chairs = self.offices.chairs.entry(article.office.clone()).or_default();
            while chairs.len() > article.seats {
                let Some(last) = (0..chairs.len()).rev().find(|place| chairs[*place].is_open(at)) else {
                    break;
                };
                chairs.remove(last);
            }
            let empty = Chair { empty_since: at, ..Chair::default() };
            chairs.resize(chairs.len().max(article.seats), empty);
        }
    }
}
