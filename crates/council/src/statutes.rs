//! The statutes: the numbers and methods that the rules use.

use serde::{Deserialize, Serialize};

/// The longest time, in days, that a statute may give to what an author had seen.
const AFTER_DAYS_LIMIT: u32 = 3660;

/// The statutes of rules version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statutes {
    /// Which template they come from: a word.
    pub template: String,
    /// How many days an author may have waited since the first entry that they had not seen. It keeps hoarded signatures
    /// from being used later.
    pub after_days: u32,
}

impl Statutes {
    /// What a council begins with.
    pub fn of_template(template: &str) -> Statutes {
        Statutes { template: template.into(), after_days: 30 }
    }

    /// The same in seconds.
    pub fn after_seconds(&self) -> u64 {
        u64::from(self.after_days) * 86_400
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if !(1..=AFTER_DAYS_LIMIT).contains(&self.after_days) {
            return Err("after_days is not between 1 and 3660");
        }
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=64).contains(&self.template.len()) || !self.template.bytes().all(is_word) {
            return Err("the template is no word of [a-z0-9-]");
        }
        Ok(())
    }
}
