//! What a clerk promises, and that it keeps it whatever happens.

#![allow(unreachable_pub, reason = "the modules of one test program")]

mod common;
mod first;
mod simulation;
mod cosigning;
mod desk;
mod hand_over;
mod kill;
mod stops;
mod speed;
