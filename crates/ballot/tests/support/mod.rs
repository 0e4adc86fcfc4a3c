//! Small elections with all their private material, so that forgeries can be made as an insider would make them: every
//! later step is done again over the false one, and every hash, event and height fits.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "the helpers of tests; no test uses all of them"
)]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ballot::archive::{ArchiveWriter, EventType, Records, tar};
use ballot::audit::{Audit, Options, Unreadable, audit};
use ballot::ballot::{Ballot, Signature, cast};
use ballot::credential::{Credential, Enrolled};
use ballot::decryption::{PartialDecryption, decrypt};
use ballot::election::{Election, Homomorphic, Question};
use ballot::group::{Group, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::nonce::Nonces;
use ballot::result::{ElectionResult, open};
use ballot::setup::{NewElection, credential_list, new_uuid};
use ballot::shuffle::{Generators, MixInput, Shuffle, shuffle};
use ballot::sigma::{self, Ciphertext, Proof};
use ballot::strong::{Statement, StrongFile};
use ballot::tally::{Accumulator, Row, Shaped, TallyShape};
use ballot::trustee::{Seed, Trustee, Trustees, VerifiedTrustees, hold_ceremony, single_key};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

pub const TIME: u64 = 1_800_000_000;

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub fn nonces(seed: u64) -> Nonces {
    Nonces::new(&mut rng(seed), b"", b"tests")
}

pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/belenios")
}

/// Every archive among Belenios' fixtures, the intermediate ones included.
pub fn fixture_archives() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![vectors()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "bel") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 13);
    found
}

// ---- questions ----

pub fn choose(answers: usize, blank: bool, min: u32, max: u32) -> Question {
    Question::Homomorphic(Homomorphic {
        answers: (0..answers).map(|i| format!("Answer {i}")).collect(),
        blank: blank.then_some(true),
        min,
        max,
        question: "Whom?".into(),
    })
}

pub fn rank(answers: usize) -> Question {
    Question::non_homomorphic(
        "In which order?".into(),
        (0..answers).map(|i| format!("C {i}")).collect(),
        None,
    )
}

// ---- a whole election ----

pub struct Spec {
    pub questions: Vec<Question>,
    /// Trustees with a key of their own, before the group.
    pub singles: usize,
    /// `t` of `n`.
    pub threshold: Option<(u32, u32)>,
    pub weights: Vec<u64>,
    /// Who casts what, in order; a voter twice is a revote.
    pub casts: Vec<(usize, Vec<Vec<u8>>)>,
    pub mixers: Vec<usize>,
    pub deciders: Vec<usize>,
    pub seed: u64,
}

/// An election held so far, and everything that its makers know.
#[derive(Clone)]
pub struct Held<G: Group> {
    pub election: Arc<Election<G>>,
    pub election_text: String,
    pub trustees: Trustees<G>,
    pub trustees_text: String,
    pub verified: VerifiedTrustees<G>,
    /// The seeds of the threshold group's members.
    pub seeds: Vec<Seed>,
    /// Each owner's exponent.
    pub secrets: Vec<G::Scalar>,
    pub credentials: Arc<Vec<Credential>>,
    pub list: String,
    pub ballots: Vec<Vec<u8>>,
    pub tally: Vec<Vec<Ciphertext<G>>>,
    pub tally_text: String,
    pub num_tallied: u64,
    pub total_weight: u64,
    pub shuffles: Vec<(usize, Shuffle<G>)>,
    pub decryptions: Vec<(usize, PartialDecryption<G>)>,
    pub result: String,
    pub strong: StrongFile<G>,
    pub seed: u64,
}

/// The texts of an archive, event by event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Setup { election: Vec<u8>, trustees: Vec<u8>, credentials: Vec<u8> },
    Ballot(Vec<u8>),
    EndBallots,
    EncryptedTally { tally: Vec<u8>, num_tallied: u64, total_weight: u64 },
    Shuffle(usize, Vec<u8>),
    EndShuffles,
    Decryption(usize, Vec<u8>),
    Result(Vec<u8>),
}

impl Step {
    /// The payloads that carry the step's matter, changeable.
    pub fn payloads(&mut self) -> Vec<&mut Vec<u8>> {
        match self {
            Step::Setup { election, trustees, credentials } => vec![election, trustees, credentials],
            Step::Ballot(bytes)
            | Step::Shuffle(_, bytes)
            | Step::Decryption(_, bytes)
            | Step::Result(bytes) => {
                vec![bytes]
            }
            Step::EncryptedTally { tally, .. } => vec![tally],
            Step::EndBallots | Step::EndShuffles => Vec::new(),
        }
    }

    /// The check that judges the payload with this number.
    pub fn check(&self, payload: usize) -> &'static str {
        use ballot::checks;
        match self {
            Step::Setup { .. } => [checks::ELECTION, checks::TRUSTEES, checks::CREDENTIALS][payload],
            Step::Ballot(_) => checks::BALLOT_FORM,
            Step::EncryptedTally { .. } => checks::ENCRYPTED_TALLY,
            Step::Shuffle(..) => checks::SHUFFLES,
            Step::Decryption(..) => checks::PARTIAL_DECRYPTIONS,
            Step::Result(_) => checks::RESULT,
            Step::EndBallots | Step::EndShuffles => checks::EVENTS,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Step::Setup { .. } => "Setup",
            Step::Ballot(_) => "Ballot",
            Step::EndBallots => "EndBallots",
            Step::EncryptedTally { .. } => "EncryptedTally",
            Step::Shuffle(..) => "Shuffle",
            Step::EndShuffles => "EndShuffles",
            Step::Decryption(..) => "PartialDecryption",
            Step::Result(_) => "Result",
        }
    }
}

/// Writes steps as an archive; every hash, parent and height fits.
pub fn write(steps: &[Step], time: u64) -> Vec<u8> {
    let mut writer = ArchiveWriter::begin(Vec::new(), time).unwrap();
    for step in steps {
        match step {
            Step::Setup { election, trustees, credentials } => {
                writer.setup(election, trustees, credentials).unwrap();
            }
            Step::Ballot(bytes) => {
                writer.ballot(bytes).unwrap();
            }
            Step::EndBallots => writer.end_ballots().unwrap(),
            Step::EncryptedTally { tally, num_tallied, total_weight } => {
                writer.encrypted_tally(tally, *num_tallied, *total_weight).unwrap();
            }
            Step::Shuffle(owner, bytes) => {
                writer.shuffle(*owner, bytes).unwrap();
            }
            Step::EndShuffles => writer.end_shuffles().unwrap(),
            Step::Decryption(owner, bytes) => {
                writer.partial_decryption(*owner, bytes).unwrap();
            }
            Step::Result(bytes) => {
                writer.result(bytes).unwrap();
            }
        }
    }
    writer.finish().unwrap()
}

/// Reads an archive's steps and its time.
pub fn read(archive: &[u8]) -> (Vec<Step>, u64) {
    let mut records = Records::open(Cursor::new(archive)).unwrap();
    let mut steps = Vec::new();
    while let Some(record) = records.next_record().unwrap() {
        let payload = |i: usize| record.payloads[i].bytes.clone();
        let owner = || json::parse::<ballot::archive::Owned>(&payload(1)).unwrap().owner;
        steps.push(match record.event.r#type {
            EventType::Setup => {
                assert_eq!(record.payloads.len(), 4, "no certificate among the fixtures");
                Step::Setup { election: payload(0), trustees: payload(1), credentials: payload(2) }
            }
            EventType::Ballot => Step::Ballot(payload(0)),
            EventType::EndBallots => Step::EndBallots,
            EventType::EncryptedTally => {
                let sized: ballot::archive::SizedTally = json::parse(&payload(1)).unwrap();
                Step::EncryptedTally {
                    tally: payload(0),
                    num_tallied: sized.num_tallied,
                    total_weight: sized.total_weight.0,
                }
            }
            EventType::Shuffle => Step::Shuffle(owner(), payload(0)),
            EventType::EndShuffles => Step::EndShuffles,
            EventType::PartialDecryption => Step::Decryption(owner(), payload(0)),
            EventType::Result => Step::Result(payload(0)),
        });
    }
    (steps, records.timestamp())
}

/// Holds an election.
pub fn hold<G: Group>(spec: &Spec) -> Held<G> {
    let mut rng = rng(spec.seed);
    let (mut list, mut secrets, mut seeds) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=spec.singles {
        let (secret, public) = single_key::<G>(&mut rng, Some(format!("Trustee {number}")));
        list.push(Trustee::Single(public));
        secrets.push(*secret.scalar());
    }
    if let Some((threshold, size)) = spec.threshold {
        let (group, members) = hold_ceremony::<G>(&mut rng, threshold, size).unwrap();
        list.push(Trustee::Pedersen(group));
        secrets.extend(members.iter().map(|member| *member.private_key().scalar()));
        seeds.extend(members.iter().map(|member| member.seed().clone()));
    }
    let trustees = Trustees(list);
    let verified = trustees.verify().unwrap_or_else(|refusals| panic!("{}", refusals[0]));
    let mut nonces = Nonces::new(&mut rng, b"", b"voters");
    let uuid = new_uuid(&mut nonces);
    let credentials: Vec<Credential> =
        spec.weights.iter().map(|_| Credential::generate(&mut nonces)).collect();
    let enrolled = credentials.iter().zip(&spec.weights);
    let enrolled = enrolled.map(|(c, weight)| Enrolled::<G> { key: c.public::<G>(&uuid), weight: *weight });
    let election_text = NewElection {
        name: "Small".into(),
        description: "A test".into(),
        questions: spec.questions.clone(),
        uuid: uuid.clone(),
        credential_authority: "cabildo".into(),
    }
    .describe(&verified)
    .unwrap();
    let mut held = Held {
        election: Arc::new(Election::parse(election_text.as_bytes()).unwrap()),
        election_text,
        trustees_text: json::to_string(&trustees),
        trustees,
        verified,
        seeds,
        secrets,
        list: credential_list(enrolled.collect()).unwrap(),
        credentials: Arc::new(credentials),
        ballots: Vec::new(),
        tally: Vec::new(),
        tally_text: String::new(),
        num_tallied: 0,
        total_weight: 0,
        shuffles: Vec::new(),
        decryptions: Vec::new(),
        result: String::new(),
        strong: StrongFile { version: 1, election_uuid: uuid, proofs: Vec::new() },
        seed: spec.seed,
    };
    for (i, (voter, votes)) in spec.casts.iter().enumerate() {
        held.ballots.push(held.cast(*voter, votes, i as u8));
    }
    held.tally_up();
    held.mix(&spec.mixers);
    held.decrypt(&spec.deciders);
    held.open();
    held.prove();
    held
}

impl<G: Group> Held<G> {
    pub fn uuid(&self) -> &str {
        &self.election.description.uuid
    }

    pub fn secret(&self, voter: usize) -> G::Scalar {
        *self.credentials[voter].secret::<G>(self.uuid())
    }

    pub fn public(&self, voter: usize) -> G::Element {
        self.credentials[voter].public::<G>(self.uuid())
    }

    pub fn cast(&self, voter: usize, votes: &[Vec<u8>], fresh: u8) -> Vec<u8> {
        let votes: Vec<_> = votes.iter().cloned().map(Zeroizing::new).collect();
        cast(&self.election, &self.credentials[voter], &votes, &[fresh; 32]).unwrap().into_bytes()
    }

    /// The same election with other trustees, credentials or words in it; nothing else is done again.
    pub fn with_election_text(&self, text: String) -> Held<G> {
        let election = Arc::new(Election::parse(text.as_bytes()).unwrap());
        Held { election, election_text: text, ..self.clone() }
    }

    /// What each key on the list weighs.
    pub fn weights(&self) -> BTreeMap<String, u64> {
        let lines: Vec<String> = serde_json::from_str(&self.list).unwrap();
        lines
            .iter()
            .map(|line| match line.split_once(',') {
                Some((key, weight)) => (key.to_owned(), weight.parse().unwrap_or(1)),
                None => (line.clone(), 1),
            })
            .collect()
    }

    /// Adds the ballots up as they stand: the last of each credential counts. Nothing is verified.
    pub fn tally_up(&mut self) {
        let mut last = BTreeMap::new();
        for bytes in &self.ballots {
            let ballot = Ballot::parse(&self.election, bytes).unwrap_or_else(|refusal| panic!("{refusal}"));
            last.insert(ballot.credential.to_string(), ballot);
        }
        let weights = self.weights();
        let mut accumulator = Accumulator::new(&self.election);
        let questions = self.election.questions().to_vec();
        let mut mixed = vec![Vec::new(); questions.iter().filter(|question| question.is_mixed()).count()];
        self.total_weight = 0;
        for (credential, ballot) in &last {
            let ciphertexts: Vec<_> =
                ballot.answers.iter().map(ballot::question::Answer::ciphertexts).collect();
            let weight = weights.get(credential).copied().unwrap_or(1);
            self.total_weight += weight;
            accumulator.add(&ciphertexts, weight);
            let own = questions.iter().zip(&ciphertexts).filter(|(question, _)| question.is_mixed());
            for (row, (_, ciphertexts)) in mixed.iter_mut().zip(own) {
                row.push(ciphertexts[0]);
            }
        }
        self.num_tallied = last.len() as u64;
        self.set_tally(accumulator.tally(mixed));
    }

    pub fn set_tally(&mut self, tally: Shaped<Ciphertext<G>>) {
        self.tally_text = json::to_string(&tally);
        let rows = tally.0.into_iter().map(|row| match row {
            Row::Flat(values) => values,
            Row::Nested(values) => values.into_iter().flatten().collect(),
        });
        self.tally = rows.collect();
    }

    fn mixed_rows(&self) -> Vec<usize> {
        let questions = self.election.questions();
        (0..questions.len()).filter(|i| questions[*i].is_mixed()).collect()
    }

    /// What is decrypted: the tally, its ranked questions as the last shuffle left them.
    pub fn final_rows(&self) -> Vec<Vec<Ciphertext<G>>> {
        let mut rows = self.tally.clone();
        if let Some((_, last)) = self.shuffles.last() {
            for (i, ciphertexts) in self.mixed_rows().into_iter().zip(&last.ciphertexts) {
                rows[i].clone_from(ciphertexts);
            }
        }
        rows
    }

    /// What the next mixer mixes.
    pub fn mix_input(&self) -> MixInput<G> {
        let rows = self.final_rows();
        let input = self.mixed_rows().into_iter().map(|i| rows[i].clone()).collect();
        MixInput::check("tests", input, &[1; 32]).unwrap()
    }

    pub fn make_shuffle(&self, input: &MixInput<G>, fresh: u64) -> Shuffle<G> {
        let mut generators = Generators::new();
        shuffle(&self.election, &mut generators, input, b"", &mut rng(fresh)).unwrap()
    }

    pub fn mix(&mut self, owners: &[usize]) {
        self.shuffles.clear();
        for owner in owners {
            let made = self.make_shuffle(&self.mix_input(), self.seed + *owner as u64);
            self.shuffles.push((*owner, made));
        }
    }

    pub fn shape(&self) -> TallyShape {
        TallyShape::of(self.election.questions(), self.num_tallied as usize)
    }

    pub fn flat(&self) -> Vec<Ciphertext<G>> {
        self.final_rows().into_iter().flatten().collect()
    }

    pub fn alphas(&self) -> Vec<G::Element> {
        self.flat().iter().map(|ciphertext| ciphertext.alpha).collect()
    }

    pub fn make_decryption(&self, owner: usize) -> PartialDecryption<G> {
        let public = self.verified.owners()[owner - 1].key;
        let secret = &self.secrets[owner - 1];
        decrypt(&self.election, &self.shape(), &self.alphas(), secret, &public, &[owner as u8; 32])
    }

    pub fn decrypt(&mut self, owners: &[usize]) {
        self.decryptions = owners.iter().map(|owner| (*owner, self.make_decryption(*owner))).collect();
    }

    /// Opens the tally with the factors at hand; keeps the result that stands where they do not open it.
    pub fn open(&mut self) {
        if let Some(result) = self.opened() {
            self.result = json::to_string(&result);
        }
    }

    pub fn opened(&self) -> Option<ElectionResult> {
        let factors = self.decryptions.iter().map(|(owner, decryption)| {
            (*owner, decryption.decryption_factors.clone().into_flat().iter().map(G::point).collect())
        });
        let combined = self.verified.combine(&factors.collect()).ok()?;
        let opened = open(&self.flat(), &combined);
        opened
            .result(self.election.questions(), self.num_tallied as usize, self.total_weight.min(1 << 31))
            .ok()
    }

    pub fn setup_hash(&self) -> Hash {
        let mut writer = ArchiveWriter::begin(std::io::sink(), TIME).unwrap();
        let texts = (self.election_text.as_bytes(), self.trustees_text.as_bytes(), self.list.as_bytes());
        writer.setup(texts.0, texts.1, texts.2).unwrap()
    }

    pub fn last_shuffle(&self) -> Option<Hash> {
        self.shuffles.last().map(|(_, shuffle)| Hash::of(json::to_string(shuffle).as_bytes()))
    }

    /// Makes every strong proof anew.
    pub fn prove(&mut self) {
        let ciphertexts = self.flat();
        self.strong.proofs = self
            .decryptions
            .iter()
            .map(|(owner, decryption)| {
                let factors = decryption.decryption_factors.clone().into_flat();
                let statement = Statement {
                    setup: self.setup_hash(),
                    election: self.election.hash,
                    trustees: Hash::of(self.trustees_text.as_bytes()),
                    owner: *owner,
                    public: &self.verified.owners()[owner - 1].key,
                    encrypted_tally: Hash::of(self.tally_text.as_bytes()),
                    last_shuffle: self.last_shuffle(),
                    ciphertexts: &ciphertexts,
                    factors: &factors,
                    partial_decryption: Hash::of(json::to_string(decryption).as_bytes()),
                };
                statement.prove(&self.secrets[owner - 1], &[9; 32])
            })
            .collect();
    }

    fn owners<T>(list: &[(usize, T)]) -> Vec<usize> {
        list.iter().map(|(owner, _)| *owner).collect()
    }

    /// After the ballots were changed: everything that follows from them, by the book.
    pub fn again_from_ballots(&mut self) {
        self.tally_up();
        self.again_from_tally();
    }

    pub fn again_from_tally(&mut self) {
        self.mix(&Self::owners(&self.shuffles));
        self.again_from_shuffles();
    }

    pub fn again_from_shuffles(&mut self) {
        self.decrypt(&Self::owners(&self.decryptions));
        self.again_from_decryptions();
    }

    pub fn again_from_decryptions(&mut self) {
        self.open();
        self.prove();
    }

    pub fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::Setup {
            election: self.election_text.clone().into_bytes(),
            trustees: self.trustees_text.clone().into_bytes(),
            credentials: self.list.clone().into_bytes(),
        }];
        steps.extend(self.ballots.iter().cloned().map(Step::Ballot));
        steps.push(Step::EndBallots);
        steps.push(Step::EncryptedTally {
            tally: self.tally_text.clone().into_bytes(),
            num_tallied: self.num_tallied,
            total_weight: self.total_weight,
        });
        let text = |value: &Shuffle<G>| json::to_string(value).into_bytes();
        steps.extend(self.shuffles.iter().map(|(owner, shuffle)| Step::Shuffle(*owner, text(shuffle))));
        if !self.shuffles.is_empty() {
            steps.push(Step::EndShuffles);
        }
        for (owner, decryption) in &self.decryptions {
            steps.push(Step::Decryption(*owner, json::to_string(decryption).into_bytes()));
        }
        steps.push(Step::Result(self.result.clone().into_bytes()));
        steps
    }

    pub fn archive(&self) -> Vec<u8> {
        write(&self.steps(), TIME)
    }

    pub fn strong_text(&self) -> Vec<u8> {
        json::to_string(&self.strong).into_bytes()
    }

    /// `S0` of a voter.
    pub fn s0(&self, voter: usize) -> String {
        format!("{}|{}", self.election.fingerprint, self.public(voter))
    }

    /// A ballot with these answers, truly signed by the voter.
    pub fn signed(&self, voter: usize, answers: &[String]) -> Vec<u8> {
        let credential = self.public(voter).to_string();
        sign_ballot::<G>(self.uuid(), &self.election.fingerprint, &credential, answers, |statement| {
            sigma::prove(statement, &self.secret(voter), &mut nonces(5))
        })
    }
}

/// A ballot's text; `sign` proves over `sig|HASH`.
pub fn sign_ballot<G: Group>(
    uuid: &str,
    fingerprint: &str,
    credential: &str,
    answers: &[String],
    sign: impl Fn(&str) -> Proof<G>,
) -> Vec<u8> {
    let answers = answers.join(",");
    let unsigned = format!(
        r#"{{"election_uuid":"{uuid}","election_hash":"{fingerprint}","credential":"{credential}","answers":[{answers}]"#
    );
    let hash = Hash::of(format!("{unsigned}}}").as_bytes()).compact();
    let proof = sign(&format!("sig|{hash}"));
    format!("{unsigned},\"signature\":{}}}", json::to_string(&Signature::<G> { hash, proof })).into_bytes()
}

/// The texts of a ballot's answers.
pub fn answers_of(ballot: &[u8]) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_slice(ballot).unwrap();
    value["answers"].as_array().unwrap().iter().map(serde_json::Value::to_string).collect()
}

pub fn times<G: Group>(element: &G::Element, factor: &G::Point) -> G::Element {
    G::encode(&G::mul(&G::point(element), factor))
}

pub fn plus_one<S: Scalar>(scalar: &S) -> S {
    *scalar + S::ONE
}

// ---- tars ----

/// The members of an archive.
pub fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut members = Vec::new();
    let mut rest = archive;
    while !rest.is_empty() {
        let (name, size, _) = tar::parse(rest[..tar::BLOCK].try_into().unwrap()).unwrap();
        let size = size as usize;
        members.push((name, rest[tar::BLOCK..tar::BLOCK + size].to_vec()));
        rest = &rest[tar::BLOCK + size + tar::padding(size as u64)..];
    }
    members
}

pub fn member(name: &str, bytes: &[u8], time: u64) -> Vec<u8> {
    let mut block = tar::header(name, bytes.len() as u64, time).unwrap().to_vec();
    block.extend_from_slice(bytes);
    block.resize(block.len() + tar::padding(bytes.len() as u64), 0);
    block
}

pub fn tar_of(members: &[(String, Vec<u8>)], time: u64) -> Vec<u8> {
    members.iter().flat_map(|(name, bytes)| member(name, bytes, time)).collect()
}

// ---- verdicts ----

/// What an audit says.
pub struct Verdict {
    pub failed: Vec<&'static str>,
    pub readable: bool,
    pub holds: bool,
    pub text: String,
}

pub fn judge(archive: &[u8], strong: Option<&[u8]>, partial: bool) -> Verdict {
    judge_reader(Cursor::new(archive), strong, partial)
}

pub fn judge_reader(
    input: impl std::io::Read + std::io::Seek,
    strong: Option<&[u8]>,
    partial: bool,
) -> Verdict {
    let options = Options { seed: [7; 32], strong, partial, progress: &mut |_| {} };
    match audit(input, options) {
        Ok(Audit { report, result, .. }) => {
            let holds = report.holds();
            assert!(!holds || partial || result.is_some(), "an audit holds without a result\n{report}");
            Verdict { failed: report.failed_checks(), readable: true, holds, text: report.to_string() }
        }
        Err(unreadable) => {
            let text = match unreadable {
                Unreadable::Input(error) => error.to_string(),
                Unreadable::NotAnArchive => "not an archive".into(),
            };
            Verdict { failed: Vec::new(), readable: false, holds: false, text }
        }
    }
}
