//! The browser's part of Cabildo, compiled to WebAssembly by `cargo xtask wasm`.
//!
//! One door: [`call`]`(name, json, random) -> json`. The page (`www/booth.js`) hands over the name of a function, its
//! argument as JSON, and fresh bytes from `crypto.getRandomValues`; there is no other source of randomness in the
//! module, no clock, and nothing that it imports. The same arguments give the same bytes here and in a browser:
//! `cargo xtask browser` checks that in Chromium, on plain HTTP.
//!
//! An answer is `{"ok":true,"value":…}` or `{"ok":false,"error":{"kind":…,"message":…}}`. What [`call`] is given never
//! makes it panic, so the module never traps.
//!
//! A new function is one line in [`FUNCTIONS`] and a `fn(Argument, &[u8]) -> Result<Value, Refusal>`.

#[cfg(feature = "checker")]
mod algorithms;
mod boundary;
#[cfg(feature = "checker")]
mod check;
mod functions;
#[cfg(feature = "checker")]
mod vectors;

pub use boundary::{MAX_JSON, MAX_NAME, MAX_RANDOM};

use serde::{Serialize, de::DeserializeOwned};

/// What a function of the booth is: its argument as JSON and random bytes in, its value as JSON out.
pub type Function = fn(&str, &[u8]) -> Result<String, Refusal>;

/// Every function that the page can call, by name.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("sha256", |json, random| typed(json, random, functions::sha256)),
    ("cast", |json, random| typed(json, random, functions::cast)),
    #[cfg(feature = "checker")]
    ("verify_ballot", |json, random| typed(json, random, check::verify_ballot)),
    #[cfg(feature = "checker")]
    ("audit", |json, random| typed(json, random, check::audit)),
    #[cfg(feature = "checker")]
    ("run_vectors", |json, random| typed(json, random, vectors::run_vectors)),
];

/// Why a call has no value. It becomes the `error` of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Whose fault.
    pub kind: Kind,
    /// For what was refused: the check that failed, one of `ballot::checks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<&'static str>,
    /// What is wrong, in English, for a log; the page has its own words for the voter.
    pub message: String,
}

/// Whose fault a [`Refusal`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The page called wrongly: no such function, too little randomness, too large.
    Misuse,
    /// The argument is not what the function takes.
    Argument,
    /// The argument was understood and fails a check.
    Refused,
}

impl Refusal {
    /// The page called wrongly.
    pub fn misuse(message: impl Into<String>) -> Self {
        Self { kind: Kind::Misuse, check: None, message: message.into() }
    }

    /// The argument is not what the function takes.
    pub fn argument(message: impl Into<String>) -> Self {
        Self { kind: Kind::Argument, check: None, message: message.into() }
    }

    /// What was given fails this check.
    pub fn refused(check: &'static str, message: impl Into<String>) -> Self {
        Self { kind: Kind::Refused, check: Some(check), message: message.into() }
    }

    /// The check that failed, else the kind: what a vector expects.
    #[cfg(feature = "checker")]
    fn code(&self) -> &'static str {
        self.check.unwrap_or(match self.kind {
            Kind::Misuse => "misuse",
            Kind::Argument => "argument",
            Kind::Refused => "refused",
        })
    }
}

impl From<ballot::refusal::Refusal> for Refusal {
    fn from(refusal: ballot::refusal::Refusal) -> Self {
        Self::refused(refusal.check, format!("{}: {}", refusal.object, refusal.reason))
    }
}

/// Calls the function `name` with the argument `json` (UTF-8) and `random` bytes, as many as that function asks for.
/// The answer is JSON, always.
pub fn call(name: &[u8], json: &[u8], random: &[u8]) -> String {
    match answer(name, json, random) {
        Ok(value) => format!(r#"{{"ok":true,"value":{value}}}"#),
        Err(refusal) => {
            // Serialising two strings cannot fail; the fallback is there so that no panic is.
            let error = serde_json::to_string(&refusal).unwrap_or_else(|_| "null".to_owned());
            format!(r#"{{"ok":false,"error":{error}}}"#)
        }
    }
}

fn answer(name: &[u8], json: &[u8], random: &[u8]) -> Result<String, Refusal> {
    let (_, function) = FUNCTIONS
        .iter()
        .find(|(known, _)| known.as_bytes() == name)
        .ok_or_else(|| Refusal::misuse(format!("no function {:?}", String::from_utf8_lossy(name))))?;
    let json = std::str::from_utf8(json)
        .map_err(|e| Refusal::argument(format!("the argument is not UTF-8: {e}")))?;
    function(json, random)
}

/// Reads the argument, runs `function`, writes the value: keys in the order of the Rust fields, so that the bytes are
/// the same wherever it runs.
fn typed<A: DeserializeOwned, V: Serialize>(
    json: &str,
    random: &[u8],
    function: fn(A, &[u8]) -> Result<V, Refusal>,
) -> Result<String, Refusal> {
    let argument = serde_json::from_str(json).map_err(|e| Refusal::argument(e.to_string()))?;
    let value = function(argument, random)?;
    serde_json::to_string(&value).map_err(|e| Refusal::argument(format!("the value has no JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three refusals that every function shares, and one value.
    #[test]
    fn answers_in_json_whatever_comes_in() {
        let check = |name: &str, json: &[u8], expect: &str| {
            assert_eq!(call(name.as_bytes(), json, &[]), expect, "{name}");
        };
        check(
            "no\"pe",
            b"{}",
            r#"{"ok":false,"error":{"kind":"misuse","message":"no function \"no\\\"pe\""}}"#,
        );
        check(
            "sha256",
            b"\xff",
            r#"{"ok":false,"error":{"kind":"argument","message":"the argument is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0"}}"#,
        );
        check(
            "sha256",
            b"",
            r#"{"ok":false,"error":{"kind":"argument","message":"EOF while parsing a value at line 1 column 0"}}"#,
        );
        check(
            "sha256",
            br#"{"hex":"616263"}"#,
            r#"{"ok":true,"value":{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}"#,
        );
    }

    /// 100,000 nested arrays are refused by the parser's limit and do not exhaust the stack.
    #[test]
    fn refuses_deep_json() {
        let deep = "[".repeat(100_000);
        for (name, _) in FUNCTIONS {
            assert!(call(name.as_bytes(), deep.as_bytes(), &[0; 64]).starts_with(r#"{"ok":false"#), "{name}");
        }
    }

    #[test]
    fn no_name_twice() {
        for (i, (name, _)) in FUNCTIONS.iter().enumerate() {
            assert!(name.len() <= MAX_NAME);
            assert!(FUNCTIONS.iter().skip(i + 1).all(|(other, _)| name != other), "{name}");
        }
    }
}
