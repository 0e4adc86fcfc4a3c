//! The functions of the booth that check what others made.

use crate::Refusal;
use crate::functions::{election, exactly_32, group_of};
use ballot::audit::{Audit, Options, Unreadable};
use ballot::ballot::Ballot;
use ballot::election::Description;
use ballot::group::Group;
use ballot::result::QuestionResult;
use ballot::with_group;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::Cursor;

/// Argument of [`verify_ballot`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    /// The text of `election.json`.
    pub(crate) election: String,
    /// The ballot's text.
    pub(crate) ballot: String,
}

/// Value of [`verify_ballot`].
#[derive(Serialize)]
pub(crate) struct Known {
    /// The ballot's tracker.
    pub(crate) tracker: String,
    /// The voter's public key.
    pub(crate) credential: String,
}

/// Verifies one ballot: form, points, signature, proofs. Whether its credential is on the list is not asked here.
pub(crate) fn verify_ballot(made: Made, _random: &[u8]) -> Result<Known, Refusal> {
    fn verify<G: Group>(made: &Made) -> Result<Known, Refusal> {
        let election = election::<G>(&made.election)?;
        let verified = Ballot::parse(&election, made.ballot.as_bytes())?.verify(&election)?;
        Ok(Known { tracker: verified.hash.compact(), credential: verified.credential.to_string() })
    }
    with_group!(group_of(&made.election)?, G => verify::<G>(&made))
}

/// Argument of [`audit`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Archive {
    /// The `.bel` in base64 (RFC 4648, section 4). At most some 12 MB: a page holds it whole.
    pub(crate) archive: String,
    /// The text of `<uuid>.strong.json`.
    #[serde(default)]
    pub(crate) strong: Option<String>,
    /// Whether an archive without its result is in order so far.
    #[serde(default)]
    pub(crate) partial: bool,
}

/// Value of [`audit`]: what `cabildo audit --json` prints.
#[derive(Serialize)]
pub(crate) struct Audited {
    /// Whether everything holds.
    pub(crate) ok: bool,
    #[serde(flatten)]
    named: Option<Named>,
    voters: u64,
    ballots: u64,
    pub(crate) num_tallied: u64,
    total_weight: u64,
    pub(crate) checks: Vec<report::Check>,
    facts: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<Vec<QuestionResult>>,
}

#[derive(Serialize)]
struct Named {
    uuid: String,
    name: String,
    group: String,
}

impl From<Audit> for Audited {
    fn from(audit: Audit) -> Self {
        let named = |d: Description| Named { uuid: d.uuid, name: d.name, group: d.group };
        Audited {
            ok: audit.report.holds(),
            named: audit.description.map(named),
            voters: audit.voters,
            ballots: audit.ballots,
            num_tallied: audit.num_tallied,
            total_weight: audit.total_weight,
            checks: audit.report.checks().to_vec(),
            facts: audit.report.facts().iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect(),
            result: audit.result.map(|result| result.result),
        }
    }
}

/// Audits an archive; exactly 32 random bytes are the seed of the random weights.
pub(crate) fn audit(argument: Archive, random: &[u8]) -> Result<Audited, Refusal> {
    let seed = exactly_32(random)?;
    let bytes = STANDARD.decode(&argument.archive).map_err(|e| Refusal::argument(format!("archive: {e}")))?;
    audit_bytes(&bytes, argument.strong.as_deref(), argument.partial, &seed)
}

pub(crate) fn audit_bytes(
    bytes: &[u8],
    strong: Option<&str>,
    partial: bool,
    seed: &[u8; 32],
) -> Result<Audited, Refusal> {
    let strong = strong.map(str::as_bytes);
    let options = Options { seed: *seed, strong, partial, progress: &mut |_| {} };
    match ballot::audit::audit(Cursor::new(bytes), options) {
        Ok(audit) => Ok(audit.into()),
        Err(Unreadable::NotAnArchive) => Err(Refusal::argument("archive: this is no Belenios archive")),
        Err(Unreadable::Input(error)) => Err(Refusal::argument(format!("archive: {error}"))),
    }
}
