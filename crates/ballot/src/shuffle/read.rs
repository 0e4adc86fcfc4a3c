//! Reading a shuffle's JSON: first its texts, then all its points and scalars on several cores, since decompressing
//! points is a third of what verifying a shuffle costs.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer};

use super::{Commitments, PIECE, Responses, Shuffle, ShuffleProof, ranges};
use crate::group::{Group, Scalar};
use crate::parallel;
use crate::sigma::Ciphertext;

/// A JSON string, borrowed from the input where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShuffle<'a> {
    #[serde(borrow)]
    ciphertexts: Vec<Vec<RawCiphertext<'a>>>,
    #[serde(borrow)]
    proofs: Vec<RawProof<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCiphertext<'a> {
    #[serde(borrow)]
    alpha: Text<'a>,
    #[serde(borrow)]
    beta: Text<'a>,
}

type RawProof<'a> = (RawCommitments<'a>, RawResponses<'a>, Vec<Text<'a>>, Vec<Text<'a>>);
type RawCommitments<'a> = (Text<'a>, Text<'a>, Text<'a>, (Text<'a>, Text<'a>), Vec<Text<'a>>);
type RawResponses<'a> = (Text<'a>, Text<'a>, Text<'a>, Text<'a>, Vec<Text<'a>>, Vec<Text<'a>>);

/// `f` on every item, in pieces, in order.
fn each<T: Sync, U: Send, E: Send>(
    items: &[T],
    f: impl Fn(&T) -> Result<U, E> + Sync + Send,
) -> Result<Vec<U>, E> {
    let ranges = ranges(items.len(), PIECE);
    let pieces =
        parallel::map(&ranges, |range| items[range.clone()].iter().map(&f).collect::<Result<Vec<U>, E>>());
    let mut all = Vec::with_capacity(items.len());
    for piece in pieces {
        all.extend(piece?);
    }
    Ok(all)
}

fn element<G: Group>(text: &Text<'_>) -> Result<G::Element, String> {
    G::decode(&text.0).map_err(|error| error.to_string())
}

fn scalar<G: Group>(text: &Text<'_>) -> Result<G::Scalar, String> {
    G::Scalar::from_decimal(&text.0)
        .ok_or_else(|| "not a canonical decimal below the group's order".to_owned())
}

fn proof<G: Group>(raw: &RawProof<'_>) -> Result<ShuffleProof<G>, String> {
    let ((t1, t2, t3, (t41, t42), t_hat), (s1, s2, s3, s4, s_hat, s_prime), c, c_hat) = raw;
    Ok(ShuffleProof {
        t: Commitments {
            t1: element::<G>(t1)?,
            t2: element::<G>(t2)?,
            t3: element::<G>(t3)?,
            t41: element::<G>(t41)?,
            t42: element::<G>(t42)?,
            t_hat: each(t_hat, element::<G>)?,
        },
        s: Responses {
            s1: scalar::<G>(s1)?,
            s2: scalar::<G>(s2)?,
            s3: scalar::<G>(s3)?,
            s4: scalar::<G>(s4)?,
            s_hat: each(s_hat, scalar::<G>)?,
            s_prime: each(s_prime, scalar::<G>)?,
        },
        c: each(c, element::<G>)?,
        c_hat: each(c_hat, element::<G>)?,
    })
}

impl<'de, G: Group> Deserialize<'de> for Shuffle<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawShuffle::deserialize(deserializer)?;
        let ciphertext = |raw: &RawCiphertext<'_>| -> Result<Ciphertext<G>, String> {
            Ok(Ciphertext { alpha: element::<G>(&raw.alpha)?, beta: element::<G>(&raw.beta)? })
        };
        let ciphertexts = raw.ciphertexts.iter().map(|question| each(question, ciphertext)).collect();
        let proofs = raw.proofs.iter().map(proof::<G>).collect();
        Ok(Shuffle {
            ciphertexts: Result::map_err(ciphertexts, de::Error::custom)?,
            proofs: Result::map_err(proofs, de::Error::custom)?,
        })
    }
}
