//! Runs a file of `vectors/`: `{"algorithm":…,"texts":{…},"cases":[{"name":…,…input…,"expect":…}]}`. The form is
//! described in `vectors/ballot/README.md`; the algorithms are in [`crate::algorithms`].

use crate::Refusal;
use crate::algorithms::ALGORITHMS;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A file of vectors. Other keys (a source, a comment) are left alone.
#[derive(Deserialize)]
pub(crate) struct File {
    /// The name of the algorithm, as in the spec and in the file's own name.
    algorithm: String,
    /// Long texts that several cases use.
    #[serde(default)]
    texts: Map<String, Value>,
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

/// Runs every case.
pub(crate) fn run_vectors(file: File, _random: &[u8]) -> Result<Ran, Refusal> {
    let Some((_, algorithm)) = ALGORITHMS.iter().find(|(name, _)| *name == file.algorithm) else {
        return Ok(Ran { algorithm: file.algorithm, known: false, cases: Vec::new() });
    };
    let cases =
        file.cases.into_iter().map(|case| run(*algorithm, &file.texts, case)).collect::<Result<_, _>>()?;
    Ok(Ran { algorithm: file.algorithm, known: true, cases })
}

fn run(
    algorithm: crate::algorithms::Algorithm,
    texts: &Map<String, Value>,
    mut case: Map<String, Value>,
) -> Result<Case, Refusal> {
    let Some(Value::String(name)) = case.remove("name") else {
        return Err(Refusal::argument("a case without a name"));
    };
    let Some(expect) = case.remove("expect") else {
        return Err(Refusal::argument(format!("case {name:?} expects nothing")));
    };
    case.remove("source");
    for value in case.values_mut() {
        resolve(value, texts).map_err(|reason| Refusal::argument(format!("case {name:?}: {reason}")))?;
    }
    let got = match algorithm(&Value::Object(case).to_string()) {
        Ok(value) => serde_json::from_str(&value).unwrap_or(Value::Null),
        Err(refusal) => json!({ "refused": refusal.code(), "because": refusal.message }),
    };
    let ok = got == expect;
    Ok(Case { name, ok, got: (!ok).then_some(got) })
}

/// Puts a text in the place of every `"@name"` and `{"text":"@name","replace":[["from","to"],…]}`, each `from` being
/// replaced where it first occurs after the one before.
fn resolve(value: &mut Value, texts: &Map<String, Value>) -> Result<(), String> {
    let named = |name: &str| {
        let text = texts.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("there is no text {name:?}"))
    };
    let name_in = |value: &Value| value.as_str().and_then(|text| text.strip_prefix('@')).map(str::to_owned);
    if let Some(name) = name_in(value) {
        *value = named(&name)?.into();
    } else if let Some(name) = value.get("text").and_then(name_in) {
        let text = named(&name)?;
        let edits: Vec<(String, String)> =
            serde_json::from_value(value["replace"].take()).map_err(|e| e.to_string())?;
        let (mut done, mut rest) = (String::new(), text.as_str());
        for (from, to) in edits {
            let (before, after) =
                rest.split_once(&from).ok_or_else(|| format!("{from:?} does not occur in {name:?}"))?;
            done.extend([before, &to]);
            rest = after;
        }
        *value = (done + rest).into();
    } else if let Value::Object(fields) = value {
        fields.values_mut().try_for_each(|field| resolve(field, texts))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn run(file: &Value) -> String {
        crate::call(b"run_vectors", file.to_string().as_bytes(), &[])
    }

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_wrong_expectation_is_told() {
        let file =
            json!({"algorithm":"Sha256","cases":[{"name":"a","hex":"","expect":{"refused":"argument"}}]});
        assert_eq!(
            run(&file),
            format!(
                r#"{{"ok":true,"value":{{"algorithm":"Sha256","known":true,"cases":[{{"name":"a","ok":false,"got":{{"sha256":"{EMPTY}"}}}}]}}}}"#
            )
        );
    }

    #[test]
    fn texts_are_put_in_and_changed() {
        let edited = json!({"text":"@t","replace":[["a",""],["b",""]]});
        let backwards = json!({"text":"@t","replace":[["b",""],["a",""]]});
        let case = |hex: Value| {
            json!({"algorithm":"Sha256","texts":{"t":"ab"},"cases":[
            {"name":"a","source":"s","hex":hex,"expect":{"sha256":EMPTY}}]})
        };
        assert!(run(&case(edited)).contains(r#""ok":true}]"#));
        assert!(run(&case(json!("@t"))).contains(r#""ok":false,"got":{"sha256""#));
        let missing = json!({"text":"@t","replace":[["c",""]]});
        for wrong in [json!("@u"), missing, backwards, json!({"text":"@t"})] {
            assert!(run(&case(wrong)).starts_with(r#"{"ok":false"#));
        }
    }

    #[test]
    fn an_unknown_algorithm_is_told() {
        assert!(run(&json!({"algorithm":"Nope","cases":[]})).contains(r#""known":false"#));
    }
}
