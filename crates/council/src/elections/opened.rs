//! The box of an election under way, every item verified as it came.
//!
//! What was verified is kept in memory beside the state, and is not part of it: a replica that starts from a snapshot verifies
//! the election's items again, from the blobs that the state names.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use ::ballot::group::Ed25519;
use ::ballot::hash::Hash;
use ::ballot::standing::Standing;
use ::ballot::strong::StrongProof;

use super::batch::{self, Cast};
use super::record::{Election, Opening};
use crate::case::Case;
use crate::kinds::BlobRef;
use crate::refusal::Refusal;
use crate::rules::Halt;

/// A box and where each of its ballots lies.
#[derive(Clone)]
pub(crate) struct OpenBox {
    pub(crate) standing: Standing<Ed25519>,
    /// In which batch, from 0, and which of its bytes.
    places: HashMap<Hash, (usize, usize, usize)>,
}

/// The boxes of the elections under way, by the entry of the call.
#[derive(Default)]
pub(crate) struct Boxes(Mutex<BTreeMap<u64, Arc<OpenBox>>>);

impl Clone for Boxes {
    fn clone(&self) -> Boxes {
        Boxes(Mutex::new(self.lock().clone()))
    }
}

impl Boxes {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<OpenBox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, election: u64, opened: Arc<OpenBox>) {
        self.lock().insert(election, opened);
    }

    /// Keeps the boxes of elections that go on with them.
    pub(crate) fn retain(&self, goes_on: impl Fn(u64) -> bool) {
        self.lock().retain(|election, _| goes_on(*election));
    }
}

fn refuse(refusal: ballot::refusal::Refusal) -> Refusal {
    Refusal::author("ballot", refusal.object, refusal.reason)
}

/// The box of an election whose box was opened.
pub(crate) fn of(case: &Case<'_>, id: u64, election: &Election) -> Result<Arc<OpenBox>, Halt> {
    if let Some(opened) = case.state.boxes.lock().get(&id) {
        return Ok(Arc::clone(opened));
    }
    let opened = Arc::new(again(case, election)?);
    case.state.boxes.put(id, Arc::clone(&opened));
    Ok(opened)
}

/// A new box, from the material of its opening.
pub(crate) fn begin(case: &Case<'_>, opening: &Opening) -> Result<OpenBox, Halt> {
    let election = case.blob(&opening.election)?;
    let trustees = case.blob(&opening.team.trustees)?;
    let credentials = case.blob(&opening.credentials)?;
    let standing =
        Standing::begin(&election, &trustees, &credentials, &case.beside.fresh()).map_err(refuse)?;
    Ok(OpenBox { standing, places: HashMap::new() })
}

/// Verifies everything again that the record names.
fn again(case: &Case<'_>, election: &Election) -> Result<OpenBox, Halt> {
    let opening =
        election.opened.as_ref().ok_or_else(|| super::super::kinds::elections::not_open(election))?;
    let mut opened = begin(case, opening)?;
    for (number, blob) in election.batches.iter().enumerate() {
        let bytes = case.blob(blob)?;
        opened.publish(case, &election.batches[..number], &bytes, None)?;
    }
    if let Some((_, tally)) = &election.closed {
        opened.close(&case.blob(tally)?)?;
    }
    for shuffled in &election.shuffles {
        opened.shuffle(case, shuffled.owner, &case.blob(&shuffled.shuffle)?)?;
    }
    for part in &election.decryptions {
        opened.decrypt(case, part.owner, &case.blob(&part.decryption)?, &case.blob(&part.strong)?)?;
    }
    Ok(opened)
}

impl OpenBox {
    /// Takes a batch whole, or refuses it; `before` are the batches that came before it. How many ballots it has.
    pub(crate) fn publish(
        &mut self,
        case: &Case<'_>,
        before: &[BlobRef],
        bytes: &[u8],
        count: Option<u64>,
    ) -> Result<(), Halt> {
        let wrong = |reason: String| Refusal::clerk("ballot", "the batch", reason);
        let cast = batch::parse(bytes).map_err(wrong)?;
        // What costs little comes first.
        let found = cast.len() as u64;
        if let Some(said) = count.filter(|said| *said != found) {
            return Err(wrong(format!("it has {found} ballots, and the entry says {said}")).into());
        }
        for one in &cast {
            // Bytes that came back could be turned round with the proofs that were given for them before.
            if self.places.contains_key(&one.hash) {
                let object = format!("ballot {}", one.hash.compact());
                return Err(Refusal::clerk("ballot", object, "it is in the box already").into());
            }
        }
        let ballots: Vec<Vec<u8>> = cast.iter().map(|cast| cast.ballot.clone()).collect();
        let verified = self.standing.verify(&ballots, &case.beside.fresh());
        let verified = verified.map_err(|(_, refusal)| by_clerk(refusal))?;
        let mut at = 0;
        let mut seen = std::collections::HashSet::new();
        for (one, ballot) in cast.iter().zip(&verified) {
            if !seen.insert(ballot.credential.to_string()) {
                return Err(wrong("two of its ballots are by one credential".into()).into());
            }
            let last = self.standing.last_of(&ballot.credential);
            self.follows(one, last.as_ref(), &ballot.credential)?;
            let replaced = last.map(|last| self.find(case, before, bytes, &last)).transpose()?;
            let taken = self.standing.accept(ballot, one.ballot.len(), replaced.as_deref());
            taken.map_err(by_clerk)?;
            // `{"ballot":` stands before the ballot's own bytes.
            self.places.insert(one.hash, (before.len(), at + 10, one.ballot.len()));
            at += one.line().len() + 1;
        }
        Ok(())
    }

    /// Whether this ballot was published.
    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.places.contains_key(hash)
    }

    /// That a voter's first ballot replaces none, and a later one the one before, by the credential's own word.
    pub(crate) fn follows(
        &self,
        cast: &Cast,
        last: Option<&Hash>,
        credential: &<Ed25519 as ballot::group::Group>::Element,
    ) -> Result<(), Refusal> {
        let object = format!("ballot {}", cast.hash.compact());
        let wrong = |reason: &str| Refusal::clerk("ballot", object.clone(), reason);
        match (last, &cast.replaces) {
            (None, None) => Ok(()),
            (Some(last), Some(replaces)) if *last == replaces.ballot => ballot::revote::verify(
                self.standing.election(),
                credential,
                &replaces.ballot,
                &cast.hash,
                &replaces.proof,
            )
            .map_err(by_clerk),
            (None, Some(_)) => Err(wrong("it replaces a ballot, and its credential has cast none")),
            (Some(_), _) => {
                Err(wrong("it does not name the last ballot of its credential as the one it replaces"))
            }
        }
    }

    /// The bytes of a ballot that was taken before.
    fn find(&self, case: &Case<'_>, before: &[BlobRef], now: &[u8], hash: &Hash) -> Result<Vec<u8>, Halt> {
        let lost = || Refusal::clerk("ballot", format!("ballot {}", hash.compact()), "it is not found again");
        let (batch, from, length) = *self.places.get(hash).ok_or_else(lost)?;
        let of_now = || Some(now.to_vec());
        let bytes = match before.get(batch) {
            Some(blob) => Some(case.blob(blob)?),
            None => of_now(),
        };
        let bytes = bytes.as_deref().and_then(|bytes| bytes.get(from..from + length));
        Ok(bytes.ok_or_else(lost)?.to_vec())
    }

    /// Takes the encrypted tally, which must be the recomputed one.
    pub(crate) fn close(&mut self, tally: &[u8]) -> Result<(), Halt> {
        Ok(self.standing.end_ballots(tally).map_err(refuse)?)
    }

    pub(crate) fn shuffle(&mut self, case: &Case<'_>, owner: usize, bytes: &[u8]) -> Result<(), Halt> {
        let taken = self.standing.add_shuffle(owner, bytes, &case.beside.fresh());
        Ok(taken.map_err(|rejected| rejected_by(owner, &rejected))?)
    }

    pub(crate) fn decrypt(
        &mut self,
        case: &Case<'_>,
        owner: usize,
        bytes: &[u8],
        strong: &[u8],
    ) -> Result<(), Halt> {
        let wrong = |reason: String| {
            Refusal::author("ballot", format!("the strong proof of trustee {owner}"), reason)
        };
        let strong: StrongProof<Ed25519> =
            ballot::json::parse(strong).map_err(|error| wrong(error.to_string()))?;
        if strong.owner != owner {
            return Err(wrong(format!("it is that of trustee {}", strong.owner)).into());
        }
        let taken = self.standing.add_decryption(owner, bytes, Some(strong), &case.beside.fresh());
        Ok(taken.map_err(|rejected| rejected_by(owner, &rejected))?)
    }
}

fn by_clerk(refusal: ballot::refusal::Refusal) -> Refusal {
    Refusal::clerk("ballot", refusal.object, refusal.reason)
}

fn rejected_by(owner: usize, rejected: &ballot::trustee::ceremony::Rejected) -> Refusal {
    Refusal::author("ballot", format!("the part of trustee {owner}"), rejected.to_string())
}
