//! Whether one book may follow another: hand-overs, forks, and what proves them.

use std::path::PathBuf;

use audit::{Replay, Succession};
use book::files::MemoryFiles;

use super::evidence::{self, Case};
use super::noted::{Noted, clerk_of};
use super::tree::{self, Tree};
use super::{CopyError, Mirror};

impl Mirror {
    /// Whether the book in this tree, checked up to its own clerk's signature, may take the place of what was here.
    pub(super) fn may_follow(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        replay: &Replay,
        common: u64,
        now: u64,
    ) -> Result<(), CopyError> {
        let overs: Vec<&Succession> =
            replay.successions().iter().filter(|over| over.entry >= common).collect();
        if let Some(held) = self.held.clone() {
            let Some(over) = overs.first() else {
                // No hand-over: then it is the book that is here, and more of it.
                let epoch = held.origin.epoch;
                return if common == held.size() { Ok(()) } else { Err(CopyError::NotTheClerk { epoch }) };
            };
            if (1..=held.origin.epoch).contains(&over.epoch) {
                return Err(self.two_successions(&held, offered, tree, over)?);
            }
            self.not_contested(offered, tree, replay, over, now)?;
            // The founding, too, can be recorded twice.
            if common < held.size() && (over.entry > common || over.epoch == 0) {
                let mut nothing = MemoryFiles::new();
                let mut own = self.own_tree(&held, &mut nothing)?;
                let case = evidence::departed(common, (&held, &mut own), (offered, tree))?;
                return Err(self.save(case, |evidence| CopyError::Fork { evidence }));
            }
        } else {
            for over in overs.iter().filter(|over| over.epoch > 0) {
                self.not_contested(offered, tree, replay, over, now)?;
            }
        }
        self.goes_on_from_seen(offered, tree, &overs)
    }

    /// That a hand-over carried over all that was final of the epoch before it. Where the policy asks for nobody, that is all
    /// that the former clerk signed.
    fn not_contested(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        replay: &Replay,
        over: &Succession,
        now: u64,
    ) -> Result<(), CopyError> {
        let state = replay.state();
        let is_of_before = |noted: &&Noted| Some(over.epoch) == noted.origin.epoch.checked_add(1);
        let is_final = |noted: &&Noted| {
            let clerk = clerk_of(state, noted.origin.epoch);
            clerk.is_some_and(|clerk| {
                self.verify(noted, state, clerk, now).is_ok_and(|verified| verified.is_final)
            })
        };
        let known = self.held.iter().chain(&self.last).chain(self.seen.values()).filter(is_of_before);
        let last = known.filter(is_final).max_by_key(|noted| noted.size()).cloned();
        let Some(last) = last.filter(|last| last.size() > over.entry) else { return Ok(()) };
        let case = evidence::contested(&last, offered, over.entry, offered, tree)?;
        let (carried, last) = (over.entry, last.size());
        Err(self.save(case, |evidence| CopyError::Contested { carried, last, evidence }))
    }

    /// That what was ever seen is part of this book, as far as its epoch was carried over.
    fn goes_on_from_seen(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        overs: &[&Succession],
    ) -> Result<(), CopyError> {
        let here = self.held.as_ref().map_or(0, |held| held.origin.epoch);
        let seen: Vec<Noted> = self.seen.values().filter(|seen| seen.origin.epoch >= here).cloned().collect();
        for seen in seen {
            let epoch = seen.origin.epoch;
            if epoch > offered.origin.epoch {
                return Err(CopyError::Retired { offered: offered.origin.epoch, here: epoch });
            }
            let over = overs.iter().find(|over| Some(over.epoch) == epoch.checked_add(1));
            if over.is_some_and(|over| seen.size() > over.entry) {
                continue;
            }
            if seen.size() > offered.size() {
                return Err(CopyError::Rollback { offered: offered.size(), seen: seen.size() });
            }
            if tree.root_at(seen.size())? != seen.checkpoint.root {
                let case = evidence::fork(&seen, offered, Some(tree))?;
                return Err(self.save(case, |evidence| CopyError::Fork { evidence }));
            }
        }
        Ok(())
    }

    fn two_successions(
        &mut self,
        held: &Noted,
        offered: &Noted,
        tree: &mut Tree<'_>,
        over: &Succession,
    ) -> Result<CopyError, CopyError> {
        let hand_overs = self.loaded.as_ref().map_or(&[][..], |loaded| &loaded.hand_overs);
        let Some(ours) = hand_overs.iter().find(|ours| ours.epoch == over.epoch).map(|ours| ours.entry)
        else {
            return Ok(CopyError::NotTheClerk { epoch: over.epoch });
        };
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(held, &mut nothing)?;
        let text_of = |bytes: Vec<u8>| book::entry::text_hash_of(&bytes);
        let (one, other) = (own.entry(ours)?, tree.entry(over.entry)?);
        if text_of(one) == text_of(other) {
            // One text, signed once: its clerk recorded it twice, and the signers are innocent.
            let number = tree::common(&mut own, tree)?;
            let case = evidence::departed(number, (held, &mut own), (offered, tree))?;
            return Ok(self.save(case, |evidence| CopyError::Fork { evidence }));
        }
        let case = evidence::two_successions((held, &mut own, ours), (offered, tree, over.entry))?;
        let epoch = over.epoch;
        let error = self.save(case, |evidence| CopyError::TwoSuccessions { epoch, evidence });
        if matches!(error, CopyError::TwoSuccessions { .. }) {
            self.folder.put_private("halted", format!("{error}\n").as_bytes())?;
        }
        Ok(error)
    }

    /// That a checkpoint signed by the clerk, not larger than what is held, is part of it; else it is a fork.
    pub(super) fn must_be_part(&mut self, offered: &Noted, held: &Noted) -> Result<(), CopyError> {
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(held, &mut nothing)?;
        if own.root_at(offered.size())? == offered.checkpoint.root {
            return Ok(());
        }
        let case = evidence::fork(held, offered, Some(&mut own))?;
        Err(self.save(case, |evidence| CopyError::Fork { evidence }))
    }

    pub(super) fn save(&mut self, case: Case, error: impl FnOnce(PathBuf) -> CopyError) -> CopyError {
        match self.folder.save_evidence(&case.name, &case.files) {
            Ok(evidence) => error(evidence),
            Err(trouble) => CopyError::Own(trouble),
        }
    }
}
