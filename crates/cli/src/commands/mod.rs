//! The commands, one file each.

pub mod audit;
pub mod count;
pub mod rehearse;
pub mod trustee;
