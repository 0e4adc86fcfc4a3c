//! Kinds that concern elections: rules version 2.

mod ballots_published;
mod candidate_accepted;
mod candidate_nominated;
mod candidate_withdrew;
mod credentials_listed;
mod dispute_decided;
mod election_annulled;
mod election_called;
mod election_closed;
mod election_concluded;
mod election_opened;
mod lot_drawn;
mod moved_to_paper;
mod papers_counted;
mod papers_transcribed;
mod result_declared;
mod result_disputed;
mod roll_frozen;
mod share_forgotten;
mod trustee_missing;
mod trustees_formed;
mod votes_decrypted;
mod votes_shuffled;

pub use ballots_published::BallotsPublished;
pub use candidate_accepted::CandidateAccepted;
pub use candidate_nominated::CandidateNominated;
pub use candidate_withdrew::CandidateWithdrew;
pub use credentials_listed::CredentialsListed;
pub use dispute_decided::DisputeDecided;
pub use election_annulled::ElectionAnnulled;
pub use election_called::{CalledFor, ElectionCalled};
pub use election_closed::ElectionClosed;
pub use election_concluded::ElectionConcluded;
pub use election_opened::{ElectionOpened, SetupBlobs};
pub use lot_drawn::LotDrawn;
pub use moved_to_paper::MovedToPaper;
pub use papers_counted::PapersCounted;
pub use papers_transcribed::PapersTranscribed;
pub use result_declared::ResultDeclared;
pub use result_disputed::ResultDisputed;
pub use roll_frozen::RollFrozen;
pub use share_forgotten::ShareForgotten;
pub use trustee_missing::TrusteeMissing;
pub use trustees_formed::TrusteesFormed;
pub use votes_decrypted::VotesDecrypted;
pub use votes_shuffled::VotesShuffled;

use std::sync::Arc;

use crate::case::Case;
use crate::effect::{Effect, Effects};
use crate::elections::opened::OpenBox;
use crate::elections::{Election, Ending, Phase, Purpose, count, outcome, question};
use crate::kinds::{BlobRef, Ruled};
use crate::offices::DAY;
use crate::refusal::Refusal;
use crate::rules::Halt;
use crate::state::State;
use crate::statutes::{ElectionArticle, Power};

/// A blob of an election has at most so many bytes: what one upload can hold.
const BLOB_LIMIT: u64 = 64 << 20;
/// Words for the record have at most so many characters.
const WORDS_LIMIT: usize = 2000;

pub(crate) fn refuse(object: impl Into<String>, reason: impl Into<String>) -> Refusal {
    Refusal::author("election", object, reason)
}

fn of(id: u64) -> String {
    format!("the election of entry {id}")
}

/// That a box was not opened, of an election in which it must have been.
pub(crate) fn not_open(election: &Election) -> Refusal {
    refuse(format!("the election {}", election.uuid), "its box was not opened")
}

/// The article on elections.
fn article<'a>(case: &Case<'a>) -> Result<&'a ElectionArticle, Refusal> {
    let (_, articles) = case.council()?;
    articles.elections.as_ref().ok_or_else(|| {
        Refusal::author("statutes", "the statutes", "they have no article `elections`")
            .next("propose statutes that have one")
    })
}

/// The election of this entry, which stands in one of these phases.
fn election<'a>(case: &Case<'a>, id: u64, phases: &[Phase]) -> Result<&'a Election, Refusal> {
    let (council, _) = case.council()?;
    let election = council.elections.get(id).ok_or_else(|| refuse(of(id), "there is none"))?;
    let phase = election.phase();
    if phases.contains(&phase) {
        return Ok(election);
    }
    let wanted: Vec<&str> = phases.iter().map(|phase| phase.name()).collect();
    let reason = format!("it stands at {}, and this belongs to {}", phase.name(), wanted.join(" or "));
    Err(refuse(of(id), reason))
}

/// That one signs who carries elections on: in an office with the power `minutes` or `presiding`; or any member with a vote, once
/// those have been late for as long as the statutes say.
fn carried_on(case: &Case<'_>, since: u64) -> Result<(), Refusal> {
    let late = since.saturating_add(u64::from(article(case)?.late_days) * DAY);
    let by_line = |reason: String| Err(Refusal::author("entry-signers", "the `by` line", reason));
    match case.signers {
        [one] if case.has(one, Power::Minutes)? || case.has(one, Power::Presiding)? => Ok(()),
        [one] if one.capacity.is_none() && case.at >= late => match one.number() {
            Some(number) => case.votes(number),
            None => by_line("a member signs it, by their number".into()),
        },
        _ => by_line(format!(
            "one signs it in an office with the power `minutes` or `presiding`; from {late} on any member with a vote, alone"
        )),
    }
}

/// That those sign who decide for the assembly. In a recall two scrutineers can, too: who presides may be the one concerned.
fn assembly(case: &Case<'_>, election: &Election) -> Result<(), Refusal> {
    if !election.purpose.is_recall() {
        return case.assembly();
    }
    if case.two_with(Power::Scrutiny, 0).is_err() {
        case.assembly()?;
    }
    judges(case, election, 0)
}

/// That nobody signs whom the election is about.
fn judges(case: &Case<'_>, election: &Election, from: usize) -> Result<(), Refusal> {
    for signer in case.signers.iter().skip(from) {
        if let Some(number) = signer.number().filter(|number| election.concerns(*number)) {
            let what = if election.purpose.is_recall() { "may be recalled by" } else { "stands in" };
            let reason = format!("member {number} {what} this election, and does not judge it");
            return Err(Refusal::author("entry-signers", "the `by` line", reason));
        }
    }
    Ok(())
}

/// That its result is not in the entries already: whoever does not like it cannot call it off.
fn undecided(id: u64, election: &Election) -> Result<(), Refusal> {
    let opened = election.opened.as_ref();
    if opened.is_some_and(|opened| election.decryptions.len() >= opened.team.threshold as usize) {
        return Err(refuse(
            of(id),
            "enough trustees have decrypted, so that its result is there for all to see",
        )
        .next("declare it with `result.declared`"));
    }
    Ok(())
}

/// That two people with this power sign, neither of whom the election is about.
fn unconcerned(case: &Case<'_>, election: &Election, power: Power, from: usize) -> Result<(), Refusal> {
    case.two_with(power, from)?;
    judges(case, election, from)
}

/// The trustee's number of the one who signs, alone and as a member.
fn trustee(case: &Case<'_>, election: &Election) -> Result<(u32, usize), Refusal> {
    let opened = election.opened.as_ref().ok_or_else(|| not_open(election))?;
    let refused = || {
        let names: Vec<String> = opened.team.members.iter().map(u32::to_string).collect();
        let reason = format!("one of its trustees signs it, as a member and alone: {}", names.join(", "));
        Refusal::author("entry-signers", "the `by` line", reason)
    };
    match case.signers {
        [one] if one.capacity.is_none() => {
            let member = one.number().ok_or_else(refused)?;
            Ok((member, opened.team.owner(member).ok_or_else(refused)?))
        }
        _ => Err(refused()),
    }
}

/// The days that a step may take: in a recall as many as the statutes give the vote, as whoever carries it on may be the one
/// concerned, and else as many as it says.
fn days_at_most(case: &Case<'_>, election: &Election, else_days: u64) -> Result<u64, Refusal> {
    let (council, _) = case.council()?;
    let Purpose::Recall { recall, .. } = &election.purpose else { return Ok(else_days) };
    let vote_days = council.recalls.get(recall).map_or(0, |recall| u64::from(recall.asked.vote_days));
    // A vote that has to be open for longer is, and there is a day to sign it.
    Ok(vote_days.max(u64::from(article(case)?.voting_days) + 1).min(else_days))
}

fn words(text: &str, object: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > WORDS_LIMIT {
        let reason = format!("there is none, or it has more than {WORDS_LIMIT} characters");
        return Err(Refusal::author("entry-content", object, reason));
    }
    Ok(())
}

/// That a reference to material can be one.
fn sized(blob: &BlobRef, object: &str) -> Result<Effect, Refusal> {
    let refuse = |reason: &str| Refusal::author("entry-content", object, reason);
    let hash = book::hash::Hash::from_hex(&blob.sha256)
        .ok_or_else(|| refuse("its hash is not 64 hexadecimal digits"))?;
    if blob.size > BLOB_LIMIT {
        return Err(refuse("it is larger than 64 MiB"));
    }
    Ok(Effect::Blob { hash, size: blob.size })
}

/// That the election moves on, and what changes in its record.
fn moved(id: u64, mut effects: Vec<Effect>, change: impl FnOnce(&mut Election) + 'static) -> Ruled {
    effects.push(Effect::ElectionMoved { election: id });
    Ruled {
        effects: Effects(effects),
        clerk: None,
        change: Box::new(move |state| {
            if let Some(election) = record(state, id) {
                change(election);
                let ended = election.ended;
                let recall = match &election.purpose {
                    Purpose::Recall { recall, .. } => Some(*recall),
                    Purpose::Office { .. } => None,
                };
                // A vote that came to nothing is due again.
                if let (Some(recall), Some(ended), Some(council)) = (recall, ended, &mut state.council)
                    && !matches!(ended, Ending::Concluded { .. })
                {
                    council.recall_called(recall, None);
                }
            }
        }),
    }
}

/// The same, and the box as it is then.
fn moved_with_box(
    id: u64,
    effects: Vec<Effect>,
    opened: OpenBox,
    change: impl FnOnce(&mut Election) + 'static,
) -> Ruled {
    let mut ruled = moved(id, effects, change);
    let before = ruled.change;
    ruled.change = Box::new(move |state| {
        state.boxes.put(id, Arc::new(opened));
        before(state);
    });
    ruled
}

fn record(state: &mut State, id: u64) -> Option<&mut Election> {
    state.council.as_mut()?.elections.all.get_mut(&id)
}

/// The profile of the paper ballots in a file.
fn paper_profile(case: &Case<'_>, election: &Election, ballots: &BlobRef) -> Result<::count::Profile, Halt> {
    let wrong = |reason: String| Refusal::author("ballot", "the paper ballots", reason);
    let bytes = case.blob(ballots)?;
    Ok(outcome::papers(election, &bytes).map_err(wrong)?)
}

/// The profile of a result that was declared: of the box, or of paper.
fn profile_of(case: &Case<'_>, election: &Election) -> Result<::count::Profile, Halt> {
    if let Some(ballots) = election.paper.as_ref().and_then(|paper| paper.ballots.as_ref()) {
        return paper_profile(case, election, ballots);
    }
    let wrong = |reason: String| refuse(format!("the election {}", election.uuid), reason);
    let result = election.result.as_ref().ok_or_else(|| wrong("it has no result yet".into()))?;
    let contest = question::contest(election).ok_or_else(|| wrong("its candidates are not fixed".into()))?;
    let asked = [contest.map_err(|error| wrong(error.to_string()))?.question()];
    let parsed = ::ballot::result::ElectionResult::parse(&asked, &case.blob(result)?).map_err(wrong)?;
    let answer = parsed.result.first().ok_or_else(|| wrong("its result has no answer".into()))?;
    Ok(count::profile(election, answer).map_err(wrong)?)
}

/// What follows from a recall's result.
fn recall_takes_effect(state: &mut State, recall: u64, recalled: bool, at: u64) {
    if let Some(council) = &mut state.council {
        council.recall_decided(recall, recalled, at);
    }
}
