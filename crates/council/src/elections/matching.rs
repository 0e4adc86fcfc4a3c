//! The scrutineers' work: who enrolled with which credential, and who got a slip, matched one to one with the frozen roll.
//! The book holds the list of credentials, and a commitment to this.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ::ballot::credential::Enrolled;
use ::ballot::group::Ed25519;
use ::ballot::setup::credential_list;
use book::hash::Hash;
use book::id::BookId;

use super::enrolment::Key;
use super::record::Frozen;
use crate::refusal::Refusal;

/// Who has which credential in an election. Whoever has this and the public ballots knows who voted, and never how.
#[derive(Clone)]
pub struct Matching {
    book: BookId,
    uuid: String,
    phones: BTreeMap<u32, Key>,
    slips: BTreeSet<u32>,
}

impl Matching {
    /// Matches those whose phones enrolled, each with its credential, and those who got a slip, with the roll of the
    /// election of this uuid. Which slip somebody got nobody knows.
    ///
    /// # Errors
    /// Somebody is not on the roll, or stands there twice; two have the same credential.
    pub fn new(
        book: &BookId,
        uuid: &str,
        roll: &Frozen,
        enrolled: impl IntoIterator<Item = (u32, Key)>,
        slips: impl IntoIterator<Item = u32>,
    ) -> Result<Matching, Refusal> {
        let (mut phones, mut with_slip, mut keys) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let refuse =
            |member: u32, reason: &str| Refusal::author("credentials", format!("member {member}"), reason);
        let known = |member: u32| match roll.is_voter(member) {
            true => Ok(()),
            false => Err(refuse(member, "they are not on the roll as it was fixed for this election")),
        };
        for (member, key) in enrolled {
            known(member)?;
            if phones.insert(member, key).is_some() {
                return Err(refuse(member, "they are there twice, and nobody gets two credentials"));
            }
            if !keys.insert(key) {
                return Err(refuse(member, "somebody else has the same credential"));
            }
        }
        for member in slips {
            known(member)?;
            if phones.contains_key(&member) || !with_slip.insert(member) {
                return Err(refuse(member, "they are there twice, and nobody gets two credentials"));
            }
        }
        Ok(Matching { book: *book, uuid: uuid.to_owned(), phones, slips: with_slip })
    }

    /// The phones' list of credentials, as `credentials.listed` names it: sorted, so that nothing of who has which is left.
    ///
    /// # Errors
    /// Never: no credential is there twice.
    pub fn phones_list(&self) -> Result<String, Refusal> {
        let enrolled = self.phones.values().map(|key| Enrolled::<Ed25519> { key: *key, weight: 1 });
        credential_list(enrolled.collect())
            .map_err(|misuse| Refusal::author("credentials", "the phones' list", misuse.to_string()))
    }

    /// How many have a phone's credential, and how many a slip.
    pub fn counts(&self) -> (u64, u64) {
        (self.phones.len() as u64, self.slips.len() as u64)
    }

    /// What a scrutineer shows later: a line for each member in the order of their numbers, `member credential` or
    /// `member slip`.
    pub fn lines(&self) -> String {
        let phones = self.phones.iter().map(|(member, key)| (*member, key.to_string()));
        let slips = self.slips.iter().map(|member| (*member, "slip".to_owned()));
        let all: BTreeMap<u32, String> = phones.chain(slips).collect();
        let mut lines = String::new();
        for (member, what) in all {
            let _ = writeln!(lines, "{member} {what}");
        }
        lines
    }

    /// The commitment of `credentials.listed`: SHA-256 over `cabildo/matching/v1`, the book, the uuid, the salt in hexadecimal
    /// digits, each with a newline, and the lines. `salt` is 32 random bytes, which the scrutineers keep.
    pub fn commitment(&self, salt: &[u8; 32]) -> Hash {
        let (book, uuid, salt) = (&self.book, &self.uuid, hex::encode(salt));
        Hash::of(format!("cabildo/matching/v1\n{book}\n{uuid}\n{salt}\n{}", self.lines()).as_bytes())
    }
}
