//! The tree of a checkpoint, read from what is here already and else from the source. No byte of it is given out that was not
//! verified against the checkpoint's root.

use std::collections::BTreeMap;
use std::path::PathBuf;

use book::files::{FilesError, PublicFiles};
use book::hash::Hash;
use book::merkle;
use book::tile::{TileError, TileTree, WIDTH, decode_entries};

use super::error::CopyError;
use crate::source::Folder;

/// Files of the mirror, then those of the source.
pub(crate) struct Layered<'a> {
    own: Vec<Folder>,
    pub(crate) source: &'a mut dyn PublicFiles,
    /// So many of one's own folders are not looked at.
    skipped: usize,
    /// What was read from the source while the tree is opened, which may take two attempts.
    opening: Option<BTreeMap<String, Vec<u8>>>,
}

impl PublicFiles for Layered<'_> {
    fn read(&mut self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FilesError> {
        for folder in self.own.iter_mut().skip(self.skipped) {
            // What cannot be read here, the source may have.
            if let Ok(Some(bytes)) = folder.read(path, limit) {
                return Ok(Some(bytes));
            }
        }
        if let Some(bytes) = self.opening.as_ref().and_then(|read| read.get(path)) {
            return Ok(Some(bytes.clone()));
        }
        let found = self.source.read(path, limit)?;
        if let (Some(read), Some(bytes)) = (&mut self.opening, &found) {
            read.insert(path.to_owned(), bytes.clone());
        }
        Ok(found)
    }
}

/// A verified tree.
pub(crate) struct Tree<'a> {
    tree: TileTree<Layered<'a>>,
    /// The bundle of entries that was asked for last: entries are mostly asked for one after the other.
    newest: Option<(u64, Vec<Vec<u8>>)>,
}

/// What concerns the files themselves, so that another copy of them may be better.
fn is_about_files(error: &TileError) -> bool {
    !matches!(error, TileError::Outside { .. } | TileError::TooLarge { .. })
}

impl<'a> Tree<'a> {
    /// The tree of `size` with this root; `own` are folders that may hold parts of it.
    pub(crate) fn open(
        own: &[PathBuf],
        source: &'a mut dyn PublicFiles,
        size: u64,
        root: Hash,
    ) -> Result<Tree<'a>, TileError> {
        let own: Vec<Folder> = own.iter().map(|path| Folder::at(path)).collect();
        let mut files = Layered { own, source, skipped: 0, opening: Some(BTreeMap::new()) };
        // The partial tiles are read here. Those of one's own may be of another tree.
        while files.skipped < files.own.len() && TileTree::authenticated(&mut files, size, root).is_err() {
            files.skipped += 1;
        }
        let mut tree = TileTree::authenticated(files, size, root)?;
        let files = tree.files();
        (files.skipped, files.opening) = (0, None);
        Ok(Tree { tree, newest: None })
    }

    /// Asks, and asks again with fewer of one's own files where these are wrong, the source's alone at last.
    fn ask<T>(
        &mut self,
        question: impl Fn(&mut TileTree<Layered<'a>>) -> Result<T, TileError>,
    ) -> Result<T, TileError> {
        let mut answer = question(&mut self.tree);
        while answer.as_ref().is_err_and(is_about_files)
            && self.tree.files().skipped < self.tree.files().own.len()
        {
            self.tree.files().skipped += 1;
            answer = question(&mut self.tree);
        }
        self.tree.files().skipped = 0;
        answer
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn source(&mut self) -> &mut dyn PublicFiles {
        self.tree.files().source
    }

    /// The bytes of a hash tile.
    pub(crate) fn hashes(&mut self, level: u8, index: u64) -> Result<Vec<u8>, TileError> {
        self.ask(|tree| tree.hashes(level, index))
    }

    /// The bytes of an entry bundle.
    pub(crate) fn entries(&mut self, index: u64) -> Result<Vec<u8>, TileError> {
        self.ask(|tree| tree.entries(index))
    }

    /// One entry.
    pub(crate) fn entry(&mut self, number: u64) -> Result<Vec<u8>, TileError> {
        let (index, at) = (number / WIDTH, (number % WIDTH) as usize);
        let outside = TileError::Outside { size: self.size() };
        if self.newest.as_ref().is_none_or(|(newest, _)| *newest != index) {
            let bundle = self.entries(index)?;
            let width = self.size().saturating_sub(index * WIDTH).min(WIDTH) as u16;
            let entries = decode_entries(&bundle, width).map_err(|_| outside.clone())?;
            self.newest = Some((index, entries.into_iter().map(<[u8]>::to_vec).collect()));
        }
        let entries = self.newest.as_ref().map(|(_, entries)| entries);
        entries.and_then(|entries| entries.get(at)).cloned().ok_or(outside)
    }

    /// The root at an earlier size.
    pub(crate) fn root_at(&mut self, size: u64) -> Result<Hash, TileError> {
        self.ask(|tree| merkle::root(tree, size))
    }

    /// That the tree of `old` is the beginning of this one.
    pub(crate) fn consistency(&mut self, old: u64) -> Result<Vec<Hash>, TileError> {
        let size = self.size();
        Ok(self.ask(|tree| merkle::consistency(tree, old, size))?.unwrap_or_default())
    }

    /// That an entry is in the tree.
    pub(crate) fn inclusion(&mut self, number: u64) -> Result<Vec<Hash>, TileError> {
        let size = self.size();
        Ok(self.ask(|tree| merkle::inclusion(tree, number, size))?.unwrap_or_default())
    }
}

/// How many entries two trees have in common from the beginning.
pub(crate) fn common(ours: &mut Tree<'_>, theirs: &mut Tree<'_>) -> Result<u64, TileError> {
    // The largest size at which both have one root; below it they have, above it they have not.
    let (mut same, mut limit) = (0, ours.size().min(theirs.size()) + 1);
    while limit - same > 1 {
        let middle = same + (limit - same) / 2;
        if ours.root_at(middle)? == theirs.root_at(middle)? { same = middle } else { limit = middle }
    }
    Ok(same)
}

impl From<TileError> for CopyError {
    fn from(error: TileError) -> CopyError {
        match error {
            TileError::Files(error) => error.into(),
            other => CopyError::Damaged(other.to_string()),
        }
    }
}
