//! The secret ballot: groups, encryption, proofs, credentials, trustees, shuffle, tally, the archive and its audit.
//!
//! An election's public material is a Belenios archive (crypto version 1), so that `belenios-tool` verifies ours and we
//! verify theirs; `docs/spec/ballot.md` is the other half of this crate, under the same names.
//!
//! This is a pure crate: bytes, time and randomness come in as arguments. There is no file, clock, network or logger in it.

pub mod archive;
pub mod audit;
pub mod ballot;
pub mod ballot_box;
pub mod checks;
pub mod credential;
pub mod decryption;
pub mod election;
pub mod enrolment;
pub mod group;
pub mod hash;
pub mod json;
pub mod nonce;
mod parallel;
pub mod question;
pub mod refusal;
pub mod result;
pub mod revote;
pub mod setup;
pub mod shuffle;
pub mod sigma;
pub mod standing;
pub mod strong;
pub mod tally;
pub mod trustee;
