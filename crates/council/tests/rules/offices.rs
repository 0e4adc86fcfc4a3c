//! Who holds which office until when: terms, appointments, resignations, standing in.

use council::kinds::offices::{ActingNamed, AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use council::kinds::roll::MemberExcluded;
use council::kinds::{MemberAdmitted, MemberLeft, RemarkMade};
use council::{Filling, Holding, Tenure};

use super::support::{
    DAY, after_days, allowed, council, council_with, founding, keys, of, refused,
    scribe::{FOUNDED_AT, Scribe, founding_text},
};

fn scrutineer(member: u32) -> OfficeAppointed {
    OfficeAppointed { office: "scrutineer".into(), member }
}

fn confirmed(appointment: u64) -> AppointmentConfirmed {
    AppointmentConfirmed { appointment, confirmed: true }
}

fn resigned(office: &str, member: u32) -> OfficeResigned {
    OfficeResigned { office: office.into(), member }
}

fn acting(office: &str, member: u32) -> ActingNamed {
    ActingNamed { office: office.into(), member }
}

fn holders(scribe: &Scribe, office: &str) -> Vec<u32> {
    let seats = of(scribe).offices().seats(office).iter();
    seats.filter_map(|seat| seat.holding.as_ref()).map(|holding| holding.member).collect()
}

fn signers(scribe: &Scribe, office: &str) -> Vec<(u32, Tenure)> {
    let days = scribe.state.statutes().unwrap().articles.as_ref().unwrap().acting_days;
    of(scribe).offices().seats(office).iter().flat_map(|seat| seat.signers(scribe.time, days)).collect()
}

fn remark() -> RemarkMade {
    RemarkMade { text: "Hola.".into(), blobs: None, body: None }
}

#[test]
fn the_founding_fills_the_first_seats() {
    let scribe = council();
    let held = of(&scribe).offices().seats("secretary")[0].holding.clone();
    let until = FOUNDED_AT + 365 * DAY;
    assert_eq!(held, Some(Holding { member: 1, since: FOUNDED_AT, until, term: 1, entry: 0 }));
    assert_eq!(holders(&scribe, "scrutineer"), [3, 4]);
    assert_eq!(of(&scribe).offices().seats("scrutineer").len(), 3);
    assert!(holders(&scribe, "spokesperson").is_empty());
}

#[test]
fn a_founding_names_no_office_that_the_statutes_have_not() {
    let found = |change: &dyn Fn(&mut council::kinds::CouncilFounded)| {
        let mut content = founding();
        change(&mut content);
        let text = founding_text(&content);
        let mut scribe = Scribe::before(book::id::BookId::of_founding(&text.write()), &[]);
        let note = scribe.note(&text);
        let bytes = scribe.countersign(note);
        match scribe.append(bytes).unwrap() {
            council::Verdict::Applied(_) => None,
            council::Verdict::Void(refusal) => Some(refusal.to_string()),
        }
    };
    assert_eq!(found(&|_| {}), None);
    let refused = |change: &dyn Fn(&mut council::kinds::CouncilFounded), words: &str| {
        let why = found(change).unwrap();
        assert!(why.contains(words), "{why}");
    };
    refused(&|content| content.founders[4].office = Some("king".into()), "no office of the statutes");
    refused(&|content| content.founders[4].office = Some("secretary".into()), "fewer seats");
    refused(&|content| content.statutes.articles = None, "have no articles");
    refused(&|content| content.rules = 1, "have articles");
    let articles = |change: &dyn Fn(&mut council::Articles), words: &str| {
        refused(&|content| change(content.statutes.articles.as_mut().unwrap()), words);
    };
    articles(&|articles| articles.offices.clear(), "there is no office");
    articles(&|articles| articles.offices[0].seats = 0, "no seat");
    articles(&|articles| articles.offices[0].term_days = 0, "days is out of bounds");
    articles(&|articles| articles.offices[1].office = "secretary".into(), "twice");
    articles(&|articles| articles.offices[1].office = "Señora".into(), "no word");
    articles(&|articles| articles.offices[0].powers.reverse(), "not in their order");
    articles(&|articles| articles.offices[1].powers.clear(), "nobody keeps the roll, presides");
    articles(&|articles| articles.roll.vouchers = 17, "vouchers");
    articles(&|articles| articles.roll.appeal_days = 0, "days is out of bounds");
    articles(&|articles| articles.amendment.percent = 101, "percent");
    articles(&|articles| articles.acting_days = 4000, "days is out of bounds");
    let late = Filling::Election { method: "approval".into(), due_days: 365 };
    articles(&|articles| articles.offices[0].filling = late.clone(), "before the term begins");
    let own = Filling::Appointment { by: "scrutineer".into(), confirmed_by: None };
    articles(&|articles| articles.offices[3].filling = own.clone(), "or by itself");
}

#[test]
fn an_appointment_is_accepted_and_confirmed() {
    let mut scribe = council();
    refused(&scribe, "1 as secretary", &scrutineer(5), "entry-signers", "by <n> as secretary, 5");
    refused(&scribe, "2 as chair, 5", &scrutineer(5), "entry-signers", "by <n> as secretary, 5");
    refused(&scribe, "1 as secretary, 6", &scrutineer(5), "entry-signers", "by <n> as secretary, 5");
    refused(&scribe, "1 as secretary, 3", &scrutineer(3), "office", "holds it already");
    let chair = OfficeAppointed { office: "chair".into(), member: 5 };
    refused(&scribe, "1 as secretary, 5", &chair, "office", "by election");
    let king = OfficeAppointed { office: "king".into(), member: 5 };
    refused(&scribe, "1 as secretary, 5", &king, "office", "no such office");
    let number = allowed(&mut scribe, "1 as secretary, 5", &scrutineer(5));
    assert_eq!(holders(&scribe, "scrutineer"), [3, 4], "not yet");
    refused(&scribe, "5 as scrutineer", &remark(), "entry-capacity", "is held by member");
    refused(&scribe, "1 as secretary, 5", &scrutineer(5), "office", "waits for confirmation");
    refused(&scribe, "1 as secretary", &confirmed(number), "entry-signers", "holds the office chair");
    refused(&scribe, "2", &confirmed(number), "entry-signers", "holds the office chair");
    refused(&scribe, "2 as chair, 1 as secretary", &confirmed(number), "entry-signers", "exactly one");
    refused(&scribe, "2 as chair", &confirmed(number + 1), "office", "no appointment");
    let other = allowed(&mut scribe, "1 as secretary, 6", &scrutineer(6));
    allowed(&mut scribe, "2 as chair", &AppointmentConfirmed { appointment: other, confirmed: false });
    refused(&scribe, "2 as chair", &confirmed(other), "office", "no appointment");
    let third = allowed(&mut scribe, "1 as secretary, 7", &scrutineer(7));
    allowed(&mut scribe, "2 as chair", &confirmed(number));
    assert_eq!(holders(&scribe, "scrutineer"), [3, 4, 5]);
    refused(&scribe, "2 as chair", &confirmed(number), "office", "no appointment");
    refused(&scribe, "2 as chair", &confirmed(third), "office", "every seat");
    refused(&scribe, "1 as secretary, 8", &scrutineer(8), "office", "every seat");
    // The chair does not confirm their own.
    allowed(&mut scribe, "5", &resigned("scrutineer", 5));
    let own = allowed(&mut scribe, "1 as secretary, 2", &scrutineer(2));
    refused(&scribe, "2 as chair", &confirmed(own), "entry-signers", "nor is appointed");
    // Nobody is seated who left while the appointment waited.
    allowed(&mut scribe, "7", &MemberLeft { member: 7 });
    refused(&scribe, "2 as chair", &confirmed(third), "office", "no appointment");
}

#[test]
fn without_confirmation_an_appointment_fills_the_seat_at_once() {
    let mut scribe = council_with(|statutes| {
        let articles = statutes.articles.as_mut().unwrap();
        articles.offices[3].filling = Filling::Appointment { by: "secretary".into(), confirmed_by: None };
    });
    let number = allowed(&mut scribe, "1 as secretary, 5", &scrutineer(5));
    assert_eq!(holders(&scribe, "scrutineer"), [3, 4, 5]);
    refused(&scribe, "2 as chair", &confirmed(number), "office", "no appointment");
}

#[test]
fn only_those_with_a_vote_hold_an_office() {
    let mut scribe = council();
    let key = keys::member(9).public().base64();
    allowed(&mut scribe, "1 as secretary, 9", &MemberAdmitted { member: 9, key });
    refused(&scribe, "1 as secretary, 9", &scrutineer(9), "standing", "no vote");
    after_days(&mut scribe, 7);
    allowed(&mut scribe, "1 as secretary, 9", &scrutineer(9));
}

#[test]
fn a_term_ends_and_its_holder_acts_on_for_a_while() {
    let mut scribe = council();
    after_days(&mut scribe, 365);
    assert_eq!(signers(&scribe, "secretary"), [(1, Tenure::Overdue)]);
    allowed(&mut scribe, "1 as secretary", &remark());
    after_days(&mut scribe, 60);
    assert_eq!(signers(&scribe, "secretary"), []);
    refused(&scribe, "1 as secretary", &remark(), "entry-capacity", "nobody holds");
    allowed(&mut scribe, "1", &remark());
}

#[test]
fn the_assembly_names_somebody_who_stands_in() {
    let mut scribe = council();
    let assembly = "2 as chair, 1 as secretary";
    refused(&scribe, assembly, &acting("chair", 5), "office", "every seat");
    refused(&scribe, assembly, &acting("king", 5), "office", "no such office");
    refused(&scribe, assembly, &acting("spokesperson", 77), "standing", "not on the roll");
    refused(&scribe, "1 as secretary", &acting("spokesperson", 5), "entry-signers", "by two");
    refused(&scribe, "5, 6", &acting("spokesperson", 5), "entry-signers", "by two");
    allowed(&mut scribe, assembly, &acting("spokesperson", 5));
    refused(&scribe, assembly, &acting("spokesperson", 5), "office", "already");
    assert_eq!(signers(&scribe, "spokesperson"), [(5, Tenure::Acting)]);
    assert!(holders(&scribe, "spokesperson").is_empty(), "standing in is not holding");
    allowed(&mut scribe, "5 as spokesperson", &remark());
    after_days(&mut scribe, 60);
    refused(&scribe, "5 as spokesperson", &remark(), "entry-capacity", "nobody holds");
    // When a term is over, whoever stands in takes the place of whoever acted on.
    after_days(&mut scribe, 310);
    allowed(&mut scribe, assembly, &acting("chair", 6));
    refused(&scribe, "2 as chair", &remark(), "entry-capacity", "is held by member 6");
    allowed(&mut scribe, "6 as chair", &remark());
    allowed(&mut scribe, "6", &resigned("chair", 6));
    refused(&scribe, "6 as chair", &remark(), "entry-capacity", "is held by member 2");
}

#[test]
fn an_office_is_given_up_and_vacant_at_once() {
    let mut scribe = council();
    refused(&scribe, "1", &resigned("secretary", 2), "entry-signers", "member 2 signs it");
    refused(&scribe, "5", &resigned("secretary", 5), "office", "does not hold");
    refused(&scribe, "1", &resigned("king", 1), "office", "no such office");
    allowed(&mut scribe, "1", &resigned("secretary", 1));
    assert_eq!(signers(&scribe, "secretary"), []);
    refused(&scribe, "1", &resigned("secretary", 1), "office", "does not hold");
    refused(&scribe, "1 as secretary", &remark(), "entry-capacity", "nobody holds");
    // Whoever leaves or is excluded holds nothing any more.
    allowed(&mut scribe, "3", &MemberLeft { member: 3 });
    assert_eq!(holders(&scribe, "scrutineer"), [4]);
}

#[test]
fn exclusion_vacates_every_office() {
    let mut scribe = council();
    let excluded = MemberExcluded { member: 3, reason: "Acuerdo de la junta.".into() };
    allowed(&mut scribe, "1 as secretary, 2 as chair", &excluded);
    assert_eq!(holders(&scribe, "scrutineer"), [4]);
}

/// Two terms in a row at most: a third is refused, and possible after a pause as long as a term.
#[test]
fn terms_in_a_row_are_counted() {
    let mut scribe = council_with(|statutes| {
        let articles = statutes.articles.as_mut().unwrap();
        articles.offices[3].terms = 2;
        articles.offices[3].term_days = 100;
        articles.acting_days = 3660;
        for office in &mut articles.offices {
            if office.office != "scrutineer" {
                office.term_days = 3660;
            }
        }
    });
    let appoint = |scribe: &mut Scribe, member: u32| {
        let number = allowed(scribe, &format!("1 as secretary, {member}"), &scrutineer(member));
        allowed(scribe, "2 as chair", &confirmed(number));
    };
    after_days(&mut scribe, 100);
    appoint(&mut scribe, 3);
    let held = |scribe: &Scribe, member: u32| {
        let seats = of(scribe).offices().seats("scrutineer").iter();
        seats.filter_map(|seat| seat.holding.clone()).find(|holding| holding.member == member)
    };
    assert_eq!(held(&scribe, 3).unwrap().term, 2);
    after_days(&mut scribe, 101);
    refused(&scribe, "1 as secretary, 3", &scrutineer(3), "office", "the 3th term in a row");
    // Giving it up in between does not break the row.
    allowed(&mut scribe, "3", &resigned("scrutineer", 3));
    refused(&scribe, "1 as secretary, 3", &scrutineer(3), "office", "in a row");
    after_days(&mut scribe, 100);
    appoint(&mut scribe, 3);
    assert_eq!(held(&scribe, 3).unwrap().term, 1);
}
