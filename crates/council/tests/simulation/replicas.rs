//! Several replicas of one book. One judges each entry as it comes, which is the clerk's; one stops now and then and starts
//! again from a snapshot, its last or an older one; one reads the whole book in the end.
//!
//! A signature is verified once for all of them: they share the [`Examined`]. What that could hide, the reader in the end
//! shows: in every eighth life it reads the bytes and verifies for itself.

use book::hash::Hash;
use book::id::BookId;
use council::{Examined, State, Stop, Verdict, apply};

use crate::dice::Dice;

/// The reader in the end looks at the digest so often.
const LOOKS: usize = 16;

pub(crate) struct Replicas {
    book: BookId,
    /// The clerk's.
    pub(crate) live: State,
    stopping: State,
    /// Snapshots of earlier times, with their sizes and digests.
    saved: Vec<(usize, Hash, Vec<u8>)>,
    entries: Vec<(Vec<u8>, Examined)>,
    verdicts: Vec<Verdict>,
    digests: Vec<Hash>,
    /// The live state's written form, but for its size, root, tree, and number of voids.
    rest: String,
    pub(crate) restarts: u64,
}

/// The one place where these tests fold.
pub(crate) fn fold(state: &mut State, examined: &Examined) -> Result<Verdict, Stop> {
    apply(state, examined, &council::AllThere)
}

impl Replicas {
    pub(crate) fn new(book: BookId) -> Replicas {
        Replicas {
            book,
            live: State::before(book),
            stopping: State::before(book),
            saved: Vec::new(),
            entries: Vec::new(),
            verdicts: Vec::new(),
            digests: Vec::new(),
            rest: String::new(),
            restarts: 0,
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.entries.len()
    }

    /// The verdict on the last entry.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.verdicts.last()
    }

    /// Takes the next entry.
    pub(crate) fn take(&mut self, bytes: Vec<u8>, examined: Examined, dice: &mut Dice) -> Result<(), String> {
        let stopped = |stop: Stop| format!("a replica stops: {stop}");
        let verdict = fold(&mut self.live, &examined).map_err(stopped)?;
        let same = fold(&mut self.stopping, &examined).map_err(stopped)?;
        if same != verdict {
            return Err(format!("one replica says {verdict:?}, one {same:?}"));
        }
        self.entries.push((bytes, examined));
        self.compare(&verdict)?;
        self.verdicts.push(verdict);
        match dice.below(100) {
            0..2 => self.restart(self.stopping.to_snapshot(), self.stopping.digest(), self.size()),
            2 => {
                self.saved.push((self.size(), self.stopping.digest(), self.stopping.to_snapshot()));
                Ok(())
            }
            3 => match dice.pick(&self.saved) {
                Some((size, digest, snapshot)) => self.restart(snapshot, digest, size),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Digests agree; and a void entry changes nothing but what counts entries.
    fn compare(&mut self, verdict: &Verdict) -> Result<(), String> {
        let snapshot = self.live.to_snapshot();
        let line = snapshot.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let digest = Hash::of(line);
        if self.stopping.digest() != digest {
            return Err("two replicas' digests differ".into());
        }
        self.digests.push(digest);
        let line = std::str::from_utf8(line).map_err(|error| error.to_string())?;
        let rest = line.split_once("\"rules\":").and_then(|(_, rest)| {
            let (rest, counted) = rest.rsplit_once("\"voids\":")?;
            Some(rest.to_owned() + counted.split_once(',')?.1)
        });
        let rest = rest.ok_or("the digest's form is not what this test knows")?;
        if matches!(verdict, Verdict::Void(_)) && self.size() > 1 && rest != self.rest {
            return Err("a void entry changes the state".into());
        }
        self.rest = rest;
        Ok(())
    }

    /// The replica that stops starts again from a snapshot, and catches up.
    fn restart(&mut self, snapshot: Vec<u8>, digest: Hash, size: usize) -> Result<(), String> {
        let texts = |number: u64| {
            let (_, examined) = self.entries.get(number as usize)?;
            Some((examined.leaf(), examined.entry().map(|entry| entry.text_hash())))
        };
        let mut state = State::from_snapshot(&snapshot, self.book, &digest, texts)
            .map_err(|error| format!("from its own snapshot at {size}: {error}"))?;
        self.read(&mut state, size, |_, examined, state| fold(state, examined))?;
        if state.digest() != self.live.digest() || state.to_snapshot() != self.live.to_snapshot() {
            return Err(format!("started from the snapshot at {size} it comes to another state"));
        }
        self.stopping = state;
        self.restarts += 1;
        Ok(())
    }

    /// Somebody reads the book from the start.
    pub(crate) fn read_it_all(&self, verify: bool) -> Result<(), String> {
        let mut state = State::before(self.book);
        self.read(&mut state, 0, |bytes, examined, state| {
            if verify { fold(state, &Examined::new(bytes, &state.keys())) } else { fold(state, examined) }
        })
    }

    fn read(
        &self,
        state: &mut State,
        from: usize,
        fold: impl Fn(&[u8], &Examined, &mut State) -> Result<Verdict, Stop>,
    ) -> Result<(), String> {
        for (at, (bytes, examined)) in self.entries.iter().enumerate().skip(from) {
            let verdict = fold(bytes, examined, state).map_err(|stop| format!("a reader stops: {stop}"))?;
            if self.verdicts.get(at).is_some_and(|known| *known != verdict) {
                return Err(format!("a reader says of entry {at}: {verdict:?}"));
            }
            let last = at + 1 == self.entries.len();
            if (last || at % LOOKS == 0) && state.digest() != self.digests[at] {
                return Err(format!("a reader has another digest after entry {at}"));
            }
        }
        Ok(())
    }
}
