//! SQLite's errors in our words.

use rusqlite::{Error, ErrorCode};

use crate::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> StoreError {
        let Error::SqliteFailure(failure, _) = &error else {
            // The rest is about values that have another shape than those that we write.
            return StoreError::Corrupt(error.to_string());
        };
        match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            ErrorCode::NotADatabase => StoreError::Foreign("it is no SQLite database".into()),
            ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation => {
                StoreError::Corrupt(error.to_string())
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                StoreError::Refused("this user may not write the database file and its folder".into())
            }
            ErrorCode::TooBig => StoreError::Refused("it is larger than SQLite stores".into()),
            _ => StoreError::Unavailable(error.to_string()),
        }
    }
}
