//! `cabildo election decrypt`: a trustee's part of the decryption, in an election of a book.

use ballot::json;
use clap::Args as ClapArgs;
use council::elections::Phase;
use council::kinds::elections::VotesDecrypted;

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
    let folder = args.out.folder("decrypt", held.number)?;
    let phase = held.election.phase();
    if phase != Phase::Decrypting {
        // Above all: not before everybody has mixed whom the call names, and not where too few voted.
        return Err(held.about(format!("it stands at {}, and nothing is decrypted then", phase.name())));
    }
    let standing = held.standing()?;
    let (owner, key) = secret::owner(&args.key, standing.trustees())?;
    let member = held.member_of(owner)?;
    standing.may_decrypt(owner).map_err(|misuse| held.about(misuse))?;
    let fresh = [edge::fresh()?, edge::fresh()?];
    let part = standing.decrypt(owner, &key, [&fresh[0], &fresh[1]]).map_err(|misuse| held.about(misuse))?;
    let (decryption, strong) = (part.decryption.as_bytes(), json::to_string(&part.strong));
    let content = VotesDecrypted {
        election: held.number,
        decryption: material::reference(decryption),
        strong: material::reference(strong.as_bytes()),
    };
    let files = [("partial_decryption.json", decryption), ("strong.json", strong.as_bytes())];
    material::make(&folder, &content, &files)?;
    say!("Everything before holds. Member {member}, trustee {owner}, decrypted their part, and signs that.");
    Ok(())
}
