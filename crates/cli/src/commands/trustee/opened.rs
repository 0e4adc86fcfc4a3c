//! An archive that is worked on: audited so far, and appended to atomically.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ballot::archive::{ArchiveWriter, Head};
use ballot::audit::{self, Audit, Options, Unreadable};
use ballot::group::{Group, GroupName};
use ballot::json;
use ballot::standing::Standing;
use ballot::strong::StrongFile;

use crate::edge;
use crate::failure::Failure;
use crate::progress::Steps;
use crate::verdict;

/// An archive's file, with the strong proofs beside it.
pub struct Opened {
    path: PathBuf,
    file: File,
    length: u64,
    strong_path: PathBuf,
    strong: Option<Vec<u8>>,
}

/// What appends to the copy of an archive.
pub type Writer<'a> = ArchiveWriter<BufWriter<&'a File>>;

fn unreadable(path: &Path, error: Unreadable) -> Failure {
    match error {
        Unreadable::Input(error) => Failure::file(path, edge::cause(&error)),
        Unreadable::NotAnArchive => {
            Failure::file(path, "it is no election's archive: it does not begin with BELENIOS")
        }
    }
}

/// Prints an audit that failed.
fn fails(audit: &Audit) -> Failure {
    put!("{}", verdict::to_text(audit));
    Failure::Fails
}

impl Opened {
    /// Opens an archive to read it.
    pub fn read(path: &Path) -> Result<Opened, Failure> {
        let failed = |error: io::Error| Failure::file(path, edge::cause(&error));
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Failure::file(path, "it is a folder: name the archive in it, <uuid>.bel"));
        }
        if metadata.len() == 0 {
            return Err(Failure::file(path, "the file is empty"));
        }
        let strong_path = path.with_extension("strong.json");
        let strong = match fs::read(&strong_path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::file(&strong_path, edge::cause(&error))),
        };
        Ok(Opened { path: path.to_owned(), file, length: metadata.len(), strong_path, strong })
    }

    /// Opens an archive to append to it; nobody else may at the same time.
    pub fn write(path: &Path) -> Result<Opened, Failure> {
        let opened = Opened::read(path)?;
        // A file system that has no locks does without.
        if let Err(TryLockError::WouldBlock) = opened.file.try_lock() {
            return Err(Failure::file(path, "another `cabildo` is writing it: wait until that ends"));
        }
        Ok(opened)
    }

    fn input(&self) -> Result<BufReader<&File>, Failure> {
        let mut input = BufReader::with_capacity(1 << 20, &self.file);
        input.seek(SeekFrom::Start(0)).map_err(|error| Failure::file(&self.path, edge::cause(&error)))?;
        Ok(input)
    }

    /// The group of its election.
    pub fn group(&self) -> Result<GroupName, Failure> {
        let group = audit::group_of(self.input()?).map_err(|error| unreadable(&self.path, error))?;
        group.map_err(|audit| fails(&audit))
    }

    /// Audits it as far as it goes; one that does not hold fails with the report.
    pub fn standing<G: Group>(&self) -> Result<Standing<G>, Failure> {
        let mut steps = Steps::new(false);
        let step = steps.begin("audit so far", self.length);
        let mut progress = |bytes| step.reached(bytes);
        let options = Options {
            seed: *edge::fresh()?,
            strong: self.strong.as_deref(),
            partial: true,
            progress: &mut progress,
        };
        let audited = audit::audit_to_go_on::<G, _>(self.input()?, options);
        let (audit, standing) = audited.map_err(|error| unreadable(&self.path, error))?;
        step.end();
        standing.ok_or_else(|| fails(&audit))
    }

    /// Where the strong proofs stand.
    pub fn strong_path(&self) -> &Path {
        &self.strong_path
    }

    /// Appends what `append` writes: to a copy beside, which then takes the archive's place. New strong proofs are on the
    /// disk before, so that no archive of ours ever stands without them. With `whole`, the copy is audited to its end first,
    /// and only one that holds takes the place; its audit is given back.
    pub fn append<G: Group>(
        &self,
        head: Head,
        strong: Option<&StrongFile<G>>,
        whole: bool,
        append: impl FnOnce(&mut Writer<'_>) -> io::Result<()>,
    ) -> Result<Option<Audit>, Failure> {
        let failed = |error: io::Error| Failure::file(&self.path, edge::cause(&error));
        let copy = edge::empty_beside(&self.path, edge::PUBLIC).map_err(failed)?;
        let copied = io::copy(&mut self.input()?, &mut copy.as_file()).map_err(failed)?;
        if copied != self.length {
            return Err(self.changed());
        }
        let output = BufWriter::with_capacity(1 << 20, copy.as_file());
        let mut writer = ArchiveWriter::resume(output, head);
        append(&mut writer).map_err(failed)?;
        drop(writer.finish().map_err(failed)?);
        copy.as_file().sync_all().map_err(failed)?;
        let strong = strong.map(|strong| json::to_string(strong).into_bytes());
        let proofs = strong.as_deref().or(self.strong.as_deref());
        let audit = if whole { Some(self.audit_copy(copy.as_file(), proofs)?) } else { None };
        let now = fs::metadata(&self.path).map_err(failed)?;
        if now.len() != self.length {
            return Err(self.changed());
        }
        if let Some(strong) = strong.filter(|strong| Some(strong) != self.strong.as_ref()) {
            edge::write(&self.strong_path, &strong)?;
        }
        copy.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(audit)
    }

    fn audit_copy(&self, mut copy: &File, strong: Option<&[u8]>) -> Result<Audit, Failure> {
        let failed = |error: io::Error| Failure::file(&self.path, edge::cause(&error));
        copy.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut steps = Steps::new(false);
        let step = steps.begin("audit", copy.metadata().map_err(failed)?.len());
        let mut progress = |bytes| step.reached(bytes);
        let options = Options { seed: *edge::fresh()?, strong, partial: false, progress: &mut progress };
        let audit = audit::audit(BufReader::with_capacity(1 << 20, copy), options);
        let audit = audit.map_err(|error| unreadable(&self.path, error))?;
        step.end();
        if audit.report.holds() { Ok(audit) } else { Err(fails(&audit)) }
    }

    fn changed(&self) -> Failure {
        Failure::file(&self.path, "it changed while it was being worked on: nothing was written; run again")
    }
}
