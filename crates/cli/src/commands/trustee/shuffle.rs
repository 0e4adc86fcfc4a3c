//! `cabildo trustee shuffle`: mixing, as one trustee.

use std::path::PathBuf;

use ballot::archive::EventType;
use ballot::group::Group;
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
    /// The message to make, for the coordinator
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let opened = Opened::read(&args.archive)?;
    ballot::with_group!(opened.group()?, G => mix::<G>(&args, &opened))
}

fn mix<G: Group>(args: &Args, opened: &Opened) -> Result<(), Failure> {
    let mut standing = opened.standing::<G>()?;
    let about = |error: ballot::refusal::Misuse| Failure::file(&args.archive, error);
    let (owner, key) = secret::owner(&args.key, standing.trustees())?;
    standing.may_mix(owner).map_err(about)?;
    let payload = standing.mix(owner, &key, &mut edge::rng()?).map_err(about)?;
    let input =
        standing.input().ok_or_else(|| Failure::file(&args.archive, "its ballots are not closed yet"))?;
    let message = Message {
        r#type: EventType::Shuffle,
        election_uuid: standing.election().description.uuid.clone(),
        owner,
        input,
        payload,
        strong: None,
    };
    edge::create(&[New { path: args.out.clone(), bytes: &message.to_bytes(), secret: false }])?;
    say!(
        "The archive holds so far. Trustee {owner} mixed {} votes: {}",
        standing.num_tallied(),
        args.out.display()
    );
    match standing.mixers().as_slice() {
        [] => say!("Nobody mixed before."),
        before => say!("Mixed before by: {}", list(before)),
    }
    say!("Hand it to the coordinator: cabildo trustee add {} {}", args.archive.display(), args.out.display());
    Ok(())
}
