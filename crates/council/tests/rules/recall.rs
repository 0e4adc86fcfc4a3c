//! Recall: petitions, open and secret, until the vote is due; the holder's answer; what ends it before.

use book::hash::Hash;
use council::export::icalendar;
use council::kinds::offices::{ActingNamed, OfficeAppointed, OfficeResigned};
use council::kinds::petitions::{PetitionCounted, PetitionSigned, StatutesProposed};
use council::kinds::recall::{HolderStated, PetitionTallied, RecallPetitioned};
use council::kinds::roll::{AppealDecided, ExclusionAppealed, MemberEnrolled, MemberExcluded};
use council::kinds::{BodyErased, MemberAdmitted, MemberLeft};
use council::{Due, Duty, Effect, Filling, Petition, Purpose, Recall, RecallArticle, State, Statutes, due};

use super::support::{
    DAY, after_days, allowed, council_with, effects_of, founding, keys, of, refused,
    scribe::{FOUNDED_AT, Scribe},
};

const SCRUTINEERS: &str = "3 as scrutineer, 4 as scrutineer";
const ASSEMBLY: &str = "2 as chair, 1 as secretary";
const BOTH: &str = "1 as secretary, 2 as chair";

/// Half of eight sign within thirty days; sixty days of grace; the vote within thirty; the chair's term is of a year.
fn article(secret: bool) -> RecallArticle {
    RecallArticle { percent: 50, days: 30, cooldown_days: 180, grace_days: 60, secret, vote_days: 30 }
}

fn with(statutes: &mut Statutes, recall: Option<RecallArticle>) {
    statutes.articles.as_mut().unwrap().recall = recall;
}

/// Sixty-one days after the founding.
fn council(secret: bool) -> Scribe {
    let mut scribe = council_with(|statutes| with(statutes, Some(article(secret))));
    after_days(&mut scribe, 61);
    scribe
}

fn asked(member: u32, office: &str, holder: u32) -> RecallPetitioned {
    let reason = "Lleva tres meses sin convocar la asamblea.".into();
    RecallPetitioned { member, office: office.into(), holder, reason }
}

/// Of the chair, member 2.
fn of_chair(member: u32) -> RecallPetitioned {
    asked(member, "chair", 2)
}

fn signed(petition: u64, member: u32) -> PetitionSigned {
    PetitionSigned { petition, member }
}

fn counted(petition: u64, members: &[u32]) -> PetitionCounted {
    PetitionCounted { petition, members: members.to_vec() }
}

fn tallied(petition: u64, signatures: u64) -> PetitionTallied {
    let list = Hash::of(&signatures.to_be_bytes()).hex();
    PetitionTallied { petition, signatures, list }
}

fn stated(recall: u64, member: u32) -> HolderStated {
    HolderStated { recall, member, text: "La convoqué dos veces, y dos veces faltó el local.".into() }
}

fn petitions(scribe: &Scribe) -> Vec<(u64, Petition)> {
    of(scribe).petitions().map(|(entry, petition)| (entry, petition.clone())).collect()
}

fn recalls(scribe: &Scribe) -> Vec<(u64, Recall)> {
    of(scribe).recalls().map(|(entry, recall)| (entry, recall.clone())).collect()
}

fn recall_due(scribe: &Scribe) -> Option<Due> {
    due(&scribe.state, scribe.time).into_iter().find(|due| matches!(due.what, Duty::HoldRecall { .. }))
}

/// A petition that half have signed: the vote is due.
fn reached(scribe: &mut Scribe) -> u64 {
    let petition = allowed(scribe, "5", &of_chair(5));
    allowed(scribe, SCRUTINEERS, &counted(petition, &[6, 7, 8]));
    assert_eq!(recalls(scribe).len(), 1);
    petition
}

/// A snapshot gives back the whole state.
fn restores(scribe: &Scribe) {
    let entry = |number: u64| {
        let bytes = scribe.entries.get(number as usize)?;
        Some((book::merkle::leaf(bytes), book::entry::text_hash_of(bytes)))
    };
    let snapshot = scribe.state.to_snapshot();
    let state = State::from_snapshot(&snapshot, scribe.book(), &scribe.state.digest(), entry).unwrap();
    assert_eq!(state.council(), scribe.state.council());
}

#[test]
fn a_petition_by_name_makes_the_vote_due() {
    let mut scribe = council(false);
    refused(&scribe, "6", &of_chair(5), "entry-signers", "member 5 signs it");
    refused(&scribe, "1 as secretary", &of_chair(1), "entry-signers", "member 1 signs it");
    refused(&scribe, SCRUTINEERS, &of_chair(5), "entry-signers", "member 5 signs it");
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    let (entry, open) = petitions(&scribe).remove(0);
    assert_eq!((entry, open.needed, open.count(), open.until), (petition, 4, 1, scribe.time + 30 * DAY));
    assert!(matches!(open.purpose, Purpose::Recall(asked)
        if (asked.office.as_str(), asked.holder, asked.holding, asked.secret) == ("chair", 2, 0, false)));
    restores(&scribe);
    refused(&scribe, "5", &signed(petition, 5), "petition", "already");
    refused(&scribe, "6", &signed(petition, 7), "entry-signers", "member 7 signs it");
    refused(&scribe, "6", &signed(petition + 1, 6), "petition", "not open");
    allowed(&mut scribe, "6", &signed(petition, 6));
    // The holder's own signature counts, as anybody's does.
    allowed(&mut scribe, "2", &signed(petition, 2));
    assert_eq!(recall_due(&scribe), None);
    let (effects, _) = effects_of(&scribe, "7", &signed(petition, 7));
    let at = scribe.time + 60;
    let expected =
        [Effect::RecallDue { office: "chair".into(), member: 2 }, Effect::Wake { at: at + 30 * DAY }];
    assert_eq!(effects, expected);
    allowed(&mut scribe, "7", &signed(petition, 7));
    assert_eq!(petitions(&scribe), []);
    let (entry, recall) = recalls(&scribe).remove(0);
    assert_eq!((entry, recall.reached, recall.called), (petition, at, None));
    assert_eq!((recall.asked.office.as_str(), recall.asked.holder), ("chair", 2));
    assert_eq!(of(&scribe).offices().seats("chair")[0].holding.as_ref().unwrap().member, 2, "until the vote");
    restores(&scribe);
    // Nobody signs, or asks, any more.
    refused(&scribe, "8", &signed(petition, 8), "petition", "not open");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[8]), "petition", "not open");
    refused(&scribe, "8", &of_chair(8), "recall", "the vote decides");
}

#[test]
fn signatures_on_paper_are_counted_by_name() {
    let mut scribe = council(false);
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    refused(&scribe, "3 as scrutineer", &counted(petition, &[6]), "entry-signers", "two people");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[6, 77]), "standing", "not on the roll");
    refused(&scribe, SCRUTINEERS, &tallied(petition, 3), "petition", "are open");
    allowed(&mut scribe, SCRUTINEERS, &counted(petition, &[5, 6, 7]));
    assert_eq!(recalls(&scribe), [], "three of four");
    allowed(&mut scribe, SCRUTINEERS, &counted(petition, &[7, 8]));
    assert_eq!(recalls(&scribe).len(), 1);
    // Nobody counts the signatures for their own recall.
    let petition = allowed(&mut scribe, "5", &asked(5, "scrutineer", 3));
    let own = counted(petition, &[6, 7]);
    refused(&scribe, SCRUTINEERS, &own, "entry-signers", "their own recall");
    allowed(&mut scribe, "3", &signed(petition, 3));
}

#[test]
fn whose_recall_can_be_asked_for() {
    let mut scribe = council(false);
    refused(&scribe, "5", &asked(5, "emperor", 2), "office", "no such office");
    refused(&scribe, "5", &asked(5, "chair", 6), "recall", "do not hold it");
    refused(&scribe, "5", &asked(5, "secretary", 2), "recall", "do not hold it");
    refused(&scribe, "5", &asked(5, "chair", 77), "recall", "do not hold it");
    refused(&scribe, "2", &of_chair(2), "recall", "their own");
    let empty = RecallPetitioned { reason: " ".into(), ..of_chair(5) };
    refused(&scribe, "5", &empty, "entry-content", "empty");
    let long = RecallPetitioned { reason: "ñ".repeat(2001), ..of_chair(5) };
    refused(&scribe, "5", &long, "entry-content", "longer than 2000");
    allowed(&mut scribe, "5", &RecallPetitioned { reason: "ñ".repeat(2000), ..of_chair(5) });
    // Who only acts holds nothing that could be taken: named, or after the term.
    let acting = ActingNamed { office: "spokesperson".into(), member: 6 };
    let mut scribe = council(false);
    allowed(&mut scribe, ASSEMBLY, &acting);
    refused(&scribe, "5", &asked(5, "spokesperson", 6), "recall", "only act in it");
    after_days(&mut scribe, 305);
    refused(&scribe, "5", &of_chair(5), "recall", "only act in it");
    after_days(&mut scribe, 60);
    refused(&scribe, "5", &of_chair(5), "recall", "do not hold it");
}

#[test]
fn only_members_with_a_vote_ask() {
    let mut scribe = council(false);
    let key = keys::member(9).public().base64();
    allowed(&mut scribe, "1 as secretary, 9", &MemberAdmitted { member: 9, key });
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 10 });
    refused(&scribe, "9", &of_chair(9), "standing", "no vote");
    refused(&scribe, SCRUTINEERS, &of_chair(10), "standing", "no vote");
    refused(&scribe, SCRUTINEERS, &of_chair(77), "entry-signers", "member 77 signs it");
    after_days(&mut scribe, 7);
    // For one without a device two scrutineers sign.
    refused(&scribe, "3 as scrutineer", &of_chair(10), "entry-signers", "has no device");
    let petition = allowed(&mut scribe, SCRUTINEERS, &of_chair(10));
    let (_, open) = petitions(&scribe).remove(0);
    assert_eq!((open.by, open.needed, open.signed.contains(&10)), (10, 5, true));
    allowed(&mut scribe, "9", &signed(petition, 9));
    allowed(&mut scribe, "8", &MemberLeft { member: 8 });
    refused(&scribe, "8", &signed(petition, 8), "entry-signers", "left");
    let excluded = MemberExcluded { member: 7, reason: "Artículo 9.".into() };
    allowed(&mut scribe, BOTH, &excluded);
    refused(&scribe, "7", &of_chair(7), "standing", "excluded");
}

#[test]
fn guards_against_endless_repetition() {
    // Grace: to the second.
    let mut scribe = council_with(|statutes| with(statutes, Some(article(false))));
    scribe.time = FOUNDED_AT + 60 * DAY - 61;
    refused(&scribe, "5", &of_chair(5), "recall", "has just begun");
    scribe.time += 1;
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    // One at a time, of one holder; of others as well.
    refused(&scribe, "6", &of_chair(6), "recall", &format!("the petition of entry {petition} asks"));
    allowed(&mut scribe, "5", &asked(5, "secretary", 1));
    allowed(&mut scribe, "5", &asked(5, "scrutineer", 3));
    refused(&scribe, "5", &asked(5, "scrutineer", 4), "petition", "3 petitions that they began");
    allowed(&mut scribe, "6", &asked(6, "scrutineer", 4));
    // Signed until it ends, to the second; a petition that ran out bars nobody.
    scribe.time = FOUNDED_AT + 90 * DAY - 61;
    allowed(&mut scribe, "6", &signed(petition, 6));
    refused(&scribe, "7", &signed(petition, 7), "petition", "could be signed until");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[7]), "petition", "could be signed until");
    refused(&scribe, "2", &stated(petition, 2), "petition", "could be signed until");
    let again = allowed(&mut scribe, "6", &of_chair(6));
    assert!(petitions(&scribe).iter().any(|(entry, _)| *entry == again));
    assert!(!petitions(&scribe).iter().any(|(entry, _)| *entry == petition), "it is forgotten");
}

#[test]
fn statutes_without_the_article_recall_nobody() {
    let mut scribe = council_with(|statutes| with(statutes, None));
    after_days(&mut scribe, 61);
    refused(&scribe, "5", &of_chair(5), "recall", "no article on recall");
    let proposed = |recall: RecallArticle| {
        let mut statutes = founding().statutes;
        with(&mut statutes, Some(recall));
        StatutesProposed { member: 5, statutes }
    };
    let good = article(true);
    for bad in [
        RecallArticle { percent: 0, ..good.clone() },
        RecallArticle { percent: 101, ..good.clone() },
        RecallArticle { days: 0, ..good.clone() },
        RecallArticle { days: 3661, ..good.clone() },
        RecallArticle { cooldown_days: 3661, ..good.clone() },
        RecallArticle { grace_days: 3661, ..good.clone() },
        RecallArticle { vote_days: 0, ..good.clone() },
        RecallArticle { vote_days: 3661, ..good.clone() },
    ] {
        refused(&scribe, "5", &proposed(bad), "statutes", "");
    }
    let zero = RecallArticle { cooldown_days: 0, grace_days: 0, ..good };
    allowed(&mut scribe, "5", &proposed(zero));
}

/// The numbers are those of the day on which the petition was begun.
#[test]
fn statutes_that_change_leave_what_was_begun() {
    let mut scribe = council(false);
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    let change = |scribe: &mut Scribe, change: &dyn Fn(&mut Statutes)| {
        let mut statutes = scribe.state.statutes().unwrap().clone();
        change(&mut statutes);
        let proposed = allowed(scribe, "8", &StatutesProposed { member: 8, statutes });
        allowed(scribe, SCRUTINEERS, &counted(proposed, &[1, 2, 3, 4, 5, 6, 7]));
    };
    change(&mut scribe, &|statutes| with(statutes, None));
    allowed(&mut scribe, SCRUTINEERS, &counted(petition, &[6, 7, 8]));
    assert_eq!(recalls(&scribe)[0].1.vote_by(), scribe.time + 30 * DAY);
    // An office that is abolished is held by nobody.
    change(&mut scribe, &|statutes| {
        let articles = statutes.articles.as_mut().unwrap();
        articles.offices[1].office = "president".into();
        articles.offices[3].filling =
            Filling::Appointment { by: "secretary".into(), confirmed_by: Some("president".into()) };
    });
    assert_eq!(recalls(&scribe), []);
}

#[test]
fn signatures_in_secret_are_counted_without_names() {
    let mut scribe = council(true);
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    let open = |scribe: &Scribe| petitions(scribe).remove(0).1;
    assert_eq!((open(&scribe).count(), open(&scribe).is_secret()), (0, true));
    // No name is taken.
    refused(&scribe, "6", &signed(petition, 6), "petition", "in secret");
    refused(&scribe, SCRUTINEERS, &counted(petition, &[6]), "petition", "in secret");
    for by in [
        "3 as scrutineer",
        "3 as scrutineer, 4",
        "3, 4",
        "3 as scrutineer, 1 as secretary",
        BOTH,
        "3 as scrutineer, 4 as scrutineer, 5",
    ] {
        refused(&scribe, by, &tallied(petition, 2), "entry-signers", "two people");
    }
    refused(
        &scribe,
        "3 as scrutineer, 5 as scrutineer",
        &tallied(petition, 2),
        "entry-capacity",
        "is held by",
    );
    refused(&scribe, SCRUTINEERS, &tallied(petition + 1, 2), "petition", "not open");
    refused(&scribe, SCRUTINEERS, &tallied(petition, 0), "petition", "only grows");
    refused(&scribe, SCRUTINEERS, &tallied(petition, 9), "petition", "8 have a vote");
    let mangled = PetitionTallied { list: "ñ".into(), ..tallied(petition, 2) };
    refused(&scribe, SCRUTINEERS, &mangled, "entry-content", "64 hexadecimal");
    let (effects, _) = effects_of(&scribe, "4 as scrutineer, 3 as scrutineer", &tallied(petition, 2));
    let commitment = Hash::from_hex(&tallied(petition, 2).list).unwrap();
    assert_eq!(effects, [Effect::Body { commitment, signer: "4".into() }]);
    let first = allowed(&mut scribe, "4 as scrutineer, 3 as scrutineer", &tallied(petition, 2));
    assert_eq!((open(&scribe).count(), open(&scribe).signed.len()), (2, 0));
    restores(&scribe);
    refused(&scribe, SCRUTINEERS, &tallied(petition, 2), "petition", "only grows");
    refused(&scribe, SCRUTINEERS, &tallied(petition, 1), "petition", "only grows");
    let same_list = PetitionTallied { signatures: 3, ..tallied(petition, 2) };
    refused(&scribe, SCRUTINEERS, &same_list, "entry-content", "new salt");
    // The list is erased as other private bodies are: by its first signer, or whoever keeps the minutes.
    let erased = BodyErased { entry: first, body: commitment.hex(), reason: "Contada de nuevo.".into() };
    refused(&scribe, "3", &erased, "erasure", "member 4 or the secretary");
    allowed(&mut scribe, "4", &erased);
    assert_eq!(open(&scribe).count(), 2, "the count stands");
    let (effects, _) = effects_of(&scribe, SCRUTINEERS, &tallied(petition, 4));
    assert!(matches!(effects[..], [Effect::RecallDue { .. }, Effect::Wake { .. }, Effect::Body { .. }]));
    let last = allowed(&mut scribe, SCRUTINEERS, &tallied(petition, 4));
    assert_eq!((recalls(&scribe).len(), petitions(&scribe).len()), (1, 0));
    refused(&scribe, SCRUTINEERS, &tallied(petition, 5), "petition", "not open");
    let body = tallied(petition, 4).list;
    allowed(&mut scribe, "1 as secretary", &BodyErased { entry: last, body, reason: "Decidida.".into() });
    // Nobody counts the signatures for their own recall, and nobody counts too late.
    let petition = allowed(&mut scribe, "5", &asked(5, "scrutineer", 3));
    refused(&scribe, SCRUTINEERS, &tallied(petition, 2), "entry-signers", "their own recall");
    let petition = allowed(&mut scribe, "5", &asked(5, "secretary", 1));
    after_days(&mut scribe, 30);
    refused(&scribe, SCRUTINEERS, &tallied(petition, 2), "petition", "could be signed until");
    // A petition for other statutes is open whatever the article on recall says.
    let mut statutes = scribe.state.statutes().unwrap().clone();
    statutes.after_days = 29;
    let proposed = allowed(&mut scribe, "5", &StatutesProposed { member: 5, statutes });
    refused(&scribe, SCRUTINEERS, &tallied(proposed, 2), "petition", "are open");
    allowed(&mut scribe, "6", &signed(proposed, 6));
}

#[test]
fn the_vote_is_due_and_late_it_is_anybodys() {
    let mut scribe = council(false);
    let entry = reached(&mut scribe);
    let since = scribe.time;
    let expected = |anybody: bool| Due {
        since,
        what: Duty::HoldRecall { office: "chair".into(), member: 2, entry, anybody },
        whom: vec![1],
        rule: "recall.vote_days",
        anybody_from: None,
    };
    assert_eq!(recall_due(&scribe), Some(expected(false)));
    let json = serde_json::to_value(recall_due(&scribe)).unwrap();
    let what = serde_json::json!({"duty": "hold-recall", "office": "chair", "member": 2, "entry": entry, "anybody": false});
    assert_eq!(json["what"], what);
    assert!(icalendar(&scribe.state).contains("recall of member 2 as chair"));
    scribe.time = since + 30 * DAY - 1;
    assert_eq!(recall_due(&scribe), Some(expected(false)));
    scribe.time += 1;
    assert_eq!(recall_due(&scribe), Some(expected(true)));
    // Where nobody but the holder keeps the minutes, it is anybody's at once.
    let mut scribe = council(false);
    let entry = allowed(&mut scribe, "5", &asked(5, "secretary", 1));
    allowed(&mut scribe, SCRUTINEERS, &counted(entry, &[6, 7, 8]));
    let due = recall_due(&scribe).unwrap();
    assert_eq!(due.whom, [1]);
    let office = "secretary".into();
    assert_eq!(due.what, Duty::HoldRecall { office, member: 1, entry, anybody: true });
}

#[test]
fn the_holder_answers() {
    let mut scribe = council(false);
    let petition = allowed(&mut scribe, "5", &of_chair(5));
    refused(&scribe, "5", &stated(petition, 2), "entry-signers", "member 2 signs it");
    refused(&scribe, "2 as chair", &stated(petition, 2), "entry-signers", "member 2 signs it");
    refused(&scribe, SCRUTINEERS, &stated(petition, 2), "entry-signers", "member 2 signs it");
    refused(&scribe, "5", &stated(petition, 5), "recall", "not the holder");
    refused(&scribe, "2", &stated(petition + 1, 2), "petition", "not open");
    let mut statutes = scribe.state.statutes().unwrap().clone();
    statutes.after_days = 29;
    let proposed = allowed(&mut scribe, "5", &StatutesProposed { member: 5, statutes });
    refused(&scribe, "2", &stated(proposed, 2), "recall", "asks for no recall");
    let text = |text: String| HolderStated { text, ..stated(petition, 2) };
    refused(&scribe, "2", &text("\n ".into()), "entry-content", "empty");
    refused(&scribe, "2", &text("ñ".repeat(10_001)), "entry-content", "longer than 10000");
    let first = allowed(&mut scribe, "2", &text("ñ".repeat(10_000)));
    // It goes on with the petition to the vote, and can be replaced once.
    allowed(&mut scribe, SCRUTINEERS, &counted(petition, &[6, 7, 8]));
    assert_eq!(recalls(&scribe)[0].1.asked.stated, [first]);
    let second = allowed(&mut scribe, "2", &stated(petition, 2));
    assert_eq!(recalls(&scribe)[0].1.asked.stated, [first, second]);
    refused(&scribe, "2", &stated(petition, 2), "recall", "replaced their statement already");
    restores(&scribe);
}

/// For those without a device two scrutineers sign, and nobody else for them.
#[test]
fn an_answer_without_a_device() {
    let mut scribe = council(false);
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 10 });
    after_days(&mut scribe, 7);
    let petition = allowed(&mut scribe, SCRUTINEERS, &of_chair(10));
    refused(&scribe, "3 as scrutineer", &stated(petition, 10), "entry-signers", "has no device");
    refused(&scribe, SCRUTINEERS, &stated(petition, 10), "recall", "not the holder");
}

/// A recall ends with the holding, whichever way that ends, and so does a petition.
#[test]
fn it_lapses_with_the_holding() {
    let excluded = MemberExcluded { member: 2, reason: "Artículo 9.".into() };
    for is_reached in [false, true] {
        let begin = |scribe: &mut Scribe| {
            if is_reached { reached(scribe) } else { allowed(scribe, "5", &of_chair(5)) }
        };
        let is_over = |scribe: &Scribe| petitions(scribe).is_empty() && recalls(scribe).is_empty();
        let mut scribe = council(false);
        let petition = begin(&mut scribe);
        // What another gives up, or the holder elsewhere, changes nothing.
        allowed(&mut scribe, "4", &OfficeResigned { office: "scrutineer".into(), member: 4 });
        assert!(!is_over(&scribe));
        let before = scribe.clone();
        allowed(&mut scribe, "2", &OfficeResigned { office: "chair".into(), member: 2 });
        assert!(is_over(&scribe));
        assert_eq!(recall_due(&scribe), None);
        refused(&scribe, "6", &signed(petition, 6), "petition", "not open");
        refused(&scribe, "2", &stated(petition, 2), "petition", "not open");
        restores(&scribe);
        let mut scribe = before;
        allowed(&mut scribe, "2", &MemberLeft { member: 2 });
        assert!(is_over(&scribe));
        // An exclusion that was wrong gives nothing back: the office is lost, so the recall is, too.
        let mut scribe = council(false);
        let exclusion = |scribe: &mut Scribe, office: &str| {
            let entry = allowed(scribe, "5", &asked(5, office, 3));
            if is_reached {
                allowed(scribe, "6", &signed(entry, 6));
                allowed(scribe, "7", &signed(entry, 7));
                allowed(scribe, "8", &signed(entry, 8));
            }
            assert!(!is_over(scribe));
        };
        exclusion(&mut scribe, "scrutineer");
        allowed(&mut scribe, BOTH, &MemberExcluded { member: 3, ..excluded.clone() });
        assert!(is_over(&scribe));
        allowed(&mut scribe, "3", &ExclusionAppealed { member: 3 });
        allowed(&mut scribe, ASSEMBLY, &AppealDecided { member: 3, restored: true });
        assert!(is_over(&scribe));
    }
}

/// It stands while the holder only acts on after the term, and ends when the next one begins, be it the same person's.
#[test]
fn it_lapses_with_a_new_term() {
    let mut scribe = council_with(|statutes| {
        with(statutes, Some(article(false)));
        let articles = statutes.articles.as_mut().unwrap();
        articles.offices[0].term_days = 3000;
        articles.offices[1].filling = Filling::Appointment { by: "secretary".into(), confirmed_by: None };
    });
    scribe.time = FOUNDED_AT + 364 * DAY;
    reached(&mut scribe);
    after_days(&mut scribe, 2);
    scribe.remark(5, "El mandato se acabó, y nadie la sigue.");
    assert_eq!(recalls(&scribe).len(), 1);
    allowed(&mut scribe, "1 as secretary, 2", &OfficeAppointed { office: "chair".into(), member: 2 });
    assert_eq!(recalls(&scribe), []);
    refused(&scribe, "5", &of_chair(5), "recall", "has just begun");
}
