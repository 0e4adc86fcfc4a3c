//! A server in a thread.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use book::checkpoint::Checkpoint;
use book::note::Note;
use clerk::Desk;
use server::{Config, Limits, Log, ServeError, Served, Stop, serve};
use store::Store;
use store::memory::Disk;

use crate::client::Client;
use crate::council::Council;

/// A server that ends when this is dropped.
pub struct Running {
    pub address: SocketAddr,
    pub stop: Stop,
    lines: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Running {
    /// Runs what blocks, with a log and a stop.
    pub fn start(
        blocks: impl FnOnce(Log, Box<dyn FnOnce(SocketAddr)>, &Stop) -> Result<(), ServeError> + Send + 'static,
    ) -> Running {
        let (stop, lines) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
        let (ready, is_ready) = channel();
        let thread = {
            let (stop, lines) = (stop.clone(), Arc::clone(&lines));
            std::thread::spawn(move || {
                let log: Log = Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()));
                blocks(log, Box::new(move |address| ready.send(address).unwrap()), &stop)
            })
        };
        let address = is_ready.recv_timeout(Duration::from_secs(20)).unwrap();
        Running { address, stop, lines, thread: Some(thread) }
    }

    /// Serves books whose desks are open.
    pub fn books(store: impl Store + 'static, books: Vec<Served>, limits: Limits) -> Running {
        Running::start(move |log, on_ready, stop| {
            serve(Config { listen: any(), store: Box::new(store), books, limits, log }, on_ready, stop)
        })
    }

    pub fn client(&self) -> Client {
        Client::to(self.address)
    }

    /// What was said to whoever runs the server.
    pub fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> Result<(), ServeError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Any free port.
pub fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A council's book in memory, served.
pub struct Hall {
    pub council: Council,
    pub disk: Disk,
    pub desk: Desk,
    pub server: Running,
}

impl Hall {
    pub fn open(name: &str, witnesses: &[&str], limits: Limits) -> Hall {
        Hall::open_with(name, witnesses, limits, clerk::Limits::default())
    }

    pub fn open_with(name: &str, witnesses: &[&str], limits: Limits, desk: clerk::Limits) -> Hall {
        let (council, disk) = (Council::new(name, witnesses), Disk::new());
        let desk = council.open(disk.open().unwrap(), desk);
        let served = Served { book: council.book, clerk: Ok(desk.clone()) };
        let server = Running::books(disk.open().unwrap(), vec![served], limits);
        Hall { council, disk, desk, server }
    }

    /// Hands remarks in, past HTTP.
    pub fn write(&self, remarks: std::ops::Range<u64>) {
        let (done, all_done) = channel();
        for number in remarks {
            let done = done.clone();
            let submission = clerk::Submission::of(self.council.remark(&format!("remark {number}")));
            self.desk.submit_then(submission, move |answer| done.send(answer.unwrap().number).unwrap());
        }
        drop(done);
        assert!(all_done.iter().all(|number| number > 0));
    }

    pub fn checkpoint(&self) -> Checkpoint {
        checkpoint(&self.desk.published().checkpoint())
    }
}

/// What a checkpoint's note says.
pub fn checkpoint(note: &[u8]) -> Checkpoint {
    Checkpoint::parse_text(&Note::parse(note).unwrap().text).unwrap()
}
