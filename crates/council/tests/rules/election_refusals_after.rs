//! Elections, each way in which an entry may not be: after the result, called off, on paper.

use council::elections::{Ending, Phase};
use council::kinds::elections::*;
use council::kinds::offices::OfficeResigned;
use council::kinds::petitions::{PetitionCounted, StatutesProposed};
use council::kinds::roll::MemberExcluded;
use council::{Due, Duty, Statutes, due};

use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, hall};
use super::support::{DAY, after_days, allowed, of, refused};

const ALL: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/// An election for spokespeople among these, approved by so many each, its result declared.
fn declared(seats: u32, candidates: &[u32], votes: &[usize]) -> (Hall, u64) {
    let mut hall = hall(12, |_| {});
    let id = hall.opened("spokesperson", seats, candidates, &ALL, &[]);
    hall.approve(id, votes);
    hall.finish(id);
    (hall, id)
}

fn due_of(hall: &Hall, what: &Duty) -> Option<Due> {
    due(&hall.scribe.state, hall.scribe.time).into_iter().find(|due| due.what == *what)
}

#[test]
fn lot_drawn() {
    // The chair is one of the tied: somebody else has to draw.
    let (hall, id) = declared(1, &[2, 9, 10], &[3, 3, 1]);
    let lot = |order: &[u32]| LotDrawn { election: id, order: order.to_vec() };
    let s = &hall.scribe;
    assert_eq!(hall.election(id).declared.unwrap().tied, [2, 9]);
    refused(s, "2 as chair, 4, 5", &lot(&[9, 2]), "entry-signers", "one of the tied");
    refused(s, "1 as secretary, 4, 5", &lot(&[9, 2]), "entry-signers", "witnesses");
    refused(s, "6, 4, 5", &lot(&[9, 2]), "entry-signers", "any member");
    let since = hall.election(id).declared.unwrap().at;
    let draw = due_of(&hall, &Duty::DrawLot { election: id }).unwrap();
    assert_eq!((draw.since, draw.whom, draw.anybody_from), (since, vec![], Some(since + 7 * DAY)));
    let mut late = hall.clone();
    late.scribe.time = since + 7 * DAY - 61;
    refused(&late.scribe, "6, 4, 5", &lot(&[9, 2]), "entry-signers", "any member");
    late.scribe.time += 1;
    refused(&late.scribe, "2, 4, 5", &lot(&[9, 2]), "entry-signers", "one of the tied");
    refused(&late.scribe, "6, 4, 9", &lot(&[9, 2]), "entry-signers", "one of the tied");
    refused(&late.scribe, "6, 4", &lot(&[9, 2]), "entry-signers", "witnesses");
    allowed(&mut late.scribe, "6, 4, 5", &lot(&[9, 2]));
    assert_eq!(late.election(id).declared.unwrap().elected, [9]);
    // Whoever presides and is not tied draws at once, though they stand.
    let (mut hall, id) = declared(1, &[2, 9, 10], &[1, 3, 3]);
    let lot = |order: &[u32]| LotDrawn { election: id, order: order.to_vec() };
    hall.scribe.admit(13);
    let s = &hall.scribe;
    let draw = due_of(&hall, &Duty::DrawLot { election: id }).unwrap();
    assert_eq!(draw.whom, [2]);
    for by in ["2 as chair, 4", "2 as chair", "2 as chair, 4, 5 as scrutineer", "4, 5, 2 as chair"] {
        refused(s, by, &lot(&[9, 10]), "entry-signers", "witnesses");
    }
    refused(s, "2 as chair, 4, 10", &lot(&[9, 10]), "entry-signers", "one of the tied");
    refused(s, "2 as chair, 4, 13", &lot(&[9, 10]), "standing", "no vote");
    for order in [&[9][..], &[9, 2], &[9, 10, 2], &[9, 9], &[]] {
        refused(s, "2 as chair, 4, 5", &lot(order), "election", "drawn among exactly 9, 10");
    }
    allowed(&mut hall.scribe, "2 as chair, 4, 5", &lot(&[10, 9]));
    assert_eq!(hall.election(id).declared.unwrap().elected, [10]);
    refused(&hall.scribe, "2 as chair, 4, 5", &lot(&[10, 9]), "election", "it stands at Declared");
}

#[test]
fn result_disputed_and_decided() {
    let (mut hall, id) = declared(1, &[9, 10], &[4, 2]);
    let disputed = |member, reason: &str| ResultDisputed { election: id, member, reason: reason.into() };
    let decided = |dispute, stands| DisputeDecided { election: id, dispute, stands };
    hall.scribe.admit(13);
    let s = &hall.scribe;
    refused(s, "5", &disputed(11, "Faltaba una urna."), "entry-signers", "member 11 signs it");
    refused(s, "13", &disputed(13, "Faltaba una urna."), "standing", "no vote");
    refused(s, "5", &disputed(5, " "), "entry-content", "2000 characters");
    refused(s, "5", &disputed(5, &"ñ".repeat(2001)), "entry-content", "2000 characters");
    refused(s, ASSEMBLY, &decided(1, true), "election", "it stands at Declared");
    let until = hall.election(id).declared.unwrap().at + 3 * DAY;
    let mut late = hall.clone();
    late.scribe.time = until - 60;
    refused(&late.scribe, "5", &disputed(5, "Faltaba una urna."), "election", "could be disputed until");
    late.scribe.time -= 1;
    allowed(&mut late.scribe, "5", &disputed(5, "Faltaba una urna."));
    let first = allowed(&mut hall.scribe, "5", &disputed(5, "Faltaba una urna."));
    refused(&hall.scribe, "5", &disputed(5, "Otra vez."), "election", "waits already");
    let second = allowed(&mut hall.scribe, "11", &disputed(11, "Faltaban papeletas."));
    for by in ["2 as chair", "1 as secretary, 2 as chair", SCRUTINEERS, "9"] {
        refused(&hall.scribe, by, &decided(first, true), "entry-signers", "assembly");
    }
    refused(&hall.scribe, ASSEMBLY, &decided(id, true), "election", "it does not wait");
    let conclude = ElectionConcluded { election: id };
    let mut waits = hall.clone();
    waits.scribe.time += 3 * DAY;
    refused(&waits.scribe, KEEPER, &conclude, "election", "it stands at Disputed");
    allowed(&mut hall.scribe, ASSEMBLY, &decided(first, true));
    refused(&hall.scribe, ASSEMBLY, &decided(first, true), "election", "it does not wait");
    assert_eq!(hall.phase(id), Phase::Disputed);
    let mut annulled = hall.clone();
    allowed(&mut annulled.scribe, ASSEMBLY, &decided(second, false));
    assert!(matches!(annulled.election(id).ended, Some(Ending::Annulled { .. })));
    refused(&annulled.scribe, "5", &disputed(5, "Otra vez."), "election", "it stands at Ended");
    allowed(&mut hall.scribe, ASSEMBLY, &decided(second, true));
    hall.conclude(id);
    assert_eq!(of(&hall.scribe).offices().seats("spokesperson")[0].holding.as_ref().unwrap().member, 9);
}

#[test]
fn election_concluded() {
    let (mut hall, id) = declared(1, &[9, 10], &[4, 2]);
    let conclude = ElectionConcluded { election: id };
    let over = hall.election(id).declared.unwrap().at + 3 * DAY;
    hall.scribe.time = over - 61;
    refused(&hall.scribe, KEEPER, &conclude, "election", "can be disputed until");
    hall.scribe.time += 1;
    for by in ["9", "3 as scrutineer", ASSEMBLY] {
        refused(&hall.scribe, by, &conclude, "entry-signers", "`minutes` or `presiding`");
    }
    let mut late = hall.clone();
    late.scribe.time = over + 7 * DAY - 61;
    refused(&late.scribe, "9", &conclude, "entry-signers", "any member");
    late.scribe.time += 1;
    allowed(&mut late.scribe, "9", &conclude);
    // Who is excluded meanwhile takes no seat.
    let mut gone = hall.clone();
    let reason = "Artículo 9.".to_owned();
    allowed(&mut gone.scribe, "1 as secretary, 2 as chair", &MemberExcluded { member: 9, reason });
    allowed(&mut gone.scribe, KEEPER, &conclude);
    assert!(of(&gone.scribe).offices().seats("spokesperson").iter().all(|seat| seat.holding.is_none()));
    allowed(&mut hall.scribe, KEEPER, &conclude);
    refused(&hall.scribe, KEEPER, &conclude, "election", "it stands at Ended");
}

/// The chair's term goes on for three weeks: a new one waits, and so does the chair if elected again. Concluding early would
/// drop them.
#[test]
fn a_seat_still_held_is_waited_for() {
    for again in [false, true] {
        let mut hall = hall(12, |_| {});
        after_days(&mut hall.scribe, 336);
        let id = hall.opened("chair", 1, &[2, 9], &ALL, &[]);
        hall.approve(id, if again { &[4, 2] } else { &[2, 4] });
        hall.finish(id);
        let until = of(&hall.scribe).offices().seats("chair")[0].holding.clone().unwrap().until;
        after_days(&mut hall.scribe, 4);
        let conclude = ElectionConcluded { election: id };
        let what = Duty::ConcludeElection { election: id };
        refused(&hall.scribe, KEEPER, &conclude, "election", &format!("still held, until {until}"));
        assert_eq!(due_of(&hall, &what), None);
        hall.scribe.time = until - 61;
        refused(&hall.scribe, KEEPER, &conclude, "election", "still held");
        let mut resigned = hall.clone();
        hall.scribe.time = until;
        assert_eq!(due_of(&hall, &what).unwrap().since, until);
        allowed(&mut hall.scribe, KEEPER, &conclude);
        let held = of(&hall.scribe).offices().seats("chair")[0].holding.clone().unwrap();
        assert_eq!((held.member, held.term), if again { (2, 2) } else { (9, 1) });
        // The seat is free before its time.
        allowed(&mut resigned.scribe, "2", &OfficeResigned { office: "chair".into(), member: 2 });
        allowed(&mut resigned.scribe, KEEPER, &conclude);
        let held = of(&resigned.scribe).offices().seats("chair")[0].holding.clone().unwrap();
        assert_eq!(held.member, if again { 2 } else { 9 });
    }
}

/// Statutes that change while it is under way: fewer seats, or none, keep no election from its end.
#[test]
fn seats_that_are_no_more() {
    let (mut hall, id) = declared(2, &[9, 10, 11], &[4, 3, 1]);
    let change = |hall: &mut Hall, change: &dyn Fn(&mut Statutes)| {
        let mut statutes = hall.scribe.state.statutes().unwrap().clone();
        change(&mut statutes);
        let petition = allowed(&mut hall.scribe, "8", &StatutesProposed { member: 8, statutes });
        let members = vec![1, 2, 3, 4, 5, 6, 7, 9, 10];
        allowed(&mut hall.scribe, SCRUTINEERS, &PetitionCounted { petition, members });
    };
    let mut none = hall.clone();
    change(&mut hall, &|statutes| statutes.articles.as_mut().unwrap().offices[2].seats = 1);
    hall.conclude(id);
    let seats = of(&hall.scribe).offices().seats("spokesperson");
    assert_eq!(seats.iter().map(|seat| seat.holding.as_ref().unwrap().member).collect::<Vec<_>>(), [9]);
    change(&mut none, &|statutes| {
        statutes.articles.as_mut().unwrap().offices.remove(2);
    });
    none.conclude(id);
    assert_eq!(none.phase(id), Phase::Ended);
}

#[test]
fn election_annulled_and_moved_to_paper() {
    let mut hall = hall(12, |_| {});
    let id = hall.call("spokesperson", 1);
    let annulled = |reason: &str| ElectionAnnulled { election: id, reason: reason.into() };
    let moved = |reason: &str| MovedToPaper { election: id, reason: reason.into() };
    refused(&hall.scribe, ASSEMBLY, &moved("Se perdió."), "election", "it stands at Called");
    hall.stand(id, 9);
    hall.stand(id, 10);
    hall.freeze(id);
    let s = &hall.scribe;
    for by in ["2 as chair", "1 as secretary, 2 as chair", SCRUTINEERS, "9", "6, 7, 8"] {
        refused(s, by, &annulled("Se perdió."), "entry-signers", "assembly");
        refused(s, by, &moved("Se perdió."), "entry-signers", "assembly");
    }
    for wrong in [" ", &"ñ".repeat(2001)] {
        refused(s, ASSEMBLY, &annulled(wrong), "entry-content", "2000 characters");
        refused(s, ASSEMBLY, &moved(wrong), "entry-content", "2000 characters");
    }
    let foreign = ElectionAnnulled { election: id + 1, reason: "No.".into() };
    refused(s, ASSEMBLY, &foreign, "election", "there is none");
    let mut over = hall.clone();
    allowed(&mut over.scribe, ASSEMBLY, &annulled("Se perdió."));
    refused(&over.scribe, ASSEMBLY, &annulled("Se perdió."), "election", "it stands at Ended");
    refused(&over.scribe, ASSEMBLY, &moved("Se perdió."), "election", "it stands at Ended");
    allowed(&mut hall.scribe, ASSEMBLY, &moved("Se perdió."));
    refused(&hall.scribe, ASSEMBLY, &moved("Se perdió."), "election", "it stands at OnPaper");
    // With a result it is too late.
    let (hall, id) = declared(1, &[9, 10], &[4, 2]);
    let annulled = ElectionAnnulled { election: id, reason: "No.".into() };
    refused(&hall.scribe, ASSEMBLY, &annulled, "election", "it stands at Declared");
    let moved = MovedToPaper { election: id, reason: "No.".into() };
    refused(&hall.scribe, ASSEMBLY, &moved, "election", "it stands at Declared");
}

fn blt(first: u32, second: u32) -> String {
    format!("2 1\n{first} 1 0\n{second} 2 0\n0\n\"Candidata 4\"\n\"Candidata 9\"\n")
}

#[test]
fn papers_counted() {
    let mut hall = hall(12, |_| {});
    let id = hall.opened("spokesperson", 1, &[4, 9], &ALL, &[]);
    let good = hall.papers(id, &blt(3, 4));
    let others = "3 as scrutineer, 5 as scrutineer";
    refused(&hall.scribe, others, &good, "election", "it stands at Open");
    allowed(&mut hall.scribe, ASSEMBLY, &MovedToPaper { election: id, reason: "Se perdió.".into() });
    for by in ["3 as scrutineer", ASSEMBLY, "3 as scrutineer, 5"] {
        refused(&hall.scribe, by, &good, "entry-signers", "two people");
    }
    refused(&hall.scribe, SCRUTINEERS, &good, "entry-signers", "member 4 stands in this election");
    let huge = "2 1\n400000000000 1 0\n400000000000 2 0\n0\n\"Candidata 4\"\n\"Candidata 9\"\n";
    for (text, words) in [
        (blt(9, 4), "they are 13, and 12 may vote"),
        (huge.to_owned(), "12 may vote"),
        (blt(3, 4).replace("2 1\n", "2 2\n"), "another number of seats"),
        (blt(3, 4).replace("Candidata 9", "Candidata 5"), "its candidates are not"),
        (blt(3, 4).replace("\"Candidata 4\"\n\"Candidata 9\"", "\"Candidata 9\"\n\"Candidata 4\""), "not"),
        (blt(3, 4).replace("2 1\n", "2 1\n-2\n"), ""),
        ("{}".into(), ""),
        (String::new(), ""),
    ] {
        let content = hall.papers(id, &text);
        refused(&hall.scribe, others, &content, "ballot", words);
    }
    let due = due_of(&hall, &Duty::CountPapers { election: id }).unwrap();
    assert_eq!(due.whom, [3, 5]);
    allowed(&mut hall.scribe, others, &good);
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
    refused(&hall.scribe, others, &good, "election", "it stands at Declared");
    hall.conclude(id);
}

/// A BLT file has no grades: where voters grade, papers are counted from CSV.
#[test]
fn graded_papers() {
    let mut hall = hall(24, |statutes: &mut Statutes| {
        let method = "majority-judgment".into();
        let office = &mut statutes.articles.as_mut().unwrap().offices[2];
        office.filling = council::Filling::Election { method, due_days: 30 };
    });
    let id = hall.call("spokesperson", 1);
    for member in [9, 10] {
        hall.stand(id, member);
    }
    hall.freeze(id);
    allowed(&mut hall.scribe, ASSEMBLY, &MovedToPaper { election: id, reason: "Se perdió.".into() });
    let text = blt(3, 4).replace("Candidata 9", "Candidata 10").replace("Candidata 4", "Candidata 9");
    let content = hall.papers(id, &text);
    refused(&hall.scribe, SCRUTINEERS, &content, "ballot", "");
    let content = hall.papers(id, ",Candidata 9,Candidata 10\n1,5,2\n2,5,3\n3,1,4\n");
    allowed(&mut hall.scribe, SCRUTINEERS, &content);
    // The larger grade is the better one, as in every such file.
    assert_eq!(hall.election(id).declared.unwrap().elected, [9]);
}
