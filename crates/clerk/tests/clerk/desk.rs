//! Many hands at one desk.

use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use clerk::{Clerk, Clock, CosignError, Declined, Desk, Limits, Submission};
use store::memory::{Call, Disk, Fault};
use store::{Snapshots, Store};

use crate::common::{Council, HandClock, Mark, START, Stranger, after, mirror};

fn founded(council: &Council, disk: &Disk, mark: &Mark) -> Clerk {
    let (founding, key) = (council.founding.clone(), council.clerk(0));
    Clerk::found(Box::new(disk.open().unwrap()), founding, key, &[], mark.boxed(), START).unwrap().0
}

/// A clock at which the desk can be held: reading the time waits until the gate is open.
#[derive(Clone)]
struct Gate {
    clock: HandClock,
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    fn new() -> Gate {
        Gate { clock: HandClock::at(START), open: Arc::new((Mutex::new(true), Condvar::new())) }
    }

    fn set(&self, open: bool) {
        *self.open.0.lock().unwrap() = open;
        self.open.1.notify_all();
    }
}

impl Clock for Gate {
    fn utc(&mut self) -> u64 {
        let open = self.open.0.lock().unwrap();
        drop(self.open.1.wait_while(open, |open| !*open).unwrap());
        self.clock.utc()
    }

    fn monotonic(&mut self) -> Duration {
        self.clock.monotonic()
    }

    fn wait(&mut self, time: Duration) {
        self.clock.wait(time);
    }
}

#[test]
fn all_are_answered_and_batches_are_shared() {
    let (council, disk, mark) = (Council::new("desk", &[]), Disk::new(), Mark::default());
    let clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let gate = Gate::new();
    let desk =
        Desk::start(clerk, Box::new(gate.clone()), Limits { batch: 100, ..Limits::default() }).unwrap();
    gate.set(false);
    let (sender, receiver) = mpsc::channel();
    for n in 0..350 {
        let sender = sender.clone();
        // Fifty come twice, fifty are refused.
        let submission = match n {
            300.. => Submission::of(b"no entry".to_vec()),
            _ => council.remark(seen, 1 + n % 3, &format!("{}", n % 250)),
        };
        desk.submit_then(submission, move |answer| sender.send((n, answer)).unwrap());
    }
    gate.set(true);
    drop(sender);
    let answers: Vec<_> = receiver.iter().collect();
    assert_eq!(answers.len(), 350);
    let metrics = desk.metrics();
    assert_eq!((metrics.entries, metrics.waiting), (300, 0));
    assert_eq!(metrics.declined.get("entry-form"), Some(&50));
    // The first batch may have been taken with a few in it.
    assert!((4..=6).contains(&metrics.batches), "{metrics:?}");
    let mut stranger = Stranger::new(council.book);
    stranger.read(&mut mirror(disk.open().unwrap().reader().unwrap(), council.book)).unwrap();
    answers.iter().for_each(|(_, answer)| {
        answer.iter().for_each(|receipt| stranger.holds(receipt).unwrap());
    });
    assert_eq!(desk.status().size, stranger.size());
    desk.stop();
    // A graceful end leaves a snapshot of everything.
    let snapshot = disk.open().unwrap().newest_snapshot(&council.book.0).unwrap().unwrap();
    assert_eq!(snapshot.size, stranger.size());
}

#[test]
fn a_full_desk_says_so() {
    let (council, disk, mark) = (Council::new("busy", &[]), Disk::new(), Mark::default());
    let clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let gate = Gate::new();
    let limits = Limits { waiting: 3, waiting_bytes: 5000, ..Limits::default() };
    let desk = Desk::start(clerk, Box::new(gate.clone()), limits).unwrap();
    gate.set(false);
    let (sender, receiver) = mpsc::channel();
    let submit = |text: String| {
        let sender = sender.clone();
        desk.submit_then(council.remark(seen, 1, &text), move |answer| sender.send(answer).unwrap());
    };
    submit("the first is taken".into());
    while desk.metrics().waiting > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    (0..3).for_each(|n| submit(format!("waits {n}")));
    submit("one too many".into());
    assert_eq!(receiver.recv().unwrap(), Err(Declined::Busy));
    submit("x".repeat(6000));
    assert_eq!(receiver.recv().unwrap(), Err(Declined::Busy));
    gate.set(true);
    for _ in 0..4 {
        assert!(receiver.recv().unwrap().is_ok());
    }
    assert_eq!(desk.metrics().declined.get("busy"), Some(&2));
}

#[test]
fn an_answer_that_panics_harms_nobody_else() {
    let (council, disk, mark) = (Council::new("panics", &[]), Disk::new(), Mark::default());
    let clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let desk = Desk::start(clerk, Box::new(HandClock::at(START)), Limits::default()).unwrap();
    desk.submit_then(council.remark(seen, 1, "one"), |_| panic!("the caller's own fault"));
    assert!(desk.submit(council.remark(seen, 1, "two")).is_ok());
    assert_eq!(desk.with_clerk(|_, _| -> u64 { panic!("again") }), None);
    assert_eq!(desk.with_clerk(|clerk, _| clerk.checkpoint().size), Some(3));
}

#[test]
fn a_store_that_fails_is_read_again() {
    let (council, disk, mark) = (Council::new("doubt", &[]), Disk::new(), Mark::default());
    let clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let desk = Desk::start(clerk, Box::new(HandClock::at(START)), Limits::default()).unwrap();
    for (n, fault) in [Fault::Lost, Fault::Unacknowledged, Fault::Full].into_iter().enumerate() {
        let submission = council.remark(seen, 1, &format!("{fault:?}"));
        disk.fail_next(Call::Append, fault);
        let declined = desk.submit(submission.clone()).unwrap_err();
        assert_eq!(declined.check(), "store");
        assert!(declined.to_string().contains("again"), "{declined}");
        let receipt = desk.submit(submission).unwrap();
        // Kept unnoticed, it is the same entry; lost, it is recorded now.
        assert_eq!((receipt.number, receipt.repeated), (1 + n as u64, fault == Fault::Unacknowledged));
    }
    // The record of the largest checkpoint fails: no receipt, and then the same one.
    let submission = council.remark(seen, 1, "mark");
    mark.fail_next(false);
    assert_eq!(desk.submit(submission.clone()).unwrap_err().check(), "stopped");
    assert!(desk.status().stopped.is_some());
    assert_eq!(desk.published().size(), 4);
    let receipt = desk.submit(submission).unwrap();
    assert_eq!((receipt.number, receipt.repeated), (4, true));
    assert_eq!(desk.status().stopped, None);
    assert_eq!(desk.published().size(), 5);
}

#[test]
fn a_closed_desk_answers() {
    let (council, disk, mark) = (Council::new("closed", &[]), Disk::new(), Mark::default());
    let clerk = founded(&council, &disk, &mark);
    let seen = after(&clerk.checkpoint());
    let gate = Gate::new();
    let desk = Desk::start(clerk, Box::new(gate.clone()), Limits::default()).unwrap();
    gate.set(false);
    let (sender, receiver) = mpsc::channel();
    for n in 0..5 {
        let sender = sender.clone();
        desk.submit_then(council.remark(seen, 1, &n.to_string()), move |answer| sender.send(answer).unwrap());
    }
    let last = desk.clone();
    drop(desk);
    let stopping = thread::spawn(move || {
        last.stop();
        last
    });
    thread::sleep(Duration::from_millis(20));
    gate.set(true);
    let last = stopping.join().unwrap();
    // What waited was recorded; what comes now is declined.
    assert!((0..5).all(|_| receiver.recv().unwrap().is_ok()));
    assert!(matches!(last.submit(council.remark(seen, 1, "late")), Err(Declined::Stopped(_))));
    assert!(matches!(last.cosign(b"late".to_vec()), Err(CosignError::Stopped(_))));
    assert_eq!(last.with_clerk(|_, _| ()), None);
    last.stop();
}
