//! A mirror's own folder.
//!
//! ```text
//! checkpoint  vkeys  final      what is served: one size of the book, with all that belongs to it
//! tile/  blob/
//! evidence/                     what a fork, a contest, a second hand-over left behind; absent in peace
//! .cabildo-mirror/              not served
//!   lock                        one process at a time
//!   incoming/                   what was copied, verified and judged, not yet in its place
//!   gathered/                   what was copied ahead and verified against a tree that the clerk signed, not judged yet
//!   commit                      while incoming/ is moved to its place
//!   seen/<epoch>                the largest checkpoint ever seen of each epoch
//!   cosigned/<epoch>            the largest one cosigned with a key of one's own
//!   state                       the council's state at some size, so that a start does not replay everything
//! ```
//!
//! A change is first whole and durable in `incoming/`; then `commit` is written, which says what changes; then files are moved,
//! tiles and blobs first, `checkpoint` after them; then what no longer belongs is removed, and `commit`. A start that finds
//! `commit` finishes what it says. Without it, what lies in `incoming/` is only a download that was interrupted.
//!
//! Whoever can write here can hold the mirror back; they cannot make it serve what the clerk did not sign to those who check.

mod disk;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use book::hash::Hash;
use book::note::NOTE_LIMIT;
use book::tile::{MAX_SIZE, Tile, edge, tiles_since};

pub(crate) use disk::Disk;

use crate::durable;

const PRIVATE: &str = ".cabildo-mirror";
const HEADER: &str = "cabildo/mirror-commit/v1";
/// A state's file has at most this many bytes.
const STATE_LIMIT: usize = 1 << 28;
/// So many cases of evidence are kept; a clerk who forks more often is known by then.
const EVIDENCE_LIMIT: usize = 64;

/// Why the folder cannot be used: one sentence.
pub(crate) type Trouble = String;

/// What a commit changes, beside the tiles and blobs in `incoming/`.
pub(crate) struct Change<'a> {
    /// The size before; 0 if there was no book.
    pub(crate) old: u64,
    /// How many entries both have in common: less than `old` only after a hand-over that left entries behind.
    pub(crate) common: u64,
    /// The size after.
    pub(crate) new: u64,
    /// The new checkpoint.
    pub(crate) checkpoint: &'a [u8],
    /// The new `vkeys`.
    pub(crate) vkeys: &'a [u8],
    /// The new `final`, if it changes.
    pub(crate) last: Option<&'a [u8]>,
    /// The new `state`, if it changes.
    pub(crate) state: Option<&'a [u8]>,
}

/// A mirror's folder, open.
pub(crate) struct MirrorFolder {
    root: PathBuf,
    private: PathBuf,
    pub(crate) disk: Disk,
    /// The files in `incoming/` that belong to the next commit, by path: tiles and blobs of this round.
    staged: BTreeSet<String>,
    _lock: File,
}

impl MirrorFolder {
    /// Opens or makes the folder, and finishes a commit that was interrupted.
    pub(crate) fn open(root: &Path) -> Result<MirrorFolder, Trouble> {
        MirrorFolder::open_on(root, Disk::default())
    }

    pub(crate) fn open_on(root: &Path, disk: Disk) -> Result<MirrorFolder, Trouble> {
        let failed = |error: io::Error| format!("{}: {}", root.display(), durable::cause(&error));
        let private = root.join(PRIVATE);
        // Nobody's own files are mixed with a mirror's by mistake.
        links(root, &private)?;
        let is_ours = private.is_dir() || root.join("checkpoint").is_file();
        if !is_ours && !names(root).map_err(failed)?.is_empty() {
            return Err(format!(
                "{}: it holds other files: name a new folder for the mirror",
                root.display()
            ));
        }
        fs::create_dir_all(&private).map_err(failed)?;
        let lock = durable::lock(&private.join("lock")).map_err(failed)?;
        let lock = lock.ok_or_else(|| format!("{}: another process is mirroring into it", root.display()))?;
        let mut folder =
            MirrorFolder { root: root.to_owned(), private, disk, staged: BTreeSet::new(), _lock: lock };
        folder.recover()?;
        Ok(folder)
    }

    /// Where the public files are.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where copied files wait.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.private.join("incoming")
    }

    /// Where files lie that were copied ahead of their judgement.
    pub(crate) fn gathered(&self) -> PathBuf {
        self.private.join("gathered")
    }

    fn trouble(path: &Path, error: &io::Error) -> Trouble {
        format!("{}: {}", path.display(), durable::cause(error))
    }

    /// A public text file: `checkpoint`, `vkeys`, `final`.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.read(&self.root.join(name), NOTE_LIMIT)
    }

    /// A private file.
    pub(crate) fn private(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.read(&self.private.join(name), STATE_LIMIT)
    }

    fn read(&self, path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Trouble> {
        durable::read(path, limit).map_err(|error| MirrorFolder::trouble(path, &error))
    }

    /// The names in a private folder, in order.
    pub(crate) fn private_names(&self, name: &str) -> Result<Vec<String>, Trouble> {
        let path = self.private.join(name);
        names(&path).map_err(|error| MirrorFolder::trouble(&path, &error))
    }

    /// Writes a private file, durably.
    pub(crate) fn put_private(&mut self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let path = self.private.join(name);
        self.replace(&path, bytes).map_err(|error| MirrorFolder::trouble(&path, &error))
    }

    fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let beside = self.private.join("new");
        self.disk.write(&beside, bytes)?;
        self.disk.sync(&beside)?;
        self.disk.rename(&beside, path)?;
        let folder = path.parent().unwrap_or(&self.root);
        self.disk.sync_folder(folder)?;
        // The folder itself may be new.
        if folder.starts_with(&self.private) && folder != self.private {
            self.disk.sync_folder(&self.private)
        } else {
            Ok(())
        }
    }

    /// Begins a round: what waits in `incoming/` from an earlier one is used again where it is asked for.
    pub(crate) fn begin(&mut self) {
        self.staged.clear();
    }

    /// Whether something of this round waits for a commit.
    pub(crate) fn waits(&self) -> bool {
        !self.staged.is_empty()
    }

    /// Keeps a verified tile or blob for the next commit, unless it is in its place already.
    pub(crate) fn stage(&mut self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        if is_same(&self.root.join(path), bytes) {
            return Ok(());
        }
        let whole = self.incoming().join(path);
        if !is_same(&whole, bytes) {
            let ahead = self.gathered().join(path);
            let linked = is_same(&ahead, bytes) && self.disk.link(&ahead, &whole).is_ok();
            if !linked {
                self.disk.write(&whole, bytes).map_err(|error| MirrorFolder::trouble(&whole, &error))?;
            }
        }
        self.staged.insert(path.to_owned());
        Ok(())
    }

    /// Keeps a file that was verified against a tree signed by the clerk, to be judged later.
    pub(crate) fn gather(&mut self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let whole = self.gathered().join(path);
        if is_same(&self.root.join(path), bytes) || is_same(&whole, bytes) {
            return Ok(());
        }
        self.disk.write(&whole, bytes).map_err(|error| MirrorFolder::trouble(&whole, &error))
    }

    /// Begins to gather for this checkpoint: what was gathered for an earlier one stays, where it is of the same epoch it is
    /// used again.
    pub(crate) fn gather_for(&mut self, checkpoint: &[u8]) -> Result<(), Trouble> {
        let place = self.gathered().join("checkpoint");
        let written = self.disk.write(&place, checkpoint);
        written.map_err(|error| MirrorFolder::trouble(&place, &error))
    }

    /// Makes what was gathered durable, so that it is found again whatever happens to this machine or to the source. Its bytes
    /// are verified again when they are used.
    pub(crate) fn flush_gathered(&mut self) -> Result<(), Trouble> {
        let gathered = self.gathered();
        let mut paths = Vec::new();
        let flushed = walk(&gathered, "tile", &mut paths)
            .and_then(|()| walk(&gathered, "blob", &mut paths))
            .and_then(|()| {
                let mut files: Vec<PathBuf> = paths.iter().map(|path| gathered.join(path)).collect();
                files.push(gathered.join("checkpoint"));
                self.disk.sync_many(&files)?;
                let folders: BTreeSet<&Path> =
                    files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
                let below = folders.into_iter().filter(|folder| folder.starts_with(&self.private));
                below.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
            });
        flushed.map_err(|error| MirrorFolder::trouble(&gathered, &error))
    }

    /// Forgets what was gathered: it has its place, or is of no use.
    pub(crate) fn forget_gathered(&mut self) -> Result<(), Trouble> {
        let gathered = self.gathered();
        self.disk.remove_all(&gathered).map_err(|error| MirrorFolder::trouble(&gathered, &error))
    }

    /// Whether this blob is in its place or waits for it, with its very content.
    pub(crate) fn has_blob(&mut self, hash: &Hash, size: u64) -> bool {
        if self.holds_blob(hash, size) {
            return true;
        }
        let path = format!("blob/{}", hash.hex());
        let Ok(limit) = usize::try_from(size) else { return false };
        for folder in [self.incoming(), self.gathered()] {
            let Ok(Some(bytes)) = durable::read(&folder.join(&path), limit) else { continue };
            if bytes.len() as u64 == size && Hash::of(&bytes) == *hash {
                return self.stage(&path, &bytes).is_ok();
            }
        }
        false
    }

    /// Whether this blob is in its place with its very content.
    pub(crate) fn holds_blob(&self, hash: &Hash, size: u64) -> bool {
        let path = self.root.join(format!("blob/{}", hash.hex()));
        let bytes = usize::try_from(size).ok().map(|size| durable::read(&path, size));
        matches!(bytes, Some(Ok(Some(bytes))) if bytes.len() as u64 == size && Hash::of(&bytes) == *hash)
    }

    /// The bytes of a blob that is in its place or waits for it.
    pub(crate) fn blob(&self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        let path = format!("blob/{}", hash.hex());
        let limit = usize::try_from(size).ok()?;
        [self.root.clone(), self.incoming(), self.gathered()].iter().find_map(|folder| {
            let bytes = durable::read(&folder.join(&path), limit).ok()??;
            (bytes.len() as u64 == size && Hash::of(&bytes) == *hash).then_some(bytes)
        })
    }

    /// Forgets what this round has laid into `incoming/`. What an earlier round left there stays until the next commit.
    pub(crate) fn discard(&mut self) -> Result<(), Trouble> {
        let incoming = self.incoming();
        let staged = std::mem::take(&mut self.staged);
        let removed = staged.iter().try_for_each(|path| self.disk.remove(&incoming.join(path)));
        removed.map_err(|error| MirrorFolder::trouble(&incoming, &error))
    }

    /// Forgets everything that has no place yet.
    fn discard_all(&mut self) -> io::Result<()> {
        self.begin();
        let incoming = self.incoming();
        self.disk.remove_all(&incoming)
    }

    /// Puts everything that waits in its place, with the texts of `change`. Durable when it returns.
    pub(crate) fn commit(&mut self, change: &Change<'_>) -> Result<(), Trouble> {
        let texts = [
            ("checkpoint", Some(change.checkpoint)),
            ("vkeys", Some(change.vkeys)),
            ("final", change.last),
            ("state", change.state),
        ];
        let incoming = self.incoming();
        let mut stage = || -> io::Result<()> {
            // What an earlier round left may be of another book; nothing of it is moved.
            let mut left = Vec::new();
            walk(&incoming, "tile", &mut left)?;
            walk(&incoming, "blob", &mut left)?;
            for path in left.iter().filter(|path| !self.staged.contains(*path)) {
                self.disk.remove(&incoming.join(path))?;
            }
            let mut waiting: Vec<PathBuf> = self.staged.iter().map(|path| incoming.join(path)).collect();
            for (name, bytes) in texts {
                let path = incoming.join(name);
                match bytes {
                    Some(bytes) => {
                        self.disk.write(&path, bytes)?;
                        waiting.push(path);
                    }
                    None => self.disk.remove(&path)?,
                }
            }
            let mut folders = BTreeSet::from([incoming.clone()]);
            self.disk.sync_many(&waiting)?;
            for path in &waiting {
                folders.extend(path.ancestors().skip(1).take_while(|up| *up != incoming).map(Path::to_owned));
            }
            for folder in folders {
                self.disk.sync_folder(&folder)?;
            }
            self.disk.sync_folder(&self.private)
        };
        if let Err(error) = stage() {
            // After a failed flush nobody knows what a file holds: it is copied again.
            let _ = self.discard_all();
            return Err(MirrorFolder::trouble(&incoming, &error));
        }
        let written = format!("{HEADER}\n{} {} {}\n", change.old, change.common, change.new);
        self.put_private("commit", written.as_bytes())?;
        self.begin();
        self.recover()
    }

    /// Finishes the commit that `commit` tells of, if there is one.
    pub(crate) fn recover(&mut self) -> Result<(), Trouble> {
        let path = self.private.join("commit");
        let Some(bytes) = self.read(&path, 1 << 10)? else { return Ok(()) };
        let sizes = parse(&bytes).ok_or_else(|| {
            format!(
                "{}: it is damaged: move the mirror's folder away and copy the book again",
                path.display()
            )
        })?;
        self.finish(sizes).map_err(|error| MirrorFolder::trouble(&self.root, &error))
    }

    fn finish(&mut self, [old, common, new]: [u64; 3]) -> io::Result<()> {
        let incoming = self.incoming();
        // Also the folders of what was moved before an interruption: perhaps that was not made durable then.
        let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
        for tile in tiles_since(common, new) {
            folders.extend(
                self.root.join(tile.path()).parent().filter(|folder| folder.is_dir()).map(Path::to_owned),
            );
        }
        let mut paths = Vec::new();
        walk(&incoming, "tile", &mut paths)?;
        paths.retain(|path| Tile::parse(path).is_some_and(|tile| is_in(tile, new)));
        walk(&incoming, "blob", &mut paths)?;
        for path in &paths {
            self.move_in(&incoming, path, &mut folders)?;
        }
        for folder in folders {
            self.disk.sync_folder(&folder)?;
        }
        // Between the two renames a reader may find the new keys with the old checkpoint or the other way round; the clerk
        // changes in a hand-over only.
        let mut root = BTreeSet::new();
        self.move_in(&incoming, "vkeys", &mut root)?;
        self.move_in(&incoming, "checkpoint", &mut root)?;
        self.move_in(&incoming, "final", &mut root)?;
        self.disk.sync_folder(&self.root)?;
        let state = incoming.join("state");
        if state.exists() {
            self.disk.rename(&state, &self.private.join("state"))?;
        }
        for tile in obsolete(old, common, new) {
            let path = self.root.join(tile.path());
            self.disk.remove(&path)?;
            // The folder `….p` of a partial tile goes with the last of them; where one is left it stays.
            if tile != tile.full()
                && let Some(folder) = path.parent()
            {
                let _ = fs::remove_dir(folder);
            }
        }
        self.disk.remove_all(&incoming)?;
        self.disk.remove(&self.private.join("commit"))?;
        self.disk.sync_folder(&self.private)
    }

    /// Moves a file from `incoming` to its place, unless that was done before.
    fn move_in(&mut self, incoming: &Path, path: &str, folders: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        let (from, to) = (incoming.join(path), self.root.join(path));
        if from.exists() {
            self.disk.rename(&from, &to)?;
        }
        folders.extend(to.ancestors().skip(1).take_while(|up| *up != self.root).map(Path::to_owned));
        Ok(())
    }

    /// Replaces a public text whose change stands for itself: a checkpoint by one of the same size with other cosignatures.
    pub(crate) fn put_text(&mut self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let path = self.root.join(name);
        self.replace(&path, bytes).map_err(|error| MirrorFolder::trouble(&path, &error))
    }

    /// Saves a case of evidence under a name that stands for it; one that is there already is left as it is. Says where.
    pub(crate) fn save_evidence(
        &mut self,
        name: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<PathBuf, Trouble> {
        let all = self.root.join("evidence");
        let place = all.join(name);
        if place.exists() {
            return Ok(place);
        }
        let mut save = || -> io::Result<PathBuf> {
            fs::create_dir_all(&all)?;
            if fs::read_dir(&all)?.count() >= EVIDENCE_LIMIT {
                return Ok(all.clone());
            }
            let beside = self.private.join("evidence");
            let _ = fs::remove_dir_all(&beside);
            for (name, bytes) in files {
                let path = beside.join(name);
                self.disk.write(&path, bytes)?;
                self.disk.sync(&path)?;
            }
            self.disk.sync_folder(&beside)?;
            self.disk.rename(&beside, &place)?;
            self.disk.sync_folder(&all)?;
            self.disk.sync_folder(&self.root)?;
            Ok(place.clone())
        };
        save().map_err(|error| MirrorFolder::trouble(&place, &error))
    }
}

/// That nothing of a mirror's own is a link to somewhere else: a folder that comes from other hands must not make this one write
/// or remove elsewhere.
fn links(root: &Path, private: &Path) -> Result<(), Trouble> {
    let own =
        ["incoming", "gathered", "seen", "cosigned", "evidence", "lock", "commit", "state", "new", "halted"];
    let public = ["checkpoint", "vkeys", "final", "tile", "blob", "evidence"];
    let places = std::iter::once(private.to_owned())
        .chain(own.iter().map(|name| private.join(name)))
        .chain(public.iter().map(|name| root.join(name)));
    for place in places {
        if place.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(format!(
                "{}: it is a link, and a mirror's own files are none: remove it",
                place.display()
            ));
        }
    }
    Ok(())
}

/// Whether a file has exactly this content.
fn is_same(path: &Path, bytes: &[u8]) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.len() == bytes.len() as u64)
        && durable::read(path, bytes.len()).is_ok_and(|found| found.as_deref() == Some(bytes))
}

/// The names in a folder, in order; none where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    match fs::read_dir(folder) {
        Err(error) if durable::is_absent(&error) => {}
        Err(error) => return Err(error),
        Ok(found) => {
            for entry in found {
                names.extend(entry?.file_name().into_string());
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The files below `path`, as paths from `root`.
fn walk(root: &Path, path: &str, found: &mut Vec<String>) -> io::Result<()> {
    for name in names(&root.join(path))? {
        let below = format!("{path}/{name}");
        if root.join(&below).is_dir() {
            walk(root, &below, found)?;
        } else {
            found.push(below);
        }
    }
    Ok(())
}

/// Whether a tree of this size has the tile.
fn is_in(tile: Tile, size: u64) -> bool {
    match tile {
        Tile::Hashes { level, index, .. } => Tile::hashes(level, index, size) == Some(tile),
        Tile::Entries { index, .. } => Tile::entries(index, size) == Some(tile),
    }
}

/// The three sizes of a commit.
fn parse(bytes: &[u8]) -> Option<[u64; 3]> {
    let line =
        std::str::from_utf8(bytes).ok()?.strip_prefix(HEADER)?.strip_prefix('\n')?.strip_suffix('\n')?;
    let sizes: Vec<u64> = line.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let sizes: [u64; 3] = sizes.try_into().ok()?;
    (sizes.iter().all(|size| *size <= MAX_SIZE) && sizes[1] <= sizes[0] && sizes[1] <= sizes[2])
        .then_some(sizes)
}

/// The tiles of a tree of `old` entries that one of `new`, with which it has `common` ones in common, has not.
fn obsolete(old: u64, common: u64, new: u64) -> BTreeSet<Tile> {
    let partial = edge(old).chain(Tile::entries(old / 256, old));
    partial.chain(tiles_since(common, old)).filter(|tile| !is_in(*tile, new)).collect()
}
