//! `council.founded`: the first entry of a book. Every founder signs.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::Signer;
use book::key::PublicKey;
use book::policy::Policy;
use serde::{Deserialize, Serialize};

use super::{Content, NewClerk, Rule, Ruled, is_number};
use crate::case::Case;
use crate::council::Council;
use crate::effect::{Effect, Effects};
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::rules::{Halt, RULES};
use crate::state::{State, Succession};
use crate::statutes::{Statutes, is_word};

/// A council has at most so many founders.
const FOUNDERS_LIMIT: usize = book::entry::SIGNERS_LIMIT;
/// A council's name has at most so many characters.
const NAME_LIMIT: usize = 200;

/// One who founds the council.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Their number on the roll.
    pub member: u32,
    /// Their key, base64.
    pub key: String,
    /// The office they hold from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
}

/// Who may name a new clerk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessionRule {
    /// Members, by number, ascending.
    pub among: Vec<u32>,
    /// How many of them: more than half.
    pub needed: u32,
}

/// The content of `council.founded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CouncilFounded {
    /// 32 random bytes, base64, so that no two books have one id.
    pub nonce: String,
    /// The rules version.
    pub rules: u64,
    /// The council's name.
    pub name: String,
    /// Its language: `es`, `pt`, `en`, `fr` or another.
    pub language: String,
    /// The clerk's key, base64.
    pub clerk: String,
    /// The founders, by number, ascending.
    pub founders: Vec<Founder>,
    /// Who may name a new clerk.
    pub succession: SuccessionRule,
    /// Which cosignatures make a checkpoint final: lines of a C2SP tlog-policy; none asks for nobody.
    pub policy: Vec<String>,
    /// The statutes.
    pub statutes: Statutes,
}

impl Content for CouncilFounded {
    const KIND: &'static str = "council.founded";
}

impl CouncilFounded {
    /// The founders' keys, by number.
    fn keys(&self, named: &NamedKeys) -> Result<Vec<(u32, PublicKey)>, Refusal> {
        if self.founders.len() > FOUNDERS_LIMIT {
            return Err(refuse("the founders", format!("they are more than {FOUNDERS_LIMIT}")));
        }
        self.founders
            .iter()
            .map(|founder| {
                Ok((founder.member, named.read(&founder.key, &format!("founder {}", founder.member))?))
            })
            .collect()
    }

    /// The offices that the founders hold, and by whom. Under rules version 1 an office is a word that one of them holds;
    /// from version 2 on it has an article, and as many holders as that gives it seats.
    fn offices(&self) -> Result<BTreeMap<String, Vec<u32>>, Refusal> {
        let mut offices: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for founder in &self.founders {
            let Some(office) = &founder.office else { continue };
            let holders = offices.entry(office.clone()).or_default();
            holders.push(founder.member);
            let seats = match &self.statutes.articles {
                None => usize::from(is_word(office)),
                Some(articles) => articles.office(office).map_or(0, |article| article.seats as usize),
            };
            if holders.len() > seats {
                let reason = match &self.statutes.articles {
                    None => format!("`{office}` is no word of [a-z0-9-], or is held twice"),
                    Some(_) => {
                        format!("`{office}` is no office of the statutes, or has fewer seats than holders")
                    }
                };
                return Err(refuse("the offices", reason));
            }
        }
        Ok(offices)
    }
}

fn refuse(object: &str, reason: impl Into<String>) -> Refusal {
    Refusal::author("founding", object, reason)
}

impl Rule for CouncilFounded {
    fn introduces(&self, _: &State, named: &NamedKeys) -> Result<Vec<(String, PublicKey)>, Refusal> {
        Ok(self.keys(named)?.into_iter().map(|(number, key)| (number.to_string(), key)).collect())
    }

    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (signers, at) = (case.signers, case.at);
        // A version above is not judged here at all.
        let rules = u32::try_from(self.rules).ok().filter(|rules| (1..=RULES).contains(rules));
        let rules = rules
            .ok_or_else(|| refuse("the rules version", format!("there is no version {}", self.rules)))?;
        if STANDARD.decode(&self.nonce).map(|nonce| nonce.len()) != Ok(32) {
            return Err(refuse("the nonce", "it is not 32 bytes in base64").into());
        }
        let words = self.name.trim();
        if words.is_empty()
            || words != self.name
            || self.name.contains('\n')
            || self.name.chars().count() > NAME_LIMIT
        {
            return Err(refuse(
                "the name",
                format!("it is empty, of several lines, or longer than {NAME_LIMIT} characters"),
            )
            .into());
        }
        let language = self.language.as_bytes();
        if !(2..=8).contains(&language.len())
            || !language.iter().all(|c| c.is_ascii_lowercase() || *c == b'-')
        {
            return Err(refuse("the language", "it is not a code like `es`").into());
        }
        self.statutes.check(rules).map_err(|reason| refuse("the statutes", reason))?;
        let founders = self.keys(case.named)?;
        if founders.is_empty() || !founders.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(refuse("the founders", "there is none, or they are not in ascending order").into());
        }
        let expected: Vec<Signer> = founders.iter().map(|(number, _)| Signer::member(*number)).collect();
        if signers != expected {
            return Err(Refusal::author(
                "entry-signers",
                "the `by` line",
                "exactly the founders sign, in their order, as members",
            )
            .into());
        }
        for (number, _) in &founders {
            is_number(*number)?;
        }
        let clerk = case.named.read(&self.clerk, "the clerk")?;
        let policy = Policy::parse(self.policy.iter().map(String::as_str))
            .map_err(|error| refuse("the policy", error.to_string()))?;
        let mut keys = BTreeSet::new();
        let all = founders
            .iter()
            .map(|(_, key)| key)
            .chain([&clerk])
            .chain(policy.cosigners().map(|cosigner| &cosigner.vkey.key));
        for key in all {
            if !keys.insert(*key.bytes()) {
                return Err(refuse(
                    "the keys",
                    "one key stands in two roles: founders, clerk and cosigners each have their own",
                )
                .into());
            }
        }
        let succession = succession(&self.succession, &founders)?;
        let offices = self.offices()?;
        let effects = founders.iter().map(|(member, _)| Effect::Admitted { member: *member }).collect();
        Ok(Ruled {
            effects: Effects(effects),
            clerk: Some(NewClerk { key: clerk, epoch: 0 }),
            change: Box::new(move |state| {
                state.rules = rules;
                state.name = self.name;
                state.language = self.language;
                for cosigner in policy.cosigners() {
                    state.take(&cosigner.vkey.key);
                }
                for (number, key) in founders {
                    state.admit(number, key, 0);
                }
                state.policy = policy;
                state.succession = succession;
                match &self.statutes.articles {
                    None => {
                        let holders = offices.into_iter().flat_map(|(office, members)| {
                            members.into_iter().map(move |member| (office.clone(), member))
                        });
                        state.holders.extend(holders);
                    }
                    Some(articles) => {
                        let members = state.members.keys().map(|number| (*number, 0));
                        let council = Council::begin(members, &offices, articles, 0, at);
                        state.council = Some(Box::new(council));
                    }
                }
                state.statutes = Some(self.statutes);
            }),
        })
    }
}

fn succession(rule: &SuccessionRule, founders: &[(u32, PublicKey)]) -> Result<Succession, Refusal> {
    let ascending = rule.among.windows(2).all(|pair| pair[0] < pair[1]);
    let members = rule.among.iter().all(|number| founders.iter().any(|(founder, _)| founder == number));
    if rule.among.is_empty() || !ascending || !members {
        return Err(refuse(
            "the succession",
            "those who may name a new clerk are founders, in ascending order",
        ));
    }
    let among = rule.among.len() as u64;
    if u64::from(rule.needed) > among || u64::from(rule.needed) * 2 <= among {
        return Err(refuse(
            "the succession",
            format!("{} of {among} is not a majority of those who may name a new clerk", rule.needed),
        ));
    }
    Ok(Succession { among: rule.among.clone(), needed: rule.needed })
}
