//! The audit of a book's public files.

use std::collections::BTreeMap;
use std::fmt;

use book::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use book::files::{FilesError, PublicFiles};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::{Algorithm, PublicKey, Vkey};
use book::merkle::Frontier;
use book::note::{NOTE_LIMIT, Note};
use book::tile::{Tile, TileBuilder, WIDTH, decode_entries, tiles};
use council::{State, Stop};
use report::Report;

use crate::replay::{Blobs, Replay, Void};

/// A time may lie so many seconds ahead of the clock that looks at it.
pub(crate) const AHEAD: u64 = 300;
/// How long after a hand-over a larger checkpoint of the former clerk contests it: seven days, in seconds.
const CONTEST: u64 = 7 * 86_400;
/// Entries are verified together in chunks of about so many bytes.
const CHUNK: usize = 4 << 20;
/// And of so many bundles at most: entries can be short.
const BUNDLES: usize = 64;

/// What is asked of an audit.
pub struct Options<'a> {
    /// The book that it must be.
    pub book: Option<BookId>,
    /// An earlier checkpoint, a signed note, that must be part of the book.
    pub since: Option<&'a [u8]>,
    /// The auditor's clock: Unix seconds. Without it no time is judged against a clock.
    pub now: Option<u64>,
    /// 32 fresh random bytes: the seed of every random weight.
    pub seed: [u8; 32],
    /// Called with the number of entries read and of all.
    pub progress: &'a mut dyn FnMut(u64, u64),
}

/// What an audit found.
pub struct Audit {
    /// The checks that were made.
    pub report: Report,
    /// What the checkpoint says, where one could be read.
    pub checkpoint: Option<Checkpoint>,
    /// The state at which the entries arrive, as far as they could be read.
    pub state: Option<State>,
    /// The void entries.
    pub voids: Vec<Void>,
    /// Whether the checkpoint has the cosignatures that the policy asks for.
    pub is_final: bool,
}

/// Why there is nothing to audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no such file: this is no book.
    NotABook(&'static str),
    /// The disk or the network fails.
    Files(FilesError),
    /// The earlier checkpoint that was given is none.
    Since(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NotABook(file) => write!(f, "it is no minute book: there is no file `{file}` in it"),
            Unreadable::Files(error) => error.fmt(f),
            Unreadable::Since(reason) => write!(f, "the earlier checkpoint cannot be read: {reason}"),
        }
    }
}

impl From<FilesError> for Unreadable {
    fn from(error: FilesError) -> Unreadable {
        Unreadable::Files(error)
    }
}

/// Audits a book's public files.
pub fn book(files: &mut dyn PublicFiles, options: Options<'_>) -> Result<Audit, Unreadable> {
    let mut audit =
        Audit { report: Report::new(), checkpoint: None, state: None, voids: Vec::new(), is_final: false };
    let checkpoint = text(files, "checkpoint", &mut audit.report)?;
    let vkeys = text(files, "vkeys", &mut audit.report)?;
    let Some((checkpoint, vkeys)) = checkpoint.zip(vkeys) else { return Ok(audit) };
    let since = options.since.map(earlier).transpose().map_err(Unreadable::Since)?;
    let Some((origin, opened)) = head(&mut audit.report, &checkpoint, &vkeys, options.book) else {
        return Ok(audit);
    };
    let (signed, log, cosigners) = opened;
    audit.checkpoint = Some(signed.checkpoint().clone());
    let last = match files.read("final", NOTE_LIMIT) {
        Ok(last) => last,
        Err(error @ FilesError::Io(_)) => return Err(error.into()),
        Err(error) => {
            audit.report.failed("final", None, "`final`", error.to_string());
            None
        }
    };
    let last = match last.map(|bytes| earlier(&bytes)).transpose() {
        Ok(last) => last,
        Err(reason) => {
            audit.report.failed("final", None, "`final`", reason);
            None
        }
    };
    let mut roots = Roots::default();
    roots.want(since.iter().chain(last.iter()).map(|earlier| earlier.checkpoint.size));
    let mut replay = Replay::new(origin.book);
    let whole = entries(
        files,
        signed.checkpoint(),
        &mut replay,
        &mut roots,
        &mut audit.report,
        (options.seed, options.progress),
    )?;
    audit.report.absorb(replay.report());
    if whole {
        clerk_key(&mut audit.report, &replay, &log, origin);
        roles(&mut audit.report, replay.state(), &cosigners, signed.note());
        times(&mut audit.report, &replay, &signed, options.now);
        finality(&mut audit, &replay, &signed, last.as_ref(), &roots, &cosigners);
        if let Some(since) = &since {
            earlier_checkpoint(
                &mut audit.report,
                &replay,
                since,
                &roots,
                &cosigners,
                signed.checkpoint(),
                options.now,
            );
        }
    }
    audit.voids = replay.voids().to_vec();
    audit.report.fact("book", origin.book.to_string());
    audit.report.fact("entries", signed.checkpoint().size.to_string());
    audit.report.fact("root", signed.checkpoint().root.to_string());
    audit.report.fact("state", replay.state().digest().to_string());
    audit.state = Some(replay.into_state());
    Ok(audit)
}

/// A text file that must be there. One that is too large fails; one that is missing is no book.
fn text(
    files: &mut dyn PublicFiles,
    name: &'static str,
    report: &mut Report,
) -> Result<Option<Vec<u8>>, Unreadable> {
    match files.read(name, NOTE_LIMIT) {
        Ok(Some(bytes)) => Ok(Some(bytes)),
        Ok(None) => Err(Unreadable::NotABook(name)),
        Err(error @ FilesError::TooLarge { .. }) => {
            report.failed(name, None, format!("`{name}`"), error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// A checkpoint whose signatures are judged later, when the keys are known.
struct Earlier {
    note: Note,
    checkpoint: Checkpoint,
    origin: Origin,
}

fn earlier(bytes: &[u8]) -> Result<Earlier, String> {
    let note = Note::parse(bytes).map_err(|error| error.to_string())?;
    let checkpoint = Checkpoint::parse_text(&note.text).map_err(|error| error.to_string())?;
    let origin = checkpoint.book_origin().ok_or("its first line names no book and epoch")?;
    Ok(Earlier { note, checkpoint, origin })
}

type Opened = (SignedCheckpoint, Vkey, Vec<Vkey>);

/// The checkpoint and the keys: what can be said before an entry is read.
fn head(
    report: &mut Report,
    checkpoint: &[u8],
    vkeys: &[u8],
    asked: Option<BookId>,
) -> Option<(Origin, Opened)> {
    let (log, cosigners) = match keys(vkeys) {
        Ok(keys) => keys,
        Err((line, reason)) => {
            report.failed("vkeys", None, format!("line {line} of `vkeys`"), reason);
            return None;
        }
    };
    report.passed("vkeys", 1 + cosigners.len() as u64);
    let Some(origin) = Origin::parse(&log.name) else {
        report.failed("vkeys", None, "line 1 of `vkeys`", "it does not name a book and an epoch");
        return None;
    };
    match asked {
        Some(book) if book != origin.book => {
            let reason = format!("it is the book {}, and {book} was asked for", origin.book);
            report.failed("book", None, "the book", reason);
            return None;
        }
        Some(_) => report.passed("book", 1),
        None => {
            report.passed("book", 1);
            report.noted("book", "nobody said which book it must be (--book)");
        }
    }
    match SignedCheckpoint::open(checkpoint, &log, &cosigners) {
        Ok(signed) => {
            report.passed("checkpoint", 1);
            report.passed("cosignatures", signed.cosignatures().len() as u64);
            for name in signed.unknown() {
                report.failed(
                    "cosignatures",
                    None,
                    format!("the line of {name}"),
                    "it is by none of the keys of `vkeys`",
                );
            }
            Some((origin, (signed, log, cosigners)))
        }
        Err(error) => {
            let check = match &error {
                CheckpointError::Cosigner(_) => "cosignatures",
                CheckpointError::Signature(name) if *name != log.name => "cosignatures",
                _ => "checkpoint",
            };
            report.failed(check, None, "the checkpoint", error.to_string());
            None
        }
    }
}

/// The clerk's key and the cosigners', from the text of `vkeys`.
fn keys(text: &[u8]) -> Result<(Vkey, Vec<Vkey>), (usize, String)> {
    let text = std::str::from_utf8(text).map_err(|_| (1, "it is not UTF-8".to_owned()))?;
    let body = text.strip_suffix('\n').ok_or((1, "the file does not end with a newline".to_owned()))?;
    let mut keys: Vec<Vkey> = Vec::new();
    for (at, line) in body.split('\n').enumerate() {
        let refuse = |reason: &str| (at + 1, reason.to_owned());
        if at == book::policy::LINES_LIMIT {
            return Err(refuse("the file lists too many keys"));
        }
        let vkey = Vkey::parse(line).map_err(|reason| refuse(&reason))?;
        let algorithm = if at == 0 { Algorithm::Plain } else { Algorithm::Timestamped };
        if vkey.algorithm != algorithm {
            return Err(refuse("the clerk's key (0x01) stands first, cosigners' keys (0x04) follow"));
        }
        if keys.iter().any(|other| other.key == vkey.key || other.name == vkey.name) {
            return Err(refuse("its key or its name stands in the list already"));
        }
        keys.push(vkey);
    }
    let log = keys.remove(0);
    Ok((log, keys))
}

/// Roots at sizes that are asked for later.
#[derive(Default)]
struct Roots(BTreeMap<u64, Option<Hash>>);

impl Roots {
    fn want(&mut self, sizes: impl Iterator<Item = u64>) {
        self.0.extend(sizes.map(|size| (size, (size == 0).then(book::merkle::empty_root))));
    }

    fn take(&mut self, tree: &Frontier) {
        if let Some(root) = self.0.get_mut(&tree.size()) {
            *root = Some(tree.root());
        }
    }

    fn at(&self, size: u64) -> Option<Hash> {
        self.0.get(&size).copied().flatten()
    }
}

/// The blobs of the files.
struct FileBlobs<'a> {
    files: &'a mut dyn PublicFiles,
    wrong: Option<String>,
    seed: [u8; 32],
    asked: u64,
}

impl Blobs for FileBlobs<'_> {
    fn has(&mut self, hash: &Hash, size: u64) -> bool {
        self.read(hash, size).is_some()
    }

    fn read(&mut self, hash: &Hash, size: u64) -> Option<Vec<u8>> {
        let path = format!("blob/{}", hash.hex());
        let limit = usize::try_from(size).unwrap_or(usize::MAX);
        match self.files.read(&path, limit) {
            Ok(Some(bytes)) if bytes.len() as u64 == size && Hash::of(&bytes) == *hash => Some(bytes),
            Ok(Some(_)) => {
                self.wrong = Some("its content is not that of its name and size".into());
                None
            }
            Ok(None) => None,
            Err(error) => {
                self.wrong = Some(error.to_string());
                None
            }
        }
    }

    /// Every call another: the auditor's seed, and what was asked for before.
    fn fresh(&mut self) -> [u8; 32] {
        self.asked += 1;
        let mut seed = b"cabildo/audit-seed/v1\n".to_vec();
        seed.extend(self.seed);
        seed.extend(self.asked.to_be_bytes());
        Hash::of(&seed).0
    }
}

/// Reads every entry and every tile. False where the entries could not be read to their end.
fn entries(
    files: &mut dyn PublicFiles,
    checkpoint: &Checkpoint,
    replay: &mut Replay,
    roots: &mut Roots,
    report: &mut Report,
    (seed, progress): ([u8; 32], &mut dyn FnMut(u64, u64)),
) -> Result<bool, Unreadable> {
    let size = checkpoint.size;
    let mut builder = TileBuilder::new();
    let mut tree = Frontier::new();
    let mut first = 0;
    let mut is_whole = true;
    let mut asked = 0;
    while first < size {
        // A chunk: whole bundles, until there is enough to share among the cores.
        let mut bundles = Vec::new();
        let (mut bytes, mut next) = (0, first);
        while next < size && bytes < CHUNK && bundles.len() < BUNDLES {
            let Some(tile) = Tile::entries(next / WIDTH, size) else { break };
            match read_tile(files, tile)? {
                Ok(bundle) => {
                    bytes += bundle.len();
                    bundles.push((tile, bundle));
                }
                Err(reason) => {
                    report.failed_entry("entry-bundles", next, tile.path(), reason);
                    return Ok(false);
                }
            }
            next += u64::from(tile.width());
        }
        let mut chunk = Vec::new();
        for (tile, bundle) in &bundles {
            match decode_entries(bundle, tile.width()) {
                Ok(found) => chunk.extend(found),
                Err(error) => {
                    let at = first + chunk.len() as u64;
                    report.failed_entry("entry-bundles", at, tile.path(), error.to_string());
                    return Ok(false);
                }
            }
        }
        report.passed("entry-bundles", bundles.len() as u64);
        // The hashes first: they need no judging, and say where a byte was changed.
        for entry in &chunk {
            let leaf = book::merkle::leaf(entry);
            builder.push(leaf);
            tree.push(leaf);
            roots.take(&tree);
        }
        is_whole &= compare_tiles(files, &mut builder, next == size, size, report)?;
        let mut blobs = FileBlobs { files, wrong: None, seed, asked };
        if let Err(stopped) = replay.push(&chunk, &mut blobs, |_, _| {}) {
            let check =
                if matches!(stopped.stop, Stop::MissingBlob { .. }) { "blobs" } else { "rules-known" };
            let reason = match blobs.wrong.take() {
                Some(wrong) => format!("{}: {wrong}", stopped.stop),
                None => stopped.stop.to_string(),
            };
            report.failed_entry(check, stopped.entry, "the entry", reason);
            return Ok(false);
        }
        asked = blobs.asked;
        report.passed("rules-known", chunk.len() as u64);
        first = next;
        progress(first, size);
    }
    if tree.root() == checkpoint.root {
        report.passed("tree", 1);
    } else {
        let reason = format!(
            "the root of its {size} entries is {}, and the checkpoint says {}",
            tree.root(),
            checkpoint.root
        );
        report.failed("tree", None, "the tree", reason);
        is_whole = false;
    }
    Ok(is_whole)
}

/// The tile's bytes: of its own file, or the beginning of the full one.
fn read_tile(files: &mut dyn PublicFiles, tile: Tile) -> Result<Result<Vec<u8>, String>, Unreadable> {
    match files.read(&tile.path(), tile.max_bytes()) {
        Ok(Some(bytes)) => Ok(Ok(bytes)),
        Ok(None) => Ok(Err("there is no such file".into())),
        Err(error @ FilesError::Io(_)) => Err(error.into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Compares the hash tiles that are complete with the files.
fn compare_tiles(
    files: &mut dyn PublicFiles,
    builder: &mut TileBuilder,
    at_end: bool,
    size: u64,
    report: &mut Report,
) -> Result<bool, Unreadable> {
    let mut same = true;
    for (level, index, bytes) in builder.take_changed() {
        let Some(tile) = Tile::hashes(level, index, size) else { continue };
        // One that will grow is compared when it has grown, which for the upper levels may be long before the end.
        if bytes.len() != tile.max_bytes() {
            continue;
        }
        match read_tile(files, tile)? {
            Ok(found) if found == bytes => report.passed("tiles", 1),
            Ok(_) => {
                report.failed("tiles", None, tile.path(), "it is not what the entries make it");
                same = false;
            }
            Err(reason) => {
                report.failed("tiles", None, tile.path(), reason);
                same = false;
            }
        }
    }
    if at_end {
        // Every tile of this size was compared once: the count is known beforehand.
        let expected = tiles(size).filter(|tile| matches!(tile, Tile::Hashes { .. })).count() as u64;
        let compared = report.check("tiles").map_or(0, |check| check.count);
        if compared != expected {
            report.failed(
                "tiles",
                None,
                "the tiles",
                format!("{compared} were compared, and there are {expected}"),
            );
        }
    }
    Ok(same)
}

fn clerk_key(report: &mut Report, replay: &Replay, log: &Vkey, origin: Origin) {
    let state = replay.state();
    if state.clerk() == Some(&log.key) && state.epoch() == origin.epoch {
        report.passed("clerk-key", 1);
    } else {
        let reason = format!("the entries name another clerk, or another epoch than {}", origin.epoch);
        report.failed("clerk-key", None, "the key of the checkpoint", reason);
    }
}

/// No cosigner signs with a key that has another role in the book.
fn roles(report: &mut Report, state: &State, cosigners: &[Vkey], note: &Note) {
    for cosigner in cosigners {
        let of_policy = state
            .policy()
            .cosigners()
            .find(|known| known.vkey.key == cosigner.key || known.vkey.name == cosigner.name);
        match of_policy {
            Some(known) if known.vkey != *cosigner => {
                let reason = format!(
                    "the policy has {} with another key, or its key under another name",
                    known.vkey.name
                );
                report.failed("cosignatures", None, format!("the key of {}", cosigner.name), reason);
            }
            None if state.is_taken(&cosigner.key) => {
                let reason = "it is a clerk's or a member's, who cannot be their own witness";
                report.failed("cosignatures", None, format!("the key of {}", cosigner.name), reason);
            }
            _ => {}
        }
    }
    // A line of type 0x04 by the clerk's own key under its own name is no cosignature either.
    let clerk_lines = note.signatures.iter().filter(|line| line.name == state.origin().to_string()).count();
    if clerk_lines > 1 {
        report.failed("cosignatures", None, "the clerk's lines", "the clerk signs a checkpoint once");
    }
}

fn times(report: &mut Report, replay: &Replay, signed: &SignedCheckpoint, now: Option<u64>) {
    let latest = replay.latest();
    let mut checked = 0;
    for cosignature in signed.cosignatures() {
        checked += 1;
        let object = format!("the cosignature of {}", cosignature.name);
        if cosignature.time.saturating_add(AHEAD) < latest {
            report.failed(
                "times",
                None,
                object,
                format!("it is of {}, before the last entry ({latest})", cosignature.time),
            );
        } else if now.is_some_and(|now| cosignature.time > now.saturating_add(AHEAD)) {
            report.failed(
                "times",
                None,
                object,
                format!("it is of {}, ahead of the auditor's clock", cosignature.time),
            );
        }
    }
    if let Some(now) = now {
        checked += 1;
        if latest > now.saturating_add(AHEAD) {
            let reason = format!(
                "the last is of {latest}, more than five minutes ahead of the auditor's clock ({now})"
            );
            report.failed("times", None, "the entries", reason);
        }
    }
    report.passed("times", checked);
}

/// Cosigners whose line on this note is valid and whom the policy knows.
fn met(note: &Note, state: &State, cosigners: &[Vkey]) -> bool {
    let names: Vec<&str> = state
        .policy()
        .cosigners()
        .filter(|known| cosigners.contains(&known.vkey))
        .filter(|known| {
            note.signatures.iter().any(|line| {
                line.name == known.vkey.name && line.is_timestamped_by(&known.vkey.key, &note.text).is_some()
            })
        })
        .map(|known| known.vkey.name.as_str())
        .collect();
    state.policy().is_met(&names)
}

fn is_signed(note: &Note, name: &str, key: &PublicKey) -> bool {
    note.signatures.iter().any(|line| line.name == name && line.is_plain_by(key, &note.text))
}

fn finality(
    audit: &mut Audit,
    replay: &Replay,
    signed: &SignedCheckpoint,
    last: Option<&Earlier>,
    roots: &Roots,
    cosigners: &[Vkey],
) {
    let state = replay.state();
    let report = &mut audit.report;
    audit.is_final = met(signed.note(), state, cosigners);
    if let Some(last) = last {
        match final_fault(last, replay, roots, cosigners) {
            Some(reason) => report.failed("final", None, "`final`", reason),
            None => report.passed("final", 1),
        }
    }
    if audit.is_final {
        report.passed("final", 1);
    }
    if !state.policy().asks() {
        report.noted("final", "provisional: the policy asks for no witness or mirror");
    } else if !audit.is_final {
        let so_far = last.map_or(0, |last| last.checkpoint.size);
        report.noted(
            "final",
            format!("the first {so_far} entries are final; for the others cosignatures are awaited"),
        );
    }
}

/// What is wrong with the checkpoint of `final`. Every line of it is verified, as those of `checkpoint` are.
fn final_fault(last: &Earlier, replay: &Replay, roots: &Roots, cosigners: &[Vkey]) -> Option<String> {
    let clerk = replay.clerk_of(last.origin.epoch).filter(|_| last.origin.book == replay.state().book());
    let Some(key) = clerk.cloned() else { return Some("no clerk of this book signed it".into()) };
    let log = Vkey { name: last.checkpoint.origin.clone(), algorithm: Algorithm::Plain, key };
    match SignedCheckpoint::open(&last.note.to_bytes(), &log, cosigners) {
        Err(error) => Some(error.to_string()),
        Ok(signed) if !signed.unknown().is_empty() => {
            Some(format!("the line of {} is by none of the keys of `vkeys`", signed.unknown().join(", ")))
        }
        Ok(_) if roots.at(last.checkpoint.size) != Some(last.checkpoint.root) => {
            Some("it is not part of the book".into())
        }
        Ok(_) if !met(&last.note, replay.state(), cosigners) => {
            Some("it lacks cosignatures that the policy asks for".into())
        }
        Ok(_) => None,
    }
}

fn earlier_checkpoint(
    report: &mut Report,
    replay: &Replay,
    since: &Earlier,
    roots: &Roots,
    cosigners: &[Vkey],
    checkpoint: &Checkpoint,
    now: Option<u64>,
) {
    let state = replay.state();
    let object = "the earlier checkpoint";
    if since.origin.book != state.book() {
        return report.failed("since", None, object, "it is of another book");
    }
    if since.origin.epoch > state.epoch() {
        let reason = format!(
            "it is of epoch {}, and this copy ends in epoch {}: ask for a newer copy",
            since.origin.epoch,
            state.epoch()
        );
        return report.failed("since", None, object, reason);
    }
    let signed = replay
        .clerk_of(since.origin.epoch)
        .is_some_and(|key| is_signed(&since.note, &since.checkpoint.origin, key));
    if !signed {
        return report.failed("since", None, object, "the clerk of its epoch did not sign it");
    }
    let carried = replay.successions().iter().find(|succession| succession.epoch == since.origin.epoch + 1);
    if let Some(succession) = carried
        && since.checkpoint.size > succession.entry
    {
        let is_final = met(&since.note, state, cosigners);
        let late = now.is_some_and(|now| now > succession.time.saturating_add(CONTEST));
        let reason = format!(
            "the clerk of epoch {} signed {} entries, and epoch {} carried over {}",
            since.origin.epoch, since.checkpoint.size, succession.epoch, succession.entry
        );
        if is_final && !late {
            return report.failed_entry(
                "succession-open",
                succession.entry,
                "the hand-over is contested",
                reason,
            );
        }
        let why = if is_final { "shown later than seven days after" } else { "not final" };
        return report.noted("since", format!("{reason} ({why}: the hand-over stands)"));
    }
    if since.checkpoint.size > checkpoint.size {
        let reason = format!(
            "it covers {} entries, and this copy has {}: it was rolled back, or is an old copy",
            since.checkpoint.size, checkpoint.size
        );
        return report.failed("since", None, object, reason);
    }
    if roots.at(since.checkpoint.size) == Some(since.checkpoint.root) {
        report.passed("since", 1);
    } else {
        report.failed("since", None, object, "at its size this copy has another root: the book was forked");
    }
}
