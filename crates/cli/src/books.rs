//! Databases of books at the edge: where they lie, who holds them open, which clock tells the time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use book::id::BookId;
use clerk::{Clerk, Clock, FileMark, HighWater};
use store::postgres::Postgres;
use store::sqlite::Sqlite;
use store::{Store, StoreError};

use crate::edge;
use crate::failure::Failure;

/// The name after which the files are named that go with a database on a server.
const BESIDE_SERVER: &str = "cabildo-postgres";

/// Where a database is.
pub enum Database {
    /// One SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, by its address.
    Server(String),
}

impl Database {
    /// A path, or an address that begins with `postgres://` or `postgresql://`.
    pub fn parse(text: &str) -> Database {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Database::Server(text.to_owned())
        } else {
            Database::File(PathBuf::from(text))
        }
    }

    /// How it is named to people. A server's address may hold a password and is not shown.
    pub fn name(&self) -> String {
        match self {
            Database::File(path) => path.display().to_string(),
            Database::Server(_) => "the PostgreSQL database".into(),
        }
    }

    /// A word of a store's failure, with the database's name.
    pub fn fails(&self, error: impl std::fmt::Display) -> Failure {
        Failure::usage(format!("{}: {error}", self.name()))
    }

    /// Opens it; a file must be there.
    pub fn open(&self) -> Result<Box<dyn Store>, Failure> {
        match self {
            Database::File(path) if !path.exists() => {
                Err(Failure::file(path, "there is no such database; `cabildo found` makes one"))
            }
            Database::File(path) => Sqlite::open(path)
                .map(|store| Box::new(store) as Box<dyn Store>)
                .map_err(|error| self.fails(error)),
            Database::Server(address) => Postgres::open(address)
                .map(|store| Box::new(store) as Box<dyn Store>)
                .map_err(|error| self.fails(error)),
        }
    }

    /// Opens it, making it where there is none. Says whether it was made.
    pub fn open_or_make(&self) -> Result<(Box<dyn Store>, bool), Failure> {
        match self {
            // A file without content is what a crash in the making leaves.
            Database::File(path)
                if path.metadata().map_or(true, |file| file.is_file() && file.len() == 0) =>
            {
                let store = Sqlite::create(path).map_err(|error| self.fails(error))?;
                Ok((Box::new(store), true))
            }
            Database::File(_) => Ok((self.open()?, false)),
            Database::Server(address) => match Postgres::open(address) {
                Ok(store) => Ok((Box::new(store), false)),
                Err(StoreError::Missing(_)) => {
                    let store = Postgres::create(address).map_err(|error| self.fails(error))?;
                    Ok((Box::new(store), false))
                }
                Err(error) => Err(self.fails(error)),
            },
        }
    }

    /// Takes a database back that was made a moment ago.
    pub fn unmake(&self) {
        if let Database::File(path) = self {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let mut name = path.clone().into_os_string();
                name.push(suffix);
                let _ = std::fs::remove_file(PathBuf::from(name));
            }
        }
    }

    /// Takes a founding back that failed half way. False where the book stands in the database all the same.
    pub fn forget(&self, book: BookId) -> bool {
        let Ok(mut store) = self.open() else { return false };
        match store.head(&book.0) {
            Ok(None) => true,
            Ok(Some(_)) => store.remove(&book.0).is_ok(),
            Err(_) => false,
        }
    }

    /// The file that this database's other files are named after.
    fn beside(&self) -> PathBuf {
        match self {
            Database::File(path) => path.clone(),
            Database::Server(_) => PathBuf::from(BESIDE_SERVER),
        }
    }

    /// Where the largest signed checkpoint of a book is recorded, apart from the database.
    pub fn mark_path(&self, book: BookId) -> PathBuf {
        let mut name = self.beside().into_os_string();
        name.push(format!(".{}.signed", &book.to_string()[..16]));
        PathBuf::from(name)
    }

    /// What to say where a book with entries has no such record: the database may be an old copy, and nothing here would show it.
    pub fn unrecorded(&self, book: BookId, had_record: bool, size: u64) -> Option<String> {
        (!had_record && size > 1).then(|| {
            format!(
                "book {book}: beside the database there is no {}, the record of what its clerk has signed. If this is a copy, and \
                 another one has signed more, the clerk signs two histories now: stop, and bring back the newest copy with that \
                 file, or use `cabildo restore --catch-up`",
                self.mark_path(book).display()
            )
        })
    }

    /// The record at that place.
    pub fn mark(&self, book: BookId) -> Box<dyn HighWater> {
        Box::new(FileMark::at(self.mark_path(book)))
    }

    /// Takes the database for writing: one process at a time signs from it. Held until dropped.
    pub fn lock(&self) -> Result<Lock, Failure> {
        let database = self.beside();
        let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Failure::file(folder, "there is no such folder"));
        }
        // Beside what is no database of ours nothing is made. An old one waits for `migrate`, which locks it too.
        if let Database::File(path) = self
            && path.metadata().is_ok_and(|file| file.len() > 0)
            && let Err(error) = Sqlite::open_reader(path)
            && !matches!(error, StoreError::TooOld { .. })
        {
            return Err(self.fails(error));
        }
        let mut name = database.clone().into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let fails = |error: &std::io::Error| Failure::file(&path, edge::cause(error));
        loop {
            let is_new = !path.exists();
            let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let file = open.map_err(|error| fails(&error))?;
            match file.try_lock() {
                // Unless whoever had it has just taken the file away.
                Ok(()) if !is_at(&file, &path) => {}
                Ok(()) => return Ok(Lock { file: Some(file), path, database, is_new }),
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::usage(format!(
                        "{}: another `cabildo` has it open for writing; hand entries in with --server, or stop it first",
                        self.name()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(fails(&error)),
            }
        }
    }
}

/// Whether this path still names this open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().ok().map(id) == path.metadata().ok().map(id)
}

/// Elsewhere an open file cannot be taken away.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// The right to write to a database, for as long as it lives.
pub struct Lock {
    file: Option<File>,
    path: PathBuf,
    database: PathBuf,
    is_new: bool,
}

impl Drop for Lock {
    /// Where no database came of it, nothing is left behind.
    fn drop(&mut self) {
        let is_remote = self.database == Path::new(BESIDE_SERVER);
        let is_empty = self.database.metadata().map_or(true, |file| file.len() == 0);
        if self.is_new && !is_remote && is_empty {
            let _ = std::fs::remove_file(&self.path);
        }
        drop(self.file.take());
    }
}

/// A book's id as it was given.
pub fn book_id(text: &str) -> Result<BookId, Failure> {
    BookId::parse(text).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no book's id: it has 52 characters, a to z and 2 to 7"))
    })
}

/// The book that was named, or the only one of the database.
pub fn choose(database: &Database, store: &mut dyn Store, named: Option<&str>) -> Result<BookId, Failure> {
    let books = store.books().map_err(|error| database.fails(error))?;
    if let Some(text) = named {
        let book = book_id(text)?;
        if !books.contains(&book.0) {
            return Err(database.fails(format!("there is no book {book} in it")));
        }
        return Ok(book);
    }
    match books.as_slice() {
        [one] => Ok(BookId(*one)),
        [] => Err(database.fails("there is no book in it; `cabildo found` begins one")),
        _ => {
            let names: Vec<String> = books.iter().map(|book| BookId(*book).to_string()).collect();
            Err(database.fails(format!("name one of its books with --book: {}", names.join(", "))))
        }
    }
}

/// The clerk of a book, ready to sign.
pub fn clerk(database: &Database, store: Box<dyn Store>, book: BookId) -> Result<Clerk, Failure> {
    let had_record = database.mark_path(book).exists();
    let clerk = Clerk::open(store, book, None, database.mark(book), edge::now()?, &[])
        .map_err(|error| Failure::Refused(format!("{}: {error}", database.name())))?;
    if let Some(warning) = database.unrecorded(book, had_record, clerk.checkpoint().size) {
        edge::warn(&warning);
    }
    Ok(clerk)
}

/// The system's clocks.
pub struct SystemClock {
    began: Instant,
}

impl SystemClock {
    /// The system's clocks, from now.
    #[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
    pub fn new() -> SystemClock {
        SystemClock { began: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn utc(&mut self) -> u64 {
        edge::now().unwrap_or(0)
    }

    fn monotonic(&mut self) -> Duration {
        self.began.elapsed()
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Whether the terminal's user says yes. Without a terminal nobody can, and the command says how to go on.
pub fn confirm(question: &str, yes: bool) -> Result<bool, Failure> {
    use std::io::{BufRead, IsTerminal};
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "nobody is at a terminal to confirm it: nothing was done; --yes confirms",
        ));
    }
    put!("{question} [y/N] ");
    let mut line = String::new();
    let _ = std::io::stdin().lock().read_line(&mut line);
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "s" | "sí" | "si" | "sim" | "o" | "oui"))
}

/// Reads a small text file, or standard input for `-`.
pub fn text_of(path: &Path, limit: usize) -> Result<String, Failure> {
    use std::io::Read;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let read = std::io::stdin().lock().take(limit as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::usage(format!("standard input: {}", edge::cause(&error))))?;
    } else {
        let file = File::open(path).map_err(|error| Failure::file(path, edge::cause(&error)))?;
        let read = file.take(limit as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::file(path, edge::cause(&error)))?;
    }
    if bytes.len() > limit {
        return Err(Failure::file(path, format!("it is longer than {limit} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::file(path, "it is not UTF-8"))?;
    // Some editors put a mark before the text.
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}
