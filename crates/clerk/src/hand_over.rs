//! Going on from what others hold: catching up after a backup was restored, and beginning a new epoch.
//!
//! Both copy entries from public files into a store. Everything is verified on the way: each entry against the tree, each by
//! the rules, each blob by its hash. Until the last step the store's head has no signed checkpoint, or the store's standing
//! forbids to sign, so that a copy that was broken off is taken up again by the same call and never signed for.

use std::fmt::Display;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::entry::Proposal;
use book::files::PublicFiles;
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle;
use book::note::{NOTE_LIMIT, Note};
use book::tile::{Tile, TileBuilder, TileTree, WIDTH, decode_entries};
use council::{Effect, Fault, Refusal, State, Verdict};
use store::{Batch, ClerkSeed, Expected, Head, NewEntry, Standing, Store, StoreError};

use crate::cannot::CannotSign;
use crate::clerk::{Clerk, checkpoint_of, snapshot_of, staged_receipt};
use crate::high_water::HighWater;
use crate::load::{self, STRIDE, origin_in};
use crate::record::{stage_first, tile_rows};
use crate::shelf::{Shelf, Stored};
use crate::submission::{Receipt, Submission};
use crate::tree::StoredTree;

/// Blobs are stored with their entries up to so many bytes a batch; larger ones one by one.
const STAGED_BLOBS: u64 = 16 << 20;

/// How far a store has caught up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// How many entries it had.
    pub from: u64,
    /// How many it has now.
    pub to: u64,
}

/// Brings a store that came back from a backup up to what the mirrors of the book hold, and lets its clerk sign again
/// ([`Standing::Current`]). Private bodies that were handed in after the backup are not in any mirror: they are lost.
///
/// `sources` are the public files of **every** mirror or bundle there is: what none of them holds, and somebody has seen, would
/// be contradicted by the next signature. It is refused where the record of the largest signed checkpoint, or the store's own
/// final one, is larger than all of them; then the book must be handed over.
pub fn catch_up(
    store: &mut dyn Store,
    book: BookId,
    sources: &mut [&mut dyn PublicFiles],
    mark: &mut dyn HighWater,
) -> Result<CaughtUp, CannotSign> {
    let head = store.head(&book.0)?.ok_or(CannotSign::NoBook(book))?;
    if store.standing(&book.0)? == Standing::Retired {
        return Err(CannotSign::Retired);
    }
    let (state, _) = load::state(store, book, &head)?;
    let vkey = clerk_of(&state)?;
    let cosigners: Vec<Vkey> = state.policy().cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
    let mut known: Vec<Checkpoint> = mark.load()?.into_iter().collect();
    if let Some(last) = store.final_checkpoint(&book.0)? {
        known.extend(unverified(&last.note).ok());
    }
    let mut largest: Option<(usize, SignedCheckpoint)> = None;
    for (at, source) in sources.iter_mut().enumerate() {
        let note = checkpoint_file(*source)?;
        let epoch = origin_in(book, &unverified(&note)?);
        let epoch = epoch.ok_or_else(|| CannotSign::Files("a source holds another book".into()))?;
        if epoch > state.epoch() {
            return Err(CannotSign::Succeeded { epoch });
        }
        if epoch < state.epoch() {
            continue;
        }
        let signed = SignedCheckpoint::open(&note, &vkey, &cosigners)
            .map_err(|error| CannotSign::Files(format!("a source's checkpoint: {error}")))?;
        known.push(signed.checkpoint().clone());
        if largest.as_ref().is_none_or(|(_, other)| other.checkpoint().size < signed.checkpoint().size) {
            largest = Some((at, signed));
        }
    }
    let Some((at, signed)) = largest else {
        return Err(CannotSign::Files("no source holds this epoch of the book".into()));
    };
    let from = head.size;
    let to = signed.checkpoint().clone();
    // What a source lacks shows before anything is copied.
    let ahead = known.iter().filter(|known| origin_in(book, known).is_some());
    let ahead = ahead.max_by_key(|known| (origin_in(book, known), known.size));
    if let Some(ahead) = ahead.filter(|ahead| ahead.size > to.size.max(from) || ahead.origin != to.origin) {
        return match origin_in(book, ahead) {
            Some(epoch) if epoch > state.epoch() => Err(CannotSign::Succeeded { epoch }),
            _ => Err(CannotSign::RolledBack { here: to.size.max(from), seen: ahead.size }),
        };
    }
    if to.size > from || head.checkpoint.is_empty() {
        let mut tree = tree_of(&mut *sources[at], &to)?;
        let before = merkle::root(&mut tree, from.min(to.size)).map_err(files)?;
        if from > to.size || before != Hash(head.root) {
            return Err(CannotSign::Forked { size: from });
        }
        let mut copy = Copy::resume(store, state, Some(head))?;
        copy.up_to(store, &mut tree, to.size)?;
        // Only the clerk's line belongs to the head.
        let mut note = signed.note().clone();
        note.signatures.retain(|line| line.name == vkey.name && line.id == vkey.id());
        copy.finish(store, note.to_bytes())?;
    }
    let mut tree = StoredTree::new(store, book.0);
    for checkpoint in known.iter().filter(|known| known.origin == to.origin) {
        if tree.root(checkpoint.size).map_err(load::tree_error)? != checkpoint.root {
            return Err(CannotSign::Forked { size: checkpoint.size });
        }
    }
    store.set_standing(&book.0, Standing::Current)?;
    Ok(CaughtUp { from, to: to.size.max(from) })
}

impl Clerk {
    /// Begins a new epoch: from `source` (a mirror or a bundle, the old clerk is not needed) the entries that `succession`
    /// carries over are copied into the store, then `succession`, signed by those whom the state names, is recorded with the
    /// new `key`, which it names.
    ///
    /// The store may be empty, or hold the beginning of the same book: a copy that was broken off, or a backup. A store that
    /// holds more is refused: take an empty one. `seen` are checkpoints of the old epoch that anybody has shown, as notes with
    /// their cosignatures; where one of them, or of those in `source`, is final and larger than what is carried over, or, where
    /// the policy asks for nobody, merely larger, the succession is refused; so it is where one that is not larger has another
    /// root.
    pub fn succeed(
        mut store: Box<dyn Store>,
        source: &mut dyn PublicFiles,
        succession: &Submission,
        key: SecretKey,
        mut mark: Box<dyn HighWater>,
        now: u64,
        seen: &[Vec<u8>],
    ) -> Result<(Clerk, Receipt), CannotSign> {
        let form = |what: String| CannotSign::Form(format!("the succession: {what}"));
        let proposal = Proposal::parse(&succession.note).map_err(|error| form(error.to_string()))?;
        let carried =
            Carried::of(&proposal).ok_or_else(|| form("it is no `clerk.succeeded` in form".into()))?;
        let Carried { book, epoch, size, root } = carried;
        let head = store.head(&book.0)?;
        if store.standing(&book.0)? == Standing::Retired {
            return Err(CannotSign::Retired);
        }
        if let Some(head) = &head {
            if head.epoch >= epoch {
                return Err(CannotSign::Exists(book));
            }
            if head.size > size {
                let what = format!(
                    "it carries {size} entries over, and the store has {} of the old epoch: take an empty store",
                    head.size
                );
                return Err(form(what));
            }
        }
        let note = checkpoint_file(source)?;
        let shown = unverified(&note)?;
        if shown.size < size {
            return Err(CannotSign::Files(format!("the source holds {} entries of the {size}", shown.size)));
        }
        let mut notes = seen.to_vec();
        notes.extend(source.read("final", NOTE_LIMIT).map_err(files)?);
        notes.push(note);
        let mut tree = tree_of(source, &shown)?;
        if merkle::root(&mut tree, size).map_err(files)? != root {
            return Err(form("the source's first entries do not have the root that it carries over".into()));
        }
        let before = head.as_ref().map_or(0, |head| head.size);
        let begun = merkle::root(&mut tree, before).map_err(files)?;
        if head.as_ref().is_some_and(|head| Hash(head.root) != begun) {
            return Err(CannotSign::Forked { size: before });
        }
        let state = match &head {
            Some(head) => load::state(store.as_mut(), book, head)?.0,
            None => State::before(book),
        };
        let mut copy = Copy::resume(store.as_mut(), state, head)?;
        copy.up_to(store.as_mut(), &mut tree, size)?;
        not_contested(&copy.state, &carried, &notes, &mut tree)?;
        let before = copy.unsigned_head();
        let Copy { mut state, mut tiles, head } = copy;
        if now < before.time {
            return Err(CannotSign::Clock { now, last: before.time });
        }
        let staged =
            stage_first(store.as_mut(), &mut state, &mut tiles, succession, proposal, &key, epoch, now)?;
        let mut batch = staged.into_batch(&state, &mut tiles, &key, &Origin { book, epoch }, now);
        batch.clerk_seed = Some(ClerkSeed { epoch, seed: key.seed() });
        batch.snapshot = Some(snapshot_of(&state));
        // A backup loses its old checkpoint first: between its standing and its new epoch nobody may sign.
        let expected = Expected::from(&before);
        if head.is_some_and(|head| !head.checkpoint.is_empty()) {
            store.append(&book.0, Some(&expected), &Batch::new(before))?;
        }
        if store.standing(&book.0)? != Standing::Current {
            store.set_standing(&book.0, Standing::Current)?;
        }
        store.append(&book.0, Some(&expected), &batch)?;
        mark.store(&checkpoint_of(book, &batch.head))?;
        let receipt = staged_receipt(book, &batch, now);
        let clerk = Clerk::open(store, book, Some(key), mark, now, &[])?;
        Ok((clerk, receipt))
    }
}

/// What a succession says it carries over.
struct Carried {
    book: BookId,
    epoch: u32,
    size: u64,
    root: Hash,
}

impl Carried {
    fn of(proposal: &Proposal) -> Option<Carried> {
        let (text, content) = (proposal.text(), proposal.content());
        if text.kind != "clerk.succeeded" {
            return None;
        }
        Some(Carried {
            book: text.book?,
            epoch: u32::try_from(content.get("epoch")?.as_u64()?).ok()?,
            size: content.get("size")?.as_u64()?,
            root: Hash::parse(content.get("root")?.as_str()?)?,
        })
    }
}

/// That no checkpoint which counts is larger than what is carried over, and that none of those within it has another root than
/// `tree`. Notes of other epochs are passed over; one that claims to be of this epoch and is not signed by its clerk is refused,
/// as whoever handed it in should know.
fn not_contested<F: PublicFiles>(
    state: &State,
    carried: &Carried,
    notes: &[Vec<u8>],
    tree: &mut TileTree<F>,
) -> Result<(), CannotSign> {
    let vkey = clerk_of(state)?;
    let cosigners: Vec<Vkey> = state.policy().cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
    for note in notes {
        let shown = unverified(note)?;
        if shown.origin != vkey.name {
            continue;
        }
        let signed = SignedCheckpoint::open(note, &vkey, &cosigners)
            .map_err(|error| CannotSign::Files(format!("a checkpoint of {} entries: {error}", shown.size)))?;
        if shown.size <= carried.size {
            let here = merkle::root(tree, shown.size).map_err(files)?;
            if here != shown.root {
                return Err(forked(&shown, here));
            }
            continue;
        }
        let names: Vec<&str> = signed.cosignatures().iter().map(|line| line.name.as_str()).collect();
        if state.policy().is_met(&names) {
            return Err(refused(
                format!(
                    "it carries {} entries over, and there is a final checkpoint of {}",
                    carried.size, shown.size
                ),
                format!("propose it anew after {} entries, from a mirror that holds them", shown.size),
            ));
        }
    }
    Ok(())
}

/// The clerk signed another history than the one that is carried over.
fn forked(shown: &Checkpoint, here: Hash) -> CannotSign {
    let Checkpoint { size, root, .. } = shown;
    refused(
        format!(
            "the former clerk forked the book: it signed the root {root} for its first {size} entries, and those that are \
             carried over have the root {here}"
        ),
        "keep both and settle which history goes on, before anybody signs a succession".into(),
    )
}

fn refused(reason: String, next: String) -> CannotSign {
    let object = "the succession".into();
    CannotSign::Refused(Refusal { check: "succession", whose: Fault::Author, object, reason, next })
}

/// A book on its way into a store.
struct Copy {
    state: State,
    tiles: TileBuilder,
    head: Option<Head>,
}

impl Copy {
    fn resume(store: &mut dyn Store, state: State, head: Option<Head>) -> Result<Copy, CannotSign> {
        let book = state.book();
        let tiles = match &head {
            Some(head) => StoredTree::new(store, book.0).builder(head.size).map_err(load::tree_error)?,
            None => TileBuilder::new(),
        };
        if tiles.root() != state.root() {
            return Err(CannotSign::Damaged("its tiles do not give the root of its entries".into()));
        }
        Ok(Copy { state, tiles, head })
    }

    /// Copies the entries up to `size`, stride by stride.
    fn up_to<F: PublicFiles>(
        &mut self,
        store: &mut dyn Store,
        tree: &mut TileTree<F>,
        size: u64,
    ) -> Result<(), CannotSign> {
        while self.state.size() < size {
            let from = self.state.size();
            // The founding entry goes alone: blobs can be stored one by one only where there is a book.
            let end = if from == 0 { 1 } else { size.min((from / WIDTH + STRIDE / WIDTH) * WIDTH) };
            let mut entries = Vec::new();
            while from + (entries.len() as u64) < end {
                let next = from + entries.len() as u64;
                let tile = Tile::entries(next / WIDTH, tree.size());
                let width = tile.map_or(0, |tile| tile.width());
                let bundle = tree.entries(next / WIDTH).map_err(files)?;
                let bundle =
                    decode_entries(&bundle, width).map_err(|error| CannotSign::Files(error.to_string()))?;
                let (skip, more) = ((next % WIDTH) as usize, (end - next) as usize);
                entries.extend(bundle.into_iter().skip(skip).take(more).map(<[u8]>::to_vec));
            }
            self.append(store, tree, entries)?;
        }
        Ok(())
    }

    fn append<F: PublicFiles>(
        &mut self,
        store: &mut dyn Store,
        tree: &mut TileTree<F>,
        entries: Vec<Vec<u8>>,
    ) -> Result<(), CannotSign> {
        let book = self.state.book();
        let (mut texts, mut erase) = (Vec::with_capacity(entries.len()), Vec::new());
        let tiles = &mut self.tiles;
        let exists = self.head.is_some();
        let stored = Stored { store, book: book.0 };
        let mut fetched = Fetched { files: tree.files(), stored, exists, staged: 0, blobs: Vec::new() };
        load::take(&mut self.state, &entries, &mut fetched, |examined, verdict| {
            tiles.push(examined.leaf());
            // A void entry is no entry of its text: its author may have it recorded yet.
            texts.push(match (&verdict, examined.entry()) {
                (Verdict::Applied(_), Some(entry)) => Some(entry.text_hash().0),
                _ => None,
            });
            let Verdict::Applied(effects) = verdict else { return };
            erase.extend(effects.0.iter().filter_map(|effect| match effect {
                Effect::EraseBody { commitment } => Some(commitment.0),
                _ => None,
            }));
        })?;
        let mut batch = Batch::new(self.unsigned_head());
        let texts = texts.into_iter();
        batch.entries =
            entries.into_iter().zip(texts).map(|(bytes, text_hash)| NewEntry { bytes, text_hash }).collect();
        batch.tiles = tile_rows(&mut self.tiles);
        batch.blobs = fetched.blobs;
        batch.erase = erase;
        let expected = self.head.as_ref().map(Expected::from);
        store.append(&book.0, expected.as_ref(), &batch)?;
        self.head = Some(batch.head);
        Ok(())
    }

    fn unsigned_head(&self) -> Head {
        Head {
            size: self.state.size(),
            root: self.state.root().0,
            epoch: self.state.epoch(),
            frontier: self.state.frontier().hashes().iter().map(|hash| hash.0).collect(),
            checkpoint: Vec::new(),
            time: self.state.time().max(self.head.as_ref().map_or(0, |head| head.time)),
        }
    }

    /// Gives the head its signed checkpoint.
    fn finish(self, store: &mut dyn Store, checkpoint: Vec<u8>) -> Result<(), CannotSign> {
        let mut batch = Batch::new(Head { checkpoint, ..self.unsigned_head() });
        batch.snapshot = Some(snapshot_of(&self.state));
        let expected = self.head.as_ref().map(Expected::from);
        store.append(&self.state.book().0, expected.as_ref(), &batch)?;
        Ok(())
    }
}

/// The verifier of the clerk whom a state names.
fn clerk_of(state: &State) -> Result<Vkey, CannotSign> {
    let key = state.clerk().ok_or_else(|| CannotSign::Damaged("its founding entry founds nothing".into()))?;
    Ok(Vkey { name: state.origin().to_string(), algorithm: Algorithm::Plain, key: key.clone() })
}

fn checkpoint_file(source: &mut dyn PublicFiles) -> Result<Vec<u8>, CannotSign> {
    let note = source.read("checkpoint", NOTE_LIMIT).map_err(files)?;
    note.ok_or_else(|| CannotSign::Files("a source has no checkpoint".into()))
}

/// What a checkpoint's note says, no signature verified.
fn unverified(note: &[u8]) -> Result<Checkpoint, CannotSign> {
    let text = Note::parse(note).map_err(|error| CannotSign::Files(format!("a checkpoint: {error}")))?.text;
    Checkpoint::parse_text(&text).map_err(|error| CannotSign::Files(format!("a checkpoint: {error}")))
}

fn tree_of<'a>(
    source: &'a mut dyn PublicFiles,
    checkpoint: &Checkpoint,
) -> Result<TileTree<&'a mut dyn PublicFiles>, CannotSign> {
    TileTree::authenticated(source, checkpoint.size, checkpoint.root).map_err(files)
}

/// Public files that fail, or are not what they should be.
fn files(error: impl Display) -> CannotSign {
    CannotSign::Files(error.to_string())
}

/// Blobs as a copy is read: those that the store has, and else those of the files, which are kept for it.
struct Fetched<'a, F> {
    files: &'a mut F,
    stored: Stored<'a>,
    /// Whether the book stands in the store already, so that large blobs can be stored ahead of their batch.
    exists: bool,
    staged: u64,
    blobs: Vec<([u8; 32], Vec<u8>)>,
}

impl<F: PublicFiles> Shelf for Fetched<'_, F> {
    fn has(&mut self, hash: &Hash, size: u64) -> Result<bool, StoreError> {
        let (store, book) = (&mut *self.stored.store, self.stored.book);
        let staged = self.blobs.iter().find(|(of, _)| *of == hash.0).map(|(_, bytes)| bytes.len() as u64);
        let size_here = match staged {
            Some(size) => Some(size),
            None => store.blob_size(&book, &hash.0)?,
        };
        if let Some(here) = size_here {
            return Ok(here == size);
        }
        let path = format!("blob/{}", hash.hex());
        let limit = usize::try_from(size).unwrap_or(usize::MAX);
        let bytes = self.files.read(&path, limit);
        let bytes = bytes.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let Some(bytes) = bytes.filter(|bytes| bytes.len() as u64 == size && Hash::of(bytes) == *hash) else {
            return Ok(false);
        };
        if self.exists && self.staged + size > STAGED_BLOBS {
            store.put_blob(&book, &hash.0, &bytes)?;
        } else {
            self.staged += size;
            self.blobs.push((hash.0, bytes));
        }
        Ok(true)
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.has(hash, size)? {
            return Ok(None);
        }
        match self.blobs.iter().find(|(of, _)| *of == hash.0) {
            Some((_, bytes)) => Ok(Some(bytes.clone())),
            None => self.stored.read(hash, size),
        }
    }
}
