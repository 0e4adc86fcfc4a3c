//! `cabildo`, the command line: files, the clock, the system's randomness and the terminal, around the pure crates.
//!
//! Exit status: 0 all holds; 1 the material was read and fails; 2 wrong use or unreadable input.

#![allow(unreachable_pub, reason = "a program has no interface")]
#![allow(rustdoc::invalid_html_tags, rustdoc::bare_urls, reason = "comments on arguments are help texts")]

/// Prints a line of the command's answer, as `println!` does, and does not panic where nobody reads it.
macro_rules! say {
    ($($text:tt)*) => { $crate::edge::put(&format!("{}\n", format_args!($($text)*))) };
}

/// The same without an end of line.
macro_rules! put {
    ($($text:tt)*) => { $crate::edge::put(&format!($($text)*)) };
}

mod book_verdict;
mod books;
mod carried;
mod commands;
mod courier;
mod dates;
mod door;
mod edge;
mod failure;
mod keys;
mod material;
mod policy_file;
mod progress;
mod rehearsal;
mod remote;
mod signed;
mod verdict;
mod words;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Councils whose every decision a stranger can check.
#[derive(Parser)]
#[command(
    name = "cabildo",
    version,
    about = "Councils and elections whose every step a stranger can check",
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Hold a dress rehearsal: every ballot of a file encrypted, cast, mixed, decrypted, counted, audited
    Rehearse(commands::rehearse::Args),
    /// Count a file of plain ballots
    Count(commands::count::Args),
    /// Check an election's archive or a minute book: every event, every entry, every proof
    Audit(commands::audit::Args),
    /// A trustee's work from files alone: key making, shuffling, decrypting
    Trustee(commands::trustee::Args),
    /// Found a council: its minute book begins, from a list of its members
    Found(commands::found::Args),
    /// Write an entry into a minute book: sign it here, have it recorded
    Write(commands::write::Args),
    /// Serve the books of a database, with their clerks: public files, entries, cosignatures
    Serve(commands::serve::Args),
    /// Copy a book, check it, keep the copy up, cosign it, serve it
    Mirror(commands::mirror::Args),
    /// A small server that cosigns checkpoints and keeps nothing else
    Witness(commands::witness::Args),
    /// Elections of a book: what each step is computed from and into, and how one stands
    Election(commands::election::Args),
    /// Put a whole book into one file, which a stranger can check; or the archive of an election
    Bundle(commands::bundle::Args),
    /// Printed codes with which people join from their own phones
    Slip(commands::slip::Args),
    /// What a book makes true now: members, offices, who may name a new clerk
    State(commands::state::Args),
    /// What the rules say should be done now, and by whom
    Due(commands::due::Args),
    /// What a council is, for other programs: Popolo JSON, CSV, iCalendar
    Export(commands::export::Args),
    /// Hand a book over to a new clerk, from any mirror or bundle
    Succeed(commands::succeed::Args),
    /// Copy the database, also while it is in use
    Backup(commands::backup::BackupArgs),
    /// Bring a backup back; it signs only once it has caught up with the book's mirrors
    Restore(commands::backup::RestoreArgs),
    /// Bring a database to this version
    Migrate(commands::backup::MigrateArgs),
    /// Keys that sign entries and checkpoints: make them, print them as words, get them back
    Key(commands::key::Args),
    /// Anything else: commands that come with later versions are named as such
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Commands whose names are fixed and whose capability is not there yet.
const LATER: &[&str] = &["minutes", "demo"];

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Rehearse(args) => commands::rehearse::run(args),
        Command::Count(args) => commands::count::run(args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Trustee(args) => commands::trustee::run(args),
        Command::Found(args) => commands::found::run(args),
        Command::Write(args) => commands::write::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Mirror(args) => commands::mirror::run(args),
        Command::Witness(args) => commands::witness::run(args),
        Command::Election(args) => commands::election::run(args),
        Command::Bundle(args) => commands::bundle::run(args),
        Command::Slip(args) => commands::slip::run(args),
        Command::State(args) => commands::state::run(args),
        Command::Due(args) => commands::due::run(args),
        Command::Export(args) => commands::export::run(args),
        Command::Succeed(args) => commands::succeed::run(args),
        Command::Backup(args) => commands::backup::backup(args),
        Command::Restore(args) => commands::backup::restore(args),
        Command::Migrate(args) => commands::backup::migrate(args),
        Command::Key(args) => commands::key::run(args),
        Command::Other(words) => {
            let name = words.first().map_or("", String::as_str);
            Err(Failure::usage(if LATER.contains(&name) {
                format!("`cabildo {name}` comes with a later version")
            } else {
                format!("there is no command `{name}`; `cabildo help` lists them")
            }))
        }
    }
}

/// What clap says of wrong use, as one line; help and version as they are.
fn parse() -> Result<Cli, Failure> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let text = error.to_string();
        let cause = text
            .split("\n\nUsage:")
            .next()
            .unwrap_or_default()
            .split("\n\nFor more")
            .next()
            .unwrap_or_default();
        let cause: Vec<&str> = cause.trim_start_matches("error: ").split_whitespace().collect();
        let cause = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            "name a command".to_owned()
        } else {
            cause.join(" ")
        };
        Failure::usage(format!("{cause} (--help explains)"))
    })
}

fn main() -> ExitCode {
    match parse().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(std::env::args_os().any(|word| word == "--json")),
    }
}
