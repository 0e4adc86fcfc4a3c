//! `cabildo backup`, `restore`, `migrate`: the database as a file.

use std::path::PathBuf;

use book::id::BookId;
use clap::Args as ClapArgs;
use clerk::catch_up;
use mirror::source::Source;
use store::Standing;
use store::sqlite;

use crate::books::{self, Database};
use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct BackupArgs {
    /// The file to be made
    out: PathBuf,
    /// The database, which may be in use
    #[arg(long, value_name = "FILE", default_value = "cabildo.db")]
    db: String,
}

#[derive(ClapArgs)]
pub struct RestoreArgs {
    /// The backup; left out with --catch-up
    backup: Option<PathBuf>,
    /// The database to be made, or to catch up
    #[arg(long, value_name = "FILE", default_value = "cabildo.db")]
    db: String,
    /// Bring a restored database up to its mirrors, so that it may sign again: an address, a folder or a bundle. Name every
    /// mirror there is, once each
    #[arg(long, value_name = "SOURCE")]
    catch_up: Vec<String>,
    /// The book that catches up, where the database has several
    #[arg(long, value_name = "ID", requires = "catch_up")]
    book: Option<String>,
}

#[derive(ClapArgs)]
pub struct MigrateArgs {
    /// The database: a file, or postgres://…
    #[arg(long, default_value = "cabildo.db")]
    db: String,
}

/// The path of a database that is a file.
fn file_of(db: &str) -> Result<PathBuf, Failure> {
    match Database::parse(db) {
        Database::File(path) => Ok(path),
        Database::Server(_) => Err(Failure::usage(
            "a PostgreSQL database is backed up and restored with pg_dump and pg_restore, and every book is in its mirrors",
        )),
    }
}

pub fn backup(args: BackupArgs) -> Result<(), Failure> {
    let path = file_of(&args.db)?;
    if !path.exists() {
        return Err(Failure::file(&path, "there is no such database"));
    }
    edge::is_free(&args.out)?;
    // The moment stands in the copy, so that whoever restores it knows how old it is.
    sqlite::backup(&path, &args.out, edge::now()?).map_err(|error| Failure::file(&path, error))?;
    say!(
        "{}: backed up. It holds the clerk's key and the private side: keep it as you keep the database.",
        args.out.display()
    );
    Ok(())
}

pub fn restore(args: RestoreArgs) -> Result<(), Failure> {
    if !args.catch_up.is_empty() {
        if args.backup.is_some() {
            return Err(Failure::usage(
                "restore the backup first, then run `cabildo restore --catch-up` on the new database",
            ));
        }
        return catch(&args);
    }
    let Some(backup) = &args.backup else {
        return Err(Failure::usage("name the backup, or with --catch-up the mirrors"));
    };
    let path = file_of(&args.db)?;
    if !backup.exists() {
        return Err(Failure::file(backup, "there is no such file"));
    }
    edge::is_free(&path)?;
    let database = Database::File(path.clone());
    let _lock = database.lock()?;
    sqlite::backup(backup, &path, edge::now()?).map_err(|error| Failure::file(backup, error))?;
    let mut store = database.open()?;
    let mut lines = Vec::new();
    for id in store.books().map_err(|error| database.fails(error))? {
        let size = store.head(&id).map_err(|error| database.fails(error))?.map_or(0, |head| head.size);
        lines.push(match store.standing(&id).map_err(|error| database.fails(error))? {
            Standing::Restored { at, .. } => {
                format!("{}: {}, as of {}", BookId(id), edge::entries(size), edge::utc(at))
            }
            _ => format!("{}: {}; it was handed over to another clerk", BookId(id), edge::entries(size)),
        });
    }
    for line in lines {
        say!("{line}");
    }
    say!(
        "It does not sign yet. Bring it up to every mirror with `cabildo restore --catch-up SOURCE…`, or hand the book over with `cabildo succeed`."
    );
    Ok(())
}

fn catch(args: &RestoreArgs) -> Result<(), Failure> {
    let database = Database::parse(&args.db);
    let _lock = database.lock()?;
    let mut store = database.open()?;
    let book = books::choose(&database, store.as_mut(), args.book.as_deref())?;
    let mut sources = Vec::new();
    for name in &args.catch_up {
        sources.push(Source::open(name).map_err(|error| Failure::usage(error.to_string()))?);
    }
    let mut files: Vec<&mut dyn book::files::PublicFiles> = Vec::new();
    for source in &mut sources {
        files.push(source);
    }
    let mut mark = database.mark(book);
    let caught = catch_up(store.as_mut(), book, &mut files, mark.as_mut())
        .map_err(|error| Failure::Refused(format!("{}: {error}", database.name())))?;
    let came = caught.to - caught.from;
    say!("{book}: {} came from mirrors, {} in all; the clerk may sign again", edge::entries(came), caught.to);
    Ok(())
}

pub fn migrate(args: MigrateArgs) -> Result<(), Failure> {
    let database = Database::parse(&args.db);
    let _lock = database.lock()?;
    let (from, to) = match &database {
        Database::File(path) => {
            if !path.exists() {
                return Err(Failure::file(path, "there is no such database"));
            }
            let migrated = sqlite::migrate(path).map_err(|error| Failure::file(path, error))?;
            (migrated.from, migrated.to)
        }
        Database::Server(address) => {
            let migrated = store::postgres::migrate(address).map_err(|error| database.fails(error))?;
            (migrated.from, migrated.to)
        }
    };
    if from == to {
        say!("{}: it is of version {to} already", database.name());
    } else {
        say!("{}: brought from version {from} to {to}", database.name());
    }
    Ok(())
}
