//! A new clerk from a mirror alone.

use book::checkpoint::{self, Checkpoint};
use book::entry::Proposal;
use book::files::{MemoryFiles, PublicFiles};
use book::hash::Hash;
use book::note::Note;
use book::tile::TileBuilder;
use clerk::{CannotSign, Clerk, Declined, PrivateBody, Submission};
use council::{Candidate, Examined, State};
use store::memory::Disk;
use store::{Batch, Books, Expected, Head, NewEntry, Store, TileRow};

use crate::common::{Council, Mark, START, Stranger, after, cosign, mirror};

struct Old {
    council: Council,
    disk: Disk,
    mark: Mark,
    clerk: Clerk,
}

/// A book of some hundred entries, with a blob and an erased body, final but for the last few.
fn old(name: &str, witnesses: &[&str]) -> Old {
    let (council, disk, mark) = (Council::new(name, witnesses), Disk::new(), Mark::default());
    let (founding, key) = (council.founding.clone(), council.clerk(0));
    let mut clerk =
        Clerk::found(Box::new(disk.open().unwrap()), founding, key, &[], mark.boxed(), START).unwrap().0;
    let seen = after(&clerk.checkpoint());
    let body = PrivateBody { salt: [3; 32], bytes: b"in confidence".to_vec() };
    let commitment = council.commitment(2, &body);
    let mut batch: Vec<Submission> = (0..600).map(|n| council.remark(seen, 1, &n.to_string())).collect();
    batch.push(council.remark_with(seen, 1, "blob", vec![b"public".to_vec()], None));
    batch.push(council.remark_with(seen, 2, "body", vec![], Some(body)));
    batch.push(council.erasure(seen, 602, &commitment));
    clerk.record(&batch, START).into_iter().for_each(|answer| assert!(answer.is_ok(), "{answer:?}"));
    for witness in witnesses {
        let line = cosign(witness, &clerk.checkpoint(), START).line();
        clerk.add_cosignatures(line.as_bytes(), START).unwrap();
    }
    Old { council, disk, mark, clerk }
}

impl Old {
    fn copy(&self) -> MemoryFiles {
        mirror(self.disk.open().unwrap().reader().unwrap(), self.council.book)
    }

    fn write(&mut self, text: &str) -> Submission {
        let submission = self.council.remark(after(&self.clerk.checkpoint()), 1, text);
        self.clerk.record(std::slice::from_ref(&submission), START + 1).remove(0).unwrap();
        submission
    }
}

fn succeed(
    old: &Old,
    disk: &Disk,
    source: &mut MemoryFiles,
    succession: &Submission,
    seen: &[Vec<u8>],
) -> Result<Clerk, CannotSign> {
    let store = Box::new(disk.open().unwrap());
    let key = old.council.clerk(1);
    Clerk::succeed(store, source, succession, key, Mark::default().boxed(), START + 2, seen)
        .map(|(clerk, _)| clerk)
}

#[test]
fn the_book_goes_on() {
    let mut old = old("goes on", &["ateneo"]);
    let carried = old.clerk.checkpoint();
    let mut stranger = Stranger::new(old.council.book);
    stranger.read(&mut old.copy()).unwrap();
    // An entry that is not final, and that the new clerk will not carry over.
    let unsent = old.write("not final");
    let mut source = old.copy();
    let succession = old.council.succession(1, carried.size, carried.root);
    let disk = Disk::new();
    let mut new = succeed(&old, &disk, &mut source, &succession, &[]).unwrap();
    assert_eq!(new.origin().epoch, 1);
    assert_eq!(new.checkpoint().size, carried.size + 1);
    let reader = || disk.open().unwrap().reader().unwrap();
    stranger.read(&mut mirror(reader(), old.council.book)).unwrap();
    // The same leaves, an old blob, a new entry; and what was not carried over is recorded now.
    let shown = Checkpoint { origin: carried.origin.clone(), ..carried.clone() };
    stranger.saw(&shown).unwrap();
    let receipt = new.record(&[unsent], START + 3).remove(0);
    // Its author had seen what was carried over.
    assert_eq!(receipt.unwrap().number, carried.size + 1);
    let more = old.council.remark_with(after(&new.checkpoint()), 3, "more", vec![b"public".to_vec()], None);
    new.record(&[more], START + 3).remove(0).unwrap();
    stranger.read(&mut mirror(reader(), old.council.book)).unwrap();
    // A witness cosigns the new epoch; the old clerk is not needed, and ends.
    let line = cosign("ateneo", &new.checkpoint(), START + 3).line();
    assert!(new.add_cosignatures(line.as_bytes(), START + 3).unwrap().is_final);
    let (book, mark) = (old.council.book, old.mark.clone());
    old.clerk.retire(&new.checkpoint()).unwrap();
    let again = Clerk::open(Box::new(old.disk.open().unwrap()), book, None, mark.boxed(), START + 3, &[]);
    assert_eq!(again.err(), Some(CannotSign::Retired));
    // The new one opens again from its own store.
    let newest = new.checkpoint();
    drop(new);
    let store = Box::new(disk.open().unwrap());
    let clerk =
        Clerk::open(store, book, None, Mark::default().boxed(), START + 3, &[newest.clone(), carried])
            .unwrap();
    assert_eq!(clerk.checkpoint(), newest);
}

#[test]
fn a_succession_is_refused() {
    let mut old = old("refused", &["ateneo"]);
    let last = old.clerk.checkpoint();
    let mut source = old.copy();
    let refused = |old: &Old, source: &mut MemoryFiles, succession: &Submission, seen: &[Vec<u8>]| {
        succeed(old, &Disk::new(), source, succession, seen).map(|_| ()).unwrap_err()
    };
    // Below the largest final checkpoint, whoever shows it.
    let mut tree = Stranger::new(old.council.book);
    tree.read(&mut source).unwrap();
    let below = old.council.succession(1, 300, tree.root(300));
    let error = refused(&old, &mut source, &below, &[]);
    assert!(matches!(&error, CannotSign::Refused(refusal) if refusal.check == "succession"), "{error}");
    assert!(error.to_string().contains("there is a final checkpoint of 604"), "{error}");
    old.write("one more");
    let newer = old.clerk.checkpoint();
    let line = cosign("ateneo", &newer, START + 1).line();
    old.clerk.add_cosignatures(line.as_bytes(), START + 1).unwrap();
    let shown = old.clerk.checkpoint_note();
    let good = old.council.succession(1, last.size, last.root);
    let error = refused(&old, &mut source, &good, std::slice::from_ref(&shown));
    assert!(error.to_string().contains("there is a final checkpoint of 605"), "{error}");
    // A checkpoint that is not signed by the clerk is no evidence, and is not passed over in silence.
    let mut forged = Note::parse(&shown).unwrap();
    forged.text = forged.text.replace("\n605\n", "\n606\n");
    assert!(matches!(refused(&old, &mut source, &good, &[forged.to_bytes()]), CannotSign::Files(_)));
    // Not a succession; one signer of two; another root; another epoch; another key.
    let remark = old.council.remark(after(&last), 1, "no succession");
    assert!(matches!(refused(&old, &mut source, &remark, &[]), CannotSign::Form(_)));
    let other_root = old.council.succession(1, last.size, Hash([1; 32]));
    assert!(matches!(refused(&old, &mut source, &other_root, &[]), CannotSign::Form(_)));
    let more = old.council.succession(1, last.size + 50, last.root);
    assert!(matches!(refused(&old, &mut source, &more, &[]), CannotSign::Files(_)));
    let far = old.council.succession(2, last.size, last.root);
    assert!(matches!(refused(&old, &mut source, &far, &[]), CannotSign::Refused(_)));
    let (book, key) = (old.council.book, old.council.clerk(5));
    let store = Box::new(Disk::new().open().unwrap());
    let wrong = Clerk::succeed(store, &mut source, &good, key, Mark::default().boxed(), START + 2, &[]);
    assert_eq!(wrong.err(), Some(CannotSign::WrongKey { epoch: 1 }));
    // The old clerk does not record it; a store that holds more does not take it.
    let handed_in =
        old.clerk.record(&[old.council.succession(1, newer.size, newer.root)], START + 2).remove(0);
    assert!(matches!(handed_in, Err(Declined::Refused(refusal)) if refusal.check == "succession"));
    let error = succeed(&old, &old.disk.clone(), &mut source, &good, &[]).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("take an empty store"), "{error}");
    // A source with a wrong tile, or without a blob.
    let mut broken = source.clone();
    broken.insert("tile/entries/001", vec![0; 100]).unwrap();
    assert!(matches!(refused(&old, &mut broken, &good, &[]), CannotSign::Files(_)));
    let mut bare = source.clone();
    bare.remove(&format!("blob/{}", Hash::of(b"public").hex())).unwrap();
    assert!(matches!(refused(&old, &mut bare, &good, &[]), CannotSign::NotJudged { entry: 601, .. }));
    // And in order it is accepted, once.
    let disk = Disk::new();
    succeed(&old, &disk, &mut source, &good, &[]).unwrap();
    assert_eq!(succeed(&old, &disk, &mut source, &good, &[]).map(|_| ()), Err(CannotSign::Exists(book)));
}

#[test]
fn where_the_policy_asks_for_nobody_every_signed_checkpoint_counts() {
    let mut old = old("alone", &[]);
    let carried = old.clerk.checkpoint();
    let mut source = old.copy();
    old.write("one more");
    let shown = old.clerk.checkpoint_note();
    let succession = old.council.succession(1, carried.size, carried.root);
    let error = succeed(&old, &Disk::new(), &mut source, &succession, &[shown]).map(|_| ()).unwrap_err();
    assert!(matches!(error, CannotSign::Refused(_)), "{error}");
    let error = succeed(&old, &Disk::new(), &mut old.copy(), &succession, &[]).map(|_| ()).unwrap_err();
    assert!(matches!(error, CannotSign::Refused(_)), "{error}");
    succeed(&old, &Disk::new(), &mut source, &succession, &[]).unwrap();
}

/// The old clerk signed two histories, and somebody shows the one that is not carried over.
#[test]
fn a_fork_within_what_is_carried_over_is_refused() {
    for witnesses in [&[] as &[&str], &["ateneo"]] {
        let mut old = old("forked", witnesses);
        let forked = |size: u64, key: &book::key::SecretKey| {
            let origin = old.clerk.checkpoint().origin;
            checkpoint::sign(&Checkpoint { origin, size, root: Hash([9; 32]) }, key).to_bytes()
        };
        let clerk = old.council.clerk(0);
        let (same, smaller) = (forked(605, &clerk), forked(300, &clerk));
        let forged = forked(300, &old.council.clerk(1));
        let before = old.clerk.checkpoint_note();
        old.write("one more");
        let (carried, newest) = (old.clerk.checkpoint(), old.clerk.checkpoint_note());
        let mut source = old.copy();
        let succession = old.council.succession(1, carried.size, carried.root);
        for (size, note) in [(605, &same), (300, &smaller)] {
            let seen = [before.clone(), note.clone()];
            let error = succeed(&old, &Disk::new(), &mut source, &succession, &seen).map(|_| ()).unwrap_err();
            assert!(
                matches!(&error, CannotSign::Refused(refusal) if refusal.check == "succession"),
                "{error}"
            );
            let said = error.to_string();
            let root = Hash([9; 32]).to_string();
            assert!(said.contains("the former clerk forked the book") && said.contains(&root), "{said}");
            assert!(said.contains(&format!("first {size} entries")), "{said}");
            assert!(size == 300 || said.contains(&carried.root.to_string()), "{said}");
        }
        let error = succeed(&old, &Disk::new(), &mut source, &succession, &[forged]).map(|_| ()).unwrap_err();
        assert!(matches!(error, CannotSign::Files(_)), "{error}");
        succeed(&old, &Disk::new(), &mut source, &succession, &[before, newest]).unwrap();
    }
}

/// Records an entry as the clerk of the first epoch whatever comes with it, as a dishonest or an earlier one could have.
fn record_unseen(disk: &Disk, council: &Council, submission: &Submission) {
    let (mut store, book) = (disk.open().unwrap(), council.book);
    let head = store.head(&book.0).unwrap().unwrap();
    let (mut state, mut tiles) = (State::before(book), TileBuilder::new());
    let mut take = |state: &mut State, examined: &Examined| {
        council::apply(state, examined, &council::AllThere).unwrap();
        tiles.push(examined.leaf());
    };
    for entry in store.entries(&book.0, 0, head.size).unwrap() {
        let examined = Examined::new(&entry, &state.keys());
        take(&mut state, &examined);
    }
    let key = council.clerk(0);
    let candidate = Candidate::new(Proposal::parse(&submission.note).unwrap(), &state.keys());
    let (examined, bytes) = candidate.countersign(&key, &state.origin(), START + 1).unwrap();
    take(&mut state, &examined);
    let (size, root) = (state.size(), state.root());
    let signed = checkpoint::sign(&Checkpoint { origin: state.origin().to_string(), size, root }, &key);
    let frontier = state.frontier().hashes().iter().map(|hash| hash.0).collect();
    let checkpoint = signed.to_bytes();
    let mut batch = Batch::new(Head { size, root: root.0, epoch: 0, frontier, checkpoint, time: START + 1 });
    batch.entries = vec![NewEntry { bytes, text_hash: None }];
    let changed = tiles.take_changed().into_iter();
    batch.tiles = changed.map(|(level, index, bytes)| TileRow { level, index, bytes }).collect();
    store.append(&book.0, Some(&Expected::from(&head)), &batch).unwrap();
}

/// A book in which an earlier clerk recorded a blob's hash with another size: nobody goes on from there, and the hand-over
/// carries over what comes before.
#[test]
fn a_blob_of_another_size_is_not_carried_over() {
    let mut old = old("another size", &["ateneo"]);
    let before = old.clerk.checkpoint();
    let mut source = old.copy();
    let lie = old.council.remark_naming(after(&before), 1, b"public", 7);
    assert_eq!(
        old.clerk.record(std::slice::from_ref(&lie), START + 1)[0].as_ref().map_err(Declined::check),
        Err("attachment")
    );
    record_unseen(&old.disk, &old.council, &lie);
    let store = Box::new(old.disk.open().unwrap());
    let opened = Clerk::open(store, old.council.book, None, old.mark.boxed(), START + 2, &[]);
    let error = opened.map(|_| ()).unwrap_err();
    assert!(matches!(error, CannotSign::NotJudged { entry: 604, .. }), "{error}");
    let mut lying = old.copy();
    let all = Checkpoint::parse_text(&Note::parse(&shown(&mut lying)).unwrap().text).unwrap();
    let carried_over = old.council.succession(1, all.size, all.root);
    let error = succeed(&old, &Disk::new(), &mut lying, &carried_over, &[]).map(|_| ()).unwrap_err();
    assert!(matches!(error, CannotSign::NotJudged { entry: 604, .. }), "{error}");
    let good = old.council.succession(1, before.size, before.root);
    succeed(&old, &Disk::new(), &mut lying, &good, &[]).unwrap();
    succeed(&old, &Disk::new(), &mut source, &good, &[shown(&mut lying)]).unwrap();
}

fn shown(files: &mut MemoryFiles) -> Vec<u8> {
    files.read("checkpoint", usize::MAX).unwrap().unwrap()
}
