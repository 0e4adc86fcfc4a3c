//! The statutes: the numbers and methods that the rules use. They are entries, too: those of the founding stand in the first,
//! and each change is one.

mod articles;
mod elections;
mod templates;

use serde::{Deserialize, Serialize};

pub use articles::{Articles, Filling, OfficeArticle, PetitionArticle, Power, RecallArticle, RollArticle};
pub use elections::ElectionArticle;
pub use templates::TEMPLATES;

/// The longest time, in days, that a statute may give to what an author had seen.
const AFTER_DAYS_LIMIT: u32 = 3660;

/// The statutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statutes {
    /// Which template they come from: a word.
    pub template: String,
    /// How many days an author may have waited since the first entry that they had not seen. It keeps hoarded signatures
    /// from being used later.
    pub after_days: u32,
    /// All else; there is none under rules version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub articles: Option<Articles>,
}

/// A word of [a-z0-9-], as offices and templates are named.
pub(crate) fn is_word(text: &str) -> bool {
    let is_of_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(is_of_word)
}

impl Statutes {
    /// What a council begins with, under these rules.
    pub fn of_template(template: &str, rules: u32) -> Statutes {
        let articles = (rules > 1).then(|| templates::articles(template));
        Statutes { template: template.into(), after_days: 30, articles }
    }

    /// The same in seconds.
    pub fn after_seconds(&self) -> u64 {
        u64::from(self.after_days) * 86_400
    }

    pub(crate) fn check(&self, rules: u32) -> Result<(), &'static str> {
        if !(1..=AFTER_DAYS_LIMIT).contains(&self.after_days) {
            return Err("after_days is not between 1 and 3660");
        }
        if !is_word(&self.template) {
            return Err("the template is no word of [a-z0-9-]");
        }
        match (&self.articles, rules) {
            (None, 1) => Ok(()),
            (Some(articles), 2..) => articles.check(),
            (None, _) => Err("they have no articles, and rules version 2 needs them"),
            (Some(_), _) => Err("they have articles, which rules version 1 does not know"),
        }
    }
}
