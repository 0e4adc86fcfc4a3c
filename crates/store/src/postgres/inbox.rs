//! What waits.

use super::{Postgres, Work, erasure};
use crate::{Id, Inbox, StoreError, Thing, limits};

impl Inbox for Postgres {
    fn put(&mut self, book: &Id, box_: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        limits::thing(box_, key, value)?;
        self.write(|work| {
            let serial = work.serial(book)?;
            let sql = "INSERT INTO cabildo_inbox (book, box, key, value) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (book, box, key) DO UPDATE SET value = excluded.value";
            work.execute(sql, &[&serial, &box_, &key, &value])?;
            Ok(())
        })
    }

    fn get(&mut self, book: &Id, box_: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT value FROM cabildo_inbox
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND box = $2 AND key = $3";
        Ok(self.first(sql, &[book, &box_, &key])?.map(|row| row.try_get(0)).transpose()?)
    }

    fn waiting(&mut self, book: &Id, box_: &str) -> Result<Vec<Thing>, StoreError> {
        let sql = "SELECT key, value FROM cabildo_inbox
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND box = $2 ORDER BY key";
        let rows = self.all(sql, &[book, &box_])?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    fn take_out(&mut self, book: &Id, box_: &str, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        self.write(|work| {
            let serial = work.serial(book)?;
            take(work, serial, keys.iter().map(|key| (box_, key.as_slice())))
        })?;
        self.finish_if_possible();
        Ok(())
    }
}

/// Takes things out for good; where none is named, nothing happens.
pub(super) fn take<'a>(
    work: &mut Work<'_>,
    serial: i64,
    places: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), StoreError> {
    let mut is_empty = true;
    for (box_, key) in places {
        is_empty = false;
        let sql = "DELETE FROM cabildo_inbox WHERE book = $1 AND box = $2 AND key = $3";
        work.execute(sql, &[&serial, &box_, &key])?;
    }
    if is_empty { Ok(()) } else { erasure::mark(work, &erasure::INBOX) }
}
