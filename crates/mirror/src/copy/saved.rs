//! The state that a mirror keeps, so that a start does not replay the whole book. It is a cache: one that cannot be used is
//! left aside, and the book replayed.

use audit::Succession;
use book::hash::Hash;
use book::id::BookId;
use book::merkle::leaf;
use council::State;

use super::tree::Tree;

const HEADER: &str = "cabildo/mirror-state/v1";

/// A state, and the hand-overs that led to it.
pub(crate) struct Saved {
    pub(crate) state: State,
    pub(crate) hand_overs: Vec<Succession>,
}

/// The file: header, digest, hand-overs as `epoch:entry:time`, the snapshot.
pub(crate) fn write(state: &State, hand_overs: &[Succession]) -> Vec<u8> {
    let words: Vec<String> =
        hand_overs.iter().map(|over| format!("{}:{}:{}", over.epoch, over.entry, over.time)).collect();
    let mut bytes = format!("{HEADER}\n{}\n{}\n", state.digest(), words.join(" ")).into_bytes();
    bytes.extend(state.to_snapshot());
    bytes
}

/// Reads it against the tree of the book as it is held; `None` where it does not fit.
pub(crate) fn read(bytes: &[u8], book: BookId, tree: &mut Tree<'_>) -> Option<Saved> {
    let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    if text()? != HEADER {
        return None;
    }
    let digest = Hash::parse(text()?)?;
    let hand_overs =
        text()?.split(' ').filter(|over| !over.is_empty()).map(hand_over).collect::<Option<Vec<_>>>()?;
    let snapshot = parts.next()?;
    let state = State::from_snapshot(snapshot, book, &digest, |number| {
        let bytes = tree.entry(number).ok()?;
        Some((leaf(&bytes), book::entry::text_hash_of(&bytes)))
    });
    let state = state.ok()?;
    let fits = state.size() <= tree.size() && tree.root_at(state.size()).ok()? == state.root();
    (fits && hand_overs.iter().all(|over| over.entry < state.size())).then_some(Saved { state, hand_overs })
}

fn hand_over(text: &str) -> Option<Succession> {
    let mut numbers = text.splitn(3, ':');
    let mut next = || numbers.next();
    Some(Succession {
        epoch: next()?.parse().ok()?,
        entry: next()?.parse().ok()?,
        time: next()?.parse().ok()?,
    })
}
