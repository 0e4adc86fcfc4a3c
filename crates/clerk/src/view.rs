//! The public files of a book in a store, for whoever serves, bundles or audits them.

use std::fmt::Write;
use std::ops::DerefMut;
use std::sync::{Arc, PoisonError, RwLock};

use book::files::{FilesError, PublicFiles, PublicPath};
use book::hash::Hash;
use book::id::BookId;
use book::tile::{Tile, WIDTH, encode_entries};
use store::{Cosignature, Store};

/// The setting of a book in which its clerk keeps the text of `vkeys`, for those who read the store while no clerk runs.
pub(crate) const VKEYS: &str = "vkeys";

/// What a running clerk has let out: readers on other threads see no checkpoint before it is durable and in the record of the
/// largest signed one.
pub struct Published(RwLock<Arc<Current>>);

#[derive(Clone, Default)]
struct Current {
    size: u64,
    settled: u64,
    checkpoint: Vec<u8>,
    last: Option<Vec<u8>>,
    vkeys: Vec<u8>,
}

impl Published {
    pub(crate) fn empty() -> Published {
        Published(RwLock::new(Arc::new(Current::default())))
    }

    pub(crate) fn set(
        &self,
        (size, settled): (u64, u64),
        checkpoint: Vec<u8>,
        last: Option<Vec<u8>>,
        vkeys: String,
    ) {
        let current = Current { size, settled, checkpoint, last, vkeys: vkeys.into_bytes() };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many entries are let out.
    pub fn size(&self) -> u64 {
        self.current().size
    }

    /// How many entries no hand-over can replace any more: those of the largest final checkpoint, or, where the policy asks for
    /// nobody, all.
    pub fn settled(&self) -> u64 {
        self.current().settled
    }

    /// The file `checkpoint`: the signed note with the cosignatures that came for it.
    pub fn checkpoint(&self) -> Vec<u8> {
        self.current().checkpoint.clone()
    }

    /// The file `final`, where the policy asks for cosigners and was met.
    pub fn last_final(&self) -> Option<Vec<u8>> {
        self.current().last.clone()
    }

    /// The file `vkeys`: the clerk's key, those of the policy's cosigners, those of the registered ones, a line each.
    pub fn vkeys(&self) -> Vec<u8> {
        self.current().vkeys.clone()
    }
}

/// The public files of one book, read through a connection of its own: open one per reading thread
/// ([`store::Store::reader`]), or lend it one (`&mut dyn Store`).
pub struct PublicView<R = Box<dyn Store>> {
    reader: R,
    book: BookId,
    published: Option<Arc<Published>>,
}

impl<R: DerefMut<Target = dyn Store>> PublicView<R> {
    /// What the clerk of this book has let out, as it goes on.
    pub fn running(reader: R, book: BookId, published: Arc<Published>) -> PublicView<R> {
        PublicView { reader, book, published: Some(published) }
    }

    /// What the store holds, where no clerk of this book runs in this program.
    pub fn at_rest(reader: R, book: BookId) -> PublicView<R> {
        PublicView { reader, book, published: None }
    }

    /// How many entries can be read.
    pub fn size(&mut self) -> Result<u64, FilesError> {
        match &self.published {
            Some(published) => Ok(published.size()),
            None => Ok(self.reader.head(&self.book.0).map_err(io)?.map_or(0, |head| head.size)),
        }
    }

    /// The paths of all public files, in the order of a bundle, for the checkpoint as it is now.
    pub fn paths(&mut self) -> Result<Vec<PublicPath>, FilesError> {
        let size = self.size()?;
        let mut paths = vec![PublicPath::Vkeys, PublicPath::Checkpoint];
        if self.text(PublicPath::Final)?.is_some() {
            paths.push(PublicPath::Final);
        }
        paths.extend(book::tile::tiles(size).map(PublicPath::Tile));
        paths.extend(
            self.reader.blobs(&self.book.0).map_err(io)?.into_iter().map(|hash| PublicPath::Blob(Hash(hash))),
        );
        paths.sort_unstable();
        Ok(paths)
    }

    fn text(&mut self, path: PublicPath) -> Result<Option<Vec<u8>>, FilesError> {
        let current = self.published.as_ref().map(|published| published.current());
        let (reader, book) = (&mut *self.reader, &self.book.0);
        match (path, current) {
            (PublicPath::Checkpoint, Some(current)) => Ok(Some(current.checkpoint.clone())),
            (PublicPath::Final, Some(current)) => Ok(current.last.clone()),
            (PublicPath::Vkeys, Some(current)) => Ok(Some(current.vkeys.clone())),
            (PublicPath::Checkpoint, None) => {
                let Some(head) = reader.head(book).map_err(io)? else { return Ok(None) };
                if head.checkpoint.is_empty() {
                    return Ok(None);
                }
                let cosignatures = reader.cosignatures(book, head.size, &head.root).map_err(io)?;
                Ok(Some(cosigned(&head.checkpoint, &cosignatures)))
            }
            (PublicPath::Final, None) => Ok(reader.final_checkpoint(book).map_err(io)?.map(|last| last.note)),
            (PublicPath::Vkeys, None) => {
                Ok(reader.setting(Some(book), VKEYS).map_err(io)?.map(String::into_bytes))
            }
            (PublicPath::Tile(_) | PublicPath::Blob(_), _) => Ok(None),
        }
    }

    fn tile(&mut self, tile: Tile) -> Result<Option<Vec<u8>>, FilesError> {
        let size = self.size()?;
        let there = match tile {
            Tile::Hashes { level, index, .. } => Tile::hashes(level, index, size),
            Tile::Entries { index, .. } => Tile::entries(index, size),
        };
        if there.is_none_or(|there| there.width() < tile.width()) {
            return Ok(None);
        }
        let width = usize::from(tile.width());
        match tile {
            Tile::Hashes { level, index, .. } => {
                let row = self.reader.tile(&self.book.0, level, index).map_err(io)?;
                let cut = row.and_then(|mut bytes| {
                    let whole = bytes.len() >= width * 32;
                    bytes.truncate(width * 32);
                    whole.then_some(bytes)
                });
                cut.map(Some).ok_or_else(|| FilesError::Io(format!("{}: the store lacks it", tile.path())))
            }
            Tile::Entries { index, .. } => {
                let mut entries: Vec<Vec<u8>> = Vec::with_capacity(width);
                while entries.len() < width {
                    let (from, missing) = (index * WIDTH + entries.len() as u64, width - entries.len());
                    let more = self.reader.entries(&self.book.0, from, missing as u64).map_err(io)?;
                    if more.is_empty() {
                        return Err(FilesError::Io(format!("{}: the store lacks entry {from}", tile.path())));
                    }
                    entries.extend(more);
                }
                let bundle = encode_entries(entries.iter().map(Vec::as_slice));
                bundle.map(Some).map_err(|error| FilesError::Io(format!("{}: {error}", tile.path())))
            }
        }
    }
}

fn io(error: store::StoreError) -> FilesError {
    FilesError::Io(error.to_string())
}

impl<R: DerefMut<Target = dyn Store>> PublicFiles for PublicView<R> {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        let public =
            PublicPath::parse(path).ok_or_else(|| FilesError::NotPublic { path: path.to_owned() })?;
        let bytes = match public {
            PublicPath::Tile(tile) => self.tile(tile)?,
            PublicPath::Blob(hash) => self.reader.blob(&self.book.0, &hash.0).map_err(io)?,
            _ => self.text(public)?,
        };
        match bytes {
            Some(bytes) if bytes.len() > limit => Err(FilesError::TooLarge { path: path.to_owned(), limit }),
            found => Ok(found),
        }
    }
}

/// A checkpoint's note with cosignatures under the clerk's line.
pub(crate) fn cosigned(checkpoint: &[u8], cosignatures: &[Cosignature]) -> Vec<u8> {
    let mut note = String::from_utf8_lossy(checkpoint).into_owned();
    for cosignature in cosignatures {
        let _ = writeln!(note, "{}", cosignature.line);
    }
    note.into_bytes()
}
