//! Partial decryptions: each trustee's factors with Belenios' proofs (specification, section "Partial decryptions").

use serde::{Deserialize, Serialize};

use crate::checks;
use crate::election::Election;
use crate::group::{Group, subgroup};
use crate::hash::Hash;
use crate::json;
use crate::nonce::Nonces;
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::{self, Proof};
use crate::tally::{Shaped, TallyShape};

/// The payload: a factor `α^x` for each ciphertext of the final tally, in its shape, with a proof each.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct PartialDecryption<G: Group> {
    /// `α^x`.
    pub decryption_factors: Shaped<G::Element>,
    /// That the factor has the same exponent as the trustee's key.
    pub decryption_proofs: Shaped<Proof<G>>,
}

/// A partial decryption whose proofs were verified.
#[non_exhaustive]
#[derive(Clone)]
pub struct VerifiedDecryption<G: Group> {
    /// The factors, flat, in the order of the final tally's ciphertexts.
    pub factors: Vec<G::Element>,
    /// SHA-256 of the payload.
    pub hash: Hash,
}

/// Decrypts one's part. `alphas` are the first halves of the final tally's ciphertexts, flat, in order; `x` is the
/// trustee's secret and `public` its key. Implements DecryptPartially.
pub fn decrypt<G: Group>(
    election: &Election<G>,
    shape: &TallyShape,
    alphas: &[G::Element],
    x: &G::Scalar,
    public: &G::Element,
    fresh: &[u8; 32],
) -> PartialDecryption<G> {
    let prefix = prefix(election, public);
    let secret = crate::group::Scalar::to_bytes(x);
    let chunks: Vec<(usize, &[G::Element])> = alphas.chunks(256).enumerate().collect();
    let parts = parallel::map(&chunks, |(number, alphas)| {
        let statement = format!("{prefix}|part {number}");
        let mut nonces = Nonces::from_fresh(fresh, &secret, statement.as_bytes());
        let w = nonces.scalars::<G::Scalar>(alphas.len());
        let mut points = Vec::with_capacity(3 * alphas.len());
        for (alpha, w) in alphas.iter().zip(w.iter()) {
            let alpha = G::point(alpha);
            points.extend([G::exp(&alpha, x), G::exp_g(w), G::exp(&alpha, w)]);
        }
        let encoded = G::encode_all(&points);
        encoded
            .chunks(3)
            .zip(w.iter())
            .map(|(encoded, w)| {
                let challenge = sigma::challenge::<G>(&prefix, &encoded[1..]);
                (encoded[0], Proof::<G> { challenge, response: *w - *x * challenge })
            })
            .collect::<Vec<_>>()
    });
    let (factors, proofs): (Vec<_>, Vec<_>) = parts.into_iter().flatten().unzip();
    PartialDecryption { decryption_factors: shape.fill(factors), decryption_proofs: shape.fill(proofs) }
}

/// Reads and verifies the partial decryption of trustee `owner`, whose key is `public`. Implements
/// VerifyPartialDecryption.
pub fn verify<G: Group>(
    election: &Election<G>,
    shape: &TallyShape,
    alphas: &[G::Element],
    owner: usize,
    public: &G::Element,
    bytes: &[u8],
    seed: &[u8; 32],
) -> Result<VerifiedDecryption<G>, Refusal> {
    let refuse =
        |reason: String| Refusal::new(checks::PARTIAL_DECRYPTIONS, format!("trustee {owner}"), reason);
    let decryption: PartialDecryption<G> = json::parse(bytes).map_err(|error| refuse(error.to_string()))?;
    if !shape.fits(&decryption.decryption_factors) || !shape.fits(&decryption.decryption_proofs) {
        return Err(refuse("its factors or proofs are not one for each ciphertext of the tally".into()));
    }
    let factors: Vec<G::Element> = decryption.decryption_factors.into_flat();
    let proofs: Vec<Proof<G>> = decryption.decryption_proofs.into_flat();
    let points: Vec<G::Point> = factors.iter().map(G::point).collect();
    if let Some(at) = subgroup::first_outside::<G>(&points, seed) {
        return Err(refuse(format!("factor {} is outside the prime-order subgroup", at + 1)));
    }
    let prefix = prefix(election, public);
    let key = G::point(public);
    let indices: Vec<usize> = (0..factors.len()).step_by(256).collect();
    let bad = parallel::map(&indices, |from| {
        let range = *from..(*from + 256).min(factors.len());
        let mut commitments = Vec::with_capacity(2 * range.len());
        for i in range.clone() {
            let proof = &proofs[i];
            commitments.push(sigma::commitment(&key, proof));
            commitments.push(G::vartime_exp_two(
                &G::point(&alphas[i]),
                &proof.response,
                &points[i],
                &proof.challenge,
            ));
        }
        let encoded = G::encode_all(&commitments);
        let mut pairs = range.zip(encoded.chunks(2));
        pairs.find(|(i, pair)| sigma::challenge::<G>(&prefix, pair) != proofs[*i].challenge).map(|(i, _)| i)
    });
    if let Some(at) = bad.into_iter().flatten().next() {
        return Err(refuse(format!("factor {} is not proven to be made with its key", at + 1)));
    }
    Ok(VerifiedDecryption { factors, hash: Hash::of(bytes) })
}

/// `decrypt|φ|X`.
fn prefix<G: Group>(election: &Election<G>, public: &G::Element) -> String {
    format!("decrypt|{}|{public}", election.fingerprint)
}
