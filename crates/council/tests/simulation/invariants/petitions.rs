//! Petitions take effect exactly at their threshold, with the signatures of members with a vote, each once.

use super::{Held, View, must};
use crate::ledger::{Ledger, Seen};

pub(super) fn allows(ledger: &Ledger, seen: &Seen<'_>) -> Held {
    let (member, at) = (seen.person("member"), seen.time);
    let open = || {
        let asked = ledger.petitions.get(&seen.long("petition")).ok_or("there is no such petition")?;
        must(at < asked.until, || "its time is over".into())?;
        Ok::<_, String>(asked)
    };
    match seen.kind {
        "statutes.proposed" => {
            let own = ledger.petitions.values().filter(|asked| asked.by == member && at < asked.until);
            let own = own.count();
            must(own < 3, || format!("{member} has {own} open"))?;
            must(seen.content["statutes"].to_string().as_str() != ledger.statutes.line.as_str(), || {
                "they are in force".into()
            })
        }
        "petition.signed" => must(!open()?.signed.contains(&member), || format!("{member} signs twice")),
        "petition.counted" => open().map(drop),
        _ => Ok(()),
    }
}

pub(super) fn holds(view: &View<'_>) -> Held {
    let View { ledger, state, at } = view;
    let statutes = serde_json::to_string(&state.statutes()).map_err(|error| error.to_string())?;
    must(statutes == ledger.statutes.line, || {
        format!("in force: {statutes}, by the entries {}", ledger.statutes.line)
    })?;
    let council = view.council()?;
    let mut there = 0;
    for (entry, petition) in council.petitions() {
        let asked =
            ledger.petitions.get(&entry).ok_or_else(|| format!("the petition {entry} is not open"))?;
        let says = (petition.by, petition.until, petition.needed as usize);
        let knows = (asked.by, asked.until, asked.needed);
        must(says == knows, || format!("the petition {entry}: {says:?}, {knows:?} by the entries"))?;
        must(petition.signed == asked.signed, || format!("others signed the petition {entry}"))?;
        must(asked.signed.len() < asked.needed, || format!("the petition {entry} has enough and is open"))?;
        there += usize::from(*at < asked.until);
    }
    let open = ledger.open_petitions(*at).len();
    must(there == open, || format!("{there} petitions are open, {open} by the entries"))
}
