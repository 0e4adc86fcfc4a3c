//! From schema 1 to schema 2.

use rusqlite::Transaction;

use crate::StoreError;

pub(super) fn step(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(transaction.execute_batch(include_str!("schema-2.sql"))?)
}
