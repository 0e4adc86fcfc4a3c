//! `majority-judgment`: grades, ranked by lower medians (Balinski & Laraki 2007, 2011).

use std::cmp::Ordering;

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
        let mut place = 1;
        for tier in &ranking {
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
            place += tier.len();
        }
        lines.push(
            "Equal majority grades are separated by taking one such grade from each and looking again."
                .into(),
        );
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
        if group.count > 0 {
            worst = grades.iter().copied().fold(worst, u8::max);
        }
    }
    let mut tallies = vec![vec![0; usize::from(worst)]; profile.candidates.len()];
    for group in &profile.groups {
        if let Vote::Graded(grades) = &group.vote {
            for (tally, &grade) in tallies.iter_mut().zip(grades) {
                let place = if grade == 0 { worst } else { grade.min(worst) };
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
fn majority_value(tally: &[u64]) -> MajorityValue {
    let ballots: u64 = tally.iter().sum();
    if ballots == 0 {
        return MajorityValue(Vec::new());
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
    MajorityValue(runs)
}

/// `pairs` times the two grades in turn. Neighbouring runs differ in a grade.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    first: usize,
    second: usize,
    pairs: u64,
}

/// A sequence of grades as runs; the smaller one is the better one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct MajorityValue(Vec<Run>);

impl Ord for MajorityValue {
    /// Compares the two sequences grade by grade, without writing them out.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut ours, mut theirs) = (self.0.iter().copied(), other.0.iter().copied());
        let (mut our, mut their) = (ours.next(), theirs.next());
        while let (Some(a), Some(b)) = (&mut our, &mut their) {
            let order = (a.first, a.second).cmp(&(b.first, b.second));
            if order != Ordering::Equal {
                return order;
            }
            let both = a.pairs.min(b.pairs);
            a.pairs -= both;
            b.pairs -= both;
            if a.pairs == 0 {
                our = ours.next();
            }
            if b.pairs == 0 {
                their = theirs.next();
            }
        }
        our.is_some().cmp(&their.is_some())
    }
}

impl PartialOrd for MajorityValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, ballot by ballot.
    fn by_hand(tally: &[u64]) -> Vec<usize> {
        let mut grades: Vec<usize> =
            tally.iter().enumerate().flat_map(|(grade, &count)| vec![grade; count as usize]).collect();
        let mut value = Vec::new();
        while !grades.is_empty() {
            value.push(grades.remove(grades.len() / 2));
        }
        value
    }

    fn written_out(value: &MajorityValue, ballots: usize) -> Vec<usize> {
        let single = |run: &Run, place: usize| place == 0 || (run.pairs == 1 && ballots.is_multiple_of(2));
        let mut grades = Vec::new();
        for (place, run) in value.0.iter().enumerate() {
            for _ in 0..run.pairs {
                grades.push(run.first);
                let last_alone = place + 1 == value.0.len() && grades.len() == ballots;
                if !(place == 0 || (single(run, place) && last_alone)) {
                    grades.push(run.second);
                }
            }
        }
        grades
    }

    #[test]
    fn runs_agree_with_the_definition() {
        let mut tallies = Vec::new();
        for code in 0..4u64.pow(4) {
            tallies.push([code % 4, code / 4 % 4, code / 16 % 4, code / 64]);
        }
        for tally in &tallies {
            let ballots = tally.iter().sum::<u64>() as usize;
            assert_eq!(written_out(&majority_value(tally), ballots), by_hand(tally), "{tally:?}");
        }
        for a in &tallies {
            for b in tallies.iter().filter(|b| b.iter().sum::<u64>() == a.iter().sum::<u64>()) {
                assert_eq!(
                    majority_value(a).cmp(&majority_value(b)),
                    by_hand(a).cmp(&by_hand(b)),
                    "{a:?} {b:?}"
                );
            }
        }
    }
}
