//! The algorithms whose vectors this module runs, under the names of `docs/spec/ballot.md`. Each takes a case without its
//! name and expectation, as JSON; all randomness is in the case.

use crate::Refusal;
use crate::check::{self, audit_bytes};
use crate::functions::{self, Secret, election, exactly_32, group_of};
use ballot::archive::tar;
use ballot::ballot::Ballot;
use ballot::ballot_box::BallotBox;
use ballot::checks;
use ballot::credential::Credential;
use ballot::decryption;
use ballot::group::{Group, GroupName, Scalar};
use ballot::hash::{self, Hash};
use ballot::json;
use ballot::nonce::Nonces;
use ballot::shuffle::{self, Generators, MixInput, NotVerified, Shuffle};
use ballot::sigma::Ciphertext;
use ballot::strong::{Statement, StrongProof};
use ballot::tally::TallyShape;
use ballot::trustee::{PrivateKey, Trustees};
use ballot::with_group;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What an algorithm is to the runner: JSON in, JSON out.
pub(crate) type Algorithm = fn(&str) -> Result<String, Refusal>;

/// Every algorithm, by name.
pub(crate) const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("Sha256", |case| run(case, |argument| functions::sha256(argument, &[]))),
    ("DecodeElement", |case| run(case, |c: Text| with_group!(c.group()?, G => decode_element::<G>(&c)))),
    ("DecodeScalar", |case| run(case, |c: Text| with_group!(c.group()?, G => decode_scalar::<G>(&c)))),
    ("HashToScalar", |case| run(case, |c: Text| with_group!(c.group()?, G => hash_to_scalar::<G>(&c)))),
    ("EmbedVote", |case| run(case, |c: Plain| with_group!(group(&c.group)?, G => embed_vote::<G>(&c)))),
    ("ExtractVote", |case| {
        run(case, |c: Embedded| with_group!(group(&c.group)?, G => extract_vote::<G>(&c)))
    }),
    ("GetGenerators", |case| {
        run(case, |c: Count| with_group!(group(&c.group)?, G => get_generators::<G>(&c)))
    }),
    ("DeriveNonce", |case| run(case, |c: Nonce| with_group!(group(&c.group)?, G => derive_nonce::<G>(&c)))),
    ("DeriveCredential", |case| {
        run(case, |c: Own| with_group!(group(&c.group)?, G => derive_credential::<G>(&c)))
    }),
    ("ReadElection", |case| {
        run(case, |c: Described| with_group!(group_of(&c.election)?, G => read_election::<G>(&c)))
    }),
    ("ReadCredentials", |case| {
        run(case, |c: List| with_group!(group_of(&c.election)?, G => read_credentials::<G>(&c)))
    }),
    ("CastBallot", |case| run(case, cast_ballot)),
    ("ReadBallot", |case| {
        run(case, |c: check::Made| with_group!(group_of(&c.election)?, G => read_ballot::<G>(&c)))
    }),
    ("VerifyBallot", |case| run(case, |made| check::verify_ballot(made, &[]))),
    ("VerifyTrustees", |case| {
        run(case, |c: Keys| with_group!(group(&c.group)?, G => verify_trustees::<G>(&c)))
    }),
    ("VerifyShuffle", |case| {
        run(case, |c: Mixed| with_group!(group_of(&c.election)?, G => verify_shuffle::<G>(&c)))
    }),
    ("DecryptPartially", |case| {
        run(case, |c: Decrypt| with_group!(group_of(&c.election)?, G => decrypt_partially::<G>(&c)))
    }),
    ("VerifyPartialDecryption", |case| {
        run(case, |c: Decrypted| with_group!(group_of(&c.election)?, G => verify_partial_decryption::<G>(&c)))
    }),
    ("ProveStrongDecryption", |case| {
        run(case, |c: Prove| with_group!(group(&c.group)?, G => prove_strong::<G>(&c)))
    }),
    ("VerifyStrongDecryption", |case| {
        run(case, |c: Proven| with_group!(group(&c.group)?, G => verify_strong::<G>(&c)))
    }),
    ("Audit", |case| run(case, audit)),
];

fn run<C: DeserializeOwned, V: Serialize>(
    case: &str,
    algorithm: impl FnOnce(C) -> Result<V, Refusal>,
) -> Result<String, Refusal> {
    let case = serde_json::from_str(case).map_err(|e| Refusal::argument(e.to_string()))?;
    serde_json::to_string(&algorithm(case)?).map_err(|e| Refusal::argument(e.to_string()))
}

fn group(name: &str) -> Result<GroupName, Refusal> {
    GroupName::from_name(name).ok_or_else(|| Refusal::argument(format!("there is no group {name:?}")))
}

fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    hex::decode(text).map_err(|e| Refusal::argument(format!("hexadecimal: {e}")))
}

fn bytes_32(text: &str) -> Result<[u8; 32], Refusal> {
    exactly_32(&bytes(text)?).map(|bytes| *bytes)
}

fn digest(text: &str) -> Result<Hash, Refusal> {
    Hash::from_hex(text).ok_or_else(|| Refusal::argument(format!("{text:?} is no digest")))
}

/// Reads the canonical JSON of a value.
fn value<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, Refusal> {
    json::parse(text.as_bytes()).map_err(|error| Refusal::argument(error.to_string()))
}

fn element<G: Group>(text: &str) -> Result<G::Element, Refusal> {
    G::decode(text).map_err(|error| Refusal::refused("element", error.to_string()))
}

/// A verification that has nothing to say but that it holds.
#[derive(Serialize)]
struct Holds {
    holds: bool,
}

const HOLDS: Holds = Holds { holds: true };

// --- Groups

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    group: String,
    text: String,
}

impl Text {
    fn group(&self) -> Result<GroupName, Refusal> {
        group(&self.group)
    }
}

#[derive(Serialize)]
struct Membership {
    in_subgroup: bool,
    identity: bool,
}

fn decode_element<G: Group>(case: &Text) -> Result<Membership, Refusal> {
    let element = element::<G>(&case.text)?;
    let point = G::point(&element);
    // What is read is written again in the same way, from the element and from the point.
    if element.to_string() != case.text || G::encode(&point) != element {
        return Err(Refusal::misuse("it is written in another way than it was read"));
    }
    Ok(Membership { in_subgroup: G::in_subgroup(&point), identity: G::is_identity(&point) })
}

#[derive(Serialize)]
struct Exponent {
    /// Little-endian, in hexadecimal.
    bytes: String,
}

fn decode_scalar<G: Group>(case: &Text) -> Result<Exponent, Refusal> {
    let scalar = G::Scalar::from_decimal(&case.text)
        .ok_or_else(|| Refusal::refused("scalar", "not a canonical decimal below the group's order"))?;
    if scalar.to_decimal() != case.text {
        return Err(Refusal::misuse("it is written in another way than it was read"));
    }
    Ok(Exponent { bytes: hex::encode(&*scalar.to_bytes()) })
}

#[derive(Serialize)]
struct Decimal {
    scalar: String,
}

fn hash_to_scalar<G: Group>(case: &Text) -> Result<Decimal, Refusal> {
    Ok(Decimal { scalar: hash::to_scalar::<G::Scalar>(&case.text).to_decimal() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    group: String,
    vote: Vec<u8>,
}

#[derive(Serialize)]
struct OneElement {
    element: String,
}

fn embed_vote<G: Group>(case: &Plain) -> Result<OneElement, Refusal> {
    let point = G::embed(&case.vote)
        .ok_or_else(|| Refusal::argument("the group cannot embed a vote of this length"))?;
    Ok(OneElement { element: G::encode(&point).to_string() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Embedded {
    group: String,
    element: String,
    count: usize,
}

#[derive(Serialize)]
struct Extracted {
    vote: Vec<u8>,
}

fn extract_vote<G: Group>(case: &Embedded) -> Result<Extracted, Refusal> {
    Ok(Extracted { vote: G::extract(&element::<G>(&case.element)?, case.count) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    group: String,
    count: usize,
}

#[derive(Serialize)]
struct Independent {
    h: String,
    generators: Vec<String>,
}

fn get_generators<G: Group>(case: &Count) -> Result<Independent, Refusal> {
    let mut generators = Generators::<G>::new();
    let text = |point: &G::Point| G::encode(point).to_string();
    if case.count > 1000 {
        return Err(Refusal::argument("more than 1000"));
    }
    Ok(Independent {
        h: text(generators.h()),
        generators: generators.first(case.count).iter().map(text).collect(),
    })
}

// --- Secrets

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nonce {
    group: String,
    fresh: String,
    secret: String,
    statement: String,
    count: usize,
}

#[derive(Serialize)]
struct Scalars {
    scalars: Vec<String>,
}

fn derive_nonce<G: Group>(case: &Nonce) -> Result<Scalars, Refusal> {
    let mut nonces =
        Nonces::from_fresh(&bytes_32(&case.fresh)?, &bytes(&case.secret)?, case.statement.as_bytes());
    Ok(Scalars {
        scalars: (0..case.count.min(100)).map(|_| nonces.scalar::<G::Scalar>().to_decimal()).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    group: String,
    uuid: String,
    credential: String,
}

#[derive(Serialize)]
struct Pair {
    secret: String,
    public: String,
}

fn derive_credential<G: Group>(case: &Own) -> Result<Pair, Refusal> {
    let credential = Credential::parse(&case.credential)
        .ok_or_else(|| Refusal::argument("not 22 letters of Base58 in groups of 5, 6, 5 and 6"))?;
    let secret = credential.secret::<G>(&case.uuid).to_decimal();
    Ok(Pair { secret, public: credential.public::<G>(&case.uuid).to_string() })
}

// --- Elections and ballots

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    election: String,
}

#[derive(Serialize)]
struct Fingerprint {
    fingerprint: String,
    mixed: bool,
}

fn read_election<G: Group>(case: &Described) -> Result<Fingerprint, Refusal> {
    let election = election::<G>(&case.election)?;
    Ok(Fingerprint { mixed: election.is_mixed(), fingerprint: election.fingerprint })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    election: String,
    credentials: String,
    seed: String,
}

#[derive(Serialize)]
struct Voters {
    voters: u64,
}

fn read_credentials<G: Group>(case: &List) -> Result<Voters, Refusal> {
    let election = election::<G>(&case.election)?;
    let opened = BallotBox::open(&election, case.credentials.as_bytes(), &bytes_32(&case.seed)?)?;
    Ok(Voters { voters: opened.voters() })
}

#[derive(Deserialize)]
struct Casting {
    #[serde(flatten)]
    vote: serde_json::Map<String, serde_json::Value>,
    fresh: String,
}

fn cast_ballot(case: Casting) -> Result<impl Serialize, Refusal> {
    let vote = serde_json::from_value(case.vote.into()).map_err(|e| Refusal::argument(e.to_string()))?;
    functions::cast(vote, &bytes(&case.fresh)?)
}

fn read_ballot<G: Group>(case: &check::Made) -> Result<check::Known, Refusal> {
    let ballot = Ballot::parse(&election::<G>(&case.election)?, case.ballot.as_bytes())?;
    Ok(check::Known { tracker: ballot.tracker(), credential: ballot.credential.to_string() })
}

// --- Trustees, shuffles, decryptions

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    group: String,
    trustees: String,
}

#[derive(Serialize)]
struct ElectionKey {
    election_key: String,
    owners: Vec<String>,
}

fn verify_trustees<G: Group>(case: &Keys) -> Result<ElectionKey, Refusal> {
    let trustees = Trustees::<G>::parse(case.trustees.as_bytes())
        .map_err(|error| Refusal::refused(checks::TRUSTEES, error.to_string()))?;
    let verified = trustees.verify().map_err(|refusals| match refusals.into_iter().next() {
        Some(first) => first.into(),
        None => Refusal::misuse("refused without a reason"),
    })?;
    let owners = verified.owners().iter().map(|owner| owner.key.to_string()).collect();
    Ok(ElectionKey { election_key: verified.election_key().to_string(), owners })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mixed {
    election: String,
    /// For each mixed question its ciphertexts before.
    input: String,
    shuffle: String,
    seed: String,
}

fn verify_shuffle<G: Group>(case: &Mixed) -> Result<Holds, Refusal> {
    let election = election::<G>(&case.election)?;
    let seed = bytes_32(&case.seed)?;
    let input =
        MixInput::check(checks::ENCRYPTED_TALLY, value::<Vec<Vec<Ciphertext<G>>>>(&case.input)?, &seed)?;
    let shuffle: Shuffle<G> = json::parse(case.shuffle.as_bytes())
        .map_err(|error| Refusal::refused(checks::SHUFFLES, error.to_string()))?;
    let mut generators = Generators::new();
    let single = shuffle::verify_one_by_one(&election, &mut generators, &input, &shuffle);
    match (shuffle::verify(&election, &mut generators, &input, shuffle, &seed), single) {
        (Ok(_), Ok(())) => Ok(HOLDS),
        (Err(NotVerified::Refused(batch)), Err(single)) if batch == single => Err(single.into()),
        _ => Err(Refusal::misuse("the batch and the single equations disagree")),
    }
}

/// The final tally as a trustee sees it: how many ballots were mixed, and its ciphertexts' first halves, flat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decrypt {
    election: String,
    mixed: usize,
    alphas: String,
    private_key: Secret<String>,
    fresh: String,
}

#[derive(Serialize)]
struct Part {
    decryption: String,
}

fn decrypt_partially<G: Group>(case: &Decrypt) -> Result<Part, Refusal> {
    let election = election::<G>(&case.election)?;
    let shape = TallyShape::of(election.questions(), case.mixed);
    let key = PrivateKey::<G>::parse(case.private_key.0.as_bytes())
        .map_err(|misuse| Refusal::argument(misuse.0))?;
    let alphas: Vec<G::Element> = value(&case.alphas)?;
    let fresh = bytes_32(&case.fresh)?;
    let made = decryption::decrypt(&election, &shape, &alphas, key.scalar(), &key.public(), &fresh);
    Ok(Part { decryption: json::to_string(&made) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decrypted {
    election: String,
    mixed: usize,
    alphas: String,
    owner: usize,
    public_key: String,
    decryption: String,
    seed: String,
}

fn verify_partial_decryption<G: Group>(case: &Decrypted) -> Result<Holds, Refusal> {
    let election = election::<G>(&case.election)?;
    let shape = TallyShape::of(election.questions(), case.mixed);
    let alphas: Vec<G::Element> = value(&case.alphas)?;
    let public = element::<G>(&case.public_key)?;
    let (bytes, seed) = (case.decryption.as_bytes(), bytes_32(&case.seed)?);
    decryption::verify(&election, &shape, &alphas, case.owner, &public, bytes, &seed)?;
    Ok(HOLDS)
}

/// The statement of a strong proof. Digests in hexadecimal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    setup: String,
    election: String,
    trustees: String,
    owner: usize,
    public_key: String,
    encrypted_tally: String,
    last_shuffle: Option<String>,
    ciphertexts: String,
    factors: String,
    partial_decryption: String,
}

fn with_statement<G: Group, V>(
    claim: &Claim,
    f: impl FnOnce(&Statement<'_, G>) -> Result<V, Refusal>,
) -> Result<V, Refusal> {
    f(&Statement {
        setup: digest(&claim.setup)?,
        election: digest(&claim.election)?,
        trustees: digest(&claim.trustees)?,
        owner: claim.owner,
        public: &element::<G>(&claim.public_key)?,
        encrypted_tally: digest(&claim.encrypted_tally)?,
        last_shuffle: claim.last_shuffle.as_deref().map(digest).transpose()?,
        ciphertexts: &value::<Vec<Ciphertext<G>>>(&claim.ciphertexts)?,
        factors: &value::<Vec<G::Element>>(&claim.factors)?,
        partial_decryption: digest(&claim.partial_decryption)?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prove {
    group: String,
    statement: Claim,
    private_key: Secret<String>,
    fresh: String,
}

fn prove_strong<G: Group>(case: &Prove) -> Result<serde_json::Value, Refusal> {
    let key = PrivateKey::<G>::parse(case.private_key.0.as_bytes())
        .map_err(|misuse| Refusal::argument(misuse.0))?;
    let fresh = bytes_32(&case.fresh)?;
    with_statement::<G, _>(&case.statement, |statement| {
        serde_json::to_value(statement.prove(key.scalar(), &fresh))
            .map_err(|e| Refusal::misuse(e.to_string()))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proven {
    group: String,
    statement: Claim,
    proof: serde_json::Value,
}

fn verify_strong<G: Group>(case: &Proven) -> Result<Holds, Refusal> {
    let proof: StrongProof<G> = serde_json::from_value(case.proof.clone())
        .map_err(|error| Refusal::refused(checks::DECRYPTION, error.to_string()))?;
    with_statement::<G, _>(&case.statement, |statement| Ok(statement.verify(&proof)?))?;
    Ok(HOLDS)
}

// --- The audit

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    /// A line for each member: `BELENIOS`, `data` or `event`, a space, and its content. Names follow from contents.
    members: String,
    /// The members' time, in Unix seconds.
    timestamp: u64,
    #[serde(default)]
    strong: Option<String>,
    #[serde(default)]
    partial: bool,
    seed: String,
    /// Only so many bytes of it.
    #[serde(default)]
    keep: Option<usize>,
    /// Bytes put over those of the archive: where, and what in hexadecimal.
    #[serde(default)]
    put: Vec<(usize, String)>,
}

#[derive(Serialize)]
struct Verdict {
    ok: bool,
    failed: Vec<&'static str>,
    num_tallied: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Vec<ballot::result::QuestionResult>>,
}

/// The tar of these members.
fn archive(members: &str, timestamp: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in members.lines() {
        let (kind, content) = line.split_once(' ')?;
        let name = match kind {
            "BELENIOS" => kind.to_owned(),
            _ => format!("{}.{kind}.json", Hash::of(content.as_bytes())),
        };
        let size = content.len() as u64;
        bytes.extend(tar::header(&name, size, timestamp)?);
        bytes.extend(content.as_bytes());
        bytes.resize(bytes.len() + tar::padding(size), 0);
    }
    Some(bytes)
}

fn audit(case: Archive) -> Result<Verdict, Refusal> {
    let mut archive = archive(&case.members, case.timestamp)
        .ok_or_else(|| Refusal::argument("members: a line is not a word, a space, and a content"))?;
    archive.truncate(case.keep.unwrap_or(usize::MAX));
    for (at, new) in &case.put {
        let new = bytes(new)?;
        let place = at.checked_add(new.len()).and_then(|end| archive.get_mut(*at..end));
        place.ok_or_else(|| Refusal::argument("put: outside the archive"))?.copy_from_slice(&new);
    }
    let audited = audit_bytes(&archive, case.strong.as_deref(), case.partial, &bytes_32(&case.seed)?)?;
    let failed = audited.checks.iter().filter(|check| check.failed > 0).map(|check| check.name).collect();
    Ok(Verdict { ok: audited.ok, failed, num_tallied: audited.num_tallied, result: audited.result })
}
