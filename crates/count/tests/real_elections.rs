//! Every file of real ballots gives its known result.

mod common;

use std::path::Path;

use common::{count, data, files, json, name, numbers, read, same_number, stem};
use count::{Detail, Profile, Vote};
use serde_json::Value;

fn expected(path: &Path) -> Value {
    json(&path.with_file_name("expected").join(format!("{}.json", stem(path))))
}

#[test]
fn every_file_is_covered() {
    let Some(folder) = data() else { return };
    for path in files(&folder, |_| true) {
        let (name, profile, expected) = (name(&path), read(&path), expected(&path));
        assert!(profile.ballots() > 0, "{name}");
        match name.rsplit_once('.').expect("an extension").1 {
            "blt" if name.starts_with("scot_") => scottish_ward(&name, &profile, &expected),
            "blt" | "soi" if name.starts_with("dublin_") => dublin(&name, &profile, &expected),
            "toi" if name.starts_with("burlington_") => run_off(&name, &profile, &expected),
            "soi" if name.starts_with("nsw_") => run_off(&name, &profile, &expected),
            _ if name.starts_with("debian_") => debian(&name, &profile, &expected),
            "cat" => approvals(&name, &profile, &expected),
            "csv" => grades(&name, &profile, &expected),
            _ => panic!("{name}: no test knows this file"),
        }
    }
}

/// Every stage's total of every candidate equals the official one; who is elected at which stage, in order.
fn scottish_ward(name: &str, profile: &Profile, expected: &Value) {
    let seats = profile.seats.expect("a .blt says it");
    assert_eq!(Some(seats as u64), expected["seats"].as_u64());
    assert_eq!(Some(profile.ballots()), expected["valid_ballots"].as_u64(), "{name}");
    let outcome = count("scottish-stv", profile, seats);
    assert_eq!(outcome.quota, Some(format!("{}.00000", expected["official"]["quota"])), "{name}");
    let stages = expected["stages"].as_array().expect("stages");
    assert_eq!(outcome.stages.len(), stages.len(), "{name}");
    for (ours, official) in outcome.stages.iter().zip(stages) {
        for (candidate, total) in ours.totals.iter().enumerate() {
            let official =
                official["official_totals"][(candidate + 1).to_string()].as_str().expect("a total");
            assert!(same_number(total, official), "{name}: {total} is not {official}");
        }
        let action = official["action_recomputed"].as_str().expect("an action");
        let excluded = action.strip_prefix("exclude ").map(|n| n.parse::<usize>().expect("a number") - 1);
        assert_eq!(ours.excluded, excluded, "{name}");
    }
    let official = expected["official"]["elected"].as_array().expect("a list");
    let official: Vec<(usize, usize)> =
        official.iter().map(|one| (number(&one["candidate"]) - 1, number(&one["stage"]))).collect();
    let stages = outcome.stages.iter().zip(1..);
    let ours: Vec<(usize, usize)> =
        stages.flat_map(|(stage, n)| stage.elected.iter().map(move |&c| (c, n))).collect();
    assert_eq!(ours, official, "{name}");
    assert_eq!(outcome.elected, official.iter().map(|(c, _)| *c).collect::<Vec<_>>(), "{name}");
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

/// The official winners under all three rules; the round table of the Scottish rule.
fn dublin(name: &str, profile: &Profile, expected: &Value) {
    let seats = number(&expected["seats"]);
    assert_eq!(profile.groups.len(), number(&expected["distinct_ballots"]), "{name}");
    let official = expected["official"]["elected"].as_array().expect("a list");
    let mut official: Vec<usize> = official.iter().map(|one| number(&one["candidate"]) - 1).collect();
    official.sort_unstable();
    for method in ["scottish-stv", "wigm-stv", "meek-stv"] {
        let outcome = count(method, profile, seats);
        let mut elected = outcome.elected.clone();
        elected.sort_unstable();
        assert_eq!(elected, official, "{name} by {method}");
        if method == "scottish-stv" {
            let recount = &expected["scottish_rule_recount"];
            let stages = recount["stages"].as_array().expect("stages");
            assert_eq!(outcome.stages.len(), stages.len());
            for (ours, theirs) in outcome.stages.iter().zip(stages) {
                for (candidate, total) in ours.totals.iter().enumerate() {
                    assert_eq!(theirs["totals"][(candidate + 1).to_string()], total.as_str(), "{name}");
                }
            }
            let order: Vec<usize> = recount["elected"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|e| number(&e["candidate"]) - 1)
                .collect();
            assert_eq!(outcome.elected, order, "{name}");
        }
    }
}

fn run_off(name: &str, profile: &Profile, expected: &Value) {
    let outcome = count("irv", profile, 1);
    let recount = &expected["irv_recount"];
    assert_eq!(outcome.valid, expected["ballots_counted"].as_u64().expect("a number"), "{name}");
    assert_eq!(outcome.elected, [number(&recount["winner"]) - 1], "{name}");
    assert_eq!(outcome.elected, [number(&expected["official"]["winner"]) - 1], "{name}");
    let rounds = recount["rounds"].as_array().expect("rounds");
    assert_eq!(outcome.stages.len(), rounds.len(), "{name}");
    for (ours, theirs) in outcome.stages.iter().zip(rounds) {
        for (candidate, total) in ours.totals.iter().enumerate() {
            let theirs = theirs["totals"].get((candidate + 1).to_string()).map_or(0, number);
            assert_eq!(*total, theirs.to_string(), "{name}");
        }
        let exhausted = number(&theirs["exhausted"]).to_string();
        assert_eq!(ours.non_transferable.as_deref(), Some(exhausted.as_str()), "{name}");
    }
    schulze(name, profile, expected);
    assert_eq!(count("plurality", profile, 1).elected, [number(&expected["plurality_winner"]) - 1], "{name}");
}

fn debian(name: &str, profile: &Profile, expected: &Value) {
    schulze(name, profile, expected);
    assert_eq!(count("schulze", profile, 1).elected, [number(&expected["official"]["winner"]) - 1], "{name}");
}

fn schulze(name: &str, profile: &Profile, expected: &Value) {
    let outcome = count("schulze", profile, 1);
    let Detail::Pairwise { wins, paths } = &outcome.detail else { panic!("{name}") };
    let known = |table: &Value, a: usize, b: usize| table[format!("{}>{}", a + 1, b + 1)].as_u64();
    for a in 0..wins.len() {
        for b in (0..wins.len()).filter(|&b| b != a) {
            assert_eq!(Some(wins[a][b]), known(&expected["pairwise"], a, b), "{name}");
            if let Some(strength) = known(&expected["schulze_winning_votes"]["strongest_paths"], a, b) {
                assert_eq!(paths[a][b], strength, "{name}: {a} to {b}");
            }
        }
    }
    assert_eq!(outcome.ranking[0], numbers(&expected["condorcet_winner"]), "{name}");
    assert_eq!(outcome.ranking[0], numbers(&expected["schulze_winning_votes"]["winners"]), "{name}");
    // The expected order lists equals by number, too.
    let order: Vec<usize> = outcome.ranking.concat();
    assert_eq!(order, numbers(&expected["schulze_winning_votes"]["ranking"]), "{name}");
}

fn approvals(name: &str, profile: &Profile, expected: &Value) {
    assert_eq!(Some(profile.ballots()), expected["voters"].as_u64(), "{name}");
    let outcome = count("approval", profile, 1);
    for (candidate, total) in outcome.stages[0].totals.iter().enumerate() {
        assert_eq!(*total, expected["approvals"][(candidate + 1).to_string()].to_string(), "{name}");
    }
    assert_eq!(outcome.ranking.concat(), numbers(&expected["ranking"]), "{name}");
    let empty = profile.groups.iter().filter(|group| group.vote == Vote::Approved(vec![]));
    let empty: u64 = empty.map(|group| group.count).sum();
    assert_eq!(Some(empty), expected["ballot_size_histogram"]["0"].as_u64(), "{name}");
}

fn grades(name: &str, profile: &Profile, expected: &Value) {
    assert_eq!(Some(profile.ballots()), expected["voters"].as_u64(), "{name}");
    let outcome = count("majority-judgment", profile, 1);
    let Detail::Gauges(gauges) = &outcome.detail else { panic!("{name}") };
    let words = ["Excellent", "Très bien", "Bien", "Assez bien", "Passable", "Insuffisant", "À rejeter"];
    for (candidate, gauge) in profile.candidates.iter().zip(gauges) {
        let mut tally: Vec<u64> = expected["tallies_reject_to_excellent"][candidate]
            .as_array()
            .expect("a tally")
            .iter()
            .map(|n| n.as_u64().expect("a number"))
            .collect();
        tally.reverse();
        assert_eq!(gauge.tally, tally, "{name}: {candidate}");
        let known = &expected["majority_gauge"][candidate];
        // Six grades: from Très bien to À rejeter.
        let word = words[gauge.grade as usize];
        let sign = if gauge.better > gauge.worse { "+" } else { "-" };
        assert_eq!(known["grade"], format!("{word}{sign}"), "{name}: {candidate}");
        for (votes, percent) in
            [(gauge.better, &known["percent_above"]), (gauge.worse, &known["percent_below"])]
        {
            let hundredths = (votes * 1_000_000 / outcome.ballots + 50) / 100;
            let expected = (percent.as_f64().expect("a number") * 100.0).round() as u64;
            assert_eq!(hundredths, expected, "{name}: {candidate}");
        }
    }
    let order: Vec<&str> = outcome.ranking.concat().iter().map(|&c| profile.candidates[c].as_str()).collect();
    assert_eq!(serde_json::json!(order), expected["ranking"], "{name}");
}
