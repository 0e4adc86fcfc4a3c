//! The keys that an entry's content names, read once, when it is examined: to check that a key is one costs as much as to verify
//! a signature, and needs no state.

use std::collections::HashMap;

use book::key::{KeyError, PublicKey};
use serde_json::Value;

use crate::refusal::Refusal;

/// Keys by their texts.
#[derive(Default)]
pub(crate) struct NamedKeys(HashMap<String, Result<PublicKey, KeyError>>);

impl NamedKeys {
    /// Those that stand under `key` or `clerk`, in the content itself or in what it lists.
    pub(crate) fn of(content: &Value) -> NamedKeys {
        let mut named = NamedKeys::default();
        for (name, value) in content.as_object().into_iter().flatten() {
            named.note(name, value);
            for (name, value) in value.as_array().into_iter().flatten().filter_map(Value::as_object).flatten()
            {
                named.note(name, value);
            }
        }
        named
    }

    fn note(&mut self, name: &str, value: &Value) {
        if let (true, Some(text)) = (matches!(name, "key" | "clerk"), value.as_str()) {
            self.0.entry(text.to_owned()).or_insert_with(|| PublicKey::parse_base64(text));
        }
    }

    /// Reads a key, now if that was not done before.
    pub(crate) fn read(&self, text: &str, whose: &str) -> Result<PublicKey, Refusal> {
        let read = match self.0.get(text) {
            Some(read) => read.clone(),
            None => PublicKey::parse_base64(text),
        };
        read.map_err(|error| Refusal::author("admission", format!("the key of {whose}"), error.to_string()))
    }

    /// The key that the content brings for its member, by whom the last line is.
    pub(crate) fn brought(&self, content: &Value, member: u32) -> Option<&PublicKey> {
        let brings = content.get("member").and_then(Value::as_u64) == Some(u64::from(member));
        let text = content.get("key").filter(|_| brings)?.as_str()?;
        self.0.get(text)?.as_ref().ok()
    }
}
