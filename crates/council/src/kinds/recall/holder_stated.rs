//! `holder.stated`: the holder whose recall is asked for answers. Once more, in its place, until the vote is called.

use serde::{Deserialize, Serialize};

use super::refuse;
use crate::case::Case;
use crate::effect::Effects;
use crate::kinds::petitions::open;
use crate::kinds::{Content, Rule, Ruled};
use crate::petitions::Purpose;
use crate::recalls::{RecallAsked, STATEMENTS_LIMIT};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// A statement has at most so many characters.
const TEXT_LIMIT: usize = 10_000;

/// The content of `holder.stated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderStated {
    /// The entry that began the petition.
    pub recall: u64,
    /// The holder.
    pub member: u32,
    /// What they say.
    pub text: String,
}

impl Content for HolderStated {
    const KIND: &'static str = "holder.stated";
}

/// Whose recall the petition asks for: while it is open, or until its vote is called.
fn asked<'a>(case: &Case<'a>, id: u64) -> Result<&'a RecallAsked, Refusal> {
    let refuse = |reason: &str| Refusal::author("recall", format!("the petition of entry {id}"), reason);
    let (council, _) = case.council()?;
    if let Some(recall) = council.recalls.get(&id) {
        return match recall.called {
            None => Ok(&recall.asked),
            Some(_) => Err(refuse("the vote is called: what was stated before stands")),
        };
    }
    match &open(case, id)?.purpose {
        Purpose::Recall(asked) => Ok(asked),
        Purpose::Statutes(_) => Err(refuse("it asks for no recall")),
    }
}

impl Rule for HolderStated {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { recall: id, member, text } = self;
        case.acts(member)?;
        if text.trim().is_empty() || text.chars().count() > TEXT_LIMIT {
            let reason = format!("it is empty, or longer than {TEXT_LIMIT} characters");
            return Err(Refusal::author("entry-content", "the statement", reason).into());
        }
        let asked = asked(case, id)?;
        if asked.holder != member {
            let reason = format!("member {member} is not the holder whose recall is asked for");
            return Err(refuse(&asked.office, asked.holder, reason).into());
        }
        if asked.stated.len() >= STATEMENTS_LIMIT {
            return Err(refuse(&asked.office, member, "they have replaced their statement already").into());
        }
        let entry = case.number();
        Ok(Ruled {
            effects: Effects::none(),
            clerk: None,
            change: Box::new(move |state| {
                let council = state.council.as_mut();
                if let Some(asked) = council.and_then(|council| council.recall_asked_mut(id)) {
                    asked.stated.push(entry);
                }
            }),
        })
    }
}
