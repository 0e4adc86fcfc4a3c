//! Fuzz targets: see `targets`, `formats` and `book`; `./run` runs them all.

pub mod book;
pub mod formats;
pub mod targets;
