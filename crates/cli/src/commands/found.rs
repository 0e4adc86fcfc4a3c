//! `cabildo found`: a council begins, from a list of its members.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{After, By, Proposal, Signer, Text};
use book::id::BookId;
use book::key::{Algorithm, SecretKey, Vkey};
use book::merkle::empty_root;
use clap::Args as ClapArgs;
use clerk::{CannotSign, Clerk, Submission};
use council::Statutes;
use council::kinds::{self, CouncilFounded, Founder, SuccessionRule};
use council::people::{self, Roll};
use store::Person;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::books::{Database, confirm};
use crate::edge;
use crate::failure::Failure;
use crate::policy_file;

/// A list of members has at most so many bytes.
const ROLL_LIMIT: u64 = 64 << 20;

#[derive(ClapArgs)]
pub struct Args {
    /// The members: a CSV file, one a row, with at least their names
    #[arg(long, value_name = "CSV")]
    roll: PathBuf,
    /// The council's name
    #[arg(long)]
    name: String,
    /// Which statutes to begin with: neighbourhood, workplace, co-op, union-branch
    #[arg(long, default_value = "neighbourhood", value_parser = clap::builder::PossibleValuesParser::new(council::TEMPLATES))]
    template: String,
    /// Offices that founders hold from the beginning, beside the secretary: chair=2,scrutineer=3
    #[arg(long, value_name = "OFFICE=N,…", value_delimiter = ',')]
    offices: Vec<String>,
    /// The council's language: es, pt, en, fr
    #[arg(long, default_value = "es")]
    lang: String,
    /// Who founds it, by number on the roll; the first becomes secretary [default: the first row]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    founders: Vec<u32>,
    /// Who may name a new clerk, witnesses and mirrors: `successors K N,…` and the lines of a C2SP tlog-policy
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The database: a file, or postgres://…
    #[arg(long, default_value = "cabildo.db")]
    db: String,
    /// Where the founders' keys are written, `<number>.key`
    #[arg(long, value_name = "DIR", default_value = "keys")]
    keys: PathBuf,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let roll = read_roll(&args.roll)?;
    let founders = founders(&args, &roll)?;
    let offices = offices(&args, &founders)?;
    let file = args.policy.as_deref().map(policy_file::read).transpose()?;
    if !args.json {
        put!("{}", roll.preview());
        let names: Vec<String> = founders.iter().map(|number| named(&roll, *number)).collect();
        say!("\nCouncil: {}", args.name.trim());
        say!("Founders: {}; secretary: {}", names.join(", "), named(&roll, founders[0]));
        for (office, number) in &offices[1..] {
            say!("Office: {office}: {}", named(&roll, *number));
        }
    }
    let question = format!("Found the council with these {} people on its roll?", roll.people.len());
    if !confirm(&question, args.yes)? {
        say!("Nothing was done.");
        return Ok(());
    }
    let database = Database::parse(&args.db);
    let lock = database.lock()?;
    let founded = found(&args, &database, &roll, (&founders, &offices), file)?;
    drop(lock);
    founded.show(&args, &database);
    Ok(())
}

fn read_roll(path: &Path) -> Result<Roll, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::file(path, edge::cause(&error)))?;
    if metadata.len() > ROLL_LIMIT {
        return Err(Failure::file(path, "it is larger than 64 MB, and no list of members is"));
    }
    let bytes = edge::read(path)?;
    people::read(&bytes).map_err(|error| Failure::file(path, error))
}

fn named(roll: &Roll, number: u32) -> String {
    let name =
        roll.people.iter().find(|person| person.number == number).map_or("", |person| person.name.as_str());
    format!("{number} {name}")
}

/// The founders as they were given, the secretary first.
fn founders(args: &Args, roll: &Roll) -> Result<Vec<u32>, Failure> {
    let mut founders = args.founders.clone();
    if founders.is_empty() {
        founders.extend(roll.people.first().map(|person| person.number));
    }
    for (at, number) in founders.iter().enumerate() {
        if !roll.people.iter().any(|person| person.number == *number) {
            return Err(Failure::usage(format!("--founders: there is no number {number} on the roll")));
        }
        if founders[..at].contains(number) {
            return Err(Failure::usage(format!("--founders: {number} is named twice")));
        }
    }
    if founders.is_empty() {
        return Err(Failure::file(&args.roll, "there is nobody on it"));
    }
    Ok(founders)
}

/// Who holds which office from the beginning, the secretary first.
fn offices(args: &Args, founders: &[u32]) -> Result<Vec<(String, u32)>, Failure> {
    let mut offices = vec![("secretary".to_owned(), founders[0])];
    for text in &args.offices {
        let parsed = text.split_once('=').and_then(|(office, number)| Some((office, number.parse().ok()?)));
        let Some((office, number)) = parsed else {
            return Err(Failure::usage(format!("--offices: {text:?} is not OFFICE=NUMBER")));
        };
        if !founders.contains(&number) {
            return Err(Failure::usage(format!("--offices: {number} is not among the founders")));
        }
        if offices.iter().any(|(_, holder)| *holder == number) {
            return Err(Failure::usage(format!("--offices: {number} holds an office already")));
        }
        offices.push((office.to_owned(), number));
    }
    Ok(offices)
}

struct Founded {
    book: BookId,
    clerk: Vkey,
    founders: Vec<u32>,
    people: usize,
    keys: Vec<PathBuf>,
    time: u64,
}

fn found(
    args: &Args,
    database: &Database,
    roll: &Roll,
    (founders, offices): (&[u32], &[(String, u32)]),
    file: Option<policy_file::PolicyFile>,
) -> Result<Founded, Failure> {
    let mut numbers = founders.to_vec();
    numbers.sort_unstable();
    let mut secrets = Vec::with_capacity(numbers.len());
    for number in &numbers {
        secrets.push((*number, SecretKey::from_seed(&*edge::fresh()?)));
    }
    let clerk = SecretKey::from_seed(&*edge::fresh()?);
    let (succession, policy) = match file {
        Some(file) => (file.succession, file.policy.lines()),
        None => (None, Vec::new()),
    };
    let majority = SuccessionRule { needed: numbers.len() as u32 / 2 + 1, among: numbers.clone() };
    let content = CouncilFounded {
        nonce: STANDARD.encode(edge::fresh()?.as_ref()),
        rules: u64::from(council::RULES),
        name: args.name.trim().nfc().collect(),
        language: args.lang.clone(),
        clerk: clerk.public().base64(),
        founders: secrets
            .iter()
            .map(|(number, secret)| Founder {
                member: *number,
                key: secret.public().base64(),
                office: offices.iter().find(|(_, holder)| holder == number).map(|(office, _)| office.clone()),
            })
            .collect(),
        succession: succession.unwrap_or(majority),
        policy,
        statutes: Statutes::of_template(&args.template, council::RULES),
    };
    let text = Text {
        book: None,
        kind: "council.founded".into(),
        by: By::Members(numbers.iter().map(|number| Signer::member(*number)).collect()),
        after: After { size: 0, root: empty_root() },
        content: kinds::write(&content),
    };
    let signers: Vec<&SecretKey> = secrets.iter().map(|(_, secret)| secret).collect();
    let proposal =
        Proposal::sign(&text, &signers).map_err(|error| Failure::usage(format!("the founding: {error}")))?;
    let book = BookId::of_founding(&proposal.note().text);
    // The keys first: a council whose founders have none would be lost, keys without a council are only litter.
    let made_folder = !args.keys.exists();
    let keys = write_keys(&args.keys, &secrets)?;
    let people: Vec<Person> = roll
        .people
        .iter()
        .map(|person| Person {
            number: u64::from(person.number),
            name: person.name.clone(),
            contact: contact(&person.contacts),
        })
        .collect();
    let vkey = |origin: String| Vkey { name: origin, algorithm: Algorithm::Plain, key: clerk.public() };
    let clerk_vkey = vkey(book::id::Origin { book, epoch: 0 }.to_string());
    let now = edge::now()?;
    let mut is_undone = true;
    let begun = database.open_or_make().and_then(|(store, made)| {
        let submission = Submission::of(proposal.to_bytes());
        Clerk::found(store, submission, clerk, &people, database.mark(book), now).map_err(|error| {
            if made {
                database.unmake();
            } else {
                is_undone = database.forget(book);
            }
            match error {
                // What was asked for is wrong, not the database.
                CannotSign::Refused(refusal) => Failure::usage(refusal.to_string()),
                error => database.fails(error),
            }
        })
    });
    match begun {
        Ok((_, receipt)) => Ok(Founded {
            book,
            clerk: clerk_vkey,
            founders: founders.to_vec(),
            people: people.len(),
            keys,
            time: receipt.time,
        }),
        Err(failure) => {
            // A book that could not be taken back keeps its founders' keys.
            if is_undone {
                for file in keys.iter().chain([&database.mark_path(book)]) {
                    let _ = fs::remove_file(file);
                }
                if made_folder {
                    let _ = fs::remove_dir(&args.keys);
                }
            }
            Err(failure)
        }
    }
}

fn contact(contacts: &[(String, String)]) -> String {
    let fields: serde_json::Map<String, serde_json::Value> =
        contacts.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    serde_json::Value::Object(fields).to_string()
}

fn write_keys(folder: &Path, secrets: &[(u32, SecretKey)]) -> Result<Vec<PathBuf>, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, edge::cause(&error)))?;
    let texts: Vec<(PathBuf, Zeroizing<String>)> = secrets
        .iter()
        .map(|(number, secret)| {
            let line = secret.to_text(&number.to_string(), Algorithm::Plain);
            (folder.join(format!("{number}.key")), Zeroizing::new(format!("{}\n", line.as_str())))
        })
        .collect();
    let files: Vec<edge::New<'_>> = texts
        .iter()
        .map(|(path, text)| edge::New { path: path.clone(), bytes: text.as_bytes(), secret: true })
        .collect();
    edge::create(&files)?;
    Ok(texts.into_iter().map(|(path, _)| path).collect())
}

impl Founded {
    fn show(&self, args: &Args, database: &Database) {
        let keys: Vec<String> = self.keys.iter().map(|path| path.display().to_string()).collect();
        if args.json {
            let object = serde_json::json!({
                "ok": true,
                "book": self.book.to_string(),
                "name": args.name.trim(),
                "number": 0,
                "time": self.time,
                "people": self.people,
                "founders": self.founders,
                "secretary": self.founders[0],
                "clerk": self.clerk.to_string(),
                "keys": keys,
                "db": database.name(),
            });
            say!("{object}");
            return;
        }
        say!("\nFounded. The book is {}", self.book);
        say!("Database: {}; the clerk's key is in it", database.name());
        say!(
            "Founders' keys: {} (whoever has one signs as that founder; `cabildo key words FILE` prints one on paper)",
            keys.join(", ")
        );
        say!("\nNext: cabildo serve --db {}", args.db);
    }
}
