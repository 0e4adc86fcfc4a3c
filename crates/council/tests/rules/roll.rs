//! Who belongs: admission, slips, members without a device, challenges, exclusion and appeal, lost phones.

use council::Standing;
use council::kinds::offices::OfficeResigned;
use council::kinds::roll::{
    AppealDecided, ChallengeDecided, ExclusionAppealed, KeyReplaced, MemberChallenged, MemberEnrolled,
    MemberExcluded, MemberJoined, SlipIssued, SlipsIssued,
};
use council::kinds::{
    ClerkSucceeded, CouncilFounded, MemberAdmitted, MemberLeft, RemarkMade, SuccessionRule,
};

use super::support::{
    DAY, after_days, allowed, allowed_with, council, council_with, founding, keys, of, refused, refused_with,
    scribe::Scribe,
};

fn standing(scribe: &Scribe, member: u32) -> Option<Standing> {
    of(scribe).roll().member(member).map(|there| there.standing(scribe.time))
}

fn admitted(member: u32) -> MemberAdmitted {
    MemberAdmitted { member, key: keys::member(member).public().base64() }
}

fn slip_key(member: u32) -> book::key::SecretKey {
    keys::member(member + 10_000)
}

fn slips(scribe: &Scribe, members: &[u32]) -> SlipsIssued {
    let slip = |member: &u32| SlipIssued { member: *member, key: slip_key(*member).public().base64() };
    SlipsIssued { slips: members.iter().map(slip).collect(), until: scribe.time + 30 * DAY }
}

fn joined(member: u32) -> MemberJoined {
    MemberJoined { member, key: keys::member(member).public().base64() }
}

fn remark() -> RemarkMade {
    RemarkMade { text: "Hola.".into(), blobs: None, body: None }
}

#[test]
fn whoever_keeps_the_roll_admits_and_the_vote_comes_with_time() {
    let mut scribe = council();
    allowed(&mut scribe, "1 as secretary, 9", &admitted(9));
    let until = scribe.time + 7 * DAY;
    assert_eq!(standing(&scribe, 9), Some(Standing::New { until }));
    after_days(&mut scribe, 7);
    assert_eq!(standing(&scribe, 9), Some(Standing::Voting));
    assert_eq!(of(&scribe).roll().voters(scribe.time), 9);
    refused(&scribe, "1 as secretary, 9", &admitted(9), "admission", "is taken");
    refused(&scribe, "2 as chair, 10", &admitted(10), "entry-signers", "keeps the roll");
    refused(&scribe, "1, 10", &admitted(10), "entry-signers", "keeps the roll");
    refused(&scribe, "10, 1 as secretary", &admitted(10), "entry-signers", "keeps the roll");
    refused(&scribe, "1 as secretary, 10, 11", &admitted(10), "entry-signers", "no member 11");
    refused(&scribe, "1 as secretary, 10, 5", &admitted(10), "entry-signers", "signs last, and alone");
    refused(&scribe, "1 as chair, 10", &admitted(10), "entry-capacity", "is held by member");
    let taken = MemberAdmitted { member: 10, key: keys::member(5).public().base64() };
    refused_with(
        &scribe,
        "1 as secretary, 10",
        &taken,
        &[("10", &keys::member(5))],
        "admission",
        "a role in this book",
    );
    let nobody = MemberAdmitted { member: 0, key: admitted(10).key };
    let given: &[(&str, &book::key::SecretKey)] = &[("0", &keys::member(10))];
    refused_with(&scribe, "1 as secretary, 0", &nobody, given, "entry-signers", "by their number");
}

#[test]
fn where_the_statutes_ask_for_vouchers_members_vouch() {
    let mut scribe = council_with(|statutes| statutes.articles.as_mut().unwrap().roll.vouchers = 2);
    allowed(&mut scribe, "5, 7, 9", &admitted(9));
    refused(&scribe, "1 as secretary, 10", &admitted(10), "entry-signers", "2 members vouch");
    refused(&scribe, "5, 10", &admitted(10), "entry-signers", "2 members vouch");
    refused(&scribe, "5, 7, 8, 10", &admitted(10), "entry-signers", "signs last, and alone");
    refused(&scribe, "1 as secretary, 5, 10", &admitted(10), "entry-signers", "as members");
    // A new member cannot bring the next one at once.
    refused(&scribe, "5, 9, 10", &admitted(10), "standing", "still be challenged");
    after_days(&mut scribe, 8);
    allowed(&mut scribe, "5, 9, 10", &admitted(10));
    allowed(&mut scribe, "6, 7, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 11 });
    let issued = slips(&scribe, &[12]);
    refused(&scribe, "1 as secretary", &issued, "entry-signers", "2 members vouch");
    allowed(&mut scribe, "6, 7", &issued);
}

#[test]
fn a_slip_admits_whoever_holds_it_once() {
    let mut scribe = council();
    let issued = slips(&scribe, &[20, 21, 22]);
    allowed(&mut scribe, "1 as secretary", &issued);
    assert_eq!(of(&scribe).roll().slips().map(|(member, _)| member).collect::<Vec<_>>(), [20, 21, 22]);
    let slip = slip_key(20);
    refused_with(
        &scribe,
        "slip, 20",
        &joined(20),
        &[("slip", &slip_key(21))],
        "entry-signature",
        "key that it stands for",
    );
    refused_with(
        &scribe,
        "slip, 20",
        &joined(20),
        &[("slip", &slip), ("20", &keys::member(5))],
        "entry-signature",
        "by member 20",
    );
    refused_with(&scribe, "20, slip", &joined(20), &[("slip", &slip)], "entry-signers", "by slip, 20");
    refused_with(&scribe, "20", &joined(20), &[], "entry-signers", "by slip, 20");
    refused_with(&scribe, "slip, 23", &joined(23), &[("slip", &slip_key(23))], "slip", "none was issued");
    refused_with(&scribe, "slip, 5", &joined(5), &[("slip", &slip)], "admission", "is taken");
    allowed_with(&mut scribe, "slip, 20", &joined(20), &[("slip", &slip)]);
    assert!(matches!(standing(&scribe, 20), Some(Standing::New { .. })));
    // Used up.
    refused_with(&scribe, "slip, 20", &joined(20), &[("slip", &slip)], "admission", "is taken");
    // Replaced: the first paper was lost.
    let again = keys::member(30_021);
    let replaced = SlipsIssued {
        slips: vec![SlipIssued { member: 21, key: again.public().base64() }],
        until: scribe.time + 40 * DAY,
    };
    allowed(&mut scribe, "1 as secretary", &replaced);
    refused_with(
        &scribe,
        "slip, 21",
        &joined(21),
        &[("slip", &slip_key(21))],
        "entry-signature",
        "stands for",
    );
    // Too late.
    after_days(&mut scribe, 31);
    refused_with(&scribe, "slip, 22", &joined(22), &[("slip", &slip_key(22))], "slip", "until");
    allowed_with(&mut scribe, "slip, 21", &joined(21), &[("slip", &again)]);
    // A slip's key is nobody else's key, now or later.
    let stolen = MemberAdmitted { member: 24, key: slip.public().base64() };
    refused_with(
        &scribe,
        "1 as secretary, 24",
        &stolen,
        &[("24", &slip)],
        "admission",
        "a role in this book",
    );
}

#[test]
fn slips_that_may_not_be() {
    let mut scribe = council();
    let good = slips(&scribe, &[20, 21]);
    let with = |change: &dyn Fn(&mut SlipsIssued)| {
        let mut slips = good.clone();
        change(&mut slips);
        slips
    };
    refused(&scribe, "2 as chair", &good, "entry-signers", "keeps the roll");
    refused(&scribe, "1 as secretary, 5", &good, "entry-signers", "nobody else");
    refused(&scribe, "1 as secretary", &with(&|slips| slips.slips.clear()), "slip", "there is none");
    refused(&scribe, "1 as secretary", &with(&|slips| slips.slips.reverse()), "slip", "do not ascend");
    refused(&scribe, "1 as secretary", &with(&|slips| slips.until = 5), "slip", "between now");
    refused(&scribe, "1 as secretary", &with(&|slips| slips.until += 366 * DAY), "slip", "between now");
    refused(&scribe, "1 as secretary", &with(&|slips| slips.slips[0].member = 5), "slip", "is taken");
    let one = good.slips[0].key.clone();
    refused(
        &scribe,
        "1 as secretary",
        &with(&|slips| slips.slips[1].key = one.clone()),
        "slip",
        "the same key",
    );
    let member = keys::member(3).public().base64();
    refused(
        &scribe,
        "1 as secretary",
        &with(&|slips| slips.slips[1].key = member.clone()),
        "admission",
        "a role",
    );
    refused(
        &scribe,
        "1 as secretary",
        &with(&|slips| slips.slips[1].key = "AAAA".into()),
        "admission",
        "the slip of 21",
    );
    allowed(&mut scribe, "1 as secretary", &good);
}

#[test]
fn for_members_without_a_device_two_scrutineers_sign() {
    let mut scribe = council();
    let enrolled = MemberEnrolled { member: 9 };
    refused(&scribe, "1 as secretary", &enrolled, "entry-signers", "two people");
    refused(&scribe, "1 as secretary, 3 as scrutineer", &enrolled, "entry-signers", "two people");
    refused(&scribe, "1 as secretary, 3 as scrutineer, 2 as chair", &enrolled, "entry-signers", "two people");
    refused(&scribe, "3 as scrutineer, 4 as scrutineer", &enrolled, "entry-signers", "keeps the roll");
    refused(
        &scribe,
        "1 as secretary, 3 as scrutineer, 4 as scrutineer",
        &MemberEnrolled { member: 5 },
        "admission",
        "is taken",
    );
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &enrolled);
    refused(&scribe, "9", &remark(), "entry-signers", "has no device");
    // They leave by the scrutineers' hands; their number is never used again.
    refused(&scribe, "1 as secretary", &MemberLeft { member: 9 }, "entry-signers", "has no device");
    refused(
        &scribe,
        "3 as scrutineer, 4 as scrutineer",
        &MemberLeft { member: 5 },
        "entry-signers",
        "member 5 signs it",
    );
    allowed(&mut scribe, "4 as scrutineer, 3 as scrutineer", &MemberLeft { member: 9 });
    assert_eq!(standing(&scribe, 9), None);
    refused(&scribe, "1 as secretary, 9", &admitted(9), "admission", "is taken");
    refused(&scribe, "9", &remark(), "entry-signers", "has left");
}

#[test]
fn a_new_member_can_be_challenged_and_the_assembly_decides() {
    let mut scribe = council();
    allowed(&mut scribe, "1 as secretary, 9", &admitted(9));
    allowed(&mut scribe, "1 as secretary, 10", &admitted(10));
    let challenge = |by, member| MemberChallenged { by, member, reason: "No vive en el barrio.".into() };
    refused(&scribe, "5", &challenge(6, 9), "entry-signers", "member 6 signs it");
    refused(&scribe, "1 as secretary", &challenge(1, 9), "entry-signers", "member 1 signs it");
    refused(&scribe, "10", &challenge(10, 9), "standing", "no vote");
    refused(&scribe, "5", &challenge(5, 6), "challenge", "is over");
    refused(&scribe, "5", &challenge(5, 77), "standing", "not on the roll");
    let silent = MemberChallenged { reason: " ".into(), ..challenge(5, 9) };
    refused(&scribe, "5", &silent, "entry-content", "the reason");
    allowed(&mut scribe, "5", &challenge(5, 9));
    allowed(&mut scribe, "5", &challenge(5, 10));
    refused(&scribe, "6", &challenge(6, 9), "challenge", "already");
    after_days(&mut scribe, 20);
    assert_eq!(standing(&scribe, 9), Some(Standing::Challenged), "time does not decide it");
    let decided = |member, stays| ChallengeDecided { member, stays };
    refused(&scribe, "1 as secretary, 2 as chair", &decided(9, true), "entry-signers", "then one with");
    refused(&scribe, "2 as chair", &decided(9, true), "entry-signers", "by two");
    refused(&scribe, "2 as chair, 1 as secretary", &decided(8, true), "challenge", "nobody has challenged");
    allowed(&mut scribe, "2 as chair, 1 as secretary", &decided(9, true));
    allowed(&mut scribe, "2 as chair, 1 as secretary", &decided(10, false));
    assert_eq!((standing(&scribe, 9), standing(&scribe, 10)), (Some(Standing::Voting), None));
    refused(&scribe, "2 as chair, 1 as secretary", &decided(9, false), "challenge", "already");
    refused(&scribe, "10", &remark(), "entry-signers", "left with entry");
}

#[test]
fn a_member_is_excluded_by_two_and_heard_by_the_assembly() {
    let mut scribe = council();
    let excluded = |member| MemberExcluded { member, reason: "Acuerdo de la junta, artículo 9.".into() };
    let both = "1 as secretary, 2 as chair";
    refused(&scribe, "1 as secretary", &excluded(5), "entry-signers", "two others");
    refused(&scribe, "2 as chair, 1 as secretary", &excluded(5), "entry-signers", "two others");
    refused(&scribe, both, &excluded(2), "entry-signers", "two others");
    refused(&scribe, both, &excluded(77), "standing", "not on the roll");
    refused(
        &scribe,
        both,
        &MemberExcluded { member: 5, reason: String::new() },
        "entry-content",
        "the reason",
    );
    allowed(&mut scribe, both, &excluded(4));
    assert_eq!(standing(&scribe, 4), Some(Standing::Excluded));
    refused(&scribe, both, &excluded(4), "exclusion", "already");
    refused(&scribe, "4", &remark(), "standing", "excluded by entry");
    refused(
        &scribe,
        "4 as scrutineer, 3 as scrutineer",
        &MemberLeft { member: 5 },
        "entry-capacity",
        "is held by member",
    );
    refused(&scribe, "5", &ExclusionAppealed { member: 5 }, "exclusion", "not excluded");
    refused(&scribe, "5", &ExclusionAppealed { member: 4 }, "entry-signers", "member 4 signs it");
    let decided = |restored| AppealDecided { member: 4, restored };
    let assembly = "2 as chair, 1 as secretary";
    refused(&scribe, assembly, &decided(true), "exclusion", "not appealed");
    allowed(&mut scribe, "4", &ExclusionAppealed { member: 4 });
    refused(&scribe, "4", &ExclusionAppealed { member: 4 }, "exclusion", "appealed already");
    refused(&scribe, both, &decided(true), "entry-signers", "then one with");
    allowed(&mut scribe, assembly, &decided(true));
    assert_eq!(standing(&scribe, 4), Some(Standing::Voting));
    allowed(&mut scribe, "4", &remark());
    // The office is not given back.
    refused(
        &scribe,
        "4",
        &OfficeResigned { office: "scrutineer".into(), member: 4 },
        "office",
        "does not hold",
    );
    // Excluded again, the appeal refused, and not heard twice.
    allowed(&mut scribe, both, &excluded(4));
    allowed(&mut scribe, "4", &ExclusionAppealed { member: 4 });
    allowed(&mut scribe, assembly, &decided(false));
    assert_eq!(standing(&scribe, 4), Some(Standing::Excluded));
    refused(&scribe, "4", &ExclusionAppealed { member: 4 }, "exclusion", "appealed already");
    // Too late.
    allowed(&mut scribe, both, &excluded(6));
    after_days(&mut scribe, 14);
    refused(&scribe, "6", &ExclusionAppealed { member: 6 }, "exclusion", "was over");
    assert_eq!(of(&scribe).roll().voters(scribe.time), 6);
}

/// Those who may name a new clerk are not kept from it by an exclusion that can still be undone.
#[test]
fn an_exclusion_does_not_block_a_hand_over() {
    let (both, assembly) = ("1 as secretary, 2 as chair", "2 as chair, 1 as secretary");
    let succession = SuccessionRule { among: vec![1, 5, 6], needed: 2 };
    let mut scribe = Scribe::found(&CouncilFounded { succession, ..founding() }, &[]);
    for member in [5, 6] {
        let excluded = MemberExcluded { member, reason: "Acuerdo de la junta.".into() };
        allowed(&mut scribe, both, &excluded);
    }
    refused(&scribe, "5", &remark(), "standing", "excluded");
    // Within the time to appeal, and while the appeal waits.
    succeeds(&scribe, "5, 6");
    let excluded_at = scribe.time;
    after_days(&mut scribe, 13);
    allowed(&mut scribe, "5", &ExclusionAppealed { member: 5 });
    succeeds(&scribe, "5, 6");
    scribe.time = excluded_at + 14 * DAY - 61;
    succeeds(&scribe, "5, 6");
    scribe.time += 1;
    refused(&scribe, "5, 6", &scribe.succession(), "standing", "member 6");
    succeeds(&scribe, "1, 5");
    allowed(&mut scribe, assembly, &AppealDecided { member: 5, restored: false });
    refused(&scribe, "1, 5", &scribe.succession(), "standing", "member 5");
    // Who is restored is on the roll as before.
    let mut scribe = council();
    allowed(&mut scribe, both, &MemberExcluded { member: 3, reason: "Acuerdo de la junta.".into() });
    allowed(&mut scribe, "3", &ExclusionAppealed { member: 3 });
    allowed(&mut scribe, assembly, &AppealDecided { member: 3, restored: true });
    after_days(&mut scribe, 30);
    succeeds(&scribe, "1, 3");
}

/// That these may name a new clerk now.
#[track_caller]
fn succeeds(scribe: &Scribe, by: &str) {
    let mut scribe = scribe.clone();
    let content: ClerkSucceeded = scribe.succession();
    allowed(&mut scribe, by, &content);
    assert_eq!(scribe.state.epoch(), 1);
}

#[test]
fn a_lost_phone_gets_a_new_key_and_the_old_one_is_dead() {
    let mut scribe = council();
    let phone = keys::member(500);
    let replaced = |member, key: &book::key::SecretKey| KeyReplaced { member, key: key.public().base64() };
    let by = "1 as secretary, 3 as scrutineer, 5";
    let new: &[(&str, &book::key::SecretKey)] = &[("5", &phone)];
    refused_with(&scribe, "1 as secretary, 5", &replaced(5, &phone), new, "entry-signers", "three sign");
    refused_with(
        &scribe,
        "2 as chair, 3 as scrutineer, 5",
        &replaced(5, &phone),
        new,
        "entry-signers",
        "three sign",
    );
    refused_with(
        &scribe,
        "1 as secretary, 3 as scrutineer, 6",
        &replaced(5, &phone),
        new,
        "entry-signers",
        "three sign",
    );
    refused(&scribe, by, &replaced(5, &phone), "entry-signature", "by member 5");
    refused(&scribe, by, &replaced(5, &keys::member(5)), "admission", "a role in this book");
    refused_with(
        &scribe,
        "1 as secretary, 3 as scrutineer, 77",
        &replaced(77, &phone),
        &[("77", &phone)],
        "standing",
        "not on the roll",
    );
    allowed_with(&mut scribe, by, &replaced(5, &phone), new);
    refused(&scribe, "5", &remark(), "entry-signature", "by member 5");
    allowed_with(&mut scribe, "5", &remark(), new);
    // Nor does the old key come back.
    refused(&scribe, by, &replaced(5, &keys::member(5)), "admission", "a role in this book");
    // Somebody without a device has one now.
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 9 });
    allowed(&mut scribe, "1 as secretary, 3 as scrutineer, 9", &replaced(9, &keys::member(9)));
    allowed(&mut scribe, "9", &remark());
    refused(
        &scribe,
        "3 as scrutineer, 4 as scrutineer",
        &MemberLeft { member: 9 },
        "entry-signers",
        "member 9 signs it",
    );
}
