//! Recall: a petition asks that a holder give up an office; once enough have signed, a vote decides. From rules version 2 on.
//!
//! A recall is bound to the holding, not to the person: with the holding it ends ([`Council::recall_lapses`]).

use serde::{Deserialize, Serialize};

use crate::council::Council;
use crate::offices::DAY;
use crate::petitions::Purpose;

/// One states at most so often: what they said first, and what they say instead.
pub(crate) const STATEMENTS_LIMIT: usize = 2;

/// Whose recall is asked for. The numbers of the statutes are those in force when the petition was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallAsked {
    /// The office.
    pub office: String,
    /// Who holds it.
    pub holder: u32,
    /// The entry by which they hold it: with another term, this recall is over.
    pub holding: u64,
    /// Whether signatures are collected in secret.
    pub secret: bool,
    /// Within so many days the vote is held.
    pub vote_days: u32,
    /// For so many days after a vote that failed nobody asks again.
    pub cooldown_days: u32,
    /// The holder's statements, by entry: the last one stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<u64>,
}

/// A recall for which enough have signed: the vote is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Whose.
    pub asked: RecallAsked,
    /// When enough had signed: Unix seconds.
    pub reached: u64,
    /// The entry that called the vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<u64>,
}

impl Recall {
    /// Until when those who keep the minutes have the vote to themselves.
    pub fn vote_by(&self) -> u64 {
        self.reached.saturating_add(u64::from(self.asked.vote_days) * DAY)
    }

    /// Whether any member with a vote may call the vote at this time: it is late, or nobody but the holder keeps the
    /// minutes. `minutes` are those who sign in an office with that power now.
    pub fn is_anybodys(&self, minutes: &[u32], at: u64) -> bool {
        at >= self.vote_by() || minutes.iter().all(|member| *member == self.asked.holder)
    }
}

/// One whom a vote kept in office: nobody asks again for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The office.
    pub office: String,
    /// The member.
    pub member: u32,
    /// Until when.
    pub until: u64,
}

impl Council {
    /// The recalls whose vote is due or called, by the entry that began the petition.
    pub fn recalls(&self) -> impl Iterator<Item = (u64, &Recall)> {
        self.recalls.iter().map(|(entry, recall)| (*entry, recall))
    }

    /// Those whom a vote kept in office.
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Enough have signed the petition of this entry.
    pub(crate) fn recall_reached(&mut self, entry: u64, asked: RecallAsked, at: u64) {
        self.recalls.insert(entry, Recall { asked, reached: at, called: None });
    }

    /// The vote on a recall is called, by this entry; with none it is due again, as the vote came to nothing.
    pub(crate) fn recall_called(&mut self, entry: u64, by: Option<u64>) {
        if let Some(recall) = self.recalls.get_mut(&entry) {
            recall.called = by;
        }
    }

    /// The vote has decided. Who is recalled holds the office no longer and does not act in it; who is kept is left in peace.
    pub(crate) fn recall_decided(&mut self, entry: u64, recalled: bool, at: u64) {
        let Some(Recall { asked, .. }) = self.recalls.remove(&entry) else { return };
        self.kept.retain(|kept| at < kept.until);
        if recalled {
            self.offices.vacate(Some(&asked.office), asked.holder, at);
            self.offices
                .appointments
                .retain(|_, waiting| waiting.office != asked.office || waiting.member != asked.holder);
            return;
        }
        let until = at.saturating_add(u64::from(asked.cooldown_days) * DAY);
        if at < until {
            self.kept.push(Kept { office: asked.office, member: asked.holder, until });
        }
    }

    /// Forgets petitions and recalls whose holding has ended. Every entry that changes who holds what comes through here.
    pub(crate) fn recall_lapses(&mut self, at: u64) {
        if !std::mem::take(&mut self.offices.moved) {
            return;
        }
        let offices = &self.offices;
        let stands = |asked: &RecallAsked| {
            let mut held = offices.seats(&asked.office).iter().filter_map(|seat| seat.holding.as_ref());
            held.any(|held| held.member == asked.holder && held.entry == asked.holding)
        };
        self.petitions.retain(|_, petition| match &petition.purpose {
            Purpose::Recall(asked) => stands(asked),
            Purpose::Statutes(_) => true,
        });
        self.recalls.retain(|_, recall| stands(&recall.asked));
        let recalls = &self.recalls;
        self.elections.lapse(|recall| recalls.contains_key(&recall), at);
    }

    /// Whose recall the petition of this entry asks for, while it is open or its vote waits.
    pub(crate) fn recall_asked_mut(&mut self, entry: u64) -> Option<&mut RecallAsked> {
        if let Some(recall) = self.recalls.get_mut(&entry) {
            return Some(&mut recall.asked);
        }
        match &mut self.petitions.get_mut(&entry)?.purpose {
            Purpose::Recall(asked) => Some(asked),
            Purpose::Statutes(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::offices::{Acting, Appointment};
    use crate::statutes::Statutes;

    const AT: u64 = 1_000 * DAY;

    /// Member 2 is chair, and scrutineer with 3; the vote on their recall as chair is due, by the petition of entry 7.
    fn waiting() -> Council {
        let articles = Statutes::of_template("neighbourhood", 2).articles.unwrap();
        let holders = BTreeMap::from([("chair".to_owned(), vec![2]), ("scrutineer".to_owned(), vec![2, 3])]);
        let mut council = Council::begin([(2, 0), (3, 0)].into_iter(), &holders, &articles, 0, AT);
        let asked = RecallAsked {
            office: "chair".into(),
            holder: 2,
            holding: 0,
            secret: false,
            vote_days: 30,
            cooldown_days: 180,
            stated: vec![],
        };
        council.recall_reached(7, asked, AT);
        council.recall_lapses(AT);
        assert_eq!(council.recalls().count(), 1, "it is held since the beginning");
        council
    }

    fn holders(council: &Council, office: &str) -> Vec<u32> {
        let held = council.offices.seats(office).iter().filter_map(|seat| seat.holding.as_ref());
        held.map(|held| held.member).collect()
    }

    #[test]
    fn who_is_recalled_neither_holds_the_office_nor_acts_in_it() {
        let mut council = waiting();
        let acting = Acting { member: 2, until: AT + 9 * DAY, entry: 8 };
        council.offices.seats.get_mut("chair").unwrap()[0].acting = Some(acting);
        let appointment = |office: &str| Appointment { office: office.into(), member: 2, by: 1, time: AT };
        council.offices.appointments.insert(9, appointment("chair"));
        council.offices.appointments.insert(10, appointment("spokesperson"));
        council.recall_called(7, Some(11));
        council.recall_decided(7, true, AT + DAY);
        council.recall_lapses(AT);
        assert_eq!((holders(&council, "chair"), holders(&council, "scrutineer")), (vec![], vec![2, 3]));
        let seat = &council.offices.seats("chair")[0];
        assert_eq!((seat.signers(AT + DAY, 60).count(), seat.vacant_since), (0, AT + DAY));
        assert_eq!(council.offices.appointments().map(|(entry, _)| entry).collect::<Vec<_>>(), [10]);
        assert_eq!((council.recalls().count(), council.kept()), (0, [].as_slice()));
        // The term counts as one in a row.
        assert_eq!(council.offices.served["chair"][0].ended, AT + DAY);
        // What is decided is not decided again.
        let before = council.clone();
        council.recall_decided(7, false, AT + DAY);
        assert_eq!(council, before);
    }

    #[test]
    fn who_is_kept_is_left_in_peace_for_a_while() {
        let mut council = waiting();
        council.recall_decided(7, false, AT + DAY);
        assert_eq!(holders(&council, "chair"), [2]);
        let kept = Kept { office: "chair".into(), member: 2, until: AT + 181 * DAY };
        assert_eq!((council.recalls().count(), council.kept()), (0, [kept].as_slice()));
        // It is forgotten when it is over and another vote is decided; without days nothing is noted.
        let asked = RecallAsked { cooldown_days: 0, ..waiting().recalls[&7].asked.clone() };
        council.recall_reached(12, asked, AT + 181 * DAY);
        council.recall_decided(12, false, AT + 181 * DAY);
        assert_eq!(council.kept(), []);
    }

    #[test]
    fn a_vote_that_came_to_nothing_is_due_again() {
        let mut council = waiting();
        council.recall_called(7, Some(8));
        assert_eq!(council.recalls[&7].called, Some(8));
        council.recall_called(7, None);
        council.recall_called(99, Some(8));
        assert_eq!(council, waiting());
    }

    #[test]
    fn when_a_vote_is_anybodys() {
        let recall = &waiting().recalls[&7];
        assert_eq!(recall.vote_by(), AT + 30 * DAY);
        let late = recall.vote_by();
        assert!(!recall.is_anybodys(&[1], late - 1) && recall.is_anybodys(&[1], late));
        assert!(!recall.is_anybodys(&[1, 2], AT), "another keeps the minutes, too");
        assert!(recall.is_anybodys(&[2], AT) && recall.is_anybodys(&[], AT));
    }
}
