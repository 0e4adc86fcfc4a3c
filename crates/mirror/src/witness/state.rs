//! The witness's memory: one note per origin, the newest that it cosigned.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use book::checkpoint::Checkpoint;
use book::hash::Hash;
use book::key::Vkey;
use book::note::{NOTE_LIMIT, Note};

use super::{Cosigned, StateError, WitnessState};
use crate::durable;

/// State in memory, lost when dropped: for tests, and for a witness inside another program's transaction.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    cosigned: BTreeMap<String, Cosigned>,
    /// What [`WitnessState::keep_fork`] was given first, by origin.
    pub forks: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
}

impl WitnessState for MemoryState {
    fn cosigned(&mut self, origin: &str) -> Result<Option<Cosigned>, StateError> {
        Ok(self.cosigned.get(origin).cloned())
    }

    fn advance(&mut self, old: Option<&Cosigned>, new: &Cosigned) -> Result<(), StateError> {
        if self.cosigned.get(&new.checkpoint.origin) != old {
            return Err(StateError::Changed);
        }
        self.cosigned.insert(new.checkpoint.origin.clone(), new.clone());
        Ok(())
    }

    fn keep_fork(&mut self, held: &Cosigned, other: &[u8]) {
        let origin = held.checkpoint.origin.clone();
        self.forks.entry(origin).or_insert_with(|| (held.note.clone(), other.to_vec()));
    }
}

/// State in a folder of its own: `lock`, and `<hex SHA-256 of the origin>` for each log, a note that anybody can read. Each is
/// signed by the witness itself, so damage shows. The folder must never be brought back from a backup: the witness would
/// forget what it signed.
pub struct WitnessFiles {
    folder: PathBuf,
    vkey: Vkey,
    _lock: File,
}

impl WitnessFiles {
    /// Opens or makes the folder for the witness with this key. One process at a time.
    pub fn open(folder: &Path, vkey: Vkey) -> Result<WitnessFiles, StateError> {
        let failed = |error: std::io::Error| {
            StateError::Io(format!("{}: {}", folder.display(), durable::cause(&error)))
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = durable::lock(&folder.join("lock")).map_err(failed)?;
        let lock = lock.ok_or_else(|| {
            StateError::Io(format!("{}: another witness is running on this folder", folder.display()))
        })?;
        Ok(WitnessFiles { folder: folder.to_owned(), vkey, _lock: lock })
    }

    fn path(&self, origin: &str) -> PathBuf {
        self.folder.join(Hash::of(origin.as_bytes()).hex())
    }

    /// Reads back what this witness wrote, which its own signature shows.
    fn parse(&self, origin: &str, bytes: Vec<u8>) -> Result<Cosigned, &'static str> {
        let note = Note::parse(&bytes).map_err(|_| "it is no signed note")?;
        let checkpoint = Checkpoint::parse_text(&note.text).map_err(|_| "it is no checkpoint")?;
        if checkpoint.origin != origin {
            return Err("it is a checkpoint of another log");
        }
        let mut own =
            note.signatures.iter().filter(|line| line.name == self.vkey.name && line.id == self.vkey.id());
        let time = own.find_map(|line| line.is_timestamped_by(&self.vkey.key, &note.text));
        let time = time.ok_or("it is not signed by this witness's key")?;
        Ok(Cosigned { checkpoint, time, note: bytes })
    }

    fn load(&self, origin: &str) -> Result<Option<Cosigned>, StateError> {
        let path = self.path(origin);
        let damaged =
            |reason: &str| StateError::Damaged { file: path.display().to_string(), reason: reason.into() };
        let bytes = durable::read(&path, NOTE_LIMIT).map_err(|error| damaged(&durable::cause(&error)))?;
        bytes.map(|bytes| self.parse(origin, bytes).map_err(damaged)).transpose()
    }
}

impl WitnessState for WitnessFiles {
    fn cosigned(&mut self, origin: &str) -> Result<Option<Cosigned>, StateError> {
        self.load(origin)
    }

    fn advance(&mut self, old: Option<&Cosigned>, new: &Cosigned) -> Result<(), StateError> {
        let origin = &new.checkpoint.origin;
        if self.load(origin)?.as_ref() != old {
            return Err(StateError::Changed);
        }
        let path = self.path(origin);
        let beside = path.with_extension("new");
        durable::replace(&path, &beside, &new.note)
            .map_err(|error| StateError::Io(format!("{}: {}", path.display(), durable::cause(&error))))
    }

    fn keep_fork(&mut self, held: &Cosigned, other: &[u8]) {
        // The answer does not depend on it, so a disk that fails here is not spoken of.
        let base = self.path(&held.checkpoint.origin);
        if base.with_extension("fork-2").exists() {
            return;
        }
        for (ending, note) in [("fork-1", held.note.as_slice()), ("fork-2", other)] {
            let _ = durable::replace(&base.with_extension(ending), &base.with_extension("new"), note);
        }
    }
}
