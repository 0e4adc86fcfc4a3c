//! Who belongs and has a vote; a number and a key belong to one person for ever.

use std::collections::BTreeSet;

use super::{Held, View, must};
use crate::ledger::{Ledger, Seen};

pub(super) fn allows(ledger: &Ledger, seen: &Seen<'_>) -> Held {
    let (member, at) = (seen.person("member"), seen.time);
    let new_number =
        || must(!ledger.people.contains_key(&member), || format!("the number {member} was given before"));
    let new_key = |key: &str| {
        let role = ledger.keys.get(key);
        must(role.is_none(), || format!("the key {key} is that of {}", role.map_or("", String::as_str)))
    };
    let votes = |member: u32| must(ledger.votes(member, at), || format!("{member} has no vote"));
    let person = || ledger.person(member).ok_or_else(|| format!("{member} is not on the roll"));
    match seen.kind {
        "member.admitted" => {
            new_number()?;
            new_key(seen.text("key"))
        }
        "member.enrolled" => new_number(),
        "member.joined" => {
            new_number()?;
            new_key(seen.text("key"))?;
            let slip = ledger.slips.get(&member).ok_or("no slip was issued")?;
            must(at < slip.until, || "the slip is too old".into())
        }
        "slips.issued" => {
            let mut keys = BTreeSet::new();
            for slip in seen.content["slips"].as_array().into_iter().flatten() {
                let number = slip["member"].as_u64().unwrap_or_default() as u32;
                let key = slip["key"].as_str().unwrap_or_default();
                must(!ledger.people.contains_key(&number), || format!("a slip for {number}, who is there"))?;
                new_key(key)?;
                must(keys.insert(key), || "two slips with one key".into())?;
            }
            Ok(())
        }
        "key.replaced" => {
            person()?;
            new_key(seen.text("key"))
        }
        "clerk.succeeded" => new_key(seen.text("clerk")),
        "member.challenged" => {
            votes(seen.person("by"))?;
            must(person()?.is_new(at), || format!("{member} cannot be challenged"))
        }
        "challenge.decided" => must(person()?.challenged.is_some(), || "nobody challenged them".into()),
        "member.excluded" => must(person()?.excluded.is_none(), || "they are excluded already".into()),
        "exclusion.appealed" => {
            let excluded = person()?.excluded.as_ref().ok_or("they are not excluded")?;
            must(at < excluded.until, || "too late".into())?;
            must(excluded.appealed.is_none() && !excluded.upheld, || "a second appeal".into())
        }
        "appeal.decided" => {
            let appealed = person()?.excluded.as_ref().and_then(|excluded| excluded.appealed);
            must(appealed.is_some(), || "there is no appeal".into())
        }
        // Whoever signs a petition or begins one, is appointed or named, has a vote.
        "statutes.proposed" | "petition.signed" | "office.appointed" | "acting.named" => votes(member),
        "petition.counted" => {
            let members = seen.content["members"].as_array().into_iter().flatten();
            members.map(|member| member.as_u64().unwrap_or_default() as u32).try_for_each(votes)
        }
        "appointment.confirmed" if seen.is("confirmed") => {
            let waiting = ledger.offices.waiting.get(&seen.long("appointment")).ok_or("none waits")?;
            votes(waiting.member)
        }
        _ => Ok(()),
    }
}

pub(super) fn holds(view: &View<'_>) -> Held {
    let View { ledger, state, at } = view;
    let roll = view.council()?.roll();
    let (mut there, mut voters) = (0, 0);
    for (number, membership) in roll.members() {
        let person =
            ledger.person(number).ok_or_else(|| format!("{number} is on the roll, nobody knows how"))?;
        there += 1;
        must(membership.since == person.came, || format!("{number} came with another entry"))?;
        must(membership.votes_from == person.votes_from, || {
            format!("{number} has a vote from another time")
        })?;
        let challenged = membership.challenged.map(|challenge| (challenge.entry, challenge.time));
        must(challenged == person.challenged, || format!("{number} challenged: {challenged:?}"))?;
        match (&membership.excluded, &person.excluded) {
            (None, None) => {}
            (Some(one), Some(other)) => {
                let says = (one.entry, one.appeal_until, one.appealed, one.upheld);
                let knows = (other.entry, other.until, other.appealed, other.upheld);
                must(says == knows, || format!("{number} excluded: {says:?}, {knows:?} in the entries"))?;
            }
            (one, _) => return Err(format!("{number} excluded: {}", one.is_some())),
        }
        let key = state.member(number).map(|member| member.key.base64());
        must(key == person.key, || format!("{number} has another key"))?;
        let votes = membership.standing(*at) == council::Standing::Voting;
        must(votes == person.votes(*at), || format!("{number} has a vote: {votes}"))?;
        voters += u64::from(votes);
    }
    let known = ledger.people.values().filter(|person| person.on_roll).count();
    must(there == known, || format!("{there} on the roll, {known} in the entries"))?;
    must(roll.voters(*at) == voters, || format!("{} have a vote, and {voters} do", roll.voters(*at)))?;
    for (number, _) in state.members() {
        must(ledger.person(number).is_some(), || format!("{number} has a key and is not on the roll"))?;
    }
    let slips: Vec<_> = roll.slips().map(|(number, slip)| (number, &slip.key, slip.until)).collect();
    let known: Vec<_> = ledger.slips.iter().map(|(number, slip)| (*number, &slip.key, slip.until)).collect();
    must(slips == known, || format!("slips {slips:?}, {known:?} in the entries"))
}
