//! What members ask for with their signatures. From rules version 2 on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::statutes::Statutes;

/// What a petition asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Purpose {
    /// These statutes in the place of those in force.
    Statutes(Box<Statutes>),
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
    /// Who has signed.
    pub signed: BTreeSet<u32>,
}

/// The open petitions, by the entry that began them.
pub(crate) type Petitions = BTreeMap<u64, Petition>;
