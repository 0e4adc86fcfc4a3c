//! `cabildo election close`: the ballots that count, added up under encryption. Anybody can compute that.

use clap::Args as ClapArgs;
use council::elections::Phase;
use council::kinds::elections::ElectionClosed;

use super::held::{Of, Out};
use crate::edge;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut held = args.of.read(false)?;
    let folder = args.out.folder("close", held.number)?;
    let until = held.election.opened.as_ref().map(|opened| opened.until);
    let Some(until) = until.filter(|_| held.election.phase() == Phase::Open) else {
        return Err(
            held.about(format!("it stands at {}, and its box is not open", held.election.phase().name()))
        );
    };
    if edge::now()? < until {
        return Err(held.about(format!("ballots are taken until {}", edge::utc(until))));
    }
    let close = held.standing()?.close().map_err(|misuse| held.about(misuse))?;
    let tally = close.tally.as_bytes();
    let content = ElectionClosed { election: held.number, tally: material::reference(tally) };
    material::make(&folder, &content, &[("encrypted_tally.json", tally)])?;
    say!("{} ballots count.", close.num_tallied);
    Ok(())
}
