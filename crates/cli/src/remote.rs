//! A book at an address: what is asked of its server.

use std::io::Read;
use std::time::Duration;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::Vkey;
use book::note::{NOTE_LIMIT, Note};
use book::tile::{Tile, WIDTH, decode_entries};
use clerk::{Receipt, Submission};
use serde_json::Value;
use ureq::Agent;

use crate::failure::Failure;
use crate::signed;

/// A server that has a book.
pub struct Remote {
    agent: Agent,
    address: String,
    book: BookId,
}

impl Remote {
    /// The book at `URL` or `URL/book/ID`.
    pub fn new(address: &str, book: BookId) -> Result<Remote, Failure> {
        if !address.starts_with("http://") && !address.starts_with("https://") {
            return Err(Failure::usage(format!(
                "`{address}` is no address: it begins with http:// or https://"
            )));
        }
        let base = address.trim_end_matches('/');
        let path = format!("/book/{book}");
        let address = if base.ends_with(&path) { base.to_owned() } else { format!("{base}{path}") };
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build();
        Ok(Remote { agent: Agent::new_with_config(config), address, book })
    }

    /// The book.
    pub fn book(&self) -> BookId {
        self.book
    }

    fn fails(&self, error: impl std::fmt::Display) -> Failure {
        Failure::usage(format!("{}: {error}", self.address))
    }

    /// A public file; none where there is none.
    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        let mut response =
            self.agent.get(format!("{}/{path}", self.address)).call().map_err(|error| {
                self.fails(format!("there is no answer ({error}): is its server running?"))
            })?;
        let status = response.status().as_u16();
        let bytes = limited(response.body_mut().as_reader(), limit).map_err(|error| self.fails(error))?;
        match status {
            200 => Ok(Some(bytes)),
            404 => Ok(None),
            _ => Err(self.fails(format!("{path}: the server answers {status}"))),
        }
    }

    /// The newest checkpoint, or the newest final one where the book has such.
    pub fn newest_final(&self) -> Result<Checkpoint, Failure> {
        let vkeys =
            self.read("vkeys", NOTE_LIMIT)?.ok_or_else(|| self.fails("there is no such book there"))?;
        let vkeys = String::from_utf8_lossy(&vkeys).into_owned();
        let mut keys = Vec::new();
        for line in vkeys.lines() {
            keys.push(Vkey::parse(line).map_err(|reason| self.fails(format!("vkeys: {reason}")))?);
        }
        let (log, cosigners) = keys.split_first().ok_or_else(|| self.fails("vkeys is empty"))?;
        if Origin::parse(&log.name).map(|origin| origin.book) != Some(self.book) {
            return Err(self.fails("the clerk's key there is of another book"));
        }
        // A final checkpoint of an earlier epoch is signed by an earlier clerk: the newest one then serves.
        for file in ["final", "checkpoint"] {
            let Some(bytes) = self.read(file, NOTE_LIMIT)? else { continue };
            match SignedCheckpoint::open(&bytes, log, cosigners) {
                Ok(signed) => return Ok(signed.checkpoint().clone()),
                Err(_) if file == "final" => {}
                Err(error) => return Err(self.fails(format!("checkpoint: {error}"))),
            }
        }
        Err(self.fails("there is no checkpoint there"))
    }

    /// An entry's bytes, for the eye: nothing is verified. None where the book has fewer.
    pub fn entry(&self, number: u64) -> Result<Option<Vec<u8>>, Failure> {
        let note = self.read("checkpoint", NOTE_LIMIT)?.and_then(|bytes| Note::parse(&bytes).ok());
        let checkpoint = note.and_then(|note| Checkpoint::parse_text(&note.text).ok());
        let size = checkpoint.map_or(0, |checkpoint| checkpoint.size);
        let Some(tile) = Tile::entries(number / WIDTH, size).filter(|_| number < size) else {
            return Ok(None);
        };
        let Some(bundle) = self.read(&tile.path(), tile.max_bytes())? else { return Ok(None) };
        let entries = decode_entries(&bundle, tile.width()).map_err(|error| self.fails(error))?;
        Ok(entries.get((number % WIDTH) as usize).map(|entry| entry.to_vec()))
    }

    /// Hands in what is private: an enrolment or a ballot; the clerk's receipt, which whoever asks verifies.
    pub fn hand_in(&self, uuid: &str, what: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let lost = |error: ureq::Error| {
            self.fails(format!(
                "there is no answer ({error}), and whether it was taken is not known: run the same command again"
            ))
        };
        let mut response = self
            .agent
            .post(format!("{}/elections/{uuid}/{what}", self.address))
            .content_type("text/plain; charset=utf-8")
            .send(body)
            .map_err(lost)?;
        let status = response.status().as_u16();
        let bytes =
            limited(response.body_mut().as_reader(), NOTE_LIMIT).map_err(|error| self.fails(error))?;
        match status {
            200 => Ok(bytes),
            405 => {
                Err(self.fails("it is a copy of the book, and takes nothing: ask for the clerk's address"))
            }
            _ => {
                let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let said = answer["error"].as_str().unwrap_or("it gives no reason");
                let check = answer["check"].as_str().unwrap_or("refused");
                let line = report::printable(format!("{check}: {said}"));
                Err(if (400..500).contains(&status) && status != 429 {
                    Failure::Refused(line)
                } else {
                    self.fails(line)
                })
            }
        }
    }

    /// Hands an entry in. Where no answer comes the same text can be handed in again.
    pub fn submit(&self, submission: &Submission) -> Result<Receipt, Failure> {
        let request = signed::object(submission);
        let lost = |error: ureq::Error| {
            self.fails(format!(
                "there is no answer ({error}), and whether it was recorded is not known: hand the same text in again"
            ))
        };
        let mut response = self
            .agent
            .post(format!("{}/entries", self.address))
            .content_type("application/json")
            .send(request)
            .map_err(lost)?;
        let status = response.status().as_u16();
        let bytes =
            limited(response.body_mut().as_reader(), NOTE_LIMIT).map_err(|error| self.fails(error))?;
        if status == 405 {
            return Err(
                self.fails("it is a copy of the book, and records nothing: ask for the clerk's address")
            );
        }
        let answer: Value = serde_json::from_slice(&bytes)
            .map_err(|_| self.fails(format!("it answers {status} and nothing that can be read")))?;
        if status != 200 {
            let said = answer["error"].as_str().unwrap_or("it gives no reason");
            let check = answer["check"].as_str().unwrap_or("refused");
            let line = report::printable(format!("{check}: {said}"));
            return Err(if (400..500).contains(&status) { Failure::Refused(line) } else { self.fails(line) });
        }
        let receipt = || {
            Some(Receipt {
                book: BookId::parse(answer["book"].as_str()?)?,
                number: answer["number"].as_u64()?,
                time: answer["time"].as_u64()?,
                text_hash: Hash::parse(answer["text"].as_str()?)?,
                repeated: answer["repeated"].as_bool()?,
            })
        };
        let receipt = receipt()
            .filter(|receipt| receipt.book == self.book)
            .ok_or_else(|| self.fails("its receipt cannot be read, or is of another book"))?;
        if book::entry::text_hash_of(&submission.note) != Some(receipt.text_hash) {
            return Err(self.fails(
                "its receipt is for another text than the one that was handed in, so nothing shows that this one was recorded: \
                 look for it on a mirror, and hand the same text in again",
            ));
        }
        Ok(receipt)
    }
}

fn limited(reader: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// What becomes of a note whose receipt is for this text.
    fn handed_in(note: &[u8], text: Hash) -> Result<Receipt, Failure> {
        let book = BookId([7; 32]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let receipt = format!(
            "{{\"ok\":true,\"book\":\"{book}\",\"number\":5,\"time\":1800003600,\"text\":\"{text}\",\"repeated\":false}}"
        );
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", receipt.len());
            stream.write_all((head + &receipt).as_bytes()).unwrap();
        });
        let answer = Remote::new(&address, book).ok().unwrap().submit(&Submission::of(note.to_vec()));
        server.join().unwrap();
        answer
    }

    #[test]
    fn a_receipt_for_another_text_is_none() {
        let note = b"a text\n\n\xe2\x80\x94 1 AAAAAAAA\n";
        let receipt = handed_in(note, Hash::of(b"a text\n")).ok().unwrap();
        assert_eq!((receipt.number, receipt.text_hash), (5, Hash::of(b"a text\n")));
        for other in [Hash([0; 32]), Hash::of(note), Hash::of(b"another text\n")] {
            match handed_in(note, other) {
                Err(Failure::Usage(line)) => {
                    assert!(line.contains("its receipt is for another text"), "{line}");
                }
                _ => panic!("it is taken for recorded"),
            }
        }
    }
}
