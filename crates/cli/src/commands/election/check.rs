//! `cabildo election check`: is my last vote in the box?

use std::path::PathBuf;

use clap::Args as ClapArgs;
use council::elections::batch::{self, Cast};
use council::elections::receipt::{HandInReceipt, HandedIn};

use super::held::Held;
use super::votes::Votes;
use crate::commands::state::Which;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// What `election cast` keeps
    #[arg(long, value_name = "FILE")]
    receipt: PathBuf,
    #[command(flatten)]
    which: Which,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let votes = Votes::read(&args.receipt)?;
    let wrong = |reason: String| Failure::file(&args.receipt, reason);
    let last = votes.votes.last().ok_or_else(|| wrong("no vote was cast".into()))?;
    let cast = Cast::parse(&last.line).map_err(wrong)?;
    let mut held = Held::of(args.which.read(false)?, &votes.election)?;
    if held.book.state.book().to_string() != votes.book {
        return Err(wrong("it is of another book".into()));
    }
    let receipt = match &last.receipt {
        Some(text) => {
            let receipt = HandInReceipt::parse(text.as_bytes()).map_err(wrong)?;
            receipt.verify(&held.book.state).map_err(|refusal| wrong(refusal.to_string()))?;
            receipt.what == HandedIn::Ballot
                && receipt.hash.0 == cast.hash.0
                && receipt.uuid == votes.election
        }
        None => false,
    };
    let tracker = cast.hash.compact();
    let batches = held.election.batches.clone();
    let mut found = false;
    let mut later = None;
    for blob in &batches {
        for other in batch::parse(&held.blob(blob)?).map_err(Failure::Refused)? {
            found |= other.hash.0 == cast.hash.0;
            if other.replaces.as_ref().is_some_and(|replaces| replaces.ballot.0 == cast.hash.0) {
                later = Some(other.hash.compact());
            }
        }
    }
    if let Some(later) = later {
        return Err(Failure::Refused(format!(
            "the vote {tracker} was replaced by {later}, which this file does not know: if you did not cast it, somebody else has \
             your credential; say so to a scrutineer"
        )));
    }
    let is_closed = held.election.closed.is_some();
    match (found, is_closed) {
        (true, true) => say!("Your last vote, {tracker}, is in the box, and counts."),
        (true, false) => say!(
            "Your last vote, {tracker}, is in the box. The box is still open: look again after the close."
        ),
        (false, false) => say!(
            "Your last vote, {tracker}, is not published yet: the clerk publishes many at once. Look again after the close."
        ),
        (false, true) => {
            let what = if receipt {
                "and the clerk has signed that it would be: show this file to the scrutineers, and dispute the result (`result.disputed`)"
            } else {
                "and there is no receipt for it"
            };
            return Err(Failure::Refused(format!("your last vote, {tracker}, is not in the box, {what}")));
        }
    }
    Ok(())
}
