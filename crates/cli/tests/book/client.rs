//! A member's program: it signs entries itself, hands them in over HTTP, and reads public files.

use std::path::Path;

use book::checkpoint::Checkpoint;
use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::BookId;
use book::key::SecretKey;
use book::note::Note;
use book::tile::{Tile, WIDTH, decode_entries, tiles};
use serde_json::{Value, json};
use ureq::Agent;

/// What a key file holds.
pub fn key(path: &Path) -> SecretKey {
    SecretKey::parse_text(std::fs::read_to_string(path).unwrap().trim()).unwrap().2
}

/// A remark, signed.
pub fn remark(book: &str, after: &After, member: u32, key: &SecretKey, text: &str) -> Proposal {
    let text = Text {
        book: BookId::parse(book),
        kind: "remark.made".into(),
        by: By::Members(vec![Signer::member(member)]),
        after: *after,
        content: json!({"text": text}).to_string(),
    };
    Proposal::sign(&text, &[key]).unwrap()
}

/// What a clerk gave for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub number: u64,
    pub time: u64,
    pub text: Hash,
}

/// A book at an address.
pub struct Client {
    agent: Agent,
    address: String,
}

impl Client {
    pub fn new(address: &str) -> Client {
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Client { agent, address: address.into() }
    }

    /// A public file; none where there is none, or no server.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        let mut answer = self.agent.get(format!("{}/{path}", self.address)).call().ok()?;
        let bytes = answer.body_mut().read_to_vec().ok()?;
        (answer.status().as_u16() == 200).then_some(bytes)
    }

    /// Hands a note in. None where no answer comes.
    pub fn hand_in(&self, note: &[u8]) -> Option<(u16, Value)> {
        let request = self.agent.post(format!("{}/entries", self.address)).content_type("text/plain");
        let mut answer = request.send(note).ok()?;
        let words = answer.body_mut().read_to_string().ok()?;
        Some((answer.status().as_u16(), serde_json::from_str(&words).ok()?))
    }

    /// The receipt for a note; none where no answer comes. A refusal fails.
    pub fn receipt(&self, note: &[u8]) -> Option<Receipt> {
        let (status, answer) = self.hand_in(note)?;
        assert_eq!(status, 200, "{answer}");
        Some(Receipt {
            number: answer["number"].as_u64().unwrap(),
            time: answer["time"].as_u64().unwrap(),
            text: Hash::parse(answer["text"].as_str().unwrap()).unwrap(),
        })
    }

    pub fn checkpoint(&self) -> Checkpoint {
        checkpoint(&self.get("checkpoint").unwrap())
    }

    /// The newest final checkpoint, where there is one.
    pub fn settled(&self) -> Option<Checkpoint> {
        self.get("final").map(|bytes| checkpoint(&bytes))
    }

    /// Fetches what a mirror's folder holds, file by file, as `wget` would.
    pub fn fetch(&self, folder: &Path) {
        let note = self.get("checkpoint").unwrap();
        let mut paths: Vec<String> = tiles(checkpoint(&note).size).map(|tile| tile.path()).collect();
        paths.push("vkeys".into());
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("checkpoint"), note).unwrap();
        for path in paths {
            let bytes = self.get(&path).unwrap_or_else(|| panic!("{path} is not served"));
            let target = folder.join(path);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::write(target, bytes).unwrap();
        }
    }
}

/// What a checkpoint's note says.
pub fn checkpoint(note: &[u8]) -> Checkpoint {
    Checkpoint::parse_text(&Note::parse(note).unwrap().text).unwrap()
}

pub fn after(checkpoint: &Checkpoint) -> After {
    After { size: checkpoint.size, root: checkpoint.root }
}

/// The entries in a mirror's folder.
pub fn entries(folder: &Path) -> Vec<Vec<u8>> {
    let size = checkpoint(&std::fs::read(folder.join("checkpoint")).unwrap()).size;
    let mut all = Vec::new();
    for index in 0..size.div_ceil(WIDTH) {
        let tile = Tile::entries(index, size).unwrap();
        let bundle = std::fs::read(folder.join(tile.path())).unwrap();
        all.extend(decode_entries(&bundle, tile.width()).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    all
}
