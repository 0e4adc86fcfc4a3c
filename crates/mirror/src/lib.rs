//! Copying, following, cosigning and witnessing a book.
//!
//! * [`Mirror`] is a folder that holds a copy of one book: `checkpoint`, `tile/`, `blob/`, `vkeys`, `final`. It copies from a
//!   [`source::Source`] (an address, a folder, a bundle), of which nothing is believed: before a file gets its place, the
//!   whole tree was verified against the checkpoint, every entry replayed under the rules, every blob fetched, and the
//!   checkpoint found signed by the very clerk whom the entries name. What was seen once binds for ever: less, or another
//!   history, is refused, and both sides are kept as evidence.
//! * [`follow`] does so again and again; [`Cosigner`] signs what is held with a key of its own, and hands that in.
//! * [`witness`] cosigns without holding anything but checkpoints (C2SP tlog-witness).
//! * [`public_file`] says what of a mirror's folder is served, and how long others may keep it.
//!
//! The clock, randomness and waiting come in through the arguments ([`World`]). Files and the network are used here and
//! nowhere hidden: `folder/` writes the mirror's own folder, `witness/state.rs` a witness's, `source/` reads. Absent on
//! purpose: a server, threads, a logger, keys of clerks and members.

mod copy;
mod cosign;
mod durable;
mod folder;
mod follow;
#[cfg(test)]
mod power_cuts;
mod serve_files;
pub mod source;
pub mod witness;

pub use copy::{Copied, CopyError, Mirror, Watch};
pub use cosign::{CosignError, CosignedBook, Cosigner, cosign_and_hand_in};
pub use follow::{Event, Pace, World, follow};
pub use serve_files::{PublicFile, public_file};
