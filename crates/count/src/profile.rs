//! The ballots of one question, grouped.

use crate::error::CountError;

/// The most ballots that a profile may hold, 10¹²: sums in units of 10⁻⁹ stay far below 2¹²⁸.
pub const MAX_BALLOTS: u64 = 1_000_000_000_000;

/// The most candidates that a profile may hold.
pub const MAX_CANDIDATES: usize = 10_000;

/// The ballots of one question, as a file states them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Profile {
    /// The title, where the file has one.
    pub title: Option<String>,
    /// The seats to fill, where the file says so.
    pub seats: Option<usize>,
    /// The candidates' names exactly as in the file, each once. Candidates withdrawn before the count are left out.
    pub candidates: Vec<String>,
    /// The groups of equal ballots, in file order; the same vote may stand in several groups.
    pub groups: Vec<Group>,
}

/// Ballots that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many ballots.
    pub count: u64,
    /// What each of them says.
    pub vote: Vote,
}

/// What one ballot says. Candidates are indices into [`Profile::candidates`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Tiers, best first; candidates in one tier are ranked equal, absent ones are unranked.
    Ranked(Vec<Vec<usize>>),
    /// The approved (or chosen) candidates, in any order.
    Approved(Vec<usize>),
    /// One grade per candidate: 1 is the best, larger ones are worse, 0 means not graded.
    Graded(Vec<u8>),
}

impl Vote {
    /// What the vote is made of: `rankings`, `approvals` or `grades`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ranked(_) => "rankings",
            Self::Approved(_) => "approvals",
            Self::Graded(_) => "grades",
        }
    }
}

impl Profile {
    /// The number of ballots, [`u64::MAX`] where the sum overflows.
    pub fn ballots(&self) -> u64 {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.count))
    }

    /// Checks that names are unique, indices in range, nobody stands twice on a ballot, and the sizes are within
    /// [`MAX_CANDIDATES`] and [`MAX_BALLOTS`]. Parsed profiles always pass; every method calls this first.
    ///
    /// # Errors
    /// [`CountError::Profile`] with the cause.
    pub fn check(&self) -> Result<(), CountError> {
        let fail = |cause: String| Err(CountError::Profile(cause));
        let standing = self.candidates.len();
        if standing == 0 {
            return fail("no candidates".into());
        }
        if standing > MAX_CANDIDATES {
            return fail(format!("{standing} candidates, but at most {MAX_CANDIDATES} are counted"));
        }
        if let Some(name) = first_duplicate(&self.candidates) {
            return fail(format!("two candidates have the name \"{name}\""));
        }
        if self.ballots() > MAX_BALLOTS {
            return fail(format!("more than {MAX_BALLOTS} ballots"));
        }
        let mut seen = vec![0; standing];
        for (place, group) in self.groups.iter().enumerate() {
            let number = place + 1;
            let mut mark = |index: usize| match seen.get_mut(index) {
                None => fail(format!("ballot group {number}: no candidate has the index {index}")),
                Some(last) if *last == number => {
                    fail(format!("ballot group {number}: \"{}\" stands there twice", self.candidates[index]))
                }
                Some(last) => {
                    *last = number;
                    Ok(())
                }
            };
            match &group.vote {
                Vote::Ranked(tiers) => tiers.iter().flatten().try_for_each(|&index| mark(index))?,
                Vote::Approved(list) => list.iter().try_for_each(|&index| mark(index))?,
                Vote::Graded(grades) if grades.len() != standing => {
                    return fail(format!(
                        "ballot group {number}: {} grades for {standing} candidates",
                        grades.len()
                    ));
                }
                Vote::Graded(_) => {}
            }
        }
        Ok(())
    }

    pub(crate) fn name(&self, candidate: usize) -> &str {
        self.candidates.get(candidate).map_or("?", String::as_str)
    }

    /// Names joined as in a sentence: `Ana`, `Ana and Bea`, `Ana, Bea and Caro`.
    pub(crate) fn names(&self, candidates: &[usize]) -> String {
        match candidates {
            [] => "nobody".into(),
            [one] => self.name(*one).into(),
            [most @ .., last] => {
                let most: Vec<&str> = most.iter().map(|&c| self.name(c)).collect();
                format!("{} and {}", most.join(", "), self.name(*last))
            }
        }
    }
}

/// The first name that stands earlier in the list as well.
pub(crate) fn first_duplicate(names: &[String]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().map(String::as_str).find(|name| !seen.insert(*name))
}
