//! A generator of corruptions: from elections held by the book, archives of which one rule is broken and all hashes,
//! events and heights fit. Each must be refused by the check that the table names; nothing may panic or hang.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "the helpers of tests")]

#[path = "corruptions/archives.rs"]
mod archives;
#[path = "corruptions/ballots.rs"]
mod ballots;
#[path = "corruptions/decryptions.rs"]
mod decryptions;
#[path = "corruptions/lab.rs"]
mod lab;
#[path = "corruptions/mutations.rs"]
mod mutations;
#[path = "corruptions/oracle.rs"]
mod oracle;
#[path = "corruptions/places.rs"]
mod places;
#[path = "corruptions/setup.rs"]
mod setup;
#[path = "corruptions/shuffles.rs"]
mod shuffles;
#[path = "corruptions/spelling.rs"]
mod spelling;
#[path = "support/mod.rs"]
mod support;
#[path = "corruptions/tallies.rs"]
mod tallies;
