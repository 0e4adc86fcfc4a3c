//! What holds whatever the numbers are.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "the helpers of tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use ballot::archive::event::Header;
use ballot::archive::{Event, Owned, Records, SetupData, SizedTally};
use ballot::ballot::{Ballot, VerifiedBallot, cast, verify_all};
use ballot::credential::Credential;
use ballot::decryption::PartialDecryption;
use ballot::election::{Election, Question, group_of};
use ballot::group::{Ed25519, Group, Rfc3526, Scalar, Term, subgroup};
use ballot::json;
use ballot::refusal::Refusal;
use ballot::result::{ElectionResult, QuestionResult};
use ballot::shuffle::Shuffle;
use ballot::tally::{EncryptedTally, TallyShape};
use ballot::trustee::Trustees;
use ballot::with_group;
use proptest::prelude::*;
use support::{
    Held, Spec, Step, choose, fixture_archives, hold, judge, members, nonces, rank, read, times, write,
};
use zeroize::Zeroizing;

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn sorted(mut votes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    votes.sort();
    votes
}

/// Votes of so many answers by one to eight voters, and who mixes.
fn ranked_election() -> impl Strategy<Value = (Vec<Vec<u8>>, usize, u64)> {
    (1usize..=30).prop_flat_map(|answers| {
        let vote = proptest::collection::vec(any::<u8>(), answers);
        (proptest::collection::vec(vote, 1..8), 1usize..=3, any::<u64>())
    })
}

fn mixes_to_a_permutation<G: Group>(votes: &[Vec<u8>], mixers: usize, seed: u64) {
    let held = hold::<G>(&Spec {
        questions: vec![rank(votes[0].len())],
        singles: 3,
        threshold: None,
        weights: vec![1; votes.len()],
        casts: votes.iter().enumerate().map(|(i, vote)| (i, vec![vote.clone()])).collect(),
        mixers: (1..=mixers).collect(),
        deciders: vec![1, 2, 3],
        seed,
    });
    let QuestionResult::Votes(opened) = held.opened().unwrap().result.remove(0) else { unreachable!() };
    assert_eq!(sorted(opened), sorted(votes.to_vec()));
    let verdict = judge(&held.archive(), Some(&held.strong_text()), false);
    assert!(verdict.holds, "{}", verdict.text);
}

proptest! {
    #![proptest_config(few(12))]

    #[test]
    fn mixing_and_decrypting_gives_a_permutation((votes, mixers, seed) in ranked_election()) {
        mixes_to_a_permutation::<Ed25519>(&votes, mixers, seed);
    }
}

#[test]
fn mixing_and_decrypting_gives_a_permutation_in_a_field() {
    mixes_to_a_permutation::<Rfc3526>(&[vec![0, 255], vec![3, 1]], 1, 8);
}

/// All subsets of `1..=n` with `size` members.
fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    (0u32..1 << n)
        .filter(|set| set.count_ones() as usize == size)
        .map(|set| (1..=n).filter(|i| set >> (i - 1) & 1 == 1).collect())
        .collect()
}

#[test]
fn any_t_trustees_give_the_same_result_and_fewer_none() {
    for (t, n) in [(1u32, 1u32), (1, 3), (2, 3), (2, 4), (3, 4), (4, 4)] {
        let mut held = hold::<Ed25519>(&Spec {
            questions: vec![choose(3, true, 1, 2), rank(2)],
            singles: 0,
            threshold: Some((t, n)),
            weights: vec![1; 3],
            casts: vec![
                (0, vec![vec![0, 1, 1, 0], vec![1, 2]]),
                (1, vec![vec![1, 0, 0, 0], vec![2, 1]]),
                (2, vec![vec![0, 0, 0, 1], vec![9, 9]]),
            ],
            mixers: vec![1],
            deciders: (1..=n as usize).collect(),
            seed: u64::from(10 * t + n),
        });
        let expected = held.opened().unwrap();
        let parts: BTreeMap<usize, _> = held.decryptions.iter().cloned().collect();
        for set in subsets(n as usize, t as usize) {
            held.decryptions = set.iter().map(|owner| (*owner, parts[owner].clone())).collect();
            assert_eq!(held.opened(), Some(expected.clone()), "{t} of {n}: {set:?}");
            held.again_from_decryptions();
            let verdict = judge(&held.archive(), Some(&held.strong_text()), false);
            assert!(verdict.holds, "{t} of {n}: {set:?}\n{}", verdict.text);
        }
        for set in subsets(n as usize, t as usize - 1) {
            held.decryptions = set.iter().map(|owner| (*owner, parts[owner].clone())).collect();
            assert_eq!(held.opened(), None, "{t} of {n}: {set:?}");
        }
    }
}

// ---- single and batch ----

type Verdicts<G> = Vec<Result<(<G as Group>::Element, String), Refusal>>;

fn verdicts<G: Group>(found: impl IntoIterator<Item = Result<VerifiedBallot<G>, Refusal>>) -> Verdicts<G> {
    let plain = |ballot: VerifiedBallot<G>| {
        (ballot.credential, format!("{:?} {:?}", ballot.hash, ballot.ciphertexts))
    };
    found.into_iter().map(|verdict| verdict.map(plain)).collect()
}

fn agree<G: Group>(election: &Election<G>, ballots: &[Vec<u8>], seed: u8) -> usize {
    let one_by_one =
        ballots.iter().map(|bytes| Ballot::parse(election, bytes).and_then(|b| b.verify(election)));
    let one_by_one = verdicts(one_by_one);
    let together = verdicts(verify_all(election, ballots, &[seed; 32]));
    assert!(one_by_one == together, "{one_by_one:?}\n{together:?}");
    together.iter().filter(|verdict| verdict.is_ok()).count()
}

#[test]
fn single_and_batch_verification_agree_on_every_vector() {
    let mut points = 0;
    for path in fixture_archives().iter().filter(|path| !path.to_str().unwrap().contains("stages")) {
        let (steps, _) = read(&std::fs::read(path).unwrap());
        let Step::Setup { election, .. } = &steps[0] else { unreachable!() };
        let ballots: Vec<Vec<u8>> = steps
            .iter()
            .filter_map(|step| if let Step::Ballot(bytes) = step { Some(bytes.clone()) } else { None })
            .collect();
        with_group!(group_of(election).unwrap(), G => {
            let election = Election::<G>::parse(election).unwrap();
            // In the fields one by one costs a second a fixture.
            let few = if G::NAME == "Ed25519" { ballots.len() } else { 2 };
            assert_eq!(agree(&election, &ballots[..few], 1), few, "{}", path.display());
            points += few;
        });
    }
    assert!(points > 50);
}

/// The points of order 1, 2, 4 and 8.
fn torsion() -> Vec<<Ed25519 as Group>::Point> {
    curve25519_dalek::constants::EIGHT_TORSION
        .iter()
        .map(|point| {
            let mut bytes = point.compress().to_bytes();
            bytes.reverse();
            Ed25519::point(&Ed25519::decode(&hex::encode(bytes)).unwrap())
        })
        .collect()
}

fn base() -> Held<Ed25519> {
    hold(&Spec {
        questions: vec![choose(2, false, 0, 1), rank(2)],
        singles: 1,
        threshold: None,
        weights: vec![1; 3],
        casts: (0..3).map(|v| (v, vec![vec![0, 1], vec![1, 2]])).collect(),
        mixers: vec![1],
        deciders: vec![1],
        seed: 20,
    })
}

/// A ballot: good, or false in one of many ways.
fn some_ballot(held: &Held<Ed25519>, kind: u8, at: usize, voter: usize) -> Vec<u8> {
    let good = held.cast(voter, &[vec![1, 0], vec![at as u8, 7]], kind);
    let text = String::from_utf8(good.clone()).unwrap();
    match kind % 8 {
        0..=3 => good,
        4 => {
            let mut changed = good;
            let place = at % changed.len();
            changed[place] ^= 1 << (at % 7);
            changed
        }
        5 => {
            // One of its points gets a small-order part.
            let places: Vec<usize> = text.match_indices("\":\"").map(|(i, _)| i + 3).collect();
            let points: Vec<usize> = places
                .into_iter()
                .filter(|i| {
                    text.get(*i..i + 65)
                        .is_some_and(|t| t.ends_with('"') && Ed25519::decode(&t[..64]).is_ok())
                })
                .collect();
            let place = points[at % points.len()];
            let point = Ed25519::decode(&text[place..place + 64]).unwrap();
            let changed = times::<Ed25519>(&point, &torsion()[1 + at % 7]).to_string();
            format!("{}{changed}{}", &text[..place], &text[place + 64..]).into_bytes()
        }
        6 => {
            let answers = support::answers_of(&held.cast((voter + 1) % 3, &[vec![0, 0], vec![1, 1]], 3));
            held.signed(voter, &answers)
        }
        _ => held.signed((voter + 1) % 3, &support::answers_of(&good)),
    }
}

proptest! {
    #![proptest_config(few(16))]

    /// Up to 40 ballots of 7 points: the batch path begins at 192.
    #[test]
    fn single_and_batch_verification_agree_on_mixtures(
        kinds in proptest::collection::vec((any::<u8>(), any::<u16>(), 0usize..3), 1..40), seed in any::<u8>()
    ) {
        let held = base();
        let ballots: Vec<_> = kinds.iter().map(|(kind, at, voter)| some_ballot(&held, *kind, usize::from(*at), *voter)).collect();
        agree(&held.election, &ballots, seed);
    }

    /// The first point outside the subgroup, among any number of points and whatever cancels in their sums.
    #[test]
    fn membership_of_many_is_membership_of_each(
        n in 0usize..700, bad in proptest::collection::vec((any::<u16>(), 0usize..8), 0..5), pairs in any::<bool>(), seed in any::<[u8; 32]>()
    ) {
        let mut nonces = nonces(3);
        let mut points: Vec<<Ed25519 as Group>::Point> =
            (0..n.min(20)).map(|_| Ed25519::exp_g(&nonces.scalar::<<Ed25519 as Group>::Scalar>())).collect();
        while points.len() < n {
            let next = Ed25519::mul(&points[points.len() - 20], &points[points.len() - 1]);
            points.push(next);
        }
        let torsion = torsion();
        for (at, which) in bad {
            if n == 0 {
                break;
            }
            let at = usize::from(at) % n;
            points[at] = Ed25519::mul(&points[at], &torsion[which]);
            if pairs {
                // Its opposite somewhere else, so that plain sums cancel.
                let other = (at + 1) % n;
                points[other] = Ed25519::div(&points[other], &torsion[which]);
            }
        }
        let expected = points.iter().position(|point| !Ed25519::in_subgroup(point));
        prop_assert_eq!(subgroup::first_outside::<Ed25519>(&points, &seed), expected);
    }
}

/// An exponent of this kind: the least, the greatest, a small one, a power of two, or any.
fn exponent((kind, bytes): (u8, [u8; 32])) -> <Ed25519 as Group>::Scalar {
    type S = <Ed25519 as Group>::Scalar;
    let mut wide = [0; 64];
    wide[32..].copy_from_slice(&bytes);
    match kind % 8 {
        0 => S::ZERO,
        1 => S::ONE,
        2 => -S::ONE,
        3 => S::from_u64(u64::from(bytes[0])),
        4 => -S::from_u64(u64::from(bytes[0])),
        5 => (0..bytes[0]).fold(S::ONE, |x, _| x + x),
        _ => S::from_wide(&wide),
    }
}

proptest! {
    #![proptest_config(few(48))]

    /// Products of any number of terms at once, in lanes where the machine has them, are the products one by one.
    #[test]
    fn many_products_at_once_are_each_product(
        terms in proptest::collection::vec(any::<[(u8, [u8; 32]); 4]>(), 0..40)
    ) {
        let election = base().election;
        let terms: Vec<Term<Ed25519>> = terms
            .into_iter()
            .map(|exponents| exponents.map(exponent))
            .map(|[g, key, base, exponent]| Term { g, key, base: Ed25519::encode(&Ed25519::exp_g(&base)), exponent })
            .collect();
        let together = Ed25519::vartime_terms(election.vartime_table(), &terms);
        prop_assert_eq!(together.len(), terms.len());
        for (term, found) in terms.iter().zip(together) {
            let alone = [Ed25519::exp_g(&term.g), Ed25519::exp(election.point(), &term.key)];
            let alone = alone.iter().fold(Ed25519::exp(&Ed25519::point(&term.base), &term.exponent), |a, b| Ed25519::mul(&a, b));
            prop_assert_eq!(found.to_string(), Ed25519::encode(&alone).to_string());
        }
    }
}

// ---- the same bytes again ----

fn again<T: serde::Serialize + serde::de::DeserializeOwned>(
    bytes: &[u8],
    seen: &mut BTreeSet<&'static str>,
    what: &'static str,
) {
    let value: T = json::parse_loosely(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(json::to_string(&value).as_bytes() == bytes, "{what}");
    seen.insert(what);
}

#[test]
fn every_fixture_is_written_again_byte_for_byte() {
    let mut seen = BTreeSet::new();
    for path in fixture_archives() {
        let archive = std::fs::read(&path).unwrap();
        let (steps, time) = read(&archive);
        assert!(write(&steps, time) == archive, "{}", path.display());
        let named = members(&archive);
        again::<Header>(&named[0].1, &mut seen, "header");
        for (_, bytes) in named.iter().filter(|(name, _)| name.ends_with(".event.json")) {
            again::<Event>(bytes, &mut seen, "event");
        }
        let Step::Setup { election: text, .. } = &steps[0] else { unreachable!() };
        with_group!(group_of(text).unwrap(), G => {
            let election = Election::<G>::parse(text).unwrap();
            let mut records = Records::open(Cursor::new(&archive)).unwrap();
            while let Some(record) = records.next_record().unwrap() {
                match record.payloads.len() {
                    2 if format!("{:?}", record.event.r#type) == "EncryptedTally" => {
                        again::<SizedTally>(&record.payloads[1].bytes, &mut seen, "sized tally");
                    }
                    2 => again::<Owned>(&record.payloads[1].bytes, &mut seen, "owned"),
                    4 => again::<SetupData>(&record.payloads[3].bytes, &mut seen, "setup data"),
                    _ => {}
                }
            }
            for step in &steps {
                match step {
                    Step::Setup { trustees, credentials, .. } => {
                        again::<Trustees<G>>(trustees, &mut seen, "trustees");
                        again::<Vec<String>>(credentials, &mut seen, "credentials");
                    }
                    // Reading one compares it with what is written again.
                    Step::Ballot(bytes) => {
                        assert!(Ballot::<G>::parse(&election, bytes).is_ok());
                        seen.insert("ballot");
                    }
                    Step::EncryptedTally { tally, num_tallied, .. } => {
                        again::<EncryptedTally<G>>(tally, &mut seen, "tally");
                        let shape = TallyShape::of(election.questions(), *num_tallied as usize);
                        let value: EncryptedTally<G> = json::parse(tally).unwrap();
                        assert!(shape.fits(&value) && shape.fill(value.clone().into_flat()) == value);
                    }
                    Step::Shuffle(_, bytes) => again::<Shuffle<G>>(bytes, &mut seen, "shuffle"),
                    Step::Decryption(_, bytes) => again::<PartialDecryption<G>>(bytes, &mut seen, "decryption"),
                    Step::Result(bytes) => {
                        let result = ElectionResult::parse(election.questions(), bytes).unwrap();
                        assert!(json::to_string(&result).as_bytes() == bytes.as_slice());
                        seen.insert("result");
                    }
                    Step::EndBallots | Step::EndShuffles => {}
                }
            }
        });
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

// ---- votes that are not allowed ----

proptest! {
    #![proptest_config(few(64))]

    #[test]
    fn only_allowed_votes_are_cast(
        answers in 1usize..4, blank in any::<bool>(), bounds in (0u32..4, 0u32..4), vote in proptest::collection::vec(0u8..3, 0..6)
    ) {
        let held = base();
        let (min, max) = (bounds.0.min(bounds.1).min(answers as u32), bounds.0.max(bounds.1).min(answers as u32));
        let mut value: serde_json::Value = serde_json::from_str(&held.election_text).unwrap();
        let question = choose(answers, blank, min, max);
        value["questions"] = serde_json::json!([question]);
        let election = Election::<Ed25519>::parse(value.to_string().as_bytes()).unwrap();
        let credential = Credential::generate(&mut nonces(1));
        let made = cast(&election, &credential, &[Zeroizing::new(vote.clone())], &[1; 32]);
        let Question::Homomorphic(question) = &election.questions()[0] else { unreachable!() };
        let allowed = vote.len() == question.ciphertexts() && vote.iter().all(|m| *m <= 1) && {
            let (flag, chosen) = if blank { (vote[0], &vote[1..]) } else { (0, &vote[..]) };
            let sum: u32 = chosen.iter().map(|m| u32::from(*m)).sum();
            if flag == 1 { sum == 0 } else { (min..=max).contains(&sum) }
        };
        prop_assert_eq!(made.is_ok(), allowed);
        if let Ok(text) = made {
            prop_assert!(Ballot::parse(&election, text.as_bytes()).unwrap().verify(&election).is_ok());
        }
    }
}

#[test]
fn votes_of_another_length_or_number_are_not_cast() {
    let held = base();
    let credential = Credential::generate(&mut nonces(1));
    let good = [vec![1, 0], vec![1, 2]];
    for votes in [
        vec![],
        vec![good[0].clone()],
        vec![good[0].clone(), good[1].clone(), good[1].clone()],
        vec![good[0].clone(), vec![1]],
        vec![good[0].clone(), vec![1, 2, 3]],
        vec![good[0].clone(), vec![]],
        vec![vec![1], good[1].clone()],
        vec![vec![1, 1], good[1].clone()],
        vec![vec![2, 0], good[1].clone()],
        vec![vec![255, 0], good[1].clone()],
    ] {
        let votes: Vec<_> = votes.into_iter().map(Zeroizing::new).collect();
        assert!(cast(&held.election, &credential, &votes, &[1; 32]).is_err(), "{votes:?}");
    }
    let votes: Vec<_> = good.into_iter().map(Zeroizing::new).collect();
    assert!(cast(&held.election, &credential, &votes, &[1; 32]).is_ok());
}
