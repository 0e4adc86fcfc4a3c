//! Servers on loopback, and clients who are kind, hasty, slow and hostile.

#![allow(unreachable_pub, reason = "the modules of one test program")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "the helpers of tests")]

mod client;
mod council;
mod files;
mod hostile;
mod mirrors;
mod posts;
mod server;
mod speed;
mod stops;
mod witness;
