//! Counting methods: plain ballots in, an [`Outcome`] with exact numbers and a transcript out.
//!
//! ```
//! let file = b"3 1\n4 1 2 0\n3 2 1 0\n2 3 2 0\n0\n\"Ana\"\n\"Bea\"\n\"Caro\"\n\"Delegate\"\n";
//! let profile = count::formats::parse("delegate.blt", file)?;
//! let method = count::methods::by_name("irv").expect("a pinned name");
//! let outcome = method.count(&profile, profile.seats.unwrap_or(1), &count::Lot::none())?;
//! assert_eq!(outcome.elected, [1]);
//! println!("{}", outcome.transcript());
//! println!("{:#}", outcome.to_json(&profile));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Start with [`formats::parse`] and [`methods::by_name`]. The specification is `docs/spec/counting.md`; its
//! steps have the names of the functions here.
//!
//! * No files, clock, threads, printing or randomness: the transcript is this crate's voice.
//! * Every number is exact: integers, integers in units of 10⁻⁵ or 10⁻⁹ where a rule fixes its decimals, or
//!   fractions of big integers. No floating point.
//! * A tie that a rule does not resolve is an outcome, [`Status::LotRequired`], with the steps so far; a [`Lot`]
//!   completes it.
//! * Nothing here panics, whatever the bytes or the [`Profile`].

mod arithmetic;
mod decimal;
mod error;
pub mod formats;
mod lot;
pub mod methods;
mod outcome;
mod papers;
mod profile;
mod ranking;
mod transfers;

pub use error::{CountError, ParseError};
pub use lot::Lot;
pub use methods::{BallotKind, Method};
pub use outcome::{Detail, Gauge, Outcome, Stage, Status};
pub use profile::{Group, MAX_BALLOTS, MAX_CANDIDATES, Profile, Vote};
