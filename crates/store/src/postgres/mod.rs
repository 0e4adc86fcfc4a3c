//! PostgreSQL, for many councils on several servers.
//!
//! The same tables as SQLite's, named `cabildo_…`, in the schema that the connection finds first. What a call has answered
//! survives a crash of the server as far as its administrator has left `fsync` on and the disk keeps its word. A connection
//! that broke is made anew by the next call; the failed call itself is not repeated.
//!
//! There is no TLS: the server stands on the same machine, in a network of its own, or behind a tunnel.
//!
//! A connection runs its own small runtime and blocks: an async program uses it on plain threads only, and drops it there.
//!
//! **A thief** of the server's files, of a backup or of a replica has everything that was not erased. What was erased is in
//! none of the tables' files once [`Bodies::erasures_pending`](crate::Bodies::erasures_pending) is false. **PostgreSQL's
//! own write-ahead log (`pg_wal`) still holds the bytes until the server recycles it**, and so do archived logs, replicas'
//! logs, base backups, and the server's log if it is set to record parameters. How soon they go is the administrator's
//! choice (`max_wal_size`, `checkpoint_timeout`, no archive); who must be sure uses SQLite. Of what waits
//! ([`Inbox`](crate::Inbox)) a superuser sees more than the rows: each row's `ctid` and `xmin` give the order in which they
//! came, until the table is written anew, and with `track_commit_timestamp` or from `pg_wal` and its archive the times, for as
//! long as those are kept. Backups are the administrator's: leave the table `cabildo_inbox` out of those that are kept longer
//! than an election's enrolment (`pg_dump --exclude-table-data=cabildo_inbox`) once its ballots are published. An administrator of the server,
//! or who listens on the line, reads and writes everything.

mod bodies;
mod books;
mod connect;
mod erasure;
mod error;
mod inbox;
mod migrations;
mod private;
mod snapshots;

use std::collections::HashMap;

use postgres::types::ToSql;
use postgres::{Client, Config, IsolationLevel, Row, Statement, Transaction};

use crate::{Id, Store, StoreError};

pub use connect::{Migrated, migrate};

/// The schema that this program works with.
pub const SCHEMA: u32 = migrations::KNOWN;

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection to a server.
pub struct Postgres {
    client: Client,
    config: Config,
    read_only: bool,
    statements: HashMap<&'static str, Statement>,
}

impl Postgres {
    /// The connection, made anew if it is lost.
    fn client(&mut self) -> Result<&mut Client, StoreError> {
        if self.client.is_closed() {
            let fresh = connect::open(self.config.clone(), self.read_only)?;
            self.client = fresh.client;
            self.statements.clear();
        }
        Ok(&mut self.client)
    }

    fn all(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.client()?;
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql)?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        Ok(self.client.query(&statement, params)?)
    }

    fn first(&mut self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, params)?.into_iter().next())
    }

    /// One transaction: whole or not at all.
    fn write<T>(
        &mut self,
        change: impl FnOnce(&mut Work<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.read_only {
            return Err(crate::error::read_only());
        }
        self.client()?;
        let level = IsolationLevel::ReadCommitted;
        let transaction = self.client.build_transaction().isolation_level(level).start()?;
        // Dropped without a commit, it is rolled back.
        let mut work = Work { transaction, statements: &mut self.statements };
        let done = change(&mut work)?;
        work.transaction.commit()?;
        Ok(done)
    }
}

impl Store for Postgres {
    fn reader(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(connect::open(self.config.clone(), true)?))
    }
}

/// A transaction with the connection's prepared statements.
struct Work<'a> {
    transaction: Transaction<'a>,
    statements: &'a mut HashMap<&'static str, Statement>,
}

impl Work<'_> {
    fn prepared(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// How many rows it changed.
    fn execute(&mut self, sql: &'static str, params: Params<'_>) -> Result<u64, StoreError> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.execute(&statement, params)?)
    }

    fn first(&mut self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.query(&statement, params)?.into_iter().next())
    }

    /// The number under which the database knows a book that must be there. Until the transaction ends nobody else writes
    /// to that book.
    fn serial(&mut self, book: &Id) -> Result<i64, StoreError> {
        let sql = "SELECT serial FROM cabildo_books WHERE id = $1 FOR NO KEY UPDATE";
        let row = self.first(sql, &[book])?.ok_or_else(|| crate::error::no_book(book))?;
        Ok(row.try_get(0)?)
    }
}

/// PostgreSQL's integers are signed. The limits keep ours far below; what a caller asks for beyond them is not there.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number in a row.
fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    let found: i64 = row.try_get(column)?;
    u64::try_from(found).map_err(|_| StoreError::Corrupt(format!("the number {found} stands in a table")))
}

/// An epoch in a row.
fn epoch(row: &Row, column: usize) -> Result<u32, StoreError> {
    let found = number(row, column)?;
    u32::try_from(found).map_err(|_| StoreError::Corrupt(format!("the epoch {found} stands in a table")))
}

/// 32 bytes in a row.
fn hash(row: &Row, column: usize) -> Result<[u8; 32], StoreError> {
    let found: &[u8] = row.try_get(column)?;
    let length = found.len();
    found.try_into().map_err(|_| StoreError::Corrupt(format!("a hash of {length} bytes stands in a table")))
}
