//! Checking a shuffle: shape, membership of the subgroup, then all equations in one multi-scalar multiplication.

use std::fmt;

use sha2::{Digest, Sha512};

use super::transcript::Statement;
use super::{
    Generators, MixInput, Shuffle, ShuffleProof, VerifiedShuffle, mixed_numbers, one_by_one, ranges,
};
use crate::checks;
use crate::election::Election;
use crate::group::{Group, Scalar, subgroup};
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::Ciphertext;

/// Why a shuffle was not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotVerified {
    /// It is wrong: this item fails on its own.
    Refused(Refusal),
    /// The batch failed and every item holds on its own: an error in this program or its machine. Nothing is accepted.
    Internal(String),
}

impl fmt::Display for NotVerified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotVerified::Refused(refusal) => refusal.fmt(f),
            NotVerified::Internal(error) => write!(f, "internal error: {error}"),
        }
    }
}

impl std::error::Error for NotVerified {}

impl From<Refusal> for NotVerified {
    fn from(refusal: Refusal) -> NotVerified {
        NotVerified::Refused(refusal)
    }
}

/// Checks that the shuffle permutes and re-encrypts the input, question by question.
///
/// `seed` is 32 bytes drawn after the shuffle was received; with it the check can be replayed. A false shuffle is accepted
/// with probability at most 2^−127 over the seed, beside the proof's own soundness. Takes some 40 µs a ciphertext on one
/// core with Ed25519, after reading.
///
/// # Errors
/// [`NotVerified::Refused`] names the item that fails on its own; [`NotVerified::Internal`] says that none does.
///
/// Implements VerifyShuffle.
pub fn verify<G: Group>(
    election: &Election<G>,
    generators: &mut Generators<G>,
    input: &MixInput<G>,
    shuffle: Shuffle<G>,
    seed: &[u8; 32],
) -> Result<VerifiedShuffle<G>, NotVerified> {
    for part in parts(election, input, &shuffle)? {
        generators.extend(part.input.len());
        part.verify(generators, seed)?;
    }
    Ok(VerifiedShuffle(MixInput(shuffle.ciphertexts)))
}

/// The questions of a shuffle whose shape is right.
pub(super) fn parts<'a, G: Group>(
    election: &'a Election<G>,
    input: &'a MixInput<G>,
    shuffle: &'a Shuffle<G>,
) -> Result<Vec<Part<'a, G>>, Refusal> {
    let numbers = mixed_numbers(election);
    let expected = numbers.len();
    for (what, count) in [
        ("lists of input ciphertexts", input.questions().len()),
        ("lists of ciphertexts", shuffle.ciphertexts.len()),
        ("proofs", shuffle.proofs.len()),
    ] {
        if count != expected {
            let reason = format!("{count} {what} for {expected} mixed questions");
            return Err(Refusal::new(checks::SHUFFLES, "shuffle", reason));
        }
    }
    let mut parts = Vec::with_capacity(expected);
    let lists = input.questions().iter().zip(&shuffle.ciphertexts).zip(&shuffle.proofs);
    for (number, ((input, output), proof)) in numbers.into_iter().zip(lists) {
        let part = Part { election, number, input, output, proof };
        for (what, count) in [
            ("ciphertexts", output.len()),
            ("commitments c", proof.c.len()),
            ("commitments ĉ", proof.c_hat.len()),
            ("commitments t̂", proof.t.t_hat.len()),
            ("responses ŝ", proof.s.s_hat.len()),
            ("responses s'", proof.s.s_prime.len()),
        ] {
            if count != input.len() {
                return Err(part.refuse(format!("{count} {what} for {} inputs", input.len())));
            }
        }
        if u32::try_from(input.len()).is_err() {
            return Err(part.refuse("there are no 2^32 independent generators"));
        }
        parts.push(part);
    }
    Ok(parts)
}

/// One question of a shuffle.
pub(super) struct Part<'a, G: Group> {
    pub(super) election: &'a Election<G>,
    pub(super) number: usize,
    pub(super) input: &'a [Ciphertext<G>],
    pub(super) output: &'a [Ciphertext<G>],
    pub(super) proof: &'a ShuffleProof<G>,
}

/// How many indices, of eight bases each, make one multi-scalar multiplication.
const INDICES: usize = 512;

impl<G: Group> Part<'_, G> {
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal::new(checks::SHUFFLES, format!("question {}", self.number), reason)
    }

    pub(super) fn statement(&self) -> Statement<'_, G> {
        Statement {
            fingerprint: &self.election.fingerprint,
            key: &self.election.key,
            input: self.input,
            output: self.output,
        }
    }

    /// Every point that the mixer sent: five at each position, then the five single ones. [`Part::place`] names them.
    pub(super) fn received(&self) -> Vec<G::Point> {
        let (proof, t) = (self.proof, &self.proof.t);
        let mut points = Vec::with_capacity(5 * self.output.len() + 5);
        for (i, e) in self.output.iter().enumerate() {
            let here = [&e.alpha, &e.beta, &proof.c[i], &proof.c_hat[i], &t.t_hat[i]];
            points.extend(here.map(G::point));
        }
        points.extend([&t.t1, &t.t2, &t.t3, &t.t41, &t.t42].map(G::point));
        points
    }

    /// What stands at this index of [`Part::received`].
    pub(super) fn place(&self, index: usize) -> String {
        match index.checked_sub(5 * self.output.len()) {
            Some(single) => ["t1", "t2", "t3", "t4,1", "t4,2"][single % 5].to_owned(),
            None => {
                let what = [
                    "alpha of the ciphertext",
                    "beta of the ciphertext",
                    "commitment c",
                    "commitment ĉ",
                    "commitment t̂",
                ];
                format!("{} at position {}", what[index % 5], index / 5 + 1)
            }
        }
    }

    /// No component of an output ciphertext is the identity. An honest mixer's is one with probability 2^−251 for
    /// each, so this refuses only what a mixer made on purpose together with a voter; Belenios does not look.
    pub(super) fn check_identities(&self, received: &[G::Point]) -> Result<(), Refusal> {
        let components = 0..5 * self.output.len();
        let identity = components.filter(|i| i % 5 < 2).find(|i| G::is_identity(&received[*i]));
        match identity {
            Some(index) => Err(self.refuse(format!("{} is the identity", self.place(index)))),
            None => Ok(()),
        }
    }

    pub(super) fn outside(&self, index: usize) -> Refusal {
        self.refuse(format!("{} lies outside the prime-order subgroup", self.place(index)))
    }

    /// Implements VerifyShuffle for one question.
    fn verify(&self, generators: &Generators<G>, seed: &[u8; 32]) -> Result<(), NotVerified> {
        let received = self.received();
        self.check_identities(&received)?;
        let digest = self.statement().digest(&self.proof.t, &self.proof.c, &self.proof.c_hat);
        let weights = Weights::new(seed, self, &digest);
        if let Some(index) = subgroup::first_outside::<G>(&received, &weights.membership_seed()) {
            return Err(self.outside(index).into());
        }
        drop(received);
        if self.equations_hold(generators, &digest, &weights) {
            return Ok(());
        }
        one_by_one::equations(self, generators)?;
        Err(NotVerified::Internal(format!(
            "question {}: the batch of a shuffle's equations fails and each equation holds",
            self.number
        )))
    }

    /// Whether the product of all N + 5 equations, each raised to its weight, is the identity.
    fn equations_hold(&self, generators: &Generators<G>, digest: &[u8; 32], weights: &Weights) -> bool {
        let (t, s, n) = (&self.proof.t, &self.proof.s, self.input.len());
        let u = self.statement().challenges(&self.proof.c);
        let challenge = G::Scalar::from_digest(digest);
        let [w1, w2, w3, w41, w42] = weights.single::<G::Scalar>();
        let links = weights.links::<G::Scalar>(n);
        let (c1, c2, c3) = (w1 * challenge, w2 * challenge, w3 * challenge);
        let (c41, c42) = (w41 * challenge, w42 * challenge);

        // Every equation as t · (right side)^−1 = 1.
        let pieces = parallel::map(&ranges(n, INDICES), |range| {
            let mut bases = Vec::with_capacity(8 * range.len());
            let mut exponents = Vec::with_capacity(8 * range.len());
            let mut of_g = G::Scalar::ZERO;
            for i in range.clone() {
                let (e, f) = (&self.input[i], &self.output[i]);
                bases.extend([&e.alpha, &e.beta, &f.alpha, &f.beta].map(G::point));
                bases.extend([&self.proof.c[i], &self.proof.c_hat[i], &t.t_hat[i]].map(G::point));
                bases.push(generators.known(n)[i]);
                let s_prime = s.s_prime[i];
                let of_c_hat = if i + 1 < n {
                    links[i] * challenge - links[i + 1] * s.s_prime[i + 1]
                } else {
                    links[i] * challenge + c2
                };
                exponents.extend([
                    c42 * u[i],
                    c41 * u[i],
                    -(w42 * s_prime),
                    -(w41 * s_prime),
                    c1 + c3 * u[i],
                    of_c_hat,
                    links[i],
                    -(c1 + w3 * s_prime),
                ]);
                of_g = of_g + links[i] * s.s_hat[i];
            }
            (G::vartime_multi_exp(&bases, &exponents), of_g)
        });

        // ĉ_0 = h is the base of the first link, and where there is no link the end of the chain as well.
        let product_u = u.iter().fold(G::Scalar::ONE, |product, u| product * *u);
        let of_h = match (links.first(), s.s_prime.first()) {
            (Some(link), Some(s_prime)) => -(c2 * product_u + *link * *s_prime),
            _ => c2 - c2 * product_u,
        };
        let of_g = pieces.iter().fold(G::Scalar::ZERO, |sum, piece| sum + piece.1);
        let of_g = -(of_g + w1 * s.s1 + w2 * s.s2 + w3 * s.s3 - w42 * s.s4);
        let mut bases = vec![G::generator(), *self.election.point(), *generators.h()];
        bases.extend([&t.t1, &t.t2, &t.t3, &t.t41, &t.t42].map(G::point));
        let rest = G::vartime_multi_exp(&bases, &[of_g, w41 * s.s4, of_h, w1, w2, w3, w41, w42]);
        let product = pieces.iter().fold(rest, |product, piece| G::mul(&product, &piece.0));
        G::is_identity(&product)
    }
}

/// The weights of a batch: 128 bits each, from the seed and everything tested.
///
/// Implements ShuffleWeights.
struct Weights {
    key: [u8; 64],
}

impl Weights {
    /// `digest` covers the statement and the proof's points; the responses are added here.
    fn new<G: Group>(seed: &[u8; 32], part: &Part<'_, G>, digest: &[u8; 32]) -> Weights {
        let s = &part.proof.s;
        let mut hash = Sha512::new();
        hash.update(b"cabildo/shuffle/v1\n");
        hash.update(seed);
        hash.update((part.number as u64).to_be_bytes());
        hash.update((part.input.len() as u64).to_be_bytes());
        hash.update(digest);
        let single = [&s.s1, &s.s2, &s.s3, &s.s4];
        for response in single.into_iter().chain(&s.s_hat).chain(&s.s_prime) {
            hash.update(response.to_bytes());
        }
        Weights { key: hash.finalize().into() }
    }

    /// The seed for the membership test, independent of the weights.
    fn membership_seed(&self) -> [u8; 32] {
        let mut hash = Sha512::new();
        hash.update(b"cabildo/shuffle/members/v1\n");
        hash.update(self.key);
        let digest: [u8; 64] = hash.finalize().into();
        let mut seed = [0; 32];
        seed.copy_from_slice(&digest[..32]);
        seed
    }

    /// Four weights: block number `counter` of the stream.
    fn block<S: Scalar>(&self, counter: u64) -> [S; 4] {
        let mut hash = Sha512::new();
        hash.update(self.key);
        hash.update(counter.to_be_bytes());
        let block: [u8; 64] = hash.finalize().into();
        [0, 16, 32, 48].map(|start| {
            let mut wide = [0; 64];
            wide[48..].copy_from_slice(&block[start..start + 16]);
            S::from_wide(&wide)
        })
    }

    /// The weights of t1, t2, t3, t41, t42: the first five of blocks 0 and 1, whose other three are not used.
    fn single<S: Scalar>(&self) -> [S; 5] {
        let ([w1, w2, w3, w41], [w42, ..]) = (self.block::<S>(0), self.block::<S>(1));
        [w1, w2, w3, w41, w42]
    }

    /// The weights of the chain's links, from block 2 on.
    fn links<S: Scalar>(&self, n: usize) -> Vec<S> {
        let pieces = parallel::map(&ranges(n.div_ceil(4), 128), |range| {
            range.clone().map(|block| self.block::<S>(block as u64 + 2)).collect::<Vec<_>>().concat()
        });
        let mut links = pieces.concat();
        links.truncate(n);
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Ed25519;

    /// The values are Python's: `sha512(key + counter.to_bytes(8, "big"))`, cut into four big-endian numbers.
    #[test]
    fn weights_are_the_specified_bytes() {
        type S = <Ed25519 as Group>::Scalar;
        let weights = Weights { key: std::array::from_fn(|i| i as u8) };
        let single = weights.single::<S>().map(|w| w.to_decimal());
        assert_eq!(
            single,
            [
                "21650363799292994998197894092121797492",
                "27646695259571482033148074176456137614",
                "163597240991067646302591242513639801965",
                "217685416568428359668596832120068527893",
                "29040373700077600484542430565186735098",
            ]
        );
        let links: Vec<String> = weights.links::<S>(5).iter().map(Scalar::to_decimal).collect();
        assert_eq!(
            links,
            [
                "297483262337454623910636220319190236851",
                "308681688602677200402421680383838460962",
                "154795134300565595116468705307708104524",
                "162019775319069415926145892684313868271",
                "243756513639745367815871882611810067553",
            ]
        );
        assert_eq!(weights.links::<S>(2000).len(), 2000);
        assert!(weights.links::<S>(2000)[..5] == weights.links::<S>(5));
    }
}
