//! Answers to questions of lists (Belenios 3.0 specification, sections "Lists answers", "Proofs of list constraints",
//! "Proof of encryption of non-zero"); verified, not created.

use serde::{Deserialize, Serialize};

use super::claims::Proven;
use super::disjunction;
use super::homomorphic::{individual_prefix, product};
use super::{Claims, Context, s1};
use crate::election::Lists;
use crate::group::Group;
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
        let election = context.election;
        let mut position = 0;
        for (row, proofs) in self.choices.iter().zip(&self.individual_proofs) {
            for (choice, proof) in row.iter().zip(proofs) {
                let (alpha, beta) = (G::point(&choice.alpha), G::point(&choice.beta));
                claims.add(
                    Proven::Individual(number, position),
                    individual_prefix(context.s0, choice),
                    disjunction::interval_commitments(election, &alpha, &beta, 0, proof),
                    disjunction::challenges(proof),
                );
                position += 1;
            }
        }
        let s1 = s1(context.s0, self.choices.iter().flatten());
        let heads: Vec<Ciphertext<G>> = self.choices.iter().map(|row| row[0]).collect();
        let head_sum = product(&heads);
        let overall = std::slice::from_ref(&self.overall_proof);
        claims.add(
            Proven::Overall(number),
            individual_prefix(&s1, &head_sum),
            disjunction::interval_commitments(
                election,
                &G::point(&head_sum.alpha),
                &G::point(&head_sum.beta),
                1,
                overall,
            ),
            self.overall_proof.challenge,
        );
        let mut sums = Vec::with_capacity(self.choices.len());
        for (i, (row, proofs)) in self.choices.iter().zip(&self.list_proofs).enumerate() {
            let (head, sum) = (row[0], product(&row[1..]));
            let (first, second) = proofs.split_at(1);
            let mut points = disjunction::interval_commitments(
                election,
                &G::point(&head.alpha),
                &G::point(&head.beta),
                1,
                first,
            );
            points.extend(disjunction::interval_commitments(
                election,
                &G::point(&sum.alpha),
                &G::point(&sum.beta),
                0,
                second,
            ));
            claims.add(
                Proven::List(number, i),
                format!("lproof|{s1}"),
                points,
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
        let [t1, t2] = &proof.response;
        let (alpha, beta) = (G::point(&all.alpha), G::point(&all.beta));
        let a1 = G::vartime_exp_g_and(t2, &alpha, t1);
        let a2 = G::vartime_exp_table_and(election.vartime_table(), t2, &beta, t1);
        let a2 = G::mul(&a2, &G::vartime_multi_exp(&[commitment], &[proof.challenge]));
        claims.add(Proven::Nonzero(number), format!("nonzero|{s1}"), [commitment, a1, a2], proof.challenge);
    }
}
