//! What proves that somebody did what nobody may do, in files that a person can read and hand on.

use book::hash::Hash;
use book::proof::LogProof;
use book::tile::TileError;

use super::noted::Noted;
use super::tree::Tree;

/// Files under their names.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// A case: the name of its folder, and what is in it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Files,
}

fn case(kind: &str, readme: &str, ours: &Noted, theirs: &Noted, more: Files) -> Case {
    let both = Hash::of_parts(&[ours.note.text.as_bytes(), theirs.note.text.as_bytes()]).hex();
    let mut files = vec![
        ("README".to_owned(), readme.as_bytes().to_vec()),
        ("ours".to_owned(), ours.note.to_bytes()),
        ("theirs".to_owned(), theirs.note.to_bytes()),
    ];
    files.extend(more);
    Case { name: format!("{kind}-{}", &both[..16]), files }
}

const FORK: &str = "The clerk of this book signed two histories. `ours` and `theirs` are checkpoints with their signature.

Where both have the same size, their roots differ. Else `consistency` shows that the larger one does not begin with the
smaller one: its first line is the smaller size, the second the root that the larger one has at that size (which is not the
smaller one's), and the others are the consistency proof (RFC 6962) from that root to the larger one's.

Show this to the council, which can name another clerk.
";

const DEPARTED: &str = "The former clerk gave two histories of this book: the one that is here, whose checkpoint `ours` carries their signature,
and the one that a new clerk carried over, whose checkpoint is `theirs`. `entry-ours` and `entry-theirs` are the first entries
that differ, and the `.tlog-proof` files show that each stands in its book under the same number.

Show this to the council. If it says that the new clerk's book stands, copy that into a new folder.
";

const CONTESTED: &str = "A hand-over left entries behind. `ours` is a checkpoint of the former clerk that covers more entries than the new
clerk carried over, or the book as it stands here; `theirs` is the other side. `succession` is the entry that names the new
clerk, and `succession.tlog-proof` shows that it stands in the book whose checkpoint is in the proof.

Within seven days of the hand-over this contests it. Show this to the council.
";

const TWO: &str = "Two successions were signed for one epoch of this book. `ours` and `theirs` are the checkpoints of both clerks;
`succession-ours` and `succession-theirs` are the entries that name them, and the `.tlog-proof` files show that each stands
in its book. Whoever signed both broke their promise.

This mirror goes no further. When the council has settled which one stands, copy that book into a new folder.
";

const LEFT: &str = "Entries that the new clerk did not carry over: they were recorded, and not final. `checkpoint` is the former clerk's,
and the `entries-…` files are the entry bundles as they were mirrored. Their authors' signatures are good: the entries can be
handed in again.
";

/// Two checkpoints of one clerk. `larger` is the tree of the larger one, where their sizes differ.
pub(crate) fn fork(ours: &Noted, theirs: &Noted, larger: Option<&mut Tree<'_>>) -> Result<Case, TileError> {
    let mut more = Files::new();
    if let Some(tree) = larger {
        let size = ours.size().min(theirs.size());
        let mut text = format!("{size}\n{}\n", tree.root_at(size)?);
        for hash in tree.consistency(size)? {
            text.push_str(&format!("{hash}\n"));
        }
        more.push(("consistency".into(), text.into_bytes()));
    }
    Ok(case("fork", FORK, ours, theirs, more))
}

/// An entry and the proof that it stands in the book with this checkpoint.
fn proven(name: &str, number: u64, of: &Noted, tree: &mut Tree<'_>) -> Result<Files, TileError> {
    let proof = LogProof {
        extra: Vec::new(),
        index: number,
        hashes: tree.inclusion(number)?,
        checkpoint: of.note.to_bytes(),
    };
    Ok(vec![(name.to_owned(), tree.entry(number)?), (format!("{name}.tlog-proof"), proof.to_bytes())])
}

/// A book that a new clerk carried on, and ours: before the hand-over they part at entry `number`.
pub(crate) fn departed(
    number: u64,
    ours: (&Noted, &mut Tree<'_>),
    theirs: (&Noted, &mut Tree<'_>),
) -> Result<Case, TileError> {
    let mut more = proven("entry-ours", number, ours.0, ours.1)?;
    more.extend(proven("entry-theirs", number, theirs.0, theirs.1)?);
    Ok(case("departed", DEPARTED, ours.0, theirs.0, more))
}

/// A hand-over, by entry `number` of the book `with` whose tree is `tree`, that left behind what the other checkpoint covers.
pub(crate) fn contested(
    ours: &Noted,
    theirs: &Noted,
    number: u64,
    with: &Noted,
    tree: &mut Tree<'_>,
) -> Result<Case, TileError> {
    Ok(case("contested", CONTESTED, ours, theirs, proven("succession", number, with, tree)?))
}

/// Two hand-overs to one epoch, each with its book's tree and the number of its entry.
pub(crate) fn two_successions(
    ours: (&Noted, &mut Tree<'_>, u64),
    theirs: (&Noted, &mut Tree<'_>, u64),
) -> Result<Case, TileError> {
    let mut more = proven("succession-ours", ours.2, ours.0, ours.1)?;
    more.extend(proven("succession-theirs", theirs.2, theirs.0, theirs.1)?);
    Ok(case("two-successions", TWO, ours.0, theirs.0, more))
}

/// The entries from `common` on that a hand-over leaves behind.
pub(crate) fn left(old: &Noted, tree: &mut Tree<'_>, common: u64) -> Result<Case, TileError> {
    let mut files =
        vec![("README".to_owned(), LEFT.as_bytes().to_vec()), ("checkpoint".to_owned(), old.note.to_bytes())];
    for index in common / 256..old.size().div_ceil(256) {
        files.push((format!("entries-{index:06}"), tree.entries(index)?));
    }
    Ok(Case { name: format!("left-behind-{}-{}", old.origin.epoch, old.size()), files })
}
