//! Mirrors and witnesses against honest, broken and hostile sources.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

#[path = "../../../audit/tests/support/judge.rs"]
#[allow(dead_code, reason = "shared with the tests of audit")]
mod judge;
#[path = "../../../audit/tests/support/keys.rs"]
#[allow(dead_code, reason = "shared with the tests of audit")]
mod keys;
#[path = "../../../audit/tests/support/scribe.rs"]
#[allow(dead_code, reason = "shared with the tests of audit")]
mod scribe;

mod support;

mod addresses;
mod attacked;
mod copying;
mod cosigning;
mod damage;
mod following;
mod forks;
mod hand_overs;
mod serving;
mod witnessing;
