//! The desk: a thread that owns the clerk, takes what is handed in, and records what waits in batches.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::clerk::Clerk;
use crate::clock::Clock;
use crate::cosign::{CosignError, Cosigned};
use crate::submission::{Declined, Receipt, Submission};
use crate::view::Published;

/// A step backwards of at most so many seconds is waited out; a larger one stops the clerk until the clock is set. Two seconds
/// are more than a time server corrects by a step, and less than anybody waits for.
pub const PATIENCE: u64 = 2;
/// The clock may depart so many seconds from the monotonic one before the clerk asks.
pub const DEPARTURE: u64 = 86_400;
/// While something erased may still stand in the store's files, it is tried so often to wipe it.
const ERASURE_INTERVAL: Duration = Duration::from_secs(5);

/// How much may wait, and how much goes into one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many submissions may wait.
    pub waiting: usize,
    /// So many bytes of them may wait.
    pub waiting_bytes: usize,
    /// A batch has at most so many entries.
    pub batch: usize,
    /// A batch has at most so many bytes, if it has more than one entry.
    pub batch_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { waiting: 16_384, waiting_bytes: 256 << 20, batch: 1024, batch_bytes: 4 << 20 }
    }
}

/// What the desk has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Entries recorded.
    pub entries: u64,
    /// Texts handed in that were in the book already.
    pub repeated: u64,
    /// Batches that were tried.
    pub batches: u64,
    /// Cosignatures kept.
    pub cosignatures: u64,
    /// Ballots published. Of those that come nothing is counted: whoever reads the metrics would see when.
    pub ballots: u64,
    /// What was declined, by the name of the check.
    pub declined: BTreeMap<&'static str, u64>,
    /// How long the last batch took.
    pub last_batch: Duration,
    /// How many submissions wait now.
    pub waiting: usize,
}

/// How the clerk stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How many entries the book has.
    pub size: u64,
    /// When the last was recorded: Unix seconds.
    pub time: u64,
    /// Why the clerk does not sign, and the way on.
    pub stopped: Option<String>,
}

type Answer<T> = Box<dyn FnOnce(T) + Send>;
type Other = Box<dyn FnOnce(&mut Clerk, u64) + Send>;

/// What the clerk is asked for beside recording.
enum Errand {
    /// Keep cosignatures.
    Cosign(Vec<u8>, Answer<Result<Cosigned, CosignError>>),
    /// Take an enrolment.
    Enrol(Vec<u8>, Answer<Result<Vec<u8>, Declined>>),
    /// Take a ballot.
    Cast(String, Answer<Result<Vec<u8>, Declined>>),
    /// Publish ballots where it is due.
    Publish(Answer<Result<u64, Declined>>),
    /// Anything else, with the time as the clock says it.
    Other(Other),
}

/// A submission that waits.
struct Waiting {
    submission: Submission,
    bytes: usize,
    answer: Answer<Result<Receipt, Declined>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    errands: VecDeque<Errand>,
    confirm_clock: bool,
    closing: bool,
    /// The thread is gone.
    closed: bool,
    metrics: Metrics,
    status: Status,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    limits: Limits,
    published: Arc<Published>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.queue().closing = true;
        self.wake.notify_all();
    }
}

/// Closes the desk when the last handle is gone.
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A handle on the desk; a clone is another handle on the same. When the last is gone, what waits is recorded and the thread
/// ends; [`Desk::stop`] waits for that.
#[derive(Clone)]
pub struct Desk {
    handle: Arc<Handle>,
}

impl Desk {
    /// Opens the desk: a thread of its own.
    pub fn start(clerk: Clerk, mut clock: Box<dyn Clock>, limits: Limits) -> io::Result<Desk> {
        let anchor = (clock.utc(), clock.monotonic());
        let status = Status { size: clerk.checkpoint().size, time: clerk.time(), stopped: None };
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue { status, ..Queue::default() }),
            wake: Condvar::new(),
            limits,
            published: clerk.published(),
            thread: Mutex::new(None),
        });
        let own = Arc::clone(&shared);
        let thread = Builder::new().name("clerk".into()).spawn(move || {
            // Whatever ends the thread: nobody waits for it any more.
            let farewell = Farewell(Arc::clone(&own));
            Worker { clerk, clock, shared: own, anchor, batch_next: false }.run();
            drop(farewell);
        })?;
        *shared.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Desk { handle: Arc::new(Handle(shared)) })
    }

    fn shared(&self) -> &Shared {
        &self.handle.0
    }

    /// Hands a submission in and waits for the answer.
    pub fn submit(&self, submission: Submission) -> Result<Receipt, Declined> {
        let (sender, receiver) = mpsc::channel();
        self.submit_then(submission, move |answer| {
            let _ = sender.send(answer);
        });
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Hands a submission in; `answer` is called once, on the clerk's thread, so it should be brief: or, where the submission
    /// is declined at once because too much waits, on this one.
    pub fn submit_then(
        &self,
        submission: Submission,
        answer: impl FnOnce(Result<Receipt, Declined>) + Send + 'static,
    ) {
        let bytes = submission.bytes();
        let shared = self.shared();
        let mut queue = shared.queue();
        let declined = if queue.closing || queue.closed {
            Some(gone())
        } else if queue.waiting.len() >= shared.limits.waiting
            || queue.bytes.saturating_add(bytes) > shared.limits.waiting_bytes
        {
            Some(Declined::Busy)
        } else {
            None
        };
        if let Some(declined) = declined {
            *queue.metrics.declined.entry(declined.check()).or_default() += 1;
            drop(queue);
            answer(Err(declined));
            return;
        }
        queue.bytes += bytes;
        queue.waiting.push_back(Waiting { submission, bytes, answer: Box::new(answer) });
        drop(queue);
        shared.wake.notify_one();
    }

    /// Hands cosignatures in and waits for the answer: see [`Clerk::add_cosignatures`].
    pub fn cosign(&self, bytes: Vec<u8>) -> Result<Cosigned, CosignError> {
        let (sender, receiver) = mpsc::channel();
        self.cosign_then(bytes, move |answer| {
            let _ = sender.send(answer);
        });
        receiver.recv().unwrap_or_else(|_| Err(CosignError::Stopped(gone().to_string())))
    }

    /// Hands cosignatures in; `answer` is called once, on the clerk's thread, or, where the desk is closed, on this one.
    pub fn cosign_then(
        &self,
        bytes: Vec<u8>,
        answer: impl FnOnce(Result<Cosigned, CosignError>) + Send + 'static,
    ) {
        if let Some(Errand::Cosign(_, answer)) = self.leave(Errand::Cosign(bytes, Box::new(answer))) {
            answer(Err(CosignError::Stopped(gone().to_string())));
        }
    }

    /// Hands an enrolment in and waits for the clerk's receipt: see [`Clerk::enrol`].
    pub fn enrol(&self, note: Vec<u8>) -> Result<Vec<u8>, Declined> {
        let (sender, receiver) = mpsc::channel();
        self.enrol_then(note, move |answer| {
            let _ = sender.send(answer);
        });
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Hands an enrolment in; `answer` is called once, on the clerk's thread, or, where it is declined at once, on this one.
    pub fn enrol_then(&self, note: Vec<u8>, answer: impl FnOnce(Result<Vec<u8>, Declined>) + Send + 'static) {
        if let Some(Errand::Enrol(_, answer)) = self.leave(Errand::Enrol(note, Box::new(answer))) {
            answer(Err(self.not_now()));
        }
    }

    /// Hands a ballot in and waits for the clerk's receipt: see [`Clerk::cast`].
    pub fn cast(&self, line: String) -> Result<Vec<u8>, Declined> {
        let (sender, receiver) = mpsc::channel();
        self.cast_then(line, move |answer| {
            let _ = sender.send(answer);
        });
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Hands a ballot in; `answer` is called once, on the clerk's thread, or, where it is declined at once, on this one.
    pub fn cast_then(&self, line: String, answer: impl FnOnce(Result<Vec<u8>, Declined>) + Send + 'static) {
        if let Some(Errand::Cast(_, answer)) = self.leave(Errand::Cast(line, Box::new(answer))) {
            answer(Err(self.not_now()));
        }
    }

    /// Has the clerk publish ballots where it is due, and waits: see [`Clerk::publish_if_due`].
    pub fn publish_if_due(&self) -> Result<u64, Declined> {
        let (sender, receiver) = mpsc::channel();
        let answer = move |answer| {
            let _ = sender.send(answer);
        };
        if let Some(Errand::Publish(answer)) = self.leave(Errand::Publish(Box::new(answer))) {
            answer(Err(self.not_now()));
        }
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Why an errand came back.
    fn not_now(&self) -> Declined {
        let queue = self.shared().queue();
        if queue.closing || queue.closed { gone() } else { Declined::Busy }
    }

    /// Has the clerk do something between two batches, such as registering a cosigner, and waits for it. `None` where the desk
    /// is closed, or the errand panics. The second argument is what the clock says, in Unix seconds, right or wrong.
    pub fn with_clerk<T: Send + 'static>(
        &self,
        errand: impl FnOnce(&mut Clerk, u64) -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = mpsc::channel();
        let declined = self.leave(Errand::Other(Box::new(move |clerk, now| {
            let _ = sender.send(errand(clerk, now));
        })));
        drop(declined);
        receiver.recv().ok()
    }

    /// Leaves an errand; where the desk is closed, or too many wait, it comes back.
    fn leave(&self, errand: Errand) -> Option<Errand> {
        let shared = self.shared();
        let mut queue = shared.queue();
        if queue.closing || queue.closed || queue.errands.len() >= shared.limits.waiting {
            return Some(errand);
        }
        queue.errands.push_back(errand);
        drop(queue);
        shared.wake.notify_one();
        None
    }

    /// The operator's word that the clock is right although it departed from the monotonic one: the clerk goes on.
    pub fn confirm_clock(&self) {
        self.shared().queue().confirm_clock = true;
        self.shared().wake.notify_one();
    }

    /// What the desk has done so far.
    pub fn metrics(&self) -> Metrics {
        let queue = self.shared().queue();
        Metrics { waiting: queue.waiting.len(), ..queue.metrics.clone() }
    }

    /// How the clerk stands.
    pub fn status(&self) -> Status {
        self.shared().queue().status.clone()
    }

    /// What readers see: see [`PublicView::running`](crate::PublicView::running).
    pub fn published(&self) -> Arc<Published> {
        Arc::clone(&self.shared().published)
    }

    /// Takes nothing more in, records what waits, keeps a snapshot, and returns when the thread has ended. On the clerk's own
    /// thread (from an answer) it only closes the desk.
    pub fn stop(&self) {
        let shared = self.shared();
        shared.close();
        let thread = shared.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn gone() -> Declined {
    Declined::Stopped("the clerk is closed: start it, then hand the same text in again".into())
}

/// Marks the desk as closed when its thread ends, and lets those who still wait know: their answers are dropped or called.
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.closed = true;
        queue.closing = true;
        queue.status.stopped.get_or_insert_with(|| gone().to_string());
        let waiting = std::mem::take(&mut queue.waiting);
        let errands = std::mem::take(&mut queue.errands);
        queue.bytes = 0;
        drop(queue);
        for errand in errands {
            match errand {
                Errand::Cosign(_, answer) => call(answer, Err(CosignError::Stopped(gone().to_string()))),
                Errand::Enrol(_, answer) | Errand::Cast(_, answer) => call(answer, Err(gone())),
                Errand::Publish(answer) => call(answer, Err(gone())),
                Errand::Other(_) => {}
            }
        }
        for waiting in waiting {
            call(waiting.answer, Err(gone()));
        }
    }
}

/// Calls an answer; one that panics harms nobody else.
fn call<T>(answer: Answer<T>, value: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| answer(value)));
}

/// The thread's side.
struct Worker {
    clerk: Clerk,
    clock: Box<dyn Clock>,
    shared: Arc<Shared>,
    /// UTC and the monotonic clock at the same moment.
    anchor: (u64, Duration),
    /// Whose turn it is where both wait.
    batch_next: bool,
}

/// What is to be done next.
enum Task {
    Batch(Vec<Waiting>),
    Errand(Errand),
    Wipe,
    End,
}

impl Worker {
    fn run(mut self) {
        loop {
            match self.next() {
                Task::Batch(waiting) => self.batch(waiting),
                Task::Errand(errand) => self.errand(errand),
                Task::Wipe => {
                    let _ = self.clerk.store().finish_erasures();
                }
                Task::End => break,
            }
        }
        let now = self.clock.utc();
        // A snapshot that cannot be kept costs the next start a replay, nothing else.
        let _ = self.clerk.snapshot(now);
    }

    /// Waits until there is something to do.
    fn next(&mut self) -> Task {
        let pending = self.clerk.store().erasures_pending().unwrap_or(false);
        let mut queue = self.shared.queue();
        loop {
            if std::mem::take(&mut queue.confirm_clock) {
                self.anchor = (self.clock.utc(), self.clock.monotonic());
            }
            // In turn, so that neither keeps the other from its turn.
            self.batch_next = !self.batch_next;
            if !queue.waiting.is_empty() && (self.batch_next || queue.errands.is_empty()) {
                return Task::Batch(take_batch(&mut queue, &self.shared.limits));
            }
            if let Some(errand) = queue.errands.pop_front() {
                return Task::Errand(errand);
            }
            if queue.closing {
                return Task::End;
            }
            let wake = &self.shared.wake;
            if !pending {
                queue = wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, waited) =
                wake.wait_timeout(queue, ERASURE_INTERVAL).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if waited.timed_out() {
                return Task::Wipe;
            }
        }
    }

    fn errand(&mut self, errand: Errand) {
        match errand {
            Errand::Cosign(bytes, answer) => {
                let kept = match self.now() {
                    Ok(now) => self.clerk.add_cosignatures(&bytes, now),
                    Err(why) => Err(CosignError::Stopped(why)),
                };
                if let Ok(cosigned) = &kept {
                    self.shared.queue().metrics.cosignatures += cosigned.kept.len() as u64;
                }
                call(answer, kept);
            }
            Errand::Enrol(note, answer) => {
                let taken = self.now().map_err(Declined::Stopped);
                let taken = taken.and_then(|now| self.clerk.enrol(&note, now));
                self.count(taken.as_ref().err());
                call(answer, taken);
            }
            Errand::Cast(line, answer) => {
                let taken = self.now().map_err(Declined::Stopped);
                let taken = taken.and_then(|now| self.clerk.cast(&line, now));
                self.count(taken.as_ref().err());
                call(answer, taken);
            }
            Errand::Publish(answer) => {
                let published = self.now().map_err(Declined::Stopped);
                let published = published.and_then(|now| self.clerk.publish_if_due(now));
                let mut queue = self.shared.queue();
                queue.metrics.ballots += published.as_ref().map_or(0, |ballots| *ballots);
                if published.is_err() || published.as_ref().is_ok_and(|ballots| *ballots > 0) {
                    let stopped = self.clerk.stopped().map(str::to_owned);
                    queue.status =
                        Status { size: self.clerk.checkpoint().size, time: self.clerk.time(), stopped };
                }
                drop(queue);
                self.count(published.as_ref().err());
                call(answer, published);
            }
            Errand::Other(errand) => {
                let (clerk, now) = (&mut self.clerk, self.clock.utc());
                let _ = catch_unwind(AssertUnwindSafe(|| errand(clerk, now)));
            }
        }
    }

    fn batch(&mut self, waiting: Vec<Waiting>) {
        let (submissions, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|waiting| (waiting.submission, waiting.answer)).unzip();
        let started = self.clock.monotonic();
        let results = match self.now() {
            Ok(now) => self.clerk.record(&submissions, now),
            Err(why) => submissions.iter().map(|_| Err(Declined::Stopped(why.clone()))).collect(),
        };
        let took = self.clock.monotonic().saturating_sub(started);
        self.report(&results, took);
        for (answer, result) in answers.into_iter().zip(results) {
            call(answer, result);
        }
    }

    /// The time, if the clock can be believed. A small step backwards is waited out.
    fn now(&mut self) -> Result<u64, String> {
        let (utc, monotonic) = self.anchor;
        let passed = self.clock.monotonic().saturating_sub(monotonic).as_secs();
        let (mut now, expected) = (self.clock.utc(), utc.saturating_add(passed));
        let last = self.clerk.time();
        if (1..=PATIENCE).contains(&last.saturating_sub(now)) {
            self.clock.wait(Duration::from_secs(last - now));
            now = self.clock.utc();
        }
        let apart = now.abs_diff(expected);
        if apart > DEPARTURE {
            let (hours, way) = (apart / 3600, if now > expected { "forward" } else { "back" });
            return Err(format!(
                "this machine's clock went {way} by {hours} hours while the clerk was running: set it, or confirm that it is right \
                 now"
            ));
        }
        Ok(now)
    }

    /// Counts what was declined.
    fn count(&self, declined: Option<&Declined>) {
        let Some(declined) = declined else { return };
        let mut queue = self.shared.queue();
        *queue.metrics.declined.entry(declined.check()).or_default() += 1;
        if matches!(declined, Declined::Stopped(_) | Declined::Store(_)) {
            queue.status.stopped.get_or_insert_with(|| declined.to_string());
        }
    }

    /// Counts, and says how the clerk stands.
    fn report(&mut self, results: &[Result<Receipt, Declined>], took: Duration) {
        let mut queue = self.shared.queue();
        let stopped = self.clerk.stopped().map(str::to_owned);
        queue.status = Status { size: self.clerk.checkpoint().size, time: self.clerk.time(), stopped };
        queue.metrics.batches += 1;
        queue.metrics.last_batch = took;
        for result in results {
            match result {
                Ok(receipt) if receipt.repeated => queue.metrics.repeated += 1,
                Ok(_) => queue.metrics.entries += 1,
                Err(declined) => {
                    *queue.metrics.declined.entry(declined.check()).or_default() += 1;
                    if matches!(declined, Declined::Stopped(_) | Declined::Store(_)) {
                        queue.status.stopped.get_or_insert_with(|| declined.to_string());
                    }
                }
            }
        }
    }
}

/// Takes from the queue what goes into one batch: at least one submission.
fn take_batch(queue: &mut Queue, limits: &Limits) -> Vec<Waiting> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while let Some(next) = queue.waiting.front() {
        if !batch.is_empty() && (batch.len() >= limits.batch || bytes + next.bytes > limits.batch_bytes) {
            break;
        }
        bytes += next.bytes;
        queue.bytes -= next.bytes;
        batch.extend(queue.waiting.pop_front());
    }
    batch
}
