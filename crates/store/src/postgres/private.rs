//! Keys, people, standing, settings.

use postgres::Row;
use zeroize::Zeroizing;

use super::{Postgres, Work, erasure, hash, number, signed};
use crate::{Id, Person, Private, Standing, StoreError, error, limits};

impl Private for Postgres {
    fn clerk_seed(&mut self, book: &Id, epoch: u32) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        let sql = "SELECT seed FROM cabildo_clerk_seeds
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND epoch = $2";
        self.first(sql, &[book, &i64::from(epoch)])?.map(|row| Ok(Zeroizing::new(hash(&row, 0)?))).transpose()
    }

    fn set_clerk_seed(&mut self, book: &Id, epoch: u32, seed: &[u8; 32]) -> Result<(), StoreError> {
        self.write(|work| {
            let serial = work.serial(book)?;
            set_seed(work, serial, epoch, seed)
        })
    }

    fn people(&mut self, book: &Id) -> Result<Vec<Person>, StoreError> {
        let sql = "SELECT number, name, contact FROM cabildo_people
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) ORDER BY number";
        self.all(sql, &[book])?.iter().map(person).collect()
    }

    fn person(&mut self, book: &Id, number: u64) -> Result<Option<Person>, StoreError> {
        let sql = "SELECT number, name, contact FROM cabildo_people
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND number = $2";
        self.first(sql, &[book, &signed(number)])?.as_ref().map(person).transpose()
    }

    fn put_person(&mut self, book: &Id, person: &Person) -> Result<(), StoreError> {
        limits::person(person)?;
        self.write(|work| {
            let serial = work.serial(book)?;
            put_person(work, serial, person)
        })
    }

    fn remove_person(&mut self, book: &Id, number: u64) -> Result<(), StoreError> {
        self.write(|work| {
            let serial = work.serial(book)?;
            let sql = "DELETE FROM cabildo_people WHERE book = $1 AND number = $2";
            work.execute(sql, &[&serial, &signed(number)])?;
            erasure::mark(work, &erasure::PEOPLE)
        })?;
        self.finish_if_possible();
        Ok(())
    }

    fn standing(&mut self, book: &Id) -> Result<Standing, StoreError> {
        let sql = "SELECT standing, coalesce(size, -1), coalesce(at, -1) FROM cabildo_standings
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1)";
        let Some(row) = self.first(sql, &[book])? else { return Ok(Standing::default()) };
        let optional = |column| Ok::<_, StoreError>(u64::try_from(row.try_get::<_, i64>(column)?).ok());
        crate::batch::standing(row.try_get(0)?, optional(1)?, optional(2)?)
    }

    fn set_standing(&mut self, book: &Id, standing: Standing) -> Result<(), StoreError> {
        limits::standing(standing)?;
        let (word, size, at) = crate::batch::standing_columns(standing);
        self.write(|work| {
            let serial = work.serial(book)?;
            let sql = "INSERT INTO cabildo_standings (book, standing, size, at) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (book)
                       DO UPDATE SET standing = excluded.standing, size = excluded.size, at = excluded.at";
            work.execute(sql, &[&serial, &word, &size.map(signed), &at.map(signed)])?;
            Ok(())
        })
    }

    fn setting(&mut self, book: Option<&Id>, key: &str) -> Result<Option<String>, StoreError> {
        let row = match book {
            None => self.first("SELECT value FROM cabildo_settings WHERE key = $1", &[&key])?,
            Some(book) => {
                let sql = "SELECT value FROM cabildo_book_settings
                           WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND key = $2";
                self.first(sql, &[book, &key])?
            }
        };
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    fn set_setting(&mut self, book: Option<&Id>, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        limits::setting(key, value)?;
        self.write(|work| {
            let serial = book.map(|book| work.serial(book)).transpose()?;
            match (serial, value) {
                (None, None) => work.execute("DELETE FROM cabildo_settings WHERE key = $1", &[&key]),
                (Some(serial), None) => {
                    let sql = "DELETE FROM cabildo_book_settings WHERE book = $1 AND key = $2";
                    work.execute(sql, &[&serial, &key])
                }
                (None, Some(value)) => {
                    let sql = "INSERT INTO cabildo_settings (key, value) VALUES ($1, $2)
                               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                    work.execute(sql, &[&key, &value])
                }
                (Some(serial), Some(value)) => {
                    let sql = "INSERT INTO cabildo_book_settings (book, key, value) VALUES ($1, $2, $3)
                               ON CONFLICT (book, key) DO UPDATE SET value = excluded.value";
                    work.execute(sql, &[&serial, &key, &value])
                }
            }?;
            Ok(())
        })
    }
}

fn person(row: &Row) -> Result<Person, StoreError> {
    Ok(Person { number: number(row, 0)?, name: row.try_get(1)?, contact: row.try_get(2)? })
}

/// Keeps a seed unless there is another.
pub(super) fn set_seed(
    work: &mut Work<'_>,
    serial: i64,
    epoch: u32,
    given: &[u8; 32],
) -> Result<(), StoreError> {
    let sql = "SELECT seed FROM cabildo_clerk_seeds WHERE book = $1 AND epoch = $2";
    match work.first(sql, &[&serial, &i64::from(epoch)])? {
        Some(row) if *Zeroizing::new(hash(&row, 0)?) == *given => Ok(()),
        Some(_) => Err(error::another_seed(epoch)),
        None => {
            let sql = "INSERT INTO cabildo_clerk_seeds (book, epoch, seed) VALUES ($1, $2, $3)";
            work.execute(sql, &[&serial, &i64::from(epoch), given])?;
            Ok(())
        }
    }
}

/// Adds or replaces.
pub(super) fn put_person(work: &mut Work<'_>, serial: i64, person: &Person) -> Result<(), StoreError> {
    let sql = "INSERT INTO cabildo_people (book, number, name, contact) VALUES ($1, $2, $3, $4)
               ON CONFLICT (book, number) DO UPDATE SET name = excluded.name, contact = excluded.contact";
    work.execute(sql, &[&serial, &signed(person.number), &person.name, &person.contact])?;
    Ok(())
}
