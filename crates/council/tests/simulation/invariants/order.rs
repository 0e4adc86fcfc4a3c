//! Time, counts, the clerk, private bodies.

use super::{Held, View, must};
use crate::ledger::{Ledger, Seen};

pub(super) fn allows(ledger: &Ledger, seen: &Seen<'_>) -> Held {
    must(seen.time >= ledger.time, || format!("at {}, and it was {} already", seen.time, ledger.time))?;
    must(seen.number == ledger.size, || "it has another number".into())?;
    match seen.kind {
        "council.founded" => must(seen.number == 0, || "a book is founded once".into()),
        "clerk.succeeded" => {
            must(seen.long("epoch") == ledger.clerks.len() as u64, || "an epoch is left out".into())?;
            must(seen.long("size") == ledger.size, || "entries are left out".into())
        }
        "body.erased" => {
            let (entry, author) = ledger.bodies.get(seen.text("body")).ok_or("there is no such body")?;
            must(*entry == seen.long("entry"), || "it stands elsewhere".into())?;
            let signer = &seen.by[0];
            let keeps = signer.capacity.as_ref().is_some_and(|office| ledger.statutes.has(office, "minutes"));
            must(keeps || signer.number() == Some(*author), || "somebody else's body".into())
        }
        "remark.made" => {
            must(seen.content["body"].as_str().is_none_or(|body| !ledger.bodies.contains_key(body)), || {
                "two bodies with one commitment".into()
            })
        }
        _ => Ok(()),
    }
}

pub(super) fn holds(view: &View<'_>) -> Held {
    let View { ledger, state, .. } = view;
    must(state.size() == ledger.size, || format!("{} entries, {} read", ledger.size, state.size()))?;
    must(state.voids() == ledger.voids, || format!("{} void, {} counted", ledger.voids, state.voids()))?;
    must(state.time() == ledger.time, || "the time is another".into())?;
    must(state.epoch() as usize + 1 == ledger.clerks.len(), || "the epoch is another".into())?;
    let clerk = state.clerk().map(|key| key.base64());
    must(clerk.as_ref() == ledger.clerks.last(), || "the clerk is another".into())
}
