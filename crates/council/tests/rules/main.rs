//! The rules of version 2, kind by kind: what they allow, and each way in which an entry may not be.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

mod belenios;
mod diagrams;
mod due;
mod due_elections;
mod election_diagram;
mod election_refusals;
mod election_refusals_after;
mod election_refusals_box;
mod elections;
mod export;
#[allow(dead_code, reason = "shared by several tests")]
mod hall;
mod offices;
mod petitions;
mod private;
mod raised;
mod recall;
mod recall_vote;
mod roll;
mod spec;
mod support;
mod trustees;
mod walks;
