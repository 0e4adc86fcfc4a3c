//! `schulze`: the Schulze method with winning votes, as Debian and Belenios count it.

use std::cmp::Ordering;

use super::{BallotKind, Method};
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::{Detail, Outcome, Stage};
use crate::profile::{Profile, Vote};
use crate::ranking::take_seats;

pub(super) struct Schulze;

/// How strong a victory is: ballots won, then (among equal ones) fewer ballots lost, as in the Debian
/// constitution, A.5(6); (0, 0) is no victory. The second number is `u64::MAX` less the ballots lost.
type Strength = (u64, u64);

impl Method for Schulze {
    fn name(&self) -> &'static str {
        "schulze"
    }

    fn about(&self) -> &'static str {
        "pairwise victories along the strongest paths, by winning votes (Schulze 2011; Debian constitution, appendix A)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Rank
    }

    fn max_candidates(&self) -> usize {
        500
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let (wins, valid) = pairwise_wins(profile, self.name())?;
        let strengths = strongest_paths(&wins);
        let ranking = schulze_order(&strengths);
        let (elected, status, decided) = take_seats(profile, &ranking, seats, lot);

        let ballots = profile.ballots();
        let mut lines = vec![
            format!("schulze: {} candidates, seats: {seats}.", profile.candidates.len()),
            format!("Ballots: {ballots}; ranking somebody: {valid}; empty: {}.", ballots - valid),
            "A candidate who is not ranked is below all who are, and level with the others not ranked."
                .into(),
            String::new(),
            "Pairs (ballots that prefer the first : ballots that prefer the second):".into(),
        ];
        let standing = profile.candidates.len();
        for (a, b) in pairs(standing) {
            let (won, lost) = (wins[a][b], wins[b][a]);
            let (first, second) = (profile.name(a), profile.name(b));
            lines.push(match won.cmp(&lost) {
                Ordering::Greater => format!("  {first} beats {second}, {won} : {lost}"),
                Ordering::Less => format!("  {second} beats {first}, {lost} : {won}"),
                Ordering::Equal => format!("  {first} and {second} are level, {won} : {lost}"),
            });
        }
        lines.push(String::new());
        lines.push("Strongest paths (their weakest victory, there : back; the larger one decides):".into());
        for (a, b) in pairs(standing) {
            let (there, back) = (strengths[a][b].0, strengths[b][a].0);
            lines.push(format!("  {} to {}: {there} : {back}", profile.name(a), profile.name(b)));
        }
        lines.push(String::new());
        lines.push("Order:".into());
        let mut place = 1;
        for tier in &ranking {
            lines.push(format!("  {place}. {}", profile.names(tier)));
            place += tier.len();
        }
        lines.push(String::new());
        lines.extend(decided);

        let beaten = |a: usize| (0..standing).filter(|&b| strengths[a][b] > strengths[b][a]).count();
        let stage = Stage {
            text: "All pairs are compared; the totals say how many others each candidate beats.".into(),
            totals: (0..standing).map(|a| beaten(a).to_string()).collect(),
            elected: elected.clone(),
            ..Stage::default()
        };
        let paths = strengths.iter().map(|row| row.iter().map(|strength| strength.0).collect()).collect();
        Ok(Outcome {
            method: self.name(),
            seats,
            ballots,
            valid,
            quota: None,
            elected,
            stages: vec![stage],
            status,
            ranking,
            detail: Detail::Pairwise { wins, paths },
            lines,
        })
    }
}

/// Every two candidates once.
fn pairs(standing: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..standing).flat_map(move |a| (a + 1..standing).map(move |b| (a, b)))
}

/// Implements PairwiseWins: `wins[a][b]` ballots rank a above b; and how many ballots rank anybody.
fn pairwise_wins(profile: &Profile, method: &'static str) -> Result<(Vec<Vec<u64>>, u64), CountError> {
    let standing = profile.candidates.len();
    let mut wins = vec![vec![0; standing]; standing];
    let mut valid = 0;
    let mut below = vec![true; standing];
    for (place, group) in profile.groups.iter().enumerate() {
        let Vote::Ranked(tiers) = &group.vote else {
            return Err(CountError::WrongBallots { method, group: place + 1, found: group.vote.kind() });
        };
        for tier in tiers {
            tier.iter().for_each(|&c| below[c] = false);
            for &winner in tier {
                for (loser, _) in below.iter().enumerate().filter(|(_, below)| **below) {
                    wins[winner][loser] += group.count;
                }
            }
        }
        if tiers.iter().any(|tier| !tier.is_empty()) {
            valid += group.count;
        }
        tiers.iter().flatten().for_each(|&c| below[c] = true);
    }
    Ok((wins, valid))
}

/// Implements StrongestPaths: Schulze (2011), section 2.3.1: a path is as strong as its weakest victory.
fn strongest_paths(wins: &[Vec<u64>]) -> Vec<Vec<Strength>> {
    let standing = wins.len();
    let victory = |a: usize, b: usize| match (wins[a][b], wins[b][a]) {
        (won, lost) if won > lost => (won, u64::MAX - lost),
        _ => (0, 0),
    };
    let mut paths: Vec<Vec<Strength>> =
        (0..standing).map(|a| (0..standing).map(|b| victory(a, b)).collect()).collect();
    for via in 0..standing {
        let onward = paths[via].clone();
        for (from, row) in paths.iter_mut().enumerate() {
            if from == via {
                continue;
            }
            let first = row[via];
            for (to, strength) in row.iter_mut().enumerate() {
                if to != from {
                    *strength = (*strength).max(first.min(onward[to]));
                }
            }
        }
    }
    paths
}

/// Implements SchulzeOrder: those whom nobody left beats come first; take them away, repeat.
fn schulze_order(paths: &[Vec<Strength>]) -> Vec<Vec<usize>> {
    let mut left: Vec<usize> = (0..paths.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let (top, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|&&a| left.iter().all(|&b| paths[b][a] <= paths[a][b]));
        if top.is_empty() {
            // Schulze's relation is transitive (2011, section 4.1), so this cannot be; level is the safe answer.
            order.push(rest);
            break;
        }
        order.push(top);
        left = rest;
    }
    order
}
