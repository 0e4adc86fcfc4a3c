//! A bundle: the public files of a book in one uncompressed tar (POSIX ustar).
//!
//! The same files always make the same bytes: they stand in one order (`vkeys`, `checkpoint`, `final`, hash tiles by level and
//! index, entry bundles by index, blobs by name), and every header has its one form. Any other tar is refused. GNU tar makes the same bytes of the same files in
//! the same order with `--format=ustar -b1 --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644`.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::files::{FilesError, PublicFiles, PublicPath, public};

const BLOCK: usize = 512;
/// A bundle holds at most this many files: the tiles of 500 million entries. It bounds a reader's memory.
const FILES_MAX: usize = 1 << 22;

/// Why a bundle cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// The disk or the network fails.
    Io(String),
    /// It ends too early.
    Truncated {
        /// How many bytes it has.
        bytes: u64,
    },
    /// No header of the one form that a bundle has stands where one should.
    Header {
        /// Where, in bytes from the beginning.
        at: u64,
    },
    /// It holds what is no public file of a book.
    NotPublic {
        /// The name.
        name: String,
    },
    /// A file is larger than one of its kind can be.
    TooLarge {
        /// The path.
        path: PublicPath,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A file stands twice, or not in its place.
    Order {
        /// The path.
        path: PublicPath,
        /// The path before it.
        after: PublicPath,
    },
    /// What fills the last block of a file is not zero.
    Padding {
        /// The path.
        path: PublicPath,
    },
    /// Something follows the end.
    Trailing {
        /// Where, in bytes from the beginning.
        at: u64,
    },
    /// More files than are read.
    TooMany,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Io(cause) => write!(f, "{cause}"),
            BundleError::Truncated { bytes } => {
                write!(f, "the bundle ends too early, after {bytes} bytes: get it again, whole")
            }
            BundleError::Header { at } => {
                write!(f, "byte {at}: not a bundle as Cabildo writes it (make one with `cabildo bundle`)")
            }
            BundleError::NotPublic { name } => write!(f, "{name:?}: no public file of a book has this name"),
            BundleError::TooLarge { path, bytes } => {
                write!(
                    f,
                    "{path}: it has {bytes} bytes, and {} is the most for such a file",
                    path.max_bytes()
                )
            }
            BundleError::Order { path, after } if path == after => write!(f, "{path}: it stands there twice"),
            BundleError::Order { path, after } => {
                write!(f, "{path}: it stands after {after}, not in its place")
            }
            BundleError::Padding { path } => write!(f, "{path}: what fills its last block is not zero"),
            BundleError::Trailing { at } => write!(f, "byte {at}: something follows the end of the bundle"),
            BundleError::TooMany => write!(f, "the bundle holds more than {FILES_MAX} files"),
        }
    }
}

impl std::error::Error for BundleError {}

impl From<io::Error> for BundleError {
    fn from(error: io::Error) -> Self {
        BundleError::Io(error.to_string())
    }
}

/// The header of a file: its name and its length in bytes, and nothing else that could differ.
fn header(name: &str, bytes: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644"); // mode
    put(108, "0000000"); // user
    put(116, "0000000"); // group
    put(124, &format!("{bytes:011o}"));
    put(136, "00000000000"); // time
    put(148, "        "); // checksum, counted as spaces
    put(156, "0"); // a regular file
    put(257, "ustar\x0000");
    put(329, "0000000"); // device
    put(337, "0000000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Name and length in a header, if the header is the one that they make.
fn parse_header(block: &[u8; BLOCK]) -> Option<(&str, u64)> {
    let end = block[..100].iter().position(|byte| *byte == 0)?;
    let name = str::from_utf8(&block[..end]).ok()?;
    let bytes = u64::from_str_radix(str::from_utf8(&block[124..135]).ok()?, 8).ok()?;
    (header(name, bytes) == *block).then_some((name, bytes))
}

/// How many zero bytes fill the last block of a file.
fn padding(bytes: u64) -> usize {
    (bytes.next_multiple_of(BLOCK as u64) - bytes) as usize
}

/// Writes a bundle, file by file.
pub struct BundleWriter<W> {
    out: W,
    last: Option<PublicPath>,
}

impl<W: Write> BundleWriter<W> {
    /// A bundle without files.
    pub fn new(out: W) -> BundleWriter<W> {
        BundleWriter { out, last: None }
    }

    /// Appends a file. The caller keeps the order, which is that of [`PublicPath`]; any other is refused.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let path = PublicPath::parse(path).ok_or_else(|| BundleError::NotPublic { name: path.to_owned() })?;
        let length = bytes.len() as u64;
        in_place(self.last, path, length)?;
        self.out.write_all(&header(&path.to_string(), length))?;
        self.out.write_all(bytes)?;
        self.out.write_all(&[0; BLOCK][..padding(length)])?;
        self.last = Some(path);
        Ok(())
    }

    /// Ends the bundle and gives back what it was written to. Without this it is truncated, and refused.
    pub fn finish(mut self) -> Result<W, BundleError> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Whether a file may follow `last`, and is not too large.
fn in_place(last: Option<PublicPath>, path: PublicPath, bytes: u64) -> Result<(), BundleError> {
    if let Some(after) = last.filter(|last| *last >= path) {
        return Err(BundleError::Order { path, after });
    }
    if bytes > path.max_bytes() { Err(BundleError::TooLarge { path, bytes }) } else { Ok(()) }
}

/// Where a file stands in a bundle.
struct Place {
    path: PublicPath,
    at: u64,
    bytes: u64,
}

/// A bundle, read through an index of its files.
pub struct Bundle<R> {
    input: R,
    index: Vec<Place>,
}

impl<R: Read + Seek> Bundle<R> {
    /// Walks through the headers. Memory follows the number of files; contents are not read.
    pub fn open(mut input: R) -> Result<Bundle<R>, BundleError> {
        let end = input.seek(SeekFrom::End(0))?;
        let truncated = BundleError::Truncated { bytes: end };
        let mut index: Vec<Place> = Vec::new();
        let mut at = 0;
        let mut filled = 0;
        loop {
            // What fills the last block of the file before, and a header.
            let mut block = [0; 2 * BLOCK];
            let part = &mut block[..filled + BLOCK];
            if at + part.len() as u64 > end {
                return Err(truncated);
            }
            input.seek(SeekFrom::Start(at))?;
            input.read_exact(part)?;
            let (fill, rest) = part.split_at(filled);
            if let Some(last) = index.last()
                && fill.iter().any(|byte| *byte != 0)
            {
                return Err(BundleError::Padding { path: last.path });
            }
            at += filled as u64;
            let Some(block) = rest.first_chunk::<BLOCK>() else { return Err(truncated) };
            if block.iter().all(|byte| *byte == 0) {
                break;
            }
            let (name, bytes) = parse_header(block).ok_or(BundleError::Header { at })?;
            let Some(path) = PublicPath::parse(name) else {
                return Err(BundleError::NotPublic { name: name.to_owned() });
            };
            in_place(index.last().map(|last| last.path), path, bytes)?;
            if index.len() == FILES_MAX {
                return Err(BundleError::TooMany);
            }
            at += BLOCK as u64;
            index.push(Place { path, at, bytes });
            at += bytes;
            filled = padding(bytes);
        }
        // Two blocks of zeros are the end.
        let mut block = [0; BLOCK];
        let after = at + 2 * BLOCK as u64;
        if after > end {
            return Err(truncated);
        }
        input.read_exact(&mut block)?;
        if block.iter().any(|byte| *byte != 0) {
            return Err(BundleError::Header { at: at + BLOCK as u64 });
        }
        if after < end {
            return Err(BundleError::Trailing { at: after });
        }
        Ok(Bundle { input, index })
    }

    /// The files in it with their lengths in bytes, in their order.
    pub fn paths(&self) -> impl Iterator<Item = (PublicPath, u64)> {
        self.index.iter().map(|place| (place.path, place.bytes))
    }
}

impl<R: Read + Seek> PublicFiles for Bundle<R> {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        let asked = public(path)?;
        let Ok(found) = self.index.binary_search_by(|place| place.path.cmp(&asked)) else { return Ok(None) };
        let place = &self.index[found];
        // Not more than the limit, nor than the file really has: `open` saw the block after it.
        let length = usize::try_from(place.bytes).ok().filter(|length| *length <= limit);
        let length = length.ok_or_else(|| FilesError::TooLarge { path: path.to_owned(), limit })?;
        let mut bytes = vec![0; length];
        let read = self.input.seek(SeekFrom::Start(place.at)).and_then(|_| self.input.read_exact(&mut bytes));
        read.map_err(|error| FilesError::Io(format!("{path}: {error}")))?;
        Ok(Some(bytes))
    }
}
