//! A whole election in one process: every party's part, through the same messages as in earnest.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use ballot::archive::ArchiveWriter;
use ballot::ballot::{cast, verify_all};
use ballot::ballot_box::{BallotBox, Position};
use ballot::credential::{Credential, Enrolled};
use ballot::decryption::decrypt;
use ballot::election::Election;
use ballot::group::{Group, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::nonce::Nonces;
use ballot::result::open;
use ballot::setup::{NewElection, credential_list, new_uuid};
use ballot::shuffle::{Generators, MixInput, shuffle, verify as verify_shuffle};
use ballot::sigma::Ciphertext;
use ballot::strong::{Statement, StrongFile};
use ballot::tally::{Row, TallyShape};
use ballot::trustee::{PrivateKey, Trustee, Trustees, hold_ceremony, single_key};
use contest::Contest;
use rand_core::Rng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;

/// How many ballots are encrypted together.
const BATCH: usize = 512;

/// What is to be rehearsed.
pub struct Plan {
    /// The contest.
    pub contest: Contest,
    /// Each voter's plain numbers.
    pub votes: Vec<Zeroizing<Vec<u8>>>,
    /// Each voter's weight.
    pub weights: Vec<u64>,
    /// Trustees with a key of their own, before the others.
    pub single: usize,
    /// The other trustees.
    pub trustees: usize,
    /// How many of them decrypt together; `None`: each has a key of its own.
    pub threshold: Option<usize>,
    /// How many trustees mix.
    pub shuffles: usize,
}

/// What was made.
pub struct Held {
    /// The election's uuid.
    pub uuid: String,
    /// The archive; its strong proofs stand beside it.
    pub archive: PathBuf,
}

fn internal(cause: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("internal error, please report it: {cause}"))
}

/// Holds the election; writes `<uuid>.bel` and `<uuid>.strong.json` into the folder.
pub fn hold<G: Group>(plan: &Plan, folder: &Path, steps: &mut Steps) -> Result<Held, Failure> {
    let mut rng = edge::rng()?;
    let timestamp = edge::now()?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| Failure::file(&path, edge::cause(&error))
    };

    // The trustees make their keys.
    let step = steps.begin("trustees' keys", 1);
    let (trustees, secrets) = trustees::<G>(plan, &mut rng)?;
    let trustees_text = json::to_string(&trustees);
    let verified = trustees
        .verify()
        .map_err(|refusals| internal(refusals.first().map_or(String::new(), |r| r.to_string())))?;
    step.end();

    // The voters get their credentials.
    let mut nonces = Nonces::new(&mut rng, b"", b"rehearsal");
    let uuid = new_uuid(&mut nonces);
    let step = steps.begin("credentials", plan.votes.len() as u64);
    let credentials: Vec<Credential> = plan.votes.iter().map(|_| Credential::generate(&mut nonces)).collect();
    let enrolled: Vec<Enrolled<G>> = credentials
        .par_iter()
        .zip(&plan.weights)
        .map(|(credential, weight)| Enrolled { key: credential.public::<G>(&uuid), weight: *weight })
        .collect();
    let list = credential_list(enrolled).map_err(internal)?;
    step.end();

    let new = NewElection {
        name: "Dress rehearsal".into(),
        description: format!(
            "Counted by {}, {} to elect",
            plan.contest.method().name(),
            plan.contest.seats()
        ),
        questions: vec![plan.contest.question()],
        uuid: uuid.clone(),
        credential_authority: "cabildo".into(),
    };
    let election_text = new.describe(&verified).map_err(internal)?;
    let election = Election::<G>::parse(election_text.as_bytes()).map_err(internal)?;
    let archive = folder.join(format!("{uuid}.bel"));
    let failed = failed(&archive);
    let output = BufWriter::with_capacity(1 << 20, File::create(&archive).map_err(&failed)?);
    let mut writer = ArchiveWriter::begin(output, timestamp).map_err(&failed)?;
    let setup =
        writer.setup(election_text.as_bytes(), trustees_text.as_bytes(), list.as_bytes()).map_err(&failed)?;
    let mut box_ = BallotBox::open(&election, list.as_bytes(), &*edge::fresh()?).map_err(internal)?;

    // The voters cast; whoever keeps the box verifies each ballot before taking it.
    let step = steps.begin("ballots cast and verified", plan.votes.len() as u64);
    for (voters, votes) in credentials.chunks(BATCH).zip(plan.votes.chunks(BATCH)) {
        let fresh: Vec<Zeroizing<[u8; 32]>> = votes
            .iter()
            .map(|_| {
                let mut bytes = Zeroizing::new([0; 32]);
                rng.fill_bytes(bytes.as_mut());
                bytes
            })
            .collect();
        let ballots: Vec<Vec<u8>> = voters
            .par_iter()
            .zip(votes)
            .zip(&fresh)
            .map(|((credential, vote), fresh)| {
                cast(&election, credential, std::slice::from_ref(vote), fresh).map(String::into_bytes)
            })
            .collect::<Result<_, _>>()
            .map_err(internal)?;
        for (bytes, verdict) in ballots.iter().zip(verify_all(&election, &ballots, &*edge::fresh()?)) {
            let ballot = verdict.map_err(internal)?;
            let position = Position { offset: 0, size: bytes.len(), hash: ballot.hash };
            box_.accept(&ballot, position, None).map_err(internal)?;
            writer.ballot(bytes).map_err(&failed)?;
        }
        step.advance(votes.len() as u64);
    }
    writer.end_ballots().map_err(&failed)?;
    step.end();

    // The box is added up under encryption.
    let step = steps.begin("encrypted tally", 1);
    let (num_tallied, total_weight) = (box_.num_tallied(), box_.total_weight());
    let tally = box_.tally();
    let tally_text = json::to_string(&tally);
    writer.encrypted_tally(tally_text.as_bytes(), num_tallied, total_weight).map_err(&failed)?;
    step.end();
    let mut rows: Vec<Vec<Ciphertext<G>>> = tally
        .0
        .into_iter()
        .map(|row| match row {
            Row::Flat(values) => values,
            Row::Nested(values) => values.into_iter().flatten().collect(),
        })
        .collect();

    // Trustees mix, one after the other; each shuffle is verified before the next begins.
    let mut last_shuffle = None;
    if plan.shuffles > 0 {
        let step = steps.begin("shuffles made and verified", plan.shuffles as u64);
        let mut generators = Generators::new();
        let mut input = MixInput::check("encrypted-tally", rows, &*edge::fresh()?).map_err(internal)?;
        for owner in 1..=plan.shuffles {
            let secret = secrets[owner - 1].scalar().to_bytes();
            let made = shuffle(&election, &mut generators, &input, &secret, &mut rng).map_err(internal)?;
            let text = json::to_string(&made);
            writer.shuffle(owner, text.as_bytes()).map_err(&failed)?;
            last_shuffle = Some(Hash::of(text.as_bytes()));
            drop(text);
            let verified = verify_shuffle(&election, &mut generators, &input, made, &*edge::fresh()?)
                .map_err(internal)?;
            input = verified.into_output();
            step.advance(1);
        }
        writer.end_shuffles().map_err(&failed)?;
        rows = input.into_questions();
        step.end();
    }

    // As many trustees decrypt as are needed.
    let decrypting = plan.single + plan.threshold.unwrap_or(plan.trustees);
    let step = steps.begin("partial decryptions", decrypting as u64);
    let ciphertexts: Vec<Ciphertext<G>> = rows.into_iter().flatten().collect();
    let alphas: Vec<G::Element> = ciphertexts.iter().map(|ciphertext| ciphertext.alpha).collect();
    let shape = TallyShape::of(election.questions(), usize::try_from(num_tallied).map_err(internal)?);
    let mut factors = std::collections::BTreeMap::new();
    let mut proofs = Vec::new();
    for (i, key) in secrets.iter().enumerate().take(decrypting) {
        let owner = i + 1;
        let public = verified.owners()[i].key;
        let decryption = decrypt(&election, &shape, &alphas, key.scalar(), &public, &*edge::fresh()?);
        let text = json::to_string(&decryption);
        writer.partial_decryption(owner, text.as_bytes()).map_err(&failed)?;
        let flat: Vec<G::Element> = decryption.decryption_factors.into_flat();
        let statement = Statement {
            setup,
            election: election.hash,
            trustees: Hash::of(trustees_text.as_bytes()),
            owner,
            public: &public,
            encrypted_tally: Hash::of(tally_text.as_bytes()),
            last_shuffle,
            ciphertexts: &ciphertexts,
            factors: &flat,
            partial_decryption: Hash::of(text.as_bytes()),
        };
        proofs.push(statement.prove(key.scalar(), &*edge::fresh()?));
        factors.insert(owner, flat.iter().map(G::point).collect());
        step.advance(1);
    }
    let strong = StrongFile::<G> { version: 1, election_uuid: uuid.clone(), proofs };
    edge::write(&folder.join(format!("{uuid}.strong.json")), json::to_string(&strong).as_bytes())?;
    step.end();

    let step = steps.begin("result", 1);
    let combined = verified.combine(&factors).map_err(internal)?;
    let mixed = usize::try_from(num_tallied).map_err(internal)?;
    let result =
        open(&ciphertexts, &combined).result(election.questions(), mixed, total_weight).map_err(internal)?;
    writer.result(json::to_string(&result).as_bytes()).map_err(&failed)?;
    let output = writer.finish().map_err(&failed)?;
    output.get_ref().sync_all().map_err(&failed)?;
    step.end();
    Ok(Held { uuid, archive })
}

/// The trustees' list and each trustee's key, in the list's order.
fn trustees<G: Group>(
    plan: &Plan,
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Result<(Trustees<G>, Vec<PrivateKey<G>>), Failure> {
    let singles = plan.single + if plan.threshold.is_none() { plan.trustees } else { 0 };
    let mut list = Vec::new();
    let mut secrets = Vec::new();
    for number in 1..=singles {
        let (secret, public) = single_key::<G>(rng, Some(format!("Trustee {number}")));
        list.push(Trustee::Single(public));
        secrets.push(secret);
    }
    if let Some(threshold) = plan.threshold {
        let threshold = u32::try_from(threshold).map_err(internal)?;
        let size = u32::try_from(plan.trustees).map_err(internal)?;
        let (group, members) = hold_ceremony::<G>(rng, threshold, size).map_err(internal)?;
        list.push(Trustee::Pedersen(group));
        secrets.extend(members.into_iter().map(|member| member.private_key().clone()));
    }
    Ok((Trustees(list), secrets))
}
