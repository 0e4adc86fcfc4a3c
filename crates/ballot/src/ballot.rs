//! One ballot: made, read, verified (Belenios specification, section "Ballots").

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::checks;
use crate::credential::Credential;
use crate::election::Election;
use crate::group::{Group, Scalar, subgroup};
use crate::hash::Hash;
use crate::json;
use crate::nonce::Nonces;
use crate::parallel;
use crate::question::claims::{Commitment, Proven};
use crate::question::{Answer, Claims, Context};
use crate::refusal::{Misuse, Refusal};
use crate::sigma::{self, Ciphertext, Proof};

/// A ballot larger than this is refused unread.
pub const MAX_BYTES: usize = 16 << 20;

/// The credential's signature over the ballot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Signature<G: Group> {
    /// Compact base64 of the SHA-256 of the ballot without its signature.
    pub hash: String,
    /// Knowledge of the credential's secret, over that hash.
    pub proof: Proof<G>,
}

/// A ballot's fields before its signature, as they are hashed.
#[derive(Serialize)]
#[serde(bound = "")]
struct Unsigned<'a, G: Group> {
    election_uuid: &'a str,
    election_hash: &'a str,
    credential: &'a G::Element,
    answers: &'a [Answer<G>],
}

/// The same as it is read: each answer waits for its question's kind.
#[derive(Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct Raw<'a, G: Group> {
    election_uuid: String,
    election_hash: String,
    credential: G::Element,
    #[serde(borrow)]
    answers: Vec<&'a RawValue>,
    signature: Signature<G>,
}

/// A ballot that was read for an election: canonical, in the shape of its questions. Nothing is verified yet.
pub struct Ballot<G: Group> {
    /// The voter's public key.
    pub credential: G::Element,
    /// One answer a question.
    pub answers: Vec<Answer<G>>,
    /// The signature.
    pub signature: Signature<G>,
    /// SHA-256 of its bytes: its name in the archive.
    pub hash: Hash,
    signed_hash: String,
}

/// A ballot whose points, signature and proofs were verified for an election. Whether its credential is on the list is
/// for the ballot box to say.
#[non_exhaustive]
#[derive(Clone)]
pub struct VerifiedBallot<G: Group> {
    /// The voter's public key.
    pub credential: G::Element,
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// For each question its ciphertexts in order.
    pub ciphertexts: Vec<Vec<Ciphertext<G>>>,
    /// The election for which it was verified.
    pub(crate) election: Hash,
}

impl<G: Group> Ballot<G> {
    /// The voter's tracker: compact base64 of the hash.
    pub fn tracker(&self) -> String {
        self.hash.compact()
    }

    /// Reads a ballot. Implements ReadBallot.
    pub fn parse(election: &Election<G>, bytes: &[u8]) -> Result<Ballot<G>, Refusal> {
        let hash = Hash::of(bytes);
        let refuse =
            |reason: String| Refusal::new(checks::BALLOT_FORM, format!("ballot {}", hash.compact()), reason);
        if bytes.len() > MAX_BYTES {
            return Err(refuse("it is larger than 16 MiB".into()));
        }
        let raw: Raw<'_, G> = json::parse_loosely(bytes).map_err(|error| refuse(error.to_string()))?;
        if raw.election_uuid != election.description.uuid || raw.election_hash != election.fingerprint {
            return Err(refuse("it was made for another election".into()));
        }
        if raw.answers.len() != election.questions().len() {
            return Err(refuse(format!(
                "it answers {} questions of {}",
                raw.answers.len(),
                election.questions().len()
            )));
        }
        let mut answers = Vec::with_capacity(raw.answers.len());
        for (i, (question, text)) in election.questions().iter().zip(raw.answers).enumerate() {
            let answer = Answer::parse(question, text.get());
            answers.push(answer.map_err(|reason| refuse(format!("question {}: {reason}", i + 1)))?);
        }
        let unsigned = unsigned_json(election, &raw.credential, &answers);
        if signed_json(&unsigned, &raw.signature).as_bytes() != bytes {
            return Err(refuse("it is not in canonical form".into()));
        }
        let signed_hash = Hash::of(unsigned.as_bytes()).compact();
        Ok(Ballot { credential: raw.credential, answers, signature: raw.signature, hash, signed_hash })
    }

    /// For each question its ciphertexts in order.
    pub(crate) fn ciphertexts(&self) -> Vec<Vec<Ciphertext<G>>> {
        self.answers.iter().map(Answer::ciphertexts).collect()
    }

    /// Every element that stands in the ballot: the credential first, then each answer's.
    fn points(&self) -> Vec<G::Point> {
        let answers = self.answers.iter().flat_map(Answer::elements);
        std::iter::once(self.credential).chain(answers).map(|element| G::point(&element)).collect()
    }

    fn refuse_identity(&self) -> Result<(), Refusal> {
        let mut elements =
            std::iter::once(self.credential).chain(self.answers.iter().flat_map(Answer::elements));
        match elements.position(|element| G::is_identity(&G::point(&element))) {
            Some(position) => Err(self.refuse_point(position, "is the identity")),
            None => Ok(()),
        }
    }

    fn refuse_point(&self, position: usize, what: &str) -> Refusal {
        let which = if position == 0 {
            "its credential".to_owned()
        } else {
            format!("element {position} of its answers")
        };
        Refusal::new(checks::BALLOT_POINTS, format!("ballot {}", self.tracker()), format!("{which} {what}"))
    }

    /// Signature and proofs; the points' membership of the subgroup was shown before.
    fn verify_proofs(self, election: &Election<G>) -> Result<VerifiedBallot<G>, Refusal> {
        self.refuse_identity()?;
        let tracker = self.tracker();
        if self.signature.hash != self.signed_hash {
            let reason = "its signature is for other contents";
            return Err(Refusal::new(checks::BALLOT_SIGNATURE, format!("ballot {tracker}"), reason));
        }
        let s0 = format!("{}|{}", election.fingerprint, self.credential);
        let context = Context { election, s0: &s0 };
        let mut claims = Claims::default();
        let proof = &self.signature.proof;
        let commitment = Commitment::of(self.credential, proof);
        claims.add(Proven::Signature, format!("sig|{}", self.signed_hash), [commitment], proof.challenge);
        for (number, (question, answer)) in election.questions().iter().zip(&self.answers).enumerate() {
            answer.claim(&context, number, question, &mut claims);
        }
        claims.settle(election, &tracker)?;
        let ciphertexts = self.ciphertexts();
        let (credential, hash) = (self.credential, self.hash);
        Ok(VerifiedBallot { credential, hash, ciphertexts, election: election.hash })
    }

    /// Verifies one ballot. Implements VerifyBallot.
    pub fn verify(self, election: &Election<G>) -> Result<VerifiedBallot<G>, Refusal> {
        if let Some(position) = self.points().iter().position(|point| !G::in_subgroup(point)) {
            return Err(self.refuse_point(position, "is outside the prime-order subgroup"));
        }
        self.verify_proofs(election)
    }
}

/// Reads and verifies many ballots at once, with the same verdict on each as [`Ballot::parse`] and [`Ballot::verify`] but
/// one subgroup check for all points; `seed` must be fresh. Implements VerifyBallots.
pub fn verify_all<G: Group>(
    election: &Election<G>,
    ballots: &[Vec<u8>],
    seed: &[u8; 32],
) -> Vec<Result<VerifiedBallot<G>, Refusal>> {
    let parsed = parallel::map(ballots, |bytes| Ballot::parse(election, bytes));
    let points: Vec<G::Point> = parsed.iter().flatten().flat_map(Ballot::points).collect();
    let all_inside = subgroup::first_outside::<G>(&points, seed).is_none();
    parallel::map_owned(parsed, |ballot| {
        let ballot = ballot?;
        if all_inside { ballot.verify_proofs(election) } else { ballot.verify(election) }
    })
}

/// Makes a ballot: its JSON, to be cast as it stands. `votes` holds each question's vote in Belenios' plain form (see
/// [`Answer::create`]); `fresh` is 32 bytes of randomness used for nothing else. Implements CastBallot.
pub fn cast<G: Group>(
    election: &Election<G>,
    credential: &Credential,
    votes: &[Zeroizing<Vec<u8>>],
    fresh: &[u8; 32],
) -> Result<String, Misuse> {
    if votes.len() != election.questions().len() {
        return Err(Misuse(format!(
            "{} votes were given for {} questions",
            votes.len(),
            election.questions().len()
        )));
    }
    let secret = credential.secret::<G>(&election.description.uuid);
    let public = G::encode(&G::exp_g(&secret));
    let s0 = format!("{}|{public}", election.fingerprint);
    let mut seed = secret.to_bytes();
    for vote in votes {
        seed.extend_from_slice(&(vote.len() as u64).to_be_bytes());
        seed.extend_from_slice(vote);
    }
    let mut nonces = Nonces::from_fresh(fresh, &seed, s0.as_bytes());
    let context = Context { election, s0: &s0 };
    let mut answers = Vec::with_capacity(votes.len());
    for (question, vote) in election.questions().iter().zip(votes) {
        answers.push(Answer::create(&context, question, vote, &mut nonces)?);
    }
    let unsigned = unsigned_json(election, &public, &answers);
    let hash = Hash::of(unsigned.as_bytes()).compact();
    let proof = sigma::prove::<G>(&format!("sig|{hash}"), &secret, &mut nonces);
    Ok(signed_json(&unsigned, &Signature::<G> { hash, proof }))
}

fn unsigned_json<G: Group>(election: &Election<G>, credential: &G::Element, answers: &[Answer<G>]) -> String {
    json::to_string(&Unsigned {
        election_uuid: &election.description.uuid,
        election_hash: &election.fingerprint,
        credential,
        answers,
    })
}

/// The unsigned object with the signature as its last field.
fn signed_json<G: Group>(unsigned: &str, signature: &Signature<G>) -> String {
    let open = unsigned.strip_suffix('}').unwrap_or(unsigned);
    format!("{open},\"signature\":{}}}", json::to_string(signature))
}
