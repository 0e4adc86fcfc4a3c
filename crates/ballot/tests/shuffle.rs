//! Shuffles: Belenios' fixtures, mixing and decrypting, and everything false refused by both verifications alike.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

use std::collections::HashMap;
use std::path::PathBuf;

use ballot::checks;
use ballot::election::Election;
use ballot::group::{Ed25519, Group, Rfc3526, Scalar};
use ballot::json;
use ballot::nonce::Nonces;
use ballot::shuffle::{Generators, MixInput, NotVerified, Shuffle, shuffle, verify, verify_one_by_one};
use ballot::sigma::Ciphertext;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const SEED: [u8; 32] = [7; 32];

fn rng(number: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([number; 32])
}

/// An election with one homomorphic question and `mixed` ranked ones, and its secret key.
fn election<G: Group>(number: u8, mixed: usize) -> (Election<G>, G::Scalar) {
    let secret = *Nonces::new(&mut rng(number), b"", b"election").scalar::<G::Scalar>();
    let key = G::encode(&G::exp_g(&secret));
    let ranked = r#",{"type":"NonHomomorphic","value":{"answers":["a","b"],"question":"r"}}"#.repeat(mixed);
    let text = format!(
        r#"{{"version":1,"description":"d","name":"n","group":"{}","public_key":"{key}","questions":[{{"answers":["y"],"min":0,"max":1,"question":"h"}}{ranked}],"uuid":"AAAAAAAAAAAAA{}"}}"#,
        G::NAME,
        ["A", "B", "C"][usize::from(number % 3)],
    );
    (Election::parse(text.as_bytes()).unwrap(), secret)
}

fn ciphertexts<G: Group>(election: &Election<G>, number: u8, n: usize) -> Vec<Ciphertext<G>> {
    let mut nonces = Nonces::new(&mut rng(number), b"", b"votes");
    let messages = (0..n as u64).map(|i| G::exp_g(&G::Scalar::from_u64(i + 1)));
    let points: Vec<G::Point> = messages
        .flat_map(|message| {
            let r = nonces.scalar::<G::Scalar>();
            [G::exp_g(&r), G::mul(&G::exp(election.point(), &r), &message)]
        })
        .collect();
    G::encode_all(&points).chunks(2).map(|e| Ciphertext { alpha: e[0], beta: e[1] }).collect()
}

struct Case<G: Group> {
    election: Election<G>,
    secret: G::Scalar,
    generators: Generators<G>,
    input: MixInput<G>,
    shuffle: Shuffle<G>,
}

fn case<G: Group>(number: u8, sizes: &[usize]) -> Case<G> {
    let (election, secret) = election::<G>(number, sizes.len());
    let mut generators = Generators::new();
    let questions = sizes.iter().map(|n| ciphertexts(&election, number, *n)).collect();
    let input = MixInput::check(checks::ENCRYPTED_TALLY, questions, &SEED).unwrap();
    let shuffle = shuffle(&election, &mut generators, &input, b"secret", &mut rng(number)).unwrap();
    Case { election, secret, generators, input, shuffle }
}

impl<G: Group> Case<G> {
    /// The reason of both verifications, which must agree; `None` where both accept.
    fn reason(&mut self, shuffle: &Shuffle<G>) -> Option<String> {
        let single = verify_one_by_one(&self.election, &mut self.generators, &self.input, shuffle).err();
        let batch = match verify(&self.election, &mut self.generators, &self.input, shuffle.clone(), &SEED) {
            Ok(verified) => {
                assert!(verified.output().questions() == shuffle.ciphertexts);
                None
            }
            Err(NotVerified::Refused(refusal)) => Some(refusal),
            Err(NotVerified::Internal(error)) => panic!("{error}"),
        };
        assert_eq!(single, batch);
        assert!(batch.iter().all(|refusal| refusal.check == checks::SHUFFLES));
        batch.map(|refusal| format!("{}: {}", refusal.object, refusal.reason))
    }

    fn refused(&mut self, words: &str, change: impl Fn(&mut Shuffle<G>)) {
        let mut changed = self.shuffle.clone();
        change(&mut changed);
        let reason = self.reason(&changed).unwrap_or_else(|| panic!("accepted: {words}"));
        assert!(reason.contains(words), "{reason:?} does not say {words:?}");
    }
}

fn decrypted<G: Group>(secret: &G::Scalar, ciphertexts: &[Ciphertext<G>]) -> Vec<G::Element> {
    let open = |e: &Ciphertext<G>| G::div(&G::point(&e.beta), &G::exp(&G::point(&e.alpha), secret));
    let mut plain = G::encode_all(&ciphertexts.iter().map(open).collect::<Vec<_>>());
    plain.sort();
    plain
}

fn times<G: Group>(element: &G::Element, factor: &G::Point) -> G::Element {
    G::encode(&G::mul(&G::point(element), factor))
}

#[test]
fn a_mix_decrypts_to_a_permutation_and_verifies() {
    for sizes in [&[0][..], &[1], &[2], &[3, 0], &[127, 1], &[128], &[129, 5], &[600]] {
        let mut case = case::<Ed25519>(1, sizes);
        let shuffle = case.shuffle.clone();
        assert_eq!(case.reason(&shuffle), None, "{sizes:?}");
        for (before, after) in case.input.questions().iter().zip(&shuffle.ciphertexts) {
            assert_eq!(decrypted(&case.secret, before), decrypted(&case.secret, after));
            assert!(before.iter().all(|e| !after.contains(e)));
        }
        let text = json::to_string(&shuffle);
        assert!(json::parse::<Shuffle<Ed25519>>(text.as_bytes()).unwrap() == shuffle);
        // The next mixer's input is the verified output.
        let verified = verify(&case.election, &mut case.generators, &case.input, shuffle, &SEED).unwrap();
        case.input = verified.into_output();
        case.shuffle =
            ballot::shuffle::shuffle(&case.election, &mut case.generators, &case.input, b"", &mut rng(2))
                .unwrap();
        let second = case.shuffle.clone();
        assert_eq!(case.reason(&second), None);
    }
}

#[test]
fn a_mix_in_a_field_verifies() {
    let mut case = case::<Rfc3526>(1, &[2]);
    let shuffle = case.shuffle.clone();
    assert_eq!(case.reason(&shuffle), None);
    assert_eq!(
        decrypted(&case.secret, &case.input.questions()[0]),
        decrypted(&case.secret, &shuffle.ciphertexts[0])
    );
    // p − 1 has order 2.
    let p_minus_1 = "32317006071311007300338913926423828248817941241140239112842009751400741706634354222619689417363569347117901737909704191754605873209195028853758986185622153212175412514901774520270235796078236248884246189477587641105928646099411723245426622522193230540919037680524235519125679715870117001058055877651038861847280257976054903569732561526167081339361799541336476559160368317896729073178384589680639671900977202194168647225871031411336429319536193471636533209717077448227988588565369208645296636077250268955505928362751121174096972998068410554359584866583291642136218231078990999448652468262416972035911852507045361090558";
    let two = Rfc3526::point(&Rfc3526::decode(p_minus_1).unwrap());
    case.refused("commitment ĉ at position 2 lies outside", |s| {
        s.proofs[0].c_hat[1] = times::<Rfc3526>(&s.proofs[0].c_hat[1], &two);
    });
    case.refused("commitment chain broken at position 1", |s| {
        s.proofs[0].s.s_hat[0] = s.proofs[0].s.s_hat[0] + Scalar::ONE;
    });
}

/// Every place of a proof, by name: points first, then scalars.
type Change<T> = fn(&mut Shuffle<Ed25519>, usize, &dyn Fn(&T) -> T);

fn point_places() -> Vec<(&'static str, bool, Change<<Ed25519 as Group>::Element>)> {
    vec![
        ("t1", false, |s, _, f| s.proofs[0].t.t1 = f(&s.proofs[0].t.t1)),
        ("t2", false, |s, _, f| s.proofs[0].t.t2 = f(&s.proofs[0].t.t2)),
        ("t3", false, |s, _, f| s.proofs[0].t.t3 = f(&s.proofs[0].t.t3)),
        ("t4,1", false, |s, _, f| s.proofs[0].t.t41 = f(&s.proofs[0].t.t41)),
        ("t4,2", false, |s, _, f| s.proofs[0].t.t42 = f(&s.proofs[0].t.t42)),
        ("alpha of the ciphertext", true, |s, i, f| {
            s.ciphertexts[0][i].alpha = f(&s.ciphertexts[0][i].alpha)
        }),
        ("beta of the ciphertext", true, |s, i, f| s.ciphertexts[0][i].beta = f(&s.ciphertexts[0][i].beta)),
        ("commitment c", true, |s, i, f| s.proofs[0].c[i] = f(&s.proofs[0].c[i])),
        ("commitment ĉ", true, |s, i, f| s.proofs[0].c_hat[i] = f(&s.proofs[0].c_hat[i])),
        ("commitment t̂", true, |s, i, f| s.proofs[0].t.t_hat[i] = f(&s.proofs[0].t.t_hat[i])),
    ]
}

#[test]
fn every_point_outside_the_subgroup_is_named() {
    // Orders 8 and 2. 60 ciphertexts are 305 points, so the subset sums are used; 4 are not.
    let eight = "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7";
    let two = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec";
    for (n, small) in [(60, eight), (60, two), (4, two)] {
        let mut case = case::<Ed25519>(2, &[n, 2]);
        let small = Ed25519::point(&Ed25519::decode(small).unwrap());
        assert!(!Ed25519::in_subgroup(&small));
        for (name, many, change) in point_places() {
            let at = if many { format!(" at position {n}") } else { String::new() };
            case.refused(&format!("question 2: {name}{at} lies outside the prime-order subgroup"), |s| {
                change(s, n - 1, &|element| times::<Ed25519>(element, &small));
            });
        }
        // Several at once, whose small parts cancel in a plain product: the first is named.
        case.refused("commitment c at position 2 lies outside", |s| {
            for i in [1, 3] {
                s.proofs[0].c[i] = times::<Ed25519>(&s.proofs[0].c[i], &small);
            }
        });
        let mut input = case.input.questions().to_vec();
        input[0][1].beta = times::<Ed25519>(&input[0][1].beta, &small);
        let refusal = MixInput::check(checks::ENCRYPTED_TALLY, input, &SEED).err().unwrap();
        assert_eq!(refusal.check, checks::ENCRYPTED_TALLY);
        assert_eq!(
            refusal.reason,
            "beta of the ciphertext at position 2 lies outside the prime-order subgroup"
        );
    }
}

#[test]
fn every_component_altered_is_refused() {
    let mut case = case::<Ed25519>(3, &[5, 40]);
    let g = Ed25519::generator();
    // A point changes the challenge, so already the first equation fails.
    for (_, many, change) in point_places() {
        for i in if many { 0..5 } else { 0..1 } {
            case.refused("question 2: equation t1 fails", |s| {
                change(s, i, &|element| times::<Ed25519>(element, &g));
            });
        }
    }
    let one = <Ed25519 as Group>::Scalar::ONE;
    type Place = fn(&mut Shuffle<Ed25519>) -> &mut <Ed25519 as Group>::Scalar;
    let scalars: [(&str, Place); 8] = [
        ("question 2: equation t1 fails", |s| &mut s.proofs[0].s.s1),
        ("question 2: equation t2 fails", |s| &mut s.proofs[0].s.s2),
        ("question 2: equation t3 fails", |s| &mut s.proofs[0].s.s3),
        ("question 3: equation t4,1 fails", |s| &mut s.proofs[1].s.s4),
        ("question 3: commitment chain broken at position 14", |s| &mut s.proofs[1].s.s_hat[13]),
        ("question 3: commitment chain broken at position 40", |s| &mut s.proofs[1].s.s_hat[39]),
        ("question 2: commitment chain broken at position 1", |s| &mut s.proofs[0].s.s_hat[0]),
        ("question 3: equation t3 fails", |s| &mut s.proofs[1].s.s_prime[39]),
    ];
    for (words, scalar) in scalars {
        case.refused(words, |s| *scalar(s) = *scalar(s) + one);
    }
    // Errors that cancel in a plain sum of the equations.
    case.refused("commitment chain broken at position 1", |s| {
        let s_hat = &mut s.proofs[0].s.s_hat;
        (s_hat[0], s_hat[1]) = (s_hat[0] + one, s_hat[1] - one);
    });
}

#[test]
fn shapes_ciphertexts_and_statements_that_do_not_fit_are_refused() {
    let mut case = case::<Ed25519>(4, &[6]);
    case.refused("5 ciphertexts for 6 inputs", |s| s.ciphertexts[0].truncate(5));
    case.refused("5 commitments c for 6 inputs", |s| s.proofs[0].c.truncate(5));
    case.refused("5 commitments ĉ for 6 inputs", |s| s.proofs[0].c_hat.truncate(5));
    case.refused("5 commitments t̂ for 6 inputs", |s| s.proofs[0].t.t_hat.truncate(5));
    case.refused("5 responses ŝ for 6 inputs", |s| s.proofs[0].s.s_hat.truncate(5));
    case.refused("5 responses s' for 6 inputs", |s| s.proofs[0].s.s_prime.truncate(5));
    case.refused("0 proofs for 1 mixed questions", |s| s.proofs.clear());
    case.refused("0 lists of ciphertexts for 1 mixed questions", |s| s.ciphertexts.clear());
    case.refused("equation t1 fails", |s| s.ciphertexts[0].swap(0, 1));
    case.refused("equation t1 fails", |s| s.ciphertexts[0][1] = s.ciphertexts[0][0]);
    let identity = Ed25519::encode(&Ed25519::identity());
    case.refused("beta of the ciphertext at position 3 is the identity", |s| {
        s.ciphertexts[0][2].beta = identity
    });
    for (_, _, change) in point_places() {
        let mut changed = case.shuffle.clone();
        change(&mut changed, 0, &|_| identity);
        assert!(case.reason(&changed).is_some());
    }
    let mut input = case.input.questions().to_vec();
    input[0][5].alpha = identity;
    let refusal = MixInput::check(checks::SHUFFLES, input, &SEED).err().unwrap();
    assert_eq!(refusal.reason, "alpha of the ciphertext at position 6 is the identity");

    // Another input, another election (key and fingerprint), and a shuffle of something else.
    let honest = case.shuffle.clone();
    let original = case.input.clone();
    let mut swapped = original.questions().to_vec();
    swapped[0].swap(2, 3);
    case.input = MixInput::check(checks::SHUFFLES, swapped, &SEED).unwrap();
    assert!(case.reason(&honest).is_some());
    case.input = original.clone();
    assert_eq!(case.reason(&honest), None);
    case.election = election::<Ed25519>(5, 1).0;
    assert!(case.reason(&honest).is_some());
    // The election decides how many lists are mixed.
    case.election = election::<Ed25519>(4, 2).0;
    assert!(case.reason(&honest).unwrap().contains("1 lists of input ciphertexts for 2 mixed questions"));
    assert!(shuffle(&case.election, &mut case.generators, &original, b"", &mut rng(1)).is_err());
}

/// A mixer that drops or doubles a ciphertext, with a proof made honestly for what it would have mixed.
#[test]
fn a_dropped_or_doubled_ciphertext_is_refused() {
    let mut case = case::<Ed25519>(6, &[6]);
    let honest = case.input.clone();
    let mut doubled = honest.questions().to_vec();
    doubled[0][1] = doubled[0][0];
    let doubled = MixInput::check(checks::SHUFFLES, doubled, &SEED).unwrap();
    let forged = shuffle(&case.election, &mut case.generators, &doubled, b"", &mut rng(9)).unwrap();
    assert!(case.reason(&forged).is_some());
    let mut dropped = honest.questions().to_vec();
    dropped[0].truncate(5);
    let dropped = MixInput::check(checks::SHUFFLES, dropped, &SEED).unwrap();
    let forged = shuffle(&case.election, &mut case.generators, &dropped, b"", &mut rng(9)).unwrap();
    assert!(case.reason(&forged).unwrap().contains("5 ciphertexts for 6 inputs"));
}

/// Random mixtures of good and bad, of sizes on both sides of the batch's threshold: `reason` compares both verdicts.
#[test]
fn batch_and_single_verification_agree() {
    let mut random = Nonces::new(&mut rng(8), b"", b"mixtures");
    let small = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let small = Ed25519::point(&Ed25519::decode(small).unwrap());
    let (g, one) = (Ed25519::generator(), <Ed25519 as Group>::Scalar::ONE);
    let places = point_places();
    let mut verdicts = [0, 0];
    for n in [7, 50] {
        let mut case = case::<Ed25519>(7, &[n]);
        for _ in 0..30 {
            let mut changed = case.shuffle.clone();
            for _ in 0..random.below(3) {
                let i = random.below(n as u64) as usize;
                let change = places[random.below(places.len() as u64) as usize].2;
                match random.below(4) {
                    0 => change(&mut changed, i, &|element| times::<Ed25519>(element, &g)),
                    1 => change(&mut changed, i, &|element| times::<Ed25519>(element, &small)),
                    2 => changed.proofs[0].s.s_hat[i] = changed.proofs[0].s.s_hat[i] + one,
                    _ => changed.proofs[0].s.s_prime[i] = changed.proofs[0].s.s_prime[i] + one,
                }
            }
            let verdict = case.reason(&changed);
            assert_eq!(verdict.is_none(), changed == case.shuffle);
            verdicts[usize::from(verdict.is_none())] += 1;
        }
    }
    assert!(verdicts[0] >= 10 && verdicts[1] >= 10, "{verdicts:?}");
}

#[test]
fn the_seed_is_replayed_and_nonces_depend_on_secret_and_statement() {
    let (election, _) = election::<Ed25519>(1, 1);
    let mut generators = Generators::new();
    let mix = |generators: &mut Generators<Ed25519>, number: u8, secret: &[u8]| {
        let input = vec![ciphertexts(&election, number, 3)];
        let input = MixInput::check(checks::SHUFFLES, input, &SEED).unwrap();
        shuffle(&election, generators, &input, secret, &mut rng(1)).unwrap()
    };
    let first = mix(&mut generators, 1, b"a");
    assert!(first == mix(&mut generators, 1, b"a"));
    for other in [mix(&mut generators, 1, b"b"), mix(&mut generators, 2, b"a")] {
        assert!(first.proofs[0].t.t1 != other.proofs[0].t.t1);
    }
}

/// One fixture's payloads by the type of their event; `Setup` gives the election.
fn fixture(name: &str) -> HashMap<String, Vec<Vec<u8>>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../vectors/belenios/nonhomomorphic-stv")
        .join(name);
    let mut events = Vec::new();
    for file in std::fs::read_dir(folder.join("extracted")).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().ends_with(".event.json") {
            events.push(serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).unwrap()).unwrap());
        }
    }
    events.sort_by_key(|event| event["height"].as_u64());
    let read = |hash: &serde_json::Value| {
        std::fs::read(folder.join("extracted").join(format!("{}.data.json", hash.as_str().unwrap()))).unwrap()
    };
    let mut payloads: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    for event in events.iter().filter(|event| event.get("payload").is_some()) {
        let payload = read(&event["payload"]);
        let inside: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        let kind = event["type"].as_str().unwrap();
        let data = match kind {
            "Shuffle" => read(&inside["payload"]),
            "Setup" => read(&inside["election"]),
            "EncryptedTally" => read(&inside["encrypted_tally"]),
            _ => continue,
        };
        payloads.entry(kind.to_owned()).or_default().push(data);
    }
    payloads
}

fn fixture_verifies<G: Group>(name: &str) {
    let payloads = fixture(name);
    let election = Election::<G>::parse(&payloads["Setup"][0]).unwrap();
    let tally: Vec<Vec<Ciphertext<G>>> = json::parse(&payloads["EncryptedTally"][0]).unwrap();
    let mut input = MixInput::check(checks::ENCRYPTED_TALLY, tally, &SEED).unwrap();
    let mut generators = Generators::new();
    assert!(!payloads["Shuffle"].is_empty());
    for payload in &payloads["Shuffle"] {
        let shuffle: Shuffle<G> = json::parse(payload).unwrap();
        assert_eq!(json::to_string(&shuffle).as_bytes(), payload);
        verify_one_by_one(&election, &mut generators, &input, &shuffle).unwrap();
        input = verify(&election, &mut generators, &input, shuffle, &SEED).unwrap().into_output();
    }
}

#[test]
fn shuffles_of_belenios_3_0_verify() {
    fixture_verifies::<Ed25519>("v3.0-ed25519");
}

#[test]
fn shuffles_of_belenios_3_3_verify() {
    fixture_verifies::<Ed25519>("v3.3-ed25519");
}

#[test]
fn shuffles_of_belenios_2_0_verify() {
    fixture_verifies::<Rfc3526>("v2.0-rfc3526");
}

#[test]
fn json_that_is_not_a_shuffle_is_refused() {
    let case = case::<Ed25519>(1, &[1]);
    let text = json::to_string(&case.shuffle);
    let element = case.shuffle.proofs[0].t.t1.to_string();
    for (from, to) in [
        (r#"{"ciphertexts""#, r#"{"x":1,"ciphertexts""#),
        (r#""alpha""#, r#""alphA""#),
        (element.as_str(), "00"),
        (element.as_str(), &element.to_uppercase()),
        (r#"]]]}"#, r#"]]]} "#),
        (r#"]]]}"#, r#"],[]]]}"#),
        (r#""proofs":[["#, r#""proofs":[[1,"#),
    ] {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        assert!(json::parse::<Shuffle<Ed25519>>(changed.as_bytes()).is_err(), "{from} {to}");
    }
}
