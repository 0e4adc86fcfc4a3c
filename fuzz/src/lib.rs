//! Fuzz targets: see `targets` and `formats`; `./run` runs them all.

pub mod formats;
pub mod targets;
