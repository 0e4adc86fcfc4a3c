//! `election.opened`: the box is open. What it is opened with follows from the entries before, to the byte.

use ::ballot::group::Ed25519;
use ::ballot::trustee::Trustees;
use serde::{Deserialize, Serialize};

use super::credentials_listed::joined;
use super::{article, carried_on, days_at_most, election, moved_with_box, of, refuse, sized};
use crate::case::Case;
use crate::effect::Effect;
use crate::elections::{Opening, Phase, opened, question};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::rules::Halt;

/// A box is open for at most so many days.
const OPEN_DAYS: u64 = 366;

/// What a box is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupBlobs {
    /// `election.json`.
    pub election: BlobRef,
    /// Phones' and slips' credentials in one list.
    pub credentials: BlobRef,
}

/// The content of `election.opened`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionOpened {
    /// The entry that called the election.
    pub election: u64,
    /// Until when ballots are taken: Unix seconds.
    pub until: u64,
    /// What it is opened with, beside the trustees' keys.
    pub setup: SetupBlobs,
}

impl Content for ElectionOpened {
    const KIND: &'static str = "election.opened";
}

impl Rule for ElectionOpened {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let id = self.election;
        let election = election(case, id, &[Phase::Listed])?;
        let lists =
            election.lists.as_ref().ok_or_else(|| refuse(of(id), "its credentials are not listed"))?;
        carried_on(case, lists.at)?;
        let days = u64::from(article(case)?.voting_days);
        let most = days_at_most(case, election, OPEN_DAYS)?;
        let [earliest, latest] = [days, most].map(|days| case.at.saturating_add(days * DAY));
        if self.until < earliest || self.until <= case.at || self.until > latest {
            let reason = format!("it is not between {earliest} ({days} days from now) and {latest}");
            return Err(refuse("the time of the close", reason).into());
        }
        let (council, _) = case.council()?;
        let team = council.elections.team.as_ref().filter(|team| team.can_open());
        let team = team.ok_or_else(|| {
            Refusal::author("trustees", "the trustees", "too few of them have their share").next(
                "have trustees make a new key (`trustees.formed`), or let the assembly move the vote to paper",
            )
        })?;
        let mixes =
            |member: &u32| team.able().any(|trustee| trustee == *member) || election.missing.contains(member);
        let asked = election.mixers.iter().filter(|_| election.is_mixed());
        if let Some(gone) = asked.into_iter().find(|member| !mixes(member)) {
            let reason =
                format!("member {gone}, whom the call names as a mixer, is not among those who stand ready");
            return Err(Refusal::author("trustees", "the mixers", reason)
                .next("let the assembly go on without them (`trustee.missing`)")
                .into());
        }
        let effects = vec![
            sized(&self.setup.election, "election.json")?,
            sized(&self.setup.credentials, "the list of credentials")?,
            Effect::Wake { at: self.until },
        ];
        let bytes = case.blob(&team.trustees)?;
        let trustees = Trustees::<Ed25519>::parse(&bytes).ok().and_then(|list| list.verify().ok());
        let trustees = trustees.ok_or_else(|| {
            Refusal::author(
                "trustees",
                "the list of keys",
                "it does not hold: hand the book over to before it",
            )
        })?;
        let expected = question::describe(&case.state.book, election, &trustees)
            .map_err(|reason| refuse(of(id), format!("it cannot be held: {reason}")))?;
        if case.blob(&self.setup.election)? != expected.as_bytes() {
            let reason =
                "it is not the one that follows from the entries: `cabildo election open` makes that";
            return Err(refuse("election.json", reason).into());
        }
        let expected = joined(&case.blob(&lists.phones)?, &case.blob(&lists.slips)?)?;
        if case.blob(&self.setup.credentials)? != expected.as_bytes() {
            let reason = "it is not the two signed lists in one: `cabildo election open` makes that";
            return Err(Refusal::author("credentials", "the list of credentials", reason).into());
        }
        let opening = Opening {
            at: case.at,
            until: self.until,
            election: self.setup.election,
            credentials: self.setup.credentials,
            team: team.clone(),
        };
        let open = opened::begin(case, &opening)?;
        Ok(moved_with_box(id, effects, open, move |election| election.opened = Some(opening)))
    }
}
