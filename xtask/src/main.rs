//! What the project does to itself: `cargo xtask <command>`, one file per command.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a tool for the terminal
#![allow(clippy::disallowed_methods)] // it measures
#![allow(rustdoc::invalid_html_tags, rustdoc::bare_urls)] // comments on arguments are help texts

mod bench;
mod bench_book;
mod bench_council;
mod browser;
mod bulk;
mod failure;
mod http;
mod peer;
mod places;
mod strangers;
mod village;
mod wasm;
mod webdriver;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure our CPU time per item beside the peers', on the same archives, in one run; and the minute book's figures
    Bench(bench::Args),
    /// Have Belenios' own tool judge every kind of archive that `rehearse` makes
    Peer(peer::Args),
    /// Make a large minute book and have a program that shares no code with us judge its files
    Strangers(strangers::Args),
    /// Build the booth as WebAssembly: <target>/wasm/booth.wasm
    Wasm(wasm::Args),
    /// Run vectors and calls in headless Chromium at http://hall.test and compare them with the native booth
    Browser(browser::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Bench(args) => bench::run(&args),
        Command::Peer(args) => peer::run(&args),
        Command::Strangers(args) => strangers::run(&args),
        Command::Wasm(args) => wasm::run(&args).map(drop),
        Command::Browser(args) => browser::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {}", failure.line);
            ExitCode::from(failure.status)
        }
    }
}
