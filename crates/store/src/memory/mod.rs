//! A store in memory, for the tests of those who use stores. It forgets nothing when it is opened again, since what is
//! durable lies on its [`Disk`]; and it fails when it is told to.
//!
//! ```
//! use store::memory::{Call, Disk, Fault};
//! use store::{Books, StoreError};
//!
//! let disk = Disk::new();
//! let mut clerk = disk.open()?;
//! disk.fail_next(Call::Read, Fault::Unreadable);
//! assert!(clerk.books().is_err());
//! drop(clerk);
//! assert!(disk.open()?.books()?.is_empty());
//! # Ok::<(), StoreError>(())
//! ```
//!
//! **A thief** of a process's memory has everything that is in it; nothing is wiped but the clerk's seeds, and what
//! was erased stays in the list of changes from which older states are had. It is not meant for a council's book.

mod disk;
mod state;

pub use disk::{Call, Disk, Fault, Occasion};

use zeroize::Zeroizing;

use self::state::{Change, State};
use crate::{
    Batch, Blobs, Bodies, Body, Books, Cosignature, Expected, FinalCheckpoint, Head, Id, Inbox, Person,
    Private, Snapshot, Snapshots, Standing, Store, StoreError, Thing, limits,
};

/// A connection to a [`Disk`].
pub struct Memory {
    disk: Disk,
    read_only: bool,
}

impl Memory {
    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        self.disk.read(read)
    }

    fn write(&self, change: Change) -> Result<bool, StoreError> {
        if self.read_only {
            return Err(crate::error::read_only());
        }
        self.disk.write(change)
    }
}

impl Store for Memory {
    fn reader(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(Memory { disk: self.disk.clone(), read_only: true }))
    }
}

impl Books for Memory {
    fn books(&mut self) -> Result<Vec<Id>, StoreError> {
        self.read(|state| state.books.keys().copied().collect())
    }

    fn head(&mut self, book: &Id) -> Result<Option<Head>, StoreError> {
        self.read(|state| Some(state.books.get(book)?.head.clone()))
    }

    fn append(&mut self, book: &Id, expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError> {
        self.write(Change::Append {
            book: *book,
            expected: expected.cloned(),
            batch: Box::new(batch.clone()),
        })?;
        Ok(())
    }

    fn entries(&mut self, book: &Id, from: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|state| {
            let mut given = 0;
            let all = state.books.get(book).map_or(&[][..], |book| &book.entries);
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(all.len());
            let count = count.min(limits::READ_ENTRIES) as usize;
            let fits = |entry: &&Vec<u8>| {
                given += entry.len();
                given <= limits::READ
            };
            all[from..].iter().take(count).take_while(fits).cloned().collect()
        })
    }

    fn entry_by_text(&mut self, book: &Id, text_hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        self.read(|state| state.books.get(book)?.texts.get(text_hash).copied())
    }

    fn tile(&mut self, book: &Id, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| state.books.get(book)?.tiles.get(&(level, index)).cloned())
    }

    fn add_cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
        lines: &[Cosignature],
    ) -> Result<(), StoreError> {
        self.write(Change::Cosignatures { book: *book, size, root: *root, lines: lines.to_vec() })?;
        Ok(())
    }

    fn cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
    ) -> Result<Vec<Cosignature>, StoreError> {
        self.read(|state| {
            let lines = state.books.get(book).and_then(|book| book.cosignatures.get(&(size, *root)));
            let one =
                |(name, line): (&String, &String)| Cosignature { name: name.clone(), line: line.clone() };
            lines.map_or_else(Vec::new, |lines| lines.iter().map(one).collect())
        })
    }

    fn final_checkpoint(&mut self, book: &Id) -> Result<Option<FinalCheckpoint>, StoreError> {
        self.read(|state| state.books.get(book)?.final_checkpoint.clone())
    }

    fn set_final_checkpoint(&mut self, book: &Id, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError> {
        self.write(Change::Final { book: *book, checkpoint: checkpoint.clone() })
    }

    fn remove(&mut self, book: &Id) -> Result<(), StoreError> {
        self.write(Change::Remove { book: *book })?;
        Ok(())
    }
}

impl Blobs for Memory {
    fn put_blob(&mut self, book: &Id, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
        self.write(Change::Blob { book: *book, hash: *hash, bytes: bytes.to_vec() })?;
        Ok(())
    }

    fn blob(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|state| state.books.get(book)?.blobs.get(hash).cloned())
    }

    fn blob_size(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        self.read(|state| state.books.get(book)?.blobs.get(hash).map(|bytes| bytes.len() as u64))
    }

    fn blobs(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        self.read(|state| {
            state.books.get(book).map_or_else(Vec::new, |book| book.blobs.keys().copied().collect())
        })
    }
}

impl Bodies for Memory {
    fn body(&mut self, book: &Id, commitment: &[u8; 32]) -> Result<Option<Body>, StoreError> {
        self.read(|state| state.books.get(book)?.bodies.get(commitment).cloned())
    }

    fn bodies(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        self.read(|state| {
            state.books.get(book).map_or_else(Vec::new, |book| book.bodies.keys().copied().collect())
        })
    }

    fn erasures_pending(&mut self) -> Result<bool, StoreError> {
        self.read(|_| false)
    }

    fn finish_erasures(&mut self) -> Result<bool, StoreError> {
        self.read(|_| true)
    }
}

impl Snapshots for Memory {
    fn snapshot_up_to(&mut self, book: &Id, size: u64) -> Result<Option<Snapshot>, StoreError> {
        self.read(|state| {
            let (_, snapshot) = state.books.get(book)?.snapshots.range(..=size).next_back()?;
            Some(snapshot.clone())
        })
    }

    fn put_snapshot(&mut self, book: &Id, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.write(Change::Snapshot { book: *book, snapshot: snapshot.clone() })?;
        Ok(())
    }
}

impl Private for Memory {
    fn clerk_seed(&mut self, book: &Id, epoch: u32) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        self.read(|state| state.books.get(book)?.seeds.get(&epoch).cloned())
    }

    fn set_clerk_seed(&mut self, book: &Id, epoch: u32, seed: &[u8; 32]) -> Result<(), StoreError> {
        self.write(Change::Seed { book: *book, epoch, seed: Zeroizing::new(*seed) })?;
        Ok(())
    }

    fn people(&mut self, book: &Id) -> Result<Vec<Person>, StoreError> {
        self.read(|state| {
            state.books.get(book).map_or_else(Vec::new, |book| book.people.values().cloned().collect())
        })
    }

    fn person(&mut self, book: &Id, number: u64) -> Result<Option<Person>, StoreError> {
        self.read(|state| state.books.get(book)?.people.get(&number).cloned())
    }

    fn put_person(&mut self, book: &Id, person: &Person) -> Result<(), StoreError> {
        self.write(Change::Person { book: *book, person: person.clone() })?;
        Ok(())
    }

    fn remove_person(&mut self, book: &Id, number: u64) -> Result<(), StoreError> {
        self.write(Change::RemovePerson { book: *book, number })?;
        Ok(())
    }

    fn standing(&mut self, book: &Id) -> Result<Standing, StoreError> {
        self.read(|state| state.books.get(book).map_or_else(Standing::default, |book| book.standing))
    }

    fn set_standing(&mut self, book: &Id, standing: Standing) -> Result<(), StoreError> {
        self.write(Change::Standing { book: *book, standing })?;
        Ok(())
    }

    fn setting(&mut self, book: Option<&Id>, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|state| match book {
            Some(book) => state.books.get(book)?.settings.get(key).cloned(),
            None => state.settings.get(key).cloned(),
        })
    }

    fn set_setting(&mut self, book: Option<&Id>, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.write(Change::Setting {
            book: book.copied(),
            key: key.into(),
            value: value.map(str::to_owned),
        })?;
        Ok(())
    }
}

impl Inbox for Memory {
    fn put(&mut self, book: &Id, box_: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let (box_, key, value) = (box_.to_owned(), key.to_vec(), value.to_vec());
        self.write(Change::Put { book: *book, box_, key, value })?;
        Ok(())
    }

    fn get(&mut self, book: &Id, box_: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let place = (box_.to_owned(), key.to_vec());
        self.read(|state| state.books.get(book)?.inbox.get(&place).cloned())
    }

    fn waiting(&mut self, book: &Id, box_: &str) -> Result<Vec<Thing>, StoreError> {
        let from = (box_.to_owned(), Vec::new());
        self.read(|state| {
            let Some(book) = state.books.get(book) else { return Vec::new() };
            let there = book.inbox.range(from..).take_while(|((of, _), _)| of == box_);
            there.map(|((_, key), value)| (key.clone(), value.clone())).collect()
        })
    }

    fn take_out(&mut self, book: &Id, box_: &str, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        self.write(Change::Take { book: *book, box_: box_.to_owned(), keys: keys.to_vec() })?;
        Ok(())
    }
}
