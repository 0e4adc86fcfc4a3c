//! `cabildo trustee key`: a key of one's own.

use std::fs;
use std::path::PathBuf;

use ballot::group::{Group, GroupName};
use ballot::hash::Hash;
use ballot::json;
use ballot::trustee::single_key;
use clap::Args as ClapArgs;

use crate::edge::{self, New};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The folder for the two files, made if it is not there: <ID>.privkey, the secret, and <ID>.pubkey, for the coordinator
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Ed25519 or BELENIOS-2048 (choosing and approving only)
    #[arg(long, default_value = "Ed25519")]
    group: String,
    /// Your name, as the list of trustees will show it
    #[arg(long)]
    name: Option<String>,
}

/// A group in which keys are made.
pub fn group(name: &str) -> Result<GroupName, Failure> {
    match GroupName::from_name(name) {
        Some(GroupName::Rfc3526) => {
            Err(Failure::usage("--group RFC-3526-2048: elections are audited in it, not made; use Ed25519"))
        }
        Some(group) => Ok(group),
        None => Err(Failure::usage(format!("--group {name}: the groups are Ed25519 and BELENIOS-2048"))),
    }
}

pub fn run(args: Args) -> Result<(), Failure> {
    let group = group(&args.group)?;
    if let Some(name) = &args.name
        && (name.trim().is_empty() || name.chars().any(char::is_control) || name.chars().count() > 200)
    {
        return Err(Failure::usage("--name: a name has from 1 to 200 characters, on one line"));
    }
    fs::create_dir_all(&args.out).map_err(|error| Failure::file(&args.out, edge::cause(&error)))?;
    ballot::with_group!(group, G => make::<G>(&args))
}

fn make<G: Group>(args: &Args) -> Result<(), Failure> {
    let (private, public) = single_key::<G>(&mut edge::rng()?, args.name.clone());
    // As Belenios names them.
    let id = Hash::of(public.public_key.to_string().as_bytes()).to_string()[..8].to_uppercase();
    let (secret, open) = (args.out.join(format!("{id}.privkey")), args.out.join(format!("{id}.pubkey")));
    let mut text = private.reveal();
    text.push('\n');
    edge::create(&[
        New { path: secret.clone(), bytes: text.as_bytes(), secret: true },
        New { path: open.clone(), bytes: (json::to_string(&public) + "\n").as_bytes(), secret: false },
    ])?;
    say!("Your secret, to keep and to back up; nothing is decrypted without it: {}", secret.display());
    say!("Your public key, to hand to the coordinator: {}", open.display());
    Ok(())
}
