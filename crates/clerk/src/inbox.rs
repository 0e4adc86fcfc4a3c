//! What members hand in privately: enrolments for the scrutineers, and ballots until they are published.
//!
//! Both lie in the store's inbox, without a time, and under keys that say nothing of the order in which they came: an enrolment
//! under its member's number, a ballot under its hash. A receipt is given once a thing is durable there. Enrolments are erased
//! with the entry that lists the credentials; ballots leave the inbox with the entry that publishes them, each in the same
//! transaction.
//!
//! # When ballots are published
//!
//! What is decided is decided at the first look after a full hour of the clock, never when a ballot comes. If at least
//! [`LEAST`] wait then, they are published, as one batch in the order of their hashes; if fewer wait, they wait for the next
//! full hour, and are published then however many they are. Once the box's time is over everything is published, and nothing
//! ends a vote before that: the clerk publishes what waits before it records such an entry.
//!
//! Of one credential a batch has one ballot. Who votes again before the first ballot is published replaces one that waits: both
//! are published, in two batches, in their order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use book::entry::{After, By, Proposal, Text};
use book::hash::Hash;
use council::elections::Phase;
use council::elections::batch::{self, Cast};
use council::elections::enrolment::Enrolment;
use council::elections::receipt::{HandInReceipt, HandedIn};
use council::elections::waiting::{Named, Sorted, check_ballot, sort_waiting};
use council::kinds::elections::{BallotsPublished, ElectionAnnulled, ElectionClosed, MovedToPaper};
use council::kinds::{BlobRef, Content, write};
use council::{Candidate, Effect, Fault, Refusal};
use store::{BRIEF, StoreError};

use crate::clerk::{Clerk, Health};
use crate::record::{Answer, Failed, Staged};
use crate::shelf::{Reading, Stored};
use crate::submission::{Declined, Submission};

/// So many ballots are published at a full hour; fewer wait for one more.
pub const LEAST: usize = 20;
/// So many ballots of one credential may wait at a time: each takes a batch of its own.
pub const CHAIN: usize = 8;
/// A ballot with what stands beside it has at most so many bytes.
pub const LINE_LIMIT: usize = 1 << 20;
/// A batch has at most so many bytes.
const BATCH_BYTES: usize = 60 << 20;
/// Decisions are made once in so many seconds of the clock.
const HOUR: u64 = 3600;

/// Where an election's enrolments wait: in no backup, because who enrolled with which credential is not to be kept.
pub(crate) fn enrolments_box(uuid: &str) -> String {
    format!("{BRIEF}enrolments/{uuid}")
}

/// Where an election's ballots wait.
pub(crate) fn ballots_box(uuid: &str) -> String {
    format!("ballots/{uuid}")
}

/// What the clerk remembers of the inbox; read again from the store where it is missing.
#[derive(Default)]
pub(crate) struct Remembered {
    /// By the entry that called the election.
    waiting: BTreeMap<u64, Waiting>,
    decided: BTreeMap<u64, Decided>,
}

/// The ballots of an election that wait.
#[derive(Default)]
struct Waiting {
    hashes: BTreeSet<[u8; 32]>,
    /// By credential: the last of those that wait, and how many they are.
    last: HashMap<String, (batch::Tracker, usize)>,
}

/// When it was last decided whether to publish.
#[derive(Clone, Copy)]
struct Decided {
    hour: u64,
    /// Whether some waited then, too few.
    waits: bool,
}

impl Remembered {
    /// The store may have something else.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }
}

impl Waiting {
    fn add(&mut self, cast: &Cast, credential: String) {
        self.hashes.insert(cast.hash.0);
        let last = self.last.entry(credential).or_insert((cast.hash, 0));
        *last = (cast.hash, last.1 + 1);
    }
}

impl Clerk {
    /// Takes an enrolment, and gives the clerk's receipt, a signed note, once it is durable. A later one of the same member takes
    /// the place of the earlier.
    ///
    /// # Errors
    /// It is none, the rules refuse it, or the store fails: then whether it was taken is open, and handing it in again is safe.
    pub fn enrol(&mut self, note: &[u8], now: u64) -> Result<Vec<u8>, Declined> {
        self.ready(now)?;
        let enrolment = Enrolment::parse(note).map_err(Declined::Unreadable)?;
        enrolment.verify(self.state(), now).map_err(Declined::Refused)?;
        let (name, key) = (enrolments_box(enrolment.uuid()), enrolment.member().to_be_bytes());
        let before = self.store.get(&self.book.0, &name, &key).map_err(Declined::Store)?;
        if before.as_deref() != Some(note) {
            let put = self.store.put(&self.book.0, &name, &key, note);
            put.map_err(|error| self.not_put(error))?;
        }
        Ok(self.hand_in_receipt(enrolment.uuid(), HandedIn::Enrolment, Hash::of(note)))
    }

    /// Takes a ballot: a line as in a batch. It gives the clerk's receipt, a signed note, once the ballot is durable; the same
    /// ballot gets the same receipt again, also when it is published already.
    ///
    /// # Errors
    /// It is none, the rules refuse it, or the store fails: then whether it was taken is open, and handing it in again is safe.
    pub fn cast(&mut self, line: &str, now: u64) -> Result<Vec<u8>, Declined> {
        self.ready(now)?;
        if line.len() > LINE_LIMIT {
            return Err(Declined::Unreadable(format!("it has more than {LINE_LIMIT} bytes")));
        }
        let cast = Cast::parse(line).map_err(Declined::Unreadable)?;
        let named = Named::of(&cast).map_err(Declined::Unreadable)?;
        let open = self.election(&named.election_uuid).filter(|(_, phase)| *phase == Phase::Open);
        let receipt = |clerk: &Clerk| {
            Ok(clerk.hand_in_receipt(&named.election_uuid, HandedIn::Ballot, Hash(cast.hash.0)))
        };
        let (mut last, mut chain) = (None, 0);
        if let Some((id, _)) = open {
            let waiting = self.waiting(id, &named.election_uuid, now)?;
            if waiting.hashes.contains(&cast.hash.0) {
                return receipt(self);
            }
            if let Some((hash, many)) = waiting.last.get(&named.credential) {
                (last, chain) = (Some(*hash), *many);
            }
        }
        let checked = self.reading(|state, beside| check_ballot(state, beside, &cast, last.as_ref(), now))?;
        let checked = checked.map_err(Declined::Refused)?;
        if checked.is_published {
            return receipt(self);
        }
        if chain >= CHAIN {
            return Err(Declined::Refused(Refusal {
                check: "ballot",
                whose: Fault::Author,
                object: "the ballot".into(),
                reason: format!("{CHAIN} ballots of its credential wait to be published"),
                next: "hand it in again after the next full hour".into(),
            }));
        }
        let name = ballots_box(&named.election_uuid);
        let put = self.store.put(&self.book.0, &name, &cast.hash.0, line.as_bytes());
        put.map_err(|error| self.not_put(error))?;
        if let Some(waiting) = self.remembered.waiting.get_mut(&checked.election) {
            waiting.add(&cast, named.credential.clone());
        }
        receipt(self)
    }

    /// What phones have handed in for the election of this entry, by member: for its scrutineers, and for nobody else.
    ///
    /// # Errors
    /// There is no such election, or the store fails.
    pub fn enrolments(&mut self, election: u64) -> Result<Vec<Enrolment>, Declined> {
        let name = enrolments_box(&self.uuid(election)?);
        let all = self.store.waiting(&self.book.0, &name).map_err(Declined::Store)?;
        let read = all.iter().map(|(_, note)| {
            let damaged = |what| Declined::Store(StoreError::Corrupt(format!("an enrolment: {what}")));
            Enrolment::parse(note).map_err(damaged)
        });
        read.collect()
    }

    /// How many ballots wait for the election of this entry.
    ///
    /// # Errors
    /// There is no such election, or the store fails.
    pub fn ballots_waiting(&mut self, election: u64) -> Result<usize, Declined> {
        let name = ballots_box(&self.uuid(election)?);
        Ok(self.store.waiting(&self.book.0, &name).map_err(Declined::Store)?.len())
    }

    /// Publishes what waits for the election of this entry, as one batch, and says how many ballots that were. Those that
    /// replace one of the same batch stay for the next.
    ///
    /// # Errors
    /// There is no such election, its box is not open, or the store fails.
    pub fn publish_ballots(&mut self, election: u64, now: u64) -> Result<u64, Declined> {
        self.ready(now)?;
        let mut staged = Staged::new();
        let ballots = match self.stage_batch(&mut staged, election, now) {
            Ok(ballots) => ballots,
            Err(failed) => return Err(self.fail(failed)),
        };
        if staged.is_empty() {
            self.take_out(staged.take).map_err(|error| self.not_put(error))?;
        } else {
            self.commit(staged, now)?;
        }
        Ok(ballots)
    }

    /// Publishes where it is due: see the top of this module. Called every now and then; how often changes nothing that can be
    /// seen, as long as it is often within an hour. Says how many ballots were published.
    ///
    /// # Errors
    /// The clerk does not sign at present, or the store fails.
    pub fn publish_if_due(&mut self, now: u64) -> Result<u64, Declined> {
        let running = self.state().council().into_iter().flat_map(|council| council.elections().running());
        let open = running.filter(|(_, election)| election.phase() == Phase::Open);
        let open: Vec<(u64, u64)> =
            open.filter_map(|(id, election)| Some((id, election.opened.as_ref()?.until))).collect();
        if open.is_empty() {
            return Ok(0);
        }
        self.ready(now)?;
        self.remembered.decided.retain(|id, _| open.iter().any(|(open, _)| open == id));
        let mut published = 0;
        for (id, until) in open {
            let hour = now / HOUR;
            let decided = *self.remembered.decided.entry(id).or_insert(Decided { hour, waits: false });
            if now >= until {
                loop {
                    match self.publish_ballots(id, now)? {
                        0 => break,
                        more => published += more,
                    }
                }
            } else if decided.hour != hour {
                let waiting = self.ballots_waiting(id)?;
                let due = waiting > 0 && (waiting >= LEAST || decided.waits);
                if due {
                    published += self.publish_ballots(id, now)?;
                }
                self.remembered.decided.insert(id, Decided { hour, waits: waiting > 0 && !due });
            }
        }
        Ok(published)
    }

    /// Before an entry ends a vote, what waits is published: it has a receipt. Says why the entry is not recorded now, if so.
    pub(crate) fn before_the_end(
        &mut self,
        staged: &mut Staged,
        submission: &Submission,
        candidate: &Candidate,
        now: u64,
    ) -> Result<Option<Declined>, Failed> {
        const ENDS: [&str; 3] = [ElectionClosed::KIND, ElectionAnnulled::KIND, MovedToPaper::KIND];
        let kind = candidate.kind();
        if !ENDS.contains(&kind) {
            return Ok(None);
        }
        // Whoever may not end it does not move the clerk either.
        let decided = self.decided(staged, submission, candidate, now).map_err(Failed::Store)?;
        let Ok(effects) = decided else { return Ok(None) };
        let moved = |effect: &Effect| match effect {
            Effect::ElectionMoved { election } => Some(*election),
            _ => None,
        };
        let Some(id) = effects.0.iter().find_map(moved) else { return Ok(None) };
        let is_open = |clerk: &Clerk| {
            let election = clerk.state().council().and_then(|council| council.elections().get(id));
            election.is_some_and(|election| election.phase() == Phase::Open)
        };
        let mut published = 0;
        while is_open(self) {
            match self.stage_batch(staged, id, now)? {
                0 => break,
                more => published += more,
            }
        }
        let is_stale = published > 0 && kind == ElectionClosed::KIND;
        Ok(is_stale.then(|| {
            Declined::Refused(Refusal {
                check: "ballot",
                whose: Fault::Author,
                object: "the encrypted tally".into(),
                reason: "ballots that waited with a receipt are published only now".into(),
                next: "close it again, with the new sum".into(),
            })
        }))
    }

    /// Takes the next batch of an election into the state. How many ballots it has; of what was published before, the copies
    /// leave the inbox too.
    fn stage_batch(&mut self, staged: &mut Staged, id: u64, now: u64) -> Result<u64, Failed> {
        let uuid = self.uuid(id).map_err(Failed::Declined)?;
        let name = ballots_box(&uuid);
        let all = self.casts(&name).map_err(Failed::Store)?;
        let Sorted { now: mut due, published, .. } = self.sorted(id, all, now).map_err(Failed::Declined)?;
        due.truncate(batch::BALLOTS_LIMIT);
        let mut bytes = 0;
        let fits = due.iter().take_while(|cast| {
            bytes += cast.line().len() + 1;
            bytes <= BATCH_BYTES
        });
        let fits = fits.count();
        due.truncate(fits);
        let mut take: Vec<_> = published.iter().map(|hash| (name.clone(), hash.0.to_vec())).collect();
        take.extend(due.iter().map(|cast| (name.clone(), cast.hash.0.to_vec())));
        let ballots = due.len() as u64;
        if ballots > 0 {
            self.stage_published(staged, id, due, now)?;
        }
        self.remembered.waiting.remove(&id);
        staged.take.extend(take);
        Ok(ballots)
    }

    /// The entry of a batch.
    fn stage_published(
        &mut self,
        staged: &mut Staged,
        election: u64,
        due: Vec<Cast>,
        now: u64,
    ) -> Result<(), Failed> {
        let ballots = due.len() as u64;
        let blob = batch::write(due);
        let named = BlobRef { sha256: Hash::of(&blob).hex(), size: blob.len() as u64 };
        let text = Text {
            book: Some(self.book),
            kind: BallotsPublished::KIND.into(),
            by: By::Clerk,
            after: After { size: self.state.size(), root: self.state.root() },
            content: write(&BallotsPublished { election, ballots, batch: named }),
        };
        let proposal = Proposal::by_clerk(&text).map_err(|error| Failed::Declined(Declined::Form(error)))?;
        let candidate = Candidate::new(proposal, &self.state.keys());
        let submission = Submission { blobs: vec![blob], ..Submission::default() };
        match self.stage(staged, &submission, candidate, now)? {
            Answer::Known(Err(declined)) | Answer::Hoped(Err(declined)) => Err(Failed::Declined(declined)),
            Answer::Known(Ok(_)) | Answer::Hoped(Ok(_)) => Ok(()),
        }
    }

    /// What leaves the inbox because these elections have moved on: enrolments once the credentials are listed, ballots once
    /// no more are taken. (Those that could be published are by then.)
    pub(crate) fn swept(
        &mut self,
        moved: impl IntoIterator<Item = u64>,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut take = Vec::new();
        for id in moved {
            let election = self.state.council().and_then(|council| council.elections().get(id));
            let Some(election) = election else { continue };
            let phase = election.phase();
            let mut boxes = Vec::new();
            if !matches!(phase, Phase::Called | Phase::Frozen) {
                boxes.push(enrolments_box(&election.uuid));
            }
            if !matches!(phase, Phase::Called | Phase::Frozen | Phase::Listed | Phase::Open) {
                boxes.push(ballots_box(&election.uuid));
            }
            for name in boxes {
                let all = self.store.waiting(&self.book.0, &name)?;
                take.extend(all.into_iter().map(|(key, _)| (name.clone(), key)));
            }
        }
        Ok(take)
    }

    /// Takes out of the inbox what a store may still hold that did not record the book itself: a copy put back and caught up.
    pub(crate) fn sweep(&mut self) -> Result<(), StoreError> {
        let council = self.state.council();
        let all: Vec<u64> =
            council.map(|council| council.elections().all().map(|(id, _)| id).collect()).unwrap_or_default();
        let take = self.swept(all)?;
        self.take_out(take)
    }

    fn take_out(&mut self, take: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        let mut by_box: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for (name, key) in take {
            by_box.entry(name).or_default().push(key);
        }
        by_box.iter().try_for_each(|(name, keys)| self.store.take_out(&self.book.0, name, keys))
    }

    fn hand_in_receipt(&self, uuid: &str, what: HandedIn, hash: Hash) -> Vec<u8> {
        HandInReceipt::sign(&self.origin(), uuid, what, hash, &self.key).to_bytes()
    }

    fn election(&self, uuid: &str) -> Option<(u64, Phase)> {
        let (id, election) = self.state().council()?.elections().by_uuid(uuid)?;
        Some((id, election.phase()))
    }

    fn uuid(&self, election: u64) -> Result<String, Declined> {
        let found = self.state().council().and_then(|council| council.elections().get(election));
        found.map(|election| election.uuid.clone()).ok_or_else(|| {
            Declined::Refused(Refusal {
                check: "election",
                whose: Fault::Author,
                object: format!("the election of entry {election}"),
                reason: "there is none".into(),
                next: String::new(),
            })
        })
    }

    /// The ballots in a box.
    fn casts(&mut self, name: &str) -> Result<Vec<Cast>, StoreError> {
        let damaged = || StoreError::Corrupt("what waits in a box of ballots is none".into());
        let all = self.store.waiting(&self.book.0, name)?;
        let read = all.iter().map(|(key, line)| {
            let cast = std::str::from_utf8(line).ok().and_then(|line| Cast::parse(line).ok());
            cast.filter(|cast| cast.hash.0[..] == key[..]).ok_or_else(damaged)
        });
        read.collect()
    }

    fn sorted(&mut self, id: u64, all: Vec<Cast>, now: u64) -> Result<Sorted, Declined> {
        self.reading(|state, beside| sort_waiting(state, beside, id, all, now))?.map_err(Declined::Refused)
    }

    /// Asks the rules with the store's blobs at hand.
    fn reading<T>(
        &mut self,
        ask: impl FnOnce(&council::State, &dyn council::Beside) -> T,
    ) -> Result<T, Declined> {
        let mut stored = Stored { store: self.store.as_mut(), book: self.book.0 };
        let reading = Reading::new(&mut stored);
        let answer = ask(&self.state, &reading);
        match reading.trouble() {
            Some(error) => Err(Declined::Store(error)),
            None => Ok(answer),
        }
    }

    /// What waits for an open box, read from the store where it is not remembered.
    fn waiting(&mut self, id: u64, uuid: &str, now: u64) -> Result<&Waiting, Declined> {
        if !self.remembered.waiting.contains_key(&id) {
            let all = self.casts(&ballots_box(uuid)).map_err(Declined::Store)?;
            let Sorted { now: first, mut later, .. } = self.sorted(id, all, now)?;
            let mut waiting = Waiting::default();
            // Each credential's in their order: those that replace one that is among them already.
            let mut next = first;
            while !next.is_empty() {
                for cast in &next {
                    if let Ok(named) = Named::of(cast) {
                        waiting.add(cast, named.credential);
                    }
                }
                let follows = |cast: &Cast| {
                    let replaced = cast.replaces.as_ref();
                    replaced.is_some_and(|replaced| waiting.hashes.contains(&replaced.ballot.0))
                };
                (next, later) = later.into_iter().partition(follows);
            }
            self.remembered.waiting.insert(id, waiting);
        }
        Ok(self.remembered.waiting.entry(id).or_default())
    }

    /// Nothing was put there, or nobody knows.
    fn not_put(&mut self, error: StoreError) -> Declined {
        if !error.nothing_written() {
            self.health = Health::Doubt;
        }
        Declined::Store(error)
    }
}
