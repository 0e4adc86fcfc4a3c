//! Elections, each way in which an entry may not be: from the trustees to the open box.

use ballot::json;
use book::hash::Hash;
use council::Statutes;
use council::elections::{Ending, Phase};
use council::kinds::BlobRef;
use council::kinds::elections::*;
use council::kinds::roll::MemberExcluded;

use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, founded, hall};
use super::support::{DAY, after_days, allowed, refused};

/// The largest number that an entry can hold.
const MOST: u64 = (1 << 53) - 1;

const TWO: [&str; 2] = ["entry-signers", "two people"];

fn formed(members: &[u32], trustees: &BlobRef) -> TrusteesFormed {
    TrusteesFormed { members: members.to_vec(), trustees: trustees.clone() }
}

#[test]
fn trustees_formed() {
    let mut hall = founded(12, |_| {});
    let (list, _) = hall.ceremony(2, 3);
    let altered = hall.altered(&list);
    let (wrong, _) = hall.ceremony(1, 3);
    let s = &hall.scribe;
    refused(s, "7, 6, 8", &formed(&[6, 7, 8], &list), "entry-signers", "every trustee signs");
    refused(s, "6, 7", &formed(&[6, 7, 8], &list), "entry-signers", "every trustee signs");
    refused(s, "1 as secretary, 7, 8", &formed(&[1, 7, 8], &list), "entry-signers", "every trustee");
    refused(s, "6, 7, 8, 9", &formed(&[6, 7, 8], &list), "entry-signers", "assembly");
    refused(s, "6, 7", &formed(&[6, 7], &list), "trustees", "ask for 3");
    refused(s, "6, 7, 8", &formed(&[6, 7, 7], &list), "trustees", "ask for 3");
    refused(s, "6, 7, 8", &formed(&[6, 7, 8], &altered), "trustees", "");
    refused(s, "6, 7, 8", &formed(&[6, 7, 8], &wrong), "election", "of whom 2 open");
    let large = BlobRef { size: (64 << 20) + 1, ..list.clone() };
    refused(s, "6, 7, 8", &formed(&[6, 7, 8], &large), "entry-content", "64 MiB");
    let mangled = BlobRef { sha256: "ñ".into(), size: 3 };
    refused(s, "6, 7, 8", &formed(&[6, 7, 8], &mangled), "entry-content", "64 hexadecimal");
    hall.scribe.admit(13);
    refused(&hall.scribe, "6, 7, 13", &formed(&[6, 7, 13], &list), "standing", "no vote");
    allowed(&mut hall.scribe, "6, 7, 8", &formed(&[6, 7, 8], &list));
    // Those who stand ready are pushed aside by the assembly alone.
    let (other, _) = hall.ceremony(2, 3);
    let three = formed(&[9, 10, 11], &other);
    let s = &hall.scribe;
    refused(s, "9, 10, 11", &three, "entry-signers", "trustees stand ready");
    refused(s, "9, 10, 11, 2 as chair", &three, "entry-signers", "trustees stand ready");
    refused(s, "9, 10, 11, 1 as secretary, 2 as chair", &three, "entry-signers", "trustees stand ready");
    let by = "6, 7, 8, 2 as chair, 1 as secretary";
    refused(s, by, &formed(&[6, 7, 8], &list), "trustees", "with these keys already");
    allowed(&mut hall.scribe, "9, 10, 11, 2 as chair, 1 as secretary", &three);
    for member in [9, 11] {
        allowed(&mut hall.scribe, &member.to_string(), &ShareForgotten { member });
    }
    // Too few have their share: nobody is pushed aside.
    allowed(&mut hall.scribe, "6, 7, 8", &formed(&[6, 7, 8], &list));
}

#[test]
fn share_forgotten() {
    let mut hall = hall(12, |_| {});
    let s = &hall.scribe;
    refused(s, "7", &ShareForgotten { member: 6 }, "entry-signers", "member 6 signs it");
    refused(s, ASSEMBLY, &ShareForgotten { member: 6 }, "entry-signers", "member 6 signs it");
    refused(s, "9", &ShareForgotten { member: 9 }, "trustees", "no share");
    allowed(&mut hall.scribe, "6", &ShareForgotten { member: 6 });
    refused(&hall.scribe, "6", &ShareForgotten { member: 6 }, "trustees", "no share");
}

#[test]
fn election_called() {
    let mut hall = hall(12, |_| {});
    let called = hall.call_for("spokesperson", 2);
    let s = &hall.scribe;
    for by in ["9", "3 as scrutineer", "1", "1 as secretary, 2 as chair"] {
        refused(s, by, &called, "entry-signers", "`minutes` or `presiding`");
    }
    refused(s, "9 as secretary", &called, "entry-capacity", "is held by");
    let of = |office: &str, seats: u32| hall.call_for(office, seats);
    refused(s, KEEPER, &of("emperor", 1), "office", "no such office");
    refused(s, KEEPER, &of("scrutineer", 1), "office", "by appointment");
    refused(s, KEEPER, &of("spokesperson", 0), "office", "0 are called for");
    refused(s, KEEPER, &of("spokesperson", 3), "office", "2 of its seats are due");
    refused(s, KEEPER, &of("chair", 1), "office", "0 of its seats are due");
    for title in [" ".to_owned(), "ñ".repeat(201)] {
        let titled = ElectionCalled { title, ..called.clone() };
        refused(s, KEEPER, &titled, "entry-content", "200 characters");
    }
    let until = |nominate_until| ElectionCalled { nominate_until, ..called.clone() };
    for wrong in [called.nominate_until - 1, s.time + 60 + 366 * DAY + 1, MOST, 0] {
        refused(s, KEEPER, &until(wrong), "election", "is not between");
    }
    for mixers in [vec![], vec![7, 6], vec![6, 6], vec![5, 6]] {
        let mixed = ElectionCalled { mixers, ..called.clone() };
        refused(s, KEEPER, &mixed, "trustees", "none, they do not ascend");
    }
    let recall = ElectionCalled { purpose: CalledFor::Recall { petition: 1 }, ..called.clone() };
    refused(s, KEEPER, &recall, "recall", "none whose vote is due");
    // Late it is anybody's who has a vote: from then on, not before.
    let mut late = hall.clone();
    late.scribe.admit(13);
    late.scribe.time = super::support::scribe::FOUNDED_AT + 7 * DAY - 61;
    refused(&late.scribe, "9", &late.call_for("spokesperson", 2), "entry-signers", "any member");
    late.scribe.time += 1;
    refused(&late.scribe, "13", &late.call_for("spokesperson", 2), "standing", "no vote");
    refused(&late.scribe, "9, 10", &late.call_for("spokesperson", 2), "entry-signers", "any member");
    let content = late.call_for("spokesperson", 2);
    allowed(&mut late.scribe, "9", &content);
    // One at a time, though a seat is left.
    hall.call("spokesperson", 1);
    refused(&hall.scribe, KEEPER, &hall.call_for("spokesperson", 1), "office", "under way");
    // Without trustees there is none.
    let mut hall = late;
    let id = hall.last();
    allowed(&mut hall.scribe, ASSEMBLY, &ElectionAnnulled { election: id, reason: "No.".into() });
    for member in [6, 8] {
        allowed(&mut hall.scribe, &member.to_string(), &ShareForgotten { member });
    }
    let content = ElectionCalled { mixers: vec![7], ..hall.call_for("spokesperson", 1) };
    refused(&hall.scribe, KEEPER, &content, "trustees", "no trustee who stands ready");
}

#[test]
fn candidate_nominated() {
    let mut hall = hall(12, |_| {});
    let election = hall.call("spokesperson", 1);
    let nominated = |by, member| CandidateNominated { election, by, member };
    hall.scribe.admit(13);
    let s = &hall.scribe;
    refused(s, "9", &nominated(10, 9), "entry-signers", "member 10 signs it");
    refused(s, KEEPER, &nominated(1, 9), "entry-signers", "member 1 signs it");
    refused(s, "13", &nominated(13, 9), "standing", "no vote");
    refused(s, "10", &nominated(10, 13), "standing", "no vote");
    refused(s, "10", &nominated(10, 77), "standing", "not on the roll");
    let foreign = CandidateNominated { election: election - 1, by: 10, member: 9 };
    refused(s, "10", &foreign, "election", "there is none");
    allowed(&mut hall.scribe, "10", &nominated(10, 9));
    refused(&hall.scribe, "11", &nominated(11, 9), "election", "nominated already");
    hall.scribe.time = hall.election(election).nominate_until - 60;
    refused(&hall.scribe, "10", &nominated(10, 11), "election", "could stand until");
    hall.freeze(election);
    refused(&hall.scribe, "10", &nominated(10, 11), "election", "it stands at Ended");
}

#[test]
fn candidate_accepted() {
    let mut hall = hall(12, |statutes: &mut Statutes| {
        statutes.articles.as_mut().unwrap().offices[1].terms = 1;
    });
    let election = hall.call("spokesperson", 1);
    let accepted = |member, name: &str| CandidateAccepted { election, member, name: name.into() };
    refused(&hall.scribe, "9", &accepted(9, "Ana"), "election", "nobody has nominated");
    for member in [9, 10, 11, 12] {
        let by = member.to_string();
        allowed(&mut hall.scribe, &by, &CandidateNominated { election, by: member, member });
    }
    let s = &hall.scribe;
    refused(s, "10", &accepted(9, "Ana"), "entry-signers", "member 9 signs it");
    for name in ["", " Ana", &"ñ".repeat(101)] {
        refused(s, "9", &accepted(9, name), "entry-content", "100 characters");
    }
    refused(s, "9", &accepted(9, "Ana \"la Roja\""), "entry-content", "double quotes");
    refused(s, "9", &accepted(9, "…"), "entry-content", "no letters");
    allowed(&mut hall.scribe, "9", &accepted(9, "Ana Gil"));
    refused(&hall.scribe, "9", &accepted(9, "Bea"), "election", "accepted already");
    for same in ["Ana Gil", "ANA GIL", "Ana  Gil", "Ana Gil."] {
        refused(&hall.scribe, "10", &accepted(10, same), "election", "stands under it already");
    }
    allowed(&mut hall.scribe, "10", &CandidateWithdrew { election, member: 10 });
    refused(&hall.scribe, "10", &accepted(10, "Bea"), "election", "cannot come back");
    let reason = "Artículo 9.".to_owned();
    allowed(&mut hall.scribe, "1 as secretary, 2 as chair", &MemberExcluded { member: 11, reason });
    refused(&hall.scribe, "11", &accepted(11, "Caro"), "standing", "excluded");
    let mut late = hall.clone();
    late.scribe.time = hall.election(election).nominate_until - 60;
    refused(&late.scribe, "12", &accepted(12, "Dora"), "election", "could stand until");
    // Whoever holds a seat whose term goes on stands for no other of the same office.
    hall.freeze(election);
    hall.conclude(election);
    let election = hall.call("spokesperson", 1);
    allowed(&mut hall.scribe, "9", &CandidateNominated { election, by: 9, member: 9 });
    let again = CandidateAccepted { election, member: 9, name: "Ana".into() };
    refused(&hall.scribe, "9", &again, "office", "whose term goes on");
    // And nobody for a term too many.
    after_days(&mut hall.scribe, 330);
    let election = hall.call("chair", 1);
    allowed(&mut hall.scribe, "2", &CandidateNominated { election, by: 2, member: 2 });
    let again = CandidateAccepted { election, member: 2, name: "Bea".into() };
    refused(&hall.scribe, "2", &again, "office", "2th term in a row");
}

#[test]
fn candidate_withdrew() {
    let mut hall = hall(12, |_| {});
    let election = hall.call("spokesperson", 1);
    let withdrew = |member| CandidateWithdrew { election, member };
    refused(&hall.scribe, "9", &withdrew(9), "election", "not nominated");
    hall.stand(election, 9);
    hall.stand(election, 10);
    refused(&hall.scribe, KEEPER, &withdrew(9), "entry-signers", "member 9 signs it");
    let mut gone = hall.clone();
    allowed(&mut gone.scribe, "9", &withdrew(9));
    refused(&gone.scribe, "9", &withdrew(9), "election", "withdrawn already");
    refused(
        &gone.scribe,
        "9",
        &CandidateNominated { election, by: 9, member: 9 },
        "election",
        "nominated already",
    );
    hall.freeze(election);
    refused(&hall.scribe, "9", &withdrew(9), "election", "it stands at Frozen");
}

#[test]
fn roll_frozen() {
    let mut hall = hall(12, |_| {});
    let election = hall.call("spokesperson", 1);
    hall.stand(election, 9);
    hall.stand(election, 10);
    hall.scribe.admit(13);
    let frozen = |hall: &Hall, days: u64| {
        let enrol_until = hall.scribe.time + 60 + days * DAY;
        RollFrozen { election, enrol_until }
    };
    let until = hall.election(election).nominate_until;
    hall.scribe.time = until - 61;
    refused(&hall.scribe, KEEPER, &frozen(&hall, 2), "election", "people can stand until");
    hall.scribe.time += 1;
    let s = &hall.scribe;
    for by in ["9", "3 as scrutineer", "1 as secretary, 2 as chair"] {
        refused(s, by, &frozen(&hall, 2), "entry-signers", "`minutes` or `presiding`");
    }
    let enrol = |enrol_until| RollFrozen { election, enrol_until };
    for wrong in [0, s.time + 59, s.time + 61 + 366 * DAY, MOST] {
        refused(s, KEEPER, &enrol(wrong), "election", "is not between");
    }
    let foreign = RollFrozen { election: election + 1, ..frozen(&hall, 2) };
    refused(s, KEEPER, &foreign, "election", "there is none");
    // Late, any member carries it on; one with a vote.
    let mut late = hall.clone();
    late.scribe.time = until + 7 * DAY - 61;
    refused(&late.scribe, "9", &frozen(&late, 2), "entry-signers", "any member");
    late.scribe.time += 1;
    let content = frozen(&late, 2);
    allowed(&mut late.scribe, "9", &content);
    assert_eq!(late.phase(election), Phase::Frozen);
    assert_eq!(late.election(election).frozen.unwrap().voters, 13);
    allowed(&mut hall.scribe, "2 as chair", &enrol(until));
    let there = hall.election(election).frozen.unwrap();
    // Who can still be challenged is not on it.
    assert_eq!((there.voters, there.is_voter(12), there.is_voter(13)), (12, true, false));
    refused(&hall.scribe, KEEPER, &frozen(&hall, 2), "election", "it stands at Frozen");
}

#[test]
fn credentials_listed() {
    let mut hall = hall(12, |_| {});
    let election = hall.call("spokesperson", 1);
    hall.stand(election, 9);
    hall.stand(election, 5);
    let stored = hall.lists(election, &[1, 2], &[3]);
    refused(&hall.scribe, SCRUTINEERS, &stored, "election", "it stands at Called");
    hall.freeze(election);
    let until = hall.election(election).frozen.unwrap().enrol_until;
    hall.scribe.time = until - 61;
    refused(&hall.scribe, SCRUTINEERS, &stored, "election", "can enrol until");
    hall.scribe.time += 1;
    let s = &hall.scribe;
    for by in ["3 as scrutineer", "3 as scrutineer, 4", ASSEMBLY, "3 as scrutineer, 1 as secretary"] {
        refused(s, by, &stored, TWO[0], TWO[1]);
    }
    refused(s, "3 as scrutineer, 5 as scrutineer", &stored, "entry-signers", "does not judge");
    let mangled = CredentialsListed { matched: "ñ".into(), ..stored.clone() };
    refused(s, SCRUTINEERS, &mangled, "entry-content", "64 hexadecimal");
    let none = hall.lists(election, &[], &[]);
    let many = hall.lists(election, &(1..=10).collect::<Vec<_>>(), &[11, 12, 77]);
    let both = hall.lists(election, &[1, 2], &[2, 3]);
    let keys: Vec<String> = json::parse(hall.list(election, &[1, 2]).as_bytes()).unwrap();
    let mut written = |lines: &[String]| CredentialsListed {
        phones: hall.blob(serde_json::to_string(lines).unwrap().as_bytes()),
        ..stored.clone()
    };
    let turned = written(&[keys[1].clone(), keys[0].clone()]);
    let twice = written(&[keys[0].clone(), keys[0].clone()]);
    let heavy = written(&[format!("{},2", keys[0])]);
    let wrong = written(&["ñ".into()]);
    let no_list = CredentialsListed { phones: hall.blob(b"{}"), ..stored.clone() };
    let s = &hall.scribe;
    refused(s, SCRUTINEERS, &none, "credentials", "there is none");
    refused(s, SCRUTINEERS, &many, "credentials", "13, and 12 may vote");
    refused(s, SCRUTINEERS, &both, "credentials", "");
    refused(s, SCRUTINEERS, &turned, "credentials", "not greater");
    refused(s, SCRUTINEERS, &twice, "credentials", "not greater");
    refused(s, SCRUTINEERS, &heavy, "credentials", "weight");
    refused(s, SCRUTINEERS, &wrong, "credentials", "credential 1");
    refused(s, SCRUTINEERS, &no_list, "credentials", "");
    allowed(&mut hall.scribe, SCRUTINEERS, &stored);
    refused(&hall.scribe, SCRUTINEERS, &stored, "election", "it stands at Listed");
}

#[test]
fn election_opened() {
    let mut hall = hall(24, |_| {});
    let other = hall.opened("spokesperson", 1, &[9, 10], &[1, 2, 3, 4, 5], &[]);
    let foreign = hall.election(other).opened.unwrap();
    allowed(&mut hall.scribe, ASSEMBLY, &ElectionAnnulled { election: other, reason: "No.".into() });
    let election = hall.call("spokesperson", 1);
    hall.stand(election, 9);
    hall.stand(election, 10);
    hall.freeze(election);
    let stored = ElectionOpened {
        election,
        until: hall.scribe.time + 5 * DAY,
        setup: SetupBlobs { election: foreign.election.clone(), credentials: foreign.credentials.clone() },
    };
    refused(&hall.scribe, KEEPER, &stored, "election", "it stands at Frozen");
    hall.list_credentials(election, &(1..=20).collect::<Vec<_>>(), &[21]);
    let opening = hall.opening(election);
    let s = &hall.scribe;
    for by in ["9", "3 as scrutineer", "1 as secretary, 2 as chair"] {
        refused(s, by, &opening, "entry-signers", "`minutes` or `presiding`");
    }
    let until = |until| ElectionOpened { until, ..opening.clone() };
    for wrong in [0, s.time, s.time + 59 + DAY, s.time + 61 + 366 * DAY, MOST] {
        refused(s, KEEPER, &until(wrong), "election", "is not between");
    }
    let described = |election: BlobRef| {
        let setup = SetupBlobs { election, ..opening.setup.clone() };
        ElectionOpened { setup, ..opening.clone() }
    };
    let listed = |credentials: BlobRef| {
        let setup = SetupBlobs { credentials, ..opening.setup.clone() };
        ElectionOpened { setup, ..opening.clone() }
    };
    let lists = hall.election(election).lists.unwrap();
    let altered = [&opening.setup.election, &opening.setup.credentials].map(|blob| hall.altered(blob));
    let s = &hall.scribe;
    let [election_json, list] = altered;
    for wrong in [foreign.election, election_json] {
        refused(s, KEEPER, &described(wrong), "election", "not the one that follows");
    }
    for wrong in [foreign.credentials, list, lists.phones] {
        refused(s, KEEPER, &listed(wrong), "credentials", "not the two signed lists");
    }
    // A mixer who is gone is not waited for, once the assembly says so; without enough trustees nothing is opened.
    let mut gone = hall.clone();
    allowed(&mut gone.scribe, "6", &ShareForgotten { member: 6 });
    refused(&gone.scribe, KEEPER, &opening, "trustees", "member 6, whom the call names as a mixer");
    allowed(&mut gone.scribe, ASSEMBLY, &TrusteeMissing { election, member: 6 });
    let mut goes_on = gone.clone();
    allowed(&mut goes_on.scribe, KEEPER, &opening);
    allowed(&mut gone.scribe, "8", &ShareForgotten { member: 8 });
    refused(&gone.scribe, KEEPER, &opening, "trustees", "too few of them");
    // Late, anybody opens it.
    let mut late = hall.clone();
    late.scribe.time = hall.election(election).lists.unwrap().at + 7 * DAY - 60;
    let content = late.opening(election);
    allowed(&mut late.scribe, "9", &content);
    allowed(&mut hall.scribe, KEEPER, &opening);
    refused(&hall.scribe, KEEPER, &opening, "election", "it stands at Open");
}

/// Where nobody mixes, no mixer is waited for: those who stood ready when it was called may be others by then.
#[test]
fn a_contest_by_approving_is_opened_without_its_mixers() {
    let mut hall = hall(12, |_| {});
    let id = hall.call("spokesperson", 1);
    for member in [9, 10] {
        hall.stand(id, member);
    }
    hall.freeze(id);
    hall.list_credentials(id, &[1, 2, 3, 4, 5], &[]);
    let (trustees, secrets) = hall.ceremony(2, 3);
    let content = TrusteesFormed { members: vec![8, 9, 10], trustees };
    allowed(&mut hall.scribe, "8, 9, 10, 2 as chair, 1 as secretary", &content);
    hall.secrets = secrets;
    hall.open(id);
    hall.approve(id, &[5]);
    hall.close(id);
    for trustee in [8, 9] {
        hall.decrypt(id, trustee);
    }
    hall.declare(id);
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
}

/// What cannot be judged here for want of material stops a replica; it is not void.
#[test]
fn missing_material_stops() {
    let mut hall = founded(12, |_| {});
    let missing = BlobRef { sha256: Hash::of(b"missing").hex(), size: 7 };
    let content = formed(&[6, 7, 8], &missing);
    let text =
        hall.scribe.text("trustees.formed", super::support::line("6, 7, 8"), council::kinds::write(&content));
    let bytes = hall.scribe.countersign(super::support::signed(&text, &[]));
    let stopped = hall.scribe.append(bytes).unwrap_err();
    assert_eq!(stopped, council::Stop::MissingBlob { hash: Hash::of(b"missing"), size: 7 });
}

/// Nobody votes: nothing is decrypted, even where the statutes ask for no least number.
#[test]
fn an_empty_box_is_not_opened() {
    let mut hall = hall(12, |statutes: &mut Statutes| {
        statutes.articles.as_mut().unwrap().elections.as_mut().unwrap().least_ballots = 0;
    });
    let id = hall.opened("spokesperson", 1, &[9, 10], &[1, 2, 3], &[]);
    hall.close(id);
    assert!(matches!(hall.election(id).ended, Some(Ending::TooFewBallots { .. })));
}
