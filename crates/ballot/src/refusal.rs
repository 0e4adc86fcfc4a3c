//! Why material is refused.

use std::fmt;

/// One refusal: the check that failed, the object, and the rule that it breaks.
///
/// The check names whose fault it is: a `ballot-…` check speaks of a voter's device, `trustees`, `shuffles` and
/// `partial-decryptions` of a trustee's, the others of whoever keeps the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The check, one of [`crate::checks`].
    pub check: &'static str,
    /// The object: `ballot <tracker>`, `trustee 2`.
    pub object: String,
    /// The rule that it breaks, in one sentence.
    pub reason: String,
}

impl Refusal {
    /// A refusal under this check.
    pub fn new(check: &'static str, object: impl Into<String>, reason: impl Into<String>) -> Refusal {
        Refusal { check, object: object.into(), reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.object, self.reason, self.check)
    }
}

impl std::error::Error for Refusal {}

/// A request that cannot be carried out: the caller's input is at fault, nothing was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse(pub String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}
