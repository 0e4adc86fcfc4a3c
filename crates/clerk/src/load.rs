//! From the store to a clerk's state, and all that must hold before it signs.

use std::collections::HashMap;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::leaf;
use book::tile::TileBuilder;
use council::{Examined, State, Verdict};
use store::{Head, Snapshot, Standing, Store, StoreError};

use crate::cannot::CannotSign;
use crate::high_water::HighWater;
use crate::parallel;
use crate::shelf::{Reading, Shelf, Stored};
use crate::tree::{StoredTree, TreeError};

/// Entries are read and examined so many at a time.
pub(crate) const STRIDE: u64 = 1024;

/// A book as the store has it, whole and consistent.
pub(crate) struct Loaded {
    pub(crate) head: Head,
    pub(crate) state: State,
    pub(crate) tiles: TileBuilder,
    pub(crate) key: SecretKey,
    pub(crate) vkey: Vkey,
    /// The size of the snapshot it began with, and its length in bytes.
    pub(crate) snapshot: (u64, usize),
}

/// Reads the book and checks everything that does not depend on the time: see [`Clerk::open`](crate::Clerk::open).
pub(crate) fn load(
    store: &mut dyn Store,
    book: BookId,
    key: Option<SecretKey>,
    mark: &mut dyn HighWater,
    seen: &[Checkpoint],
) -> Result<Loaded, CannotSign> {
    let head = store.head(&book.0)?.ok_or(CannotSign::NoBook(book))?;
    match store.standing(&book.0)? {
        Standing::Current => {}
        Standing::Retired => return Err(CannotSign::Retired),
        Standing::Restored { size, .. } => return Err(CannotSign::Restored { size }),
    }
    if head.checkpoint.is_empty() {
        return Err(CannotSign::Unfinished { size: head.size });
    }
    let mut known = seen.to_vec();
    known.extend(mark.load()?);
    if let Some(last) = store.final_checkpoint(&book.0)?
        && let Ok(note) = book::note::Note::parse(&last.note)
    {
        known.extend(Checkpoint::parse_text(&note.text).ok());
    }
    not_behind(book, &head, &known)?;
    let (state, snapshot) = state(store, book, &head)?;
    let clerk = state.clerk().ok_or_else(|| damaged("its founding entry founds nothing"))?;
    let origin = Origin { book, epoch: head.epoch };
    let vkey = Vkey { name: origin.to_string(), algorithm: Algorithm::Plain, key: clerk.clone() };
    let signed = SignedCheckpoint::open(&head.checkpoint, &vkey, &[]);
    let signed = signed.map_err(|error| damaged(&format!("its checkpoint: {error}")))?;
    if signed.checkpoint().size != head.size || signed.checkpoint().root != Hash(head.root) {
        return Err(damaged("its checkpoint is not that of its head"));
    }
    let key = match key {
        Some(key) => key,
        None => {
            let seed = store.clerk_seed(&book.0, head.epoch)?;
            SecretKey::from_seed(&*seed.ok_or(CannotSign::NoKey { epoch: head.epoch })?)
        }
    };
    if key.public() != vkey.key {
        return Err(CannotSign::WrongKey { epoch: head.epoch });
    }
    let mut tree = StoredTree::new(store, book.0);
    let tiles = tree.builder(head.size).map_err(tree_error)?;
    if tiles.root() != Hash(head.root) {
        return Err(damaged("its tiles do not give the root of its checkpoint"));
    }
    for checkpoint in known.iter().filter(|known| origin_in(book, known) == Some(head.epoch)) {
        if tree.root(checkpoint.size).map_err(tree_error)? != checkpoint.root {
            return Err(CannotSign::Forked { size: checkpoint.size });
        }
    }
    Ok(Loaded { head, state, tiles, key, vkey, snapshot })
}

/// That nobody has seen more of this book, or a later epoch.
fn not_behind(book: BookId, head: &Head, known: &[Checkpoint]) -> Result<(), CannotSign> {
    let epochs = known.iter().filter_map(|known| origin_in(book, known));
    if let Some(epoch) = epochs.max().filter(|epoch| *epoch > head.epoch) {
        return Err(CannotSign::Succeeded { epoch });
    }
    let same = known.iter().filter(|known| origin_in(book, known) == Some(head.epoch));
    let seen = same.map(|known| known.size).max().unwrap_or(0);
    if seen > head.size { Err(CannotSign::RolledBack { here: head.size, seen }) } else { Ok(()) }
}

/// The epoch of a checkpoint, if it is of this book.
pub(crate) fn origin_in(book: BookId, checkpoint: &Checkpoint) -> Option<u32> {
    checkpoint.book_origin().filter(|origin| origin.book == book).map(|origin| origin.epoch)
}

fn damaged(what: &str) -> CannotSign {
    CannotSign::Damaged(what.into())
}

pub(crate) fn tree_error(error: TreeError) -> CannotSign {
    match error {
        TreeError::Store(error) => CannotSign::Store(error),
        TreeError::Tile(what) => CannotSign::Damaged(what),
    }
}

/// The state at the head, from the newest snapshot that can be used, or from the first entry.
pub(crate) fn state(
    store: &mut dyn Store,
    book: BookId,
    head: &Head,
) -> Result<(State, (u64, usize)), CannotSign> {
    let mut up_to = head.size;
    while let Some(snapshot) = store.snapshot_up_to(&book.0, up_to)? {
        if let Some(state) = restore(store, book, head, &snapshot)? {
            // A snapshot that leads elsewhere than to the signed root is of no use: an older one, or the entries, decide.
            match replay(store, state, head) {
                Ok(state) => return Ok((state, (snapshot.size, snapshot.bytes.len()))),
                Err(error @ CannotSign::Store(_)) => return Err(error),
                Err(_) => {}
            }
        }
        if snapshot.size == 0 {
            break;
        }
        up_to = snapshot.size - 1;
    }
    Ok((replay(store, State::before(book), head)?, (0, 0)))
}

/// The state of a snapshot, if it can be used.
fn restore(
    store: &mut dyn Store,
    book: BookId,
    head: &Head,
    snapshot: &Snapshot,
) -> Result<Option<State>, StoreError> {
    let Ok(first) = State::snapshot_needs_from(&snapshot.bytes) else { return Ok(None) };
    if snapshot.size > head.size {
        return Ok(None);
    }
    let mut failed = None;
    let mut window = Window { from: first, entries: HashMap::new() };
    let digest = Hash(snapshot.digest);
    let state = State::from_snapshot(&snapshot.bytes, book, &digest, |number| {
        if failed.is_some() || number >= snapshot.size {
            return None;
        }
        window.get(store, book, number, snapshot.size).unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(state.ok().filter(|state| state.size() == snapshot.size)),
    }
}

/// The leaf of an entry and the hash of its text.
type LeafAndText = (Hash, Option<Hash>);

/// A stride of entries, hashed.
struct Window {
    from: u64,
    entries: HashMap<u64, LeafAndText>,
}

impl Window {
    fn get(
        &mut self,
        store: &mut dyn Store,
        book: BookId,
        number: u64,
        end: u64,
    ) -> Result<Option<LeafAndText>, StoreError> {
        if !self.entries.contains_key(&number) {
            self.from = number;
            let bytes = store.entries(&book.0, number, STRIDE.min(end - number))?;
            let hashed = parallel::map(&bytes, |entry| (leaf(entry), book::entry::text_hash_of(entry)));
            self.entries = (number..).zip(hashed).collect();
        }
        Ok(self.entries.get(&number).copied())
    }
}

/// Takes the entries from the state's size up to the head's, and checks that they lead there.
fn replay(store: &mut dyn Store, mut state: State, head: &Head) -> Result<State, CannotSign> {
    let book = state.book();
    while state.size() < head.size {
        let from = state.size();
        let entries = store.entries(&book.0, from, STRIDE.min(head.size - from))?;
        if entries.is_empty() {
            return Err(damaged(&format!("entry {from} is missing")));
        }
        take(&mut state, &entries, &mut Stored { store, book: book.0 }, |_, _| {})?;
    }
    if state.size() != head.size || state.root() != Hash(head.root) {
        return Err(damaged("its entries do not give the root of its checkpoint"));
    }
    if state.epoch() != head.epoch {
        return Err(damaged("its entries lead to another epoch than its head"));
    }
    let frontier: Vec<[u8; 32]> = state.frontier().hashes().iter().map(|hash| hash.0).collect();
    if frontier != head.frontier {
        return Err(damaged("its frontier is not that of its entries"));
    }
    if head.time < state.time() {
        return Err(damaged("its head is older than its last entry"));
    }
    Ok(state)
}

/// Takes entries into the state, examined on every core; `each` sees what became of each.
pub(crate) fn take(
    state: &mut State,
    entries: &[Vec<u8>],
    shelf: &mut dyn Shelf,
    mut each: impl FnMut(Examined, Verdict),
) -> Result<(), CannotSign> {
    let keys = state.keys();
    for examined in parallel::map(entries, |bytes| Examined::new(bytes, &keys)) {
        let reading = Reading::new(shelf);
        let verdict = council::apply(state, &examined, &reading);
        if let Some(error) = reading.trouble() {
            return Err(error.into());
        }
        match verdict {
            Ok(verdict) => each(examined, verdict),
            Err(stop) => return Err(CannotSign::NotJudged { entry: state.size(), stop }),
        }
    }
    Ok(())
}
