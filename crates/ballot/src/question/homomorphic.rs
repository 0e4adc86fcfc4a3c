//! Answers to homomorphic questions (Belenios specification, section "Homomorphic answers").

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::claims::Proven;
use super::disjunction::{self, SecretBranch};
use super::{Claims, Context, push_ciphertext, s1};
use crate::election::Homomorphic;
use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use crate::refusal::Misuse;
use crate::sigma::{Ciphertext, Proof};

/// An encrypted 0 or 1 for each answer, the blank flag first where there is one, with proofs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct HomomorphicAnswer<G: Group> {
    /// `(g^r, y^r g^m)` for each `m`.
    pub choices: Vec<Ciphertext<G>>,
    /// Each is 0 or 1.
    pub individual_proofs: Vec<Vec<Proof<G>>>,
    /// Their number is between min and max, or the vote is blank.
    pub overall_proof: Vec<Proof<G>>,
    /// A blank vote chooses nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank_proof: Option<Vec<Proof<G>>>,
}

impl<G: Group> HomomorphicAnswer<G> {
    pub(super) fn check_shape(&self, question: &Homomorphic) -> Result<(), String> {
        let blank = question.has_blank();
        let interval = (question.max - question.min) as usize + 1;
        if self.choices.len() != question.ciphertexts() || self.individual_proofs.len() != self.choices.len()
        {
            return Err(format!("it has not {} choices with a proof each", question.ciphertexts()));
        }
        if self.individual_proofs.iter().any(|proof| proof.len() != 2) {
            return Err("an individual proof has not two branches".into());
        }
        if self.overall_proof.len() != interval + usize::from(blank) {
            return Err(format!("its overall proof has not {} branches", interval + usize::from(blank)));
        }
        match &self.blank_proof {
            Some(proof) if blank && proof.len() == 2 => Ok(()),
            None if !blank => Ok(()),
            _ => Err("its blank proof is not what the question asks for".into()),
        }
    }

    /// Implements EncryptHomomorphic.
    pub(super) fn create(
        context: &Context<'_, G>,
        question: &Homomorphic,
        vote: &[u8],
        nonces: &mut Nonces,
    ) -> Result<Self, Misuse> {
        let misuse = |text: &str| Err(Misuse(format!("question {:?}: {text}", question.question)));
        if vote.len() != question.ciphertexts() {
            return misuse("the vote has not one number for each choice");
        }
        if vote.iter().any(|m| *m > 1) {
            return misuse("a choice is neither 0 nor 1");
        }
        let blank = question.has_blank();
        let chosen = &vote[usize::from(blank)..];
        let sum: u32 = chosen.iter().map(|m| u32::from(*m)).sum();
        let is_blank = blank && vote[0] == 1;
        if is_blank && sum != 0 {
            return misuse("a blank vote chooses nothing");
        }
        if !is_blank && !(question.min..=question.max).contains(&sum) {
            return misuse("the number of choices is not between min and max");
        }

        let r = nonces.scalars::<G::Scalar>(vote.len());
        let mut points = Vec::with_capacity(2 * vote.len());
        for (r, m) in r.iter().zip(vote) {
            points.push(G::exp_g(r));
            let m = Zeroizing::new(G::Scalar::from_u64(u64::from(*m)));
            points.push(G::mul(&G::exp_table(context.election.table(), r), &G::exp_g(&m)));
        }
        let choices: Vec<Ciphertext<G>> = G::encode_all(&points)
            .chunks(2)
            .map(|pair| Ciphertext { alpha: pair[0], beta: pair[1] })
            .collect();

        let number = |m: u32| G::Scalar::from_u64(u64::from(m));
        let individual_proofs = choices
            .iter()
            .zip(r.iter().zip(vote))
            .map(|(choice, (r, m))| {
                let branches =
                    [0, 1].map(|value| SecretBranch { r: *r, excess: number(u32::from(*m)) - number(value) });
                let prefix = individual_prefix(context.s0, choice);
                disjunction::prove(context.election, &prefix, &branches, usize::from(*m), nonces)
            })
            .collect();

        let s1 = s1(context.s0, choices.iter());
        let r_sum = Zeroizing::new(r[usize::from(blank)..].iter().fold(G::Scalar::ZERO, |sum, r| sum + *r));
        let interval = (question.min..=question.max)
            .map(|value| SecretBranch { r: *r_sum, excess: number(sum) - number(value) });
        let (overall_proof, blank_proof) = if blank {
            let m0 = number(u32::from(vote[0]));
            let is_zero =
                [SecretBranch { r: r[0], excess: m0 }, SecretBranch { r: *r_sum, excess: number(sum) }];
            let blank_prefix = format!("bproof0|{s1}");
            let blank_proof =
                disjunction::prove(context.election, &blank_prefix, &is_zero, usize::from(vote[0]), nonces);
            let mut branches = vec![SecretBranch { r: r[0], excess: m0 - G::Scalar::ONE }];
            branches.extend(interval);
            let real = if is_blank { 0 } else { (sum - question.min) as usize + 1 };
            let overall =
                disjunction::prove(context.election, &format!("bproof1|{s1}"), &branches, real, nonces);
            (overall, Some(blank_proof))
        } else {
            let total = product(&choices);
            let prefix = individual_prefix(&s1, &total);
            let branches: Vec<_> = interval.collect();
            (
                disjunction::prove(
                    context.election,
                    &prefix,
                    &branches,
                    (sum - question.min) as usize,
                    nonces,
                ),
                None,
            )
        };
        Ok(HomomorphicAnswer { choices, individual_proofs, overall_proof, blank_proof })
    }

    /// Implements VerifyHomomorphic.
    pub(super) fn claim(
        &self,
        context: &Context<'_, G>,
        number: usize,
        question: &Homomorphic,
        claims: &mut Claims<G>,
    ) {
        for (i, (choice, proofs)) in self.choices.iter().zip(&self.individual_proofs).enumerate() {
            claims.add(
                Proven::Individual(number, i),
                individual_prefix(context.s0, choice),
                disjunction::commitments(choice, 0, proofs),
                disjunction::challenges(proofs),
            );
        }
        let s1 = s1(context.s0, self.choices.iter());
        let chosen = &self.choices[usize::from(question.has_blank())..];
        let total = product(chosen);
        let Some(blank_proof) = &self.blank_proof else {
            claims.add(
                Proven::Overall(number),
                individual_prefix(&s1, &total),
                disjunction::commitments(&total, question.min, &self.overall_proof),
                disjunction::challenges(&self.overall_proof),
            );
            return;
        };
        let flag = &self.choices[0];
        let (first, second) = blank_proof.split_at(1);
        let is_zero =
            disjunction::commitments(flag, 0, first).chain(disjunction::commitments(&total, 0, second));
        claims.add(
            Proven::Blank(number),
            format!("bproof0|{s1}"),
            is_zero,
            disjunction::challenges(blank_proof),
        );

        let (first, rest) = self.overall_proof.split_at(1);
        let overall = disjunction::commitments(flag, 1, first).chain(disjunction::commitments(
            &total,
            question.min,
            rest,
        ));
        claims.add(
            Proven::Overall(number),
            format!("bproof1|{s1}"),
            overall,
            disjunction::challenges(&self.overall_proof),
        );
    }
}

/// `prove|S|α,β`.
pub(super) fn individual_prefix<G: Group>(s: &str, choice: &Ciphertext<G>) -> String {
    let mut prefix = String::with_capacity(s.len() + 140);
    prefix.push_str("prove|");
    prefix.push_str(s);
    prefix.push('|');
    push_ciphertext(&mut prefix, choice);
    prefix
}

/// The product of the ciphertexts, which encrypts the sum.
pub(super) fn product<G: Group>(choices: &[Ciphertext<G>]) -> Ciphertext<G> {
    let (mut alpha, mut beta) = (G::identity(), G::identity());
    for choice in choices {
        alpha = G::mul(&alpha, &G::point(&choice.alpha));
        beta = G::mul(&beta, &G::point(&choice.beta));
    }
    let encoded = G::encode_all(&[alpha, beta]);
    Ciphertext { alpha: encoded[0], beta: encoded[1] }
}
