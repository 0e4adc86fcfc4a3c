//! `election.json`: the questions, the key, the fingerprint (Belenios specification, section "Election").

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::group::{Group, GroupName};
use crate::hash::Hash;
use crate::json;

/// The largest number of answers that we read, of all questions together; more are refused rather than allocated for.
pub const MAX_ANSWERS: usize = 10_000;

/// A homomorphic question: choose `min..=max` answers, or leave the ballot blank where that is a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Homomorphic {
    /// The answers.
    pub answers: Vec<String>,
    /// Whether a blank vote is an answer of its own (then the result's first number counts it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank: Option<bool>,
    /// The smallest number of answers.
    pub min: u32,
    /// The largest number of answers.
    pub max: u32,
    /// The question's text.
    pub question: String,
}

impl Homomorphic {
    /// Whether there is a blank choice.
    pub fn has_blank(&self) -> bool {
        self.blank == Some(true)
    }

    /// How many ciphertexts an answer has: one an answer, and one for blank.
    pub fn ciphertexts(&self) -> usize {
        self.answers.len() + usize::from(self.has_blank())
    }
}

/// The plain part of a non-homomorphic question: each answer gets a number from 0 to 255 (a rank, a grade).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonHomomorphic {
    /// The answers.
    pub answers: Vec<String>,
    /// The question's text.
    pub question: String,
}

/// The plain part of a question of lists: choose one list, and answers in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// The lists; each begins with its own name.
    pub answers: Vec<Vec<String>>,
    /// The question's text.
    pub question: String,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Question {
    /// Counted under encryption.
    Homomorphic(Homomorphic),
    /// Mixed, then decrypted one by one.
    NonHomomorphic(Typed<NonHomomorphicTag, NonHomomorphic>),
    /// Counted under encryption, by lists (since Belenios 3.0).
    Lists(Typed<ListsTag, Lists>),
}

/// A question that names its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed<T, Q> {
    r#type: T,
    /// The question.
    pub value: Q,
    /// How it is to be counted; the cryptography does not look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<serde_json::Value>,
}

/// The word `NonHomomorphic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NonHomomorphicTag {
    /// The word.
    NonHomomorphic,
}

/// The word `Lists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListsTag {
    /// The word.
    Lists,
}

impl Question {
    /// A non-homomorphic question; `extra` says how it is counted.
    pub fn non_homomorphic(
        question: String,
        answers: Vec<String>,
        extra: Option<serde_json::Value>,
    ) -> Question {
        let value = NonHomomorphic { answers, question };
        Question::NonHomomorphic(Typed { r#type: NonHomomorphicTag::NonHomomorphic, value, extra })
    }

    /// Whether its answers are mixed.
    pub fn is_mixed(&self) -> bool {
        matches!(self, Question::NonHomomorphic(_))
    }

    fn answers(&self) -> usize {
        match self {
            Question::Homomorphic(q) => q.answers.len(),
            Question::NonHomomorphic(q) => q.value.answers.len(),
            Question::Lists(q) => q.value.answers.iter().map(Vec::len).sum(),
        }
    }

    fn refuse(&self, group: GroupName) -> Option<&'static str> {
        match self {
            Question::Homomorphic(q) => {
                if q.answers.is_empty() {
                    Some("it has no answers")
                } else if q.min > q.max || q.max as usize > q.answers.len() {
                    Some("min, max and the number of answers are not in order")
                } else {
                    None
                }
            }
            Question::NonHomomorphic(q) => {
                let room = crate::with_group!(group, G => G::EMBEDDING.map_or(0, |e| e.max_ints));
                if q.value.answers.is_empty() {
                    Some("it has no answers")
                } else if room == 0 {
                    Some("its group cannot embed a ranked vote")
                } else if q.value.answers.len() > room {
                    Some("it has more answers than its group can embed")
                } else {
                    None
                }
            }
            Question::Lists(q) => {
                if q.value.answers.is_empty() || q.value.answers.iter().any(Vec::is_empty) {
                    Some("it has no lists, or a list without a name")
                } else {
                    None
                }
            }
        }
    }
}

/// The fields of `election.json`, in the order in which we write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The version of the cryptography: 1.
    pub version: u32,
    /// Free text.
    pub description: String,
    /// The election's name.
    pub name: String,
    /// The group's name.
    pub group: String,
    /// The election's key, an element of the group.
    pub public_key: String,
    /// The questions, in order.
    pub questions: Vec<Question>,
    /// Base58, at least 14 characters.
    pub uuid: String,
    /// Who administers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator: Option<String>,
    /// Who made the credentials: `cabildo`, or `cabildo/<book id>`, in ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_authority: Option<String>,
    /// Language and direction of writing (since 3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Vec<String>>,
}

/// Reads only the group's name, to choose the implementation at the door.
pub fn group_of(bytes: &[u8]) -> Result<GroupName, String> {
    let description: Description = json::parse_loosely(bytes).map_err(|error| error.to_string())?;
    GroupName::from_name(&description.group).ok_or_else(|| {
        let known = GroupName::ALL.map(GroupName::name).join(", ");
        format!("its group {:?} is none of {known}", description.group)
    })
}

/// An election whose description was read and found in order; its key is an element, not yet shown to be the trustees'.
/// Copies share the key's tables.
pub struct Election<G: Group> {
    /// What `election.json` says.
    pub description: Description,
    /// The SHA-256 of its bytes.
    pub hash: Hash,
    /// φ, the compact base64 of that hash.
    pub fingerprint: String,
    /// The election's key `y`.
    pub key: G::Element,
    point: G::Point,
    table: Arc<G::Table>,
    vartime_table: Arc<G::VartimeTable>,
}

// Not derived: that would ask the tables themselves to be cloned.
impl<G: Group> Clone for Election<G> {
    fn clone(&self) -> Self {
        Election {
            description: self.description.clone(),
            hash: self.hash,
            fingerprint: self.fingerprint.clone(),
            key: self.key,
            point: self.point,
            table: Arc::clone(&self.table),
            vartime_table: Arc::clone(&self.vartime_table),
        }
    }
}

impl<G: Group> Election<G> {
    /// Reads `election.json`, whose bytes are hashed as they stand. Implements ReadElection.
    pub fn parse(bytes: &[u8]) -> Result<Election<G>, String> {
        let description: Description = json::parse_loosely(bytes).map_err(|error| error.to_string())?;
        if description.version != 1 {
            return Err(format!(
                "its version is {}, and only version 1 of the Belenios cryptography is known",
                description.version
            ));
        }
        let group = GroupName::from_name(&description.group).filter(|group| group.name() == G::NAME);
        let group = group.ok_or_else(|| format!("its group is not {}", G::NAME))?;
        if !is_uuid(&description.uuid) {
            return Err("its uuid is not at least 14 characters of Base58".into());
        }
        if description.questions.is_empty() {
            return Err("it has no questions".into());
        }
        if description.questions.iter().map(Question::answers).sum::<usize>() > MAX_ANSWERS {
            return Err("its questions have more than 10,000 answers together".into());
        }
        for (i, question) in description.questions.iter().enumerate() {
            if let Some(reason) = question.refuse(group) {
                return Err(format!("question {}: {reason}", i + 1));
            }
        }
        let key = G::decode(&description.public_key).map_err(|error| format!("its public_key is {error}"))?;
        let point = G::point(&key);
        if G::is_identity(&point) || !G::in_subgroup(&point) {
            return Err("its public_key is the identity or outside the prime-order subgroup".into());
        }
        let hash = Hash::of(bytes);
        Ok(Election {
            description,
            hash,
            fingerprint: hash.compact(),
            key,
            point,
            table: Arc::new(G::table(&point)),
            vartime_table: Arc::new(G::vartime_table(&point)),
        })
    }

    /// The key for arithmetic.
    pub fn point(&self) -> &G::Point {
        &self.point
    }

    /// Its table for secret exponents.
    pub fn table(&self) -> &G::Table {
        &self.table
    }

    /// Its table for public exponents.
    pub fn vartime_table(&self) -> &G::VartimeTable {
        &self.vartime_table
    }

    /// The questions.
    pub fn questions(&self) -> &[Question] {
        &self.description.questions
    }

    /// Whether a shuffle is needed.
    pub fn is_mixed(&self) -> bool {
        self.questions().iter().any(Question::is_mixed)
    }

    /// Whether Cabildo made it, so that strong decryption proofs must stand beside it.
    pub fn is_ours(&self) -> bool {
        self.description
            .credential_authority
            .as_deref()
            .is_some_and(|by| by == "cabildo" || by.starts_with("cabildo/"))
    }
}

/// Whether a text can be an election's uuid: Base58, 14 characters or more (we cap it at 64).
pub fn is_uuid(text: &str) -> bool {
    (14..=64).contains(&text.len()) && text.bytes().all(|b| crate::credential::ALPHABET.contains(&b))
}
