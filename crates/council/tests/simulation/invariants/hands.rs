//! By whose hands: everybody who signs is who they say, holds the office in whose name they sign, and is asked by the rule.

use book::entry::Signer;

use super::{Held, must};
use crate::ledger::roll::Excluded;
use crate::ledger::statutes::Filling;
use crate::ledger::{Ledger, Seen};

/// Kinds that bring a key for their `member`.
const BRING_A_KEY: [&str; 4] = ["council.founded", "member.admitted", "member.joined", "key.replaced"];

struct Hands<'a> {
    ledger: &'a Ledger,
    seen: &'a Seen<'a>,
}

pub(super) fn allows(ledger: &Ledger, seen: &Seen<'_>) -> Held {
    let hands = Hands { ledger, seen };
    seen.by.iter().try_for_each(|signer| hands.is_who_they_say(signer))?;
    let member = seen.person("member");
    let brings = |kind| {
        let last = seen.by.last();
        must(last == Some(&Signer::member(member)), || format!("{kind} without the member's own line"))
    };
    match seen.kind {
        "member.admitted" => {
            brings("an admission")?;
            hands.admitters(1)
        }
        "member.enrolled" => {
            let vouchers = seen.by.len() - 2;
            hands.two("scrutiny", "scrutiny", vouchers)?;
            hands.admitters(2)
        }
        "slips.issued" => hands.admitters(0),
        "member.joined" => {
            let by: Vec<&str> = seen.by.iter().map(|signer| signer.name.as_str()).collect();
            must(by == ["slip", &member.to_string()], || "not by the slip".into())
        }
        "member.challenged" => hands.acts(seen.person("by")),
        "member.left" | "exclusion.appealed" | "office.resigned" | "statutes.proposed"
        | "petition.signed" => hands.acts(member),
        "challenge.decided" | "appeal.decided" | "acting.named" => hands.two("presiding", "minutes", 0),
        "member.excluded" => {
            must(seen.by.iter().all(|signer| signer.number() != Some(member)), || "by themselves".into())?;
            hands.two("roll", "presiding", 0)
        }
        "key.replaced" => {
            brings("a key")?;
            let hands = Hands { seen: &Seen { by: &seen.by[..2], ..*seen }, ledger };
            hands.two("roll", "scrutiny", 0)
        }
        "office.appointed" => {
            brings("an appointment")?;
            let article = ledger.statutes.article(seen.text("office")).ok_or("no such office")?;
            let Filling::Appointment { by, .. } = &article.filling else {
                return Err("it is elected".into());
            };
            must(seen.by.len() == 2 && seen.by[0].capacity.as_ref() == Some(by), || {
                "not by who appoints".into()
            })
        }
        "appointment.confirmed" => {
            let waiting = ledger.offices.waiting.get(&seen.long("appointment")).ok_or("none waits")?;
            let article = ledger.statutes.article(&waiting.office).ok_or("no such office")?;
            let Filling::Appointment { confirmed_by, .. } = &article.filling else {
                return Err("it is elected".into());
            };
            let [one] = seen.by else { return Err("not by one".into()) };
            must(one.capacity == *confirmed_by && one.capacity.is_some(), || "not by who confirms".into())?;
            let own = one.number() == Some(waiting.member) || one.number() == Some(waiting.by);
            must(!own, || "by one who appointed or is appointed".into())
        }
        "petition.counted" => hands.two("scrutiny", "scrutiny", 0),
        "clerk.succeeded" => {
            let (among, needed) = &ledger.succession;
            let named = |signer: &Signer| signer.number().is_some_and(|number| among.contains(&number));
            must(seen.by.iter().all(named) && seen.by.len() as u64 >= *needed, || "not by a majority".into())
        }
        "remark.made" | "body.erased" => must(seen.by.len() == 1, || "not by one".into()),
        "council.founded" => Ok(()),
        other => Err(format!("this test has no rule for {other}")),
    }
}

impl Hands<'_> {
    fn is_who_they_say(&self, signer: &Signer) -> Held {
        let Hands { ledger, seen } = self;
        let Some(number) = signer.number() else {
            return must(seen.kind == "member.joined" && signer.name == "slip", || {
                format!("{signer} is nobody")
            });
        };
        if !BRING_A_KEY.contains(&seen.kind) || number != seen.person("member") && seen.number > 0 {
            let person = ledger.person(number).ok_or_else(|| format!("{signer} is not on the roll"))?;
            must(person.key.is_some(), || format!("{signer} has no key"))?;
        }
        if let Some(person) = ledger.person(number) {
            let appeals = seen.kind == "exclusion.appealed";
            // An exclusion that can still be appealed against, or is, keeps nobody from handing the book over.
            let hands_over = seen.kind == "clerk.succeeded";
            let is_open = |out: &Excluded| !out.upheld && (out.appealed.is_some() || seen.time < out.until);
            let may = |out: &Excluded| appeals || hands_over && is_open(out);
            must(person.excluded.as_ref().is_none_or(may), || format!("{signer} is excluded"))?;
        }
        let Some(office) = &signer.capacity else { return Ok(()) };
        must(ledger.speakers(office, seen.time).contains(&number), || format!("{signer}: they are not"))
    }

    fn has(&self, signer: &Signer, power: &str) -> bool {
        signer.capacity.as_ref().is_some_and(|office| self.ledger.statutes.has(office, power))
    }

    /// Exactly two people, from this place on, with these powers.
    fn two(&self, first: &str, second: &str, from: usize) -> Held {
        let is_so = match &self.seen.by[from..] {
            [one, other] => one.name != other.name && self.has(one, first) && self.has(other, second),
            _ => false,
        };
        must(is_so, || format!("not by two with {first} and {second}"))
    }

    /// A member themselves; for one without a device two scrutineers.
    fn acts(&self, member: u32) -> Held {
        let person = self.ledger.person(member).ok_or_else(|| format!("{member} is not on the roll"))?;
        let excluded = person.excluded.is_some() && self.seen.kind != "exclusion.appealed";
        must(!excluded, || format!("{member} is excluded and acts"))?;
        match person.key {
            Some(_) => must(self.seen.by == [Signer::member(member)], || format!("not by {member}")),
            None => self.two("scrutiny", "scrutiny", 0),
        }
    }

    /// Those who admit come first, before so many others.
    fn admitters(&self, others: usize) -> Held {
        let Hands { ledger, seen } = self;
        let (admit, _) = seen.by.split_at(seen.by.len() - others);
        if ledger.statutes.vouchers == 0 {
            return must(admit.len() == 1 && self.has(&admit[0], "roll"), || {
                "nobody with `roll` admits".into()
            });
        }
        let vouches = |signer: &Signer| {
            signer.capacity.is_none() && signer.number().is_some_and(|number| ledger.votes(number, seen.time))
        };
        let enough = admit.len() as u64 == ledger.statutes.vouchers;
        must(enough && admit.iter().all(vouches), || "too few with a vote vouch".into())
    }
}
