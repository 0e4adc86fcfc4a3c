//! What the tests of a mirror share: folders to look into, sources that misbehave, an HTTP server.

mod server;
mod sources;

use std::path::Path;

use audit::Audit;
use book::files::MemoryFiles;
use mirror::source::Folder;
use mirror::{Copied, CopyError, Mirror};

use crate::judge::{Asked, try_audit};
use crate::scribe::Scribe;

pub(crate) use server::{Reply, Server};
pub(crate) use sources::{Counting, Faulty};

/// The public files that lie in a folder.
pub(crate) fn files_in(folder: &Path) -> MemoryFiles {
    let mut files = MemoryFiles::new();
    walk(folder, "", &mut files);
    files
}

fn walk(root: &Path, below: &str, files: &mut MemoryFiles) {
    for entry in std::fs::read_dir(root.join(below)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path == ".cabildo-mirror" || path == "evidence" {
            continue;
        }
        if root.join(&path).is_dir() {
            walk(root, &path, files);
        } else {
            files.insert(&path, std::fs::read(root.join(&path)).unwrap()).unwrap();
        }
    }
}

/// The files without `final`, which a mirror works out for itself.
pub(crate) fn without_final(mut files: MemoryFiles) -> MemoryFiles {
    files.remove("final");
    files
}

/// The audit of a mirror's folder, which must hold.
pub(crate) fn audit_folder(folder: &Path) -> Audit {
    let audit = try_audit(&mut Folder::at(folder), &Asked::default()).unwrap();
    assert!(audit.report.holds(), "{}", audit.report);
    audit
}

/// One round from these files, at the time of the scribe's clock.
pub(crate) fn copy(mirror: &mut Mirror, scribe: &Scribe, files: &MemoryFiles) -> Result<Copied, CopyError> {
    mirror.copy(&mut files.clone(), scribe.time, &mut ())
}

/// A mirror of what the scribe has published.
pub(crate) fn mirror_of(folder: &Path, scribe: &Scribe) -> Mirror {
    let mut mirror = Mirror::open(folder, None).unwrap();
    copy(&mut mirror, scribe, &scribe.files()).unwrap();
    mirror
}

/// That the folder holds exactly these files, and they audit.
pub(crate) fn holds(folder: &Path, files: &MemoryFiles) {
    let (found, expected) = (without_final(files_in(folder)), without_final(files.clone()));
    let paths = |files: &MemoryFiles| files.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
    assert_eq!(paths(&found), paths(&expected));
    let other = found.iter().zip(expected.iter()).find(|(found, expected)| found != expected);
    assert!(other.is_none(), "other content: {:?}", other.map(|((path, _), _)| path.to_string()));
    audit_folder(folder);
}

/// A council with witnesses and so many entries.
pub(crate) fn grown(scribe: &mut Scribe, size: u64) {
    while scribe.size() < size {
        let text = format!("Observación número {} para el acta.", scribe.size());
        scribe.remark(scribe.size() as u32 % 3 + 1, &text);
    }
}
