//! What is handed in over HTTP: a note as text, or a JSON object with what belongs to it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clerk::{ATTACHED_BYTES_LIMIT, ATTACHMENTS_LIMIT, PrivateBody, Submission};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// Bytes of a note alone.
pub(crate) const NOTE_LIMIT: usize = store::limits::ENTRY;
/// Bytes of an object: what the clerk takes, in base64, and room for the rest.
pub(crate) const OBJECT_LIMIT: usize = ATTACHED_BYTES_LIMIT / 3 * 4 + (1 << 20);

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `text/plain`: the note.
    Note,
    /// `application/json`: the note, blobs, private bodies.
    Object,
}

impl Form {
    /// The form that a content type names.
    pub(crate) fn of(content_type: &str) -> Option<Form> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("text/plain") {
            Some(Form::Note)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Some(Form::Object)
        } else {
            None
        }
    }

    pub(crate) fn limit(self) -> usize {
        match self {
            Form::Note => NOTE_LIMIT,
            Form::Object => OBJECT_LIMIT,
        }
    }

    /// Reads a submission. The error is half a sentence.
    pub(crate) fn read(self, bytes: Vec<u8>) -> Result<Submission, String> {
        match self {
            Form::Note => Ok(Submission::of(bytes)),
            Form::Object => object(&bytes),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object<'a> {
    #[serde(borrow)]
    entry: Text<'a>,
    #[serde(borrow, default)]
    blobs: Few<Text<'a>>,
    #[serde(borrow, default)]
    bodies: Few<ObjectBody<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectBody<'a> {
    #[serde(borrow)]
    salt: Text<'a>,
    #[serde(borrow)]
    body: Text<'a>,
}

/// A string, not copied where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A list that ends the reading when it has too many items.
struct Few<T>(Vec<T>);

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Few<T>, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {ATTACHMENTS_LIMIT}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T>, A::Error> {
                let mut few = Vec::new();
                while let Some(item) = list.next_element()? {
                    if few.len() == ATTACHMENTS_LIMIT {
                        return Err(A::Error::invalid_length(ATTACHMENTS_LIMIT + 1, &self));
                    }
                    few.push(item);
                }
                Ok(Few(few))
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

fn object(bytes: &[u8]) -> Result<Submission, String> {
    let object: Object<'_> = serde_json::from_slice(bytes).map_err(|error| {
        format!("it is no object with \"entry\" and perhaps \"blobs\" and \"bodies\" ({error})")
    })?;
    let decoded = |what: &str, text: &Text<'_>| {
        STANDARD.decode(text.0.as_bytes()).map_err(|_| format!("a {what} is not base64"))
    };
    let mut submission = Submission::of(object.entry.0.into_owned().into_bytes());
    for blob in &object.blobs.0 {
        submission.blobs.push(decoded("blob", blob)?);
    }
    for body in &object.bodies.0 {
        let salt = decoded("salt", &body.salt)?;
        let salt = salt.try_into().map_err(|_| "a salt has not 32 bytes".to_owned())?;
        submission.bodies.push(PrivateBody { salt, bytes: decoded("private body", &body.body)? });
    }
    Ok(submission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(Form::of("text/plain"), Some(Form::Note));
        assert_eq!(Form::of("Text/Plain; charset=utf-8"), Some(Form::Note));
        assert_eq!(Form::of("application/json"), Some(Form::Object));
        assert_eq!(Form::of("application/x-www-form-urlencoded"), None);
        assert_eq!(Form::of(""), None);
    }

    #[test]
    fn a_whole_object() {
        let json = br#"{"entry":"caf\u00e9\n","blobs":["AQI="],"bodies":[{"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","body":"Aw=="}]}"#;
        let submission = Form::Object.read(json.to_vec()).unwrap();
        assert_eq!(submission.note, "café\n".as_bytes());
        assert_eq!(submission.blobs, [vec![1, 2]]);
        assert_eq!(submission.bodies, [PrivateBody { salt: [0; 32], bytes: vec![3] }]);
        assert!(Form::Object.read(br#"{"entry":""}"#.to_vec()).unwrap() == Submission::default());
    }

    #[test]
    fn what_is_not_the_form() {
        let many = format!(r#"{{"entry":"","blobs":[{}""]}}"#, r#""","#.repeat(ATTACHMENTS_LIMIT));
        for (json, words) in [
            ("", "EOF"),
            ("[]", "it is no object"),
            (r#"{"blobs":[]}"#, "missing field `entry`"),
            (r#"{"entry":"a","entry":"b"}"#, "duplicate field `entry`"),
            (r#"{"entry":"a","extra":1}"#, "unknown field `extra`"),
            (r#"{"entry":"a"} x"#, "trailing characters"),
            (r#"{"entry":"a","blobs":["A"]}"#, "a blob is not base64"),
            (r#"{"entry":"a","blobs":["AQJ="]}"#, "a blob is not base64"),
            (r#"{"entry":"a","bodies":[{"salt":"AA==","body":""}]}"#, "a salt has not 32 bytes"),
            (r#"{"entry":"a","bodies":[{"salt":"AA=="}]}"#, "missing field `body`"),
            (many.as_str(), "at most 64"),
        ] {
            let error = Form::Object.read(json.as_bytes().to_vec()).unwrap_err();
            assert!(error.contains(words), "{json}: {error}");
        }
    }
}
