//! The functions of the booth that a voter needs.

use crate::Refusal;
use ballot::checks;
use ballot::credential::{Credential, Enrolled};
use ballot::election::{self, Election};
use ballot::group::{Group, GroupName};
use ballot::with_group;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// A value that is wiped when it is dropped.
#[derive(Default)]
pub(crate) struct Secret<T: Zeroize>(pub(crate) Zeroizing<T>);

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Secret(Zeroizing::new(value)))
    }
}

/// Exactly 32 bytes, as [`cast`] and `audit` ask for.
pub(crate) fn exactly_32(bytes: &[u8]) -> Result<Zeroizing<[u8; 32]>, Refusal> {
    let bytes = <[u8; 32]>::try_from(bytes)
        .map_err(|_| Refusal::misuse(format!("32 random bytes are needed, {} were given", bytes.len())))?;
    Ok(Zeroizing::new(bytes))
}

/// The group that an `election.json` names.
pub(crate) fn group_of(election: &str) -> Result<GroupName, Refusal> {
    election::group_of(election.as_bytes()).map_err(|reason| Refusal::refused(checks::ELECTION, reason))
}

/// Reads an `election.json`.
pub(crate) fn election<G: Group>(text: &str) -> Result<Election<G>, Refusal> {
    Election::parse(text.as_bytes()).map_err(|reason| Refusal::refused(checks::ELECTION, reason))
}

/// Argument of [`sha256`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bytes {
    /// Any bytes, in hexadecimal.
    hex: String,
}

/// Value of [`sha256`].
#[derive(Serialize)]
pub(crate) struct Digested {
    /// The digest: 64 hexadecimal digits.
    sha256: String,
}

/// SHA-256 (FIPS 180-4) of bytes; for what a page shows of a file, since `crypto.subtle` is absent on plain HTTP.
pub(crate) fn sha256(argument: Bytes, _random: &[u8]) -> Result<Digested, Refusal> {
    let bytes = hex::decode(&argument.hex).map_err(|e| Refusal::argument(format!("hex: {e}")))?;
    Ok(Digested { sha256: hex::encode(Sha256::digest(&bytes)) })
}

/// Argument of [`cast`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vote {
    /// The text of `election.json`.
    election: String,
    /// The private credential, with its dashes.
    credential: Secret<String>,
    /// For each question a number for each choice, the blank flag first where there is one.
    votes: Vec<Secret<Vec<u8>>>,
    /// The archive's list of credentials, a JSON array: if it is given, the voter must be on it.
    #[serde(default)]
    credentials: Option<String>,
}

/// Value of [`cast`].
#[derive(Serialize)]
pub(crate) struct Cast {
    /// The ballot's text, to be sent as it stands.
    ballot: String,
    /// What the voter looks for in the box.
    tracker: String,
}

/// Makes a ballot from exactly 32 random bytes, used for nothing else; the same arguments give the same ballot. Refuses
/// where the voter is not on the list that is given (check `ballot-credential`).
pub(crate) fn cast(vote: Vote, random: &[u8]) -> Result<Cast, Refusal> {
    let fresh = exactly_32(random)?;
    with_group!(group_of(&vote.election)?, G => cast_in::<G>(vote, &fresh))
}

fn cast_in<G: Group>(vote: Vote, fresh: &[u8; 32]) -> Result<Cast, Refusal> {
    let election = election::<G>(&vote.election)?;
    let credential = Credential::parse(&vote.credential.0).ok_or_else(|| {
        Refusal::argument("credential: not 22 letters of Base58 in groups of 5, 6, 5 and 6")
    })?;
    if let Some(list) = &vote.credentials {
        require_listed::<G>(&credential.public::<G>(&election.description.uuid), list)?;
    }
    let votes: Vec<_> = vote.votes.into_iter().map(|vote| vote.0).collect();
    let ballot = ballot::ballot::cast(&election, &credential, &votes, fresh)
        .map_err(|misuse| Refusal::argument(misuse.0))?;
    let tracker = ballot::hash::Hash::of(ballot.as_bytes()).compact();
    Ok(Cast { ballot, tracker })
}

/// Whether the list names this key, and in a line that can be read. The list itself is for the auditor to judge.
fn require_listed<G: Group>(public: &G::Element, list: &str) -> Result<(), Refusal> {
    let refuse = |reason: String| Refusal::refused(checks::BALLOT_CREDENTIAL, reason);
    let lines: Vec<&str> = serde_json::from_str(list)
        .map_err(|e| Refusal::refused(checks::CREDENTIALS, format!("credentials: {e}")))?;
    let text = public.to_string();
    let line = lines.into_iter().find(|line| line.split(',').next() == Some(&text));
    let line = line.ok_or_else(|| refuse("this credential is not on the election's list".into()))?;
    Enrolled::<G>::parse(line).map(drop).map_err(refuse)
}
