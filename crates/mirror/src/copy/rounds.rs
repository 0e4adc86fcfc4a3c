//! What a source's checkpoint is to the book that is here.

use audit::Replay;
use book::files::{MemoryFiles, PublicFiles};

use super::noted::{Noted, Verified, clerk_of};
use super::tree::{self, Tree};
use super::{Copied, CopyError, Loaded, Mirror, Watch, evidence};

/// How long after a hand-over a larger checkpoint of the former clerk contests it: seven days, in seconds.
const CONTEST: u64 = 7 * 86_400;

impl Mirror {
    /// A checkpoint by the clerk of the epoch in which the book is here.
    pub(super) fn same_epoch(
        &mut self,
        offered: &Noted,
        verified: &Verified,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else {
            return Err(CopyError::NoBook);
        };
        let seen = self.seen.get(&held.origin.epoch).cloned().unwrap_or_else(|| held.clone());
        if offered.size() < seen.size() {
            if offered.size() <= held.size() {
                self.must_be_part(offered, &held)?;
            }
            return Err(CopyError::Rollback { offered: offered.size(), seen: seen.size() });
        }
        if offered.size() == seen.size() && offered.checkpoint.root != seen.checkpoint.root {
            return Err(
                self.save(evidence::fork(&seen, offered, None)?, |evidence| CopyError::Fork { evidence })
            );
        }
        if offered.size() == held.size() {
            return self.same_size(&held, verified, source, now);
        }
        let replay = Replay::from_state(loaded.state.clone());
        let mut tree = Tree::open(&self.own_folders(), source, offered.size(), offered.checkpoint.root)?;
        for earlier in [&held, &seen] {
            if tree.root_at(earlier.size())? != earlier.checkpoint.root {
                let case = evidence::fork(earlier, offered, Some(&mut tree))?;
                return Err(self.save(case, |evidence| CopyError::Fork { evidence }));
            }
        }
        self.see(offered)?;
        self.extend(offered, &mut tree, replay, held.size(), now, watch)
    }

    /// Nothing but cosignatures may be new.
    pub(super) fn same_size(
        &mut self,
        held: &Noted,
        theirs: &Verified,
        source: &mut dyn PublicFiles,
        now: u64,
    ) -> Result<Copied, CopyError> {
        let Some(Loaded { state, hand_overs, .. }) = &self.loaded else { return Err(CopyError::NoBook) };
        let clerk =
            clerk_of(state, held.origin.epoch).ok_or(CopyError::NotTheClerk { epoch: held.origin.epoch })?;
        let ours = self.verify(held, state, clerk, u64::MAX)?;
        let note = ours.with(Some(theirs));
        let merged = Noted { note, ..held.clone() };
        let mut changed = merged != *held;
        let is_final = self.verify(&merged, state, clerk, now)?.is_final;
        let last = match self.new_final(&merged, is_final, state) {
            Some(last) => Some(last),
            None => {
                let mut nothing = MemoryFiles::new();
                let mut own = self.own_tree(held, &mut nothing)?;
                self.offered_final(source, state, hand_overs, &mut own, now)?
            }
        };
        if changed {
            self.folder.put_text("checkpoint", &merged.note.to_bytes())?;
        }
        self.held = Some(merged);
        if let Some(last) = last {
            self.folder.put_text("final", &last.note.to_bytes())?;
            self.last = Some(last);
            changed = true;
        }
        Ok(self.copied(held.size(), held.size(), changed))
    }

    /// A checkpoint of a former clerk, from a source that has not heard of the hand-over, or contests it.
    pub(super) fn former_epoch(
        &mut self,
        offered: &Noted,
        verified: &Verified,
        now: u64,
    ) -> Result<CopyError, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else {
            return Ok(CopyError::NoBook);
        };
        let (here, there) = (held.origin.epoch, offered.origin.epoch);
        let retired = CopyError::Retired { offered: there, here };
        let over = loaded.hand_overs.iter().find(|over| Some(over.epoch) == there.checked_add(1)).cloned();
        let Some(over) = over else { return Ok(retired) };
        if offered.size() <= over.entry {
            self.must_be_part(offered, &held)?;
            return Ok(retired);
        }
        self.see(offered)?;
        // More than was carried over. Where the policy asks for nobody, whatever the clerk signed is final.
        if !verified.is_final || now > over.time.saturating_add(CONTEST) {
            return Ok(retired);
        }
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(&held, &mut nothing)?;
        let case = evidence::contested(&held, offered, over.entry, &held, &mut own)?;
        let (carried, last) = (over.entry, offered.size());
        Ok(self.save(case, |evidence| CopyError::Contested { carried, last, evidence }))
    }

    /// A checkpoint that no clerk known here signed. The entries of its tree must tell of a hand-over from the book that is
    /// here.
    pub(super) fn other_clerk(
        &mut self,
        offered: &Noted,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else {
            return Err(CopyError::NoBook);
        };
        let whole = loaded.state.clone();
        let mut tree = Tree::open(&self.own_folders(), source, offered.size(), offered.checkpoint.root)?;
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(&held, &mut nothing)?;
        let common = tree::common(&mut own, &mut tree)?;
        if common == held.size() {
            // More of the same book: only a hand-over among the new entries makes another clerk's line good.
            if offered.origin.epoch <= held.origin.epoch {
                return Err(CopyError::NotTheClerk { epoch: offered.origin.epoch });
            }
            return self.extend(offered, &mut tree, Replay::from_state(whole), common, now, watch);
        }
        let (replay, _, _) = self.replay(&mut own, common, true, watch)?;
        let start = replay.into_state();
        self.extend(offered, &mut tree, Replay::from_state(start), common, now, watch)
    }
}
