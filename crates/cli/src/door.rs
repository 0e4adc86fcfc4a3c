//! Where entries are handed in: a database whose clerk signs here, or a server that has the book.

use book::entry::After;
use book::hash::Hash;
use book::id::BookId;
use clap::Args as ClapArgs;
use clerk::{Clerk, Declined, Receipt, Submission};
use council::elections::enrolment::Enrolment;

use crate::books::{self, Database};
use crate::edge;
use crate::failure::Failure;
use crate::remote::Remote;

/// Which book, and at which door.
#[derive(ClapArgs)]
pub struct At {
    /// The book's id
    #[arg(long, value_name = "ID")]
    pub book: Option<String>,
    /// The database: a file, or postgres://…
    #[arg(long, conflicts_with = "server")]
    pub db: Option<String>,
    /// The address of a server that has the book
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
}

/// A door.
pub enum Door {
    /// A database here.
    Local(Database, BookId),
    /// A server.
    Remote(Remote),
}

impl At {
    /// The door.
    pub fn door(&self) -> Result<Door, Failure> {
        if let Some(address) = &self.server {
            let named = address.trim_end_matches('/').rsplit_once("/book/").map(|(_, id)| id);
            let book = self.book.as_deref().or(named);
            let book = book.ok_or_else(|| Failure::usage("--server needs --book, the book's id"))?;
            return Ok(Door::Remote(Remote::new(address, books::book_id(book)?)?));
        }
        let database = Database::parse(self.db.as_deref().unwrap_or("cabildo.db"));
        let mut store = database.open()?;
        let book = books::choose(&database, store.as_mut(), self.book.as_deref())?;
        Ok(Door::Local(database, book))
    }
}

impl Door {
    /// The book.
    pub fn book(&self) -> BookId {
        match self {
            Door::Local(_, book) => *book,
            Door::Remote(remote) => remote.book(),
        }
    }

    /// Whether it is a server's, whose answer can be lost.
    pub fn is_remote(&self) -> bool {
        matches!(self, Door::Remote(_))
    }

    /// The book, and the newest checkpoint that an author may refer to: a final one where there is one.
    pub fn after(&mut self) -> Result<(BookId, After), Failure> {
        match self {
            Door::Local(database, book) => {
                let mut store = database.open()?;
                let last = store.final_checkpoint(&book.0).map_err(|error| database.fails(error))?;
                let head = store.head(&book.0).map_err(|error| database.fails(error))?;
                let (size, root) = match (last, head) {
                    (Some(last), _) => (last.size, last.root),
                    (None, Some(head)) => (head.size, head.root),
                    (None, None) => return Err(database.fails(format!("there is no book {book} in it"))),
                };
                Ok((*book, After { size, root: Hash(root) }))
            }
            Door::Remote(remote) => {
                let checkpoint = remote.newest_final()?;
                Ok((remote.book(), After { size: checkpoint.size, root: checkpoint.root }))
            }
        }
    }

    /// An entry's bytes; none where the book has fewer.
    pub fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Door::Remote(remote) => remote.entry(number),
            Door::Local(database, book) => {
                let entries = database.open()?.entries(&book.0, number, 1);
                Ok(entries.map_err(|error| database.fails(error))?.pop())
            }
        }
    }

    /// A clerk of the database here, for one act.
    fn with_clerk<T>(
        database: &Database,
        book: BookId,
        act: impl FnOnce(&mut Clerk, u64) -> Result<T, Declined>,
    ) -> Result<T, Failure> {
        let _lock = database.lock()?;
        let mut clerk = books::clerk(database, database.open()?, book)?;
        let now = edge::now()?;
        act(&mut clerk, now).map_err(|declined| match declined {
            Declined::Store(_) | Declined::Stopped(_) | Declined::Busy => database.fails(declined),
            declined => Failure::Refused(format!("{}: {declined}", declined.check())),
        })
    }

    /// Hands an enrolment in; the clerk's receipt.
    pub fn enrol(&mut self, uuid: &str, note: &[u8]) -> Result<Vec<u8>, Failure> {
        match self {
            Door::Remote(remote) => remote.hand_in(uuid, "enrolments", note),
            Door::Local(database, book) => {
                Door::with_clerk(database, *book, |clerk, now| clerk.enrol(note, now))
            }
        }
    }

    /// Hands a ballot in; the clerk's receipt.
    pub fn cast(&mut self, uuid: &str, line: &str) -> Result<Vec<u8>, Failure> {
        match self {
            Door::Remote(remote) => remote.hand_in(uuid, "ballots", line.as_bytes()),
            Door::Local(database, book) => {
                Door::with_clerk(database, *book, |clerk, now| clerk.cast(line, now))
            }
        }
    }

    /// What phones have handed in: only from the database.
    pub fn enrolments(&mut self, election: u64) -> Result<Vec<Enrolment>, Failure> {
        match self {
            Door::Remote(_) => {
                Err(Failure::usage("enrolments are not given out by a server: --db names its database"))
            }
            Door::Local(database, book) => {
                Door::with_clerk(database, *book, |clerk, _| clerk.enrolments(election))
            }
        }
    }

    /// Publishes the ballots that wait; how many.
    pub fn publish(&mut self, election: u64) -> Result<u64, Failure> {
        match self {
            Door::Remote(_) => Err(Failure::usage("a server publishes by itself")),
            Door::Local(database, book) => {
                Door::with_clerk(database, *book, |clerk, now| clerk.publish_ballots(election, now))
            }
        }
    }

    /// Hands an entry in.
    pub fn record(&mut self, submission: &Submission) -> Result<Receipt, Failure> {
        match self {
            Door::Remote(remote) => remote.submit(submission),
            Door::Local(database, book) => {
                let _lock = database.lock()?;
                let mut clerk = books::clerk(database, database.open()?, *book)?;
                let mut results = clerk.record(std::slice::from_ref(submission), edge::now()?);
                match results.pop() {
                    Some(Ok(receipt)) => {
                        clerk.snapshot(receipt.time).map_err(|error| database.fails(error))?;
                        Ok(receipt)
                    }
                    Some(Err(declined @ (Declined::Store(_) | Declined::Stopped(_) | Declined::Busy))) => {
                        Err(database.fails(declined))
                    }
                    Some(Err(declined)) => Err(Failure::Refused(format!("{}: {declined}", declined.check()))),
                    None => Err(database.fails("the clerk gave no answer: hand the same text in again")),
                }
            }
        }
    }
}
