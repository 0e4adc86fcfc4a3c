//! `credentials.listed`: scrutineers have matched who enrolled, one by one, with the frozen roll, and sign the lists of
//! credentials. Who has which they only commit to.

use ::ballot::credential::Enrolled;
use ::ballot::group::{Ed25519, Group};
use serde::{Deserialize, Serialize};

use super::{election, moved, of, refuse, sized, unconcerned};
use crate::case::Case;
use crate::elections::{Lists, Phase};
use crate::kinds::{BlobRef, Content, Rule, Ruled};
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::statutes::Power;

/// The content of `credentials.listed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsListed {
    /// The entry that called the election.
    pub election: u64,
    /// The credentials of phones that enrolled: a list as in an archive, sorted.
    pub phones: BlobRef,
    /// Those printed on slips and for paper ballots, in the same form.
    pub slips: BlobRef,
    /// The commitment to who has which: 64 hexadecimal digits.
    pub matched: String,
}

impl Content for CredentialsListed {
    const KIND: &'static str = "credentials.listed";
}

/// A credential has so many bytes in a list: 64 digits in quotation marks, and a comma.
const CREDENTIAL_BYTES: u64 = 67;

/// Reads a list of credentials without weights: sorted, each once.
pub(super) fn list(bytes: &[u8], object: &str) -> Result<Vec<Enrolled<Ed25519>>, Refusal> {
    let wrong = |reason: String| Refusal::author("credentials", object, reason);
    let lines: Vec<String> = ballot::json::parse(bytes).map_err(|error| wrong(error.to_string()))?;
    let mut keys: Vec<Enrolled<Ed25519>> = Vec::with_capacity(lines.len());
    for (number, line) in (1..).zip(&lines) {
        let enrolled =
            Enrolled::parse(line).map_err(|reason| wrong(format!("credential {number}: {reason}")))?;
        if enrolled.weight != 1 {
            return Err(wrong(format!("credential {number} has a weight, and every member has one vote")));
        }
        let point = Ed25519::point(&enrolled.key);
        if Ed25519::is_identity(&point) || !Ed25519::in_subgroup(&point) {
            return Err(wrong(format!(
                "credential {number} is the identity or outside the prime-order subgroup"
            )));
        }
        if keys.last().is_some_and(|last| last.key >= enrolled.key) {
            return Err(wrong(format!("credential {number} is not greater than the one before it")));
        }
        keys.push(enrolled);
    }
    Ok(keys)
}

/// Both lists as the one of an archive.
pub(super) fn joined(phones: &[u8], slips: &[u8]) -> Result<String, Refusal> {
    let mut all = list(phones, "the phones' credentials")?;
    all.extend(list(slips, "the slips' credentials")?);
    ballot::setup::credential_list(all)
        .map_err(|misuse| Refusal::author("credentials", "the lists", misuse.to_string()))
}

impl Rule for CredentialsListed {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let id = self.election;
        let election = election(case, id, &[Phase::Frozen])?;
        unconcerned(case, election, Power::Scrutiny, 0)?;
        let frozen = election.frozen.as_ref().ok_or_else(|| refuse(of(id), "its roll is not frozen"))?;
        if case.at < frozen.enrol_until {
            let reason = format!("phones can enrol until {}", frozen.enrol_until);
            return Err(refuse(of(id), reason).next("wait until then").into());
        }
        if book::hash::Hash::from_hex(&self.matched).is_none() {
            let reason = "it is not 64 hexadecimal digits";
            return Err(Refusal::author("entry-content", "the commitment", reason).into());
        }
        // Before anything is read: what is far too long costs nobody the work of reading it.
        let longest = frozen.voters.saturating_add(8).saturating_mul(2 * CREDENTIAL_BYTES);
        if self.phones.size.saturating_add(self.slips.size) > longest {
            let reason = format!("they are more than {} voters can have", frozen.voters);
            return Err(Refusal::author("credentials", "the lists", reason).into());
        }
        let effects = vec![sized(&self.phones, "the phones' list")?, sized(&self.slips, "the slips' list")?];
        let [phones, slips] = [case.blob(&self.phones)?, case.blob(&self.slips)?];
        let counts = (
            list(&phones, "the phones' credentials")?.len() as u64,
            list(&slips, "the slips' credentials")?.len() as u64,
        );
        if counts.0 + counts.1 > frozen.voters {
            let reason =
                format!("they are {}, and {} may vote: nobody gets two", counts.0 + counts.1, frozen.voters);
            return Err(Refusal::author("credentials", "the credentials", reason).into());
        }
        if counts.0 + counts.1 == 0 {
            return Err(Refusal::author("credentials", "the credentials", "there is none").into());
        }
        joined(&phones, &slips)?;
        let (at, matched) = (case.at, self.matched);
        let lists = Lists { at, phones: self.phones, slips: self.slips, counts, matched };
        Ok(moved(id, effects, move |election| election.lists = Some(lists)))
    }
}
