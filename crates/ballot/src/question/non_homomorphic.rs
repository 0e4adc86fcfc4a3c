//! Answers to non-homomorphic questions (Belenios specification, section "Non-homomorphic answers").

use serde::{Deserialize, Serialize};

use super::claims::{Commitment, Proven};
use super::{Claims, Context, push_ciphertext};
use crate::election::NonHomomorphic;
use crate::group::Group;
use crate::nonce::Nonces;
use crate::refusal::Misuse;
use crate::sigma::{self, Ciphertext, Proof};

/// One ciphertext of the whole vote, with a proof that its maker knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct NonHomomorphicAnswer<G: Group> {
    /// `(g^r, y^r ξ)`, ξ being the embedded vote.
    pub choices: Ciphertext<G>,
    /// Knowledge of `r`.
    pub proof: Proof<G>,
}

impl<G: Group> NonHomomorphicAnswer<G> {
    /// Implements EncryptNonHomomorphic.
    pub(super) fn create(
        context: &Context<'_, G>,
        question: &NonHomomorphic,
        vote: &[u8],
        nonces: &mut Nonces,
    ) -> Result<Self, Misuse> {
        let misuse = |text: &str| Misuse(format!("question {:?}: {text}", question.question));
        if vote.len() != question.answers.len() {
            return Err(misuse("the vote has not one number for each choice"));
        }
        let embedded =
            G::embed(vote).ok_or_else(|| misuse("the group cannot embed a vote of this length"))?;
        let r = nonces.scalar::<G::Scalar>();
        let points = [G::exp_g(&r), G::mul(&G::exp_table(context.election.table(), &r), &embedded)];
        let encoded = G::encode_all(&points);
        let choices = Ciphertext { alpha: encoded[0], beta: encoded[1] };
        let proof = sigma::prove::<G>(&knowledge_prefix(context, &choices), &r, nonces);
        Ok(NonHomomorphicAnswer { choices, proof })
    }

    /// Implements VerifyNonHomomorphic.
    pub(super) fn claim(&self, context: &Context<'_, G>, number: usize, claims: &mut Claims<G>) {
        let commitment = Commitment::of(self.choices.alpha, &self.proof);
        let prefix = knowledge_prefix(context, &self.choices);
        claims.add(Proven::Knowledge(number), prefix, [commitment], self.proof.challenge);
    }
}

/// `raweg|S0|y,α,β`.
fn knowledge_prefix<G: Group>(context: &Context<'_, G>, choices: &Ciphertext<G>) -> String {
    let mut prefix = format!("raweg|{}|{},", context.s0, context.election.key);
    push_ciphertext(&mut prefix, choices);
    prefix
}
