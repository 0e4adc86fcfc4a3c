//! `cabildo audit`: an election's archive or a minute book, judged.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ballot::archive::Records;
use ballot::audit::{Audit, Options, Unreadable, audit};
use ballot::election::{Description, is_uuid};
use clap::Args as ClapArgs;
use mirror::source::Source;

use crate::book_verdict;
use crate::books;
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;
use crate::verdict;

#[derive(ClapArgs)]
pub struct Args {
    /// An election's archive, `<uuid>.bel` (its strong proofs are looked for beside it), or a book: a bundle, a mirror's
    /// folder, an address
    path: PathBuf,
    /// A file with an earlier checkpoint of the book, which must be part of it
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<String>,
    /// The book that it must be
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// An archive that has not reached its result is in order if it is so far
    #[arg(long)]
    partial: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Audits the archive at this path with the strong proofs beside it.
pub fn audit_file(path: &Path, partial: bool, steps: &mut Steps) -> Result<Audit, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, edge::cause(&error)))?;
    let metadata = file.metadata().map_err(|error| Failure::file(path, edge::cause(&error)))?;
    if !metadata.is_file() {
        return Err(Failure::file(path, "it is no file; an archive is read from a file, in places twice"));
    }
    if metadata.len() == 0 {
        return Err(Failure::file(path, "the file is empty"));
    }
    let strong = strong_file(path)?;
    let step = steps.begin("audit", metadata.len());
    let seed = *edge::fresh()?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    input.seek(SeekFrom::Start(0)).map_err(|error| Failure::file(path, edge::cause(&error)))?;
    let mut progress = |bytes| step.reached(bytes);
    let options = Options { seed, strong: strong.as_deref(), partial, progress: &mut progress };
    let audit = audit(input, options).map_err(|error| match error {
        Unreadable::Input(error) => Failure::file(path, edge::cause(&error)),
        Unreadable::NotAnArchive => Failure::file(
            path,
            "it is no election's archive, which begins with BELENIOS, nor a minute book's bundle",
        ),
    })?;
    step.end();
    Ok(audit)
}

/// The strong proofs beside the archive: under the archive's own name, else under its election's uuid.
fn strong_file(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let by_uuid = uuid(path).map(|uuid| path.with_file_name(format!("{uuid}.strong.json")));
    for beside in [Some(path.with_extension("strong.json")), by_uuid].into_iter().flatten() {
        match std::fs::read(&beside) {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::file(&beside, edge::cause(&error))),
        }
    }
    Ok(None)
}

/// The uuid of an archive's election, where its Setup can be read.
fn uuid(path: &Path) -> Option<String> {
    let mut records = Records::open(BufReader::new(File::open(path).ok()?)).ok()?;
    let setup = records.next_record().ok()??;
    let description: Description = ballot::json::parse_loosely(&setup.payloads.first()?.bytes).ok()?;
    is_uuid(&description.uuid).then_some(description.uuid)
}

/// Whether a file is an election's archive: the first name in it is BELENIOS.
fn is_archive(path: &Path) -> bool {
    use std::io::Read;
    let mut name = [0; 9];
    File::open(path).and_then(|mut file| file.read_exact(&mut name)).is_ok() && name.starts_with(b"BELENIOS")
}

/// Whether it can only be meant as a book: an address, a folder, a tar that is no archive.
fn is_book(args: &Args) -> bool {
    let text = args.path.to_string_lossy();
    text.contains("://")
        || args.path.is_dir()
        || args.path.extension().is_some_and(|extension| extension == "tar") && !is_archive(&args.path)
        || (args.since.is_some() || args.book.is_some()) && !is_archive(&args.path)
}

/// What a mirror keeps of forks, contested hand-overs and double ones that it met, as folders.
fn evidence(path: &Path) -> Result<Vec<String>, Failure> {
    let folder = path.join("evidence");
    let mut cases = Vec::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let entry = entry.map_err(|error| Failure::file(&folder, edge::cause(&error)))?;
        cases.push(entry.path().display().to_string());
    }
    cases.sort();
    Ok(cases)
}

/// Audits a book from an address, a mirror's folder or a bundle.
fn run_book(args: &Args) -> Result<(), Failure> {
    if args.partial {
        return Err(Failure::usage("--partial is for an election's archive; a book is whole at every entry"));
    }
    let name = args.path.to_string_lossy();
    let wanted = args.book.as_deref().map(books::book_id).transpose()?;
    let since = args.since.as_deref().map(|path| edge::read(Path::new(path))).transpose()?;
    let mut source = Source::open(&name).map_err(|error| Failure::usage(error.to_string()))?;
    // An address names its book.
    let wanted = wanted.or_else(|| source.book());
    let mut steps = Steps::new(args.json);
    let step = steps.begin("audit", 0);
    let mut progress = |read: u64, all: u64| {
        step.of(all);
        step.reached(read);
    };
    let options = audit::Options {
        book: wanted,
        since: since.as_deref(),
        now: Some(edge::now()?),
        seed: *edge::fresh()?,
        progress: &mut progress,
    };
    let judged = audit::book(&mut source, options).map_err(|error| match error {
        audit::Unreadable::Since(_) => {
            Failure::usage(format!("{}: {error}", args.since.as_deref().unwrap_or_default()))
        }
        _ => Failure::usage(format!("{name}: {error}")),
    })?;
    step.end();
    let evidence = evidence(&args.path)?;
    if args.json {
        say!("{}", book_verdict::to_json(&judged, &evidence));
    } else {
        put!("{}", book_verdict::to_text(&judged, &evidence));
    }
    if judged.report.holds() { Ok(()) } else { Err(Failure::Fails) }
}

pub fn run(args: Args) -> Result<(), Failure> {
    if is_book(&args) {
        return run_book(&args);
    }
    if args.since.is_some() || args.book.is_some() {
        return Err(Failure::usage(
            "--since and --book are for a minute book; this is an election's archive",
        ));
    }
    let audit = audit_file(&args.path, args.partial, &mut Steps::new(false))?;
    if args.json {
        say!("{}", verdict::to_json(&audit));
    } else {
        put!("{}", verdict::to_text(&audit));
    }
    if audit.report.holds() { Ok(()) } else { Err(Failure::Fails) }
}
