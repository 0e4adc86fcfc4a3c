//! Time, as the desk asks for it.

use std::time::Duration;

/// What tells the time. The program's edge reads the system's clocks; a test moves its own.
pub trait Clock: Send {
    /// UTC: Unix seconds.
    fn utc(&mut self) -> u64;
    /// Time since some moment in the past, by a clock that nobody sets.
    fn monotonic(&mut self) -> Duration;
    /// Waits so long.
    fn wait(&mut self, time: Duration);
}
