//! Enrolments, ballots and batches with a clerk.

use book::hash::Hash;
use book::note::Note;
use clerk::{CHAIN, Clerk, Declined, LEAST};
use council::elections::receipt::{HandInReceipt, HandedIn};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use store::memory::{Call, Disk, Fault};
use store::{Inbox, StoreError};

use super::authors::{Authors, Mark};
use super::hall::{approves, ranks};
use super::support::keys;

/// An election with its clerk.
struct Pair {
    authors: Authors,
    clerk: Clerk,
    disk: Disk,
    mark: Mark,
}

impl Pair {
    fn frozen(members: u32) -> Pair {
        let (authors, disk, mark) = (Authors::frozen(members), Disk::new(), Mark::default());
        let mut submissions = authors.submissions(0);
        let (founding, time) = submissions.remove(0);
        let store = Box::new(disk.open().unwrap());
        let founded = Clerk::found(store, founding, keys::clerk(0), &[], Box::new(mark.clone()), time);
        let mut pair = Pair { authors, clerk: founded.unwrap().0, disk, mark };
        pair.follow();
        pair
    }

    /// Members 1 to `phones` have enrolled, the box is open.
    fn open(members: u32, phones: u32) -> Pair {
        let mut pair = Pair::frozen(members);
        for member in 1..=phones {
            pair.enrol(member);
        }
        let enrolments = pair.clerk.enrolments(pair.authors.id).unwrap();
        pair.authors.list(&enrolments, &[]);
        pair.follow();
        pair.authors.hall.open(pair.authors.id);
        pair.follow();
        pair
    }

    /// The clerk records what the authors have written.
    fn follow(&mut self) {
        for (submission, time) in self.authors.submissions(self.clerk.checkpoint().size) {
            let answer = self.clerk.record(&[submission], time).pop().unwrap();
            answer.unwrap_or_else(|declined| panic!("{declined}"));
        }
        assert_eq!(self.clerk.checkpoint().root, self.authors.hall.scribe.root());
    }

    fn now(&self) -> u64 {
        self.authors.hall.scribe.time.max(self.clerk.time())
    }

    fn restart(&mut self) {
        let mark = Box::new(self.mark.clone());
        let (store, book) = (Box::new(self.disk.open().unwrap()), self.authors.hall.scribe.book());
        self.clerk = Clerk::open(store, book, None, mark, self.clerk.time(), &[]).unwrap();
    }

    fn enrol(&mut self, member: u32) -> Vec<u8> {
        let note = self.authors.enrolment(member, "first").to_bytes();
        self.clerk.enrol(&note, self.now()).unwrap()
    }

    fn vote(&mut self, member: u32, choice: usize) -> String {
        let election = self.authors.hall.election(self.authors.id);
        let vote = if election.is_mixed() { ranks(&[choice, (choice + 1) % 3]) } else { approves(&[choice]) };
        self.authors.hall.vote(self.authors.id, member, &vote).line()
    }

    fn adopt(&mut self) -> u64 {
        self.authors.adopt(&mut self.disk.open().unwrap())
    }

    /// The first moment of the next hour.
    fn next_hour(&self, after: u64) -> u64 {
        (after / 3600 + 1) * 3600
    }
}

fn hash_of(line: &str) -> [u8; 32] {
    council::elections::batch::Cast::parse(line).unwrap().hash.0
}

#[track_caller]
fn refused(answer: Result<Vec<u8>, Declined>, check: &str, words: &str) {
    let declined = answer.unwrap_err();
    assert_eq!(declined.check(), check, "{declined}");
    assert!(declined.to_string().contains(words), "{declined}");
}

#[test]
fn an_enrolment_waits_for_the_scrutineers_and_is_then_erased() {
    let mut pair = Pair::frozen(12);
    let (id, now) = (pair.authors.id, pair.now());
    let receipt = pair.enrol(5);
    let note = pair.authors.enrolment(5, "first").to_bytes();
    let read = HandInReceipt::parse(&receipt).unwrap();
    read.verify(pair.clerk.state()).unwrap();
    assert_eq!((read.what, read.hash), (HandedIn::Enrolment, Hash::of(&note)));
    assert!(!String::from_utf8(receipt.clone()).unwrap().contains("5\n"), "no member");
    assert_eq!(pair.clerk.enrol(&note, now + 7).unwrap(), receipt, "the same again");
    let later = pair.authors.enrolment(5, "second").to_bytes();
    pair.clerk.enrol(&later, now).unwrap();
    pair.enrol(2);
    let waiting = |pair: &mut Pair| {
        let all = pair.clerk.enrolments(id).unwrap();
        all.iter().map(|one| (one.member(), one.to_bytes())).collect::<Vec<_>>()
    };
    let first = pair.authors.enrolment(2, "first").to_bytes();
    assert_eq!(waiting(&mut pair), [(2, first), (5, later)]);
    refused(pair.clerk.enrol(b"hello", now), "form", "signature lines");
    let until = pair.authors.hall.election(id).frozen.unwrap().enrol_until;
    refused(pair.clerk.enrol(&note, until), "election", "could enrol until");
    pair.restart();
    assert_eq!(waiting(&mut pair).len(), 2);
    refused(
        pair.clerk.cast("{\"ballot\":{\"election_uuid\":\"a\",\"credential\":\"b\"}}", now),
        "election",
        "none of this uuid",
    );

    let enrolments = pair.clerk.enrolments(id).unwrap();
    pair.authors.list(&enrolments, &[1, 3, 4]);
    pair.follow();
    assert_eq!(waiting(&mut pair), []);
    refused(pair.clerk.enrol(&note, now + 1_000_000), "election", "do not enrol any more");
}

#[test]
fn a_ballot_is_published_once_and_its_receipt_is_always_the_same() {
    let mut pair = Pair::open(12, 6);
    let (id, now) = (pair.authors.id, pair.now());
    let lines: Vec<String> = (1..=5).map(|member| pair.vote(member, 0)).collect();
    let receipts: Vec<Vec<u8>> = lines.iter().map(|line| pair.clerk.cast(line, now).unwrap()).collect();
    for (line, receipt) in lines.iter().zip(&receipts) {
        let read = HandInReceipt::parse(receipt).unwrap();
        read.verify(pair.clerk.state()).unwrap();
        assert_eq!((read.what, read.hash.0), (HandedIn::Ballot, hash_of(line)));
        assert_eq!(pair.clerk.cast(line, now + 100).unwrap(), *receipt);
    }
    pair.restart();
    assert_eq!(pair.clerk.cast(&lines[0], now).unwrap(), receipts[0]);
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(5));
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(5));
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(0));
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
    assert_eq!(pair.clerk.cast(&lines[0], now).unwrap(), receipts[0], "also when it is published");
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
    assert_eq!(pair.adopt(), 1);
    assert!(pair.authors.published().values().all(|batches| batches.len() == 1));
    // What is no ballot, or nobody's.
    refused(pair.clerk.cast("{}", now), "form", "missing field");
    refused(pair.clerk.cast(&lines[0].replacen('{', "{ ", 1), now), "form", "one form");
    let stranger = pair.vote(11, 0);
    refused(pair.clerk.cast(&stranger, now), "ballot", "not on this election's list");
    let forged = pair.vote(6, 0);
    let at = forged.find("\"challenge\":\"").unwrap() + 13;
    let digit = if &forged[at..=at] == "1" { "2" } else { "1" };
    refused(pair.clerk.cast(&format!("{}{digit}{}", &forged[..at], &forged[at + 1..]), now), "ballot", "");
    refused(pair.clerk.cast(&forged, pair.authors.until()), "election", "ballots were taken until");
}

#[test]
fn who_votes_again_replaces_what_waits_and_both_are_published_in_order() {
    let mut pair = Pair::open(12, 6);
    let (id, now) = (pair.authors.id, pair.now());
    let lines: Vec<String> = (0..CHAIN + 1).map(|n| pair.vote(4, n % 3)).collect();
    refused(pair.clerk.cast(&lines[1], now), "ballot", "has cast none");
    for line in &lines[..CHAIN] {
        pair.clerk.cast(line, now).unwrap();
    }
    refused(pair.clerk.cast(&lines[CHAIN], now), "ballot", "wait to be published");
    pair.restart();
    refused(pair.clerk.cast(&lines[CHAIN], now), "ballot", "wait to be published");
    let other = pair.vote(2, 0);
    pair.clerk.cast(&other, now).unwrap();
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(2));
    pair.clerk.cast(&lines[CHAIN], now).unwrap();
    assert_eq!(pair.clerk.publish_if_due(pair.authors.until()), Ok(CHAIN as u64));
    pair.adopt();
    let published = pair.authors.published();
    let order: Vec<&Vec<usize>> = lines.iter().map(|line| &published[&hash_of(line)]).collect();
    assert_eq!(order, (0..=CHAIN).map(|n| vec![n]).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

#[test]
fn batches_follow_the_hours_of_the_clock_and_not_arrivals() {
    let mut pair = Pair::open(30, 25);
    let id = pair.authors.id;
    let start = pair.next_hour(pair.now());
    assert_eq!(pair.clerk.publish_if_due(start), Ok(0));
    let cast = |pair: &mut Pair, members: std::ops::RangeInclusive<u32>, at: u64| {
        for member in members {
            let line = pair.vote(member, 0);
            pair.clerk.cast(&line, at).unwrap();
            assert_eq!(pair.clerk.publish_if_due(at), Ok(0));
        }
    };
    // Many: at the full hour, not before.
    cast(&mut pair, 1..=LEAST as u32, start + 100);
    assert_eq!(pair.clerk.publish_if_due(start + 3599), Ok(0));
    assert_eq!(pair.clerk.publish_if_due(start + 3600), Ok(LEAST as u64));
    // Few: at the second full hour.
    cast(&mut pair, 21..=22, start + 3700);
    assert_eq!(pair.clerk.publish_if_due(start + 7200), Ok(0));
    cast(&mut pair, 23..=23, start + 7300);
    assert_eq!(pair.clerk.publish_if_due(start + 10_799), Ok(0));
    assert_eq!(pair.clerk.publish_if_due(start + 10_801), Ok(3));
    // A clerk that starts waits for a full hour like any other, and after a long silence too.
    cast(&mut pair, 24..=24, start + 40_000);
    pair.restart();
    assert_eq!(pair.clerk.publish_if_due(start + 40_001), Ok(0));
    assert_eq!(pair.clerk.publish_if_due(start + 43_200), Ok(0));
    assert_eq!(pair.clerk.publish_if_due(start + 46_800), Ok(1));
    // After the end everything.
    let until = pair.authors.until();
    cast(&mut pair, 25..=25, until - 1);
    assert_eq!(pair.clerk.publish_if_due(pair.authors.until()), Ok(1));
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
    assert_eq!(pair.clerk.publish_if_due(pair.authors.until() + 3600), Ok(0));
}

#[test]
fn nothing_ends_a_vote_before_what_waits_is_published() {
    let mut pair = Pair::open(12, 8);
    let (id, now) = (pair.authors.id, pair.now());
    let lines: Vec<String> = (1..=8).map(|member| pair.vote(member, 0)).collect();
    for line in &lines[..4] {
        pair.clerk.cast(line, now).unwrap();
    }
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(4));
    pair.adopt();
    for line in &lines[4..] {
        pair.clerk.cast(line, now).unwrap();
    }
    // Somebody closes before the clerk looked: with a sum of what was published so far.
    let mut early = Authors { hall: pair.authors.hall.clone(), id, uuid: pair.authors.uuid.clone() };
    early.hall.close(id);
    let (closing, time) = early.submissions(pair.authors.hall.scribe.size()).remove(0);
    let declined = pair.clerk.record(&[closing], time).pop().unwrap().unwrap_err();
    assert_eq!(declined.check(), "ballot");
    assert!(declined.to_string().contains("close it again"), "{declined}");
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
    assert_eq!(pair.adopt(), 1);
    assert_eq!(pair.authors.published().len(), 8);
    pair.authors.hall.finish(id);
    pair.follow();
    assert_eq!(pair.authors.hall.election(id).counted, 8);
    refused(pair.clerk.cast(&lines[0], pair.now()), "election", "its ballots are closed");
}

#[test]
fn who_may_not_end_a_vote_does_not_have_ballots_published() {
    let mut pair = Pair::open(12, 8);
    let (id, now) = (pair.authors.id, pair.now());
    let line = pair.vote(1, 0);
    pair.clerk.cast(&line, now).unwrap();
    let content = council::kinds::elections::ElectionAnnulled { election: id, reason: "porque sí".into() };
    let text = pair.authors.hall.scribe.text(
        "election.annulled",
        super::support::line("11"),
        council::kinds::write(&content),
    );
    let note = Note {
        signatures: vec![book::note::Signature::plain(&keys::member(11), "11", &text.write())],
        text: text.write(),
    };
    let answer = pair.clerk.record(&[clerk::Submission::of(note.to_bytes())], now).pop().unwrap();
    assert!(matches!(answer, Err(Declined::Refused(_))), "{answer:?}");
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(1));
}

/// Whatever goes wrong with the store, and whenever the clerk is killed: what has a receipt is published, once.
#[test]
fn a_ballot_with_a_receipt_is_never_lost() {
    for seed in 0..12 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut pair = Pair::open(30, 12);
        let (id, mut now) = (pair.authors.id, pair.now());
        let mut receipts: Vec<String> = Vec::new();
        let mut open: Vec<(u32, String)> = Vec::new();
        for step in 0..40 {
            let fault = match rng.next_u32() % 8 {
                0 => Some((Call::Write, Fault::Lost)),
                1 => Some((Call::Write, Fault::Unacknowledged)),
                2 => Some((Call::Write, Fault::Full)),
                3 => Some((Call::Append, Fault::Lost)),
                4 => Some((Call::Append, Fault::Unacknowledged)),
                5 => Some((Call::Append, Fault::Full)),
                6 => Some((Call::Read, Fault::Unreadable)),
                _ => None,
            };
            if let Some((call, fault)) = fault {
                pair.disk.fail_next(call, fault);
            }
            let member = 1 + rng.next_u32() % 12;
            // Whoever got no answer hands the same in again.
            let line = match open.iter().position(|(of, _)| *of == member) {
                Some(at) => open.remove(at).1,
                None => pair.vote(member, step % 3),
            };
            match pair.clerk.cast(&line, now) {
                Ok(_) => receipts.push(line),
                Err(declined) => {
                    assert!(!matches!(declined, Declined::Unreadable(_)), "{declined}");
                    open.push((member, line));
                }
            }
            now += u64::from(rng.next_u32() % 900);
            if rng.next_u32().is_multiple_of(3) {
                let _ = pair.clerk.publish_if_due(now);
            }
            pair.disk.heal();
            if rng.next_u32().is_multiple_of(5) {
                pair.restart();
            }
        }
        let until = pair.authors.until();
        assert!(now < until, "the test is shorter than the vote");
        pair.clerk.publish_if_due(until).unwrap();
        assert_eq!(pair.clerk.ballots_waiting(id), Ok(0), "seed {seed}");
        pair.adopt();
        let published = pair.authors.published();
        assert!(published.values().all(|batches| batches.len() == 1), "seed {seed}");
        for line in &receipts {
            assert!(published.contains_key(&hash_of(line)), "seed {seed}: one with a receipt is lost");
        }
        assert!(!receipts.is_empty());
    }
}

#[test]
fn a_full_disk_gives_no_receipt() {
    let mut pair = Pair::open(12, 6);
    let (id, now) = (pair.authors.id, pair.now());
    let line = pair.vote(3, 0);
    pair.disk.fail_next(Call::Write, Fault::Full);
    assert_eq!(pair.clerk.cast(&line, now), Err(Declined::Store(StoreError::Full)));
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
    pair.clerk.cast(&line, now).unwrap();
    pair.disk.fail_next(Call::Append, Fault::Full);
    assert_eq!(pair.clerk.publish_ballots(id, now), Err(Declined::Store(StoreError::Full)));
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(1));
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(1));
}

/// A copy that was put back may hold ballots that are published, and enrolments of an election that went on.
#[test]
fn what_a_copy_still_holds_is_not_published_twice() {
    let mut pair = Pair::open(12, 6);
    let (id, now) = (pair.authors.id, pair.now());
    let line = pair.vote(3, 0);
    pair.clerk.cast(&line, now).unwrap();
    pair.clerk.publish_ballots(id, now).unwrap();
    let book = pair.authors.hall.scribe.book();
    let mut store = pair.disk.open().unwrap();
    store.put(&book.0, &format!("ballots/{}", pair.authors.uuid), &hash_of(&line), line.as_bytes()).unwrap();
    let left = pair.authors.enrolment(4, "first").to_bytes();
    let brief = format!("{}enrolments/{}", store::BRIEF, pair.authors.uuid);
    store.put(&book.0, &brief, &4_u32.to_be_bytes(), &left).unwrap();
    pair.restart();
    assert_eq!(store.waiting(&book.0, &brief), Ok(vec![]));
    assert_eq!(pair.clerk.publish_ballots(id, now), Ok(0));
    assert_eq!(pair.clerk.ballots_waiting(id), Ok(0));
}
