use std::sync::Arc;

use book::checkpoint::{self, Checkpoint};
use book::entry::Proposal;
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{SecretKey, Vkey};
use book::tile::TileBuilder;
use council::State;
use store::{Batch, ClerkSeed, Head, Person, Snapshot, Standing, Store, StoreError};

use crate::cannot::CannotSign;
use crate::high_water::{HighWater, MarkError};
use crate::inbox::Remembered;
use crate::load::{self, Loaded};
use crate::record::stage_first;
use crate::submission::{Declined, Receipt, Submission};
use crate::view::{Published, cosigned};

/// A snapshot is taken after at least so many entries, or
const SNAPSHOT_ENTRIES: u64 = 4096;
/// after one entry per so many bytes of the last snapshot, so that what is written for snapshots grows with the entries only;
const SNAPSHOT_BYTES_PER_ENTRY: u64 = 256;
/// or, of a few entries, after so many seconds.
const SNAPSHOT_SECONDS: u64 = 3600;

/// The one writer of a book: the only value that signs for it.
///
/// It owns its connection to the store, and nothing of what it does is parallel but the examination of signatures. After an
/// error of the store that leaves open what was written it reads everything again before it signs anything.
pub struct Clerk {
    pub(crate) store: Box<dyn Store>,
    pub(crate) mark: Box<dyn HighWater>,
    pub(crate) book: BookId,
    pub(crate) key: SecretKey,
    pub(crate) vkey: Vkey,
    pub(crate) state: State,
    pub(crate) tiles: TileBuilder,
    /// What is durable.
    pub(crate) head: Head,
    pub(crate) health: Health,
    /// The head of a batch of which nobody knows whether it was stored.
    pub(crate) attempted: Option<Head>,
    pub(crate) published: Arc<Published>,
    pub(crate) remembered: Remembered,
    snapshot: LastSnapshot,
    connect: Option<Connect>,
}

/// How another connection to the store is made.
type Connect = Box<dyn FnMut() -> Result<Box<dyn Store>, StoreError> + Send>;

/// How sure a clerk is of its memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It is what the store has.
    Sound,
    /// Something failed since: everything is to be read again.
    Doubt,
    /// It never signs again: why, and the way on.
    Stopped(String),
}

struct LastSnapshot {
    size: u64,
    bytes: usize,
    time: u64,
}

impl Clerk {
    /// Founds a book: `founding` is the signed proposal of its first entry, which names `key`. Entry, signed checkpoint, key and
    /// people are stored in one transaction; after an error that leaves open whether it was, the same call with the same
    /// proposal says whether the book [exists](CannotSign::Exists), and [`Clerk::open`] opens it.
    pub fn found(
        mut store: Box<dyn Store>,
        founding: Submission,
        key: SecretKey,
        people: &[Person],
        mut mark: Box<dyn HighWater>,
        now: u64,
    ) -> Result<(Clerk, Receipt), CannotSign> {
        let proposal = Proposal::parse(&founding.note)
            .map_err(|error| CannotSign::Form(format!("the founding entry: {error}")))?;
        let book = BookId::of_founding(&proposal.note().text);
        if store.head(&book.0)?.is_some() {
            return Err(CannotSign::Exists(book));
        }
        if let Some(marked) = mark.load()? {
            return Err(match load::origin_in(book, &marked) {
                Some(_) => CannotSign::RolledBack { here: 0, seen: marked.size },
                None => MarkError::Damaged(format!("it is that of {}", marked.origin)).into(),
            });
        }
        let mut state = State::before(book);
        let mut tiles = TileBuilder::new();
        let staged = stage_first(store.as_mut(), &mut state, &mut tiles, &founding, proposal, &key, 0, now)?;
        let mut batch = staged.into_batch(&state, &mut tiles, &key, &Origin { book, epoch: 0 }, now);
        batch.people = people.to_vec();
        batch.clerk_seed = Some(ClerkSeed { epoch: 0, seed: key.seed() });
        batch.snapshot = Some(snapshot_of(&state));
        store.append(&book.0, None, &batch)?;
        mark.store(&checkpoint_of(book, &batch.head))?;
        let clerk = Clerk::open(store, book, Some(key), mark, now, &[])?;
        let receipt = staged_receipt(book, &batch, now);
        Ok((clerk, receipt))
    }

    /// Opens a book to sign for it. Nothing is signed or let out before everything holds:
    ///
    /// * the store's standing is [`Standing::Current`], and the book is not still being copied into it;
    /// * neither `mark`, nor the store's final checkpoint, nor one of `seen` is larger than the head, of a later epoch, or of
    ///   another history. `seen` are checkpoints of which the caller has verified the clerk's signature, wherever they come
    ///   from: mirrors, witnesses, a member's phone. Those of other books are passed over;
    /// * the newest snapshot that fits, and the entries after it, lead to the head's root, frontier and epoch; a snapshot that
    ///   does not fit is passed over, down to none;
    /// * the head's checkpoint is signed by the clerk whom this state names, and `key` (or, with none, the key in the store) is
    ///   that clerk's;
    /// * the stored tiles give the same root;
    /// * the clock, `now` in Unix seconds, is not behind the last entry.
    pub fn open(
        mut store: Box<dyn Store>,
        book: BookId,
        key: Option<SecretKey>,
        mut mark: Box<dyn HighWater>,
        now: u64,
        seen: &[Checkpoint],
    ) -> Result<Clerk, CannotSign> {
        let loaded = load::load(store.as_mut(), book, key, mark.as_mut(), seen)?;
        let Loaded { head, state, tiles, key, vkey, snapshot: (size, bytes) } = loaded;
        if now < head.time {
            return Err(CannotSign::Clock { now, last: head.time });
        }
        let published = Arc::new(Published::empty());
        let snapshot = LastSnapshot { size, bytes, time: now };
        let health = Health::Sound;
        let attempted = None;
        let mut clerk = Clerk {
            store,
            mark,
            book,
            key,
            vkey,
            state,
            tiles,
            head,
            health,
            attempted,
            published,
            remembered: Remembered::default(),
            snapshot,
            connect: None,
        };
        clerk.sweep()?;
        clerk.let_out()?;
        Ok(clerk)
    }

    /// How to connect to the store again after it failed, where that is safe: a database server. Without this the clerk goes on
    /// only if the same connection works again. A file is not opened again here on purpose: after a failed flush the system may
    /// show what never reached the disk, and a person should look at that disk first.
    pub fn reconnect_with(
        &mut self,
        connect: impl FnMut() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
    ) {
        self.connect = Some(Box::new(connect));
    }

    /// Reads everything again, after an error that leaves open what the store holds.
    pub(crate) fn reopen(&mut self) -> Result<(), CannotSign> {
        if let Some(connect) = &mut self.connect {
            self.store = connect()?;
        }
        let known = [checkpoint_of(self.book, &self.head)];
        let key = SecretKey::from_seed(&self.key.seed());
        let loaded = load::load(self.store.as_mut(), self.book, Some(key), self.mark.as_mut(), &known)?;
        self.state = loaded.state;
        self.tiles = loaded.tiles;
        self.head = loaded.head;
        self.remembered.forget();
        self.let_out()?;
        self.health = Health::Sound;
        Ok(())
    }

    /// What is durable goes out: into the record of the largest signed checkpoint first, then to the readers.
    pub(crate) fn let_out(&mut self) -> Result<(), CannotSign> {
        let signed = checkpoint_of(self.book, &self.head);
        self.mark.store(&signed)?;
        self.publish()?;
        Ok(())
    }

    /// Renews what readers see of the head.
    pub(crate) fn publish(&mut self) -> Result<(), StoreError> {
        let cosignatures = self.store.cosignatures(&self.book.0, self.head.size, &self.head.root)?;
        let last = self.store.final_checkpoint(&self.book.0)?;
        let settled = match &last {
            _ if !self.state.policy().asks() => self.head.size,
            Some(last) => last.size.min(self.head.size),
            None => 0,
        };
        let last = last.map(|last| last.note);
        let vkeys = self.vkeys()?;
        if self.published.vkeys() != vkeys.as_bytes() {
            self.write_vkeys(&vkeys)?;
        }
        let checkpoint = cosigned(&self.head.checkpoint, &cosignatures);
        self.published.set((self.head.size, settled), checkpoint, last, vkeys);
        Ok(())
    }

    /// Makes sure that the clerk may sign at this time; reads everything again if need be.
    pub(crate) fn ready(&mut self, now: u64) -> Result<(), Declined> {
        if self.health == Health::Doubt
            && let Err(error) = self.reopen()
        {
            return Err(self.declined(error));
        }
        if let Health::Stopped(why) = &self.health {
            return Err(Declined::Stopped(why.clone()));
        }
        if now < self.head.time {
            let error = CannotSign::Clock { now, last: self.head.time };
            return Err(Declined::Stopped(error.to_string()));
        }
        Ok(())
    }

    /// What cannot pass stops the clerk for good.
    pub(crate) fn declined(&mut self, error: CannotSign) -> Declined {
        let why = error.to_string();
        if !error.may_pass() {
            self.health = Health::Stopped(why.clone());
        }
        match error {
            CannotSign::Store(error) if self.health == Health::Doubt => Declined::Store(error),
            _ => Declined::Stopped(why),
        }
    }

    /// Whether a snapshot is due after the entries that the state holds now.
    pub(crate) fn snapshot_if_due(&mut self, now: u64) -> Option<Snapshot> {
        let entries = self.state.size() - self.snapshot.size;
        let many = SNAPSHOT_ENTRIES.max(self.snapshot.bytes as u64 / SNAPSHOT_BYTES_PER_ENTRY);
        let late = entries > 0 && now.saturating_sub(self.snapshot.time) >= SNAPSHOT_SECONDS;
        (entries >= many || late).then(|| snapshot_of(&self.state))
    }

    pub(crate) fn snapshot_taken(&mut self, size: u64, bytes: usize, now: u64) {
        self.snapshot = LastSnapshot { size, bytes, time: now };
    }

    /// Keeps a snapshot of the state as it is, unless the newest one is: so that the next start need not replay.
    pub fn snapshot(&mut self, now: u64) -> Result<(), StoreError> {
        if self.health != Health::Sound || self.snapshot.size == self.head.size {
            return Ok(());
        }
        let snapshot = snapshot_of(&self.state);
        self.store.put_snapshot(&self.book.0, &snapshot)?;
        self.snapshot_taken(snapshot.size, snapshot.bytes.len(), now);
        Ok(())
    }

    /// The book.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// The origin of the log in this epoch.
    pub fn origin(&self) -> Origin {
        Origin { book: self.book, epoch: self.head.epoch }
    }

    /// The state after the entries that are durable; while [`Clerk::in_doubt`] perhaps more.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The checkpoint of what is durable.
    pub fn checkpoint(&self) -> Checkpoint {
        checkpoint_of(self.book, &self.head)
    }

    /// The signed note of that checkpoint, with the cosignatures that came for it.
    pub fn checkpoint_note(&self) -> Vec<u8> {
        self.published.checkpoint()
    }

    /// When the last entry was recorded: Unix seconds.
    pub fn time(&self) -> u64 {
        self.head.time
    }

    /// Whether the store failed, so that the next call reads everything again.
    pub fn in_doubt(&self) -> bool {
        self.health == Health::Doubt
    }

    /// Why the clerk will not sign again, if so.
    pub fn stopped(&self) -> Option<&str> {
        match &self.health {
            Health::Stopped(why) => Some(why),
            _ => None,
        }
    }

    /// What readers on other threads see; for [`PublicView`](crate::PublicView).
    pub fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published)
    }

    /// The clerk's connection to the store, for the private side. Whoever appends to the book here makes the clerk stop.
    pub fn store(&mut self) -> &mut dyn Store {
        self.store.as_mut()
    }

    /// Ends this clerk for good, after the book was handed over: `newer` is the checkpoint of the new epoch, whose signature the
    /// caller has verified. The store's standing becomes [`Standing::Retired`].
    pub fn retire(mut self, newer: &Checkpoint) -> Result<Box<dyn Store>, CannotSign> {
        match load::origin_in(self.book, newer) {
            Some(epoch) if epoch > self.head.epoch => {
                self.store.set_standing(&self.book.0, Standing::Retired)?;
                Ok(self.store)
            }
            _ => Err(CannotSign::Form(format!("{} is no later epoch of {}", newer.origin, self.origin()))),
        }
    }
}

/// What a head says, as a checkpoint.
pub(crate) fn checkpoint_of(book: BookId, head: &Head) -> Checkpoint {
    let origin = Origin { book, epoch: head.epoch }.to_string();
    Checkpoint { origin, size: head.size, root: Hash(head.root) }
}

pub(crate) fn snapshot_of(state: &State) -> Snapshot {
    Snapshot { size: state.size(), digest: state.digest().0, bytes: state.to_snapshot() }
}

/// The head of a state that is not stored yet, with its signed checkpoint.
pub(crate) fn signed_head(state: &State, key: &SecretKey, origin: &Origin, time: u64) -> Head {
    let checkpoint = Checkpoint { origin: origin.to_string(), size: state.size(), root: state.root() };
    Head {
        size: state.size(),
        root: checkpoint.root.0,
        epoch: origin.epoch,
        frontier: state.frontier().hashes().iter().map(|hash| hash.0).collect(),
        checkpoint: checkpoint::sign(&checkpoint, key).to_bytes(),
        time,
    }
}

/// The receipt of the one entry of a batch.
pub(crate) fn staged_receipt(book: BookId, batch: &Batch, time: u64) -> Receipt {
    let text_hash = batch.entries.last().and_then(|entry| entry.text_hash).map_or(Hash([0; 32]), Hash);
    Receipt { book, number: batch.head.size - 1, time, text_hash, repeated: false }
}
