//! A council that elects over HTTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clerk::{Clerk, Clock, Desk, PublicView, Submission};
use council::elections::enrolment::Enrolment;
use serde_json::json;
use server::{Config, Limits, Log, Served, Stop, serve};
use store::Books;
use store::sqlite::Sqlite;
use tempfile::TempDir;

use super::authors::{Authors, Mark};
use super::client::{Answer, Client};
use super::hall::ranks;
use super::support::keys;

/// How many are on the roll, and the numbers of those whose phones enrol: the first so many.
pub(crate) const MEMBERS: u32 = 30;
pub(crate) const PHONES: u32 = 24;

/// A clock that is set by hand.
#[derive(Clone)]
struct Hand(Arc<Mutex<u64>>, u64);

impl Clock for Hand {
    fn utc(&mut self) -> u64 {
        *self.0.lock().unwrap()
    }

    fn monotonic(&mut self) -> Duration {
        Duration::from_secs(*self.0.lock().unwrap() - self.1)
    }

    fn wait(&mut self, _: Duration) {}
}

/// The council, its clerk and its server.
pub(crate) struct Town {
    pub(crate) authors: Authors,
    pub(crate) folder: TempDir,
    pub(crate) desk: Desk,
    pub(crate) client: Client,
    lines: Arc<Mutex<Vec<String>>>,
    clock: Arc<Mutex<u64>>,
    address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop.stop();
        self.stop.stop();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What somebody has handed in, in the order in which it came.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// By member.
    pub(crate) enrolments: BTreeMap<u32, Vec<u8>>,
    pub(crate) credentials: BTreeMap<u32, String>,
    /// Hashes in hexadecimal digits, by arrival.
    pub(crate) ballots: Vec<String>,
    /// When something came.
    pub(crate) arrivals: Vec<u64>,
}

impl Town {
    /// The roll is frozen.
    pub(crate) fn frozen() -> Town {
        let authors = Authors::frozen(MEMBERS);
        let folder = tempfile::tempdir().unwrap();
        let mut submissions = authors.submissions(0);
        let (founding, time) = submissions.remove(0);
        let store = Box::new(Sqlite::create(&folder.path().join("cabildo.db")).unwrap());
        let mark = Box::new(Mark::default());
        let (clerk, _) = Clerk::found(store, founding, keys::clerk(0), &[], mark, time).unwrap();
        let clock = Arc::new(Mutex::new(time));
        let hand = Box::new(Hand(Arc::clone(&clock), time));
        let desk = Desk::start(clerk, hand, clerk::Limits::default()).unwrap();
        let (stop, lines) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
        let (ready, is_ready) = channel();
        let config = {
            let lines = Arc::clone(&lines);
            let log: Log = Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()));
            Config {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                store: Box::new(Sqlite::open_reader(&folder.path().join("cabildo.db")).unwrap()),
                books: vec![Served { book: authors.hall.scribe.book(), clerk: Ok(desk.clone()) }],
                limits: Limits { publish: Duration::from_millis(20), ..Limits::default() },
                log,
            }
        };
        let thread = {
            let stop = stop.clone();
            std::thread::spawn(move || serve(config, |address| ready.send(address).unwrap(), &stop).unwrap())
        };
        let address = is_ready.recv_timeout(Duration::from_secs(60)).unwrap();
        let client = Client::to(address);
        let thread = Some(thread);
        let mut town = Town { authors, folder, desk, client, lines, clock, address, stop, thread };
        town.follow();
        town
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("cabildo.db")
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The clock says this, or later.
    pub(crate) fn at(&self, time: u64) {
        let mut clock = self.clock.lock().unwrap();
        *clock = (*clock).max(time);
    }

    pub(crate) fn now(&self) -> u64 {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn route(&self, rest: &str) -> String {
        format!("/book/{}/{rest}", self.authors.hall.scribe.book())
    }

    pub(crate) fn post(&mut self, what: &str, body: &[u8]) -> Answer {
        let route = self.route(&format!("elections/{}/{what}", self.authors.uuid));
        self.client.post(&route, "text/plain; charset=utf-8", body)
    }

    /// Hands in what the authors have written.
    pub(crate) fn follow(&mut self) {
        let size = Sqlite::open_reader(&self.path()).unwrap();
        let mut reader = size;
        let size = reader.head(&self.authors.hall.scribe.book().0).unwrap().unwrap().size;
        for (submission, time) in self.authors.submissions(size) {
            self.at(time);
            let answer = self.client.post(&self.route("entries"), "application/json", &object(&submission));
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }

    /// Waits until the clerk has published, and takes it over.
    pub(crate) fn published(&mut self) {
        let begun = Instant::now();
        while self.adopt() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing was published");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn adopt(&mut self) -> u64 {
        self.authors.adopt(&mut Sqlite::open_reader(&self.path()).unwrap())
    }

    /// A ballot for this candidate before the others.
    pub(crate) fn vote(&mut self, member: u32, choice: usize) -> (String, String) {
        let vote = ranks(&[choice % 3, (choice + 1) % 3]);
        let cast = self.authors.hall.vote(self.authors.id, member, &vote);
        (cast.line(), book::hash::Hash(cast.hash.0).hex())
    }

    pub(crate) fn enrolments(&self) -> Vec<Enrolment> {
        let id = self.authors.id;
        self.desk.with_clerk(move |clerk, _| clerk.enrolments(id).unwrap()).unwrap()
    }

    /// Phones enrol in this order.
    pub(crate) fn enrol(&mut self, order: &[u32], secrets: &mut Secrets) {
        for member in order {
            self.at(self.now() + 37 + u64::from(*member));
            secrets.arrivals.push(self.now());
            let enrolment = self.authors.enrolment(*member, "phone");
            assert_eq!(self.post("enrolments", &enrolment.to_bytes()).status, 200);
            secrets.credentials.insert(*member, enrolment.credential().to_string());
            secrets.enrolments.insert(*member, enrolment.to_bytes());
        }
    }

    /// The scrutineers sign the lists, the box is opened.
    pub(crate) fn open(&mut self) {
        let enrolments = self.enrolments();
        self.authors.list(&enrolments, &[]);
        self.follow();
        self.authors.hall.open(self.authors.id);
        self.follow();
    }

    /// Members vote in this order, each some seconds after the other.
    pub(crate) fn cast(&mut self, order: &[u32], secrets: &mut Secrets) {
        for member in order {
            self.at(self.now() + 53 + u64::from(*member));
            secrets.arrivals.push(self.now());
            let (line, hash) = self.vote(*member, *member as usize);
            let answer = self.post("ballots", line.as_bytes());
            assert_eq!(answer.status, 200, "{}", answer.text());
            secrets.ballots.push(hash);
        }
    }

    /// Until the first moment of the next hour.
    pub(crate) fn next_hour(&self) {
        self.at((self.now() / 3600 + 1) * 3600);
    }

    /// The whole election; phones enrol and members vote in this order.
    pub(crate) fn play(order: &[u32]) -> (Town, Secrets) {
        let (mut town, mut secrets) = (Town::frozen(), Secrets::default());
        town.enrol(order, &mut secrets);
        town.open();
        town.next_hour();
        // The clerk looks once, so that the hour that begins is not its first.
        town.desk.publish_if_due().unwrap();
        let many = &order[..order.len() - 2];
        town.cast(many, &mut secrets);
        town.next_hour();
        town.published();
        // One votes again; the last two only now.
        town.cast(&[5], &mut secrets);
        let late: Vec<u32> = (1..=PHONES).filter(|member| !many.contains(member)).collect();
        town.cast(&late, &mut secrets);
        town.at(town.authors.until());
        town.published();
        town.authors.hall.finish(town.authors.id);
        town.follow();
        (town, secrets)
    }

    /// Everything that the server shows to anybody.
    pub(crate) fn public(&mut self) -> BTreeMap<String, Vec<u8>> {
        let reader: Box<dyn store::Store> = Box::new(Sqlite::open_reader(&self.path()).unwrap());
        let paths = PublicView::at_rest(reader, self.authors.hall.scribe.book()).paths().unwrap();
        let mut files = BTreeMap::new();
        for path in paths {
            let answer = self.client.get(&self.route(&path.to_string()));
            assert_eq!(answer.status, 200);
            files.insert(path.to_string(), answer.body);
        }
        files
    }
}

fn object(submission: &Submission) -> Vec<u8> {
    let blobs: Vec<String> = submission.blobs.iter().map(|blob| STANDARD.encode(blob)).collect();
    let entry = String::from_utf8(submission.note.clone()).unwrap();
    json!({ "entry": entry, "blobs": blobs }).to_string().into_bytes()
}

/// The phones in an order that says nothing.
pub(crate) fn shuffled() -> Vec<u32> {
    let mut order: Vec<u32> = (1..=PHONES).collect();
    order.sort_by_key(|member| book::hash::Hash::of(&member.to_be_bytes()).0);
    order
}

impl Town {
    /// A copy of the database as a crash leaves it.
    pub(crate) fn kept(town: &Town) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for item in std::fs::read_dir(town.folder.path()).unwrap() {
            let path = item.unwrap().path();
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        copy
    }
}
