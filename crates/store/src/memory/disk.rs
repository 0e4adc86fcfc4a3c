//! What outlives a connection, and what goes wrong with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Memory;
use super::state::{Change, State};
use crate::StoreError;

/// What a store is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// An append.
    Append,
    /// Any other writing method.
    Write,
    /// A reading method.
    Read,
    /// [`Disk::open`].
    Open,
}

/// One call, as a schedule of faults sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// What is asked.
    pub call: Call,
    /// How many calls of that kind came before it on this disk.
    pub nth: u64,
    /// How many changes are durable.
    pub changes: u64,
}

/// What goes wrong. A fault that does not fit its call is none.
///
/// There is no fault that loses a change *and reports success*: a store that may do so is not durable, and nothing that is
/// built on it could promise a receipt. A disk that lies is met by mirrors, and shows itself as [`Fault::Stale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A writing call: nothing is kept, and an error leaves open whether it was.
    Lost,
    /// A writing call: the change is kept, and the same error is returned.
    Unacknowledged,
    /// A writing call: [`StoreError::Full`], and nothing is kept.
    Full,
    /// A reading call or an opening: it fails, nothing changes.
    Unreadable,
    /// An opening: the disk is as it was this many changes ago, as a restored backup is.
    Stale {
        /// How many changes are gone; at most all of them.
        changes: u64,
    },
}

type Schedule = Box<dyn FnMut(Occasion) -> Option<Fault> + Send>;

/// What is durable, shared by all connections. Cloning gives another handle on the same disk; a restart is dropping a
/// connection and opening another.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    state: State,
    /// Every change that led to `state`, so that an older state can be had again.
    changes: Vec<Change>,
    script: VecDeque<(Call, Fault)>,
    schedule: Option<Schedule>,
    /// How many calls there were, by kind.
    calls: [u64; 4],
}

impl Disk {
    /// An empty disk without faults.
    pub fn new() -> Disk {
        Disk::default()
    }

    /// An empty disk; before each call the schedule is asked what goes wrong. Seeded by the caller, it can be replayed.
    pub fn with_faults(schedule: impl FnMut(Occasion) -> Option<Fault> + Send + 'static) -> Disk {
        let disk = Disk::new();
        disk.lock().schedule = Some(Box::new(schedule));
        disk
    }

    /// Has the next call of this kind fail so; several wait for their turn. These come before the schedule's.
    pub fn fail_next(&self, call: Call, fault: Fault) {
        self.lock().script.push_back((call, fault));
    }

    /// Forgets all faults: from now on the disk works.
    pub fn heal(&self) {
        let mut inner = self.lock();
        inner.script.clear();
        inner.schedule = None;
    }

    /// Connects to it.
    pub fn open(&self) -> Result<Memory, StoreError> {
        let mut inner = self.lock();
        match inner.fault(Call::Open) {
            Some(Fault::Unreadable) => return Err(StoreError::Unavailable("it cannot be opened".into())),
            Some(Fault::Stale { changes }) => {
                let kept = (inner.changes.len() as u64).saturating_sub(changes);
                inner.put_back(kept);
            }
            _ => {}
        }
        Ok(Memory { disk: self.clone(), read_only: false })
    }

    /// How many changes are durable: what a backup taken now would hold.
    pub fn changes(&self) -> u64 {
        self.lock().changes.len() as u64
    }

    /// Puts back the backup of when so many changes were durable; what came later is gone.
    pub fn put_back(&self, changes: u64) {
        self.lock().put_back(changes);
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        let mut inner = self.lock();
        match inner.fault(Call::Read) {
            Some(Fault::Unreadable) => Err(StoreError::Unavailable("it cannot be read".into())),
            _ => Ok(read(&inner.state)),
        }
    }

    pub(super) fn write(&self, change: Change) -> Result<bool, StoreError> {
        let mut inner = self.lock();
        let call = if matches!(change, Change::Append { .. }) { Call::Append } else { Call::Write };
        let fault = inner.fault(call);
        let unknown = || StoreError::Unavailable("no answer to a write".into());
        match fault {
            Some(Fault::Full) => return Err(StoreError::Full),
            Some(Fault::Lost) => return Err(unknown()),
            _ => {}
        }
        let kept = inner.state.apply(&change)?;
        inner.changes.push(change);
        if fault == Some(Fault::Unacknowledged) { Err(unknown()) } else { Ok(kept) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn fault(&mut self, call: Call) -> Option<Fault> {
        let count = &mut self.calls[call as usize];
        let occasion = Occasion { call, nth: *count, changes: self.changes.len() as u64 };
        *count += 1;
        if let Some(at) = self.script.iter().position(|(of, _)| *of == call) {
            return self.script.remove(at).map(|(_, fault)| fault);
        }
        self.schedule.as_mut().and_then(|schedule| schedule(occasion))
    }

    fn put_back(&mut self, changes: u64) {
        self.changes.truncate(usize::try_from(changes).unwrap_or(usize::MAX));
        self.state = State::default();
        for change in &self.changes {
            // Each was accepted from the same state before, so it is now.
            let _ = self.state.apply(change);
        }
    }
}
