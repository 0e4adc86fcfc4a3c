//! Strangers accept what we publish: `tools/tlog-check`, in Go, on Go's own transparency-log packages, reads the files of
//! books of many sizes, and refuses them with a byte changed. Skipped, with a printed word, where Debian's Go cannot be had.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use book::entry::{After, By, Signer, Text};
use book::files::MemoryFiles;
use book::key::{Algorithm, key_id};
use book::note::{Note, Signature, timestamped_message};
use tempfile::TempDir;

use crate::of_size;
use crate::support::by_hand::Stream;
use crate::support::judge::{Asked, audit, holds};
use crate::support::keys;
use crate::support::scribe::{COSIGNERS, Scribe, remark};

/// Whether the tool can run here.
fn have() -> bool {
    static HAVE: OnceLock<bool> = OnceLock::new();
    *HAVE.get_or_init(|| {
        let usage = run(&[]);
        let have = usage.contains("usage: tlog-check");
        if !have {
            println!("skipped: tools/tlog-check cannot run here: {}", usage.trim());
        }
        have
    })
}

/// What the tool says, `FAIL` in it where it refuses.
fn run(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/tlog-check/run");
    let output = Command::new(script).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.success(), !said.contains("FAIL") && said.contains("ok "), "{said}");
    said
}

/// The files in a folder, and in it `checkpoint.old` where there is one.
fn write_out(files: &MemoryFiles, old: Option<&Note>) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in files.iter() {
        let path = folder.path().join(path.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    if let Some(old) = old {
        fs::write(folder.path().join("checkpoint.old"), old.to_bytes()).unwrap();
    }
    folder
}

/// The verdict on a folder, under the log's key and these cosigners'.
fn says(scribe: &Scribe, folder: &Path, cosigners: &[String]) -> String {
    let mut arguments = vec![folder.to_str().unwrap().to_owned(), scribe.vkey().to_string()];
    arguments.extend(cosigners.iter().map(|name| keys::cosigner(name).to_string()));
    run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn accepts(scribe: &Scribe, old: u64) {
    let folder = write_out(&scribe.files(), Some(&scribe.signed(old, &scribe.cosigners)));
    let said = says(scribe, folder.path(), &scribe.cosigners);
    let size = scribe.size();
    for part in [
        format!(
            "ok checkpoint: {}, {size} entries, {} signatures",
            scribe.state.origin(),
            1 + scribe.cosigners.len()
        ),
        format!("ok consistent {old} -> {size}"),
        format!("ok {size} entries, each the one in the tree"),
    ] {
        assert!(said.contains(&part), "{said}");
    }
}

/// That both refuse the files with this byte of this file changed.
fn refuse(scribe: &Scribe, folder: &Path, path: &str, at: usize) {
    let file = folder.join(path);
    let good = fs::read(&file).unwrap();
    let mut spoiled = good.clone();
    spoiled[at % good.len()] ^= 1;
    fs::write(&file, &spoiled).unwrap();
    let said = says(scribe, folder, &scribe.cosigners);
    assert!(said.contains("FAIL"), "{path}, byte {at}: {said}");
    fs::write(&file, good).unwrap();
    let mut files = scribe.files();
    files.insert(path, spoiled).unwrap();
    assert!(!audit(&files, &Asked::default()).report.holds(), "{path}, byte {at}");
}

#[test]
fn books_of_1_to_257() {
    if !have() {
        return;
    }
    for (size, old) in [(1, 1), (2, 1), (255, 2), (256, 255), (257, 256)] {
        accepts(&of_size(size), old);
    }
}

/// The second clerk's checkpoints, on the same leaves.
#[test]
fn a_book_handed_over() {
    if have() {
        let mut scribe = Scribe::lived();
        accepts(&scribe, 11);
        scribe.succeed(&[1, 2]);
        accepts(&scribe, 13);
    }
}

#[test]
fn changed_books_are_refused_by_both() {
    if !have() {
        return;
    }
    let scribe = of_size(257);
    let folder = write_out(&scribe.files(), None);
    let names =
        ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"];
    for (turn, name) in names.into_iter().enumerate() {
        for at in [0, 1, 31, 5000 + turn, 7999] {
            refuse(&scribe, folder.path(), name, at);
        }
    }
    let length = scribe.signed(257, &scribe.cosigners).to_bytes().len();
    for at in (0..length).step_by(61) {
        refuse(&scribe, folder.path(), "checkpoint", at);
    }
    assert!(!says(&scribe, folder.path(), &scribe.cosigners).contains("FAIL"));
    // A cosigner who did not sign, and a log that is another.
    assert!(says(&scribe, folder.path(), &["otro.example".to_owned()]).contains("FAIL"));
    let other = of_size(1);
    assert_eq!(other.vkey(), scribe.vkey());
    let elsewhere = Scribe::alone();
    assert!(says(&elsewhere, folder.path(), &[]).contains("FAIL"));
}

/// A book of this size, quickly: remarks whose signatures follow one another.
fn quickly(size: u64) -> Scribe {
    let mut scribe = Scribe::witnessed();
    let (mut author, mut clerk) = (Stream::new(&keys::seed("member 2")), Stream::new(&keys::seed("clerk 0")));
    let origin = scribe.state.origin().to_string();
    let author_id = key_id("2", Algorithm::Plain, author.key());
    let clerk_id = key_id(&origin, Algorithm::Timestamped, clerk.key());
    let after = After { size: 1, root: scribe.root() };
    while scribe.size() < size {
        scribe.time += 1;
        let content = remark(&format!("Punto {} del orden del día.", scribe.size()));
        let text = Text {
            book: Some(scribe.book()),
            kind: "remark.made".into(),
            by: By::Members(vec![Signer::member(2)]),
            after,
            content,
        }
        .write();
        let mut recorded = scribe.time.to_be_bytes().to_vec();
        recorded.extend(clerk.sign(&timestamped_message(scribe.time, &text)));
        let signatures = vec![
            Signature { name: "2".into(), id: author_id, bytes: author.sign(text.as_bytes()).to_vec() },
            Signature { name: origin.clone(), id: clerk_id, bytes: recorded },
        ];
        scribe.append_unjudged(Note { text, signatures }.to_bytes());
    }
    scribe.make_final();
    scribe
}

#[test]
fn a_book_of_65_537() {
    let scribe = quickly(65_537);
    let found = holds(&scribe.files());
    assert_eq!(found.state.unwrap().size(), 65_537);
    assert_eq!(found.report.check("tiles").map(|check| check.count), Some(256 + 1 + 1 + 1));
    if !have() {
        return;
    }
    accepts(&scribe, 46_666);
    let folder = write_out(&scribe.files(), None);
    for name in ["tile/entries/137", "tile/0/137", "tile/2/000.p/1"] {
        let file = folder.path().join(name);
        let good = fs::read(&file).unwrap();
        let mut spoiled = good.clone();
        spoiled[good.len() / 2] ^= 0x10;
        fs::write(&file, spoiled).unwrap();
        let said = says(&scribe, folder.path(), &scribe.cosigners);
        assert!(said.contains("FAIL"), "{name}: {said}");
        fs::write(&file, good).unwrap();
    }
    assert_eq!(scribe.cosigners, COSIGNERS);
}
