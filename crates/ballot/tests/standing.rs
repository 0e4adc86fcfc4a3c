//! A replica that takes an election item by item stands where the audit of the archive with the same items stands.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;

use ballot::archive::{ArchiveWriter, EventType};
use ballot::audit::{Options, audit_to_go_on};
use ballot::ballot::VerifiedBallot;
use ballot::checks;
use ballot::group::{Ed25519, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::refusal::Refusal;
use ballot::result::QuestionResult;
use ballot::standing::{NoResult, Standing};
use ballot::strong::StrongFile;
use ballot::trustee::PrivateKey;
use ballot::trustee::ceremony::Rejected;
use support::{Held, Spec, choose, hold, rank, rng};

const SEED: [u8; 32] = [3; 32];

/// Ranks three candidates; the first voter votes twice. Any two of three trustees decrypt.
fn ranked(seed: u64) -> Held<Ed25519> {
    hold(&Spec {
        questions: vec![rank(3)],
        singles: 0,
        threshold: Some((2, 3)),
        weights: vec![1; 4],
        casts: vec![
            (0, vec![vec![1, 2, 3]]),
            (1, vec![vec![3, 2, 1]]),
            (0, vec![vec![2, 1, 3]]),
            (2, vec![vec![0, 0, 0]]),
        ],
        mixers: Vec::new(),
        deciders: Vec::new(),
        seed,
    })
}

/// Chooses one or two of three, with weights; the second voter votes three times.
fn choosing(seed: u64) -> Held<Ed25519> {
    hold(&Spec {
        questions: vec![choose(3, false, 1, 2), choose(2, true, 1, 1)],
        singles: 2,
        threshold: None,
        weights: vec![1, 5, 2],
        casts: vec![
            (1, vec![vec![1, 0, 0], vec![0, 1, 0]]),
            (0, vec![vec![0, 1, 1], vec![1, 0, 0]]),
            (1, vec![vec![0, 1, 0], vec![1, 0, 0]]),
            (1, vec![vec![0, 1, 1], vec![0, 0, 1]]),
        ],
        mixers: Vec::new(),
        deciders: Vec::new(),
        seed,
    })
}

fn begin(held: &Held<Ed25519>) -> Standing<Ed25519> {
    let [election, trustees, list] = [&held.election_text, &held.trustees_text, &held.list];
    Standing::begin(election.as_bytes(), trustees.as_bytes(), list.as_bytes(), &SEED).unwrap()
}

fn key(held: &Held<Ed25519>, owner: usize) -> PrivateKey<Ed25519> {
    PrivateKey::parse(format!("\"{}\"", held.secrets[owner - 1].to_decimal()).as_bytes()).unwrap()
}

fn verified(standing: &Standing<Ed25519>, ballot: &[u8]) -> VerifiedBallot<Ed25519> {
    standing.verify(&[ballot.to_vec()], &SEED).unwrap_or_else(|(_, refusal)| panic!("{refusal}")).remove(0)
}

/// The ballots taken in order.
fn vote(standing: &mut Standing<Ed25519>, ballots: &[Vec<u8>]) {
    let found = standing.verify(ballots, &SEED).unwrap_or_else(|(_, refusal)| panic!("{refusal}"));
    for (ballot, bytes) in found.iter().zip(ballots) {
        let last = standing.last_of(&ballot.credential);
        let replaced = last.map(|last| ballots.iter().find(|bytes| Hash::of(bytes) == last).unwrap());
        let replaced = replaced.map(Vec::as_slice);
        assert!(standing.is_listed(&ballot.credential));
        standing.may_accept(ballot, replaced).unwrap();
        assert_eq!(standing.last_of(&ballot.credential), last, "asking changes nothing");
        standing.accept(ballot, bytes.len(), replaced).unwrap();
        assert_eq!(standing.last_of(&ballot.credential), Some(Hash::of(bytes)));
    }
}

/// Plays the election step by step and writes its archive; then the audit must confirm it and stand at the same place.
fn play(held: &Held<Ed25519>, mixers: &[usize], deciders: &[usize]) -> Standing<Ed25519> {
    let mut standing = begin(held);
    let mut writer = ArchiveWriter::begin(Vec::new(), support::TIME).unwrap();
    let [election, trustees, list] = [&held.election_text, &held.trustees_text, &held.list];
    let setup = writer.setup(election.as_bytes(), trustees.as_bytes(), list.as_bytes()).unwrap();
    assert_eq!(standing.setup_hash(), setup);
    assert_eq!(standing.last(), EventType::Setup);

    vote(&mut standing, &held.ballots);
    for ballot in &held.ballots {
        writer.ballot(ballot).unwrap();
    }
    let before = standing.clone();
    let close = standing.close().unwrap();
    assert_eq!(close.tally, held.tally_text, "the tests add up on their own");
    standing.end_ballots(close.tally.as_bytes()).unwrap();
    assert!(before.input().is_none() && standing.input().is_some(), "a copy is a copy");
    writer.end_ballots().unwrap();
    writer.encrypted_tally(close.tally.as_bytes(), close.num_tallied, close.total_weight).unwrap();

    for owner in mixers {
        let made = standing.clone().mix(*owner, &key(held, *owner), &mut rng(*owner as u64)).unwrap();
        standing.add_shuffle(*owner, made.as_bytes(), &SEED).unwrap();
        writer.shuffle(*owner, made.as_bytes()).unwrap();
    }
    if !mixers.is_empty() {
        writer.end_shuffles().unwrap();
    }
    for (i, owner) in deciders.iter().enumerate() {
        assert!(matches!(standing.take_result(b"{}"), Err(NoResult::NotEnough(_))), "{i} are not enough");
        let part = standing.decrypt(*owner, &key(held, *owner), [&[8; 32], &[9; 32]]).unwrap();
        standing.add_decryption(*owner, part.decryption.as_bytes(), Some(part.strong), &SEED).unwrap();
        writer.partial_decryption(*owner, part.decryption.as_bytes()).unwrap();
    }
    let result = standing.result().unwrap();
    let text = json::to_string(&result);
    assert_eq!(standing.take_result(text.as_bytes()).unwrap(), result);
    assert_eq!(standing.last(), EventType::Result);
    writer.result(text.as_bytes()).unwrap();
    let archive = writer.finish().unwrap();

    let strong =
        StrongFile { version: 1, election_uuid: held.uuid().to_owned(), proofs: standing.strong().to_vec() };
    let strong = json::to_string(&strong).into_bytes();
    let options = Options { seed: [7; 32], strong: Some(&strong), partial: false, progress: &mut |_| {} };
    let (audit, audited) = audit_to_go_on::<Ed25519, _>(Cursor::new(archive), options).unwrap();
    assert!(audit.report.holds(), "{}", audit.report);
    assert_eq!(audit.result, Some(result));
    assert_eq!(audit.voters, standing.voters());
    assert_eq!(audit.num_tallied, standing.num_tallied());
    assert_eq!(audit.total_weight, standing.total_weight());
    let audited = audited.unwrap();
    assert_eq!(audited.setup_hash(), standing.setup_hash());
    assert_eq!(audited.input(), standing.input());
    assert_eq!(audited.last(), standing.last());
    assert_eq!(audited.mixers(), standing.mixers());
    assert_eq!(audited.decrypted(), standing.decrypted());
    assert!(standing.unproven().is_empty() && audited.strong() == standing.strong());
    for voter in 0..held.credentials.len() {
        assert_eq!(audited.last_of(&held.public(voter)), standing.last_of(&held.public(voter)));
    }
    standing
}

#[test]
fn a_ranked_election_is_played_item_by_item() {
    let held = ranked(1);
    let standing = play(&held, &[3, 1], &[1, 3]);
    assert_eq!(standing.num_tallied(), 3);
    let result = standing.result();
    assert!(matches!(result, Err(NoResult::Early(_))), "it has its result already");
    let QuestionResult::Votes(mut votes) = before_result(&held).result().unwrap().result.remove(0) else {
        panic!("votes");
    };
    votes.sort();
    assert_eq!(votes, [[0, 0, 0], [2, 1, 3], [3, 2, 1]]);
}

/// The ranked election before its result.
fn before_result(held: &Held<Ed25519>) -> Standing<Ed25519> {
    let mut standing = closed(held);
    let made = standing.mix(2, &key(held, 2), &mut rng(5)).unwrap();
    standing.add_shuffle(2, made.as_bytes(), &SEED).unwrap();
    for owner in [2, 3] {
        let part = standing.decrypt(owner, &key(held, owner), [&[8; 32], &[9; 32]]).unwrap();
        standing.add_decryption(owner, part.decryption.as_bytes(), Some(part.strong), &SEED).unwrap();
    }
    standing
}

fn closed(held: &Held<Ed25519>) -> Standing<Ed25519> {
    let mut standing = begin(held);
    vote(&mut standing, &held.ballots);
    let tally = standing.close().unwrap().tally;
    standing.end_ballots(tally.as_bytes()).unwrap();
    standing
}

#[test]
fn a_choosing_election_is_played_item_by_item() {
    let standing = play(&choosing(2), &[], &[1, 2]);
    assert_eq!((standing.num_tallied(), standing.total_weight(), standing.voters()), (2, 6, 3));
}

fn refused(refusal: Result<(), Refusal>) -> &'static str {
    refusal.unwrap_err().check
}

#[test]
fn what_does_not_fit_the_setup_does_not_begin() {
    let (held, other) = (ranked(1), ranked(2));
    let texts = |held: &Held<Ed25519>| {
        [&held.election_text, &held.trustees_text, &held.list].map(|text| text.clone().into_bytes())
    };
    let check = |[election, trustees, list]: [Vec<u8>; 3]| {
        Standing::<Ed25519>::begin(&election, &trustees, &list, &SEED).err().unwrap().check
    };
    let (ours, theirs) = (texts(&held), texts(&other));
    assert_eq!(check([ours[0].clone(), theirs[1].clone(), ours[2].clone()]), checks::ELECTION);
    assert_eq!(check([b"{}".to_vec(), ours[1].clone(), ours[2].clone()]), checks::ELECTION);
    assert_eq!(check([ours[0].clone(), b"[]".to_vec(), ours[2].clone()]), checks::TRUSTEES);
    assert_eq!(check([ours[0].clone(), b"[ ]".to_vec(), ours[2].clone()]), checks::TRUSTEES);
    let mut lines: Vec<String> = serde_json::from_str(&held.list).unwrap();
    lines.reverse();
    assert_eq!(
        check([ours[0].clone(), ours[1].clone(), json::to_string(&lines).into_bytes()]),
        checks::CREDENTIALS
    );
}

#[test]
fn ballots_are_refused_and_nothing_changes() {
    let (held, other) = (ranked(1), ranked(2));
    let mut standing = begin(&held);

    // The first refusal, with its place.
    let mut forged = held.ballots[3].clone();
    let at = forged.len() - 5;
    forged[at] = if forged[at] == b'1' { b'2' } else { b'1' };
    let batch = [held.ballots[0].clone(), other.ballots[0].clone(), forged.clone()];
    let (place, refusal) = standing.verify(&batch, &SEED).err().unwrap();
    assert_eq!((place, refusal.check), (1, checks::BALLOT_FORM));
    let (place, refusal) = standing.verify(&[held.ballots[0].clone(), forged], &SEED).err().unwrap();
    assert_eq!((place, refusal.check), (1, checks::BALLOT_SIGNATURE));

    // Verified for another election.
    let foreign = verified(&begin(&other), &other.ballots[0]);
    assert_eq!(refused(standing.accept(&foreign, 1, None)), checks::BALLOT_FORM);

    // Of a credential that is not on the list.
    let mut lines: Vec<String> = serde_json::from_str(&held.list).unwrap();
    lines.retain(|line| *line != held.public(1).to_string());
    let shorter = Held { list: json::to_string(&lines), ..held.clone() };
    let mut without = begin(&shorter);
    let ballot = verified(&without, &held.ballots[1]);
    assert!(!without.is_listed(&ballot.credential));
    assert_eq!(refused(without.may_accept(&ballot, None)), checks::BALLOT_CREDENTIAL);
    assert_eq!(refused(without.accept(&ballot, 1, None)), checks::BALLOT_CREDENTIAL);

    // A copy: of the last ballot, and of one that was replaced.
    let [first, second] = [0, 2].map(|i| verified(&standing, &held.ballots[i]));
    let [bytes, again] = [0, 2].map(|i| held.ballots[i].as_slice());
    assert_eq!(refused(standing.accept(&first, bytes.len(), Some(again))), checks::BALLOT_REPLACED);
    standing.accept(&first, bytes.len(), None).unwrap();
    assert_eq!(refused(standing.accept(&first, bytes.len(), Some(bytes))), checks::BALLOT_COPIES);

    // The bytes of the replaced ballot are others, or none.
    let untouched = standing.close().unwrap().tally;
    for replaced in [Some(held.ballots[1].as_slice()), Some(again), Some(b"".as_slice()), None] {
        assert_eq!(refused(standing.may_accept(&second, replaced)), checks::BALLOT_REPLACED);
        assert_eq!(refused(standing.accept(&second, again.len(), replaced)), checks::BALLOT_REPLACED);
    }
    assert_eq!(standing.close().unwrap().tally, untouched);
    assert_eq!(standing.last_of(&first.credential), Some(Hash::of(bytes)));
    standing.accept(&second, again.len(), Some(bytes)).unwrap();
    assert_eq!(refused(standing.accept(&first, bytes.len(), Some(again))), checks::BALLOT_COPIES);
    assert_eq!(standing.num_tallied(), 1);
}

#[test]
fn the_close_is_the_recomputed_tally() {
    let (held, other) = (choosing(1), choosing(2));
    let mut standing = begin(&held);
    vote(&mut standing, &held.ballots);
    let spaced = held.tally_text.replace("],[", "], [");
    for wrong in [spaced.as_str(), &other.tally_text, "", "[]"] {
        assert_eq!(refused(standing.end_ballots(wrong.as_bytes())), checks::ENCRYPTED_TALLY);
    }
    assert!(standing.input().is_none(), "nothing has changed");
    standing.end_ballots(held.tally_text.as_bytes()).unwrap();
    assert_eq!(standing.input(), Some(Hash::of(held.tally_text.as_bytes())));
    assert_eq!(refused(standing.end_ballots(held.tally_text.as_bytes())), checks::EVENTS);
    let late = held.cast(2, &[vec![1, 0, 0], vec![1, 0, 0]], 77);
    let late = verified(&standing, &late);
    assert_eq!(refused(standing.accept(&late, 1, None)), checks::EVENTS);
}

#[test]
fn a_trustee_mixes_once_and_nobody_decrypts_before() {
    let held = ranked(1);
    let mut standing = closed(&held);
    assert!(standing.decrypt(1, &key(&held, 1), [&[8; 32], &[9; 32]]).is_err());
    let made = standing.mix(1, &key(&held, 1), &mut rng(1)).unwrap();
    let other = closed(&ranked(2)).mix(1, &key(&held, 1), &mut rng(1)).unwrap();
    assert!(matches!(
        standing.add_shuffle(1, other.as_bytes(), &SEED),
        Err(Rejected::Refused(refusal)) if refusal.check == checks::SHUFFLES
    ));
    standing.add_shuffle(1, made.as_bytes(), &SEED).unwrap();
    let again = {
        // As another trustee would make it.
        let mut copy = standing.clone();
        copy.mix(2, &key(&held, 2), &mut rng(2)).unwrap()
    };
    let mixed = standing.input();
    assert!(matches!(standing.add_shuffle(1, again.as_bytes(), &SEED), Err(Rejected::Misuse(_))));
    assert_eq!((standing.mixers(), standing.input()), (vec![1], mixed));
    standing.add_shuffle(2, again.as_bytes(), &SEED).unwrap();
    assert_eq!(standing.mixers(), [1, 2]);
}

#[test]
fn only_the_result_that_the_parts_give_is_taken() {
    let held = ranked(1);
    let mut standing = closed(&held);
    assert!(matches!(standing.take_result(b"{}"), Err(NoResult::Early(_))), "not mixed yet");
    standing = before_result(&held);
    let right = json::to_string(&standing.result().unwrap());
    for wrong in [right.replace('3', "4"), right.replace(',', ", "), "{}".into()] {
        let error = standing.take_result(wrong.as_bytes()).unwrap_err();
        assert!(matches!(&error, NoResult::Refused(refusal) if refusal.check == checks::RESULT), "{error}");
        assert_eq!(standing.last(), EventType::PartialDecryption);
    }
    standing.take_result(right.as_bytes()).unwrap();
    assert!(matches!(standing.take_result(right.as_bytes()), Err(NoResult::Early(_))), "a second time");
}

#[test]
fn copies_share_the_tables_of_the_key() {
    let standing = begin(&choosing(1));
    let copy = standing.clone();
    assert!(std::ptr::eq(standing.election().table(), copy.election().table()));
    assert!(standing.election().point() == copy.election().point());
}
