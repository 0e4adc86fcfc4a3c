//! A report of an audit as JSON and as text.

use ballot::audit::Audit;
use report::printable;
use serde_json::{Map, Value, json};

/// What `audit --json` prints, and `report.json` holds: `ok` first.
pub fn to_json(audit: &Audit) -> Value {
    let mut object = Map::new();
    object.insert("ok".into(), json!(audit.report.holds()));
    if let Some(description) = &audit.description {
        object.insert("uuid".into(), json!(description.uuid));
        object.insert("name".into(), json!(description.name));
        object.insert("group".into(), json!(description.group));
    }
    object.insert("voters".into(), json!(audit.voters));
    object.insert("ballots".into(), json!(audit.ballots));
    object.insert("num_tallied".into(), json!(audit.num_tallied));
    object.insert("total_weight".into(), json!(audit.total_weight));
    object.insert("checks".into(), json!(audit.report.checks()));
    let facts: Map<String, Value> = audit.report.facts().iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    object.insert("facts".into(), Value::Object(facts));
    if let Some(result) = &audit.result {
        object.insert("result".into(), json!(result.result));
    }
    Value::Object(object)
}

/// The same for a reader: what was audited, the checks, the verdict.
pub fn to_text(audit: &Audit) -> String {
    let mut text = String::new();
    if let Some(description) = &audit.description {
        text.push_str(&format!(
            "{}, election {}, group {}\n",
            printable(description.name.clone()),
            description.uuid,
            description.group
        ));
        text.push_str(&format!(
            "{} on the list, {} ballots cast, {} count (weight {})\n\n",
            audit.voters, audit.ballots, audit.num_tallied, audit.total_weight
        ));
    }
    text.push_str(&audit.report.to_string());
    let verdict = if audit.report.holds() {
        format!("\nAll holds: {} checks.\n", audit.report.total())
    } else {
        format!("\nIt FAILS: {}.\n", audit.report.failed_checks().join(", "))
    };
    text.push_str(&verdict);
    text
}
