//! What a clerk promises, and that it keeps it whatever happens.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the modules of one test program"
)]

mod common;
mod cosigning;
mod desk;
mod first;
mod hand_over;
mod kill;
mod simulation;
mod speed;
mod stops;
