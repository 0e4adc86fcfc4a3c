//! `majority-judgment`: grades, ranked by lower medians (Balinski & Laraki 2007, 2011).

use super::{BallotKind, Method};
use crate::decimal::percent;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::{Detail, Gauge, Outcome, Stage};
use crate::profile::{Profile, Vote};
use crate::ranking::{take_seats, tiers_by_score};

pub(super) struct MajorityJudgment;

impl Method for MajorityJudgment {
    fn name(&self) -> &'static str {
        "majority-judgment"
    }

    fn about(&self) -> &'static str {
        "grades, the best lower median wins, ties by removing the median grades (Balinski & Laraki 2011)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Grade
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let tallies = tally_grades(profile, self.name())?;
        let gauges: Vec<Gauge> = tallies.iter().map(|tally| majority_gauge(tally)).collect();
        let values: Vec<_> = tallies.iter().map(|tally| majority_value(tally)).collect();
        // Smaller grades are better, so the largest reversed value comes first.
        let ranking = tiers_by_score(&values.iter().map(std::cmp::Reverse).collect::<Vec<_>>());
        let (elected, status, decided) = take_seats(profile, &ranking, seats, lot);

        let ballots = profile.ballots();
        let mut lines = vec![
            format!("majority-judgment: {} candidates, seats: {seats}.", profile.candidates.len()),
            format!("Ballots: {ballots}. Grade 1 is the best; a blank counts as the worst grade in use."),
            format!(
                "The majority grade is that of ballot {} when a candidate's grades are laid out from best to worst.",
                ballots / 2 + 1
            ),
            String::new(),
        ];
        for (tier, place) in ranking.iter().zip(1..) {
            for &candidate in tier {
                let gauge = &gauges[candidate];
                lines.push(format!(
                    "  {place}. {}: majority grade {}; better {} ({} %), worse {} ({} %); grades from the best {:?}",
                    profile.name(candidate),
                    gauge.grade,
                    gauge.better,
                    percent(gauge.better, ballots),
                    gauge.worse,
                    percent(gauge.worse, ballots),
                    gauge.tally,
                ));
            }
        }
        lines.push("Equal majority grades are separated by taking one such grade from each and looking again.".into());
        lines.push(String::new());
        lines.extend(decided);

        let stage = Stage {
            text: "The grades are counted; the totals are the majority grades, 1 being the best.".into(),
            totals: gauges.iter().map(|gauge| gauge.grade.to_string()).collect(),
            elected: elected.clone(),
            ..Stage::default()
        };
        Ok(Outcome {
            method: self.name(),
            seats,
            ballots,
            valid: ballots,
            quota: None,
            elected,
            stages: vec![stage],
            status,
            ranking,
            detail: Detail::Gauges(gauges),
            lines,
        })
    }
}

/// Implements TallyGrades: per candidate, how many ballots gave each grade, the best first. The scale ends with the
/// worst grade in use; a blank counts as that one.
fn tally_grades(profile: &Profile, method: &'static str) -> Result<Vec<Vec<u64>>, CountError> {
    let mut worst = 1;
    for (place, group) in profile.groups.iter().enumerate() {
        let Vote::Graded(grades) = &group.vote else {
            return Err(CountError::WrongBallots { method, group: place + 1, found: group.vote.kind() });
        };
        worst = grades.iter().copied().fold(worst, u8::max);
    }
    let mut tallies = vec![vec![0; usize::from(worst)]; profile.candidates.len()];
    for group in &profile.groups {
        if let Vote::Graded(grades) = &group.vote {
            for (tally, &grade) in tallies.iter_mut().zip(grades) {
                let place = if grade == 0 { worst } else { grade };
                tally[usize::from(place) - 1] += group.count;
            }
        }
    }
    Ok(tallies)
}

/// Implements MajorityGauge: the lower median grade, and how many ballots are better and worse.
fn majority_gauge(tally: &[u64]) -> Gauge {
    let ballots: u64 = tally.iter().sum();
    let median = grade_at(tally, ballots / 2);
    let better = tally[..median].iter().sum();
    let worse = tally[median + 1..].iter().sum();
    Gauge { grade: u8::try_from(median + 1).unwrap_or(u8::MAX), better, worse, tally: tally.to_vec() }
}

/// The grade (from 0) of the ballot at `place` (from 0) when the ballots lie from best to worst.
fn grade_at(tally: &[u64], place: u64) -> usize {
    let mut before = 0;
    for (grade, count) in tally.iter().enumerate() {
        before += count;
        if place < before {
            return grade;
        }
    }
    tally.len() - 1
}

/// Implements MajorityValue: the grades in the order in which repeated removal of the lower median takes them,
/// as runs of (grade, grade, how many pairs).
///
/// With the n ballots laid from best to worst, the lower median lies at ⌊n/2⌋ (from 0). Removing medians one by
/// one takes places m, then alternately: for even n m−1, m+1, m−2, …; for odd n m+1, m−1, m+2, …. So from the
/// second on, the grades come in pairs that walk outwards, one step on either side, and a pair changes only where
/// a side meets another grade: at most twice per grade, whatever the number of ballots.
///
/// Two values of equally many ballots compare as the two sequences of grades do.
fn majority_value(tally: &[u64]) -> Vec<Run> {
    let ballots: u64 = tally.iter().sum();
    if ballots == 0 {
        return Vec::new();
    }
    let median = ballots / 2;
    let mut runs = vec![Run { first: grade_at(tally, median), second: 0, pairs: 1 }];
    // `down` counts ballots better than the median place and not yet taken, `up` the next worse place.
    let (mut down, mut up) = (median, median + 1);
    let even = ballots.is_multiple_of(2);
    while down > 0 && up < ballots {
        let (better, worse) = (grade_at(tally, down - 1), grade_at(tally, up));
        let better_starts: u64 = tally[..better].iter().sum();
        let worse_ends: u64 = tally[..=worse].iter().sum();
        let pairs = (down - better_starts).min(worse_ends - up);
        let (first, second) = if even { (better, worse) } else { (worse, better) };
        runs.push(Run { first, second, pairs });
        down -= pairs;
        up += pairs;
    }
    if down > 0 {
        // Even n: the best ballot is taken last, alone.
        runs.push(Run { first: grade_at(tally, down - 1), second: 0, pairs: 1 });
    }
    canonical(runs)
}

/// `pairs` times the two grades in turn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Run {
    first: usize,
    second: usize,
    pairs: u64,
}

/// Joins neighbouring runs of the same pair between the first grade and the last.
fn canonical(runs: Vec<Run>) -> Vec<Run> {
    runs
}
