//! The second door: a standing that begins with the payloads of Setup and takes ballots, the close and the result one by
//! one, each verified as the audit verifies it. Shuffles and decryptions come in as trustees' do.

use std::collections::{BTreeMap, BTreeSet};

use super::{NoResult, Standing, add_up};
use crate::archive::{EventType, Head, SetupData};
use crate::ballot::{self, Ballot, VerifiedBallot};
use crate::ballot_box::{BallotBox, Position};
use crate::checks;
use crate::election::Election;
use crate::group::Group;
use crate::hash::Hash;
use crate::refusal::Refusal;
use crate::result::ElectionResult;
use crate::shuffle::Generators;
use crate::sigma::Ciphertext;
use crate::trustee;

impl<G: Group> Standing<G> {
    /// Begins with the payloads of Setup, verified. `seed` is 32 fresh random bytes.
    ///
    /// # Errors
    /// The first refusal, under the checks `election`, `trustees` or `credentials`.
    pub fn begin(
        election: &[u8],
        trustees: &[u8],
        credentials: &[u8],
        seed: &[u8; 32],
    ) -> Result<Standing<G>, Refusal> {
        let setup = SetupData::of(election, trustees, credentials);
        let election = Election::<G>::parse(election)
            .map_err(|reason| Refusal::new(checks::ELECTION, "election.json", reason))?;
        let trustees = trustee::read_verified::<G>(trustees).map_err(|refusals| {
            let first = refusals.into_iter().next();
            first.unwrap_or_else(|| {
                Refusal::new(checks::TRUSTEES, "trustees", "the list could not be verified")
            })
        })?;
        trustees.check_key(&election)?;
        let box_ = BallotBox::open(&election, credentials, seed)?;
        Ok(Standing {
            head: Head { timestamp: 0, parent: None, height: 0 },
            last: EventType::Setup,
            setup: setup.hash(),
            trustees_hash: setup.trustees,
            election,
            trustees,
            box_,
            closed: None,
            mixers: BTreeSet::new(),
            generators: Generators::new(),
            decryptions: BTreeMap::new(),
            strong: Vec::new(),
        })
    }

    /// Reads and verifies ballots without taking them; whether their credentials are on the list is for
    /// [`Standing::may_accept`]. `seed` is 32 fresh random bytes.
    ///
    /// # Errors
    /// The first refusal, with its place in the list.
    pub fn verify(
        &self,
        ballots: &[Vec<u8>],
        seed: &[u8; 32],
    ) -> Result<Vec<VerifiedBallot<G>>, (usize, Refusal)> {
        let verdicts = ballot::verify_all(&self.election, ballots, seed).into_iter().enumerate();
        verdicts.map(|(place, verdict)| verdict.map_err(|refusal| (place, refusal))).collect()
    }

    /// SHA-256 of the ballot that this credential cast last, if any.
    pub fn last_of(&self, credential: &G::Element) -> Option<Hash> {
        self.box_.last_of(credential).map(|position| position.hash)
    }

    /// Whether this credential is on the list.
    pub fn is_listed(&self, credential: &G::Element) -> bool {
        self.box_.is_listed(credential)
    }

    /// Whether [`Standing::accept`] would take the ballot as things stand, so that a whole batch can be refused before
    /// anything changes. (What an earlier ballot of the same batch would change, it does not see.)
    ///
    /// # Errors
    /// Those of [`Standing::accept`].
    pub fn may_accept(&self, ballot: &VerifiedBallot<G>, replaced: Option<&[u8]>) -> Result<(), Refusal> {
        self.check_accept(ballot, replaced).map(|_| ())
    }

    /// Takes a verified ballot of `size` bytes in place of the one that its credential cast last, whose bytes are
    /// `replaced`.
    ///
    /// # Errors
    /// A refusal: the box is closed, the ballot is of another election, its credential is not on the list, it was cast
    /// before, or `replaced` are other bytes than those of the ballot at [`Standing::last_of`]. Nothing has changed then.
    pub fn accept(
        &mut self,
        ballot: &VerifiedBallot<G>,
        size: usize,
        replaced: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let replaced = self.check_accept(ballot, replaced)?;
        let position = Position { offset: 0, size, hash: ballot.hash };
        self.box_.accept(ballot, position, replaced.as_deref())?;
        self.last = EventType::Ballot;
        Ok(())
    }

    /// What a ballot would take out of the sum, where it may be accepted.
    fn check_accept(
        &self,
        ballot: &VerifiedBallot<G>,
        replaced: Option<&[u8]>,
    ) -> Result<Option<Vec<Vec<Ciphertext<G>>>>, Refusal> {
        let refuse = |check, reason| Refusal::new(check, format!("ballot {}", ballot.hash.compact()), reason);
        if self.closed.is_some() {
            return Err(refuse(checks::EVENTS, "the election's ballots are closed already"));
        }
        if ballot.election != self.election.hash {
            return Err(refuse(checks::BALLOT_FORM, "it was made for another election"));
        }
        self.box_.check(ballot)?;
        match (self.last_of(&ballot.credential), replaced) {
            (None, None) => Ok(None),
            (Some(last), Some(bytes)) if Hash::of(bytes) == last => {
                Ballot::parse(&self.election, bytes).map(|replaced| Some(replaced.ciphertexts()))
            }
            (Some(_), Some(_)) => {
                let reason =
                    "the bytes at hand of the ballot that it replaces are not those of its credential's last";
                Err(refuse(checks::BALLOT_REPLACED, reason))
            }
            (Some(_), None) => {
                Err(refuse(checks::BALLOT_REPLACED, "the ballot that it replaces is not at hand"))
            }
            (None, Some(_)) => Err(refuse(
                checks::BALLOT_REPLACED,
                "its credential has cast no ballot that it could replace",
            )),
        }
    }

    /// Takes the close: `tally` must be, byte for byte, the JSON that [`Standing::close`] gives.
    ///
    /// # Errors
    /// A refusal: the box is closed already, or it is not the sum. Nothing has changed then.
    pub fn end_ballots(&mut self, tally: &[u8]) -> Result<(), Refusal> {
        let refuse = |check, reason| Err(Refusal::new(check, "encrypted tally", reason));
        if self.closed.is_some() {
            return refuse(checks::EVENTS, "the election's ballots are closed already");
        }
        let (recomputed, closed) = add_up(&self.election, &self.box_);
        if recomputed.tally.as_bytes() != tally {
            return refuse(checks::ENCRYPTED_TALLY, "it is not the sum of the ballots that count");
        }
        self.closed = Some(closed);
        self.last = EventType::EncryptedTally;
        Ok(())
    }

    /// Takes a result once it is confirmed to be the one that the parts at hand give: the audit's check `result`.
    ///
    /// # Errors
    /// It is too early or there is one, trustees are missing, or it is another. Nothing has changed then.
    pub fn take_result(&mut self, bytes: &[u8]) -> Result<ElectionResult, NoResult> {
        let (closed, combined) = self.parts()?;
        let confirmed = closed.confirm(&self.election, &combined, bytes).map_err(NoResult::Refused)?;
        self.last = EventType::Result;
        Ok(confirmed)
    }
}
