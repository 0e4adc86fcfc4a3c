//! The minute book.
pub mod hash;
pub mod merkle;
pub mod tile;
pub mod checkpoint;
pub mod entry;
pub mod id;
pub mod key;
pub mod note;
pub mod policy;
pub mod text;
pub mod bundle;
pub mod files;
pub mod proof;
