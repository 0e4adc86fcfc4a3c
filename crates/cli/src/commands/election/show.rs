//! `cabildo election show`: an election in plain words.

use clap::Args as ClapArgs;
use council::elections::{Election, Ending, Phase, Purpose, outcome};
use council::{Power, State};
use count::Profile;
use report::printable;
use serde_json::json;

use super::held::{Held, Of, blob};
use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let mut held = args.of.read(args.json)?;
    let now = edge::now()?;
    let files = held.book.files.as_mut();
    let ballots =
        outcome::ballots(&held.election, &mut |of| blob(files, of)).map_err(|reason| held.about(reason))?;
    let next = next(&held.book.state, &held.election, now);
    if args.json {
        let count = match &ballots {
            Some(profile) if !held.election.purpose.is_recall() => {
                let outcome = outcome::count(&held.election, profile);
                Some(outcome.map_err(|reason| held.about(reason))?.to_json(profile))
            }
            _ => None,
        };
        let record = serde_json::to_value(&held.election).map_err(|error| held.about(error))?;
        let mut object = json!({
            "ok": true,
            "book": held.book.state.book().to_string(),
            "entry": held.number,
            "phase": held.election.phase().name(),
            "uuid": held.election.uuid,
            "election": record,
        });
        if let Some(next) = next {
            object["next"] = json!({"what": next.what, "whom": next.whom});
        }
        if let Some(count) = count {
            object["count"] = count;
        }
        say!("{object}");
        return Ok(());
    }
    describe(&held, next);
    if let Some(profile) = ballots {
        put!("\n{}", counted(&held.election, &profile)?);
    }
    Ok(())
}

/// What is next, and who can do it.
struct Next {
    what: String,
    whom: Vec<u32>,
}

/// The count's transcript.
pub fn counted(election: &Election, profile: &Profile) -> Result<String, Failure> {
    let outcome = outcome::count(election, profile)
        .map_err(|reason| Failure::Refused(format!("the election {}: {reason}", election.uuid)))?;
    Ok(printable_lines(&outcome.transcript()))
}

fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line.to_owned()) + "\n").collect()
}

/// A phase, as people say it.
pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Called => "called: people can stand",
        Phase::Frozen => "roll and candidates are fixed: phones enrol",
        Phase::Listed => "the credentials are listed: the box waits to be opened",
        Phase::Open => "the box is open",
        Phase::Mixing => "closed: the votes are being mixed",
        Phase::Decrypting => "closed: the trustees decrypt",
        Phase::OnPaper => "held on paper",
        Phase::Tied => "tied: a lot must be drawn",
        Phase::Declared => "the result stands, and can be disputed",
        Phase::Disputed => "the result is disputed: the assembly decides",
        Phase::Ended => "over",
    }
}

fn ending(ending: Ending) -> String {
    let (words, at) = match ending {
        Ending::Concluded { at } => ("its result took effect", at),
        Ending::NobodyStood { at } => ("nobody stood", at),
        Ending::TooFewBallots { at } => {
            ("there were too few ballots to open the box without unmasking anybody", at)
        }
        Ending::Annulled { at } => ("the assembly annulled it", at),
    };
    format!("over: {words}, {}", edge::utc(at))
}

fn describe(held: &Held, next: Option<Next>) {
    let Held { number, election, .. } = held;
    say!("{}", printable(election.title.clone()));
    let purpose = match &election.purpose {
        Purpose::Office { office, seats: 1 } => format!("a seat of the office {office}"),
        Purpose::Office { office, seats } => format!("{seats} seats of the office {office}"),
        Purpose::Recall { office, member, .. } => format!("whether member {member} is recalled as {office}"),
    };
    say!("for       {purpose}");
    say!("election  {}, called by entry {number}, {}", election.uuid, edge::utc(election.called_at));
    match election.ended {
        Some(how) => say!("phase     {}", ending(how)),
        None => say!("phase     {}", phase_words(election.phase())),
    }
    match &election.frozen {
        Some(frozen) => {
            let instead = if frozen.approving {
                format!(", in the place of {}", election.method)
            } else {
                String::new()
            };
            say!("method    {}{instead}", frozen.method);
            say!("voters    {}, as of {}", frozen.voters, edge::utc(frozen.at));
            for (member, name) in &frozen.candidates {
                say!("stands    {} (member {member})", printable(name.clone()));
            }
        }
        None => {
            say!("method    {}", election.method);
            for (member, name) in election.standing() {
                say!("stands    {} (member {member})", printable(name.to_owned()));
            }
        }
    }
    if let Some(lists) = &election.lists {
        say!("enrolled  {} phones, {} slips", lists.counts.0, lists.counts.1);
    }
    if let Some(opened) = &election.opened {
        let members: Vec<String> = opened.team.members.iter().map(u32::to_string).collect();
        say!("trustees  members {}, of whom {} open", members.join(", "), opened.team.threshold);
        say!("open      from {} to {}", edge::utc(opened.at), edge::utc(opened.until));
        say!("ballots   {}, in {} batches", election.ballots, election.batches.len());
    }
    if election.papers > 0 {
        say!("papers    {}", election.papers);
    }
    match &election.paper {
        Some(paper) if paper.ballots.is_some() => say!("counted   {}, on paper", paper.counted),
        _ if election.closed.is_some() => say!("counted   {}", election.counted),
        _ => {}
    }
    if let Some(paper) = &election.paper {
        say!("on paper  {}: {}", edge::utc(paper.at), printable(paper.reason.clone()));
    }
    if let Some(declared) = &election.declared {
        let names = |members: &[u32]| {
            let name = |member: &u32| {
                let frozen = election.frozen.as_ref()?;
                let (_, name) = frozen.candidates.iter().find(|(candidate, _)| candidate == member)?;
                Some(format!("{} (member {member})", printable(name.clone())))
            };
            members
                .iter()
                .map(|member| name(member).unwrap_or_else(|| member.to_string()))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if let Some((recall, keep)) = declared.recall {
            let word = if recall > keep { "recalled" } else { "not recalled" };
            say!("result    {word}: {recall} for it, {keep} against");
        } else if !declared.elected.is_empty() {
            say!("elected   {}", names(&declared.elected));
        }
        if !declared.tied.is_empty() {
            say!("tied      {}", names(&declared.tied));
        }
    }
    if let Some(Next { what, whom }) = next {
        let whom: Vec<String> = whom.iter().map(u32::to_string).collect();
        match whom.as_slice() {
            [] => say!("next      {what}"),
            [one] => say!("next      {what}; member {one} can"),
            many => say!("next      {what}; members {} can", many.join(", ")),
        }
    }
}

/// Who may sign in an office with this power.
fn with(state: &State, power: Power, now: u64) -> Vec<u32> {
    let articles = state.statutes().and_then(|statutes| statutes.articles.as_ref());
    let (Some(council), Some(articles)) = (state.council(), articles) else { return Vec::new() };
    let mut whom: Vec<u32> = Vec::new();
    for article in articles.offices.iter().filter(|article| article.powers.contains(&power)) {
        for seat in council.offices().seats(&article.office) {
            whom.extend(seat.signers(now, articles.acting_days).map(|(member, _)| member));
        }
    }
    whom.sort_unstable();
    whom.dedup();
    whom
}

fn next(state: &State, election: &Election, now: u64) -> Option<Next> {
    let carry = || {
        let mut whom = with(state, Power::Minutes, now);
        whom.extend(with(state, Power::Presiding, now));
        whom.sort_unstable();
        whom.dedup();
        whom
    };
    let unconcerned = |power: Power| {
        let mut whom = with(state, power, now);
        whom.retain(|member| !election.concerns(*member));
        whom
    };
    let until = |time: u64, during: &str, after: &str, whom: Vec<u32>| match now < time {
        true => Next { what: format!("until {} {during}", edge::utc(time)), whom: Vec::new() },
        false => Next { what: after.to_owned(), whom },
    };
    let article = state.statutes().and_then(|statutes| statutes.articles.as_ref()?.elections.as_ref());
    let next = match election.phase() {
        Phase::Ended => return None,
        Phase::Called => until(
            election.nominate_until,
            "people stand: candidate.nominated, then candidate.accepted",
            "roll and candidates are fixed: roll.frozen",
            carry(),
        ),
        Phase::Frozen => until(
            election.frozen.as_ref()?.enrol_until,
            "phones enrol: cabildo election enrol",
            "two scrutineers list the credentials: cabildo election list",
            unconcerned(Power::Scrutiny),
        ),
        Phase::Listed => Next { what: "the box is opened: cabildo election open".into(), whom: carry() },
        Phase::Open => until(
            election.opened.as_ref()?.until,
            "people vote: cabildo election cast",
            "the box is closed: cabildo election close",
            carry(),
        ),
        Phase::Mixing => Next {
            what: "trustees mix: cabildo election shuffle".into(),
            whom: election.mixers_to_come().collect(),
        },
        Phase::Decrypting => {
            let team = &election.opened.as_ref()?.team;
            let has = |member: &u32| {
                election.decryptions.iter().any(|part| Some(part.owner) == team.owner(*member))
            };
            let missing = (team.threshold as usize).saturating_sub(election.decryptions.len());
            match missing {
                0 => Next {
                    what: "any member with a vote declares the result: cabildo election declare".into(),
                    whom: Vec::new(),
                },
                _ => Next {
                    what: format!("{missing} more trustees decrypt: cabildo election decrypt"),
                    whom: team.able().filter(|member| !has(member)).collect(),
                },
            }
        }
        Phase::OnPaper => Next {
            what: "two tellers count the paper ballots: cabildo election papers".into(),
            whom: unconcerned(Power::Telling),
        },
        Phase::Tied => Next {
            what: "a lot is drawn before two witnesses: lot.drawn".into(),
            whom: with(state, Power::Presiding, now),
        },
        Phase::Declared => {
            let over = u64::from(article?.dispute_days) * 86_400 + election.declared.as_ref()?.at;
            until(
                over,
                "the result can be disputed: result.disputed",
                "the elected take their seats: election.concluded",
                carry(),
            )
        }
        Phase::Disputed => {
            Next { what: "the assembly decides the dispute: dispute.decided".into(), whom: carry() }
        }
    };
    Some(next)
}
