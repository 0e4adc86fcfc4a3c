//! The minute book.
pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod files;
pub mod hash;
pub mod id;
pub mod key;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod text;
pub mod tile;
