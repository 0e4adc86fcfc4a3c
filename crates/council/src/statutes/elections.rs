//! The article on elections.

use serde::{Deserialize, Serialize};

/// How elections are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionArticle {
    /// How many trustees hold the key.
    pub trustees: u32,
    /// How many of them it takes to open the box; as many as there are: each has a key of its own.
    pub threshold: u32,
    /// For at least so many days after the call people can stand.
    pub nomination_days: u32,
    /// For at least so many days the box is open.
    pub voting_days: u32,
    /// For so many days a result can be disputed before anybody takes a seat by it.
    pub dispute_days: u32,
    /// After so many days in which those who should act did not, any member with a vote may.
    pub late_days: u32,
    /// With fewer ballots than this nothing is decrypted.
    pub least_ballots: u32,
    /// Where fewer than this may vote, a contest by ranking or grading is held by approving: single rankings unmask people.
    pub least_ranked: u32,
}

/// At most so many trustees.
const TRUSTEES_LIMIT: u32 = 30;

impl ElectionArticle {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !(1..=TRUSTEES_LIMIT).contains(&self.trustees) || !(1..=self.trustees).contains(&self.threshold) {
            return Err("there are not 1 to 30 trustees, or the threshold is not among them");
        }
        super::articles::days(self.nomination_days, 0)?;
        super::articles::days(self.voting_days, 0)?;
        super::articles::days(self.dispute_days, 0)?;
        super::articles::days(self.late_days, 1)?;
        if self.least_ballots > 1000 || self.least_ranked > 10_000 {
            return Err("a least number of ballots or of voters is out of bounds");
        }
        Ok(())
    }
}
