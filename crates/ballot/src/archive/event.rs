//! Events and the small payloads that bind the large ones.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::json::{self, Natural};

/// The first member's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Of the archive's form: 1.
    pub version: u32,
    /// Unix seconds, as a decimal string; every member's time.
    pub timestamp: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// The election, its trustees and its credentials are fixed.
    Setup,
    /// A ballot is cast.
    Ballot,
    /// No more ballots.
    EndBallots,
    /// The ballots that count are added up under encryption.
    EncryptedTally,
    /// A trustee mixes the ranked votes.
    Shuffle,
    /// No more shuffles.
    EndShuffles,
    /// A trustee decrypts its part.
    PartialDecryption,
    /// The parts give the result.
    Result,
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// SHA-256 of the previous event's file; the first has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Hash>,
    /// 0, 1, 2, …
    pub height: u64,
    /// What happened.
    pub r#type: EventType,
    /// SHA-256 of the payload; `EndBallots` and `EndShuffles` have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Hash>,
}

/// The payload of `Setup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupData {
    /// SHA-256 of `election.json`.
    pub election: Hash,
    /// SHA-256 of the trustees.
    pub trustees: Hash,
    /// SHA-256 of the credentials.
    pub credentials: Hash,
    /// SHA-256 of a certificate of the credentials (Belenios 3.2 servers); carried along, not interpreted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_certificate: Option<Hash>,
}

impl SetupData {
    /// The payload for these contents, as [`super::ArchiveWriter::setup`] writes it.
    pub fn of(election: &[u8], trustees: &[u8], credentials: &[u8]) -> SetupData {
        SetupData {
            election: Hash::of(election),
            trustees: Hash::of(trustees),
            credentials: Hash::of(credentials),
            credentials_certificate: None,
        }
    }

    /// SHA-256 of the payload.
    pub fn hash(&self) -> Hash {
        Hash::of(json::to_string(self).as_bytes())
    }
}

/// The payload of `EncryptedTally`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizedTally {
    /// How many ballots count.
    pub num_tallied: u64,
    /// The sum of their weights.
    pub total_weight: Natural,
    /// SHA-256 of the encrypted tally.
    pub encrypted_tally: Hash,
}

/// The payload of `Shuffle` and `PartialDecryption`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owned {
    /// The trustee's number, from 1, in the order of the trustees.
    pub owner: usize,
    /// SHA-256 of the shuffle or the partial decryption.
    pub payload: Hash,
}
