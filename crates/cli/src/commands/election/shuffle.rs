//! `cabildo election shuffle`: a trustee's mixing, in an election of a book.

use clap::Args as ClapArgs;
use council::kinds::elections::VotesShuffled;

use super::held::{Of, Out};
use crate::commands::trustee::secret::{self, KeyArgs};
use crate::edge;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut held = args.of.read(false)?;
    let folder = args.out.folder("shuffle", held.number)?;
    let mut standing = held.standing()?;
    let (owner, key) = secret::owner(&args.key, standing.trustees())?;
    let member = held.member_of(owner)?;
    standing.may_mix(owner).map_err(|misuse| held.about(misuse))?;
    if !held.election.mixers_to_come().any(|mixer| mixer == member) {
        return Err(held.about(format!("its call does not name member {member} as a mixer")));
    }
    let made = standing.mix(owner, &key, &mut edge::rng()?).map_err(|misuse| held.about(misuse))?;
    let content = VotesShuffled { election: held.number, shuffle: material::reference(made.as_bytes()) };
    material::make(&folder, &content, &[("shuffle.json", made.as_bytes())])?;
    say!(
        "Everything before holds. Member {member}, trustee {owner}, mixed {} votes, and signs that.",
        standing.num_tallied()
    );
    Ok(())
}
