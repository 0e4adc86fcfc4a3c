//! The elections that are corrupted, and the table's way of making and judging cases.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use ballot::checks;
use ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};

use crate::support::{Held, Spec, Step, TIME, choose, hold, judge, rank, read, vectors, write};

/// Elections held by the book.
pub struct Lab {
    /// Three questions of three kinds, a single trustee and 2 of 3, two shuffles, a revote.
    pub full: Held<Ed25519>,
    /// Choosing, with weights and a blank choice; two single trustees; a heavy voter who stays away.
    pub weighted: Held<Ed25519>,
    /// A weight whose counts are written as texts.
    pub heavy: Held<Ed25519>,
    /// Two ranked questions; 1 of 2.
    pub ranked: Held<Ed25519>,
    /// One question, two voters, one trustee: for what takes thousands of audits.
    pub tiny: Held<Ed25519>,
    pub field: Held<Belenios2048>,
    pub safe_prime: Held<Rfc3526>,
    /// Belenios' own election of lists, with its trustees' and voters' secrets.
    pub lists: (Vec<Step>, u64),
}

pub fn lab() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| Lab {
        full: hold(&Spec {
            questions: vec![choose(3, false, 1, 2), choose(2, true, 1, 1), rank(3)],
            singles: 1,
            threshold: Some((2, 3)),
            weights: vec![1; 5],
            casts: vec![
                (0, vec![vec![1, 0, 0], vec![1, 0, 0], vec![1, 2, 3]]),
                (1, vec![vec![1, 1, 0], vec![0, 0, 1], vec![3, 2, 1]]),
                (2, vec![vec![0, 0, 1], vec![0, 1, 0], vec![0, 255, 0]]),
                (0, vec![vec![0, 1, 0], vec![0, 0, 1], vec![2, 2, 0]]),
                (3, vec![vec![0, 1, 1], vec![0, 1, 0], vec![1, 3, 2]]),
            ],
            mixers: vec![1, 3],
            deciders: vec![1, 2, 4],
            seed: 1,
        }),
        weighted: hold(&Spec {
            questions: vec![choose(2, false, 0, 2), choose(2, true, 0, 1)],
            singles: 2,
            threshold: None,
            weights: vec![1, 3, 2, 1 << 40],
            casts: vec![
                (0, vec![vec![1, 0], vec![1, 0, 0]]),
                (1, vec![vec![1, 1], vec![0, 0, 1]]),
                (2, vec![vec![0, 0], vec![0, 0, 0]]),
                (1, vec![vec![0, 1], vec![0, 1, 0]]),
            ],
            mixers: vec![],
            deciders: vec![1, 2],
            seed: 2,
        }),
        heavy: hold(&Spec {
            questions: vec![choose(1, false, 0, 1)],
            singles: 1,
            threshold: None,
            weights: vec![(1 << 30) + 5, 2],
            casts: vec![(0, vec![vec![1]]), (1, vec![vec![1]])],
            mixers: vec![],
            deciders: vec![1],
            seed: 7,
        }),
        ranked: hold(&Spec {
            questions: vec![rank(2), rank(4)],
            singles: 0,
            threshold: Some((1, 2)),
            weights: vec![1; 4],
            casts: (0..4).map(|v| (v, vec![vec![v as u8, 2], vec![4, v as u8, 1, 0]])).collect(),
            mixers: vec![2, 1],
            deciders: vec![2],
            seed: 3,
        }),
        tiny: hold(&Spec {
            questions: vec![choose(1, false, 0, 1)],
            singles: 1,
            threshold: None,
            weights: vec![1; 2],
            casts: vec![(0, vec![vec![1]]), (1, vec![vec![0]])],
            mixers: vec![],
            deciders: vec![1],
            seed: 4,
        }),
        field: hold(&Spec {
            questions: vec![choose(2, true, 1, 2)],
            singles: 1,
            threshold: Some((1, 1)),
            weights: vec![1, 2, 1],
            casts: vec![(0, vec![vec![0, 1, 1]]), (1, vec![vec![1, 0, 0]]), (2, vec![vec![0, 1, 0]])],
            mixers: vec![],
            deciders: vec![1, 2],
            seed: 5,
        }),
        safe_prime: hold(&Spec {
            questions: vec![rank(2)],
            singles: 1,
            threshold: None,
            weights: vec![1; 2],
            casts: vec![(0, vec![vec![1, 2]]), (1, vec![vec![2, 1]])],
            mixers: vec![1],
            deciders: vec![1],
            seed: 6,
        }),
        lists: {
            let path = vectors().join("lists-weighted/v3.3-ed25519/SknvQYrxZptSgC.bel");
            read(&std::fs::read(path).unwrap())
        },
    })
}

/// Calls a function that is generic over the group with each of our elections; with RFC-3526-2048, where a power costs
/// milliseconds, only on request.
#[macro_export]
macro_rules! on_all {
    ($f:expr) => {{
        let lab = $crate::lab::lab();
        let mut cases = Vec::new();
        $crate::lab::collect("full", &mut cases, $f(&lab.full));
        $crate::lab::collect("weighted", &mut cases, $f(&lab.weighted));
        $crate::lab::collect("ranked", &mut cases, $f(&lab.ranked));
        $crate::lab::collect("field", &mut cases, $f(&lab.field));
        cases
    }};
    ($f:expr, safe_prime) => {{
        let mut cases = $crate::on_all!($f);
        $crate::lab::collect("safe prime", &mut cases, $f(&$crate::lab::lab().safe_prime));
        cases
    }};
}

pub fn collect(election: &str, cases: &mut Vec<Case>, new: Vec<Case>) {
    cases.extend(new.into_iter().map(|mut case| {
        case.label = format!("{election}: {}", case.label);
        case
    }));
}

/// One false archive.
pub struct Case {
    pub label: String,
    pub archive: Vec<u8>,
    pub strong: Option<Vec<u8>>,
    /// Judged as an unfinished election.
    pub partial: bool,
    /// Another check than the kind's.
    pub check: Option<&'static str>,
    /// Checks that may speak before it, where they come to the false part first.
    pub or: &'static [&'static str],
}

impl Case {
    pub fn new(label: impl Into<String>, archive: Vec<u8>, strong: Option<Vec<u8>>) -> Case {
        Case { label: label.into(), archive, strong, partial: false, check: None, or: &[] }
    }

    pub fn held<G: Group>(label: impl Into<String>, held: &Held<G>) -> Case {
        Case::new(label, held.archive(), Some(held.strong_text()))
    }

    pub fn steps<G: Group>(label: impl Into<String>, held: &Held<G>, steps: &[Step]) -> Case {
        Case::new(label, write(steps, TIME), Some(held.strong_text()))
    }

    pub fn under(mut self, check: &'static str) -> Case {
        self.check = Some(check);
        self
    }

    pub fn so_far(mut self) -> Case {
        self.partial = true;
        self
    }
}

/// A kind of corruption: its name, the check that must refuse it, and how it is made.
pub struct Kind {
    pub name: &'static str,
    pub check: &'static str,
    pub make: fn() -> Vec<Case>,
}

/// An archive that is no archive at all.
pub const UNREADABLE: &str = "(unreadable)";

/// What else a check may drag with it: a tally over refused ballots cannot be recomputed, a strong proof has no partial
/// decryption where that was refused, and ballots are of another election where the description was changed.
fn follows(check: &str, failed: &str) -> bool {
    check == failed
        || (check.starts_with("ballot-") && failed == checks::ENCRYPTED_TALLY)
        || (check == checks::ELECTION && [checks::BALLOT_FORM, checks::ENCRYPTED_TALLY].contains(&failed))
        || (check == checks::PARTIAL_DECRYPTIONS && failed == checks::DECRYPTION)
}

/// Judges a case; `Some` says what is wrong with the verdict.
pub fn complaint(kind: &Kind, case: &Case) -> Option<String> {
    let expected = case.check.unwrap_or(kind.check);
    let place = format!("{} / {}", kind.name, case.label);
    let judged =
        catch_unwind(AssertUnwindSafe(|| judge(&case.archive, case.strong.as_deref(), case.partial)));
    let Ok(verdict) = judged else { return Some(format!("{place}: PANIC")) };
    let control = verdict.text.chars().any(|c| c.is_control() && c != '\n');
    if control || verdict.text.len() > 200_000 {
        return Some(format!("{place}: the report is not fit to be printed ({} bytes)", verdict.text.len()));
    }
    if expected == UNREADABLE {
        return verdict.readable.then(|| format!("{place}: READ, {:?}\n{}", verdict.failed, verdict.text));
    }
    if verdict.holds {
        return Some(format!("{place}: HOLDS, expected {expected}\n{}", verdict.text));
    }
    let may_speak: Vec<&str> = std::iter::once(expected).chain(case.or.iter().copied()).collect();
    let named = may_speak.iter().any(|check| verdict.failed.contains(check));
    let alone = verdict.failed.iter().all(|failed| may_speak.iter().any(|check| follows(check, failed)));
    (!named || !alone)
        .then(|| format!("{place}: refused by {:?}, expected {expected}\n{}", verdict.failed, verdict.text))
}

/// Makes and judges all cases of these kinds on the cores there are.
pub fn run(kinds: &[Kind]) {
    let cases: Vec<(&Kind, Case)> =
        kinds.iter().flat_map(|kind| (kind.make)().into_iter().map(move |case| (kind, case))).collect();
    for kind in kinds {
        let count = cases.iter().filter(|(of, _)| of.name == kind.name).count();
        println!("{:60} {:22} {count:5} cases", kind.name, kind.check);
        assert!(count > 0, "{} makes no case", kind.name);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut complaints = Vec::new();
        while let Some((kind, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            complaints.extend(complaint(kind, case));
        }
        complaints
    };
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), cases.len(), complaints.join("\n"));
    println!("{} kinds, {} cases", kinds.len(), cases.len());
}

#[test]
fn what_is_held_by_the_book_passes() {
    fn passes<G: Group>(name: &str, held: &Held<G>) {
        let verdict = judge(&held.archive(), Some(&held.strong_text()), false);
        assert!(verdict.holds, "{name}\n{}", verdict.text);
        let again = read(&held.archive());
        assert_eq!(again, (held.steps(), TIME));
    }
    let lab = lab();
    passes("full", &lab.full);
    passes("weighted", &lab.weighted);
    passes("heavy", &lab.heavy);
    assert_eq!(lab.heavy.result, r#"{"result":[["1073741831"]]}"#);
    passes("ranked", &lab.ranked);
    passes("tiny", &lab.tiny);
    passes("field", &lab.field);
    passes("safe prime", &lab.safe_prime);
    let (steps, time) = &lab.lists;
    assert!(judge(&write(steps, *time), None, false).holds);
}

/// What is changed and yet not false: the archive's bytes alone do not tell, as the specification says.
#[test]
fn what_is_not_false_is_not_refused() {
    let lab = lab();
    let pass = |label: &str, held: &Held<Ed25519>, steps: &[Step]| {
        let verdict = judge(&write(steps, TIME), Some(&held.strong_text()), false);
        assert!(verdict.holds, "{label}\n{}", verdict.text);
    };
    // The ballots of different voters in another order: the tally is the same.
    let mut steps = lab.full.steps();
    steps.swap(2, 3);
    pass("reordered", &lab.full, &steps);
    // A ballot left out that did not count; its voter's tracker is then in vain.
    let mut steps = lab.full.steps();
    steps.remove(1);
    pass("a replaced ballot dropped", &lab.full, &steps);
    // A shuffle under another trustee's name: Belenios binds no owner to it, and the report says `mixers: claimed`.
    let mut steps = lab.full.steps();
    for step in &mut steps {
        if let Step::Shuffle(owner, _) = step {
            *owner = 5 - *owner;
        }
    }
    pass("mixers under other names", &lab.full, &steps);
    // Another time on all members: nothing signs it.
    let verdict = judge(&write(&lab.full.steps(), TIME + 1), Some(&lab.full.strong_text()), false);
    assert!(verdict.holds, "{}", verdict.text);
    // The shares, or their strong proofs, in another order.
    let mut steps = lab.full.steps();
    let last = steps.len() - 1;
    assert!(matches!(steps[last - 1], Step::Decryption(..)));
    steps.swap(last - 1, last - 3);
    let mut other_order = lab.full.clone();
    other_order.strong.proofs.reverse();
    pass("shares in another order", &other_order, &steps);
    // A share more than needed.
    let mut more = lab.full.clone();
    more.decrypt(&[1, 4, 3, 2]);
    more.again_from_decryptions();
    pass("one share more", &more, &more.steps());
}
