//! `cabildo election open`: what the box is opened with. It follows from the entries, and anybody can compute it.

use ballot::credential::Enrolled;
use ballot::group::Ed25519;
use ballot::json;
use ballot::setup::credential_list;
use ballot::trustee::Trustees;
use clap::Args as ClapArgs;
use council::elections::{Phase, question};
use council::kinds::elections::{ElectionOpened, SetupBlobs};

use super::held::{Of, Out};
use crate::dates;
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    /// Until when ballots are taken: 2026-12-01T20:00Z, or Unix seconds
    #[arg(long, value_name = "TIME", value_parser = dates::parse)]
    until: u64,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut held = args.of.read(false)?;
    let folder = args.out.folder("open", held.number)?;
    let lists = held.election.lists.clone();
    let Some(lists) = lists.filter(|_| held.election.phase() == Phase::Listed) else {
        let phase = held.election.phase().name();
        return Err(
            held.about(format!("it stands at {phase}, and a box is opened once credentials are listed"))
        );
    };
    let team = held.book.state.council().and_then(|council| council.elections().team()).cloned();
    let team = team.ok_or_else(|| held.about("no trustees stand ready (`trustees.formed`)"))?;
    let bytes = held.blob(&team.trustees)?;
    let damaged = || Failure::Refused("the trustees' list of keys does not hold".into());
    let trustees = Trustees::<Ed25519>::parse(&bytes).map_err(|_| damaged())?;
    let trustees = trustees.verify().map_err(|_| damaged())?;
    let text = question::describe(&held.book.state.book(), &held.election, &trustees)
        .map_err(|reason| held.about(format!("it cannot be held: {reason}")))?;
    let mut all = Vec::new();
    for list in [&lists.phones, &lists.slips] {
        let bytes = held.blob(list)?;
        let wrong = |reason: String| Failure::Refused(format!("blob/{}: {reason}", list.sha256));
        let lines: Vec<String> = json::parse(&bytes).map_err(|error| wrong(error.to_string()))?;
        for line in &lines {
            all.push(Enrolled::<Ed25519>::parse(line).map_err(wrong)?);
        }
    }
    let credentials = credential_list(all).map_err(|misuse| held.about(misuse))?;
    let setup = SetupBlobs {
        election: material::reference(text.as_bytes()),
        credentials: material::reference(credentials.as_bytes()),
    };
    let content = ElectionOpened { election: held.number, until: args.until, setup };
    let files = [("election.json", text.as_bytes()), ("credentials.json", credentials.as_bytes())];
    material::make(&folder, &content, &files)?;
    say!("The box is open from the entry on until {}.", crate::edge::utc(args.until));
    Ok(())
}
