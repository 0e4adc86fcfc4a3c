//! What is due of the elections under way: which step, since when, for whom.

use super::record::{Election, Phase, Purpose};
use crate::council::Council;
use crate::due::{Due, Duty};
use crate::offices::{DAY, Offices};
use crate::statutes::ElectionArticle;

/// Who can act: asked of the view of all that is due.
pub(crate) struct Whom<'a> {
    /// Those with the power `minutes`.
    pub(crate) keepers: &'a [u32],
    /// Those with the power `scrutiny`.
    pub(crate) scrutineers: &'a [u32],
    /// Those with the power `telling`.
    pub(crate) tellers: &'a [u32],
    /// Those with the power `presiding`.
    pub(crate) presiding: &'a [u32],
    /// Those who sign for the assembly.
    pub(crate) assembly: &'a [u32],
}

/// The next step of an election, where it is due at this time.
pub(crate) fn of(
    (id, election): (u64, &Election),
    council: &Council,
    article: Option<&ElectionArticle>,
    whom: &Whom<'_>,
    at: u64,
) -> Vec<Due> {
    let days = |days: Option<u32>| u64::from(days.unwrap_or(0)) * DAY;
    let unconcerned =
        |of: &[u32]| of.iter().copied().filter(|member| !election.concerns(*member)).collect::<Vec<u32>>();
    let keepers = || whom.keepers.to_vec();
    let frozen = election.frozen.as_ref();
    let opened = election.opened.as_ref();
    let (since, what, whom) = match election.phase() {
        Phase::Ended => return Vec::new(),
        Phase::Called => (election.nominate_until, Duty::FreezeRoll { election: id }, keepers()),
        Phase::Frozen => {
            let since = frozen.map_or(0, |frozen| frozen.enrol_until);
            (since, Duty::ListCredentials { election: id }, unconcerned(whom.scrutineers))
        }
        Phase::Listed => {
            let since = election.lists.as_ref().map_or(0, |lists| lists.at);
            (since, Duty::OpenElection { election: id }, keepers())
        }
        Phase::Open => {
            let since = opened.map_or(0, |opened| opened.until);
            (since, Duty::CloseElection { election: id }, keepers())
        }
        Phase::Mixing => {
            let since = election.closed.as_ref().map_or(0, |(at, _)| *at);
            (since, Duty::MixVotes { election: id }, election.mixers_to_come().collect())
        }
        Phase::Decrypting => decrypting(id, election, &keepers()),
        Phase::OnPaper => {
            let since = election.paper.as_ref().map_or(0, |paper| paper.at);
            (since, Duty::CountPapers { election: id }, unconcerned(whom.tellers))
        }
        Phase::Tied => {
            let tied = election.declared.as_ref().map_or(&[][..], |declared| &declared.tied);
            let drawers = whom.presiding.iter().copied().filter(|member| !tied.contains(member));
            (declared_at(election), Duty::DrawLot { election: id }, drawers.collect())
        }
        Phase::Disputed => {
            let since = election.disputes.first().map_or(0, |dispute| dispute.at);
            (since, Duty::DecideDispute { election: id }, whom.assembly.to_vec())
        }
        Phase::Declared => {
            let over =
                declared_at(election).saturating_add(days(article.map(|article| article.dispute_days)));
            let since = over.max(free_from(&council.offices, id, election));
            (since, Duty::ConcludeElection { election: id }, keepers())
        }
    };
    if since > at {
        return Vec::new();
    }
    // Any member may carry it on from then on.
    let late = since.saturating_add(days(article.map(|article| article.late_days)));
    let anybody_from = what.is_carried_on().then_some(late);
    vec![Due { since, what, whom, rule: "elections", anybody_from }]
}

fn declared_at(election: &Election) -> u64 {
    election.declared.as_ref().map_or(0, |declared| declared.at)
}

fn decrypting(id: u64, election: &Election, keepers: &[u32]) -> (u64, Duty, Vec<u32>) {
    let since = election.closed.as_ref().map_or(0, |(at, _)| *at);
    let Some(opened) = &election.opened else {
        return (since, Duty::DecryptVotes { election: id }, Vec::new());
    };
    if election.decryptions.len() >= opened.team.threshold as usize {
        return (since, Duty::DeclareResult { election: id }, keepers.to_vec());
    }
    let has = |member: u32| {
        let owner = opened.team.owner(member);
        election.decryptions.iter().any(|part| Some(part.owner) == owner)
    };
    let still = opened.team.able().filter(|member| !has(*member)).collect();
    (since, Duty::DecryptVotes { election: id }, still)
}

/// From when on every elected finds a seat that is vacant or whose term is over. One whose own term goes on since before the call
/// waits for its end; who came to hold a seat by another way since waits for nothing, as they do not take another.
pub(crate) fn free_from(offices: &Offices, id: u64, election: &Election) -> u64 {
    let Purpose::Office { office, .. } = &election.purpose else { return 0 };
    let elected = election.declared.as_ref().map_or(&[][..], |declared| &declared.elected);
    let held = || offices.seats(office).iter().filter_map(|seat| seat.holding.as_ref());
    let since = |member: &u32| held().filter(|held| held.entry > id).any(|held| held.member == *member);
    let take = elected.iter().filter(|member| !since(member)).count();
    let mut free: Vec<u64> = offices
        .seats(office)
        .iter()
        .map(|seat| seat.holding.as_ref().map_or(0, |holding| holding.until))
        .collect();
    free.sort_unstable();
    let last = take.min(free.len()).checked_sub(1).and_then(|last| free.get(last).copied()).unwrap_or(0);
    let own = held().filter(|held| held.entry < id && elected.contains(&held.member));
    own.map(|held| held.until).fold(last, u64::max)
}
