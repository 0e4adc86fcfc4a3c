//! `cabildo bundle`: a whole book in one file, or an election's archive.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use book::bundle::BundleWriter;
use book::checkpoint::Checkpoint;
use book::files::PublicFiles;
use book::hash::Hash;
use book::note::{NOTE_LIMIT, Note};
use book::tile::tiles;
use clap::Args as ClapArgs;
use mirror::source::Folder;

use crate::books::{self, Database};
use crate::commands::election::Held;
use crate::commands::state::Which;
use crate::edge::{self, New};
use crate::failure::Failure;
use crate::progress::Steps;

/// A blob of more bytes is not bundled: no entry can refer to one.
const BLOB_LIMIT: usize = 64 << 20;

#[derive(ClapArgs)]
pub struct Args {
    /// A mirror's folder (or, with --db, only OUT), and the file to be made. With --election OUT is UUID.bel, and a bundle or an
    /// address will do for DIR
    #[arg(value_name = "[DIR] OUT", required = true, num_args = 1..=2)]
    paths: Vec<PathBuf>,
    /// The database: a file, or postgres://…
    #[arg(long)]
    db: Option<String>,
    /// The book, where the database has several
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// An election's archive instead of the whole book, as Belenios has them, and its strong proofs, UUID.strong.json, beside it
    #[arg(long, value_name = "UUID|N")]
    election: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    if let Some(election) = &args.election {
        return archive(&args, election);
    }
    match (&args.db, args.paths.as_slice()) {
        (Some(db), [out]) => {
            let database = Database::parse(db);
            let mut store = database.open()?;
            let book = books::choose(&database, store.as_mut(), args.book.as_deref())?;
            let hashes = store.blobs(&book.0).map_err(|error| database.fails(error))?;
            let blobs = hashes.into_iter().map(Hash).collect();
            let mut view = clerk::PublicView::at_rest(store, book);
            write(&mut view, blobs, out, args.json)
        }
        (None, [dir, out]) => {
            if args.book.is_some() {
                return Err(Failure::usage("--book chooses among the books of a --db; a folder holds one"));
            }
            let blobs = blobs_of(dir)?;
            if !dir.join("checkpoint").exists() {
                return Err(Failure::file(dir, "it is no minute book: there is no file `checkpoint` in it"));
            }
            write(&mut Folder::at(dir), blobs, out, args.json)
        }
        (Some(_), _) => Err(Failure::usage("with --db, name only the file to be made")),
        (None, _) => {
            Err(Failure::usage("name a mirror's folder and the file to be made, or a --db and the file"))
        }
    }
}

/// Writes the archive of an election, as far as it has come, and its strong proofs.
fn archive(args: &Args, named: &str) -> Result<(), Failure> {
    let (source, out) = match (&args.db, args.paths.as_slice()) {
        (Some(_), [out]) => (None, out),
        (None, [source, out]) => (Some(source.display().to_string()), out),
        (Some(_), _) => return Err(Failure::usage("with --db, name only the file to be made")),
        (None, _) => {
            let what = "name a mirror's folder, a bundle or an address and the file to be made, or a --db and the file";
            return Err(Failure::usage(what));
        }
    };
    edge::is_free(out)?;
    let which = Which { source, db: args.db.clone(), book: args.book.clone() };
    let mut held = Held::of(which.read(args.json)?, named)?;
    let strong_path = out.with_file_name(format!("{}.strong.json", held.election.uuid));
    edge::is_free(&strong_path)?;
    let mut bytes = Vec::new();
    let strong = held.archive(&mut bytes)?;
    let mut files = vec![New { path: out.clone(), bytes: &bytes, secret: false }];
    if let Some(strong) = &strong {
        files.push(New { path: strong_path.clone(), bytes: strong.as_bytes(), secret: false });
    }
    edge::create(&files)?;
    let is_whole = held.election.result.is_some();
    if !is_whole {
        edge::warn(&format!(
            "{}: it has not reached a result, and holds what there is so far: `cabildo audit --partial` judges it",
            out.display()
        ));
    }
    if args.json {
        let mut object = serde_json::json!({
            "ok": true,
            "file": out.display().to_string(),
            "uuid": held.election.uuid,
            "ballots": held.election.ballots,
            "result": is_whole,
        });
        if strong.is_some() {
            object["strong"] = strong_path.display().to_string().into();
        }
        say!("{object}");
        return Ok(());
    }
    say!("{}: election {}, {} ballots", out.display(), held.election.uuid, held.election.ballots);
    if strong.is_some() {
        say!("{}: the trustees' strong proofs", strong_path.display());
    }
    Ok(())
}

/// The attachments in a mirror's folder.
fn blobs_of(dir: &Path) -> Result<Vec<Hash>, Failure> {
    if !dir.is_dir() {
        return Err(Failure::file(dir, "there is no such folder"));
    }
    let folder = dir.join("blob");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(&folder, edge::cause(&error))),
    };
    let mut blobs = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::file(&folder, edge::cause(&error)))?;
        blobs.extend(entry.file_name().to_str().and_then(Hash::from_hex));
    }
    Ok(blobs)
}

/// Writes the public files of the newest checkpoint, in a bundle's order.
fn write(files: &mut dyn PublicFiles, mut blobs: Vec<Hash>, out: &Path, json: bool) -> Result<(), Failure> {
    edge::is_free(out)?;
    let needed = |files: &mut dyn PublicFiles, path: &str, limit: usize| {
        files
            .read(path, limit)
            .map_err(|error| Failure::usage(error.to_string()))?
            .ok_or_else(|| Failure::Refused(format!("{path} is not there: the book cannot be bundled")))
    };
    // The checkpoint first: what is written later than it covers more, never less.
    let checkpoint = needed(files, "checkpoint", NOTE_LIMIT)?;
    let vkeys = needed(files, "vkeys", NOTE_LIMIT)?;
    let last = files.read("final", NOTE_LIMIT).map_err(|error| Failure::usage(error.to_string()))?;
    let text = Note::parse(&checkpoint).map_err(|error| error.to_string());
    let parsed = text.and_then(|note| Checkpoint::parse_text(&note.text).map_err(|error| error.to_string()));
    let parsed = parsed.map_err(|reason| Failure::Refused(format!("checkpoint: {reason}")))?;
    // A final checkpoint beyond the one that is bundled would be of a state that the bundle does not hold.
    let last = last.filter(|bytes| {
        Note::parse(bytes)
            .ok()
            .and_then(|note| Checkpoint::parse_text(&note.text).ok())
            .is_some_and(|last| last.size <= parsed.size)
    });
    let temporary =
        edge::empty_beside(out, edge::PUBLIC).map_err(|error| Failure::file(out, edge::cause(&error)))?;
    let full = |error: book::bundle::BundleError| Failure::file(out, error);
    let handle: &File = temporary.as_file();
    let mut writer = BundleWriter::new(BufWriter::with_capacity(1 << 20, handle));
    writer.add("vkeys", &vkeys).map_err(full)?;
    writer.add("checkpoint", &checkpoint).map_err(full)?;
    if let Some(last) = &last {
        writer.add("final", last).map_err(full)?;
    }
    let mut steps = Steps::new(json);
    let step = steps.begin("bundle", tiles(parsed.size).count() as u64);
    for tile in tiles(parsed.size) {
        let bytes = needed(files, &tile.path(), tile.max_bytes())?;
        writer.add(&tile.path(), &bytes).map_err(full)?;
        step.advance(1);
    }
    step.end();
    blobs.sort_unstable();
    for blob in &blobs {
        let path = format!("blob/{}", blob.hex());
        let bytes = needed(files, &path, BLOB_LIMIT)?;
        writer.add(&path, &bytes).map_err(full)?;
    }
    let mut out_file = writer.finish().map_err(full)?;
    out_file.flush().map_err(|error| Failure::file(out, edge::cause(&error)))?;
    drop(out_file);
    temporary.as_file().sync_all().map_err(|error| Failure::file(out, edge::cause(&error)))?;
    temporary.persist_noclobber(out).map_err(|error| Failure::file(out, edge::cause(&error.error)))?;
    if json {
        let object = serde_json::json!({
            "ok": true,
            "file": out.display().to_string(),
            "origin": parsed.origin,
            "entries": parsed.size,
            "root": parsed.root.to_string(),
            "blobs": blobs.len(),
        });
        say!("{object}");
    } else {
        let attachments = match blobs.len() {
            1 => "1 attachment".to_owned(),
            many => format!("{many} attachments"),
        };
        say!("{}: {}, {attachments}", out.display(), edge::entries(parsed.size));
    }
    Ok(())
}
