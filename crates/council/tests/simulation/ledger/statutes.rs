//! The statutes as a reader of their JSON has them.

use serde_json::Value;

use super::DAY;

#[derive(Clone, Default)]
pub(crate) struct Statutes {
    /// As they stand in the entry.
    pub(crate) line: String,
    pub(crate) vouchers: u64,
    pub(crate) challenge: u64,
    pub(crate) appeal: u64,
    pub(crate) acting: u64,
    pub(crate) percent: u64,
    pub(crate) signing: u64,
    pub(crate) offices: Vec<Article>,
}

/// An office; times in seconds.
#[derive(Clone)]
pub(crate) struct Article {
    pub(crate) office: String,
    pub(crate) seats: usize,
    pub(crate) term: u64,
    pub(crate) terms: u64,
    pub(crate) filling: Filling,
    pub(crate) powers: Vec<String>,
}

#[derive(Clone)]
pub(crate) enum Filling {
    Election { before: u64 },
    Appointment { by: String, confirmed_by: Option<String> },
}

impl Statutes {
    pub(crate) fn read(value: &Value) -> Statutes {
        let articles = &value["articles"];
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let offices = articles["offices"].as_array().into_iter().flatten();
        Statutes {
            line: value.to_string(),
            vouchers: number(&articles["roll"]["vouchers"]),
            challenge: number(&articles["roll"]["challenge_days"]) * DAY,
            appeal: number(&articles["roll"]["appeal_days"]) * DAY,
            acting: number(&articles["acting_days"]) * DAY,
            percent: number(&articles["amendment"]["percent"]),
            signing: number(&articles["amendment"]["days"]) * DAY,
            offices: offices.map(Article::read).collect(),
        }
    }

    pub(crate) fn article(&self, office: &str) -> Option<&Article> {
        self.offices.iter().find(|article| article.office == office)
    }

    pub(crate) fn has(&self, office: &str, power: &str) -> bool {
        self.article(office).is_some_and(|article| article.powers.iter().any(|has| has == power))
    }
}

impl Article {
    fn read(value: &Value) -> Article {
        let number = |key: &str| value[key].as_u64().unwrap_or_default();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let filling = &value["filling"];
        let filling = match filling.get("election") {
            Some(election) => Filling::Election { before: election["due_days"].as_u64().unwrap_or(0) * DAY },
            None => {
                let appointment = &filling["appointment"];
                Filling::Appointment {
                    by: word(&appointment["by"]).unwrap_or_default(),
                    confirmed_by: word(&appointment["confirmed_by"]),
                }
            }
        };
        Article {
            office: word(&value["office"]).unwrap_or_default(),
            seats: number("seats") as usize,
            term: number("term_days") * DAY,
            terms: number("terms"),
            filling,
            powers: value["powers"].as_array().into_iter().flatten().filter_map(word).collect(),
        }
    }
}
