//! What the statutes of rules version 2 settle, article by article.

use serde::{Deserialize, Serialize};

use super::elections::ElectionArticle;
use super::is_word;

/// A number of days at most: ten years.
const DAYS_LIMIT: u32 = 3660;
/// An office has at most so many seats.
const SEATS_LIMIT: u32 = 1000;
/// A council has at most so many offices.
const OFFICES_LIMIT: usize = 64;

/// The articles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Articles {
    /// Who belongs.
    pub roll: RollArticle,
    /// The offices, in the order in which people name them.
    pub offices: Vec<OfficeArticle>,
    /// How long an acting holder may stand in, in days.
    pub acting_days: u32,
    /// Petitions to change the statutes.
    pub amendment: PetitionArticle,
    /// How elections are held; without it there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elections: Option<ElectionArticle>,
    /// Recall; nobody is recalled where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<RecallArticle>,
}

/// How one comes onto the roll and off it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollArticle {
    /// How many members vouch for a new one; 0: whoever keeps the roll admits.
    pub vouchers: u32,
    /// For so many days a new member can be challenged, and has no vote yet.
    pub challenge_days: u32,
    /// For so many days a member who was excluded can appeal to the assembly.
    pub appeal_days: u32,
}

/// One office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeArticle {
    /// Its name, a word, as it stands in the `by` line.
    pub office: String,
    /// How many hold it at a time.
    pub seats: u32,
    /// How many days a term has.
    pub term_days: u32,
    /// How many terms in a row one person may serve; 0: without limit.
    pub terms: u32,
    /// How a seat is filled.
    pub filling: Filling,
    /// What its holders may sign in its name.
    pub powers: Vec<Power>,
}

/// How a seat is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Filling {
    /// By secret ballot, counted by this method of the crate `count`.
    Election {
        /// Its name: `scottish-stv`, `approval`.
        method: String,
        /// So many days before a term ends the election is due.
        due_days: u32,
    },
    /// By the holder of one office, confirmed by that of another.
    Appointment {
        /// The office that appoints.
        by: String,
        /// The office that confirms; none needed where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed_by: Option<String>,
    },
}

/// What an office may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Keeps the roll: admits, enrols, issues slips, replaces lost keys, excludes.
    Roll,
    /// Presides: signs, with whoever keeps the minutes, what the assembly decided.
    Presiding,
    /// Keeps the minutes, and calls and closes elections.
    Minutes,
    /// Signs, two together, for members without a device; matches credentials.
    Scrutiny,
    /// Transcribes paper, two together.
    Telling,
}

impl Power {
    /// The word for it in the statutes.
    pub fn word(self) -> &'static str {
        match self {
            Power::Roll => "roll",
            Power::Presiding => "presiding",
            Power::Minutes => "minutes",
            Power::Scrutiny => "scrutiny",
            Power::Telling => "telling",
        }
    }
}

/// When a petition succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionArticle {
    /// So many of a hundred members with a vote sign it.
    pub percent: u32,
    /// Within so many days.
    pub days: u32,
}

/// How holders are recalled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallArticle {
    /// So many of a hundred members with a vote sign the petition.
    pub percent: u32,
    /// Within so many days.
    pub days: u32,
    /// For so many days after a vote that failed nobody asks again, of the same holder in the same office.
    pub cooldown_days: u32,
    /// For so many days after a term began nobody asks.
    pub grace_days: u32,
    /// Whether signatures are collected in secret.
    pub secret: bool,
    /// Within so many days the vote is held.
    pub vote_days: u32,
}

pub(super) fn days(number: u32, least: u32) -> Result<(), &'static str> {
    if (least..=DAYS_LIMIT).contains(&number) { Ok(()) } else { Err("a number of days is out of bounds") }
}

impl Articles {
    /// Whether they can be applied at all.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        days(self.roll.challenge_days, 0)?;
        days(self.roll.appeal_days, 1)?;
        days(self.acting_days, 1)?;
        self.amendment.check()?;
        self.elections.as_ref().map_or(Ok(()), ElectionArticle::check)?;
        self.recall.as_ref().map_or(Ok(()), RecallArticle::check)?;
        if self.roll.vouchers > 16 {
            return Err("more than 16 vouchers");
        }
        if self.offices.is_empty() || self.offices.len() > OFFICES_LIMIT {
            return Err("there is no office, or there are more than 64");
        }
        for (at, office) in self.offices.iter().enumerate() {
            office.check()?;
            if self.offices[..at].iter().any(|other| other.office == office.office) {
                return Err("an office stands there twice");
            }
            let Filling::Appointment { by, confirmed_by } = &office.filling else { continue };
            for named in [Some(by), confirmed_by.as_ref()].into_iter().flatten() {
                if *named == office.office || self.office(named).is_none() {
                    return Err("an office is filled by one that there is not, or by itself");
                }
            }
        }
        for power in [Power::Roll, Power::Presiding, Power::Minutes] {
            if !self.offices.iter().any(|office| office.powers.contains(&power)) {
                return Err("nobody keeps the roll, presides, or keeps the minutes");
            }
        }
        Ok(())
    }

    /// The article on an office.
    pub fn office(&self, name: &str) -> Option<&OfficeArticle> {
        self.offices.iter().find(|office| office.office == name)
    }
}

impl OfficeArticle {
    fn check(&self) -> Result<(), &'static str> {
        if !is_word(&self.office) {
            return Err("an office is no word of [a-z0-9-]");
        }
        if !(1..=SEATS_LIMIT).contains(&self.seats) {
            return Err("an office has no seat, or more than 1000");
        }
        days(self.term_days, 1)?;
        if !self.powers.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err("an office's powers are not in their order, or stand there twice");
        }
        match &self.filling {
            Filling::Election { method, due_days } => {
                if count::methods::by_name(method).is_none() {
                    return Err("a method is none of those by which elections are counted");
                }
                if *due_days >= self.term_days {
                    return Err("an election is due before the term begins");
                }
                Ok(())
            }
            Filling::Appointment { .. } => Ok(()),
        }
    }
}

impl RecallArticle {
    fn check(&self) -> Result<(), &'static str> {
        self.petition().check()?;
        days(self.cooldown_days, 0)?;
        days(self.grace_days, 0)?;
        days(self.vote_days, 1)
    }

    /// When the petition succeeds.
    pub fn petition(&self) -> PetitionArticle {
        PetitionArticle { percent: self.percent, days: self.days }
    }
}

impl PetitionArticle {
    fn check(&self) -> Result<(), &'static str> {
        days(self.days, 1)?;
        if (1..=100).contains(&self.percent) {
            Ok(())
        } else {
            Err("a share is not between 1 and 100 percent")
        }
    }

    /// How many signatures it takes where so many have a vote: the share, rounded up, and one at least.
    pub fn needed(&self, voters: u64) -> u64 {
        (voters * u64::from(self.percent)).div_ceil(100).max(1)
    }
}
