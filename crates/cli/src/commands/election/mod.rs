//! `cabildo election`: what an election's steps are computed from, verified first, and computed into. Nothing here signs: a step
//! that belongs in the book is a folder of material for `cabildo write`.

mod close;
mod declare;
mod decrypt;
mod held;
mod open;
mod papers;
mod show;
mod shuffle;
mod trustees;

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
    /// Material for election.opened: what is asked, and of whose credentials
    Open(open::Args),
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
        Command::Open(args) => open::run(args),
        Command::Close(args) => close::run(args),
        Command::Shuffle(args) => shuffle::run(args),
        Command::Decrypt(args) => decrypt::run(args),
        Command::Declare(args) => declare::run(args),
        Command::Papers(args) => papers::run(args),
    }
}
