//! Recall, the vote.

use council::elections::{Ending, Phase};
use council::kinds::elections::*;
use council::kinds::offices::OfficeResigned;
use council::kinds::recall::RecallPetitioned;
use council::{Duty, due};

use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, hall};
use super::support::{DAY, after_days, allowed, of, refused};

/// The largest number that an entry can hold.
const MOST: u64 = (1 << 53) - 1;

/// Sixty-one days after the founding; half a year later the chair's term still goes on.
fn council() -> Hall {
    let mut hall = hall(12, |_| {});
    after_days(&mut hall.scribe, 61);
    hall
}

fn holder(hall: &Hall, office: &str) -> Option<u32> {
    Some(of(&hall.scribe).offices().seats(office)[0].holding.as_ref()?.member)
}

fn is_due(hall: &Hall, what: &Duty) -> bool {
    due(&hall.scribe.state, hall.scribe.time).iter().any(|due| due.what == *what)
}

fn hold_recall(entry: u64, anybody: bool) -> Duty {
    Duty::HoldRecall { office: "chair".into(), member: 2, entry, anybody }
}

/// From the close to the result.
fn decided(hall: &mut Hall, id: u64) {
    hall.close(id);
    for trustee in [6, 8] {
        hall.decrypt(id, trustee);
    }
    hall.declare(id);
}

fn asked() -> RecallPetitioned {
    RecallPetitioned { member: 9, office: "chair".into(), holder: 2, reason: "Otra vez.".into() }
}

#[test]
fn it_succeeds() {
    let mut hall = council();
    let petition = hall.petition("chair", 2);
    assert!(is_due(&hall, &hold_recall(petition, false)));
    let id = hall.recall(petition, [4, 3]);
    assert!(!is_due(&hall, &hold_recall(petition, false)), "it is called");
    let office = "chair".to_owned();
    assert!(!is_due(&hall, &Duty::HoldElection { office: office.clone(), seats: 1 }));
    decided(&mut hall, id);
    assert_eq!((holder(&hall, "chair"), hall.phase(id)), (None, Phase::Ended));
    assert_eq!(hall.election(id).declared.unwrap().recall, Some((4, 3)));
    assert!(matches!(hall.election(id).ended, Some(Ending::Concluded { .. })));
    assert!(is_due(&hall, &Duty::HoldElection { office, seats: 1 }));
    let again = hall.call_for_recall(petition);
    refused(&hall.scribe, KEEPER, &again, "recall", "none whose vote is due");
    let dispute = ResultDisputed { election: id, member: 5, reason: "No.".into() };
    refused(&hall.scribe, "5", &dispute, "election", "it stands at Ended");
    refused(&hall.scribe, KEEPER, &ElectionConcluded { election: id }, "election", "it stands at Ended");
    assert!(hall.audit(id).report.holds());
}

#[test]
fn it_fails_and_a_tie_keeps() {
    for votes in [[3, 4], [3, 3]] {
        let mut hall = council();
        let petition = hall.petition("chair", 2);
        let id = hall.recall(petition, votes);
        decided(&mut hall, id);
        assert_eq!((holder(&hall, "chair"), of(&hall.scribe).recalls().count()), (Some(2), 0));
        let until = of(&hall.scribe).kept()[0].until;
        assert_eq!(until, hall.scribe.time + 180 * DAY);
        refused(&hall.scribe, "9", &asked(), "recall", "");
        hall.scribe.time = until - 61;
        refused(&hall.scribe, "9", &asked(), "recall", "");
        hall.scribe.time += 1;
        allowed(&mut hall.scribe, "9", &asked());
    }
}

#[test]
fn who_calls_it() {
    let mut hall = council();
    let petition = hall.petition("chair", 2);
    let reached = hall.scribe.time;
    let call = hall.call_for_recall(petition);
    let s = &hall.scribe;
    for by in ["9", "3 as scrutineer", "9, 10"] {
        refused(s, by, &call, "entry-signers", "`minutes` or `presiding`");
    }
    let unknown = hall.call_for_recall(petition + 1);
    refused(s, KEEPER, &unknown, "recall", "none whose vote is due");
    // Whoever calls it cannot put it off.
    for nominate_until in [s.time + 61, s.time + 366 * DAY, MOST] {
        let put_off = ElectionCalled { nominate_until, ..call.clone() };
        refused(s, KEEPER, &put_off, "election", "in a recall nobody stands");
    }
    let mut late = hall.clone();
    late.scribe.time = reached + 30 * DAY - 61;
    refused(&late.scribe, "9", &call, "entry-signers", "");
    late.scribe.time += 1;
    late.scribe.admit(13);
    refused(&late.scribe, "13", &call, "standing", "no vote");
    assert!(is_due(&late, &hold_recall(petition, true)));
    allowed(&mut late.scribe, "9", &call);
    let called = allowed(&mut hall.scribe, KEEPER, &call);
    refused(&hall.scribe, "1 as secretary", &hall.call_for_recall(petition), "recall", "called already");
    let stands = CandidateNominated { election: called, by: 9, member: 9 };
    refused(&hall.scribe, "9", &stands, "election", "nobody stands in a recall");
    let accepts = CandidateAccepted { election: called, member: 9, name: "Ana".into() };
    refused(&hall.scribe, "9", &accepts, "election", "");
    // Nor can whoever freezes the roll or opens the box.
    let freeze = |days: u64| RollFrozen { election: called, enrol_until: hall.scribe.time + 60 + days * DAY };
    refused(&hall.scribe, KEEPER, &freeze(31), "election", "is not between");
    let mut most = hall.clone();
    allowed(&mut most.scribe, KEEPER, &freeze(30));
    hall.freeze(called);
    hall.list_credentials(called, &[1, 2, 3, 4, 5], &[]);
    let opening = hall.opening(called);
    let put_off = ElectionOpened { until: hall.scribe.time + 61 + 30 * DAY, ..opening.clone() };
    refused(&hall.scribe, KEEPER, &put_off, "election", "is not between");
    allowed(&mut hall.scribe, KEEPER, &opening);
    // Where nobody but the holder keeps the minutes, any member calls it at once.
    let mut hall = council();
    let petition = hall.petition("secretary", 1);
    let call = hall.call_for_recall(petition);
    allowed(&mut hall.scribe, "9", &call);
}

#[test]
fn the_holder_resigns_meanwhile() {
    let mut hall = council();
    let petition = hall.petition("chair", 2);
    let other = hall.call("spokesperson", 1);
    let id = hall.recall(petition, [4, 1]);
    allowed(&mut hall.scribe, "2", &OfficeResigned { office: "chair".into(), member: 2 });
    assert!(matches!(hall.election(id).ended, Some(Ending::Annulled { .. })));
    assert_eq!(hall.phase(other), Phase::Called);
    let holders = ["secretary", "scrutineer"].map(|office| holder(&hall, office));
    assert_eq!(holders, [Some(1), Some(3)]);
    let blob = hall.blob(b"{}");
    let close = ElectionClosed { election: id, tally: blob };
    refused(&hall.scribe, KEEPER, &close, "election", "it stands at Ended");
}

#[test]
fn with_too_few_ballots_it_is_due_again() {
    let mut hall = council();
    let petition = hall.petition("chair", 2);
    let id = hall.recall(petition, [3, 1]);
    hall.close(id);
    assert!(matches!(hall.election(id).ended, Some(Ending::TooFewBallots { .. })));
    assert_eq!(holder(&hall, "chair"), Some(2));
    assert!(is_due(&hall, &hold_recall(petition, false)));
    let id = hall.recall(petition, [5, 1]);
    decided(&mut hall, id);
    assert_eq!(holder(&hall, "chair"), None);
}

#[test]
fn on_paper_and_nobody_judges_their_own() {
    let mut hall = council();
    let petition = hall.petition("chair", 2);
    let id = hall.recall(petition, [3, 3]);
    let moved = MovedToPaper { election: id, reason: "Se perdieron dos claves.".into() };
    let annulled = ElectionAnnulled { election: id, reason: "No hace falta.".into() };
    refused(&hall.scribe, ASSEMBLY, &annulled, "election", "is held");
    // The chair does not sign for the assembly on their own recall.
    refused(&hall.scribe, ASSEMBLY, &moved, "entry-signers", "member 2 may be recalled");
    refused(&hall.scribe, "3 as scrutineer, 1 as secretary", &moved, "entry-signers", "assembly");
    allowed(&mut hall.scribe, SCRUTINEERS, &moved);
    refused(&hall.scribe, ASSEMBLY, &annulled, "election", "is held");
    let paper = |recall: u32, keep: u32| format!("2 1\n{recall} 1 0\n{keep} 2 0\n0\n\"recall\"\n\"keep\"\n");
    let turned = hall.papers(id, &paper(4, 3).replace("\"recall\"\n\"keep\"", "\"keep\"\n\"recall\""));
    refused(&hall.scribe, SCRUTINEERS, &turned, "ballot", "its candidates are not recall, keep");
    let many = hall.papers(id, &paper(7, 6));
    refused(&hall.scribe, SCRUTINEERS, &many, "ballot", "12 may vote");
    let mut tie = hall.clone();
    let content = tie.papers(id, &paper(3, 3));
    allowed(&mut tie.scribe, SCRUTINEERS, &content);
    assert_eq!((holder(&tie, "chair"), of(&tie.scribe).kept().len()), (Some(2), 1));
    let content = hall.papers(id, &paper(4, 3));
    allowed(&mut hall.scribe, SCRUTINEERS, &content);
    assert_eq!((holder(&hall, "chair"), hall.phase(id)), (None, Phase::Ended));
    // A scrutineer whom it is about neither lists the credentials nor counts.
    let mut hall = council();
    let petition = hall.petition("scrutineer", 3);
    let content = hall.call_for_recall(petition);
    let id = allowed(&mut hall.scribe, KEEPER, &content);
    hall.freeze(id);
    hall.scribe.time = hall.election(id).frozen.unwrap().enrol_until;
    let lists = hall.lists(id, &[1, 2, 3, 4, 5, 6], &[]);
    refused(&hall.scribe, SCRUTINEERS, &lists, "entry-signers", "member 3 may be recalled");
    let moved = MovedToPaper { election: id, reason: "Se perdieron dos claves.".into() };
    refused(&hall.scribe, SCRUTINEERS, &moved, "entry-signers", "member 3 may be recalled");
    allowed(&mut hall.scribe, "4 as scrutineer, 5 as scrutineer", &lists);
    allowed(&mut hall.scribe, ASSEMBLY, &moved);
    let content = hall.papers(id, &paper(4, 3));
    refused(&hall.scribe, SCRUTINEERS, &content, "entry-signers", "member 3 may be recalled");
    allowed(&mut hall.scribe, "4 as scrutineer, 5 as scrutineer", &content);
    assert_eq!(holder(&hall, "scrutineer"), None);
}
