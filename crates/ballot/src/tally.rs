//! The encrypted tally: the ballots that count, added up question by question (Belenios specification, section "Encrypted
//! tally").

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::election::{Election, Question};
use crate::group::{Group, Scalar};
use crate::sigma::Ciphertext;

/// Values in the shape of a tally: an array for each question; for a question of lists an array for each list in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shaped<T>(pub Vec<Row<T>>);

/// The values of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row<T> {
    /// One an answer, or one a ballot.
    Flat(Vec<T>),
    /// One an answer, list by list.
    Nested(Vec<Vec<T>>),
}

impl<T> Shaped<T> {
    /// The values in order.
    pub fn into_flat(self) -> Vec<T> {
        let mut flat = Vec::new();
        for row in self.0 {
            match row {
                Row::Flat(values) => flat.extend(values),
                Row::Nested(values) => flat.extend(values.into_iter().flatten()),
            }
        }
        flat
    }
}

impl<T: Serialize> Serialize for Shaped<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Serialize> Serialize for Row<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Row::Flat(values) => values.serialize(serializer),
            Row::Nested(values) => values.serialize(serializer),
        }
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Shaped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<&serde_json::value::RawValue>::deserialize(deserializer)?;
        let mut shaped = Vec::with_capacity(rows.len());
        for row in rows {
            let text = row.get();
            let row = if text.starts_with("[[") {
                serde_json::from_str(text).map(Row::Nested)
            } else {
                serde_json::from_str(text).map(Row::Flat)
            };
            shaped.push(row.map_err(D::Error::custom)?);
        }
        Ok(Shaped(shaped))
    }
}

/// How many ciphertexts each question has in the final tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyShape(Vec<RowShape>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum RowShape {
    Flat(usize),
    Nested(Vec<usize>),
}

impl TallyShape {
    /// The shape for these questions when `mixed` ballots count.
    pub fn of(questions: &[Question], mixed: usize) -> TallyShape {
        let row = |question: &Question| match question {
            Question::Homomorphic(question) => RowShape::Flat(question.ciphertexts()),
            Question::NonHomomorphic(_) => RowShape::Flat(mixed),
            Question::Lists(question) => {
                RowShape::Nested(question.value.answers.iter().map(Vec::len).collect())
            }
        };
        TallyShape(questions.iter().map(row).collect())
    }

    /// Whether values have this shape.
    pub fn fits<T>(&self, values: &Shaped<T>) -> bool {
        self.0.len() == values.0.len()
            && self.0.iter().zip(&values.0).all(|(shape, row)| match (shape, row) {
                (RowShape::Flat(length), Row::Flat(values)) => *length == values.len(),
                (RowShape::Nested(lengths), Row::Nested(rows)) => {
                    lengths.iter().copied().eq(rows.iter().map(Vec::len))
                }
                _ => false,
            })
    }

    /// Gives a flat list this shape.
    pub fn fill<T>(&self, values: Vec<T>) -> Shaped<T> {
        let mut values = values.into_iter();
        let mut take = |count: usize| values.by_ref().take(count).collect::<Vec<T>>();
        Shaped(
            self.0
                .iter()
                .map(|row| match row {
                    RowShape::Flat(length) => Row::Flat(take(*length)),
                    RowShape::Nested(lengths) => {
                        Row::Nested(lengths.iter().map(|length| take(*length)).collect())
                    }
                })
                .collect(),
        )
    }
}

/// The encrypted tally in its JSON form.
pub type EncryptedTally<G> = Shaped<Ciphertext<G>>;

/// Adds ballots up under encryption; a ballot can be taken out again when its voter casts another.
#[derive(Clone)]
pub struct Accumulator<G: Group> {
    /// For each question: the running products, empty where its answers are mixed.
    products: Vec<Vec<(G::Point, G::Point)>>,
    questions: Vec<Question>,
}

impl<G: Group> Accumulator<G> {
    /// Nothing added yet.
    pub fn new(election: &Election<G>) -> Accumulator<G> {
        let length = |question: &Question| match question {
            Question::Homomorphic(question) => question.ciphertexts(),
            Question::NonHomomorphic(_) => 0,
            Question::Lists(question) => question.value.answers.iter().map(Vec::len).sum(),
        };
        let questions = election.questions().to_vec();
        let products =
            questions.iter().map(|question| vec![(G::identity(), G::identity()); length(question)]).collect();
        Accumulator { products, questions }
    }

    /// Adds a ballot's ciphertexts (for each question, in order) with its weight.
    pub fn add(&mut self, ciphertexts: &[Vec<Ciphertext<G>>], weight: u64) {
        self.combine(ciphertexts, weight, false);
    }

    /// Takes a ballot out again.
    pub fn remove(&mut self, ciphertexts: &[Vec<Ciphertext<G>>], weight: u64) {
        self.combine(ciphertexts, weight, true);
    }

    fn combine(&mut self, ciphertexts: &[Vec<Ciphertext<G>>], weight: u64, invert: bool) {
        let power = |element: &G::Element| {
            let point = G::point(element);
            let point = if weight == 1 {
                point
            } else {
                G::vartime_multi_exp(&[point], &[G::Scalar::from_u64(weight)])
            };
            if invert { G::invert(&point) } else { point }
        };
        for (products, ciphertexts) in self.products.iter_mut().zip(ciphertexts) {
            for ((alpha, beta), ciphertext) in products.iter_mut().zip(ciphertexts) {
                *alpha = G::mul(alpha, &power(&ciphertext.alpha));
                *beta = G::mul(beta, &power(&ciphertext.beta));
            }
        }
    }

    /// The tally; `mixed` holds for each mixed question, in order, the ciphertexts of the ballots that count, in any order.
    pub fn tally(&self, mixed: Vec<Vec<Ciphertext<G>>>) -> EncryptedTally<G> {
        let mut mixed = mixed.into_iter();
        let rows = self.questions.iter().zip(&self.products).map(|(question, products)| {
            if question.is_mixed() {
                let mut ciphertexts = mixed.next().unwrap_or_default();
                ciphertexts.sort_unstable();
                return Row::Flat(ciphertexts);
            }
            let points: Vec<G::Point> = products.iter().flat_map(|(alpha, beta)| [*alpha, *beta]).collect();
            let encoded = G::encode_all(&points);
            let mut flat = encoded.chunks(2).map(|pair| Ciphertext { alpha: pair[0], beta: pair[1] });
            match question {
                Question::Lists(question) => Row::Nested(
                    question
                        .value
                        .answers
                        .iter()
                        .map(|list| flat.by_ref().take(list.len()).collect())
                        .collect(),
                ),
                _ => Row::Flat(flat.collect()),
            }
        });
        Shaped(rows.collect())
    }
}
