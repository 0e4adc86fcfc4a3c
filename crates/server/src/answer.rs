//! Answers in their few forms.

use axum::body::Body;
use bytes::Bytes;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::counters::Route;

/// An answer.
pub(crate) type Answer = Response<Body>;

pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
pub(crate) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How long a copy may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// What has this address never changes.
    Forever,
    /// A hand-over may still replace it.
    Recent,
    /// Not without asking again.
    Never,
    /// As somebody else has decided.
    As(&'static str),
}

impl Keep {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Keep::Forever => "public, max-age=31536000, immutable",
            Keep::Recent => "public, max-age=60",
            Keep::Never => "no-cache",
            Keep::As(words) => words,
        })
    }
}

/// An answer with a body of this type.
pub(crate) fn answer(
    status: StatusCode,
    content_type: HeaderValue,
    keep: Keep,
    body: impl Into<Body>,
) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, keep.header());
    answer
}

/// A public file, which pages from anywhere may read.
pub(crate) fn file(content_type: HeaderValue, keep: Keep, bytes: Bytes) -> Answer {
    anywhere(answer(StatusCode::OK, content_type, keep, bytes))
}

/// Lets pages from anywhere read it.
pub(crate) fn anywhere(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}

/// One sentence to a person.
pub(crate) fn sentence(status: StatusCode, sentence: &str) -> Answer {
    answer(status, TEXT, Keep::Never, format!("{sentence}\n"))
}

/// An object.
pub(crate) fn object(status: StatusCode, object: &Value) -> Answer {
    answer(status, JSON, Keep::Never, format!("{object}\n"))
}

/// A refusal of what was handed in: the check, and one sentence.
pub(crate) fn refusal(status: StatusCode, check: &str, sentence: &str) -> Answer {
    object(status, &json!({ "ok": false, "check": check, "error": sentence }))
}

/// Says when to try again.
pub(crate) fn after(mut answer: Answer, seconds: u64) -> Answer {
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// Notes what was asked for, for the counters.
pub(crate) fn of(route: Route, mut answer: Answer) -> Answer {
    answer.extensions_mut().insert(route);
    answer
}

/// What every answer has.
pub(crate) fn dress(answer: &mut Answer) {
    const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");
    answer.headers_mut().insert(NOSNIFF, HeaderValue::from_static("nosniff"));
}
