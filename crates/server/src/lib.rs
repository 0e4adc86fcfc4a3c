//! HTTP for minute books.
//!
//! [`serve`] shows the books of one database and takes entries and cosignatures for those whose clerk runs here;
//! [`serve_mirror`] shows copied books; [`serve_witness`] cosigns checkpoints and nothing else. Each blocks until its
//! [`Stop`] is moved, on threads of its own, so that the rest of the program stays synchronous.
//!
//! The threads that answer requests never touch a database or a disk: reading threads do, behind a bounded queue and a cache
//! of what never changes; the clerk has its own thread, behind [`clerk::Desk`]. What a stranger may take (connections, time,
//! memory, posts) has [`Limits`].
//!
//! # What is absent
//!
//! TLS and HTTP/2 (a reverse proxy's work), pages for people, compression, logs of requests: [`Log`] gets a line where the
//! server itself is at fault, and neither names nor addresses. Whether an entry may be recorded is the clerk's business, and
//! whether a file is right its reader's.

mod answer;
mod body;
mod budget;
mod cache;
mod counters;
mod crowd;
mod door;
mod error;
mod hand_in;
mod limits;
pub mod load;
mod proof;
mod public;
mod rate;
mod serve;
mod serve_mirror;
mod serve_witness;
mod status;
mod stop;
mod stream;
mod submission;
mod ticker;
mod workers;

use std::sync::Arc;

pub use error::ServeError;
pub use limits::{Limits, Rate, STALL_BYTES};
pub use serve::{Config, Served, serve};
pub use serve_mirror::{MirrorConfig, serve_mirror};
pub use serve_witness::{WitnessConfig, serve_witness};
pub use stop::Stop;

/// Where the server speaks to whoever runs it: one line at a time, without its end. Called from any thread.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;
