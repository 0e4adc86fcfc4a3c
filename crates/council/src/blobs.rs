//! Which attachments an entry names, whoever signed it: for those who copy before they judge.

use book::hash::Hash;
use serde_json::Value;

/// What every reference to a blob holds, whatever the kind.
const MARK: &[u8] = b"\"sha256\":\"";

/// The attachments, by SHA-256 and size, that stand in an entry's content. Nothing is judged: bytes that are no entry name none.
pub fn blobs_named(entry: &[u8]) -> Vec<(Hash, u64)> {
    let mut named = Vec::new();
    if !entry.windows(MARK.len()).any(|part| part == MARK) {
        return named;
    }
    let content = std::str::from_utf8(entry).ok().and_then(|text| text.lines().nth(5));
    if let Some(value) = content.and_then(|line| serde_json::from_str(line).ok()) {
        walk(&value, &mut named);
    }
    named
}

fn walk(value: &Value, named: &mut Vec<(Hash, u64)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, named)),
        Value::Object(fields) => {
            let hash = fields.get("sha256").and_then(Value::as_str).and_then(Hash::from_hex);
            let size = fields.get("size").and_then(Value::as_u64);
            named.extend(hash.zip(size));
            fields.values().for_each(|field| walk(field, named));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let hash = Hash::of(b"plano");
        let entry =
            |content: &str| format!("cabildo/entry/v1\nx\nremark.made\nby 1\nafter 0 x\n{content}\n\n");
        let one = format!("{{\"sha256\":\"{}\",\"size\":5}}", hash.hex());
        let deep = format!("{{\"text\":\"x\",\"blobs\":[{one}],\"more\":{{\"plan\":{one}}}}}");
        assert_eq!(blobs_named(entry(&deep).as_bytes()), [(hash, 5), (hash, 5)]);
        assert_eq!(blobs_named(entry(&one).as_bytes()), [(hash, 5)]);
        assert!(blobs_named(entry("{\"sha256\":\"beef\",\"size\":5}").as_bytes()).is_empty());
        assert!(blobs_named(entry("{\"text\":\"hola\"}").as_bytes()).is_empty());
        assert!(blobs_named(b"\"sha256\":\"\xff").is_empty());
    }
}
