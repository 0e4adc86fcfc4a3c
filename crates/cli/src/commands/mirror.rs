//! `cabildo mirror`: a copy of a book, checked while it is made, kept up, cosigned, served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args as ClapArgs;
use mirror::source::Source;
use mirror::{
    Copied, CopyError, CosignError, CosignedBook, Cosigner, Event, Mirror, Watch, World, cosign_and_hand_in,
    follow,
};
use rand_core::Rng;
use server::{Limits, MirrorConfig, Stop, serve_mirror};

use crate::books;
use crate::commands::serve::{of_one_address, voice};
use crate::edge;
use crate::failure::Failure;
use crate::keys;
use crate::progress::{Step, Steps};

#[derive(ClapArgs)]
pub struct Args {
    /// The book: its address (URL/book/ID), another mirror's folder, or a bundle
    source: String,
    /// The folder of the copy
    dir: PathBuf,
    /// Which book it must be
    #[arg(long, value_name = "ID")]
    book: Option<String>,
    /// Go on copying what is new until told to stop
    #[arg(long)]
    follow: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "follow")]
    every: u64,
    /// Cosign what was copied with this key, and hand the cosignature in
    #[arg(long, value_name = "KEY")]
    cosign: Option<PathBuf>,
    /// Serve the copy at this address too
    #[arg(long, value_name = "ADDR", requires = "follow")]
    listen: Option<SocketAddr>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "follow")]
    json: bool,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let wanted = args.book.as_deref().map(books::book_id).transpose()?;
    let mut source = Source::open(&args.source).map_err(|error| Failure::usage(error.to_string()))?;
    let wanted = wanted.or_else(|| source.book());
    let cosigner = match &args.cosign {
        Some(path) => {
            let (name, secret) = keys::read_cosigner(path)?;
            Some(Cosigner::new(name, secret).map_err(|error| Failure::file(path, error))?)
        }
        None => None,
    };
    let is_new = !args.dir.exists();
    let mut mirror = Mirror::open(&args.dir, wanted).map_err(|error| fails(&args, &error))?;
    let done = if args.follow {
        run_following(&args, &mut mirror, &mut source, cosigner.as_ref())
    } else {
        run_once(&args, &mut mirror, &mut source, cosigner.as_ref())
    };
    if done.is_err() && is_new && mirror.checkpoint().is_none() {
        drop(mirror);
        tidy(&args.dir);
    }
    done
}

/// Takes away a folder that was made for nothing. One in which anything was kept stays.
fn tidy(folder: &Path) {
    let private = folder.join(".cabildo-mirror");
    let _ = std::fs::remove_dir(private.join("incoming"));
    let names =
        std::fs::read_dir(&private).map(|names| names.flatten().map(|entry| entry.file_name()).collect());
    if names.is_ok_and(|names: Vec<_>| names == ["lock"]) {
        let _ = std::fs::remove_file(private.join("lock"));
        let _ = std::fs::remove_dir(&private);
        let _ = std::fs::remove_dir(folder);
    }
}

fn run_once(
    args: &Args,
    mirror: &mut Mirror,
    source: &mut Source,
    cosigner: Option<&Cosigner>,
) -> Result<(), Failure> {
    let mut steps = Steps::new(args.json);
    let step = steps.begin("mirror", 0);
    let now = edge::now()?;
    let copied = mirror.copy(source, now, &mut Shown(&step)).map_err(|error| fails(args, &error))?;
    step.end();
    let Some(cosigner) = cosigner else {
        show(args, &copied, None, None);
        return Ok(());
    };
    let refused = |error: CosignError| Failure::Refused(format!("{}: {error}", args.source));
    let mut cosigned = mirror.cosign(cosigner, now).map_err(refused)?;
    let mut kept_here = None;
    if let Source::Address(address) = source {
        match cosign_and_hand_in(mirror, cosigner, address, now, &mut ()) {
            Ok(handed_in) => cosigned = handed_in,
            // The copy is cosigned all the same; whether the clerk keeps the line is the clerk's business.
            Err(CosignError::HandIn(why)) => kept_here = Some(why),
            Err(error) => return Err(refused(error)),
        }
    }
    show(args, &copied, Some(&cosigned), kept_here.as_deref());
    Ok(())
}

/// Material that fails ends with 1, what cannot be read with 2.
fn fails(args: &Args, error: &CopyError) -> Failure {
    let about = match error {
        // It names its own folder.
        CopyError::Own(_) => String::new(),
        CopyError::OwnDamaged(_) | CopyError::Halted(_) => format!("{}: ", args.dir.display()),
        _ => format!("{}: ", args.source),
    };
    let line = format!("{about}{error}");
    if error.is_about_material() { Failure::Refused(line) } else { Failure::Usage(line) }
}

fn show(args: &Args, copied: &Copied, cosigned: Option<&CosignedBook>, kept_here: Option<&str>) {
    if args.json {
        let object = serde_json::json!({
            "ok": true,
            "book": copied.book.to_string(),
            "epoch": copied.epoch,
            "before": copied.before,
            "entries": copied.size,
            "final": copied.last,
            "cosigned": cosigned.map(|cosigned| cosigned.size),
            "not_handed_in": kept_here,
        });
        say!("{object}");
        return;
    }
    say!(
        "{}: book {}, {} ({} new)",
        args.dir.display(),
        copied.book,
        edge::entries(copied.size),
        copied.size - copied.common
    );
    if let Some(cosigned) = cosigned {
        let counts = if cosigned.counts { "" } else { "; the book's policy does not ask for this cosigner" };
        say!("cosigned at {}{counts}", edge::entries(cosigned.size));
    }
    if let Some(why) = kept_here {
        say!(
            "The cosignature stands in this copy only, for it was not taken: {}",
            report::printable(why.to_owned())
        );
    }
}

struct Shown<'a, 'b>(&'a Step<'b>);

impl Watch for Shown<'_, '_> {
    fn copied(&mut self, done: u64, total: u64) {
        self.0.doing("copy");
        self.0.of(total);
        self.0.reached(done);
        if done == total {
            self.0.say(&format!(
                "All {} are on this disk after {:.1} s, held to the tree that the clerk signed. Now each is judged.",
                edge::entries(total),
                self.0.elapsed().as_secs_f64()
            ));
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.0.doing("judge");
        self.0.of(total);
        self.0.reached(done);
    }
}

/// The world of a mirror that follows.
struct Following {
    stop: Arc<AtomicBool>,
    rng: rand_chacha::ChaCha20Rng,
    log: server::Log,
    failing: bool,
    serve: Option<(SocketAddr, PathBuf, Stop)>,
    server: Option<std::thread::JoinHandle<()>>,
}

impl Watch for Following {
    fn goes_on(&mut self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }
}

impl World for Following {
    fn now(&mut self) -> Result<u64, String> {
        edge::now().map_err(|_| "the clock stands before 1970".to_owned())
    }

    fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }

    fn wait(&mut self, pause: Duration) -> bool {
        let mut left = pause;
        let slice = Duration::from_millis(100);
        while !left.is_zero() && self.goes_on() {
            std::thread::sleep(slice.min(left));
            left = left.saturating_sub(slice);
        }
        self.goes_on()
    }

    fn heard(&mut self, event: &Event) {
        match event {
            Event::Copied(copied) => {
                if copied.changed || self.failing {
                    (self.log)(&format!(
                        "{} ({} new)",
                        edge::entries(copied.size),
                        copied.size - copied.common
                    ));
                }
                self.failing = false;
                self.begin_to_serve(copied.book);
            }
            Event::Cosigned(cosigned) if cosigned.is_new => {
                (self.log)(&format!("cosigned at {}", edge::entries(cosigned.size)));
            }
            Event::Cosigned(_) => {}
            Event::Failed(error) => {
                if !self.failing {
                    (self.log)(&format!("{error}"));
                }
                self.failing = true;
            }
            Event::NotCosigned(error) => (self.log)(&format!("not cosigned: {error}")),
        }
    }
}

impl Following {
    /// What is copied is served from the first good round on.
    fn begin_to_serve(&mut self, book: book::id::BookId) {
        let Some((listen, folder, stop)) = self.serve.take() else { return };
        let log = Arc::clone(&self.log);
        let asked = Arc::clone(&self.stop);
        self.server = std::thread::Builder::new()
            .name("server".into())
            .spawn(move || {
                let config = MirrorConfig {
                    listen,
                    folders: vec![(book, folder)],
                    limits: Limits {
                        of_one_address: of_one_address(listen),
                        // Nobody posts here, so it only says that a proxy may bring many.
                        behind_proxy: true,
                        ..Limits::default()
                    },
                    log: Arc::clone(&log),
                };
                let ready = |address: SocketAddr| say!("http://{address}/book/{book}");
                if let Err(error) = serve_mirror(config, ready, &stop) {
                    log(&error.to_string());
                    asked.store(true, Ordering::Relaxed);
                }
            })
            .ok();
    }
}

fn run_following(
    args: &Args,
    mirror: &mut Mirror,
    source: &mut Source,
    cosigner: Option<&Cosigner>,
) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let server_stop = Stop::new();
    let (asked, ends) = (Arc::clone(&stop), server_stop.clone());
    ctrlc::set_handler(move || {
        asked.store(true, Ordering::Relaxed);
        ends.stop();
    })
    .map_err(|error| Failure::usage(format!("the system gives no signals ({error})")))?;
    let serve = args.listen.map(|listen| (listen, args.dir.clone(), server_stop.clone()));
    let mut world = Following { stop, rng: edge::rng()?, log: voice(), failing: false, serve, server: None };
    let followed = follow(mirror, source, cosigner, Duration::from_secs(args.every.max(1)), &mut world);
    // Where a person must look, what was copied before is still served until they stop it.
    if let (Err(error), Some(server)) = (&followed, world.server.take()) {
        (world.log)(&format!("{error}; what was copied before is still served"));
        let _ = server.join();
    }
    server_stop.stop();
    if let Some(server) = world.server.take() {
        let _ = server.join();
    }
    followed.map_err(|error| fails(args, &error))
}
