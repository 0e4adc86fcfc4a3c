//! Where the rules find public blobs while a clerk judges entries.

use std::cell::RefCell;

use book::hash::Hash;
use council::Beside;
use store::{Id, Store, StoreError};

use crate::submission::Submission;

/// A place that holds blobs.
pub(crate) trait Shelf {
    /// Whether the blob of this SHA-256 and size is there, now or after this call.
    fn has(&mut self, hash: &Hash, size: u64) -> Result<bool, StoreError>;

    /// Its bytes.
    fn read(&mut self, hash: &Hash, size: u64) -> Result<Option<Vec<u8>>, StoreError>;
}

/// The blobs that a store keeps for a book.
pub(crate) struct Stored<'a> {
    pub(crate) store: &'a mut dyn Store,
    pub(crate) book: Id,
}

impl Shelf for Stored<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> Result<bool, StoreError> {
        Ok(self.store.blob_size(&self.book, &hash.0)? == Some(size))
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.store.blob(&self.book, &hash.0)?;
        Ok(bytes.filter(|bytes| bytes.len() as u64 == size && Hash::of(bytes) == *hash))
    }
}

/// What came with a submission and with those staged before it, and else what the store keeps.
pub(crate) struct Brought<'a> {
    pub(crate) submission: &'a Submission,
    pub(crate) staged: &'a [(Hash, Vec<u8>)],
    pub(crate) stored: Stored<'a>,
}

impl Brought<'_> {
    fn at_hand(&self, hash: &Hash) -> Option<&Vec<u8>> {
        let brought = self.submission.blobs.iter().find(|blob| Hash::of(blob) == *hash);
        brought.or_else(|| self.staged.iter().find(|(of, _)| of == hash).map(|(_, blob)| blob))
    }
}

impl Shelf for Brought<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> Result<bool, StoreError> {
        match self.at_hand(hash) {
            Some(blob) => Ok(blob.len() as u64 == size),
            None => self.stored.has(hash, size),
        }
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match self.at_hand(hash) {
            Some(blob) => Ok(Some(blob.clone()).filter(|blob| blob.len() as u64 == size)),
            None => self.stored.read(hash, size),
        }
    }
}

/// A shelf as the rules see it: a trouble with the store is kept, and nothing more is found after it.
pub(crate) struct Reading<'a> {
    shelf: RefCell<&'a mut dyn Shelf>,
    trouble: RefCell<Option<StoreError>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(shelf: &'a mut dyn Shelf) -> Reading<'a> {
        Reading { shelf: RefCell::new(shelf), trouble: RefCell::new(None) }
    }

    /// What went wrong with the store, if anything: then a missing blob says nothing.
    pub(crate) fn trouble(self) -> Option<StoreError> {
        self.trouble.into_inner()
    }

    fn or_trouble<T: Default>(&self, answer: Result<T, StoreError>) -> T {
        answer.unwrap_or_else(|error| {
            self.trouble.borrow_mut().get_or_insert(error);
            T::default()
        })
    }
}

impl Beside for Reading<'_> {
    fn has(&self, hash: &Hash, size: u64) -> bool {
        let answer = self.shelf.borrow_mut().has(hash, size);
        self.or_trouble(answer)
    }

    fn blob(&self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        let answer = self.shelf.borrow_mut().read(hash, size);
        self.or_trouble(answer)
    }

    fn fresh(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        #[expect(clippy::disallowed_methods, reason = "the clerk is at the edge")]
        if getrandom::fill(&mut bytes).is_err() {
            // Nothing is verified without randomness; a process that has none cannot go on.
            std::process::abort();
        }
        bytes
    }
}
