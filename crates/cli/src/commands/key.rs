//! `cabildo key`: keys that sign entries or cosign checkpoints, as files and as words on paper.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use book::key::Algorithm;
use clap::{Args as ClapArgs, Subcommand};
use zeroize::Zeroizing;

use crate::edge;
use crate::failure::Failure;
use crate::keys::{NamedKey, check_name, read_secret};
use crate::words::{self, Language};

/// Standard input has at most so many bytes: words are shorter, and so is the whole page.
const INPUT_LIMIT: usize = 8192;

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key
    New(New),
    /// Show what is public of a key: its name and its verifier
    Show(Show),
    /// Print a key as 24 words, to keep on paper
    Words(Words),
    /// Make the key file again, from words typed on standard input
    Restore(Restore),
}

#[derive(ClapArgs)]
struct Named {
    /// The name under which it signs: a member's number, or that of a mirror or a witness, as mirror.example.org
    #[arg(long)]
    name: String,
    /// A key that cosigns checkpoints, for a mirror or a witness, instead of one that signs entries
    #[arg(long)]
    cosigner: bool,
    /// The file to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct New {
    #[command(flatten)]
    named: Named,
}

#[derive(ClapArgs)]
struct Show {
    /// The key file
    file: PathBuf,
    /// Print the verifier alone
    #[arg(long)]
    vkey: bool,
}

#[derive(ClapArgs)]
struct Words {
    /// The key file
    file: PathBuf,
    /// The language of the words
    #[arg(long, value_enum, default_value = "en")]
    lang: Language,
}

#[derive(ClapArgs)]
struct Restore {
    #[command(flatten)]
    named: Named,
    /// The language of the words; where it is left out, the words tell
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::New(args) => new(&args),
        Command::Show(args) => show(&args),
        Command::Words(args) => words(&args),
        Command::Restore(args) => restore(&args),
    }
}

impl Named {
    fn check(&self) -> Result<(), Failure> {
        check_name(&self.name)
            .map_err(|reason| Failure::usage(format!("--name: the name of a key {reason}")))?;
        edge::is_free(&self.out)
    }

    fn algorithm(&self) -> Algorithm {
        if self.cosigner { Algorithm::Timestamped } else { Algorithm::Plain }
    }

    /// Makes the file and says what is public of it.
    fn make(&self, seed: &[u8; 32]) -> Result<(), Failure> {
        let key = NamedKey::new(&self.name, self.algorithm(), seed);
        key.create(&self.out)?;
        say!("The key, to keep where nobody else can read it: {}", self.out.display());
        say!("Its verifier, for everybody: {}", key.vkey());
        Ok(())
    }
}

fn new(args: &New) -> Result<(), Failure> {
    args.named.check()?;
    args.named.make(&*edge::fresh()?)?;
    say!("On paper it does not get lost with the disk: cabildo key words {}", args.named.out.display());
    Ok(())
}

fn show(args: &Show) -> Result<(), Failure> {
    let key = NamedKey::read(&args.file)?;
    let vkey = key.vkey();
    if !args.vkey {
        say!("Name:     {}", key.name);
        say!("Kind:     {}", key.kind());
        say!("Id:       {}", hex::encode(vkey.id()));
        say!("Verifier: {vkey}");
        return Ok(());
    }
    say!("{vkey}");
    Ok(())
}

fn words(args: &Words) -> Result<(), Failure> {
    let key = NamedKey::read(&args.file)?;
    edge::put(&page(&key, args.lang));
    Ok(())
}

/// The page to print.
fn page(key: &NamedKey, language: Language) -> Zeroizing<String> {
    const COLUMNS: usize = 3;
    let words = words::write(&key.secret.seed(), language);
    let vkey = key.vkey();
    let cosigner = if key.algorithm == Algorithm::Timestamped { " --cosigner" } else { "" };
    // Of the right size from the start: a text that grows leaves a copy behind.
    let mut page = Zeroizing::new(String::with_capacity(4096));
    let _ = writeln!(page, "A SECRET KEY OF CABILDO, AS WORDS");
    let _ = writeln!(page, "Whoever reads them can sign with it. Keep this page as you keep money.\n");
    let _ = writeln!(page, "Name:     {}", key.name);
    let _ = writeln!(page, "Kind:     {}", key.kind());
    let _ = writeln!(page, "Id:       {}", hex::encode(vkey.id()));
    let _ = writeln!(page, "Verifier: {vkey}\n");
    for (row, words) in words.chunks(COLUMNS).enumerate() {
        for (column, word) in words.iter().enumerate() {
            let number = row * COLUMNS + column + 1;
            let width = if column + 1 < words.len() { 14 } else { 0 };
            let _ = write!(page, "  {number:>2}. {word:<width$}");
        }
        page.push('\n');
    }
    let _ = writeln!(page, "\nThe words are {language}, of the list of BIP-39; the last has a check in it.");
    let _ = writeln!(page, "The way back: cabildo key restore --name {}{cosigner} --out FILE", key.name);
    let _ = writeln!(page, "then type the words line by line; it must show the same id and verifier.");
    page
}

fn restore(args: &Restore) -> Result<(), Failure> {
    args.named.check()?;
    let input = io::stdin().lock();
    if input.is_terminal() {
        say!("Type the {} words line by line, and at last Ctrl-D:", words::COUNT);
    }
    let about = |cause: String| Failure::usage(format!("standard input: {cause}"));
    let typed = read_secret(input, INPUT_LIMIT).map_err(|error| about(edge::cause(&error)))?;
    let typed = typed.ok_or_else(|| about(format!("it is longer than any {} words", words::COUNT)))?;
    let text = std::str::from_utf8(&typed).map_err(|_| {
        about("it is not in UTF-8: type the words without accents, which they do not need".into())
    })?;
    let (seed, language) = words::read(text, args.lang).map_err(|error| about(error.to_string()))?;
    args.named.make(&seed)?;
    say!("The words are {language}, and their check fits. Compare the verifier with the page.");
    Ok(())
}
