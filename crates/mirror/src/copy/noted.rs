//! Checkpoints as they are handed around: read, their signatures not yet looked at.

use book::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use book::id::Origin;
use book::key::{Algorithm, PublicKey, Vkey};
use book::note::{Note, Signature};
use council::State;

use super::error::CopyError;

/// So many cosigners are known at most.
const COSIGNERS_LIMIT: usize = 64;
/// A time may lie so many seconds ahead of our clock.
pub(crate) const AHEAD: u64 = 300;

/// A checkpoint of a book, and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) note: Note,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) origin: Origin,
}

impl Noted {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Noted, CheckpointError> {
        let note = Note::parse(bytes).map_err(CheckpointError::Note)?;
        Noted::of(note)
    }

    pub(crate) fn of(note: Note) -> Result<Noted, CheckpointError> {
        let checkpoint = Checkpoint::parse_text(&note.text)?;
        let origin = checkpoint.book_origin().ok_or(CheckpointError::Form)?;
        Ok(Noted { note, checkpoint, origin })
    }

    pub(crate) fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// Verifies it with the clerk's key and those of known cosigners. Lines by nobody known are left out, and so are those of
    /// cosigners who are ahead of our clock, which may come back later, and of those who signed before all was recorded.
    pub(crate) fn verify(
        &self,
        state: &State,
        clerk: &PublicKey,
        known: &[Vkey],
        now: u64,
    ) -> Result<Verified, CopyError> {
        let log = clerk_vkey(self.origin, clerk);
        let signed =
            SignedCheckpoint::open(&self.note.to_bytes(), &log, known).map_err(|error| match error {
                CheckpointError::Unsigned => CopyError::NotTheClerk { epoch: self.origin.epoch },
                other => CopyError::Checkpoint(other),
            })?;
        // Nobody signs before it was recorded what this checkpoint covers; a later state's time says nothing of it.
        let recorded = if state.size() <= self.size() { state.time() } else { 0 };
        let in_time = |name: &str| {
            signed.cosignatures().iter().any(|line| {
                line.name == name
                    && line.time <= now.saturating_add(AHEAD)
                    && line.time.saturating_add(AHEAD) >= recorded
            })
        };
        let (mut lines, mut names) = (Vec::new(), Vec::new());
        for line in &self.note.signatures {
            if line.name == log.name && line.id == log.id() {
                lines.insert(0, line.clone());
            } else if known.iter().any(|key| key.name == line.name && key.id() == line.id)
                && in_time(&line.name)
            {
                names.push(line.name.as_str());
                lines.push(line.clone());
            }
        }
        let is_final = state.policy().is_met(&names);
        Ok(Verified { text: self.note.text.clone(), lines, is_final })
    }
}

/// A checkpoint's verified lines.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    text: String,
    lines: Vec<Signature>,
    /// Whether it has the cosignatures that the policy asks for.
    pub(crate) is_final: bool,
}

impl Verified {
    /// One note with the lines of both, those of `self` first, one for each key.
    pub(crate) fn with(&self, other: Option<&Verified>) -> Note {
        let mut signatures: Vec<Signature> = Vec::new();
        for line in [Some(self), other].into_iter().flatten().flat_map(|one| &one.lines) {
            if !signatures.iter().any(|there| there.name == line.name && there.id == line.id) {
                signatures.push(line.clone());
            }
        }
        Note { text: self.text.clone(), signatures }
    }
}

/// The key of a clerk as a vkey.
pub(crate) fn clerk_vkey(origin: Origin, clerk: &PublicKey) -> Vkey {
    Vkey { name: origin.to_string(), algorithm: Algorithm::Plain, key: clerk.clone() }
}

/// The clerk's key of an epoch.
pub(crate) fn clerk_of(state: &State, epoch: u32) -> Option<&PublicKey> {
    if epoch == state.epoch() { state.clerk() } else { state.retired_clerks().get(epoch as usize) }
}

/// The cosigners whose lines are kept: those of the policy, and of `more` (a mirror that cosigns without being in the policy)
/// those who have no other role or name in the book.
pub(crate) fn cosigners(state: &State, more: &[Vkey]) -> Vec<Vkey> {
    let mut known: Vec<Vkey> = state.policy().cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
    for vkey in more {
        let is_new = !known.iter().any(|other| other.key == vkey.key || other.name == vkey.name);
        if is_new && !state.is_taken(&vkey.key) && vkey.algorithm == Algorithm::Timestamped {
            known.push(vkey.clone());
        }
    }
    known
}

/// The file `vkeys`: the clerk's key, then those of the cosigners.
pub(crate) fn vkeys(state: &State, cosigners: &[Vkey]) -> Option<String> {
    let mut lines = format!("{}\n", clerk_vkey(state.origin(), state.clerk()?));
    for cosigner in cosigners {
        lines.push_str(&format!("{cosigner}\n"));
    }
    Some(lines)
}

/// The cosigners in a file `vkeys`; those that cannot be read are left out.
pub(crate) fn listed(vkeys: &[u8]) -> Vec<Vkey> {
    let lines = String::from_utf8_lossy(vkeys);
    lines.lines().skip(1).take(COSIGNERS_LIMIT).filter_map(|line| Vkey::parse(line).ok()).collect()
}
