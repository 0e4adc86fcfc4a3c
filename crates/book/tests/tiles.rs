//! Tiles: their names, growing them, reading a tree from them, and what is noticed when they are wrong.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

#[path = "support/published.rs"]
mod published;
#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeMap;

use book::files::{FilesError, MemoryFiles, PublicFiles};
use book::hash::Hash;
use book::merkle::{Frontier, Subtrees, consistency, empty_root, inclusion, leaf, root};
use book::tile::{
    ENTRY_MAX, EntriesError, MAX_SIZE, Tile, TileBuilder, TileError, TileTree, decode_entries, edge,
    encode_entries, tiles, tiles_since,
};
use proptest::prelude::*;
use published::{file, publish};
use tlog_tiles::tlog::{self, HashReader};
use tree::{Rows, entry};

// ---- names ----

/// A tile of `tlog_tiles` under its C2SP name: Go's names have the height in them, and say `data`.
fn c2sp(tile: &tlog_tiles::Tile) -> String {
    let path = tile.path();
    path.replace("tile/8/data/", "tile/entries/").replace("tile/8/", "tile/")
}

#[test]
fn names_as_the_specification_gives_them() {
    for (path, tile) in [
        ("tile/0/000", Tile::Hashes { level: 0, index: 0, width: 256 }),
        ("tile/0/x001/x234/067", Tile::Hashes { level: 0, index: 1_234_067, width: 256 }),
        ("tile/0/x001/x234/067.p/5", Tile::Hashes { level: 0, index: 1_234_067, width: 5 }),
        ("tile/63/999.p/255", Tile::Hashes { level: 63, index: 999, width: 255 }),
        ("tile/1/x001/000.p/1", Tile::Hashes { level: 1, index: 1000, width: 1 }),
        ("tile/entries/x001/x000/000", Tile::Entries { index: 1_000_000, width: 256 }),
        ("tile/entries/x001/x099/x511/x627/775.p/9", Tile::Entries { index: (1 << 40) - 1, width: 9 }),
    ] {
        assert_eq!(tile.path(), path);
        assert_eq!(Tile::parse(path), Some(tile));
    }
}

#[test]
fn other_names_are_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/0//000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/100/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/x000/x001/001",
        "tile/0/001/001",
        "tile/0/x01/001",
        "tile/0/x0001/001",
        "tile/0/X001/001",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/+01",
        "tile/0/-01",
        "tile/0/ 01",
        "tile/0/0x1",
        "tile/0/٠٠١",
        "tile/0/x1000/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/00",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/+5",
        "tile/0/000.p/5/",
        "tile/0/000.p/5.p/5",
        "tile/0/000.P/5",
        "tile/0/000.p5",
        "tile/0/x001.p/5/000",
        "tile/0/.p/5",
        "tile/data/000",
        "tile/Entries/000",
        "tile/entries",
        "tile/entries/",
        "tile/8/0/000",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/0/000\0",
        "tile\\0\\000",
        "tile/0/000?",
        "tile/0/x001/x099/x511/x627/776",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(Tile::parse(path), None, "{path:?}");
    }
}

fn any_tile() -> impl Strategy<Value = Tile> {
    let index = (0u32..=40).prop_flat_map(|bits| 0..1u64 << bits);
    let kind = prop_oneof![Just(None), (0u8..=63).prop_map(Some)];
    (kind, index, 1u16..=256).prop_map(|(kind, index, width)| match kind {
        Some(level) => Tile::Hashes { level, index, width },
        None => Tile::Entries { index, width },
    })
}

proptest! {
    #[test]
    fn a_name_reads_back_as_the_tile_and_is_gos(tile in any_tile()) {
        let path = tile.path();
        prop_assert_eq!(Tile::parse(&path), Some(tile));
        let go = match tile {
            Tile::Hashes { level, index, width } => tlog_tiles::Tile::new(8, level, index, width.into(), false),
            Tile::Entries { index, width } => tlog_tiles::Tile::new(8, 0, index, width.into(), true),
        };
        prop_assert_eq!(path, c2sp(&go));
    }

    /// A tile has one name: what is read at all is read from the name that it has.
    #[test]
    fn there_is_no_second_name(
        tile in any_tile(), at in any::<prop::sample::Index>(),
        put in prop::sample::select(vec!["", "0", "1", "x", "x000/", "/", ".", ".p/", ".p/7", "+", "00", "tile/"]),
        cut in 0usize..3,
    ) {
        let mut path = tile.path();
        let at = at.index(path.len());
        path.replace_range(at..(at + cut).min(path.len()), put);
        if let Some(read) = Tile::parse(&path) {
            prop_assert_eq!(read.path(), path);
        }
    }

    #[test]
    fn any_text_is_a_name_or_refused(path in "(tile/)?[0-9xp./entris]{0,40}") {
        if let Some(read) = Tile::parse(&path) {
            prop_assert_eq!(read.path(), path);
        }
    }
}

// ---- which tiles a tree has ----

/// As Go lists them: hash tiles, then the entry bundles beside those of level 0.
fn go_tiles(old: u64, size: u64) -> Vec<String> {
    let hashes = tlog_tiles::Tile::new_tiles(8, old, size);
    let entries = hashes.iter().filter(|tile| tile.level() == 0).map(|tile| {
        let mut tile = *tile;
        tile.set_is_data();
        tile
    });
    hashes.iter().copied().chain(entries).map(|tile| c2sp(&tile)).collect()
}

#[test]
fn a_tree_has_the_tiles_that_go_lists() {
    let mut sizes: Vec<u64> = (0..=1030).collect();
    sizes.extend([
        65_279,
        65_280,
        65_281,
        65_535,
        65_536,
        65_537,
        65_792,
        70_000,
        131_072,
        1 << 24,
        (1 << 24) + 257,
    ]);
    for size in sizes {
        let ours: Vec<String> = tiles(size).map(|tile| tile.path()).collect();
        assert_eq!(ours, go_tiles(0, size), "{size}");
        assert!(tiles(size).is_sorted(), "{size}");
        let partial: Vec<Tile> = tiles(size).filter(|tile| tile.width() < 256).collect();
        let edge: Vec<Tile> = edge(size).collect();
        assert_eq!(
            edge,
            partial.into_iter().filter(|tile| matches!(tile, Tile::Hashes { .. })).collect::<Vec<_>>()
        );
        assert!(tiles(size).all(|tile| match tile {
            Tile::Hashes { level, index, .. } => Tile::hashes(level, index, size) == Some(tile),
            Tile::Entries { index, .. } => Tile::entries(index, size) == Some(tile),
        }));
    }
    for size in [300, 600, 65_537, 70_000, 66_000] {
        for old in [
            0, 1, 255, 256, 257, 299, 300, 301, 512, 599, 600, 65_535, 65_536, 65_537, 69_999, 70_000, 90_000,
        ] {
            let ours: Vec<String> = tiles_since(old, size).map(|tile| tile.path()).collect();
            let theirs = if old <= size { go_tiles(old, size) } else { Vec::new() };
            assert_eq!(ours, theirs, "{old} to {size}");
        }
    }
}

#[test]
fn the_specifications_example_of_70000() {
    let count = |level: u8, width: std::ops::RangeInclusive<u16>| {
        let fits = |tile: &Tile| matches!(tile, Tile::Hashes { level: l, width: w, .. } if *l == level && width.contains(w));
        tiles(70_000).filter(fits).count()
    };
    assert_eq!((count(0, 256..=256), count(0, 112..=112), count(0, 1..=255)), (273, 1, 1));
    assert_eq!((count(1, 256..=256), count(1, 17..=17), count(1, 1..=255)), (1, 1, 1));
    assert_eq!((count(2, 1..=1), count(2, 1..=256), count(3, 1..=256)), (1, 1, 0));
    let of_256: Vec<String> = tiles(256).map(|tile| tile.path()).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
}

const HOSTILE: [u64; 6] = [MAX_SIZE + 1, (1 << 53) + 1, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX];

#[test]
fn hostile_sizes_neither_panic_nor_spin() {
    for size in HOSTILE {
        assert_eq!(tiles(size).take(1000).count(), 1000);
        assert!((1..=20).contains(&tiles_since(size - 1, size).count()));
        assert_eq!(tiles_since(size, 5).count(), 0);
        assert!(edge(size).count() <= 8);
        for level in [0, 1, 6, 7, 8, 63, 64, 255] {
            for index in [0, 1, 1 << 40, 1 << 56, 1 << 63, u64::MAX] {
                let _ = (Tile::hashes(level, index, size), Tile::entries(index, size));
                let _ = Tile::Hashes { level, index, width: 256 }.path();
            }
        }
        let refused = Err(TileError::TooLarge { size });
        assert_eq!(TileTree::unverified(MemoryFiles::new(), size).map(|_| ()), refused);
        assert_eq!(TileTree::authenticated(MemoryFiles::new(), size, empty_root()).map(|_| ()), refused);
        let read = |_, _| -> Result<_, TileError> { panic!("asked for a tile") };
        assert_eq!(TileBuilder::open(size, read).map(|_| ()), refused);
    }
    let missing = Err(TileError::Missing { tile: Tile::Hashes { level: 6, index: 0, width: 1 } });
    assert_eq!(TileTree::unverified(MemoryFiles::new(), MAX_SIZE).map(|_| ()), missing);
    assert_eq!(TileBuilder::open(MAX_SIZE, |_, _| Ok::<_, TileError>(None)).map(|_| ()), missing);
}

#[test]
fn what_lies_outside_is_not_there() {
    let rows = Rows::of(600);
    let mut tree = TileTree::authenticated(publish(&rows, 600), 600, rows.root(0, 600)).unwrap();
    let outside = TileError::Outside { size: 600 };
    for (level, index) in [
        (0, 600),
        (0, u64::MAX),
        (1, 300),
        (8, 2),
        (9, 1),
        (10, 0),
        (63, 0),
        (64, 0),
        (255, 0),
        (u32::MAX, u64::MAX),
    ] {
        assert_eq!(tree.subtree(level, index), Err(outside.clone()), "{level}, {index}");
    }
    for (level, index) in [(0, 3), (0, u64::MAX), (1, 1), (2, 0), (63, 0), (64, 0), (255, u64::MAX)] {
        assert_eq!(tree.hashes(level, index), Err(outside.clone()), "{level}, {index}");
    }
    assert_eq!(tree.entries(3), Err(outside.clone()));
    assert_eq!(tree.entries(u64::MAX), Err(outside));
}

// ---- growing ----

/// What a store holds after the changed tiles were put in their rows.
type Held = BTreeMap<(u8, u64), Vec<u8>>;

fn take(builder: &mut TileBuilder, held: &mut Held) {
    for (level, index, bytes) in builder.take_changed() {
        if let Some(old) = held.get(&(level, index)) {
            assert!(bytes.starts_with(old) && bytes.len() > old.len(), "tile {level}/{index} does not grow");
        }
        held.insert((level, index), bytes);
    }
}

/// The hash tiles that a tree of this size has, by the definition.
fn naive(rows: &Rows, size: u64) -> Held {
    let hashes = tiles(size).filter_map(|tile| match tile {
        Tile::Hashes { level, index, .. } => Some(((level, index), file(rows, tile))),
        Tile::Entries { .. } => None,
    });
    hashes.collect()
}

fn reopened(size: u64, held: &Held) -> TileBuilder {
    TileBuilder::open(size, |level, index| Ok::<_, TileError>(held.get(&(level, index)).cloned())).unwrap()
}

#[test]
fn tiles_grow_as_the_definition_says_at_all_sizes_to_600() {
    let rows = Rows::of(600);
    let (mut builder, mut held) = (TileBuilder::new(), Held::new());
    let mut frontier = Frontier::new();
    for size in 0..=600 {
        assert_eq!(held, naive(&rows, size), "{size}");
        assert_eq!((builder.size(), builder.root()), (size, rows.root(0, size)));
        assert_eq!(builder.frontier(), frontier.hashes());
        assert!(builder.take_changed().is_empty());
        let again = reopened(size, &held);
        assert_eq!((again.size(), again.root()), (size, builder.root()));
        if size % 3 == 0 {
            builder = again;
        }
        builder.push(rows.0[0][(size % 600) as usize]);
        frontier.push(rows.0[0][(size % 600) as usize]);
        take(&mut builder, &mut held);
    }
}

#[test]
fn tiles_grow_over_65536() {
    let rows = Rows::of(65_800);
    let (mut builder, mut held) = (TileBuilder::new(), Held::new());
    for size in 0..65_800u64 {
        if size % 10_000 == 77 {
            take(&mut builder, &mut held);
            builder = reopened(size, &held);
        }
        if (65_530..65_540).contains(&size) || size == 65_799 {
            take(&mut builder, &mut held);
            assert_eq!(held, naive(&rows, size), "{size}");
            assert_eq!(builder.root(), rows.root(0, size));
        }
        builder.push(rows.0[0][size as usize]);
    }
}

#[test]
fn a_builder_does_not_go_on_from_wrong_tiles() {
    let rows = Rows::of(300);
    let held = naive(&rows, 300);
    let open = |size, held: &Held| {
        TileBuilder::open(size, |level, index| Ok::<_, TileError>(held.get(&(level, index)).cloned()))
    };
    let tile = Tile::Hashes { level: 0, index: 1, width: 44 };
    for change in [-1isize, 1, 32, -32] {
        let mut wrong = held.clone();
        let bytes = wrong.get_mut(&(0, 1)).unwrap();
        let found = bytes.len().checked_add_signed(change).unwrap();
        bytes.resize(found, 0);
        assert_eq!(open(300, &wrong).map(|_| ()), Err(TileError::Length { tile, found }));
    }
    let mut wrong = held.clone();
    wrong.remove(&(0, 1));
    assert_eq!(open(300, &wrong).map(|_| ()), Err(TileError::Missing { tile }));
    // A changed hash is a builder with another root.
    let mut wrong = held;
    wrong.get_mut(&(1, 0)).unwrap()[0] ^= 1;
    assert_ne!(open(300, &wrong).unwrap().root(), rows.root(0, 300));
    // The caller's own error comes through.
    #[derive(Debug, PartialEq)]
    struct Own;
    impl From<TileError> for Own {
        fn from(error: TileError) -> Own {
            panic!("{error}")
        }
    }
    assert_eq!(TileBuilder::open(300, |_, _| Err(Own)).map(|_| ()), Err(Own));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However a book grows, in batches of any size and with the clerk restarted between any two, its tiles are the same.
    #[test]
    fn tiles_do_not_depend_on_how_a_book_grew(batches in prop::collection::vec((0u64..400, any::<bool>()), 1..12)) {
        let rows = Rows::of(batches.iter().map(|(count, _)| count).sum());
        let (mut builder, mut held, mut size) = (TileBuilder::new(), Held::new(), 0);
        for (count, restart) in batches {
            (size..size + count).for_each(|number| builder.push(rows.0[0][number as usize]));
            size += count;
            take(&mut builder, &mut held);
            prop_assert_eq!(&held, &naive(&rows, size));
            prop_assert_eq!(builder.root(), rows.root(0, size));
            if restart {
                builder = reopened(size, &held);
            }
        }
    }
}

// ---- reading ----

/// Files that count how often each was asked for.
struct Counted {
    files: MemoryFiles,
    asked: BTreeMap<String, u32>,
}

impl PublicFiles for Counted {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        *self.asked.entry(path.to_owned()).or_default() += 1;
        self.files.read(path, limit)
    }
}

/// Everything that a tree gives, or the first error.
fn read_all(files: MemoryFiles, size: u64, root: Hash) -> Result<(), TileError> {
    let mut tree = TileTree::authenticated(files, size, root)?;
    for tile in tiles(size) {
        match tile {
            Tile::Hashes { level, index, .. } => tree.hashes(level, index).map(|_| ())?,
            Tile::Entries { index, .. } => tree.entries(index).map(|_| ())?,
        }
    }
    Ok(())
}

#[test]
fn a_tree_gives_back_what_was_published() {
    let mut rows = Rows::of(66_000);
    for size in
        [0, 1, 2, 255, 256, 257, 511, 512, 513, 600, 65_279, 65_280, 65_535, 65_536, 65_537, 65_793, 66_000]
    {
        let root_of_size = root(&mut rows, size).unwrap();
        let files = publish(&rows, size);
        let mut tree = TileTree::authenticated(files.clone(), size, root_of_size).unwrap();
        let mut plain = TileTree::unverified(files, size).unwrap();
        assert_eq!((tree.size(), tree.root(), plain.root()), (size, root_of_size, root_of_size));
        for tile in tiles(size) {
            match tile {
                Tile::Hashes { level, index, .. } => {
                    assert_eq!(tree.hashes(level, index).unwrap(), file(&rows, tile));
                    assert_eq!(plain.hashes(level, index).unwrap(), file(&rows, tile));
                }
                Tile::Entries { index, width } => {
                    let bundle = tree.entries(index).unwrap();
                    let entries = decode_entries(&bundle, width).unwrap();
                    for (number, read) in (index * 256..).zip(entries) {
                        assert_eq!(read, entry(number));
                    }
                }
            }
        }
        for level in 0..18 {
            for index in (0..size >> level).step_by(1 + (size >> level) as usize / 200) {
                let expected = rows.subtree(level, index).unwrap();
                assert_eq!(tree.subtree(level, index), Ok(expected), "level {level}, {index} of {size}");
                assert_eq!(plain.subtree(level, index), Ok(expected), "level {level}, {index} of {size}");
            }
        }
        for index in (0..size).step_by(1 + size as usize / 100) {
            let expected = inclusion(&mut rows, index, size).unwrap();
            assert_eq!(inclusion(&mut tree, index, size).unwrap(), expected);
            let expected = consistency(&mut rows, index, size).unwrap();
            assert_eq!(consistency(&mut tree, index, size).unwrap(), expected);
            assert_eq!(root(&mut tree, index), Ok(root(&mut rows, index).unwrap()));
        }
        let builder = tree.builder().unwrap();
        assert_eq!((builder.size(), builder.root()), (size, root_of_size));
    }
}

#[test]
fn each_tile_is_read_once_as_long_as_it_is_kept() {
    let mut rows = Rows::of(65_538);
    let size = 65_538;
    let files = Counted { files: publish(&rows, size), asked: BTreeMap::new() };
    let root_of_size = root(&mut rows, size).unwrap();
    let mut tree = TileTree::authenticated(files, size, root_of_size).unwrap();
    for index in 0..size {
        assert_eq!(tree.subtree(0, index), rows.subtree(0, index).map_err(|()| unreachable!()));
    }
    // 257 tiles of level 0, the full and the partial one of level 1, one of level 2.
    assert_eq!(tree.files().asked.len(), 257 + 1 + 1);
    assert!(tree.files().asked.values().all(|times| *times == 1), "{:?}", tree.files().asked);
    // From end to end in turns: far more tiles than are kept, and every hash is still the right one.
    for step in 0..2000u64 {
        let index = step * 40_503 % size;
        assert_eq!(tree.subtree(0, index), Ok(rows.subtree(0, index).unwrap()));
    }
    let most = *tree.files().asked.values().max().unwrap();
    assert!(most > 1, "all tiles were kept, so nothing was shown");
    // A missing one is asked for once.
    tree.files().files.remove("tile/0/003").unwrap();
    tree.files().asked.clear();
    let missing = TileError::Missing { tile: Tile::Hashes { level: 0, index: 3, width: 256 } };
    assert_eq!(tree.subtree(0, 3 * 256), Err(missing));
    assert_eq!(tree.files().asked, BTreeMap::from([("tile/0/003".to_owned(), 1)]));
}

#[test]
fn where_the_book_has_grown_the_full_tile_serves_for_the_partial_one() {
    let mut rows = Rows::of(66_000);
    for (old, new) in [(1, 256), (200, 256), (65_000, 65_600), (65_536, 65_536)] {
        let root = root(&mut rows, old).unwrap();
        assert_eq!(read_all(publish(&rows, new), old, root), Ok(()), "{old} of {new}");
    }
    // Of level 1 there is only a wider partial tile, whose name nobody knows.
    let missing = TileError::Missing { tile: Tile::Hashes { level: 1, index: 0, width: 1 } };
    assert_eq!(read_all(publish(&rows, 600), 300, rows.root(0, 300)), Err(missing));
    // A changed full tile is named, not the partial one that it serves for.
    let mut files = publish(&rows, 256);
    files.insert("tile/0/000", vec![0; 8192]).unwrap();
    let edge = vec![Tile::Hashes { level: 0, index: 0, width: 256 }];
    assert_eq!(read_all(files, 200, rows.root(0, 200)), Err(TileError::Root { edge }));
    // The entries of one that reads as a partial bundle are those of the beginning.
    let mut files = publish(&rows, 256);
    files.insert("tile/0/000.p/3", file(&rows, Tile::Hashes { level: 0, index: 0, width: 3 })).unwrap();
    let mut tree = TileTree::authenticated(files, 3, rows.root(0, 3)).unwrap();
    assert_eq!(tree.entries(0).unwrap(), file(&rows, Tile::Entries { index: 0, width: 3 }));
}

#[test]
fn every_changed_byte_of_a_small_book_is_found_in_its_file() {
    for size in [1, 3, 5] {
        let rows = Rows::of(size);
        let (files, root) = (publish(&rows, size), rows.root(0, size));
        assert_eq!(read_all(files.clone(), size, root), Ok(()));
        for (path, bytes) in files.iter() {
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut wrong = bytes.to_vec();
                    wrong[at] ^= 1 << bit;
                    let mut changed = files.clone();
                    changed.insert(&path.to_string(), wrong).unwrap();
                    let error = read_all(changed, size, root).expect_err("a flipped bit").to_string();
                    assert!(error.starts_with(&format!("{path}: ")), "{path}, byte {at}: {error}");
                }
            }
        }
    }
}

#[test]
fn every_changed_hash_and_entry_is_found() {
    let rows = Rows::of(600);
    let (files, root) = (publish(&rows, 600), rows.root(0, 600));
    for (path, bytes) in files.iter() {
        // In steps that meet every byte of a hash and every hash; the small books above have every byte.
        for at in (0..bytes.len()).step_by(if bytes.len() > 200 { 29 } else { 1 }) {
            let mut wrong = bytes.to_vec();
            wrong[at] ^= 1 << (at % 8);
            let mut changed = files.clone();
            changed.insert(&path.to_string(), wrong).unwrap();
            let error = read_all(changed, 600, root).expect_err("a flipped bit").to_string();
            assert!(error.contains(&path.to_string()), "{path}, byte {at}: {error}");
        }
        for length in [0, 1, bytes.len() - 32, bytes.len() - 1, bytes.len() + 1, bytes.len() + 32] {
            let mut wrong = bytes.to_vec();
            wrong.resize(length, 0);
            let mut changed = files.clone();
            changed.insert(&path.to_string(), wrong).unwrap();
            let error = read_all(changed, 600, root).expect_err("another length").to_string();
            assert!(error.contains(&path.to_string()), "{path}, {length} bytes: {error}");
        }
        let mut changed = files.clone();
        changed.remove(&path.to_string()).unwrap();
        let error = read_all(changed, 600, root).expect_err("a missing file").to_string();
        assert!(error.contains(&path.to_string()) && error.contains("missing"), "{path}: {error}");
    }
}

#[test]
fn a_changed_tile_is_found_at_every_level_and_before_anything_of_it_is_given_out() {
    let mut rows = Rows::of(65_800);
    let size = 65_800;
    let whole = root(&mut rows, size).unwrap();
    let files = publish(&rows, size);
    let with = |path: &str, at: usize| {
        let mut bytes = files.clone().remove(path).unwrap();
        bytes[at] ^= 4;
        let mut changed = files.clone();
        changed.insert(path, bytes).unwrap();
        changed
    };
    // The newest tiles: found on opening.
    for path in ["tile/0/257.p/8", "tile/1/001.p/1", "tile/2/000.p/1"] {
        let Err(error) = TileTree::authenticated(with(path, 7), size, whole) else {
            panic!("{path} was taken")
        };
        assert!(matches!(error, TileError::Root { .. }) && error.to_string().contains(path), "{error}");
    }
    // The full tile of level 1: no leaf below it is given out, but those beside it are.
    let mut tree = TileTree::authenticated(with("tile/1/000", 32 * 9), size, whole).unwrap();
    let changed = TileError::Changed { tile: Tile::Hashes { level: 1, index: 0, width: 256 } };
    for index in [0, 9 * 256, 65_535] {
        assert_eq!(tree.subtree(0, index), Err(changed.clone()));
    }
    assert!(tree.subtree(0, 65_536).is_ok());
    // A full tile of level 0: only it.
    let mut tree = TileTree::authenticated(with("tile/0/009", 0), size, whole).unwrap();
    let changed = TileError::Changed { tile: Tile::Hashes { level: 0, index: 9, width: 256 } };
    assert_eq!(tree.subtree(0, 9 * 256 + 200), Err(changed.clone()));
    assert_eq!(tree.entries(9), Err(changed.clone()));
    assert_eq!(tree.hashes(0, 9), Err(changed));
    assert!(tree.entries(8).is_ok() && tree.entries(10).is_ok());
    // One that nobody vouches for says what is in the file.
    let mut plain = TileTree::unverified(with("tile/0/009", 0), size).unwrap();
    assert_ne!(plain.subtree(0, 9 * 256).unwrap(), rows.subtree(0, 9 * 256).unwrap());
    // A tile of the same tree in another's place.
    let mut swapped = files.clone();
    let other = swapped.remove("tile/0/010").unwrap();
    swapped.insert("tile/0/009", other).unwrap();
    let mut tree = TileTree::authenticated(swapped, size, whole).unwrap();
    assert!(matches!(tree.hashes(0, 9), Err(TileError::Changed { .. })));
    // An entry.
    let mut tree = TileTree::authenticated(with("tile/entries/003", 100), size, whole).unwrap();
    let error = tree.entries(3).unwrap_err().to_string();
    assert!(error.starts_with("tile/entries/003: "), "{error}");
    // Another root, another size.
    assert!(TileTree::authenticated(files.clone(), size, leaf(b"other")).is_err());
    let of_less = root(&mut rows, size - 1).unwrap();
    assert!(TileTree::authenticated(files.clone(), size - 1, whole).is_err());
    assert!(TileTree::authenticated(files, size, of_less).is_err());
    // The empty tree.
    assert!(TileTree::authenticated(MemoryFiles::new(), 0, empty_root()).is_ok());
    let Err(error) = TileTree::authenticated(MemoryFiles::new(), 0, whole) else {
        panic!("a root of nothing")
    };
    assert_eq!(error, TileError::Root { edge: Vec::new() });
}

/// Go's reader over our files: what it authenticates, and what it refuses.
struct GoReader(MemoryFiles);

impl tlog_tiles::TileReader for GoReader {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read = |tile: &tlog_tiles::Tile| self.0.clone().read(&c2sp(tile), 8192).ok().flatten();
        tiles.iter().map(|tile| read(tile).ok_or(tlog::Error::InvalidTile)).collect()
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// The hash tiles of a tree as the builder makes them, and its root.
fn built(rows: &Rows) -> (MemoryFiles, Hash) {
    let (mut builder, mut files) = (TileBuilder::new(), MemoryFiles::new());
    rows.0[0].iter().for_each(|leaf| builder.push(*leaf));
    for (level, index, bytes) in builder.take_changed() {
        let tile = Tile::Hashes { level, index, width: (bytes.len() / 32) as u16 };
        files.insert(&tile.path(), bytes).unwrap();
    }
    (files, builder.root())
}

/// The leaves in a range as Go's reader gives them, if it does.
fn go_leaves(files: &MemoryFiles, size: u64, root: Hash, range: std::ops::Range<u64>) -> Option<Vec<Hash>> {
    let indexes: Vec<u64> = range.map(|index| tlog::stored_hash_index(0, index)).collect();
    let reader = GoReader(files.clone());
    let hashes =
        tlog_tiles::TileHashReader::new(size, tlog::Hash(root.0), &reader).read_hashes(&indexes).ok()?;
    Some(hashes.into_iter().map(|hash| Hash(hash.0)).collect())
}

/// The files with one bit flipped in the middle of one of them.
fn spoilt(files: &MemoryFiles, path: &str) -> MemoryFiles {
    let mut files = files.clone();
    let mut bytes = files.remove(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    files.insert(path, bytes).unwrap();
    files
}

#[test]
fn gos_reader_takes_our_tiles_and_not_spoilt_ones() {
    for size in [1, 255, 256, 257, 600, 1500] {
        let rows = Rows::of(size);
        let (files, root) = built(&rows);
        assert_eq!(go_leaves(&files, size, root, 0..size).as_ref(), Some(&rows.0[0]), "{size}");
        for (path, _) in files.iter() {
            let theirs = go_leaves(&spoilt(&files, &path.to_string()), size, root, 0..size);
            assert_ne!(theirs.as_ref(), Some(&rows.0[0]), "{path} of {size}");
        }
    }
}

/// Go's loop over the full tiles begins at the number of subtrees at the edge of the tree, which is often larger than the number
/// of tiles that hold them: it passes over the first full tiles, which then vouch for others unverified.
#[test]
fn a_tile_that_gos_reader_passes_over_is_verified_by_ours() {
    let rows = Rows::of(70_000);
    let (files, root) = built(&rows);
    let spoilt = spoilt(&files, "tile/1/000");
    assert_eq!(go_leaves(&spoilt, 70_000, root, 0..256).as_deref(), Some(&rows.0[0][..256]));
    let mut tree = TileTree::authenticated(spoilt, 70_000, root).unwrap();
    let changed = TileError::Changed { tile: Tile::Hashes { level: 1, index: 0, width: 256 } };
    assert_eq!(tree.subtree(0, 0), Err(changed));
}

// ---- entry bundles ----

#[test]
fn a_bundle_of_another_width_or_length_is_refused() {
    let bundle = encode_entries([b"one".as_slice(), b"", b"three"]).unwrap();
    assert_eq!(bundle, b"\0\x03one\0\0\0\x05three");
    assert_eq!(decode_entries(&bundle, 3), Ok(vec![b"one".as_slice(), b"", b"three"]));
    assert_eq!(decode_entries(&bundle, 2), Err(EntriesError::Trailing { bytes: 7 }));
    assert_eq!(decode_entries(&bundle, 4), Err(EntriesError::Truncated { entry: 3 }));
    assert_eq!(decode_entries(&bundle, 257), Err(EntriesError::TooMany));
    assert_eq!(decode_entries(&bundle, u16::MAX), Err(EntriesError::TooMany));
    for length in 0..bundle.len() {
        assert!(
            matches!(decode_entries(&bundle[..length], 3), Err(EntriesError::Truncated { .. })),
            "{length}"
        );
    }
    assert_eq!(decode_entries(&[&bundle[..], b"\0"].concat(), 3), Err(EntriesError::Trailing { bytes: 1 }));
    assert_eq!(decode_entries(b"", 0), Ok(vec![]));
    assert_eq!(decode_entries(b"\xff\xff", 1), Err(EntriesError::Truncated { entry: 0 }));

    let longest = vec![7; ENTRY_MAX];
    let bundle = encode_entries([longest.as_slice()]).unwrap();
    assert_eq!(bundle.len(), Tile::Entries { index: 0, width: 1 }.max_bytes());
    assert_eq!(decode_entries(&bundle, 1), Ok(vec![longest.as_slice()]));
    let longer = vec![7; ENTRY_MAX + 1];
    let refused = EntriesError::TooLong { entry: 1, bytes: 65_536 };
    assert_eq!(encode_entries([b"one".as_slice(), &longer]), Err(refused));
    assert!(encode_entries(vec![b"x".as_slice(); 256]).is_ok());
    assert_eq!(encode_entries(vec![b"x".as_slice(); 257]), Err(EntriesError::TooMany));
}

proptest! {
    #[test]
    fn entries_read_back_without_being_copied(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..=256),
    ) {
        let bundle = encode_entries(entries.iter().map(Vec::as_slice)).unwrap();
        let read = decode_entries(&bundle, entries.len() as u16).unwrap();
        prop_assert_eq!(&read, &entries);
        let held = bundle.as_ptr_range();
        prop_assert!(read.iter().all(|entry| held.contains(&entry.as_ptr()) || entry.is_empty()));
    }

    /// Whatever decodes is what encoding gives.
    #[test]
    fn a_bundle_has_one_form(bytes in prop::collection::vec(0u8..3, 0..40), width in 0u16..9) {
        if let Ok(entries) = decode_entries(&bytes, width) {
            prop_assert_eq!(encode_entries(entries).unwrap(), bytes);
        }
    }
}
