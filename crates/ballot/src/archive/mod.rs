//! The archive of an election, `<uuid>.bel`: a tar of payloads and a hash chain of events (Belenios specification, section
//! "Archive"), read and written byte for byte and streamed, so that its size is bounded by the disk alone.

pub mod event;
pub mod reader;
pub mod tar;
pub mod writer;

pub use event::{Event, EventType, Owned, SetupData, SizedTally};
pub use reader::{ArchiveError, Head, Record, Records};
pub use writer::ArchiveWriter;
