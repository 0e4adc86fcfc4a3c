//! The audit of a minute book: a stranger's judgement, from the public files alone.
//!
//! [`book()`] reads a bundle, a mirror's folder or a served book through [`book::files::PublicFiles`] and returns an
//! [`Audit`]: a report of named checks, and the state at which it arrived. [`Replay`] is its heart, the fold over the
//! entries with every signature verified, which a mirror runs while it copies.
//!
//! Absent on purpose: files, network, clock. The auditor's time is an argument.

mod book_audit;
mod checks;
mod replay;

pub use book_audit::{Audit, Options, Unreadable, book};
pub use checks::CHECKS;
pub use replay::{Blobs, Replay, Stopped, Succession, Void};
