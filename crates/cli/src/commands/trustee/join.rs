//! `cabildo trustee join`: the list of an election's trustees.

use std::path::PathBuf;

use ballot::group::{Group, GroupName};
use ballot::json;
use ballot::trustee::{Pedersen, PublicKey, Trustee, Trustees};
use clap::Args as ClapArgs;

use super::without_line_end;
use crate::edge::{self, New};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// Public keys (<ID>.pubkey) and groups (threshold.json), in the order in which the trustees are numbered
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The list to make
    #[arg(long, value_name = "FILE", default_value = "trustees.json")]
    out: PathBuf,
}

/// A file that was read, and what is wrong with it.
struct Item<G: Group> {
    path: PathBuf,
    trustee: Trustee<G>,
}

fn read_as<G: Group>(files: &[(PathBuf, Vec<u8>)]) -> Result<Vec<Item<G>>, Failure> {
    let mut items = Vec::new();
    for (path, bytes) in files {
        let about = |error: String| {
            let what = "it is neither a public key (.pubkey) nor a group (threshold.json) of";
            Failure::file(path, format!("{what} {}: {error}", G::NAME))
        };
        let bytes = without_line_end(bytes);
        if bytes.windows(8).any(|window| window == b"\"certs\":") {
            let group = Pedersen::<G>::parse(bytes).map_err(|error| about(error.to_string()))?;
            items.push(Item { path: path.clone(), trustee: Trustee::Pedersen(group) });
            continue;
        }
        // One a line, as in Belenios' public_keys.jsons.
        for line in bytes.split(|byte| *byte == b'\n') {
            // A parser's words may quote what it read, and somebody may have taken the secret of the pair.
            if line.first() == Some(&b'"') {
                let cause =
                    "it is a secret, which nobody else may see; take the public key (.pubkey) beside it";
                return Err(Failure::file(path, cause));
            }
            let key: PublicKey<G> =
                json::parse(line).map_err(|_| about("its text has another form".into()))?;
            items.push(Item { path: path.clone(), trustee: Trustee::Single(key) });
        }
    }
    Ok(items)
}

/// Finds the group in which every file can be read; two groups of numbers are told apart by their proofs.
pub fn run(args: Args) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let mut files = Vec::new();
    for path in &args.files {
        files.push((path.clone(), edge::read(path)?));
    }
    let mut found = None;
    for group in GroupName::ALL {
        match ballot::with_group!(group, G => join::<G>(&files)) {
            Ok(joined) => return write(&args, &joined),
            Err(failed) => {
                // The failure that is shown is that of the group which understood more.
                if found.as_ref().is_none_or(|(read, _)| failed.0 > *read) {
                    found = Some(failed);
                }
            }
        }
    }
    Err(found.map_or_else(|| Failure::usage("no trustees are given"), |(_, failure)| failure))
}

/// The list that was made.
struct Joined {
    text: String,
    trustees: usize,
    key: String,
    group: &'static str,
}

fn join<G: Group>(files: &[(PathBuf, Vec<u8>)]) -> Result<Joined, (u8, Failure)> {
    let items = read_as::<G>(files).map_err(|failure| (0, failure))?;
    // Each by itself first, so that a refusal names the file.
    for item in &items {
        if let Err(refusals) = Trustees(vec![item.trustee.clone()]).verify() {
            let reasons: Vec<String> = refusals.iter().map(|refusal| refusal.reason.clone()).collect();
            return Err((1, Failure::file(&item.path, format!("it does not hold: {}", reasons.join("; ")))));
        }
    }
    let mut paths = Vec::new();
    for item in &items {
        let members = match &item.trustee {
            Trustee::Single(_) => 1,
            Trustee::Pedersen(group) => group.certs.len(),
        };
        paths.extend(std::iter::repeat_n(&item.path, members));
    }
    let list = Trustees(items.iter().map(|item| item.trustee.clone()).collect());
    let verified = list.verify().map_err(|refusals| {
        let Some(refusal) = refusals.first() else { return (2, Failure::usage("the list does not hold")) };
        let number = refusal.object.strip_prefix("trustee ").and_then(|number| number.parse::<usize>().ok());
        let path = number.and_then(|number| paths.get(number.checked_sub(1)?));
        let line = format!("{}: {}", refusal.object, refusal.reason);
        (2, path.map_or_else(|| Failure::usage(&line), |path| Failure::file(path, &line)))
    })?;
    Ok(Joined {
        text: json::to_string(&list),
        trustees: verified.owners().len(),
        key: verified.election_key().to_string(),
        group: G::NAME,
    })
}

fn write(args: &Args, joined: &Joined) -> Result<(), Failure> {
    edge::create(&[New { path: args.out.clone(), bytes: joined.text.as_bytes(), secret: false }])?;
    say!("{} trustees, group {}: {}", joined.trustees, joined.group, args.out.display());
    say!("The election's key: {}", joined.key);
    Ok(())
}
