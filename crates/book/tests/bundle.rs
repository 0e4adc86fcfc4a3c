//! The public files in one tar: written one way, read no other way.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

#[path = "support/published.rs"]
mod published;
#[path = "support/tree.rs"]
mod tree;

use std::io::{Cursor, Read, Seek, SeekFrom};

use book::bundle::{Bundle, BundleError, BundleWriter};
use book::files::{FilesError, MemoryFiles, PublicFiles, PublicPath, is_public_path};
use book::hash::Hash;
use book::tile::{Tile, TileTree, tiles};
use proptest::prelude::*;
use published::publish;
use tree::Rows;

/// The files of a book of `size`, with two blobs, and the root of its tree.
fn files(size: u64) -> (MemoryFiles, Hash) {
    let rows = Rows::of(size);
    let mut files = publish(&rows, size);
    for (path, text) in [("checkpoint", "the newest"), ("vkeys", "the keys"), ("final", "the final one")] {
        files.insert(path, text.into()).unwrap();
    }
    for blob in [b"one blob".to_vec(), vec![7; 1024], Vec::new()] {
        files.insert(&format!("blob/{}", Hash::of(&blob).hex()), blob).unwrap();
    }
    (files, rows.root(0, size))
}

fn bundle(files: &MemoryFiles) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new());
    for (path, bytes) in files.iter() {
        writer.add(&path.to_string(), bytes).unwrap();
    }
    writer.finish().unwrap()
}

fn open(bytes: &[u8]) -> Result<Bundle<Cursor<&[u8]>>, BundleError> {
    Bundle::open(Cursor::new(bytes))
}

fn refused(bytes: &[u8]) -> BundleError {
    match open(bytes) {
        Err(error) => error,
        Ok(_) => panic!("a wrong bundle was opened"),
    }
}

// ---- paths ----

#[test]
fn only_these_paths_are_public() {
    let digits = "0123456789abcdef".repeat(4);
    for path in ["vkeys", "checkpoint", "final", "tile/0/000", "tile/entries/x001/000.p/7"] {
        assert!(is_public_path(path), "{path}");
        assert_eq!(PublicPath::parse(path).unwrap().to_string(), path);
    }
    assert!(is_public_path(&format!("blob/{digits}")));
    let upper = digits.to_uppercase();
    for path in [
        "",
        "/",
        ".",
        "..",
        "Checkpoint",
        "checkpoint/",
        "/checkpoint",
        "./checkpoint",
        "checkpoint.old",
        "final\0",
        "vkeys\n",
        "tile",
        "tile/0",
        "tile/0/0",
        "tile/../checkpoint",
        "blob",
        "blob/",
        "blob/00",
        "cabildo.db",
        &format!("blob/{upper}"),
        &format!("blob/{digits}0"),
        &format!("blob/{}", &digits[1..]),
        &format!("blob/{digits}/"),
        &format!("/blob/{digits}"),
        &format!("blob//{digits}"),
        &format!("blob/{}g", &digits[1..]),
        &format!("blob/{}é", &digits[2..]),
    ] {
        assert!(!is_public_path(path), "{path:?}");
        let error = MemoryFiles::new().read(path, 10).unwrap_err();
        assert_eq!(error, FilesError::NotPublic { path: path.to_owned() });
        assert_eq!(MemoryFiles::new().insert(path, Vec::new()), Err(error));
    }
}

#[test]
fn files_in_memory_keep_to_the_limit() {
    let mut files = MemoryFiles::new();
    files.insert("vkeys", vec![1; 10]).unwrap();
    assert_eq!(files.read("vkeys", 10), Ok(Some(vec![1; 10])));
    assert_eq!(files.read("vkeys", 9), Err(FilesError::TooLarge { path: "vkeys".into(), limit: 9 }));
    assert_eq!(files.read("final", 0), Ok(None));
    // Through a reference and a box, as the commands hold them.
    let mut boxed: Box<dyn PublicFiles> = Box::new(&mut files);
    assert_eq!(boxed.read("vkeys", 10), Ok(Some(vec![1; 10])));
}

// ---- writing and reading back ----

#[test]
fn what_is_bundled_reads_back() {
    for size in [0, 1, 256, 257, 600] {
        let (files, root) = files(size);
        let bytes = bundle(&files);
        assert_eq!(bytes.len() % 512, 0);
        let mut read = open(&bytes).unwrap();
        let paths: Vec<(PublicPath, u64)> =
            files.iter().map(|(path, bytes)| (path, bytes.len() as u64)).collect();
        assert_eq!(read.paths().collect::<Vec<_>>(), paths);
        for (path, bytes) in files.iter() {
            assert_eq!(read.read(&path.to_string(), bytes.len()), Ok(Some(bytes.to_vec())));
            if let Some(limit) = bytes.len().checked_sub(1) {
                let refused = Err(FilesError::TooLarge { path: path.to_string(), limit });
                assert_eq!(read.read(&path.to_string(), limit), refused);
            }
        }
        assert_eq!(read.read("tile/5/000", 8192), Ok(None));
        assert_eq!(read.read("tile/5/0", 8192), Err(FilesError::NotPublic { path: "tile/5/0".into() }));
        let mut tree = TileTree::authenticated(read, size, root).unwrap();
        for index in 0..size.div_ceil(256) {
            tree.entries(index).unwrap();
        }
    }
}

#[test]
fn the_order_is_that_of_the_specification() {
    let (files, _) = files(600);
    let bytes = bundle(&files);
    let names: Vec<String> = open(&bytes).unwrap().paths().map(|(path, _)| path.to_string()).collect();
    let expected = [
        "vkeys",
        "checkpoint",
        "final",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    ];
    assert_eq!(names[..10], expected);
    assert!(names[10..].is_sorted() && names[10..].iter().all(|name| name.starts_with("blob/")));
    assert_eq!(names.len(), 13);
}

/// The digest is of what GNU tar 1.34 makes of these two files with
/// `tar --format=ustar -b1 --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -cf OUT vkeys tile/0/000.p/1`.
#[test]
fn the_bytes_are_those_of_gnu_tar() {
    let mut writer = BundleWriter::new(Vec::new());
    writer.add("vkeys", b"keys\n").unwrap();
    writer.add("tile/0/000.p/1", &[7; 32]).unwrap();
    let bytes = writer.finish().unwrap();
    let digest = "8c9c30b6b162bcbe9b566c8f5082b7e114363c7a7f23435d0253e39a862134f8";
    assert_eq!((bytes.len(), Hash::of(&bytes).hex().as_str()), (512 * 6, digest));
}

#[test]
fn a_writer_refuses_what_a_reader_would() {
    let mut writer = BundleWriter::new(Vec::new());
    writer.add("checkpoint", b"c").unwrap();
    let not_public = |name: &str| BundleError::NotPublic { name: name.into() };
    assert_eq!(writer.add("notes.txt", b""), Err(not_public("notes.txt")));
    assert_eq!(writer.add("tile/0/../000", b""), Err(not_public("tile/0/../000")));
    let order = |path, after| Err(BundleError::Order { path, after });
    assert_eq!(writer.add("vkeys", b"v"), order(PublicPath::Vkeys, PublicPath::Checkpoint));
    assert_eq!(writer.add("checkpoint", b"c"), order(PublicPath::Checkpoint, PublicPath::Checkpoint));
    let path = PublicPath::Tile(Tile::Hashes { level: 0, index: 0, width: 256 });
    assert_eq!(writer.add("tile/0/000", &[0; 8193]), Err(BundleError::TooLarge { path, bytes: 8193 }));
    // A refused file leaves no trace.
    let bytes = writer.finish().unwrap();
    assert_eq!(open(&bytes).unwrap().paths().collect::<Vec<_>>(), [(PublicPath::Checkpoint, 1)]);
    let empty = BundleWriter::new(Vec::new()).finish().unwrap();
    assert_eq!(open(&empty).unwrap().paths().count(), 0);
}

/// A disk that is full after some bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_said() {
    for room in [0, 100, 512, 600, 1024, 1500] {
        let mut writer = BundleWriter::new(Full(room));
        let written = writer.add("checkpoint", b"c").and_then(|()| writer.finish().map(|_| ()));
        assert!(matches!(written, Err(BundleError::Io(_))), "{room}");
    }
}

// ---- damage ----

#[test]
fn every_flipped_bit_is_found() {
    let (files, root) = files(3);
    let bytes = bundle(&files);
    assert!(bytes.len() < 20_000, "{}", bytes.len());
    let mut in_contents = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1 << bit;
            // A header, a filling or the end: the bundle is not opened. A content: it is that of one file, which does not fit its
            // place in the tree, or its name, or is one of those that signatures protect.
            let Ok(mut read) = open(&wrong) else { continue };
            in_contents += 1;
            let mut differ = Vec::new();
            for (path, right) in files.iter() {
                if read.read(&path.to_string(), 1 << 20).unwrap().unwrap() != right {
                    differ.push(path);
                }
            }
            let [path] = differ[..] else { panic!("byte {at}: {differ:?}") };
            match path {
                PublicPath::Tile(_) => {
                    let error = TileTree::authenticated(read, 3, root).and_then(|mut tree| tree.entries(0));
                    let error = error.expect_err("a flipped bit").to_string();
                    assert!(error.starts_with(&path.to_string()), "{path}: {error}");
                }
                PublicPath::Blob(hash) => {
                    let blob = read.read(&path.to_string(), 1 << 20).unwrap().unwrap();
                    assert_ne!(Hash::of(&blob), hash);
                }
                PublicPath::Vkeys | PublicPath::Checkpoint | PublicPath::Final => (),
            }
        }
    }
    let contents: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(in_contents, contents * 8, "some bit outside the contents is not looked at");
}

#[test]
fn every_other_length_is_refused() {
    let bytes = bundle(&files(3).0);
    for length in 0..bytes.len() {
        let error = refused(&bytes[..length]);
        assert!(
            matches!(error, BundleError::Truncated { bytes } if bytes == length as u64),
            "{length}: {error:?}"
        );
    }
    for more in [1, 511, 512, 1024, 9216] {
        let longer = [&bytes[..], &vec![0; more]].concat();
        assert_eq!(refused(&longer), BundleError::Trailing { at: bytes.len() as u64 });
    }
    // Two bundles one after the other are not one.
    assert_eq!(refused(&[&bytes[..], &bytes].concat()), BundleError::Trailing { at: bytes.len() as u64 });
    assert_eq!(refused(b""), BundleError::Truncated { bytes: 0 });
    assert_eq!(refused(&[0; 512]), BundleError::Truncated { bytes: 512 });
    assert_eq!(refused(&[b'a'; 2048]), BundleError::Header { at: 0 });
}

// ---- forged headers ----

type Change = fn(&mut [u8]);

/// A header with any fields, and the checksum that fits them.
fn header(name: &[u8], bytes: u64, change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..156]
        .copy_from_slice(b"0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00        ");
    block[124..135].copy_from_slice(format!("{bytes:011o}").as_bytes());
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[329..344].copy_from_slice(b"0000000\x000000000");
    change(&mut block);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn tar(members: &[(Vec<u8>, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (header, content) in members {
        tar.extend_from_slice(header);
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

#[test]
fn forged_headers_are_refused() {
    let good = header(b"vkeys", 4, |_| ());
    assert!(open(&tar(&[(good.clone(), b"keys")])).is_ok(), "the forger's own header is right");

    // A field with another value than the one it always has, under a right checksum.
    let forgeries: [(&str, Change); 14] = [
        ("executable", |block| block[104] = b'7'),
        ("another user", |block| block[114] = b'1'),
        ("another group", |block| block[122] = b'1'),
        ("a time", |block| block[146] = b'1'),
        ("a link", |block| block[156] = b'2'),
        ("a hard link", |block| block[156] = b'1'),
        ("a folder", |block| block[156] = b'5'),
        ("a sparse file", |block| block[156] = b'S'),
        ("a pax header", |block| block[156] = b'x'),
        ("an old type", |block| block[156] = 0),
        ("a link's target", |block| block[157] = b'a'),
        ("GNU's magic", |block| block[257..265].copy_from_slice(b"ustar  \0")),
        ("a user's name", |block| block[265] = b'a'),
        ("a prefix", |block| block[345] = b'a'),
    ];
    for (what, change) in forgeries {
        let forged = tar(&[(header(b"vkeys", 4, change), b"keys")]);
        assert_eq!(refused(&forged), BundleError::Header { at: 0 }, "{what}");
    }
    // A size in another form: base 256, with spaces, without its zeros.
    for size in [
        b"\x80\0\0\0\0\0\0\0\0\0\0\x04",
        b"         4\0\0",
        b"4\0\0\0\0\0\0\0\0\0\0\0",
        b"00000000004 ",
        b"+0000000004\0",
    ] {
        let forged = tar(&[(header(b"vkeys", 4, |block| block[124..136].copy_from_slice(size)), b"keys")]);
        assert_eq!(refused(&forged), BundleError::Header { at: 0 }, "{}", size.escape_ascii());
    }
    // A wrong checksum, a right one in another form.
    let mut wrong = good.clone();
    wrong[153] ^= 1;
    assert_eq!(refused(&tar(&[(wrong, b"keys")])), BundleError::Header { at: 0 });
    let mut wrong = good.clone();
    wrong[148] = b' ';
    assert_eq!(refused(&tar(&[(wrong, b"keys")])), BundleError::Header { at: 0 });

    for name in [
        "",
        "/vkeys",
        "./vkeys",
        "../vkeys",
        "vkeys/",
        "tile/",
        "a",
        "tile/0/x000/001",
        "vkeys\u{202e}",
        "\u{1b}[2J",
    ] {
        let forged = tar(&[(header(name.as_bytes(), 4, |_| ()), b"keys")]);
        let error = refused(&forged);
        assert_eq!(error, BundleError::NotPublic { name: name.into() });
        assert!(error.to_string().chars().all(|c| (' '..='~').contains(&c)), "{error}");
    }
    for name in [&[b'v'; 100][..], b"vk\xffys", b"vkeys\0hidden"] {
        let forged = tar(&[(header(name, 4, |_| ()), b"keys")]);
        assert_eq!(refused(&forged), BundleError::Header { at: 0 }, "{}", name.escape_ascii());
    }
}

#[test]
fn files_twice_or_out_of_order_are_refused() {
    let member = |name: &str| (header(name.as_bytes(), 1, |_| ()), b"x".as_slice());
    for names in [
        ["vkeys", "vkeys"],
        ["checkpoint", "vkeys"],
        ["tile/0/001", "tile/0/000"],
        ["tile/1/000", "tile/0/000"],
        ["tile/entries/000", "tile/0/000"],
        ["final", "checkpoint"],
    ] {
        let path = PublicPath::parse(names[1]).unwrap();
        let after = PublicPath::parse(names[0]).unwrap();
        let error = refused(&tar(&names.map(member)));
        assert_eq!(error, BundleError::Order { path, after });
        assert_eq!(error.to_string().contains("twice"), path == after, "{error}");
    }
}

#[test]
fn claimed_sizes_are_not_believed() {
    for (name, bytes) in [
        ("vkeys", (1 << 20) + 1),
        ("tile/0/000", 8193),
        ("tile/0/000.p/2", 65),
        ("tile/entries/000.p/1", 65_538),
    ] {
        let path = PublicPath::parse(name).unwrap();
        assert_eq!(
            refused(&tar(&[(header(name.as_bytes(), bytes, |_| ()), b"x")])),
            BundleError::TooLarge { path, bytes }
        );
    }
    let name = format!("blob/{}", "0".repeat(64));
    for bytes in [513, 1 << 20, 1 << 32, (1 << 33) - 1] {
        let forged = tar(&[(header(name.as_bytes(), bytes, |_| ()), b"x")]);
        assert_eq!(refused(&forged), BundleError::Truncated { bytes: forged.len() as u64 }, "{bytes}");
    }
}

/// A file of which only the beginning is there; every read is counted.
struct Sparse {
    length: u64,
    at: u64,
    header: Vec<u8>,
    read: u64,
}

impl Read for Sparse {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = out.len().min((self.length - self.at) as usize);
        for (offset, byte) in (self.at..).zip(&mut out[..count]) {
            *byte = self.header.get(offset as usize).copied().unwrap_or(0);
        }
        self.at += count as u64;
        self.read += count as u64;
        Ok(count)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn a_large_content_is_not_read_to_index_it_nor_without_the_callers_leave() {
    let bytes = (1 << 33) - 1;
    let name = format!("blob/{}", "0".repeat(64));
    let length = 512 + (1 << 33) + 1024;
    let mut input = Sparse { length, at: 0, header: header(name.as_bytes(), bytes, |_| ()), read: 0 };
    let mut bundle = Bundle::open(&mut input).unwrap();
    assert_eq!(bundle.read(&name, 1 << 20), Err(FilesError::TooLarge { path: name, limit: 1 << 20 }));
    assert!(input.read < 4096, "{} bytes were read", input.read);
}

#[test]
fn a_book_of_70000_is_bundled_and_audited_from_the_bundle() {
    let (files, root) = files(70_000);
    let bytes = bundle(&files);
    let bundle = open(&bytes).unwrap();
    assert_eq!(bundle.paths().count(), tiles(70_000).count() + 6);
    let mut tree = TileTree::authenticated(bundle, 70_000, root).unwrap();
    for index in 0..70_000u64.div_ceil(256) {
        tree.entries(index).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any damage by whole blocks: never a panic, and what opens is a bundle that writes the same bytes again.
    #[test]
    fn what_opens_is_what_we_would_write(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..4), 1..4),
    ) {
        let mut bytes = bundle(&files(3).0);
        for (from, to, kind) in edits {
            if bytes.len() < 1024 {
                continue;
            }
            let blocks = bytes.len() / 512;
            let (from, to) = (from.index(blocks) * 512, to.index(blocks) * 512);
            match kind {
                0 => { bytes.drain(from..from + 512); }
                1 => bytes.copy_within(from..from + 512, to),
                2 => bytes[to..to + 512].fill(0),
                _ => { let block = bytes[from..from + 512].to_vec(); bytes.splice(to..to, block); }
            }
        }
        if let Ok(mut read) = open(&bytes) {
            let mut writer = BundleWriter::new(Vec::new());
            let paths: Vec<_> = read.paths().collect();
            for (path, length) in paths {
                let content = read.read(&path.to_string(), length as usize).unwrap().unwrap();
                writer.add(&path.to_string(), &content).unwrap();
            }
            prop_assert_eq!(writer.finish().unwrap(), bytes);
        }
    }
}
