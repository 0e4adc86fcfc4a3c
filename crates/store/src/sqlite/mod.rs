//! One file, `cabildo.db`: the default.
//!
//! SQLite in write-ahead mode with `synchronous=FULL`: what a call has answered survives a power cut, as far as the disk
//! keeps what it says it wrote. One connection writes; [`Sqlite::open_reader`] opens others, which neither block it nor
//! wait for it. The file, its log and its index belong to the user who made them alone (on Unix; elsewhere the folder's
//! rights decide). It must lie on a local disk.
//!
//! Errors name no path: who opened the file knows it.
//!
//! **A thief** of the files has everything that was not erased: the clerk's seeds, bodies, people, what waits. What was erased is in
//! none of the three files once [`Bodies::erasures_pending`](crate::Bodies::erasures_pending) is false; file systems that keep old blocks, and backups, may
//! still have it.

mod bodies;
mod books;
mod erasure;
mod error;
mod file;
mod inbox;
mod migrations;
mod private;
mod snapshots;

use std::path::PathBuf;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior};

use crate::{Id, Store, StoreError};

pub use file::{Migrated, backup, migrate};

/// The schema that this program works with.
pub const SCHEMA: u32 = migrations::KNOWN;

/// A connection to a database file.
pub struct Sqlite {
    connection: Connection,
    path: PathBuf,
    read_only: bool,
    /// Set by a failure that leaves open what is on the disk: nothing more is done here, the file is to be opened again.
    broken: bool,
}

impl Sqlite {
    /// Lets the database grow to so many pages of 4096 bytes and no further (never below what it has), until it is opened
    /// again; a change that needs more is refused with [`StoreError::Full`].
    pub fn limit_pages(&mut self, pages: u32) -> Result<(), StoreError> {
        Ok(self.connection()?.pragma_update(None, "max_page_count", pages)?)
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        if self.broken {
            return Err(StoreError::Unavailable("it failed before".into()));
        }
        Ok(&self.connection)
    }

    /// One transaction: whole or not at all.
    fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection()?;
        if self.read_only {
            return Err(crate::error::read_only());
        }
        let written = (|| {
            // Dropped without a commit, it is rolled back.
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })();
        if let Err(error) = &written {
            self.broken = !StoreError::nothing_written(error);
        }
        written
    }

    /// The first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.connection()?.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// Every row.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// The first column of the first row, if there is one.
    fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<Option<T>, StoreError> {
        self.first(sql, params, |row| row.get(0))
    }
}

impl Store for Sqlite {
    fn reader(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(Sqlite::open_reader(&self.path)?))
    }
}

/// The number under which the database knows a book that must be there.
fn serial(connection: &Connection, book: &Id) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT serial FROM books WHERE id = ?1")?;
    let serial = statement.query_row([book], |row| row.get(0)).optional()?;
    serial.ok_or_else(|| crate::error::no_book(book))
}

/// SQLite's integers are signed. The limits keep ours far below; what a caller asks for beyond them is not there.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
