//! `trustee.missing`: a mixer whom the call names does not come, and the assembly lets the election go on without them.

use serde::{Deserialize, Serialize};

use super::{article, assembly, election, moved, refuse};
use crate::case::Case;
use crate::elections::Phase;
use crate::kinds::{Content, Rule, Ruled};
use crate::offices::DAY;
use crate::rules::Halt;

/// The content of `trustee.missing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteeMissing {
    /// The entry that called the election.
    pub election: u64,
    /// Who is missing.
    pub member: u32,
}

impl Content for TrusteeMissing {
    const KIND: &'static str = "trustee.missing";
}

impl Rule for TrusteeMissing {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let Self { election: id, member } = self;
        let election = election(case, id, &[Phase::Listed, Phase::Mixing])?;
        assembly(case, election)?;
        let object = format!("member {member}");
        let named = election.mixers.contains(&member) && !election.missing.contains(&member);
        let owner = election.opened.as_ref().and_then(|opened| opened.team.owner(member));
        let has_mixed =
            owner.is_some_and(|owner| election.shuffles.iter().any(|shuffled| shuffled.owner == owner));
        if !named || has_mixed {
            return Err(refuse(object, "they are no mixer whose shuffle is still to come").into());
        }
        let rest =
            election.mixers.iter().filter(|mixer| **mixer != member && !election.missing.contains(mixer));
        if rest.count() == 0 {
            return Err(refuse(object, "they are the last mixer, and without any nobody's vote is secret")
                .next("move the vote to paper (`election.moved-to-paper`)")
                .into());
        }
        // Whoever has lost the share is not waited for.
        let opened = election.opened.as_ref();
        let lost = opened.is_some_and(|opened| opened.team.lost.contains(&member));
        let since = election.closed.as_ref().map_or(0, |(at, _)| *at);
        let late = since.saturating_add(u64::from(article(case)?.late_days) * DAY);
        if opened.is_some() && !lost && case.at < late {
            return Err(refuse(object, format!("they have until {late}")).next("wait until then").into());
        }
        Ok(moved(id, Vec::new(), move |election| {
            election.missing.insert(member);
        }))
    }
}
