//! `cabildo election enrol`: a member's device makes its credential for an election, and hands in its public half.

use std::path::{Path, PathBuf};

use ballot::credential::Credential;
use book::hash::Hash;
use book::key::Algorithm;
use clap::Args as ClapArgs;
use council::elections::enrolment::Enrolment;
use council::elections::receipt::HandedIn;
use zeroize::Zeroizing;

use super::held::{self, number_of};
use super::votes::beside;
use crate::door::At;
use crate::edge::{self, New};
use crate::failure::Failure;
use crate::keys::{self, NamedKey};

/// The name of the key in a file that holds a voting seed.
const SEED: &str = "voting";

#[derive(ClapArgs)]
pub struct Args {
    /// The member's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The voting seed, from which this member's credentials come; it is made where there is none
    #[arg(long, value_name = "FILE")]
    seed: PathBuf,
    /// The election: the number of the entry that called it, or its uuid
    #[arg(long, value_name = "N|UUID")]
    election: String,
    #[command(flatten)]
    at: At,
}

/// Reads a voting seed.
pub fn read_seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let key = NamedKey::read(path)?;
    if key.name != SEED {
        let reason = format!("it is the key of {}, and no voting seed", key.name);
        return Err(Failure::file(path, reason));
    }
    Ok(Zeroizing::new(*key.secret.seed()))
}

pub fn run(args: Args) -> Result<(), Failure> {
    let (name, secret) = keys::read_signer(&args.key)?;
    let member = name.parse::<u32>().ok().filter(|number| *number > 0 && number.to_string() == name);
    let member = member.ok_or_else(|| {
        Failure::file(&args.key, format!("it is the key of {name}, and a member enrols with their own"))
    })?;
    let mut door = args.at.door()?;
    let state = held::which(&args.at).replay(false)?;
    let (_, election) = number_of(&state, &args.election)?;
    if !args.seed.exists() {
        NamedKey::new(SEED, Algorithm::Plain, &*edge::fresh()?).create(&args.seed)?;
        say!("The voting seed, to keep where nobody else can read it: {}", args.seed.display());
        say!("On paper it does not get lost with the disk: cabildo key words {}", args.seed.display());
    }
    let seed = read_seed(&args.seed)?;
    let credential = Credential::derive(&seed, &election.uuid);
    let enrolment =
        Enrolment::sign(&state.book(), &election.uuid, member, &credential, &secret, &*edge::fresh()?);
    let note = enrolment.to_bytes();
    let receipt = door.enrol(&election.uuid, &note)?;
    held::receipt(&receipt, &state, &election.uuid, HandedIn::Enrolment, Hash::of(&note))?;
    let path = beside(&args.seed, &election.uuid, "enrolled");
    if path.exists() {
        edge::write_secret(&path, &receipt)?;
    } else {
        edge::create(&[New { path: path.clone(), bytes: &receipt, secret: true }])?;
    }
    say!("Member {member} has enrolled for {}.", report::printable(election.title));
    say!("Its credential, for the list: {}", enrolment.credential());
    say!("The clerk's receipt: {}", path.display());
    Ok(())
}
