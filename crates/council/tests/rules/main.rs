//! The rules of version 2, kind by kind: what they allow, and each way in which an entry may not be.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

mod diagrams;
mod due;
mod elections;
mod export;
mod hall;
mod offices;
mod petitions;
mod private;
mod raised;
mod roll;
mod spec;
mod support;
