//! Belenios' own tool on the archives of the book's elections.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::hall::Hall;

fn tool(folder: &Path, arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/belenios");
    Command::new(script).arg("3.0").args(arguments).current_dir(folder).output().unwrap()
}

/// That the tool accepts the archive, and each of its ballots on its own; says so where it cannot run.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn accepts(hall: &Hall, id: u64) {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("belenios-{}", hall.election(id).uuid));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    if !tool(&folder, &["--version"]).status.success() {
        println!("skipped: tools/belenios 3.0 cannot run here");
        return;
    }
    let (archive, _) = hall.archive(id);
    std::fs::write(folder.join(format!("{}.bel", hall.election(id).uuid)), archive).unwrap();
    let verified = tool(&folder, &["election", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

    // Ballot by ballot, against the archive that has its Setup alone: in one that holds a ballot the tool finds it there twice.
    let mut begun = hall.election(id);
    begun.batches.clear();
    begun.closed = None;
    let mut setup = Vec::new();
    council::elections::archive::write(&begun, &mut |blob| Some(hall.bytes(blob)), &mut setup).unwrap();
    std::fs::write(folder.join(format!("{}.bel", begun.uuid)), setup).unwrap();
    for batch in &hall.election(id).batches {
        for cast in council::elections::batch::parse(&hall.bytes(batch)).unwrap() {
            std::fs::write(folder.join("ballot.json"), &cast.ballot).unwrap();
            let verified = tool(&folder, &["election", "verify-ballot", "--ballot", "ballot.json"]);
            assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}
