//! Snapshots: at every point of a life, and what is no snapshot.

use book::entry::Entry;
use book::hash::Hash;
use book::id::BookId;
use book::merkle::leaf;
use council::{Examined, State, apply};

use crate::support::scribe::{DAY, Scribe};

fn restore(scribe: &Scribe, snapshot: &[u8], digest: &Hash) -> Result<State, council::SnapshotError> {
    State::from_snapshot(snapshot, scribe.book(), digest, |number| {
        let bytes = scribe.entries.get(number as usize)?;
        Some((leaf(bytes), Entry::parse(bytes).ok().map(|entry| entry.text_hash())))
    })
}

/// A life with everything in it, void entries and long waits too.
fn life() -> Scribe {
    let mut scribe = Scribe::lived();
    scribe.append(b"nada".to_vec()).unwrap();
    let mut void = scribe.note(&scribe.remark_text(4, "Falso."));
    void.signatures[0].bytes[3] ^= 1;
    let void = scribe.countersign(void);
    scribe.append(void).unwrap();
    scribe.time += 20 * DAY;
    scribe.remark_with(5, "Más tarde, con adjunto.", &[b"adjunto"], Some(b"y reserva"));
    scribe.time += 20 * DAY;
    scribe.remark(1, "Más tarde aún.");
    scribe.admit(7);
    scribe.leave(2);
    scribe.succeed(&[1, 3]);
    scribe.time += 45 * DAY;
    scribe.remark(7, "Y al final.");
    scribe
}

fn go_on(state: &mut State, entries: &[Vec<u8>]) {
    for bytes in entries {
        let examined = Examined::new(bytes, &state.keys());
        apply(state, &examined, &council::AllThere).unwrap();
    }
}

/// The state after so many entries, from the first.
fn from_scratch(scribe: &Scribe, size: usize) -> State {
    let mut state = State::before(scribe.book());
    go_on(&mut state, &scribe.entries[..size]);
    state
}

#[test]
fn a_snapshot_at_every_point() {
    let scribe = life();
    let end = scribe.state.digest();
    for size in 0..=scribe.entries.len() {
        let state = from_scratch(&scribe, size);
        let (snapshot, digest) = (state.to_snapshot(), state.digest());
        let mut restored = restore(&scribe, &snapshot, &digest).unwrap();
        assert_eq!(restored.digest(), digest);
        assert_eq!(restored.to_snapshot(), snapshot);
        assert_eq!(Hash::of(snapshot.split(|byte| *byte == b'\n').next().unwrap()), digest);
        for number in 0..=scribe.size() {
            assert_eq!(restored.root_at(number), state.root_at(number));
            let text = scribe.entries.get(number as usize).and_then(|bytes| Entry::parse(bytes).ok());
            let text = text.map_or(Hash::of(b""), |entry| entry.text_hash());
            assert_eq!(restored.number_of(&text), state.number_of(&text));
        }
        go_on(&mut restored, &scribe.entries[size..]);
        assert_eq!(restored.digest(), end, "from {size}");
        assert_eq!(restored.to_snapshot(), scribe.state.to_snapshot());
    }
}

/// Every two states of a life have two digests, and so has a state of which any part is another.
#[test]
fn digests_differ() {
    let scribe = life();
    let mut digests: Vec<Hash> =
        (0..=scribe.entries.len()).map(|size| from_scratch(&scribe, size).digest()).collect();
    digests.push(State::before(BookId([1; 32])).digest());
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), scribe.entries.len() + 2);
}

#[test]
fn no_flipped_byte_is_restored() {
    let scribe = life();
    let (snapshot, digest) = (scribe.state.to_snapshot(), scribe.state.digest());
    for at in 0..snapshot.len() {
        let mut spoiled = snapshot.clone();
        spoiled[at] ^= [1, 0x20, 0x80, 0xff][at % 4];
        assert!(restore(&scribe, &spoiled, &digest).is_err(), "byte {at}");
        let _ = State::snapshot_needs_from(&spoiled);
    }
    for cut in 0..snapshot.len() {
        assert!(restore(&scribe, &snapshot[..cut], &digest).is_err(), "cut at {cut}");
    }
    assert!(restore(&scribe, &[&snapshot[..], b"\n"].concat(), &digest).is_err());
    assert!(restore(&scribe, &snapshot, &Hash([0; 32])).is_err());
}

/// A snapshot is of one book, and of entries that are there.
#[test]
fn of_another_book() {
    let scribe = life();
    let (snapshot, digest) = (scribe.state.to_snapshot(), scribe.state.digest());
    let refused = State::from_snapshot(&snapshot, BookId([1; 32]), &digest, |_| None).err().unwrap();
    assert!(refused.to_string().contains("replay the book"), "{refused}");
    assert!(State::from_snapshot(&snapshot, scribe.book(), &digest, |_| None).is_err());
    let other = |number: u64| Some((leaf(&number.to_be_bytes()), None));
    assert!(State::from_snapshot(&snapshot, scribe.book(), &digest, other).is_err());
    let needs = State::snapshot_needs_from(&snapshot).unwrap();
    assert!(needs > 0 && needs < scribe.size());
}

/// The entries handed in again are not more than the window needs.
#[test]
fn only_the_window_is_asked_for() {
    let scribe = life();
    let (snapshot, digest) = (scribe.state.to_snapshot(), scribe.state.digest());
    let needs = State::snapshot_needs_from(&snapshot).unwrap();
    let mut asked = Vec::new();
    State::from_snapshot(&snapshot, scribe.book(), &digest, |number| {
        asked.push(number);
        let bytes = &scribe.entries[number as usize];
        Some((leaf(bytes), Entry::parse(bytes).ok().map(|entry| entry.text_hash())))
    })
    .unwrap();
    assert_eq!(asked, (needs..scribe.size()).collect::<Vec<_>>());
}
