//! How large things may be, and the checks that every store makes before it writes.

use crate::{Batch, Cosignature, Expected, FinalCheckpoint, Person, Snapshot, Standing, StoreError};

/// Entries in a book.
pub const MAX_SIZE: u64 = 1 << 48;
/// Bytes of an entry.
pub const ENTRY: usize = 65_535;
/// Bytes of a tile: 256 hashes.
pub const TILE: usize = 256 * 32;
/// Levels of tiles: the tree over [`MAX_SIZE`] entries has no more.
pub const LEVELS: u8 = 6;
/// Bytes of a checkpoint with all its lines.
pub const CHECKPOINT: usize = 1 << 20;
/// Bytes of a blob.
pub const BLOB: usize = 1 << 28;
/// Bytes of a private body.
pub const BODY: usize = 1 << 24;
/// Bytes of a snapshot.
pub const SNAPSHOT: usize = 1 << 28;
/// Snapshots of a book that are kept.
pub const SNAPSHOTS: usize = 3;
/// Bytes of a cosigner's name, of a person's name, of a setting's key.
pub const NAME: usize = 1 << 10;
/// Bytes of a signature line.
pub const LINE: usize = 1 << 14;
/// Bytes of a person's contact columns, of a setting's value.
pub const TEXT: usize = 1 << 20;
/// Bytes of a key in the inbox.
pub const KEY: usize = 256;
/// Bytes of a thing in the inbox.
pub const THING: usize = 1 << 21;
/// Seconds: what a JSON number holds exactly.
pub const TIME: u64 = 1 << 53;
/// A member's number: what a JSON number holds exactly.
pub const NUMBER: u64 = 1 << 53;
/// Bytes that one call of [`Books::entries`](crate::Books::entries) gives: 256 entries of the largest size and as much
/// again.
pub const READ: usize = 2 * 256 * (ENTRY + 1);
/// Entries that one call of [`Books::entries`](crate::Books::entries) gives.
pub const READ_ENTRIES: u64 = 1 << 16;

fn refused<T>(why: String) -> Result<T, StoreError> {
    Err(StoreError::Refused(why))
}

/// Refuses what has more than `limit` bytes.
fn at_most(what: &str, bytes: usize, limit: usize) -> Result<(), StoreError> {
    if bytes > limit { refused(format!("{what} has {bytes} bytes, {limit} are allowed")) } else { Ok(()) }
}

fn below(what: &str, number: u64, limit: u64) -> Result<(), StoreError> {
    if number > limit { refused(format!("{what} is {number}, {limit} is the largest")) } else { Ok(()) }
}

/// Whether the batch adds up and keeps the limits.
pub(crate) fn batch(expected: Option<&Expected>, batch: &Batch) -> Result<(), StoreError> {
    let head = &batch.head;
    size(head.size)?;
    time(head.time)?;
    let before = expected.map_or(0, |head| head.size);
    if before.checked_add(batch.entries.len() as u64) != Some(head.size) {
        let (count, after) = (batch.entries.len(), head.size);
        return refused(format!("{before} entries and {count} new ones are not the {after} of the new head"));
    }
    if head.frontier.len() as u32 != head.size.count_ones() {
        let (hashes, size) = (head.frontier.len(), head.size);
        return refused(format!("a frontier of {hashes} hashes does not belong to {size} entries"));
    }
    if expected.is_some_and(|before| before.epoch > head.epoch) {
        return refused("the new head's epoch is an earlier one".into());
    }
    at_most("the checkpoint", head.checkpoint.len(), CHECKPOINT)?;
    for entry in &batch.entries {
        at_most("an entry", entry.bytes.len(), ENTRY)?;
    }
    for tile in &batch.tiles {
        let whole = tile.bytes.len().is_multiple_of(32) && !tile.bytes.is_empty();
        if !whole || tile.level >= LEVELS || tile.index > MAX_SIZE >> 8 {
            return refused(format!("there is no tile {} of level {}", tile.index, tile.level));
        }
        at_most("a tile", tile.bytes.len(), TILE)?;
    }
    for (_, bytes) in &batch.blobs {
        blob(bytes)?;
    }
    for body in &batch.bodies {
        at_most("a private body", body.bytes.len(), BODY)?;
    }
    if let Some(given) = &batch.snapshot {
        snapshot(given, head.size)?;
    }
    if batch.clerk_seed.as_ref().is_some_and(|seed| seed.epoch != head.epoch) {
        return refused("the clerk's seed is for another epoch than the new head's".into());
    }
    batch.people.iter().try_for_each(person)
}

/// A size of a book.
pub(crate) fn size(size: u64) -> Result<(), StoreError> {
    below("the size", size, MAX_SIZE)
}

/// A blob.
pub(crate) fn blob(bytes: &[u8]) -> Result<(), StoreError> {
    at_most("a blob", bytes.len(), BLOB)
}

/// A snapshot of a book that has `book` entries.
pub(crate) fn snapshot(snapshot: &Snapshot, book: u64) -> Result<(), StoreError> {
    at_most("a snapshot", snapshot.bytes.len(), SNAPSHOT)?;
    if snapshot.size > book {
        return refused(format!("a snapshot after {} entries of a book of {book}", snapshot.size));
    }
    Ok(())
}

/// Cosignatures.
pub(crate) fn cosignatures(of: u64, lines: &[Cosignature]) -> Result<(), StoreError> {
    size(of)?;
    for cosignature in lines {
        text("a cosigner's name", &cosignature.name, NAME)?;
        text("a signature line", &cosignature.line, LINE)?;
    }
    Ok(())
}

/// A final checkpoint.
pub(crate) fn final_checkpoint(checkpoint: &FinalCheckpoint) -> Result<(), StoreError> {
    size(checkpoint.size)?;
    at_most("the checkpoint", checkpoint.note.len(), CHECKPOINT)
}

/// A person.
pub(crate) fn person(person: &Person) -> Result<(), StoreError> {
    below("a member's number", person.number, NUMBER)?;
    text("a person's name", &person.name, NAME)?;
    text("a person's contact", &person.contact, TEXT)
}

/// A thing for the inbox.
pub(crate) fn thing(box_: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    text("a box's name", box_, NAME)?;
    at_most("a key", key.len(), KEY)?;
    at_most("what is put into a box", value.len(), THING)
}

/// A time.
pub(crate) fn time(time: u64) -> Result<(), StoreError> {
    below("the time", time, TIME)
}

/// A standing.
pub(crate) fn standing(standing: Standing) -> Result<(), StoreError> {
    match standing {
        Standing::Restored { size: of, at } => size(of).and_then(|()| time(at)),
        Standing::Current | Standing::Retired => Ok(()),
    }
}

/// A setting.
pub(crate) fn setting(key: &str, value: Option<&str>) -> Result<(), StoreError> {
    text("a setting's key", key, NAME)?;
    value.map_or(Ok(()), |value| text("a setting's value", value, TEXT))
}

/// A text: PostgreSQL cannot hold the character zero, so no store takes it.
fn text(what: &str, text: &str, limit: usize) -> Result<(), StoreError> {
    if text.contains('\0') {
        return refused(format!("{what} contains the character zero"));
    }
    at_most(what, text.len(), limit)
}
