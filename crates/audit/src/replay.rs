//! The fold over a book's entries, with every signature verified.

use std::cell::RefCell;
use std::collections::BTreeMap;

use book::hash::Hash;
use book::id::BookId;
use book::key::PublicKey;
use council::{Beside, Effect, Effects, Examined, Refusal, State, Stop, Verdict, apply, kinds};
use report::Report;

/// Whether public blobs are at hand. Asked only for those of entries that would take effect.
pub trait Blobs {
    /// Whether the blob of this SHA-256 is there, of this size, and has that hash.
    fn has(&mut self, hash: &Hash, size: u64) -> bool;

    /// Its bytes. Asked for elections' material.
    fn read(&mut self, hash: &Hash, size: u64) -> Option<Vec<u8>>;

    /// 32 fresh random bytes, for the weights of batched verification.
    fn fresh(&mut self) -> [u8; 32];
}

/// Only whether blobs are there: for books without elections.
impl<F: FnMut(&Hash, u64) -> bool> Blobs for F {
    fn has(&mut self, hash: &Hash, size: u64) -> bool {
        self(hash, size)
    }

    fn read(&mut self, _hash: &Hash, _size: u64) -> Option<Vec<u8>> {
        None
    }

    fn fresh(&mut self) -> [u8; 32] {
        [0; 32]
    }
}

/// The same as the rules ask for it.
struct Reading<'a>(RefCell<&'a mut dyn Blobs>);

impl Beside for Reading<'_> {
    fn has(&self, hash: &Hash, size: u64) -> bool {
        self.0.borrow_mut().has(hash, size)
    }

    fn blob(&self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        self.0.borrow_mut().read(hash, size)
    }

    fn fresh(&self) -> [u8; 32] {
        self.0.borrow_mut().fresh()
    }
}

/// Where the replay stopped: this entry cannot be judged here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The entry's number.
    pub entry: u64,
    /// Why.
    pub stop: Stop,
}

/// An entry that is void, and in whose epoch it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// The entry's number.
    pub entry: u64,
    /// The epoch.
    pub epoch: u32,
    /// Why.
    pub refusal: Refusal,
}

/// A hand-over that the entries tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The epoch that began.
    pub epoch: u32,
    /// The number of the entry, which is how many entries were carried over.
    pub entry: u64,
    /// When it was recorded: Unix seconds.
    pub time: u64,
}

/// At most this many void entries are kept word by word.
const VOIDS_KEPT: usize = 1000;

/// A replay under way.
pub struct Replay {
    state: State,
    applied: u64,
    lines: u64,
    blobs: u64,
    latest: u64,
    special: [u64; 3],
    /// Entries that took effect, by the check that their kind has of its own.
    of_check: BTreeMap<&'static str, u64>,
    voids: Vec<Void>,
    voids_of: Vec<(u32, u64)>,
    successions: Vec<Succession>,
}

impl Replay {
    /// Before the first entry of this book.
    pub fn new(book: BookId) -> Replay {
        Replay::from_state(State::before(book))
    }

    /// From a state that was reached before.
    pub fn from_state(state: State) -> Replay {
        Replay {
            state,
            applied: 0,
            lines: 0,
            blobs: 0,
            latest: 0,
            special: [0; 3],
            of_check: BTreeMap::new(),
            voids: Vec::new(),
            voids_of: Vec::new(),
            successions: Vec::new(),
        }
    }

    /// The state so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The state so far.
    pub fn into_state(self) -> State {
        self.state
    }

    /// The void entries met, the first thousand of them.
    pub fn voids(&self) -> &[Void] {
        &self.voids
    }

    /// The hand-overs met.
    pub fn successions(&self) -> &[Succession] {
        &self.successions
    }

    /// The latest time of an entry that took effect: Unix seconds.
    pub fn latest(&self) -> u64 {
        self.latest
    }

    /// Reads the next entries, in order: their exact bytes. `taken` is called with each entry's leaf and the state after
    /// it. Where one cannot be judged the replay stands before it.
    pub fn push(
        &mut self,
        entries: &[&[u8]],
        blobs: &mut dyn Blobs,
        mut taken: impl FnMut(Hash, &State),
    ) -> Result<(), Stopped> {
        let keys = self.state.keys();
        for examined in examine(entries, &keys) {
            self.take(&examined, blobs)?;
            taken(examined.leaf(), &self.state);
        }
        Ok(())
    }

    fn take(&mut self, examined: &Examined, blobs: &mut dyn Blobs) -> Result<(), Stopped> {
        let entry = self.state.size();
        let epoch = self.state.epoch();
        let verdict = apply(&mut self.state, examined, &Reading(RefCell::new(blobs)));
        match verdict.map_err(|stop| Stopped { entry, stop })? {
            Verdict::Applied(effects) => {
                self.applied += 1;
                self.lines += examined.entry().map_or(0, |entry| entry.signers().len() as u64);
                self.latest = self.latest.max(self.state.time());
                self.count(&effects, entry);
                for check in examined.entry().map_or(&[][..], |entry| kinds::checks(&entry.text().kind)) {
                    *self.of_check.entry(check).or_default() += 1;
                }
            }
            Verdict::Void(refusal) => {
                match self.voids_of.last_mut() {
                    Some((last, count)) if *last == epoch => *count += 1,
                    _ => self.voids_of.push((epoch, 1)),
                }
                if self.voids.len() < VOIDS_KEPT {
                    self.voids.push(Void { entry, epoch, refusal });
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, effects: &Effects, entry: u64) {
        for effect in &effects.0 {
            match effect {
                Effect::Blob { .. } => self.blobs += 1,
                Effect::Admitted { .. } => self.special[0] += 1,
                Effect::EraseBody { .. } => self.special[1] += 1,
                Effect::NewClerk { epoch } => {
                    self.special[2] += 1;
                    self.successions.push(Succession { epoch: *epoch, entry, time: self.state.time() });
                }
                // What the rules refuse is what has a check of its own.
                _ => {}
            }
        }
    }

    /// What was checked, and what is void. Void entries of the clerk in office fail their check; those of a clerk who has
    /// been succeeded stand as evidence, and the council has answered: they are noted.
    pub fn report(&self) -> Report {
        let mut report = Report::new();
        if self.state.rules() > 0 {
            report.passed("founding", 1);
        }
        for (name, _) in council::CHECKS.iter().chain(council::RULE_CHECKS) {
            match *name {
                "founding" => {}
                "entry-signature" => report.passed(name, self.lines),
                "admission" => passed_if_any(&mut report, name, self.special[0]),
                "erasure" => passed_if_any(&mut report, name, self.special[1]),
                "succession" => passed_if_any(&mut report, name, self.special[2]),
                // Members act under these since rules version 2.
                "standing" if self.state.council().is_none() => {}
                // Of few kinds: it covers the entries of those.
                own if kinds::names().any(|kind| kinds::checks(kind).contains(&own)) => {
                    passed_if_any(&mut report, name, self.of_check.get(name).copied().unwrap_or(0));
                }
                _ => report.passed(name, self.applied),
            }
        }
        let now = self.state.epoch();
        let mut said = 0;
        for void in self.voids.iter().filter(|void| void.epoch == now) {
            said += 1;
            let Refusal { check, object, reason, .. } = &void.refusal;
            report.failed_entry(check, void.entry, object.clone(), reason.clone());
        }
        let of_now: u64 =
            self.voids_of.iter().filter(|(epoch, _)| *epoch == now).map(|(_, count)| count).sum();
        for _ in said..of_now {
            report.failed(
                "entry-form",
                None,
                "a further entry",
                "it is void; only the first thousand are worded",
            );
        }
        let former: Vec<String> = self
            .voids_of
            .iter()
            .filter(|(epoch, _)| *epoch != now)
            .map(|(epoch, count)| format!("{count} entries that the clerk of epoch {epoch} recorded"))
            .collect();
        if !former.is_empty() {
            let note = format!("{} are void and stand as evidence", former.join(", "));
            report.noted("void-of-former-clerks", note);
        }
        if self.blobs > 0 {
            report.passed("blobs", self.blobs);
        }
        report
    }

    /// The clerk's key of an epoch.
    pub fn clerk_of(&self, epoch: u32) -> Option<&PublicKey> {
        if epoch == self.state.epoch() {
            return self.state.clerk();
        }
        self.state.retired_clerks().get(epoch as usize)
    }
}

fn passed_if_any(report: &mut Report, name: &'static str, count: u64) {
    if count > 0 {
        report.passed(name, count);
    }
}

#[cfg(feature = "rayon")]
fn examine(entries: &[&[u8]], keys: &council::KeyRing) -> Vec<Examined> {
    use rayon::prelude::*;
    entries.par_iter().with_min_len(16).map(|bytes| Examined::new(bytes, keys)).collect()
}

#[cfg(not(feature = "rayon"))]
fn examine(entries: &[&[u8]], keys: &council::KeyRing) -> Vec<Examined> {
    entries.iter().map(|bytes| Examined::new(bytes, keys)).collect()
}
