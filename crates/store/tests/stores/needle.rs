//! Searching files for bytes that must not be there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// 32 bytes that occur nowhere else: no pattern that padding or other tests write. Tests that share files take different
/// numbers.
pub(crate) fn needle(n: u32) -> [u8; 32] {
    let mut noise = noise(n);
    std::array::from_fn(|_| noise.next().unwrap_or(0))
}

/// Bytes without end that do not compress, of which [`needle`] is the beginning.
pub(crate) fn noise(n: u32) -> impl Iterator<Item = u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64 ^ (u64::from(n) << 20);
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    })
}

/// 32 letters, for names.
pub(crate) fn letters(n: u32) -> String {
    needle(n).iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

/// Which of these byte strings occur in a file below this folder, by their place in the list.
pub(crate) fn present(folder: &Path, needles: &[&[u8]]) -> BTreeSet<usize> {
    // Most positions fail here already.
    let mut starts = vec![false; 1 << 16];
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    needles.iter().for_each(|needle| starts[pair(needle)] = true);
    let mut found = BTreeSet::new();
    for path in files(folder) {
        // A file of a running server may be gone by now.
        let hay = fs::read(path).unwrap_or_default();
        for at in (1..hay.len()).map(|end| end - 1).filter(|at| starts[pair(&hay[*at..])]) {
            let here = needles.iter().enumerate().filter(|(_, needle)| hay[at..].starts_with(needle));
            found.extend(here.map(|(place, _)| place));
        }
    }
    found
}

/// Whether these bytes occur in a file below this folder.
pub(crate) fn is_present(folder: &Path, needle: &[u8]) -> bool {
    !present(folder, &[needle]).is_empty()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn what_is_there_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deeper")).unwrap();
    let mut hay = vec![0; 5000];
    hay.extend(needle(1));
    fs::write(folder.path().join("deeper/a"), &hay).unwrap();
    hay.truncate(5031);
    fs::write(folder.path().join("b"), [&needle(2)[..], &hay].concat()).unwrap();
    let needles = [needle(0), needle(1), needle(2)];
    assert_eq!(present(folder.path(), &needles.each_ref().map(|n| &n[..])), BTreeSet::from([1, 2]));
    assert!(is_present(folder.path(), &needle(2)));
    assert!(!is_present(folder.path(), b"absent"));
}
