//! A council whose members sign remarks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use book::checkpoint::Checkpoint;
use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::BookId;
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::empty_root;
use book::note::Signature;
use clerk::{Clerk, Clock, Desk, HighWater, Limits, MarkError, PrivateBody, Submission};
use council::Statutes;
use council::kinds::{self, BlobRef, Content};
use store::Store;

/// Unix seconds at which the tests stand still.
pub const NOW: u64 = 1_800_000_000;

/// A key from a name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::of(name.as_bytes()).0)
}

/// A book to be written.
pub struct Council {
    pub book: BookId,
    pub founding: Submission,
    name: String,
}

impl Council {
    /// Two founders; `witnesses` make checkpoints final, all of them.
    pub fn new(name: &str, witnesses: &[&str]) -> Council {
        let member = |number: u32| key(&format!("{name} member {number}"));
        let mut policy: Vec<String> =
            witnesses.iter().map(|witness| format!("witness {witness} {}", witness_vkey(witness))).collect();
        if !witnesses.is_empty() {
            policy.push(format!("group all all {}", witnesses.join(" ")));
            policy.push("quorum all".to_owned());
        }
        let founders = (1..=2).map(|number| kinds::Founder {
            member: number,
            key: member(number).public().base64(),
            office: (number == 1).then(|| "secretary".to_owned()),
        });
        let content = kinds::CouncilFounded {
            nonce: Hash::of(name.as_bytes()).to_string(),
            rules: 1,
            name: format!("Council {name}"),
            language: "en".into(),
            clerk: key(&format!("{name} clerk")).public().base64(),
            founders: founders.collect(),
            succession: kinds::SuccessionRule { among: vec![1, 2], needed: 2 },
            policy,
            statutes: Statutes::of_template("test", 1),
        };
        let text = Text {
            book: None,
            kind: kinds::CouncilFounded::KIND.into(),
            by: By::Members((1..=2).map(Signer::member).collect()),
            after: After { size: 0, root: empty_root() },
            content: kinds::write(&content),
        };
        let proposal = Proposal::sign(&text, &[&member(1), &member(2)]).unwrap();
        let book = BookId::of_founding(&proposal.note().text);
        Council { book, founding: Submission::of(proposal.to_bytes()), name: name.into() }
    }

    pub fn clerk_key(&self) -> SecretKey {
        key(&format!("{} clerk", self.name))
    }

    /// Founds the book in a store and opens its clerk's desk.
    pub fn open(&self, store: impl Store + 'static, limits: Limits) -> Desk {
        let founded =
            Clerk::found(Box::new(store), self.founding.clone(), self.clerk_key(), &[], mark(), NOW);
        Desk::start(founded.unwrap().0, Box::new(Still), limits).unwrap()
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/book/{}/{rest}", self.book)
    }

    /// A remark of the first member. The rules bound the age of what it refers to, so it refers to the start.
    pub fn remark(&self, text: &str) -> Vec<u8> {
        self.remark_with(text, &[], None).note
    }

    pub fn remark_with(&self, text: &str, blobs: &[Vec<u8>], body: Option<PrivateBody>) -> Submission {
        let named =
            blobs.iter().map(|blob| BlobRef { sha256: Hash::of(blob).hex(), size: blob.len() as u64 });
        let commitment =
            |body: &PrivateBody| council::body_commitment(&self.book, "1", &body.salt, &body.bytes);
        let content = kinds::RemarkMade {
            text: text.into(),
            blobs: (!blobs.is_empty()).then(|| named.collect()),
            body: body.as_ref().map(|body| commitment(body).hex()),
        };
        let text = Text {
            book: Some(self.book),
            kind: kinds::RemarkMade::KIND.into(),
            by: By::Members(vec![Signer::member(1)]),
            after: After { size: 0, root: empty_root() },
            content: kinds::write(&content),
        };
        let proposal = Proposal::sign(&text, &[&key(&format!("{} member 1", self.name))]).unwrap();
        Submission { note: proposal.to_bytes(), blobs: blobs.to_vec(), bodies: body.into_iter().collect() }
    }
}

/// The verifier of a witness by its name.
pub fn witness_vkey(name: &str) -> Vkey {
    let key = key(&format!("witness {name}")).public();
    Vkey { name: format!("{name}.example"), algorithm: Algorithm::Timestamped, key }
}

/// A witness's line over a checkpoint.
pub fn cosign(witness: &str, checkpoint: &Checkpoint) -> String {
    let key = key(&format!("witness {witness}"));
    Signature::timestamped(&key, &witness_vkey(witness).name, NOW, &checkpoint.text()).line()
}

/// A clock that stands still.
pub struct Still;

impl Clock for Still {
    fn utc(&mut self) -> u64 {
        NOW
    }

    fn monotonic(&mut self) -> Duration {
        Duration::from_secs(7)
    }

    fn wait(&mut self, _: Duration) {}
}

/// A record in memory.
#[derive(Clone, Default)]
struct Mark(Arc<Mutex<Option<Checkpoint>>>);

impl HighWater for Mark {
    fn load(&mut self) -> Result<Option<Checkpoint>, MarkError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn store(&mut self, signed: &Checkpoint) -> Result<(), MarkError> {
        *self.0.lock().unwrap() = Some(signed.clone());
        Ok(())
    }
}

/// A new record.
pub fn mark() -> Box<dyn HighWater> {
    Box::new(Mark::default())
}
