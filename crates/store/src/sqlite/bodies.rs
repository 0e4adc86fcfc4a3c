//! Private bodies.

use rusqlite::{Transaction, params};

use super::{Sqlite, erasure};
use crate::{Batch, Bodies, Body, Id, StoreError};

impl Bodies for Sqlite {
    fn body(&mut self, book: &Id, commitment: &[u8; 32]) -> Result<Option<Body>, StoreError> {
        let sql = "SELECT salt, bytes FROM bodies
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND commitment = ?2";
        self.first(sql, params![book, commitment], |row| {
            Ok(Body { commitment: *commitment, salt: row.get(0)?, bytes: row.get(1)? })
        })
    }

    fn bodies(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        let sql = "SELECT commitment FROM bodies
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) ORDER BY commitment";
        self.all(sql, [book], |row| row.get(0))
    }

    fn erasures_pending(&mut self) -> Result<bool, StoreError> {
        Ok(self.pending()?.is_some())
    }

    fn finish_erasures(&mut self) -> Result<bool, StoreError> {
        self.finish()
    }
}

/// The bodies of a batch: those to be erased first, so that none of them is stored.
pub(super) fn store_and_erase(
    transaction: &Transaction<'_>,
    serial: i64,
    batch: &Batch,
) -> Result<(), StoreError> {
    let mut remember = transaction.prepare_cached(
        "INSERT INTO erased (book, commitment) VALUES (?1, ?2) ON CONFLICT (book, commitment) DO NOTHING",
    )?;
    let mut delete = transaction.prepare_cached("DELETE FROM bodies WHERE book = ?1 AND commitment = ?2")?;
    for commitment in &batch.erase {
        remember.execute(params![serial, commitment])?;
        delete.execute(params![serial, commitment])?;
    }
    if !batch.erase.is_empty() {
        erasure::mark(transaction)?;
    }
    // The padding has its default.
    let mut insert = transaction.prepare_cached(
        "INSERT INTO bodies (book, commitment, salt, bytes) SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM erased WHERE book = ?1 AND commitment = ?2)
         ON CONFLICT (book, commitment) DO NOTHING",
    )?;
    for body in &batch.bodies {
        insert.execute(params![serial, body.commitment, body.salt, body.bytes])?;
    }
    Ok(())
}
