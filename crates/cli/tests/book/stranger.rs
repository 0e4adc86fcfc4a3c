//! The judgement of a program that shares no code with ours: `tools/tlog-check`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use book::bundle::Bundle;
use book::files::PublicFiles;

fn tool() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/tlog-check/run")
}

/// Whether the tool runs at all here; says so where it does not.
pub fn is_here() -> bool {
    static HERE: OnceLock<bool> = OnceLock::new();
    *HERE.get_or_init(|| {
        let output = Command::new(tool()).output().unwrap();
        let is_here = output.status.code() == Some(2);
        if !is_here {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("SKIPPED: tools/tlog-check/run cannot be built here: {}", why.trim());
        }
        is_here
    })
}

/// Has the folder checked with the clerk's and the cosigners' keys, all of whom must have signed; what it said.
pub fn check(folder: &Path, keys: &[&str]) -> Result<String, String> {
    let output = Command::new(tool()).arg(folder).args(keys).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// The stranger accepts the folder, where the tool can be had.
pub fn accepts(folder: &Path, keys: &[&str], entries: u64) {
    if is_here() {
        let said = check(folder, keys).unwrap_or_else(|said| panic!("{}: {said}", folder.display()));
        assert!(said.contains(&format!("ok {entries} entries, each the one in the tree")), "{said}");
    }
}

/// Unpacks a bundle.
pub fn unpack(bundle: &Path, folder: &Path) {
    let mut files = Bundle::open(File::open(bundle).unwrap()).unwrap();
    let paths: Vec<String> = files.paths().map(|(path, _)| path.to_string()).collect();
    for path in paths {
        let bytes = files.read(&path, 1 << 26).unwrap().unwrap();
        let target = folder.join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}
