//! Heads, entries, tiles, cosignatures, blobs.

use postgres::types::ToSql;

use super::{Postgres, Work, epoch, erasure, hash, number, signed};
use crate::{
    Batch, Blobs, Books, Cosignature, Expected, FinalCheckpoint, Head, Id, NewEntry, StoreError, error,
    limits,
};

/// Bytes of entries that one statement stores.
const STATEMENT: usize = 1 << 23;

impl Books for Postgres {
    fn books(&mut self) -> Result<Vec<Id>, StoreError> {
        let rows = self.all("SELECT id FROM cabildo_books ORDER BY id", &[])?;
        rows.iter().map(|row| hash(row, 0)).collect()
    }

    fn head(&mut self, book: &Id) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT size, root, epoch, frontier, checkpoint, time FROM cabildo_books WHERE id = $1";
        let Some(row) = self.first(sql, &[book])? else { return Ok(None) };
        let size = number(&row, 0)?;
        Ok(Some(Head {
            size,
            root: hash(&row, 1)?,
            epoch: epoch(&row, 2)?,
            frontier: crate::batch::frontier(size, row.try_get(3)?)?,
            checkpoint: row.try_get(4)?,
            time: number(&row, 5)?,
        }))
    }

    fn append(&mut self, book: &Id, expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError> {
        limits::batch(expected, batch)?;
        self.write(|work| append(work, book, expected, batch))?;
        self.finish_if_possible();
        Ok(())
    }

    fn entries(&mut self, book: &Id, from: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT number, bytes FROM
                       (SELECT number, bytes, sum(length(bytes)) OVER (ORDER BY number) AS total
                        FROM cabildo_entries
                        WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1)
                            AND number >= $2 AND number < $3) AS range
                   WHERE total <= $4 ORDER BY number";
        let to = from.saturating_add(count.min(limits::READ_ENTRIES));
        let rows = self.all(sql, &[book, &signed(from), &signed(to), &(limits::READ as i64)])?;
        let mut entries = Vec::with_capacity(rows.len());
        for (row, expected) in rows.iter().zip(from..) {
            if number(row, 0)? != expected {
                return Err(error::gap(expected));
            }
            entries.push(row.try_get(1)?);
        }
        Ok(entries)
    }

    fn entry_by_text(&mut self, book: &Id, text_hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT number FROM cabildo_texts
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND hash = $2";
        self.first(sql, &[book, text_hash])?.map(|row| number(&row, 0)).transpose()
    }

    fn tile(&mut self, book: &Id, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM cabildo_tiles
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND level = $2 AND place = $3";
        let row = self.first(sql, &[book, &i16::from(level), &signed(index)])?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    fn add_cosignatures(
        &mut self,
        book: &Id,
        size: u64,
        root: &[u8; 32],
        lines: &[Cosignature],
    ) -> Result<(), StoreError> {
        limits::cosignatures(size, lines)?;
        self.write(|work| {
            let serial = work.serial(book)?;
            for one in lines {
                let sql = "INSERT INTO cabildo_cosignatures (book, size, root, name, line)
                           VALUES ($1, $2, $3, $4, $5)
                           ON CONFLICT (book, size, root, name) DO UPDATE SET line = excluded.line";
                work.execute(sql, &[&serial, &signed(size), root, &one.name, &one.line])?;
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
        let sql = "SELECT name, line FROM cabildo_cosignatures
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND size = $2 AND root = $3
                   ORDER BY name";
        let rows = self.all(sql, &[book, &signed(size), root])?;
        rows.iter().map(|row| Ok(Cosignature { name: row.try_get(0)?, line: row.try_get(1)? })).collect()
    }

    fn final_checkpoint(&mut self, book: &Id) -> Result<Option<FinalCheckpoint>, StoreError> {
        let sql = "SELECT size, root, note FROM cabildo_final_checkpoints
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1)";
        let Some(row) = self.first(sql, &[book])? else { return Ok(None) };
        Ok(Some(FinalCheckpoint { size: number(&row, 0)?, root: hash(&row, 1)?, note: row.try_get(2)? }))
    }

    fn set_final_checkpoint(&mut self, book: &Id, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError> {
        limits::final_checkpoint(checkpoint)?;
        self.write(|work| set_final(work, book, checkpoint))
    }

    fn remove(&mut self, book: &Id) -> Result<(), StoreError> {
        self.write(|work| {
            let sql = "SELECT serial, size FROM cabildo_books WHERE id = $1 FOR UPDATE";
            let Some(row) = work.first(sql, &[book])? else { return Err(error::no_book(book)) };
            if number(&row, 1)? > 1 {
                return Err(error::append_only());
            }
            work.execute("DELETE FROM cabildo_books WHERE serial = $1", &[&row.try_get::<_, i64>(0)?])?;
            for place in [&erasure::BODIES, &erasure::PEOPLE, &erasure::SEEDS, &erasure::INBOX] {
                erasure::mark(work, place)?;
            }
            Ok(())
        })?;
        self.finish_if_possible();
        Ok(())
    }
}

impl Blobs for Postgres {
    fn put_blob(&mut self, book: &Id, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
        limits::blob(bytes)?;
        self.write(|work| {
            let serial = work.serial(book)?;
            put_blob(work, serial, hash, bytes)
        })
    }

    fn blob(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM cabildo_blobs
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND hash = $2";
        Ok(self.first(sql, &[book, hash])?.map(|row| row.try_get(0)).transpose()?)
    }

    fn blob_size(&mut self, book: &Id, hash: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT octet_length(bytes)::bigint FROM cabildo_blobs
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) AND hash = $2";
        self.first(sql, &[book, hash])?.map(|row| number(&row, 0)).transpose()
    }

    fn blobs(&mut self, book: &Id) -> Result<Vec<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM cabildo_blobs
                   WHERE book = (SELECT serial FROM cabildo_books WHERE id = $1) ORDER BY hash";
        self.all(sql, &[book])?.iter().map(|row| hash(row, 0)).collect()
    }
}

fn append(
    work: &mut Work<'_>,
    book: &Id,
    expected: Option<&Expected>,
    batch: &Batch,
) -> Result<(), StoreError> {
    let serial = match expected {
        None => found(work, book, &batch.head)?,
        Some(expected) => set_head(work, book, expected, &batch.head)?,
    };
    if let Some(given) = &batch.clerk_seed {
        super::private::set_seed(work, serial, given.epoch, &given.seed)?;
    }
    entries(work, serial, batch.head.size - batch.entries.len() as u64, &batch.entries)?;
    for row in &batch.tiles {
        let sql = "INSERT INTO cabildo_tiles (book, level, place, bytes) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (book, level, place) DO UPDATE SET bytes = excluded.bytes";
        work.execute(sql, &[&serial, &i16::from(row.level), &signed(row.index), &row.bytes])?;
    }
    for (hash, bytes) in &batch.blobs {
        put_blob(work, serial, hash, bytes)?;
    }
    super::bodies::store_and_erase(work, serial, batch)?;
    super::inbox::take(work, serial, batch.take.iter().map(|(box_, key)| (box_.as_str(), &key[..])))?;
    if let Some(snapshot) = &batch.snapshot {
        super::snapshots::put(work, serial, snapshot)?;
    }
    for person in &batch.people {
        super::private::put_person(work, serial, person)?;
    }
    Ok(())
}

/// A new book. Of two that are founded at the same time the second waits here, and is told.
fn found(work: &mut Work<'_>, book: &Id, head: &Head) -> Result<i64, StoreError> {
    let sql = "INSERT INTO cabildo_books (id, size, root, epoch, frontier, checkpoint, time)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING serial";
    let (size, epoch, frontier) = (signed(head.size), i64::from(head.epoch), head.frontier.concat());
    let time = signed(head.time);
    match work.first(sql, &[book, &size, &head.root, &epoch, &frontier, &head.checkpoint, &time])? {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(moved(work, book)?),
    }
}

/// The comparison and the new head in one statement; other writers of this book wait until the transaction ends.
fn set_head(work: &mut Work<'_>, book: &Id, expected: &Expected, head: &Head) -> Result<i64, StoreError> {
    let sql = "UPDATE cabildo_books
               SET size = $2, root = $3, epoch = $4, frontier = $5, checkpoint = $6, time = $7
               WHERE id = $1 AND size = $8 AND root = $9 AND epoch = $10 RETURNING serial";
    let params: [&(dyn ToSql + Sync); 10] = [
        book,
        &signed(head.size),
        &head.root,
        &i64::from(head.epoch),
        &head.frontier.concat(),
        &head.checkpoint,
        &signed(head.time),
        &signed(expected.size),
        &expected.root,
        &i64::from(expected.epoch),
    ];
    match work.first(sql, &params)? {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(moved(work, book)?),
    }
}

/// Why a head is not the expected one.
fn moved(work: &mut Work<'_>, book: &Id) -> Result<StoreError, StoreError> {
    match work.first("SELECT size FROM cabildo_books WHERE id = $1", &[book])? {
        Some(row) => Ok(StoreError::HeadMoved { size: number(&row, 0)? }),
        None => Ok(error::no_book(book)),
    }
}

fn entries(work: &mut Work<'_>, serial: i64, from: u64, entries: &[NewEntry]) -> Result<(), StoreError> {
    let (mut rest, mut from) = (entries, from);
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |entry: &&NewEntry| {
            bytes += entry.bytes.len();
            bytes <= STATEMENT
        };
        // One always fits.
        let (some, others) = rest.split_at(rest.iter().take_while(fits).count());
        let numbers: Vec<i64> = (from..).take(some.len()).map(signed).collect();
        let bytes: Vec<&[u8]> = some.iter().map(|entry| &entry.bytes[..]).collect();
        let sql = "INSERT INTO cabildo_entries (book, number, bytes)
                   SELECT $1, number, bytes FROM unnest($2::BIGINT[], $3::BYTEA[]) AS new (number, bytes)";
        work.execute(sql, &[&serial, &numbers, &bytes])?;
        let texts = some.iter().zip(&numbers);
        let texts = texts.filter_map(|(entry, number)| Some((&entry.text_hash.as_ref()?[..], *number)));
        let (hashes, numbers): (Vec<&[u8]>, Vec<i64>) = texts.unzip();
        let sql = "INSERT INTO cabildo_texts (book, hash, number)
                   SELECT $1, hash, min(number) FROM unnest($2::BYTEA[], $3::BIGINT[]) AS new (hash, number)
                   GROUP BY hash
                   ON CONFLICT (book, hash) DO NOTHING";
        work.execute(sql, &[&serial, &hashes, &numbers])?;
        from += some.len() as u64;
        rest = others;
    }
    Ok(())
}

fn put_blob(work: &mut Work<'_>, serial: i64, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO cabildo_blobs (book, hash, bytes) VALUES ($1, $2, $3)
               ON CONFLICT (book, hash) DO NOTHING";
    work.execute(sql, &[&serial, hash, &bytes])?;
    Ok(())
}

fn set_final(work: &mut Work<'_>, book: &Id, checkpoint: &FinalCheckpoint) -> Result<bool, StoreError> {
    let serial = work.serial(book)?;
    let sql = "SELECT size, root FROM cabildo_final_checkpoints WHERE book = $1";
    if let Some(row) = work.first(sql, &[&serial])? {
        let size = number(&row, 0)?;
        if size > checkpoint.size {
            return Ok(false);
        }
        if size == checkpoint.size && hash(&row, 1)? != checkpoint.root {
            return Err(error::forked(size));
        }
    }
    let size = signed(checkpoint.size);
    let sql = "INSERT INTO cabildo_final_checkpoints (book, size, root, note) VALUES ($1, $2, $3, $4)
               ON CONFLICT (book)
               DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note";
    work.execute(sql, &[&serial, &size, &checkpoint.root, &checkpoint.note])?;
    work.execute("DELETE FROM cabildo_cosignatures WHERE book = $1 AND size < $2", &[&serial, &size])?;
    Ok(true)
}
