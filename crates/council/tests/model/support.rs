//! The book's keeper, shared with the audit's tests.

#![allow(dead_code, reason = "shared with other tests")]

#[path = "../../../audit/tests/support/keys.rs"]
pub(crate) mod keys;
#[path = "../../../audit/tests/support/scribe.rs"]
pub(crate) mod scribe;
