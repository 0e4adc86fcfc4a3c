//! Random lives of a book.

use std::collections::{BTreeSet, HashMap};

use book::entry::{After, Entry, Text};
use book::hash::Hash;
use book::merkle::leaf;
use council::{Candidate, State, Verdict, decide};
use proptest::prelude::*;

use crate::support::scribe::{DAY, Scribe, founding};

const LIMIT: u64 = 30 * DAY;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A remark: who, what they had seen, how much later than the last entry it is recorded.
    Remark(u32, Seen, i64),
    /// An earlier entry's text again, countersigned anew.
    Replay(usize, i64),
    /// Bytes that are no entry.
    Garbage,
}

#[derive(Clone, Debug)]
enum Seen {
    All,
    /// All but so many.
    But(u64),
    /// More than there is.
    Ahead,
    /// All, with another root.
    OtherRoot,
    Nothing,
}

/// A list of everything that ever was.
struct Naive {
    roots: Vec<Hash>,
    times: Vec<u64>,
    texts: HashMap<Hash, u64>,
    time: u64,
}

impl Naive {
    /// Every rule of replay, past and time that this text breaks.
    fn broken(&self, text: &Hash, after: &After, time: u64) -> BTreeSet<&'static str> {
        let mut broken = BTreeSet::new();
        if self.texts.contains_key(text) {
            broken.insert("entry-replayed");
        }
        if self.roots.get(after.size as usize) != Some(&after.root) {
            broken.insert("entry-after");
        }
        if self.times.get(after.size as usize).is_some_and(|unseen| time > unseen.saturating_add(LIMIT)) {
            broken.insert("entry-age");
        }
        if time < self.time {
            broken.insert("entry-time");
        }
        broken
    }

    fn take(&mut self, applied: Option<(Hash, u64)>, root: Hash) {
        if let Some((text, time)) = applied {
            self.texts.insert(text, self.times.len() as u64);
            self.time = time;
        }
        self.times.push(self.time);
        self.roots.push(root);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let seen = prop_oneof![
        6 => Just(Seen::All),
        4 => (1..12_u64).prop_map(Seen::But),
        1 => Just(Seen::Ahead),
        1 => Just(Seen::OtherRoot),
        1 => Just(Seen::Nothing),
    ];
    let later = prop_oneof![
        6 => Just(60_i64),
        4 => (1..11_i64).prop_map(|days| days * DAY as i64),
        2 => Just(LIMIT as i64),
        2 => Just(LIMIT as i64 + 1),
        1 => Just(400 * DAY as i64),
        1 => Just(0),
        1 => Just(-1),
        1 => Just(-40 * (DAY as i64)),
        1 => Just(1 << 52),
    ];
    prop_oneof![
        8 => (1..=3_u32, seen, later.clone()).prop_map(|(author, seen, later)| Step::Remark(author, seen, later)),
        3 => (any::<usize>(), later).prop_map(|(which, later)| Step::Replay(which, later)),
        1 => Just(Step::Garbage),
    ]
}

/// The entry of a step: its bytes, and what the model needs to judge it.
fn entry(scribe: &mut Scribe, step: &Step, at: usize) -> (Vec<u8>, Option<(Hash, After, u64)>) {
    let (proposal, later) = match step {
        Step::Garbage => return (format!("nada {at}").into_bytes(), None),
        Step::Replay(which, later) => {
            let earlier = scribe.entries.iter().filter_map(|bytes| Entry::parse(bytes).ok());
            let earlier: Vec<Entry> = earlier.filter(|entry| entry.text().book.is_some()).collect();
            match earlier.get(which % earlier.len().max(1)) {
                Some(entry) => (entry.clone().into_proposal(), *later),
                None => return (format!("nada que repetir {at}").into_bytes(), None),
            }
        }
        Step::Remark(author, seen, later) => {
            let size = scribe.size();
            let seen_at = |size: u64| After { size, root: scribe.roots[size as usize] };
            let after = match seen {
                Seen::All => seen_at(size),
                Seen::But(count) => seen_at(size.saturating_sub(*count)),
                Seen::Ahead => After { size: size + 1, root: scribe.root() },
                Seen::OtherRoot => After { size, root: Hash::of(b"otra") },
                Seen::Nothing => seen_at(0),
            };
            let text = Text { after, ..scribe.remark_text(*author, &format!("Punto {at}.")) };
            (scribe.sign(&text), *later)
        }
    };
    let time = scribe.state.time().saturating_add_signed(later).min((1 << 53) - 1);
    let (text, after) = (proposal.text_hash(), proposal.text().after);
    scribe.time = time;
    (scribe.countersign(proposal.note().clone()), Some((text, after, time)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What the state forgets changes no verdict.
    #[test]
    fn forgetting_changes_no_verdict(steps in proptest::collection::vec(step(), 1..45)) {
        let mut scribe = Scribe::found(&founding(&[]), &[]);
        let mut naive = Naive {
            roots: scribe.roots.clone(),
            times: vec![scribe.time],
            texts: HashMap::new(),
            time: scribe.time,
        };
        naive.texts.insert(Entry::parse(&scribe.entries[0]).unwrap().text_hash(), 0);
        for (at, step) in steps.iter().enumerate() {
            let (bytes, judged) = entry(&mut scribe, step, at);
            let Some((text, after, time)) = judged else {
                let verdict = scribe.append(bytes).unwrap();
                prop_assert!(matches!(verdict, Verdict::Void(refusal) if refusal.check == "entry-form"));
                naive.take(None, scribe.root());
                continue;
            };
            let broken = naive.broken(&text, &after, time);
            let candidate = Candidate::new(Entry::parse(&bytes).unwrap().into_proposal(), &scribe.state.keys());
            let decided = decide(&scribe.state, &candidate, time, &council::AllThere);
            let verdict = scribe.append(bytes).unwrap();
            // The clerk's door says what the fold says.
            prop_assert_eq!(decided.is_ok(), broken.is_empty());
            match verdict {
                Verdict::Applied(_) => {
                    prop_assert!(broken.is_empty(), "{step:?} breaks {broken:?}");
                    naive.take(Some((text, time)), scribe.root());
                }
                Verdict::Void(refusal) => {
                    // What is forgotten for its age is called old, where it is recorded too early as well.
                    let named = broken.contains(refusal.check)
                        || refusal.check == "entry-age" && broken.contains("entry-time");
                    prop_assert!(named, "{step:?}: {refusal:?}, and it breaks {broken:?}");
                    naive.take(None, scribe.root());
                }
            }
        }
        let state = &scribe.state;
        prop_assert_eq!(state.size() as usize + 1, naive.roots.len());
        prop_assert_eq!(state.root(), *naive.roots.last().unwrap());
        prop_assert_eq!(state.time(), naive.time);
        // What it remembers is right; what it has forgotten is old.
        for (size, root) in naive.roots.iter().enumerate() {
            match state.root_at(size as u64) {
                Some(found) => prop_assert_eq!(found, *root),
                None => prop_assert!(naive.times[size].saturating_add(LIMIT) < naive.time),
            }
        }
        for (text, number) in &naive.texts {
            match state.number_of(text) {
                Some(found) => prop_assert_eq!(found, *number),
                None => prop_assert!(naive.times[*number as usize].saturating_add(LIMIT) < naive.time),
            }
        }
        // The same from a snapshot.
        let snapshot = state.to_snapshot();
        let restored = State::from_snapshot(&snapshot, scribe.book(), &state.digest(), |number| {
            let bytes = scribe.entries.get(number as usize)?;
            Some((leaf(bytes), Entry::parse(bytes).ok().map(|entry| entry.text_hash())))
        })
        .unwrap();
        prop_assert_eq!(restored.to_snapshot(), snapshot);
        for (text, number) in &naive.texts {
            prop_assert_eq!(restored.number_of(text), state.number_of(text));
            prop_assert_eq!(restored.root_at(*number), state.root_at(*number));
        }
    }
}

/// Ten years of one entry a day: what is remembered stays within the age that the statutes allow.
#[test]
fn memory_follows_the_window() {
    let mut scribe = Scribe::found(&founding(&[]), &[]);
    for day in 0..400 {
        scribe.time += DAY - 60;
        scribe.remark(1 + day % 3, &format!("Día {day}."));
    }
    let state = &scribe.state;
    let oldest = (0..=state.size()).find(|size| state.root_at(*size).is_some()).unwrap();
    // The entry of exactly thirty days ago is still remembered.
    assert_eq!(state.size() - oldest, 31);
    assert!(state.to_snapshot().len() < 6000);
}

/// The limit is exact, to the second, on both sides of forgetting.
#[test]
fn the_limit_is_exact() {
    for pruned in [false, true] {
        for (wait, applies) in [(LIMIT, true), (LIMIT + 1, false)] {
            let mut scribe = Scribe::found(&founding(&[]), &[]);
            let old = scribe.sign(&scribe.remark_text(2, "Lo de entonces."));
            let unseen = scribe.time + 60;
            scribe.remark(1, "Lo que no vio.");
            if pruned {
                scribe.time = unseen + wait - 60;
                scribe.remark(1, "Mucho después.");
            }
            let candidate = Candidate::new(old, &scribe.state.keys());
            let decided = decide(&scribe.state, &candidate, unseen + wait, &council::AllThere);
            assert_eq!(
                decided.as_ref().map_err(|refusal| refusal.check).err(),
                (!applies).then_some("entry-age")
            );
        }
    }
}
