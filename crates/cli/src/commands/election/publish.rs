//! `cabildo election publish`: the clerk's part, where no server runs: what was handed in goes into the box.

use clap::Args as ClapArgs;

use super::held::{number_of, which};
use crate::door::{At, Door};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The election: the number of the entry that called it, or its uuid
    #[arg(long, value_name = "N|UUID")]
    election: String,
    #[command(flatten)]
    at: At,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut door = args.at.door()?;
    if matches!(door, Door::Remote(_)) {
        return Err(Failure::usage(
            "a server publishes by itself: --db names the database of a clerk that does not run",
        ));
    }
    let (number, _) = number_of(&which(&args.at).replay(false)?, &args.election)?;
    match door.publish(number)? {
        0 => say!("No ballot waits."),
        1 => say!("1 ballot is in the box now."),
        many => say!("{many} ballots are in the box now."),
    }
    Ok(())
}
