//! `cabildo election`: what an election's steps are computed from, verified first, and computed into. Nothing here signs: a step
//! that belongs in the book is a folder of material for `cabildo write`. Enrolments and ballots, which no member signs into the
//! book, are handed to the clerk here.

mod cast;
mod check;
mod close;
mod declare;
mod decrypt;
mod enrol;
mod enrolments;
mod held;
mod list;
mod open;
mod papers;
mod publish;
mod show;
mod shuffle;
mod slips;
mod trustees;
mod votes;

use clap::{Args as ClapArgs, Subcommand};

pub use held::{Held, blob};
pub use show::phase_words;

use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// An election in plain words: where it stands, who stands, who may vote, what came out, what is next
    Show(show::Args),
    /// Material for trustees.formed: the keys of the trustees of coming elections
    Trustees(trustees::Args),
    /// Member: make a credential for an election, from a voting seed of your own, and hand in its public half
    Enrol(enrol::Args),
    /// What phones have handed in, for scrutineers
    Enrolments(enrolments::Args),
    /// Scrutineers: credentials on paper, in two halves
    Slips(slips::Args),
    /// Scrutineers: material for credentials.listed, matched one by one with the roll
    List(list::Args),
    /// Material for election.opened: what is asked, and of whose credentials
    Open(open::Args),
    /// Voter: encrypt a vote and hand it in; a second one takes the place of the first
    Cast(cast::Args),
    /// Voter: is my last vote in the box?
    Check(check::Args),
    /// The clerk's part where no server runs: what was handed in goes into the box
    Publish(publish::Args),
    /// Material for election.closed: the ballots that count, added up under encryption
    Close(close::Args),
    /// Trustee: material for votes.shuffled, once everything before holds
    Shuffle(shuffle::Args),
    /// Trustee: material for votes.decrypted, once everything before holds
    Decrypt(decrypt::Args),
    /// Material for result.declared: the tally, opened with the trustees' parts
    Declare(declare::Args),
    /// Material for papers.counted: the ballots of a vote that was held on paper
    Papers(papers::Args),
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Show(args) => show::run(args),
        Command::Trustees(args) => trustees::run(args),
        Command::Enrol(args) => enrol::run(args),
        Command::Enrolments(args) => enrolments::run(args),
        Command::Slips(args) => slips::run(args),
        Command::List(args) => list::run(args),
        Command::Cast(args) => cast::run(args),
        Command::Check(args) => check::run(args),
        Command::Publish(args) => publish::run(args),
        Command::Open(args) => open::run(args),
        Command::Close(args) => close::run(args),
        Command::Shuffle(args) => shuffle::run(args),
        Command::Decrypt(args) => decrypt::run(args),
        Command::Declare(args) => declare::run(args),
        Command::Papers(args) => papers::run(args),
    }
}
