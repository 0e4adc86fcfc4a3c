//! Disjunctive proofs: one of several ciphertexts, each divided by a claimed value, encrypts zero (Belenios specification,
//! sections "Proofs of interval membership", "Proofs of possibly-blank votes", "Proofs of list constraints").
//!
//! All of them have one shape. A branch claims that a ciphertext `(α, β)` encrypts `g^M`; the commitments of branch `j` are
//! `A_j = g^ρ_j · α^σ_j` and `B_j = y^ρ_j · (β/g^M)^σ_j`, and the challenges `σ_j` add up to the hash of all commitments.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::claims::Commitment;
use crate::election::Election;
use crate::group::{Group, Scalar, Term};
use crate::nonce::Nonces;
use crate::sigma::{self, Ciphertext, Proof};

/// A branch as its prover knows it: the ciphertext is `(g^r, y^r · g^m)`, the branch claims `m = M`.
pub struct SecretBranch<S> {
    /// The encryption exponent `r`.
    pub r: S,
    /// `m − M`: zero where the branch is true.
    pub excess: S,
}

/// Proves that branch number `real` is true without showing which: every branch costs the same work in the same order.
/// Implements ProveDisjunction.
pub fn prove<G: Group>(
    election: &Election<G>,
    prefix: &str,
    branches: &[SecretBranch<G::Scalar>],
    real: usize,
    nonces: &mut Nonces,
) -> Vec<Proof<G>> {
    let rho = nonces.scalars::<G::Scalar>(branches.len());
    let mut sigma = nonces.scalars::<G::Scalar>(branches.len());
    let mut points = Vec::with_capacity(2 * branches.len());
    let mut simulated = Zeroizing::new(G::Scalar::ZERO);
    for (j, branch) in branches.iter().enumerate() {
        // The real branch is the one whose simulated challenge is zero; then A = g^ρ and B = y^ρ.
        sigma[j] = sigma[j] * is_other::<G>(j, real);
        *simulated = *simulated + sigma[j];
        let w = Zeroizing::new(rho[j] + branch.r * sigma[j]);
        points.push(G::exp_g(&w));
        let shift = Zeroizing::new(branch.excess * sigma[j]);
        points.push(G::mul(&G::exp_table(election.table(), &w), &G::exp_g(&shift)));
    }
    let hash = sigma::challenge::<G>(prefix, &G::encode_all(&points));
    let missing = Zeroizing::new(hash - *simulated);
    (0..branches.len())
        .map(|j| {
            let is_real = G::Scalar::ONE - is_other::<G>(j, real);
            let challenge = sigma[j] + is_real * *missing;
            Proof { challenge, response: rho[j] - is_real * branches[j].r * *missing }
        })
        .collect()
}

/// 1 where `j` is not `real`, else 0, without a branch on `real`.
fn is_other<G: Group>(j: usize, real: usize) -> G::Scalar {
    let equal = (j as u64).ct_eq(&(real as u64));
    G::Scalar::from_u64(u64::conditional_select(&1, &0, equal))
}

/// The commitments of the branches `M = first, first + 1, …` of one ciphertext, one branch a proof:
/// `A = g^ρ · α^σ` and `B = y^ρ · (β/g^M)^σ = g^(−M·σ) · y^ρ · β^σ`.
pub fn commitments<'a, G: Group>(
    ciphertext: &'a Ciphertext<G>,
    first: u32,
    proofs: &'a [Proof<G>],
) -> impl Iterator<Item = Commitment<G>> + 'a {
    (u64::from(first)..).zip(proofs).flat_map(|(value, proof)| {
        let (rho, sigma) = (proof.response, proof.challenge);
        let shift = if value == 0 { G::Scalar::ZERO } else { -(G::Scalar::from_u64(value) * sigma) };
        [
            Commitment::of(ciphertext.alpha, proof),
            Commitment::Term(Term { g: shift, key: rho, base: ciphertext.beta, exponent: sigma }),
        ]
    })
}

/// The sum of the proofs' challenges.
pub fn challenges<'a, G: Group>(proofs: impl IntoIterator<Item = &'a Proof<G>>) -> G::Scalar {
    proofs.into_iter().fold(G::Scalar::ZERO, |sum, proof| sum + proof.challenge)
}
