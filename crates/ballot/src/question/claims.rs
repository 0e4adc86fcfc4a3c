//! What a ballot's proofs claim, gathered so that all commitments are encoded together (one field inversion instead of
//! dozens) and each challenge is then recomputed on its own.

use crate::checks;
use crate::election::Election;
use crate::group::{Group, Scalar, Term};
use crate::hash;
use crate::refusal::Refusal;
use crate::sigma::Proof;

/// Which proof a claim comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The credential's signature.
    Signature,
    /// The proof of choice number `1` of question `0` that it is 0 or 1.
    Individual(usize, usize),
    /// The overall proof of a question.
    Overall(usize),
    /// The blank proof of a question.
    Blank(usize),
    /// The knowledge of what a ranked vote's ciphertext holds.
    Knowledge(usize),
    /// The proof of list `1` of question `0`.
    List(usize, usize),
    /// The proof that a question of lists chooses somebody.
    Nonzero(usize),
}

impl Proven {
    fn refusal(self, tracker: &str) -> Refusal {
        let object = format!("ballot {tracker}");
        let (check, reason) = match self {
            Proven::Signature => {
                (checks::BALLOT_SIGNATURE, "its signature is not by its credential".to_owned())
            }
            Proven::Individual(q, c) => (
                checks::BALLOT_PROOFS,
                format!("question {}: choice {} is not proven to be 0 or 1", q + 1, c + 1),
            ),
            Proven::Overall(q) => (
                checks::BALLOT_PROOFS,
                format!("question {}: the number of choices is not proven to be allowed", q + 1),
            ),
            Proven::Blank(q) => (
                checks::BALLOT_PROOFS,
                format!("question {}: it is not proven that a blank vote chooses nothing", q + 1),
            ),
            Proven::Knowledge(q) => (
                checks::BALLOT_PROOFS,
                format!("question {}: its maker does not show to know the vote", q + 1),
            ),
            Proven::List(q, l) => (
                checks::BALLOT_PROOFS,
                format!("question {}: list {} is not proven to be chosen or empty", q + 1, l + 1),
            ),
            Proven::Nonzero(q) => (
                checks::BALLOT_PROOFS,
                format!("question {}: it is not proven that somebody is chosen", q + 1),
            ),
        };
        Refusal::new(check, object, reason)
    }
}

/// A commitment that a proof stands for.
#[derive(Clone, Copy)]
pub enum Commitment<G: Group> {
    /// It stands in the proof.
    Known(G::Element),
    /// It is a product still to be computed.
    Term(Term<G>),
    /// It is a value still to be encoded.
    Point(G::Point),
}

impl<G: Group> Commitment<G> {
    /// `g^r · X^c`, the commitment of a proof of knowledge of the logarithm of `X`.
    pub fn of(public: G::Element, proof: &Proof<G>) -> Commitment<G> {
        let (g, exponent) = (proof.response, proof.challenge);
        Commitment::Term(Term { g, key: G::Scalar::ZERO, base: public, exponent })
    }
}

struct Claim<G: Group> {
    proven: Proven,
    prefix: String,
    commitments: std::ops::Range<usize>,
    expected: G::Scalar,
}

/// The claims of one ballot.
pub struct Claims<G: Group> {
    commitments: Vec<Commitment<G>>,
    claims: Vec<Claim<G>>,
    refused: Option<(usize, &'static str)>,
}

impl<G: Group> Default for Claims<G> {
    fn default() -> Self {
        Claims { commitments: Vec::new(), claims: Vec::new(), refused: None }
    }
}

impl<G: Group> Claims<G> {
    /// Claims that `H(prefix | "|" | commitments)` is `expected`.
    pub fn add(
        &mut self,
        proven: Proven,
        prefix: String,
        commitments: impl IntoIterator<Item = Commitment<G>>,
        expected: G::Scalar,
    ) {
        let from = self.commitments.len();
        self.commitments.extend(commitments);
        self.claims.push(Claim { proven, prefix, commitments: from..self.commitments.len(), expected });
    }

    /// Notes that the answer to question `number` cannot be read as one.
    pub fn refuse(&mut self, number: usize, reason: &'static str) {
        self.refused.get_or_insert((number, reason));
    }

    /// Recomputes every challenge; the first that differs refuses the ballot of this tracker.
    pub fn settle(self, election: &Election<G>, tracker: &str) -> Result<(), Refusal> {
        if let Some((number, reason)) = self.refused {
            let reason = format!("question {}: {reason}", number + 1);
            return Err(Refusal::new(checks::BALLOT_FORM, format!("ballot {tracker}"), reason));
        }
        let texts = compute(election, &self.commitments);
        for claim in self.claims {
            let mut text = claim.prefix;
            for (i, commitment) in texts[claim.commitments].iter().enumerate() {
                text.push(if i == 0 { '|' } else { ',' });
                text.push_str(commitment);
            }
            if hash::to_scalar::<G::Scalar>(&text) != claim.expected {
                return Err(claim.proven.refusal(tracker));
            }
        }
        Ok(())
    }
}

/// The commitments' texts: all products together, all encodings together.
fn compute<G: Group>(election: &Election<G>, commitments: &[Commitment<G>]) -> Vec<String> {
    let (mut terms, mut points) = (Vec::with_capacity(commitments.len()), Vec::new());
    for commitment in commitments {
        match commitment {
            Commitment::Known(_) => {}
            Commitment::Term(term) => terms.push(*term),
            Commitment::Point(point) => points.push(*point),
        }
    }
    let mut terms = G::vartime_terms(election.vartime_table(), &terms).into_iter();
    let mut points = G::encode_all(&points).into_iter();
    let element = |commitment: &Commitment<G>| match commitment {
        Commitment::Known(element) => Some(element.to_string()),
        Commitment::Term(_) => terms.next(),
        Commitment::Point(_) => points.next().map(|element| element.to_string()),
    };
    commitments.iter().filter_map(element).collect()
}
