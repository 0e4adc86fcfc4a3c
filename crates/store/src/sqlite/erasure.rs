//! Erasing from the files, not only from what can be read.
//!
//! `secure_delete` has SQLite overwrite what it deletes. Three places would keep a copy all the same, and each has its
//! answer here:
//!
//! * **The write-ahead log** holds older pages until it is emptied. After an erasure it is checkpointed and truncated; while
//!   a reader holds it, that is pending, which `erasures_pending` remembers.
//! * **Pages that were rearranged.** When SQLite spreads the rows of a full page over two, it leaves the bytes of those that
//!   moved in the first page's free space, where deleting the row does not reach. Rows of `bodies` and `clerk_seeds`
//!   therefore begin with a padding as long as a page, so that what is secret lies on overflow pages, which belong to one
//!   row, never move, and are overwritten when they are freed.
//! * The same in `people`, whose rows are too small and too many to be padded: erasing one empties the table at one
//!   stroke, which overwrites all its pages, and writes the others again.
//!
//! * The same in `inbox`, where ballots and enrolments wait for a short time: taking some out writes the others anew, in the
//!   order of their keys, so that nothing of an order of arrival is left either.
//!
//! Temporary tables live in memory. What a file system or a disk keeps of overwritten blocks is out of reach.

use rusqlite::{Connection, Transaction, params};

use super::Sqlite;
use super::file::PATIENCE;
use crate::StoreError;

/// How long emptying the write-ahead log waits for readers: an append should not.
const SHORT: std::time::Duration = std::time::Duration::from_millis(50);

/// Remembers, in the erasing transaction, that the write-ahead log is to be emptied.
pub(super) fn mark(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("INSERT INTO erasures_pending DEFAULT VALUES", [])?;
    Ok(())
}

/// Erases one person of a book, or (`None`) all.
pub(super) fn people(
    transaction: &Transaction<'_>,
    serial: i64,
    number: Option<i64>,
) -> Result<(), StoreError> {
    transaction.execute(
        "CREATE TEMP TABLE kept AS SELECT * FROM people WHERE NOT (book = ?1 AND number = coalesce(?2, number))",
        params![serial, number],
    )?;
    // Without a condition, a trigger or a reference SQLite clears the table's pages instead of deleting row by row.
    transaction.execute("DELETE FROM main.people", [])?;
    transaction.execute("INSERT INTO main.people SELECT * FROM temp.kept ORDER BY book, number", [])?;
    transaction.execute("DROP TABLE temp.kept", [])?;
    mark(transaction)
}

/// Writes the inbox anew: `thin` deletes from the copy, `temp.kept`, what is not to come back.
pub(super) fn inbox(
    connection: &Connection,
    thin: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.execute_batch(
        "CREATE TEMP TABLE kept (book INTEGER, box TEXT, key BLOB, value BLOB, PRIMARY KEY (book, box, key)) WITHOUT ROWID;
         INSERT INTO temp.kept SELECT * FROM main.inbox",
    )?;
    thin(connection)?;
    // As with `people`: the table's pages are cleared.
    connection.execute("DELETE FROM main.inbox", [])?;
    connection.execute("INSERT INTO main.inbox SELECT * FROM temp.kept ORDER BY book, box, key", [])?;
    connection.execute("DROP TABLE temp.kept", [])?;
    connection.execute("INSERT INTO erasures_pending DEFAULT VALUES", [])?;
    Ok(())
}

impl Sqlite {
    /// The newest mark, if something is pending.
    pub(super) fn pending(&self) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection()?.prepare_cached("SELECT max(mark) FROM erasures_pending")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Empties the write-ahead log if something is pending, and says whether nothing is pending any more.
    pub(super) fn finish(&mut self) -> Result<bool, StoreError> {
        let Some(mark) = self.pending()? else { return Ok(true) };
        if self.read_only {
            return Ok(false);
        }
        let finished = self.empty_log().and_then(|emptied| {
            if emptied {
                // Another writer's later mark stays.
                self.write(|transaction| {
                    transaction.execute("DELETE FROM erasures_pending WHERE mark <= ?1", [mark])?;
                    Ok(())
                })?;
            }
            Ok(emptied)
        });
        match finished {
            Err(StoreError::Busy | StoreError::Full) => Ok(false),
            other => other,
        }
    }

    /// The same after a write that is durable whatever comes of this: what fails stays pending.
    pub(super) fn finish_if_possible(&mut self) {
        let _ = self.finish();
    }

    /// Brings the whole write-ahead log into the database file and truncates it, unless readers hold it.
    fn empty_log(&self) -> Result<bool, StoreError> {
        let connection = self.connection()?;
        connection.busy_timeout(SHORT)?;
        let busy =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>("busy"));
        connection.busy_timeout(PATIENCE)?;
        Ok(busy? == 0)
    }
}
