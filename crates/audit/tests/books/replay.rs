//! Every replica and every speed path gives the same verdict: chunks of any size, snapshots at any point, keys of any
//! moment, one core or all.

use audit::{Replay, Void};
use book::entry::{Entry, Signer};
use book::hash::Hash;
use book::merkle::leaf;
use book::note::Signature;
use council::kinds::{Content, MemberAdmitted, write};
use council::{Examined, KeyRing, State, Verdict, apply};
use proptest::prelude::*;

use crate::on_all_cores;
use crate::support::keys;
use crate::support::scribe::{DAY, Scribe, secretary};

/// A long life: admissions and leavings, bodies and erasures, hand-overs, long waits, and of void entries every sort.
fn long_life() -> Scribe {
    let mut scribe = Scribe::lived();
    for turn in 0..12_u32 {
        let newcomer = 10 + turn;
        scribe.admit(newcomer);
        let body = format!("Escrito reservado {turn}.");
        let entry =
            scribe.remark_with(newcomer, "Dejo un escrito.", &[body.as_bytes()], Some(body.as_bytes()));
        forge(&mut scribe, turn);
        scribe.remark(1 + 2 * (turn % 2), &format!("Turno {turn}: se levanta acta."));
        if turn % 3 == 0 {
            scribe.erase(entry, newcomer, body.as_bytes());
        }
        if turn % 4 == 1 {
            scribe.leave(newcomer);
        }
        if turn % 4 == 3 {
            scribe.succeed(&[1, 2]);
        }
        scribe.time += u64::from(turn) * DAY;
    }
    scribe
}

/// Records a few entries that are void.
fn forge(scribe: &mut Scribe, turn: u32) {
    let good = scribe.note(&scribe.remark_text(4, &format!("Falso {turn}.")));
    let mut false_line = good.clone();
    false_line.signatures[0].bytes[7] ^= 4;
    let mut by_another = good.clone();
    let name = scribe.state.origin().to_string();
    by_another.signatures.push(Signature::timestamped(
        &keys::secret("intruso"),
        &name,
        scribe.time,
        &good.text,
    ));
    let stranger = scribe.note(&scribe.remark_text(10 + turn + 1, "Todavía no soy nadie."));
    let left = scribe.note(&scribe.remark_text(6, "Ya no soy nadie."));
    let usurped = scribe.note(&scribe.text("remark.made", vec![secretary(4)], r#"{"text":"a"}"#));
    // Under the number of one who left, by a new key: keys of before that know another key for the number.
    let again = MemberAdmitted { member: 6, key: keys::public("again").base64() };
    let signers = vec![secretary(1), Signer::member(6)];
    let mut again = scribe.note(&scribe.text(MemberAdmitted::KIND, signers, write(&again)));
    again.signatures[1] = Signature::plain(&keys::secret("again"), "6", &again.text);
    let replayed = scribe.entries[12].clone();
    let late = {
        let now = std::mem::replace(&mut scribe.time, 0);
        let late = scribe.countersign(good);
        scribe.time = now;
        late
    };
    let entries = vec![
        scribe.countersign(false_line),
        by_another.to_bytes(),
        scribe.countersign(stranger),
        scribe.countersign(left),
        scribe.countersign(usurped),
        scribe.countersign(again),
        replayed,
        late,
        format!("nada {turn}").into_bytes(),
        Vec::new(),
    ];
    for entry in entries.into_iter().skip(turn as usize % 3) {
        let verdict = scribe.append(entry).unwrap();
        assert!(matches!(verdict, Verdict::Void(_)), "{verdict:?}");
    }
}

fn slices(entries: &[Vec<u8>]) -> Vec<&[u8]> {
    entries.iter().map(Vec::as_slice).collect()
}

/// The outcome of a replay in chunks of these sizes.
fn replayed(scribe: &Scribe, chunks: impl IntoIterator<Item = usize>) -> (Hash, Vec<Void>, String) {
    let entries = slices(&scribe.entries);
    let mut replay = Replay::new(scribe.book());
    let mut left = entries.as_slice();
    for size in chunks {
        let (chunk, rest) = left.split_at(size.min(left.len()));
        let mut seen = Vec::new();
        replay
            .push(chunk, &mut |_: &Hash, _: u64| true, |leaf, state| seen.push((leaf, state.size())))
            .unwrap();
        let from = entries.len() - left.len();
        let expected: Vec<(Hash, u64)> =
            (from..).zip(chunk).map(|(at, entry)| (leaf(entry), at as u64 + 1)).collect();
        assert_eq!(seen, expected);
        left = rest;
    }
    assert!(left.is_empty());
    (replay.state().digest(), replay.voids().to_vec(), replay.report().to_string())
}

#[test]
fn in_chunks_of_any_size() {
    println!("on all cores: {}", on_all_cores());
    let scribe = long_life();
    let whole = replayed(&scribe, [scribe.entries.len()]);
    // The scribe applied entry by entry, with the keys of the moment, on one core.
    assert_eq!(whole.0, scribe.state.digest());
    assert_eq!(whole.1.len() as u64, scribe.state.voids());
    assert!(whole.1.len() > 80 && scribe.entries.len() > 140, "{}", scribe.entries.len());
    for size in (1..12).chain([16, 17, 33, 64, 100, 128]) {
        assert_eq!(
            replayed(&scribe, std::iter::repeat_n(size, scribe.entries.len())),
            whole,
            "chunks of {size}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn in_any_chunks(sizes in proptest::collection::vec(0..40_usize, 1..30)) {
        let scribe = Scribe::lived();
        let whole = replayed(&scribe, [scribe.entries.len()]);
        prop_assert_eq!(replayed(&scribe, sizes.into_iter().chain([usize::MAX])), whole);
    }
}

/// Keys of any moment, earlier or later, examine an entry to the same verdict: an examination remembers whose keys it saw.
#[test]
fn with_keys_of_any_moment() {
    let scribe = long_life();
    let mut state = State::before(scribe.book());
    let mut rings: Vec<KeyRing> = vec![state.keys()];
    let mut verdicts = Vec::new();
    for bytes in &scribe.entries {
        let examined = Examined::new(bytes, &state.keys());
        verdicts.push(apply(&mut state, &examined, &council::AllThere).unwrap());
        rings.push(state.keys());
    }
    let last = rings.len() - 1;
    // Entry 9 is the leaving of member 6.
    let moments: [&dyn Fn(usize) -> usize; 6] =
        [&|_| 0, &|_| 9, &|_| last, &|at| at / 2, &|at| (at + 40).min(last), &|at| at * 7919 % last];
    for moment in moments {
        let mut other = State::before(scribe.book());
        for (at, bytes) in scribe.entries.iter().enumerate() {
            let examined = Examined::new(bytes, &rings[moment(at)]);
            let verdict = apply(&mut other, &examined, &council::AllThere).unwrap();
            assert_eq!(verdict, verdicts[at], "entry {at} with the keys of {}", moment(at));
        }
        assert_eq!(other.digest(), scribe.state.digest());
    }
}

/// From a snapshot at any point the rest is judged as from the beginning.
#[test]
fn from_a_snapshot_at_any_point() {
    let scribe = long_life();
    let entries = slices(&scribe.entries);
    let mut replay = Replay::new(scribe.book());
    replay.push(&entries, &mut |_: &Hash, _: u64| true, |_, _| {}).unwrap();
    let voids = replay.voids().to_vec();
    let mut state = State::before(scribe.book());
    for at in 0..entries.len() {
        if at % 11 == 0 || at + 3 > entries.len() {
            let restored =
                State::from_snapshot(&state.to_snapshot(), scribe.book(), &state.digest(), |number| {
                    let bytes = entries.get(number as usize)?;
                    Some((leaf(bytes), Entry::parse(bytes).ok().map(|entry| entry.text_hash())))
                });
            let mut from_here = Replay::from_state(restored.unwrap());
            from_here.push(&entries[at..], &mut |_: &Hash, _: u64| true, |_, _| {}).unwrap();
            assert_eq!(from_here.state().digest(), scribe.state.digest(), "from {at}");
            let later: Vec<Void> = voids.iter().filter(|void| void.entry >= at as u64).cloned().collect();
            assert_eq!(from_here.voids(), later);
        }
        let examined = Examined::new(entries[at], &state.keys());
        apply(&mut state, &examined, &council::AllThere).unwrap();
    }
}
