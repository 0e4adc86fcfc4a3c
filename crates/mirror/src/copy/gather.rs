//! The bytes first, the judgement after. A server that is about to go is copied as fast as the disk takes it: every byte is
//! held to the tree that the book's clerk signed, and is durable, before the first of these entries is judged. Judging costs
//! two signatures an entry, many times as much; nothing is served or cosigned before it.
//!
//! What was gathered lies in `.cabildo-mirror/incoming` with the checkpoint beside it, as a folder that can be copied from: had
//! both the server and this process to go before all was judged, that folder is the source with which judging goes on.

use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use audit::Replay;
use book::tile::{Tile, WIDTH, tiles_since};

use super::noted::{Noted, clerk_of, cosigners};
use super::tree::Tree;
use super::{CopyError, Mirror, Watch};

/// So many bundles at least are worth the second look that judging takes at them: fewer are judged as they come.
#[cfg(not(test))]
const FEW: u64 = 64;
/// So that the tests that stop a disk at each step stop it here, too.
#[cfg(test)]
const FEW: u64 = 1;

/// So many verified bundles at most, each with its hash tile, wait for the disk.
const AHEAD: usize = 8;

/// Two files, by path.
type Pair = [(String, Vec<u8>); 2];

/// Reads and verifies these bundles and the hash tiles below them, until nobody takes them any more.
fn read_all(
    tree: &mut Tree<'_>,
    bundles: Range<u64>,
    send: &SyncSender<Pair>,
    watch: &mut dyn Watch,
) -> Result<(), CopyError> {
    let size = tree.size();
    for index in bundles {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        if let (Some(entries), Some(hashes)) = (Tile::entries(index, size), Tile::hashes(0, index, size)) {
            let pair = [(entries.path(), tree.entries(index)?), (hashes.path(), tree.hashes(0, index)?)];
            if send.send(pair).is_err() {
                return Ok(());
            }
        }
        watch.copied(index * WIDTH, size);
    }
    Ok(())
}

impl Mirror {
    /// Copies the bundles and lowest hash tiles from where the replay stands, where the clerk whom it knows signed the tree.
    /// Another clerk's tree is judged as it comes, so that nobody fills this disk who has no right to the book.
    pub(super) fn gather(
        &mut self,
        offered: &Noted,
        tree: &mut Tree<'_>,
        replay: &Replay,
        now: u64,
        watch: &mut dyn Watch,
    ) -> Result<(), CopyError> {
        let (state, size) = (replay.state(), tree.size());
        let bundles = state.size() / WIDTH..size.div_ceil(WIDTH);
        let clerk = clerk_of(state, offered.origin.epoch);
        let is_signed = clerk
            .is_some_and(|clerk| offered.verify(state, clerk, &cosigners(state, &self.more), now).is_ok());
        if !is_signed || bundles.end.saturating_sub(bundles.start) < FEW {
            return Ok(());
        }
        let (send, receive) = sync_channel::<Pair>(AHEAD);
        let folder = &mut self.folder;
        // One thread reads and verifies, one writes: the disk need not wait.
        thread::scope(|scope| {
            let writing = scope.spawn(move || {
                receive.into_iter().flatten().try_for_each(|(path, bytes)| folder.stage(&path, &bytes))
            });
            let read = read_all(tree, bundles, &send, watch);
            drop(send);
            // What failed first ended the other: the writer's trouble is the cause of the reader's silence.
            match writing.join() {
                Ok(written) => written.map_err(CopyError::Own).and(read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        for tile in tiles_since(state.size(), size) {
            if let Tile::Hashes { level: level @ 1.., index, .. } = tile {
                self.folder.stage(&tile.path(), &tree.hashes(level, index)?)?;
            }
        }
        self.folder.flush(&offered.note.to_bytes())?;
        watch.copied(size, size);
        Ok(())
    }
}
