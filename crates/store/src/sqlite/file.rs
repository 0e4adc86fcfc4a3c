//! The file: made, opened, migrated, copied.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use super::{Sqlite, migrations};
use crate::{BRIEF, StoreError};

/// How long a call waits for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

impl Sqlite {
    /// Makes a new database file that only its owner may read. Refused where there is a file already, unless it is a blank
    /// database, as a crash in this very call leaves one.
    pub fn create(path: &Path) -> Result<Sqlite, StoreError> {
        claim(path)?;
        let mut connection = connect(path)?;
        if migrations::version(&connection)? != 0 {
            return Err(file_error("the database", &io::ErrorKind::AlreadyExists.into()));
        }
        // The length of the paddings in the schema goes with this size of a page.
        connection.pragma_update(None, "page_size", 4096)?;
        configure(&connection)?;
        migrations::run(&mut connection)?;
        sync_folder(path)?;
        Ok(Sqlite { connection, path: path.to_owned(), read_only: false, broken: false })
    }

    /// Opens a database for writing and reading, and tries to finish erasures that are pending. There may be several at a
    /// time; the heads keep them apart.
    pub fn open(path: &Path) -> Result<Sqlite, StoreError> {
        let connection = open(path)?;
        if connection.is_readonly("main")? {
            return Err(file_error("the database", &io::ErrorKind::PermissionDenied.into()));
        }
        configure(&connection)?;
        let mut sqlite = Sqlite { connection, path: path.to_owned(), read_only: false, broken: false };
        sqlite.finish()?;
        Ok(sqlite)
    }

    /// Opens a database for reading. It never blocks a writer.
    pub fn open_reader(path: &Path) -> Result<Sqlite, StoreError> {
        let connection = open(path)?;
        configure(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Sqlite { connection, path: path.to_owned(), read_only: true, broken: false })
    }
}

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The schema that was found.
    pub from: u32,
    /// The schema that it has now.
    pub to: u32,
}

/// Brings a database to the schema of this program, in one transaction: it has the new schema or, after any error, the old
/// one. A database that has it already stays as it is.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    let mut connection = existing(path)?;
    if migrations::version(&connection)? == 0 {
        return Err(blank());
    }
    configure(&connection)?;
    let from = migrations::run(&mut connection)?;
    Ok(Migrated { from, to: migrations::KNOWN })
}

/// Copies the database, while others read and write it, as it stands at one moment, to a new file that only its owner may
/// read. The copy appears whole or not at all. It holds what is there and nothing that was erased or replaced, and of the inbox no
/// box that is [`BRIEF`]; each book
/// that was current in it stands as [`Standing::Restored`](crate::Standing::Restored) since `at`, so that whoever puts it
/// back cannot sign with it unawares.
///
/// **A thief** of the copy has what a thief of the database has.
pub fn backup(path: &Path, copy: &Path, at: u64) -> Result<(), StoreError> {
    crate::limits::time(at)?;
    let source = open(path)?;
    configure(&source)?;
    let cause = |error: io::Error| file_error("the copy", &error);
    if copy.symlink_metadata().is_ok() {
        return Err(cause(io::ErrorKind::AlreadyExists.into()));
    }
    // An empty file of mode 0600 in the same folder.
    let file = tempfile::Builder::new().prefix(".backup").tempfile_in(folder(copy)).map_err(cause)?;
    let Some(name) = file.path().to_str() else {
        return Err(StoreError::Refused(
            "the copy's folder has a name that is no UTF-8, name another".into(),
        ));
    };
    source.execute("VACUUM INTO ?1", [name])?;
    let restored = Connection::open_with_flags(file.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // No journal beside a file that is not yet there: it is thrown away whole if this fails.
    restored.pragma_update(None, "journal_mode", "OFF")?;
    restored.execute(
        "INSERT INTO standings (book, standing, size, at)
         SELECT serial, 'restored', size, ?1 FROM books WHERE true
         ON CONFLICT (book) DO UPDATE SET standing = excluded.standing, size = excluded.size, at = excluded.at
         WHERE standing = 'current'",
        params![i64::try_from(at).unwrap_or(i64::MAX)],
    )?;
    // What shall not lie about for ever is not in a backup.
    restored.execute_batch("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")?;
    let brief: i64 = restored.query_row(
        "SELECT count(*) FROM inbox WHERE substr(box, 1, length(?1)) = ?1",
        [BRIEF],
        |row| row.get(0),
    )?;
    if brief > 0 {
        super::erasure::inbox(&restored, |kept| {
            kept.execute("DELETE FROM temp.kept WHERE substr(box, 1, length(?1)) = ?1", [BRIEF])?;
            Ok(())
        })?;
    }
    let sound: String = restored.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(StoreError::Corrupt(sound));
    }
    restored.close().map_err(|(_, error)| error)?;
    file.as_file().sync_all().map_err(cause)?;
    file.persist_noclobber(copy).map_err(|error| cause(error.error))?;
    sync_folder(copy)
}

/// Opens a file that is a database of this schema.
fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = existing(path)?;
    match migrations::version(&connection)? {
        0 => Err(blank()),
        found if found > migrations::KNOWN => Err(StoreError::TooNew { found, known: migrations::KNOWN }),
        found if found < migrations::KNOWN => Err(StoreError::TooOld { found, known: migrations::KNOWN }),
        _ => Ok(connection),
    }
}

/// Opens a file that must be there, and changes nothing in it: it may be another program's.
fn existing(path: &Path) -> Result<Connection, StoreError> {
    let metadata = fs::metadata(path).map_err(|error| file_error("the database", &error))?;
    if !metadata.is_file() {
        return Err(StoreError::Foreign("it is no file".into()));
    }
    if metadata.len() == 0 {
        return Err(blank());
    }
    connect(path)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// What every connection of ours has.
fn configure(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Unavailable(format!(
            "its folder allows no write-ahead log, only `{mode}`: put the database on a local disk"
        )));
    }
    // `fullfsync` is for macOS, whose fsync does not reach the disk. A cell size is checked and a schema mistrusted
    // because the file may come from somebody else's backup. 32 MB of cache and 16 MB of log: the index of texts, where
    // every entry goes to another page, is written to the file less often.
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -32768;
         PRAGMA wal_autocheckpoint = 4000;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Makes the file, for its owner alone, or takes one that is empty.
fn claim(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => owner_only(path),
        Err(error) => Err(file_error("the database", &error)),
    }
}

/// Before anything is written to a blank file that was there.
fn owner_only(path: &Path) -> Result<(), StoreError> {
    if !path.is_file() {
        return Err(StoreError::Foreign("it is no file".into()));
    }
    if migrations::version(&connect(path)?)? != 0 {
        return Err(file_error("the database", &io::ErrorKind::AlreadyExists.into()));
    }
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(|error| file_error("the database", &error))?;
    Ok(())
}

fn blank() -> StoreError {
    StoreError::Missing("the database is empty: found a council in it first".into())
}

fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// A new file's name is durable once its folder is.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let folder = folder(path);
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| file_error("its folder", &error))?;
    }
    Ok(())
}

/// The path is left to the caller, who knows it.
fn file_error(what: &str, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing(format!("{what}: there is no such file or folder")),
        io::ErrorKind::PermissionDenied => StoreError::Refused(format!("this user may not write {what}")),
        io::ErrorKind::AlreadyExists => {
            StoreError::Refused(format!("{what} exists already, name another file"))
        }
        io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Unavailable(format!("{what}: {error}")),
    }
}
