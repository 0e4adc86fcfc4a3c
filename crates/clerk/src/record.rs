//! From submissions to receipts.

use std::collections::{BTreeSet, HashMap};

use book::entry::{Entry, Proposal};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::SecretKey;
use book::tile::TileBuilder;
use council::{Candidate, Effect, Effects, Fault, Refusal, State, Verdict};
use store::{Batch, Expected, Head, NewEntry, Store, StoreError, TileRow};

use crate::cannot::CannotSign;
use crate::clerk::{Clerk, Health, signed_head};
use crate::parallel;
use crate::shelf::{Brought, Reading, Stored};
use crate::submission::{Attached, Declined, Receipt, Submission, attached};

/// Entries that were taken into the state and are not stored yet.
pub(crate) struct Staged {
    entries: Vec<NewEntry>,
    attached: Attached,
    erase: Vec<[u8; 32]>,
    /// What leaves the inbox.
    pub(crate) take: Vec<(String, Vec<u8>)>,
    /// Elections that moved on.
    moved: BTreeSet<u64>,
    /// The numbers of their texts.
    numbers: HashMap<Hash, u64>,
}

impl Staged {
    pub(crate) fn new() -> Staged {
        Staged {
            entries: Vec::new(),
            attached: Attached { blobs: Vec::new(), bodies: Vec::new() },
            erase: Vec::new(),
            take: Vec::new(),
            moved: BTreeSet::new(),
            numbers: HashMap::new(),
        }
    }

    /// Whether no entry is to be stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn blob_size(&self, hash: &Hash) -> Option<u64> {
        self.attached.blobs.iter().find(|(of, _)| of == hash).map(|(_, bytes)| bytes.len() as u64)
    }

    /// Countersigns a candidate that the rules allow, and takes it into state and tiles.
    fn enter(
        &mut self,
        desk: &mut Hand<'_>,
        candidate: Candidate,
        (submission, brought): (&Submission, Attached),
        now: u64,
    ) -> Result<u64, Failed> {
        let text_hash = candidate.text_hash();
        let countersigned = candidate.countersign(desk.key, &desk.origin, now);
        let (examined, bytes) = countersigned.map_err(|error| Failed::Declined(Declined::Form(error)))?;
        let number = desk.state.size();
        let stored = Stored { store: &mut *desk.store, book: desk.state.book().0 };
        let mut shelf = Brought { submission, staged: &self.attached.blobs, stored };
        let reading = Reading::new(&mut shelf);
        let verdict = council::apply(desk.state, &examined, &reading);
        if let Some(error) = reading.trouble() {
            return Err(Failed::Store(error));
        }
        let effects = match verdict {
            Ok(Verdict::Applied(effects)) => effects,
            Ok(Verdict::Void(refusal)) => return Err(Failed::Broken(refusal.to_string())),
            Err(stop) => return Err(Failed::Broken(stop.to_string())),
        };
        desk.tiles.push(examined.leaf());
        for effect in &effects.0 {
            match effect {
                Effect::EraseBody { commitment } => self.erase.push(commitment.0),
                Effect::ElectionMoved { election } => {
                    self.moved.insert(*election);
                }
                _ => {}
            }
        }
        self.attached.blobs.extend(brought.blobs);
        self.attached.bodies.extend(brought.bodies);
        self.entries.push(NewEntry { bytes, text_hash: Some(text_hash.0) });
        self.numbers.insert(text_hash, number);
        Ok(number)
    }

    /// The batch that stores them, its head signed.
    pub(crate) fn into_batch(
        self,
        state: &State,
        tiles: &mut TileBuilder,
        key: &SecretKey,
        origin: &Origin,
        now: u64,
    ) -> Batch {
        let mut batch = Batch::new(signed_head(state, key, origin, now));
        batch.entries = self.entries;
        batch.tiles = tile_rows(tiles);
        batch.blobs = self.attached.blobs.into_iter().map(|(hash, bytes)| (hash.0, bytes)).collect();
        batch.bodies = self.attached.bodies;
        batch.erase = self.erase;
        batch.take = self.take;
        batch
    }
}

/// The tiles that changed.
pub(crate) fn tile_rows(tiles: &mut TileBuilder) -> Vec<TileRow> {
    let changed = tiles.take_changed().into_iter();
    changed.map(|(level, index, bytes)| TileRow { level, index, bytes }).collect()
}

/// What an entry is entered with.
struct Hand<'a> {
    store: &'a mut dyn Store,
    state: &'a mut State,
    tiles: &'a mut TileBuilder,
    key: &'a SecretKey,
    origin: Origin,
}

/// Why an entry could not be entered.
pub(crate) enum Failed {
    /// This one; nothing has changed.
    Declined(Declined),
    /// The store failed while it was judged; nothing has changed.
    Store(StoreError),
    /// The rules allowed it and then did not: our own fault, after which the state in memory is worth nothing.
    Broken(String),
}

/// Stages the one entry with which a book or an epoch begins.
#[expect(clippy::too_many_arguments, reason = "each is one thing, and there are two callers")]
pub(crate) fn stage_first(
    store: &mut dyn Store,
    state: &mut State,
    tiles: &mut TileBuilder,
    submission: &Submission,
    proposal: Proposal,
    key: &SecretKey,
    epoch: u32,
    now: u64,
) -> Result<Staged, CannotSign> {
    let candidate = Candidate::new(proposal, &state.keys());
    let book = state.book();
    let mut shelf = Brought { submission, staged: &[], stored: Stored { store, book: book.0 } };
    let effects = council::decide(state, &candidate, now, &Reading::new(&mut shelf));
    let effects = effects.map_err(CannotSign::Refused)?;
    let form = |declined: Declined| CannotSign::Form(declined.to_string());
    let brought = attached(&book, submission, &effects, |_| Ok(None)).map_err(form)?;
    let mut staged = Staged::new();
    let mut hand = Hand { store, state, tiles, key, origin: Origin { book, epoch } };
    match staged.enter(&mut hand, candidate, (submission, brought), now) {
        Ok(_) if state.clerk() == Some(&key.public()) => Ok(staged),
        Ok(_) => Err(CannotSign::WrongKey { epoch }),
        Err(Failed::Declined(declined)) => Err(form(declined)),
        Err(Failed::Store(error)) => Err(error.into()),
        // The rules allowed the author's part, so the clerk's line is what they refuse: the entry names another key.
        Err(Failed::Broken(_)) => Err(CannotSign::WrongKey { epoch }),
    }
}

/// What is known of a submission before the batch is durable.
pub(crate) enum Answer {
    /// This, whatever becomes of the batch.
    Known(Result<Receipt, Declined>),
    /// This, if the batch becomes durable.
    Hoped(Result<Receipt, Declined>),
}

impl Clerk {
    /// Records what it is handed, as one batch in one transaction, at the time `now` (Unix seconds), and answers each in its
    /// place. A receipt is given only for what is durable, both in the store and in the record of the largest signed
    /// checkpoint.
    ///
    /// A text that stands in the book already, or twice in the batch, gets the receipt of its one entry. What was refused
    /// changed nothing.
    pub fn record(&mut self, submissions: &[Submission], now: u64) -> Vec<Result<Receipt, Declined>> {
        if let Err(declined) = self.ready(now) {
            return submissions.iter().map(|_| Err(declined.clone())).collect();
        }
        let keys = self.state.keys();
        let candidates = parallel::map(submissions, |submission| {
            Ok(Candidate::new(Proposal::parse(&submission.note).map_err(Declined::Form)?, &keys))
        });
        let mut staged = Staged::new();
        let mut answers = Vec::with_capacity(submissions.len());
        for (submission, candidate) in submissions.iter().zip(candidates) {
            let staging = candidate.map(|candidate| {
                match self.before_the_end(&mut staged, submission, &candidate, now)? {
                    Some(declined) => Ok(Answer::Hoped(Err(declined))),
                    None => self.stage(&mut staged, submission, candidate, now),
                }
            });
            answers.push(match staging {
                Err(declined) => Answer::Known(Err(declined)),
                Ok(Ok(answer)) => answer,
                Ok(Err(failed)) => {
                    let declined = self.fail(failed);
                    let mut all: Vec<_> =
                        answers.into_iter().map(|answer: Answer| answer.without_batch(&declined)).collect();
                    all.resize(submissions.len(), Err(declined));
                    return all;
                }
            });
        }
        let outcome = if staged.is_empty() { Ok(()) } else { self.commit(staged, now) };
        let answers = answers.into_iter();
        match outcome {
            Ok(()) => answers.map(Answer::with_batch).collect(),
            Err(declined) => answers.map(|answer| answer.without_batch(&declined)).collect(),
        }
    }

    /// One submission against the state with all that was staged before it.
    pub(crate) fn stage(
        &mut self,
        staged: &mut Staged,
        submission: &Submission,
        candidate: Candidate,
        now: u64,
    ) -> Result<Answer, Failed> {
        let text_hash = candidate.text_hash();
        let book = self.book;
        if let Some(number) = staged.numbers.get(&text_hash) {
            let receipt = Receipt { book, number: *number, time: now, text_hash, repeated: true };
            return Ok(Answer::Hoped(Ok(receipt)));
        }
        match self.recorded(&text_hash) {
            Ok(Some(receipt)) => return Ok(Answer::Known(Ok(receipt))),
            Ok(None) => {}
            Err(error) => return Ok(Answer::Known(Err(Declined::Store(error)))),
        }
        let effects = match self.decided(staged, submission, &candidate, now) {
            Ok(Ok(effects)) => effects,
            Ok(Err(refusal)) => return Ok(Answer::Hoped(Err(Declined::Refused(refusal)))),
            Err(error) => return Ok(Answer::Known(Err(Declined::Store(error)))),
        };
        if effects.0.iter().any(|effect| matches!(effect, Effect::NewClerk { .. })) {
            return Ok(Answer::Hoped(Err(Declined::Refused(by_the_new_clerk()))));
        }
        let store = &mut self.store;
        let brought = attached(&book, submission, &effects, |hash| match staged.blob_size(hash) {
            Some(size) => Ok(Some(size)),
            None => store.blob_size(&book.0, &hash.0).map_err(Declined::Store),
        });
        let brought = match brought {
            Ok(brought) => brought,
            Err(declined) => return Ok(Answer::Hoped(Err(declined))),
        };
        let origin = self.origin();
        let mut hand = Hand {
            store: self.store.as_mut(),
            state: &mut self.state,
            tiles: &mut self.tiles,
            key: &self.key,
            origin,
        };
        match staged.enter(&mut hand, candidate, (submission, brought), now) {
            Ok(number) => {
                Ok(Answer::Hoped(Ok(Receipt { book, number, time: now, text_hash, repeated: false })))
            }
            Err(Failed::Declined(declined)) => Ok(Answer::Hoped(Err(declined))),
            Err(Failed::Store(error)) => Ok(Answer::Hoped(Err(Declined::Store(error)))),
            Err(broken) => Err(broken),
        }
    }

    /// What the rules say of a candidate now.
    pub(crate) fn decided(
        &mut self,
        staged: &Staged,
        submission: &Submission,
        candidate: &Candidate,
        now: u64,
    ) -> Result<Result<Effects, Refusal>, StoreError> {
        let stored = Stored { store: self.store.as_mut(), book: self.book.0 };
        let mut shelf = Brought { submission, staged: &staged.attached.blobs, stored };
        let reading = Reading::new(&mut shelf);
        let decided = council::decide(&self.state, candidate, now, &reading);
        match reading.trouble() {
            Some(error) => Err(error),
            None => Ok(decided),
        }
    }

    /// The receipt of a text that stands in the book.
    pub(crate) fn recorded(&mut self, text_hash: &Hash) -> Result<Option<Receipt>, StoreError> {
        let Some(number) = self.store.entry_by_text(&self.book.0, &text_hash.0)? else { return Ok(None) };
        let bytes = self.store.entries(&self.book.0, number, 1)?;
        let entry = bytes.first().and_then(|bytes| Entry::parse(bytes).ok());
        let Some(entry) = entry.filter(|entry| entry.text_hash() == *text_hash) else {
            return Err(StoreError::Corrupt(format!(
                "entry {number} is not the one that its text's hash names"
            )));
        };
        Ok(Some(receipt_of(self.book, number, &entry)))
    }

    /// Signs, stores, and lets out.
    pub(crate) fn commit(&mut self, mut staged: Staged, now: u64) -> Result<(), Declined> {
        if self.tiles.root() != self.state.root() {
            return Err(self.fail(Failed::Broken("the tree and the state have different roots".into())));
        }
        let origin = self.origin();
        let expected = Expected::from(&self.head);
        match self.swept(std::mem::take(&mut staged.moved)) {
            Ok(take) => staged.take.extend(take),
            Err(error) => {
                // The state in memory is ahead of the store.
                self.health = Health::Doubt;
                return Err(Declined::Store(error));
            }
        }
        let mut batch = staged.into_batch(&self.state, &mut self.tiles, &self.key, &origin, now);
        batch.snapshot = self.snapshot_if_due(now);
        let taken = batch.snapshot.as_ref().map(|snapshot| (snapshot.size, snapshot.bytes.len()));
        if let Err(error) = self.store.append(&self.book.0, Some(&expected), &batch) {
            return Err(self.not_stored(error, batch.head));
        }
        self.head = batch.head;
        self.attempted = None;
        if let Some((size, bytes)) = taken {
            self.snapshot_taken(size, bytes, now);
        }
        // From here on the entries stand in the book; what fails now only keeps the receipts back.
        self.let_out().map_err(|error| {
            self.health = Health::Doubt;
            self.declined(error)
        })
    }

    /// An append failed: the state in memory is ahead of the store, or nobody knows.
    fn not_stored(&mut self, error: StoreError, attempted: Head) -> Declined {
        self.health = Health::Doubt;
        if let StoreError::HeadMoved { size } = error {
            // It may be our own earlier batch, whose answer was lost and which has come through since.
            let moved = self.store.head(&self.book.0);
            let own =
                self.attempted.as_ref().is_some_and(|own| matches!(&moved, Ok(Some(head)) if head == own));
            if !own {
                let why = format!(
                    "another program writes to this book too, which has {size} entries now: let only one clerk run, then \
                     start this one again"
                );
                self.health = Health::Stopped(why.clone());
                return Declined::Stopped(why);
            }
        } else if !error.nothing_written() {
            self.attempted = Some(attempted);
        }
        Declined::Store(error)
    }

    pub(crate) fn fail(&mut self, failed: Failed) -> Declined {
        match failed {
            Failed::Declined(declined) => declined,
            Failed::Store(error) => Declined::Store(error),
            Failed::Broken(what) => {
                // Nothing of it reaches the store; what is in memory is read anew.
                self.health = Health::Doubt;
                Declined::Stopped(format!(
                    "the rules allowed an entry and refused it as recorded ({what}): this is a fault of this software, \
                     nothing of the batch was recorded; report it, and hand in what else waits again"
                ))
            }
        }
    }
}

impl Answer {
    fn with_batch(self) -> Result<Receipt, Declined> {
        match self {
            Answer::Known(answer) | Answer::Hoped(answer) => answer,
        }
    }

    fn without_batch(self, declined: &Declined) -> Result<Receipt, Declined> {
        match self {
            Answer::Known(answer) => answer,
            Answer::Hoped(_) => Err(declined.clone()),
        }
    }
}

/// The receipt of an entry that stands in the book.
fn receipt_of(book: BookId, number: u64, entry: &Entry) -> Receipt {
    Receipt { book, number, time: entry.time(), text_hash: entry.text_hash(), repeated: true }
}

fn by_the_new_clerk() -> Refusal {
    Refusal {
        check: "succession",
        whose: Fault::Author,
        object: "the succession".into(),
        reason: "the new clerk records it, not the one whom it succeeds".into(),
        next: "give it to the new clerk (`cabildo succeed`)".into(),
    }
}
