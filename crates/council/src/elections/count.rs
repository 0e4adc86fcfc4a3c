//! From what was decrypted, or transcribed from paper, to seats.

use ::ballot::result::QuestionResult;
use ::count::{Lot, Outcome, Profile, Status};

use super::question::contest;
use super::record::{Declared, Election};

/// The profile that a decrypted result stands for.
pub(crate) fn profile(election: &Election, result: &QuestionResult) -> Result<Profile, String> {
    let contest = contest(election).ok_or("its candidates are not fixed")?;
    let contest = contest.map_err(|error| error.to_string())?;
    contest.profile(result, election.counted).map_err(|error| error.to_string())
}

/// Counts a profile by the election's method, with the lots drawn so far.
pub(crate) fn declare(election: &Election, profile: &Profile, at: u64) -> Result<Declared, String> {
    let frozen = election.frozen.as_ref().ok_or("its candidates are not fixed")?;
    if election.purpose.is_recall() {
        let votes = |answer: usize| -> u64 {
            let names = |group: &&::count::Group| match &group.vote {
                ::count::Vote::Approved(chosen) => chosen.as_slice() == [answer],
                ::count::Vote::Ranked(tiers) => tiers.first().is_some_and(|tier| tier.as_slice() == [answer]),
                ::count::Vote::Graded(_) => false,
            };
            profile.groups.iter().filter(names).map(|group| group.count).sum()
        };
        let [recall, keep] = [0, 1].map(votes);
        return Ok(Declared { at, elected: Vec::new(), tied: Vec::new(), recall: Some((recall, keep)) });
    }
    let member = |index: &usize| frozen.candidates.get(*index).map(|(member, _)| *member);
    let outcome = outcome(election, profile)?;
    let tied = match &outcome.status {
        Status::Complete => Vec::new(),
        Status::LotRequired { among, .. } => among.iter().filter_map(member).collect(),
    };
    let elected = outcome.elected.iter().filter_map(member).collect();
    Ok(Declared { at, elected, tied, recall: None })
}

/// The count itself.
pub(crate) fn outcome(election: &Election, profile: &Profile) -> Result<Outcome, String> {
    let frozen = election.frozen.as_ref().ok_or("its candidates are not fixed")?;
    let method = ::count::methods::by_name(&frozen.method).ok_or("its method is unknown")?;
    let order = election
        .lot
        .iter()
        .filter_map(|drawn| frozen.candidates.iter().position(|(member, _)| member == drawn));
    let lot = Lot::from_indices(order.collect());
    method.count(profile, election.seats(), &lot).map_err(|error| error.to_string())
}
