//! `cabildo trustee close`: the end of the voting.

use std::path::PathBuf;

use ballot::archive::EventType;
use ballot::group::Group;
use clap::Args as ClapArgs;

use super::opened::Opened;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The election's archive, <uuid>.bel, with all its ballots: no other can be added afterwards
    archive: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let opened = Opened::write(&args.archive)?;
    ballot::with_group!(opened.group()?, G => close::<G>(&args, &opened))
}

fn close<G: Group>(args: &Args, opened: &Opened) -> Result<(), Failure> {
    let standing = opened.standing::<G>()?;
    let close = standing.close().map_err(|error| Failure::file(&args.archive, error))?;
    let open = standing.last() != EventType::EndBallots;
    opened.append::<G>(standing.head(), None, false, |writer| {
        if open {
            writer.end_ballots()?;
        }
        writer.encrypted_tally(close.tally.as_bytes(), close.num_tallied, close.total_weight)?;
        Ok(())
    })?;
    say!(
        "Closed: {} ballots count, weight {}: {}",
        close.num_tallied,
        close.total_weight,
        args.archive.display()
    );
    say!("Next: {}", if standing.election().is_mixed() { "trustees mix" } else { "trustees decrypt" });
    Ok(())
}
