//! Copying, following, cosigning and witnessing a book.

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
