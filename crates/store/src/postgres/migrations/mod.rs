//! How a database comes to today's schema: a list of steps, in order. A released step never changes.

mod schema_1;
mod schema_2;

use postgres::{Client, GenericClient, Transaction};

use crate::StoreError;

/// Leads from the version before to the one of its place in the list, counted from 1.
type Step = fn(&mut Transaction<'_>) -> Result<(), StoreError>;

/// All steps. A new one is a file beside this and a line here.
const STEPS: &[Step] = &[schema_1::step, schema_2::step];

/// The schema that this program works with.
pub(super) const KNOWN: u32 = STEPS.len() as u32;

/// Keeps two programs from migrating at the same time: `cabi` in ASCII.
const LOCK: i64 = 0x6361_6269;

/// The version of the schema; 0 where there is none.
pub(super) fn version(client: &mut impl GenericClient) -> Result<u32, StoreError> {
    let sql = "SELECT to_regclass('cabildo_schema') IS NOT NULL";
    if !client.query_one(sql, &[])?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let version: i64 = client.query_one("SELECT version FROM cabildo_schema", &[])?.try_get(0)?;
    match u32::try_from(version) {
        Ok(version) if version > 0 => Ok(version),
        _ => Err(StoreError::Corrupt(format!("its schema has the version {version}"))),
    }
}

/// Brings the database to [`KNOWN`], in one transaction, and says which version it had.
pub(super) fn run(client: &mut Client) -> Result<u32, StoreError> {
    steps(client, STEPS)
}

fn steps(client: &mut Client, steps: &[Step]) -> Result<u32, StoreError> {
    let known = steps.len() as u32;
    let mut transaction = client.transaction()?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    let found = version(&mut transaction)?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in &steps[found as usize..] {
        step(&mut transaction)?;
    }
    if found == 0 {
        transaction.batch_execute(
            "CREATE TABLE cabildo_schema (version BIGINT NOT NULL);
             INSERT INTO cabildo_schema (version) VALUES (0)",
        )?;
    }
    transaction.execute("UPDATE cabildo_schema SET version = $1", &[&i64::from(known)])?;
    transaction.commit()?;
    Ok(found)
}
