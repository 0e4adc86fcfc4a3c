//! A clerk over a store that fails in every way it can, at every step, by seeds: `CABILDO_SEED=n` replays one with a trace,
//! `CABILDO_SEEDS=n` tries so many.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use book::files::{MemoryFiles, PublicFiles};
use book::hash::Hash;
use clerk::{CannotSign, Clerk, Declined, PrivateBody, PublicView, Receipt, Submission, catch_up};
use store::memory::{Call, Disk, Fault};
use store::{Bodies, Books, Private, Standing, Store};

use crate::common::{Council, Mark, START, Stranger, after, cosign, mirror};

const SEEDS: u64 = 200;
const STEPS: u64 = 40;
const FOUNDERS: u64 = 3;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len() as u64) as usize])
    }
}

/// What must become of a submission where nothing fails.
#[derive(Clone, Copy, Debug)]
enum Expect {
    Recorded,
    Repeated,
    Declined(&'static str),
    Anything,
}

struct World {
    dice: Dice,
    council: Council,
    witnessed: bool,
    disk: Disk,
    mark: Mark,
    clerk: Option<Clerk>,
    stranger: Stranger,
    receipts: Vec<Receipt>,
    /// What was handed in and is in order, with whether there is a receipt for it.
    handed_in: Vec<(Submission, bool)>,
    bodies: BTreeMap<Hash, PrivateBody>,
    /// Bodies that no store has any more, after a backup or a hand-over.
    lost: BTreeSet<Hash>,
    now: u64,
    next_member: u32,
    texts: u64,
    /// How many faults are waiting.
    faulty: bool,
    trace: Vec<String>,
    /// What happened, for the statistics.
    happened: BTreeMap<String, u64>,
}

type Outcome = Result<(), String>;

impl World {
    fn new(seed: u64) -> World {
        let mut dice = Dice(seed);
        let witnessed = dice.chance(50);
        let council = Council::new(&format!("seed {seed}"), if witnessed { &["ateneo"] } else { &[] });
        World {
            dice,
            witnessed,
            disk: Disk::new(),
            mark: Mark::default(),
            clerk: None,
            stranger: Stranger::new(council.book),
            council,
            receipts: Vec::new(),
            handed_in: Vec::new(),
            bodies: BTreeMap::new(),
            lost: BTreeSet::new(),
            now: START,
            next_member: 4,
            texts: 0,
            faulty: false,
            trace: Vec::new(),
            happened: BTreeMap::new(),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        let what = what.into();
        let kind = what.split(':').next().unwrap_or_default().to_owned();
        *self.happened.entry(kind).or_default() += 1;
        self.trace.push(what);
    }

    fn run(&mut self) -> Outcome {
        for step in 0..STEPS {
            if self.dice.chance(30) {
                self.break_something();
            }
            let size = self.stranger.size();
            self.trace.push(format!("step {step}, {size} entries, faulty {}", self.faulty));
            match self.dice.below(100) {
                0..66 => self.record()?,
                66..76 => self.restart()?,
                76..81 => self.now += self.dice.below(100_000),
                81..89 => self.cosign()?,
                89..93 => self.put_back()?,
                93..96 => self.hand_over()?,
                96..98 => self.second_clerk()?,
                _ => self.clock_back()?,
            }
            self.heal();
            self.check()?;
        }
        // At the end somebody who has seen nothing yet reads it all, from the store alone.
        self.clerk = None;
        self.reopen()?;
        let mut anew = Stranger::new(self.council.book);
        anew.read(&mut PublicView::at_rest(self.reader(), self.council.book))?;
        self.receipts.iter().try_for_each(|receipt| anew.holds(receipt))
    }

    fn break_something(&mut self) {
        for _ in 0..=self.dice.below(2) {
            let (call, fault) = match self.dice.below(8) {
                0 => (Call::Append, Fault::Lost),
                1 => (Call::Append, Fault::Unacknowledged),
                2 => (Call::Append, Fault::Full),
                3 => (Call::Write, Fault::Lost),
                4 => (Call::Write, Fault::Unacknowledged),
                5 => (Call::Write, Fault::Full),
                _ => (Call::Read, Fault::Unreadable),
            };
            self.trace.push(format!("  the next {call:?} is {fault:?}"));
            self.disk.fail_next(call, fault);
        }
        if self.dice.chance(20) {
            let kept = self.dice.chance(50);
            self.trace.push(format!("  the next mark fails, kept {kept}"));
            self.mark.fail_next(kept);
        }
        self.faulty = true;
    }

    fn heal(&mut self) {
        self.disk.heal();
        self.mark.heal();
        self.faulty = false;
    }

    fn reader(&self) -> Box<dyn Store> {
        self.disk.open().unwrap().reader().unwrap()
    }

    fn open(&mut self) -> Result<Clerk, CannotSign> {
        let store: Box<dyn Store> = Box::new(self.disk.open()?);
        let seen = if self.stranger.size() > 0 && self.dice.chance(50) {
            vec![self.stranger.checkpoint()]
        } else {
            Vec::new()
        };
        let mut clerk = Clerk::open(store, self.council.book, None, self.mark.boxed(), self.now, &seen)?;
        if self.dice.chance(50) {
            let disk = self.disk.clone();
            clerk.reconnect_with(move || Ok(Box::new(disk.open()?)));
        }
        Ok(clerk)
    }

    /// A clerk, where nothing fails: founded, opened or running.
    fn reopen(&mut self) -> Outcome {
        self.heal();
        // One in doubt has perhaps more in its store than it has let out.
        self.clerk = self.clerk.take().filter(|clerk| !clerk.in_doubt());
        if self.clerk.is_none() {
            let there = self.disk.open().unwrap().head(&self.council.book.0).unwrap().is_some();
            if there {
                let opened = self.open().map_err(|error| format!("it does not open: {error}"))?;
                self.clerk = Some(opened);
            } else {
                let store = Box::new(self.disk.open().unwrap());
                let (founding, key) = (self.council.founding.clone(), self.council.clerk(0));
                let (clerk, receipt) = Clerk::found(store, founding, key, &[], self.mark.boxed(), self.now)
                    .map_err(|error| format!("it is not founded: {error}"))?;
                self.receipts.push(receipt);
                self.clerk = Some(clerk);
            }
        }
        Ok(())
    }

    fn record(&mut self) -> Outcome {
        if self.clerk.is_none() {
            if self.faulty
                && self.disk.open().unwrap().head(&self.council.book.0).is_ok_and(|head| head.is_none())
            {
                // A founding that fails is tried again, or has succeeded unnoticed.
                let store = Box::new(self.disk.open().unwrap());
                let (founding, key) = (self.council.founding.clone(), self.council.clerk(0));
                let founded = Clerk::found(store, founding, key, &[], self.mark.boxed(), self.now);
                self.note(format!("founding under faults: {:?}", founded.as_ref().err()));
                if let Ok((clerk, receipt)) = founded {
                    self.clerk = Some(clerk);
                    self.receipts.push(receipt);
                }
                return Ok(());
            }
            self.reopen()?;
        }
        let count = 1 + self.dice.below(5);
        let mut batch = Vec::new();
        let mut expected = Vec::new();
        let mut changes_roll = false;
        for _ in 0..count {
            let (submission, expect) = self.submission(&mut changes_roll);
            if batch.contains(&submission) {
                continue;
            }
            batch.push(submission);
            expected.push(expect);
        }
        if self.dice.chance(20) {
            // Twice in the batch.
            batch.push(batch[0].clone());
            let again = match expected[0] {
                Expect::Recorded => Expect::Repeated,
                other => other,
            };
            expected.push(again);
        }
        let Some(clerk) = &mut self.clerk else { return Ok(()) };
        let answers = clerk.record(&batch, self.now);
        if answers.len() != batch.len() {
            return Err("not every submission has its answer".into());
        }
        let mut outcomes = String::new();
        for ((submission, expect), answer) in batch.into_iter().zip(expected).zip(answers) {
            let given = answer.as_ref().map(|receipt| receipt.repeated).map_err(Declined::check);
            outcomes.push_str(&format!(" {expect:?} → {given:?};"));
            let troubled = matches!(given, Err("store" | "stopped"));
            let right = match expect {
                _ if troubled => self.faulty,
                Expect::Recorded => given == Ok(false),
                // Where the first of two was not answered, the second is the one that is recorded.
                Expect::Repeated => given == Ok(true) || (self.faulty && given == Ok(false)),
                Expect::Declined(check) => given == Err(check),
                Expect::Anything => true,
            };
            if !right {
                return Err(format!("{submission:?}: expected {expect:?}, given {answer:?}"));
            }
            if troubled && matches!(answer, Err(Declined::Store(_))) {
                *self.happened.entry("declined by the store".into()).or_default() += 1;
            }
            let recorded = answer.is_ok();
            self.receipts.extend(answer);
            if let Some(known) = self.handed_in.iter_mut().find(|(known, _)| known.note == submission.note) {
                known.1 |= recorded;
            } else if matches!(expect, Expect::Recorded) {
                self.handed_in.push((submission, recorded));
            }
        }
        self.note(format!("record:{outcomes}"));
        Ok(())
    }

    /// One submission, in order or not.
    fn submission(&mut self, changes_roll: &mut bool) -> (Submission, Expect) {
        let seen = self.clerk.as_ref().map(|clerk| after(&clerk.checkpoint())).unwrap();
        let founder = 1 + self.dice.below(FOUNDERS) as u32;
        self.texts += 1;
        let text = format!("remark {}", self.texts);
        match self.dice.below(20) {
            0..8 => (self.council.remark(seen, founder, &text), Expect::Recorded),
            8 => {
                let blobs = vec![text.clone().into_bytes(), b"shared".to_vec()];
                (self.council.remark_with(seen, founder, &text, blobs, None), Expect::Recorded)
            }
            9 | 10 => {
                let body =
                    PrivateBody { salt: Hash::of(text.as_bytes()).0, bytes: text.clone().into_bytes() };
                let commitment = self.council.commitment(founder, &body);
                self.bodies.insert(commitment, body.clone());
                (self.council.remark_with(seen, founder, &text, vec![], Some(body)), Expect::Recorded)
            }
            11 if !*changes_roll => {
                *changes_roll = true;
                self.next_member += 1;
                (self.council.admission(seen, self.next_member), Expect::Recorded)
            }
            12 if !*changes_roll => {
                let members: Vec<u32> = self.stranger.state().members().map(|(number, _)| number).collect();
                let leaving = members.into_iter().find(|number| u64::from(*number) > FOUNDERS);
                *changes_roll = true;
                match leaving {
                    Some(member) => (self.council.departure(seen, member), Expect::Anything),
                    None => (self.council.remark(seen, founder, &text), Expect::Recorded),
                }
            }
            13 => {
                let there: Vec<(Hash, u64)> =
                    self.stranger.bodies.iter().map(|(commitment, entry)| (*commitment, *entry)).collect();
                match self.dice.pick(&there) {
                    // It may be erased already, by a batch that was not acknowledged.
                    Some((commitment, entry)) => {
                        (self.council.erasure(seen, *entry, commitment), Expect::Anything)
                    }
                    None => (self.council.remark(seen, founder, &text), Expect::Recorded),
                }
            }
            14 | 15 => match self.dice.pick(&self.handed_in) {
                Some((submission, true)) => (submission.clone(), Expect::Repeated),
                // Perhaps recorded and not acknowledged.
                Some((submission, false)) => (submission.clone(), Expect::Anything),
                None => (self.council.remark(seen, founder, &text), Expect::Recorded),
            },
            16 => (Submission::of(text.into_bytes()), Expect::Declined("entry-form")),
            17 => (self.council.remark(seen, 4_000, &text), Expect::Declined("entry-signers")),
            18 => {
                let mut bare =
                    self.council.remark_with(seen, founder, &text, vec![text.clone().into_bytes()], None);
                bare.blobs.clear();
                (bare, Expect::Declined("attachment"))
            }
            _ => {
                let mut ahead = seen;
                ahead.size += 1000;
                (self.council.remark(ahead, founder, &text), Expect::Declined("entry-after"))
            }
        }
    }

    fn restart(&mut self) -> Outcome {
        if let Some(mut clerk) = self.clerk.take()
            && self.dice.chance(50)
        {
            let kept = clerk.snapshot(self.now);
            self.note(format!("snapshot: {kept:?}"));
        }
        let opened = self.open();
        self.note(format!("restart: {:?}", opened.as_ref().err().map(ToString::to_string)));
        match opened {
            Ok(clerk) => self.clerk = Some(clerk),
            Err(CannotSign::NoBook(_)) if self.receipts.is_empty() => {}
            Err(error) if self.faulty && error.may_pass() => {}
            Err(error) => return Err(format!("it does not open: {error}")),
        }
        Ok(())
    }

    fn cosign(&mut self) -> Outcome {
        if !self.witnessed || self.stranger.size() == 0 {
            return Ok(());
        }
        if self.clerk.is_none() {
            self.reopen()?;
        }
        let Some(clerk) = &mut self.clerk else { return Ok(()) };
        // A witness signs what it has seen, which may be what was let out a while ago.
        let mut note = clerk.published().checkpoint();
        let text = book::note::Note::parse(&note).unwrap().text;
        let shown = book::checkpoint::Checkpoint::parse_text(&text).unwrap();
        let line = cosign("ateneo", &shown, self.now).line();
        if self.dice.chance(50) {
            note.extend(line.as_bytes());
        } else {
            note = line.into_bytes();
        }
        let answer = clerk.add_cosignatures(&note, self.now);
        self.note(format!("cosigned: {answer:?}"));
        match answer {
            Ok(cosigned) if cosigned.is_final && cosigned.size == shown.size => Ok(()),
            Err(_) if self.faulty => Ok(()),
            // A batch that was not acknowledged was there after all, and the lines came without their checkpoint.
            Err(clerk::CosignError::Another { size }) if size > shown.size => Ok(()),
            other => Err(format!("the cosignature: {other:?}")),
        }
    }

    /// The disk comes back as it was.
    fn put_back(&mut self) -> Outcome {
        self.reopen()?;
        self.check()?;
        let copy = mirror(self.reader(), self.council.book);
        self.clerk = None;
        let gone = 1 + self.dice.below(12).min(self.disk.changes() - 1);
        self.disk.put_back(self.disk.changes() - gone);
        let head = self.disk.open().unwrap().head(&self.council.book.0).unwrap();
        let before = self.stranger.checkpoint();
        self.note(format!("put back: {gone} changes, to {:?}", head.as_ref().map(|head| head.size)));
        let opened = Clerk::open(
            Box::new(self.disk.open().unwrap()),
            self.council.book,
            None,
            self.mark.boxed(),
            self.now,
            &[],
        );
        let older = head
            .as_ref()
            .is_none_or(|head| (head.epoch, head.size) < (before.book_origin().unwrap().epoch, before.size));
        match (&opened, older) {
            (Ok(_), false) => {
                self.clerk = opened.ok();
                self.forget_lost_bodies();
                return Ok(());
            }
            (
                Err(CannotSign::RolledBack { .. } | CannotSign::Succeeded { .. } | CannotSign::NoBook(_)),
                true,
            ) => {}
            // It was put back into the middle of a copying.
            (Err(CannotSign::Unfinished { .. } | CannotSign::Restored { .. }), _) => {}
            (other, _) => {
                let other = other.as_ref().map(|_| ()).map_err(ToString::to_string);
                return Err(format!("put back {gone} changes, older {older}: {other:?}"));
            }
        }
        let resumable = head.is_some_and(|head| head.epoch == before.book_origin().unwrap().epoch);
        if resumable && self.dice.chance(60) { self.catch_up(copy) } else { self.succeed(copy) }
    }

    /// The first way on: from the mirrors.
    fn catch_up(&mut self, mut copy: MemoryFiles) -> Outcome {
        let book = self.council.book;
        let (size, at) = (self.stranger.size(), self.now);
        self.disk.open().unwrap().set_standing(&book.0, Standing::Restored { size, at }).unwrap();
        match self.open().err() {
            Some(CannotSign::Restored { .. }) => {}
            other => return Err(format!("a restored store: {other:?}")),
        }
        for attempt in 0.. {
            if attempt < 2 && self.dice.chance(50) {
                self.break_something();
            }
            let mut store = self.disk.open().unwrap();
            let sources: &mut [&mut dyn PublicFiles] = &mut [&mut copy];
            let caught = catch_up(&mut store, book, sources, &mut self.mark.clone());
            self.note(format!("caught up: {:?}", caught.as_ref().map_err(ToString::to_string)));
            let troubled = self.faulty;
            self.heal();
            match caught {
                Ok(caught) if caught.to == size => break,
                Err(error) if troubled && error.may_pass() => {}
                other => return Err(format!("catching up: {other:?}")),
            }
        }
        self.forget_lost_bodies();
        self.reopen()
    }

    fn hand_over(&mut self) -> Outcome {
        self.reopen()?;
        self.check()?;
        let copy = mirror(self.reader(), self.council.book);
        self.succeed(copy)
    }

    /// The second way on: a new clerk, a new epoch, perhaps on the old disk.
    fn succeed(&mut self, mut copy: MemoryFiles) -> Outcome {
        let shown = self.stranger.checkpoint();
        let epoch = shown.book_origin().unwrap().epoch + 1;
        let succession = self.council.succession(epoch, shown.size, shown.root);
        let old = self.clerk.take();
        let fresh = old.is_some() || self.dice.chance(50);
        let (disk, mark) =
            if fresh { (Disk::new(), Mark::default()) } else { (self.disk.clone(), self.mark.clone()) };
        let old_disk = std::mem::replace(&mut self.disk, disk);
        let old_mark = std::mem::replace(&mut self.mark, mark);
        for attempt in 0.. {
            if attempt < 3 && self.dice.chance(60) {
                self.break_something();
            }
            let store = Box::new(self.disk.open().unwrap());
            let (key, mark) = (self.council.clerk(epoch), self.mark.boxed());
            let begun = Clerk::succeed(store, &mut copy, &succession, key, mark, self.now, &[]);
            self.note(format!("hand-over: {:?}", begun.as_ref().err().map(ToString::to_string)));
            let troubled = self.faulty;
            self.heal();
            match begun {
                Ok((clerk, receipt)) => {
                    self.clerk = Some(clerk);
                    self.receipts.push(receipt);
                    break;
                }
                Err(CannotSign::Exists(_)) if attempt > 0 => {
                    self.reopen()?;
                    break;
                }
                Err(error) if troubled && error.may_pass() => {}
                Err(error) => return Err(format!("hand-over: {error}")),
            }
        }
        self.forget_lost_bodies();
        let newer = self.clerk.as_ref().map(Clerk::checkpoint).unwrap();
        if let Some(old) = old {
            old.retire(&newer).map_err(|error| format!("retiring: {error}"))?;
            let store = Box::new(old_disk.open().unwrap());
            let again = Clerk::open(store, self.council.book, None, old_mark.boxed(), self.now, &[]).err();
            if again != Some(CannotSign::Retired) {
                return Err(format!("a retired clerk: {again:?}"));
            }
        } else if fresh {
            let store = Box::new(old_disk.open().unwrap());
            let again =
                Clerk::open(store, self.council.book, None, old_mark.boxed(), self.now, &[newer]).err();
            let refused = matches!(
                again,
                Some(
                    CannotSign::Succeeded { .. }
                        | CannotSign::NoBook(_)
                        | CannotSign::Unfinished { .. }
                        | CannotSign::Restored { .. }
                )
            );
            if !refused {
                return Err(format!("a clerk that was succeeded: {again:?}"));
            }
        }
        Ok(())
    }

    /// Somebody starts a second clerk over the same store.
    fn second_clerk(&mut self) -> Outcome {
        self.reopen()?;
        let (mut first, mut second) =
            (self.clerk.take().unwrap(), self.open().map_err(|error| error.to_string())?);
        let seen = after(&second.checkpoint());
        self.texts += 2;
        let (one, two) = (format!("remark {}", self.texts), format!("remark {}", self.texts + 1));
        self.texts += 2;
        let receipt = second.record(&[self.council.remark(seen, 1, &one)], self.now).remove(0);
        self.receipts.push(receipt.map_err(|declined| declined.to_string())?);
        let refused = first.record(&[self.council.remark(seen, 1, &two)], self.now).remove(0);
        if !matches!(refused, Err(Declined::Stopped(_))) || first.stopped().is_none() {
            return Err(format!("two clerks: {refused:?}"));
        }
        self.note("second clerk");
        self.clerk = Some(second);
        Ok(())
    }

    /// Somebody sets the clock back: the clerk waits for it to be right.
    fn clock_back(&mut self) -> Outcome {
        self.reopen()?;
        let clerk = self.clerk.as_mut().unwrap();
        let seen = after(&clerk.checkpoint());
        self.texts += 1;
        let submission = self.council.remark(seen, 1, &format!("remark {}", self.texts));
        let before = clerk.record(std::slice::from_ref(&submission), clerk.time() - 1).remove(0);
        if !matches!(before, Err(Declined::Stopped(_))) || clerk.stopped().is_some() {
            return Err(format!("recorded before the last entry: {before:?}"));
        }
        let right = clerk.record(&[submission], self.now).remove(0);
        self.receipts.push(right.map_err(|declined| declined.to_string())?);
        self.note("clock back");
        Ok(())
    }

    fn forget_lost_bodies(&mut self) {
        let there: BTreeSet<[u8; 32]> =
            self.disk.open().unwrap().bodies(&self.council.book.0).unwrap().into_iter().collect();
        self.lost.extend(self.bodies.keys().filter(|commitment| !there.contains(&commitment.0)));
        // What was handed in and not acknowledged may come again, and is then there.
        let recorded = &self.stranger.bodies;
        self.lost.retain(|commitment| recorded.contains_key(commitment));
    }

    /// Everything that must hold after every step.
    fn check(&mut self) -> Outcome {
        let Some(clerk) = &self.clerk else { return Ok(()) };
        let (book, published) = (self.council.book, clerk.published());
        self.stranger.read(&mut PublicView::running(self.reader(), book, published))?;
        if self.stranger.plain_root() != self.stranger.checkpoint().root {
            return Err("the plain root is another".into());
        }
        self.receipts.iter().try_for_each(|receipt| self.stranger.holds(receipt))?;
        if self.mark.signed().is_none_or(|signed| signed.size < self.stranger.size()) {
            return Err("something was let out before it was marked".into());
        }
        if clerk.in_doubt() {
            // An erasure may stand in the store and not be let out yet.
            return Ok(());
        }
        let mut store = self.disk.open().unwrap();
        for commitment in self.stranger.bodies.keys().filter(|commitment| !self.lost.contains(*commitment)) {
            let kept = store.body(&book.0, &commitment.0).unwrap();
            if kept.map(|body| body.bytes) != self.bodies.get(commitment).map(|body| body.bytes.clone()) {
                return Err(format!("the private body {commitment} is gone"));
            }
        }
        for commitment in &self.stranger.erased {
            if store.body(&book.0, &commitment.0).unwrap().is_some() {
                return Err(format!("the private body {commitment} was erased and is there"));
            }
        }
        Ok(())
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn nothing_acknowledged_is_ever_lost() {
    let replay = variable("CABILDO_SEED");
    let seeds = match replay {
        Some(seed) => seed..seed + 1,
        None => 0..variable("CABILDO_SEEDS").unwrap_or(SEEDS),
    };
    let next = AtomicU64::new(seeds.start);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(8);
    let happened = std::sync::Mutex::new(BTreeMap::<String, u64>::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let mut world = World::new(seed);
                    let outcome = catch_unwind(AssertUnwindSafe(|| world.run()));
                    let failed = match outcome {
                        Ok(Ok(())) => None,
                        Ok(Err(what)) => Some(what),
                        Err(_) => Some("a panic (above)".into()),
                    };
                    let tail = if replay.is_some() { 0 } else { world.trace.len().saturating_sub(12) };
                    if failed.is_some() || replay.is_some() {
                        world.trace[tail..].iter().for_each(|line| println!("{line}"));
                    }
                    if let Some(what) = failed {
                        panic!("seed {seed}: {what}\n  replay with CABILDO_SEED={seed}");
                    }
                    let mut all = happened.lock().unwrap();
                    world
                        .happened
                        .iter()
                        .for_each(|(what, count)| *all.entry(what.clone()).or_default() += count);
                    *all.entry("entries".into()).or_default() += world.stranger.size();
                }
            });
        }
    });
    let happened = happened.into_inner().unwrap();
    println!("{happened:?}");
    if replay.is_none() {
        // A simulation in which nothing happens shows nothing.
        for what in
            ["put back", "caught up", "hand-over", "second clerk", "declined by the store", "cosigned"]
        {
            assert!(happened.get(what).is_some_and(|count| *count > 0), "{what} never happened");
        }
    }
}
