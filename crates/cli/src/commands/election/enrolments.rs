//! `cabildo election enrolments`: what phones have handed in, for scrutineers and for nobody else.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::held::{number_of, which};
use crate::door::At;
use crate::edge::{self, New};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The election: the number of the entry that called it, or its uuid
    #[arg(long, value_name = "N|UUID")]
    election: String,
    #[command(flatten)]
    at: At,
    /// The file to make: it says who has which credential, and is for scrutineers alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let mut door = args.at.door()?;
    let (number, _) = number_of(&which(&args.at).replay(false)?, &args.election)?;
    let all = door.enrolments(number)?;
    let notes: Vec<String> =
        all.iter().map(|enrolment| String::from_utf8_lossy(&enrolment.to_bytes()).into_owned()).collect();
    let text = serde_json::to_string(&notes).map_err(|error| Failure::usage(error.to_string()))?;
    edge::create(&[New { path: args.out.clone(), bytes: text.as_bytes(), secret: true }])?;
    let members: Vec<String> = all.iter().map(|enrolment| enrolment.member().to_string()).collect();
    match members.as_slice() {
        [] => say!("{}: nobody has enrolled", args.out.display()),
        _ => say!("{}: {} enrolled: members {}", args.out.display(), members.len(), members.join(", ")),
    }
    Ok(())
}
