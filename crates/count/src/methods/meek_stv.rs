//! `meek-stv`: Meek's method by the reference rule of the Proportional Representation Foundation.
//!
//! Source: "Reference Meek Rule", prfound.org; the step names A, B.1, B.2.a … C are its own. Every number is an
//! integer in units of 10⁻⁹; products and quotients round up where the rule says so.

use super::{BallotKind, Method};
use crate::decimal::fixed;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::{Detail, Outcome, Stage, Status};
use crate::papers::Papers;
use crate::profile::Profile;

/// The most iterations of a round, a guard that no election comes near: the keep factors settle within dozens.
pub const MAX_ITERATIONS: usize = 20_000;

const PLACES: u32 = 9;
const ONE: u64 = 1_000_000_000;
/// Omega, 10⁻⁶: a total surplus below it counts as transferred.
const OMEGA: u128 = 1_000;

pub(super) struct MeekStv;

impl Method for MeekStv {
    fn name(&self) -> &'static str {
        "meek-stv"
    }

    fn about(&self) -> &'static str {
        "single transferable vote by Meek's method, nine decimals, omega 10^-6 \
         (reference rule of the Proportional Representation Foundation)"
    }

    fn ballot_kind(&self) -> BallotKind {
        BallotKind::Rank
    }

    fn max_candidates(&self) -> usize {
        1_000
    }

    fn count_checked(&self, profile: &Profile, seats: usize, lot: &Lot) -> Result<Outcome, CountError> {
        let papers = Papers::new(profile, self.name())?;
        let standing = profile.candidates.len();
        let mut count = Count {
            profile,
            lot,
            seats,
            standing: vec![Standing::Hopeful; standing],
            keep: vec![ONE; standing],
            votes: vec![0; standing],
            residual: 0,
            quota: 0,
            surplus: 0,
            papers,
            elected: Vec::new(),
            stages: Vec::new(),
            lines: Vec::new(),
        };
        let status = count.run()?;
        Ok(Outcome {
            method: self.name(),
            seats,
            ballots: profile.ballots(),
            valid: count.papers.valid(),
            quota: count.stages.first().and_then(|stage| stage.quota.clone()),
            elected: count.elected,
            stages: count.stages,
            status,
            ranking: Vec::new(),
            detail: Detail::None,
            lines: count.lines,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Hopeful,
    Elected,
    Defeated,
}

struct Count<'a> {
    profile: &'a Profile,
    lot: &'a Lot,
    papers: Papers,
    seats: usize,
    standing: Vec<Standing>,
    /// Keep factors, in 10⁻⁹.
    keep: Vec<u64>,
    /// Votes, in 10⁻⁹.
    votes: Vec<u128>,
    /// Votes that no candidate keeps, in 10⁻⁹.
    residual: u128,
    quota: u128,
    surplus: u128,
    elected: Vec<usize>,
    stages: Vec<Stage>,
    lines: Vec<String>,
}

impl Count<'_> {
    fn run(&mut self) -> Result<Status, CountError> {
        let (ballots, valid) = (self.profile.ballots(), self.papers.valid());
        self.say(format!("Meek's method: {} candidates, seats: {}.", self.standing.len(), self.seats));
        self.say(format!(
            "Papers: {ballots}; without a valid first preference: {}; valid: {valid}.",
            ballots - valid
        ));
        if self.count_complete() {
            // The rule would not even count; the first count is shown all the same.
            self.distribute_votes();
            self.update_quota();
            self.record("First preferences are counted.".into(), 1, None);
        }
        while !self.count_complete() {
            let iterations = self.iterate()?;
            let round = self.stages.len() + 1;
            let text = if round == 1 {
                "First preferences are counted.".to_owned()
            } else {
                let times = if iterations == 1 { "once".to_owned() } else { format!("{iterations} times") };
                format!("Votes are distributed by the keep factors, {times}.")
            };
            if self.find_winners(text.clone(), iterations) {
                continue;
            }
            match self.defeat_low_candidate() {
                Ok((loser, reason)) => {
                    self.record(
                        format!("{text} {} is excluded.", self.profile.name(loser)),
                        iterations,
                        Some(loser),
                    );
                    self.say(reason);
                    self.standing[loser] = Standing::Defeated;
                    self.keep[loser] = 0;
                    self.votes[loser] = 0;
                }
                Err(among) => {
                    self.record(text, iterations, None);
                    let purpose = "who is excluded".to_owned();
                    let names = self.profile.names(&among);
                    self.say(format!("{names} are tied; a lot must be drawn: {purpose}."));
                    return Ok(Status::LotRequired { among, purpose });
                }
            }
        }
        self.elect_remaining();
        self.say(String::new());
        self.say(format!("The count is complete. Elected: {}.", self.profile.names(&self.elected)));
        Ok(Status::Complete)
    }

    /// B.1 CountComplete: the seats are filled, or no more hopeful candidates than open seats are left.
    fn count_complete(&self) -> bool {
        let open = self.seats - self.elected.len();
        open == 0 || self.hopeful().len() <= open
    }

    /// B.2 Iterate, until somebody reaches the quota or the surpluses are transferred. Returns how often.
    fn iterate(&mut self) -> Result<usize, CountError> {
        let mut before = u128::MAX;
        for iteration in 1..=MAX_ITERATIONS {
            self.distribute_votes();
            self.update_quota();
            self.total_surplus();
            let winners = self.hopeful().into_iter().any(|c| self.votes[c] >= self.quota);
            if winners || self.surplus < OMEGA || self.surplus >= before {
                return Ok(iteration);
            }
            before = self.surplus;
            self.update_keep_factors();
        }
        Err(CountError::NoConvergence { round: self.stages.len() + 1 })
    }

    /// B.2.a DistributeVotes: each paper gives every candidate on it, in order, the kept part of what is left of it.
    fn distribute_votes(&mut self) {
        self.votes.fill(0);
        self.residual = 0;
        for group in 0..self.papers.groups() {
            let papers = u128::from(self.papers.count(group));
            let mut weight = ONE;
            for &candidate in self.papers.preferences(group) {
                let candidate = candidate as usize;
                // At most 10^18; the keep factor is at most one, so that a paper cannot give more than it has.
                let kept = (weight * self.keep[candidate]).div_ceil(ONE);
                self.votes[candidate] += u128::from(kept) * papers;
                weight -= kept;
                if weight == 0 {
                    break;
                }
            }
            self.residual += u128::from(weight) * papers;
        }
    }

    /// B.2.b UpdateQuota: the votes of all candidates over seats plus one, cut to nine decimals, plus 10⁻⁹.
    fn update_quota(&mut self) {
        self.quota = self.votes.iter().sum::<u128>() / (self.seats as u128 + 1) + 1;
    }

    /// B.2.d TotalSurplus: the elected candidates' votes beyond the quota, not less than zero.
    fn total_surplus(&mut self) {
        let votes: u128 = self.elected.iter().map(|&c| self.votes[c]).sum();
        self.surplus = votes.saturating_sub(self.quota * self.elected.len() as u128);
    }

    /// B.2.f UpdateKeepFactors: keep factor × quota ÷ votes, each step rounded up.
    fn update_keep_factors(&mut self) {
        for &candidate in &self.elected {
            let product = (u128::from(self.keep[candidate]) * self.quota).div_ceil(u128::from(ONE));
            let factor = (product * u128::from(ONE)).div_ceil(self.votes[candidate].max(1));
            self.keep[candidate] = u64::try_from(factor).unwrap_or(ONE).min(ONE);
        }
    }

    /// B.2.c FindWinners: every hopeful candidate with the quota is elected. Says whether there was one.
    fn find_winners(&mut self, text: String, iterations: usize) -> bool {
        let winners: Vec<usize> =
            self.hopeful().into_iter().filter(|&c| self.votes[c] >= self.quota).collect();
        if winners.is_empty() {
            return false;
        }
        for &winner in &winners {
            self.standing[winner] = Standing::Elected;
        }
        self.record(text, iterations, None);
        self.say(format!("  Elected with the quota: {}.", self.profile.names(&winners)));
        if let Some(stage) = self.stages.last_mut() {
            stage.elected.clone_from(&winners);
        }
        self.elected.extend(winners);
        true
    }

    /// B.3 DefeatLowCandidate: the fewest votes; everyone within the total surplus of that is tied (T: the lot).
    fn defeat_low_candidate(&self) -> Result<(usize, String), Vec<usize>> {
        let hopeful = self.hopeful();
        let fewest = hopeful.iter().map(|&c| self.votes[c]).min().unwrap_or(0);
        let tied: Vec<usize> =
            hopeful.into_iter().filter(|&c| self.votes[c] <= fewest + self.surplus).collect();
        if let [only] = tied[..] {
            return Ok((
                only,
                format!("  {} has the fewest votes and is excluded.", self.profile.name(only)),
            ));
        }
        let names = self.profile.names(&tied);
        let loser = self.lot.worst(&tied).ok_or_else(|| tied.clone())?;
        Ok((
            loser,
            format!("  {names} are tied; the lot puts {} last, who is excluded.", self.profile.name(loser)),
        ))
    }

    /// C.1 ElectRemaining: open seats go to the hopeful candidates who are left.
    fn elect_remaining(&mut self) {
        let remaining = self.hopeful();
        if self.elected.len() == self.seats || remaining.is_empty() {
            return;
        }
        self.say(format!("  Elected to the seats that are left: {}.", self.profile.names(&remaining)));
        for &candidate in &remaining {
            self.standing[candidate] = Standing::Elected;
        }
        if let Some(stage) = self.stages.last_mut() {
            stage.elected.extend(&remaining);
        }
        self.elected.extend(remaining);
    }

    fn record(&mut self, text: String, iterations: usize, excluded: Option<usize>) {
        let number = self.stages.len() + 1;
        let quota = fixed(self.quota, PLACES);
        self.say(String::new());
        self.say(format!("Round {number}. {text}"));
        self.say(format!(
            "  Quota: the votes with candidates divided by {}, to nine decimals, plus 0.000000001 = {quota}.",
            self.seats + 1
        ));
        if iterations > 1 {
            self.say("  Keep factors reached, for who wants to check the last distribution:".into());
            for candidate in self.elected.clone() {
                self.say(format!(
                    "    {}: {}",
                    self.profile.name(candidate),
                    fixed(self.keep[candidate].into(), PLACES)
                ));
            }
        }
        self.say("  Totals:".into());
        for candidate in 0..self.standing.len() {
            let note = match self.standing[candidate] {
                Standing::Hopeful => "",
                Standing::Elected => ", elected",
                Standing::Defeated => ", excluded",
            };
            let total = fixed(self.votes[candidate], PLACES);
            self.say(format!("    {}: {total}{note}", self.profile.name(candidate)));
        }
        self.say(format!("    With nobody: {}", fixed(self.residual, PLACES)));
        self.stages.push(Stage {
            text,
            totals: self.votes.iter().map(|&votes| fixed(votes, PLACES)).collect(),
            non_transferable: Some(fixed(self.residual, PLACES)),
            quota: Some(quota),
            excluded,
            ..Stage::default()
        });
    }

    fn hopeful(&self) -> Vec<usize> {
        (0..self.standing.len()).filter(|&c| self.standing[c] == Standing::Hopeful).collect()
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }
}
