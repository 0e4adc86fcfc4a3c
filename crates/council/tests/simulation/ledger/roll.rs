//! Who belongs.

use super::{Ledger, Seen};

pub(crate) struct Person {
    pub(crate) on_roll: bool,
    /// None without a device.
    pub(crate) key: Option<String>,
    /// The entry with which they came.
    pub(crate) came: u64,
    pub(crate) votes_from: u64,
    /// Entry and time.
    pub(crate) challenged: Option<(u64, u64)>,
    pub(crate) excluded: Option<Excluded>,
}

pub(crate) struct Excluded {
    pub(crate) entry: u64,
    pub(crate) until: u64,
    pub(crate) appealed: Option<u64>,
    pub(crate) upheld: bool,
}

pub(crate) struct SlipOut {
    pub(crate) key: String,
    pub(crate) until: u64,
}

impl Person {
    pub(crate) fn votes(&self, at: u64) -> bool {
        self.on_roll && self.excluded.is_none() && self.challenged.is_none() && at >= self.votes_from
    }

    /// On the roll, and not excluded.
    pub(crate) fn belongs(&self) -> bool {
        self.on_roll && self.excluded.is_none()
    }

    /// Open to a challenge.
    pub(crate) fn is_new(&self, at: u64) -> bool {
        self.belongs() && self.challenged.is_none() && at < self.votes_from
    }
}

impl Ledger {
    pub(crate) fn person(&self, number: u32) -> Option<&Person> {
        self.people.get(&number).filter(|person| person.on_roll)
    }

    pub(crate) fn votes(&self, number: u32, at: u64) -> bool {
        self.people.get(&number).is_some_and(|person| person.votes(at))
    }

    pub(crate) fn voters(&self, at: u64) -> Vec<u32> {
        self.who(|person| person.votes(at))
    }

    pub(crate) fn who(&self, is: impl Fn(&Person) -> bool) -> Vec<u32> {
        self.people.iter().filter(|(_, person)| is(person)).map(|(number, _)| *number).collect()
    }

    pub(super) fn take_roll(&mut self, seen: &Seen<'_>) {
        let member = seen.person("member");
        match seen.kind {
            "council.founded" => {
                for founder in seen.content["founders"].as_array().into_iter().flatten() {
                    let number = founder["member"].as_u64().unwrap_or_default() as u32;
                    self.comes(number, founder["key"].as_str(), seen.number, 0);
                }
            }
            "member.admitted" | "member.joined" => {
                self.comes(member, Some(seen.text("key")), seen.number, seen.time + self.statutes.challenge);
            }
            "member.enrolled" => self.comes(member, None, seen.number, seen.time + self.statutes.challenge),
            "slips.issued" => {
                for slip in seen.content["slips"].as_array().into_iter().flatten() {
                    let number = slip["member"].as_u64().unwrap_or_default() as u32;
                    let key = slip["key"].as_str().unwrap_or_default().to_owned();
                    self.keys.insert(key.clone(), format!("a slip for {number}"));
                    self.slips.insert(number, SlipOut { key, until: seen.long("until") });
                }
            }
            "member.left" => self.goes(member),
            "challenge.decided" if !seen.is("stays") => self.goes(member),
            "key.replaced" => {
                let key = seen.text("key").to_owned();
                self.keys.insert(key.clone(), member.to_string());
                self.change(member, |person| person.key = Some(key));
            }
            "member.challenged" => {
                let challenge = (seen.number, seen.time);
                self.change(member, |person| person.challenged = Some(challenge));
            }
            "challenge.decided" => self.change(member, |person| {
                person.challenged = None;
                person.votes_from = seen.time;
            }),
            "member.excluded" => {
                let until = seen.time + self.statutes.appeal;
                let entry = seen.number;
                self.change(member, |person| {
                    person.challenged = None;
                    person.excluded = Some(Excluded { entry, until, appealed: None, upheld: false });
                });
            }
            "exclusion.appealed" => self.change(member, |person| {
                person.excluded.iter_mut().for_each(|excluded| excluded.appealed = Some(seen.time));
            }),
            "appeal.decided" => {
                let restored = seen.is("restored");
                self.change(member, |person| match &mut person.excluded {
                    Some(excluded) if !restored => (excluded.appealed, excluded.upheld) = (None, true),
                    _ => person.excluded = None,
                });
            }
            _ => {}
        }
    }

    fn comes(&mut self, number: u32, key: Option<&str>, came: u64, votes_from: u64) {
        if let Some(key) = key {
            self.keys.insert(key.to_owned(), number.to_string());
        }
        let key = key.map(str::to_owned);
        let person = Person { on_roll: true, key, came, votes_from, challenged: None, excluded: None };
        self.people.insert(number, person);
        self.slips.remove(&number);
    }

    fn goes(&mut self, number: u32) {
        self.change(number, |person| {
            person.on_roll = false;
            (person.challenged, person.excluded) = (None, None);
        });
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.get_mut(&number) {
            change(person);
        }
    }
}
