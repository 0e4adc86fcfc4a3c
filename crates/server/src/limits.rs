//! How much a stranger may take.

use std::time::Duration;

/// Limits of a server. [`Limits::default`] suits a council on a small machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; more wait until one ends. From three quarters on, connections are closed after each answer.
    pub connections: usize,
    /// Connections at a time of one address, more are closed at once; no limit where there is none, nor for a reverse proxy on
    /// this machine. An IPv6 network of 64 bits counts as one address.
    pub of_one_address: Option<usize>,
    /// How long a request's headers may take, and how long a connection may be idle.
    pub headers: Duration,
    /// Within so long a body must bring, and a reader must take, [`STALL_BYTES`] or what is left.
    pub stall: Duration,
    /// Bytes of request bodies in memory, all together, beside the first 64 KiB of each.
    pub bodies: usize,
    /// Bytes of large answers in memory, all together.
    pub answers: usize,
    /// Bytes of public files kept ready in memory.
    pub cache: usize,
    /// Threads that read the database or the folder.
    pub readers: usize,
    /// Posts that one address may make; no limit where there is none.
    pub posts: Option<Rate>,
    /// Whether a reverse proxy on this machine stands before the server, so that the last address in its
    /// `X-Forwarded-For` is whose posts are counted.
    pub behind_proxy: bool,
    /// How often it is looked whether ballots are to be published; when that is due is decided by the clock, not by this.
    pub publish: Duration,
    /// How long a stop waits for the requests that are being answered.
    pub grace: Duration,
}

/// What must move within [`Limits::stall`].
pub const STALL_BYTES: usize = 128 << 10;

/// So many at once, and then so many an hour. An IPv6 network of 64 bits counts as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// An hour.
    pub an_hour: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 900,
            of_one_address: None,
            headers: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            bodies: 256 << 20,
            answers: 256 << 20,
            cache: 64 << 20,
            readers: 2,
            posts: None,
            behind_proxy: false,
            publish: Duration::from_secs(20),
            grace: Duration::from_secs(10),
        }
    }
}
