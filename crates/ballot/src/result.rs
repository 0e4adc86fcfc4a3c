//! The result: the factors of all trustees open the final tally (Belenios specification, section "Election result").

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::checks;
use crate::election::Question;
use crate::group::{Group, Scalar};
use crate::json::{self, Natural};
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::Ciphertext;

/// The result of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum QuestionResult {
    /// For each answer (blank first, where there is one) the weight that chose it.
    Counts(Vec<Natural>),
    /// For each ballot, in the order of the last shuffle, its numbers.
    Votes(Vec<Vec<u8>>),
    /// For each list the weight that chose it and each of its answers.
    ListCounts(Vec<Vec<Natural>>),
}

/// The payload of `Result`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElectionResult {
    /// One a question.
    pub result: Vec<QuestionResult>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

impl ElectionResult {
    /// Reads a result for these questions; canonical JSON only.
    pub fn parse(questions: &[Question], bytes: &[u8]) -> Result<ElectionResult, String> {
        let raw: Raw<'_> = json::parse_loosely(bytes).map_err(|error| error.to_string())?;
        if raw.result.len() != questions.len() {
            return Err(format!("it has results for {} questions of {}", raw.result.len(), questions.len()));
        }
        let mut result = Vec::with_capacity(questions.len());
        for (question, text) in questions.iter().zip(raw.result) {
            let text = text.get().as_bytes();
            let read = match question {
                Question::Homomorphic(_) => json::parse_loosely(text).map(QuestionResult::Counts),
                Question::NonHomomorphic(_) => json::parse_loosely(text).map(QuestionResult::Votes),
                Question::Lists(_) => json::parse_loosely(text).map(QuestionResult::ListCounts),
            };
            result.push(read.map_err(|error| error.to_string())?);
        }
        let result = ElectionResult { result };
        if json::to_string(&result).as_bytes() != bytes {
            return Err("it is not in canonical form".into());
        }
        Ok(result)
    }
}

/// The opened tally: for each ciphertext of the final tally, flat, `β / ∏ factors`.
pub struct Opened<G: Group>(Vec<G::Point>);

/// Divides each `β` by the combined factor.
pub fn open<G: Group>(ciphertexts: &[Ciphertext<G>], combined: &[G::Point]) -> Opened<G> {
    let open = ciphertexts
        .iter()
        .zip(combined)
        .map(|(ciphertext, factor)| G::div(&G::point(&ciphertext.beta), factor));
    Opened(open.collect())
}

impl<G: Group> Opened<G> {
    /// Computes the result. `mixed` is the number of ballots that count, `total_weight` bounds every count. Implements
    /// ComputeResult.
    pub fn result(
        &self,
        questions: &[Question],
        mixed: usize,
        total_weight: u64,
    ) -> Result<ElectionResult, Refusal> {
        let logarithms = Logarithms::<G>::up_to(total_weight);
        let mut rows = self.rows(questions, mixed).into_iter();
        let mut result = Vec::with_capacity(questions.len());
        let counts = |points: &[G::Point]| -> Option<Vec<Natural>> {
            points.iter().map(|point| logarithms.of(point).map(Natural)).collect()
        };
        for (number, question) in questions.iter().enumerate() {
            let points = rows.next().unwrap_or_default();
            let answer = match question {
                Question::NonHomomorphic(question) => {
                    Some(QuestionResult::Votes(votes::<G>(points, question.value.answers.len())))
                }
                Question::Homomorphic(_) => counts(points).map(QuestionResult::Counts),
                Question::Lists(question) => counts(points).map(|flat| {
                    let mut flat = flat.into_iter();
                    let lists = question.value.answers.iter();
                    QuestionResult::ListCounts(
                        lists.map(|list| flat.by_ref().take(list.len()).collect()).collect(),
                    )
                }),
            };
            result.push(answer.ok_or_else(|| {
                let reason = "no count up to the total weight opens its tally: a trustee's share is not of this election";
                Refusal::new(checks::RESULT, format!("question {}", number + 1), reason)
            })?);
        }
        Ok(ElectionResult { result })
    }

    /// Whether a result is this one, without searching for logarithms. Implements VerifyResult.
    pub fn confirms(
        &self,
        questions: &[Question],
        mixed: usize,
        total_weight: u64,
        result: &ElectionResult,
    ) -> Result<(), Refusal> {
        let rows = self.rows(questions, mixed);
        for (number, ((question, points), claimed)) in
            questions.iter().zip(rows).zip(&result.result).enumerate()
        {
            let refuse =
                |reason: String| Refusal::new(checks::RESULT, format!("question {}", number + 1), reason);
            let flat: Vec<Natural> = match (question, claimed) {
                (Question::NonHomomorphic(question), QuestionResult::Votes(claimed)) => {
                    let opened = votes::<G>(points, question.value.answers.len());
                    if opened.len() != claimed.len() {
                        return Err(refuse(format!(
                            "it has {} votes, and {} ballots count",
                            claimed.len(),
                            opened.len()
                        )));
                    }
                    match opened.iter().zip(claimed).position(|(a, b)| a != b) {
                        Some(at) => return Err(refuse(format!("vote {} is not what was decrypted", at + 1))),
                        None => continue,
                    }
                }
                (Question::Homomorphic(_), QuestionResult::Counts(counts)) => counts.clone(),
                (Question::Lists(question), QuestionResult::ListCounts(lists)) => {
                    if lists.iter().map(Vec::len).ne(question.value.answers.iter().map(Vec::len)) {
                        return Err(refuse("it has not one count for each answer of each list".into()));
                    }
                    lists.iter().flatten().copied().collect()
                }
                _ => return Err(refuse("it is of another kind than the question".into())),
            };
            if flat.len() != points.len() {
                return Err(refuse(format!("it has {} counts for {} answers", flat.len(), points.len())));
            }
            for (at, (count, point)) in flat.iter().zip(points).enumerate() {
                if count.0 > total_weight || G::exp_g(&G::Scalar::from_u64(count.0)) != *point {
                    return Err(refuse(format!("count {} ({}) is not what was decrypted", at + 1, count.0)));
                }
            }
        }
        Ok(())
    }

    fn rows(&self, questions: &[Question], mixed: usize) -> Vec<&[G::Point]> {
        let mut rest = self.0.as_slice();
        let mut rows = Vec::with_capacity(questions.len());
        for question in questions {
            let length = match question {
                Question::Homomorphic(question) => question.ciphertexts(),
                Question::NonHomomorphic(_) => mixed,
                Question::Lists(question) => question.value.answers.iter().map(Vec::len).sum(),
            };
            let (row, after) = rest.split_at(length.min(rest.len()));
            rows.push(row);
            rest = after;
        }
        rows
    }
}

/// Reads each opened vote's numbers.
fn votes<G: Group>(points: &[G::Point], answers: usize) -> Vec<Vec<u8>> {
    let chunks: Vec<&[G::Point]> = points.chunks(1024).collect();
    let read = parallel::map(&chunks, |points| {
        G::encode_all(points).iter().map(|element| G::extract(element, answers)).collect::<Vec<_>>()
    });
    read.into_iter().flatten().collect()
}

/// Discrete logarithms of small numbers by baby steps and giant steps.
struct Logarithms<G: Group> {
    baby: HashMap<G::Element, u64>,
    giant: G::Point,
    steps: u64,
}

impl<G: Group> Logarithms<G> {
    fn up_to(bound: u64) -> Logarithms<G> {
        let steps = bound.isqrt() + 1;
        let mut baby = HashMap::new();
        let mut point = G::identity();
        let mut chunk = Vec::new();
        for from in (0..steps).step_by(1024) {
            chunk.clear();
            for _ in from..(from + 1024).min(steps) {
                chunk.push(point);
                point = G::mul(&point, &G::generator());
            }
            baby.extend(G::encode_all(&chunk).into_iter().zip(from..));
        }
        Logarithms { baby, giant: G::invert(&point), steps }
    }

    /// The `m` with `g^m = point`, from 0 to the bound.
    fn of(&self, point: &G::Point) -> Option<u64> {
        let mut rest = *point;
        for giant in 0..=self.steps {
            if let Some(baby) = self.baby.get(&G::encode(&rest)) {
                return Some(giant * self.steps + baby);
            }
            rest = G::mul(&rest, &self.giant);
        }
        None
    }
}
