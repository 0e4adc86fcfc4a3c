//! Ballots that were handed in and wait to be published: whether one may be taken, and which may go into the next batch.

use std::sync::LazyLock;

use std::collections::{HashMap, HashSet};

use ::ballot::group::{Ed25519, Group};
use ::ballot::hash::Hash;
use serde::Deserialize;

use super::batch::Cast;
use super::opened::{self, OpenBox};
use super::{Election, Phase, called};
use crate::beside::Beside;
use crate::case::Case;
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::rules::halted;
use crate::state::State;

/// What a ballot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Which election it is for.
    pub election_uuid: String,
    /// By which credential it was cast.
    pub credential: String,
}

impl Named {
    /// Reads it off a ballot; nothing is verified.
    ///
    /// # Errors
    /// It is no ballot, in words.
    pub fn of(cast: &Cast) -> Result<Named, String> {
        serde_json::from_slice(&cast.ballot).map_err(|error| format!("it is no ballot ({error})"))
    }
}

/// A ballot that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The entry that called its election.
    pub election: u64,
    /// What it says of itself.
    pub named: Named,
    /// Whether it was published before.
    pub is_published: bool,
}

/// Waiting ballots, sorted by what can become of them.
pub struct Sorted {
    /// These can be published in one batch.
    pub now: Vec<Cast>,
    /// These replace one that is not published yet.
    pub later: Vec<Cast>,
    /// These are published already.
    pub published: Vec<Hash>,
}

/// Nothing that is handed in privately names keys.
static NO_KEYS: LazyLock<NamedKeys> = LazyLock::new(NamedKeys::default);

fn case<'a>(state: &'a State, at: u64, beside: &'a dyn Beside) -> Case<'a> {
    Case { state, signers: &[], at, text: book::hash::Hash([0; 32]), named: &NO_KEYS, beside }
}

fn the_box(
    state: &State,
    at: u64,
    beside: &dyn Beside,
    id: u64,
    election: &Election,
) -> Result<std::sync::Arc<OpenBox>, Refusal> {
    opened::of(&case(state, at, beside), id, election).map_err(halted)
}

/// Whether a ballot may be taken at this time (Unix seconds): its election's box is open, it holds, its credential is on the
/// list, and it replaces the last one of its credential, of which `last_waiting` is not published yet.
///
/// # Errors
/// Why not.
pub fn check_ballot(
    state: &State,
    beside: &dyn Beside,
    cast: &Cast,
    last_waiting: Option<&Hash>,
    at: u64,
) -> Result<Checked, Refusal> {
    let wrong = |reason: String| Refusal::author("ballot", "the ballot", reason);
    let named = Named::of(cast).map_err(wrong)?;
    let (id, election) = called(state, &named.election_uuid)?;
    let refuse = |reason: String| {
        Err(Refusal::author("election", format!("the election {}", named.election_uuid), reason))
    };
    let opening = match (election.phase(), &election.opened) {
        (Phase::Open, Some(opening)) => opening,
        (Phase::Called | Phase::Frozen | Phase::Listed, _) => {
            return refuse("its box is not open yet".into())
                .map_err(|refusal| refusal.next("vote once it is"));
        }
        (Phase::OnPaper, _) => return refuse("its vote is held on paper".into()),
        _ => return refuse("its ballots are closed".into()),
    };
    let open = the_box(state, at, beside, id, election)?;
    if open.has(&cast.hash) {
        return Ok(Checked { election: id, named, is_published: true });
    }
    if at >= opening.until {
        return refuse(format!("ballots were taken until {}", opening.until));
    }
    let refused = |refusal: ::ballot::refusal::Refusal| {
        Refusal::author("ballot", "the ballot", format!("{} ({})", refusal.reason, refusal.object))
    };
    let key =
        Ed25519::decode(&named.credential).map_err(|error| wrong(format!("its credential: {error}")))?;
    if !open.standing.is_listed(&key) {
        let reason = "its credential is not on this election's list".to_owned();
        return Err(wrong(reason).next("enrol before the lists are signed: in this election it is too late"));
    }
    let verified = open.standing.verify(std::slice::from_ref(&cast.ballot), &beside.fresh());
    let verified = verified.map_err(|(_, refusal)| refused(refusal))?;
    let ballot = verified.first().ok_or_else(|| wrong("it was not verified".into()))?;
    if ballot.credential != key {
        return Err(wrong("it names two credentials".to_owned()));
    }
    let last = last_waiting.copied().or_else(|| open.standing.last_of(&ballot.credential));
    open.follows(cast, last.as_ref(), &ballot.credential).map_err(|refusal| {
        let next = "vote again from the device that voted last, or with its last tracker".to_owned();
        Refusal { whose: crate::refusal::Fault::Author, next, ..refusal }
    })?;
    Ok(Checked { election: id, named, is_published: false })
}

/// Sorts what waits for the election of this entry: into the next batch go those that follow what is published, one for each
/// credential.
///
/// # Errors
/// There is no such election, or its box is not open.
pub fn sort_waiting(
    state: &State,
    beside: &dyn Beside,
    id: u64,
    waiting: Vec<Cast>,
    at: u64,
) -> Result<Sorted, Refusal> {
    let election = state.council().and_then(|council| council.elections().get(id));
    let election = election.filter(|election| election.phase() == Phase::Open).ok_or_else(|| {
        Refusal::author("election", format!("the election of entry {id}"), "its box is not open")
    })?;
    let open = the_box(state, at, beside, id, election)?;
    let mut sorted = Sorted { now: Vec::new(), later: Vec::new(), published: Vec::new() };
    let (mut last, mut seen): (HashMap<String, Option<Hash>>, HashSet<String>) = Default::default();
    for cast in waiting {
        if open.has(&cast.hash) {
            sorted.published.push(cast.hash);
            continue;
        }
        let Some(credential) = Named::of(&cast).ok().map(|named| named.credential) else { continue };
        let published = *last.entry(credential.clone()).or_insert_with(|| {
            let key = Ed25519::decode(&credential).ok();
            key.and_then(|key| open.standing.last_of(&key))
        });
        let follows = cast.replaces.as_ref().map(|replaces| replaces.ballot) == published;
        let to = if follows && seen.insert(credential) { &mut sorted.now } else { &mut sorted.later };
        to.push(cast);
    }
    Ok(sorted)
}
