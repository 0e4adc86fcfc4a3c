//! `cabildo trustee decrypt`: one trustee's part of the decryption.

use std::path::PathBuf;

use ballot::archive::EventType;
use ballot::group::Group;
use ballot::json;
use clap::Args as ClapArgs;

use super::list;
use super::message::Message;
use super::opened::Opened;
use super::secret::{self, KeyArgs};
use crate::edge::{self, New};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The election's archive as it stands, <uuid>.bel; it is audited first
    archive: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// The message to make, for the coordinator: the partial decryption and its strong proof
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let opened = Opened::read(&args.archive)?;
    ballot::with_group!(opened.group()?, G => decrypt::<G>(&args, &opened))
}

fn decrypt<G: Group>(args: &Args, opened: &Opened) -> Result<(), Failure> {
    let standing = opened.standing::<G>()?;
    let about = |error: ballot::refusal::Misuse| Failure::file(&args.archive, error);
    let (owner, key) = secret::owner(&args.key, standing.trustees())?;
    standing.may_decrypt(owner).map_err(about)?;
    let fresh = [edge::fresh()?, edge::fresh()?];
    let part = standing.decrypt(owner, &key, [&fresh[0], &fresh[1]]).map_err(about)?;
    let input =
        standing.input().ok_or_else(|| Failure::file(&args.archive, "its ballots are not closed yet"))?;
    let message = Message {
        r#type: EventType::PartialDecryption,
        election_uuid: standing.election().description.uuid.clone(),
        owner,
        input,
        payload: part.decryption,
        strong: Some(json::to_string(&part.strong)),
    };
    edge::create(&[New { path: args.out.clone(), bytes: &message.to_bytes(), secret: false }])?;
    say!("The archive holds so far. Trustee {owner} decrypted its part: {}", args.out.display());
    if standing.election().is_mixed() {
        say!(
            "Mixed by: {}. A shuffle that is added from now on makes this part void.",
            list(&standing.mixers())
        );
    }
    say!("Hand it to the coordinator: cabildo trustee add {} {}", args.archive.display(), args.out.display());
    Ok(())
}
