//! Reading an archive, event by event, without holding more than one event's payloads.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::event::{Event, EventType, Header, Owned, SetupData, SizedTally};
use super::tar::{self, BLOCK};
use crate::hash::Hash;
use crate::json;

/// The largest payload that is read (a list of 15 million credentials, or a shuffle of a million ballots).
const MAX_PAYLOAD: u64 = 1 << 30;
/// The largest event or header.
const MAX_EVENT: u64 = 64 << 10;
/// The most payloads of one event.
const MAX_PAYLOADS: usize = 5;

/// Why an archive cannot be read on.
#[derive(Debug)]
pub enum ArchiveError {
    /// The input itself failed.
    Input(io::Error),
    /// The first bytes are not those of a Belenios archive.
    NotAnArchive,
    /// The archive is damaged or forged: the check that refuses it, at which byte, and why.
    Broken {
        /// [`crate::checks::ARCHIVE`] or [`crate::checks::EVENTS`].
        check: &'static str,
        /// The event, where one was being read.
        event: Option<u64>,
        /// The object.
        object: String,
        /// The rule that it breaks.
        reason: String,
    },
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveError::Input(error) => write!(f, "{error}"),
            ArchiveError::NotAnArchive => {
                write!(f, "it is not a Belenios archive (its first member is not BELENIOS)")
            }
            ArchiveError::Broken { object, reason, .. } => write!(f, "{object}: {reason}"),
        }
    }
}

impl std::error::Error for ArchiveError {}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        ArchiveError::Input(error)
    }
}

/// A payload as it stands in the archive.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its SHA-256, which is its name.
    pub hash: Hash,
    /// Where its content begins, in bytes.
    pub offset: u64,
}

/// An event with the payloads that belong to it, in the archive's order; the last is the one that the event names.
#[derive(Clone, Debug)]
pub struct Record {
    /// The event.
    pub event: Event,
    /// SHA-256 of the event's file.
    pub hash: Hash,
    /// The payloads.
    pub payloads: Vec<Payload>,
}

/// Reads the records of an archive one after the other.
pub struct Records<R> {
    input: R,
    offset: u64,
    mtime: u64,
    previous: Option<(Hash, u64)>,
    stage: Stage,
}

/// Where an archive ends: what its next event is chained to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The archive's time, in Unix seconds.
    pub timestamp: u64,
    /// SHA-256 of the last event's file; an archive without events has none.
    pub parent: Option<Hash>,
    /// The height of the next event.
    pub height: u64,
}

/// Which events may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Empty,
    Voting,
    Closed,
    Tallied,
    Mixing,
    Mixed,
    Decrypting,
    Done,
}

impl Stage {
    /// The order of an election. Shuffles may be left out as far as this automaton is concerned, for the audit knows whether a
    /// question needs one; once there is one, they must be ended.
    fn after(self, event: EventType) -> Option<Stage> {
        match (self, event) {
            (Stage::Empty, EventType::Setup) => Some(Stage::Voting),
            (Stage::Voting, EventType::Ballot) => Some(Stage::Voting),
            (Stage::Voting, EventType::EndBallots) => Some(Stage::Closed),
            (Stage::Closed, EventType::EncryptedTally) => Some(Stage::Tallied),
            (Stage::Tallied | Stage::Mixing, EventType::Shuffle) => Some(Stage::Mixing),
            (Stage::Tallied | Stage::Mixing, EventType::EndShuffles) => Some(Stage::Mixed),
            (Stage::Tallied | Stage::Mixed | Stage::Decrypting, EventType::PartialDecryption) => {
                Some(Stage::Decrypting)
            }
            (Stage::Decrypting, EventType::Result) => Some(Stage::Done),
            _ => None,
        }
    }
}

struct Member {
    name: String,
    bytes: Vec<u8>,
    offset: u64,
}

impl<R: Read> Records<R> {
    /// Opens an archive; reads its header.
    pub fn open(input: R) -> Result<Records<R>, ArchiveError> {
        let mut records = Records { input, offset: 0, mtime: 0, previous: None, stage: Stage::Empty };
        let member = match records.member(true) {
            Ok(Some(member)) if member.name == "BELENIOS" => member,
            Err(ArchiveError::Input(error)) => return Err(ArchiveError::Input(error)),
            _ => return Err(ArchiveError::NotAnArchive),
        };
        let header: Header =
            json::parse(&member.bytes).map_err(|error| records.broken("BELENIOS", error.to_string()))?;
        if header.version != 1 {
            return Err(
                records.broken("BELENIOS", format!("archives of version {} are not known", header.version))
            );
        }
        if header.timestamp != records.mtime.to_string() {
            return Err(records.broken("BELENIOS", "its timestamp is not the members' time".into()));
        }
        Ok(records)
    }

    /// The archive's time, in Unix seconds.
    pub fn timestamp(&self) -> u64 {
        self.mtime
    }

    /// What the event after those read so far is chained to.
    pub fn head(&self) -> Head {
        let (parent, height) = self.previous.map_or((None, 0), |(hash, height)| (Some(hash), height + 1));
        Head { timestamp: self.mtime, parent, height }
    }

    /// How far the archive is read, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    fn broken(&self, object: impl Into<String>, reason: String) -> ArchiveError {
        let event = self.previous.map(|(_, height)| height + 1);
        ArchiveError::Broken { check: crate::checks::ARCHIVE, event, object: object.into(), reason }
    }

    fn out_of_order(&self, object: impl Into<String>, reason: impl Into<String>) -> ArchiveError {
        let event = Some(self.previous.map_or(0, |(_, height)| height + 1));
        ArchiveError::Broken {
            check: crate::checks::EVENTS,
            event,
            object: object.into(),
            reason: reason.into(),
        }
    }

    /// The next member, or `None` at the end of the input.
    fn member(&mut self, first: bool) -> Result<Option<Member>, ArchiveError> {
        let mut block = Vec::with_capacity(BLOCK);
        (&mut self.input).take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(None);
        }
        let at = format!("byte {}", self.offset);
        let Ok(block) = <[u8; BLOCK]>::try_from(block) else {
            return Err(self.broken(at, "the archive ends inside a header".into()));
        };
        let Some((name, size, mtime)) = tar::parse(&block) else {
            return Err(self.broken(at, "there is no header in the form that Belenios writes".into()));
        };
        if first {
            self.mtime = mtime;
        } else if mtime != self.mtime {
            return Err(self.broken(name, "its time differs from the archive's".into()));
        }
        let limit = if name.ends_with(".data.json") { MAX_PAYLOAD } else { MAX_EVENT };
        if size > limit {
            return Err(
                self.broken(name, format!("it declares {size} bytes, more than the {limit} that are read"))
            );
        }
        self.offset += BLOCK as u64;
        let offset = self.offset;
        // Grows with what is there, not with what the header declares.
        let mut bytes = Vec::with_capacity(size.min(1 << 16) as usize);
        (&mut self.input).take(size).read_to_end(&mut bytes)?;
        let mut rest = Vec::with_capacity(BLOCK);
        (&mut self.input).take(tar::padding(size) as u64).read_to_end(&mut rest)?;
        if bytes.len() as u64 != size || rest.len() != tar::padding(size) {
            return Err(self.broken(name, "the archive ends inside it".into()));
        }
        if rest.iter().any(|byte| *byte != 0) {
            return Err(self.broken(name, "it is padded with something else than zeros".into()));
        }
        self.offset += size + rest.len() as u64;
        Ok(Some(Member { name, bytes, offset }))
    }

    /// The next event with its payloads, or `None` at the end.
    pub fn next_record(&mut self) -> Result<Option<Record>, ArchiveError> {
        let mut payloads: Vec<Payload> = Vec::new();
        loop {
            let Some(member) = self.member(false)? else {
                return match payloads.first() {
                    None => Ok(None),
                    Some(payload) => {
                        Err(self.broken(payload.hash.to_string(), "no event follows this payload".into()))
                    }
                };
            };
            let hash = Hash::of(&member.bytes);
            if member.name == format!("{hash}.data.json") {
                if payloads.len() == MAX_PAYLOADS {
                    return Err(self.broken(member.name, "no event has as many payloads".into()));
                }
                payloads.push(Payload { bytes: member.bytes, hash, offset: member.offset });
            } else if member.name == format!("{hash}.event.json") {
                return self.record(&member, hash, payloads).map(Some);
            } else {
                return Err(self.broken(member.name, format!("its name is not that of its content, {hash}")));
            }
        }
    }

    fn record(
        &mut self,
        member: &Member,
        hash: Hash,
        payloads: Vec<Payload>,
    ) -> Result<Record, ArchiveError> {
        let event: Event = json::parse(&member.bytes)
            .map_err(|error| self.out_of_order(format!("event {hash}"), error.to_string()))?;
        let expected = self.previous.map_or(0, |(_, height)| height + 1);
        if event.height != expected {
            return Err(self.out_of_order(
                format!("event {hash}"),
                format!("its height is {}, not {expected}", event.height),
            ));
        }
        if event.parent != self.previous.map(|(parent, _)| parent) {
            return Err(self.out_of_order(format!("event {hash}"), "its parent is not the event before it"));
        }
        let stage = self.stage.after(event.r#type);
        let stage = stage.ok_or_else(|| {
            let reason = match self.stage {
                Stage::Done => "nothing comes after the result".to_owned(),
                Stage::Empty => "an archive begins with Setup".to_owned(),
                _ => format!("{:?} does not come at this point of an election", event.r#type),
            };
            self.out_of_order(format!("event {hash}"), reason)
        })?;
        self.check_payloads(&event, &payloads)?;
        self.stage = stage;
        self.previous = Some((hash, event.height));
        Ok(Record { event, hash, payloads })
    }

    /// The members before an event are exactly those that it refers to, in Belenios' order.
    fn check_payloads(&self, event: &Event, payloads: &[Payload]) -> Result<(), ArchiveError> {
        let object = format!("{:?}", event.r#type);
        let wrong = |reason: &str| self.out_of_order(object.clone(), reason);
        let hashes: Vec<Hash> = payloads.iter().map(|payload| payload.hash).collect();
        let named = |hash: Option<Hash>| -> Result<Hash, ArchiveError> {
            hash.ok_or_else(|| wrong("it names no payload"))
        };
        let last = |hash: Hash| -> Result<&[u8], ArchiveError> {
            match payloads.last() {
                Some(payload) if payload.hash == hash => Ok(&payload.bytes),
                _ => Err(wrong("the payload that it names does not stand before it")),
            }
        };
        let expected = match event.r#type {
            EventType::EndBallots | EventType::EndShuffles => {
                if event.payload.is_some() {
                    return Err(wrong("it names a payload and has none"));
                }
                Vec::new()
            }
            EventType::Setup => {
                let name = named(event.payload)?;
                let setup: SetupData = json::parse(last(name)?).map_err(|error| wrong(&error.to_string()))?;
                let certificate = setup.credentials_certificate;
                [setup.election, setup.trustees, setup.credentials]
                    .into_iter()
                    .chain(certificate)
                    .chain([name])
                    .collect()
            }
            EventType::Ballot | EventType::Result => vec![named(event.payload)?],
            EventType::EncryptedTally => {
                let name = named(event.payload)?;
                let sized: SizedTally =
                    json::parse(last(name)?).map_err(|error| wrong(&error.to_string()))?;
                vec![sized.encrypted_tally, name]
            }
            EventType::Shuffle | EventType::PartialDecryption => {
                let name = named(event.payload)?;
                let owned: Owned = json::parse(last(name)?).map_err(|error| wrong(&error.to_string()))?;
                vec![owned.payload, name]
            }
        };
        if hashes == expected {
            Ok(())
        } else {
            Err(wrong("the payloads before it are not those that it refers to, in order"))
        }
    }
}

impl<R: Read + Seek> Records<R> {
    /// Reads a payload a second time, by where it stands; its hash must be the one that it had.
    pub fn again(&mut self, offset: u64, size: usize, hash: &Hash) -> Result<Vec<u8>, ArchiveError> {
        self.input.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; size];
        let read = self.input.read_exact(&mut bytes);
        self.input.seek(SeekFrom::Start(self.offset))?;
        read?;
        if Hash::of(&bytes) != *hash {
            return Err(
                self.broken(format!("{hash}.data.json"), "the file changed while it was being read".into())
            );
        }
        Ok(bytes)
    }
}
