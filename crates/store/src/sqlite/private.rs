//! Keys, people, standing, settings.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use zeroize::Zeroizing;

use super::{Sqlite, erasure, serial, signed};
use crate::{Id, Person, Private, Standing, StoreError, error, limits};

impl Private for Sqlite {
    fn clerk_seed(&mut self, book: &Id, epoch: u32) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        let sql = "SELECT seed FROM clerk_seeds
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND epoch = ?2";
        self.first(sql, params![book, epoch], seed)
    }

    fn set_clerk_seed(&mut self, book: &Id, epoch: u32, seed: &[u8; 32]) -> Result<(), StoreError> {
        self.write(|transaction| set_seed(transaction, serial(transaction, book)?, epoch, seed))
    }

    fn people(&mut self, book: &Id) -> Result<Vec<Person>, StoreError> {
        let sql = "SELECT number, name, contact FROM people
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) ORDER BY number";
        self.all(sql, [book], person)
    }

    fn person(&mut self, book: &Id, number: u64) -> Result<Option<Person>, StoreError> {
        let sql = "SELECT number, name, contact FROM people
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND number = ?2";
        self.first(sql, params![book, signed(number)], person)
    }

    fn put_person(&mut self, book: &Id, person: &Person) -> Result<(), StoreError> {
        limits::person(person)?;
        self.write(|transaction| put_person(transaction, serial(transaction, book)?, person))
    }

    fn remove_person(&mut self, book: &Id, number: u64) -> Result<(), StoreError> {
        self.write(|transaction| {
            erasure::people(transaction, serial(transaction, book)?, Some(signed(number)))
        })?;
        self.finish_if_possible();
        Ok(())
    }

    fn standing(&mut self, book: &Id) -> Result<Standing, StoreError> {
        let sql = "SELECT standing, size, at FROM standings
                   WHERE book = (SELECT serial FROM books WHERE id = ?1)";
        let row = self.first(sql, [book], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<u64>>(1)?, row.get::<_, Option<u64>>(2)?))
        })?;
        let Some((word, size, at)) = row else { return Ok(Standing::default()) };
        crate::batch::standing(&word, size, at)
    }

    fn set_standing(&mut self, book: &Id, standing: Standing) -> Result<(), StoreError> {
        limits::standing(standing)?;
        let (word, size, at) = crate::batch::standing_columns(standing);
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO standings (book, standing, size, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (book)
                 DO UPDATE SET standing = excluded.standing, size = excluded.size, at = excluded.at",
                params![serial(transaction, book)?, word, size.map(signed), at.map(signed)],
            )?;
            Ok(())
        })
    }

    fn setting(&mut self, book: Option<&Id>, key: &str) -> Result<Option<String>, StoreError> {
        match book {
            None => self.value("SELECT value FROM settings WHERE key = ?1", [key]),
            Some(book) => self.value(
                "SELECT value FROM book_settings
                 WHERE book = (SELECT serial FROM books WHERE id = ?1) AND key = ?2",
                params![book, key],
            ),
        }
    }

    fn set_setting(&mut self, book: Option<&Id>, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        limits::setting(key, value)?;
        self.write(|transaction| {
            let serial = book.map(|book| serial(transaction, book)).transpose()?;
            match (serial, value) {
                (None, None) => transaction.execute("DELETE FROM settings WHERE key = ?1", [key]),
                (Some(serial), None) => transaction
                    .execute("DELETE FROM book_settings WHERE book = ?1 AND key = ?2", params![serial, key]),
                (None, Some(value)) => transaction.execute(
                    "INSERT INTO settings (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    [key, value],
                ),
                (Some(serial), Some(value)) => transaction.execute(
                    "INSERT INTO book_settings (book, key, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT (book, key) DO UPDATE SET value = excluded.value",
                    params![serial, key, value],
                ),
            }?;
            Ok(())
        })
    }
}

/// Straight from the row into memory that is wiped.
fn seed(row: &Row<'_>) -> rusqlite::Result<Zeroizing<[u8; 32]>> {
    Ok(Zeroizing::new(row.get(0)?))
}

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person { number: row.get(0)?, name: row.get(1)?, contact: row.get(2)? })
}

/// Keeps a seed unless there is another.
pub(super) fn set_seed(
    connection: &Connection,
    serial: i64,
    epoch: u32,
    given: &[u8; 32],
) -> Result<(), StoreError> {
    let sql = "SELECT seed FROM clerk_seeds WHERE book = ?1 AND epoch = ?2";
    let there = connection.query_row(sql, params![serial, epoch], seed).optional()?;
    match there {
        Some(there) if *there == *given => Ok(()),
        Some(_) => Err(error::another_seed(epoch)),
        None => {
            // The padding has its default.
            let sql = "INSERT INTO clerk_seeds (book, epoch, seed) VALUES (?1, ?2, ?3)";
            connection.execute(sql, params![serial, epoch, given])?;
            Ok(())
        }
    }
}

/// Adds or replaces.
pub(super) fn put_person(
    transaction: &Transaction<'_>,
    serial: i64,
    person: &Person,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO people (book, number, name, contact) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (book, number) DO UPDATE SET name = excluded.name, contact = excluded.contact";
    transaction.prepare_cached(sql)?.execute(params![
        serial,
        signed(person.number),
        person.name,
        person.contact
    ])?;
    Ok(())
}
