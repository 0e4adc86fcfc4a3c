//! Threads on which the database and the disk are read: the threads that answer requests never wait for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// Why a job has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// Too many wait already.
    Busy,
    /// It broke off.
    Failed,
}

/// So many threads, each with a tool of its own, that take jobs from one bounded queue.
pub(crate) struct Workers<T> {
    jobs: Option<SyncSender<Job<T>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<T: 'static> Workers<T> {
    /// `make` makes the tool, on the thread that uses it; again after a job that panicked.
    pub(crate) fn start(
        name: &str,
        threads: usize,
        waiting: usize,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> std::io::Result<Workers<T>> {
        let (jobs, queue) = sync_channel(waiting);
        let (queue, make) = (Arc::new(Mutex::new(queue)), Arc::new(make));
        let mut workers = Workers { jobs: Some(jobs), threads: Vec::new() };
        for _ in 0..threads.max(1) {
            let (queue, make) = (Arc::clone(&queue), Arc::clone(&make));
            let thread = std::thread::Builder::new().name(name.into()).spawn(move || work(&queue, &*make))?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    /// Has a job done.
    pub(crate) async fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, NotDone> {
        let (answer, answered) = oneshot::channel();
        let job: Job<T> = Box::new(move |tool| {
            let _ = answer.send(job(tool));
        });
        let jobs = self.jobs.as_ref().ok_or(NotDone::Failed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => NotDone::Busy,
            TrySendError::Disconnected(_) => NotDone::Failed,
        })?;
        answered.await.map_err(|_| NotDone::Failed)
    }
}

impl<T> Drop for Workers<T> {
    /// Waits for the jobs in the queue, so that the tools are put away when this is over.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work<T>(queue: &Mutex<Receiver<Job<T>>>, make: &dyn Fn() -> T) {
    let mut tool = make();
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(|| job(&mut tool))).is_err() {
            tool = make();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn wait<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn jobs_are_done_and_a_panic_costs_one_answer() {
        let workers = Workers::start("test", 1, 8, || 0_u32).unwrap();
        assert_eq!(
            wait(workers.ask(|count| {
                *count += 1;
                *count
            })),
            Ok(1)
        );
        assert_eq!(
            wait(workers.ask(|count| {
                *count += 1;
                *count
            })),
            Ok(2)
        );
        assert_eq!(wait(workers.ask(|_| -> u32 { panic!("on purpose") })), Err(NotDone::Failed));
        assert_eq!(
            wait(workers.ask(|count| {
                *count += 1;
                *count
            })),
            Ok(1),
            "a new tool"
        );
    }

    #[test]
    fn a_full_queue_is_busy() {
        let workers = Workers::start("test", 1, 1, || ()).unwrap();
        let gate = Arc::new(Barrier::new(2));
        let (started, running) = std::sync::mpsc::channel();
        wait(async {
            let hold = Arc::clone(&gate);
            let mut first = Box::pin(workers.ask(move |()| {
                started.send(()).unwrap();
                hold.wait();
            }));
            let mut second = Box::pin(workers.ask(|()| ()));
            // Each is handed over by its first poll.
            let waker = std::task::Waker::noop();
            let mut context = std::task::Context::from_waker(waker);
            assert!(first.as_mut().poll(&mut context).is_pending());
            running.recv().unwrap();
            assert!(second.as_mut().poll(&mut context).is_pending());
            assert_eq!(workers.ask(|()| ()).await, Err(NotDone::Busy));
            gate.wait();
            assert_eq!(first.await, Ok(()));
            assert_eq!(second.await, Ok(()));
        });
    }
}
