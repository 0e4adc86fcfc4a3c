//! `cabildo election list`: scrutineers match who enrolled, and who got a slip, with the frozen roll, and list the credentials.

use std::path::PathBuf;

use ballot::setup::credential_list;
use clap::Args as ClapArgs;
use council::elections::enrolment::Enrolment;
use council::elections::matching::Matching;
use council::kinds::elections::CredentialsListed;

use super::held::{Of, Out};
use super::slips;
use crate::edge::{self, New};
use crate::failure::Failure;
use crate::material;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    /// What `election enrolments` made
    #[arg(long, value_name = "FILE")]
    enrolments: Option<PathBuf>,
    /// The public files (FILE.public) of the two scrutineers' halves of slips
    #[arg(long, value_name = "FILE", num_args = 1..=2)]
    slips: Vec<PathBuf>,
    /// The members who got a slip, one each
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    slip_members: Vec<u32>,
    /// Where who has which credential is kept, and the salt of the commitment to it [default: matching-N.private]
    #[arg(long, value_name = "FILE")]
    private: Option<PathBuf>,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let held = args.of.read(false)?;
    let folder = args.out.folder("list", held.number)?;
    let private =
        args.private.clone().unwrap_or_else(|| PathBuf::from(format!("matching-{}.private", held.number)));
    edge::is_free(&private)?;
    let (state, election) = (&held.book.state, &held.election);
    let frozen = election.frozen.as_ref().ok_or_else(|| held.about("its roll is not fixed yet"))?;
    if election.lists.is_some() {
        return Err(held.about("its credentials are listed already"));
    }
    let mut enrolled = Vec::new();
    if let Some(path) = &args.enrolments {
        let notes: Vec<String> = serde_json::from_slice(&edge::read(path)?)
            .map_err(|_| Failure::file(path, "it is not what `cabildo election enrolments` makes"))?;
        for (number, note) in (1..).zip(notes) {
            let wrong = |reason: String| {
                Failure::Refused(format!("{}: enrolment {number}: {reason}", path.display()))
            };
            let enrolment = Enrolment::parse(note.as_bytes()).map_err(wrong)?;
            // Each is verified again: a clerk could have invented it.
            let of = enrolment.holds(state).map_err(|refusal| wrong(refusal.to_string()))?;
            if of != held.number {
                return Err(wrong(format!("it is for the election of entry {of}")));
            }
            enrolled.push((enrolment.member(), enrolment.credential()));
        }
    }
    let slips = slips::joined(&state.book(), &election.uuid, &args.slips)?;
    if slips.len() != args.slip_members.len() {
        return Err(Failure::usage(format!(
            "{} slips, and --slip-members names {}: each slip is somebody's",
            slips.len(),
            args.slip_members.len()
        )));
    }
    let matching =
        Matching::new(&state.book(), &election.uuid, frozen, enrolled, args.slip_members.iter().copied())
            .map_err(|refusal| Failure::Refused(refusal.to_string()))?;
    let phones = matching.phones_list().map_err(|refusal| Failure::Refused(refusal.to_string()))?;
    let slips = credential_list(slips).map_err(|misuse| Failure::Refused(format!("the slips: {misuse}")))?;
    let salt = edge::fresh()?;
    let counts = matching.counts();
    let content = CredentialsListed {
        election: held.number,
        phones: material::reference(phones.as_bytes()),
        slips: material::reference(slips.as_bytes()),
        matched: matching.commitment(&salt).hex(),
    };
    let kept = serde_json::json!({"salt": hex::encode(*salt), "lines": matching.lines()}).to_string();
    edge::create(&[New { path: private.clone(), bytes: kept.as_bytes(), secret: true }])?;
    let files = [("phones.json", phones.as_bytes()), ("slips.json", slips.as_bytes())];
    if let Err(failure) = material::make(&folder, &content, &files) {
        let _ = std::fs::remove_file(&private);
        return Err(failure);
    }
    say!("{} phones, {} slips, of {} who may vote.", counts.0, counts.1, frozen.voters);
    say!("{}: who has which, and the salt; it stays with the scrutineers.", private.display());
    Ok(())
}
