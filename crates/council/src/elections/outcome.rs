//! What an election's ballots say, and how they are counted: for those who show or export a result.

use ::ballot::result::{ElectionResult, QuestionResult};
use ::count::{Outcome, Profile};

use super::count;
use super::question::{RECALL_ANSWERS, contest};
use super::record::{Election, Purpose};
use crate::kinds::BlobRef;

/// The ballots that a decrypted answer stands for; of a contest by choosing or approving only its sums, one group a candidate.
///
/// # Errors
/// Why it is no answer of this election, in words.
pub fn profile(election: &Election, result: &QuestionResult) -> Result<Profile, String> {
    count::profile(election, result)
}

/// The ballots of a vote that was held on paper, from their BLT file; graded ones from a CSV.
///
/// # Errors
/// Why they are none of this election, in words.
pub fn papers(election: &Election, bytes: &[u8]) -> Result<Profile, String> {
    let method = election.frozen.as_ref().and_then(|frozen| ::count::methods::by_name(&frozen.method));
    let graded = method.is_some_and(|method| method.ballot_kind() == ::count::BallotKind::Grade);
    // A BLT file has no grades.
    let name = if graded { "ballots.csv" } else { "ballots.blt" };
    let profile = ::count::formats::parse(name, bytes).map_err(|error| error.to_string())?;
    let names: Vec<String> = match (&election.purpose, &election.frozen) {
        (Purpose::Recall { .. }, _) => RECALL_ANSWERS.map(str::to_owned).to_vec(),
        (_, Some(frozen)) => frozen.candidates.iter().map(|(_, name)| name.clone()).collect(),
        (_, None) => Vec::new(),
    };
    if profile.candidates != names {
        return Err(format!("its candidates are not {}, in this order", names.join(", ")));
    }
    if profile.seats.is_some_and(|seats| seats != election.seats()) {
        return Err(format!("it fills another number of seats than {}", election.seats()));
    }
    Ok(profile)
}

/// Whether its ballots were held on paper, or decrypted one by one; of others there are only sums.
pub fn has_ballots(election: &Election) -> bool {
    is_on_paper(election) || election.is_mixed()
}

fn is_on_paper(election: &Election) -> bool {
    election.paper.as_ref().is_some_and(|paper| paper.ballots.is_some())
}

/// The ballots of an election whose result is there; none before. `blob` gives the material.
///
/// # Errors
/// Why they cannot be read, in words.
pub fn ballots(
    election: &Election,
    blob: &mut dyn FnMut(&BlobRef) -> Option<Vec<u8>>,
) -> Result<Option<Profile>, String> {
    let mut read = |of: &BlobRef| {
        blob(of).ok_or_else(|| format!("blob/{} is missing: fetch it from a mirror", of.sha256))
    };
    if let Some(ballots) = election.paper.as_ref().and_then(|paper| paper.ballots.as_ref()) {
        return papers(election, &read(ballots)?).map(Some);
    }
    let Some(result) = &election.result else { return Ok(None) };
    let contest = contest(election).ok_or("its candidates are not fixed")?;
    let asked = [contest.map_err(|error| error.to_string())?.question()];
    let parsed = ElectionResult::parse(&asked, &read(result)?)?;
    let answer = parsed.result.first().ok_or("its result has no answer")?;
    count::profile(election, answer).map(Some)
}

/// The count by the election's method with the lots drawn so far, stage by stage.
///
/// # Errors
/// Why it cannot be counted, in words.
pub fn count(election: &Election, profile: &Profile) -> Result<Outcome, String> {
    count::outcome(election, profile)
}
