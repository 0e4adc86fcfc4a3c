//! The server of copied books.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use book::checkpoint::Checkpoint;
use book::files::{PublicFiles, PublicPath};
use book::id::BookId;
use book::note::{NOTE_LIMIT, Note};
use hyper::StatusCode;
use mirror::public_file;
use mirror::source::Folder;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Keep, TEXT, answer, object, of};
use crate::counters::Route;
use crate::door::Door;
use crate::public::{PublicBooks, Shelf, Shown};
use crate::serve::closed;
use crate::{Limits, Log, ServeError, Stop};

/// What to serve of copies.
pub struct MirrorConfig {
    /// Where to listen. Port 0: any that is free.
    pub listen: SocketAddr,
    /// The folders, each with the book that was copied into it. They may be copied into meanwhile.
    pub folders: Vec<(BookId, PathBuf)>,
    /// How much a stranger may take.
    pub limits: Limits,
    /// Where the server speaks to whoever runs it.
    pub log: Log,
}

struct Copies {
    books: Vec<BookId>,
    public: Arc<PublicBooks>,
    door: Arc<Door>,
}

/// Serves until `stop` is moved. `on_ready` is called with the address once it is listened on. What is handed in is refused:
/// a mirror records nothing.
pub fn serve_mirror(
    config: MirrorConfig,
    on_ready: impl FnOnce(SocketAddr),
    stop: &Stop,
) -> Result<(), ServeError> {
    let MirrorConfig { listen, folders, limits, log } = config;
    let folders: Arc<BTreeMap<BookId, PathBuf>> = Arc::new(folders.into_iter().collect());
    let door = Door::new(limits, log);
    let books = folders.keys().map(|book| (*book, None)).collect();
    let shelf = {
        let folders = Arc::clone(&folders);
        move || -> Box<dyn Shelf> { Box::new(Folders(Arc::clone(&folders))) }
    };
    let public = PublicBooks::open(books, shelf, Arc::clone(&door)).map_err(ServeError::System)?;
    let public = Arc::new(public);
    let copies = Copies {
        books: folders.keys().copied().collect(),
        public: Arc::clone(&public),
        door: Arc::clone(&door),
    };
    let own = Router::new()
        .route("/", get(index))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(copies));
    let ready = |address| {
        door.log(&format!("listening on {address}: copies of {} books", folders.len()));
        on_ready(address);
    };
    door.run(listen, closed(own.merge(public.routes())), ready, stop)
}

/// A reading thread's folders.
struct Folders(Arc<BTreeMap<BookId, PathBuf>>);

impl Folders {
    fn folder(&self, book: &BookId) -> Result<&Path, String> {
        self.0.get(book).map(PathBuf::as_path).ok_or_else(|| "no such book".into())
    }
}

impl Shelf for Folders {
    fn read(&mut self, book: &BookId, path: PublicPath, _: usize) -> Result<Option<Shown>, String> {
        let file = public_file(self.folder(book)?, &path.to_string());
        let file = file.map_err(|error| format!("{path}: {error}"))?;
        Ok(file.map(|file| (file.bytes, Keep::As(file.cache_control))))
    }

    fn files(&mut self, book: &BookId) -> Result<Box<dyn PublicFiles + '_>, String> {
        Ok(Box::new(Folder::at(self.folder(book)?)))
    }

    fn reopen(&mut self) {}
}

async fn index(State(copies): State<Arc<Copies>>) -> Answer {
    let list = format!("Cabildo: copies of minute books\n\n{}", copies.public.list());
    of(Route::Index, answer(StatusCode::OK, TEXT, Keep::Never, list))
}

/// Whether every copy has a checkpoint, and of which size.
async fn health(State(copies): State<Arc<Copies>>) -> Answer {
    let (mut all, mut books) = (true, Map::new());
    for book in &copies.books {
        let asked = *book;
        let stands = match copies.public.ask(move |shelf| size(&mut *shelf.files(&asked)?)).await {
            Ok(size) => json!({ "ok": true, "size": size }),
            Err(_) => {
                json!({ "ok": false, "why": "the copy has no readable checkpoint: copy the book again" })
            }
        };
        all &= stands["ok"] == Value::Bool(true);
        books.insert(book.to_string(), stands);
    }
    let status = if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    of(Route::Health, object(status, &json!({ "ok": all, "books": books })))
}

fn size(files: &mut dyn PublicFiles) -> Result<u64, String> {
    let note = files.read("checkpoint", NOTE_LIMIT).map_err(|error| error.to_string())?;
    let note = Note::parse(&note.ok_or("none")?).map_err(|error| error.to_string())?;
    Checkpoint::parse_text(&note.text).map(|checkpoint| checkpoint.size).map_err(|error| error.to_string())
}

async fn metrics(State(copies): State<Arc<Copies>>) -> Answer {
    let mut text = String::new();
    copies.door.write_metrics(&mut text);
    of(Route::Metrics, answer(StatusCode::OK, crate::status::PROMETHEUS, Keep::Never, text))
}
