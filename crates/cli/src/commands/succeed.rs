//! `cabildo succeed`: hand-over. When a clerk or its server is gone, those whom the book names carry it on from any mirror.
//!
//! Three steps, each on any machine: *propose* writes the text that names a new clerk; each signer *signs* it on their own
//! machine; *start* puts text and signatures together and begins the new epoch.

use std::path::{Path, PathBuf};

use book::entry::{After, By, Signer, Text};
use book::hash::Hash;
use book::key::{Algorithm, SecretKey};
use clap::{Args as ClapArgs, Subcommand};
use clerk::{CannotSign, Clerk, Submission};
use council::State;
use council::kinds::{self, ClerkSucceeded};
use mirror::source::Source;
use zeroize::Zeroizing;

use crate::books::{Database, confirm};
use crate::carried;
use crate::commands::state::judge;
use crate::commands::write;
use crate::edge;
use crate::failure::Failure;
use crate::keys;

const KIND: &str = "clerk.succeeded";

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the text that names a new clerk, and make that clerk's key
    Propose(ProposeArgs),
    /// Sign the text as one of those whom the book names
    Sign(SignArgs),
    /// Begin the new epoch with the signatures that were collected
    Start(StartArgs),
}

#[derive(ClapArgs)]
struct ProposeArgs {
    /// A mirror's folder, a bundle or an address: the book that is carried on, to its last entry there
    source: String,
    /// Who will sign, by number
    #[arg(long, value_name = "N,…", value_delimiter = ',', required = true)]
    signers: Vec<u32>,
    /// The text to be made
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The new clerk's key, to be made; it stays on this machine
    #[arg(long, value_name = "FILE")]
    clerk_key: PathBuf,
}

#[derive(ClapArgs)]
struct SignArgs {
    /// The text
    text: PathBuf,
    /// The signer's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A mirror's folder, a bundle or an address to compare the text with
    #[arg(long, value_name = "SOURCE")]
    mirror: Option<String>,
    /// The signature to be made
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

#[derive(ClapArgs)]
struct StartArgs {
    /// A mirror's folder, a bundle or an address: the book that is carried on
    source: String,
    /// The text
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// The signatures
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    signatures: Vec<PathBuf>,
    /// The new clerk's key
    #[arg(long, value_name = "FILE")]
    clerk_key: PathBuf,
    /// A checkpoint of the old clerk that somebody has: it must not cover more than is carried over
    #[arg(long, value_name = "CHECKPOINT")]
    seen: Vec<PathBuf>,
    /// The new database: a file, or postgres://…
    #[arg(long, default_value = "cabildo.db")]
    db: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Propose(args) => propose(&args),
        Command::Sign(args) => sign(&args),
        Command::Start(args) => start(&args),
    }
}

fn open(name: &str) -> Result<(Source, State), Failure> {
    let mut source = Source::open(name).map_err(|error| Failure::usage(error.to_string()))?;
    let wanted = source.book();
    let state = judge(&mut source, name, wanted, false)?;
    Ok((source, state))
}

fn propose(args: &ProposeArgs) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    edge::is_free(&args.clerk_key)?;
    let (_, state) = open(&args.source)?;
    let succession = state.succession();
    let mut signers = args.signers.clone();
    signers.sort_unstable();
    signers.dedup();
    for number in &signers {
        if !succession.among.contains(number) {
            let among: Vec<String> = succession.among.iter().map(u32::to_string).collect();
            return Err(Failure::Refused(format!(
                "member {number} is not among those who may name a new clerk: members {}",
                among.join(", ")
            )));
        }
    }
    if (signers.len() as u64) < u64::from(succession.needed) {
        return Err(Failure::Refused(format!(
            "{} signers, and it takes {}",
            signers.len(),
            succession.needed
        )));
    }
    let secret = SecretKey::from_seed(&*edge::fresh()?);
    let epoch = state.epoch() + 1;
    let content = ClerkSucceeded {
        epoch,
        size: state.size(),
        root: state.root().to_string(),
        clerk: secret.public().base64(),
    };
    let text = Text {
        book: Some(state.book()),
        kind: KIND.into(),
        by: By::Members(signers.iter().map(|number| Signer::member(*number)).collect()),
        after: After { size: state.size(), root: state.root() },
        content: kinds::write(&content),
    };
    let written = text.write();
    let name = book::id::Origin { book: state.book(), epoch }.to_string();
    let key = Zeroizing::new(format!("{}\n", secret.to_text(&name, Algorithm::Plain).as_str()));
    edge::create(&[
        edge::New { path: args.clerk_key.clone(), bytes: key.as_bytes(), secret: true },
        edge::New { path: args.out.clone(), bytes: written.as_bytes(), secret: false },
    ])?;
    put!("{written}");
    say!("\n{}: members {} each sign it with `cabildo succeed sign`.", args.out.display(), list(&signers));
    say!("{}: the new clerk's key; it stays where the book will be served.", args.clerk_key.display());
    Ok(())
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// The text of a proposal, and what it says.
fn read_text(path: &Path) -> Result<(String, Text, ClerkSucceeded), Failure> {
    let (written, text) = carried::read(path)?;
    if text.kind != KIND {
        return Err(Failure::file(path, format!("it is not the exact text of an entry {KIND}")));
    }
    let content: ClerkSucceeded =
        serde_json::from_str(&text.content).map_err(|error| Failure::file(path, error))?;
    Ok((written, text, content))
}

fn sign(args: &SignArgs) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let (written, text, content) = read_text(&args.text)?;
    let (signer, secret) = carried::signer(&text, &args.key)?;
    put!("{written}");
    if let Some(mirror) = &args.mirror {
        let (_, state) = open(mirror)?;
        let same = text.book == Some(state.book())
            && content.size == state.size()
            && Hash::parse(&content.root) == Some(state.root());
        if !same {
            return Err(Failure::Refused(format!("{mirror}: {}", difference(&text, &content, &state))));
        }
        let known =
            state.member(signer.number().unwrap_or(0)).is_some_and(|member| member.key == secret.public());
        if !known {
            return Err(Failure::file(
                &args.key,
                format!("the book has another key for member {}", signer.name),
            ));
        }
        say!("{mirror} has exactly these {}.", edge::entries(content.size));
    } else {
        say!("Nothing was compared: --mirror compares the text with a copy of the book.");
    }
    if !confirm("Sign exactly this?", args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    carried::sign(&written, signer, &secret, &args.out)
}

/// How a text departs from a copy of the book, and what the signer does.
fn difference(text: &Text, content: &ClerkSucceeded, state: &State) -> String {
    let (here, carried) = (state.size(), content.size);
    if text.book != Some(state.book()) {
        "the text is about another book: do not sign".into()
    } else if carried < here {
        format!(
            "it has {}, and the text carries over {carried}, so that the later ones would be lost: do not sign",
            edge::entries(here)
        )
    } else if carried > here {
        format!(
            "it has {}, and the text carries over {carried}: compare with a copy that has as many",
            edge::entries(here)
        )
    } else {
        format!(
            "the text carries over another history of {carried} entries than the one that stands there: do not sign"
        )
    }
}

fn start(args: &StartArgs) -> Result<(), Failure> {
    let (written, text, _) = read_text(&args.text)?;
    let note = carried::collect(written, &text, &args.signatures)?.to_bytes();
    let (_, secret) = keys::read_signer(&args.clerk_key)?;
    let mut seen = Vec::new();
    for path in &args.seen {
        seen.push(edge::read(path)?);
    }
    let mut source = Source::open(&args.source).map_err(|error| Failure::usage(error.to_string()))?;
    let database = Database::parse(&args.db);
    let book = text.book.ok_or_else(|| Failure::file(&args.text, "it names no book"))?;
    let _lock = database.lock()?;
    let (store, made) = database.open_or_make()?;
    let succession = Submission::of(note);
    let begun =
        Clerk::succeed(store, &mut source, &succession, secret, database.mark(book), edge::now()?, &seen);
    let (_, receipt) = begun.map_err(|error| {
        let is_unreadable =
            matches!(error, CannotSign::Files(_) | CannotSign::Store(_) | CannotSign::Mark(_));
        // What was copied before a source failed is kept, and the same command goes on with it.
        let nothing_came =
            || database.open().is_ok_and(|mut store| store.books().is_ok_and(|books| books.is_empty()));
        if made && (!is_unreadable || nothing_came()) {
            database.unmake();
        }
        match error {
            CannotSign::Files(_) => Failure::usage(format!("{}: {error}", args.source)),
            _ if is_unreadable => database.fails(error),
            _ => Failure::Refused(error.to_string()),
        }
    })?;
    write::show(&receipt, args.json);
    if !args.json {
        say!("The new clerk goes on from here: cabildo serve --db {}", args.db);
    }
    Ok(())
}
