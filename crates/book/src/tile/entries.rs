//! Entry bundles: entries one after the other, each after its length as two bytes, the larger first.

use std::fmt;

use super::WIDTH;

/// An entry has at most this many bytes.
pub const ENTRY_MAX: usize = u16::MAX as usize;

/// Why bytes are no entry bundle, or entries make none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntriesError {
    /// It ends within an entry or its length.
    Truncated {
        /// Which entry of the bundle, from 0.
        entry: u16,
    },
    /// Bytes follow the last entry.
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// An entry is longer than [`ENTRY_MAX`].
    TooLong {
        /// Which entry of the bundle, from 0.
        entry: usize,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A bundle holds at most 256 entries.
    TooMany,
}

impl fmt::Display for EntriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntriesError::Truncated { entry } => write!(f, "it ends within its entry no. {entry} (from 0)"),
            EntriesError::Trailing { bytes } => write!(f, "{bytes} bytes follow its last entry"),
            EntriesError::TooLong { entry, bytes } => {
                write!(f, "its entry no. {entry} (from 0) has {bytes} bytes, and {ENTRY_MAX} is the most")
            }
            EntriesError::TooMany => write!(f, "it would hold more than {WIDTH} entries"),
        }
    }
}

impl std::error::Error for EntriesError {}

/// Joins up to 256 entries to a bundle.
pub fn encode_entries<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, EntriesError> {
    let mut bundle = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if at as u64 >= WIDTH {
            return Err(EntriesError::TooMany);
        }
        let length = u16::try_from(entry.len())
            .map_err(|_| EntriesError::TooLong { entry: at, bytes: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle of exactly `width`, without copying them.
pub fn decode_entries(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, EntriesError> {
    if u64::from(width) > WIDTH {
        return Err(EntriesError::TooMany);
    }
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bundle;
    for at in 0..width {
        let truncated = EntriesError::Truncated { entry: at };
        let Some((length, after)) = rest.split_first_chunk::<2>() else { return Err(truncated) };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((entry, after)) = after.split_at_checked(length) else { return Err(truncated) };
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(EntriesError::Trailing { bytes: rest.len() }) }
}
