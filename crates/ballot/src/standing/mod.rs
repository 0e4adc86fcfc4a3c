//! Where an election stands at the end of an archive that holds so far, and what can be added to it: the close, a shuffle,
//! a partial decryption, the result.
//!
//! Two doors lead to a [`Standing`]: the audit of an archive ([`crate::audit::audit_to_go_on`]), and [`Standing::begin`],
//! for the replica of a minute book that takes each item as it comes. So whoever mixes or decrypts from one works on
//! verified ballots and verified shuffles. What a trustee sends is verified here before it is added, by the checks of the
//! audit.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rand_core::CryptoRng;

use crate::archive::{EventType, Head};
use crate::ballot_box::BallotBox;
use crate::checks;
use crate::decryption::{self, VerifiedDecryption};
use crate::election::Election;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json;
use crate::refusal::{Misuse, Refusal};
use crate::result::{self, ElectionResult};
use crate::shuffle::{self, Generators, MixInput, NotVerified, Shuffle};
use crate::strong::StrongProof;
use crate::trustee::ceremony::Rejected;
use crate::trustee::{NotEnough, PrivateKey, VerifiedTrustees};

mod closed;
mod replica;

pub use closed::Close;
pub(crate) use closed::{Closed, add_up};

/// Where an election stands, every check made.
#[derive(Clone)]
pub struct Standing<G: Group> {
    pub(crate) head: Head,
    pub(crate) last: EventType,
    pub(crate) election: Election<G>,
    pub(crate) setup: Hash,
    pub(crate) trustees_hash: Hash,
    pub(crate) trustees: VerifiedTrustees<G>,
    pub(crate) box_: BallotBox<G>,
    pub(crate) closed: Option<Closed<G>>,
    pub(crate) mixers: BTreeSet<usize>,
    pub(crate) generators: Generators<G>,
    pub(crate) decryptions: BTreeMap<usize, VerifiedDecryption<G>>,
    pub(crate) strong: Vec<StrongProof<G>>,
}

/// One trustee's part of the decryption.
pub struct Part<G: Group> {
    /// The JSON of the partial decryption.
    pub decryption: String,
    /// Its strong proof.
    pub strong: StrongProof<G>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoResult {
    /// It is not the time for it.
    Early(Misuse),
    /// Trustees are missing.
    NotEnough(NotEnough),
    /// The tally does not open.
    Refused(Refusal),
}

impl fmt::Display for NoResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoResult::Early(misuse) => misuse.fmt(f),
            NoResult::NotEnough(lack) => lack.fmt(f),
            NoResult::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for NoResult {}

fn misuse<T>(reason: impl Into<String>) -> Result<T, Misuse> {
    Err(Misuse(reason.into()))
}

impl<G: Group> Standing<G> {
    /// The election.
    pub fn election(&self) -> &Election<G> {
        &self.election
    }

    /// Its trustees.
    pub fn trustees(&self) -> &VerifiedTrustees<G> {
        &self.trustees
    }

    /// What the next event of the archive is chained to. A standing that [`Standing::begin`] made has no archive, and an
    /// empty one's head.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The last event.
    pub fn last(&self) -> EventType {
        self.last
    }

    /// Who has mixed.
    pub fn mixers(&self) -> Vec<usize> {
        self.mixers.iter().copied().collect()
    }

    /// Who has decrypted.
    pub fn decrypted(&self) -> Vec<usize> {
        self.decryptions.keys().copied().collect()
    }

    /// Who has decrypted without a strong proof, where every trustee must have one: in elections of Cabildo.
    pub fn unproven(&self) -> Vec<usize> {
        let proven: BTreeSet<usize> = self.strong.iter().map(|proof| proof.owner).collect();
        let unproven = self.decryptions.keys().filter(|owner| !proven.contains(owner));
        if self.election.is_ours() { unproven.copied().collect() } else { Vec::new() }
    }

    /// The strong proofs that hold.
    pub fn strong(&self) -> &[StrongProof<G>] {
        &self.strong
    }

    /// How many ballots count.
    pub fn num_tallied(&self) -> u64 {
        self.closed.as_ref().map_or_else(|| self.box_.num_tallied(), |closed| closed.num_tallied)
    }

    /// Their weight.
    pub fn total_weight(&self) -> u64 {
        self.closed.as_ref().map_or_else(|| self.box_.total_weight(), |closed| closed.total_weight)
    }

    /// How many credentials are on the list.
    pub fn voters(&self) -> u64 {
        self.box_.voters()
    }

    /// SHA-256 of the payload of Setup, to which strong proofs are bound.
    pub fn setup_hash(&self) -> Hash {
        self.setup
    }

    /// What is mixed or decrypted next: SHA-256 of the last shuffle or, without one, of the encrypted tally.
    pub fn input(&self) -> Option<Hash> {
        self.closed.as_ref().map(|closed| closed.last_shuffle.unwrap_or(closed.tally_hash))
    }

    /// Adds up the ballots that count.
    ///
    /// # Errors
    /// The tally is there already.
    pub fn close(&self) -> Result<Close, Misuse> {
        if self.closed.is_some() {
            return misuse("its ballots are closed and added up already");
        }
        Ok(add_up(&self.election, &self.box_).0)
    }

    fn closed(&self) -> Result<&Closed<G>, Misuse> {
        match &self.closed {
            Some(_) if self.last == EventType::Result => misuse("the election has its result already"),
            Some(closed) => Ok(closed),
            None => misuse("its ballots are not closed yet"),
        }
    }

    fn check_owner(&self, owner: usize) -> Result<&G::Element, Misuse> {
        let trustee = owner.checked_sub(1).and_then(|i| self.trustees.owners().get(i));
        trustee.map(|trustee| &trustee.key).ok_or_else(|| {
            Misuse(format!("there is no trustee {owner}: the election has {}", self.trustees.owners().len()))
        })
    }

    /// Whether this trustee may mix now.
    ///
    /// # Errors
    /// Why not, said of the election: too early, too late, nothing to mix, for the second time.
    pub fn may_mix(&self, owner: usize) -> Result<(), Misuse> {
        self.closed()?;
        self.check_owner(owner)?;
        if !self.election.is_mixed() {
            return misuse("it has no ranked or graded question, so there is nothing to mix: decrypt next");
        }
        if !matches!(self.last, EventType::EncryptedTally | EventType::Shuffle) {
            return misuse("its mixing has ended, for a trustee has decrypted already");
        }
        if self.mixers.contains(&owner) {
            return misuse(format!("trustee {owner} has mixed already, and none mixes twice"));
        }
        Ok(())
    }

    /// Whether this trustee may decrypt now.
    ///
    /// # Errors
    /// Why not, said of the election: too early, not mixed yet, for the second time.
    pub fn may_decrypt(&self, owner: usize) -> Result<(), Misuse> {
        self.closed()?;
        self.check_owner(owner)?;
        if self.election.is_mixed() && self.mixers.is_empty() {
            return misuse(
                "its ranked votes are not mixed yet: at least one trustee mixes before any decrypts",
            );
        }
        if self.decryptions.contains_key(&owner) {
            return misuse(format!("trustee {owner} has decrypted already"));
        }
        Ok(())
    }

    fn mix_input(&self, closed: &Closed<G>) -> MixInput<G> {
        let rows = self.election.questions().iter().zip(&closed.rows);
        // They are those of verified ballots, or of the verified shuffle before.
        MixInput::from_members(
            rows.filter(|(question, _)| question.is_mixed()).map(|(_, row)| row.clone()).collect(),
        )
    }

    /// Mixes as this trustee; gives the JSON of the shuffle. `key` only strengthens the nonces.
    ///
    /// # Errors
    /// Those of [`Standing::may_mix`].
    pub fn mix(
        &mut self,
        owner: usize,
        key: &PrivateKey<G>,
        rng: &mut impl CryptoRng,
    ) -> Result<String, Misuse> {
        self.may_mix(owner)?;
        let input = self.mix_input(self.closed()?);
        let secret = key.scalar().to_bytes();
        let made = shuffle::shuffle(&self.election, &mut self.generators, &input, &secret, rng)?;
        Ok(json::to_string(&made))
    }

    /// Verifies a shuffle by this trustee and takes it for the last one. `seed` is 32 fresh random bytes.
    ///
    /// # Errors
    /// Those of [`Standing::may_mix`]; a refusal where the shuffle does not hold. Nothing has changed then.
    pub fn add_shuffle(&mut self, owner: usize, bytes: &[u8], seed: &[u8; 32]) -> Result<(), Rejected> {
        self.may_mix(owner)?;
        let object = format!("shuffle by trustee {owner}");
        let made: Shuffle<G> = json::parse(bytes)
            .map_err(|error| Rejected::Refused(Refusal::new(checks::SHUFFLES, &object, error.to_string())))?;
        let input = self.mix_input(self.closed()?);
        let verified = shuffle::verify(&self.election, &mut self.generators, &input, made, seed);
        let verified = verified.map_err(|error| match error {
            NotVerified::Refused(refusal) => Rejected::Refused(Refusal::new(
                refusal.check,
                format!("{object}, {}", refusal.object),
                refusal.reason,
            )),
            internal => Rejected::Misuse(Misuse(internal.to_string())),
        })?;
        let mut mixed = verified.into_output().into_questions().into_iter();
        if let Some(closed) = &mut self.closed {
            let rows = self.election.questions().iter().zip(&mut closed.rows);
            for (_, row) in rows.filter(|(question, _)| question.is_mixed()) {
                *row = mixed.next().unwrap_or_default();
            }
            closed.last_shuffle = Some(Hash::of(bytes));
        }
        self.mixers.insert(owner);
        self.last = EventType::Shuffle;
        Ok(())
    }

    /// Decrypts as this trustee. `fresh` are twice 32 random bytes.
    ///
    /// # Errors
    /// Those of [`Standing::may_decrypt`]; the key is not the trustee's.
    pub fn decrypt(
        &self,
        owner: usize,
        key: &PrivateKey<G>,
        fresh: [&[u8; 32]; 2],
    ) -> Result<Part<G>, Misuse> {
        self.may_decrypt(owner)?;
        let (closed, public) = (self.closed()?, self.check_owner(owner)?);
        if key.public() != *public {
            return misuse(format!("this private key is not the one of trustee {owner}"));
        }
        let ciphertexts = closed.flat();
        let alphas: Vec<G::Element> = ciphertexts.iter().map(|ciphertext| ciphertext.alpha).collect();
        let made =
            decryption::decrypt(&self.election, &closed.shape, &alphas, key.scalar(), public, fresh[0]);
        let decryption = json::to_string(&made);
        let factors = made.decryption_factors.into_flat();
        let statement = closed.statement(
            &self.election,
            (self.setup, self.trustees_hash),
            (owner, public),
            &ciphertexts,
            &factors,
            Hash::of(decryption.as_bytes()),
        );
        Ok(Part { strong: statement.prove(key.scalar(), fresh[1]), decryption })
    }

    /// Verifies a partial decryption by this trustee and its strong proof, and takes them. `seed` is 32 fresh random bytes.
    ///
    /// # Errors
    /// Those of [`Standing::may_decrypt`]; no strong proof where the election is of Cabildo; a refusal where a proof does
    /// not hold. Nothing has changed then.
    pub fn add_decryption(
        &mut self,
        owner: usize,
        bytes: &[u8],
        strong: Option<StrongProof<G>>,
        seed: &[u8; 32],
    ) -> Result<(), Rejected> {
        self.may_decrypt(owner)?;
        let (closed, public) = (self.closed()?, self.check_owner(owner)?);
        let ciphertexts = closed.flat();
        let alphas: Vec<G::Element> = ciphertexts.iter().map(|ciphertext| ciphertext.alpha).collect();
        let verified = decryption::verify(&self.election, &closed.shape, &alphas, owner, public, bytes, seed)
            .map_err(Rejected::Refused)?;
        match &strong {
            Some(strong) => {
                let statement = closed.statement(
                    &self.election,
                    (self.setup, self.trustees_hash),
                    (owner, public),
                    &ciphertexts,
                    &verified.factors,
                    verified.hash,
                );
                statement.verify(strong).map_err(Rejected::Refused)?;
            }
            None if self.election.is_ours() => {
                return Err(Misuse(format!("trustee {owner}'s strong proof is missing")).into());
            }
            None => {}
        }
        self.strong.extend(strong);
        self.decryptions.insert(owner, verified);
        self.last = EventType::PartialDecryption;
        Ok(())
    }

    /// What is opened, and the factors of the parts at hand, combined.
    fn parts(&self) -> Result<(&Closed<G>, Vec<G::Point>), NoResult> {
        let closed = self.closed().map_err(NoResult::Early)?;
        if self.election.is_mixed() && self.mixers.is_empty() {
            return Err(NoResult::Early(Misuse("its ranked votes are not mixed yet".into())));
        }
        let parts = self.decryptions.iter().map(|(owner, part)| (*owner, part));
        Ok((closed, self.trustees.combine_parts(parts).map_err(NoResult::NotEnough)?))
    }

    /// Opens the tally with the parts at hand.
    ///
    /// # Errors
    /// It is too early, trustees are missing, or the tally does not open.
    pub fn result(&self) -> Result<ElectionResult, NoResult> {
        let (closed, combined) = self.parts()?;
        let opened = result::open(&closed.flat(), &combined);
        let mixed = usize::try_from(closed.num_tallied).unwrap_or(usize::MAX);
        opened.result(self.election.questions(), mixed, closed.total_weight).map_err(NoResult::Refused)
    }
}
