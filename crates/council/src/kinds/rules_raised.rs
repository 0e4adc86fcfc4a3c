//! `rules.raised`: the book goes on under newer rules, with the statutes that these need. Those sign who may name a new clerk,
//! as many as that takes. Software that does not know the kind or the rules stops here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled};
use crate::case::Case;
use crate::council::Council;
use crate::effect::{Effect, Effects};
use crate::refusal::{Refusal, Stop};
use crate::rules::{Halt, RULES};
use crate::statutes::Statutes;

/// The content of `rules.raised`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesRaised {
    /// The rules version from here on.
    pub rules: u64,
    /// The statutes from here on.
    pub statutes: Statutes,
}

impl Content for RulesRaised {
    const KIND: &'static str = "rules.raised";
}

impl Rule for RulesRaised {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let state = case.state;
        let refuse = |object: &str, reason: String| Refusal::author("statutes", object, reason);
        case.named_for_succession()?;
        if self.rules > u64::from(RULES) {
            return Err(Halt::Stopped(Stop::UnknownRules(self.rules)));
        }
        let rules = self.rules as u32;
        if rules <= state.rules {
            let reason = format!("the book is under version {} already", state.rules);
            return Err(refuse("the rules version", reason).into());
        }
        self.statutes.check(rules).map_err(|reason| refuse("the statutes", reason.into()))?;
        let statutes = self.statutes;
        let holders: BTreeMap<String, Vec<u32>> =
            state.holders.iter().map(|(office, member)| (office.clone(), vec![*member])).collect();
        if let Some(articles) = &statutes.articles
            && let Some(office) = holders.keys().find(|office| articles.office(office).is_none())
        {
            let reason = format!("they have no office {office}, and it is held");
            return Err(refuse("the statutes", reason).into());
        }
        let (entry, at) = (case.number(), case.at);
        Ok(Ruled {
            effects: Effects::one(Effect::NewStatutes),
            clerk: None,
            change: Box::new(move |state| {
                let members = state.members.iter().map(|(number, member)| (*number, member.since));
                state.council = statutes
                    .articles
                    .as_ref()
                    .map(|articles| Box::new(Council::begin(members, &holders, articles, entry, at)));
                state.holders.clear();
                state.rules = rules;
                state.statutes = Some(statutes);
            }),
        })
    }
}
