//! Snapshots of states.

use super::{Postgres, Work, hash, number, signed};
use crate::{Id, Snapshot, Snapshots, StoreError, limits};

impl Snapshots for Postgres {
    fn snapshot_up_to(&mut self, book: &Id, size: u64) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT size, digest, bytes FROM cabildo_snapshots
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND size <= $2
                   ORDER BY size DESC LIMIT 1";
        let Some(row) = self.first(sql, &[book, &signed(size)])? else { return Ok(None) };
        Ok(Some(Snapshot { size: number(&row, 0)?, digest: hash(&row, 1)?, bytes: row.try_get(2)? }))
    }

    fn put_snapshot(&mut self, book: &Id, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.write(|work| {
            let serial = work.serial(book)?;
            let row = work.first("SELECT size FROM cabildo_books WHERE serial = $1", &[&serial])?;
            limits::snapshot(snapshot, row.map_or(Ok(0), |row| number(&row, 0))?)?;
            put(work, serial, snapshot)
        })
    }
}

/// Puts it there and drops what is too many.
pub(super) fn put(work: &mut Work<'_>, serial: i64, snapshot: &Snapshot) -> Result<(), StoreError> {
    let sql = "INSERT INTO cabildo_snapshots (book, size, digest, bytes) VALUES ($1, $2, $3, $4)
               ON CONFLICT (book, size) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes";
    work.execute(sql, &[&serial, &signed(snapshot.size), &snapshot.digest, &snapshot.bytes])?;
    let sql = "DELETE FROM cabildo_snapshots WHERE book = $1 AND size <=
                   (SELECT size FROM cabildo_snapshots WHERE book = $1 ORDER BY size DESC LIMIT 1 OFFSET $2)";
    work.execute(sql, &[&serial, &(limits::SNAPSHOTS as i64)])?;
    Ok(())
}
