//! What members ask for with their signatures. From rules version 2 on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::recalls::RecallAsked;
use crate::statutes::Statutes;

/// What a petition asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Purpose {
    /// These statutes in the place of those in force.
    Statutes(Box<Statutes>),
    /// That a holder give up an office.
    Recall(Box<RecallAsked>),
}

/// A petition that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Petition {
    /// What it asks for.
    pub purpose: Purpose,
    /// Who began it.
    pub by: u32,
    /// Until when it can be signed.
    pub until: u64,
    /// How many signatures it takes: settled when it was begun.
    pub needed: u64,
    /// Who has signed, openly.
    pub signed: BTreeSet<u32>,
    /// How many have signed by the last count, where signatures are collected in secret.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tallied: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Petition {
    /// How many have signed.
    pub fn count(&self) -> u64 {
        self.signed.len() as u64 + self.tallied
    }

    /// Whether signatures are collected in secret.
    pub fn is_secret(&self) -> bool {
        matches!(&self.purpose, Purpose::Recall(asked) if asked.secret)
    }
}

/// The open petitions, by the entry that began them.
pub(crate) type Petitions = BTreeMap<u64, Petition>;
