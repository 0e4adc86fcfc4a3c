//! Encrypted answers, one file a kind of question.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::election::{Election, Question};
use crate::group::Group;
use crate::json;
use crate::nonce::Nonces;
use crate::refusal::Misuse;
use crate::sigma::Ciphertext;

pub mod claims;
pub mod disjunction;
pub mod homomorphic;
pub mod lists;
pub mod non_homomorphic;

pub use claims::Claims;
pub use homomorphic::HomomorphicAnswer;
pub use lists::ListsAnswer;
pub use non_homomorphic::NonHomomorphicAnswer;

/// The encrypted answer to one question.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, bound = "")]
pub enum Answer<G: Group> {
    /// To a homomorphic question.
    Homomorphic(HomomorphicAnswer<G>),
    /// To a non-homomorphic question.
    NonHomomorphic(NonHomomorphicAnswer<G>),
    /// To a question of lists.
    Lists(ListsAnswer<G>),
}

/// What every answer's proofs are made over: the election and `S0 = φ|credential`.
pub struct Context<'a, G: Group> {
    /// The election.
    pub election: &'a Election<G>,
    /// `S0`.
    pub s0: &'a str,
}

impl<G: Group> Answer<G> {
    /// Reads the answer to this question; the text's kind must be the question's.
    pub fn parse(question: &Question, text: &str) -> Result<Answer<G>, String> {
        fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
            json::parse_loosely(text.as_bytes()).map_err(|error| error.to_string())
        }
        let answer = match question {
            Question::Homomorphic(_) => Answer::Homomorphic(read(text)?),
            Question::NonHomomorphic(_) => Answer::NonHomomorphic(read(text)?),
            Question::Lists(_) => Answer::Lists(read(text)?),
        };
        answer.check_shape(question)?;
        Ok(answer)
    }

    /// Whether there are as many ciphertexts and proofs as the question asks for.
    fn check_shape(&self, question: &Question) -> Result<(), String> {
        match (self, question) {
            (Answer::Homomorphic(answer), Question::Homomorphic(question)) => answer.check_shape(question),
            (Answer::NonHomomorphic(_), Question::NonHomomorphic(_)) => Ok(()),
            (Answer::Lists(answer), Question::Lists(question)) => answer.check_shape(&question.value),
            _ => Err("it answers another kind of question".into()),
        }
    }

    /// Encrypts a vote with its proofs. `vote` is Belenios' plain form: for a homomorphic question 0 or 1 an answer, with
    /// the blank flag first where there is one; for a non-homomorphic one a number from 0 to 255 an answer.
    pub fn create(
        context: &Context<'_, G>,
        question: &Question,
        vote: &[u8],
        nonces: &mut Nonces,
    ) -> Result<Answer<G>, Misuse> {
        match question {
            Question::Homomorphic(question) => {
                HomomorphicAnswer::create(context, question, vote, nonces).map(Answer::Homomorphic)
            }
            Question::NonHomomorphic(question) => {
                NonHomomorphicAnswer::create(context, &question.value, vote, nonces)
                    .map(Answer::NonHomomorphic)
            }
            Question::Lists(_) => Err(Misuse("questions of lists are verified, not created".into())),
        }
    }

    /// The ciphertexts in order; those of lists one list after the other.
    pub fn ciphertexts(&self) -> Vec<Ciphertext<G>> {
        match self {
            Answer::Homomorphic(answer) => answer.choices.clone(),
            Answer::NonHomomorphic(answer) => vec![answer.choices],
            Answer::Lists(answer) => answer.choices.iter().flatten().copied().collect(),
        }
    }

    /// Every element that stands in the answer.
    pub fn elements(&self) -> Vec<G::Element> {
        let mut elements: Vec<G::Element> =
            self.ciphertexts().iter().flat_map(|c| [c.alpha, c.beta]).collect();
        if let Answer::Lists(answer) = self {
            elements.push(answer.nonzero_proof.commitment);
        }
        elements
    }

    /// Adds what its proofs claim; `question` is the one it was read for.
    pub fn claim(
        &self,
        context: &Context<'_, G>,
        number: usize,
        question: &Question,
        claims: &mut Claims<G>,
    ) {
        match (self, question) {
            (Answer::Homomorphic(answer), Question::Homomorphic(question)) => {
                answer.claim(context, number, question, claims)
            }
            (Answer::NonHomomorphic(answer), Question::NonHomomorphic(_)) => {
                answer.claim(context, number, claims)
            }
            (Answer::Lists(answer), Question::Lists(_)) => answer.claim(context, number, claims),
            _ => claims.refuse(number, "answers another kind of question"),
        }
    }
}

/// `S1 = S0|α1,β1,α2,β2,…`.
fn s1<'a, G: Group>(s0: &str, ciphertexts: impl Iterator<Item = &'a Ciphertext<G>>) -> String {
    let mut text = s0.to_owned();
    for (i, ciphertext) in ciphertexts.enumerate() {
        text.push(if i == 0 { '|' } else { ',' });
        push_ciphertext(&mut text, ciphertext);
    }
    text
}

/// Appends `α,β`.
fn push_ciphertext<G: Group>(text: &mut String, ciphertext: &Ciphertext<G>) {
    crate::sigma::push::<G>(text, &ciphertext.alpha);
    text.push(',');
    crate::sigma::push::<G>(text, &ciphertext.beta);
}
