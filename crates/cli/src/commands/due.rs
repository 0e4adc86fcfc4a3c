//! `cabildo due`: what the rules say should be done now, and by whom.

use clap::Args as ClapArgs;
use council::{Due, Duty, due};

use super::state::Which;
use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// At this time, in Unix seconds [default: now]
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let state = args.which.replay(args.json)?;
    let at = match args.at {
        Some(at) if at < state.time() => {
            let last = state.time();
            return Err(Failure::usage(format!("--at: the book's last entry is of {last}, later than {at}")));
        }
        Some(at) => at,
        None => edge::now()?,
    };
    let all = due(&state, at);
    if args.json {
        say!("{}", serde_json::json!({"ok": true, "book": state.book().to_string(), "at": at, "due": all}));
        return Ok(());
    }
    if all.is_empty() {
        say!("Nothing is due.");
    }
    for due in &all {
        say!("since {}  {}  ({})", edge::utc(due.since), words(due), due.rule);
    }
    Ok(())
}

fn step(what: &str, election: u64) -> String {
    format!("election of entry {election}: {what}")
}

fn words(due: &Due) -> String {
    let seats = |seats: u32| if seats == 1 { "a seat".to_owned() } else { format!("{seats} seats") };
    let what = match &due.what {
        Duty::DecideChallenge { member, entry } => {
            format!("the assembly decides whether member {member} belongs, challenged by entry {entry}")
        }
        Duty::DecideAppeal { member } => format!("the assembly hears member {member}, who was excluded"),
        Duty::HoldElection { office, seats: number } => {
            format!("an election fills {} of the office {office}", seats(*number))
        }
        Duty::Appoint { office, seats: number } => {
            format!("an appointment fills {} of the office {office}", seats(*number))
        }
        Duty::Confirm { office, member, entry } => {
            format!("member {member} waits for confirmation as {office}, appointed by entry {entry}")
        }
        Duty::NameActing { office } => {
            format!("nobody may sign for the office {office}: the assembly names somebody who stands in")
        }
        Duty::HoldRecall { office, member, entry, anybody } => {
            let what = format!(
                "a vote decides on the recall of member {member} as {office}, asked by entry {entry}"
            );
            if *anybody {
                return format!("{what}; any member with a vote can call it");
            }
            what
        }
        Duty::FormTrustees => "trustees make a key together, to stand ready for the next election".to_owned(),
        Duty::FreezeRoll { election } => step("the roll is frozen", *election),
        Duty::ListCredentials { election } => step("scrutineers list the credentials", *election),
        Duty::OpenElection { election } => step("the box is opened", *election),
        Duty::CloseElection { election } => step("the box is closed", *election),
        Duty::MixVotes { election } => step("mixers mix the votes", *election),
        Duty::DecryptVotes { election } => step("trustees decrypt", *election),
        Duty::DeclareResult { election } => step("the result is declared", *election),
        Duty::DrawLot { election } => step("a lot is drawn among the tied", *election),
        Duty::DecideDispute { election } => step("the assembly decides a dispute", *election),
        Duty::ConcludeElection { election } => step("the elected take their seats", *election),
        Duty::CountPapers { election } => step("tellers count the paper ballots", *election),
    };
    let what = match due.anybody_from {
        Some(from) => format!("{what} (from {} on any member with a vote can)", edge::utc(from)),
        None => what,
    };
    let whom: Vec<String> = due.whom.iter().map(u32::to_string).collect();
    match whom.as_slice() {
        [] => format!("{what}; nobody can at this time"),
        [one] => format!("{what}; member {one} can"),
        many => format!("{what}; members {} can", many.join(", ")),
    }
}
