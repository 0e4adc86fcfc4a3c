//! Cosigning what is mirrored, with a key of one's own (C2SP tlog-cosignature). A mirror's cosignature says: as of this time,
//! this is the largest history of the book that I have seen, it goes on from all I cosigned before, and I hold all of it,
//! blobs included.

use std::fmt;

use book::key::{Algorithm, SecretKey, Vkey, is_key_name};
use book::note::Signature;
use book::policy::Policy;
use council::State;

use crate::copy::{CopyError, Mirror, Noted, Watch};
use crate::source::{Address, HandIn};
use crate::witness::cosigning_time;

/// A clerk who moves on while we cosign is followed so often.
const ATTEMPTS: usize = 5;

/// A cosigner: a name and a key that has no other role in the book.
pub struct Cosigner {
    name: String,
    key: SecretKey,
}

impl Cosigner {
    /// A cosigner of this name.
    pub fn new(name: String, key: SecretKey) -> Result<Cosigner, CosignError> {
        if is_key_name(&name) { Ok(Cosigner { name, key }) } else { Err(CosignError::Name(name)) }
    }

    /// What others verify its lines with.
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), algorithm: Algorithm::Timestamped, key: self.key.public() }
    }
}

/// Why nothing was cosigned. One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CosignError {
    /// No key's name.
    Name(String),
    /// Nothing is mirrored yet, or not looked at since the start.
    Nothing,
    /// The key has another role in this book.
    Role,
    /// The policy has this name with another key, or this key under another name.
    Policy {
        /// The policy's cosigner.
        known: String,
    },
    /// What is mirrored is less than what was cosigned, or does not go on from it.
    SetBack {
        /// How many entries were cosigned.
        cosigned: u64,
        /// How many are mirrored.
        held: u64,
    },
    /// The record of what was cosigned cannot be read.
    Damaged(String),
    /// The clock stands behind the last cosignature.
    Clock(String),
    /// The mirror cannot be used.
    Mirror(CopyError),
    /// The clerk cannot be reached or does not take it.
    HandIn(String),
}

impl fmt::Display for CosignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CosignError::Name(name) => {
                write!(f, "a cosigner cannot be called {name:?}: no space, no `+`, at most 255 bytes")
            }
            CosignError::Nothing => f.write_str("there is nothing to cosign: copy the book first"),
            CosignError::Role => f.write_str(
                "the cosigning key is a clerk's or a member's in this book, who cannot be their own witness: make a key of \
                 its own",
            ),
            CosignError::Policy { known } => write!(
                f,
                "the book's policy knows {known}, with this name and another key or with this key and another name: use the \
                 key and the name that the policy has"
            ),
            CosignError::SetBack { cosigned, held } => write!(
                f,
                "{cosigned} entries were cosigned here, and the {held} that are mirrored do not go on from them: the folder \
                 was set back; cosign again under a new key and name"
            ),
            CosignError::Damaged(file) => write!(
                f,
                "the record of what was cosigned ({file}) is damaged, so nothing is cosigned: go on under a new key and name"
            ),
            CosignError::Clock(sentence) | CosignError::HandIn(sentence) => f.write_str(sentence),
            CosignError::Mirror(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CosignError {}

impl From<CopyError> for CosignError {
    fn from(error: CopyError) -> CosignError {
        CosignError::Mirror(error)
    }
}

impl From<String> for CosignError {
    fn from(trouble: String) -> CosignError {
        CosignError::Mirror(CopyError::Own(trouble))
    }
}

/// A checkpoint with our line under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignedBook {
    /// How many entries it covers.
    pub size: u64,
    /// The time of our line: Unix seconds.
    pub time: u64,
    /// Whether it was made now; else it was there already.
    pub is_new: bool,
    /// Whether the book's policy counts it.
    pub counts: bool,
    /// The checkpoint with the clerk's line and ours.
    pub note: Vec<u8>,
}

impl Mirror {
    /// Cosigns what is mirrored. It was made durable before, with every blob; and what is cosigned is durable before it is
    /// given out. [`Mirror::copy`] must have looked at the book since the start.
    pub fn cosign(&mut self, cosigner: &Cosigner, now: u64) -> Result<CosignedBook, CosignError> {
        self.may_go_on()?;
        let (Some(held), Some(loaded)) = (self.held.clone(), &self.loaded) else {
            return Err(CosignError::Nothing);
        };
        let own = cosigner.vkey();
        let counts = has_role(&loaded.state, &own)?;
        let before = self.cosigned(&own)?;
        self.goes_on_from(&held, before.as_ref().map(|(noted, _)| noted))?;
        let is_own = |line: &&Signature| line.name == own.name && line.id == own.id();
        let there = held.note.signatures.iter().find(is_own).cloned();
        let valid = there.and_then(|line| Some((line.is_timestamped_by(&own.key, &held.note.text)?, line)));
        // A line that we do not remember is not one to hand out again: it may be of a folder that was set back.
        let known =
            valid.filter(|_| before.as_ref().is_some_and(|(noted, _)| noted.note.text == held.note.text));
        let is_new = known.is_none();
        let (time, line) = match known {
            Some(known) => known,
            None => {
                let last = before.map(|(_, time)| time);
                let time = cosigning_time(last, now).map_err(CosignError::Clock)?;
                (time, Signature::timestamped(&cosigner.key, &cosigner.name, time, &held.note.text))
            }
        };
        let mut note = held.note.clone();
        note.signatures.retain(|other| !is_own(&other));
        let clerks = note.signatures.iter().filter(|line| line.name == held.origin.to_string()).cloned();
        let signatures = clerks.chain([line.clone()]).collect();
        let released = book::note::Note { text: note.text.clone(), signatures };
        if is_new {
            let epoch = held.origin.epoch;
            self.folder.put_private(&format!("cosigned/{epoch}"), &released.to_bytes())?;
            note.signatures.push(line);
            self.put_line(&own, note)?;
        }
        Ok(CosignedBook { size: held.size(), time, is_new, counts, note: released.to_bytes() })
    }

    /// The newest epoch's largest checkpoint that was cosigned here, and when.
    fn cosigned(&self, own: &Vkey) -> Result<Option<(Noted, u64)>, CosignError> {
        let mut newest: Option<(Noted, u64)> = None;
        for name in self.folder.private_names("cosigned")? {
            let path = format!("cosigned/{name}");
            let Some(bytes) = self.folder.private(&path)? else { continue };
            let damaged = || CosignError::Damaged(path.clone());
            let noted = Noted::parse(&bytes).map_err(|_| damaged())?;
            let lines =
                noted.note.signatures.iter().filter(|line| line.name == own.name && line.id == own.id());
            let time = lines.filter_map(|line| line.is_timestamped_by(&own.key, &noted.note.text)).max();
            // Under another key of ours something else was said; this key has said nothing yet.
            let Some(time) = time else { continue };
            if newest.as_ref().is_none_or(|(other, _)| other.origin.epoch < noted.origin.epoch) {
                newest = Some((noted, time));
            }
        }
        Ok(newest)
    }

    /// That what is held goes on from what was cosigned in its epoch.
    fn goes_on_from(&self, held: &Noted, cosigned: Option<&Noted>) -> Result<(), CosignError> {
        let Some(cosigned) = cosigned else { return Ok(()) };
        let set_back = CosignError::SetBack { cosigned: cosigned.size(), held: held.size() };
        if cosigned.origin.epoch < held.origin.epoch {
            // A new clerk's log: a fresh origin, which copying has tied to the one before.
            return Ok(());
        }
        let same = cosigned.origin == held.origin && cosigned.size() <= held.size();
        if !same || self.root_at(held, cosigned.size())? != cosigned.checkpoint.root {
            return Err(set_back);
        }
        Ok(())
    }
}

/// Whether the policy counts this key; an error if it has another role in the book.
fn has_role(state: &State, own: &Vkey) -> Result<bool, CosignError> {
    let policy: &Policy = state.policy();
    if let Some(known) =
        policy.cosigners().find(|known| known.vkey.key == own.key || known.vkey.name == own.name)
    {
        return if known.vkey == *own {
            Ok(true)
        } else {
            Err(CosignError::Policy { known: known.vkey.name.clone() })
        };
    }
    if state.is_taken(&own.key) { Err(CosignError::Role) } else { Ok(false) }
}

/// Cosigns and hands the cosignature in; where the clerk has moved on meanwhile, fetches that and cosigns again.
pub fn cosign_and_hand_in(
    mirror: &mut Mirror,
    cosigner: &Cosigner,
    address: &mut Address,
    now: u64,
    watch: &mut dyn Watch,
) -> Result<CosignedBook, CosignError> {
    let mut cosigned = mirror.cosign(cosigner, now)?;
    for _ in 0..ATTEMPTS {
        match address.hand_in(&cosigned.note).map_err(|error| CosignError::HandIn(error.to_string()))? {
            HandIn::Taken => return Ok(cosigned),
            HandIn::Declined(words) => return Err(CosignError::HandIn(words)),
            HandIn::Moved { .. } => {
                mirror.copy(address, now, watch)?;
                cosigned = mirror.cosign(cosigner, now)?;
            }
        }
    }
    Err(CosignError::HandIn("the clerk records faster than this mirror can follow; it is tried again".into()))
}
