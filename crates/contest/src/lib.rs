//! Joins the ballot and the count: which question a counting method asks under encryption, how a vote becomes the plain
//! numbers that are encrypted, and how what was decrypted becomes ballots to count.
//!
//! Choosing one or several is asked as a homomorphic question, so that single votes are never decrypted. Ranking and grading
//! are asked as a non-homomorphic one: the votes are mixed, then decrypted one by one.

use std::fmt;

use ballot::election::{Homomorphic, Question};
use ballot::result::QuestionResult;
use count::{BallotKind, CountError, Group, Lot, Method, Profile, Vote};
use serde_json::json;
use zeroize::Zeroizing;

/// The most candidates of a ranked or graded contest: what a vote in Ed25519 can hold, one byte each.
pub const MAX_RANKED: usize = 30;

/// Why a contest cannot be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContestError {
    /// More candidates than a ranked or graded vote can hold.
    TooManyCandidates(usize),
    /// The counting method refuses.
    Count(CountError),
    /// A ballot does not say what the method asks: its place in the file, from 1, and what it holds.
    WrongBallot(usize, &'static str),
    /// What was decrypted is not a result of this contest.
    WrongResult,
}

impl fmt::Display for ContestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContestError::TooManyCandidates(count) => write!(
                f,
                "{count} candidates, and at most {MAX_RANKED} can be ranked or graded in secret: hold the contest by choosing or approving"
            ),
            ContestError::Count(error) => error.fmt(f),
            ContestError::WrongBallot(place, found) => {
                write!(f, "ballot group {place} holds {found}, which this method does not ask for")
            }
            ContestError::WrongResult => f.write_str("the result is not one of this contest"),
        }
    }
}

impl std::error::Error for ContestError {}

/// One contest: candidates, seats, and the method by which it is counted.
pub struct Contest {
    method: &'static dyn Method,
    title: Option<String>,
    candidates: Vec<String>,
    seats: usize,
    blank: bool,
    grades: u8,
}

impl Contest {
    /// A contest among the candidates of a profile. With `blank`, a ballot that names nobody is cast as a blank vote, an
    /// answer of its own; without it, as one that chooses nobody.
    ///
    /// # Errors
    /// Seats or candidates that the method does not take; more than [`MAX_RANKED`] candidates to rank or grade.
    pub fn new(
        method: &'static dyn Method,
        profile: &Profile,
        seats: usize,
        blank: bool,
    ) -> Result<Contest, ContestError> {
        method.validate(profile, seats, &Lot::none()).map_err(ContestError::Count)?;
        let ranked = matches!(method.ballot_kind(), BallotKind::Rank | BallotKind::Grade);
        if ranked && profile.candidates.len() > MAX_RANKED {
            return Err(ContestError::TooManyCandidates(profile.candidates.len()));
        }
        let grade = |group: &Group| match &group.vote {
            Vote::Graded(grades) => grades.iter().copied().max().unwrap_or(0),
            _ => 0,
        };
        Ok(Contest {
            method,
            title: profile.title.clone(),
            candidates: profile.candidates.clone(),
            seats,
            blank,
            grades: profile.groups.iter().map(grade).max().unwrap_or(0),
        })
    }

    /// The method.
    pub fn method(&self) -> &'static dyn Method {
        self.method
    }

    /// The seats.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// Whether the votes are mixed and decrypted one by one.
    pub fn is_mixed(&self) -> bool {
        matches!(self.method.ballot_kind(), BallotKind::Rank | BallotKind::Grade)
    }

    /// The question that is asked under encryption.
    pub fn question(&self) -> Question {
        let text = self.title.clone().unwrap_or_else(|| "Who is elected?".to_owned());
        let answers = self.candidates.clone();
        let most = match self.method.ballot_kind() {
            BallotKind::ChooseOne => 1,
            BallotKind::Choose => u32::try_from(answers.len()).unwrap_or(u32::MAX),
            BallotKind::Rank | BallotKind::Grade => {
                return Question::non_homomorphic(text, answers, Some(self.extra()));
            }
        };
        let min = u32::from(self.blank);
        let blank = self.blank.then_some(true);
        Question::Homomorphic(Homomorphic { answers, blank, min, max: most, question: text })
    }

    /// What Belenios' own clients read about counting: `method` is the nearest of theirs, `rule` is ours.
    fn extra(&self) -> serde_json::Value {
        let (rule, blank, seats) = (self.method.name(), self.blank, self.seats);
        match self.method.ballot_kind() {
            BallotKind::Grade => {
                let grades: Vec<String> = (1..=self.grades).map(|grade| grade.to_string()).collect();
                json!({"method": "MajorityJudgment", "blank": blank, "grades": grades, "rule": rule, "seats": seats})
            }
            _ if rule == "schulze" => {
                json!({"method": "Schulze", "blank": blank, "rule": rule, "seats": seats})
            }
            _ => json!({"method": "STV", "blank": blank, "seats": seats, "rule": rule}),
        }
    }

    /// The plain numbers of a vote (see `ballot::question::Answer::create`). `place` is the vote's place in its file, from
    /// 1, for the refusal.
    ///
    /// # Errors
    /// [`ContestError::WrongBallot`].
    pub fn plain(&self, vote: &Vote, place: usize) -> Result<Zeroizing<Vec<u8>>, ContestError> {
        let wrong = || ContestError::WrongBallot(place, vote.kind());
        let candidates = self.candidates.len();
        let mut numbers = Zeroizing::new(vec![0; candidates]);
        match (self.method.ballot_kind(), vote) {
            (BallotKind::Rank, Vote::Ranked(tiers)) => {
                for (tier, rank) in tiers.iter().zip(1..) {
                    for candidate in tier {
                        *numbers.get_mut(*candidate).ok_or_else(wrong)? = rank;
                    }
                }
                return Ok(numbers);
            }
            (BallotKind::Grade, Vote::Graded(grades)) if grades.len() == candidates => {
                numbers.copy_from_slice(grades);
                return Ok(numbers);
            }
            (BallotKind::ChooseOne, Vote::Ranked(_) | Vote::Approved(_)) => {
                let named = match vote {
                    Vote::Ranked(tiers) => tiers.first().map_or(&[][..], Vec::as_slice),
                    Vote::Approved(list) => list,
                    Vote::Graded(_) => &[],
                };
                // Naming several equally names no one: the count and the box agree on it.
                if let [one] = named {
                    *numbers.get_mut(*one).ok_or_else(wrong)? = 1;
                }
            }
            (BallotKind::Choose, Vote::Ranked(_) | Vote::Approved(_)) => {
                let chosen: Vec<usize> = match vote {
                    Vote::Ranked(tiers) => tiers.iter().flatten().copied().collect(),
                    Vote::Approved(list) => list.clone(),
                    Vote::Graded(_) => Vec::new(),
                };
                for candidate in chosen {
                    *numbers.get_mut(candidate).ok_or_else(wrong)? = 1;
                }
            }
            _ => return Err(wrong()),
        }
        if self.blank {
            let is_blank = u8::from(numbers.iter().all(|m| *m == 0));
            numbers.insert(0, is_blank);
        }
        Ok(numbers)
    }

    /// The ballots that a decrypted result stands for; a contest by choosing gives back its sums, one group a candidate,
    /// and `ballots`, the number of ballots (their weight) that count.
    ///
    /// # Errors
    /// [`ContestError::WrongResult`].
    pub fn profile(&self, result: &QuestionResult, ballots: u64) -> Result<Profile, ContestError> {
        let candidates = self.candidates.len();
        let groups = match (self.method.ballot_kind(), result) {
            (BallotKind::ChooseOne | BallotKind::Choose, QuestionResult::Counts(counts)) => {
                let counts = counts.get(usize::from(self.blank)..).unwrap_or_default();
                if counts.len() != candidates {
                    return Err(ContestError::WrongResult);
                }
                let group = |(i, count): (usize, u64)| Group { count, vote: Vote::Approved(vec![i]) };
                let mut groups: Vec<Group> = counts.iter().map(|n| n.0).enumerate().map(group).collect();
                if self.method.ballot_kind() == BallotKind::ChooseOne {
                    let named: u64 = counts.iter().map(|n| n.0).sum();
                    let nobody = ballots.checked_sub(named).ok_or(ContestError::WrongResult)?;
                    groups.push(Group { count: nobody, vote: Vote::Approved(Vec::new()) });
                }
                groups.retain(|group| group.count > 0);
                groups
            }
            (BallotKind::Rank, QuestionResult::Votes(votes)) => votes
                .iter()
                .map(|numbers| match numbers.len() == candidates {
                    true => Ok(Group { count: 1, vote: Vote::Ranked(tiers(numbers)) }),
                    false => Err(ContestError::WrongResult),
                })
                .collect::<Result<_, _>>()?,
            (BallotKind::Grade, QuestionResult::Votes(votes)) => votes
                .iter()
                .map(|numbers| match numbers.len() == candidates {
                    true => Ok(Group { count: 1, vote: Vote::Graded(numbers.clone()) }),
                    false => Err(ContestError::WrongResult),
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(ContestError::WrongResult),
        };
        Ok(Profile {
            title: self.title.clone(),
            seats: Some(self.seats),
            candidates: self.candidates.clone(),
            groups,
        })
    }
}

/// Equal numbers are one tier, smaller ones come first, 0 is unranked.
fn tiers(numbers: &[u8]) -> Vec<Vec<usize>> {
    let mut ranked: Vec<(u8, usize)> =
        numbers.iter().copied().zip(0..).filter(|(rank, _)| *rank > 0).collect();
    ranked.sort_unstable();
    ranked
        .chunk_by(|a, b| a.0 == b.0)
        .map(|tier| tier.iter().map(|(_, candidate)| *candidate).collect())
        .collect()
}
