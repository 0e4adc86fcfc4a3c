//! `cabildo slip`: printed codes with which people join from their own phones.

use std::fmt::Write;
use std::path::PathBuf;

use book::key::Algorithm;
use clap::{Args as ClapArgs, Subcommand};
use council::SlipCode;
use council::kinds::roll::{SlipIssued, SlipsIssued};
use zeroize::Zeroizing;

use crate::books;
use crate::edge;
use crate::failure::Failure;
use crate::keys::{NamedKey, read_secret};

/// What is typed has at most so many bytes.
const INPUT_LIMIT: usize = 256;
/// A day in seconds.
const DAY: u64 = 86_400;

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make slips: the codes into a file to be printed, and on standard output the content for `write slips.issued`
    New(New),
    /// From the code on a slip, typed on standard input, the key that signs `member.joined` first
    Key(Key),
}

#[derive(ClapArgs)]
struct New {
    /// The book's id
    #[arg(long, value_name = "ID")]
    book: String,
    /// The numbers that their bearers will have
    #[arg(long, value_name = "N,…", value_delimiter = ',', required = true)]
    members: Vec<u32>,
    /// For how many days they can be used
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// The file to make, with the codes: who reads it can join in their place
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct Key {
    /// The book's id
    #[arg(long, value_name = "ID")]
    book: String,
    /// The number that stands on the slip
    #[arg(long, value_name = "N")]
    member: u32,
    /// The key file to make; it is of no use once the slip is used
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::New(args) => new(&args),
        Command::Key(args) => key(&args),
    }
}

fn new(args: &New) -> Result<(), Failure> {
    let book = books::book_id(&args.book)?;
    edge::is_free(&args.out)?;
    let mut members = args.members.clone();
    members.sort_unstable();
    if let Some(pair) = members.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::usage(format!("--members: {} is named twice", pair[0])));
    }
    let mut sheet = Zeroizing::new(format!("Minute book {book}\n\n"));
    let mut slips = Vec::with_capacity(members.len());
    for member in members {
        let random = edge::fresh()?;
        let bytes =
            random.first_chunk().ok_or_else(|| Failure::usage("the system gives too little randomness"))?;
        let code = SlipCode::from_random(bytes);
        let _ = writeln!(sheet, "{member:>10}   {}", *code.printed());
        slips.push(SlipIssued { member, key: code.key(&book, member).public().base64() });
    }
    edge::create(&[edge::New { path: args.out.clone(), bytes: sheet.as_bytes(), secret: true }])?;
    let until = edge::now()? + u64::from(args.days) * DAY;
    say!("{}", council::kinds::write(&SlipsIssued { slips, until }));
    Ok(())
}

fn key(args: &Key) -> Result<(), Failure> {
    let book = books::book_id(&args.book)?;
    edge::is_free(&args.out)?;
    let typed = read_secret(std::io::stdin().lock(), INPUT_LIMIT)
        .map_err(|error| Failure::usage(format!("standard input: {}", edge::cause(&error))))?;
    let typed = typed.ok_or_else(|| Failure::usage("standard input: it is longer than any slip's code"))?;
    let text = std::str::from_utf8(&typed).map_err(|_| Failure::usage("standard input: it is not UTF-8"))?;
    let code = SlipCode::parse(text).map_err(|error| Failure::usage(error.to_string()))?;
    NamedKey::new("slip", Algorithm::Plain, &code.seed(&book, args.member)).create(&args.out)
}
