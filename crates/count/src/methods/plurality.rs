//! `plurality`: each ballot names one candidate; the most votes win.

use super::{BallotKind, Method};
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::{Detail, Outcome, Stage};
use crate::profile::{Profile, Vote};
use crate::ranking::{take_seats, tiers_by_score};

pub(super) struct Plurality;

impl Method for Plurality {
    fn name(&self) -> &'static str {
        "plurality"
    }

    fn about(&self) -> &'static str {
        "each ballot names one candidate, the most votes win (with several seats: the single non-transferable vote)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::ChooseOne
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let mut votes = vec![0; profile.candidates.len()];
        let mut valid = 0;
        for (place, group) in profile.groups.iter().enumerate() {
            if let Some(choice) = only_choice(&group.vote, self.name(), place + 1)? {
                votes[choice] += group.count;
                valid += group.count;
            }
        }
        Ok(most_votes(self.name(), "one candidate", profile, seats, lot, votes, valid))
    }
}

/// Implements OnlyChoice: the one candidate whom a ballot names, its first preference where it ranks. A ballot
/// that names nobody, or several equally, names no one.
fn only_choice(vote: &Vote, method: &'static str, group: usize) -> Result<Option<usize>, CountError> {
    let named = match vote {
        Vote::Ranked(tiers) => tiers.first().map_or(&[][..], Vec::as_slice),
        Vote::Approved(list) => list,
        Vote::Graded(_) => return Err(CountError::WrongBallots { method, group, found: vote.kind() }),
    };
    Ok(if let [one] = named { Some(*one) } else { None })
}

/// Implements MostVotes: one stage with the votes, seats taken from the top.
pub(super) fn most_votes(
    method: &'static str,
    named: &str,
    profile: &Profile,
    seats: usize,
    lot: &Lot,
    votes: Vec<u64>,
    valid: u64,
) -> Outcome {
    let ballots = profile.ballots();
    let tiers = tiers_by_score(&votes);
    let (elected, status, decided) = take_seats(profile, &tiers, seats, lot);
    let mut lines = vec![
        format!("{method}: {} candidates, seats: {seats}.", profile.candidates.len()),
        format!("Ballots: {ballots}; naming {named}: {valid}; others: {}.", ballots - valid),
        String::new(),
    ];
    for &candidate in tiers.iter().flatten() {
        lines.push(format!("  {}: {}", profile.name(candidate), votes[candidate]));
    }
    lines.push(String::new());
    lines.extend(decided);
    let stage = Stage {
        text: "The ballots are counted.".into(),
        totals: votes.iter().map(u64::to_string).collect(),
        non_transferable: None,
        elected: elected.clone(),
        ..Stage::default()
    };
    let ranking = tiers;
    Outcome {
        method,
        seats,
        ballots,
        valid,
        quota: None,
        elected,
        stages: vec![stage],
        status,
        ranking,
        detail: Detail::None,
        lines,
    }
}
