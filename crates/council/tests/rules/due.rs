//! What is due, for whom, since when.

use council::kinds::MemberAdmitted;
use council::kinds::offices::{AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use council::kinds::roll::{AppealDecided, ExclusionAppealed, MemberChallenged, MemberExcluded};
use council::{Duty, due};

use super::support::{
    DAY, after_days, allowed, council, keys,
    scribe::{FOUNDED_AT, Scribe},
};

fn duties(scribe: &Scribe) -> Vec<(u64, Duty, Vec<u32>)> {
    due(&scribe.state, scribe.time).into_iter().map(|due| (due.since, due.what, due.whom)).collect()
}

fn election(office: &str, seats: u32) -> Duty {
    Duty::HoldElection { office: office.into(), seats }
}

fn appoint(seats: u32) -> Duty {
    Duty::Appoint { office: "scrutineer".into(), seats }
}

#[test]
fn what_was_never_filled_is_due_from_the_founding() {
    let scribe = council();
    assert_eq!(
        duties(&scribe),
        [
            (FOUNDED_AT, election("spokesperson", 2), vec![1]),
            (FOUNDED_AT, appoint(1), vec![1]),
            (FOUNDED_AT, Duty::FormTrustees, vec![1])
        ]
    );
    let rules: Vec<&str> = due(&scribe.state, scribe.time).iter().map(|due| due.rule).collect();
    assert_eq!(rules, ["offices.filling", "offices.filling", "elections"]);
    // Under rules version 1 there is nothing to be due.
    assert_eq!(due(&Scribe::lived().state, FOUNDED_AT + 9000 * DAY), []);
}

#[test]
fn an_appointment_waits_for_whoever_confirms() {
    let mut scribe = council();
    let office = "scrutineer".to_owned();
    let entry =
        allowed(&mut scribe, "1 as secretary, 5", &OfficeAppointed { office: office.clone(), member: 5 });
    let time = scribe.time;
    let confirm = Duty::Confirm { office, member: 5, entry };
    assert!(duties(&scribe).contains(&(time, confirm, vec![2])));
    assert!(!duties(&scribe).iter().any(|(_, what, _)| *what == appoint(1)), "somebody is found");
    allowed(&mut scribe, "2 as chair", &AppointmentConfirmed { appointment: entry, confirmed: true });
    assert_eq!(
        duties(&scribe),
        [(FOUNDED_AT, election("spokesperson", 2), vec![1]), (FOUNDED_AT, Duty::FormTrustees, vec![1])]
    );
}

#[test]
fn an_election_is_due_before_the_term_ends_and_after() {
    let mut scribe = council();
    after_days(&mut scribe, 334);
    assert!(!duties(&scribe).iter().any(|(_, what, _)| *what == election("secretary", 1)));
    after_days(&mut scribe, 1);
    let since = FOUNDED_AT + 335 * DAY;
    assert!(duties(&scribe).contains(&(since, election("secretary", 1), vec![1])));
    assert!(duties(&scribe).contains(&(since, election("chair", 1), vec![1])));
    after_days(&mut scribe, 30);
    assert!(duties(&scribe).contains(&(since, election("secretary", 1), vec![1])), "acting on");
    assert!(duties(&scribe).contains(&(FOUNDED_AT, appoint(3), vec![1])));
    after_days(&mut scribe, 60);
    // Nobody may sign any more: it is due all the same, and that nobody can is to be seen.
    assert!(duties(&scribe).contains(&(since, election("secretary", 1), vec![])));
    let acting = Duty::NameActing { office: "secretary".into() };
    assert!(duties(&scribe).contains(&(FOUNDED_AT + 425 * DAY, acting, vec![])));
}

#[test]
fn a_vacancy_is_due_at_once() {
    let mut scribe = council();
    allowed(&mut scribe, "2", &OfficeResigned { office: "chair".into(), member: 2 });
    let time = scribe.time;
    assert!(duties(&scribe).contains(&(time, election("chair", 1), vec![1])));
    assert!(duties(&scribe).contains(&(time, Duty::NameActing { office: "chair".into() }, vec![1])));
}

#[test]
fn challenges_and_appeals_wait_for_the_assembly() {
    let mut scribe = council();
    let key = keys::member(9).public().base64();
    allowed(&mut scribe, "1 as secretary, 9", &MemberAdmitted { member: 9, key });
    let reason = "No vive en el barrio.".to_owned();
    let entry = allowed(&mut scribe, "5", &MemberChallenged { by: 5, member: 9, reason: reason.clone() });
    let challenge = Duty::DecideChallenge { member: 9, entry };
    let due_at = |scribe: &Scribe, duty: &Duty| duties(scribe).into_iter().find(|(_, what, _)| what == duty);
    assert_eq!(due_at(&scribe, &challenge), Some((scribe.time, challenge.clone(), vec![1, 2])));
    let both = "1 as secretary, 2 as chair";
    allowed(&mut scribe, both, &MemberExcluded { member: 6, reason });
    allowed(&mut scribe, "6", &ExclusionAppealed { member: 6 });
    let appeal = Duty::DecideAppeal { member: 6 };
    let since = scribe.time;
    after_days(&mut scribe, 3);
    assert_eq!(due_at(&scribe, &appeal), Some((since, appeal.clone(), vec![1, 2])));
    allowed(&mut scribe, "2 as chair, 1 as secretary", &AppealDecided { member: 6, restored: false });
    assert_eq!(due_at(&scribe, &appeal), None);
}
