//! The largest head ever signed, kept apart from the database, as Sunlight's lock does: a database that comes back older
//! than this record was rolled back, and its clerk would sign a second history.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use book::checkpoint::Checkpoint;
use book::hash::Hash;
use book::id::Origin;

/// Why the record cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkError {
    /// It is there and says nothing that can be relied on: what is wrong, with its name.
    Damaged(String),
    /// The medium refuses: what it says, with its name.
    Unavailable(String),
}

impl fmt::Display for MarkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MarkError::Damaged(what) => write!(
                f,
                "the record of the largest signed checkpoint is damaged ({what}): compare the database with a mirror, \
                 and delete the record only if the mirror has nothing that the database lacks"
            ),
            MarkError::Unavailable(what) => {
                write!(
                    f,
                    "the record of the largest signed checkpoint cannot be used ({what}): free its folder"
                )
            }
        }
    }
}

impl std::error::Error for MarkError {}

/// A durable record of one checkpoint of one book: the largest that its clerk has signed and let out.
///
/// [`HighWater::store`] returns only once the record would survive a loss of power. A crash while it is written leaves the
/// record as it was before or as it was to be.
pub trait HighWater: Send {
    /// The record; none if nothing was ever recorded here.
    fn load(&mut self) -> Result<Option<Checkpoint>, MarkError>;
    /// Puts `signed` in its place.
    fn store(&mut self, signed: &Checkpoint) -> Result<(), MarkError>;
}

/// The order of checkpoints: a later epoch is larger, then more entries.
fn order(checkpoint: &Checkpoint) -> Option<(u32, u64)> {
    Some((checkpoint.book_origin()?.epoch, checkpoint.size))
}

const HEADER: &str = "cabildo/signed/v1";
/// The bytes of one place. The places lie in different blocks, so that no torn write reaches both.
const PLACE: usize = 512;
const BLOCK: u64 = 4096;

/// The record as a file with two places, written in turn: the one that does not hold the larger checkpoint is overwritten and
/// flushed (one `fdatasync` of allocated blocks, where a new file and its folder would need two). Each place is a line with
/// its own checksum, so that a torn write shows and the other place still stands.
pub struct FileMark {
    path: PathBuf,
    file: Option<File>,
    places: [Option<Checkpoint>; 2],
}

impl FileMark {
    /// The record at `path`. Nothing is made before the first [`HighWater::store`]; the folder must be there.
    pub fn at(path: impl Into<PathBuf>) -> FileMark {
        FileMark { path: path.into(), file: None, places: [None, None] }
    }

    fn unavailable(&self, error: &io::Error) -> MarkError {
        MarkError::Unavailable(format!("{}: {error}", self.path.display()))
    }

    fn open(&mut self) -> Result<bool, MarkError> {
        let mut file = match OpenOptions::new().read(true).write(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(self.unavailable(&error)),
        };
        let mut bytes = Vec::new();
        let whole = BLOCK as usize + PLACE;
        (&mut file)
            .take(whole as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.unavailable(&error))?;
        let damaged = |what: &str| MarkError::Damaged(format!("{}: {what}", self.path.display()));
        if bytes.len() != whole {
            return Err(damaged("it has not the length of a record"));
        }
        self.places = [read_place(&bytes[..PLACE]), read_place(&bytes[BLOCK as usize..])];
        if self.places == [None, None] {
            return Err(damaged("neither of its two lines is whole"));
        }
        self.file = Some(file);
        Ok(true)
    }

    fn make(&mut self, signed: &Checkpoint) -> io::Result<()> {
        let mut bytes = vec![b' '; BLOCK as usize + PLACE];
        bytes[..PLACE].copy_from_slice(&write_place(signed));
        bytes[BLOCK as usize..].copy_from_slice(&write_place(signed));
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut file = File::create(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        sync_folder(&self.path)?;
        self.file = Some(OpenOptions::new().read(true).write(true).open(&self.path)?);
        self.places = [Some(signed.clone()), Some(signed.clone())];
        Ok(())
    }
}

impl HighWater for FileMark {
    fn load(&mut self) -> Result<Option<Checkpoint>, MarkError> {
        if !self.open()? {
            return Ok(None);
        }
        Ok(self.places.iter().flatten().max_by_key(|place| order(place)).cloned())
    }

    fn store(&mut self, signed: &Checkpoint) -> Result<(), MarkError> {
        if self.file.is_none() && !self.open()? {
            return self.make(signed).map_err(|error| self.unavailable(&error));
        }
        let larger = |place: &Option<Checkpoint>| place.as_ref().and_then(order);
        let at = usize::from(larger(&self.places[0]) > larger(&self.places[1]));
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut written = file.seek(SeekFrom::Start(at as u64 * BLOCK)).map(|_| ());
        written = written.and_then(|()| file.write_all(&write_place(signed))).and_then(|()| file.sync_data());
        match written {
            Ok(()) => {
                self.places[at] = Some(signed.clone());
                Ok(())
            }
            Err(error) => {
                // What the file holds now is read again before it is relied on.
                self.file = None;
                Err(self.unavailable(&error))
            }
        }
    }
}

/// One place: a line, filled up with spaces, a newline at its end.
fn write_place(signed: &Checkpoint) -> [u8; PLACE] {
    let mut place = [b' '; PLACE];
    let stated = format!("{HEADER} {} {} {}", signed.origin, signed.size, signed.root);
    let line = format!("{stated} {}", Hash::of(stated.as_bytes()).hex());
    // An origin of a book has at most 71 characters, so this is never cut.
    let kept = line.len().min(PLACE - 1);
    place[..kept].copy_from_slice(&line.as_bytes()[..kept]);
    place[PLACE - 1] = b'\n';
    place
}

fn read_place(place: &[u8]) -> Option<Checkpoint> {
    let line = std::str::from_utf8(place).ok()?.trim_end();
    let (stated, checksum) = line.rsplit_once(' ')?;
    if Hash::from_hex(checksum)? != Hash::of(stated.as_bytes()) {
        return None;
    }
    let mut words = stated.strip_prefix(HEADER)?.strip_prefix(' ')?.split(' ');
    let origin = Origin::parse(words.next()?)?.to_string();
    let (size, root) = (words.next()?.parse().ok()?, Hash::parse(words.next()?)?);
    words.next().is_none().then_some(Checkpoint { origin, size, root })
}

/// Makes a rename in the folder of `path` durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Folders cannot be flushed here; the file system's journal has to do.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use book::id::BookId;

    fn checkpoint(epoch: u32, size: u64) -> Checkpoint {
        let origin = Origin { book: BookId([7; 32]), epoch }.to_string();
        Checkpoint { origin, size, root: Hash::of(&size.to_be_bytes()) }
    }

    #[test]
    fn the_largest_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed");
        let mut mark = FileMark::at(&path);
        assert_eq!(mark.load().unwrap(), None);
        for size in 1..20 {
            mark.store(&checkpoint(0, size)).unwrap();
            assert_eq!(FileMark::at(&path).load().unwrap(), Some(checkpoint(0, size)));
        }
        // A later epoch may begin with fewer entries.
        let mut again = FileMark::at(&path);
        again.store(&checkpoint(1, 5)).unwrap();
        again.store(&checkpoint(1, 6)).unwrap();
        assert_eq!(FileMark::at(&path).load().unwrap(), Some(checkpoint(1, 6)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_torn_write_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed");
        let mut mark = FileMark::at(&path);
        for size in 1..=9 {
            mark.store(&checkpoint(0, size)).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        for at in [0, BLOCK as usize] {
            let mut torn = whole.clone();
            torn[at + 100..at + PLACE].fill(0);
            std::fs::write(&path, &torn).unwrap();
            let left = FileMark::at(&path).load().unwrap().unwrap();
            assert!(left == checkpoint(0, 9) || left == checkpoint(0, 8), "{left:?}");
            // The next one goes over the torn place, not over the one that stands.
            let mut mark = FileMark::at(&path);
            mark.store(&checkpoint(0, 10)).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[at..at + PLACE].fill(0);
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(FileMark::at(&path).load().unwrap(), Some(left));
        }
    }

    #[test]
    fn a_damaged_record_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed");
        for wrong in [vec![], b"cabildo".to_vec(), vec![b' '; BLOCK as usize + PLACE]] {
            std::fs::write(&path, wrong).unwrap();
            assert!(matches!(FileMark::at(&path).load(), Err(MarkError::Damaged(_))));
            assert!(matches!(FileMark::at(&path).store(&checkpoint(0, 1)), Err(MarkError::Damaged(_))));
        }
    }
}
