//! The contracts. What holds for every method stands at the top of the crate; here stands what is particular.

use zeroize::Zeroizing;

use crate::{
    Batch, Body, Cosignature, Expected, FinalCheckpoint, Head, Id, Person, Snapshot, Standing, StoreError,
};

/// The books: entries, heads, tiles, cosignatures. Precious: what is lost here is lost to the council, save what mirrors
/// hold.
///
/// **A thief** learns nothing that is not public. Who can write here can roll a book back or present another one; he
/// cannot sign it, and mirrors and cosigners notice.
pub trait Books {
    /// The ids of all books, ascending.
    fn books(&mut self) -> Result<Vec<Id>, StoreError>;

    /// Where the book stands. Once it has shown a size, entries and tiles up to that size can be read.
    fn head(&mut self, book: &Id) -> Result<Option<Head>, StoreError>;

    /// Appends: compares the head with `expected` (`None`: the book must not be there yet) and, in one transaction that is
    /// durable when this returns, stores everything in the batch. A blob or body that is there already stays as it is; a
    /// body that was once erased stays erased.
    ///
    /// [`StoreError::HeadMoved`] where the head is another, [`StoreError::Missing`] where a head is expected and there is
    /// no book, [`StoreError::Refused`] where the batch does not add up or passes a limit. After an error that leaves
    /// open what was written, read the head: it is the expected one or the batch's.
    ///
    /// A batch that erases has erased from what can be read when this returns; from the files it has where
    /// [`Bodies::erasures_pending`] is false afterwards. That the latter is pending is no error of this call, whose
    /// entries are recorded.
    fn append(&mut self, book: &Id, expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError>;

    /// The exact bytes of at most `count` entries from number `from`, in one range. Fewer where the book ends, and where
    /// they pass [`limits::READ_ENTRIES`](crate::limits::READ_ENTRIES) or together
    /// [`limits::READ`](crate::limits::READ) bytes; 256 always come whole. Go on at `from` plus what came.
    fn entries(&mut self, book: &Id, from: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The number of the first entry whose text has this hash.
    fn entry_by_text(&mut self, book: &Id, text_hash: &[u8; 32]) -> Result<Option<u64>, StoreError>;

    /// The hashes of a tile so far. It may be wider than the head that the caller has read: cut it.
    fn tile(&mut self, book: &Id, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Adds cosignatures of the checkpoint with this size and root; a line of the same name is replaced. All or none, and
    /// durable. Whether they verify, and whether there is such a checkpoint, is the caller's business.
    fn add_cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
        lines: &[Cosignature],
    ) -> Result<(), StoreError>;

    /// The cosignatures of the checkpoint with this size and root, by name ascending. Those of checkpoints smaller than
    /// the final one are dropped when that is set.
    fn cosignatures(&mut self, book: &Id, size: u64, root: &[u8; 32])
    -> Result<Vec<Cosignature>, StoreError>;

    /// The largest final checkpoint that was set.
    fn final_checkpoint(&mut self, book: &Id) -> Result<Option<FinalCheckpoint>, StoreError>;

    /// Keeps a final checkpoint, durably, and says whether it was kept: one smaller than that which is there is not. One
    /// of the same size and root replaces it, with more cosignatures perhaps; of the same size and another root it is
    /// refused, for then the book is forked. It may be larger than the head: then this store has fallen behind.
    fn set_final_checkpoint(&mut self, book: &Id, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError>;

    /// Takes a founding back: removes the book with everything that belongs to it, seeds and people too, as an erasure.
    /// Refused once the book has more than one entry. Durable.
    fn remove(&mut self, book: &Id) -> Result<(), StoreError>;
}

/// Public bodies by their SHA-256, which the caller has checked.
///
/// **A thief** learns nothing that is not public.
pub trait Blobs {
    /// Stores a blob; one that is there stays. Durable.
    fn put_blob(&mut self, book: &Id, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError>;

    /// The blob's bytes, as they were stored: the caller checks the hash.
    fn blob(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError>;

    /// How many bytes the blob has, if it is there.
    fn blob_size(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<u64>, StoreError>;

    /// The hashes of all the book's blobs, ascending.
    fn blobs(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError>;
}

/// Private bodies, stored and erased by [`Books::append`]. What is erased is erased for good: neither its bytes nor its
/// salt can be read any more or stored again, and nothing of it stays in the store's files (each store says of which
/// files that is true).
///
/// **A thief** reads every body that was not erased. Copies that recipients, backups or the disk's own firmware hold are
/// out of reach.
pub trait Bodies {
    /// The body, unless it was erased or never stored.
    fn body(&mut self, book: &Id, commitment: &[u8; 32]) -> Result<Option<Body>, StoreError>;

    /// The commitments of the bodies that are there, ascending.
    fn bodies(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError>;

    /// Whether something erased may still stand in the store's files, because a reader held them. It is remembered in the
    /// database, through restarts.
    fn erasures_pending(&mut self) -> Result<bool, StoreError>;

    /// Finishes what is pending, without waiting long, and says whether nothing is pending any more. Every append and
    /// every opening tries too. Nothing breaks if it never succeeds; the bytes stay in the files.
    fn finish_erasures(&mut self) -> Result<bool, StoreError>;
}

/// Snapshots of states: the three of the largest sizes of each book are kept. Derived: a lost one costs a replay.
///
/// **A thief** learns nothing that is not in the book. Who can write here can present a false state, which the digest in
/// the clerk's hands does not show: a snapshot is trusted as much as the disk it lies on, and an audit never reads one.
pub trait Snapshots {
    /// The snapshot of the largest size.
    fn newest_snapshot(&mut self, book: &Id) -> Result<Option<Snapshot>, StoreError> {
        self.snapshot_up_to(book, crate::limits::MAX_SIZE)
    }

    /// The one of the largest size that is at most `size`.
    fn snapshot_up_to(&mut self, book: &Id, size: u64) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps a snapshot, in the place of one of the same size. Refused where it is larger than the book.
    fn put_snapshot(&mut self, book: &Id, snapshot: &Snapshot) -> Result<(), StoreError>;
}

/// The private side: keys, people, settings. Every write is durable.
///
/// **A thief** signs as the clerk in every epoch whose seed is here, until the book is handed over, and knows the
/// members. See the top of the crate.
pub trait Private {
    /// The seed of the clerk's key in this epoch.
    fn clerk_seed(&mut self, book: &Id, epoch: u32) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError>;

    /// Keeps the seed of the clerk's key in this epoch. Refused where there is another one: a key is never replaced, an
    /// epoch ends.
    fn set_clerk_seed(&mut self, book: &Id, epoch: u32, seed: &[u8; 32]) -> Result<(), StoreError>;

    /// Everybody, by number.
    fn people(&mut self, book: &Id) -> Result<Vec<Person>, StoreError>;

    /// The person of this number.
    fn person(&mut self, book: &Id, number: u64) -> Result<Option<Person>, StoreError>;

    /// Adds a person or replaces the one of that number. What is replaced can stand in the files until the next erasure
    /// of a person.
    fn put_person(&mut self, book: &Id, person: &Person) -> Result<(), StoreError>;

    /// Erases a person, as a body is erased: pending at first where readers hold the files. Without effect where there is
    /// none.
    fn remove_person(&mut self, book: &Id, number: u64) -> Result<(), StoreError>;

    /// Whether this store's clerk may sign for the book; [`Standing::Current`] unless it was set.
    fn standing(&mut self, book: &Id) -> Result<Standing, StoreError>;

    /// Sets the standing.
    fn set_standing(&mut self, book: &Id, standing: Standing) -> Result<(), StoreError>;

    /// A setting of a book, or (`None`) of the whole store.
    fn setting(&mut self, book: Option<&Id>, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets a setting, or (`None`) removes it.
    fn set_setting(&mut self, book: Option<&Id>, key: &str, value: Option<&str>) -> Result<(), StoreError>;
}

/// Private things that wait: what was handed in and is not, or not yet, for the book. Each lies in a box of its book under a
/// key. A book's boxes are not copied with it: they belong to the store of its clerk.
///
/// No time is kept, and things are given in the order of their keys. What is removed stays in no file (as bodies that are
/// erased; each store says of which files that is true); what is replaced can stand there until something is removed.
///
/// A backup holds what waits, so that what somebody has a receipt for is not lost with a disk; boxes whose name begins with
/// [`BRIEF`] are left out of it, since a copy of those for ever would be worse than handing them in again.
///
/// **A thief** reads what waits, and can see in the files in which order it came, roughly, until it is removed: where a
/// database puts a row depends on what was there before.
pub trait Inbox {
    /// Puts a thing into a box, in the place of one with this key. Durable.
    fn put(&mut self, book: &Id, box_: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// What lies there.
    fn get(&mut self, book: &Id, box_: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Everything in a box, with its key, in the order of the keys.
    fn waiting(&mut self, book: &Id, box_: &str) -> Result<Vec<Thing>, StoreError>;

    /// Takes things out for good, as an erasure: pending at first where readers hold the files. Keys that are not there are
    /// passed over. [`Batch::take`] does the same with an append.
    fn take_out(&mut self, book: &Id, box_: &str, keys: &[Vec<u8>]) -> Result<(), StoreError>;
}

/// A thing that waits: its key, and its bytes.
pub type Thing = (Vec<u8>, Vec<u8>);

/// What begins the name of a box that no backup holds.
pub const BRIEF: &str = "brief/";

/// All of it. A value of this trait is one connection, used by one thread at a time.
pub trait Store: Books + Blobs + Bodies + Snapshots + Private + Inbox + Send {
    /// Another connection to the same data, for reading: it never blocks the writer nor waits for it, sees what is
    /// durable, and refuses to write. Open one per reading thread.
    fn reader(&self) -> Result<Box<dyn Store>, StoreError>;
}
