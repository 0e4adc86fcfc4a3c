//! What a mirror serves, and for how long it may be kept.

use book::tile::{Tile, tiles};
use mirror::{Mirror, public_file};
use tempfile::tempdir;

use crate::scribe::Scribe;
use crate::support::{copy, grown, mirror_of};

#[test]
fn everything_public_is_served_and_nothing_else() {
    let mut scribe = Scribe::lived();
    grown(&mut scribe, 300);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    for (path, bytes) in scribe.files().iter() {
        let path = path.to_string();
        let file = public_file(folder.path(), &path).unwrap().unwrap_or_else(|| panic!("{path}"));
        assert_eq!(file.bytes, bytes, "{path}");
        let changes = ["checkpoint", "vkeys"].contains(&path.as_str());
        assert_eq!(
            file.cache_control,
            if changes { "no-cache" } else { "public, max-age=31536000, immutable" }
        );
        assert_eq!(file.content_type.starts_with("text/plain"), changes, "{path}");
    }
    assert!(public_file(folder.path(), "final").unwrap().is_some());
    for path in [
        "",
        "/",
        ".",
        "..",
        "/checkpoint",
        "checkpoint/",
        "./checkpoint",
        "tile/../checkpoint",
        "../checkpoint",
        ".cabildo-mirror/lock",
        ".cabildo-mirror/state",
        ".cabildo-mirror/seen/1",
        "tile",
        "tile/0",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/9/000",
        "tile/0/002",
        "tile/0/001.p/45",
        "tile/0/001.p/0",
        "blob",
        "blob/",
        "blob/00",
        "evidence",
        "Checkpoint",
        "tile\\0\\000",
        "blob/E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    ] {
        assert_eq!(public_file(folder.path(), path).unwrap(), None, "{path}");
    }
}

#[test]
fn whoever_reads_by_an_earlier_checkpoint_finds_its_tiles() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 600);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &scribe));
    for size in [1, 2, 100, 255, 256, 257, 300, 512, 590] {
        let files = scribe.files_with(&scribe.signed(size, &[]), size);
        for tile in tiles(size) {
            let path = tile.path();
            let expected = files.iter().find(|(other, _)| other.to_string() == path).unwrap().1;
            let file = public_file(folder.path(), &path).unwrap().unwrap_or_else(|| panic!("{path}"));
            assert_eq!(file.bytes, expected, "{path}");
        }
    }
}

#[test]
fn what_a_hand_over_may_replace_is_not_kept_for_ever() {
    let mut scribe = Scribe::witnessed();
    grown(&mut scribe, 260);
    scribe.make_final();
    grown(&mut scribe, 520);
    let folder = tempdir().unwrap();
    let mut mirror = Mirror::open(folder.path(), None).unwrap();
    let bare = scribe.files_with(&scribe.signed(520, &[]), 520);
    copy(&mut mirror, &scribe, &bare).unwrap();
    let keeps = |path: &str| {
        let kept = public_file(folder.path(), path).unwrap().unwrap().cache_control;
        kept.contains("immutable")
    };
    for index in 0..=2 {
        assert_eq!(keeps(&Tile::entries(index, 520).unwrap().path()), index == 0);
        assert_eq!(keeps(&Tile::hashes(0, index, 520).unwrap().path()), index == 0);
    }
    assert!(!keeps("tile/1/000.p/2"));
    assert!(keeps("tile/1/000.p/1"));
    // A council that asks for nobody has only final entries.
    let mut alone = Scribe::alone();
    grown(&mut alone, 300);
    let folder = tempdir().unwrap();
    drop(mirror_of(folder.path(), &alone));
    let file = public_file(folder.path(), "tile/entries/000").unwrap().unwrap();
    assert!(file.cache_control.contains("immutable"));
}
