//! The state diagrams of `docs/spec/council.md` against the code: from every state every event is tried, and what happens is
//! exactly what is drawn.

use std::collections::BTreeSet;

use council::kinds::offices::{ActingNamed, AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use council::kinds::petitions::{PetitionCounted, PetitionSigned};
use council::kinds::recall::{HolderStated, PetitionTallied, RecallPetitioned};
use council::kinds::roll::{
    AppealDecided, ChallengeDecided, ExclusionAppealed, MemberChallenged, MemberEnrolled, MemberExcluded,
    MemberJoined, SlipIssued, SlipsIssued,
};
use council::kinds::{Content, MemberAdmitted, MemberLeft, write};
use council::{Candidate, Filling, RecallArticle, Standing, Tenure, decide};

use super::support::{DAY, allowed, council, council_with, keys, line, of, scribe::Scribe, signed};

/// What can happen, by the name that is drawn; false where the rules refuse it.
pub(crate) type Event<'a, T = Scribe> = (&'a str, &'a dyn Fn(&mut T) -> bool);
pub(crate) type Edges = BTreeSet<(String, String, String)>;

/// The edges drawn below a heading: from, to, event.
pub(crate) fn drawn(heading: &str) -> Edges {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/council.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, diagram) = section.split_once("```mermaid\nstateDiagram-v2\n").unwrap();
    let (diagram, _) = diagram.split_once("```").unwrap();
    let edge = |line: &str| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, event) = rest.split_once(": ").unwrap_or((rest, ""));
        Some((from.to_owned(), to.to_owned(), event.to_owned()))
    };
    let edges: Edges = diagram.lines().filter_map(edge).collect();
    edges.into_iter().filter(|(_, to, event)| to != "[*]" && !event.is_empty()).collect()
}

/// Tries an entry; false where the rules refuse it. Nobody signs: by the clerk.
pub(crate) fn tried<C: Content>(scribe: &mut Scribe, by: &str, content: &C) -> bool {
    let by_clerk = by.is_empty();
    let text = scribe.text(C::KIND, if by_clerk { Vec::new() } else { line(by) }, write(content));
    let slip = keys::secret("slip");
    let note = signed(&text, &[("slip", &slip)]);
    let proposal = match by_clerk {
        true => book::entry::Proposal::by_clerk(&text).unwrap(),
        false => book::entry::Proposal::parse(&note.to_bytes()).unwrap(),
    };
    let candidate = Candidate::new(proposal.clone(), &scribe.state.keys());
    if decide(&scribe.state, &candidate, scribe.time + 60, &super::support::scribe::Kept(&scribe.blobs))
        .is_err()
    {
        return false;
    }
    scribe.record(proposal);
    true
}

/// Every event tried in every state.
pub(crate) fn walked<T: Clone>(
    states: &[(&str, T)],
    events: &[Event<'_, T>],
    state_of: impl Fn(&T) -> &'static str,
) -> Edges {
    let mut edges = Edges::new();
    for (from, state) in states {
        assert_eq!(state_of(state), *from, "the state to begin with");
        for (event, happens) in events {
            let mut state = state.clone();
            if happens(&mut state) {
                let to = state_of(&state);
                edges.insert(((*from).to_owned(), to.to_owned(), (*event).to_owned()));
            }
        }
    }
    edges
}

#[track_caller]
pub(crate) fn same(walked: &Edges, drawn: &Edges) {
    let missing: Vec<_> = walked.difference(drawn).collect();
    let wrong: Vec<_> = drawn.difference(walked).collect();
    assert!(missing.is_empty() && wrong.is_empty(), "not drawn: {missing:#?}\nnot so: {wrong:#?}");
}

fn passes(scribe: &mut Scribe, days: u64) -> bool {
    scribe.time += days * DAY;
    true
}

const BOTH: &str = "1 as secretary, 2 as chair";
const ASSEMBLY: &str = "2 as chair, 1 as secretary";

#[test]
fn a_member_on_the_roll() {
    let state_of =
        |scribe: &Scribe| match of(scribe).roll().member(9).map(|there| there.standing(scribe.time)) {
            Some(Standing::New { .. }) => "New",
            Some(Standing::Voting) => "Voting",
            Some(Standing::Challenged) => "Challenged",
            Some(Standing::Excluded) => "Excluded",
            None if scribe.state.left(9).is_some() => "Gone",
            None => "[*]",
        };
    let key = || keys::member(9).public().base64();
    let reason = || "Artículo 9.".to_owned();
    let mut before = council();
    let slip = SlipIssued { member: 9, key: keys::secret("slip").public().base64() };
    let until = before.time + 300 * DAY;
    allowed(&mut before, "1 as secretary", &SlipsIssued { slips: vec![slip], until });
    let mut new = before.clone();
    allowed(&mut new, "1 as secretary, 9", &MemberAdmitted { member: 9, key: key() });
    let mut voting = new.clone();
    passes(&mut voting, 7);
    let mut challenged = new.clone();
    allowed(&mut challenged, "5", &MemberChallenged { by: 5, member: 9, reason: reason() });
    let mut excluded = voting.clone();
    allowed(&mut excluded, BOTH, &MemberExcluded { member: 9, reason: reason() });
    let mut appealed = excluded.clone();
    allowed(&mut appealed, "9", &ExclusionAppealed { member: 9 });
    let mut gone = voting.clone();
    allowed(&mut gone, "9", &MemberLeft { member: 9 });
    let states = [
        ("[*]", before),
        ("New", new),
        ("Voting", voting),
        ("Challenged", challenged),
        ("Excluded", excluded),
        ("Excluded", appealed),
        ("Gone", gone),
    ];
    let events: &[Event<'_>] = &[
        ("member.admitted", &|s| tried(s, "1 as secretary, 9", &MemberAdmitted { member: 9, key: key() })),
        ("member.enrolled", &|s| {
            tried(s, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 9 })
        }),
        ("member.joined", &|s| tried(s, "slip, 9", &MemberJoined { member: 9, key: key() })),
        ("member.challenged", &|s| tried(s, "5", &MemberChallenged { by: 5, member: 9, reason: reason() })),
        ("challenge.decided stays", &|s| tried(s, ASSEMBLY, &ChallengeDecided { member: 9, stays: true })),
        ("challenge.decided goes", &|s| tried(s, ASSEMBLY, &ChallengeDecided { member: 9, stays: false })),
        ("member.excluded", &|s| tried(s, BOTH, &MemberExcluded { member: 9, reason: reason() })),
        ("exclusion.appealed", &|s| tried(s, "9", &ExclusionAppealed { member: 9 })),
        ("appeal.decided restored", &|s| tried(s, ASSEMBLY, &AppealDecided { member: 9, restored: true })),
        ("appeal.decided upheld", &|s| tried(s, ASSEMBLY, &AppealDecided { member: 9, restored: false })),
        ("member.left", &|s| tried(s, "9", &MemberLeft { member: 9 })),
        ("challenge_days over", &|s| state_of(s) == "New" && passes(s, 7)),
    ];
    same(&walked(&states, events, state_of), &drawn("The roll"));
}

/// The same for one without a device, for whom two scrutineers sign: all but the two ways of coming with a key.
#[test]
fn a_member_without_a_device() {
    const SCRUTINEERS: &str = "3 as scrutineer, 4 as scrutineer";
    let enrol = |s: &mut Scribe| {
        tried(s, "1 as secretary, 3 as scrutineer, 4 as scrutineer", &MemberEnrolled { member: 9 })
    };
    let state_of = |scribe: &Scribe| {
        assert!(scribe.state.member(9).is_none(), "they have no key");
        match of(scribe).roll().member(9).map(|there| there.standing(scribe.time)) {
            Some(Standing::New { .. }) => "New",
            Some(Standing::Voting) => "Voting",
            Some(Standing::Challenged) => "Challenged",
            Some(Standing::Excluded) => "Excluded",
            None if !enrol(&mut scribe.clone()) => "Gone",
            None => "[*]",
        }
    };
    let reason = || "Artículo 9.".to_owned();
    let before = council();
    let mut new = before.clone();
    assert!(enrol(&mut new));
    let mut voting = new.clone();
    passes(&mut voting, 7);
    let mut challenged = new.clone();
    allowed(&mut challenged, "5", &MemberChallenged { by: 5, member: 9, reason: reason() });
    let mut excluded = voting.clone();
    allowed(&mut excluded, BOTH, &MemberExcluded { member: 9, reason: reason() });
    let mut appealed = excluded.clone();
    allowed(&mut appealed, SCRUTINEERS, &ExclusionAppealed { member: 9 });
    let mut gone = voting.clone();
    allowed(&mut gone, SCRUTINEERS, &MemberLeft { member: 9 });
    let states = [
        ("[*]", before),
        ("New", new),
        ("Voting", voting),
        ("Challenged", challenged),
        ("Excluded", excluded),
        ("Excluded", appealed),
        ("Gone", gone),
    ];
    let events: &[Event<'_>] = &[
        ("member.enrolled", &enrol),
        ("member.challenged", &|s| tried(s, "5", &MemberChallenged { by: 5, member: 9, reason: reason() })),
        ("challenge.decided stays", &|s| tried(s, ASSEMBLY, &ChallengeDecided { member: 9, stays: true })),
        ("challenge.decided goes", &|s| tried(s, ASSEMBLY, &ChallengeDecided { member: 9, stays: false })),
        ("member.excluded", &|s| tried(s, BOTH, &MemberExcluded { member: 9, reason: reason() })),
        ("exclusion.appealed", &|s| tried(s, SCRUTINEERS, &ExclusionAppealed { member: 9 })),
        ("appeal.decided restored", &|s| tried(s, ASSEMBLY, &AppealDecided { member: 9, restored: true })),
        ("appeal.decided upheld", &|s| tried(s, ASSEMBLY, &AppealDecided { member: 9, restored: false })),
        ("member.left", &|s| tried(s, SCRUTINEERS, &MemberLeft { member: 9 })),
        ("challenge_days over", &|s| state_of(s) == "New" && passes(s, 7)),
        // By themselves they sign nothing, and nobody but scrutineers signs for them.
        ("alone", &|s| tried(s, "9", &MemberLeft { member: 9 })),
        ("by two others", &|s| tried(s, BOTH, &MemberLeft { member: 9 })),
    ];
    let mut drawn = drawn("The roll");
    drawn.retain(|(_, _, event)| !["member.admitted", "member.joined"].contains(&event.as_str()));
    same(&walked(&states, events, state_of), &drawn);
}

#[test]
fn a_seat_of_an_office() {
    // One seat, and a second office like it that needs no confirmation: both ways to appoint.
    let start = |confirmed: bool| {
        council_with(|statutes| {
            let articles = statutes.articles.as_mut().unwrap();
            articles.offices[0].term_days = 3000;
            articles.offices[1].term_days = 3000;
            let filling = Filling::Appointment {
                by: "secretary".into(),
                confirmed_by: confirmed.then(|| "chair".to_owned()),
            };
            articles.offices[2].office = "treasurer".into();
            articles.offices[2].seats = 1;
            articles.offices[2].filling = filling;
        })
    };
    let state_of = |scribe: &Scribe| {
        let seat = &of(scribe).offices().seats("treasurer")[0];
        match seat.signers(scribe.time, 60).map(|(_, tenure)| tenure).last() {
            Some(Tenure::Holder) => "Held",
            Some(Tenure::Overdue) => "Overdue",
            Some(Tenure::Acting) => "ActingNamed",
            None if seat.holding.is_some() || seat.acting.is_some() => "Silent",
            None => "Vacant",
        }
    };
    let office = || "treasurer".to_owned();
    let appoint = |scribe: &mut Scribe, member: u32| {
        let by = format!("1 as secretary, {member}");
        tried(scribe, &by, &OfficeAppointed { office: office(), member })
    };
    let appoint_and_confirm = |scribe: &mut Scribe, member: u32| {
        let appointment = scribe.size();
        appoint(scribe, member)
            && tried(scribe, "2 as chair", &AppointmentConfirmed { appointment, confirmed: true })
    };
    // Whoever signs for the seat, or did last.
    let sits = |scribe: &Scribe| {
        let seat = &of(scribe).offices().seats("treasurer")[0];
        let acting = seat.acting.as_ref().map(|acting| acting.member);
        acting.or(seat.holding.as_ref().map(|holding| holding.member)).unwrap_or(8)
    };
    let mut edges = Edges::new();
    for confirmed in [true, false] {
        let vacant = start(confirmed);
        let mut held = vacant.clone();
        assert!(if confirmed { appoint_and_confirm(&mut held, 5) } else { appoint(&mut held, 5) });
        let mut overdue = held.clone();
        passes(&mut overdue, 365);
        let mut silent = overdue.clone();
        passes(&mut silent, 60);
        let mut acting = vacant.clone();
        allowed(&mut acting, ASSEMBLY, &ActingNamed { office: office(), member: 6 });
        let mut over = acting.clone();
        passes(&mut over, 60);
        let states = [
            ("Vacant", vacant),
            ("Held", held),
            ("Overdue", overdue),
            ("Silent", silent),
            ("ActingNamed", acting),
            ("Silent", over),
        ];
        let filled: Event<'_> = if confirmed {
            ("appointment.confirmed", &|s| appoint_and_confirm(s, 7))
        } else {
            ("office.appointed", &|s| appoint(s, 7))
        };
        let events: &[Event<'_>] = &[
            filled,
            ("acting.named", &|s| tried(s, ASSEMBLY, &ActingNamed { office: office(), member: 7 })),
            ("office.resigned", &|s| {
                let member = sits(s);
                tried(s, &member.to_string(), &OfficeResigned { office: office(), member })
            }),
            ("member.left", &|s| {
                let member = sits(s);
                tried(s, &member.to_string(), &MemberLeft { member }) && state_of(s) != "Silent"
            }),
            ("member.excluded", &|s| {
                let content = MemberExcluded { member: sits(s), reason: "Artículo 9.".into() };
                tried(s, BOTH, &content)
            }),
            ("term over", &|s| state_of(s) == "Held" && passes(s, 365)),
            ("acting_days over", &|s| ["Overdue", "ActingNamed"].contains(&state_of(s)) && passes(s, 60)),
        ];
        edges.extend(walked(&states, events, state_of));
    }
    // That somebody leaves who holds nothing here changes nothing.
    edges.retain(|(from, to, _)| from != to);
    let mut drawn = drawn("Offices");
    drawn.retain(|(_, _, event)| event != "council.founded");
    same(&edges, &drawn);
}

#[test]
fn a_recall() {
    const SCRUTINEERS: &str = "3 as scrutineer, 4 as scrutineer";
    // Of the treasurer, member 5, who holds the office by entry 1.
    let start = |secret: bool| {
        let mut scribe = council_with(|statutes| {
            let articles = statutes.articles.as_mut().unwrap();
            for article in &mut articles.offices {
                article.term_days = 3000;
            }
            let treasurer = &mut articles.offices[2];
            (treasurer.office, treasurer.seats, treasurer.term_days) = ("treasurer".into(), 1, 365);
            treasurer.filling = Filling::Appointment { by: "secretary".into(), confirmed_by: None };
            articles.recall = Some(RecallArticle {
                percent: 50,
                days: 30,
                cooldown_days: 90,
                grace_days: 60,
                secret,
                vote_days: 30,
            });
        });
        assert!(tried(
            &mut scribe,
            "1 as secretary, 5",
            &OfficeAppointed { office: "treasurer".into(), member: 5 }
        ));
        scribe.time += 350 * DAY;
        scribe
    };
    let petition = |scribe: &Scribe| {
        let mut open = of(scribe).petitions().filter(|(_, open)| scribe.time < open.until);
        let mut waiting = of(scribe).recalls();
        open.next().map(|(entry, _)| entry).or_else(|| waiting.next().map(|(entry, _)| entry)).unwrap_or(1)
    };
    let state_of = |scribe: &Scribe| {
        let seat = &of(scribe).offices().seats("treasurer")[0];
        match of(scribe).recalls().next() {
            Some((_, recall)) if scribe.time < recall.vote_by() => "Reached",
            Some(_) => "Late",
            None if petition(scribe) != 1 => "Gathering",
            None if seat.holding.as_ref().is_some_and(|held| held.entry == 1) => "None",
            None => "Lapsed",
        }
    };
    let ask = |scribe: &mut Scribe| {
        let reason = "No enseña las cuentas.".into();
        tried(scribe, "6", &RecallPetitioned { member: 6, office: "treasurer".into(), holder: 5, reason })
    };
    let count = |scribe: &mut Scribe, members: &[u32]| {
        let content = PetitionCounted { petition: petition(scribe), members: members.to_vec() };
        tried(scribe, SCRUTINEERS, &content)
    };
    let tally = |scribe: &mut Scribe, signatures: u64| {
        let list = book::hash::Hash::of(&scribe.size().to_be_bytes()).hex();
        let content = PetitionTallied { petition: petition(scribe), signatures, list };
        tried(scribe, SCRUTINEERS, &content)
    };
    let mut edges = Edges::new();
    for secret in [false, true] {
        let none = start(secret);
        let mut gathering = none.clone();
        assert!(ask(&mut gathering));
        let mut almost = gathering.clone();
        assert!(if secret { tally(&mut almost, 3) } else { count(&mut almost, &[6, 7, 8]) });
        let mut reached = almost.clone();
        assert!(if secret { tally(&mut reached, 4) } else { count(&mut reached, &[4]) });
        let mut late = reached.clone();
        passes(&mut late, 31);
        // The term is over, and the holder acts on.
        let (mut gathering_on, mut reached_on) = (gathering.clone(), reached.clone());
        passes(&mut gathering_on, 20);
        passes(&mut reached_on, 20);
        let states = [
            ("None", none),
            ("Gathering", gathering),
            ("Gathering", almost),
            ("Gathering", gathering_on),
            ("Reached", reached),
            ("Reached", reached_on),
            ("Late", late),
        ];
        let office = || "treasurer".to_owned();
        let events: &[Event<'_>] = &[
            ("recall.petitioned", &ask),
            ("petition.signed", &|s| {
                let content = PetitionSigned { petition: petition(s), member: 1 };
                tried(s, "1", &content)
            }),
            ("petition.counted", &|s| count(s, &[2])),
            ("petition.tallied", &|s| {
                let before = of(s).petitions().next().map_or(0, |(_, open)| open.tallied);
                tally(s, before + 1)
            }),
            ("holder.stated", &|s| {
                let content = HolderStated { recall: petition(s), member: 5, text: "Ahí están.".into() };
                tried(s, "5", &content)
            }),
            ("office.resigned", &|s| tried(s, "5", &OfficeResigned { office: office(), member: 5 })),
            ("member.left", &|s| tried(s, "5", &MemberLeft { member: 5 })),
            ("member.excluded", &|s| {
                tried(s, BOTH, &MemberExcluded { member: 5, reason: "Artículo 9.".into() })
            }),
            ("office.appointed", &|s| {
                tried(s, "1 as secretary, 5", &OfficeAppointed { office: office(), member: 5 })
            }),
            ("days over", &|s| state_of(s) == "Gathering" && passes(s, 31)),
            ("vote_days over", &|s| state_of(s) == "Reached" && passes(s, 31)),
        ];
        edges.extend(walked(&states, events, state_of));
    }
    // Where no recall is asked for, that a holding ends is nothing of this diagram.
    edges.retain(|(from, to, _)| (from.as_str(), to.as_str()) != ("None", "Lapsed"));
    same(&edges, &drawn("Recall"));
}
