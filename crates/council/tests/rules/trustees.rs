//! Trustees who lose their share, leave or are excluded, and voters who lose their phone, while an election is open.

use council::kinds::MemberLeft;
use council::kinds::elections::*;
use council::kinds::roll::{KeyReplaced, MemberExcluded};
use council::{Duty, due};

use super::hall::{ASSEMBLY, Hall, approves, hall};
use super::support::{allowed, allowed_with, keys, of, refused};

/// An election by approving between 9 and 10, with five ballots in the box.
fn open() -> (Hall, u64) {
    let mut hall = hall(12, |_| {});
    let id = hall.opened("spokesperson", 1, &[9, 10], &[1, 2, 3, 4, 5, 6], &[]);
    hall.approve(id, &[3, 2]);
    (hall, id)
}

fn wants_trustees(hall: &Hall) -> bool {
    due(&hall.scribe.state, hall.scribe.time).iter().any(|due| due.what == Duty::FormTrustees)
}

fn excluded(member: u32) -> MemberExcluded {
    MemberExcluded { member, reason: "Artículo 9.".into() }
}

#[test]
fn a_forgotten_share_that_is_not_needed() {
    let (mut hall, id) = open();
    allowed(&mut hall.scribe, "6", &ShareForgotten { member: 6 });
    assert!(!wants_trustees(&hall));
    hall.finish(id);
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
}

#[test]
fn too_few_shares() {
    let (mut hall, id) = open();
    for member in [6, 8] {
        allowed(&mut hall.scribe, &member.to_string(), &ShareForgotten { member });
    }
    assert!(wants_trustees(&hall));
    assert!(!hall.election(id).opened.unwrap().team.can_open());
    hall.close(id);
    let whom: Vec<u32> = due(&hall.scribe.state, hall.scribe.time)
        .into_iter()
        .filter(|due| due.what == Duty::DecryptVotes { election: id })
        .flat_map(|due| due.whom)
        .collect();
    assert_eq!(whom, [7]);
    allowed(&mut hall.scribe, ASSEMBLY, &MovedToPaper { election: id, reason: "Dos claves.".into() });
    let content = hall.papers(id, "2 1\n4 2 0\n2 1 2 0\n0\n\"Candidata 9\"\n\"Candidata 10\"\n");
    allowed(&mut hall.scribe, "3 as scrutineer, 4 as scrutineer", &content);
    assert_eq!(hall.election(id).declared.unwrap().elected, [10]);
    hall.conclude(id);
}

#[test]
fn who_leaves_has_no_share() {
    let (mut hall, id) = open();
    allowed(&mut hall.scribe, "6", &MemberLeft { member: 6 });
    let team = hall.election(id).opened.unwrap().team;
    assert_eq!(team.able().collect::<Vec<_>>(), [7, 8]);
    assert_eq!(of(&hall.scribe).elections().team().unwrap().able().collect::<Vec<_>>(), [7, 8]);
    hall.finish(id);
    allowed(&mut hall.scribe, "7", &MemberLeft { member: 7 });
    assert!(wants_trustees(&hall));
}

/// Those who keep the roll and preside cannot keep a box shut by excluding its trustees; for the next election they do not stand.
#[test]
fn who_is_excluded_finishes_what_is_open() {
    let (mut hall, id) = open();
    for member in [7, 8] {
        allowed(&mut hall.scribe, "1 as secretary, 2 as chair", &excluded(member));
    }
    assert!(wants_trustees(&hall));
    assert_eq!(hall.election(id).opened.unwrap().team.able().count(), 3);
    let call = ElectionCalled { mixers: vec![6], ..hall.call_for("spokesperson", 1) };
    refused(
        &hall.scribe,
        "7",
        &ResultDisputed { election: id, member: 7, reason: "No.".into() },
        "standing",
        "",
    );
    hall.finish(id);
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
    hall.conclude(id);
    let call = ElectionCalled { nominate_until: hall.scribe.time + 9 * 86_400, ..call };
    refused(&hall.scribe, "1 as secretary", &call, "trustees", "stands ready");
}

/// The voting seed is on paper, too: a new phone's ballot replaces the lost one's.
#[test]
fn a_lost_phone() {
    let (mut hall, id) = open();
    let new = keys::secret("the new phone of 5");
    let content = KeyReplaced { member: 5, key: new.public().base64() };
    allowed_with(&mut hall.scribe, "1 as secretary, 3 as scrutineer, 5", &content, &[("5", &new)]);
    // Member 5 was for the second, and is now for the first.
    let again = vec![hall.vote(id, 5, &approves(&[0]))];
    assert!(again[0].replaces.is_some());
    hall.publish(id, again);
    hall.finish(id);
    let result = hall.election(id).result.unwrap();
    assert_eq!(hall.election(id).counted, 5);
    assert_eq!(hall.bytes(&result), br#"{"result":[[0,4,1]]}"#);
}
