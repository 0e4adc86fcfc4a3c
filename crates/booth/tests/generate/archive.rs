//! Two small elections of our own, from fixed bytes, and their audits.

use super::{Bel, Kit, OURS, SEED, rng};
use ballot::archive::{ArchiveWriter, tar};
use ballot::ballot::{Ballot, cast};
use ballot::ballot_box::{BallotBox, Position};
use ballot::checks;
use ballot::credential::{Credential, Enrolled};
use ballot::decryption::decrypt;
use ballot::election::{Election, Question};
use ballot::group::Ed25519;
use ballot::hash::Hash;
use ballot::json as canonical;
use ballot::nonce::Nonces;
use ballot::result::open;
use ballot::setup::{NewElection, credential_list};
use ballot::shuffle::{Generators, MixInput, shuffle};
use ballot::sigma::Ciphertext;
use ballot::strong::{Statement, StrongFile};
use ballot::tally::{Row, TallyShape};
use ballot::trustee::{PrivateKey, Trustee, Trustees, hold_ceremony, single_key};
use serde_json::{Value, json};
use zeroize::Zeroizing;

type G = Ed25519;

/// The time of the archives.
const TIME: u64 = 1_790_000_000;

pub(super) const KINDS_UUID: &str = "CabiLdoVectors1";
/// What the voters of the first election vote, the first of them twice.
pub(super) const KINDS_VOTES: [&str; 4] = [
    "[[1,0,1],[0,1,0],[2,1,3,4]]",
    "[[0,0,0],[1,0,0],[0,0,0,0]]",
    "[[0,1,0],[0,0,1],[4,3,2,1]]",
    "[[0,0,1],[0,1,0],[1,2,3,4]]",
];

/// An election that was held.
pub(super) struct Held {
    uuid: String,
    pub(super) election: String,
    pub(super) list: String,
    pub(super) credentials: Vec<String>,
    pub(super) ballots: Vec<String>,
    bel: Vec<u8>,
    strong: String,
    /// Where each event begins after the ballots: for cutting.
    before_result: usize,
}

fn questions(text: &str) -> Vec<Question> {
    serde_json::from_str(text).unwrap()
}

/// A homomorphic question, one with blank, and a ranked one; two trustees; one shuffle; one revote.
pub(super) fn kinds() -> Held {
    let mut random = rng(1);
    let (secrets, singles): (Vec<_>, Vec<_>) = (1..=2)
        .map(|n| single_key::<G>(&mut random, Some(format!("Trustee {n}"))))
        .map(|(secret, public)| (secret, Trustee::Single(public)))
        .unzip();
    let questions = questions(
        r#"[{"answers":["Ana","Bea","Col"],"min":0,"max":2,"question":"Choose up to two"},
            {"answers":["Yes","No"],"blank":true,"min":1,"max":1,"question":"Approve?"},
            {"type":"NonHomomorphic","value":{"answers":["A","B","C","D"],"question":"Rank"}}]"#,
    );
    hold(KINDS_UUID, questions, Trustees(singles), &secrets, &KINDS_VOTES, &[0, 1, 2, 0], &[1; 3], 1)
}

/// A question of choices, weights, two of three trustees.
fn weighted() -> Held {
    let (group, members) = hold_ceremony::<G>(&mut rng(2), 2, 3).unwrap();
    let secrets: Vec<_> = members.into_iter().map(|member| member.private_key().clone()).collect();
    let questions = questions(r#"[{"answers":["Yes","No"],"min":1,"max":1,"question":"Approve?"}]"#);
    let votes = ["[[1,0]]", "[[0,1]]"];
    hold(
        "CabiLdoVectors2",
        questions,
        Trustees(vec![Trustee::Pedersen(group)]),
        &secrets[..2],
        &votes,
        &[0, 1],
        &[3, 2_000_000_000],
        0,
    )
}

#[expect(clippy::too_many_arguments, reason = "an election has many parts")]
fn hold(
    uuid: &str,
    questions: Vec<Question>,
    trustees: Trustees<G>,
    secrets: &[PrivateKey<G>],
    votes: &[&str],
    voters: &[usize],
    weights: &[u64],
    shuffles: usize,
) -> Held {
    let mut nonces = Nonces::from_fresh(&[3; 32], b"", uuid.as_bytes());
    let credentials: Vec<Credential> = weights.iter().map(|_| Credential::generate(&mut nonces)).collect();
    let enrolled = credentials.iter().zip(weights);
    let enrolled =
        enrolled.map(|(c, weight)| Enrolled::<G> { key: c.public::<G>(uuid), weight: *weight }).collect();
    let list = credential_list(enrolled).unwrap();
    let verified = trustees.verify().ok().unwrap();
    let trustees = canonical::to_string(&trustees);
    let new = NewElection {
        name: "Vectors".into(),
        description: "Written by crates/booth/tests".into(),
        questions,
        uuid: uuid.into(),
        credential_authority: "cabildo".into(),
    };
    let text = new.describe(&verified).unwrap();
    let election = Election::<G>::parse(text.as_bytes()).unwrap();
    let mut writer = ArchiveWriter::begin(Vec::new(), TIME).unwrap();
    let setup = writer.setup(text.as_bytes(), trustees.as_bytes(), list.as_bytes()).unwrap();

    let mut box_ = BallotBox::open(&election, list.as_bytes(), &[7; 32]).unwrap();
    let mut ballots = Vec::new();
    let mut last: Vec<Option<Vec<Vec<Ciphertext<G>>>>> = vec![None; weights.len()];
    for (i, (vote, voter)) in votes.iter().zip(voters).enumerate() {
        let vote: Vec<Vec<u8>> = serde_json::from_str(vote).unwrap();
        let vote: Vec<_> = vote.into_iter().map(Zeroizing::new).collect();
        let ballot = cast(&election, &credentials[*voter], &vote, &[i as u8; 32]).unwrap();
        let accepted = Ballot::parse(&election, ballot.as_bytes()).unwrap().verify(&election).ok().unwrap();
        let position = Position { offset: 0, size: ballot.len(), hash: accepted.hash };
        box_.accept(&accepted, position, last[*voter].as_deref()).unwrap();
        last[*voter] = Some(accepted.ciphertexts);
        writer.ballot(ballot.as_bytes()).unwrap();
        ballots.push(ballot);
    }
    writer.end_ballots().unwrap();
    let (num_tallied, total_weight) = (box_.num_tallied(), box_.total_weight());
    let tally = box_.tally();
    let tally_text = canonical::to_string(&tally);
    writer.encrypted_tally(tally_text.as_bytes(), num_tallied, total_weight).unwrap();
    let mut rows: Vec<Vec<Ciphertext<G>>> = tally
        .0
        .into_iter()
        .map(|row| match row {
            Row::Flat(values) => values,
            Row::Nested(values) => values.concat(),
        })
        .collect();
    let mut last_shuffle = None;
    for owner in 1..=shuffles {
        let mixed = rows.pop().unwrap();
        let input = MixInput::check(checks::ENCRYPTED_TALLY, vec![mixed], &[7; 32]).unwrap();
        let made = shuffle(&election, &mut Generators::new(), &input, b"", &mut rng(9)).unwrap();
        let text = canonical::to_string(&made);
        writer.shuffle(owner, text.as_bytes()).unwrap();
        last_shuffle = Some(Hash::of(text.as_bytes()));
        rows.push(made.ciphertexts[0].clone());
    }
    if shuffles > 0 {
        writer.end_shuffles().unwrap();
    }
    let ciphertexts = rows.concat();
    let alphas: Vec<_> = ciphertexts.iter().map(|c| c.alpha).collect();
    let shape = TallyShape::of(election.questions(), num_tallied as usize);
    let mut factors = std::collections::BTreeMap::new();
    let mut proofs = Vec::new();
    for (owner, key) in (1..).zip(secrets) {
        let public = verified.owners()[owner - 1].key;
        let made = decrypt(&election, &shape, &alphas, key.scalar(), &public, &[5; 32]);
        let text = canonical::to_string(&made);
        writer.partial_decryption(owner, text.as_bytes()).unwrap();
        let flat = made.decryption_factors.into_flat();
        let statement = Statement {
            setup,
            election: election.hash,
            trustees: Hash::of(trustees.as_bytes()),
            owner,
            public: &public,
            encrypted_tally: Hash::of(tally_text.as_bytes()),
            last_shuffle,
            ciphertexts: &ciphertexts,
            factors: &flat,
            partial_decryption: Hash::of(text.as_bytes()),
        };
        proofs.push(statement.prove(key.scalar(), &[6; 32]));
        factors.insert(owner, flat.iter().map(<G as ballot::group::Group>::point).collect());
    }
    let combined = verified.combine(&factors).unwrap();
    let result = open(&ciphertexts, &combined);
    let result = result.result(election.questions(), num_tallied as usize, total_weight).unwrap();
    let result = canonical::to_string(&result);
    writer.result(result.as_bytes()).unwrap();
    let bel = writer.finish().unwrap();
    // The result's payload and its event, a header and one block each.
    assert!(result.len() <= 512);
    let before_result = bel.len() - 4 * 512;
    let strong = canonical::to_string(&StrongFile::<G> { version: 1, election_uuid: uuid.into(), proofs });
    let credentials = credentials.iter().map(|credential| credential.reveal().to_owned()).collect();
    Held { uuid: uuid.into(), election: text, list, credentials, ballots, bel, strong, before_result }
}

pub(crate) fn kit() -> Kit {
    let mut kit = Kit::new(
        "Audit",
        "Whole archives, member by member, with their strong proofs. Belenios' own tool accepts both (election verify).",
    );
    let (kinds, weighted) = (kinds(), weighted());
    let mut case_of = |name: &str, held: &Held| {
        let archive = kit.text(&format!("{name} members"), &members(&held.bel));
        let strong = kit.text(&format!("{name} strong"), &held.strong);
        json!({"members": archive, "timestamp": TIME, "strong": strong, "seed": SEED})
    };
    let (a, b) = (case_of("kinds", &kinds), case_of("weighted", &weighted));
    kit.ok(OURS, "three kinds of questions, a revote, two trustees, a shuffle", a.clone());
    kit.ok(OURS, "weights, two of three trustees", b.clone());
    let set = |case: &Value, field: &str, value: Value| {
        let mut case = case.clone();
        case[field] = value;
        case
    };
    let mut fails = |name: &str, case: Value, check: &str| {
        let got = kit.ok(OURS, name, case);
        assert_eq!((&got["ok"], &got["failed"]), (&json!(false), &json!([check])), "{name}: {got}");
    };
    fails("without strong proofs", set(&a, "strong", Value::Null), checks::DECRYPTION);
    fails(
        "with another election's strong proofs",
        set(&a, "strong", b["strong"].clone()),
        checks::DECRYPTION,
    );
    fails(
        "with no strong proof in the file",
        set(&b, "strong", json!({"version":1,"election_uuid":weighted.uuid,"proofs":[]}).to_string().into()),
        checks::DECRYPTION,
    );
    let mut file: Value = serde_json::from_str(&kinds.strong).unwrap();
    file["proofs"][1] = file["proofs"][0].clone();
    fails(
        "with one trustee's strong proof twice",
        set(&a, "strong", file.to_string().into()),
        checks::DECRYPTION,
    );
    fails("with strong proofs that cannot be read", set(&a, "strong", "{".into()), checks::DECRYPTION);
    let cut = set(&a, "keep", kinds.before_result.into());
    fails("without its result", cut.clone(), checks::COMPLETE);
    fails("cut in the last event", set(&a, "keep", (kinds.bel.len() - 1).into()), checks::ARCHIVE);
    fails("cut in a header", set(&b, "keep", 1100.into()), checks::ARCHIVE);
    fails("only the first member", set(&b, "keep", 1024.into()), checks::COMPLETE);
    let place = |needle: &str| {
        let at = kinds.bel.windows(needle.len()).position(|window| window == needle.as_bytes());
        at.unwrap_or_else(|| panic!("{needle}"))
    };
    let hex = |text: &str| hex::encode(text);
    fails(
        "a letter of the question changed",
        set(&a, "put", json!([[place("Choose up"), hex("c")]])),
        checks::ARCHIVE,
    );
    fails("padding that is not zero", set(&a, "put", json!([[kinds.bel.len() - 1, "01"]])), checks::ARCHIVE);
    fails(
        "a header's number changed",
        set(&a, "put", json!([[1024 + 100, hex("0000755")]])),
        checks::ARCHIVE,
    );
    let lines: Vec<String> = members(&kinds.bel).lines().map(str::to_owned).collect();
    let of_type =
        |name: &str| lines.iter().position(|line| line.contains(&format!("\"type\":\"{name}\""))).unwrap();
    let (end, tally) = (of_type("EndBallots"), of_type("EncryptedTally"));
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        lines.join("\n") + "\n"
    };
    for (name, new, check) in [
        ("the last ballot left out", changed(&|lines| drop(lines.drain(end - 2..end))), checks::EVENTS),
        ("the end of the ballots left out", changed(&|lines| drop(lines.remove(end))), checks::EVENTS),
        ("a payload without an event", changed(&|lines| lines.push("data {}".into())), checks::ARCHIVE),
        ("an event that is no JSON", changed(&|lines| lines[end] = "event {".into()), checks::EVENTS),
        (
            "the tally's numbers changed",
            changed(&|lines| {
                lines[tally - 1] = lines[tally - 1].replace("\"num_tallied\":3", "\"num_tallied\":2")
            }),
            checks::EVENTS,
        ),
        (
            "the election's name changed",
            changed(&|lines| lines[1] = lines[1].replace("Vectors", "Victors")),
            checks::EVENTS,
        ),
    ] {
        let edit = kit.edit(&a["members"], &new);
        let got = kit.ok(OURS, name, set(&a, "members", edit));
        assert_eq!(got["failed"], json!([check]), "{name}: {got}");
    }
    kit.ok(OURS, "without its result, and that is asked", set(&cut, "partial", true.into()));
    kit.no(OURS, "cut in its first member", set(&b, "keep", 700.into()), "argument");
    kit.no(OURS, "empty", set(&b, "members", "".into()), "argument");
    kit.no(OURS, "another first member", set(&b, "members", "data {}".into()), "argument");
    kit.no(OURS, "a short seed", set(&b, "seed", "07".into()), "misuse");
    kit
}

/// An archive as the vectors have it.
fn members(bel: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bel;
    while !rest.is_empty() {
        let (name, size, _) = tar::parse(rest[..512].try_into().unwrap()).unwrap();
        let end = 512 + size as usize;
        let kind = if name == "BELENIOS" { "BELENIOS" } else { name.split('.').nth(1).unwrap() };
        text += &format!("{kind} {}\n", std::str::from_utf8(&rest[512..end]).unwrap());
        rest = &rest[end + tar::padding(size)..];
    }
    text
}

pub(crate) fn for_belenios() -> Vec<(Bel, Vec<String>)> {
    let bel = |held: Held| Bel { uuid: held.uuid, bytes: held.bel };
    vec![(bel(kinds()), Vec::new()), (bel(weighted()), Vec::new())]
}
