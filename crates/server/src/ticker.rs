//! A thread that has the clerks look, every now and then, whether ballots are to be published.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};

use clerk::{Declined, Desk};

use crate::door::Door;

/// The thread, until it is stopped.
pub(crate) struct Ticker {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Ticker {
    pub(crate) fn start(desks: Vec<Desk>, door: &Arc<Door>) -> io::Result<Ticker> {
        let (stop, stopped) = channel();
        let door = Arc::clone(door);
        let thread = Builder::new().name("ticker".into()).spawn(move || {
            while stopped.recv_timeout(door.limits.publish) == Err(RecvTimeoutError::Timeout) {
                for desk in &desks {
                    match desk.publish_if_due() {
                        Ok(_) | Err(Declined::Busy) => {}
                        // Whatever the rules say of a ballot is not for the log.
                        Err(Declined::Refused(refusal)) => {
                            door.log(&format!("ballots that wait cannot be published ({})", refusal.check));
                        }
                        Err(declined) => door.log(&declined.to_string()),
                    }
                }
            }
        })?;
        Ok(Ticker { stop, thread })
    }

    pub(crate) fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}
