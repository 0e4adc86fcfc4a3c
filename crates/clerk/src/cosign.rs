//! Cosignatures that witnesses and mirrors hand in, and the finality that follows.

use std::fmt;

use book::checkpoint::Checkpoint;
use book::key::{Algorithm, Vkey};
use book::note::{Note, Signature};
use store::{Cosignature, FinalCheckpoint, StoreError};

use crate::clerk::Clerk;
use crate::submission::Declined;
use crate::tree::{StoredTree, TreeError};
use crate::view::{VKEYS, cosigned};

/// What is handed in has at most so many bytes.
pub const COSIGNATURES_LIMIT: usize = 64 << 10;
/// A cosigner's clock may differ from this one by so many seconds.
pub const COSIGNER_TOLERANCE: u64 = 300;
/// At most so many cosigners are registered beside those of the policy.
pub const REGISTERED_LIMIT: usize = 32;

/// The setting of a book in which the registered cosigners stand, a line each.
const REGISTERED: &str = "cosigners";

/// What became of cosignatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The size of the checkpoint that they are for.
    pub size: u64,
    /// The names of the cosigners whose lines were kept.
    pub kept: Vec<String>,
    /// Whether this checkpoint is final now.
    pub is_final: bool,
}

/// Why cosignatures were not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CosignError {
    /// They are not signature lines, nor a cosigned checkpoint.
    Form(String),
    /// They are for another checkpoint than this clerk's current one, or one between the final one and it.
    Another {
        /// The size of the current one: what HTTP answers with status 409.
        size: u64,
    },
    /// Nobody signs whom the policy names or who is registered.
    Unknown,
    /// A line by a known cosigner is not valid over this checkpoint.
    Invalid(String),
    /// A line's time lies too far from this clerk's.
    Time(String),
    /// The key cannot be registered.
    NotRegistered(String),
    /// The clerk does not sign at present.
    Stopped(String),
    /// The store fails.
    Store(StoreError),
}

impl fmt::Display for CosignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CosignError::Form(what) => write!(f, "{what}: hand in signature lines, or a cosigned checkpoint"),
            CosignError::Another { size } => {
                write!(f, "these are for another checkpoint: cosign the one of {size} entries")
            }
            CosignError::Unknown => f.write_str(
                "no line is by a cosigner of this book: have the clerk's machine register the key, or name it in the policy",
            ),
            CosignError::Invalid(name) => {
                write!(f, "the line of {name} is not a valid cosignature of this checkpoint: sign its exact text")
            }
            CosignError::Time(name) => write!(
                f,
                "the time in the line of {name} is more than {COSIGNER_TOLERANCE} s from the clerk's: set the clock that is \
                 wrong, then cosign again"
            ),
            CosignError::NotRegistered(why) => f.write_str(why),
            CosignError::Stopped(why) => f.write_str(why),
            CosignError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CosignError {}

impl From<StoreError> for CosignError {
    fn from(error: StoreError) -> CosignError {
        CosignError::Store(error)
    }
}

/// What was handed in, read.
struct HandedIn {
    /// The text that the lines are said to be over; none where only lines came.
    text: Option<String>,
    lines: Vec<Signature>,
}

fn parse(bytes: &[u8]) -> Result<HandedIn, CosignError> {
    let form = |what: &str| CosignError::Form(what.to_owned());
    if bytes.len() > COSIGNATURES_LIMIT {
        return Err(form("it is too long"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| form("it is not UTF-8"))?;
    if text.contains("\n\n") && !text.starts_with('\n') {
        let note = Note::parse(bytes).map_err(|error| CosignError::Form(error.to_string()))?;
        return Ok(HandedIn { text: Some(note.text), lines: note.signatures });
    }
    let lines = text.trim_matches('\n').split('\n').map(Signature::parse).collect::<Option<Vec<_>>>();
    Ok(HandedIn { text: None, lines: lines.ok_or_else(|| form("a line is not `— name base64`"))? })
}

/// The checkpoint that cosignatures are for.
struct Target {
    checkpoint: Checkpoint,
    text: String,
    /// The clerk's line over it.
    line: String,
    /// When its last entry was recorded.
    time: u64,
}

impl Clerk {
    /// Keeps cosignatures: signature lines over the current checkpoint, or a whole cosigned checkpoint, which may be an earlier
    /// one of this clerk down to the largest final one. `now` is in Unix seconds.
    ///
    /// Lines by cosigners whom the policy does not name and who are not registered are passed over. Of each cosigner one line
    /// is kept, the newest. When the policy is met the checkpoint becomes the public file `final`.
    pub fn add_cosignatures(&mut self, bytes: &[u8], now: u64) -> Result<Cosigned, CosignError> {
        self.ready(now).map_err(|declined| match declined {
            Declined::Store(error) => CosignError::Store(error),
            other => CosignError::Stopped(other.to_string()),
        })?;
        let handed_in = parse(bytes)?;
        let target = self.target(&handed_in)?;
        let known = self.cosigners()?;
        let mut lines: Vec<Cosignature> = Vec::new();
        for line in &handed_in.lines {
            let cosigner = known.iter().find(|vkey| vkey.name == line.name && vkey.id() == line.id);
            let Some(cosigner) = cosigner else { continue };
            let name = line.name.clone();
            let time = line.is_timestamped_by(&cosigner.key, &target.text);
            let Some(time) = time else {
                // Over the text that came along it would be a forgery; alone it may be for another checkpoint.
                return Err(match handed_in.text {
                    Some(_) => CosignError::Invalid(name),
                    None => CosignError::Another { size: self.head.size },
                });
            };
            if time > now.saturating_add(COSIGNER_TOLERANCE)
                || time < target.time.saturating_sub(COSIGNER_TOLERANCE)
            {
                return Err(CosignError::Time(name));
            }
            // One who cosigns again may send the line of before along.
            let line = Cosignature { name, line: line.line().trim_end().to_owned() };
            match lines.iter_mut().find(|other| other.name == line.name) {
                Some(other) if older(other, &line) => *other = line,
                Some(_) => {}
                None => lines.push(line),
            }
        }
        if lines.is_empty() {
            return Err(CosignError::Unknown);
        }
        self.keep(&target, lines)
    }

    fn keep(&mut self, target: &Target, lines: Vec<Cosignature>) -> Result<Cosigned, CosignError> {
        let Checkpoint { size, root, .. } = target.checkpoint;
        let book = self.book.0;
        let before = self.store.cosignatures(&book, size, &root.0)?;
        let newer: Vec<Cosignature> =
            lines.iter().filter(|line| before.iter().all(|old| older(old, line))).cloned().collect();
        if !newer.is_empty() {
            self.store.add_cosignatures(&book, size, &root.0, &newer)?;
        }
        let all = self.store.cosignatures(&book, size, &root.0)?;
        let names: Vec<&str> = all.iter().map(|cosignature| cosignature.name.as_str()).collect();
        let policy = self.state.policy();
        let is_final = policy.is_met(&names);
        if is_final {
            let note = format!("{}\n{}\n", target.text, target.line);
            let note = cosigned(note.as_bytes(), &all);
            let last = FinalCheckpoint { size, root: root.0, note };
            self.store.set_final_checkpoint(&book, &last)?;
        }
        self.publish()?;
        Ok(Cosigned { size, kept: lines.into_iter().map(|line| line.name).collect(), is_final })
    }

    /// Which checkpoint the lines are for.
    fn target(&mut self, handed_in: &HandedIn) -> Result<Target, CosignError> {
        let another = CosignError::Another { size: self.head.size };
        let current = self.checkpoint();
        let checkpoint = match &handed_in.text {
            None => current.clone(),
            Some(text) => Checkpoint::parse_text(text)
                .map_err(|error| CosignError::Form(format!("the checkpoint: {error}")))?,
        };
        if checkpoint.origin != current.origin || checkpoint.size > current.size || checkpoint.size == 0 {
            return Err(another);
        }
        let text = checkpoint.text();
        let by_clerk =
            |line: &&Signature| line.name == self.vkey.name && line.is_plain_by(&self.vkey.key, &text);
        if checkpoint.size == current.size {
            if checkpoint != current {
                return Err(another);
            }
            let line = Signature::plain(&self.key, &current.origin, &text).line().trim_end().to_owned();
            return Ok(Target { checkpoint, text, line, time: self.head.time });
        }
        // An earlier one: signed by this clerk, as its own line shows, and not before the largest final one.
        let last = self.store.final_checkpoint(&self.book.0)?.map_or(0, |last| last.size);
        let line = handed_in.lines.iter().find(by_clerk).map(|line| line.line().trim_end().to_owned());
        let (Some(line), true) = (line, checkpoint.size >= last) else { return Err(another) };
        let root = match self.state.root_at(checkpoint.size) {
            Some(root) => root,
            None => match StoredTree::new(self.store.as_mut(), self.book.0).root(checkpoint.size) {
                Ok(root) => root,
                Err(TreeError::Store(error)) => return Err(error.into()),
                Err(TreeError::Tile(what)) => return Err(StoreError::Corrupt(what).into()),
            },
        };
        if root != checkpoint.root {
            return Err(another);
        }
        let entry = self.store.entries(&self.book.0, checkpoint.size - 1, 1)?;
        let entry = entry.first().and_then(|bytes| book::entry::Entry::parse(bytes).ok());
        let time = entry.map_or(0, |entry| entry.time());
        Ok(Target { checkpoint, text, line, time })
    }

    /// Those whose cosignatures are kept: the policy's, then the registered ones but for those whose key has got another role in
    /// the book since.
    pub fn cosigners(&mut self) -> Result<Vec<Vkey>, StoreError> {
        let mut known: Vec<Vkey> =
            self.state.policy().cosigners().map(|cosigner| cosigner.vkey.clone()).collect();
        let registered = self.registered()?;
        known.extend(registered.into_iter().filter(|vkey| !self.state.is_taken(&vkey.key)));
        Ok(known)
    }

    fn registered(&mut self) -> Result<Vec<Vkey>, StoreError> {
        let lines = self.store.setting(Some(&self.book.0), REGISTERED)?.unwrap_or_default();
        Ok(lines.lines().filter_map(|line| Vkey::parse(line).ok()).collect())
    }

    /// Registers a cosigner beside those of the policy, such as a mirror that came later: its cosignatures are kept and shown,
    /// and count for nothing. Registering one twice is nothing.
    pub fn register_cosigner(&mut self, vkey: &Vkey) -> Result<(), CosignError> {
        let refuse = |why: &str| Err(CosignError::NotRegistered(format!("{}: {why}", vkey.name)));
        if vkey.algorithm != Algorithm::Timestamped {
            return refuse("the key is no cosigner's (type 0x04): make one for this use");
        }
        let mut registered = self.registered()?;
        if registered.contains(vkey) || self.cosigners()?.contains(vkey) {
            return Ok(());
        }
        if self.state.is_taken(&vkey.key) {
            return refuse("the key has another role in this book: make a new one");
        }
        if self.cosigners()?.iter().any(|other| other.name == vkey.name || other.key == vkey.key) {
            return refuse("the name or the key is taken by another cosigner: take another");
        }
        if registered.len() == REGISTERED_LIMIT {
            return refuse("there are as many registered cosigners as there may be: take one out first");
        }
        registered.push(vkey.clone());
        self.write_registered(&registered)
    }

    /// Takes a registered cosigner out, by its name. Cosignatures that were kept stay.
    pub fn unregister_cosigner(&mut self, name: &str) -> Result<(), CosignError> {
        let mut registered = self.registered()?;
        registered.retain(|vkey| vkey.name != name);
        self.write_registered(&registered)
    }

    fn write_registered(&mut self, registered: &[Vkey]) -> Result<(), CosignError> {
        let lines: Vec<String> = registered.iter().map(Vkey::to_string).collect();
        let value = (!lines.is_empty()).then(|| lines.join("\n"));
        self.store.set_setting(Some(&self.book.0), REGISTERED, value.as_deref())?;
        self.publish()?;
        Ok(())
    }

    /// The text of `vkeys`.
    pub(crate) fn vkeys(&mut self) -> Result<String, StoreError> {
        let mut text = format!("{}\n", self.vkey);
        for vkey in self.cosigners()? {
            text.push_str(&format!("{vkey}\n"));
        }
        Ok(text)
    }

    /// Keeps `vkeys` for those who read the store while no clerk runs.
    pub(crate) fn write_vkeys(&mut self, text: &str) -> Result<(), StoreError> {
        if self.store.setting(Some(&self.book.0), VKEYS)?.as_deref() != Some(text) {
            self.store.set_setting(Some(&self.book.0), VKEYS, Some(text))?;
        }
        Ok(())
    }
}

/// Whether `old` is of another cosigner than `new`, or of an earlier time.
fn older(old: &Cosignature, new: &Cosignature) -> bool {
    let time = |cosignature: &Cosignature| {
        Signature::parse(&cosignature.line)?.bytes.first_chunk::<8>().map(|time| u64::from_be_bytes(*time))
    };
    old.name != new.name || time(old) < time(new)
}
