//! From a source's tree to the folder: copied, checked, put in place.

use audit::{Replay, Succession};
use book::files::{MemoryFiles, PublicFiles};
use book::note::NOTE_LIMIT;
use book::tile::{Tile, WIDTH, tiles_since};
use council::State;

use super::fold::{Keep, fold, stage};
use super::noted::{AHEAD, Noted, Verified, clerk_of, cosigners, vkeys};
use super::tree::Tree;
use super::{Copied, CopyError, Loaded, Mirror, Watch, evidence, saved};
use crate::folder::Change;

/// The state is saved again after so many entries.
const SAVE_EVERY: u64 = 1024;

impl Mirror {
    /// Copies the entries from `common` on, checks all there is to check, and puts the new book in the place of the old.
    pub(super) fn extend(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        mut replay: Replay,
        common: u64,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let size = offered.size();
        if replay.state().clerk().is_none() {
            // The founding names the clerk.
            fold(&mut self.folder, tree, &mut replay, size.min(WIDTH), Keep::All, watch)?;
        }
        let from = replay.state().size();
        // What the clerk whom the entries name so far has signed is kept as it comes. Anything else, a hand-over or a stranger's
        // tree, is judged first and kept after: nobody fills this disk who has no right to the book.
        let is_signed = self.is_signed(offered, &replay, now);
        if is_signed {
            self.gather(offered, tree, common, watch)?;
        }
        let keep = if is_signed { Keep::All } else { Keep::Nothing };
        fold(&mut self.folder, tree, &mut replay, size, keep, watch)?;
        let state = replay.state();
        let epoch = offered.origin.epoch;
        let clerk = clerk_of(state, epoch).filter(|_| state.epoch() == epoch);
        let verified = match clerk {
            Some(clerk) => self.verify(offered, state, clerk, now),
            None => Err(CopyError::NotTheClerk { epoch }),
        };
        let verified = self.or_discard(verified)?;
        if state.time() > now.saturating_add(AHEAD) {
            return Err(CopyError::Ahead { time: state.time(), now });
        }
        let judged = self.may_follow(offered, tree, &replay, common, now);
        self.or_discard(judged)?;
        if !is_signed {
            stage(&mut self.folder, tree, from.min(common), watch)?;
        }
        for tile in tiles_since(common, size) {
            if let Tile::Hashes { level: level @ 1.., index, .. } = tile {
                let bytes = tree.hashes(level, index)?;
                self.folder.stage(&tile.path(), &bytes)?;
            }
        }
        self.take(offered, &verified, tree, replay, common, now)
    }

    /// Puts a book that was checked in the place of the one that is held.
    pub(super) fn take(
        &mut self,
        offered: &Noted,
        verified: &Verified,
        tree: &mut Tree<'_>,
        replay: Replay,
        common: u64,
        now: u64,
    ) -> Result<Copied, CopyError> {
        let size = offered.size();
        let taken = Noted { note: verified.with(None), ..offered.clone() };
        let mut hand_overs: Vec<Succession> = match &self.loaded {
            Some(loaded) => loaded.hand_overs.iter().filter(|over| over.entry < common).cloned().collect(),
            None => Vec::new(),
        };
        hand_overs.extend(replay.successions().iter().filter(|over| over.entry >= common).cloned());
        let state = replay.into_state();
        let last = match self.new_final(&taken, verified.is_final, &state) {
            Some(last) => Some(last),
            None => final_of(self, tree, &state, &hand_overs, now)?,
        };
        self.see(&taken)?;
        let before = self.held.as_ref().map_or(0, Noted::size);
        if let Some(held) = self.held.clone().filter(|held| common < held.size()) {
            let mut nothing = MemoryFiles::new();
            let mut own = self.own_tree(&held, &mut nothing)?;
            let case = evidence::left(&held, &mut own, common)?;
            self.folder.save_evidence(&case.name, &case.files)?;
        }
        let saved = self.loaded.as_ref().filter(|_| common == before).map(|loaded| loaded.saved);
        let is_due = saved.is_none_or(|saved| size - saved >= SAVE_EVERY);
        let written = is_due.then(|| saved::write(&state, &hand_overs));
        let keys = vkeys(&state, &cosigners(&state, &self.more))
            .ok_or(CopyError::NotTheClerk { epoch: offered.origin.epoch })?;
        let last_note = last.as_ref().map(|last| last.note.to_bytes());
        let change = Change {
            old: before,
            common,
            new: size,
            checkpoint: &taken.note.to_bytes(),
            vkeys: keys.as_bytes(),
            last: last_note.as_deref(),
            state: written.as_deref(),
        };
        self.commit(&change)?;
        let forgotten = self.forget_gathered(&taken);
        self.held = Some(taken);
        self.last = last.or(self.last.take());
        let saved = if is_due { size } else { saved.unwrap_or(0) };
        self.loaded = Some(Loaded { state, hand_overs, saved });
        // Only now: the book has its place, whatever becomes of what was gathered for it.
        forgotten?;
        Ok(self.copied(before, common, true))
    }

    /// The checkpoint as the new largest final one, if it is that.
    pub(super) fn new_final(&self, noted: &Noted, is_final: bool, state: &State) -> Option<Noted> {
        let is_larger = self.last.as_ref().is_none_or(|last| last.size() < noted.size());
        (is_final && is_larger && state.policy().asks()).then(|| noted.clone())
    }

    /// The source's `final`, if it is larger than ours and holds in this tree.
    pub(super) fn offered_final(
        &self,
        source: &mut dyn PublicFiles,
        state: &State,
        hand_overs: &[Succession],
        tree: &mut Tree<'_>,
        now: u64,
    ) -> Result<Option<Noted>, CopyError> {
        if !state.policy().asks() {
            return Ok(None);
        }
        // A source whose `final` cannot be used may still have a good book: it is only not taken.
        let Ok(Some(bytes)) = source.read("final", NOTE_LIMIT) else { return Ok(None) };
        let Ok(noted) = Noted::parse(&bytes) else { return Ok(None) };
        let size = noted.size();
        let ends = hand_overs.iter().find(|over| Some(over.epoch) == noted.origin.epoch.checked_add(1));
        if noted.origin.book != state.book()
            || size > tree.size()
            || self.last.as_ref().is_some_and(|last| last.size() >= size)
            || ends.is_some_and(|over| size > over.entry)
            || tree.root_at(size)? != noted.checkpoint.root
        {
            return Ok(None);
        }
        let Some(clerk) = clerk_of(state, noted.origin.epoch) else { return Ok(None) };
        let verified = self.verify(&noted, state, clerk, now).ok().filter(|verified| verified.is_final);
        Ok(verified.map(|verified| Noted { note: verified.with(None), ..noted }))
    }

    /// What a source gave that cannot be used is not kept for another round.
    pub(super) fn or_discard<T>(&mut self, result: Result<T, CopyError>) -> Result<T, CopyError> {
        if result.is_err() {
            self.folder.discard()?;
        }
        result
    }
}

/// The source's `final`, read through the tree's source.
fn final_of(
    mirror: &Mirror,
    tree: &mut Tree<'_>,
    state: &State,
    hand_overs: &[Succession],
    now: u64,
) -> Result<Option<Noted>, CopyError> {
    let mut given = MemoryFiles::new();
    if let Ok(Some(bytes)) = tree.source().read("final", NOTE_LIMIT) {
        given.insert("final", bytes)?;
    }
    mirror.offered_final(&mut given, state, hand_overs, tree, now)
}
