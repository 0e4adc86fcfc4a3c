//! What waits.

use rusqlite::{Transaction, params};

use super::{Sqlite, erasure, serial};
use crate::{Id, Inbox, StoreError, Thing, limits};

impl Inbox for Sqlite {
    fn put(&mut self, book: &Id, box_: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        limits::thing(box_, key, value)?;
        self.write(|transaction| {
            let serial = serial(transaction, book)?;
            let sql = "INSERT INTO inbox (book, box, key, value) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (book, box, key) DO UPDATE SET value = excluded.value";
            transaction.prepare_cached(sql)?.execute(params![serial, box_, key, value])?;
            Ok(())
        })
    }

    fn get(&mut self, book: &Id, box_: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT value FROM inbox
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND box = ?2 AND key = ?3";
        self.value(sql, params![book, box_, key])
    }

    fn waiting(&mut self, book: &Id, box_: &str) -> Result<Vec<Thing>, StoreError> {
        let sql = "SELECT key, value FROM inbox
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND box = ?2 ORDER BY key";
        self.all(sql, params![book, box_], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn take_out(&mut self, book: &Id, box_: &str, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let serial = serial(transaction, book)?;
            take(transaction, serial, keys.iter().map(|key| (box_, key.as_slice())))
        })?;
        self.finish_if_possible();
        Ok(())
    }
}

/// Takes things out for good; where none is named, nothing happens.
pub(super) fn take<'a>(
    transaction: &Transaction<'_>,
    serial: i64,
    places: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), StoreError> {
    let mut places = places.into_iter().peekable();
    if places.peek().is_none() {
        return Ok(());
    }
    erasure::inbox(transaction, |kept| {
        let sql = "DELETE FROM temp.kept WHERE book = ?1 AND box = ?2 AND key = ?3";
        let mut delete = kept.prepare(sql)?;
        for (box_, key) in places {
            delete.execute(params![serial, box_, key])?;
        }
        Ok(())
    })
}
