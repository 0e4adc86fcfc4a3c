//! JSON that says the same in other letters, or that is deep or long: every payload has one spelling.

use ballot::checks;
use serde_json::Value;

use crate::lab::{Case, Kind, lab, run};
use crate::support::{Held, Step, TIME, write};

use ballot::group::Group;

/// The text in other spellings.
fn spellings(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut spelled: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |label: &str, text: String| spelled.push((label.into(), text.into_bytes()));
    for (label, mark) in [("colon", ':'), ("comma", ','), ("bracket", '['), ("brace", '{')] {
        for (kind, space) in
            [("a space", " "), ("a line end", "\n"), ("a tab", "\t"), ("a carriage return", "\r\n")]
        {
            if text.contains(mark) {
                add(&format!("{kind} after a {label}"), text.replacen(mark, &format!("{mark}{space}"), 1));
            }
        }
    }
    add("a space before", format!(" {text}"));
    add("a space after", format!("{text} "));
    add("a line end after", format!("{text}\n"));
    add("a mark of byte order", format!("\u{feff}{text}"));
    add("a zero byte after", format!("{text}\0"));
    add("a comma after", format!("{text},"));
    add("itself after it", format!("{text}{text}"));
    add("a comment", format!("/* */{text}"));
    add("nothing", String::new());
    add("null", "null".into());
    add("a number", "1".into());
    add("a text", "\"x\"".into());
    add("in an array", format!("[{text}]"));
    add("in an object", format!("{{\"x\":{text}}}"));
    add("cut in the middle", text[..text.len() / 2].into());
    add("without its end", text[..text.len() - 1].into());
    // A value nearest the middle, spelled with an escape.
    let at = text[text.len() / 3..].find('"').map_or(0, |at| at + text.len() / 3 + 1);
    if let Some(c) = text[at..].chars().next().filter(char::is_ascii_alphanumeric) {
        add("an escape", format!("{}\\u{:04x}{}", &text[..at], c as u32, &text[at + 1..]));
        add("an escape in upper case", format!("{}\\u{:04X}{}", &text[..at], c as u32, &text[at + 1..]));
    }
    if text.starts_with('{') {
        let value: Value = serde_json::from_str(text).unwrap();
        let fields: Vec<_> = value.as_object().unwrap().iter().collect();
        let write = |fields: &[(&String, &Value)]| {
            let fields: Vec<String> =
                fields.iter().map(|(k, v)| format!("{}:{v}", Value::from(k.as_str()))).collect();
            format!("{{{}}}", fields.join(","))
        };
        if fields.len() > 1 {
            let mut reversed = fields.clone();
            reversed.reverse();
            add("fields in the other order", write(&reversed));
        }
        let mut twice = fields.clone();
        twice.insert(0, fields[0]);
        add("the first field twice", write(&twice));
        let mut twice = fields.clone();
        twice.push(*fields.last().unwrap());
        add("the last field twice", write(&twice));
        let one = Value::from(1);
        let (name, null) = ("note".to_owned(), Value::Null);
        let mut more = fields.clone();
        more.push((&name, &one));
        add("an unknown field", write(&more));
        for option in ["note", "blank_proof", "signature", "name", "parent", "payload"] {
            let option = option.to_owned();
            if fields.iter().all(|(k, _)| **k != option) {
                let mut with_null = fields.clone();
                with_null.push((&option, &null));
                add(&format!("{option} that is null"), write(&with_null));
            }
        }
        for i in 0..fields.len() {
            let mut less = fields.clone();
            less.remove(i);
            add(&format!("without {}", fields[i].0), write(&less));
            let mut nulled = fields.clone();
            nulled[i].1 = &null;
            add(&format!("null for {}", fields[i].0), write(&nulled));
            let deep = format!("{}:{}", Value::from(fields[i].0.as_str()), "[".repeat(100_000));
            let from = text.find(&format!("\"{}\":", fields[i].0)).unwrap();
            add(&format!("{} 100,000 deep", fields[i].0), format!("{}{deep}", &text[..from]));
        }
    }
    add("100,000 deep", "[".repeat(100_000));
    add("100,000 deep and closed", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    add("objects 100,000 deep", "{\"a\":".repeat(100_000));
    add("a million empty items", format!("[{}[]]", "[],".repeat(1_000_000)));
    add("a name of a megabyte", format!("{{\"{}\":1}}", "x".repeat(1_000_000)));
    add("a number of a megabyte", "9".repeat(1_000_000));
    add("an infinite number", "1e999999".into());
    spelled.push((
        "no UTF-8".into(),
        [&text.as_bytes()[..text.len() / 2], &[0xff, 0xfe], &text.as_bytes()[text.len() / 2..]].concat(),
    ));
    spelled.push(("a lone surrogate".into(), text.replacen('"', "\"\\ud800", 1).into_bytes()));
    spelled
}

fn of<G: Group>(held: &Held<G>, everything: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    let steps = held.steps();
    let mut seen = Vec::new();
    for at in 0..steps.len() {
        let count = steps[at].clone().payloads().len();
        if seen.contains(&steps[at].kind()) {
            continue;
        }
        seen.push(steps[at].kind());
        for payload in 0..count {
            let original = String::from_utf8(steps[at].clone().payloads()[payload].clone()).unwrap();
            for (label, bytes) in spellings(&original) {
                if bytes == original.as_bytes() || (bytes.len() > 300_000 && !everything) {
                    continue;
                }
                let mut changed = steps.clone();
                *changed[at].payloads()[payload] = bytes;
                let check = steps[at].check(payload);
                let case = Case::new(
                    format!("{} {payload}: {label}", steps[at].kind()),
                    write(&changed, TIME),
                    Some(held.strong_text()),
                );
                // The description's bytes are hashed as they stand: spelled otherwise it is another election.
                cases.push(match &steps[at] {
                    Step::Setup { .. } if payload == 0 => {
                        let mut case = case.under(check);
                        case.or = &[checks::BALLOT_FORM];
                        case
                    }
                    _ => case.under(check),
                });
            }
        }
    }
    cases
}

/// Inside a payload: each kind of number and field spelled otherwise.
fn inside() -> Vec<Case> {
    let held = &lab().full;
    let steps = held.steps();
    let mut cases = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for at in 1..steps.len() {
        for payload in 0..steps[at].clone().payloads().len() {
            let text = String::from_utf8(steps[at].clone().payloads()[payload].clone()).unwrap();
            // After each quoted name.
            let mut from = 0;
            while let Some(found) = text[from..].find("\":") {
                let end = from + found;
                let start = text[..end].rfind('"').unwrap() + 1;
                from = end + 2;
                let name = format!("{} {}", steps[at].kind(), &text[start..end]);
                if seen.contains(&name) {
                    continue;
                }
                let mut add = |label: &str, changed: String| {
                    let mut steps = steps.clone();
                    let check = steps[at].check(payload);
                    *steps[at].payloads()[payload] = changed.into_bytes();
                    cases.push(
                        Case::new(format!("{name}: {label}"), write(&steps, TIME), Some(held.strong_text()))
                            .under(check),
                    );
                };
                add("a space", format!("{}\": {}", &text[..end], &text[end + 2..]));
                add(
                    "its name with an escape",
                    format!(
                        "{}\\u{:04x}{}",
                        &text[..start],
                        u32::from(text.as_bytes()[start]),
                        &text[start + 1..]
                    ),
                );
                add(
                    "null instead",
                    format!("{}\":null,\"{}\":{}", &text[..end], &text[start..end], &text[end + 2..]),
                );
                add("a field before it", format!("{}note\":1,\"{}", &text[..start], &text[start..]));
                seen.push(name);
            }
        }
    }
    cases
}

#[test]
fn other_spellings_are_refused() {
    run(&[
        Kind {
            name: "JSON: re-spelled, deep or long, every type",
            check: checks::BALLOT_FORM,
            make: || of(&lab().full, true),
        },
        Kind {
            name: "JSON: the same with weights and in a field",
            check: checks::BALLOT_FORM,
            make: || {
                let mut cases = of(&lab().weighted, false);
                // An audit in a field takes a tenth of a second: some of them.
                cases.extend(of(&lab().field, false).into_iter().step_by(6));
                cases
            },
        },
        Kind { name: "JSON: every field inside", check: checks::BALLOT_FORM, make: inside },
    ]);
}
