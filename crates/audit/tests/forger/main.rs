//! A forger gets nowhere: attacks of every kind, each refused by the expected check, at the clerk's door by `decide` and,
//! where a clerk in league records it all the same, by the audit of the public files, which names the entry.
//!
//! `cargo test -p audit --test forger -- --nocapture` prints the table.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

mod entries;
mod files;
mod foundings;
mod handover;
mod members;
mod signatures;
mod stops;
#[path = "../support/mod.rs"]
mod support;
mod texts;

use std::collections::BTreeSet;

use book::entry::Proposal;
use book::note::Note;
use council::{Candidate, State, Verdict, decide, form_check};
use support::judge::{Asked, audit};
use support::scribe::Scribe;

/// An attack on a book by an entry.
struct Attack {
    name: String,
    check: &'static str,
    make: Box<dyn Fn(&mut Scribe) -> Try>,
}

/// What is handed in, and what a dishonest clerk records.
struct Try {
    door: Option<Vec<u8>>,
    entry: Option<Vec<u8>>,
}

impl Try {
    /// Handed in, and recorded all the same.
    fn handed_in(scribe: &Scribe, note: Note) -> Try {
        Try { door: Some(note.to_bytes()), entry: Some(scribe.countersign(note)) }
    }

    /// What only a clerk can do.
    fn recorded(entry: Vec<u8>) -> Try {
        Try { door: None, entry: Some(entry) }
    }
}

fn attack(
    name: impl Into<String>,
    check: &'static str,
    make: impl Fn(&mut Scribe) -> Try + 'static,
) -> Attack {
    Attack { name: name.into(), check, make: Box::new(make) }
}

/// The check that refuses these bytes at the door, now.
fn door(state: &State, bytes: &[u8], now: u64) -> &'static str {
    let before = state.digest();
    let check = match Proposal::parse(bytes) {
        Err(error) => form_check(&error),
        Ok(proposal) => {
            let candidate = Candidate::new(proposal, &state.keys());
            let refusal =
                decide(state, &candidate, now, &council::AllThere).expect_err("the rules let it pass");
            let said = refusal.to_string();
            assert!(!said.contains('\n') && (10..2000).contains(&said.len()), "{said}");
            refusal.check
        }
    };
    assert_eq!(state.digest(), before, "what is refused changes nothing");
    check
}

fn carry_out(attack: &Attack) {
    let name = &attack.name;
    let mut scribe = Scribe::lived();
    let tried = (attack.make)(&mut scribe);
    assert!(tried.door.is_some() || tried.entry.is_some());
    if let Some(bytes) = &tried.door {
        assert_eq!(door(&scribe.state, bytes, scribe.time), attack.check, "at the door: {name}");
    }
    let Some(bytes) = tried.entry else { return };
    let number = scribe.size();
    match scribe.append(bytes) {
        Ok(Verdict::Void(refusal)) => assert_eq!(refusal.check, attack.check, "{name}: {refusal}"),
        other => panic!("{name}: {other:?}"),
    }
    // The book goes on, and the audit says which entry is void, and nothing else.
    scribe.remark(3, "El libro sigue.");
    let found = audit(&scribe.files(), &Asked::default());
    assert_eq!(found.report.failed_checks(), [attack.check], "{name}:\n{}", found.report);
    let failures = &found.report.check(attack.check).unwrap().failures;
    assert_eq!(failures.iter().map(|failure| failure.entry).collect::<Vec<_>>(), [Some(number)], "{name}");
    assert_eq!(found.voids.iter().map(|void| void.entry).collect::<Vec<_>>(), [number], "{name}");
    assert_eq!(found.state.unwrap().digest(), scribe.state.digest());
}

/// An attack on the public files.
struct FileAttack {
    name: String,
    /// Exactly the checks that fail.
    checks: BTreeSet<&'static str>,
    files: book::files::MemoryFiles,
    asked: Asked,
}

fn carry_out_on_files(attack: &FileAttack) {
    let found = audit(&attack.files, &attack.asked);
    let failed: BTreeSet<&str> = found.report.failed_checks().into_iter().collect();
    assert_eq!(failed, attack.checks, "{}:\n{}", attack.name, found.report);
    assert!(!failed.is_empty(), "{}", attack.name);
}

fn on_entries() -> Vec<Attack> {
    [
        entries::attacks(),
        texts::attacks(),
        signatures::attacks(),
        members::attacks(),
        handover::attacks(),
        foundings::second(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn no_entry_deceives() {
    for attack in on_entries() {
        carry_out(&attack);
    }
}

#[test]
fn no_file_deceives() {
    for attack in files::attacks() {
        carry_out_on_files(&attack);
    }
}

#[test]
fn every_check_refuses_something() {
    let mut refused: BTreeSet<&str> = on_entries().iter().map(|attack| attack.check).collect();
    refused.extend(foundings::CHECKS);
    for (check, _) in council::CHECKS {
        assert!(refused.contains(check), "{check}");
    }
    let mut failed: BTreeSet<&str> = files::attacks().into_iter().flat_map(|attack| attack.checks).collect();
    failed.extend(stops::CHECKS);
    // A note that never fails.
    failed.insert("void-of-former-clerks");
    for (check, _) in audit::CHECKS {
        assert!(failed.contains(check), "{check}");
    }
    println!("{:<14}  attack", "check");
    for attack in on_entries() {
        println!("{:<14}  {}", attack.check, attack.name);
    }
    for attack in files::attacks() {
        let checks: Vec<&str> = attack.checks.iter().copied().collect();
        println!("{:<14}  {}", checks.join(", "), attack.name);
    }
    for name in foundings::names() {
        println!("{:<14}  first entry: {}", name.0, name.1);
    }
}
