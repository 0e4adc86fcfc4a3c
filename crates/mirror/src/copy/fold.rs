//! The entries of a tree, judged and kept.

use audit::{Blobs, Replay};
use book::files::PublicFiles;
use book::hash::Hash;
use book::tile::{Tile, WIDTH, decode_entries};
use council::Stop;

use super::tree::Tree;
use super::{CopyError, Watch};
use crate::folder::MirrorFolder;

/// Entries are judged together in chunks of about so many bytes, and of so many bundles at most.
const CHUNK: usize = 4 << 20;
const BUNDLES: usize = 64;
/// In a tree that no known clerk signed, so many void entries at most are looked at: a stranger can make any number of them.
const VOIDS: u64 = 1 << 16;

/// What is kept of the entries that are judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Bundles and lowest hash tiles: a clerk whom the book names signed the tree, or it is only the beginning.
    All,
    /// Nothing, until all is judged.
    Nothing,
}

/// Keeps the bundles and lowest hash tiles from an entry on, which were judged.
pub(super) fn stage(
    folder: &mut MirrorFolder,
    tree: &mut Tree<'_>,
    from: u64,
    watch: &mut dyn Watch,
) -> Result<(), CopyError> {
    let size = tree.size();
    for index in from / WIDTH..size.div_ceil(WIDTH) {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        if let (Some(entries), Some(hashes)) = (Tile::entries(index, size), Tile::hashes(0, index, size)) {
            folder.stage(&entries.path(), &tree.entries(index)?)?;
            folder.stage(&hashes.path(), &tree.hashes(0, index)?)?;
        }
    }
    Ok(())
}

/// Blobs from the folder, and else from the source.
struct Fetch<'a> {
    folder: &'a mut MirrorFolder,
    source: &'a mut dyn PublicFiles,
    trouble: Option<CopyError>,
}

impl Blobs for Fetch<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> bool {
        if self.folder.has_blob(hash, size) {
            return true;
        }
        let path = format!("blob/{}", hash.hex());
        let limit = usize::try_from(size).unwrap_or(usize::MAX);
        let staged = match self.source.read(&path, limit) {
            Ok(Some(bytes)) if bytes.len() as u64 == size && Hash::of(&bytes) == *hash => {
                self.folder.stage(&path, &bytes).map_err(CopyError::Own)
            }
            Ok(Some(_)) => Err(CopyError::Damaged(format!("{path}: its content is not that of its name"))),
            // The stop says it.
            Ok(None) => return false,
            Err(error) => Err(error.into()),
        };
        self.trouble = staged.err();
        self.trouble.is_none()
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        if !self.has(hash, size) {
            return None;
        }
        self.folder.blob(hash, size)
    }

    fn fresh(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        #[expect(clippy::disallowed_methods, reason = "a mirror is at the edge")]
        if getrandom::fill(&mut bytes).is_err() {
            // Nothing is verified without randomness; a process that has none cannot go on.
            std::process::abort();
        }
        bytes
    }
}

/// Takes the entries of the tree up to `to` into the replay, and keeps their bundles and hash tiles for the commit.
pub(super) fn fold(
    folder: &mut MirrorFolder,
    tree: &mut Tree<'_>,
    replay: &mut Replay,
    to: u64,
    keep: Keep,
    watch: &mut dyn Watch,
) -> Result<(), CopyError> {
    let size = tree.size();
    let voids = replay.state().voids();
    let mut at = replay.state().size();
    while at < to {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        let (mut bundles, mut bytes, mut next) = (Vec::new(), 0, at);
        while next < to && bytes < CHUNK && bundles.len() < BUNDLES {
            let index = next / WIDTH;
            let Some(tile) = Tile::entries(index, size) else { break };
            let bundle = tree.entries(index)?;
            if keep == Keep::All {
                folder.stage(&tile.path(), &bundle)?;
                if let Some(hashes) = Tile::hashes(0, index, size) {
                    let bytes = tree.hashes(0, index)?;
                    folder.stage(&hashes.path(), &bytes)?;
                }
            }
            bytes += bundle.len();
            let first = index * WIDTH;
            let end = to.min(first + u64::from(tile.width()));
            bundles.push((tile, bundle, (next - first) as usize, (end - first) as usize));
            next = end;
        }
        let mut entries = Vec::new();
        for (tile, bundle, from, end) in &bundles {
            let all = decode_entries(bundle, tile.width())
                .map_err(|error| CopyError::Damaged(format!("{}: {error}", tile.path())))?;
            entries.extend_from_slice(all.get(*from..*end).unwrap_or_default());
        }
        let mut fetch = Fetch { folder, source: tree.source(), trouble: None };
        let pushed = replay.push(&entries, &mut fetch, |_, _| {});
        if let Err(stopped) = pushed {
            let missing = matches!(stopped.stop, Stop::MissingBlob { .. });
            return Err(fetch.trouble.filter(|_| missing).unwrap_or(CopyError::Stopped(stopped)));
        }
        if replay.state().clerk().is_none() {
            let expected = replay.state().book();
            return Err(CopyError::OtherBook { expected, found: "entries that do not found it".into() });
        }
        if keep == Keep::Nothing && replay.state().voids() - voids > VOIDS {
            return Err(CopyError::NotTheClerk { epoch: replay.state().epoch() });
        }
        at = next;
        watch.progress(at, to);
    }
    Ok(())
}
