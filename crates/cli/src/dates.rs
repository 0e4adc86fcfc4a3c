//! Times as people write them: `2026-12-01T20:00Z`, or Unix seconds.

use council::Moment;
use serde_json::Value;

use crate::edge;

/// Reads a time.
///
/// # Errors
/// Why it is none.
pub fn parse(text: &str) -> Result<u64, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| "there is no such time".into());
    }
    date(text).ok_or_else(|| "a time is written 2026-12-01T20:00Z, in UTC, or as Unix seconds".into())
}

fn date(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC"))?;
    let (date, time) = text.split_once(['T', ' '])?;
    let number = |text: &str, digits: usize| -> Option<u64> {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    let mut parts = date.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let mut clock = time.split(':');
    let (hour, minute) = (number(clock.next()?, 2)?, number(clock.next()?, 2)?);
    let second = clock.next().map_or(Some(0), |second| number(second, 2))?;
    let is_past_the_end = parts.next().is_some() || clock.next().is_some();
    if is_past_the_end || hour > 23 || minute > 59 || second > 59 || !(1970..=9999).contains(&year) {
        return None;
    }
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Days from civil, after H. Hinnant; years begin in March.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let (era, of_era) = (shifted / 400, shifted % 400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let seconds = days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second;
    // A day that the month does not have comes out as another.
    (Moment::of(seconds).date() == date).then_some(seconds)
}

/// Whether a field of a content holds a time.
fn is_time(key: &str) -> bool {
    key == "until" || key.ends_with("_until")
}

/// Turns the dates that stand in a content's times into the seconds that an entry holds.
///
/// # Errors
/// Which field is no time.
pub fn to_seconds(content: &mut Value) -> Result<(), String> {
    match content {
        Value::Array(items) => items.iter_mut().try_for_each(to_seconds),
        Value::Object(fields) => fields.iter_mut().try_for_each(|(key, value)| match value {
            Value::String(text) if is_time(key) => {
                *value = parse(text).map_err(|reason| format!("{key}: {reason}"))?.into();
                Ok(())
            }
            other => to_seconds(other),
        }),
        _ => Ok(()),
    }
}

/// The times of a content, a line each, for whoever is asked to sign it.
pub fn said(content: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if let Ok(value) = serde_json::from_str(content) {
        walk(&value, &mut lines);
    }
    lines
}

fn walk(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, lines)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_u64().filter(|_| is_time(key)) {
                    Some(time) => lines.push(format!("{key} {time} is {}", edge::utc(time))),
                    None => walk(value, lines),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(parse("1800000000"), Ok(1_800_000_000));
        assert_eq!(parse("2000-02-29T12:34:56Z"), Ok(951_827_696));
        assert_eq!(parse("2000-02-29 12:34:56 UTC"), Ok(951_827_696));
        assert_eq!(parse("1970-01-01T00:00Z"), Ok(0));
        assert_eq!(parse("2100-03-01T00:00Z"), Ok(4_107_542_400));
        for wrong in [
            "",
            "2026-12-01",
            "2026-12-01T20:00",
            "2026-02-29T20:00Z",
            "2026-13-01T20:00Z",
            "2026-12-01T24:00Z",
            "2026-12-1T20:00Z",
            "-5",
            "99999999999999999999",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn contents() {
        let mut content = serde_json::json!({"until": "1970-01-02T00:00Z", "text": "1970-01-02T00:00Z"});
        assert!(to_seconds(&mut content).is_ok());
        assert_eq!(content, serde_json::json!({"until": 86_400, "text": "1970-01-02T00:00Z"}));
        assert_eq!(said(&content.to_string()), ["until 86400 is 1970-01-02 00:00:00 UTC"]);
        assert!(to_seconds(&mut serde_json::json!({"nominate_until": "soon"})).is_err());
    }
}
