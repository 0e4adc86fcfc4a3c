//! What a council is, for other people's programs: a function of state and time for each format. Members are numbers; their
//! names are not in the book.

mod icalendar;
mod popolo;
mod record;
mod tables;

pub use icalendar::icalendar;
pub use popolo::popolo;
pub use record::{Holding, Line, Record, Recorder};
pub use tables::{offices, roll, totals};
