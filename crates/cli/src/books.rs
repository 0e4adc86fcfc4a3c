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
            _ => self.connect(),
        }
    }

    /// Opens it, making it where there is none. Says whether it was made.
    pub fn open_or_make(&self) -> Result<(Box<dyn Store>, bool), Failure> {
        match self {
            Database::File(path) if !path.exists() => {
                let store = Sqlite::create(path).map_err(|error| self.fails(error))?;
                Ok((Box::new(store), true))
            }
            Database::File(_) => Ok((self.connect()?, false)),
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

    fn connect(&self) -> Result<Box<dyn Store>, Failure> {
        Ok(match self {
            Database::File(path) => Box::new(Sqlite::open(path).map_err(|error| self.fails(error))?),
            Database::Server(address) => {
                Box::new(Postgres::open(address).map_err(|error| self.fails(error))?)
            }
        })
    }

    /// Takes a database back that was made a moment ago.
    pub fn unmake(&self) {
        if let Database::File(path) = self {
            for suffix in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(suffix);
                let _ = std::fs::remove_file(PathBuf::from(name));
            }
        }
    }

    /// The file that this database's other files are named after.
    fn beside(&self) -> PathBuf {
        match self {
            Database::File(path) => path.clone(),
            Database::Server(_) => PathBuf::from("cabildo-postgres"),
        }
    }

    /// Where the largest signed checkpoint of a book is recorded, apart from the database.
    pub fn mark_path(&self, book: BookId) -> PathBuf {
        let mut name = self.beside().into_os_string();
        name.push(format!(".{}.signed", &book.to_string()[..16]));
        PathBuf::from(name)
    }

    /// The record at that place.
    pub fn mark(&self, book: BookId) -> Box<dyn HighWater> {
        Box::new(FileMark::at(self.mark_path(book)))
    }

    /// Takes the database for writing: one process at a time signs from it. Held until dropped.
    pub fn lock(&self) -> Result<Lock, Failure> {
        let mut name = self.beside().into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| Failure::file(&path, edge::cause(&error)))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::usage(format!(
                "{}: another `cabildo` has it open for writing; hand entries in with --server, or stop it first",
                self.name()
            ))),
            Err(TryLockError::Error(error)) => Err(Failure::file(&path, edge::cause(&error))),
        }
    }
}

/// The right to write to a database, for as long as it lives.
pub struct Lock {
    _file: File,
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
    Clerk::open(store, book, None, database.mark(book), edge::now()?, &[])
        .map_err(|error| Failure::Refused(format!("{}: {error}", database.name())))
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
    String::from_utf8(bytes).map_err(|_| Failure::file(path, "it is not UTF-8"))
}
