//! The keys a state knows, in the form in which they verify fast and on several threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use book::entry::Entry;
use book::key::{PreparedKey, PublicKey};
use book::note::Signature;

/// A key gets its table of multiples when it has verified so often.
const USES_BEFORE_TABLE: u32 = 6;
/// At most so many tables (30 kB each) are made in one program: beyond, keys verify without.
const TABLES_LIMIT: usize = 2048;

/// The name under which a slip signs.
pub(crate) const SLIP: &str = "slip";

static TABLES: AtomicUsize = AtomicUsize::new(0);

/// A key, and its table once that pays.
pub(crate) struct Known {
    pub(crate) key: PublicKey,
    uses: AtomicU32,
    table: OnceLock<PreparedKey>,
}

impl Known {
    pub(crate) fn new(key: PublicKey) -> Known {
        Known { key, uses: AtomicU32::new(0), table: OnceLock::new() }
    }

    fn table(&self) -> Option<&PreparedKey> {
        if let Some(table) = self.table.get() {
            return Some(table);
        }
        if self.uses.fetch_add(1, Ordering::Relaxed) < USES_BEFORE_TABLE
            || TABLES.load(Ordering::Relaxed) >= TABLES_LIMIT
        {
            return None;
        }
        Some(self.table.get_or_init(|| {
            TABLES.fetch_add(1, Ordering::Relaxed);
            self.key.prepare()
        }))
    }

    /// [`Entry::is_signed_by`], by table where there is one. Both give the same verdict on every input.
    pub(crate) fn signed(&self, entry: &Entry, at: usize) -> bool {
        match self.table() {
            Some(table) => entry.is_signed_by_prepared(at, table),
            None => entry.is_signed_by(at, &self.key),
        }
    }

    /// Whether a line of type 0x01 under this text is valid by this key, likewise.
    pub(crate) fn signed_line(&self, line: &Signature, text: &str) -> bool {
        let Some(signature) = line.plain_bytes(self.key.bytes()) else { return false };
        match self.table() {
            Some(table) => table.verify(text.as_bytes(), signature),
            None => self.key.verify(text.as_bytes(), signature),
        }
    }

    /// [`Entry::is_recorded_by`], likewise.
    pub(crate) fn recorded(&self, entry: &Entry) -> bool {
        match self.table() {
            Some(table) => entry.is_recorded_by_prepared(table),
            None => entry.is_recorded_by(&self.key),
        }
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        if self.table.get().is_some() {
            TABLES.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// So many parts has a table of keys.
const PARTS: usize = 512;

/// Keys by member. A clone is cheap, and shares with the other whatever part neither of them changes: a ring that somebody still
/// holds does not make an admission copy every key.
#[derive(Clone)]
struct Table(Arc<Vec<Part>>);

type Part = Arc<HashMap<u32, Arc<Known>>>;

impl Default for Table {
    fn default() -> Table {
        Table(Arc::new(vec![Part::default(); PARTS]))
    }
}

impl Table {
    fn get(&self, number: u32) -> Option<&Arc<Known>> {
        self.0[number as usize % PARTS].get(&number)
    }

    fn part(&mut self, number: u32) -> &mut HashMap<u32, Arc<Known>> {
        Arc::make_mut(&mut Arc::make_mut(&mut self.0)[number as usize % PARTS])
    }

    fn insert(&mut self, number: u32, key: PublicKey) {
        self.part(number).insert(number, Arc::new(Known::new(key)));
    }

    fn remove(&mut self, number: u32) {
        if self.get(number).is_some() {
            self.part(number).remove(&number);
        }
    }
}

/// The members' keys, those of slips, and the clerk's. Cheap to clone; a clone keeps what it was cloned from.
#[derive(Clone, Default)]
pub struct KeyRing {
    members: Table,
    /// Of slips that were issued and not used, by the number of the member to be.
    slips: Table,
    pub(crate) clerk: Option<Arc<Known>>,
}

impl KeyRing {
    pub(crate) fn member(&self, number: u32) -> Option<&Arc<Known>> {
        self.members.get(number)
    }

    /// The key of the slip for this member, where the signer has the name of one.
    pub(crate) fn slip(&self, name: &str, member: u64) -> Option<&Arc<Known>> {
        self.slips.get(u32::try_from(member).ok()?).filter(|_| name == SLIP)
    }

    pub(crate) fn add(&mut self, number: u32, key: PublicKey) {
        self.members.insert(number, key);
        self.slips.remove(number);
    }

    pub(crate) fn add_slip(&mut self, member: u32, key: PublicKey) {
        self.slips.insert(member, key);
    }

    pub(crate) fn remove(&mut self, number: u32) {
        self.members.remove(number);
    }

    pub(crate) fn set_clerk(&mut self, key: PublicKey) {
        self.clerk = Some(Arc::new(Known::new(key)));
    }
}
