//! What other people's programs read.

use council::export::{Record, Recorder, icalendar, offices, popolo, roll, totals};
use council::kinds::MemberAdmitted;
use council::kinds::offices::{OfficeAppointed, OfficeResigned};
use council::kinds::petitions::{PetitionSigned, StatutesProposed};
use council::kinds::roll::{MemberEnrolled, MemberExcluded};
use council::{Examined, State, Verdict, apply};

use super::hall::{approves, hall};
use super::support::scribe::{Kept, Scribe};
use super::support::{after_days, allowed, council, keys};

fn lived() -> Scribe {
    let mut scribe = council();
    let key = keys::member(9).public().base64();
    allowed(&mut scribe, "1 as secretary, 9", &MemberAdmitted { member: 9, key });
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 10 });
    let excluded = MemberExcluded { member: 8, reason: "Acuerdo de la junta.".into() };
    allowed(&mut scribe, "1 as secretary, 2 as chair", &excluded);
    scribe
}

#[test]
fn tables() {
    let scribe = lived();
    let lines = roll(&scribe.state, scribe.time);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[..2], ["member,standing,votes_from,device", "1,voting,,yes"]);
    assert_eq!(lines[8..], ["8,excluded,,yes", "9,new,2026-03-08,yes", "10,new,2026-03-08,no"]);
    let held = offices(&scribe.state, scribe.time);
    let expected = [
        "office,seat,member,how,since,until",
        "secretary,1,1,holder,2026-03-01,2027-03-01",
        "chair,1,2,holder,2026-03-01,2027-03-01",
        "spokesperson,1,,vacant,,",
        "spokesperson,2,,vacant,,",
        "scrutineer,1,3,holder,2026-03-01,2027-03-01",
        "scrutineer,2,4,holder,2026-03-01,2027-03-01",
        "scrutineer,3,,vacant,,",
    ];
    assert_eq!(held.lines().collect::<Vec<_>>(), expected);
    let mut later = scribe;
    after_days(&mut later, 366);
    assert!(offices(&later.state, later.time).contains("chair,1,2,overdue,2026-03-01,2027-03-01"));
    // Under rules version 1 an office is held without an end.
    assert!(offices(&Scribe::lived().state, 0).contains("treasurer,1,2,holder,,"));
    assert!(roll(&Scribe::lived().state, 0).contains("5,voting,,yes"));
}

#[test]
fn popolo_names_everybody_once_and_every_seat() {
    let scribe = lived();
    let object = popolo(&scribe.state, scribe.time);
    let count = |key: &str| object[key].as_array().unwrap().len();
    assert_eq!(
        (count("organizations"), count("persons"), count("posts"), count("memberships")),
        (1, 10, 7, 14)
    );
    assert_eq!(object["organizations"][0]["name"], scribe.state.name());
    let memberships = object["memberships"].as_array().unwrap();
    let chair = memberships.iter().find(|held| held["role"] == "chair").unwrap();
    assert_eq!(
        (chair["start_date"].as_str(), chair["end_date"].as_str()),
        (Some("2026-03-01"), Some("2027-03-01"))
    );
    // What is referred to is there.
    for held in memberships {
        assert!(object["persons"].as_array().unwrap().iter().any(|person| person["id"] == held["person_id"]));
        if !held["post_id"].is_null() {
            assert!(object["posts"].as_array().unwrap().iter().any(|post| post["id"] == held["post_id"]));
        }
    }
}

#[test]
fn the_calendar_has_every_deadline() {
    let mut scribe = lived();
    allowed(&mut scribe, "1 as secretary, 5", &OfficeAppointed { office: "scrutineer".into(), member: 5 });
    let text = icalendar(&scribe.state);
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    let summaries: Vec<&str> = text.split("\r\n").filter_map(|line| line.strip_prefix("SUMMARY:")).collect();
    let expected = [
        "Member 9 can no longer be challenged\\, and has a vote",
        "Member 10 can no longer be challenged\\, and has a vote",
        "Last moment for member 8 to appeal",
        "Election of chair is due",
        "Election of secretary is due",
        "Term of member 2 as chair ends",
        "Term of member 3 as scrutineer ends",
        "Term of member 4 as scrutineer ends",
        "Term of member 1 as secretary ends",
    ];
    assert_eq!(summaries, expected);
    assert_eq!(text.matches("BEGIN:VEVENT").count(), text.matches("DTSTART:2").count());
    let ids: std::collections::BTreeSet<&str> =
        text.split("\r\n").filter(|line| line.starts_with("UID:")).collect();
    assert_eq!(ids.len(), expected.len(), "every event has an id of its own");
}

/// The record of a member, from the book's bytes.
fn record(scribe: &Scribe, member: u32) -> Record {
    let mut state = State::before(scribe.book());
    let mut recorder = Recorder::new(member);
    for (number, bytes) in (0..).zip(&scribe.entries) {
        let examined = Examined::new(bytes, &state.keys());
        let verdict = apply(&mut state, &examined, &Kept(&scribe.blobs)).unwrap();
        let void = match verdict {
            Verdict::Applied(_) => None,
            Verdict::Void(refusal) => Some(refusal.to_string()),
        };
        recorder.take(number, examined.entry(), void, &state);
    }
    recorder.finish(&state, scribe.time)
}

#[test]
fn the_record_of_one_member() {
    let mut hall = hall(12, |_| {});
    after_days(&mut hall.scribe, 340);
    let phones: Vec<u32> = (1..=10).collect();
    let id = hall.opened("chair", 1, &[2, 9, 10], &phones, &[]);
    let cast = (1..=6).map(|member| hall.vote(id, member, &approves(&[1]))).collect();
    hall.publish(id, cast);
    hall.finish(id);
    after_days(&mut hall.scribe, 20);
    hall.conclude(id);
    allowed(&mut hall.scribe, "9", &OfficeResigned { office: "chair".into(), member: 9 });
    let nine = record(&hall.scribe, 9);
    assert_eq!((nine.standing, nine.device, nine.petitions.len()), ("voting", true, 0));
    assert_eq!(nine.elections.len(), 1);
    assert_eq!((nine.elections[0].election, nine.elections[0].outcome), (id, "elected"));
    let [held] = &nine.offices[..] else { panic!("{:?}", nine.offices) };
    assert_eq!((held.office.as_str(), held.acting, held.until), ("chair", false, hall.scribe.state.time()));
    let kinds: Vec<&str> = nine.entries.iter().map(|line| line.kind.as_str()).collect();
    let expected = [
        "council.founded",
        "candidate.nominated",
        "candidate.accepted",
        "result.declared",
        "office.resigned",
    ];
    assert_eq!(kinds, expected);
    // Who voted is not in the book, so not in anybody's record either.
    assert!(!kinds.contains(&"ballots.published"));
    assert!(nine.to_text().contains("election  chair (entry"), "{}", nine.to_text());
    assert_eq!(record(&hall.scribe, 10).elections[0].outcome, "not elected");
    // The chair whom 9 followed: the term ended when the other began.
    let two = record(&hall.scribe, 2);
    assert!(two.offices[0].until < hall.scribe.state.time(), "{:?}", two.offices);
    assert_eq!(two.elections[0].outcome, "not elected");
    // A scrutineer signs in an office, without being named.
    let three = record(&hall.scribe, 3);
    let listed = three.entries.iter().find(|line| line.kind == "credentials.listed").unwrap();
    assert_eq!((listed.signs, listed.named, listed.capacity.as_deref()), (true, false, Some("scrutineer")));
    let nobody = record(&hall.scribe, 99);
    assert_eq!((nobody.standing, nobody.entries.len()), ("unknown", 0));
}

#[test]
fn a_petition_stands_in_the_record_of_who_signed() {
    let mut scribe = council();
    let statutes = of_template_with_more_days();
    let petition = allowed(&mut scribe, "8", &StatutesProposed { member: 8, statutes });
    allowed(&mut scribe, "7", &PetitionSigned { petition, member: 7 });
    let seven = record(&scribe, 7);
    assert_eq!(seven.petitions, [petition]);
    assert!(record(&scribe, 6).petitions.is_empty());
    // Were it void, it would be no signature, and the record would say why.
    let mut recorder = Recorder::new(7);
    let entry = book::entry::Entry::parse(scribe.entries.last().unwrap()).unwrap();
    recorder.take(
        petition + 1,
        Some(&entry),
        Some("petition: it is late".into()),
        &State::before(scribe.book()),
    );
    let void = recorder.finish(&scribe.state, scribe.time);
    assert!(void.petitions.is_empty());
    assert_eq!(void.entries[0].void.as_deref(), Some("petition: it is late"));
    assert!(void.to_text().contains("void: petition: it is late"), "{}", void.to_text());
}

fn of_template_with_more_days() -> council::Statutes {
    let mut statutes = council::Statutes::of_template("neighbourhood", 2);
    if let Some(articles) = &mut statutes.articles {
        articles.acting_days += 1;
    }
    statutes
}

#[test]
fn totals_of_a_contest_by_approving() {
    let group =
        |count, chosen: &[usize]| count::Group { count, vote: count::Vote::Approved(chosen.to_vec()) };
    let profile = count::Profile {
        title: None,
        seats: Some(1),
        candidates: vec!["Ana, \"la Roja\"".into(), "Bea".into()],
        groups: vec![group(3, &[0, 1]), group(2, &[1]), group(4, &[])],
    };
    assert_eq!(totals(&profile), "candidate,votes\r\n\"Ana, \"\"la Roja\"\"\",3\r\nBea,5\r\n,4\r\n");
}
