//! The minute book through the binary: real processes, real sockets, real kills.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails
#![allow(unreachable_pub, reason = "a program has no interface")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what is skipped is said, and what servers said of a failure"
)]
#![allow(clippy::disallowed_methods, reason = "real processes take real time")]

mod client;
mod erasure;
mod house;
mod kills;
mod old;
mod postgres;
mod seizure;
mod sending;
mod stops;
mod stranger;
mod strangers;
mod successions;
