//! Where books, blobs and private data live.
//!
//! A [`Store`] keeps what a clerk must not lose: the entries of its books with their heads, the blobs they name, private
//! bodies that can be erased, snapshots of states, and the private side (keys, people, settings, things that wait). It knows neither rules
//! nor ballots nor the formats of the book: to it everything is bytes, hashes and numbers. What makes a book trustworthy
//! (signatures, the tree, the rules) is checked by those who read it, not here.
//!
//! Three stores speak the same traits and pass the same tests: [`sqlite`], one file and the default; `postgres`, for many
//! councils on several servers; [`memory`], which holds everything in memory and can be told to fail.
//!
//! # What every store promises
//!
//! * **Durable or not at all.** A writing method that returns `Ok` has brought its change to the disk, whole. One that
//!   returns an error of which [`StoreError::nothing_written`] is true has changed nothing. After any other error
//!   ([`StoreError::Unavailable`], [`StoreError::Corrupt`]) the change is there whole or not at all, and nobody knows
//!   which: read the head again, as after a restart, before anything is signed.
//! * **One head.** [`Books::append`] compares the head that the clerk knew with the one that is there and sets the new
//!   one, in the transaction that stores the entries. Of two writers who saw the same head one is refused, whole.
//! * **Reading what is not there** is `None` or empty, never an error; writing to a book that is not there is
//!   [`StoreError::Missing`].
//! * **Books are separate.** No method that names one book reads or changes another.
//! * **Sizes are limited** ([`limits`]): what is larger is refused before it is stored.
//!
//! # What a thief of the whole store could do
//!
//! The books, tiles and blobs are public: they show him nothing. With a clerk's seed he can sign checkpoints and
//! countersign entries in that clerk's name until a new clerk is named; he cannot make an entry of a member, nor rewrite
//! what is final, which the cosigners hold. With bodies and people he learns what was confidential and who the members
//! are; with what waits, who enrolled for an election under way and by which credentials ballots came that are not published. So the files belong to one user (SQLite's are made so), on an encrypted disk, and so do their backups.
//!
//! # What is absent
//!
//! Async, a clock, randomness, a logger, any parsing of what is stored, and any retry: the caller decides whether to try
//! again. The methods are synchronous; an async program calls them on threads of their own.

pub mod limits;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

mod batch;
mod error;
mod traits;

pub use batch::{
    Batch, Body, ClerkSeed, Cosignature, Expected, FinalCheckpoint, Head, Id, NewEntry, Person, Snapshot,
    Standing, TileRow,
};
pub use error::StoreError;
pub use traits::{BRIEF, Blobs, Bodies, Books, Inbox, Private, Snapshots, Store, Thing};
