//! Runs a file of `vectors/` inside the module: `{"algorithm":…,"cases":[{"name":…,…input…,"expect":…}]}`.

use crate::{Refusal, functions, typed};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The algorithms whose vectors this module can run. Each takes a case without its `name` and `expect`, as JSON.
const ALGORITHMS: &[(&str, crate::Function)] = &[
    ("Sha256", |json, random| typed(json, random, functions::sha256)),
    ("Ed25519Base", |json, random| typed(json, random, functions::ed25519_base)),
];

/// A file of vectors. Other keys (a source, a comment) are left alone.
#[derive(Deserialize)]
pub(crate) struct File {
    /// The name of the algorithm, as in the spec and in the file's own name.
    algorithm: String,
    /// The cases, each an object with `name`, the input's keys, and `expect`.
    cases: Vec<Map<String, Value>>,
}

/// What came out of a file.
#[derive(Serialize)]
pub(crate) struct Ran {
    /// The file's algorithm.
    algorithm: String,
    /// Whether this module has that algorithm; if not, no case was run.
    known: bool,
    /// Every case, in the file's order.
    cases: Vec<Case>,
}

/// What came out of one case.
#[derive(Serialize)]
pub(crate) struct Case {
    /// The case's name.
    name: String,
    /// Whether it came out as expected.
    ok: bool,
    /// What came out, where that was not expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<Value>,
}

/// Runs every case. An expectation of `"refused"` holds for any refusal.
pub(crate) fn run_vectors(file: File, random: &[u8]) -> Result<Ran, Refusal> {
    let Some((_, function)) = ALGORITHMS.iter().find(|(name, _)| *name == file.algorithm) else {
        return Ok(Ran { algorithm: file.algorithm, known: false, cases: Vec::new() });
    };
    let cases = file.cases.into_iter().map(|case| run(*function, case, random)).collect::<Result<_, _>>()?;
    Ok(Ran { algorithm: file.algorithm, known: true, cases })
}

fn run(function: crate::Function, mut case: Map<String, Value>, random: &[u8]) -> Result<Case, Refusal> {
    let Some(Value::String(name)) = case.remove("name") else {
        return Err(Refusal::argument("a case without a name"));
    };
    let Some(expect) = case.remove("expect") else {
        return Err(Refusal::argument(format!("case {name:?} expects nothing")));
    };
    let input = Value::Object(case).to_string();
    let got = match function(&input, random) {
        Ok(value) => serde_json::from_str(&value).unwrap_or(Value::Null),
        Err(_) => Value::from("refused"),
    };
    let ok = got == expect;
    Ok(Case { name, ok, got: (!ok).then_some(got) })
}

#[cfg(test)]
mod tests {
    /// Every case of this crate's own vectors comes out as expected, and each file is of a known algorithm.
    #[test]
    fn own_vectors_hold() {
        for file in
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).expect("the folder is there")
        {
            let path = file.expect("readable").path();
            let json = std::fs::read(&path).expect("readable");
            let answer = crate::call(b"run_vectors", &json, &[]);
            assert!(answer.contains(r#""known":true"#), "{}: {answer}", path.display());
            assert!(!answer.contains(r#""ok":false"#), "{}: {answer}", path.display());
        }
    }

    #[test]
    fn a_wrong_expectation_is_told() {
        let file = br#"{"algorithm":"Sha256","cases":[{"name":"a","hex":"","expect":"refused"}]}"#;
        assert_eq!(
            crate::call(b"run_vectors", file, &[]),
            concat!(
                r#"{"ok":true,"value":{"algorithm":"Sha256","known":true,"cases":[{"name":"a","ok":false,"got":"#,
                r#"{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}]}}"#
            )
        );
    }
}
