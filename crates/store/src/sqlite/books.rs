//! Heads, entries, tiles, cosignatures, blobs.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Sqlite, erasure, serial, signed, snapshots};
use crate::{
    Batch, Blobs, Books, Cosignature, Expected, FinalCheckpoint, Head, Id, StoreError, error, limits,
};

impl Books for Sqlite {
    fn books(&mut self) -> Result<Vec<Id>, StoreError> {
        self.all("SELECT id FROM books ORDER BY id", [], |row| row.get(0))
    }

    fn head(&mut self, book: &Id) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT size, root, epoch, frontier, checkpoint, time FROM books WHERE id = ?1";
        self.first(sql, [book], head)?.transpose()
    }

    fn append(&mut self, book: &Id, expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError> {
        limits::batch(expected, batch)?;
        self.write(|transaction| append(transaction, book, expected, batch))?;
        self.finish_if_possible();
        Ok(())
    }

    fn entries(&mut self, book: &Id, from: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT number, bytes FROM entries
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND number >= ?2 AND number < ?3
                   ORDER BY number";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let to = from.saturating_add(count.min(limits::READ_ENTRIES));
        let mut rows = statement.query(params![book, signed(from), signed(to)])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let entry = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            bytes += entry.len();
            if bytes > limits::READ {
                break;
            }
            let number: u64 = row.get(0)?;
            if number != from + entries.len() as u64 {
                return Err(error::gap(from + entries.len() as u64));
            }
            entries.push(entry.to_vec());
        }
        Ok(entries)
    }

    fn entry_by_text(&mut self, book: &Id, text_hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let sql =
            "SELECT number FROM texts WHERE book = (SELECT serial FROM books WHERE id = ?1) AND hash = ?2";
        self.value(sql, params![book, text_hash])
    }

    fn tile(&mut self, book: &Id, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM tiles
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND level = ?2 AND place = ?3";
        self.value(sql, params![book, level, signed(index)])
    }

    fn add_cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
        lines: &[Cosignature],
    ) -> Result<(), StoreError> {
        limits::cosignatures(size, lines)?;
        self.write(|transaction| {
            let serial = serial(transaction, book)?;
            let sql = "INSERT INTO cosignatures (book, size, root, name, line) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (book, size, root, name) DO UPDATE SET line = excluded.line";
            let mut statement = transaction.prepare_cached(sql)?;
            for one in lines {
                statement.execute(params![serial, signed(size), root, one.name, one.line])?;
            }
            Ok(())
        })
    }

    fn cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
    ) -> Result<Vec<Cosignature>, StoreError> {
        let sql = "SELECT name, line FROM cosignatures
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND size = ?2 AND root = ?3
                   ORDER BY name";
        let read = |row: &Row<'_>| Ok(Cosignature { name: row.get(0)?, line: row.get(1)? });
        self.all(sql, params![book, signed(size), root], read)
    }

    fn final_checkpoint(&mut self, book: &Id) -> Result<Option<FinalCheckpoint>, StoreError> {
        let sql = "SELECT size, root, note FROM final_checkpoints
                   WHERE book = (SELECT serial FROM books WHERE id = ?1)";
        self.first(sql, [book], |row| {
            Ok(FinalCheckpoint { size: row.get(0)?, root: row.get(1)?, note: row.get(2)? })
        })
    }

    fn set_final_checkpoint(&mut self, book: &Id, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError> {
        limits::final_checkpoint(checkpoint)?;
        self.write(|transaction| set_final(transaction, book, checkpoint))
    }

    fn remove(&mut self, book: &Id) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "SELECT serial, size FROM books WHERE id = ?1";
            let found =
                transaction.query_row(sql, [book], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?)));
            let Some((serial, size)) = found.optional()? else { return Err(error::no_book(book)) };
            if size > 1 {
                return Err(error::append_only());
            }
            erasure::people(transaction, serial, None)?;
            erasure::inbox(transaction, |kept| {
                kept.execute("DELETE FROM temp.kept WHERE book = ?1", [serial])?;
                Ok(())
            })?;
            transaction.execute("DELETE FROM books WHERE serial = ?1", [serial])?;
            Ok(())
        })?;
        self.finish_if_possible();
        Ok(())
    }
}

impl Blobs for Sqlite {
    fn put_blob(&mut self, book: &Id, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
        limits::blob(bytes)?;
        self.write(|transaction| {
            let serial = serial(transaction, book)?;
            put_blob(transaction, serial, hash, bytes)
        })
    }

    fn blob(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql =
            "SELECT bytes FROM blobs WHERE book = (SELECT serial FROM books WHERE id = ?1) AND hash = ?2";
        self.value(sql, params![book, hash])
    }

    fn blob_size(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT length(bytes) FROM blobs
                   WHERE book = (SELECT serial FROM books WHERE id = ?1) AND hash = ?2";
        self.value(sql, params![book, hash])
    }

    fn blobs(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        let sql =
            "SELECT hash FROM blobs WHERE book = (SELECT serial FROM books WHERE id = ?1) ORDER BY hash";
        self.all(sql, [book], |row| row.get(0))
    }
}

fn head(row: &Row<'_>) -> rusqlite::Result<Result<Head, StoreError>> {
    let size = row.get(0)?;
    let root = row.get(1)?;
    let epoch = row.get(2)?;
    let bytes: Vec<u8> = row.get(3)?;
    let checkpoint = row.get(4)?;
    let time = row.get(5)?;
    let head = |frontier| Head { size, root, epoch, frontier, checkpoint, time };
    Ok(crate::batch::frontier(size, &bytes).map(head))
}

fn append(
    transaction: &Transaction<'_>,
    book: &Id,
    expected: Option<&Expected>,
    batch: &Batch,
) -> Result<(), StoreError> {
    let sql = "SELECT serial, size, root, epoch FROM books WHERE id = ?1";
    let found = transaction.prepare_cached(sql)?.query_row([book], |row| {
        Ok((row.get::<_, i64>(0)?, Expected { size: row.get(1)?, root: row.get(2)?, epoch: row.get(3)? }))
    });
    let head = &batch.head;
    let frontier = head.frontier.concat();
    // The transaction is IMMEDIATE: between this comparison and the commit nobody else writes.
    let serial = match (found.optional()?, expected) {
        (None, Some(_)) => return Err(error::no_book(book)),
        (None, None) => {
            let sql = "INSERT INTO books (id, size, root, epoch, frontier, checkpoint, time)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            transaction.prepare_cached(sql)?.insert(params![
                book,
                signed(head.size),
                head.root,
                head.epoch,
                frontier,
                head.checkpoint,
                signed(head.time)
            ])?
        }
        (Some((serial, there)), Some(expected)) if there == *expected => {
            let sql =
                "UPDATE books SET size = ?2, root = ?3, epoch = ?4, frontier = ?5, checkpoint = ?6, time = ?7
                       WHERE serial = ?1";
            transaction.prepare_cached(sql)?.execute(params![
                serial,
                signed(head.size),
                head.root,
                head.epoch,
                frontier,
                head.checkpoint,
                signed(head.time)
            ])?;
            serial
        }
        (Some((_, there)), _) => return Err(StoreError::HeadMoved { size: there.size }),
    };
    if let Some(given) = &batch.clerk_seed {
        super::private::set_seed(transaction, serial, given.epoch, &given.seed)?;
    }
    entries(transaction, serial, head.size - batch.entries.len() as u64, batch)?;
    for (hash, bytes) in &batch.blobs {
        put_blob(transaction, serial, hash, bytes)?;
    }
    super::bodies::store_and_erase(transaction, serial, batch)?;
    super::inbox::take(transaction, serial, batch.take.iter().map(|(box_, key)| (box_.as_str(), &key[..])))?;
    if let Some(snapshot) = &batch.snapshot {
        snapshots::put(transaction, serial, snapshot)?;
    }
    for person in &batch.people {
        super::private::put_person(transaction, serial, person)?;
    }
    Ok(())
}

fn entries(transaction: &Transaction<'_>, serial: i64, from: u64, batch: &Batch) -> Result<(), StoreError> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO entries (book, number, bytes) VALUES (?1, ?2, ?3)")?;
    let mut text = transaction.prepare_cached(
        "INSERT INTO texts (book, hash, number) VALUES (?1, ?2, ?3) ON CONFLICT (book, hash) DO NOTHING",
    )?;
    for (entry, number) in batch.entries.iter().zip(from..) {
        insert.execute(params![serial, signed(number), entry.bytes])?;
        if let Some(hash) = entry.text_hash {
            text.execute(params![serial, hash, signed(number)])?;
        }
    }
    let mut tile = transaction.prepare_cached(
        "INSERT INTO tiles (book, level, place, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (book, level, place) DO UPDATE SET bytes = excluded.bytes",
    )?;
    for row in &batch.tiles {
        tile.execute(params![serial, row.level, signed(row.index), row.bytes])?;
    }
    Ok(())
}

fn put_blob(
    transaction: &Transaction<'_>,
    serial: i64,
    hash: &[u8; 32],
    bytes: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO blobs (book, hash, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (book, hash) DO NOTHING";
    transaction.prepare_cached(sql)?.execute(params![serial, hash, bytes])?;
    Ok(())
}

fn set_final(
    transaction: &Transaction<'_>,
    book: &Id,
    checkpoint: &FinalCheckpoint,
) -> Result<bool, StoreError> {
    let serial = serial(transaction, book)?;
    let there = transaction
        .query_row("SELECT size, root FROM final_checkpoints WHERE book = ?1", [serial], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, [u8; 32]>(1)?))
        })
        .optional()?;
    if let Some((size, root)) = there {
        if size > checkpoint.size {
            return Ok(false);
        }
        if size == checkpoint.size && root != checkpoint.root {
            return Err(error::forked(size));
        }
    }
    let size = signed(checkpoint.size);
    transaction.execute(
        "INSERT INTO final_checkpoints (book, size, root, note) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (book) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note",
        params![serial, size, checkpoint.root, checkpoint.note],
    )?;
    transaction.execute("DELETE FROM cosignatures WHERE book = ?1 AND size < ?2", params![serial, size])?;
    Ok(true)
}
