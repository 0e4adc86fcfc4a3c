//! The public files of books, and proofs from them.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::get;
use book::files::{PublicFiles, PublicPath};
use book::id::BookId;
use book::tile::{Tile, WIDTH};
use bytes::Bytes;
use clerk::Published;
use hyper::StatusCode;

use crate::answer::{Answer, BYTES, Keep, TEXT, after, answer, anywhere, file, of, sentence};
use crate::budget::{Budget, Held};
use crate::cache::Cache;
use crate::counters::Route;
use crate::door::Door;
use crate::proof;
use crate::workers::{NotDone, Workers};

/// Jobs that wait for a reading thread.
const WAITING: usize = 1024;
/// A file of more bytes counts as large: its bytes are counted while it is sent.
const LARGE: usize = 64 << 10;
/// No file of more bytes is served.
const LARGEST: usize = store::limits::BLOB;

/// Where a reading thread finds the public files. Made on the thread that uses it.
pub(crate) trait Shelf {
    /// A file of one of its books, of at most so many bytes, and how long others may keep it.
    fn read(&mut self, book: &BookId, path: PublicPath, limit: usize) -> Result<Option<Shown>, String>;
    /// The files of one of its books.
    fn files(&mut self, book: &BookId) -> Result<Box<dyn PublicFiles + '_>, String>;
    /// Something could not be read: open it again.
    fn reopen(&mut self);
}

/// A file, and how long others may keep it.
pub(crate) type Shown = (Vec<u8>, Keep);

/// A file of a book.
type Key = (BookId, PublicPath);

/// The books that a server shows.
pub(crate) struct PublicBooks {
    /// Each with what its clerk has let out, where one runs in this program.
    books: BTreeMap<BookId, Option<Arc<Published>>>,
    shelves: Workers<Box<dyn Shelf>>,
    /// What never changes while a clerk runs here.
    cache: Cache<Key>,
    /// Large files that are being sent: one copy each, however many take it.
    large: Mutex<HashMap<Key, Weak<Held>>>,
    answers: Budget,
    door: Arc<Door>,
}

/// Why a file was not read.
pub(crate) enum NotShown {
    NotDone(NotDone),
    Files(String),
}

impl PublicBooks {
    pub(crate) fn open(
        books: BTreeMap<BookId, Option<Arc<Published>>>,
        shelf: impl Fn() -> Box<dyn Shelf> + Send + Sync + 'static,
        door: Arc<Door>,
    ) -> io::Result<PublicBooks> {
        Ok(PublicBooks {
            books,
            shelves: Workers::start("reader", door.limits.readers, WAITING, shelf)?,
            cache: Cache::new(door.limits.cache),
            large: Mutex::new(HashMap::new()),
            // What is large and kept ready is counted as well.
            answers: Budget::new(door.limits.answers.saturating_add(door.limits.cache)),
            door,
        })
    }

    /// Bytes in the cache.
    pub(crate) fn cached(&self) -> usize {
        self.cache.bytes()
    }

    /// The routes.
    pub(crate) fn routes(self: &Arc<PublicBooks>) -> Router {
        Router::new()
            .route("/book/{id}", get(front))
            .route("/book/{id}/", get(front))
            .route("/book/{id}/{*path}", get(show))
            .with_state(Arc::clone(self))
    }

    /// A list of the books, a line each.
    pub(crate) fn list(&self) -> String {
        self.books.keys().map(|book| format!("/book/{book}/\n")).collect()
    }

    /// Answers `path` as it was sent: nothing is decoded, for no public file needs it.
    async fn answer(&self, path: &str) -> Answer {
        let found = path.strip_prefix("/book/").and_then(|path| path.split_once('/'));
        let found = found.and_then(|(id, path)| Some((BookId::parse(id)?, path)));
        let Some((book, path)) = found.filter(|(book, _)| self.books.contains_key(book)) else {
            return absent(Route::Other, "this server has no such book");
        };
        if let Some(number) = path.strip_prefix("proof/").and_then(number) {
            return of(Route::Proof, self.proof(book, number).await);
        }
        let Some(path) = PublicPath::parse(path) else {
            return absent(Route::Other, "no public file of a book has this name");
        };
        let route = match path {
            PublicPath::Checkpoint => Route::Checkpoint,
            PublicPath::Final => Route::Final,
            PublicPath::Vkeys => Route::Vkeys,
            PublicPath::Tile(Tile::Hashes { .. }) => Route::Tile,
            PublicPath::Tile(Tile::Entries { .. }) => Route::Entries,
            PublicPath::Blob(_) => Route::Blob,
        };
        let content_type = match path {
            PublicPath::Checkpoint | PublicPath::Final | PublicPath::Vkeys => TEXT,
            PublicPath::Tile(_) | PublicPath::Blob(_) => BYTES,
        };
        match self.bytes(book, path).await {
            Ok(Some((bytes, keep))) => of(route, file(content_type, keep, bytes)),
            Ok(None) => absent(route, "the book has no such file, or not yet"),
            Err(error) => of(route, self.trouble(error)),
        }
    }

    async fn bytes(&self, book: BookId, path: PublicPath) -> Result<Option<(Bytes, Keep)>, NotShown> {
        let key = (book, path);
        let limit = usize::try_from(path.max_bytes()).unwrap_or(LARGEST).min(LARGEST);
        let Some(published) = self.books.get(&book).and_then(Option::as_ref) else {
            // What no clerk of this program appends to may be replaced behind our back, so nothing is kept ready.
            let shown = self.ask(move |shelf| shelf.read(&book, path, limit)).await?;
            let Some((bytes, keep)) = shown else { return Ok(None) };
            return Ok(Some((self.send(key, bytes)?, keep)));
        };
        match path {
            PublicPath::Checkpoint => return Ok(Some((published.checkpoint().into(), Keep::Never))),
            PublicPath::Final => return Ok(published.last_final().map(|note| (note.into(), Keep::Never))),
            PublicPath::Vkeys => return Ok(Some((published.vkeys().into(), Keep::Never))),
            PublicPath::Tile(_) | PublicPath::Blob(_) => {}
        }
        let bytes = match self.cache.get(&key).or_else(|| Some(self.sending(&key)?.bytes())) {
            Some(bytes) => bytes,
            None => {
                let shown = self.ask(move |shelf| shelf.read(&book, path, limit)).await?;
                let Some((bytes, _)) = shown else { return Ok(None) };
                let bytes = self.send(key, bytes)?;
                self.cache.put(key, bytes.clone());
                bytes
            }
        };
        Ok(Some((bytes, keep(path, published.settled()))))
    }

    /// A large file that is being sent to somebody.
    fn sending(&self, key: &Key) -> Option<Arc<Held>> {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).get(key)?.upgrade()
    }

    /// Bytes to be sent, counted where they are many.
    fn send(&self, key: Key, bytes: Vec<u8>) -> Result<Bytes, NotShown> {
        if bytes.len() <= LARGE {
            return Ok(bytes.into());
        }
        let mut share = self.answers.share();
        if !self.answers.grow(&mut share, bytes.len()) {
            return Err(NotShown::NotDone(NotDone::Busy));
        }
        let held = Arc::new(Held::new(bytes, share));
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        large.retain(|_, held| held.strong_count() > 0);
        large.insert(key, Arc::downgrade(&held));
        Ok(held.bytes())
    }

    async fn proof(&self, book: BookId, index: u64) -> Answer {
        let proof = self.ask(move |shelf| proof::prove(&mut *shelf.files(&book)?, index)).await;
        match proof {
            Ok(Some(proof)) => file(TEXT, Keep::Never, proof.into()),
            Ok(None) => absent(Route::Proof, "the book has no entry of this number, or not yet"),
            Err(error) => self.trouble(error),
        }
    }

    /// Reads on a reading thread.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Shelf) -> Result<T, String> + Send + 'static,
    ) -> Result<T, NotShown> {
        let asked = self.shelves.ask(move |shelf| {
            let read = read(&mut **shelf);
            if read.is_err() {
                shelf.reopen();
            }
            read
        });
        asked.await.map_err(NotShown::NotDone)?.map_err(NotShown::Files)
    }

    fn trouble(&self, error: NotShown) -> Answer {
        match error {
            NotShown::NotDone(NotDone::Busy) => {
                after(unavailable("the server has its hands full: try again in a moment"), 1)
            }
            NotShown::NotDone(NotDone::Failed) => {
                self.door.log("a reading thread broke off: this is a fault of this software, report it");
                unavailable("the server could not read the file: try again, or ask another mirror")
            }
            NotShown::Files(error) => {
                self.door.log(&format!("a public file cannot be read: {error}"));
                unavailable("the server could not read the file: try again, or ask another mirror")
            }
        }
    }
}

/// What stands at a book's own address: for people who open it.
async fn front(State(books): State<Arc<PublicBooks>>, request: Request) -> Answer {
    let id = request.uri().path().strip_prefix("/book/").map(|path| path.strip_suffix('/').unwrap_or(path));
    let book = id.and_then(BookId::parse).filter(|book| books.books.contains_key(book));
    let Some(book) = book else { return absent(Route::Other, "this server has no such book") };
    let at = format!("/book/{book}");
    let text = format!(
        "Cabildo: the minute book {book}\n\n{at}/checkpoint\n{at}/vkeys\n{at}/final\n{at}/tile/...\n{at}/blob/...\n\n\
         Anybody may copy it and check it: give this page's address to `cabildo mirror` or `cabildo audit`.\n"
    );
    of(Route::Other, anywhere(answer(StatusCode::OK, TEXT, Keep::Never, text)))
}

async fn show(State(books): State<Arc<PublicBooks>>, request: Request) -> Answer {
    books.answer(request.uri().path()).await
}

fn absent(route: Route, words: &str) -> Answer {
    of(route, anywhere(sentence(StatusCode::NOT_FOUND, words)))
}

fn unavailable(words: &str) -> Answer {
    anywhere(sentence(StatusCode::SERVICE_UNAVAILABLE, words))
}

/// How long others may keep a file of a book of which no hand-over can replace so many entries.
pub(crate) fn keep(path: PublicPath, settled: u64) -> Keep {
    match path {
        PublicPath::Vkeys | PublicPath::Checkpoint | PublicPath::Final => Keep::Never,
        PublicPath::Blob(_) => Keep::Forever,
        PublicPath::Tile(tile) if end(tile).is_some_and(|end| end <= settled) => Keep::Forever,
        PublicPath::Tile(_) => Keep::Recent,
    }
}

/// How many entries a tile covers with all before it.
fn end(tile: Tile) -> Option<u64> {
    let level = match tile {
        Tile::Hashes { level, .. } => u32::from(level),
        Tile::Entries { .. } => 0,
    };
    let last = tile.index().checked_mul(WIDTH)?.checked_add(u64::from(tile.width()))?;
    last.checked_mul(WIDTH.checked_pow(level)?)
}

/// A decimal number in its one form.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
