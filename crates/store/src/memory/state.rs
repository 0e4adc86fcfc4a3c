//! What is on the disk, and how a change changes it: whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use crate::{
    Batch, Body, Cosignature, Expected, FinalCheckpoint, Head, Id, Person, Snapshot, Standing, StoreError,
    limits,
};

/// Everything.
#[derive(Default)]
pub(super) struct State {
    pub(super) books: BTreeMap<Id, Book>,
    pub(super) settings: BTreeMap<String, String>,
}

/// A book and what belongs to it.
pub(super) struct Book {
    pub(super) head: Head,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) texts: BTreeMap<[u8; 32], u64>,
    pub(super) tiles: BTreeMap<(u8, u64), Vec<u8>>,
    pub(super) blobs: BTreeMap<[u8; 32], Vec<u8>>,
    pub(super) bodies: BTreeMap<[u8; 32], Body>,
    erased: BTreeSet<[u8; 32]>,
    pub(super) snapshots: BTreeMap<u64, Snapshot>,
    pub(super) cosignatures: BTreeMap<(u64, [u8; 32]), BTreeMap<String, String>>,
    pub(super) final_checkpoint: Option<FinalCheckpoint>,
    pub(super) seeds: BTreeMap<u32, Zeroizing<[u8; 32]>>,
    pub(super) people: BTreeMap<u64, Person>,
    pub(super) standing: Standing,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) inbox: BTreeMap<(String, Vec<u8>), Vec<u8>>,
}

/// One writing call.
pub(super) enum Change {
    Append { book: Id, expected: Option<Expected>, batch: Box<Batch> },
    Remove { book: Id },
    Cosignatures { book: Id, size: u64, root: [u8; 32], lines: Vec<Cosignature> },
    Final { book: Id, checkpoint: FinalCheckpoint },
    Blob { book: Id, hash: [u8; 32], bytes: Vec<u8> },
    Snapshot { book: Id, snapshot: Snapshot },
    Seed { book: Id, epoch: u32, seed: Zeroizing<[u8; 32]> },
    Person { book: Id, person: Person },
    RemovePerson { book: Id, number: u64 },
    Standing { book: Id, standing: Standing },
    Put { book: Id, box_: String, key: Vec<u8>, value: Vec<u8> },
    Take { book: Id, box_: String, keys: Vec<Vec<u8>> },
    Setting { book: Option<Id>, key: String, value: Option<String> },
}

impl State {
    /// Makes the change, or refuses it and stays as it was. Says whether something was kept.
    pub(super) fn apply(&mut self, change: &Change) -> Result<bool, StoreError> {
        match change {
            Change::Append { book, expected, batch } => self.append(book, expected.as_ref(), batch)?,
            Change::Remove { book } => {
                if self.book(book)?.head.size > 1 {
                    return Err(crate::error::append_only());
                }
                self.books.remove(book);
            }
            Change::Cosignatures { book, size, root, lines } => {
                limits::cosignatures(*size, lines)?;
                let kept = self.book(book)?.cosignatures.entry((*size, *root)).or_default();
                kept.extend(lines.iter().map(|one| (one.name.clone(), one.line.clone())));
            }
            Change::Final { book, checkpoint } => return self.book(book)?.set_final(checkpoint),
            Change::Blob { book, hash, bytes } => {
                limits::blob(bytes)?;
                self.book(book)?.blobs.entry(*hash).or_insert_with(|| bytes.clone());
            }
            Change::Snapshot { book, snapshot } => {
                let book = self.book(book)?;
                limits::snapshot(snapshot, book.head.size)?;
                book.keep(snapshot);
            }
            Change::Seed { book, epoch, seed } => self.book(book)?.set_seed(*epoch, seed)?,
            Change::Person { book, person } => {
                limits::person(person)?;
                self.book(book)?.people.insert(person.number, person.clone());
            }
            Change::RemovePerson { book, number } => {
                self.book(book)?.people.remove(number);
            }
            Change::Standing { book, standing } => {
                limits::standing(*standing)?;
                self.book(book)?.standing = *standing;
            }
            Change::Put { book, box_, key, value } => {
                limits::thing(box_, key, value)?;
                self.book(book)?.inbox.insert((box_.clone(), key.clone()), value.clone());
            }
            Change::Take { book, box_, keys } => {
                let book = self.book(book)?;
                for key in keys {
                    book.inbox.remove(&(box_.clone(), key.clone()));
                }
            }
            Change::Setting { book, key, value } => {
                limits::setting(key, value.as_deref())?;
                let settings = match book {
                    Some(book) => &mut self.book(book)?.settings,
                    None => &mut self.settings,
                };
                match value {
                    Some(value) => settings.insert(key.clone(), value.clone()),
                    None => settings.remove(key),
                };
            }
        }
        Ok(true)
    }

    fn book(&mut self, id: &Id) -> Result<&mut Book, StoreError> {
        self.books.get_mut(id).ok_or_else(|| crate::error::no_book(id))
    }

    fn append(&mut self, id: &Id, expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError> {
        limits::batch(expected, batch)?;
        let head = self.books.get(id).map(|book| Expected::from(&book.head));
        match (&head, expected) {
            (None, None) => {
                self.books.insert(*id, Book::new(batch.head.clone()));
            }
            (None, Some(_)) => return Err(crate::error::no_book(id)),
            (Some(head), Some(expected)) if head == expected => {}
            (Some(head), _) => return Err(StoreError::HeadMoved { size: head.size }),
        }
        let book = self.book(id)?;
        if let Some(given) = &batch.clerk_seed {
            book.set_seed(given.epoch, &given.seed)?;
        }
        for entry in &batch.entries {
            if let Some(text_hash) = entry.text_hash {
                book.texts.entry(text_hash).or_insert(book.entries.len() as u64);
            }
            book.entries.push(entry.bytes.clone());
        }
        for tile in &batch.tiles {
            book.tiles.insert((tile.level, tile.index), tile.bytes.clone());
        }
        for (hash, bytes) in &batch.blobs {
            book.blobs.entry(*hash).or_insert_with(|| bytes.clone());
        }
        book.erased.extend(&batch.erase);
        for body in &batch.bodies {
            book.bodies.entry(body.commitment).or_insert_with(|| body.clone());
        }
        let erased = &book.erased;
        book.bodies.retain(|commitment, _| !erased.contains(commitment));
        for place in &batch.take {
            book.inbox.remove(place);
        }
        if let Some(snapshot) = &batch.snapshot {
            book.keep(snapshot);
        }
        book.people.extend(batch.people.iter().map(|person| (person.number, person.clone())));
        book.head = batch.head.clone();
        Ok(())
    }
}

impl Book {
    fn new(head: Head) -> Book {
        Book {
            head,
            entries: Vec::new(),
            texts: BTreeMap::new(),
            tiles: BTreeMap::new(),
            blobs: BTreeMap::new(),
            bodies: BTreeMap::new(),
            erased: BTreeSet::new(),
            snapshots: BTreeMap::new(),
            cosignatures: BTreeMap::new(),
            final_checkpoint: None,
            seeds: BTreeMap::new(),
            people: BTreeMap::new(),
            standing: Standing::default(),
            settings: BTreeMap::new(),
            inbox: BTreeMap::new(),
        }
    }

    fn keep(&mut self, snapshot: &Snapshot) {
        self.snapshots.insert(snapshot.size, snapshot.clone());
        while self.snapshots.len() > limits::SNAPSHOTS {
            self.snapshots.pop_first();
        }
    }

    fn set_seed(&mut self, epoch: u32, seed: &Zeroizing<[u8; 32]>) -> Result<(), StoreError> {
        if self.seeds.get(&epoch).is_some_and(|there| there != seed) {
            return Err(crate::error::another_seed(epoch));
        }
        self.seeds.insert(epoch, seed.clone());
        Ok(())
    }

    fn set_final(&mut self, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError> {
        limits::final_checkpoint(checkpoint)?;
        if let Some(there) = &self.final_checkpoint {
            if there.size > checkpoint.size {
                return Ok(false);
            }
            if there.size == checkpoint.size && there.root != checkpoint.root {
                return Err(crate::error::forked(checkpoint.size));
            }
        }
        self.cosignatures.retain(|(size, _), _| *size >= checkpoint.size);
        self.final_checkpoint = Some(checkpoint.clone());
        Ok(true)
    }
}
