//! The bytes first, the judgement after. A server that is about to go is copied as fast as the disk takes it: every byte is
//! held to the tree that the book's clerk signed, and is durable, before the first of these entries is judged. Judging costs
//! two signatures an entry, many times as much; nothing is served or cosigned before it.
//!
//! What was gathered lies in `.cabildo-mirror/incoming` with the checkpoint beside it, as a folder that can be copied from: had
//! both the server and this process to go before all was judged, that folder is the source with which judging goes on.

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
        let is_signed = clerk.is_some_and(|clerk| {
            offered.verify(state, clerk, &cosigners(state, &self.more), now).is_ok()
        });
        if !is_signed || bundles.end.saturating_sub(bundles.start) < FEW {
            return Ok(());
        }
        for index in bundles.clone() {
            if index % FEW == 0 && !watch.goes_on() {
                return Err(CopyError::Interrupted);
            }
            if let (Some(entries), Some(hashes)) = (Tile::entries(index, size), Tile::hashes(0, index, size)) {
                self.folder.stage(&entries.path(), &tree.entries(index)?)?;
                self.folder.stage(&hashes.path(), &tree.hashes(0, index)?)?;
            }
            watch.copied(index * WIDTH, size);
        }
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
