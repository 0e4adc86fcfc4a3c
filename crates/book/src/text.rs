//! What a text of the book may hold: Unicode in normal form C, nothing that steers a terminal or turns the direction of
//! writing, and JSON in its one compact form.

use serde_json::Value;
use unicode_normalization::is_nfc;

/// Integers of JSON lie below this, in either direction: 2^53, where JavaScript's numbers cease to be exact.
pub const INTEGER_LIMIT: u64 = 1 << 53;

/// Whether a character is refused in a text: control characters, and those that reorder, hide or break what a reader
/// sees (bidirectional marks, embeddings, overrides and isolates; line and paragraph separators; invisible operators;
/// the byte-order mark). Joiners, which some scripts need, are allowed.
pub fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a text's line is in order.
pub fn check_line(line: &str) -> Result<(), &'static str> {
    if line.chars().any(is_refused) {
        return Err("it holds a control character or one that turns the direction of writing");
    }
    if !is_nfc(line) {
        return Err("it is not in Unicode's normal form C");
    }
    Ok(())
}

/// Whether a line is JSON in its one form: an object, equal to its own compact writing, integers only and below 2^53, no
/// key twice; its strings hold nothing that [`check_line`] refuses but newlines.
pub fn check_json(line: &str) -> Result<Value, &'static str> {
    let value: Value = serde_json::from_str(line).map_err(|_| "it is not JSON")?;
    if !value.is_object() {
        return Err("it is not a JSON object");
    }
    check_value(&value)?;
    // A key twice, another spacing, another way to write a character or a number: all show here.
    if serde_json::to_string(&value).ok().as_deref() != Some(line) {
        return Err("it is not in the compact form, or has a key twice");
    }
    Ok(value)
}

/// serde_json refuses nesting deeper than 128, so this recursion is bounded.
fn check_value(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match size {
                Some(size) if size < INTEGER_LIMIT => Ok(()),
                _ => Err("it holds a number that is no integer below 2^53"),
            }
        }
        Value::String(text) => check_string(text),
        Value::Array(items) => items.iter().try_for_each(check_value),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            check_string(key)?;
            check_value(value)
        }),
    }
}

fn check_string(text: &str) -> Result<(), &'static str> {
    text.split('\n').try_for_each(check_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_only() {
        assert!(check_json(r#"{"a":1,"b":["ñ\n\"x",-3,null,true]}"#).is_ok());
        for wrong in [
            r#"{"a": 1}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":-0}"#,
            r#"{"a":9007199254740992}"#,
            r#"{"a":-9007199254740992}"#,
            r#"{"a":123456789012345678901234567890}"#,
            r#"{"a":"\u00e1"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\u202e"}"#,
            "{\"a\":\"\u{202e}\"}",
            r#"{"a":"\u0007"}"#,
            r#"{"a":"\t"}"#,
            "{\"a\":\"n\u{0303}\"}",
            r#"[1]"#,
            r#"{"a":1} "#,
            "",
        ] {
            assert!(check_json(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}{}{}", "{\"a\":".repeat(50_000), 1, "}".repeat(50_000));
        assert!(check_json(&deep).is_err());
    }
}
