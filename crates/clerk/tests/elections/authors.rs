//! Those who write an election's entries, beside a clerk who records them: the same book twice, byte for byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ballot::credential::Enrolled;
use ballot::group::Ed25519;
use ballot::setup::credential_list;
use book::checkpoint::Checkpoint;
use book::entry::Entry;
use book::hash::Hash;
use clerk::{HighWater, MarkError, Submission};
use council::elections::enrolment::Enrolment;
use council::elections::matching::Matching;
use council::kinds::elections::CredentialsListed;
use store::Store;

use super::hall::{Hall, SCRUTINEERS, hall};
use super::support::{allowed, keys};

/// The salt of the scrutineers.
pub(crate) const SALT: [u8; 32] = [9; 32];

/// Everybody but the clerk.
pub(crate) struct Authors {
    pub(crate) hall: Hall,
    pub(crate) id: u64,
    pub(crate) uuid: String,
}

/// A record of the largest signed checkpoint in memory.
#[derive(Clone, Default)]
pub(crate) struct Mark(Arc<Mutex<Option<Checkpoint>>>);

impl HighWater for Mark {
    fn load(&mut self) -> Result<Option<Checkpoint>, MarkError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn store(&mut self, signed: &Checkpoint) -> Result<(), MarkError> {
        *self.0.lock().unwrap() = Some(signed.clone());
        Ok(())
    }
}

impl Authors {
    /// A council of so many, who elect two spokespeople among three: the roll is frozen.
    pub(crate) fn frozen(members: u32) -> Authors {
        let mut hall = hall(members, |_| {});
        let id = hall.call("spokesperson", 2);
        for member in [6, 7, 9] {
            hall.stand(id, member);
        }
        hall.freeze(id);
        let uuid = hall.election(id).uuid;
        Authors { hall, id, uuid }
    }

    /// What the clerk is handed of the entries from this one on: each with the time at which it is recorded.
    pub(crate) fn submissions(&self, from: u64) -> Vec<(Submission, u64)> {
        let entries = self.hall.scribe.entries[from as usize..].iter();
        let submission = |bytes: &Vec<u8>| {
            let entry = Entry::parse(bytes).unwrap();
            let time = entry.time();
            let note = entry.into_proposal().to_bytes();
            let text = String::from_utf8(note.clone()).unwrap();
            let named = self.hall.scribe.blobs.iter().filter(|(hash, _)| text.contains(&hash.hex()));
            let blobs = named.map(|(_, blob)| blob.clone()).collect();
            (Submission { note, blobs, bodies: Vec::new() }, time)
        };
        entries.map(submission).collect()
    }

    /// Takes over what the clerk has recorded itself.
    pub(crate) fn adopt(&mut self, store: &mut dyn Store) -> u64 {
        let book = self.hall.scribe.book();
        let from = self.hall.scribe.size();
        let entries = store.entries(&book.0, from, 1000).unwrap();
        for hash in store.blobs(&book.0).unwrap() {
            let blob = store.blob(&book.0, &hash).unwrap().unwrap();
            self.hall.scribe.blobs.insert(Hash(hash), blob);
        }
        for bytes in &entries {
            let time = Entry::parse(bytes).unwrap().time();
            self.hall.scribe.time = self.hall.scribe.time.max(time);
            let verdict = self.hall.scribe.append(bytes.clone()).unwrap();
            assert!(matches!(verdict, council::Verdict::Applied(_)), "{verdict:?}");
        }
        entries.len() as u64
    }

    pub(crate) fn enrolment(&self, member: u32, fresh: &str) -> Enrolment {
        let credential = self.hall.credential(self.id, member);
        let (book, fresh) = (self.hall.scribe.book(), keys::seed(fresh));
        Enrolment::sign(&book, &self.uuid, member, &credential, &keys::member(member), &fresh)
    }

    /// The scrutineers match what phones handed in with the roll, and sign the lists.
    pub(crate) fn list(&mut self, enrolments: &[Enrolment], slips: &[u32]) {
        let state = &self.hall.scribe.state;
        enrolments.iter().for_each(|enrolment| assert_eq!(enrolment.holds(state), Ok(self.id)));
        let frozen = self.hall.election(self.id).frozen.unwrap();
        let enrolled = enrolments.iter().map(|enrolment| (enrolment.member(), enrolment.credential()));
        let book = self.hall.scribe.book();
        let matching = Matching::new(&book, &self.uuid, &frozen, enrolled, slips.iter().copied()).unwrap();
        let key = |member: &u32| Enrolled {
            key: self.hall.credential(self.id, *member).public::<Ed25519>(&self.uuid),
            weight: 1,
        };
        let printed = credential_list::<Ed25519>(slips.iter().map(key).collect()).unwrap();
        self.hall.scribe.time = self.hall.scribe.time.max(frozen.enrol_until);
        let content = CredentialsListed {
            election: self.id,
            phones: self.hall.blob(matching.phones_list().unwrap().as_bytes()),
            slips: self.hall.blob(printed.as_bytes()),
            matched: matching.commitment(&SALT).hex(),
        };
        allowed(&mut self.hall.scribe, SCRUTINEERS, &content);
    }

    pub(crate) fn until(&self) -> u64 {
        self.hall.election(self.id).opened.unwrap().until
    }

    /// Which batches hold which ballots, by hash.
    pub(crate) fn published(&self) -> BTreeMap<[u8; 32], Vec<usize>> {
        let mut all: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
        for (number, blob) in self.hall.election(self.id).batches.iter().enumerate() {
            for cast in council::elections::batch::parse(&self.hall.bytes(blob)).unwrap() {
                all.entry(cast.hash.0).or_default().push(number);
            }
        }
        all
    }
}
