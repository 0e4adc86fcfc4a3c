//! Snapshots of states.

use rusqlite::{Transaction, params};

use super::{Sqlite, serial, signed};
use crate::{Id, Snapshot, Snapshots, StoreError, limits};

impl Snapshots for Sqlite {
    fn snapshot_up_to(&mut self, book: &Id, size: u64) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT size, digest, bytes FROM snapshots
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND size <= ?2
                   ORDER BY size DESC LIMIT 1";
        self.first(sql, params![book, signed(size)], |row| {
            Ok(Snapshot { size: row.get(0)?, digest: row.get(1)?, bytes: row.get(2)? })
        })
    }

    fn put_snapshot(&mut self, book: &Id, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.write(|transaction| {
            let serial = serial(transaction, book)?;
            let sql = "SELECT size FROM books WHERE serial = ?1";
            limits::snapshot(snapshot, transaction.query_row(sql, [serial], |row| row.get(0))?)?;
            put(transaction, serial, snapshot)
        })
    }
}

/// Puts it there and drops what is too many.
pub(super) fn put(transaction: &Transaction<'_>, serial: i64, snapshot: &Snapshot) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO snapshots (book, size, digest, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (book, size) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes",
        params![serial, signed(snapshot.size), snapshot.digest, snapshot.bytes],
    )?;
    transaction.execute(
        "DELETE FROM snapshots WHERE book = ?1 AND size <=
            (SELECT size FROM snapshots WHERE book = ?1 ORDER BY size DESC LIMIT 1 OFFSET ?2)",
        params![serial, limits::SNAPSHOTS as i64],
    )?;
    Ok(())
}
