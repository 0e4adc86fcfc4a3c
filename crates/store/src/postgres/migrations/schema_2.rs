//! From schema 1 to schema 2.

use postgres::Transaction;

use crate::StoreError;

pub(super) fn step(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    Ok(transaction.batch_execute(include_str!("schema-2.sql"))?)
}
