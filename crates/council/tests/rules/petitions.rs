//! Petitions: other statutes by the signatures of as many members as those in force demand.

use council::kinds::petitions::{PetitionCounted, PetitionSigned, StatutesProposed};
use council::kinds::roll::{MemberEnrolled, MemberExcluded};
use council::kinds::{MemberAdmitted, MemberLeft};
use council::{OfficeArticle, Statutes};

use super::support::{after_days, allowed, council, keys, of, refused, scribe::Scribe};

fn proposed(scribe: &Scribe, member: u32, change: impl FnOnce(&mut Statutes)) -> StatutesProposed {
    let mut statutes = scribe.state.statutes().unwrap().clone();
    change(&mut statutes);
    StatutesProposed { member, statutes }
}

fn signed(petition: u64, member: u32) -> PetitionSigned {
    PetitionSigned { petition, member }
}

fn counted(petition: u64, members: &[u32]) -> PetitionCounted {
    PetitionCounted { petition, members: members.to_vec() }
}

fn acting_days(scribe: &Scribe) -> u32 {
    scribe.state.statutes().unwrap().articles.as_ref().unwrap().acting_days
}

const SCRUTINEERS: &str = "3 as scrutineer, 4 as scrutineer";

#[test]
fn statutes_change_when_enough_members_have_signed() {
    let mut scribe = council();
    let change = |statutes: &mut Statutes| statutes.articles.as_mut().unwrap().acting_days = 45;
    let content = proposed(&scribe, 5, change);
    refused(&scribe, "6", &content, "entry-signers", "member 5 signs it");
    refused(&scribe, "1 as secretary", &proposed(&scribe, 1, change), "entry-signers", "member 1 signs it");
    refused(&scribe, "5", &proposed(&scribe, 5, |_| {}), "statutes", "those in force");
    refused(
        &scribe,
        "5",
        &proposed(&scribe, 5, |statutes| statutes.articles = None),
        "statutes",
        "no articles",
    );
    refused(
        &scribe,
        "5",
        &proposed(&scribe, 5, |statutes| statutes.after_days = 0),
        "statutes",
        "after_days",
    );
    let petition = allowed(&mut scribe, "5", &content);
    // 67 of 100 of eight: six.
    assert_eq!(
        of(&scribe).petitions().map(|(entry, open)| (entry, open.needed)).collect::<Vec<_>>(),
        [(petition, 6)]
    );
    refused(&scribe, "5", &signed(petition, 5), "petition", "already");
    refused(&scribe, "6", &signed(petition, 7), "entry-signers", "member 7 signs it");
    refused(&scribe, "6", &signed(petition + 1, 6), "petition", "not open");
    allowed(&mut scribe, "6", &signed(petition, 6));
    allowed(&mut scribe, "7", &signed(petition, 7));
    refused(&scribe, "3 as scrutineer", &counted(petition, &[1]), "entry-signers", "two people");
    refused(
        &scribe,
        "3 as scrutineer, 1 as secretary",
        &counted(petition, &[1]),
        "entry-signers",
        "two people",
    );
    refused(&scribe, SCRUTINEERS, &counted(petition, &[2, 1]), "petition", "do not ascend");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[1, 1]), "petition", "do not ascend");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[]), "petition", "there is none");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[77]), "standing", "not on the roll");
    // Who signed on paper, too, counts once.
    allowed(&mut scribe, SCRUTINEERS, &counted(petition, &[1, 6, 7]));
    assert_eq!(acting_days(&scribe), 60);
    allowed(&mut scribe, "8", &signed(petition, 8));
    assert_eq!(acting_days(&scribe), 60, "five of six");
    allowed(&mut scribe, "2", &signed(petition, 2));
    assert_eq!(acting_days(&scribe), 45);
    refused(&scribe, "3", &signed(petition, 3), "petition", "not open");
}

#[test]
fn only_members_with_a_vote_sign_and_only_in_time() {
    let mut scribe = council();
    let change = |statutes: &mut Statutes| statutes.after_days = 20;
    let content = proposed(&scribe, 5, change);
    let petition = allowed(&mut scribe, "5", &content);
    let key = keys::member(9).public().base64();
    allowed(&mut scribe, "1 as secretary, 9", &MemberAdmitted { member: 9, key });
    refused(&scribe, "9", &signed(petition, 9), "standing", "no vote");
    refused(&scribe, "9", &proposed(&scribe, 9, change), "standing", "no vote");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[8, 9]), "standing", "no vote");
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 10 });
    after_days(&mut scribe, 7);
    allowed(&mut scribe, "9", &signed(petition, 9));
    // For one without a device the scrutineers sign.
    allowed(&mut scribe, SCRUTINEERS, &signed(petition, 10));
    refused(&scribe, SCRUTINEERS, &signed(petition, 7), "entry-signers", "member 7 signs it");
    after_days(&mut scribe, 23);
    refused(&scribe, "7", &signed(petition, 7), "petition", "could be signed until");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[7]), "petition", "could be signed until");
    // It is forgotten when another begins.
    let second = allowed(&mut scribe, "5", &content);
    assert_eq!(of(&scribe).petitions().map(|(entry, _)| entry).collect::<Vec<_>>(), [second]);
}

#[test]
fn signatures_of_those_who_go_do_not_count() {
    let mut scribe = council();
    let content = proposed(&scribe, 5, |statutes| statutes.after_days = 20);
    let petition = allowed(&mut scribe, "5", &content);
    for member in [6, 7, 8, 1] {
        allowed(&mut scribe, &member.to_string(), &signed(petition, member));
    }
    allowed(&mut scribe, "8", &MemberLeft { member: 8 });
    let excluded = MemberExcluded { member: 7, reason: "Acuerdo de la junta.".into() };
    allowed(&mut scribe, "1 as secretary, 2 as chair", &excluded);
    refused(&scribe, "7", &signed(petition, 7), "standing", "excluded");
    allowed(&mut scribe, "2", &signed(petition, 2));
    assert_eq!(scribe.state.statutes().unwrap().after_days, 30);
    allowed(&mut scribe, "3", &signed(petition, 3));
    allowed(&mut scribe, "4", &signed(petition, 4));
    assert_eq!(scribe.state.statutes().unwrap().after_days, 20);
}

#[test]
fn nobody_floods_the_council_with_petitions() {
    let mut scribe = council();
    for days in [20, 21, 22] {
        let content = proposed(&scribe, 5, |statutes| statutes.after_days = days);
        allowed(&mut scribe, "5", &content);
    }
    let content = proposed(&scribe, 5, |statutes| statutes.after_days = 23);
    refused(&scribe, "5", &content, "petition", "are open");
    let content = proposed(&scribe, 6, |statutes| statutes.after_days = 23);
    allowed(&mut scribe, "6", &content);
    after_days(&mut scribe, 30);
    let content = proposed(&scribe, 5, |statutes| statutes.after_days = 23);
    allowed(&mut scribe, "5", &content);
}

/// New statutes bring seats and take them away; whoever holds one keeps it until the term is over.
#[test]
fn offices_follow_the_statutes() {
    let mut scribe = council();
    let everybody = |scribe: &mut Scribe, content: &StatutesProposed| {
        let petition = allowed(scribe, "5", content);
        allowed(scribe, SCRUTINEERS, &counted(petition, &[1, 2, 3, 4, 6, 7, 8]));
    };
    let content = proposed(&scribe, 5, |statutes| {
        let articles = statutes.articles.as_mut().unwrap();
        articles.offices[3].seats = 1;
        let treasurer =
            OfficeArticle { office: "treasurer".into(), powers: vec![], ..articles.offices[1].clone() };
        articles.offices[2] = treasurer;
    });
    everybody(&mut scribe, &content);
    assert_eq!(of(&scribe).offices().seats("scrutineer").len(), 2, "both are held");
    assert_eq!(of(&scribe).offices().seats("treasurer").len(), 1);
    assert_eq!(of(&scribe).offices().seats("spokesperson").len(), 0);
    after_days(&mut scribe, 366);
    let content = proposed(&scribe, 5, |statutes| statutes.after_days = 29);
    everybody(&mut scribe, &content);
    assert_eq!(of(&scribe).offices().seats("scrutineer").len(), 1);
}
