//! `cabildo bundle`: a whole book in one file.

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
use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;

/// A blob of more bytes is not bundled: no entry can refer to one.
const BLOB_LIMIT: usize = 64 << 20;

#[derive(ClapArgs)]
pub struct Args {
    /// A mirror's folder (or, with --db, only OUT), and the file to be made
    #[arg(value_name = "[DIR] OUT.tar", required = true, num_args = 1..=2)]
    paths: Vec<PathBuf>,
    /// The database: a file, or postgres://…
    #[arg(long)]
    db: Option<String>,
    /// The book, where the database has several
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// An election's archive instead of the whole book
    #[arg(long, value_name = "UUID")]
    election: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    if args.election.is_some() {
        return Err(Failure::usage("elections of a book, and so --election, come with a later version"));
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
