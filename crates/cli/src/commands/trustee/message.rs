//! What a trustee sends: one file, a shuffle or a partial decryption with its strong proof.

use std::path::Path;

use ballot::archive::EventType;
use ballot::group::Group;
use ballot::hash::Hash;
use ballot::json;
use ballot::standing::Standing;
use serde::{Deserialize, Serialize};

use super::without_line_end;
use crate::edge;
use crate::failure::Failure;

/// A trustee's message, as canonical JSON on one line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// `Shuffle` or `PartialDecryption`.
    pub r#type: EventType,
    /// The election.
    pub election_uuid: String,
    /// The trustee's number, from 1.
    pub owner: usize,
    /// SHA-256 of what was mixed or decrypted: the last shuffle or, without one, the encrypted tally.
    pub input: Hash,
    /// The archive's payload, byte for byte.
    pub payload: String,
    /// The JSON of the strong proof; a shuffle has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strong: Option<String>,
}

impl Message {
    /// Reads a message that is meant for an election which stands so; says in words what else it is.
    pub fn read<G: Group>(path: &Path, standing: &Standing<G>) -> Result<Message, Failure> {
        let bytes = edge::read(path)?;
        let message: Message = json::parse(without_line_end(&bytes)).map_err(|error| {
            Failure::file(
                path,
                format!("it is no message of `trustee shuffle` or `trustee decrypt`: {error}"),
            )
        })?;
        let election = &standing.election().description;
        if !matches!(message.r#type, EventType::Shuffle | EventType::PartialDecryption) {
            return Err(Failure::file(path, "it is neither a shuffle nor a decryption"));
        }
        if message.election_uuid != election.uuid {
            return Err(Failure::file(
                path,
                format!(
                    "it belongs to another election, {}; this archive is of {}",
                    message.election_uuid, election.uuid
                ),
            ));
        }
        let allowed = match message.r#type {
            EventType::Shuffle => standing.may_mix(message.owner),
            _ => standing.may_decrypt(message.owner),
        };
        allowed.map_err(|error| Failure::file(path, error))?;
        if Some(message.input) != standing.input() {
            let (what, command) = match message.r#type {
                EventType::Shuffle => ("mixed", "shuffle"),
                _ => ("decrypted", "decrypt"),
            };
            return Err(Failure::file(
                path,
                format!(
                    "trustee {} {what} another state of this election (a shuffle was added since, or the archive differs): \
                     hand over this archive and ask for a new `trustee {command}`",
                    message.owner
                ),
            ));
        }
        Ok(message)
    }

    /// Its bytes, with a line end.
    pub fn to_bytes(&self) -> Vec<u8> {
        (json::to_string(self) + "\n").into_bytes()
    }
}
