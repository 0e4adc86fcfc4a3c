//! A book of rules version 1 goes on under version 2.

use council::kinds::offices::OfficeResigned;
use council::kinds::{MemberAdmitted, RulesRaised};
use council::{Filling, OfficeArticle, State, Statutes};

use super::support::{allowed, keys, of, refused, scribe::Scribe};

fn raised() -> RulesRaised {
    let mut statutes = Statutes::of_template("neighbourhood", 2);
    let articles = statutes.articles.as_mut().unwrap();
    let filling = Filling::Election { method: "approval".into(), due_days: 10 };
    articles.offices.push(OfficeArticle {
        office: "treasurer".into(),
        seats: 1,
        term_days: 100,
        terms: 0,
        filling,
        powers: vec![],
    });
    RulesRaised { rules: 2, statutes }
}

#[test]
fn those_who_may_name_a_new_clerk_raise_the_rules() {
    let mut scribe = Scribe::lived();
    let resigned = OfficeResigned { office: "secretary".into(), member: 1 };
    refused_stop(&scribe, &resigned);
    refused(&scribe, "1", &raised(), "succession", "it takes 2");
    refused(&scribe, "1, 4", &raised(), "succession", "do not name them");
    refused(&scribe, "1 as secretary, 3", &raised(), "succession", "as members");
    let same = RulesRaised { rules: 1, statutes: Statutes::of_template("neighbourhood", 1) };
    refused(&scribe, "1, 3", &same, "statutes", "under version 1 already");
    let bare = RulesRaised { statutes: Statutes::of_template("neighbourhood", 1), ..raised() };
    refused(&scribe, "1, 3", &bare, "statutes", "have no articles");
    let without = RulesRaised { statutes: Statutes::of_template("neighbourhood", 2), ..raised() };
    refused(&scribe, "1, 3", &without, "statutes", "no office treasurer");
    allowed(&mut scribe, "1, 3", &raised());
    assert_eq!(scribe.state.rules(), 2);
    let held = of(&scribe).offices().seats("treasurer")[0].holding.clone().unwrap();
    assert_eq!((held.member, held.since), (2, scribe.time));
    assert_eq!(of(&scribe).roll().voters(scribe.time), 5);
    assert_eq!(scribe.state.holders().count(), 0);
    refused(&scribe, "1, 3", &raised(), "statutes", "under version 2 already");
    let key = keys::member(7).public().base64();
    allowed(&mut scribe, "1 as secretary, 7", &MemberAdmitted { member: 7, key });
    allowed(&mut scribe, "1", &resigned);
    restores(&scribe);
}

/// Under version 1 a kind of version 2 is unknown: the clerk does not record it, and a replica waits.
fn refused_stop(scribe: &Scribe, content: &OfficeResigned) {
    let text = scribe.text("office.resigned", super::support::by(1), council::kinds::write(content));
    let mut liar = scribe.clone();
    let bytes = liar.countersign(scribe.note(&text));
    let stop = liar.append(bytes).unwrap_err();
    assert!(stop.to_string().contains("newer software"), "{stop}");
}

/// Newer rules than these stop, they are not void.
#[test]
fn rules_to_come_stop_a_replica() {
    let scribe = Scribe::lived();
    let content = RulesRaised { rules: 3, ..raised() };
    let text = scribe.text("rules.raised", super::support::line("1, 3"), council::kinds::write(&content));
    let mut later = scribe.clone();
    let bytes = later.countersign(scribe.note(&text));
    let stop = later.append(bytes).unwrap_err();
    assert!(stop.to_string().contains("rules version 3"), "{stop}");
    // Nobody but those named makes a replica wait.
    let text = scribe.text("rules.raised", super::support::line("1, 4"), council::kinds::write(&content));
    let mut later = scribe.clone();
    let bytes = later.countersign(scribe.note(&text));
    assert!(matches!(later.append(bytes), Ok(council::Verdict::Void(_))));
}

/// A snapshot gives back the whole state.
fn restores(scribe: &Scribe) {
    let snapshot = scribe.state.to_snapshot();
    let entry = |number: u64| {
        let bytes = scribe.entries.get(number as usize)?;
        Some((book::merkle::leaf(bytes), book::entry::text_hash_of(bytes)))
    };
    let state = State::from_snapshot(&snapshot, scribe.book(), &scribe.state.digest(), entry).unwrap();
    assert_eq!(state.digest(), scribe.state.digest());
    assert_eq!(state.council(), scribe.state.council());
}
