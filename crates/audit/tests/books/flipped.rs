//! A flipped byte anywhere in the public files is found: whatever file, whatever place, whatever bit.

use book::files::{MemoryFiles, PublicPath};
use proptest::prelude::*;

use crate::of_size;
use crate::support::judge::{Asked, holds, try_audit};
use crate::support::scribe::Scribe;

/// What a byte is changed by.
const PATTERNS: [u8; 9] = [0x01, 0x20, 0x80, 0xff, 0x02, 0x04, 0x08, 0x10, 0x40];

/// That no audit of these files holds with this file so.
fn fails(files: &mut MemoryFiles, path: &str, bytes: Vec<u8>, what: &dyn Fn() -> String) {
    files.insert(path, bytes).unwrap();
    // What makes it no book at all is no pass either.
    if let Ok(audit) = try_audit(files, &Asked::default()) {
        assert!(!audit.report.holds(), "{path}, {}:\n{}", what(), audit.report);
    }
}

/// Flips bytes of every public file: in the small ones every byte, in those of entries and hashes every `step`-th and the
/// first and last. Then cuts and lengthens each.
fn flip_all(scribe: &Scribe, step: usize) {
    let mut files = scribe.files();
    let audit = holds(&files);
    assert!(audit.is_final && audit.report.check("final").is_some_and(|check| check.count == 2));
    let paths: Vec<(PublicPath, Vec<u8>)> =
        files.iter().map(|(path, bytes)| (path, bytes.to_vec())).collect();
    let kinds = |wanted: fn(&PublicPath) -> bool| paths.iter().any(|(path, _)| wanted(path));
    assert!(kinds(|path| *path == PublicPath::Final) && kinds(|path| *path == PublicPath::Vkeys));
    assert!(scribe.size() == 1 || kinds(|path| matches!(path, PublicPath::Blob(_))));
    let mut turn = 0;
    for (path, bytes) in paths {
        let (name, length) = (path.to_string(), bytes.len());
        let step = if matches!(path, PublicPath::Tile(_)) { step } else { step.min(5) };
        for at in (0..length).filter(|at| at % step == 0 || *at < 3 || length - at < 3) {
            let pattern = PATTERNS[turn % PATTERNS.len()];
            turn += 1;
            let mut flipped = bytes.clone();
            flipped[at] ^= pattern;
            fails(&mut files, &name, flipped, &|| format!("byte {at} changed by {pattern:#04x}"));
        }
        let cut = [0, length / 2, length.saturating_sub(1)];
        for length in cut.into_iter().filter(|cut| *cut < length) {
            fails(&mut files, &name, bytes[..length].to_vec(), &|| format!("cut to {length}"));
        }
        for more in [b"\n".as_slice(), b"\0", &bytes] {
            if !more.is_empty() {
                fails(&mut files, &name, [&bytes, more].concat(), &|| "lengthened".to_owned());
            }
        }
        files.insert(&name, bytes).unwrap();
    }
    holds(&files);
}

#[test]
fn every_byte_of_a_book_of_1() {
    flip_all(&of_size(1), 1);
}

#[test]
fn every_byte_of_a_book_of_2() {
    flip_all(&of_size(2), 1);
}

#[test]
fn a_book_with_everything() {
    let mut scribe = Scribe::lived();
    scribe.make_final();
    flip_all(&scribe, 7);
}

#[test]
fn a_book_of_255() {
    flip_all(&of_size(255), 2999);
}

#[test]
fn a_book_of_256() {
    flip_all(&of_size(256), 3001);
}

#[test]
fn a_book_of_257() {
    flip_all(&of_size(257), 3011);
}

/// Every byte of what is small and signed by several, in several bits.
#[test]
fn several_bits_of_the_checkpoints_and_keys() {
    let scribe = of_size(1);
    let mut files = scribe.files();
    for name in ["checkpoint", "final", "vkeys"] {
        let path = PublicPath::parse(name).unwrap();
        let bytes = files.iter().find(|(found, _)| *found == path).unwrap().1.to_vec();
        for at in 0..bytes.len() {
            for bit in [0, 1, 5, 7] {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                fails(&mut files, name, flipped, &|| format!("byte {at}, bit {bit}"));
            }
        }
        files.insert(name, bytes).unwrap();
    }
}

/// The lines of a text file in any order, and other files as they are: what an audit may not tell apart.
fn unordered(path: PublicPath, bytes: &[u8]) -> Vec<Vec<u8>> {
    if matches!(path, PublicPath::Tile(_) | PublicPath::Blob(_)) {
        return vec![bytes.to_vec()];
    }
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Pieces of the files put in the place of other pieces: nothing panics, and nothing but the files themselves holds.
    #[test]
    fn pieces_in_other_places(cuts in proptest::collection::vec(any::<[prop::sample::Index; 6]>(), 1..4), whole in any::<bool>()) {
        let mut scribe = Scribe::lived();
        scribe.make_final();
        let good = scribe.files();
        let mut files = good.clone();
        let paths: Vec<PublicPath> = good.iter().map(|(path, _)| path).collect();
        let content = |files: &MemoryFiles, path: PublicPath| {
            files.iter().find(|(found, _)| *found == path).unwrap().1.to_vec()
        };
        for [from, to, start, end, at, drop] in cuts {
            let (from, to) = (*from.get(&paths), *to.get(&paths));
            let (source, target) = (content(&files, from), content(&files, to));
            let (start, end) = (start.index(source.len() + 1), end.index(source.len() + 1));
            let piece = if whole { &source[..] } else { &source[start.min(end)..start.max(end)] };
            let at = at.index(target.len() + 1);
            let drop = drop.index(target.len() - at + 1);
            let spliced = [&target[..at], piece, &target[at + drop..]].concat();
            files.insert(&to.to_string(), spliced).unwrap();
        }
        if try_audit(&mut files, &Asked::default()).is_ok_and(|audit| audit.report.holds()) {
            for path in paths {
                prop_assert_eq!(unordered(path, &content(&files, path)), unordered(path, &content(&good, path)));
            }
        }
    }
}
