//! How a command of xtask ends badly: one line, and the status that the whole project uses.

/// One line for stderr and the exit status: 1 what was tried does not hold, 2 it could not be tried.
pub(crate) struct Failure {
    pub(crate) line: String,
    pub(crate) status: u8,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// It was tried and does not hold.
pub(crate) fn fails(line: impl Into<String>) -> Failure {
    Failure { line: line.into(), status: 1 }
}

/// It could not be tried: a tool is missing, a file cannot be read.
pub(crate) fn cannot(line: impl Into<String>) -> Failure {
    Failure { line: line.into(), status: 2 }
}

/// Turns an error of the system into [`cannot`], with what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl std::fmt::Display) -> Result<T>;
}

impl<T, E: std::fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl std::fmt::Display) -> Result<T> {
        self.map_err(|e| cannot(format!("{what}: {e}")))
    }
}
