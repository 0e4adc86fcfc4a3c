//! What can be wrong with a file or a request, each in one sentence.

use std::fmt;

/// Why a file of ballots cannot be read: the line and the cause, in one sentence.
///
/// Displayed as `line 7: candidate 15, but the file declares 12 candidates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// The cause, without the line.
    pub cause: String,
}

impl ParseError {
    pub(crate) fn at(line: usize, cause: impl Into<String>) -> Self {
        Self { line: Some(line), cause: cause.into() }
    }

    pub(crate) fn whole(cause: impl Into<String>) -> Self {
        Self { line: None, cause: cause.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.cause),
            None => f.write_str(&self.cause),
        }
    }
}

impl std::error::Error for ParseError {}

/// Why a count was not begun, or could not be carried on. A tie is not among these: see
/// [`Status::LotRequired`](crate::Status::LotRequired).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountError {
    /// Nobody is to be elected.
    NoSeats,
    /// More seats than candidates.
    MoreSeatsThanCandidates {
        /// The seats asked for.
        seats: usize,
        /// The candidates who stand.
        candidates: usize,
    },
    /// The method fills fewer seats.
    TooManySeats {
        /// The method's name.
        method: &'static str,
        /// The most that it can fill.
        most: usize,
        /// The seats asked for.
        seats: usize,
    },
    /// The method takes fewer candidates, so that a count stays small in time and memory.
    TooManyCandidates {
        /// The method's name.
        method: &'static str,
        /// The most that it takes.
        most: usize,
        /// The candidates who stand.
        candidates: usize,
    },
    /// The ballots are of a kind that the method cannot count.
    WrongBallots {
        /// The method's name.
        method: &'static str,
        /// The group of ballots, counted from 1.
        group: usize,
        /// What the group holds: `rankings`, `approvals` or `grades`.
        found: &'static str,
    },
    /// The profile contradicts itself (only one built by hand can; a parsed one is sound).
    Profile(String),
    /// The lot names somebody who does not stand.
    UnknownInLot(String),
    /// The lot names somebody twice.
    TwiceInLot(String),
    /// Exact fractions outgrew [`methods::MAX_FRACTION_BITS`](crate::methods::MAX_FRACTION_BITS): a surplus
    /// that rests on earlier ones doubles their length.
    FractionsTooLarge {
        /// The surplus whose transfer was not begun, counted from 1.
        surplus: usize,
    },
    /// Meek's iteration did not settle within [`methods::MAX_ITERATIONS`](crate::methods::MAX_ITERATIONS).
    NoConvergence {
        /// The round, counted from 1.
        round: usize,
    },
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSeats => f.write_str("no seats: at least one seat must be filled"),
            Self::MoreSeatsThanCandidates { seats, candidates } => {
                write!(f, "more seats than candidates: {seats} seats, {candidates} candidates")
            }
            Self::TooManySeats { method, most, seats } => {
                write!(f, "{method} fills at most {most} seat{}, not {seats}", plural(*most))
            }
            Self::TooManyCandidates { method, most, candidates } => {
                write!(f, "{method} takes at most {most} candidates, not {candidates}")
            }
            Self::WrongBallots { method, group, found } => {
                write!(f, "{method} cannot count {found}, which ballot group {group} holds")
            }
            Self::Profile(cause) => f.write_str(cause),
            Self::UnknownInLot(name) => write!(f, "the lot names \"{name}\", who is not a candidate"),
            Self::TwiceInLot(name) => write!(f, "the lot names \"{name}\" twice"),
            Self::FractionsTooLarge { surplus } => write!(
                f,
                "wigm-stv: the exact fractions grow too long at the transfer of surplus {surplus}; \
                 count so many seats by scottish-stv or meek-stv"
            ),
            Self::NoConvergence { round } => {
                write!(f, "meek-stv: the keep factors of round {round} do not settle")
            }
        }
    }
}

impl std::error::Error for CountError {}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}
