//! From the folder to the state of what it holds.

use audit::{Replay, Succession};
use book::files::PublicFiles;
use book::hash::Hash;
use book::tile::{Tile, WIDTH, decode_entries, edge, tiles_since};

use super::fold::{Keep, fold};
use super::noted::{clerk_of, cosigners, vkeys};
use super::tree::Tree;
use super::{CopyError, Loaded, Mirror, Watch, saved};
use crate::folder::{Change, MirrorFolder};

impl Mirror {
    /// The state of what is held, from what was saved and the entries since. The source is asked for what is damaged here.
    pub(super) fn load(
        &mut self,
        source: &mut dyn PublicFiles,
        watch: &mut dyn Watch,
    ) -> Result<(), CopyError> {
        let Some(held) = self.held.clone().filter(|_| self.loaded.is_none()) else { return Ok(()) };
        let own = |error: CopyError| match error {
            CopyError::Damaged(what) => CopyError::OwnDamaged(what),
            other => other,
        };
        let tree = Tree::open(&self.own_folders(), source, held.size(), held.checkpoint.root);
        let mut tree = tree.map_err(|error| own(error.into()))?;
        let is_whole = inspect(&mut self.folder, &mut tree, watch).map_err(own)?;
        let (replay, hand_overs, saved) =
            self.replay(&mut tree, held.size(), is_whole, watch).map_err(own)?;
        let state = replay.into_state();
        let clerk = clerk_of(&state, held.origin.epoch).filter(|_| state.epoch() == held.origin.epoch);
        let clerk = clerk.ok_or_else(|| CopyError::OwnDamaged("`checkpoint` is of another epoch".into()))?;
        self.verify(&held, &state, clerk, u64::MAX)
            .map_err(|error| CopyError::OwnDamaged(format!("`checkpoint`: {error}")))?;
        // The newest tiles lead to all others; whatever of them came from the source is put in its place.
        for tile in tiles_since(saved, held.size()).chain(edge(held.size())) {
            if let Tile::Hashes { level, index, .. } = tile
                && (level > 0 || tile != tile.full())
            {
                let bytes = tree.hashes(level, index).map_err(|error| own(error.into()))?;
                self.folder.stage(&tile.path(), &bytes)?;
            }
        }
        let keys = vkeys(&state, &cosigners(&state, &self.more)).unwrap_or_default();
        let is_whole = self.folder.text("vkeys")?.as_deref() == Some(keys.as_bytes());
        if self.folder.waits() || !is_whole {
            self.commit(&Change {
                old: held.size(),
                common: held.size(),
                new: held.size(),
                checkpoint: &held.note.to_bytes(),
                vkeys: keys.as_bytes(),
                last: None,
                state: None,
            })?;
            self.is_mended = true;
        }
        self.loaded = Some(Loaded { state, hand_overs, saved });
        Ok(())
    }

    /// Replays the first `to` entries of what is held, from what was saved if that may be and is not beyond.
    pub(super) fn replay(
        &mut self,
        tree: &mut Tree<'_>,
        to: u64,
        may_skip: bool,
        watch: &mut dyn Watch,
    ) -> Result<(Replay, Vec<Succession>, u64), CopyError> {
        let Some(book) = self.book() else { return Err(CopyError::NoBook) };
        // It is a cache: one that cannot be read is as good as none.
        let saved = self.folder.private("state").ok().flatten();
        let saved = saved.and_then(|bytes| saved::read(&bytes, book, tree));
        let saved = saved.filter(|saved| may_skip && saved.state.size() <= to);
        let (mut replay, mut hand_overs) = match saved {
            Some(saved) => (Replay::from_state(saved.state), saved.hand_overs),
            None => (Replay::new(book), Vec::new()),
        };
        let from = replay.state().size();
        fold(&mut self.folder, tree, &mut replay, to, Keep::All, watch)?;
        hand_overs.extend_from_slice(replay.successions());
        Ok((replay, hand_overs, from))
    }
}

/// Looks at every file that the held book consists of, once in a process. What is lost or damaged here comes from the source and
/// waits for the next commit; a bundle or a tile that neither has is an error. False where an attachment that an entry names is
/// nowhere: then only a replay can say whether it is needed.
fn inspect(folder: &mut MirrorFolder, tree: &mut Tree<'_>, watch: &mut dyn Watch) -> Result<bool, CopyError> {
    let size = tree.size();
    let mut is_whole = true;
    for index in 0..size.div_ceil(WIDTH) {
        if !watch.goes_on() {
            return Err(CopyError::Interrupted);
        }
        let (Some(entries), Some(hashes)) = (Tile::entries(index, size), Tile::hashes(0, index, size)) else {
            continue;
        };
        let bundle = tree.entries(index)?;
        folder.stage(&entries.path(), &bundle)?;
        folder.stage(&hashes.path(), &tree.hashes(0, index)?)?;
        let found = decode_entries(&bundle, entries.width()).unwrap_or_default();
        for (hash, size) in found.into_iter().flat_map(council::blobs_named) {
            if !folder.holds_blob(&hash, size) {
                is_whole &= fetch_blob(folder, tree, &hash, size)?;
            }
        }
    }
    Ok(is_whole)
}

/// Gets an attachment from the source; false where it has none of this content.
fn fetch_blob(
    folder: &mut MirrorFolder,
    tree: &mut Tree<'_>,
    hash: &Hash,
    size: u64,
) -> Result<bool, CopyError> {
    let path = format!("blob/{}", hash.hex());
    let Ok(limit) = usize::try_from(size) else { return Ok(false) };
    let Ok(Some(bytes)) = tree.source().read(&path, limit) else { return Ok(false) };
    let is_it = bytes.len() == limit && Hash::of(&bytes) == *hash;
    if is_it {
        folder.stage(&path, &bytes)?;
    }
    Ok(is_it)
}
