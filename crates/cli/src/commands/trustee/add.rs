//! `cabildo trustee add`: the coordinator takes what trustees sent.

use std::path::PathBuf;

use ballot::archive::EventType;
use ballot::group::Group;
use ballot::json;
use ballot::strong::{StrongFile, StrongProof};
use ballot::trustee::ceremony::Rejected;
use clap::Args as ClapArgs;

use super::message::Message;
use super::opened::Opened;
use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The election's archive, <uuid>.bel; its strong proofs stand beside it, in <uuid>.strong.json
    archive: PathBuf,
    /// Messages of `trustee shuffle` and `trustee decrypt`, in the order in which they are to be added: all or none are
    #[arg(required = true)]
    messages: Vec<PathBuf>,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let opened = Opened::write(&args.archive)?;
    ballot::with_group!(opened.group()?, G => add::<G>(&args, &opened))
}

fn add<G: Group>(args: &Args, opened: &Opened) -> Result<(), Failure> {
    let mut standing = opened.standing::<G>()?;
    let head = standing.head();
    let mut accepted = Vec::with_capacity(args.messages.len());
    for path in &args.messages {
        let message = Message::read(path, &standing)?;
        let before = standing.last();
        let (owner, payload) = (message.owner, message.payload.as_bytes());
        let seed = *edge::fresh()?;
        let verdict = match message.r#type {
            EventType::Shuffle => standing.add_shuffle(owner, payload, &seed),
            _ => {
                let strong =
                    message.strong.as_deref().map(|text| json::parse::<StrongProof<G>>(text.as_bytes()));
                let strong = strong.transpose().map_err(|error| {
                    Failure::file(path, format!("its strong proof cannot be read: {error}"))
                })?;
                standing.add_decryption(owner, payload, strong, &seed)
            }
        };
        verdict.map_err(|rejected| match rejected {
            Rejected::Refused(refusal) => {
                Failure::Refused(format!("{}: {refusal}: nothing was added", path.display()))
            }
            Rejected::Misuse(misuse) => Failure::file(path, misuse),
        })?;
        // The first decryption ends the mixing.
        let ends_mixing = before == EventType::Shuffle && message.r#type == EventType::PartialDecryption;
        accepted.push((message, ends_mixing));
    }
    let strong = StrongFile::<G> {
        version: 1,
        election_uuid: standing.election().description.uuid.clone(),
        proofs: standing.strong().to_vec(),
    };
    let decrypts = accepted.iter().any(|(message, _)| message.r#type == EventType::PartialDecryption);
    let strong = Some(&strong).filter(|strong| decrypts && !strong.proofs.is_empty());
    opened.append(head, strong, false, |writer| {
        for (message, ends_mixing) in &accepted {
            if *ends_mixing {
                writer.end_shuffles()?;
            }
            match message.r#type {
                EventType::Shuffle => writer.shuffle(message.owner, message.payload.as_bytes())?,
                _ => writer.partial_decryption(message.owner, message.payload.as_bytes())?,
            };
        }
        Ok(())
    })?;
    for (message, _) in &accepted {
        match message.r#type {
            EventType::Shuffle => say!("Added: trustee {}'s shuffle", message.owner),
            _ => say!("Added: trustee {}'s partial decryption", message.owner),
        }
    }
    say!("The archive holds so far: {}", args.archive.display());
    Ok(())
}
