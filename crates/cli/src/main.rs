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

mod commands;
mod edge;
mod failure;
mod progress;
mod rehearsal;
mod verdict;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Councils whose every decision a stranger can check.
#[derive(Parser)]
#[command(
    name = "cabildo",
    version,
    about = "Elections, and soon councils, whose every step a stranger can check",
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
    /// Check an election's archive, every event and every proof
    Audit(commands::audit::Args),
    /// A trustee's work from files alone: key making, shuffling, decrypting
    Trustee(commands::trustee::Args),
    /// Anything else: commands that come with later versions are named as such
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Commands whose names are fixed and whose capability is not there yet.
const LATER: &[&str] = &[
    "found", "write", "serve", "mirror", "bundle", "witness", "succeed", "state", "due", "minutes", "export",
    "backup", "restore", "migrate", "demo",
];

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Rehearse(args) => commands::rehearse::run(args),
        Command::Count(args) => commands::count::run(args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Trustee(args) => commands::trustee::run(args),
        Command::Other(words) => {
            let name = words.first().map_or("", String::as_str);
            Err(Failure::usage(if LATER.contains(&name) {
                format!("`cabildo {name}` works on a minute book, which comes with a later version")
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
        Err(failure) => failure.report(),
    }
}
