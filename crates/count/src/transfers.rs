//! What `irv`, `scottish-stv` and `wigm-stv` share: papers lie in parcels, parcels move from candidate to
//! candidate, a stage at a time. The steps have the names of the Scottish rules.

use std::collections::BTreeMap;

use crate::arithmetic::Arithmetic;
use crate::error::CountError;
use crate::lot::Lot;
use crate::outcome::{Detail, Outcome, Stage, Status};
use crate::papers::Papers;
use crate::profile::Profile;

/// What distinguishes the rules that count by transfers.
pub(crate) struct Rule {
    pub(crate) method: &'static str,
    pub(crate) title: &'static str,
    /// Run-off: the quota is more than half of the votes still with continuing candidates, at each stage anew.
    pub(crate) run_off: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Continuing,
    Elected,
    Excluded,
}

struct Count<'a, A: Arithmetic> {
    rule: Rule,
    profile: &'a Profile,
    papers: Papers,
    lot: &'a Lot,
    seats: usize,
    arithmetic: A,
    standing: Vec<Standing>,
    /// Candidates' totals, then non-transferable votes, votes lost by rounding, the quota.
    amounts: Vec<A::Amount>,
    /// Per candidate: papers (groups) by value.
    parcels: Vec<BTreeMap<u64, Vec<u32>>>,
    /// Per group: the place of the candidate who holds it, in its list.
    place: Vec<u32>,
    /// Per stage and candidate: the rank of the total, for looking back. Equal totals have equal ranks.
    history: Vec<Vec<u32>>,
    elected: Vec<usize>,
    stages: Vec<Stage>,
    lines: Vec<String>,
}

/// Counts by transfers: the first stage, then surpluses, largest first, then exclusions, until the seats are filled.
pub(crate) fn count_by_transfers<A: Arithmetic>(
    rule: Rule,
    arithmetic: A,
    profile: &Profile,
    seats: usize,
    lot: &Lot,
) -> Result<Outcome, CountError> {
    let papers = Papers::new(profile, rule.method)?;
    let standing = profile.candidates.len();
    let zero = arithmetic.votes(0);
    let mut count = Count {
        rule,
        profile,
        lot,
        seats,
        standing: vec![Standing::Continuing; standing],
        amounts: vec![zero; standing + 3],
        parcels: vec![BTreeMap::new(); standing],
        place: vec![0; papers.groups()],
        papers,
        arithmetic,
        history: Vec::new(),
        elected: Vec::new(),
        stages: Vec::new(),
        lines: Vec::new(),
    };
    let status = count.run()?;
    let first_quota = count.stages.first().and_then(|stage| stage.quota.clone());
    let run_off = count.rule.run_off;
    for stage in &mut count.stages {
        if !run_off {
            stage.quota = None;
        }
    }
    Ok(Outcome {
        method: count.rule.method,
        seats,
        ballots: profile.ballots(),
        valid: count.papers.valid(),
        quota: first_quota,
        elected: count.elected,
        stages: count.stages,
        status,
        ranking: Vec::new(),
        detail: Detail::None,
        lines: count.lines,
    })
}

impl<A: Arithmetic> Count<'_, A> {
    fn run(&mut self) -> Result<Status, CountError> {
        self.first_stage();
        loop {
            self.close_stage();
            self.return_of_candidates();
            self.last_vacancies();
            if self.elected.len() == self.seats {
                self.say(String::new());
                self.say(format!("The count is complete. Elected: {}.", self.profile.names(&self.elected)));
                return Ok(Status::Complete);
            }
            let chosen = match self.surpluses() {
                pending if pending.is_empty() => self.who_is_excluded(),
                pending => self.whose_surplus(pending),
            };
            match chosen {
                Err(lot_required) => {
                    if let Status::LotRequired { among, purpose } = &lot_required {
                        let names = self.profile.names(among);
                        self.say(format!("{names} are tied at every stage; a lot must be drawn: {purpose}."));
                    }
                    return Ok(lot_required);
                }
                Ok(candidate) if self.standing[candidate] == Standing::Elected => {
                    self.transfer_of_surplus(candidate)?;
                }
                Ok(candidate) => self.exclusion(candidate),
            }
        }
    }

    /// FirstStage: papers are sorted by their first preference, and the quota follows.
    fn first_stage(&mut self) {
        let valid = self.papers.valid();
        let ballots = self.profile.ballots();
        self.say(format!("{}: {} candidates, seats: {}.", self.rule.title, self.standing.len(), self.seats));
        self.say(format!(
            "Papers: {ballots}; without a valid first preference: {}; valid: {valid}.",
            ballots - valid
        ));
        if let Some(note) = self.arithmetic.note() {
            self.say(note.into());
        }
        if !self.rule.run_off {
            let quota = valid / (self.seats as u64 + 1) + 1;
            self.say(format!(
                "Quota: {valid} divided by {}, the remainder ignored, plus 1 = {quota}.",
                self.seats + 1
            ));
            let slot = self.quota_slot();
            self.amounts[slot] = self.arithmetic.votes(quota);
        }
        self.begin_stage("First preferences are counted.".into());
        for group in 0..self.papers.groups() {
            let first = self.papers.preferences(group)[0] as usize;
            let credit = self.arithmetic.votes(self.papers.count(group));
            self.arithmetic.add(&mut self.amounts[first], &credit);
            // A file holds fewer than 2³² groups: each takes more than a byte.
            let id = u32::try_from(group).unwrap_or(u32::MAX);
            self.parcels[first].entry(A::FIRST_VALUE).or_default().push(id);
        }
        if self.rule.run_off {
            self.set_run_off_quota();
        }
    }

    /// ReturnOfCandidates: whoever has the quota is deemed elected.
    fn return_of_candidates(&mut self) {
        let mut reached = self.continuing();
        reached.retain(|&c| self.amounts[c] >= self.amounts[self.quota_slot()]);
        // So many seats are open that all who reach the quota have one; this only guards the arithmetic.
        reached.truncate(self.seats - self.elected.len());
        let one = if self.rule.run_off { "has more than half of the votes" } else { "has the quota" };
        self.deem_elected(reached, one, "have the quota");
    }

    /// LastVacancies: when as many continue as seats are open, they are deemed elected.
    fn last_vacancies(&mut self) {
        let continuing = self.continuing();
        let open = self.seats - self.elected.len();
        if open > 0 && continuing.len() == open {
            self.deem_elected(continuing, "fills the last vacancy", "fill the last vacancies");
        }
    }

    fn deem_elected(&mut self, mut candidates: Vec<usize>, one: &str, several: &str) {
        if candidates.is_empty() {
            return;
        }
        candidates.sort_by(|&a, &b| self.amounts[b].cmp(&self.amounts[a]));
        let reason = if candidates.len() == 1 { one } else { several };
        self.say(format!("  Deemed elected: {} ({reason}).", self.profile.names(&candidates)));
        for &candidate in &candidates {
            self.standing[candidate] = Standing::Elected;
        }
        if let Some(stage) = self.stages.last_mut() {
            stage.elected.extend(&candidates);
        }
        self.elected.extend(candidates);
    }

    /// The elected whose totals exceed the quota. A total falls to the quota when its surplus is transferred.
    fn surpluses(&self) -> Vec<usize> {
        if self.rule.run_off {
            return Vec::new();
        }
        let mut pending = self.elected.clone();
        pending.sort_unstable();
        pending.retain(|&c| self.amounts[c] > self.amounts[self.quota_slot()]);
        pending
    }

    /// WhoseSurplus: the largest; equal ones by the most recent stage where they differed; else by lot.
    fn whose_surplus(&mut self, pending: Vec<usize>) -> Result<usize, Status> {
        let tied = self.extreme(&pending, &self.ranks(), true);
        if let [only] = tied[..] {
            return Ok(only);
        }
        let names = self.profile.names(&tied);
        let left = self.look_back(tied, true);
        if let [only] = left[..] {
            let name = self.profile.name(only).to_owned();
            self.say(format!(
                "{names} have equal surpluses; at the last stage where they differed, {name} led."
            ));
            return Ok(only);
        }
        let purpose = "whose surplus is transferred first";
        match self.lot.best(&left, 1).as_deref() {
            Some([drawn, ..]) => {
                let name = self.profile.name(*drawn).to_owned();
                self.say(format!("{names} have equal surpluses at every stage; the lot puts {name} first."));
                Ok(*drawn)
            }
            _ => Err(Status::LotRequired { among: left, purpose: purpose.into() }),
        }
    }

    /// WhoIsExcluded: the fewest votes; equal ones by the most recent stage where they differed; else by lot.
    fn who_is_excluded(&mut self) -> Result<usize, Status> {
        let tied = self.extreme(&self.continuing(), &self.ranks(), false);
        if let [only] = tied[..] {
            return Ok(only);
        }
        let names = self.profile.names(&tied);
        let left = self.look_back(tied, false);
        if let [only] = left[..] {
            let name = self.profile.name(only).to_owned();
            self.say(format!(
                "{names} have the fewest votes alike; at the last stage where they differed, {name} had fewest."
            ));
            return Ok(only);
        }
        match self.lot.worst(&left) {
            Some(drawn) => {
                let name = self.profile.name(drawn).to_owned();
                self.say(format!("{names} have the fewest votes alike; the lot puts {name} last."));
                Ok(drawn)
            }
            None => Err(Status::LotRequired { among: left, purpose: "who is excluded".into() }),
        }
    }

    /// LookBack: from the latest stage back, keeps those who had the most (or fewest) votes then.
    fn look_back(&self, mut tied: Vec<usize>, most: bool) -> Vec<usize> {
        for ranks in self.history.iter().rev() {
            if tied.len() == 1 {
                break;
            }
            tied = self.extreme(&tied, ranks, most);
        }
        tied
    }

    fn extreme(&self, among: &[usize], ranks: &[u32], most: bool) -> Vec<usize> {
        let of = among.iter().map(|&c| ranks[c]);
        let best = if most { of.max() } else { of.min() };
        among.iter().copied().filter(|&c| Some(ranks[c]) == best).collect()
    }

    /// TransferOfSurplus: every paper of the candidate moves at its transfer value, the total falls to the quota.
    fn transfer_of_surplus(&mut self, from: usize) -> Result<(), CountError> {
        let quota = self.quota_slot();
        let mut surplus = self.amounts[from].clone();
        self.arithmetic.subtract(&mut surplus, &self.amounts[quota]);
        let (total, quota_text, surplus_text) =
            (self.short(&self.amounts[from]), self.short(&self.amounts[quota]), self.short(&surplus));
        self.begin_stage(format!("The surplus of {} is transferred.", self.profile.name(from)));
        self.say(format!("  Surplus: {total} - {quota_text} = {surplus_text}."));

        let held = std::mem::take(&mut self.parcels[from]);
        let values: Vec<u64> = held.keys().copied().collect();
        let old: Vec<String> = values.iter().map(|&value| self.arithmetic.value_text(value)).collect();
        let new = self.arithmetic.transfer_values(&mut self.amounts, from, quota, &values)?;

        // The unit may have changed.
        surplus = self.amounts[from].clone();
        self.arithmetic.subtract(&mut surplus, &self.amounts[quota]);
        for ((papers, value), old) in held.into_values().zip(new).zip(old) {
            let text = self.arithmetic.value_text(value);
            self.say(format!(
                "  Papers received at {old}: {surplus_text} x {old} / {total}, transfer value {text}."
            ));
            let moved = self.move_parcel(from, papers, value);
            self.arithmetic.subtract(&mut surplus, &moved);
        }
        let lost = self.standing.len() + 1;
        self.arithmetic.add(&mut self.amounts[lost], &surplus);
        if self.arithmetic.rounds() {
            let text = self.short(&surplus);
            self.say(format!("  Lost by ignoring remainders: {text}."));
        }
        self.amounts[from] = self.amounts[quota].clone();
        Ok(())
    }

    /// Exclusion: every paper of the candidate moves at the value at which it came.
    fn exclusion(&mut self, from: usize) {
        self.standing[from] = Standing::Excluded;
        let total = self.short(&self.amounts[from]);
        self.begin_stage(format!("{} is excluded, having {total}.", self.profile.name(from)));
        if let Some(stage) = self.stages.last_mut() {
            stage.excluded = Some(from);
        }
        for (value, papers) in std::mem::take(&mut self.parcels[from]) {
            let text = self.arithmetic.value_text(value);
            if !self.rule.run_off {
                self.say(format!("  Papers received at {text}, transferred at the same:"));
            }
            self.move_parcel(from, papers, value);
        }
        self.amounts[from] = self.arithmetic.votes(0);
        if self.rule.run_off {
            self.set_run_off_quota();
        }
    }

    /// MoveParcel: each paper goes to its next available preference; those with none become non-transferable.
    /// Returns how many votes moved. The giver's total is left to the caller.
    fn move_parcel(&mut self, from: usize, papers: Vec<u32>, value: u64) -> A::Amount {
        let nowhere = self.standing.len();
        let mut received = vec![0u64; nowhere + 1];
        let mut arrived: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for paper in papers {
            let group = paper as usize;
            let list = self.papers.preferences(group);
            let mut place = self.place[group] as usize + 1;
            while place < list.len() && self.standing[list[place] as usize] != Standing::Continuing {
                place += 1;
            }
            self.place[group] = u32::try_from(place).unwrap_or(u32::MAX);
            let to = list.get(place).map_or(nowhere, |&c| c as usize);
            received[to] += self.papers.count(group);
            if to != nowhere {
                arrived.entry(to).or_default().push(paper);
            }
        }
        debug_assert!(received.get(from) == Some(&0));
        let mut moved = self.arithmetic.votes(0);
        let worth = self.arithmetic.value_text(value);
        for (to, count) in received.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let credit = self.arithmetic.papers(count, value);
            self.arithmetic.add(&mut self.amounts[to], &credit);
            self.arithmetic.add(&mut moved, &credit);
            let target = match to {
                to if to == nowhere => "non-transferable".to_owned(),
                to => format!("to {}", self.profile.name(to)),
            };
            let sum = if value == A::FIRST_VALUE {
                String::new()
            } else {
                format!(" x {worth} = {}", self.short(&credit))
            };
            self.say(format!("    {target}: {count} paper{}{sum}", if count == 1 { "" } else { "s" }));
        }
        for (to, papers) in arrived {
            self.parcels[to].entry(value).or_default().extend(papers);
        }
        moved
    }

    fn set_run_off_quota(&mut self) {
        let mut sum = self.arithmetic.votes(0);
        for candidate in self.continuing() {
            let amount = self.amounts[candidate].clone();
            self.arithmetic.add(&mut sum, &amount);
        }
        // Run-offs count whole votes, so that the text of the sum is a whole number.
        let votes: u64 = self.arithmetic.text(&sum).0.parse().unwrap_or(u64::MAX - 1);
        let slot = self.quota_slot();
        self.amounts[slot] = self.arithmetic.votes(votes / 2 + 1);
    }

    fn begin_stage(&mut self, text: String) {
        let number = self.stages.len() + 1;
        self.say(String::new());
        self.say(format!("Stage {number}. {text}"));
        self.stages.push(Stage { text, ..Stage::default() });
    }

    /// Writes the totals at the end of the stage down.
    fn close_stage(&mut self) {
        let nowhere = self.standing.len();
        let texts: Vec<_> = self.amounts.iter().map(|amount| self.arithmetic.text(amount)).collect();
        let (totals, others) = texts.split_at(nowhere);
        self.say("  Totals:".into());
        for (candidate, (total, _)) in totals.iter().enumerate() {
            let note = match self.standing[candidate] {
                Standing::Continuing => "",
                Standing::Elected => ", elected",
                Standing::Excluded => ", excluded",
            };
            self.say(format!("    {}: {total}{note}", self.profile.name(candidate)));
        }
        let mut others = others.iter().map(|(text, _)| text.clone());
        let (non_transferable, rounding, quota) = (others.next(), others.next(), others.next());
        let rounding = rounding.filter(|_| self.arithmetic.rounds());
        let half = quota.clone().filter(|_| self.rule.run_off);
        for (what, text) in [
            ("Non-transferable", &non_transferable),
            ("Lost by ignoring remainders", &rounding),
            ("Needed, more than half of the votes still with candidates", &half),
        ] {
            if let Some(text) = text {
                self.say(format!("    {what}: {text}"));
            }
        }
        if let Some(stage) = self.stages.last_mut() {
            stage.totals = totals.iter().map(|(text, _)| text.clone()).collect();
            let exact = totals.iter().enumerate();
            stage.exact =
                exact.filter_map(|(candidate, (_, exact))| Some((candidate, exact.clone()?))).collect();
            stage.non_transferable = non_transferable;
            stage.rounding = rounding;
            stage.quota = quota;
        }
        self.history.push(self.ranks());
    }

    fn ranks(&self) -> Vec<u32> {
        let standing = self.standing.len();
        let mut order: Vec<usize> = (0..standing).collect();
        order.sort_by(|&a, &b| self.amounts[a].cmp(&self.amounts[b]));
        let (mut ranks, mut rank) = (vec![0; standing], 0);
        for pair in order.windows(2) {
            if self.amounts[pair[0]] < self.amounts[pair[1]] {
                rank += 1;
            }
            ranks[pair[1]] = rank;
        }
        ranks
    }

    fn continuing(&self) -> Vec<usize> {
        (0..self.standing.len()).filter(|&c| self.standing[c] == Standing::Continuing).collect()
    }

    fn quota_slot(&self) -> usize {
        self.standing.len() + 2
    }

    fn short(&self, amount: &A::Amount) -> String {
        self.arithmetic.text(amount).0
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }
}
