//! The counting methods. A method is one file here and one line in [`all`].

mod approval;
mod irv;
mod majority_judgment;
mod meek_stv;
mod plurality;
mod schulze;
mod scottish_stv;
mod wigm_stv;

pub use meek_stv::MAX_ITERATIONS;
pub use wigm_stv::MAX_FRACTION_BITS;

use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::profile::{MAX_CANDIDATES, Profile};

/// All methods, in the order in which help texts list them.
pub fn all() -> &'static [&'static dyn Method] {
    &[
        &plurality::Plurality,
        &approval::Approval,
        &irv::Irv,
        &scottish_stv::ScottishStv,
        &wigm_stv::WigmStv,
        &meek_stv::MeekStv,
        &schulze::Schulze,
        &majority_judgment::MajorityJudgment,
    ]
}

/// The method of that name, e.g. `scottish-stv`.
pub fn by_name(name: &str) -> Option<&'static dyn Method> {
    all().iter().copied().find(|method| method.name() == name)
}

/// Whether the name is one of a budget method: these are pinned, but come in a later version. Say so with
/// [`BUDGETS_COME_LATER`].
pub fn is_budget(name: &str) -> bool {
    let base = name.strip_suffix("-add1").or_else(|| name.strip_suffix("-greedy"));
    match base {
        Some(base) => matches!(base, "equal-shares-cost" | "equal-shares-cardinality"),
        None => matches!(
            name,
            "greedy-cost"
                | "greedy-cardinality"
                | "equal-shares-cost"
                | "equal-shares-cardinality"
                | "phragmen"
        ),
    }
}

/// What to answer to a budget method or a Pabulib file.
pub const BUDGETS_COME_LATER: &str =
    "budget methods come in a later version; this one counts elections (.blt, PrefLib, graded .csv)";

/// What a voter is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotKind {
    /// Name one candidate.
    ChooseOne,
    /// Name any number of candidates.
    Choose,
    /// Rank candidates.
    Rank,
    /// Give each candidate a grade.
    Grade,
}

/// A counting method.
pub trait Method: Sync {
    /// The name that files and the command line use.
    fn name(&self) -> &'static str;

    /// The rule in one sentence, with its source.
    fn about(&self) -> &'static str;

    /// What a voter is asked to do.
    fn ballot_kind(&self) -> BallotKind;

    /// The most seats that the method can fill; none where only the candidates limit it.
    fn max_seats(&self) -> Option<usize> {
        None
    }

    /// The most candidates that the method takes, so that a count stays small in time and memory.
    fn max_candidates(&self) -> usize {
        MAX_CANDIDATES
    }

    /// Counts the ballots. A tie that the rule leaves to a lot, and that `lot` does not decide, is an outcome.
    ///
    /// # Errors
    /// [`CountError`]: seats or candidates out of range, ballots of the wrong kind, a false lot, a profile that
    /// contradicts itself. Never because of a tie.
    fn count(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        self.validate(profile, seats, lot)?;
        self.count_checked(profile, seats, lot)
    }

    /// Checks what [`Method::count`] checks before it begins: useful before an election is held.
    ///
    /// # Errors
    /// As [`Method::count`], kinds of ballots excepted.
    fn validate(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<(), CountError> {
        profile.check()?;
        let candidates = profile.candidates.len();
        if seats == 0 {
            return Err(CountError::NoSeats);
        }
        if let Some(most) = self.max_seats().filter(|&most| seats > most) {
            return Err(CountError::TooManySeats { method: self.name(), most, seats });
        }
        if seats > candidates {
            return Err(CountError::MoreSeatsThanCandidates { seats, candidates });
        }
        if candidates > self.max_candidates() {
            let most = self.max_candidates();
            return Err(CountError::TooManyCandidates { method: self.name(), most, candidates });
        }
        lot.check(profile)
    }

    /// The count itself; call [`Method::count`] instead, which validates first.
    ///
    /// # Errors
    /// As [`Method::count`].
    #[doc(hidden)]
    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError>;
}
