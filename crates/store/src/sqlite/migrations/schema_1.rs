//! From nothing to schema 1.

use rusqlite::Transaction;

use crate::StoreError;

pub(super) fn step(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(transaction.execute_batch(include_str!("schema-1.sql"))?)
}
