//! `cabildo trustee result`: the tally, opened.

use std::path::PathBuf;

use ballot::group::Group;
use ballot::json;
use ballot::standing::{NoResult, Standing};
use ballot::strong::StrongFile;
use ballot::trustee::NotEnough;
use clap::Args as ClapArgs;

use super::list;
use super::opened::Opened;
use crate::failure::Failure;
use crate::verdict;

/// The longest result that is shown, in bytes.
const LONG: usize = 4000;

#[derive(ClapArgs)]
pub struct Args {
    /// The election's archive, <uuid>.bel, to which enough trustees' decryptions were added
    archive: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let opened = Opened::write(&args.archive)?;
    ballot::with_group!(opened.group()?, G => finish::<G>(&args, &opened))
}

/// Who is missing, with their names where the list has them.
fn missing<G: Group>(standing: &Standing<G>, missing: &NotEnough) -> String {
    let owners = standing.trustees().owners();
    let named = missing.absent.iter().flat_map(|lack| &lack.among).filter_map(|owner| {
        let name = owners.get(owner.checked_sub(1)?)?.name.as_ref()?;
        Some(format!("{owner} is {name}"))
    });
    let named: Vec<String> = named.collect();
    let names = if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
    format!("{missing}{names}: add theirs with `cabildo trustee add`, then run this again")
}

fn finish<G: Group>(args: &Args, opened: &Opened) -> Result<(), Failure> {
    let standing = opened.standing::<G>()?;
    let about = |cause: String| Failure::file(&args.archive, cause);
    let result = standing.result().map_err(|error| match error {
        NoResult::Early(error) => about(error.to_string()),
        NoResult::NotEnough(lack) => about(missing(&standing, &lack)),
        NoResult::Refused(refusal) => {
            Failure::Refused(format!("{}: {refusal}: nothing was added", args.archive.display()))
        }
    })?;
    let unproven = standing.unproven();
    if !unproven.is_empty() {
        return Err(Failure::file(
            opened.strong_path(),
            format!("the strong proofs of these trustees are missing: {}", list(&unproven)),
        ));
    }
    let text = json::to_string(&result);
    // Written anew, so that a proof whose decryption was never added does not stay.
    let strong = StrongFile::<G> {
        version: 1,
        election_uuid: standing.election().description.uuid.clone(),
        proofs: standing.strong().to_vec(),
    };
    let strong = Some(&strong).filter(|strong| !strong.proofs.is_empty());
    let audit = opened.append(standing.head(), strong, true, |writer| {
        writer.result(text.as_bytes())?;
        Ok(())
    })?;
    if let Some(audit) = audit {
        put!("{}", verdict::to_text(&audit));
    }
    if text.len() <= LONG {
        say!("\nResult: {text}");
    } else {
        say!("\nThe result is long: `cabildo audit {} --json` prints it", args.archive.display());
    }
    say!("Written: {}", args.archive.display());
    Ok(())
}
