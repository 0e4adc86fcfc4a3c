use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Why a server does not run. `Display` is one sentence.
#[derive(Debug)]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The system gives no thread, timer or signal.
    System(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Listen { address, error } => match error.kind() {
                io::ErrorKind::AddrInUse => {
                    write!(f, "{address}: another program listens there: end it, or name another address")
                }
                io::ErrorKind::PermissionDenied => {
                    write!(f, "{address}: this user may not listen there: name a port above 1023")
                }
                io::ErrorKind::AddrNotAvailable => {
                    write!(
                        f,
                        "{address}: this machine has no such address: name one that it has, or 0.0.0.0 for all"
                    )
                }
                _ => write!(f, "{address}: {error}: name another address"),
            },
            ServeError::System(error) => {
                write!(f, "the system gives the server no thread or timer ({error}): free some")
            }
        }
    }
}

impl std::error::Error for ServeError {}
