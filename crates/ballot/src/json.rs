//! JSON as Belenios writes it: compact, fields in a fixed order, absent options left out, no trailing newline.
//!
//! Parsing is strict: a text is read only if writing the value again gives the same bytes. That refuses spaces, unknown or
//! doubled fields, other orders and other spellings of numbers and strings in one rule, for every type alike.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not the canonical JSON of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

/// Reads a value from its canonical JSON.
pub fn parse<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, JsonError> {
    let value: T = parse_loosely(bytes)?;
    let again = to_string(&value);
    if again.as_bytes() == bytes {
        return Ok(value);
    }
    let at = again.bytes().zip(bytes).take_while(|(a, b)| a == *b).count();
    Err(JsonError(format!("not in canonical form: byte {at} differs from the re-serialisation")))
}

/// Reads a value from any JSON of it; only for `election.json`, whose bytes are hashed as they stand.
pub fn parse_loosely<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    serde_json::from_slice(bytes).map_err(|error| JsonError(error.to_string()))
}

/// Writes a value canonically.
pub fn to_string<T: Serialize>(value: &T) -> String {
    // The types of this crate have string keys and no failing serialisation.
    serde_json::to_string(value).unwrap_or_default()
}

/// A natural number as Belenios writes weights and results: a JSON number up to 2^30 − 1, a decimal string above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Natural(pub u64);

/// The largest natural number that is written as a JSON number.
const LARGEST_NUMBER: u64 = (1 << 30) - 1;

impl Serialize for Natural {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 <= LARGEST_NUMBER {
            serializer.serialize_u64(self.0)
        } else {
            serializer.serialize_str(&self.0.to_string())
        }
    }
}

impl<'de> Deserialize<'de> for Natural {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Natural;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a natural number")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Natural, E> {
                Ok(Natural(value))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Natural, E> {
                text.parse().map(Natural).map_err(|_| E::custom("not a natural number"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naturals_are_strings_from_two_to_the_thirtieth() {
        assert_eq!(
            to_string(&[Natural(1_073_741_823), Natural(1_073_741_824)]),
            r#"[1073741823,"1073741824"]"#
        );
        assert_eq!(parse::<Vec<Natural>>(br#"[1073741823,"1073741824"]"#).map(|v| v[1].0), Ok(1_073_741_824));
        for respelled in [r#"["5"]"#, "[1073741824]", "[05]", "[5.0]", "[5 ]", "[-1]", r#"["+1073741824"]"#] {
            assert!(parse::<Vec<Natural>>(respelled.as_bytes()).is_err(), "{respelled}");
        }
    }
}
