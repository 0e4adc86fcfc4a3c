//! What is stored.

use std::fmt;

use zeroize::Zeroizing;

use crate::StoreError;

/// The id of a book: SHA-256 of its founding entry's text.
pub type Id = [u8; 32];

/// Where a book stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries the book has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: [u8; 32],
    /// The clerk's epoch, from 0.
    pub epoch: u32,
    /// One hash per set bit of `size`, the largest subtree first: what the next root is computed from.
    pub frontier: Vec<[u8; 32]>,
    /// The signed checkpoint of this size, with the clerk's line only; empty while a book is copied and not yet signed.
    pub checkpoint: Vec<u8>,
    /// When the last entry was recorded, in Unix seconds.
    pub time: u64,
}

/// The head that a writer knew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its size.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// Its epoch.
    pub epoch: u32,
}

impl From<&Head> for Expected {
    fn from(head: &Head) -> Expected {
        Expected { size: head.size, root: head.root, epoch: head.epoch }
    }
}

/// An entry to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the entry's text, under which [`Books::entry_by_text`](crate::Books::entry_by_text) finds it. Where two
    /// entries have the same, the first is found. `None` for a leaf that nobody shall find by its text: a copied book may
    /// hold leaves that are no entries, made by a dishonest clerk to have somebody's words count as recorded.
    pub text_hash: Option<[u8; 32]>,
}

/// A tile of hashes so far: a narrower partial tile is a prefix of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRow {
    /// The level, 0 for hashes of entries.
    pub level: u8,
    /// The place within the level.
    pub index: u64,
    /// 1 to 256 hashes of 32 bytes.
    pub bytes: Vec<u8>,
}

/// A private body, which can be erased.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The commitment to it that stands in the entry.
    pub commitment: [u8; 32],
    /// The salt of the commitment, erased with the body.
    pub salt: [u8; 32],
    /// The body itself.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Body {
    /// The commitment alone: a log shows no private text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({})", hex(&self.commitment))
    }
}

/// A state of the rules, kept so that a start need not replay the book.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// After how many entries.
    pub size: u64,
    /// The state's digest.
    pub digest: [u8; 32],
    /// The state.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot(size {}, {} bytes)", self.size, self.bytes.len())
    }
}

/// A cosignature of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The cosigner's name.
    pub name: String,
    /// The signature line.
    pub line: String,
}

/// The largest checkpoint with the cosignatures that the policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalCheckpoint {
    /// Its size.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// The note with all its signature lines.
    pub note: Vec<u8>,
}

/// A member as the private side knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The member's number in the book.
    pub number: u64,
    /// The name as it is written.
    pub name: String,
    /// Contact columns, one JSON object; the store does not read it.
    pub contact: String,
}

impl fmt::Debug for Person {
    /// The number alone: a log shows no names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.number)
    }
}

/// The seed of the key with which a clerk signs in one epoch. Without `Debug`; overwritten when dropped.
#[derive(Clone)]
pub struct ClerkSeed {
    /// The epoch.
    pub epoch: u32,
    /// The seed.
    pub seed: Zeroizing<[u8; 32]>,
}

/// Whether this store's clerk may sign for a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    #[default]
    Current,
    /// This store came back from a backup: it may not before it has caught up with the book's mirrors, or the book was
    /// handed over.
    Restored {
        /// The size of the book in the backup.
        size: u64,
        /// When the backup was made, in Unix seconds.
        at: u64,
    },
    /// The book was handed over to another clerk: it may never again.
    Retired,
}

/// Everything that one append changes, in one transaction.
#[derive(Clone)]
pub struct Batch {
    /// The new entries, in order.
    pub entries: Vec<NewEntry>,
    /// The tiles that they change, whole as far as they go; each replaces the row.
    pub tiles: Vec<TileRow>,
    /// The head afterwards: its size is the expected one and the number of entries.
    pub head: Head,
    /// Public bodies by their SHA-256.
    pub blobs: Vec<([u8; 32], Vec<u8>)>,
    /// Private bodies.
    pub bodies: Vec<Body>,
    /// Commitments of the bodies to be erased. One that is in `bodies` too is erased.
    pub erase: Vec<[u8; 32]>,
    /// A snapshot of at most this head's size.
    pub snapshot: Option<Snapshot>,
    /// What leaves the inbox: names of boxes and keys. See [`Inbox`](crate::Inbox).
    pub take: Vec<(String, Vec<u8>)>,
    /// People to be added, or replaced where there is one of that number.
    pub people: Vec<Person>,
    /// The seed of the clerk's key for the head's epoch, where an epoch begins.
    pub clerk_seed: Option<ClerkSeed>,
}

impl Batch {
    /// A batch that sets the head and nothing else, to be filled.
    pub fn new(head: Head) -> Batch {
        Batch {
            entries: Vec::new(),
            tiles: Vec::new(),
            head,
            blobs: Vec::new(),
            bodies: Vec::new(),
            erase: Vec::new(),
            snapshot: None,
            take: Vec::new(),
            people: Vec::new(),
            clerk_seed: None,
        }
    }
}

/// Lower-case hexadecimal, for messages.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The frontier of a stored head.
pub(crate) fn frontier(size: u64, bytes: &[u8]) -> Result<Vec<[u8; 32]>, StoreError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() as u32 != size.count_ones() {
        return Err(StoreError::Corrupt(format!("a frontier does not belong to its size {size}")));
    }
    Ok(hashes.to_vec())
}

/// A standing as the databases write it: a word, and for a restored one its two numbers.
pub(crate) fn standing_columns(standing: Standing) -> (&'static str, Option<u64>, Option<u64>) {
    match standing {
        Standing::Current => ("current", None, None),
        Standing::Restored { size, at } => ("restored", Some(size), Some(at)),
        Standing::Retired => ("retired", None, None),
    }
}

/// The other way round.
pub(crate) fn standing(word: &str, size: Option<u64>, at: Option<u64>) -> Result<Standing, StoreError> {
    match (word, size, at) {
        ("current", None, None) => Ok(Standing::Current),
        ("restored", Some(size), Some(at)) => Ok(Standing::Restored { size, at }),
        ("retired", None, None) => Ok(Standing::Retired),
        _ => Err(StoreError::Corrupt(format!("a book's standing is `{word}`"))),
    }
}
