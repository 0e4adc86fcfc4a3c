//! What each fuzz target does with its input. The same functions run over the corpora as ordinary tests
//! (`crates/ballot/tests/corpus.rs`), so they use nothing but `ballot`, its own dependencies and the standard library.

use std::io::Cursor;
use std::sync::LazyLock;

use ballot::archive::event::Header;
use ballot::archive::{Event, EventType, Owned, Records, SetupData, SizedTally, tar};
use ballot::audit::{Audit, Options, audit};
use ballot::ballot::{Ballot, verify_all};
use ballot::ballot_box::BallotBox;
use ballot::decryption::{self, PartialDecryption};
use ballot::election::{Description, Election, group_of};
use ballot::group::{Belenios2048, Ed25519, Group, Rfc3526, Scalar, Term};
use ballot::hash::Hash;
use ballot::json;
use ballot::result::ElectionResult;
use ballot::shuffle::{self, Generators, MixInput, Shuffle};
use ballot::sigma::Ciphertext;
use ballot::strong::{Statement, StrongFile};
use ballot::tally::{EncryptedTally, TallyShape};
use ballot::trustee::Trustees;
use ballot::with_group;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a target does with an input: it panics where something is wrong.
pub type Target = fn(&[u8]);

/// The targets by name; each has a folder of this name in `fuzz/corpus`.
pub const ALL: &[(&str, Target)] = &[
    ("archive", archive),
    ("archive-mended", archive_mended),
    ("ballot", ballot),
    ("credentials", credentials),
    ("decryption", decryption),
    ("election", election),
    ("event", event),
    ("points", points),
    ("result", result),
    ("shuffle", shuffle),
    ("strong", strong),
    ("tally", tally),
    ("terms", terms),
    ("trustees", trustees),
];

/// A Belenios election, to read its parts against.
struct Known {
    election: Election<Ed25519>,
    text: Vec<u8>,
    setup: Hash,
    trustees: Trustees<Ed25519>,
    trustees_text: Vec<u8>,
    tally: Vec<u8>,
    num_tallied: u64,
    /// What is decrypted.
    flat: Vec<Ciphertext<Ed25519>>,
    shuffle: Option<Hash>,
}

fn known(archive: &[u8]) -> Known {
    let mut records = Records::open(Cursor::new(archive)).expect("a fixture");
    let setup = records.next_record().expect("a fixture").expect("its Setup");
    let payload = |i: usize| setup.payloads[i].bytes.clone();
    let election = Election::<Ed25519>::parse(&payload(0)).expect("its description");
    let mut known = Known {
        trustees: Trustees::parse(&payload(1)).expect("its trustees"),
        text: payload(0),
        trustees_text: payload(1),
        setup: setup.payloads[3].hash,
        election,
        tally: Vec::new(),
        num_tallied: 0,
        flat: Vec::new(),
        shuffle: None,
    };
    while let Some(record) = records.next_record().expect("a fixture") {
        match record.event.r#type {
            EventType::EncryptedTally => {
                let sized: SizedTally = json::parse(&record.payloads[1].bytes).expect("its tally");
                known.num_tallied = sized.num_tallied;
                known.tally.clone_from(&record.payloads[0].bytes);
                let tally: EncryptedTally<Ed25519> = json::parse(&known.tally).expect("its tally");
                known.flat = tally.into_flat();
            }
            EventType::Shuffle => {
                let made: Shuffle<Ed25519> = json::parse(&record.payloads[0].bytes).expect("its shuffle");
                if known.election.is_mixed() {
                    known.flat = made.ciphertexts.into_iter().flatten().collect();
                }
                known.shuffle = Some(record.payloads[0].hash);
            }
            _ => {}
        }
    }
    known
}

static HOMOMORPHIC: LazyLock<Known> = LazyLock::new(|| {
    known(include_bytes!("../../vectors/belenios/homomorphic/v3.3-ed25519/EbBkGomRT2E2a1.bel"))
});
static RANKED: LazyLock<Known> = LazyLock::new(|| {
    known(include_bytes!("../../vectors/belenios/nonhomomorphic-stv/v3.3-ed25519/Kmv6KWPR7EhR9L.bel"))
});
static LISTS: LazyLock<Known> = LazyLock::new(|| {
    known(include_bytes!("../../vectors/belenios/lists-weighted/v3.3-ed25519/SknvQYrxZptSgC.bel"))
});

fn all_known() -> [&'static Known; 3] {
    [&HOMOMORPHIC, &RANKED, &LISTS]
}

fn run(input: &[u8], strong: Option<&[u8]>, partial: bool) -> Option<Audit> {
    let options = Options { seed: [7; 32], strong, partial, progress: &mut |_| {} };
    let audit = audit(Cursor::new(input), options).ok()?;
    // Whatever is accepted is finished, unless asked for how things stand; and the report is fit to be printed.
    assert!(!audit.report.holds() || partial || audit.result.is_some());
    let text = audit.report.to_string();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    assert!(text.len() < 10_000_000);
    Some(audit)
}

/// An archive as it stands.
pub fn archive(input: &[u8]) {
    let so_far = run(input, None, true);
    let whole = run(input, None, false);
    assert_eq!(so_far.is_some(), whole.is_some());
    // What holds as a whole holds so far.
    if let (Some(so_far), Some(whole)) = (so_far, whole) {
        assert!(!whole.report.holds() || so_far.report.holds());
    }
}

const TYPES: [&str; 8] = [
    "Setup",
    "Ballot",
    "EndBallots",
    "EncryptedTally",
    "Shuffle",
    "EndShuffles",
    "PartialDecryption",
    "Result",
];

/// Gives every member its true name, every event its parent, height and payload, and every binding its hashes.
pub fn mend(input: &[u8]) -> Vec<u8> {
    let mut mended = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| {
        if let Some(header) = tar::header(name, bytes.len() as u64, 1_800_000_000) {
            mended.extend_from_slice(&header);
            mended.extend_from_slice(bytes);
            mended.resize(mended.len() + tar::padding(bytes.len() as u64), 0);
        }
    };
    add("BELENIOS", br#"{"version":1,"timestamp":"1800000000"}"#);
    let (mut rest, mut pending, mut parent, mut height) = (input, Vec::<Vec<u8>>::new(), None, 0u64);
    let mut first = true;
    while rest.len() >= tar::BLOCK {
        let (header, after) = rest.split_at(tar::BLOCK);
        let digits = header[124..135].iter().take_while(|b| (b'0'..=b'7').contains(b));
        let size = digits.fold(0usize, |n, b| (n << 3 | usize::from(b - b'0')) & 0xf_ffff).min(after.len());
        let (bytes, after) = after.split_at(size);
        rest = after.get(tar::padding(size as u64)..).unwrap_or_default();
        if std::mem::take(&mut first) {
            continue;
        }
        if !header[..99].windows(6).any(|part| part == b".event") {
            pending.push(bytes.to_vec());
            continue;
        }
        let named = |kind: &&&str| {
            let needle = format!("\"type\":\"{kind}\"");
            bytes.windows(needle.len()).any(|part| part == needle.as_bytes())
        };
        let kind = TYPES.iter().find(named).map_or("Ballot", |kind| *kind);
        bind(kind, &mut pending);
        for payload in &pending {
            add(&format!("{}.data.json", Hash::of(payload)), payload);
        }
        let r#type = serde_json::from_str(&format!("\"{kind}\"")).unwrap_or(EventType::Ballot);
        let event = Event { parent, height, r#type, payload: pending.last().map(|bytes| Hash::of(bytes)) };
        let text = json::to_string(&event);
        let hash = Hash::of(text.as_bytes());
        add(&format!("{hash}.event.json"), text.as_bytes());
        (parent, height) = (Some(hash), height + 1);
        pending.clear();
    }
    mended
}

/// Writes the hashes of the other payloads into the last.
fn bind(kind: &str, payloads: &mut [Vec<u8>]) {
    let hashes: Vec<Hash> = payloads.iter().map(|bytes| Hash::of(bytes)).collect();
    let Some(last) = payloads.last_mut() else { return };
    let text = match (kind, &hashes[..]) {
        ("Setup", [election, trustees, credentials, _]) => json::to_string(&SetupData {
            election: *election,
            trustees: *trustees,
            credentials: *credentials,
            credentials_certificate: None,
        }),
        ("EncryptedTally", [tally, _]) => match json::parse_loosely::<SizedTally>(last) {
            Ok(sized) => json::to_string(&SizedTally { encrypted_tally: *tally, ..sized }),
            Err(_) => return,
        },
        ("Shuffle" | "PartialDecryption", [payload, _]) => match json::parse_loosely::<Owned>(last) {
            Ok(owned) => json::to_string(&Owned { payload: *payload, ..owned }),
            Err(_) => return,
        },
        _ => return,
    };
    *last = text.into_bytes();
}

/// An archive whose chain of hashes is mended first, so that what stands inside is read.
pub fn archive_mended(input: &[u8]) {
    archive(&mend(input));
}

/// Reads a type strictly; what is read is written again with the same bytes.
fn strict<T: Serialize + DeserializeOwned>(input: &[u8]) -> Option<T> {
    let value: T = json::parse(input).ok()?;
    assert_eq!(json::to_string(&value).as_bytes(), input);
    Some(value)
}

/// `election.json`: what is read says the same when it is written canonically.
pub fn election(input: &[u8]) {
    let Ok(group) = group_of(input) else { return };
    with_group!(group, G => {
        let Ok(read) = Election::<G>::parse(input) else { return };
        let text = json::to_string(&read.description);
        let again = json::parse::<Description>(text.as_bytes()).expect("our own spelling");
        assert_eq!(again, read.description);
        assert_eq!(read.hash, Hash::of(input));
    });
}

/// The list of trustees, in every group.
pub fn trustees(input: &[u8]) {
    if let Some(Ok(verified)) = strict::<Trustees<Ed25519>>(input).map(|list| list.verify()) {
        assert!(Ed25519::in_subgroup(&Ed25519::point(&verified.election_key())));
    }
    if let Some(list) = strict::<Trustees<Belenios2048>>(input) {
        let _ = list.verify();
    }
    let _ = strict::<Trustees<Rfc3526>>(input);
}

/// The list of credentials.
pub fn credentials(input: &[u8]) {
    for known in all_known() {
        if let Ok(opened) = BallotBox::open(&known.election, input, &[1; 32]) {
            let lines: Vec<String> = strict(input).expect("what is accepted is canonical");
            assert_eq!(opened.voters(), lines.len() as u64);
        }
    }
}

/// A ballot, for elections of each kind of question; alone and in company.
pub fn ballot(input: &[u8]) {
    for known in all_known() {
        let alone = Ballot::parse(&known.election, input).and_then(|ballot| ballot.verify(&known.election));
        let many = verify_all(&known.election, &vec![input.to_vec(); 2], &[1; 32]);
        for verdict in many {
            assert_eq!(alone.as_ref().err(), verdict.as_ref().err());
        }
    }
}

/// The encrypted tally.
pub fn tally(input: &[u8]) {
    let Some(value) = strict::<EncryptedTally<Ed25519>>(input) else { return };
    for known in all_known() {
        let shape = TallyShape::of(known.election.questions(), known.num_tallied as usize);
        if shape.fits(&value) {
            assert!(shape.fill(value.clone().into_flat()) == value);
        }
    }
    let _ = strict::<EncryptedTally<Belenios2048>>(input);
}

/// A shuffle of the ranked fixture's ballots.
pub fn shuffle(input: &[u8]) {
    let Some(read) = strict::<Shuffle<Ed25519>>(input) else { return };
    let tally: EncryptedTally<Ed25519> = json::parse(&RANKED.tally).expect("a fixture");
    let from = MixInput::check("fuzz", vec![tally.into_flat()], &[1; 32]).expect("a fixture");
    let mut generators = Generators::new();
    let alone = shuffle::verify_one_by_one(&RANKED.election, &mut generators, &from, &read);
    let batch = shuffle::verify(&RANKED.election, &mut generators, &from, read, &[1; 32]);
    assert_eq!(alone.map_err(shuffle::NotVerified::Refused).err(), batch.err());
}

/// A partial decryption by each trustee of each fixture.
pub fn decryption(input: &[u8]) {
    if strict::<PartialDecryption<Ed25519>>(input).is_none() {
        return;
    }
    for known in all_known() {
        let shape = TallyShape::of(known.election.questions(), known.num_tallied as usize);
        let alphas: Vec<_> = known.flat.iter().map(|ciphertext| ciphertext.alpha).collect();
        let trustees = known.trustees.verify().expect("a fixture");
        for (i, owner) in trustees.owners().iter().enumerate() {
            let _ = decryption::verify(&known.election, &shape, &alphas, i + 1, &owner.key, input, &[1; 32]);
        }
    }
}

/// A result of each fixture.
pub fn result(input: &[u8]) {
    for known in all_known() {
        if let Ok(read) = ElectionResult::parse(known.election.questions(), input) {
            assert_eq!(json::to_string(&read).as_bytes(), input);
        }
    }
}

/// Events, what binds payloads, the first member, and headers of the tar.
pub fn event(input: &[u8]) {
    let _ = strict::<Event>(input);
    let _ = strict::<Owned>(input);
    let _ = strict::<SizedTally>(input);
    let _ = strict::<SetupData>(input);
    let _ = strict::<Header>(input);
    let block = input.get(..tar::BLOCK).and_then(|block| <[u8; tar::BLOCK]>::try_from(block).ok());
    if let Some((block, (name, size, mtime))) = block.and_then(|block| Some((block, tar::parse(&block)?))) {
        assert_eq!(tar::header(&name, size, mtime), Some(block));
    }
}

/// The file of strong proofs; none of a stranger's making holds.
pub fn strong(input: &[u8]) {
    let Some(file) = strict::<StrongFile<Ed25519>>(input) else { return };
    let known = &*HOMOMORPHIC;
    let trustees = known.trustees.verify().expect("a fixture");
    let factors: Vec<_> = known.flat.iter().map(|ciphertext| ciphertext.beta).collect();
    for proof in &file.proofs {
        let Some(owner) = proof.owner.checked_sub(1).and_then(|i| trustees.owners().get(i)) else { continue };
        let statement = Statement {
            setup: known.setup,
            election: Hash::of(&known.text),
            trustees: Hash::of(&known.trustees_text),
            owner: proof.owner,
            public: &owner.key,
            encrypted_tally: Hash::of(&known.tally),
            last_shuffle: known.shuffle,
            ciphertexts: &known.flat,
            factors: &factors,
            partial_decryption: proof.partial_decryption,
        };
        assert!(statement.verify(proof).is_err());
    }
}

/// A decimal number without sign or leading zeros that is below `bound`: read as text, apart from any arithmetic.
fn is_below(text: &str, bound: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0')) && (text.len(), text) < (bound.len(), bound)
}

const ED25519_Q: &str = "7237005577332262213973186563042994240857116359379907606001950938285454250989";
const BELENIOS_Q: &str = "78571733251071885079927659812671450121821421258408794611510081919805623223441";
const BELENIOS_P: &str = "20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719";
const RFC_P: &str = "32317006071311007300338913926423828248817941241140239112842009751400741706634354222619689417363569347117901737909704191754605873209195028853758986185622153212175412514901774520270235796078236248884246189477587641105928646099411723245426622522193230540919037680524235519125679715870117001058055877651038861847280257976054903569732561526167081339361799541336476559160368317896729073178384589680639671900977202194168647225871031411336429319536193471636533209717077448227988588565369208645296636077250268955505928362751121174096972998068410554359584866583291642136218231078990999448652468262416972035911852507045361090559";

/// Points and scalars, against a reading that shares nothing with ours but the curve's library.
pub fn points(input: &[u8]) {
    use curve25519_dalek::edwards::CompressedEdwardsY;
    if let Some(bytes) = input.get(..32).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        let text: String = bytes.iter().rev().map(|byte| format!("{byte:02x}")).collect();
        // A canonical spelling is the one that its point is written with.
        let expected = CompressedEdwardsY(bytes).decompress().filter(|point| point.compress().0 == bytes);
        let ours = Ed25519::decode(&text).ok();
        assert_eq!(ours.is_some(), expected.is_some(), "{text}");
        if let (Some(ours), Some(expected)) = (ours, expected) {
            assert_eq!(ours.to_string(), text);
            assert_eq!(Ed25519::encode(&Ed25519::point(&ours)), ours);
            // Of prime order: the order's multiple, doubled and added bit by bit, is the neutral element.
            assert_eq!(Ed25519::in_subgroup(&Ed25519::point(&ours)), order_multiple_is_neutral(&expected));
        }
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(element) = Ed25519::decode(text) {
        assert_eq!(element.to_string(), text);
    }
    let nonzero = |text: &str| text != "0";
    assert_eq!(Belenios2048::decode(text).is_ok(), is_below(text, BELENIOS_P) && nonzero(text));
    assert_eq!(Rfc3526::decode(text).is_ok(), is_below(text, RFC_P) && nonzero(text));
    let scalar = <Ed25519 as Group>::Scalar::from_decimal(text);
    assert_eq!(scalar.is_some(), is_below(text, ED25519_Q));
    assert!(scalar.is_none_or(|scalar| scalar.to_decimal() == text));
    let scalar = <Belenios2048 as Group>::Scalar::from_decimal(text);
    assert_eq!(scalar.is_some(), is_below(text, BELENIOS_Q));
    assert!(scalar.is_none_or(|scalar| scalar.to_decimal() == text));
    if let Ok(element) = Rfc3526::decode(text) {
        assert_eq!(element.to_string(), text);
    }
}

fn order_multiple_is_neutral(point: &curve25519_dalek::edwards::EdwardsPoint) -> bool {
    // q = 2^252 + 27742317777372353535851937790883648493.
    let low: u128 = 27_742_317_777_372_353_535_851_937_790_883_648_493;
    let neutral = curve25519_dalek::edwards::EdwardsPoint::default();
    let mut multiple = neutral;
    for bit in (0..=252).rev() {
        multiple = multiple + multiple;
        if bit == 252 || (bit < 128 && low >> bit & 1 == 1) {
            multiple += point;
        }
    }
    multiple == neutral
}

/// Many products at once, in lanes where the machine has them, against one power after the other. Each 98 bytes are a term:
/// a byte for each exponent's kind, another for the base's, and what they are made of.
pub fn terms(input: &[u8]) {
    type S = <Ed25519 as Group>::Scalar;
    let known = &*HOMOMORPHIC;
    let exponent = |kind: u8, bytes: &[u8]| {
        let mut wide = [0; 64];
        wide[32..].copy_from_slice(bytes);
        let any = S::from_wide(&wide);
        match kind % 8 {
            0 => S::ZERO,
            1 => S::ONE,
            2 => -S::ONE,
            3 => S::from_u64(u64::from(bytes[0])),
            4 => -S::from_u64(u64::from(bytes[0])),
            _ => any,
        }
    };
    let terms: Vec<Term<Ed25519>> = input
        .chunks_exact(98)
        .take(40)
        .map(|chunk| {
            let (kinds, rest) = chunk.split_at(2);
            let base = match kinds[1] >> 6 {
                0 => Ed25519::encode(&Ed25519::identity()),
                1 => Ed25519::encode(&Ed25519::generator()),
                2 => Ed25519::encode(&Ed25519::invert(known.election.point())),
                _ => Ed25519::encode(&Ed25519::exp_g(&exponent(7, &rest[..32]))),
            };
            Term {
                g: exponent(kinds[0], &rest[..32]),
                key: exponent(kinds[0] >> 3, &rest[32..64]),
                base,
                exponent: exponent(kinds[1], &rest[64..]),
            }
        })
        .collect();
    let together = Ed25519::vartime_terms(known.election.vartime_table(), &terms);
    assert_eq!(together.len(), terms.len());
    for (term, found) in terms.iter().zip(together) {
        let alone = Ed25519::mul(
            &Ed25519::mul(&Ed25519::exp_g(&term.g), &Ed25519::exp(known.election.point(), &term.key)),
            &Ed25519::exp(&Ed25519::point(&term.base), &term.exponent),
        );
        assert_eq!(found.to_string(), Ed25519::encode(&alone).to_string());
    }
}
