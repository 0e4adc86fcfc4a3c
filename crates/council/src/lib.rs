//! The rules of a council, as a pure state machine over its minute book: server, mirror, auditor, simulator and browser
//! judge with the same code.
//!
//! [`State`] is what the entries so far make true. [`decide`] says whether a proposal may be recorded now; [`apply`] takes
//! what was recorded: an entry either takes effect or is void, alike for every replica, and a void one never stops the
//! book. What this software cannot judge (a newer version, an unknown kind, a blob that is not there) stops it instead
//! ([`Stop`]): it is never guessed to be void.
//!
//! The kinds of entries stand in `kinds/`, a file each, listed once in `kinds/mod.rs`; each is described in
//! `docs/spec/minute-book.md` under its name.
//!
//! Absent on purpose: files, network, clock, randomness, names of people. Time is the clerk's, in Unix seconds UTC.

mod beside;
mod blobs;
mod body;
mod calendar;
mod case;
mod council;
mod due;
mod effect;
pub mod elections;
mod examined;
pub mod export;
pub mod kinds;
mod named;
mod offices;
mod past;
pub mod people;
mod petitions;
mod recalls;
mod refusal;
mod ring;
mod roll;
mod rules;
mod slip;
mod snapshot;
mod state;
mod statutes;

pub use beside::{AllThere, Beside};
pub use blobs::blobs_named;
pub use body::body_commitment;
pub use calendar::Moment;
pub use council::Council;
pub use due::{Due, Duty, due};
pub use effect::{Effect, Effects};
pub use examined::{Candidate, Examined};
pub use offices::{Acting, Appointment, Holding, Offices, Seat, Served, Tenure};
pub use petitions::{Petition, Purpose};
pub use recalls::{Kept, Recall, RecallAsked};
pub use refusal::{CHECKS, Fault, RULE_CHECKS, Refusal, Stop, Verdict};
pub use ring::KeyRing;
pub use roll::{Challenge, Exclusion, Membership, Roll, Slip, Standing};
pub use rules::{RULES, apply, decide, form_check};
pub use slip::{SlipCode, SlipError};
pub use snapshot::SnapshotError;
pub use state::{Left, Member, State, Succession};
pub use statutes::{
    Articles, ElectionArticle, Filling, OfficeArticle, PetitionArticle, Power, RecallArticle, RollArticle,
    Statutes, TEMPLATES,
};
