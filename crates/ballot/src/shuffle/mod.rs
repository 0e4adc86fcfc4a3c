//! Shuffles: a permutation and re-encryption of ciphertexts with a proof that it is one.
//!
//! The proof is that of CHVote 1.3.2, as the Belenios specification gives it in its section "Shuffle algorithms"; our
//! bytes are Belenios' bytes. [`shuffle()`] makes one, [`verify()`] checks one by a single multi-scalar multiplication,
//! [`verify_one_by_one()`] checks every equation and every point on its own. `docs/spec/ballot.md` has the algorithms under
//! the names *GenShuffle*, *GenShuffleProof* and *VerifyShuffle*.
//!
//! What goes into a shuffle is a [`MixInput`]: ciphertexts already known to lie in the prime-order subgroup. What comes
//! out of a verification is a [`VerifiedShuffle`], whose output is the next mixer's input. Nothing else makes either.

use serde::ser::{Serialize, Serializer};
use sha2::{Digest, Sha512};

use crate::election::Election;
use crate::group::{Group, subgroup};
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::Ciphertext;

mod generators;
mod one_by_one;
mod prove;
mod read;
mod transcript;
mod verify;

pub use generators::Generators;
pub use one_by_one::verify_one_by_one;
pub use prove::shuffle;
pub use verify::{NotVerified, verify};

/// The payload of a `Shuffle` event: for each non-homomorphic question, in order, the mixed ciphertexts and the proof.
///
/// Its JSON is `{"ciphertexts":[[ciphertext]],"proofs":[proof]}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Shuffle<G: Group> {
    /// The mixed ciphertexts of each question.
    pub ciphertexts: Vec<Vec<Ciphertext<G>>>,
    /// The proof of each question.
    pub proofs: Vec<ShuffleProof<G>>,
}

/// The proof of one question's shuffle, `[t,s,c,ĉ]` in JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct ShuffleProof<G: Group> {
    /// The commitments of the Σ-protocol.
    pub t: Commitments<G>,
    /// Its responses.
    pub s: Responses<G>,
    /// The commitment to the permutation: one element for each input.
    pub c: Vec<G::Element>,
    /// The commitment chain `ĉ`: one element for each output.
    pub c_hat: Vec<G::Element>,
}

/// `[t1,t2,t3,[t41,t42],[t̂…]]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Commitments<G: Group> {
    /// For the product of the permutation's commitments.
    pub t1: G::Element,
    /// For the end of the commitment chain.
    pub t2: G::Element,
    /// For the commitments raised to the challenges.
    pub t3: G::Element,
    /// For the re-encryption, the `beta` side.
    pub t41: G::Element,
    /// For the re-encryption, the `alpha` side.
    pub t42: G::Element,
    /// For each link of the commitment chain.
    pub t_hat: Vec<G::Element>,
}

/// `[s1,s2,s3,s4,[ŝ…],[s'…]]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Responses<G: Group> {
    /// Belongs to `t1`.
    pub s1: G::Scalar,
    /// Belongs to `t2`.
    pub s2: G::Scalar,
    /// Belongs to `t3`.
    pub s3: G::Scalar,
    /// Belongs to `t41` and `t42`.
    pub s4: G::Scalar,
    /// Belong to the links of the chain.
    pub s_hat: Vec<G::Scalar>,
    /// Belong to the permuted challenges.
    pub s_prime: Vec<G::Scalar>,
}

/// Ciphertexts that may be mixed: for each non-homomorphic question, in order, those of the ballots or of the shuffle
/// before. All their components lie in the prime-order subgroup.
///
/// Mixing others would let a small-order part carry some bits of the permutation into the proof, and verifying against
/// others would let a small-order part vanish from the equations; so this type can only be made by a check.
#[derive(Clone, PartialEq, Eq)]
pub struct MixInput<G: Group>(Vec<Vec<Ciphertext<G>>>);

impl<G: Group> MixInput<G> {
    /// Checks ciphertexts that nobody has checked before; a refusal is given under `check`, which names whose fault it is.
    ///
    /// `seed` is 32 fresh random bytes, for the membership of many points at once ([`subgroup::first_outside`]).
    pub fn check(
        check: &'static str,
        ciphertexts: Vec<Vec<Ciphertext<G>>>,
        seed: &[u8; 32],
    ) -> Result<MixInput<G>, Refusal> {
        for (number, question) in ciphertexts.iter().enumerate() {
            let points: Vec<G::Point> =
                question.iter().flat_map(|e| [G::point(&e.alpha), G::point(&e.beta)]).collect();
            let refuse = |index: usize, reason: &str| {
                let side = ["alpha", "beta"][index % 2];
                Refusal::new(
                    check,
                    format!("mixed question {}", number + 1),
                    format!("{side} of the ciphertext at position {} {reason}", index / 2 + 1),
                )
            };
            if let Some(index) = points.iter().position(G::is_identity) {
                return Err(refuse(index, "is the identity"));
            }
            if let Some(index) = subgroup::first_outside::<G>(&points, &part_seed(seed, number)) {
                return Err(refuse(index, "lies outside the prime-order subgroup"));
            }
        }
        Ok(MixInput(ciphertexts))
    }

    /// Takes ciphertexts whose components were shown before to lie in the subgroup, as those of verified ballots were.
    /// Not public: outside this crate only a check makes this type.
    pub(crate) fn from_members(ciphertexts: Vec<Vec<Ciphertext<G>>>) -> MixInput<G> {
        MixInput(ciphertexts)
    }

    /// The ciphertexts of each question.
    pub fn questions(&self) -> &[Vec<Ciphertext<G>>] {
        &self.0
    }

    /// The ciphertexts of each question, to keep.
    pub fn into_questions(self) -> Vec<Vec<Ciphertext<G>>> {
        self.0
    }
}

/// A shuffle whose proofs hold for one input; all that is left of it is its output.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedShuffle<G: Group>(MixInput<G>);

impl<G: Group> VerifiedShuffle<G> {
    /// The mixed ciphertexts: the next mixer's input, or what is decrypted.
    pub fn output(&self) -> &MixInput<G> {
        &self.0
    }

    /// The same, to keep.
    pub fn into_output(self) -> MixInput<G> {
        self.0
    }
}

/// Numbers, from 1, of the questions that are mixed.
fn mixed_numbers<G: Group>(election: &Election<G>) -> Vec<usize> {
    let numbered = election.questions().iter().enumerate();
    numbered.filter(|(_, question)| question.is_mixed()).map(|(i, _)| i + 1).collect()
}

/// An independent seed for the part with this number.
fn part_seed(seed: &[u8; 32], number: usize) -> [u8; 32] {
    let mut hash = Sha512::new();
    hash.update(b"cabildo/mix-input/v1\n");
    hash.update(seed);
    hash.update((number as u64).to_be_bytes());
    let digest: [u8; 64] = hash.finalize().into();
    let mut part = [0; 32];
    part.copy_from_slice(&digest[..32]);
    part
}

/// The ranges of at most `size` that make up `0..n`.
fn ranges(n: usize, size: usize) -> Vec<std::ops::Range<usize>> {
    (0..n).step_by(size).map(|start| start..n.min(start + size)).collect()
}

/// How many points are encoded or decoded in one piece of work.
const PIECE: usize = 256;

/// Gives points their canonical text, on several cores.
fn encode_all<G: Group>(points: &[G::Point]) -> Vec<G::Element> {
    let ranges = ranges(points.len(), PIECE);
    parallel::map(&ranges, |range| G::encode_all(&points[range.clone()])).concat()
}

impl<G: Group> Serialize for Shuffle<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        #[serde(bound = "")]
        struct Fields<'a, G: Group> {
            ciphertexts: &'a [Vec<Ciphertext<G>>],
            proofs: &'a [ShuffleProof<G>],
        }
        Fields { ciphertexts: &self.ciphertexts, proofs: &self.proofs }.serialize(serializer)
    }
}

impl<G: Group> Serialize for ShuffleProof<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ShuffleProof { t, s, c, c_hat } = self;
        let commitments = (&t.t1, &t.t2, &t.t3, (&t.t41, &t.t42), &t.t_hat);
        let responses = (&s.s1, &s.s2, &s.s3, &s.s4, &s.s_hat, &s.s_prime);
        (commitments, responses, c, c_hat).serialize(serializer)
    }
}
