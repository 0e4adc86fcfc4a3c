//! One suite for every store, and what is particular to each.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the helpers of tests")]

mod conformance;
mod golden;
mod memory;
mod needle;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
