//! `irv`: instant run-off, one seat, optional preferences.

use super::{BallotKind, Method};
use crate::arithmetic::Fixed;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::profile::Profile;
use crate::transfers::{Rule, count_by_transfers};

pub(super) struct Irv;

impl Method for Irv {
    fn name(&self) -> &'static str {
        "irv"
    }

    fn about(&self) -> &'static str {
        "instant run-off for one seat: the last is excluded until one has more than half of the continuing votes"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Rank
    }

    fn max_seats(&self) -> Option<usize> {
        Some(1)
    }

    fn max_candidates(&self) -> usize {
        1_000
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let rule = Rule { method: self.name(), title: "Instant run-off", run_off: true };
        count_by_transfers(rule, Fixed::<0>, profile, seats, lot)
    }
}
