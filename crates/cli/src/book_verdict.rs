//! A report of a book's audit as JSON and as text.

use audit::Audit;
use report::printable;
use serde_json::{Map, Value, json};

use crate::edge;

/// What a mirror keeps beside a book, by how the names of the folders begin.
const CASES: [(&str, &str); 5] = [
    ("fork-", "two histories, both signed by one clerk"),
    ("departed-", "two histories, one given to this mirror and one to the new clerk"),
    ("contested-", "a hand-over that left final entries behind"),
    ("two-successions-", "two successions for one epoch"),
    (
        "left-behind-",
        "entries that were not final and that a hand-over left behind, which can be handed in again",
    ),
];

/// What `audit --json` prints: `ok` first.
pub fn to_json(audit: &Audit, evidence: &[String]) -> Value {
    let mut object = Map::new();
    object.insert("ok".into(), json!(audit.report.holds()));
    if let Some(checkpoint) = &audit.checkpoint {
        object.insert("origin".into(), json!(checkpoint.origin));
        object.insert("entries".into(), json!(checkpoint.size));
        object.insert("root".into(), json!(checkpoint.root.to_string()));
    }
    if let Some(state) = &audit.state {
        object.insert("book".into(), json!(state.book().to_string()));
        object.insert("name".into(), json!(state.name()));
        object.insert("epoch".into(), json!(state.epoch()));
        object.insert("members".into(), json!(state.on_roll()));
        object.insert("state".into(), json!(state.digest().to_string()));
    }
    object.insert("final".into(), json!(audit.is_final));
    object.insert("void".into(), json!(audit.voids.iter().map(|void| void.entry).collect::<Vec<_>>()));
    object.insert("checks".into(), json!(audit.report.checks()));
    let facts: Map<String, Value> = audit.report.facts().iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    object.insert("facts".into(), Value::Object(facts));
    if !evidence.is_empty() {
        object.insert("evidence".into(), json!(evidence));
    }
    Value::Object(object)
}

/// The same for a reader.
pub fn to_text(audit: &Audit, evidence: &[String]) -> String {
    let mut text = String::new();
    if let (Some(state), Some(checkpoint)) = (&audit.state, &audit.checkpoint) {
        text.push_str(&format!("{}, book {}\n", printable(state.name().to_owned()), state.book()));
        text.push_str(&format!(
            "{} in {}, {} on the roll\n\n",
            edge::entries(checkpoint.size),
            match state.epoch() {
                0 => "epoch 0".to_owned(),
                epoch => format!("epochs 0 to {epoch}"),
            },
            match state.on_roll() {
                1 => "1 member".to_owned(),
                many => format!("{many} members"),
            }
        ));
    }
    text.push_str(&audit.report.to_string());
    text.push_str(&if audit.report.holds() {
        format!("\nAll holds: {} checks.\n", audit.report.total())
    } else {
        format!("\nIt FAILS: {}.\n", audit.report.failed_checks().join(", "))
    });
    for case in evidence {
        let name = case.rsplit(std::path::MAIN_SEPARATOR).next().unwrap_or(case);
        let what =
            CASES.iter().find(|(kind, _)| name.starts_with(kind)).map_or("a conflict", |(_, what)| what);
        text.push_str(&format!(
            "\nKept beside the book: {what}; {} says more.\n",
            printable(format!("{case}/README"))
        ));
    }
    text
}
