//! `scottish-stv`: the single transferable vote as Scottish councils are elected.
//!
//! Source: the Scottish Local Government Elections Order 2011 (SSI 2011/399), Schedule 1, "Counting of votes"; the
//! same words as in the Order of 2007 (SSI 2007/42), rules 45 to 52, whose numbers the 2011 Order raises by one.
//! Weighted inclusive Gregory: all papers of a candidate with a surplus move, each at
//! surplus × its value ÷ the candidate's total, to five decimals, any remainder ignored.

use super::{BallotKind, Method};
use crate::arithmetic::Fixed;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::profile::Profile;
use crate::transfers::{Rule, count_by_transfers};

pub(super) struct ScottishStv;

impl Method for ScottishStv {
    fn name(&self) -> &'static str {
        "scottish-stv"
    }

    fn about(&self) -> &'static str {
        "single transferable vote, weighted inclusive Gregory to five decimals \
         (Scottish Local Government Elections Order 2011, Schedule 1)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Rank
    }

    fn max_candidates(&self) -> usize {
        1_000
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let rule = Rule { method: self.name(), title: "Scottish STV", run_off: false };
        count_by_transfers(rule, Fixed::<5>, profile, seats, lot)
    }
}
