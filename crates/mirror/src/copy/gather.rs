//! The bytes first, the judgement after. A server that is about to go is copied as fast as the disk takes it: every byte is
//! held to the tree that the book's clerk signed, and is durable, before the first of these entries is judged. Judging costs
//! two signatures an entry, many times as much; nothing is served or cosigned before it.
//!
//! What was gathered lies in `.cabildo-mirror/gathered` with the checkpoint beside it and every attachment that the entries name,
//! as a folder that can be copied from: had both the server and this process to go before all was judged, that folder is the
//! source with which judging goes on. No other source takes it away: it stays until this checkpoint or a larger one has its place.

use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use audit::Replay;
use book::hash::Hash;
use book::tile::{Tile, WIDTH, decode_entries, tiles_since};

use super::noted::{Noted, clerk_of, cosigners};
use super::tree::Tree;
use super::{CopyError, Mirror, Watch};

/// So many bundles at least are worth the second look that judging takes at them: fewer are judged as they come.
#[cfg(not(test))]
const FEW: u64 = 64;
/// So that the tests that stop a disk at each step stop it here, too.
#[cfg(test)]
const FEW: u64 = 1;

/// So many verified bundles at most, each with what belongs to it, wait for the disk.
const AHEAD: usize = 4;

/// Files, by path.
type Batch = Vec<(String, Vec<u8>)>;

/// The attachments that the entries of a bundle name. One that the source has not, or not as it is named, is left out: judging
/// says what is missing.
fn attachments(tree: &mut Tree<'_>, bundle: &[u8], width: u16) -> Result<Batch, CopyError> {
    let mut files = Batch::new();
    let Ok(entries) = decode_entries(bundle, width) else { return Ok(files) };
    for (hash, size) in entries.into_iter().flat_map(council::blobs_named) {
        let path = format!("blob/{}", hash.hex());
        let Ok(limit) = usize::try_from(size) else { continue };
        if let Some(bytes) = tree.source().read(&path, limit)?
            && bytes.len() == limit
            && Hash::of(&bytes) == hash
        {
            files.push((path, bytes));
        }
    }
    Ok(files)
}

/// Reads and verifies these bundles and the hash tiles below them, until nobody takes them any more.
fn read_all(
    tree: &mut Tree<'_>,
    bundles: Range<u64>,
    send: &SyncSender<Batch>,
    watch: &mut dyn Watch,
) -> Result<(), CopyError> {
    let size = tree.size();
    for index in bundles {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        if let (Some(entries), Some(hashes)) = (Tile::entries(index, size), Tile::hashes(0, index, size)) {
            let bundle = tree.entries(index)?;
            let mut files = attachments(tree, &bundle, entries.width())?;
            files.push((entries.path(), bundle));
            files.push((hashes.path(), tree.hashes(0, index)?));
            if send.send(files).is_err() {
                return Ok(());
            }
        }
        watch.copied(index * WIDTH, size);
    }
    Ok(())
}

impl Mirror {
    /// Whether the clerk whom the entries name so far has signed what is offered.
    pub(super) fn is_signed(&self, offered: &Noted, replay: &Replay, now: u64) -> bool {
        let state = replay.state();
        let clerk = clerk_of(state, offered.origin.epoch).filter(|_| offered.origin.epoch == state.epoch());
        clerk.is_some_and(|clerk| offered.verify(state, clerk, &cosigners(state, &self.more), now).is_ok())
    }

    /// Copies the bundles, the hash tiles and the attachments of a tree that the clerk signed, but for those of its first `common`
    /// entries, which are here.
    pub(super) fn gather(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        common: u64,
        watch: &mut dyn Watch,
    ) -> Result<(), CopyError> {
        let size = tree.size();
        let bundles = common / WIDTH..size.div_ceil(WIDTH);
        if bundles.end.saturating_sub(bundles.start) < FEW {
            return Ok(());
        }
        // From here on less is a rollback.
        self.see(offered)?;
        let (send, receive) = sync_channel::<Batch>(AHEAD);
        let folder = &mut self.folder;
        // One thread reads and verifies, one writes: the disk need not wait.
        thread::scope(|scope| {
            let writing = scope.spawn(move || {
                receive.into_iter().flatten().try_for_each(|(path, bytes)| folder.gather(&path, &bytes))
            });
            let read = read_all(tree, bundles, &send, watch);
            drop(send);
            // What failed first ended the other: the writer's trouble is the cause of the reader's silence.
            match writing.join() {
                Ok(written) => written.map_err(CopyError::Own).and(read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        for tile in tiles_since(common, size) {
            if let Tile::Hashes { level: level @ 1.., index, .. } = tile {
                self.folder.gather(&tile.path(), &tree.hashes(level, index)?)?;
            }
        }
        self.folder.gather_for(&offered.note.to_bytes())?;
        self.folder.flush_gathered()?;
        watch.copied(size, size);
        Ok(())
    }

    /// What was gathered is no longer needed once its checkpoint or a larger one, or a later epoch, has its place.
    pub(super) fn forget_gathered(&mut self, taken: &Noted) -> Result<(), CopyError> {
        let gathered = self.folder.private("gathered/checkpoint").ok().flatten();
        let gathered = gathered.and_then(|bytes| Noted::parse(&bytes).ok());
        let key = |noted: &Noted| (noted.origin.epoch, noted.size());
        if gathered.is_none_or(|gathered| key(&gathered) <= key(taken)) {
            self.folder.forget_gathered()?;
        }
        Ok(())
    }
}
