//! `candidate.accepted`: whoever was nominated accepts, and makes public under which name they stand.

use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse};
use crate::case::Case;
use crate::elections::{Phase, Purpose};
use crate::kinds::offices;
use crate::kinds::{Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// A name has at most so many characters.
const NAME_LIMIT: usize = 100;

/// The content of `candidate.accepted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateAccepted {
    /// The entry that called the election.
    pub election: u64,
    /// Who accepts.
    pub member: u32,
    /// Under which name: it stays in the book for good.
    pub name: String,
}

impl Content for CandidateAccepted {
    const KIND: &'static str = "candidate.accepted";
}

/// What tells one name from another: its letters and digits, neither spaces nor signs, nor whether they are capitals.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Rule for CandidateAccepted {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, member, name } = self;
        case.acts(member)?;
        let election = election(case, id, &[Phase::Called])?;
        if case.at >= election.nominate_until {
            let reason = format!("people could stand until {}", election.nominate_until);
            return Err(refuse(of(id), reason).into());
        }
        let object = format!("member {member}");
        let candidacy = election.candidates.get(&member);
        let candidacy = candidacy.ok_or_else(|| {
            refuse(&object, "nobody has nominated them").next("nominate yourself with `candidate.nominated`")
        })?;
        if candidacy.withdrawn {
            return Err(refuse(object, "they have withdrawn, and cannot come back into this election").into());
        }
        if candidacy.name.is_some() {
            return Err(refuse(object, "they have accepted already").into());
        }
        if name.trim() != name || name.is_empty() || name.chars().count() > NAME_LIMIT {
            let reason = format!("it is empty, has spaces around it or more than {NAME_LIMIT} characters");
            return Err(Refusal::author("entry-content", "the name", reason).into());
        }
        // A BLT file, in which paper ballots are written down, may have no way to write them.
        if name.contains('"') {
            let reason = "it has double quotes in it";
            return Err(Refusal::author("entry-content", "the name", reason).into());
        }
        if letters(&name).is_empty() {
            return Err(Refusal::author("entry-content", "the name", "it has no letters").into());
        }
        if election.standing().any(|(_, other)| letters(other) == letters(&name)) {
            return Err(
                refuse("the name", "somebody stands under it already: add what tells you apart").into()
            );
        }
        if let Purpose::Office { office, .. } = &election.purpose {
            offices::may_stand(case, office, member)?;
        }
        Ok(moved(id, Vec::new(), move |election| {
            if let Some(candidacy) = election.candidates.get_mut(&member) {
                candidacy.name = Some(name);
            }
        }))
    }
}
