//! `clerk.succeeded`: hand-over. Those whom the state names carry the book on with a new clerk, in the next epoch, on the
//! same leaves. The new clerk records this very entry.
//!
//! Who is excluded signs it, too, until their appeal is decided or the time for it is over: else whoever keeps the roll and
//! whoever presides could exclude those named, and keep a clerk whom they should name another for.

use book::hash::Hash;
use serde::{Deserialize, Serialize};

use super::{Content, NewClerk, Rule, Ruled, is_new_key, not_excluded};
use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::refusal::Refusal;
use crate::roll::Exclusion;
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

/// Whether an exclusion can still be undone at this time: it can be appealed against, or the appeal waits.
fn is_open(exclusion: &Exclusion, at: u64) -> bool {
    !exclusion.upheld && (exclusion.appealed.is_some() || at < exclusion.appeal_until)
}

/// That no signer's exclusion is final.
fn not_finally_excluded(case: &Case<'_>) -> Result<(), Refusal> {
    let roll = case.state.council.as_ref().map(|council| council.roll());
    let exclusion = |number: u32| roll?.member(number)?.excluded.as_ref();
    let is_final = |number: &u32| exclusion(*number).is_some_and(|there| !is_open(there, case.at));
    not_excluded(case.state, case.signers.iter().filter_map(|signer| signer.number()).filter(is_final))
}

impl Rule for ClerkSucceeded {
    const IS_FOR_EXCLUDED: bool = true;

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
        not_finally_excluded(case)?;
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
