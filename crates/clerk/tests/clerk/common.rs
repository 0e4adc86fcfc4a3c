//! A council to write for, a store to write to, and a stranger who checks what comes of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::entry::{After, By, Proposal, Signer, Text};
use book::files::{MemoryFiles, PublicFiles};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::{self, Frontier, empty_root};
use book::note::{NOTE_LIMIT, Note, Signature};
use book::tile::{Tile, TileTree, WIDTH, decode_entries};
use clerk::{Clock, HighWater, MarkError, PrivateBody, PublicView, Receipt, Submission};
use council::kinds::{self, BlobRef, Content};
use council::{Effect, Examined, State, Statutes, Verdict};
use store::Store;

/// A key from a name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::of(name.as_bytes()).0)
}

/// Unix seconds at which the tests begin.
pub const START: u64 = 1_800_000_000;

/// A book to be written: its founding entry, and what its members sign.
pub struct Council {
    pub book: BookId,
    pub founding: Submission,
    name: String,
}

impl Council {
    /// Three founders, the first of them secretary; any two of them name a new clerk. `witnesses` make checkpoints final, all
    /// of them.
    pub fn new(name: &str, witnesses: &[&str]) -> Council {
        let founders = (1..=3).map(|member| kinds::Founder {
            member,
            key: member_key(name, member).public().base64(),
            office: (member == 1).then(|| "secretary".to_owned()),
        });
        let mut policy: Vec<String> =
            witnesses.iter().map(|witness| format!("witness {witness} {}", witness_vkey(witness))).collect();
        if !witnesses.is_empty() {
            policy.push(format!("group all all {}", witnesses.join(" ")));
            policy.push("quorum all".to_owned());
        }
        let content = kinds::CouncilFounded {
            nonce: Hash::of(name.as_bytes()).to_string(),
            rules: 1,
            name: format!("Council {name}"),
            language: "en".into(),
            clerk: clerk_key(name, 0).public().base64(),
            founders: founders.collect(),
            succession: kinds::SuccessionRule { among: vec![1, 2, 3], needed: 2 },
            policy,
            statutes: Statutes::of_template("test", 1),
        };
        let text = Text {
            book: None,
            kind: kinds::CouncilFounded::KIND.into(),
            by: By::Members((1..=3).map(Signer::member).collect()),
            after: After { size: 0, root: empty_root() },
            content: kinds::write(&content),
        };
        let keys: Vec<SecretKey> = (1..=3).map(|member| member_key(name, member)).collect();
        let proposal = Proposal::sign(&text, &keys.iter().collect::<Vec<_>>()).unwrap();
        let book = BookId::of_founding(&proposal.note().text);
        Council { book, founding: Submission::of(proposal.to_bytes()), name: name.into() }
    }

    pub fn member(&self, number: u32) -> SecretKey {
        member_key(&self.name, number)
    }

    pub fn clerk(&self, epoch: u32) -> SecretKey {
        clerk_key(&self.name, epoch)
    }

    /// Signs a content by these members.
    pub fn sign<C: Content>(&self, after: After, signers: &[Signer], content: &C) -> Proposal {
        let text = Text {
            book: Some(self.book),
            kind: C::KIND.into(),
            by: By::Members(signers.to_vec()),
            after,
            content: kinds::write(content),
        };
        let keys: Vec<SecretKey> =
            signers.iter().map(|signer| self.member(signer.number().unwrap_or(0))).collect();
        Proposal::sign(&text, &keys.iter().collect::<Vec<_>>()).unwrap()
    }

    pub fn remark(&self, after: After, member: u32, text: &str) -> Submission {
        self.remark_with(after, member, text, Vec::new(), None)
    }

    /// A remark with attachments and a private body.
    pub fn remark_with(
        &self,
        after: After,
        member: u32,
        text: &str,
        blobs: Vec<Vec<u8>>,
        body: Option<PrivateBody>,
    ) -> Submission {
        let named =
            blobs.iter().map(|blob| BlobRef { sha256: Hash::of(blob).hex(), size: blob.len() as u64 });
        let content = kinds::RemarkMade {
            text: text.into(),
            blobs: (!blobs.is_empty()).then(|| named.collect()),
            body: body.as_ref().map(|body| self.commitment(member, body).hex()),
        };
        let proposal = self.sign(after, &[Signer::member(member)], &content);
        Submission { note: proposal.to_bytes(), blobs, bodies: body.into_iter().collect() }
    }

    /// A remark that names a blob with any size, and does not bring it.
    pub fn remark_naming(&self, after: After, member: u32, blob: &[u8], size: u64) -> Submission {
        let named = BlobRef { sha256: Hash::of(blob).hex(), size };
        let content =
            kinds::RemarkMade { text: format!("{size} bytes"), blobs: Some(vec![named]), body: None };
        Submission::of(self.sign(after, &[Signer::member(member)], &content).to_bytes())
    }

    pub fn commitment(&self, member: u32, body: &PrivateBody) -> Hash {
        council::body_commitment(&self.book, &member.to_string(), &body.salt, &body.bytes)
    }

    pub fn admission(&self, after: After, member: u32) -> Submission {
        let content = kinds::MemberAdmitted { member, key: self.member(member).public().base64() };
        let signers = [Signer::officer(1, "secretary"), Signer::member(member)];
        Submission::of(self.sign(after, &signers, &content).to_bytes())
    }

    pub fn departure(&self, after: After, member: u32) -> Submission {
        Submission::of(self.sign(after, &[Signer::member(member)], &kinds::MemberLeft { member }).to_bytes())
    }

    pub fn erasure(&self, after: After, entry: u64, commitment: &Hash) -> Submission {
        let content = kinds::BodyErased { entry, body: commitment.hex(), reason: "they asked".into() };
        Submission::of(self.sign(after, &[Signer::officer(1, "secretary")], &content).to_bytes())
    }

    /// A hand-over to the clerk of this epoch, signed by the first two founders.
    pub fn succession(&self, epoch: u32, size: u64, root: Hash) -> Submission {
        let content = kinds::ClerkSucceeded {
            epoch,
            size,
            root: root.to_string(),
            clerk: self.clerk(epoch).public().base64(),
        };
        let after = After { size, root };
        Submission::of(self.sign(after, &[Signer::member(1), Signer::member(2)], &content).to_bytes())
    }
}

fn member_key(council: &str, member: u32) -> SecretKey {
    key(&format!("{council} member {member}"))
}

fn clerk_key(council: &str, epoch: u32) -> SecretKey {
    key(&format!("{council} clerk {epoch}"))
}

/// The verifier of a witness by its name.
pub fn witness_vkey(name: &str) -> Vkey {
    Vkey {
        name: format!("{name}.example"),
        algorithm: Algorithm::Timestamped,
        key: key(&format!("witness {name}")).public(),
    }
}

/// A witness's line over a checkpoint.
pub fn cosign(witness: &str, checkpoint: &Checkpoint, time: u64) -> Signature {
    let vkey = witness_vkey(witness);
    Signature::timestamped(&key(&format!("witness {witness}")), &vkey.name, time, &checkpoint.text())
}

pub fn after(checkpoint: &Checkpoint) -> After {
    After { size: checkpoint.size, root: checkpoint.root }
}

/// A record of the largest signed checkpoint in memory, shared, so that it outlives a clerk; the next call can be made to fail.
#[derive(Clone, Default)]
pub struct Mark(Arc<Mutex<MarkInner>>);

#[derive(Default)]
struct MarkInner {
    signed: Option<Checkpoint>,
    /// Whether the next write fails, and whether it is kept all the same.
    fail: Option<bool>,
}

impl Mark {
    pub fn fail_next(&self, kept: bool) {
        self.0.lock().unwrap().fail = Some(kept);
    }

    pub fn heal(&self) {
        self.0.lock().unwrap().fail = None;
    }

    pub fn signed(&self) -> Option<Checkpoint> {
        self.0.lock().unwrap().signed.clone()
    }

    pub fn boxed(&self) -> Box<dyn HighWater> {
        Box::new(self.clone())
    }
}

impl HighWater for Mark {
    fn load(&mut self) -> Result<Option<Checkpoint>, MarkError> {
        Ok(self.signed())
    }

    fn store(&mut self, signed: &Checkpoint) -> Result<(), MarkError> {
        let mut inner = self.0.lock().unwrap();
        let fails = inner.fail.take();
        if fails != Some(false) {
            inner.signed = Some(signed.clone());
        }
        match fails {
            Some(_) => Err(MarkError::Unavailable("it is made to fail".into())),
            None => Ok(()),
        }
    }
}

/// A clock that is set by hand.
#[derive(Clone)]
pub struct HandClock(Arc<Mutex<(u64, Duration)>>);

impl HandClock {
    pub fn at(utc: u64) -> HandClock {
        HandClock(Arc::new(Mutex::new((utc, Duration::from_secs(7)))))
    }

    /// Time passes.
    pub fn pass(&self, time: Duration) {
        let mut clock = self.0.lock().unwrap();
        clock.0 += time.as_secs();
        clock.1 += time;
    }

    /// Somebody sets the clock.
    pub fn set(&self, utc: u64) {
        self.0.lock().unwrap().0 = utc;
    }
}

impl Clock for HandClock {
    fn utc(&mut self) -> u64 {
        self.0.lock().unwrap().0
    }

    fn monotonic(&mut self) -> Duration {
        self.0.lock().unwrap().1
    }

    fn wait(&mut self, time: Duration) {
        self.pass(time);
    }
}

/// A stranger who follows a book by its public files alone, and forgets nothing.
pub struct Stranger {
    book: BookId,
    state: State,
    leaves: Vec<Hash>,
    /// The root at each size.
    roots: Vec<Hash>,
    /// Number and time of each text.
    texts: BTreeMap<Hash, (u64, u64)>,
    /// What the book commits to privately and has not erased.
    pub bodies: BTreeMap<Hash, u64>,
    /// What it has erased.
    pub erased: Vec<Hash>,
    pub blobs: Vec<Hash>,
    /// Every checkpoint ever seen, by origin and size.
    checkpoints: BTreeMap<(Origin, u64), Hash>,
}

impl Stranger {
    pub fn new(book: BookId) -> Stranger {
        Stranger {
            book,
            state: State::before(book),
            leaves: Vec::new(),
            roots: vec![empty_root()],
            texts: BTreeMap::new(),
            bodies: BTreeMap::new(),
            erased: Vec::new(),
            blobs: Vec::new(),
            checkpoints: BTreeMap::new(),
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// The root of the first so many entries.
    pub fn root(&self, size: u64) -> Hash {
        self.roots[size as usize]
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { origin: self.state.origin().to_string(), size: self.size(), root: self.state.root() }
    }

    /// Reads all public files. What was seen before must be there still, unchanged; every entry must hold by the rules, every
    /// signature, every blob. Returns what is wrong.
    pub fn read(&mut self, files: &mut dyn PublicFiles) -> Result<(), String> {
        let note = files.read("checkpoint", NOTE_LIMIT).map_err(|error| error.to_string())?;
        let note = note.ok_or("there is no checkpoint")?;
        let text = Note::parse(&note).map_err(|error| error.to_string())?.text;
        let checkpoint = Checkpoint::parse_text(&text).map_err(|error| error.to_string())?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        if size < self.size() {
            return Err(format!("{} entries were seen, and there are {size}", self.size()));
        }
        let mut tree = TileTree::authenticated(&mut *files, size, root).map_err(|error| error.to_string())?;
        let mut blobs = Vec::new();
        for index in 0..size.div_ceil(WIDTH) {
            let bundle = tree.entries(index).map_err(|error| error.to_string())?;
            let width = Tile::entries(index, size).unwrap().width();
            for (at, entry) in
                decode_entries(&bundle, width).map_err(|error| error.to_string())?.iter().enumerate()
            {
                let number = index * WIDTH + at as u64;
                match self.leaves.get(number as usize) {
                    Some(seen) if *seen == merkle::leaf(entry) => {}
                    Some(_) => return Err(format!("entry {number} is another than before")),
                    None => blobs.extend(self.take(entry)?),
                }
            }
        }
        for (hash, size) in blobs {
            let blob = files
                .read(&format!("blob/{}", hash.hex()), size as usize)
                .map_err(|error| error.to_string())?;
            if blob.is_none_or(|blob| Hash::of(&blob) != hash || blob.len() as u64 != size) {
                return Err(format!("blob {} is missing or another", hash.hex()));
            }
            self.blobs.push(hash);
        }
        if self.roots[size as usize] != root {
            return Err("the entries do not give the root".into());
        }
        let clerk = self.state.clerk().ok_or("no clerk")?.clone();
        let vkey = Vkey { name: self.state.origin().to_string(), algorithm: Algorithm::Plain, key: clerk };
        let vkeys = files.read("vkeys", NOTE_LIMIT).map_err(|error| error.to_string())?.ok_or("no vkeys")?;
        let vkeys = String::from_utf8(vkeys).map_err(|error| error.to_string())?;
        let known: Vec<Vkey> = vkeys.lines().map(|line| Vkey::parse(line).unwrap()).collect();
        if known.first() != Some(&vkey) {
            return Err("the first of vkeys is not the clerk's".into());
        }
        SignedCheckpoint::open(&note, &vkey, &known[1..]).map_err(|error| error.to_string())?;
        if let Some(last) = files.read("final", NOTE_LIMIT).map_err(|error| error.to_string())? {
            let text = Note::parse(&last).map_err(|error| error.to_string())?.text;
            let shown = Checkpoint::parse_text(&text).map_err(|error| error.to_string())?;
            // That of an earlier epoch was checked in its time.
            if shown.origin == vkey.name {
                let last =
                    SignedCheckpoint::open(&last, &vkey, &known[1..]).map_err(|error| error.to_string())?;
                let names: Vec<&str> = last.cosignatures().iter().map(|line| line.name.as_str()).collect();
                if !self.state.policy().is_met(&names) {
                    return Err("the final checkpoint does not meet the policy".into());
                }
                self.saw(last.checkpoint())?;
            }
        }
        self.saw(&checkpoint)
    }

    /// A checkpoint that somebody has seen: it must be of this history, and the only one of its size.
    pub fn saw(&mut self, checkpoint: &Checkpoint) -> Result<(), String> {
        let origin = checkpoint.book_origin().ok_or("no origin of a book")?;
        let before = self.checkpoints.insert((origin, checkpoint.size), checkpoint.root);
        if before.is_some_and(|before| before != checkpoint.root) {
            return Err(format!("two checkpoints of {} entries of {origin}", checkpoint.size));
        }
        match self.roots.get(checkpoint.size as usize) {
            Some(root) if *root != checkpoint.root => {
                Err(format!("the checkpoint of {} entries is of another history", checkpoint.size))
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self, entry: &[u8]) -> Result<Vec<(Hash, u64)>, String> {
        let number = self.size();
        let examined = Examined::new(entry, &self.state.keys());
        let verdict = council::apply(&mut self.state, &examined, &council::AllThere);
        let effects = match verdict.map_err(|stop| stop.to_string())? {
            Verdict::Applied(effects) => effects,
            Verdict::Void(refusal) => return Err(format!("entry {number} is void: {refusal}")),
        };
        let entry = examined.entry().ok_or("no entry")?;
        if self.texts.insert(entry.text_hash(), (number, entry.time())).is_some() {
            return Err(format!("the text of entry {number} stands twice"));
        }
        self.leaves.push(examined.leaf());
        self.roots.push(self.state.root());
        for effect in &effects.0 {
            match effect {
                Effect::Body { commitment, .. } => {
                    self.bodies.insert(*commitment, number);
                }
                Effect::EraseBody { commitment } => {
                    self.bodies.remove(commitment);
                    self.erased.push(*commitment);
                }
                _ => {}
            }
        }
        Ok(effects.blobs().collect())
    }

    /// That a receipt is true.
    pub fn holds(&self, receipt: &Receipt) -> Result<(), String> {
        let there = self.texts.get(&receipt.text_hash);
        if there == Some(&(receipt.number, receipt.time)) && receipt.book == self.book {
            return Ok(());
        }
        Err(format!("the receipt of entry {} ({}) is broken: {there:?}", receipt.number, receipt.text_hash))
    }

    /// The root of the leaves, computed without the state.
    pub fn plain_root(&self) -> Hash {
        let mut frontier = Frontier::new();
        self.leaves.iter().for_each(|leaf| frontier.push(*leaf));
        frontier.root()
    }
}

/// All public files, copied.
pub fn mirror(reader: Box<dyn Store>, book: BookId) -> MemoryFiles {
    let mut view = PublicView::at_rest(reader, book);
    let mut copy = MemoryFiles::new();
    for path in view.paths().unwrap() {
        let path = path.to_string();
        let bytes = view.read(&path, usize::MAX).unwrap().unwrap();
        copy.insert(&path, bytes).unwrap();
    }
    copy
}
