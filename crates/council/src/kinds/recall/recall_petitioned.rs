//! `recall.petitioned`: a member asks that a holder give up an office. When enough have signed, the vote is due.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::refuse;
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::kinds::offices::article;
use crate::kinds::petitions::{carry_out, effects, forget, may_begin};
use crate::kinds::roll::is_reason;
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::{DAY, Holding};
use crate::petitions::{Petition, Purpose};
use crate::recalls::RecallAsked;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::RecallArticle;

/// The content of `recall.petitioned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallPetitioned {
    /// Who asks; where signatures are open, they sign the petition with this.
    pub member: u32,
    /// The office.
    pub office: String,
    /// Who holds it.
    pub holder: u32,
    /// Why: it stays in the book.
    pub reason: String,
}

impl Content for RecallPetitioned {
    const KIND: &'static str = "recall.petitioned";
}

impl RecallPetitioned {
    /// The holding that is to end: of the office, by this member, within the term.
    fn holding<'a>(&self, case: &Case<'a>) -> Result<&'a Holding, Refusal> {
        let (council, articles) = case.council()?;
        let seats = council.offices.seats(&self.office);
        let mut held = seats.iter().filter_map(|seat| seat.holding.as_ref());
        if let Some(holding) = held.find(|held| held.member == self.holder && case.at < held.until) {
            return Ok(holding);
        }
        let mut signers = seats.iter().flat_map(|seat| seat.signers(case.at, articles.acting_days));
        let reason = if signers.any(|(member, _)| member == self.holder) {
            "they only act in it: nobody is recalled outside a term, and the seat can be filled at once"
        } else {
            "they do not hold it"
        };
        Err(refuse(&self.office, self.holder, reason))
    }

    /// That nobody is asked too early, again too soon, or twice at a time.
    fn is_not_harassment(
        &self,
        case: &Case<'_>,
        article: &RecallArticle,
        holding: &Holding,
    ) -> Result<(), Refusal> {
        let (council, _) = case.council()?;
        let refuse = |reason: String| Err(refuse(&self.office, self.holder, reason));
        let peace = holding.since.saturating_add(u64::from(article.grace_days) * DAY);
        if case.at < peace {
            return refuse(format!("their term has just begun, and nobody asks for it before {peace}"));
        }
        let mut kept = council.kept.iter();
        if let Some(kept) =
            kept.find(|kept| kept.office == self.office && kept.member == self.holder && case.at < kept.until)
        {
            return refuse(format!(
                "a vote kept them in office, and nobody asks again before {}",
                kept.until
            ));
        }
        let is_theirs = |asked: &RecallAsked| asked.office == self.office && asked.holder == self.holder;
        let mut open = council.petitions.iter().filter(|(_, petition)| case.at < petition.until);
        if let Some((entry, _)) =
            open.find(|(_, petition)| matches!(&petition.purpose, Purpose::Recall(asked) if is_theirs(asked)))
        {
            return refuse(format!("the petition of entry {entry} asks for it already"));
        }
        if let Some((entry, _)) = council.recalls().find(|(_, recall)| is_theirs(&recall.asked)) {
            return refuse(format!("enough have signed the petition of entry {entry}: the vote decides"));
        }
        Ok(())
    }
}

impl Rule for RecallPetitioned {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let member = self.member;
        case.acts(member)?;
        case.votes(member)?;
        is_reason(&self.reason)?;
        article(case, &self.office)?;
        let (council, articles) = case.council()?;
        let recall = articles.recall.as_ref().ok_or_else(|| {
            refuse(&self.office, self.holder, "the statutes have no article on recall")
                .next("propose statutes that have one, with `statutes.proposed`")
        })?;
        if member == self.holder {
            return Err(refuse(&self.office, member, "nobody asks for their own")
                .next("give the office up with `office.resigned`")
                .into());
        }
        let holding = self.holding(case)?;
        self.is_not_harassment(case, recall, holding)?;
        may_begin(case, member)?;
        let asked = RecallAsked {
            holding: holding.entry,
            office: self.office,
            holder: self.holder,
            secret: recall.secret,
            vote_days: recall.vote_days,
            cooldown_days: recall.cooldown_days,
            stated: Vec::new(),
        };
        let signed = if recall.secret { BTreeSet::new() } else { BTreeSet::from([member]) };
        let (id, at) = (case.number(), case.at);
        let petition = Petition {
            purpose: Purpose::Recall(Box::new(asked)),
            by: member,
            until: at.saturating_add(u64::from(recall.days) * DAY),
            needed: recall.petition().needed(council.roll.voters(at)),
            signed,
            tallied: 0,
        };
        let Effects(mut effects) = effects(&petition, petition.count(), at);
        effects.push(Effect::Wake { at: petition.until });
        Ok(Ruled {
            effects: Effects(effects),
            clerk: None,
            change: Box::new(move |state| {
                forget(state, at);
                if let Some(council) = &mut state.council {
                    council.petitions.insert(id, petition);
                }
                carry_out(state, id, at);
            }),
        })
    }
}
