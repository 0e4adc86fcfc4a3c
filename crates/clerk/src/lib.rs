//! The one writer of a book: it joins the rules (`council`) and the store.
//!
//! A [`Clerk`] examines what members hand in, countersigns what the rules allow, appends it to the book, and gives receipts.
//! It is an ordinary value without threads; [`Desk`] puts it on a thread of its own and batches what waits. [`PublicView`] reads
//! the public files of its book from other threads. [`catch_up`] and [`Clerk::succeed`] are the two ways on when a store was
//! put back or lost.
//!
//! A receipt means: the entry stands in the book, durably, under this number, and a signed checkpoint covers it. It is never
//! taken back. The same text handed in again, at any time, gets the receipt of its one entry; so whoever got no answer hands it
//! in again.
//!
//! # One batch, and where it can break off
//!
//! 1. The submissions are examined (on all cores), decided in their order, countersigned and taken into the state in memory;
//!    the checkpoint over all of them is signed. Nobody has seen anything of it.
//! 2. One transaction of the store, a compare-and-set of the head, brings entries, tiles, blobs, private bodies, erasures, now
//!    and then a snapshot, and the head with its signed checkpoint to the disk. **This is the point from which the entries
//!    stand in the book.**
//! 3. The checkpoint goes into the record of the largest one ever signed ([`HighWater`]), which is kept apart from the store.
//! 4. Readers see the new checkpoint ([`Published`]), and the receipts are given.
//!
//! | breaks off | what is there | at the next start |
//! |---|---|---|
//! | before 2 | nothing | the authors hand in again |
//! | in 2, or its answer is lost | all of the batch or nothing of it | what is there is found by its text and gets the same receipt; what is not is recorded |
//! | between 2 and 3, or in 3 | the batch; the record is one batch behind, or not | the record must lie on the head's history, and is raised to the head before anything is let out |
//! | after 3 | the batch | whose receipt was lost hands in again |
//!
//! A signed checkpoint that did not reach the store is forgotten with the process; the next batch may sign another of the same
//! size. That is no second history, since nothing is let out before 3. After any error in 2 that leaves open what was written,
//! everything is read from the store again before the next signature.
//!
//! So a store that is *older* than the record, or than a checkpoint that anybody shows, was put back: [`CannotSign::RolledBack`].
//! Someone else who reads the store itself (a bundle made while no clerk runs) may see a checkpoint between 2 and 3, which a
//! store put back at just that moment would contradict; through a running clerk nobody can.
//!
//! # What makes it stop
//!
//! [`CannotSign`] lists it, each with the way on: a store that was put back, restored or handed over; a head, a state, tiles, a
//! key or a checkpoint that do not fit together; a clock behind the last entry. While it runs: another writer of the same book, a
//! clock that steps back by more than [`PATIENCE`] or departs more than [`DEPARTURE`] from the monotonic one. A store that fails or
//! is full declines what is handed in, and the clerk goes on when it works again.
//!
//! # What is absent
//!
//! Async, a network, a logger, the system's clock (see [`Clock`]), randomness, names of files but that of the record.

mod cannot;
mod clerk;
mod clock;
mod cosign;
mod desk;
mod hand_over;
mod high_water;
mod inbox;
mod load;
mod parallel;
mod record;
mod shelf;
mod submission;
mod tree;
mod view;

pub use cannot::CannotSign;
pub use clerk::Clerk;
pub use clock::Clock;
pub use cosign::{COSIGNATURES_LIMIT, COSIGNER_TOLERANCE, CosignError, Cosigned, REGISTERED_LIMIT};
pub use desk::{DEPARTURE, Desk, Limits, Metrics, PATIENCE, Status};
pub use hand_over::{CaughtUp, catch_up};
pub use high_water::{FileMark, HighWater, MarkError};
pub use inbox::{CHAIN, LEAST, LINE_LIMIT};
pub use submission::{ATTACHED_BYTES_LIMIT, ATTACHMENTS_LIMIT, Declined, PrivateBody, Receipt, Submission};
pub use view::{PublicView, Published};
