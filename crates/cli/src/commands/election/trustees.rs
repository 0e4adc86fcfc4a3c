//! `cabildo election trustees`: the keys that trustees made together, as material.

use std::path::PathBuf;

use ballot::group::Ed25519;
use ballot::json;
use ballot::trustee::{Pedersen, Trustee, Trustees};
use clap::Args as ClapArgs;
use council::kinds::elections::TrusteesFormed;

use crate::edge;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    /// The list of keys: trustees.json of `cabildo trustee join`, or threshold.json of `cabildo trustee ceremony finish`
    keys: PathBuf,
    /// The trustees' numbers as members, in the order of the list
    #[arg(long, value_name = "N,…", value_delimiter = ',', required = true)]
    members: Vec<u32>,
    /// The folder to make
    #[arg(long, value_name = "DIR", default_value = "trustees")]
    out: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let bytes = edge::read(&args.keys)?;
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let wrong = |reason: String| Failure::file(&args.keys, reason);
    let list = match Trustees::<Ed25519>::parse(bytes) {
        Ok(list) => list,
        Err(error) => match Pedersen::<Ed25519>::parse(bytes) {
            Ok(group) => Trustees(vec![Trustee::Pedersen(group)]),
            Err(_) => return Err(wrong(format!("it is no list of trustees' keys in Ed25519: {error}"))),
        },
    };
    let verified = list.verify().map_err(|refusals| {
        let reasons: Vec<String> =
            refusals.iter().map(|refusal| format!("{}: {}", refusal.object, refusal.reason)).collect();
        wrong(format!("it does not hold: {}", reasons.join("; ")))
    })?;
    let keys = verified.owners().len();
    if keys != args.members.len() {
        return Err(wrong(format!(
            "it has the keys of {keys} trustees, and --members names {}",
            args.members.len()
        )));
    }
    let text = json::to_string(&list);
    let content =
        TrusteesFormed { members: args.members.clone(), trustees: material::reference(text.as_bytes()) };
    material::make(&args.out, &content, &[("trustees.json", text.as_bytes())])?;
    let members: Vec<String> = args.members.iter().map(u32::to_string).collect();
    say!(
        "All of them sign it, in this order: --by \"{}\" (where others stand ready, the assembly signs after them)",
        members.join(", ")
    );
    Ok(())
}
