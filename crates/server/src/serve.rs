//! The server of a database's books.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use book::files::{PublicFiles, PublicPath};
use book::id::BookId;
use clerk::{COSIGNATURES_LIMIT, CannotSign, CosignError, Declined, Desk, PublicView, Published, Receipt};
use council::Fault;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use serde_json::json;
use store::{Store, StoreError};
use tokio::sync::oneshot;

use crate::answer::{Answer, Keep, TEXT, after, answer, object, of, refusal, sentence};
use crate::body::read;
use crate::counters::Route;
use crate::door::Door;
use crate::hand_in::{ballots, enrolments};
use crate::public::{PublicBooks, Shelf, Shown, keep};
use crate::submission::Form;
use crate::ticker::Ticker;
use crate::{Limits, Log, ServeError, Stop, status};

/// What to serve.
pub struct Config {
    /// Where to listen. Port 0: any that is free.
    pub listen: SocketAddr,
    /// A connection to the database that holds the books. Reading threads open their own from it.
    pub store: Box<dyn Store>,
    /// The books.
    pub books: Vec<Served>,
    /// How much a stranger may take.
    pub limits: Limits,
    /// Where the server speaks to whoever runs it.
    pub log: Log,
}

/// A book to serve.
pub struct Served {
    /// Its id.
    pub book: BookId,
    /// Its clerk's desk. Where the clerk cannot sign, the book is shown as it stands in the database, and what is handed in is
    /// refused for this reason.
    pub clerk: Result<Desk, CannotSign>,
}

/// What the handlers share.
pub(crate) struct Hall {
    pub(crate) books: BTreeMap<BookId, Result<Desk, CannotSign>>,
    pub(crate) public: Arc<PublicBooks>,
    pub(crate) door: Arc<Door>,
}

/// Serves until `stop` is moved. `on_ready` is called with the address once it is listened on; then the desks are stopped,
/// with everything recorded that they have taken, also where the server could not start.
pub fn serve(config: Config, on_ready: impl FnOnce(SocketAddr), stop: &Stop) -> Result<(), ServeError> {
    let Config { listen, store, books, limits, log } = config;
    let books: BTreeMap<_, _> = books.into_iter().map(|served| (served.book, served.clerk)).collect();
    let desks: Vec<Desk> = books.values().filter_map(|clerk| clerk.as_ref().ok().cloned()).collect();
    let door = Door::new(limits, log);
    let served = open(store, books, &door).and_then(|hall| {
        let hall = Arc::new(hall);
        let ready = |address| {
            let signing = hall.books.values().filter(|clerk| clerk.is_ok()).count();
            let books = hall.books.len();
            let counted = if books == 1 { "1 book".to_owned() } else { format!("{books} books") };
            door.log(&format!("listening on {address}: {counted}, {signing} with their clerk"));
            on_ready(address);
        };
        let ticker = Ticker::start(desks.clone(), &door).map_err(ServeError::System)?;
        let served = door.run(listen, routes(&hall), ready, stop);
        ticker.stop();
        served
    });
    for desk in desks {
        desk.stop();
    }
    served
}

fn open(
    store: Box<dyn Store>,
    books: BTreeMap<BookId, Result<Desk, CannotSign>>,
    door: &Arc<Door>,
) -> Result<Hall, ServeError> {
    let published: BTreeMap<BookId, Option<Arc<Published>>> =
        books.iter().map(|(book, clerk)| (*book, clerk.as_ref().ok().map(Desk::published))).collect();
    let (source, shown) = (Arc::new(Mutex::new(store)), Arc::new(published.clone()));
    let shelf = move || -> Box<dyn Shelf> {
        Box::new(Database { source: Arc::clone(&source), connection: None, shown: Arc::clone(&shown) })
    };
    let public = PublicBooks::open(published, shelf, Arc::clone(door)).map_err(ServeError::System)?;
    Ok(Hall { books, public: Arc::new(public), door: Arc::clone(door) })
}

/// A reading thread's connection.
struct Database {
    source: Arc<Mutex<Box<dyn Store>>>,
    connection: Option<Box<dyn Store>>,
    shown: Arc<BTreeMap<BookId, Option<Arc<Published>>>>,
}

impl Shelf for Database {
    fn read(&mut self, book: &BookId, path: PublicPath, limit: usize) -> Result<Option<Shown>, String> {
        let bytes = self.files(book)?.read(&path.to_string(), limit).map_err(|error| error.to_string())?;
        // The books that this program appends to know more: whoever asks for those looks there.
        Ok(bytes.map(|bytes| (bytes, keep(path, 0))))
    }

    fn files(&mut self, book: &BookId) -> Result<Box<dyn PublicFiles + '_>, String> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
                none.insert(source.reader().map_err(|error| error.to_string())?)
            }
        };
        Ok(match self.shown.get(book) {
            Some(Some(published)) => {
                Box::new(PublicView::running(&mut **connection, *book, Arc::clone(published)))
            }
            _ => Box::new(PublicView::at_rest(&mut **connection, *book)),
        })
    }

    fn reopen(&mut self) {
        self.connection = None;
    }
}

fn routes(hall: &Arc<Hall>) -> Router {
    let own = Router::new()
        .route("/", get(index))
        .route("/health", get(status::health))
        .route("/metrics", get(status::metrics))
        .route("/book/{id}/entries", post(record))
        .route("/book/{id}/cosignatures", post(cosign))
        .route("/book/{id}/elections/{uuid}/enrolments", post(enrolments))
        .route("/book/{id}/elections/{uuid}/ballots", post(ballots))
        .with_state(Arc::clone(hall));
    closed(own.merge(hall.public.routes()))
}

/// What every server says to what it does not know.
pub(crate) fn closed(router: Router) -> Router {
    router
        .fallback(async || sentence(StatusCode::NOT_FOUND, "there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            sentence(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done at this address")
        })
}

async fn index(State(hall): State<Arc<Hall>>) -> Answer {
    let list = format!("Cabildo: minute books on this server\n\n{}", hall.public.list());
    of(Route::Index, answer(StatusCode::OK, TEXT, Keep::Never, list))
}

/// The desk of the book in the path, or the answer where there is none.
pub(crate) fn desk<'a>(hall: &'a Hall, id: &str) -> Result<&'a Desk, Box<Answer>> {
    let book = BookId::parse(id).and_then(|book| hall.books.get(&book));
    let answer = match book {
        Some(Ok(desk)) => return Ok(desk),
        None => refusal(StatusCode::NOT_FOUND, "book", "this server has no such book: ask another one"),
        Some(Err(error @ (CannotSign::Retired | CannotSign::Succeeded { .. }))) => {
            refusal(StatusCode::CONFLICT, "retired", &error.to_string())
        }
        Some(Err(error)) => {
            after(refusal(StatusCode::SERVICE_UNAVAILABLE, "stopped", &error.to_string()), LATER)
        }
    };
    Err(Box::new(answer))
}

/// Where somebody has to mend something first: seconds.
pub(crate) const LATER: u64 = 60;

async fn record(State(hall): State<Arc<Hall>>, Path(id): Path<String>, request: Request) -> Answer {
    of(Route::Record, try_record(&hall, &id, request).await.unwrap_or_else(|answer| *answer))
}

async fn try_record(hall: &Hall, id: &str, request: Request) -> Result<Answer, Box<Answer>> {
    let desk = desk(hall, id)?;
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = content_type.and_then(Form::of).ok_or_else(|| {
        Box::new(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "form",
            "an entry is handed in as text/plain (the note) or application/json: say which in Content-Type",
        ))
    })?;
    let handed_in = take(hall, request.into_body(), form.limit()).await?;
    let unreadable = |error: String| {
        Box::new(refusal(StatusCode::BAD_REQUEST, "form", &format!("what was handed in: {error}")))
    };
    let submission = match form {
        Form::Note => form.read(handed_in.bytes),
        // Much to decode, perhaps, and not on a thread that answers.
        Form::Object => tokio::task::spawn_blocking(move || form.read(handed_in.bytes))
            .await
            .unwrap_or_else(|_| Err("it cannot be read".into())),
    }
    .map_err(unreadable)?;
    let (tell, told) = oneshot::channel();
    desk.submit_then(submission, move |answer| {
        let _ = tell.send(answer);
    });
    let answer = told.await.unwrap_or_else(|_| {
        Err(Declined::Stopped("the clerk broke off: hand the same text in again later".into()))
    });
    drop(handed_in.share);
    Ok(match answer {
        Ok(receipt) => receipt_of(&receipt),
        Err(declined) => declined_of(hall, &declined),
    })
}

pub(crate) async fn take(
    hall: &Hall,
    body: Body,
    limit: usize,
) -> Result<crate::body::HandedIn, Box<Answer>> {
    let door = &hall.door;
    read(body, limit, door.limits.stall, &door.bodies).await.map_err(|error| Box::new(error.answer()))
}

fn receipt_of(receipt: &Receipt) -> Answer {
    let Receipt { book, number, time, text_hash, repeated } = receipt;
    object(
        StatusCode::OK,
        &json!({
            "ok": true, "book": book.to_string(), "number": number, "time": time,
            "text": text_hash.to_string(), "repeated": repeated,
        }),
    )
}

fn declined_of(hall: &Hall, declined: &Declined) -> Answer {
    let words = declined.to_string();
    let answer = |status| refusal(status, declined.check(), &words);
    match declined {
        Declined::Form(_) | Declined::Unreadable(_) | Declined::Attachment(_) => {
            answer(StatusCode::BAD_REQUEST)
        }
        Declined::Refused(refusal) if refusal.whose == Fault::Author => answer(StatusCode::FORBIDDEN),
        Declined::Refused(_) => {
            hall.door.log(&words);
            answer(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Declined::Busy => after(answer(StatusCode::SERVICE_UNAVAILABLE), 1),
        Declined::Stopped(_) => {
            hall.door.log(&words);
            after(answer(StatusCode::SERVICE_UNAVAILABLE), LATER)
        }
        Declined::Store(error) => store_failed(hall, error, &words),
    }
}

fn store_failed(hall: &Hall, error: &StoreError, words: &str) -> Answer {
    hall.door.log(words);
    match error {
        StoreError::Full => refusal(StatusCode::INSUFFICIENT_STORAGE, "store", words),
        StoreError::HeadMoved { .. } => refusal(StatusCode::CONFLICT, "head", words),
        _ => after(refusal(StatusCode::SERVICE_UNAVAILABLE, "store", words), LATER),
    }
}

async fn cosign(State(hall): State<Arc<Hall>>, Path(id): Path<String>, request: Request) -> Answer {
    of(Route::Cosign, try_cosign(&hall, &id, request).await.unwrap_or_else(|answer| *answer))
}

async fn try_cosign(hall: &Hall, id: &str, request: Request) -> Result<Answer, Box<Answer>> {
    let desk = desk(hall, id)?;
    let handed_in = take(hall, request.into_body(), COSIGNATURES_LIMIT).await?;
    let (tell, told) = oneshot::channel();
    desk.cosign_then(handed_in.bytes, move |answer| {
        let _ = tell.send(answer);
    });
    let answer = told.await.unwrap_or_else(|_| {
        Err(CosignError::Stopped("the clerk broke off: hand the cosignatures in again later".into()))
    });
    Ok(match answer {
        Ok(kept) => object(
            StatusCode::OK,
            &json!({ "ok": true, "size": kept.size, "kept": kept.kept, "final": kept.is_final }),
        ),
        Err(error) => not_kept(hall, &error),
    })
}

fn not_kept(hall: &Hall, error: &CosignError) -> Answer {
    let words = error.to_string();
    match error {
        CosignError::Form(_) => refusal(StatusCode::BAD_REQUEST, "form", &words),
        CosignError::Another { size } => {
            const SIZE: hyper::header::HeaderValue =
                hyper::header::HeaderValue::from_static("text/x.tlog.size");
            answer(StatusCode::CONFLICT, SIZE, Keep::Never, format!("{size}\n"))
        }
        CosignError::Unknown | CosignError::NotRegistered(_) => {
            refusal(StatusCode::FORBIDDEN, "cosigner", &words)
        }
        CosignError::Invalid(_) => refusal(StatusCode::FORBIDDEN, "signature", &words),
        CosignError::Time(_) => refusal(StatusCode::FORBIDDEN, "time", &words),
        CosignError::Stopped(_) => {
            hall.door.log(&words);
            after(refusal(StatusCode::SERVICE_UNAVAILABLE, "stopped", &words), LATER)
        }
        CosignError::Store(error) => store_failed(hall, error, &words),
    }
}
