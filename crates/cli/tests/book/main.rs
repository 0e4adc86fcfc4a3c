//! The minute book through the binary: real processes, real sockets, real kills.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails
#![allow(unreachable_pub, reason = "a program has no interface")]

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
