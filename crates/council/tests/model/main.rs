//! The state and a naive model of it: random lives of a book, judged by the rules and by a list that forgets nothing; and
//! snapshots at every point of a long life.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

mod random;
mod snapshots;

mod support;
