//! The list of trustees against Belenios' own elections, and its corruptions.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ballot::election::group_of;
use ballot::group::{Belenios2048, Ed25519, Group};
use ballot::json;
use ballot::refusal::Refusal;
use ballot::trustee::ceremony::{Certified, Coordinator, Files, Invited, Participant, Rejected, Step};
use ballot::trustee::pki::{self, Cipher, EncryptedMessage, SignedMessage};
use ballot::trustee::{
    Block, Pedersen, PrivateKey, PublicKey, Seed, ThresholdSecret, Trustee, Trustees, VerifiedTrustees,
    hold_ceremony, single_key,
};
use ballot::with_group;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/belenios")
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    let path = path.as_ref();
    let mut bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    bytes
}

fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let kinds = fs::read_dir(vectors()).unwrap().map(|kind| kind.unwrap().path());
    for kind in kinds.filter(|kind| kind.is_dir()) {
        for fixture in fs::read_dir(kind).unwrap() {
            let fixture = fixture.unwrap().path();
            if fixture.join("trustees.json").exists() {
                found.push(fixture);
            }
        }
    }
    found.sort();
    assert!(found.len() >= 8, "only {} fixtures", found.len());
    found
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths
}

fn only(refusals: Result<impl Sized, Vec<Refusal>>) -> Refusal {
    let refusals = refusals.err().expect("it must be refused");
    assert_eq!(refusals[0].check, ballot::checks::TRUSTEES);
    refusals[0].clone()
}

/// Whether every list of trustees that Belenios made reads and writes to the same bytes, and verifies.
#[test]
fn belenios_lists_verify() {
    for fixture in fixtures() {
        let election = read(fixture.join("election.json"));
        let bytes = read(fixture.join("trustees.json"));
        let public_key = serde_json::from_slice::<Value>(&election).unwrap()["public_key"].clone();
        let old_threshold = fixture.ends_with("threshold/v2.0-belenios2048");
        with_group!(group_of(&election).unwrap(), G => {
            let trustees = Trustees::<G>::parse(&bytes).unwrap();
            assert_eq!(json::to_string(&trustees).as_bytes(), bytes, "{}", fixture.display());
            if old_threshold {
                let refusal = only(trustees.verify());
                assert!(refusal.reason.contains("the threshold form before Belenios 2.5.1"), "{refusal}");
                continue;
            }
            let verified = trustees.verify().unwrap_or_else(|e| panic!("{}: {}", fixture.display(), e[0]));
            assert_eq!(verified.election_key().to_string(), public_key.as_str().unwrap());
            let keys = with_extension(&fixture, "privkey");
            assert!(!keys.is_empty());
            for path in keys {
                let bytes = fs::read(path).unwrap();
                let key = PrivateKey::<G>::parse(&bytes).unwrap();
                assert_eq!(format!("{}\n", *key.reveal()).as_bytes(), bytes);
                assert!(verified.owner_of(&key.public()).is_ok());
            }
        });
    }
}

/// The files of a threshold fixture by the members' places.
struct Ceremony {
    folder: PathBuf,
    names: Vec<String>,
}

impl Ceremony {
    fn of(name: &str) -> Ceremony {
        let folder = vectors().join("threshold").join(name);
        let certs = String::from_utf8(read(folder.join("certs.jsons"))).unwrap();
        let names = certs
            .lines()
            .map(|line| {
                let message = serde_json::from_str::<Value>(line).unwrap()["message"].clone();
                ballot::hash::Hash::of(message.as_str().unwrap().as_bytes()).to_string()
            })
            .collect();
        Ceremony { folder, names }
    }

    fn file(&self, place: usize, extension: &str) -> Vec<u8> {
        fs::read(self.folder.join(format!("{}.{extension}", self.names[place - 1]))).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<Vec<u8>> {
        read(self.folder.join(name)).split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
    }
}

/// Whether the coordinator makes, from Belenios' members' messages, byte for byte what Belenios' made.
#[test]
fn coordinator_agrees_with_belenios() {
    for name in ["v3.0-ed25519", "v3.3-ed25519"] {
        let ceremony = Ceremony::of(name);
        let mut coordinator = Coordinator::<Ed25519>::new(2, 3).unwrap();
        assert_eq!(coordinator.step(), Step::Certificates { due: vec![1, 2, 3] });
        for place in [2, 3, 1] {
            assert_eq!(coordinator.receive_certificate(&ceremony.file(place, "cert")), Ok(place));
        }
        assert_eq!(coordinator.step(), Step::Polynomials { due: vec![1, 2, 3] });
        let certs = coordinator.certificates().unwrap().to_file();
        assert_eq!(certs.as_bytes(), fs::read(ceremony.folder.join("certs.jsons")).unwrap());
        for place in 1..=3 {
            assert_eq!(coordinator.file_name(place).as_ref(), Some(&ceremony.names[place - 1]));
        }
        let polynomials = ceremony.lines("polynomials.jsons");
        let swapped = coordinator.receive_polynomial(1, &polynomials[1]).unwrap_err();
        assert!(
            swapped.to_string().starts_with("trustee 1: its polynomial is signed by trustee 2"),
            "{swapped}"
        );
        for place in [3, 1, 2] {
            coordinator.receive_polynomial(place, &polynomials[place - 1]).unwrap();
        }
        assert_eq!(
            coordinator.polynomials().unwrap().as_bytes(),
            fs::read(ceremony.folder.join("polynomials.jsons")).unwrap()
        );
        for place in 1..=3 {
            let vinput = coordinator.shares_for(place).unwrap() + "\n";
            assert_eq!(vinput.as_bytes(), ceremony.file(place, "vinput"));
        }
        for place in [1, 3] {
            coordinator.receive_answer(place, &ceremony.file(place, "voutput")).unwrap();
        }
        assert_eq!(coordinator.step(), Step::Answers { due: vec![2] });
        assert!(matches!(coordinator.finish(), Err(Rejected::Misuse(_))));
        coordinator.receive_answer(2, &ceremony.file(2, "voutput")).unwrap();
        assert_eq!(coordinator.step(), Step::Complete);
        let outcome = coordinator.finish().unwrap();
        assert_eq!(json::to_string(&outcome.group).as_bytes(), read(ceremony.folder.join("threshold.json")));
        for (place, dkey) in (1..).zip(outcome.dkeys) {
            assert_eq!((dkey + "\n").as_bytes(), ceremony.file(place, "dkey"));
        }
    }
}

/// Whether our member, from Belenios' seed and files, opens the shares and comes to Belenios' key (AES-CCM and AES-GCM).
#[test]
fn members_agree_with_belenios() {
    for name in ["v3.0-ed25519", "v3.3-ed25519"] {
        let ceremony = Ceremony::of(name);
        let (certs, threshold) =
            (ceremony.lines("certs.jsons"), read(ceremony.folder.join("threshold.json")));
        let certs = certs.join(&b'\n');
        let group = Pedersen::<Ed25519>::parse(&threshold).unwrap();
        for place in 1..=3 {
            let seed = Seed::parse(&ceremony.file(place, "key")).unwrap();
            let cert: Value = serde_json::from_slice(&ceremony.file(place, "cert")).unwrap();
            let keys: Value = serde_json::from_str(cert["message"].as_str().unwrap()).unwrap();
            assert_eq!(seed.keys::<Ed25519>().verification().to_string(), keys["verification"]);
            assert_eq!(seed.keys::<Ed25519>().encryption().to_string(), keys["encryption"]);

            let [cert, vinput, voutput, dkey] =
                ["cert", "vinput", "voutput", "dkey"].map(|extension| ceremony.file(place, extension));
            let mut files = Files { certificate: Some(&cert), ..Files::default() };
            let resume = |files| Participant::<Ed25519>::resume(seed.clone(), files).unwrap();
            assert_eq!(resume(files).due(), Some("certs.jsons"));
            files = Files { certificates: Some(&certs), polynomial: Some(b"made"), ..files };
            let Participant::PolynomialSent(sent) = resume(files) else { panic!() };
            let (_, answer) = sent.receive_shares(&mut rng(1), &vinput).unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(
                answer["public_key"]["public_key"],
                group.verification_keys[place - 1].public_key.to_string()
            );
            files = Files { shares: Some(&vinput), answer: Some(&voutput), ..files };
            assert_eq!(resume(files).due(), Some("threshold.json and .dkey"));
            files = Files { threshold: Some(&threshold), dkey: Some(&dkey), ..files };
            let Participant::Ready(ready) = resume(files) else { panic!() };
            let key = ready.secret.private_key().public();
            assert_eq!(key, group.verification_keys[place - 1].public_key);

            let other = Seed::parse(&ceremony.file(place % 3 + 1, "key")).unwrap();
            let wrong = ThresholdSecret::<Ed25519>::open(other.clone(), &dkey).err().unwrap();
            assert!(wrong.0.contains("does not open with this seed"), "{wrong}");
            let wrong = Participant::<Ed25519>::resume(other, files).err().unwrap();
            assert!(wrong.to_string().contains("belongs to another seed"), "{wrong}");
        }
    }
}

/// Seeds of the old threshold form derive the same keys. Its shares, which Belenios 2.0 did not reduce by the order, are
/// refused like the rest of that form.
#[test]
fn old_seeds_derive_the_same_keys() {
    let ceremony = Ceremony::of("v2.0-belenios2048");
    for place in 1..=3 {
        let seed = Seed::parse(&ceremony.file(place, "key")).unwrap();
        let cert: Value = serde_json::from_slice(&ceremony.file(place, "cert")).unwrap();
        let keys: Value = serde_json::from_str(cert["message"].as_str().unwrap()).unwrap();
        assert_eq!(seed.keys::<Belenios2048>().verification().to_string(), keys["verification"]);
        assert_eq!(seed.keys::<Belenios2048>().encryption().to_string(), keys["encryption"]);
        let misuse =
            ThresholdSecret::<Belenios2048>::open(seed, &ceremony.file(place, "dkey")).err().unwrap();
        assert!(misuse.0.ends_with("it does not hold a share below the group's order"), "{misuse}");
    }
}

/// Both ciphers carry short and long texts; a text for another key does not open.
#[test]
fn messages_of_any_length_travel() {
    let mut rng = rng(4);
    let (to, other) =
        (Seed::generate(&mut rng).keys::<Ed25519>(), Seed::generate(&mut rng).keys::<Ed25519>());
    let key = Ed25519::point(&to.encryption());
    for cipher in [Cipher::Gcm, Cipher::Ccm] {
        for length in [0, 1, 65_535, 65_536, 70_000] {
            let text = "x".repeat(length);
            let sent = EncryptedMessage::<Ed25519>::encrypt(&mut rng, cipher, &key, &text).unwrap();
            assert!(*sent.decrypt(&to).unwrap() == text, "{cipher:?} {length}");
            assert!(sent.decrypt(&other).is_err());
        }
    }
}

#[test]
fn foreign_keys_and_files_are_misuse() {
    let trustees =
        Trustees::<Ed25519>(vec![Trustee::Single(single_key(&mut rng(1), None).1)]).verify().unwrap();
    let (stranger, _) = single_key::<Ed25519>(&mut rng(2), None);
    let misuse = trustees.owner_of(&stranger.public()).unwrap_err();
    assert_eq!(misuse.0, "this private key belongs to none of the election's trustees");
    for text in ["", "\"\"", "12", "\"0\"", "\"012\"", "\"-1\"", "\"x\"", "\"1\"x", "\u{ff}"] {
        assert!(PrivateKey::<Ed25519>::parse(text.as_bytes()).is_err(), "{text}");
    }
    let order = "7237005577332262213973186563042994240857116359379907606001950938285454250989";
    assert!(PrivateKey::<Ed25519>::parse(format!("\"{order}\"").as_bytes()).is_err());
    for text in ["", "zHLyVZPoKSmw9dSFRtiYy", "zHLyVZPoKSmw9dSFRtiYy0", "zHLyVZPoKSmw9dSFRtiYy11"] {
        assert!(Seed::parse(text.as_bytes()).is_err(), "{text}");
    }
    for (threshold, size) in [(0, 3), (4, 3), (1, 0), (1, 1001), (1000, 1000)] {
        assert!(hold_ceremony::<Ed25519>(&mut rng(1), threshold, size).is_err(), "{threshold} of {size}");
    }
}

fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    (0u32..1 << n)
        .filter(|mask| mask.count_ones() as usize == size)
        .map(|mask| (0..n).filter(|i| mask >> i & 1 == 1).collect())
        .collect()
}

/// With the ciphertext's `alpha = g`, an owner's factor is its public key, and joined they must give the election's key.
fn check_combining<G: Group>(trustees: &VerifiedTrustees<G>) {
    let factor = |owner: usize| (owner, vec![G::point(&trustees.owners()[owner - 1].key)]);
    for block in trustees.blocks() {
        let Block::Pedersen { threshold, owners } = block else { continue };
        let others: Vec<usize> =
            (1..=trustees.owners().len()).filter(|owner| !owners.contains(owner)).collect();
        for size in 0..=owners.len() {
            for subset in subsets(owners.len(), size) {
                let chosen = subset.iter().map(|i| owners[*i]).chain(others.iter().copied());
                let factors: BTreeMap<_, _> = chosen.map(factor).collect();
                match trustees.combine(&factors) {
                    Ok(joined) => {
                        assert!(size >= *threshold);
                        assert_eq!(G::encode_all(&joined), [trustees.election_key()]);
                    }
                    Err(lack) => {
                        assert!(size < *threshold);
                        assert_eq!(lack.absent[0].needed, threshold - size);
                    }
                }
            }
        }
    }
}

fn ceremonies<G: Group>(sizes: &[(u32, u32)]) {
    for &(threshold, size) in sizes {
        let mut rng = rng(u64::from(threshold * 100 + size));
        let (group, secrets) = hold_ceremony::<G>(&mut rng, threshold, size).unwrap();
        let (first, last) = (single_key::<G>(&mut rng, Some("Ana".into())), single_key::<G>(&mut rng, None));
        let list = vec![Trustee::Single(first.1), Trustee::Pedersen(group), Trustee::Single(last.1)];
        let bytes = json::to_string(&Trustees(list));
        let verified = Trustees::<G>::parse(bytes.as_bytes()).unwrap().verify().unwrap();
        assert_eq!(verified.owners()[0].name.as_deref(), Some("Ana"));
        for (owner, secret) in (2..).zip(&secrets) {
            let found = verified.owner_of(&secret.private_key().public());
            assert_eq!(found, Ok(if threshold == 1 { 2 } else { owner }));
            assert_eq!(verified.owner_of_member(secret), Ok(owner));
            let again = ThresholdSecret::<G>::open(secret.seed().clone(), secret.dkey().as_bytes()).unwrap();
            assert!(again.private_key().scalar() == secret.private_key().scalar());
        }
        check_combining(&verified);
    }
}

#[test]
fn any_threshold_members_reconstruct() {
    ceremonies::<Ed25519>(&[(1, 1), (1, 2), (2, 3), (3, 3), (2, 5), (4, 6)]);
    ceremonies::<Belenios2048>(&[(1, 1), (2, 3), (3, 3)]);
}

#[test]
fn factors_of_another_length_are_absent() {
    let (group, _) = hold_ceremony::<Ed25519>(&mut rng(5), 2, 3).unwrap();
    let verified = Trustees(vec![Trustee::Pedersen(group)]).verify().unwrap();
    let g = Ed25519::generator();
    let factors = BTreeMap::from([(1, vec![g]), (2, vec![g, g])]);
    let lack = verified.combine(&factors).err().unwrap();
    assert_eq!(lack.to_string(), "not enough partial decryptions: 1 more of the trustees 1, 3 needed");
}

/// A group of 2 of 3 after a single key, with the members' secrets, so that a corruption can be signed again.
struct Group23 {
    single: PublicKey<Ed25519>,
    group: Pedersen<Ed25519>,
    secrets: Vec<ThresholdSecret<Ed25519>>,
}

impl Group23 {
    fn new() -> Group23 {
        let mut rng = rng(23);
        let (group, secrets) = hold_ceremony(&mut rng, 2, 3).unwrap();
        Group23 { single: single_key(&mut rng, None).1, group, secrets }
    }

    fn verify(&self) -> Result<VerifiedTrustees<Ed25519>, Vec<Refusal>> {
        let list = vec![Trustee::Single(self.single.clone()), Trustee::Pedersen(self.group.clone())];
        Trustees(list).verify()
    }

    fn sign(&self, member: usize, message: String) -> SignedMessage<Ed25519> {
        self.secrets[member].seed().keys().signed(&mut rng(9), message)
    }

    /// Signs another content of this member's certificate; the others then do not cover it.
    fn certify_anew(&mut self, member: usize, from: &str, to: &str) {
        let message = self.group.certs[member].message.clone();
        assert!(message.contains(from), "{message}");
        self.group.certs[member] = self.sign(member, message.replace(from, to));
    }
}

/// Refused, with the culprit and (a part of) the reason.
type Case = (&'static str, fn(&mut Group23), &'static str, &'static str);

const TORSION: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const IDENTITY: &str = "0000000000000000000000000000000000000000000000000000000000000001";

#[test]
fn corrupted_lists_name_the_culprit() {
    let cases: &[Case] = &[
        (
            "single pok",
            |g| g.single.pok = g.group.verification_keys[0].pok,
            "trustee 1",
            "proof of possession",
        ),
        (
            "single identity",
            |g| g.single.public_key = Ed25519::decode(IDENTITY).unwrap(),
            "trustee 1",
            "identity",
        ),
        (
            "single small order",
            |g| g.single.public_key = Ed25519::decode(TORSION).unwrap(),
            "trustee 1",
            "subgroup",
        ),
        ("single signed", |g| g.single.signature = Some(g.single.pok), "trustee 1", "carries a signature"),
        (
            "cert signature of another",
            |g| g.group.certs[1].signature = g.group.certs[0].signature,
            "trustee 3",
            "not signed with the key inside",
        ),
        ("certs swapped", |g| g.group.certs.swap(0, 1), "trustee 2", "is for trustee 2 and not 1"),
        (
            "cert twice",
            |g| g.group.certs[2] = g.group.certs[1].clone(),
            "trustee 4",
            "is for trustee 2 and not 3",
        ),
        (
            "cert for another threshold",
            |g| g.certify_anew(1, r#""threshold":2"#, r#""threshold":3"#),
            "trustee 3",
            "for 3 of 3 trustees and not 2 of 3",
        ),
        ("cert for another size", |g| g.certify_anew(1, r#""size":3"#, r#""size":4"#), "trustee 3", "2 of 4"),
        (
            "cert for another group",
            |g| g.certify_anew(1, "Ed25519", "BELENIOS-2048"),
            "trustee 3",
            "BELENIOS-2048",
        ),
        (
            "cert signed anew",
            |g| g.group.certs[1] = g.sign(1, g.group.certs[1].message.clone()),
            "trustee 2",
            "does not cover these certificates",
        ),
        (
            "cert respelled",
            |g| g.certify_anew(1, r#"{"context""#, r#"{ "context""#),
            "trustee 3",
            "canonical",
        ),
        (
            "cert without context",
            |g| {
                let message = g.group.certs[1].message.clone();
                let end = message.find(r#""verification""#).unwrap();
                g.group.certs[1] = g.sign(1, format!("{{{}", &message[end..]));
            },
            "trustees",
            "before Belenios 2.5.1",
        ),
        ("no signatures", |g| g.group.signatures = None, "trustees", "before Belenios 2.5.1"),
        (
            "too few signatures",
            |g| g.group.signatures.as_mut().unwrap().truncate(2),
            "trustees",
            "has 2 signatures",
        ),
        (
            "signatures swapped",
            |g| g.group.signatures.as_mut().unwrap().swap(1, 2),
            "trustee 3",
            "does not cover these certificates",
        ),
        (
            "coefficients changed after signing",
            |g| g.group.coefexps[2].message = g.group.coefexps[1].message.clone(),
            "trustee 4",
            "coefficients are not signed",
        ),
        ("coefficients swapped", |g| g.group.coefexps.swap(0, 2), "trustee 2", "coefficients are not signed"),
        (
            "coefficients of another, signed",
            |g| g.group.coefexps[2] = g.sign(2, g.group.coefexps[1].message.clone()),
            "trustee 4",
            "does not cover these certificates",
        ),
        (
            "a coefficient less",
            |g| {
                let message = g.group.coefexps[2].message.clone();
                g.group.coefexps[2] = g.sign(2, format!("{}]}}", &message[..message.find(',').unwrap()]));
            },
            "trustee 4",
            "has 1 coefficients and not 2",
        ),
        (
            "a coefficient of small order",
            |g| {
                let message = g.group.coefexps[2].message.clone();
                g.group.coefexps[2] = g.sign(2, format!("{}{TORSION}\"]}}", &message[..message.len() - 67]));
            },
            "trustee 4",
            "coefficients is outside the prime-order subgroup",
        ),
        ("threshold 1", |g| g.group.threshold = 1, "trustee 2", "for 2 of 3 trustees and not 1 of 3"),
        ("threshold 0", |g| g.group.threshold = 0, "trustees", "between 1 and the 3"),
        ("threshold 4", |g| g.group.threshold = 4, "trustees", "between 1 and the 3"),
        (
            "keys swapped",
            |g| g.group.verification_keys.swap(0, 1),
            "trustee 2",
            "not the one that the coefficients give",
        ),
        (
            "key twice",
            |g| g.group.verification_keys[2] = g.group.verification_keys[1].clone(),
            "trustee 4",
            "not the one that the coefficients give",
        ),
        (
            "proof of another",
            |g| g.group.verification_keys[2].pok = g.group.verification_keys[1].pok,
            "trustee 4",
            "proof of possession",
        ),
        (
            "key signature of another",
            |g| g.group.verification_keys[2].signature = g.group.verification_keys[1].signature,
            "trustee 4",
            "not signed with the key of its certificate",
        ),
        (
            "a key signature missing",
            |g| g.group.verification_keys[2].signature = None,
            "trustee 4",
            "is not signed (the form before Belenios 3.0)",
        ),
        ("a key less", |g| drop(g.group.verification_keys.pop()), "trustees", "has 2 verification keys"),
    ];
    assert!(Group23::new().verify().is_ok());
    for (name, corrupt, object, reason) in cases {
        let mut corrupted = Group23::new();
        corrupt(&mut corrupted);
        let refusal = only(corrupted.verify());
        assert!(refusal.object == *object && refusal.reason.contains(reason), "{name}: {refusal}");
    }
}

#[test]
fn doubled_and_cancelling_keys_are_refused() {
    let (_, key) = single_key::<Ed25519>(&mut rng(1), None);
    let twice = Trustees(vec![Trustee::Single(key.clone()), Trustee::Single(key.clone())]);
    assert_eq!(only(twice.verify()).reason, "its key is also that of trustee 1");
    let (private, _) = single_key::<Ed25519>(&mut rng(1), None);
    let inverse = PublicKey::prove(&mut rng(2), &-*private.scalar(), None);
    let cancelled = Trustees(vec![Trustee::Single(key.clone()), Trustee::Single(inverse)]);
    assert_eq!(only(cancelled.verify()).reason, "the product of their keys is the identity");
    assert_eq!(only(Trustees::<Ed25519>(vec![]).verify()).reason, "the list is empty");
    let many = Trustees(vec![Trustee::Single(key); 1001]);
    assert!(only(many.verify()).reason.contains("1001"));
}

/// A list with one member's own share altered is never accepted, wherever one byte changes.
fn mutated(bytes: &[u8], at: usize, to: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = at % bytes.len();
    bytes[at] = to;
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_mutation_of_a_list_verifies(at in any::<usize>(), to in any::<u8>(), cut in any::<bool>()) {
        let bytes = read(vectors().join("threshold/v3.3-ed25519/trustees.json"));
        let mut changed = mutated(&bytes, at, to);
        if cut { changed.truncate(at % bytes.len()); }
        if let Ok(trustees) = Trustees::<Ed25519>::parse(&changed) {
            prop_assert!(changed == bytes || trustees.verify().is_err());
        }
    }

    #[test]
    fn no_mutation_of_a_message_panics(at in any::<usize>(), to in 0x20u8..0x7f, kind in 0..5usize) {
        let ceremony = Ceremony::of("v3.3-ed25519");
        let seed = Seed::parse(&ceremony.file(1, "key")).unwrap();
        let certs = fs::read(ceremony.folder.join("certs.jsons")).unwrap();
        let cert = ceremony.file(1, "cert");
        let change = |bytes: Vec<u8>| mutated(&bytes, at % (bytes.len() - 1), to);
        let files = Files { certificate: Some(&cert), certificates: Some(&certs), polynomial: Some(b""), ..Files::default() };
        match kind {
            0 => {
                let bytes = change(cert.clone());
                let taken = Coordinator::<Ed25519>::new(2, 3).unwrap().receive_certificate(&bytes);
                prop_assert!(bytes == cert || taken.is_err());
            }
            1 => {
                let bytes = change(certs.clone());
                let files = Files { certificates: Some(&bytes), ..files };
                prop_assert!(bytes == certs || Participant::<Ed25519>::resume(seed, files).is_err());
            }
            2 => {
                let bytes = change(ceremony.file(1, "vinput"));
                let Ok(Participant::PolynomialSent(sent)) = Participant::<Ed25519>::resume(seed, files) else { panic!() };
                prop_assert!(bytes == ceremony.file(1, "vinput") || sent.receive_shares(&mut rng(1), &bytes).is_err());
            }
            3 => {
                let bytes = change(ceremony.file(1, "dkey"));
                let opened = ThresholdSecret::<Ed25519>::open(seed, &bytes);
                prop_assert!(bytes == ceremony.file(1, "dkey") || opened.is_err());
            }
            _ => {
                let _ = Seed::parse(&change(ceremony.file(1, "key")));
            }
        }
    }
}

/// The four messages of one ceremony of 2 of 3, every party ours, to be corrupted on the way.
struct Play {
    seeds: Vec<Seed>,
    coordinator: Coordinator<Ed25519>,
    certified: Vec<Certified<Ed25519>>,
}

impl Play {
    fn new() -> Play {
        let mut rng = rng(77);
        let seeds: Vec<Seed> = (0..3).map(|_| Seed::generate(&mut rng)).collect();
        let mut coordinator = Coordinator::new(2, 3).unwrap();
        let mut certified = Vec::new();
        for (index, seed) in (1..).zip(&seeds) {
            let (state, cert) = Invited::new(seed.clone(), index, 2, 3).unwrap().certify(&mut rng);
            coordinator.receive_certificate(cert.as_bytes()).unwrap();
            certified.push(state);
        }
        Play { seeds, coordinator, certified }
    }

    fn certs(&self) -> String {
        self.coordinator.certificates().unwrap().to_file()
    }
}

fn object(rejected: &Rejected) -> &str {
    match rejected {
        Rejected::Refused(refusal) => &refusal.object,
        Rejected::Misuse(_) => "misuse",
    }
}

#[track_caller]
fn complains<T>(result: Result<T, Rejected>, culprit: &str, reason: &str) {
    let rejected = result.err().expect("it must be refused");
    assert!(object(&rejected) == culprit && rejected.to_string().contains(reason), "{rejected}");
}

#[test]
fn certificates_out_of_place_are_refused() {
    let play = Play::new();
    let mut coordinator = Coordinator::<Ed25519>::new(2, 3).unwrap();
    let cert = |seed: &Seed, index, threshold, size| {
        Invited::<Ed25519>::new(seed.clone(), index, threshold, size).unwrap().certify(&mut rng(3)).1
    };
    let mut take = |text: String| coordinator.receive_certificate(text.as_bytes());
    assert_eq!(take(cert(&play.seeds[0], 1, 2, 3)), Ok(1));
    assert_eq!(take(cert(&play.seeds[0], 1, 2, 3)), Ok(1), "the same file twice");
    complains(take(cert(&play.seeds[1], 1, 2, 3)), "trustee 1", "another certificate before");
    complains(take(cert(&play.seeds[0], 2, 2, 3)), "trustee 2", "also in that of trustee 1");
    complains(take(cert(&play.seeds[1], 2, 3, 3)), "trustee 2", "for 3 of 3 trustees and not 2 of 3");
    complains(take(cert(&play.seeds[1], 4, 2, 4)), "trustee 4", "for 2 of 4 trustees and not 2 of 3");
    let other = Invited::<Belenios2048>::new(play.seeds[1].clone(), 2, 2, 3).unwrap().certify(&mut rng(3)).1;
    complains(take(other), "certificate", "cannot be read");

    let certs = play.certs();
    let mut lines: Vec<&str> = certs.lines().collect();
    lines.swap(1, 2);
    let swapped = play.certified[0].receive_certificates(&mut rng(1), lines.join("\n").as_bytes());
    complains(swapped, "trustee 2", "is for trustee 3 and not 2");
    let foreign = cert(&Seed::generate(&mut rng(8)), 1, 2, 3);
    let replaced = [&foreign, lines[2], lines[1]].join("\n");
    complains(
        play.certified[0].receive_certificates(&mut rng(1), replaced.as_bytes()),
        "coordinator",
        "place 1",
    );
    assert!(play.certified[1].receive_certificates(&mut rng(1), replaced.as_bytes()).is_ok(), "not seen yet");
}

#[test]
fn bad_shares_are_complaints() {
    let mut rng = rng(5);
    let mut play = Play::new();
    let certs = play.certs();
    let mut sent = Vec::new();
    let mut polynomials = Vec::new();
    for (place, state) in (1..).zip(&play.certified) {
        let (state, polynomial) = state.receive_certificates(&mut rng, certs.as_bytes()).unwrap();
        play.coordinator.receive_polynomial(place, polynomial.as_bytes()).unwrap();
        polynomials.push(polynomial);
        sent.push(state);
    }
    let edit = |text: &str, change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::from_str(text).unwrap();
        change(&mut value);
        serde_json::to_string(&value).unwrap()
    };
    let (_, again) = play.certified[2].receive_certificates(&mut rng, certs.as_bytes()).unwrap();
    complains(
        play.coordinator.receive_polynomial(3, again.as_bytes()),
        "trustee 3",
        "another polynomial before",
    );
    let mixed = edit(&polynomials[2], &|p| {
        p["signature"] = serde_json::from_str::<Value>(&again).unwrap()["signature"].clone()
    });
    complains(play.coordinator.receive_polynomial(3, mixed.as_bytes()), "trustee 3", "does not cover");
    let short = edit(&polynomials[2], &|p| drop(p["secrets"].as_array_mut().unwrap().pop()));
    complains(play.coordinator.receive_polynomial(3, short.as_bytes()), "trustee 3", "2 shares");

    let vinput = play.coordinator.shares_for(1).unwrap();
    let keys: Vec<_> = play.seeds.iter().map(|seed| seed.keys::<Ed25519>()).collect();
    let false_share = |from: usize, to: usize| {
        let text = r#"{"secret":"12345"}"#;
        let sent =
            pki::send(&mut self::rng(6), Cipher::Gcm, &keys[from - 1], &keys[to - 1].encryption(), text);
        Value::String(sent.unwrap())
    };
    let others = serde_json::from_str::<Value>(&play.coordinator.shares_for(2).unwrap()).unwrap();
    let newer = serde_json::from_str::<Value>(&again).unwrap();
    type Change<'a> = &'a dyn Fn(&mut Value);
    let cases: [(Change<'_>, &str, &str); 9] = [
        (&|v| v["secrets"][2] = false_share(3, 1), "trustee 3", "does not match its public coefficients"),
        (&|v| v["secrets"][2] = false_share(2, 1), "trustee 3", "signature is not of its sender"),
        (&|v| v["secrets"][2] = false_share(3, 2), "trustee 3", "encrypted to another key"),
        (&|v| v["secrets"].as_array_mut().unwrap().swap(1, 2), "trustee 2", "signature is not of its sender"),
        (&|v| v["secrets"][1] = others["secrets"][1].clone(), "trustee 2", "encrypted to another key"),
        (&|v| v["coefexps"][2] = newer["coefexps"].clone(), "trustee 3", "does not cover"),
        (
            &|v| {
                v["coefexps"][2] = newer["coefexps"].clone();
                v["signatures"][2] = newer["signature"].clone();
            },
            "trustee 3",
            "does not match its public coefficients",
        ),
        (
            &|v| v["polynomial"] = others["polynomial"].clone(),
            "coordinator",
            "did not return our own polynomial",
        ),
        (&|v| drop(v["secrets"].as_array_mut().unwrap().pop()), "coordinator", "not of a group of 3"),
    ];
    for (change, culprit, reason) in cases {
        complains(sent[0].receive_shares(&mut rng, edit(&vinput, change).as_bytes()), culprit, reason);
    }

    let (checked, answer) = sent[0].receive_shares(&mut rng, vinput.as_bytes()).unwrap();
    complains(
        play.coordinator.receive_answer(2, answer.as_bytes()),
        "trustee 2",
        "not the one that the coefficients",
    );
    let unsigned = edit(&answer, &|a| drop(a["public_key"].as_object_mut().unwrap().remove("signature")));
    complains(play.coordinator.receive_answer(1, unsigned.as_bytes()), "trustee 1", "is not signed");
    play.coordinator.receive_answer(1, answer.as_bytes()).unwrap();
    for place in [2, 3] {
        let vinput = play.coordinator.shares_for(place).unwrap();
        let (_, answer) = sent[place - 1].receive_shares(&mut rng, vinput.as_bytes()).unwrap();
        play.coordinator.receive_answer(place, answer.as_bytes()).unwrap();
    }
    let outcome = play.coordinator.finish().unwrap();
    let threshold = json::to_string(&outcome.group);
    assert!(checked.receive_result(threshold.as_bytes(), outcome.dkeys[0].as_bytes()).is_ok());
    complains(
        checked.receive_result(threshold.as_bytes(), outcome.dkeys[1].as_bytes()),
        "misuse",
        "does not open",
    );
    let (other, _) = hold_ceremony::<Ed25519>(&mut rng, 2, 3).unwrap();
    let other = json::to_string(&other);
    complains(
        checked.receive_result(other.as_bytes(), outcome.dkeys[0].as_bytes()),
        "coordinator",
        "other certificates",
    );
}
