//! `cabildo election slips`: credentials on paper, for those without a phone. Each has two halves by two scrutineers, so that
//! neither can vote with it; `halves` reads back what each gives away of theirs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ballot::credential::{Credential, Enrolled, join_public};
use ballot::enrolment;
use ballot::group::{Ed25519, Group};
use ballot::json;
use ballot::nonce::Nonces;
use ballot::sigma::Proof;
use book::id::BookId;
use clap::Args as ClapArgs;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::held::Of;
use crate::edge::{self, New};
use crate::failure::Failure;

/// So many slips at most.
const COUNT_LIMIT: u32 = 10_000;

#[derive(ClapArgs)]
pub struct Args {
    #[command(flatten)]
    of: Of,
    /// How many slips
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(COUNT_LIMIT)))]
    count: u32,
    /// The first scrutineer's halves, to be printed; beside it FILE.public is made, for `election list`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The second scrutineer's halves; left out where they make theirs on their own machine
    #[arg(long, value_name = "FILE")]
    out2: Option<PathBuf>,
}

/// What a scrutineer gives away of a half.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Half {
    slip: u32,
    credential: String,
    proof: Proof<Ed25519>,
}

fn context(book: &BookId, slip: u32) -> String {
    format!("{book}/slip/{slip}")
}

fn public(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".public");
    PathBuf::from(name)
}

pub fn run(args: Args) -> Result<(), Failure> {
    let sheets: Vec<&PathBuf> = std::iter::once(&args.out).chain(&args.out2).collect();
    for path in &sheets {
        edge::is_free(path)?;
        edge::is_free(&public(path))?;
    }
    let held = args.of.read(false)?;
    let (book, uuid) = (held.book.state.book(), &held.election.uuid);
    let mut made = Vec::new();
    for path in sheets {
        let mut nonces = Nonces::from_fresh(&*edge::fresh()?, &[], b"slips");
        // Of the right size from the start: a text that grows leaves a copy behind.
        let mut sheet = Zeroizing::new(String::with_capacity(512 + args.count as usize * 160));
        let mut halves = String::new();
        for slip in 1..=args.count {
            let credential = Credential::generate(&mut nonces);
            let proof =
                enrolment::prove::<Ed25519>(&credential, uuid, &context(&book, slip), &*edge::fresh()?);
            let half = Half { slip, credential: credential.public::<Ed25519>(uuid).to_string(), proof };
            halves.push_str(&json::to_string(&half));
            halves.push('\n');
            sheet.push_str(&format!("{}\nelection {uuid}, slip {slip}, one half:\n\n", held.election.title));
            sheet.push_str("    ");
            sheet.push_str(credential.reveal());
            sheet.push_str("\n\n- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n\n");
        }
        made.push((path.clone(), sheet, halves));
    }
    let mut files = Vec::new();
    for (path, sheet, halves) in &made {
        files.push(New { path: path.clone(), bytes: sheet.as_bytes(), secret: true });
        files.push(New { path: public(path), bytes: halves.as_bytes(), secret: false });
    }
    edge::create(&files)?;
    for (path, ..) in &made {
        say!("{}: {} halves, for one scrutineer alone to print", path.display(), args.count);
        say!("{}: for `cabildo election list --slips`", public(path).display());
    }
    say!("A voter types both halves, joined by +: cabildo election cast --credential HALF+HALF");
    Ok(())
}

/// The list of slips' credentials, from what two scrutineers gave away.
pub fn joined(book: &BookId, uuid: &str, paths: &[PathBuf]) -> Result<Vec<Enrolled<Ed25519>>, Failure> {
    let [first, second] = paths else {
        return match paths {
            [] => Ok(Vec::new()),
            _ => Err(Failure::usage("--slips names two files: those of the two scrutineers' halves")),
        };
    };
    let (first_halves, second_halves) = (halves(book, uuid, first)?, halves(book, uuid, second)?);
    if !first_halves.keys().eq(second_halves.keys()) {
        return Err(Failure::file(second, format!("its slips are not those of {}", first.display())));
    }
    let mut all = Vec::new();
    for (one, other) in first_halves.values().zip(second_halves.values()) {
        if one == other {
            return Err(Failure::file(second, format!("a half of it stands in {}, too", first.display())));
        }
        let key = join_public::<Ed25519>(one, other);
        all.push(Enrolled { key, weight: 1 });
    }
    Ok(all)
}

fn halves(
    book: &BookId,
    uuid: &str,
    path: &Path,
) -> Result<BTreeMap<u32, <Ed25519 as Group>::Element>, Failure> {
    let bytes = edge::read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::file(path, "it is not UTF-8"))?;
    let mut halves = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |reason: String| Failure::file(path, format!("line {number}: {reason}"));
        let half: Half = json::parse(line.as_bytes())
            .map_err(|_| wrong("it is no slip's half: take the file FILE.public".into()))?;
        let key = Ed25519::decode(&half.credential).map_err(|error| wrong(error.to_string()))?;
        enrolment::verify::<Ed25519>(&key, uuid, &context(book, half.slip), &half.proof).map_err(
            |refusal| Failure::Refused(format!("{}: line {number}: {}", path.display(), refusal.reason)),
        )?;
        if halves.insert(half.slip, key).is_some() {
            return Err(wrong(format!("slip {} stands there twice", half.slip)));
        }
    }
    Ok(halves)
}
