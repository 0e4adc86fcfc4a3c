//! The audit as the tests ask for it.

use audit::{Audit, Options, Unreadable};
use book::files::{MemoryFiles, PublicFiles};
use book::id::BookId;

/// What is asked beside the files.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) book: Option<BookId>,
    pub(crate) since: Option<Vec<u8>>,
    pub(crate) now: Option<u64>,
}

/// The audit of these files.
pub(crate) fn try_audit(files: &mut dyn PublicFiles, asked: &Asked) -> Result<Audit, Unreadable> {
    let options = Options {
        book: asked.book,
        since: asked.since.as_deref(),
        now: asked.now,
        seed: [7; 32],
        progress: &mut |_, _| {},
    };
    audit::book(files, options)
}

/// The audit of files that can be read.
pub(crate) fn audit(files: &MemoryFiles, asked: &Asked) -> Audit {
    try_audit(&mut files.clone(), asked).unwrap()
}

/// That the audit holds.
pub(crate) fn holds(files: &MemoryFiles) -> Audit {
    let audit = audit(files, &Asked::default());
    assert!(audit.report.holds(), "{}", audit.report);
    assert!(audit.voids.is_empty());
    audit
}
