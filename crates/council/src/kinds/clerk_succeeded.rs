//! `clerk.succeeded`: hand-over. Those whom the state names carry the book on with a new clerk, in the next epoch, on the
//! same leaves. The new clerk records this very entry.

use book::hash::Hash;
use serde::{Deserialize, Serialize};

use super::{Content, NewClerk, Rule, Ruled, is_new_key};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::rules::Halt;

/// The content of `clerk.succeeded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClerkSucceeded {
    /// The epoch that begins.
    pub epoch: u32,
    /// How many entries are carried over: the number of this entry.
    pub size: u64,
    /// Their root, base64.
    pub root: String,
    /// The new clerk's key, base64.
    pub clerk: String,
}

impl Content for ClerkSucceeded {
    const KIND: &'static str = "clerk.succeeded";
}

impl Rule for ClerkSucceeded {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let state = case.state;
        let refuse = |object: &str, reason: String| Refusal::author("succession", object, reason);
        if Some(self.epoch) != state.epoch.checked_add(1) {
            let reason = format!("epoch {} does not follow epoch {}", self.epoch, state.epoch);
            return Err(refuse("the epoch", reason).into());
        }
        if self.size != state.size() || Hash::parse(&self.root) != Some(state.root()) {
            let reason = format!(
                "it carries over {} entries, and {} stand before it, or their root is another",
                self.size,
                state.size()
            );
            return Err(refuse("the succession", reason)
                .next("propose it anew from the same entries")
                .into());
        }
        case.named_for_succession()?;
        let key = case.named.read(&self.clerk, "the new clerk")?;
        is_new_key(state, &key, "the new clerk")?;
        let epoch = self.epoch;
        Ok(Ruled {
            effects: Effects::one(Effect::NewClerk { epoch }),
            clerk: Some(NewClerk { key, epoch }),
            change: Box::new(|_| {}),
        })
    }
}
