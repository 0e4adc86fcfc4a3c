//! What is due of elections: each step from its time on, for whom, and from when on for anybody.

use council::kinds::elections::*;
use council::{Due, Duty, due};

use super::hall::{ASSEMBLY, Hall, approves, founded, hall, ranks};
use super::support::{DAY, allowed, scribe::FOUNDED_AT};

/// What is due of elections that were called.
fn steps(hall: &Hall, at: u64) -> Vec<Due> {
    let other = |due: &Due| {
        matches!(
            due.what,
            Duty::HoldElection { .. } | Duty::Appoint { .. } | Duty::NameActing { .. } | Duty::FormTrustees
        )
    };
    due(&hall.scribe.state, at).into_iter().filter(|due| !other(due)).collect()
}

/// That exactly this is due, from this time on and not before; any member may do it so many days later, where that is so.
#[track_caller]
fn from(hall: &Hall, since: u64, what: &Duty, whom: &[u32], anybody: bool) {
    let expected = Due {
        since,
        what: what.clone(),
        whom: whom.to_vec(),
        rule: "elections",
        anybody_from: anybody.then_some(since + 7 * DAY),
    };
    assert_eq!(steps(hall, since), [expected]);
    assert_eq!(steps(hall, since - 1), []);
}

#[test]
fn every_step_of_an_election() {
    let mut hall = hall(24, |_| {});
    let id = hall.call("spokesperson", 1);
    for member in [5, 9, 10] {
        hall.stand(id, member);
    }
    let freeze = Duty::FreezeRoll { election: id };
    from(&hall, hall.election(id).nominate_until, &freeze, &[1], true);
    hall.freeze(id);
    let list = Duty::ListCredentials { election: id };
    from(&hall, hall.election(id).frozen.unwrap().enrol_until, &list, &[3, 4], false);
    hall.list_credentials(id, &(1..=24).collect::<Vec<_>>(), &[]);
    from(&hall, hall.scribe.time, &Duty::OpenElection { election: id }, &[1], true);
    hall.open(id);
    let cast = (1..=6).map(|member| hall.vote(id, member, &ranks(&[usize::from(member > 3), 2]))).collect();
    hall.publish(id, cast);
    let close = Duty::CloseElection { election: id };
    from(&hall, hall.election(id).opened.unwrap().until, &close, &[1], true);
    let mut paper = hall.clone();
    allowed(&mut paper.scribe, ASSEMBLY, &MovedToPaper { election: id, reason: "Se perdió.".into() });
    from(&paper, paper.scribe.time, &Duty::CountPapers { election: id }, &[3, 4], false);
    hall.close(id);
    let closed = hall.scribe.time;
    from(&hall, closed, &Duty::MixVotes { election: id }, &[6, 7], false);
    hall.mix(id, 7);
    from(&hall, closed, &Duty::MixVotes { election: id }, &[6], false);
    hall.mix(id, 6);
    from(&hall, closed, &Duty::DecryptVotes { election: id }, &[6, 7, 8], false);
    hall.decrypt(id, 7);
    from(&hall, closed, &Duty::DecryptVotes { election: id }, &[6, 8], false);
    hall.decrypt(id, 8);
    from(&hall, closed, &Duty::DeclareResult { election: id }, &[1], true);
    hall.declare(id);
    assert_eq!(hall.election(id).declared.unwrap().tied, [5, 9]);
    from(&hall, hall.scribe.time, &Duty::DrawLot { election: id }, &[2], true);
    allowed(&mut hall.scribe, "2 as chair, 4, 6", &LotDrawn { election: id, order: vec![9, 5] });
    let conclude = Duty::ConcludeElection { election: id };
    let over = hall.scribe.time + 3 * DAY;
    from(&hall, over, &conclude, &[1], true);
    for member in [11, 12] {
        let reason = "Faltaba una urna.".into();
        allowed(&mut hall.scribe, &member.to_string(), &ResultDisputed { election: id, member, reason });
    }
    let first = hall.election(id).disputes[0].clone();
    from(&hall, first.at, &Duty::DecideDispute { election: id }, &[1, 2], false);
    for dispute in hall.election(id).disputes {
        let content = DisputeDecided { election: id, dispute: dispute.entry, stands: true };
        allowed(&mut hall.scribe, ASSEMBLY, &content);
    }
    from(&hall, over, &conclude, &[1], true);
    hall.conclude(id);
    assert_eq!(steps(&hall, hall.scribe.time + 99 * DAY), []);
}

#[test]
fn an_election_is_not_due_for_seats_that_one_is_under_way_for() {
    let mut hall = hall(12, |_| {});
    let due_for = |hall: &Hall, office: &str| {
        due(&hall.scribe.state, hall.scribe.time).into_iter().find_map(|due| match due.what {
            Duty::HoldElection { office: of, seats } if of == office => Some((due.since, seats)),
            _ => None,
        })
    };
    assert_eq!(due_for(&hall, "spokesperson"), Some((FOUNDED_AT, 2)));
    let one = hall.call("spokesperson", 1);
    assert_eq!(due_for(&hall, "spokesperson"), Some((FOUNDED_AT, 1)));
    allowed(&mut hall.scribe, ASSEMBLY, &ElectionAnnulled { election: one, reason: "No.".into() });
    assert_eq!(due_for(&hall, "spokesperson"), Some((FOUNDED_AT, 2)));
    let two = hall.opened("spokesperson", 2, &[9, 10, 11], &(1..=12).collect::<Vec<_>>(), &[]);
    assert_eq!(due_for(&hall, "spokesperson"), None);
    let cast = (1..=5).map(|member| hall.vote(two, member, &approves(&[0]))).collect();
    hall.publish(two, cast);
    hall.finish(two);
    assert_eq!(due_for(&hall, "spokesperson"), None);
    let tied = hall.election(two).declared.unwrap().tied;
    assert_eq!(tied, [10, 11]);
    allowed(&mut hall.scribe, "2 as chair, 4, 6", &LotDrawn { election: two, order: tied });
    hall.conclude(two);
    assert_eq!(due_for(&hall, "spokesperson"), None);
}

#[test]
fn trustees_are_due_until_they_stand_ready() {
    let forming = |hall: &Hall| {
        due(&hall.scribe.state, hall.scribe.time).into_iter().find(|due| due.what == Duty::FormTrustees)
    };
    let before = founded(12, |_| {});
    let due = forming(&before).unwrap();
    assert_eq!((due.since, due.whom, due.anybody_from), (FOUNDED_AT, vec![1], None));
    let mut hall = hall(12, |_| {});
    assert_eq!(forming(&hall), None);
    allowed(&mut hall.scribe, "6", &ShareForgotten { member: 6 });
    assert_eq!(forming(&hall), None, "two of three have theirs");
    allowed(&mut hall.scribe, "7", &ShareForgotten { member: 7 });
    assert_eq!(forming(&hall).unwrap().since, hall.scribe.time);
}
