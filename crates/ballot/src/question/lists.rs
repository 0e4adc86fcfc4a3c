//! Answers to questions of lists (Belenios 3.0 specification, sections "Lists answers", "Proofs of list constraints",
//! "Proof of encryption of non-zero"); verified, not created.

use serde::{Deserialize, Serialize};

use super::claims::{Commitment, Proven};
use super::disjunction;
use super::homomorphic::{individual_prefix, product};
use super::{Claims, Context, s1};
use crate::election::Lists;
use crate::group::{Group, Scalar, Term};
use crate::sigma::{Ciphertext, Proof};

/// An encrypted 0 or 1 for each list and each of its answers, with proofs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct ListsAnswer<G: Group> {
    /// One row a list; the first of a row is whether the list is chosen.
    pub choices: Vec<Vec<Ciphertext<G>>>,
    /// Each is 0 or 1.
    pub individual_proofs: Vec<Vec<Vec<Proof<G>>>>,
    /// Exactly one list is chosen.
    pub overall_proof: Proof<G>,
    /// A list that is not chosen has no chosen answer.
    pub list_proofs: Vec<Vec<Proof<G>>>,
    /// Somebody is chosen.
    pub nonzero_proof: NonzeroProof<G>,
}

/// Proof that a ciphertext encrypts something else than zero.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct NonzeroProof<G: Group> {
    /// `C = g^(s·m)`, not the identity.
    pub commitment: G::Element,
    /// The challenge.
    pub challenge: G::Scalar,
    /// Two responses.
    pub response: [G::Scalar; 2],
}

impl<G: Group> ListsAnswer<G> {
    pub(super) fn check_shape(&self, question: &Lists) -> Result<(), String> {
        let lengths = |rows: &[Vec<Ciphertext<G>>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
        let asked: Vec<usize> = question.answers.iter().map(Vec::len).collect();
        if lengths(&self.choices) != asked {
            return Err("its choices are not those of the question's lists".into());
        }
        if self.individual_proofs.iter().map(Vec::len).ne(asked.iter().copied())
            || self.individual_proofs.iter().flatten().any(|proof| proof.len() != 2)
        {
            return Err("a choice has not one proof of two branches".into());
        }
        if self.list_proofs.len() != asked.len() || self.list_proofs.iter().any(|proof| proof.len() != 2) {
            return Err("a list has not one proof of two branches".into());
        }
        Ok(())
    }

    /// Implements VerifyLists.
    pub(super) fn claim(&self, context: &Context<'_, G>, number: usize, claims: &mut Claims<G>) {
        let mut position = 0;
        for (row, proofs) in self.choices.iter().zip(&self.individual_proofs) {
            for (choice, proof) in row.iter().zip(proofs) {
                claims.add(
                    Proven::Individual(number, position),
                    individual_prefix(context.s0, choice),
                    disjunction::commitments(choice, 0, proof),
                    disjunction::challenges(proof),
                );
                position += 1;
            }
        }
        let s1 = s1(context.s0, self.choices.iter().flatten());
        let heads: Vec<Ciphertext<G>> = self.choices.iter().map(|row| row[0]).collect();
        let head_sum = product(&heads);
        claims.add(
            Proven::Overall(number),
            individual_prefix(&s1, &head_sum),
            disjunction::commitments(&head_sum, 1, std::slice::from_ref(&self.overall_proof)),
            self.overall_proof.challenge,
        );
        let mut sums = Vec::with_capacity(self.choices.len());
        for (i, (row, proofs)) in self.choices.iter().zip(&self.list_proofs).enumerate() {
            let (head, sum) = (row[0], product(&row[1..]));
            let (first, second) = proofs.split_at(1);
            let both =
                disjunction::commitments(&head, 1, first).chain(disjunction::commitments(&sum, 0, second));
            claims.add(
                Proven::List(number, i),
                format!("lproof|{s1}"),
                both,
                disjunction::challenges(proofs),
            );
            sums.push(sum);
        }
        let all = product(&sums);
        let proof = &self.nonzero_proof;
        let commitment = G::point(&proof.commitment);
        if G::is_identity(&commitment) {
            claims.refuse(
                number,
                "is proven to choose nobody: the commitment of its non-zero proof is the identity",
            );
        }
        let [t1, t2] = proof.response;
        let a1 = Commitment::Term(Term { g: t2, key: G::Scalar::ZERO, base: all.alpha, exponent: t1 });
        let a2 = G::vartime_multi_exp(
            &[G::point(&all.beta), *context.election.point(), commitment],
            &[t1, t2, proof.challenge],
        );
        let commitments = [Commitment::Known(proof.commitment), a1, Commitment::Point(a2)];
        claims.add(Proven::Nonzero(number), format!("nonzero|{s1}"), commitments, proof.challenge);
    }
}
