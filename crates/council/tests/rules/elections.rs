//! Elections from the call to the seats.

use council::elections::{Ending, Phase};
use council::kinds::elections::*;

use super::belenios;
use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, approves, hall, ranks};
use super::support::{DAY, after_days, allowed, of};

/// The audit of an election's archive has no complaint, and says how many ballots count.
#[track_caller]
fn verifies(hall: &Hall, id: u64, ballots: u64) {
    let audit = hall.audit(id);
    assert!(audit.report.holds(), "{:?}", audit.report);
    assert_eq!(audit.num_tallied, ballots);
    belenios::accepts(hall, id);
}

#[test]
fn by_approval_to_the_seat() {
    let mut hall = hall(12, |_| {});
    after_days(&mut hall.scribe, 340);
    let phones: Vec<u32> = (1..=10).collect();
    let id = hall.opened("chair", 1, &[2, 9], &phones, &[11]);
    assert_eq!(hall.election(id).frozen.unwrap().method, "approval");
    let first: Vec<_> = [1, 2, 3].map(|member| hall.vote(id, member, &approves(&[0]))).into();
    hall.publish(id, first);
    let second: Vec<_> = [4, 5, 6, 7, 1].map(|member| hall.vote(id, member, &approves(&[1]))).into();
    hall.publish(id, second);
    let third = vec![hall.vote(id, 11, &approves(&[0, 1]))];
    hall.publish(id, third);
    allowed(
        &mut hall.scribe,
        "3 as scrutineer, 4 as scrutineer",
        &PapersTranscribed { election: id, papers: 1, spoiled: 0 },
    );
    hall.finish(id);
    verifies(&hall, id, 8);
    // 2, 3 and 11 are for the first; 4 to 7, 1 and 11 for the second: the one whose ballot replaced another counts once.
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
    assert_eq!(hall.phase(id), Phase::Declared);
    after_days(&mut hall.scribe, 20);
    hall.conclude(id);
    assert_eq!(hall.phase(id), Phase::Ended);
    let seat = of(&hall.scribe).offices().seats("chair")[0].holding.clone().unwrap();
    assert_eq!((seat.member, seat.term), (9, 1));
}

#[test]
fn by_ranking_to_two_seats() {
    let mut hall = hall(24, |_| {});
    let phones: Vec<u32> = (1..=24).collect();
    let id = hall.opened("spokesperson", 2, &[9, 10, 11], &phones, &[]);
    assert_eq!(hall.election(id).frozen.unwrap().method, "scottish-stv");
    let mut cast = Vec::new();
    for member in 1..=24 {
        let vote = match member % 3 {
            0 => ranks(&[0, 1, 2]),
            1 => ranks(&[2, 0]),
            _ => ranks(&[0, 2]),
        };
        cast.push(hall.vote(id, member, &vote));
    }
    hall.publish(id, cast);
    hall.close(id);
    assert_eq!(hall.phase(id), Phase::Mixing);
    hall.mix(id, 7);
    hall.mix(id, 6);
    assert_eq!(hall.phase(id), Phase::Decrypting);
    hall.decrypt(id, 8);
    hall.decrypt(id, 6);
    hall.declare(id);
    verifies(&hall, id, 24);
    assert_eq!(hall.election(id).declared.unwrap().elected, [9, 11]);
    hall.conclude(id);
    let seats = of(&hall.scribe).offices().seats("spokesperson");
    let holders: Vec<u32> = seats.iter().filter_map(|seat| Some(seat.holding.as_ref()?.member)).collect();
    assert_eq!(holders, [9, 11]);
}

#[test]
fn as_many_as_there_are_seats_take_them_without_a_ballot() {
    let mut hall = hall(10, |_| {});
    let id = hall.call("spokesperson", 2);
    hall.stand(id, 9);
    hall.freeze(id);
    assert_eq!(hall.phase(id), Phase::Declared);
    hall.conclude(id);
    let seats = of(&hall.scribe).offices().seats("spokesperson");
    assert_eq!(seats.iter().filter(|seat| seat.holding.is_some()).count(), 1);
    let id = hall.call("spokesperson", 1);
    hall.freeze(id);
    assert!(matches!(hall.election(id).ended, Some(Ending::NobodyStood { .. })));
    let _ = (KEEPER, DAY);
}

#[test]
fn a_replica_that_starts_from_a_snapshot_goes_on() {
    let mut hall = hall(24, |_| {});
    let phones: Vec<u32> = (1..=24).collect();
    let id = hall.opened("spokesperson", 1, &[9, 10], &phones, &[]);
    for from in [1, 7, 13] {
        let cast =
            (from..from + 6).map(|member| hall.vote(id, member, &ranks(&[(member % 2) as usize]))).collect();
        hall.publish(id, cast);
    }
    let again = |hall: &mut Hall| {
        let snapshot = hall.scribe.state.to_snapshot();
        let digest = hall.scribe.state.digest();
        let entries = hall.scribe.entries.clone();
        let state = council::State::from_snapshot(&snapshot, hall.scribe.book(), &digest, |number| {
            let bytes = &entries[number as usize];
            Some((book::merkle::leaf(bytes), book::entry::text_hash_of(bytes)))
        });
        hall.scribe.state = state.unwrap();
    };
    again(&mut hall);
    let more = vec![hall.vote(id, 1, &ranks(&[1])), hall.vote(id, 20, &ranks(&[0, 1]))];
    hall.publish(id, more);
    hall.close(id);
    again(&mut hall);
    hall.mix(id, 6);
    again(&mut hall);
    hall.mix(id, 7);
    hall.decrypt(id, 6);
    again(&mut hall);
    hall.decrypt(id, 7);
    again(&mut hall);
    hall.declare(id);
    verifies(&hall, id, 19);
}

/// The vote is moved to paper after the close: what the box holds stays what it was, and so does its archive.
#[test]
fn what_is_counted_on_paper_is_not_said_of_the_box() {
    let mut hall = hall(12, |_| {});
    let phones: Vec<u32> = (1..=12).collect();
    let id = hall.opened("spokesperson", 1, &[9, 10], &phones, &[]);
    let cast = (1..=6).map(|member| hall.vote(id, member, &approves(&[0]))).collect();
    hall.publish(id, cast);
    hall.close(id);
    let reason = "Dos custodias no tienen su clave.".to_owned();
    allowed(&mut hall.scribe, ASSEMBLY, &MovedToPaper { election: id, reason });
    let papers = hall.papers(id, "2 1\n3 1 0\n7 2 0\n0\n\"Candidata 9\"\n\"Candidata 10\"\n\"Papel\"\n");
    allowed(&mut hall.scribe, SCRUTINEERS, &papers);
    let election = hall.election(id);
    assert_eq!((election.counted, election.paper.unwrap().counted), (6, 10));
    assert_eq!(election.declared.unwrap().elected, [10]);
    assert_eq!(hall.standing(id).num_tallied(), 6);
}
