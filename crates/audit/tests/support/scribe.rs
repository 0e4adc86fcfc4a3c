//! The scribe keeps a book in memory: as an honest clerk, who asks the rules first, or as a dishonest one, who records any
//! bytes and signs any checkpoint.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::checkpoint::{self, Checkpoint};
use book::entry::{After, By, Proposal, Signer, Text};
use book::files::MemoryFiles;
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::{Frontier, empty_root, leaf};
use book::note::{Note, Signature};
use book::tile::{Tile, TileBuilder, encode_entries, tiles};
use council::kinds::{
    BlobRef, BodyErased, ClerkSucceeded, Content, CouncilFounded, Founder, MemberAdmitted, MemberLeft,
    RemarkMade, SuccessionRule, write,
};
use council::{Candidate, Examined, State, Statutes, Stop, Verdict, apply, body_commitment, decide};

use super::keys;

/// 1 March 2026, 18:00 UTC: when every council of the tests is founded.
pub(crate) const FOUNDED_AT: u64 = 1_772_388_000;
pub(crate) const DAY: u64 = 86_400;

/// A member who signs as themselves.
pub(crate) fn by(number: u32) -> Vec<Signer> {
    vec![Signer::member(number)]
}

/// Members who sign as themselves.
pub(crate) fn by_all(numbers: &[u32]) -> Vec<Signer> {
    numbers.iter().copied().map(Signer::member).collect()
}

/// The secretary, as such.
pub(crate) fn secretary(number: u32) -> Signer {
    Signer::officer(number, "secretary")
}

/// A remark without attachments.
pub(crate) fn remark(text: &str) -> String {
    write(&RemarkMade { text: text.into(), blobs: None, body: None })
}

/// The founding content of an invented council: three founders, the first its secretary; two of them name a new clerk.
pub(crate) fn founding(policy: &[String]) -> CouncilFounded {
    let founder = |number: u32, office: Option<&str>| Founder {
        member: number,
        key: keys::member(number).public().base64(),
        office: office.map(str::to_owned),
    };
    CouncilFounded {
        nonce: STANDARD.encode(keys::seed("nonce")),
        rules: 1,
        name: "Consejo vecinal de La Cruz del Río".into(),
        language: "es".into(),
        clerk: keys::clerk(0).public().base64(),
        founders: vec![founder(1, Some("secretary")), founder(2, Some("treasurer")), founder(3, None)],
        succession: SuccessionRule { among: vec![1, 2, 3], needed: 2 },
        policy: policy.to_vec(),
        statutes: Statutes::of_template("neighbourhood", 1),
    }
}

/// The founding text of a content, by its founders.
pub(crate) fn founding_text(content: &CouncilFounded) -> Text {
    let numbers: Vec<u32> = content.founders.iter().map(|founder| founder.member).collect();
    Text {
        book: None,
        kind: CouncilFounded::KIND.into(),
        by: By::Members(by_all(&numbers)),
        after: After { size: 0, root: empty_root() },
        content: write(content),
    }
}

/// The lines of a policy: two witnesses and a mirror, any two of whom make a checkpoint final.
pub(crate) fn two_of_three() -> Vec<String> {
    let [ateneo, sindicato, biblioteca] = COSIGNERS.map(keys::cosigner);
    vec![
        format!("witness ateneo {ateneo} https://ateneo.example"),
        format!("witness sindicato {sindicato}"),
        format!("mirror biblioteca {biblioteca} https://biblioteca.example/libro"),
        "group dos 2 ateneo sindicato biblioteca".into(),
        "quorum dos".into(),
    ]
}

/// The key names of those three.
pub(crate) const COSIGNERS: [&str; 3] = ["ateneo.example", "sindicato.example", "biblioteca.example"];

/// A note by hand: a text and its authors' lines, whatever they are.
pub(crate) fn note(text: &str, signatures: Vec<Signature>) -> Note {
    Note { text: text.into(), signatures }
}

/// The blobs that a scribe keeps.
pub(crate) struct Kept<'a>(pub(crate) &'a BTreeMap<Hash, Vec<u8>>);

impl council::Beside for Kept<'_> {
    fn has(&self, hash: &Hash, size: u64) -> bool {
        self.0.get(hash).is_some_and(|blob| blob.len() as u64 == size)
    }

    fn blob(&self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        self.0.get(hash).filter(|blob| blob.len() as u64 == size).cloned()
    }

    fn fresh(&self) -> [u8; 32] {
        keys::seed("fresh")
    }
}

/// The keeper of one book.
#[derive(Clone)]
pub(crate) struct Scribe {
    pub(crate) state: State,
    pub(crate) entries: Vec<Vec<u8>>,
    /// Roots at every size.
    pub(crate) roots: Vec<Hash>,
    tree: Frontier,
    pub(crate) blobs: BTreeMap<Hash, Vec<u8>>,
    /// The clock.
    pub(crate) time: u64,
    /// Who cosigns: key names, keys by their label.
    pub(crate) cosigners: Vec<String>,
    /// The largest final checkpoint, as it is published.
    pub(crate) last_final: Option<Vec<u8>>,
}

impl Scribe {
    /// A council that starts alone.
    pub(crate) fn alone() -> Scribe {
        Scribe::found(&founding(&[]), &[])
    }

    /// A council with two witnesses and a mirror.
    pub(crate) fn witnessed() -> Scribe {
        Scribe::found(&founding(&two_of_three()), &COSIGNERS)
    }

    /// The council of this founding.
    pub(crate) fn found(content: &CouncilFounded, cosigners: &[&str]) -> Scribe {
        let text = founding_text(content);
        let mut scribe = Scribe::before(BookId::of_founding(&text.write()), cosigners);
        scribe.record(scribe.sign(&text));
        scribe
    }

    /// Before the first entry of a book.
    pub(crate) fn before(book: BookId, cosigners: &[&str]) -> Scribe {
        Scribe {
            state: State::before(book),
            entries: Vec::new(),
            roots: vec![empty_root()],
            tree: Frontier::new(),
            blobs: BTreeMap::new(),
            time: FOUNDED_AT,
            cosigners: cosigners.iter().map(|name| (*name).to_owned()).collect(),
            last_final: None,
        }
    }

    /// A council that has lived: admissions, a leaving, remarks with an attachment and with private bodies, an erasure, a
    /// hand-over to a second clerk. Members 1 to 5 are on the roll, 6 has left; member 4 has a private body in entry 8.
    pub(crate) fn lived() -> Scribe {
        static LIVED: OnceLock<Scribe> = OnceLock::new();
        LIVED.get_or_init(Scribe::live).clone()
    }

    fn live() -> Scribe {
        let mut scribe = Scribe::witnessed();
        for number in [4, 5, 6] {
            scribe.admit(number);
        }
        scribe.remark(4, "Pido que conste en acta que la fuente de la plaza sigue sin agua.");
        scribe.remark_with(5, "Adjunto el plano del solar.", &[b"plano del solar, hoja 1", b""], None);
        let body = scribe.remark_with(5, "Dejo un escrito reservado.", &[], Some(b"El escrito de Elvira."));
        scribe.remark(6, "Me despido: me mudo a otro barrio.");
        scribe.remark_with(4, "Otro escrito reservado.", &[], Some(b"El escrito de Damian."));
        scribe.leave(6);
        scribe.erase(body, 5, b"El escrito de Elvira.");
        scribe.succeed(&[1, 3]);
        scribe.remark(2, "Saludo a quien lleva ahora el libro.");
        scribe
    }

    // ---- honest ----

    /// The book.
    pub(crate) fn book(&self) -> BookId {
        self.state.book()
    }

    pub(crate) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The clerk of this epoch.
    pub(crate) fn clerk(&self) -> SecretKey {
        keys::clerk(self.state.epoch())
    }

    /// Who signs as this member.
    pub(crate) fn text(&self, kind: &str, by: Vec<Signer>, content: impl Into<String>) -> Text {
        Text {
            book: Some(self.book()),
            kind: kind.into(),
            by: if by.is_empty() { By::Clerk } else { By::Members(by) },
            after: After { size: self.size(), root: self.root() },
            content: content.into(),
        }
    }

    /// A remark's text.
    pub(crate) fn remark_text(&self, member: u32, text: &str) -> Text {
        self.text(RemarkMade::KIND, by(member), remark(text))
    }

    /// The text with the lines of its signers, who are members.
    pub(crate) fn note(&self, text: &Text) -> Note {
        let written = text.write();
        let line = |signer: &Signer| {
            let key = keys::member(signer.number().unwrap_or(0));
            Signature::plain(&key, &signer.name, &written)
        };
        note(&written, text.by.signers().iter().map(line).collect())
    }

    /// The same, as a proposal.
    pub(crate) fn sign(&self, text: &Text) -> Proposal {
        Proposal::parse(&self.note(text).to_bytes()).unwrap()
    }

    /// Records what the rules allow, a minute after the last entry.
    pub(crate) fn record(&mut self, proposal: Proposal) -> u64 {
        let number = self.size();
        let epoch = if proposal.text().kind == ClerkSucceeded::KIND {
            self.state.epoch() + 1
        } else {
            self.state.epoch()
        };
        if number > 0 {
            self.time += 60;
        }
        let candidate = Candidate::new(proposal, &self.state.keys());
        decide(&self.state, &candidate, self.time, &Kept(&self.blobs)).unwrap();
        let origin = Origin { book: self.book(), epoch };
        let (_, bytes) = candidate.countersign(&keys::clerk(epoch), &origin, self.time).unwrap();
        let verdict = self.append(bytes).unwrap();
        assert!(matches!(verdict, Verdict::Applied(_)), "{verdict:?}");
        number
    }

    /// Records an entry of this content.
    pub(crate) fn write<C: Content>(&mut self, by: Vec<Signer>, content: &C) -> u64 {
        let text = self.text(C::KIND, by, write(content));
        self.record(self.sign(&text))
    }

    pub(crate) fn remark(&mut self, member: u32, text: &str) -> u64 {
        self.remark_with(member, text, &[], None)
    }

    pub(crate) fn remark_with(
        &mut self,
        member: u32,
        text: &str,
        blobs: &[&[u8]],
        body: Option<&[u8]>,
    ) -> u64 {
        let mut refs = Vec::new();
        for blob in blobs {
            let hash = Hash::of(blob);
            self.blobs.insert(hash, blob.to_vec());
            refs.push(BlobRef { sha256: hash.hex(), size: blob.len() as u64 });
        }
        let content = RemarkMade {
            text: text.into(),
            blobs: (!refs.is_empty()).then_some(refs),
            body: body.map(|body| self.commitment(member, body).hex()),
        };
        self.write(by(member), &content)
    }

    /// The commitment to a member's private body, salted from the body itself.
    pub(crate) fn commitment(&self, member: u32, body: &[u8]) -> Hash {
        body_commitment(&self.book(), &member.to_string(), &Hash::of(body).0, body)
    }

    pub(crate) fn admit(&mut self, number: u32) -> u64 {
        let key = keys::member(number).public().base64();
        self.write(vec![secretary(1), Signer::member(number)], &MemberAdmitted { member: number, key })
    }

    pub(crate) fn leave(&mut self, number: u32) -> u64 {
        self.write(by(number), &MemberLeft { member: number })
    }

    pub(crate) fn erase(&mut self, entry: u64, member: u32, body: &[u8]) -> u64 {
        let body = self.commitment(member, body).hex();
        self.write(by(member), &BodyErased { entry, body, reason: "a petición propia".into() })
    }

    /// The content of a hand-over now.
    pub(crate) fn succession(&self) -> ClerkSucceeded {
        let epoch = self.state.epoch() + 1;
        let clerk = keys::clerk(epoch).public().base64();
        ClerkSucceeded { epoch, size: self.size(), root: self.root().to_string(), clerk }
    }

    pub(crate) fn succeed(&mut self, signers: &[u32]) -> u64 {
        self.write(by_all(signers), &self.succession())
    }

    // ---- dishonest ----

    /// Takes any bytes as the next entry. The state follows, unless it stops.
    pub(crate) fn append(&mut self, bytes: Vec<u8>) -> Result<Verdict, Stop> {
        let examined = Examined::new(&bytes, &self.state.keys());
        let verdict = apply(&mut self.state, &examined, &Kept(&self.blobs));
        self.append_unjudged(bytes);
        verdict
    }

    /// Takes any bytes as the next entry; the state stays where it was.
    pub(crate) fn append_unjudged(&mut self, bytes: Vec<u8>) {
        self.tree.push(leaf(&bytes));
        self.roots.push(self.tree.root());
        self.entries.push(bytes);
    }

    /// A note with the clerk's line of this moment, whatever the note is.
    pub(crate) fn countersign(&self, mut note: Note) -> Vec<u8> {
        let origin = self.state.origin().to_string();
        note.signatures.push(Signature::timestamped(&self.clerk(), &origin, self.time, &note.text));
        note.to_bytes()
    }

    // ---- what is published ----

    /// What a checkpoint at this size says.
    pub(crate) fn checkpoint_at(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: self.state.origin().to_string(), size, root: self.roots[size as usize] }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.checkpoint_at(self.size())
    }

    /// The checkpoint at this size, signed by the clerk and cosigned by these, now.
    pub(crate) fn signed(&self, size: u64, cosigners: &[String]) -> Note {
        let mut note = checkpoint::sign(&self.checkpoint_at(size), &self.clerk());
        for name in cosigners {
            note.signatures.push(Signature::timestamped(&keys::secret(name), name, self.time, &note.text));
        }
        note
    }

    /// The clerk's vkey.
    pub(crate) fn vkey(&self) -> Vkey {
        Vkey {
            name: self.state.origin().to_string(),
            algorithm: Algorithm::Plain,
            key: self.clerk().public(),
        }
    }

    /// The lines of `vkeys`.
    pub(crate) fn vkeys(&self) -> Vec<String> {
        let mut lines = vec![self.vkey().to_string()];
        lines.extend(self.cosigners.iter().map(|name| keys::cosigner(name).to_string()));
        lines
    }

    /// Publishes what stands now as final.
    pub(crate) fn make_final(&mut self) {
        self.last_final = Some(self.signed(self.size(), &self.cosigners).to_bytes());
    }

    /// The public files, the newest checkpoint cosigned by all.
    pub(crate) fn files(&self) -> MemoryFiles {
        self.files_with(&self.signed(self.size(), &self.cosigners), self.size())
    }

    /// The public files of the first entries, under this checkpoint.
    pub(crate) fn files_with(&self, checkpoint: &Note, size: u64) -> MemoryFiles {
        let mut files = published(&self.entries[..size as usize]);
        files.insert("checkpoint", checkpoint.to_bytes()).unwrap();
        files.insert("vkeys", (self.vkeys().join("\n") + "\n").into_bytes()).unwrap();
        if let Some(last) = &self.last_final {
            files.insert("final", last.clone()).unwrap();
        }
        for (hash, blob) in &self.blobs {
            files.insert(&format!("blob/{}", hash.hex()), blob.clone()).unwrap();
        }
        files
    }
}

/// The tiles and bundles of these entries.
pub(crate) fn published(entries: &[Vec<u8>]) -> MemoryFiles {
    let size = entries.len() as u64;
    let mut files = MemoryFiles::new();
    let mut builder = TileBuilder::new();
    for entry in entries {
        builder.push(leaf(entry));
    }
    for (level, index, bytes) in builder.take_changed() {
        let tile = Tile::hashes(level, index, size).unwrap();
        files.insert(&tile.path(), bytes).unwrap();
    }
    for tile in tiles(size) {
        if let Tile::Entries { index, width } = tile {
            let from = index as usize * 256;
            let bundle = &entries[from..from + usize::from(width)];
            files.insert(&tile.path(), encode_entries(bundle.iter().map(Vec::as_slice)).unwrap()).unwrap();
        }
    }
    files
}
