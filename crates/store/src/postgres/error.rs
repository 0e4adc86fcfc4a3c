//! PostgreSQL's errors in our words.

use postgres::Error;
use postgres::error::SqlState;

use crate::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> StoreError {
        let Some(answer) = error.as_db_error() else {
            // No answer, or one that has another shape than what we write: what the server did is not known.
            return StoreError::Unavailable(cause(&error));
        };
        let code = answer.code();
        if [SqlState::DISK_FULL, SqlState::OUT_OF_MEMORY].contains(code) {
            StoreError::Full
        } else if [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::TOO_MANY_CONNECTIONS,
        ]
        .contains(code)
        {
            StoreError::Busy
        } else if [SqlState::INVALID_CATALOG_NAME, SqlState::INVALID_SCHEMA_NAME].contains(code) {
            StoreError::Missing(format!("{}: create it first", answer.message()))
        } else if [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        ]
        .contains(code)
        {
            StoreError::Refused(answer.message().to_owned())
        } else if [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN].contains(code)
            || ["22", "23", "XX"].contains(&&code.code()[..2])
        {
            // Tables, values, constraints, pages that are not as we made them.
            StoreError::Corrupt(answer.message().to_owned())
        } else {
            StoreError::Unavailable(answer.message().to_owned())
        }
    }
}

/// The error with what is behind it: the driver's own words say little.
fn cause(error: &Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
