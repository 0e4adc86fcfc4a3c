//! `remark.made`: a member's statement for the record, with public attachments and a private body if they wish.

use book::hash::Hash;
use serde::{Deserialize, Serialize};

use super::{Content, Rule, Ruled, only_signer};
use crate::case::Case;
use crate::effect::Effect;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::Body;

/// A remark has at most so many attachments.
const BLOBS_LIMIT: usize = 32;
/// An attachment has at most so many bytes.
const BLOB_LIMIT: u64 = 64 << 20;

/// A public attachment, kept beside the book as `blob/<sha256>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobRef {
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The content of `remark.made`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemarkMade {
    /// What is said.
    pub text: String,
    /// Public attachments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blobs: Option<Vec<BlobRef>>,
    /// The commitment to a private body ([`crate::body_commitment`]), 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Content for RemarkMade {
    const KIND: &'static str = "remark.made";
}

impl Rule for RemarkMade {
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt> {
        let (state, signers) = (case.state, case.signers);
        let (author, _) = only_signer(signers, Self::KIND)?;
        let refuse = |object: &str, reason: &str| Refusal::author("entry-content", object, reason);
        let mut effects = Vec::new();
        if let Some(blobs) = &self.blobs {
            if blobs.is_empty() || blobs.len() > BLOBS_LIMIT {
                return Err(refuse("the attachments", "there is none, or there are more than 32").into());
            }
            for blob in blobs {
                let hash = Hash::from_hex(&blob.sha256)
                    .ok_or_else(|| refuse("an attachment", "its hash is not 64 hexadecimal digits"))?;
                if blob.size > BLOB_LIMIT {
                    return Err(refuse("an attachment", "it is larger than 64 MiB").into());
                }
                if effects
                    .iter()
                    .any(|other| matches!(other, Effect::Blob { hash: taken, .. } if *taken == hash))
                {
                    return Err(refuse("an attachment", "it is named twice").into());
                }
                effects.push(Effect::Blob { hash, size: blob.size });
            }
        }
        let Some(body) = &self.body else { return Ok(Ruled::plain(effects)) };
        let commitment = Hash::from_hex(body)
            .ok_or_else(|| refuse("the private body", "its commitment is not 64 hexadecimal digits"))?;
        if state.bodies.contains_key(&commitment) {
            return Err(
                refuse("the private body", "another entry has the same commitment: take a new salt").into()
            );
        }
        effects.push(Effect::Body { commitment, signer: author.to_string() });
        let entry = state.size();
        let mut ruled = Ruled::plain(effects);
        ruled.change = Box::new(move |state| {
            state.bodies.insert(commitment, Body { entry, author });
        });
        Ok(ruled)
    }
}
