//! `cabildo serve`: the books of a database, with their clerks.

use std::cmp::Ordering;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::id::{BookId, Origin};
use book::key::{Algorithm, Vkey};
use book::note::Note;
use clap::Args as ClapArgs;
use clerk::{Clerk, Desk};
use server::{Config, Limits, Rate, Served, Stop, serve};

use crate::books::{Database, SystemClock};
use crate::courier::{Courier, seen_by_cosigners};
use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    /// The database: a file, or postgres://…
    #[arg(long, default_value = "cabildo.db")]
    db: String,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A checkpoint that somebody has: a clerk whose database is older does not sign
    #[arg(long, value_name = "CHECKPOINT")]
    seen: Vec<PathBuf>,
    /// Keep and show cosignatures of this mirror or witness, beside those whom the policy names
    #[arg(long, value_name = "VKEY")]
    cosigner: Vec<String>,
    #[command(flatten)]
    strangers: Strangers,
}

/// How much a stranger may hand in.
#[derive(ClapArgs)]
pub struct Strangers {
    /// How much one address may hand in an hour: entries, cosignatures, checkpoints; no limit for this machine itself
    #[arg(long, value_name = "N", default_value_t = 3600)]
    posts: u32,
    /// A reverse proxy on this machine stands before it
    #[arg(long)]
    behind_proxy: bool,
}

impl Strangers {
    /// The limits of a server that listens at this address.
    pub fn limits(&self, listen: SocketAddr) -> Limits {
        Limits {
            of_one_address: of_one_address(listen),
            // On loopback without a proxy everybody who comes is this machine's user.
            posts: (self.behind_proxy || !listen.ip().is_loopback())
                .then_some(Rate { burst: self.posts.clamp(1, 600), an_hour: self.posts }),
            behind_proxy: self.behind_proxy,
            ..Limits::default()
        }
    }
}

/// How many connections one address may have: a quarter of all; no limit on loopback, where everybody is this machine's user.
pub fn of_one_address(listen: SocketAddr) -> Option<usize> {
    (!listen.ip().is_loopback()).then_some(Limits::default().connections / 4)
}

/// The program's voice while it serves.
pub fn voice() -> server::Log {
    #[expect(clippy::print_stderr, reason = "this is where a server speaks to whoever runs it")]
    Arc::new(|line: &str| eprintln!("cabildo: {line}"))
}

pub fn run(args: Args) -> Result<(), Failure> {
    let database = Database::parse(&args.db);
    let _lock = database.lock()?;
    let mut store = database.open()?;
    let ids = store.books().map_err(|error| database.fails(error))?;
    if ids.is_empty() {
        return Err(database.fails("there is no book in it; `cabildo found` begins one"));
    }
    let cosigners: Vec<Vkey> = args
        .cosigner
        .iter()
        .map(|text| {
            Vkey::parse(text).map_err(|reason| Failure::usage(format!("--cosigner {text}: {reason}")))
        })
        .collect::<Result<_, _>>()?;
    let mut notes = Vec::new();
    for path in &args.seen {
        notes.push(Seen::read(path, &ids)?);
    }
    let log = voice();
    let mut couriers = Vec::new();
    let mut served = Vec::new();
    for id in ids {
        let book = BookId(id);
        let clerk = open_clerk(&database, book, &notes, &log)?;
        let clerk = match clerk {
            Ok(mut clerk) => {
                for vkey in &cosigners {
                    clerk
                        .register_cosigner(vkey)
                        .map_err(|error| Failure::usage(format!("--cosigner: {error}")))?;
                    let listed = clerk.cosigners().map_err(|error| database.fails(error))?;
                    if !listed.contains(vkey) {
                        log(&format!(
                            "book {book}: {} has another role there by now and is no cosigner: give it a new key",
                            vkey.name
                        ));
                    }
                }
                let policy = clerk.state().policy().clone();
                let desk = Desk::start(clerk, Box::new(SystemClock::new()), clerk::Limits::default())
                    .map_err(|error| {
                        Failure::usage(format!("the system gives the clerk no thread ({error})"))
                    })?;
                let reader = store.reader().map_err(|error| database.fails(error))?;
                couriers.extend(Courier::start(desk.clone(), reader, book, &policy, Arc::clone(&log)));
                Ok(desk)
            }
            Err(cannot) => {
                log(&format!("book {book}: its clerk does not sign: {cannot}"));
                Err(cannot)
            }
        };
        served.push(Served { book, clerk });
    }
    let limits = args.strangers.limits(args.listen);
    let books: Vec<BookId> = served.iter().map(|served| served.book).collect();
    let config = Config { listen: args.listen, store, books: served, limits, log };
    let ready = |address: SocketAddr| {
        for book in &books {
            say!("http://{address}/book/{book}");
        }
    };
    let done = serve(config, ready, &Stop::on_signals());
    drop(couriers);
    done.map_err(|error| Failure::usage(error.to_string()))
}

/// A checkpoint that somebody has seen, as it was handed over.
struct Seen {
    path: PathBuf,
    bytes: Vec<u8>,
    checkpoint: Checkpoint,
    origin: Origin,
}

impl Seen {
    fn read(path: &Path, books: &[[u8; 32]]) -> Result<Seen, Failure> {
        let bytes = edge::read(path)?;
        let note = Note::parse(&bytes).map_err(|error| Failure::file(path, error))?;
        let checkpoint = Checkpoint::parse_text(&note.text).map_err(|error| Failure::file(path, error))?;
        let origin = checkpoint.book_origin().filter(|origin| books.contains(&origin.book.0));
        let origin = origin
            .ok_or_else(|| Failure::file(path, "it is a checkpoint of none of the books of this database"))?;
        Ok(Seen { path: path.to_owned(), bytes, checkpoint, origin })
    }
}

/// The clerk of a book, unless it may not sign.
fn open_clerk(
    database: &Database,
    book: BookId,
    notes: &[Seen],
    log: &server::Log,
) -> Result<Result<Clerk, clerk::CannotSign>, Failure> {
    let open = |seen: &[book::checkpoint::Checkpoint]| -> Result<_, Failure> {
        Ok(Clerk::open(database.open()?, book, None, database.mark(book), edge::now()?, seen))
    };
    let had_record = database.mark_path(book).exists();
    let clerk = match open(&[])? {
        Ok(clerk) => {
            if let Some(warning) = database.unrecorded(book, had_record, clerk.checkpoint().size) {
                log(&warning);
            }
            clerk
        }
        Err(cannot) => return Ok(Err(cannot)),
    };
    // What others have seen is verified with the key that the book itself names.
    let state = clerk.state();
    let Some(key) = state.clerk().cloned() else { return Ok(Ok(clerk)) };
    let vkey = Vkey { name: state.origin().to_string(), algorithm: Algorithm::Plain, key };
    let (mut seen, silent) = seen_by_cosigners(state.policy(), &vkey, book);
    for name in silent {
        log(&format!(
            "book {book}: {name} does not answer; whether it has seen more than this database is not known"
        ));
    }
    let known: Vec<Vkey> = state.policy().cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
    for note in notes.iter().filter(|note| note.origin.book == book) {
        match note.origin.epoch.cmp(&state.epoch()) {
            // Whose line it bears, only a book with that hand-over knows; whoever starts this server has it from somebody they
            // believe.
            Ordering::Greater => seen.push(note.checkpoint.clone()),
            Ordering::Equal => {
                let signed = SignedCheckpoint::open(&note.bytes, &vkey, &known)
                    .map_err(|error| Failure::file(&note.path, error))?;
                seen.push(signed.checkpoint().clone());
            }
            Ordering::Less => {}
        }
    }
    if seen.is_empty() {
        return Ok(Ok(clerk));
    }
    drop(clerk);
    open(&seen)
}
