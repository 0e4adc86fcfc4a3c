//! A witness (C2SP tlog-witness): it stores nothing of a book but its newest checkpoint, and cosigns a newer one if a
//! proof shows that it begins with that one. So no log can show two people two histories without the witness's help.
//!
//! [`Witness::add_checkpoint`] is a state machine without files, network or clock; [`WitnessFiles`] keeps its state in a
//! folder. A server hands bodies in and answers out.
//!
//! A book's next epoch has another key, which nobody can know beforehand: after a hand-over the witness is started with one
//! more `--log`, that of the new clerk. Until then it answers 404 for it.

mod request;
mod state;

use std::fmt;

use book::checkpoint::{Checkpoint, SignedCheckpoint};
use book::hash::Hash;
use book::key::{Algorithm, SecretKey, Vkey, is_key_name};
use book::merkle::{empty_root, verify_consistency};
use book::note::{Note, Signature};

pub use request::{REQUEST_LIMIT, add_checkpoint_request};
pub use state::{MemoryState, WitnessFiles};

use request::Request;

/// A cosigner's clock may have been set back by so many seconds before it stops cosigning; within them it repeats its last
/// time.
pub const CLOCK_SLACK: u64 = 300;

/// Within so many seconds a request for what is already cosigned gets the same line again, and nothing is written: everybody can
/// repeat a public checkpoint.
pub const REPEATED: u64 = 60;

/// An answer in HTTP's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    fn ok(body: Vec<u8>) -> Response {
        Response { status: 200, content_type: "text/plain; charset=utf-8", body }
    }

    /// A refusal: one sentence.
    fn refuse(status: u16, sentence: impl fmt::Display) -> Response {
        Response {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{sentence}\n").into_bytes(),
        }
    }

    /// 409: the size that the request should have begun with.
    fn conflict(size: u64) -> Response {
        Response { status: 409, content_type: "text/x.tlog.size", body: format!("{size}\n").into_bytes() }
    }
}

/// The newest checkpoint that the witness cosigned for an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// When it was cosigned: Unix seconds.
    pub time: u64,
    /// The note: the log's line and the witness's.
    pub note: Vec<u8>,
}

/// Why a witness's state cannot be used. Nothing is signed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateError {
    /// What is kept for this origin is not what this witness wrote.
    Damaged {
        /// Which file.
        file: String,
        /// A half sentence.
        reason: String,
    },
    /// The state changed between check and write: another process uses it.
    Changed,
    /// The disk fails.
    Io(String),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Damaged { file, reason } => write!(
                f,
                "{file}: {reason}; the witness signs nothing for this log, since it cannot know what it has signed: bring \
                 the file back, or go on under a new key and name"
            ),
            StateError::Changed => f.write_str(
                "another process changed the witness's state: let one witness at a time use it, then ask again",
            ),
            StateError::Io(cause) => write!(f, "the witness's state cannot be kept: {cause}"),
        }
    }
}

impl std::error::Error for StateError {}

/// Where a witness keeps the newest checkpoint of each origin. Whoever can change it can make the witness sign two histories.
pub trait WitnessState {
    /// The newest checkpoint cosigned for this origin; none if there never was one.
    fn cosigned(&mut self, origin: &str) -> Result<Option<Cosigned>, StateError>;

    /// Puts `new` in the place of `old`, durably, if `old` is still what is kept; else [`StateError::Changed`].
    fn advance(&mut self, old: Option<&Cosigned>, new: &Cosigned) -> Result<(), StateError>;

    /// Keeps two checkpoints of one size, both signed by the log, with different roots: proof that the log forked. Only the
    /// first such pair of an origin need be kept.
    fn keep_fork(&mut self, held: &Cosigned, other: &[u8]);
}

/// Why a witness cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessError {
    /// The witness's name is no key's name.
    Name(String),
    /// A log's key is a cosigner's.
    NotALog(String),
    /// The witness's key is the key of this log.
    OwnKey(String),
    /// No log to watch.
    NoLogs,
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WitnessError::Name(name) => {
                write!(f, "a witness cannot be called {name:?}: no space, no `+`, at most 255 bytes")
            }
            WitnessError::NotALog(name) => {
                write!(
                    f,
                    "the key of {name} is a cosigner's (0x04): --log takes the first line of the book's vkeys"
                )
            }
            WitnessError::OwnKey(name) => {
                write!(f, "the witness has the very key of the log {name}: make it a key of its own")
            }
            WitnessError::NoLogs => f.write_str("a witness needs at least one --log"),
        }
    }
}

impl std::error::Error for WitnessError {}

/// A witness: its name and key, and the logs that it watches.
pub struct Witness {
    name: String,
    key: SecretKey,
    logs: Vec<Vkey>,
}

impl Witness {
    /// A witness of these logs. Several keys may stand for one origin, any of which may have signed.
    pub fn new(name: String, key: SecretKey, logs: Vec<Vkey>) -> Result<Witness, WitnessError> {
        if !is_key_name(&name) {
            return Err(WitnessError::Name(name));
        }
        if logs.is_empty() {
            return Err(WitnessError::NoLogs);
        }
        let public = key.public();
        for log in &logs {
            if log.algorithm != Algorithm::Plain {
                return Err(WitnessError::NotALog(log.name.clone()));
            }
            if log.key == public {
                return Err(WitnessError::OwnKey(log.name.clone()));
            }
        }
        Ok(Witness { name, key, logs })
    }

    /// What others verify this witness's lines with.
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), algorithm: Algorithm::Timestamped, key: self.key.public() }
    }

    /// `POST /add-checkpoint`: cosigns the checkpoint in `body`, or says why not. The new state is durable before the answer
    /// is given; the exclusive borrow of the state makes check and write one step.
    pub fn add_checkpoint(&self, state: &mut dyn WitnessState, body: &[u8], now: u64) -> Response {
        self.try_add(state, body, now).unwrap_or_else(|refusal| refusal)
    }

    fn try_add(&self, state: &mut dyn WitnessState, body: &[u8], now: u64) -> Result<Response, Response> {
        let request = Request::parse(body)?;
        let note = Note::parse(request.checkpoint)
            .map_err(|error| Response::refuse(400, format!("the checkpoint is no signed note: {error}")))?;
        let checkpoint = Checkpoint::parse_text(&note.text)
            .map_err(|error| Response::refuse(400, format!("the checkpoint: {error}")))?;
        let mut logs = self.logs.iter().filter(|log| log.name == checkpoint.origin).peekable();
        if logs.peek().is_none() {
            return Err(Response::refuse(404, "this witness does not watch a log of this origin"));
        }
        let signed = logs.find_map(|log| {
            let signed = SignedCheckpoint::open(request.checkpoint, log, &[]).ok()?;
            let line =
                signed.note().signatures.iter().find(|line| line.name == log.name && line.id == log.id())?;
            Some(line.clone())
        });
        let Some(log_line) = signed else {
            return Err(Response::refuse(403, "the checkpoint has no valid signature by a key of this log"));
        };
        if request.old > checkpoint.size {
            return Err(Response::refuse(400, "the old size is larger than the checkpoint's"));
        }
        let unavailable = |error: StateError| Response::refuse(503, error);
        let held = state.cosigned(&checkpoint.origin).map_err(unavailable)?;
        let (old, old_root) =
            held.as_ref().map_or((0, empty_root()), |held| (held.checkpoint.size, held.checkpoint.root));
        if request.old != old {
            return Err(Response::conflict(old));
        }
        if old == checkpoint.size && old_root != checkpoint.root {
            if let Some(held) = &held {
                state.keep_fork(held, request.checkpoint);
            }
            return Err(Response::refuse(
                422,
                "this witness has cosigned another root of the same size: the log forked",
            ));
        }
        if !verify_consistency(old, &old_root, checkpoint.size, &checkpoint.root, &request.proof) {
            return Err(Response::refuse(422, "the proof does not show that the log only grew"));
        }
        let time = cosigning_time(held.as_ref().map(|held| held.time), now)
            .map_err(|sentence| Response::refuse(503, sentence))?;
        if let Some(line) = held.as_ref().and_then(|held| self.repeated(held, &note.text, time)) {
            return Ok(Response::ok(line.line().into_bytes()));
        }
        let line = Signature::timestamped(&self.key, &self.name, time, &note.text);
        let answer = line.line().into_bytes();
        let cosigned = Note { text: note.text, signatures: vec![log_line, line] }.to_bytes();
        let new = Cosigned { checkpoint, time, note: cosigned };
        state.advance(held.as_ref(), &new).map_err(unavailable)?;
        Ok(Response::ok(answer))
    }

    /// The line that was given over this very text lately.
    fn repeated(&self, held: &Cosigned, text: &str, time: u64) -> Option<Signature> {
        if time >= held.time.saturating_add(REPEATED) {
            return None;
        }
        let note = Note::parse(&held.note).ok().filter(|note| note.text == text)?;
        let key = self.key.public();
        note.signatures
            .into_iter()
            .find(|line| line.name == self.name && line.is_timestamped_by(&key, text) == Some(held.time))
    }

    /// `GET /<hex SHA-256 of the origin>/checkpoint`, `path` without its first slash: the newest checkpoint cosigned, with
    /// the log's line and the witness's.
    pub fn checkpoint(&self, state: &mut dyn WitnessState, path: &str) -> Response {
        let asked = path.strip_suffix("/checkpoint").and_then(Hash::from_hex);
        let known = |log: &&Vkey| Some(Hash::of(log.name.as_bytes())) == asked;
        let Some(log) = self.logs.iter().find(known) else {
            return Response::refuse(404, "this witness does not watch a log of this origin");
        };
        match state.cosigned(&log.name) {
            Ok(Some(cosigned)) => Response::ok(cosigned.note),
            Ok(None) => Response::refuse(404, "this witness has cosigned nothing for this log yet"),
            Err(error) => Response::refuse(503, error),
        }
    }
}

/// The time of a new cosignature, after one at `last` by the same key for the same origin: never an earlier one. A clock that
/// stands more than [`CLOCK_SLACK`] behind is refused.
pub(crate) fn cosigning_time(last: Option<u64>, now: u64) -> Result<u64, String> {
    let last = last.unwrap_or(0);
    if now == 0 {
        return Err("this machine's clock is not set: set it, then ask again".into());
    }
    if now.saturating_add(CLOCK_SLACK) < last {
        return Err(format!(
            "this machine's clock says {now}, and it has cosigned at {last} already: set the clock, then ask again"
        ));
    }
    Ok(now.max(last))
}
