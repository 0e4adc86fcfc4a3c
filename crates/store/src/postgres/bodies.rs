//! Private bodies.

use super::{Postgres, Work, erasure, hash};
use crate::{Batch, Bodies, Body, Id, StoreError};

impl Bodies for Postgres {
    fn body(&mut self, book: &Id, commitment: &[u8; 32]) -> Result<Option<Body>, StoreError> {
        let sql = "SELECT salt, bytes FROM cabildo_bodies
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND commitment = $2";
        let Some(row) = self.first(sql, &[book, commitment])? else { return Ok(None) };
        Ok(Some(Body { commitment: *commitment, salt: hash(&row, 0)?, bytes: row.try_get(1)? }))
    }

    fn bodies(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        let sql = "SELECT commitment FROM cabildo_bodies
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) ORDER BY commitment";
        self.all(sql, &[book])?.iter().map(|row| hash(row, 0)).collect()
    }

    fn erasures_pending(&mut self) -> Result<bool, StoreError> {
        self.pending(None)
    }

    fn finish_erasures(&mut self) -> Result<bool, StoreError> {
        self.finish()
    }
}

/// The bodies of a batch: those to be erased first, so that none of them is stored.
pub(super) fn store_and_erase(work: &mut Work<'_>, serial: i64, batch: &Batch) -> Result<(), StoreError> {
    for commitment in &batch.erase {
        let sql = "INSERT INTO cabildo_erased (book, commitment) VALUES ($1, $2)
                   ON CONFLICT (book, commitment) DO NOTHING";
        work.execute(sql, &[&serial, commitment])?;
        let sql = "DELETE FROM cabildo_bodies WHERE book = $1 AND commitment = $2";
        work.execute(sql, &[&serial, commitment])?;
    }
    if !batch.erase.is_empty() {
        erasure::mark(work, &erasure::BODIES)?;
    }
    for body in &batch.bodies {
        let sql = "INSERT INTO cabildo_bodies (book, commitment, salt, bytes) SELECT $1, $2, $3, $4
                   WHERE NOT EXISTS (SELECT FROM cabildo_erased WHERE book = $1 AND commitment = $2)
                   ON CONFLICT (book, commitment) DO NOTHING";
        work.execute(sql, &[&serial, &body.commitment, &body.salt, &body.bytes])?;
    }
    Ok(())
}
