//! Writing an archive, event by event.

use std::io::{self, Write};

use super::event::{Event, EventType, Header, Owned, SetupData, SizedTally};
use super::reader::Head;
use super::tar;
use crate::hash::Hash;
use crate::json::{self, Natural};

/// Appends events to an archive. The order of events is the caller's business; the audit judges it.
pub struct ArchiveWriter<W> {
    output: W,
    mtime: u64,
    parent: Option<Hash>,
    height: u64,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive whose members all carry this time, in Unix seconds.
    pub fn begin(output: W, timestamp: u64) -> io::Result<ArchiveWriter<W>> {
        let mut writer = ArchiveWriter { output, mtime: timestamp, parent: None, height: 0 };
        let header = Header { version: 1, timestamp: timestamp.to_string() };
        writer.member("BELENIOS", json::to_string(&header).as_bytes())?;
        Ok(writer)
    }

    /// Goes on with an archive that was read before: `output` stands at its end.
    pub fn resume(output: W, head: Head) -> ArchiveWriter<W> {
        ArchiveWriter { output, mtime: head.timestamp, parent: head.parent, height: head.height }
    }

    /// Fixes the election, its trustees and its credentials; answers with the hash of the payload.
    pub fn setup(&mut self, election: &[u8], trustees: &[u8], credentials: &[u8]) -> io::Result<Hash> {
        let setup = SetupData::of(election, trustees, credentials);
        for content in [election, trustees, credentials] {
            self.data(content)?;
        }
        self.payload_event(EventType::Setup, json::to_string(&setup).as_bytes())
    }

    /// Casts a ballot.
    pub fn ballot(&mut self, ballot: &[u8]) -> io::Result<Hash> {
        self.payload_event(EventType::Ballot, ballot)
    }

    /// Ends the ballots.
    pub fn end_ballots(&mut self) -> io::Result<()> {
        self.event(EventType::EndBallots, None)
    }

    /// Records the encrypted tally, how many ballots it holds and their weight.
    pub fn encrypted_tally(&mut self, tally: &[u8], num_tallied: u64, total_weight: u64) -> io::Result<Hash> {
        let encrypted_tally = self.data(tally)?;
        let sized = SizedTally { num_tallied, total_weight: Natural(total_weight), encrypted_tally };
        self.payload_event(EventType::EncryptedTally, json::to_string(&sized).as_bytes())
    }

    /// Records a trustee's shuffle.
    pub fn shuffle(&mut self, owner: usize, shuffle: &[u8]) -> io::Result<Hash> {
        self.owned(EventType::Shuffle, owner, shuffle)
    }

    /// Ends the shuffles.
    pub fn end_shuffles(&mut self) -> io::Result<()> {
        self.event(EventType::EndShuffles, None)
    }

    /// Records a trustee's partial decryption.
    pub fn partial_decryption(&mut self, owner: usize, decryption: &[u8]) -> io::Result<Hash> {
        self.owned(EventType::PartialDecryption, owner, decryption)
    }

    /// Records the result.
    pub fn result(&mut self, result: &[u8]) -> io::Result<Hash> {
        self.payload_event(EventType::Result, result)
    }

    /// Flushes and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn owned(&mut self, r#type: EventType, owner: usize, object: &[u8]) -> io::Result<Hash> {
        let owned = Owned { owner, payload: self.data(object)? };
        self.payload_event(r#type, json::to_string(&owned).as_bytes())
    }

    fn payload_event(&mut self, r#type: EventType, payload: &[u8]) -> io::Result<Hash> {
        let hash = self.data(payload)?;
        self.event(r#type, Some(hash))?;
        Ok(hash)
    }

    fn event(&mut self, r#type: EventType, payload: Option<Hash>) -> io::Result<()> {
        let event = Event { parent: self.parent, height: self.height, r#type, payload };
        let bytes = json::to_string(&event);
        let hash = Hash::of(bytes.as_bytes());
        self.member(&format!("{hash}.event.json"), bytes.as_bytes())?;
        self.parent = Some(hash);
        self.height += 1;
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<Hash> {
        let hash = Hash::of(bytes);
        self.member(&format!("{hash}.data.json"), bytes)?;
        Ok(hash)
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64;
        let header = tar::header(name, size, self.mtime);
        let header = header.ok_or_else(|| io::Error::other(format!("{name} is too large for an archive")))?;
        self.output.write_all(&header)?;
        self.output.write_all(bytes)?;
        self.output.write_all(&[0; tar::BLOCK][..tar::padding(size)])
    }
}
