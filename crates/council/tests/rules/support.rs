//! A council under rules of version 2, and how an entry is refused.

#![allow(dead_code, reason = "the book's keeper is shared with other tests")]

#[path = "../../../audit/tests/support/keys.rs"]
pub(crate) mod keys;
#[path = "../../../audit/tests/support/scribe.rs"]
pub(crate) mod scribe;

use book::entry::{Signer, Text};
use book::key::SecretKey;
use book::note::Signature;
use council::kinds::{Content, CouncilFounded, Founder, write};
use council::{Candidate, Council, Effect, Fault, Statutes, Verdict, decide};

pub(crate) use scribe::{DAY, Scribe, by};

/// Members 1 to 8 found it: 1 is secretary, 2 chair, 3 and 4 are scrutineers. The statutes are those of a neighbourhood: seven
/// days to challenge, fourteen to appeal, terms of a year, at most two in a row.
pub(crate) fn council() -> Scribe {
    council_with(|_| {})
}

/// The same with other statutes.
pub(crate) fn council_with(change: impl FnOnce(&mut Statutes)) -> Scribe {
    let mut content = founding();
    change(&mut content.statutes);
    Scribe::found(&content, &[])
}

pub(crate) fn founding() -> CouncilFounded {
    let founder = |member: u32| Founder {
        member,
        key: keys::member(member).public().base64(),
        office: match member {
            1 => Some("secretary".into()),
            2 => Some("chair".into()),
            3 | 4 => Some("scrutineer".into()),
            _ => None,
        },
    };
    CouncilFounded {
        rules: 2,
        founders: (1..=8).map(founder).collect(),
        statutes: Statutes::of_template("neighbourhood", 2),
        ..scribe::founding(&[])
    }
}

pub(crate) fn of(scribe: &Scribe) -> &Council {
    scribe.state.council().unwrap()
}

/// Signers as they stand in the `by` line: `1 as secretary, 7`.
pub(crate) fn line(text: &str) -> Vec<Signer> {
    text.split(", ")
        .map(|one| match one.split_once(" as ") {
            Some((name, capacity)) => Signer { name: name.into(), capacity: Some(capacity.into()) },
            None => Signer { name: one.into(), capacity: None },
        })
        .collect()
}

/// The text with a line by each signer, by the key that is given for the name, and else by the member's own.
pub(crate) fn signed(text: &Text, given: &[(&str, &SecretKey)]) -> book::note::Note {
    let written = text.write();
    let lines = text.by.signers().iter().map(|signer| {
        let own = keys::member(signer.number().unwrap_or(0));
        let key = given.iter().find(|(name, _)| *name == signer.name).map_or(&own, |(_, key)| key);
        Signature::plain(key, &signer.name, &written)
    });
    scribe::note(&written, lines.collect())
}

/// Records an entry that the rules allow.
pub(crate) fn allowed<C: Content>(scribe: &mut Scribe, by: &str, content: &C) -> u64 {
    allowed_with(scribe, by, content, &[])
}

pub(crate) fn allowed_with<C: Content>(
    scribe: &mut Scribe,
    by: &str,
    content: &C,
    given: &[(&str, &SecretKey)],
) -> u64 {
    let text = scribe.text(C::KIND, line(by), write(content));
    let note = signed(&text, given);
    scribe.record(book::entry::Proposal::parse(&note.to_bytes()).unwrap())
}

/// That an entry is refused under this check, in a sentence that holds these words; and that a clerk who records it all the
/// same changes nothing but the number of void entries.
#[track_caller]
pub(crate) fn refused<C: Content>(scribe: &Scribe, by: &str, content: &C, check: &str, words: &str) {
    refused_with(scribe, by, content, &[], check, words);
}

#[track_caller]
pub(crate) fn refused_with<C: Content>(
    scribe: &Scribe,
    by: &str,
    content: &C,
    given: &[(&str, &SecretKey)],
    check: &str,
    words: &str,
) {
    let text = scribe.text(C::KIND, line(by), write(content));
    let note = signed(&text, given);
    let proposal = book::entry::Proposal::parse(&note.to_bytes()).unwrap();
    let candidate = Candidate::new(proposal, &scribe.state.keys());
    let refusal =
        decide(&scribe.state, &candidate, scribe.time + 60, &scribe::Kept(&scribe.blobs)).unwrap_err();
    assert_eq!((refusal.check, refusal.whose), (check, Fault::Author), "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
    assert!(
        council::CHECKS.iter().chain(council::RULE_CHECKS).any(|(name, _)| *name == check),
        "{check} is not in the list"
    );
    let mut liar = scribe.clone();
    liar.time += 60;
    let bytes = liar.countersign(note);
    let before = liar.state.council().cloned();
    match liar.append(bytes).unwrap() {
        Verdict::Void(void) => assert_eq!(void, refusal),
        applied => panic!("a liar has it applied: {applied:?}"),
    }
    assert_eq!(liar.state.council().cloned(), before);
    assert_eq!(liar.state.statutes(), scribe.state.statutes());
    assert_eq!(liar.state.members().count(), scribe.state.members().count());
}

/// The same of an entry that nobody signs but the clerk: it is the clerk's fault.
#[track_caller]
pub(crate) fn refused_by_clerk<C: Content>(scribe: &Scribe, content: &C, check: &str, words: &str) {
    let proposal = || {
        let text = scribe.text(C::KIND, Vec::new(), write(content));
        Candidate::new(book::entry::Proposal::by_clerk(&text).unwrap(), &scribe.state.keys())
    };
    let at = scribe.time + 60;
    let refusal = decide(&scribe.state, &proposal(), at, &scribe::Kept(&scribe.blobs)).unwrap_err();
    assert_eq!((refusal.check, refusal.whose), (check, Fault::Clerk), "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
    let mut liar = scribe.clone();
    let (_, bytes) = proposal().countersign(&liar.clerk(), &liar.state.origin(), at).unwrap();
    let before = liar.state.council().cloned();
    match liar.append(bytes).unwrap() {
        Verdict::Void(void) => assert_eq!(void, refusal),
        applied => panic!("a liar has it applied: {applied:?}"),
    }
    assert_eq!(liar.state.council().cloned(), before);
}

/// What would follow from an entry that the rules allow, and at what time.
#[track_caller]
pub(crate) fn effects_of<C: Content>(scribe: &Scribe, by: &str, content: &C) -> (Vec<Effect>, u64) {
    let text = scribe.text(C::KIND, line(by), write(content));
    let proposal = book::entry::Proposal::parse(&signed(&text, &[]).to_bytes()).unwrap();
    let at = scribe.time + 60;
    let effects = decide(
        &scribe.state,
        &Candidate::new(proposal, &scribe.state.keys()),
        at,
        &scribe::Kept(&scribe.blobs),
    )
    .unwrap();
    (effects.0, at)
}

/// Days pass.
pub(crate) fn after_days(scribe: &mut Scribe, days: u64) {
    scribe.time += days * DAY;
}
