//! Σ-protocols made non-interactive by Fiat–Shamir: one pair of challenge and response each.
//!
//! Belenios subtracts: `response = nonce − secret · challenge`, so a verifier recomputes the commitment `g^r · X^c`.

use serde::{Deserialize, Serialize};

use crate::group::Group;
use crate::hash;
use crate::nonce::Nonces;

/// A proof of knowledge, or a signature: the challenge and the response.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Proof<G: Group> {
    /// The Fiat–Shamir challenge `c`.
    pub challenge: G::Scalar,
    /// The response `r = w − x·c`.
    pub response: G::Scalar,
}

/// An ElGamal ciphertext under the key `y`: `(g^r, y^r · m)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Ciphertext<G: Group> {
    /// `g^r`.
    pub alpha: G::Element,
    /// `y^r · m`.
    pub beta: G::Element,
}

impl<G: Group> PartialOrd for Ciphertext<G> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<G: Group> Ord for Ciphertext<G> {
    /// By `alpha`, then `beta`, in the group's order: how Belenios sorts a tally.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.alpha, self.beta).cmp(&(other.alpha, other.beta))
    }
}

/// Proves knowledge of `x` with `X = g^x`; the challenge is `H(prefix | "|" | A)`, and the prefix carries the statement.
pub fn prove<G: Group>(prefix: &str, x: &G::Scalar, nonces: &mut Nonces) -> Proof<G> {
    let w = nonces.scalar::<G::Scalar>();
    let challenge = challenge::<G>(prefix, &[G::encode(&G::exp_g(&w))]);
    Proof { challenge, response: *w - *x * challenge }
}

/// Whether the proof shows knowledge of the logarithm of `public` under this prefix.
pub fn verify<G: Group>(prefix: &str, public: &G::Point, proof: &Proof<G>) -> bool {
    let commitment = G::encode(&commitment(public, proof));
    challenge::<G>(prefix, &[commitment]) == proof.challenge
}

/// The commitment that a proof stands for: `g^r · X^c`.
pub fn commitment<G: Group>(public: &G::Point, proof: &Proof<G>) -> G::Point {
    G::vartime_exp_g_and(&proof.response, public, &proof.challenge)
}

/// `H(prefix | "|" | A1,A2,…)`.
pub fn challenge<G: Group>(prefix: &str, commitments: &[G::Element]) -> G::Scalar {
    let mut text = String::with_capacity(prefix.len() + 1 + commitments.len() * 65);
    text.push_str(prefix);
    for (i, commitment) in commitments.iter().enumerate() {
        text.push(if i == 0 { '|' } else { ',' });
        push::<G>(&mut text, commitment);
    }
    hash::to_scalar(&text)
}

/// Appends an element's text.
pub fn push<G: Group>(text: &mut String, element: &G::Element) {
    use std::fmt::Write as _;
    // Writing into a string does not fail.
    let _ = write!(text, "{element}");
}
