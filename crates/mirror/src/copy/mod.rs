//! Copying a book: nothing of it is taken before all of it was checked.

mod error;
mod evidence;
mod fold;
mod gather;
mod judge;
mod load;
mod noted;
mod rounds;
mod saved;
mod take;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use audit::{Replay, Succession};
use book::checkpoint::Checkpoint;
use book::files::{MemoryFiles, PublicFiles};
use book::hash::Hash;
use book::id::BookId;
use book::key::{PublicKey, Vkey};
use book::note::{NOTE_LIMIT, Note};
use council::State;

pub use error::CopyError;
pub(crate) use noted::Noted;

use crate::folder::{Change, MirrorFolder};
use noted::{Verified, clerk_of, cosigners, listed, vkeys};
use tree::Tree;

/// A source that moves on while it is read is read so often.
const ROUNDS: usize = 4;

/// Who looks on while a book is copied.
pub trait Watch {
    /// So many entries of all are here and held to the signed tree; they are not judged yet. When it is all of them, they are
    /// durable.
    fn copied(&mut self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// So many entries of all are judged.
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
    /// How many of them are still part of the book: fewer only after a hand-over that left some behind.
    pub common: u64,
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
        let copied = self.rounds(source, now, watch);
        if matches!(copied, Err(CopyError::Own(_))) {
            // A full disk is not left full.
            let _ = self.folder.discard();
        }
        copied
    }

    fn rounds(
        &mut self,
        source: &mut dyn PublicFiles,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<Copied, CopyError> {
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
    fn own_folders(&self) -> [PathBuf; 3] {
        [self.folder.incoming(), self.folder.gathered(), self.folder.root().to_owned()]
    }

    fn commit(&mut self, change: &Change<'_>) -> Result<(), CopyError> {
        self.is_stale = true;
        self.folder.commit(change)?;
        self.is_stale = false;
        Ok(())
    }

    fn verify(
        &self,
        noted: &Noted,
        state: &State,
        clerk: &PublicKey,
        now: u64,
    ) -> Result<Verified, CopyError> {
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

    /// Keeps a verified checkpoint as the largest seen of its epoch, if it is.
    fn see(&mut self, noted: &Noted) -> Result<(), CopyError> {
        let epoch = noted.origin.epoch;
        if self.seen.get(&epoch).is_none_or(|seen| seen.size() < noted.size()) {
            self.folder.put_private(&format!("seen/{epoch}"), &noted.note.to_bytes())?;
            self.seen.insert(epoch, noted.clone());
        }
        Ok(())
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

    fn copied(&mut self, before: u64, common: u64, changed: bool) -> Copied {
        let changed = std::mem::take(&mut self.is_mended) || changed;
        let held = self.held.as_ref();
        Copied {
            book: held.map_or(BookId([0; 32]), |held| held.origin.book),
            epoch: held.map_or(0, |held| held.origin.epoch),
            before,
            common,
            size: held.map_or(0, Noted::size),
            last: self.last.as_ref().map(Noted::size),
            changed,
        }
    }
}

/// The source's checkpoint.
fn read_checkpoint(source: &mut dyn PublicFiles) -> Result<Noted, CopyError> {
    let bytes = source.read("checkpoint", NOTE_LIMIT)?.ok_or(CopyError::NoBook)?;
    Noted::parse(&bytes).map_err(CopyError::Checkpoint)
}
