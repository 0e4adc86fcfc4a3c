//! `cargo xtask peer`: every kind of archive that `rehearse` makes, judged by Belenios' own tool.
//!
//! The cases stand in `crates/cli/tests/peer.rs`, of which an ordinary test run takes a few.

use std::process::Command;

use crate::failure::{Doing as _, Result, fails};
use crate::places;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Every combination of question, trustees, weights, blank, shuffles and size (some minutes), instead of a few
    #[arg(long)]
    full: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let status = Command::new("cargo")
        .args(["test", "--package", "cabildo", "--test", "peer", "--", "--nocapture"])
        .env("PEER_SET", if args.full { "full" } else { "small" })
        .current_dir(places::workspace())
        .status()
        .doing("cargo")?;
    if status.success() {
        Ok(())
    } else {
        Err(fails("Belenios' tool refused an archive; its words stand above"))
    }
}
