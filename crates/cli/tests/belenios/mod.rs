//! Belenios' own tool on an archive: the whole of it, and each of its ballots.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BLOCK: usize = 512;

fn tool(folder: &Path, arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/belenios");
    Command::new(script).arg("3.0").args(arguments).current_dir(folder).output().unwrap()
}

/// The members of an archive: name, content, and where it ends.
fn members(archive: &[u8]) -> Vec<(String, &[u8], usize)> {
    let mut members = Vec::new();
    let mut at = 0;
    while at < archive.len() {
        let text = |from: usize, to: usize| {
            let field = &archive[at + from..at + to];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8(field[..end].to_vec()).unwrap()
        };
        let size = usize::from_str_radix(text(124, 136).trim(), 8).unwrap();
        let content = &archive[at + BLOCK..at + BLOCK + size];
        let name = text(0, 100);
        at += BLOCK + size.div_ceil(BLOCK) * BLOCK;
        members.push((name, content, at));
    }
    members
}

/// That the tool accepts the archive, and each of its ballots on its own; says so where it cannot run.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn accepts(archive: &Path) {
    let folder = tempfile::tempdir().unwrap();
    if !tool(folder.path(), &["--version"]).status.success() {
        println!("SKIPPED: tools/belenios 3.0 cannot run here");
        return;
    }
    let bytes = fs::read(archive).unwrap();
    let copy = folder.path().join(archive.file_name().unwrap());
    fs::write(&copy, &bytes).unwrap();
    let verified = tool(folder.path(), &["election", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    // A ballot is judged by the archive that has its Setup alone: in one that holds it the tool finds it there twice.
    let members = members(&bytes);
    let is_event = |name: &str| name.ends_with(".event.json");
    let setup = members.iter().find(|(name, ..)| is_event(name)).unwrap().2;
    fs::write(&copy, &bytes[..setup]).unwrap();
    let mut ballots = 0;
    for pair in members.windows(2) {
        let [(_, ballot, _), (name, event, _)] = pair else { continue };
        if !is_event(name) || !String::from_utf8_lossy(event).contains("\"type\":\"Ballot\"") {
            continue;
        }
        fs::write(folder.path().join("ballot.json"), ballot).unwrap();
        let verified = tool(folder.path(), &["election", "verify-ballot", "--ballot", "ballot.json"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        ballots += 1;
    }
    assert!(ballots > 0, "{}: no ballot in it", archive.display());
}
