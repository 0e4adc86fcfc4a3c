//! The strong decryption proof: one for each trustee who decrypts, over the whole statement.
//!
//! Belenios' own proofs bind a factor to the election's fingerprint and the trustee's key, each on its own and not to the
//! ciphertext that it decrypts (`H(decrypt|φ|X|A,B)`). This one is a single proof of knowledge of `x` with `X = g^x` and
//! `f_k = α_k^x` for every `k`, whose challenge covers the Setup, the tally, the last shuffle, every ciphertext and factor,
//! the Belenios payload and every commitment. It stands in `<uuid>.strong.json` beside the archive, or as a blob of a book.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};

use crate::checks;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::nonce::Nonces;
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::{self, Ciphertext, Proof};

/// The file `<uuid>.strong.json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct StrongFile<G: Group> {
    /// Of this form: 1.
    pub version: u32,
    /// The election.
    pub election_uuid: String,
    /// One a trustee who decrypts, in the order of the archive.
    pub proofs: Vec<StrongProof<G>>,
}

/// One trustee's proof.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct StrongProof<G: Group> {
    /// The trustee's number, from 1.
    pub owner: usize,
    /// SHA-256 of the Belenios partial decryption that it belongs to.
    pub partial_decryption: Hash,
    /// The challenge `c`.
    pub challenge: G::Scalar,
    /// The response `w − x·c`.
    pub response: G::Scalar,
}

/// What a strong proof is about, every part of it recomputed by whoever verifies.
pub struct Statement<'a, G: Group> {
    /// SHA-256 of the payload of Setup.
    pub setup: Hash,
    /// SHA-256 of `election.json`.
    pub election: Hash,
    /// SHA-256 of the trustees.
    pub trustees: Hash,
    /// The trustee's number, from 1.
    pub owner: usize,
    /// The trustee's key `X`.
    pub public: &'a G::Element,
    /// SHA-256 of the recomputed encrypted tally.
    pub encrypted_tally: Hash,
    /// SHA-256 of the last shuffle, where there is one.
    pub last_shuffle: Option<Hash>,
    /// The final tally, flat: shuffled where its question is mixed.
    pub ciphertexts: &'a [Ciphertext<G>],
    /// The trustee's factors, flat.
    pub factors: &'a [G::Element],
    /// SHA-256 of the Belenios partial decryption.
    pub partial_decryption: Hash,
}

impl<G: Group> Statement<'_, G> {
    /// The hash of the statement and the commitments, reduced. Implements StrongChallenge.
    fn challenge(&self, commitments: &[G::Element]) -> G::Scalar {
        let mut hash = self.begin();
        for commitment in commitments {
            item(&mut hash, commitment.to_string().as_bytes());
        }
        G::Scalar::from_wide(&hash.finalize().into())
    }

    fn begin(&self) -> Sha512 {
        let mut hash = Sha512::new();
        item(&mut hash, b"cabildo/decrypt/v1");
        item(&mut hash, G::NAME.as_bytes());
        item(&mut hash, G::encode(&G::generator()).to_string().as_bytes());
        item(&mut hash, &self.setup.0);
        item(&mut hash, &self.election.0);
        item(&mut hash, &self.trustees.0);
        item(&mut hash, self.owner.to_string().as_bytes());
        item(&mut hash, self.public.to_string().as_bytes());
        item(&mut hash, &self.encrypted_tally.0);
        item(&mut hash, self.last_shuffle.as_ref().map_or(&[], |shuffle| &shuffle.0));
        item(&mut hash, self.ciphertexts.len().to_string().as_bytes());
        for (ciphertext, factor) in self.ciphertexts.iter().zip(self.factors) {
            item(&mut hash, ciphertext.alpha.to_string().as_bytes());
            item(&mut hash, ciphertext.beta.to_string().as_bytes());
            item(&mut hash, factor.to_string().as_bytes());
        }
        item(&mut hash, &self.partial_decryption.0);
        hash
    }

    /// Proves it with the trustee's secret. Implements ProveStrongDecryption.
    pub fn prove(&self, x: &G::Scalar, fresh: &[u8; 32]) -> StrongProof<G> {
        let digest: [u8; 64] = self.begin().finalize().into();
        let mut nonces = Nonces::from_fresh(fresh, &x.to_bytes(), &digest);
        let w = nonces.scalar::<G::Scalar>();
        let mut commitments = vec![G::encode(&G::exp_g(&w))];
        commitments.extend(self.per_ciphertext(|alpha, _| G::exp(alpha, &w)));
        let challenge = self.challenge(&commitments);
        StrongProof {
            owner: self.owner,
            partial_decryption: self.partial_decryption,
            challenge,
            response: *w - *x * challenge,
        }
    }

    /// Verifies it. The factors' membership of the subgroup was shown with the Belenios proofs. Implements
    /// VerifyStrongDecryption.
    pub fn verify(&self, proof: &StrongProof<G>) -> Result<(), Refusal> {
        let refuse =
            |reason: &str| Refusal::new(checks::DECRYPTION, format!("trustee {}", self.owner), reason);
        if proof.owner != self.owner || proof.partial_decryption != self.partial_decryption {
            return Err(refuse("its strong proof belongs to another partial decryption"));
        }
        if self.factors.len() != self.ciphertexts.len() {
            return Err(refuse("it has not one factor for each ciphertext"));
        }
        let pair = Proof::<G> { challenge: proof.challenge, response: proof.response };
        let mut commitments = vec![G::encode(&sigma::commitment(&G::point(self.public), &pair))];
        commitments.extend(self.per_ciphertext(|alpha, factor| {
            G::vartime_exp_two(alpha, &pair.response, factor, &pair.challenge)
        }));
        if self.challenge(&commitments) != proof.challenge {
            return Err(refuse("its strong proof does not hold for this election, tally and key"));
        }
        Ok(())
    }

    fn per_ciphertext(&self, f: impl Fn(&G::Point, &G::Point) -> G::Point + Sync + Send) -> Vec<G::Element> {
        let starts: Vec<usize> = (0..self.ciphertexts.len()).step_by(256).collect();
        let parts = parallel::map(&starts, |from| {
            let range = *from..(*from + 256).min(self.ciphertexts.len());
            let points: Vec<G::Point> = self.ciphertexts[range.clone()]
                .iter()
                .zip(&self.factors[range])
                .map(|(ciphertext, factor)| f(&G::point(&ciphertext.alpha), &G::point(factor)))
                .collect();
            G::encode_all(&points)
        });
        parts.into_iter().flatten().collect()
    }
}

/// One item: its length as eight big-endian bytes, then its bytes.
fn item(hash: &mut Sha512, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
