//! Sources in memory that count what they are asked, or misbehave.

use std::collections::BTreeMap;

use book::files::{FilesError, MemoryFiles, PublicFiles};

/// Counts what is read, by path.
pub(crate) struct Counting {
    files: MemoryFiles,
    pub(crate) read: BTreeMap<String, usize>,
}

impl Counting {
    pub(crate) fn new(files: MemoryFiles) -> Counting {
        Counting { files, read: BTreeMap::new() }
    }

    /// How many reads of paths that begin so.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        self.read.iter().filter(|(path, _)| path.starts_with(prefix)).map(|(_, count)| count).sum()
    }
}

impl PublicFiles for Counting {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        *self.read.entry(path.to_owned()).or_default() += 1;
        self.files.read(path, limit)
    }
}

/// What a faulty source does with a file.
type Fault = Box<dyn FnMut(&str, Option<Vec<u8>>) -> Result<Option<Vec<u8>>, FilesError>>;

/// Does something else with some files.
pub(crate) struct Faulty {
    files: MemoryFiles,
    fault: Fault,
}

impl Faulty {
    pub(crate) fn new(
        files: MemoryFiles,
        fault: impl FnMut(&str, Option<Vec<u8>>) -> Result<Option<Vec<u8>>, FilesError> + 'static,
    ) -> Faulty {
        Faulty { files, fault: Box::new(fault) }
    }
}

impl PublicFiles for Faulty {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        let bytes = (self.fault)(path, self.files.read(path, limit)?)?;
        match bytes {
            Some(bytes) if bytes.len() > limit => Err(FilesError::TooLarge { path: path.to_owned(), limit }),
            bytes => Ok(bytes),
        }
    }
}
