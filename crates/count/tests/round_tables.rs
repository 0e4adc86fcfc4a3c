//! The round tables of Droop.py 0.14 and stv-rs 0.5.1 on real elections.

mod common;

use std::collections::BTreeMap;

use common::{count, data, files, json, name, read, stem};
use count::{Outcome, Profile};
use serde_json::Value;

/// Candidates' totals as one block of a table shows them; excluded ones have zero.
type Totals = BTreeMap<String, String>;

/// The last complete block of totals before `Round 1` and within each round.
fn rounds(table: &str, profile: &Profile) -> Vec<Totals> {
    let (mut rounds, mut block, mut last): (Vec<Totals>, Totals, Option<Totals>) = Default::default();
    for line in table.lines() {
        if line.starts_with("Round ") || line.starts_with("Action: Count Complete") {
            rounds.extend(last.take());
            if line.starts_with("Action") {
                break;
            }
        } else if let Some(rest) = ["\tHopeful:", "\tElected:", "\tPending:", "\tDefeated:"]
            .iter()
            .find_map(|label| line.strip_prefix(label))
        {
            let (names, total) = rest.trim().rsplit_once(" (").expect("a total");
            let total = total.trim_end_matches(')');
            // Several candidates at zero share a line, their names joined by commas.
            for name in &profile.candidates {
                if names == name || (total.starts_with("0.") && names.split(", ").any(|one| one == name)) {
                    block.insert(name.clone(), total.to_owned());
                }
            }
        } else if !block.is_empty() {
            assert_eq!(block.len(), profile.candidates.len(), "{line}");
            last = Some(std::mem::take(&mut block));
        }
    }
    rounds
}

fn ours(outcome: &Outcome, profile: &Profile) -> Vec<Totals> {
    let named =
        |totals: &Vec<String>| profile.candidates.iter().cloned().zip(totals.iter().cloned()).collect();
    outcome.stages.iter().map(|stage| named(&stage.totals)).collect()
}

fn elected(outcome: &Outcome, profile: &Profile) -> Vec<String> {
    outcome.elected.iter().map(|&c| profile.candidates[c].clone()).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// stv-rs rounds other steps than the reference rule does: equal to a ten-thousandth of a vote.
fn nearly_equal(ours: &[Totals], theirs: &[Totals], shown: &str) {
    let units = |text: &str| text.replace('.', "").parse::<i128>().expect("nine decimals");
    assert_eq!(ours.len(), theirs.len(), "{shown}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (name, total) in ours {
            let apart = units(total) - units(&theirs[name]);
            assert!(apart.abs() <= 100_000, "{shown}: {name}: {total} {}", theirs[name]);
        }
    }
}

#[test]
fn every_table_is_reproduced() {
    let Some(folder) = data() else { return };
    let tables = folder.join("expected/tables");
    let mut seen = 0;
    for summary in files(&tables, |name| name.ends_with(".summary.json")) {
        let election = stem(&summary).replace(".summary", "");
        let profile = read(&folder.join(format!("{election}.blt")));
        let seats = profile.seats.expect("a .blt says it");
        let summary = json(&summary);
        let known = |rule: &str| -> Vec<String> {
            let list: &Value = &summary["elected_in_order"][rule];
            list.as_array().expect("a list").iter().map(|n| n.as_str().expect("a name").to_owned()).collect()
        };
        let (scottish, wigm, meek) = (
            count("scottish-stv", &profile, seats),
            count("wigm-stv", &profile, seats),
            count("meek-stv", &profile, seats),
        );
        assert_eq!(sorted(elected(&scottish, &profile)), sorted(known("scotland")), "{election}");
        assert_eq!(sorted(elected(&wigm, &profile)), sorted(known("wigm")), "{election}");
        assert_eq!(sorted(elected(&wigm, &profile)), sorted(known("wigm-prf")), "{election}");
        assert_eq!(elected(&meek, &profile), known("meek-prf"), "{election}");
        assert_eq!(elected(&meek, &profile), known("stv-rs meek"), "{election}");
        for path in files(&tables, |name| name.starts_with(&election) && name.ends_with(".txt")) {
            let table = std::fs::read_to_string(&path).expect("a table");
            let theirs = rounds(&table, &profile);
            let (shown, of) = (name(&path), |rule: &str| name(&path).contains(rule));
            if of(".scotland.") {
                // Droop writes the first count as round 0.
                assert_eq!(ours(&scottish, &profile), theirs, "{shown}");
                seen += 1;
            } else if of(".meek-prf.") {
                // Round 1 repeats the first count.
                assert_eq!(ours(&meek, &profile), theirs[1..], "{shown}");
                seen += 1;
            } else if of(".stv-rs.") {
                nearly_equal(&ours(&meek, &profile), &theirs[1..], &shown);
                seen += 1;
            }
        }
    }
    println!("{seen} tables reproduced");
}
