//! `cabildo trustee`: the work of trustees, and of the coordinator who passes their messages on, from files alone.
//!
//! Nothing here needs a network: every message is a file that can travel on a USB stick. Secrets are written so that only
//! their owner may read them, are never printed and never overwritten.

mod add;
mod ceremony;
mod close;
mod decrypt;
mod join;
mod key;
mod message;
mod opened;
mod result;
pub mod secret;
mod shuffle;

use clap::{Args as ClapArgs, Subcommand};

use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Trustee: make a key of your own, without which nothing can be decrypted
    Key(key::Args),
    /// Make the key of a group of which any T members decrypt, message by message
    Ceremony(ceremony::Args),
    /// Coordinator: join public keys and a group into the list of trustees of an election
    Join(join::Args),
    /// Coordinator: end the voting and add the ballots up under encryption
    Close(close::Args),
    /// Trustee: mix the ranked votes, so that nobody can tell whose is whose
    Shuffle(shuffle::Args),
    /// Trustee: decrypt your part of the tally
    Decrypt(decrypt::Args),
    /// Coordinator: verify what trustees sent and append it to the archive
    Add(add::Args),
    /// Coordinator: open the tally once enough trustees have decrypted, and audit the whole
    Result(result::Args),
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Key(args) => key::run(args),
        Command::Ceremony(args) => ceremony::run(args),
        Command::Join(args) => join::run(args),
        Command::Close(args) => close::run(args),
        Command::Shuffle(args) => shuffle::run(args),
        Command::Decrypt(args) => decrypt::run(args),
        Command::Add(args) => add::run(args),
        Command::Result(args) => result::run(args),
    }
}

/// The bytes of a file without the line end with which it closes.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Numbers for a reader: `1, 3`.
fn list(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
