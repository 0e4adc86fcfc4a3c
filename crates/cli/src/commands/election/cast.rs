//! `cabildo election cast`: a vote, encrypted here and handed in by nobody's name.

use std::path::{Path, PathBuf};

use ballot::credential::Credential;
use ballot::group::Ed25519;
use ballot::hash::Hash;
use clap::Args as ClapArgs;
use contest::Contest;
use council::elections::batch::{Cast, Replaces};
use council::elections::receipt::HandedIn;
use council::elections::waiting::Named;
use council::elections::{Phase, question};
use count::{BallotKind, Lot, Profile, Vote};
use report::printable;
use zeroize::Zeroizing;

use super::enrol::read_seed;
use super::held::{self, Held};
use super::votes::{self, Votes, beside};
use crate::books::{confirm, text_of};
use crate::commands::state::Which;
use crate::door::{At, Door};
use crate::edge::{self, New};
use crate::failure::Failure;
use crate::keys::read_secret;

/// A vote's line has at most so many bytes.
const LINE_LIMIT: usize = clerk::LINE_LIMIT + 2;
/// What is typed has at most so many bytes.
const INPUT_LIMIT: usize = 256;

#[derive(ClapArgs)]
pub struct Args {
    /// The voting seed of a member whose phone enrolled
    #[arg(long, value_name = "FILE", required_unless_present_any = ["credential", "send"], conflicts_with = "credential")]
    seed: Option<PathBuf>,
    /// A slip's credential, both halves joined by +; or - : it is read from standard input, where nobody else on the machine sees it
    #[arg(long, value_name = "TEXT|-")]
    credential: Option<String>,
    /// The election: the number of the entry that called it, or its uuid
    #[arg(long, value_name = "N|UUID", required_unless_present = "send")]
    election: Option<String>,
    #[command(flatten)]
    at: At,
    /// Where the election is read, if not where the vote is handed in: a mirror's folder, a bundle or an address
    #[arg(long, value_name = "SOURCE")]
    from: Option<String>,
    /// Only make the vote: put the line that is handed in into this file
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    out: Option<PathBuf>,
    /// Hand in what such a file holds, made on this machine or another: it says of nobody who they are
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "credential", "election", "from", "out", "receipt", "choose", "rank", "grade", "blank"])]
    send: Option<PathBuf>,
    /// Where the vote and the clerk's receipt are kept [default: beside the seed]
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Choose this candidate, by name; several where the election lets approve of several
    #[arg(long, value_name = "NAME")]
    choose: Vec<String>,
    /// Rank these, the most preferred first
    #[arg(long, value_name = "NAME,…", conflicts_with_all = ["choose", "grade", "blank"])]
    rank: Option<String>,
    /// Grade a candidate, 1 is best; every candidate is graded
    #[arg(long, value_name = "NAME=G", conflicts_with_all = ["choose", "blank"])]
    grade: Vec<String>,
    /// Vote for nobody
    #[arg(long, conflicts_with = "choose")]
    blank: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    if let Some(file) = &args.send {
        return send(&args, file);
    }
    let election = args.election.as_deref().ok_or_else(|| Failure::usage("name the --election"))?;
    if let Some(out) = &args.out {
        edge::is_free(out)?;
    }
    let which = match &args.from {
        Some(source) => Which { source: Some(source.clone()), db: None, book: args.at.book.clone() },
        None => held::which(&args.at),
    };
    let mut held = Held::of(which.read(false)?, election)?;
    if held.election.phase() != Phase::Open {
        return Err(
            held.about(format!("it stands at {}, and its box is not open", held.election.phase().name()))
        );
    }
    let uuid = held.election.uuid.clone();
    let credential = credential(&args, &uuid)?;
    let public = credential.public::<Ed25519>(&uuid);
    let standing = held.standing()?;
    if !standing.is_listed(&public) {
        return Err(held.about(
            "this credential is not on the signed list: tell a scrutineer; a vote by it would not be taken",
        ));
    }
    let kept = kept(&args, &uuid)?;
    let mut votes = before(&kept, &held)?;
    let mut door = match &args.out {
        Some(_) => None,
        None => Some(args.at.door()?),
    };
    if let Some(door) = &mut door {
        again(&mut votes, door, &held, &kept)?;
    }
    let contest =
        question::contest(&held.election).ok_or_else(|| held.about("its candidates are not fixed"))?;
    let contest = contest.map_err(|error| held.about(error))?;
    let (vote, words) = vote(&args, &contest, &held)?;
    let plain = contest.plain(&vote, 1).map_err(|error| held.about(error))?;
    let last = match votes.votes.last() {
        Some(last) => Some(Cast::parse(&last.line).map_err(|reason| Failure::file(&kept, reason))?.hash),
        None => standing.last_of(&public),
    };
    say!("{}", printable(held.election.title.clone()));
    for line in words {
        say!("  {line}");
    }
    if let Some(last) = &last {
        say!("It takes the place of the vote with the tracker {}.", last.compact());
    }
    if !confirm("Cast exactly this?", args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    let election = standing.election();
    let text = ballot::ballot::cast(election, &credential, &[plain], &*edge::fresh()?)
        .map_err(|error| held.about(error))?;
    let hash = Hash::of(text.as_bytes());
    let replaces = match last {
        None => None,
        Some(before) => {
            let fresh = edge::fresh()?;
            let proof = ballot::revote::prove(election, &credential, &before, &hash, &fresh);
            Some(Replaces { ballot: before, proof })
        }
    };
    let cast = Cast { ballot: text.into_bytes(), hash, replaces };
    votes.votes.push(votes::Vote { line: cast.line(), receipt: None });
    // On the disk before anybody else has it: where no answer comes, the same ballot is handed in again.
    votes.write(&kept)?;
    match (&mut door, &args.out) {
        (Some(door), _) => {
            again(&mut votes, door, &held, &kept)?;
            say!("Cast. Your tracker: {}", hash.compact());
            say!("The clerk's receipt: {}", kept.display());
        }
        (None, Some(out)) => {
            edge::create(&[New {
                path: out.clone(),
                bytes: (cast.line() + "\n").as_bytes(),
                secret: false,
            }])?;
            say!(
                "{}: anybody hands it in with `cabildo election cast --send`. Your tracker: {}",
                out.display(),
                hash.compact()
            );
        }
        (None, None) => {}
    }
    say!("After the close: cabildo election check --receipt {}", kept.display());
    Ok(())
}

/// Hands in a vote that was made before.
fn send(args: &Args, file: &Path) -> Result<(), Failure> {
    let line = text_of(file, LINE_LIMIT)?;
    let line = line.trim_end_matches(['\r', '\n']);
    let wrong = |reason: String| Failure::file(file, format!("it is no vote: {reason}"));
    let cast = Cast::parse(line).map_err(wrong)?;
    let uuid = Named::of(&cast).map_err(wrong)?.election_uuid;
    let state = held::which(&args.at).replay(false)?;
    let receipt = args.at.door()?.cast(&uuid, line)?;
    held::receipt(&receipt, &state, &uuid, HandedIn::Ballot, book::hash::Hash(cast.hash.0))?;
    say!("Cast, with the tracker {}. The clerk's receipt:", cast.hash.compact());
    put!("{}", String::from_utf8_lossy(&receipt));
    Ok(())
}

fn credential(args: &Args, uuid: &str) -> Result<Credential, Failure> {
    let wrong = || {
        Failure::usage(
            "--credential: it is no credential: compare it with the slip; two halves are joined by +",
        )
    };
    match (&args.seed, args.credential.as_deref()) {
        (Some(seed), _) => Ok(Credential::derive(&*read_seed(seed)?, uuid)),
        (None, Some("-")) => {
            let typed = read_secret(std::io::stdin().lock(), INPUT_LIMIT)
                .map_err(|error| Failure::usage(format!("standard input: {}", edge::cause(&error))))?;
            let typed = typed.ok_or_else(wrong)?;
            let text = std::str::from_utf8(&typed).map_err(|_| wrong())?;
            Credential::parse(text.trim()).ok_or_else(wrong)
        }
        (None, Some(text)) => Credential::parse(Zeroizing::new(text.to_owned()).trim()).ok_or_else(wrong),
        (None, None) => Err(Failure::usage("name a --seed, or give a slip's --credential")),
    }
}

fn kept(args: &Args, uuid: &str) -> Result<PathBuf, Failure> {
    match (&args.receipt, &args.seed) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(seed)) => Ok(beside(seed, uuid, "votes")),
        (None, None) => Err(Failure::usage(
            "with --credential, name a --receipt: where the vote and the clerk's receipt are kept",
        )),
    }
}

/// What was cast before.
fn before(kept: &Path, held: &Held) -> Result<Votes, Failure> {
    let (book, election) = (held.book.state.book().to_string(), held.election.uuid.clone());
    if !kept.exists() {
        edge::is_free(kept)?;
        return Ok(Votes { book, election, votes: Vec::new() });
    }
    let votes = Votes::read(kept)?;
    if votes.book != book || votes.election != election {
        return Err(Failure::file(kept, "it keeps the votes of another election"));
    }
    Ok(votes)
}

/// Hands in what has no receipt yet. A ballot that was taken before gets the same receipt again.
fn again(votes: &mut Votes, door: &mut Door, held: &Held, kept: &Path) -> Result<(), Failure> {
    while let Some(place) = votes.votes.iter().position(|vote| vote.receipt.is_none()) {
        let Some(line) = votes.votes.get(place).map(|vote| vote.line.clone()) else { return Ok(()) };
        let cast = Cast::parse(&line).map_err(|reason| Failure::file(kept, reason))?;
        match door.cast(&held.election.uuid, &line) {
            Ok(bytes) => {
                let hash = book::hash::Hash(cast.hash.0);
                held::receipt(&bytes, &held.book.state, &held.election.uuid, HandedIn::Ballot, hash)?;
                if let Some(vote) = votes.votes.get_mut(place) {
                    vote.receipt = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
                votes.write(kept)?;
            }
            Err(Failure::Refused(said)) => {
                // Whoever refuses the ballot itself has not taken it, and neither has what follows it a predecessor. Of a box that
                // is closed nothing follows: what was cast stays as it is, to be looked for in it.
                if said.starts_with("ballot:") {
                    votes.votes.truncate(place);
                    votes.write(kept)?;
                }
                return Err(Failure::Refused(said));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// The vote that is asked for, and the same in words.
fn vote(args: &Args, contest: &Contest, held: &Held) -> Result<(Vote, Vec<String>), Failure> {
    let names = candidates(held);
    let profile = Profile { title: None, seats: None, candidates: names.clone(), groups: Vec::new() };
    let place = |name: &str| {
        names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| Failure::usage(format!("nobody stands as {name}; there are {}", names.join(", "))))
    };
    let kind = contest.method().ballot_kind();
    let asked = match kind {
        BallotKind::ChooseOne => "--choose NAME or --blank",
        BallotKind::Choose => "--choose NAME, for each, or --blank",
        BallotKind::Rank => "--rank NAME,… or --blank",
        BallotKind::Grade => "--grade NAME=G, for each, or --blank",
    };
    let wrong = || Failure::usage(format!("in this election a vote is {asked}"));
    if args.blank {
        let vote = match kind {
            BallotKind::ChooseOne | BallotKind::Choose => Vote::Approved(Vec::new()),
            BallotKind::Rank => Vote::Ranked(Vec::new()),
            BallotKind::Grade => Vote::Graded(vec![0; names.len()]),
        };
        return Ok((vote, vec!["blank: for nobody".into()]));
    }
    let name = |place: &usize| names.get(*place).map_or_else(String::new, |name| printable(name.clone()));
    match (kind, &args.rank, args.choose.as_slice(), args.grade.as_slice()) {
        (BallotKind::ChooseOne | BallotKind::Choose, None, chosen, []) if !chosen.is_empty() => {
            if kind == BallotKind::ChooseOne && chosen.len() > 1 {
                return Err(Failure::usage("in this election one is chosen, and not several"));
            }
            let mut places = chosen.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
            places.sort_unstable();
            places.dedup();
            let words = places.iter().map(|place| format!("for {}", name(place))).collect();
            Ok((Vote::Approved(places), words))
        }
        (BallotKind::Rank, Some(list), [], []) => {
            let order = Lot::from_list(list, &profile).map_err(|error| {
                let error = error.to_string().replace("the lot names", "it names");
                Failure::usage(format!("--rank: {error}; there are {}", names.join(", ")))
            })?;
            let words = order.order().iter().zip(1..).map(|(place, rank)| format!("{rank}. {}", name(place)));
            let words = words.collect();
            Ok((Vote::Ranked(order.order().iter().map(|place| vec![*place]).collect()), words))
        }
        (BallotKind::Grade, None, [], graded) if !graded.is_empty() => {
            let mut grades = vec![0; names.len()];
            for text in graded {
                let (name, grade) = text.rsplit_once('=').ok_or_else(wrong)?;
                let grade = grade.parse::<u8>().ok().filter(|grade| (1..=question::GRADES).contains(grade));
                let grade = grade.ok_or_else(|| {
                    Failure::usage(format!(
                        "--grade {text}: grades go from 1, the best, to {}",
                        question::GRADES
                    ))
                })?;
                if let Some(slot) = grades.get_mut(place(name)?) {
                    *slot = grade;
                }
            }
            if let Some(left_out) = grades.iter().position(|grade| *grade == 0) {
                return Err(Failure::usage(format!(
                    "--grade: every candidate is graded, {} too",
                    name(&left_out)
                )));
            }
            let words = grades.iter().enumerate().map(|(place, grade)| format!("{grade}: {}", name(&place)));
            let words = words.collect();
            Ok((Vote::Graded(grades), words))
        }
        _ => Err(wrong()),
    }
}

fn candidates(held: &Held) -> Vec<String> {
    match (held.election.purpose.is_recall(), &held.election.frozen) {
        (true, _) => question::RECALL_ANSWERS.map(str::to_owned).to_vec(),
        (false, Some(frozen)) => frozen.candidates.iter().map(|(_, name)| name.clone()).collect(),
        (false, None) => Vec::new(),
    }
}
