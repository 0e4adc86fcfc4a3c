//! `cabildo election papers`: paper ballots that two tellers have written down, as material.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use council::elections::{Phase, outcome};
use council::kinds::elections::PapersCounted;

use super::held::{Of, Out};
use super::show;
use crate::edge;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    /// The ballots, BLT, the candidates in the order of the question
    ballots: PathBuf,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let held = args.of.read(false)?;
    let folder = args.out.folder("papers", held.number)?;
    if held.election.phase() != Phase::OnPaper {
        let phase = held.election.phase().name();
        return Err(
            held.about(format!("it stands at {phase}, and is not held on paper (`election.moved-to-paper`)"))
        );
    }
    let bytes = edge::read(&args.ballots)?;
    let profile =
        outcome::papers(&held.election, &bytes).map_err(|reason| Failure::file(&args.ballots, reason))?;
    let counted = show::counted(&held.election, &profile)?;
    let content = PapersCounted { election: held.number, ballots: material::reference(&bytes) };
    material::make(&folder, &content, &[("ballots.blt", &bytes)])?;
    put!("\n{} paper ballots.\n{counted}", profile.ballots());
    Ok(())
}
