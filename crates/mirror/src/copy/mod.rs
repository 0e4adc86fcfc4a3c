//! Copying a book: nothing of it is taken before all of it was checked.

mod error;
mod evidence;
mod noted;
mod saved;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use audit::{Blobs, Replay, Succession};
use book::checkpoint::Checkpoint;
use book::files::{MemoryFiles, PublicFiles};
use book::hash::Hash;
use book::id::BookId;
use book::key::{PublicKey, Vkey};
use book::note::{NOTE_LIMIT, Note};
use book::tile::{Tile, WIDTH, decode_entries, edge, tiles_since};
use council::{State, Stop};

pub use error::CopyError;
pub(crate) use noted::{AHEAD, Noted};

use crate::folder::{Change, MirrorFolder};
use evidence::Case;
use noted::{Verified, clerk_of, cosigners, listed, vkeys};
use tree::Tree;

/// Entries are judged together in chunks of about so many bytes.
const CHUNK: usize = 4 << 20;
/// The state is saved again after so many entries.
const SAVE_EVERY: u64 = 1024;
/// A source that moves on while it is read is read so often.
const ROUNDS: usize = 4;
/// How long after a hand-over a larger checkpoint of the former clerk contests it: seven days, in seconds.
const CONTEST: u64 = 7 * 86_400;

/// Who looks on while a book is copied.
pub trait Watch {
    /// So many entries of all are verified.
    fn progress(&mut self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// Whether to go on; asked every few thousand entries.
    fn goes_on(&mut self) -> bool {
        true
    }
}

/// Nobody looks on.
impl Watch for () {}

/// What a round of copying came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The book.
    pub book: BookId,
    /// Its epoch.
    pub epoch: u32,
    /// How many entries were mirrored before.
    pub before: u64,
    /// How many are now.
    pub size: u64,
    /// How many entries the largest final checkpoint covers; none where there is none, or the policy asks for nobody.
    pub last: Option<u64>,
    /// Whether anything changed: entries, cosignatures, repaired files.
    pub changed: bool,
}

/// The state that the mirrored entries lead to.
pub(crate) struct Loaded {
    pub(crate) state: State,
    hand_overs: Vec<Succession>,
    /// The size at which the state was saved.
    saved: u64,
}

/// A mirror: a folder that holds a copy of one book.
pub struct Mirror {
    pub(crate) folder: MirrorFolder,
    asked: Option<BookId>,
    pub(crate) held: Option<Noted>,
    last: Option<Noted>,
    seen: BTreeMap<u32, Noted>,
    pub(crate) loaded: Option<Loaded>,
    /// Cosigners beside those of the policy: ourselves.
    more: Vec<Vkey>,
    /// Files here were damaged, and are as they should be again.
    is_mended: bool,
    /// A commit failed half way: what is in memory may not be what is on the disk.
    is_stale: bool,
}

impl Mirror {
    /// Opens the folder, or makes it. `book` is the book that it must hold; without it, it goes on with the one that it holds,
    /// or takes the one that the first source shows.
    pub fn open(folder: &Path, book: Option<BookId>) -> Result<Mirror, CopyError> {
        Mirror::on(MirrorFolder::open(folder)?, book)
    }

    pub(crate) fn on(folder: MirrorFolder, book: Option<BookId>) -> Result<Mirror, CopyError> {
        let mut mirror = Mirror {
            folder,
            asked: book,
            held: None,
            last: None,
            seen: BTreeMap::new(),
            loaded: None,
            more: Vec::new(),
            is_mended: false,
            is_stale: false,
        };
        mirror.look()?;
        Ok(mirror)
    }

    /// Reads what the folder says of itself.
    fn look(&mut self) -> Result<(), CopyError> {
        let parse = |name: &str, bytes: Option<Vec<u8>>| {
            let noted = bytes.map(|bytes| Noted::parse(&bytes)).transpose();
            noted.map_err(|error| CopyError::OwnDamaged(format!("`{name}`: {error}")))
        };
        self.held = parse("checkpoint", self.folder.text("checkpoint")?)?;
        self.last = parse("final", self.folder.text("final")?)?;
        self.seen.clear();
        for name in self.folder.private_names("seen")? {
            if let Some(noted) = parse("seen", self.folder.private(&format!("seen/{name}"))?)? {
                self.seen.insert(noted.origin.epoch, noted);
            }
        }
        if let Some(held) = &self.held {
            self.seen.entry(held.origin.epoch).or_insert_with(|| held.clone());
        }
        for noted in self.seen.values().chain(&self.held).chain(&self.last) {
            if let Some(expected) = self.asked.filter(|book| *book != noted.origin.book) {
                return Err(CopyError::OtherBook { expected, found: noted.origin.book.to_string() });
            }
        }
        self.more = self.folder.text("vkeys")?.map(|bytes| listed(&bytes)).unwrap_or_default();
        self.loaded = None;
        self.is_stale = false;
        Ok(())
    }

    /// The book, where it is known.
    pub fn book(&self) -> Option<BookId> {
        let seen = || self.seen.values().next().map(|noted| noted.origin.book);
        self.held.as_ref().map(|held| held.origin.book).or(self.asked).or_else(seen)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.root()
    }

    /// What is mirrored.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.held.as_ref().map(|held| &held.checkpoint)
    }

    /// The state that the mirrored entries lead to; known after the first round of copying.
    pub fn state(&self) -> Option<&State> {
        self.loaded.as_ref().map(|loaded| &loaded.state)
    }

    /// The largest checkpoint of each epoch that was ever seen with its clerk's signature, mirrored or not.
    pub fn seen(&self) -> impl Iterator<Item = &Checkpoint> {
        self.seen.values().map(|noted| &noted.checkpoint)
    }

    /// One round: looks at the source's checkpoint and copies what is new. Whatever the source gives, the folder holds a whole
    /// and checked book afterwards, the one of before or the new one.
    pub fn copy(
        &mut self,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        self.may_go_on()?;
        if self.is_stale {
            self.folder.recover()?;
            self.look()?;
        }
        let mut offered = read_checkpoint(source)?;
        for _ in 1..ROUNDS {
            match self.round(&offered, source, now, watch) {
                Err(error) if error.is_perhaps_a_race() => {
                    let again = read_checkpoint(source)?;
                    if again.note.text == offered.note.text {
                        return Err(error);
                    }
                    offered = again;
                }
                other => return other,
            }
        }
        self.round(&offered, source, now, watch)
    }

    /// Whether this mirror has met two successions.
    pub(crate) fn may_go_on(&self) -> Result<(), CopyError> {
        match self.folder.private("halted")? {
            Some(why) => Err(CopyError::Halted(String::from_utf8_lossy(&why).trim_end().to_owned())),
            None => Ok(()),
        }
    }

    fn round(
        &mut self,
        offered: &Noted,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        if let Some(expected) = self.book().filter(|book| *book != offered.origin.book) {
            return Err(CopyError::OtherBook { expected, found: offered.origin.book.to_string() });
        }
        self.folder.begin();
        self.load(source, watch)?;
        let (Some(held), Some(loaded)) = (&self.held, &self.loaded) else {
            let mut tree = Tree::open(&self.own_folders(), source, offered.size(), offered.checkpoint.root)?;
            // A copy that was lost, or interrupted at its very end, was seen none the less.
            if let Some(seen) = self.seen.get(&offered.origin.epoch)
                && (offered.size() < seen.size() || tree.root_at(seen.size())? != seen.checkpoint.root)
            {
                return Err(CopyError::Rollback { offered: offered.size(), seen: seen.size() });
            }
            return self.extend(offered, &mut tree, Replay::new(offered.origin.book), 0, now, watch);
        };
        let (here, there) = (held.origin.epoch, offered.origin.epoch);
        let clerk = clerk_of(&loaded.state, there).cloned();
        let verified = clerk.map(|clerk| self.verify(offered, &loaded.state, &clerk, now)).transpose();
        match verified {
            Ok(Some(verified)) if there == here => self.same_epoch(offered, &verified, source, now, watch),
            Ok(Some(verified)) => Err(self.former_epoch(offered, &verified, now)?),
            // A later epoch, or another clerk's line: the entries must tell of the hand-over.
            Ok(None) | Err(CopyError::NotTheClerk { .. }) => self.other_clerk(offered, source, now, watch),
            Err(error) => Err(error),
        }
    }

    /// Folders in which parts of a tree may lie, those of an interrupted round first.
    fn own_folders(&self) -> [PathBuf; 2] {
        [self.folder.incoming(), self.folder.root().to_owned()]
    }

    /// The state of what is held, from what was saved and the entries since. The source is asked for what is damaged here.
    fn load(&mut self, source: &mut dyn PublicFiles, watch: &mut dyn Watch) -> Result<(), CopyError> {
        let Some(held) = self.held.clone().filter(|_| self.loaded.is_none()) else { return Ok(()) };
        let own = |error: CopyError| match error {
            CopyError::Damaged(what) => CopyError::OwnDamaged(what),
            other => other,
        };
        let tree = Tree::open(&self.own_folders(), source, held.size(), held.checkpoint.root);
        let mut tree = tree.map_err(|error| own(error.into()))?;
        let (replay, hand_overs, saved) = self.replay(&mut tree, held.size(), watch).map_err(own)?;
        let state = replay.into_state();
        let clerk = clerk_of(&state, held.origin.epoch).filter(|_| state.epoch() == held.origin.epoch);
        let clerk = clerk.ok_or_else(|| CopyError::OwnDamaged("`checkpoint` is of another epoch".into()))?;
        self.verify(&held, &state, clerk, u64::MAX)
            .map_err(|error| CopyError::OwnDamaged(format!("`checkpoint`: {error}")))?;
        // The newest tiles lead to all others; whatever of them came from the source is put in its place.
        for tile in tiles_since(saved, held.size()).chain(edge(held.size())) {
            if let Tile::Hashes { level, index, .. } = tile
                && (level > 0 || tile != tile.full())
            {
                let bytes = tree.hashes(level, index).map_err(|error| own(error.into()))?;
                self.folder.stage(&tile.path(), &bytes)?;
            }
        }
        let keys = vkeys(&state, &cosigners(&state, &self.more)).unwrap_or_default();
        let is_whole = self.folder.text("vkeys")?.as_deref() == Some(keys.as_bytes());
        if self.folder.waits() || !is_whole {
            self.commit(&Change {
                old: held.size(),
                common: held.size(),
                new: held.size(),
                checkpoint: &held.note.to_bytes(),
                vkeys: keys.as_bytes(),
                last: None,
                state: None,
            })?;
            self.is_mended = true;
        }
        self.loaded = Some(Loaded { state, hand_overs, saved });
        Ok(())
    }

    fn commit(&mut self, change: &Change<'_>) -> Result<(), CopyError> {
        self.is_stale = true;
        self.folder.commit(change)?;
        self.is_stale = false;
        Ok(())
    }

    /// Replays the first `to` entries of what is held, from what was saved if that is not beyond.
    fn replay(
        &mut self,
        tree: &mut Tree<'_>,
        to: u64,
        watch: &mut dyn Watch,
    ) -> Result<(Replay, Vec<Succession>, u64), CopyError> {
        let Some(book) = self.book() else { return Err(CopyError::NoBook) };
        let saved = match self.folder.private("state")? {
            Some(bytes) => saved::read(&bytes, book, tree).filter(|saved| saved.state.size() <= to),
            None => None,
        };
        let (mut replay, mut hand_overs) = match saved {
            Some(saved) => (Replay::from_state(saved.state), saved.hand_overs),
            None => (Replay::new(book), Vec::new()),
        };
        let from = replay.state().size();
        fold(&mut self.folder, tree, &mut replay, to, watch)?;
        hand_overs.extend_from_slice(replay.successions());
        Ok((replay, hand_overs, from))
    }

    fn verify(&self, noted: &Noted, state: &State, clerk: &PublicKey, now: u64) -> Result<Verified, CopyError> {
        noted.verify(state, clerk, &cosigners(state, &self.more), now)
    }

    /// Puts our own line under what is held.
    pub(crate) fn put_line(&mut self, own: &Vkey, note: Note) -> Result<(), CopyError> {
        let (Some(held), Some(loaded)) = (&self.held, &self.loaded) else { return Err(CopyError::NoBook) };
        if !self.more.contains(own) {
            self.more.push(own.clone());
        }
        let keys = vkeys(&loaded.state, &cosigners(&loaded.state, &self.more)).unwrap_or_default();
        if self.folder.text("vkeys")?.as_deref() != Some(keys.as_bytes()) {
            self.folder.put_text("vkeys", keys.as_bytes())?;
        }
        self.folder.put_text("checkpoint", &note.to_bytes())?;
        self.held = Some(Noted { note, ..held.clone() });
        Ok(())
    }

    /// A checkpoint by the clerk of the epoch in which the book is here.
    fn same_epoch(
        &mut self,
        offered: &Noted,
        verified: &Verified,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else { return Err(CopyError::NoBook) };
        let seen = self.seen.get(&held.origin.epoch).cloned().unwrap_or_else(|| held.clone());
        if offered.size() < seen.size() {
            if offered.size() <= held.size() {
                self.must_be_part(offered, &held)?;
            }
            return Err(CopyError::Rollback { offered: offered.size(), seen: seen.size() });
        }
        if offered.size() == seen.size() && offered.checkpoint.root != seen.checkpoint.root {
            return Err(self.save(evidence::fork(&seen, offered, None)?, |evidence| CopyError::Fork { evidence }));
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

    /// Keeps a verified checkpoint as the largest seen of its epoch, if it is.
    fn see(&mut self, noted: &Noted) -> Result<(), CopyError> {
        let epoch = noted.origin.epoch;
        if self.seen.get(&epoch).is_none_or(|seen| seen.size() < noted.size()) {
            self.folder.put_private(&format!("seen/{epoch}"), &noted.note.to_bytes())?;
            self.seen.insert(epoch, noted.clone());
        }
        Ok(())
    }

    /// That a checkpoint signed by the clerk, not larger than what is held, is part of it; else it is a fork.
    fn must_be_part(&mut self, offered: &Noted, held: &Noted) -> Result<(), CopyError> {
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(held, &mut nothing)?;
        if own.root_at(offered.size())? == offered.checkpoint.root {
            return Ok(());
        }
        let case = evidence::fork(held, offered, Some(&mut own))?;
        Err(self.save(case, |evidence| CopyError::Fork { evidence }))
    }

    /// The tree that is held, from the folder alone.
    fn own_tree<'a>(&self, held: &Noted, nothing: &'a mut MemoryFiles) -> Result<Tree<'a>, CopyError> {
        let root = self.folder.root().to_owned();
        Tree::open(&[root], nothing, held.size(), held.checkpoint.root)
            .map_err(|error| CopyError::OwnDamaged(error.to_string()))
    }

    /// The root of what is held at an earlier size.
    pub(crate) fn root_at(&self, held: &Noted, size: u64) -> Result<Hash, CopyError> {
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(held, &mut nothing)?;
        own.root_at(size).map_err(|error| CopyError::OwnDamaged(error.to_string()))
    }

    fn save(&mut self, case: Case, error: impl FnOnce(PathBuf) -> CopyError) -> CopyError {
        match self.folder.save_evidence(&case.name, &case.files) {
            Ok(evidence) => error(evidence),
            Err(trouble) => CopyError::Own(trouble),
        }
    }

    /// Nothing but cosignatures may be new.
    fn same_size(
        &mut self,
        held: &Noted,
        theirs: &Verified,
        source: &mut dyn PublicFiles,
        now: u64,
    ) -> Result<Copied, CopyError> {
        let Some(Loaded { state, hand_overs, .. }) = &self.loaded else { return Err(CopyError::NoBook) };
        let clerk = clerk_of(state, held.origin.epoch).ok_or(CopyError::NotTheClerk { epoch: held.origin.epoch })?;
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
        Ok(self.copied(held.size(), changed))
    }

    fn copied(&mut self, before: u64, changed: bool) -> Copied {
        let changed = std::mem::take(&mut self.is_mended) || changed;
        let held = self.held.as_ref();
        Copied {
            book: held.map_or(BookId([0; 32]), |held| held.origin.book),
            epoch: held.map_or(0, |held| held.origin.epoch),
            before,
            size: held.map_or(0, Noted::size),
            last: self.last.as_ref().map(Noted::size),
            changed,
        }
    }

    /// The checkpoint as the new largest final one, if it is that.
    fn new_final(&self, noted: &Noted, is_final: bool, state: &State) -> Option<Noted> {
        let is_larger = self.last.as_ref().is_none_or(|last| last.size() < noted.size());
        (is_final && is_larger && state.policy().asks()).then(|| noted.clone())
    }

    /// The source's `final`, if it is larger than ours and holds in this tree.
    fn offered_final(
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

    /// Copies the entries from `common` on, checks all there is to check, and puts the new book in the place of the old.
    fn extend(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        mut replay: Replay,
        common: u64,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let size = offered.size();
        fold(&mut self.folder, tree, &mut replay, size, watch)?;
        for tile in tiles_since(common, size) {
            if let Tile::Hashes { level: level @ 1.., index, .. } = tile {
                let bytes = tree.hashes(level, index)?;
                self.folder.stage(&tile.path(), &bytes)?;
            }
        }
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
        let judged = self.hand_over(offered, tree, &replay, common, now);
        self.or_discard(judged)?;
        self.take(offered, &verified, tree, replay, common, now)
    }

    /// What a source gave that cannot be used is not kept for another round.
    fn or_discard<T>(&mut self, result: Result<T, CopyError>) -> Result<T, CopyError> {
        if result.is_err() {
            self.folder.discard()?;
        }
        result
    }

    /// Whether the book may go on so, where it has another clerk than here.
    fn hand_over(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        replay: &Replay,
        common: u64,
        now: u64,
    ) -> Result<(), CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else { return Ok(()) };
        let here = held.origin.epoch;
        let Some(over) = replay.successions().iter().find(|over| over.entry >= common).cloned() else {
            // No hand-over: then it is the book that is here, and more of it.
            return if common == held.size() { Ok(()) } else { Err(CopyError::NotTheClerk { epoch: here }) };
        };
        if over.epoch <= here {
            return Err(self.two_successions(&held, offered, tree, &over)?);
        }
        // What the former clerk signed and the new one must have carried over.
        let seen = self.seen.get(&here).cloned().unwrap_or_else(|| held.clone());
        let is_final = |noted: &Noted| {
            let clerk = clerk_of(&loaded.state, noted.origin.epoch);
            clerk.is_some_and(|clerk| {
                self.verify(noted, &loaded.state, clerk, now).is_ok_and(|verified| verified.is_final)
            })
        };
        let known = [self.last.clone(), Some(held.clone()), Some(seen.clone())];
        let last = known.into_iter().flatten().filter(is_final).max_by_key(Noted::size);
        if let Some(last) = last.filter(|last| last.size() > over.entry) {
            let case = evidence::contested(&last, offered, over.entry, offered, tree)?;
            let (carried, last) = (over.entry, last.size());
            return Err(self.save(case, |evidence| CopyError::Contested { carried, last, evidence }));
        }
        // What is here of the former epoch up to the hand-over must be there too.
        if common < held.size() && over.entry > common {
            let mut nothing = MemoryFiles::new();
            let mut own = self.own_tree(&held, &mut nothing)?;
            let case = evidence::departed(common, (&held, &mut own), (offered, tree))?;
            return Err(self.save(case, |evidence| CopyError::Fork { evidence }));
        }
        if seen.size() <= over.entry && tree.root_at(seen.size())? != seen.checkpoint.root {
            let case = evidence::fork(&seen, offered, Some(tree))?;
            return Err(self.save(case, |evidence| CopyError::Fork { evidence }));
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
        let Some(ours) = hand_overs.iter().find(|ours| ours.epoch == over.epoch).map(|ours| ours.entry) else {
            return Ok(CopyError::NotTheClerk { epoch: over.epoch });
        };
        let mut nothing = MemoryFiles::new();
        let mut own = self.own_tree(held, &mut nothing)?;
        let case = evidence::two_successions((held, &mut own, ours), (offered, tree, over.entry))?;
        let epoch = over.epoch;
        let error = self.save(case, |evidence| CopyError::TwoSuccessions { epoch, evidence });
        if matches!(error, CopyError::TwoSuccessions { .. }) {
            self.folder.put_private("halted", format!("{error}\n").as_bytes())?;
        }
        Ok(error)
    }

    /// Puts a book that was checked in the place of the one that is held.
    fn take(
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
        let keys = vkeys(&state, &cosigners(&state, &self.more)).ok_or(CopyError::NotTheClerk { epoch: offered.origin.epoch })?;
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
        self.held = Some(taken);
        self.last = last.or(self.last.take());
        let saved = if is_due { size } else { saved.unwrap_or(0) };
        self.loaded = Some(Loaded { state, hand_overs, saved });
        Ok(self.copied(before, true))
    }

    /// A checkpoint of a former clerk, from a source that has not heard of the hand-over, or contests it.
    fn former_epoch(&mut self, offered: &Noted, verified: &Verified, now: u64) -> Result<CopyError, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else { return Ok(CopyError::NoBook) };
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
    fn other_clerk(
        &mut self,
        offered: &Noted,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else { return Err(CopyError::NoBook) };
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
        let (replay, _, _) = self.replay(&mut own, common, watch)?;
        let start = replay.into_state();
        self.extend(offered, &mut tree, Replay::from_state(start), common, now, watch)
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

/// The source's checkpoint.
fn read_checkpoint(source: &mut dyn PublicFiles) -> Result<Noted, CopyError> {
    let bytes = source.read("checkpoint", NOTE_LIMIT)?.ok_or(CopyError::NoBook)?;
    Noted::parse(&bytes).map_err(CopyError::Checkpoint)
}

/// Blobs from the folder, and else from the source.
struct Fetch<'a> {
    folder: &'a mut MirrorFolder,
    source: &'a mut dyn PublicFiles,
    trouble: Option<CopyError>,
}

impl Blobs for Fetch<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> bool {
        if self.folder.has_blob(hash, size) {
            return true;
        }
        let path = format!("blob/{}", hash.hex());
        let limit = usize::try_from(size).unwrap_or(usize::MAX);
        let staged = match self.source.read(&path, limit) {
            Ok(Some(bytes)) if bytes.len() as u64 == size && Hash::of(&bytes) == *hash => {
                self.folder.stage(&path, &bytes).map_err(CopyError::Own)
            }
            Ok(Some(_)) => Err(CopyError::Damaged(format!("{path}: its content is not that of its name"))),
            // The stop says it.
            Ok(None) => return false,
            Err(error) => Err(error.into()),
        };
        self.trouble = staged.err();
        self.trouble.is_none()
    }
}

/// Takes the entries of the tree up to `to` into the replay, and keeps their bundles and hash tiles for the commit.
fn fold(
    folder: &mut MirrorFolder,
    tree: &mut Tree<'_>,
    replay: &mut Replay,
    to: u64,
    watch: &mut dyn Watch,
) -> Result<(), CopyError> {
    let size = tree.size();
    let mut at = replay.state().size();
    while at < to {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        let (mut bundles, mut bytes, mut next) = (Vec::new(), 0, at);
        while next < to && bytes < CHUNK {
            let index = next / WIDTH;
            let Some(tile) = Tile::entries(index, size) else { break };
            let bundle = tree.entries(index)?;
            folder.stage(&tile.path(), &bundle)?;
            if let Some(hashes) = Tile::hashes(0, index, size) {
                let bytes = tree.hashes(0, index)?;
                folder.stage(&hashes.path(), &bytes)?;
            }
            bytes += bundle.len();
            let first = index * WIDTH;
            let end = to.min(first + u64::from(tile.width()));
            bundles.push((tile, bundle, (next - first) as usize, (end - first) as usize));
            next = end;
        }
        let mut entries = Vec::new();
        for (tile, bundle, from, end) in &bundles {
            let all = decode_entries(bundle, tile.width())
                .map_err(|error| CopyError::Damaged(format!("{}: {error}", tile.path())))?;
            entries.extend_from_slice(all.get(*from..*end).unwrap_or_default());
        }
        let mut fetch = Fetch { folder, source: tree.source(), trouble: None };
        let pushed = replay.push(&entries, &mut fetch, |_, _| {});
        if let Err(stopped) = pushed {
            let missing = matches!(stopped.stop, Stop::MissingBlob { .. });
            return Err(fetch.trouble.filter(|_| missing).unwrap_or(CopyError::Stopped(stopped)));
        }
        if replay.state().clerk().is_none() {
            let expected = replay.state().book();
            return Err(CopyError::OtherBook { expected, found: "entries that do not found it".into() });
        }
        at = next;
        watch.progress(at, to);
    }
    Ok(())
}
