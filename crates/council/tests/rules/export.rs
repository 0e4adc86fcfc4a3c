//! What other people's programs read.

use council::export::{icalendar, offices, popolo, roll};
use council::kinds::MemberAdmitted;
use council::kinds::offices::OfficeAppointed;
use council::kinds::roll::{MemberEnrolled, MemberExcluded};

use super::support::{after_days, allowed, council, keys, scribe::Scribe};

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
