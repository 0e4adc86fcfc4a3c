//! How a database comes to today's schema: a list of steps, in order. A released step never changes.

mod schema_1;
mod schema_2;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::StoreError;

/// Says that a file is Cabildo's: `cabi` in ASCII, in the place that SQLite's file format has for it.
pub(super) const APPLICATION_ID: i32 = 0x6361_6269;

/// Leads from the version before to the one of its place in the list, counted from 1.
type Step = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// All steps. A new one is a file beside this and a line here.
const STEPS: &[Step] = &[schema_1::step, schema_2::step];

/// The schema that this program works with.
pub(super) const KNOWN: u32 = STEPS.len() as u32;

/// The version of the schema; 0 for a blank database. Refuses what is not ours.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match u32::try_from(version) {
        Ok(0) if application == 0 && tables == 0 => Ok(0),
        Ok(version) if application == APPLICATION_ID && version > 0 => Ok(version),
        _ => Err(StoreError::Foreign("it is a database of another program".into())),
    }
}

/// Brings the database to [`KNOWN`], in one transaction, and says which version it had.
pub(super) fn run(connection: &mut Connection) -> Result<u32, StoreError> {
    steps(connection, STEPS)
}

fn steps(connection: &mut Connection, steps: &[Step]) -> Result<u32, StoreError> {
    let known = steps.len() as u32;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in &steps[found as usize..] {
        step(&transaction)?;
    }
    if found < known {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known)?;
    }
    transaction.commit()?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(transaction: &Transaction<'_>) -> Result<(), StoreError> {
        Ok(transaction.execute_batch("CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7)")?)
    }

    fn second(transaction: &Transaction<'_>) -> Result<(), StoreError> {
        Ok(transaction.execute_batch("ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1")?)
    }

    fn broken(transaction: &Transaction<'_>) -> Result<(), StoreError> {
        Ok(transaction.execute_batch("CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)")?)
    }

    fn sum(connection: &Connection) -> i64 {
        connection.query_row("SELECT x + y FROM a", [], |row| row.get(0)).expect("migrated")
    }

    #[test]
    fn each_step_is_made_once() {
        let mut connection = Connection::open_in_memory().expect("memory");
        assert_eq!(steps(&mut connection, &[first]), Ok(0));
        assert_eq!(version(&connection), Ok(1));
        assert_eq!(steps(&mut connection, &[first, second]), Ok(1));
        assert_eq!(sum(&connection), 15);
        assert_eq!(steps(&mut connection, &[first, second]), Ok(2));
        assert_eq!(sum(&connection), 15);
    }

    #[test]
    fn a_step_that_fails_leaves_the_database_as_it_was() {
        let mut connection = Connection::open_in_memory().expect("memory");
        assert_eq!(steps(&mut connection, &[first]), Ok(0));
        assert!(steps(&mut connection, &[first, second, broken]).is_err());
        assert_eq!(version(&connection), Ok(1));
        assert!(connection.prepare("SELECT y FROM a").is_err());
        assert!(connection.prepare("SELECT x FROM b").is_err());
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let mut connection = Connection::open_in_memory().expect("memory");
        assert_eq!(steps(&mut connection, &[first, second]), Ok(0));
        let refusal = steps(&mut connection, &[first]);
        assert_eq!(refusal, Err(StoreError::TooNew { found: 2, known: 1 }));
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch("CREATE TABLE songs (name TEXT)").expect("created");
        assert!(matches!(version(&connection), Err(StoreError::Foreign(_))));
        connection.pragma_update(None, "application_id", 0x0f05_5112).expect("set");
        connection.pragma_update(None, "user_version", 1).expect("set");
        assert!(matches!(version(&connection), Err(StoreError::Foreign(_))));
    }
}
