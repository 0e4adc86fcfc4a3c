//! What is handed in privately: enrolments, receipts, the scrutineers' matching, ballots that wait.

use ballot::credential::Credential;
use ballot::group::Ed25519;
use book::hash::Hash;
use book::id::{BookId, Origin};
use council::elections::batch::Cast;
use council::elections::enrolment::{ENROLMENT_LIMIT, Enrolment};
use council::elections::matching::Matching;
use council::elections::receipt::{HandInReceipt, HandedIn};
use council::elections::waiting::{Named, check_ballot, sort_waiting};

use super::hall::{Hall, approves, hall};
use super::support::scribe::Kept;
use super::support::{DAY, keys};

/// An election of spokespeople, its roll frozen.
fn frozen() -> (Hall, u64) {
    let mut hall = hall(12, |_| {});
    let id = hall.call("spokesperson", 2);
    for member in [6, 7, 9] {
        hall.stand(id, member);
    }
    hall.freeze(id);
    (hall, id)
}

fn enrolment(hall: &Hall, id: u64, member: u32) -> Enrolment {
    let uuid = hall.election(id).uuid;
    let credential = hall.credential(id, member);
    let fresh = keys::seed(&format!("{member} enrols"));
    Enrolment::sign(&hall.scribe.book(), &uuid, member, &credential, &keys::member(member), &fresh)
}

#[track_caller]
fn refused<T>(outcome: Result<T, council::Refusal>, check: &str, words: &str) {
    let Err(refusal) = outcome else { panic!("it is taken") };
    assert_eq!(refusal.check, check, "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
    assert!(council::CHECKS.iter().chain(council::RULE_CHECKS).any(|(name, _)| *name == check));
}

#[test]
fn an_enrolment_is_taken_from_a_voter_in_time() {
    let (hall, id) = frozen();
    let (state, now) = (&hall.scribe.state, hall.scribe.time);
    let made = enrolment(&hall, id, 9);
    let read = Enrolment::parse(&made.to_bytes()).unwrap();
    assert_eq!(read.to_bytes(), made.to_bytes());
    assert_eq!(read.verify(state, now), Ok(id));
    assert_eq!((read.member(), read.uuid()), (9, hall.election(id).uuid.as_str()));
    let until = hall.election(id).frozen.unwrap().enrol_until;
    assert_eq!(read.verify(state, until - 1), Ok(id));
    refused(read.verify(state, until), "election", "phones could enrol until");
    assert_eq!(read.holds(state), Ok(id), "the scrutineers look at it later");

    let uuid = hall.election(id).uuid;
    let (book, credential) = (hall.scribe.book(), hall.credential(id, 9));
    let sign = |book: &BookId, uuid: &str, member: u32, by: u32| {
        Enrolment::sign(book, uuid, member, &credential, &keys::member(by), &[7; 32])
    };
    refused(sign(&book, &uuid, 9, 8).verify(state, now), "entry-signature", "by member 9");
    refused(sign(&book, &uuid, 99, 99).verify(state, now), "standing", "not on the roll");
    refused(sign(&BookId([1; 32]), &uuid, 9, 9).verify(state, now), "entry-book", "another book");
    refused(sign(&book, "11111111111111111111AB", 9, 9).verify(state, now), "election", "none of this uuid");

    // Somebody else's proof under one's own signature.
    let theirs = String::from_utf8(enrolment(&hall, id, 8).to_bytes()).unwrap();
    let text: Vec<&str> = theirs.split("\n\n").next().unwrap().split('\n').collect();
    let text = format!("{}\n{}\n{}\n9\n{}\n{}\n", text[0], text[1], text[2], text[4], text[5]);
    let line = book::note::Signature::plain(&keys::member(9), "9", &text);
    let stolen = book::note::Note { text, signatures: vec![line] }.to_bytes();
    refused(Enrolment::parse(&stolen).unwrap().verify(state, now), "credentials", "has its secret");
}

#[test]
fn an_enrolment_has_one_form() {
    let (hall, id) = frozen();
    let whole = String::from_utf8(enrolment(&hall, id, 9).to_bytes()).unwrap();
    assert!(whole.len() < ENROLMENT_LIMIT / 4);
    for (from, to) in [
        ("enrolment/v1", "enrolment/v2"),
        ("\n9\n", "\n09\n"),
        ("\n9\n", "\n0\n"),
        ("\u{2014} 9 ", "\u{2014} 8 "),
        ("{\"challenge\"", "{ \"challenge\""),
        ("\n\n", "\nmore\n\n"),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        assert!(Enrolment::parse(changed.as_bytes()).is_err(), "{from:?} as {to:?}");
    }
    let twice = format!("{whole}{}\n", whole.lines().last().unwrap());
    assert!(Enrolment::parse(twice.as_bytes()).is_err());
    assert!(Enrolment::parse(&vec![b'a'; ENROLMENT_LIMIT + 1]).is_err());
}

#[test]
fn enrolments_end_with_the_lists_and_begin_with_the_roll() {
    let (mut hall, id) = frozen();
    let made = enrolment(&hall, id, 9);
    hall.list_credentials(id, &[1, 2, 3, 4, 5, 6, 7, 8], &[10]);
    refused(made.holds(&hall.scribe.state), "election", "Listed");
    let mut hall = super::hall::hall(12, |_| {});
    let next = hall.call("spokesperson", 2);
    refused(enrolment(&hall, next, 9).holds(&hall.scribe.state), "election", "not fixed yet");
}

#[test]
fn a_receipt_is_the_clerks_of_any_epoch() {
    let (mut hall, _) = frozen();
    let book = hall.scribe.book();
    let receipt = |epoch: u32, by: u32| {
        let origin = Origin { book, epoch };
        HandInReceipt::sign(
            &origin,
            "11111111111111111111AB",
            HandedIn::Ballot,
            Hash::of(b"it"),
            &keys::clerk(by),
        )
    };
    let given = receipt(0, 0);
    let read = HandInReceipt::parse(&given.to_bytes()).unwrap();
    assert_eq!((&read, read.to_bytes()), (&given, given.to_bytes()));
    assert_eq!(given.to_bytes(), receipt(0, 0).to_bytes(), "the same every time");
    read.verify(&hall.scribe.state).unwrap();
    refused(receipt(0, 1).verify(&hall.scribe.state), "clerk-line", "not a valid signature");
    refused(receipt(1, 1).verify(&hall.scribe.state), "clerk-line", "not a valid signature");
    hall.scribe.succeed(&[1, 2, 3]);
    read.verify(&hall.scribe.state).unwrap();
    receipt(1, 1).verify(&hall.scribe.state).unwrap();
    refused(receipt(0, 1).verify(&hall.scribe.state), "clerk-line", "not a valid signature");
    let text = String::from_utf8(given.to_bytes()).unwrap();
    for (from, to) in [("receipt/v1", "receipt/v2"), ("\nballot\n", "\nslip\n"), ("\n\n", "\nmore\n\n")] {
        assert!(HandInReceipt::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{from:?}");
    }
    let changed = text.replacen("\nballot\n", "\nenrolment\n", 1);
    let changed = HandInReceipt::parse(changed.as_bytes()).unwrap();
    refused(changed.verify(&hall.scribe.state), "clerk-line", "not a valid signature");
}

#[test]
fn who_enrolled_is_matched_one_to_one_with_the_roll() {
    let (hall, id) = frozen();
    let election = hall.election(id);
    let (book, roll) = (hall.scribe.book(), election.frozen.clone().unwrap());
    let key = |member: u32| hall.credential(id, member).public::<Ed25519>(&election.uuid);
    let matched = |phones: &[(u32, u32)], slips: &[u32]| {
        let enrolled = phones.iter().map(|(member, of)| (*member, key(*of)));
        Matching::new(&book, &election.uuid, &roll, enrolled, slips.iter().copied())
    };
    let matching = matched(&[(9, 9), (2, 2), (11, 11)], &[10, 1]).unwrap();
    assert_eq!(matching.counts(), (3, 2));
    let mut sorted = [9, 2, 11].map(&key);
    sorted.sort();
    let sorted: Vec<String> = sorted.iter().map(|key| format!("\"{key}\"")).collect();
    assert_eq!(matching.phones_list().unwrap(), format!("[{}]", sorted.join(",")));
    let lines = format!("1 slip\n2 {}\n9 {}\n10 slip\n11 {}\n", key(2), key(9), key(11));
    assert_eq!(matching.lines(), lines);
    let salted = format!("cabildo/matching/v1\n{book}\n{}\n{}\n{lines}", election.uuid, "05".repeat(32));
    assert_eq!(matching.commitment(&[5; 32]), Hash::of(salted.as_bytes()));
    assert_ne!(matching.commitment(&[5; 32]), matching.commitment(&[6; 32]));
    assert_eq!(matched(&[], &[3]).unwrap().phones_list().unwrap(), "[]");
    for (phones, slips, words) in [
        (&[(9, 9), (9, 8)][..], &[][..], "twice"),
        (&[(9, 9), (8, 9)], &[], "same credential"),
        (&[(9, 9)], &[9], "twice"),
        (&[], &[9, 9], "twice"),
        (&[(99, 9)], &[], "not on the roll"),
        (&[], &[99], "not on the roll"),
    ] {
        refused(matched(phones, slips), "credentials", words);
    }
}

#[test]
fn a_ballot_is_taken_while_the_box_is_open_and_follows_the_last() {
    let (mut hall, id) = frozen();
    hall.list_credentials(id, &[1, 2, 3, 4, 5, 6, 7, 8], &[10]);
    let check = |hall: &Hall, cast: &Cast, waiting: Option<&ballot::hash::Hash>, at: u64| {
        check_ballot(&hall.scribe.state, &Kept(&hall.scribe.blobs), cast, waiting, at)
    };
    hall.open(id);
    let now = hall.scribe.time;
    let mut once = hall.clone();
    let first = hall.vote(id, 5, &approves(&[0]));
    let (first_hash, second) = (first.hash, hall.vote(id, 5, &approves(&[1])));
    let taken = check(&hall, &first, None, now).unwrap();
    assert_eq!((taken.election, taken.is_published), (id, false));
    assert_eq!(taken.named, Named::of(&first).unwrap());
    assert_eq!(taken.named.election_uuid, hall.election(id).uuid);
    assert!(check(&hall, &second, Some(&first_hash), now).is_ok());
    refused(check(&hall, &second, None, now), "ballot", "has cast none");
    refused(check(&hall, &first, Some(&second.hash), now), "ballot", "does not name the last");
    let stranger = once.vote(id, 11, &approves(&[0]));
    refused(check(&hall, &stranger, None, now), "ballot", "not on this election's list");
    let until = hall.election(id).opened.unwrap().until;
    refused(check(&hall, &first, None, until), "election", "ballots were taken until");

    let sort = |hall: &Hall, all: &[&Cast]| {
        let all = all.iter().map(|cast| Cast::parse(&cast.line()).unwrap()).collect();
        let sorted = sort_waiting(&hall.scribe.state, &Kept(&hall.scribe.blobs), id, all, now).unwrap();
        let hashes = |all: &[Cast]| all.iter().map(|cast| cast.hash).collect::<Vec<_>>();
        (hashes(&sorted.now), hashes(&sorted.later), sorted.published)
    };
    let other = hall.vote(id, 4, &approves(&[0]));
    let sorted = sort(&hall, &[&second, &other, &first]);
    assert_eq!(sorted, (vec![other.hash, first.hash], vec![second.hash], vec![]));
    hall.publish(id, vec![Cast::parse(&first.line()).unwrap(), Cast::parse(&other.line()).unwrap()]);
    assert!(check(&hall, &first, None, now).unwrap().is_published);
    assert!(check(&hall, &second, None, now).is_ok());
    let sorted = sort(&hall, &[&second, &other, &first]);
    assert_eq!(sorted, (vec![second.hash], vec![], vec![other.hash, first.hash]));
    hall.publish(id, vec![Cast::parse(&second.line()).unwrap()]);
    assert!(check(&hall, &first, None, now).unwrap().is_published, "a receipt for what was replaced, too");

    hall.scribe.time = until + DAY;
    for member in [1, 2, 3, 6, 7, 8] {
        let cast = hall.vote(id, member, &approves(&[0]));
        refused(check(&hall, &cast, None, until + DAY), "election", "ballots were taken until");
    }
}

/// The example of `docs/spec/elections-private.md`, recomputed.
#[test]
fn the_specification_has_these_bytes() {
    let page = include_str!("../../../../docs/spec/elections-private.md");
    let (book, uuid) = (BookId([7; 32]), "CabiLdoPrivateExampLe1");
    let credential = Credential::parse("aaaaa-bbbbbb-ccccc-dddddd").unwrap();
    let key = |label: u8| book::key::SecretKey::from_seed(&[label; 32]);
    let enrolment = Enrolment::sign(&book, uuid, 12, &credential, &key(12), &[1; 32]);
    let origin = Origin { book, epoch: 0 };
    let hash = Hash::of(&enrolment.to_bytes());
    let receipt = HandInReceipt::sign(&origin, uuid, HandedIn::Enrolment, hash, &key(0));
    let roll = council::elections::Frozen {
        at: 0,
        roll: vec![(1, 20)],
        voters: 20,
        candidates: Vec::new(),
        method: "approval".into(),
        approving: false,
        enrol_until: 0,
    };
    let enrolled = [(12, enrolment.credential())];
    let matching = Matching::new(&book, uuid, &roll, enrolled, [3]).unwrap();
    let read = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let example = format!(
        "```\n{}```\n\nIts receipt, by the clerk of the seed of 32 bytes 0:\n\n```\n{}```\n\nThe lines of the matching, where member 3 got a slip:\n\n\
         ```\n{}```\n\nThe commitment with the salt of 32 bytes 5: `{}`.\n",
        read(enrolment.to_bytes()),
        read(receipt.to_bytes()),
        matching.lines(),
        matching.commitment(&[5; 32]).hex()
    );
    assert!(page.ends_with(&example), "the page should end with\n{example}");
}
