//! `approval`: each ballot names any number of candidates; the most approvals win.

use super::plurality::most_votes;
use super::{BallotKind, Method};
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::profile::{Profile, Vote};

pub(super) struct Approval;

impl Method for Approval {
    fn name(&self) -> &'static str {
        "approval"
    }

    fn about(&self) -> &'static str {
        "each ballot names any number of candidates, the most approvals win (Brams & Fishburn 1978)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Choose
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let mut approvals = vec![0; profile.candidates.len()];
        let mut valid = 0;
        for (place, group) in profile.groups.iter().enumerate() {
            let mut approve = |candidate: usize| approvals[candidate] += group.count;
            match &group.vote {
                Vote::Approved(list) => list.iter().for_each(|&c| approve(c)),
                Vote::Ranked(tiers) => tiers.iter().flatten().for_each(|&c| approve(c)),
                Vote::Graded(_) => {
                    let found = group.vote.kind();
                    return Err(CountError::WrongBallots { method: self.name(), group: place + 1, found });
                }
            }
            // Approving nobody is a vote, too.
            valid += group.count;
        }
        Ok(most_votes(self.name(), "any number of candidates", profile, seats, lot, approvals, valid))
    }
}
