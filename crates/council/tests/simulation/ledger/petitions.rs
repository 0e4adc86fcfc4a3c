//! What members ask for.

use std::collections::BTreeSet;

use super::statutes::Statutes;
use super::{Ledger, Seen};

pub(crate) struct Asked {
    pub(crate) by: u32,
    pub(crate) until: u64,
    pub(crate) needed: usize,
    pub(crate) signed: BTreeSet<u32>,
    statutes: Statutes,
}

impl Ledger {
    /// The petitions that can be signed.
    pub(crate) fn open_petitions(&self, at: u64) -> Vec<u64> {
        self.petitions.iter().filter(|(_, asked)| at < asked.until).map(|(id, _)| *id).collect()
    }

    pub(super) fn take_petitions(&mut self, seen: &Seen<'_>) {
        let member = seen.person("member");
        match seen.kind {
            "statutes.proposed" => {
                let voters = self.voters(seen.time).len();
                let share = voters * self.statutes.percent as usize;
                let asked = Asked {
                    by: member,
                    until: seen.time + self.statutes.signing,
                    needed: (share / 100 + usize::from(!share.is_multiple_of(100))).max(1),
                    signed: BTreeSet::new(),
                    statutes: Statutes::read(&seen.content["statutes"]),
                };
                self.petitions.insert(seen.number, asked);
                self.sign(seen.number, [member], seen.time);
            }
            "petition.signed" => self.sign(seen.long("petition"), [member], seen.time),
            "petition.counted" => {
                let members = seen.content["members"].as_array().into_iter().flatten();
                let members = members.filter_map(|member| member.as_u64()).map(|member| member as u32);
                self.sign(seen.long("petition"), members, seen.time);
            }
            "member.left" | "member.excluded" => self.unsign(member),
            "challenge.decided" if !seen.is("stays") => self.unsign(member),
            _ => {}
        }
    }

    fn sign(&mut self, id: u64, members: impl IntoIterator<Item = u32>, at: u64) {
        let Some(asked) = self.petitions.get_mut(&id) else { return };
        asked.signed.extend(members);
        if asked.signed.len() < asked.needed {
            return;
        }
        if let Some(asked) = self.petitions.remove(&id) {
            self.statutes = asked.statutes;
            self.amended += 1;
            self.arrange(at);
        }
    }

    fn unsign(&mut self, member: u32) {
        for asked in self.petitions.values_mut() {
            asked.signed.remove(&member);
        }
    }
}
