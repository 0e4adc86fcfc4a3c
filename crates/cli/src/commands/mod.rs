//! The commands, one file each.

pub mod audit;
pub mod backup;
pub mod bundle;
pub mod count;
pub mod due;
pub mod election;
pub mod export;
pub mod found;
pub mod key;
pub mod mirror;
pub mod rehearse;
pub mod serve;
pub mod slip;
pub mod state;
pub mod succeed;
pub mod trustee;
pub mod witness;
pub mod write;
