//! The state diagram of an election, drawn in `docs/spec/council.md`, against the code.

use council::elections::Phase;
use council::kinds::elections::*;

use super::diagrams::{Edges, Event, drawn, same, tried, walked};
use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, approves, hall, ranks};
use super::support::{DAY, allowed};

/// What each step of some election was: tried again where the phase is another, and it cannot be made anew.
#[derive(Clone)]
struct Steps {
    listed: CredentialsListed,
    opened: ElectionOpened,
    batch: BallotsPublished,
    closed: ElectionClosed,
    shuffled: VotesShuffled,
    decrypted: VotesDecrypted,
    declared: ResultDeclared,
}

/// Every step of an election by ranking, and the hall at each of its states.
fn ranked() -> (Vec<(&'static str, Hall)>, Steps) {
    let mut states = Vec::new();
    let mut here = hall(24, |_| {});
    let id = here.call("spokesperson", 1);
    states.push(("Called", here.clone()));
    here.stand(id, 9);
    states.push(("Called", here.clone()));
    here.stand(id, 10);
    states.push(("Called", here.clone()));
    here.freeze(id);
    states.push(("Frozen", here.clone()));
    let listed = here.lists(id, &(1..=24).collect::<Vec<_>>(), &[]);
    here.list_credentials(id, &(1..=20).collect::<Vec<_>>(), &[21, 22]);
    states.push(("Listed", here.clone()));
    let opened = here.opening(id);
    here.open(id);
    states.push(("Open", here.clone()));
    let cast = (1..=6).map(|member| here.vote(id, member, &ranks(&[usize::from(member > 4), 1]))).collect();
    let cast: Vec<_> = cast;
    let batch = here.batch(id, cast);
    here.by_clerk(&batch);
    states.push(("Open", here.clone()));
    let mut tie = here.clone();
    let more = [7, 8].map(|member| tie.vote(id, member, &ranks(&[1])));
    tie.publish(id, more.into());
    let closed = here.closing(id);
    for hall in [&mut here, &mut tie] {
        hall.close(id);
    }
    states.push(("Mixing", here.clone()));
    let shuffled = here.mixing(id, 6);
    allowed(&mut here.scribe, "6", &shuffled);
    states.push(("Mixing", here.clone()));
    here.mix(id, 7);
    states.push(("Decrypting", here.clone()));
    let decrypted = here.decrypting(id, 7);
    allowed(&mut here.scribe, "7", &decrypted);
    here.decrypt(id, 8);
    states.push(("Decrypting", here.clone()));
    let declared = here.declaring(id);
    for mixer in [6, 7] {
        tie.mix(id, mixer);
    }
    for trustee in [6, 7] {
        tie.decrypt(id, trustee);
    }
    states.push(("Decrypting", tie.clone()));
    tie.declare(id);
    states.push(("Tied", tie));
    here.declare(id);
    states.push(("Declared", here.clone()));
    for member in ["11", "12"] {
        allowed(&mut here.scribe, member, &dispute(id, member.parse().unwrap()));
        states.push(("Disputed", here.clone()));
    }
    let mut over = here.clone();
    let decided =
        DisputeDecided { election: id, dispute: over.election(id).disputes[0].entry, stands: false };
    allowed(&mut over.scribe, ASSEMBLY, &decided);
    states.push(("Ended", over));
    (states, Steps { listed, opened, batch, closed, shuffled, decrypted, declared })
}

/// By approving: nobody mixes. And on paper.
fn others() -> Vec<(&'static str, Hall)> {
    let mut states = Vec::new();
    let mut here = hall(12, |_| {});
    let id = here.opened("spokesperson", 1, &[9, 10], &(1..=12).collect::<Vec<_>>(), &[]);
    here.approve(id, &[3, 3]);
    states.push(("Open", here.clone()));
    allowed(&mut here.scribe, ASSEMBLY, &to_paper(id));
    states.push(("OnPaper", here));
    let mut here = hall(12, |_| {});
    here.scribe.time += 61 * DAY;
    let petition = here.petition("chair", 2);
    let mut paper = here.clone();
    let id = here.recall(petition, [4, 2]);
    here.close(id);
    for trustee in [6, 7] {
        here.decrypt(id, trustee);
    }
    states.push(("Decrypting", here));
    let id = paper.recall(petition, [0, 0]);
    allowed(&mut paper.scribe, SCRUTINEERS, &to_paper(id));
    states.push(("OnPaper", paper));
    states
}

fn dispute(election: u64, member: u32) -> ResultDisputed {
    ResultDisputed { election, member, reason: "Faltaba una urna.".into() }
}

fn to_paper(election: u64) -> MovedToPaper {
    MovedToPaper { election, reason: "Se perdieron dos claves.".into() }
}

fn state_of(hall: &Hall) -> &'static str {
    hall.phase(hall.last()).name()
}

/// Whatever waits for a time has waited.
fn later(hall: &mut Hall) {
    let election = hall.election(hall.last());
    let frozen = election.frozen.as_ref().map_or(0, |frozen| frozen.enrol_until);
    let opened = election.opened.as_ref().map_or(0, |opened| opened.until);
    hall.scribe.time = hall.scribe.time.max(election.nominate_until).max(frozen).max(opened);
}

#[test]
fn an_election() {
    let (mut states, steps) = ranked();
    states.extend(others());
    // What is tried lies beside every book.
    let blobs: Vec<_> = states.iter().flat_map(|(_, hall)| hall.scribe.blobs.clone()).collect();
    for (_, hall) in &mut states {
        hall.scribe.blobs.extend(blobs.iter().cloned());
    }
    let is = |hall: &Hall, phase: Phase| hall.phase(hall.last()) == phase;
    let freeze = |h: &mut Hall| {
        later(h);
        let enrol_until = h.scribe.time + 2 * DAY;
        let election = h.last();
        tried(&mut h.scribe, KEEPER, &RollFrozen { election, enrol_until })
    };
    let close = |h: &mut Hall| {
        let content = if is(h, Phase::Open) { h.closing(h.last()) } else { steps.closed.clone() };
        later(h);
        tried(&mut h.scribe, KEEPER, &content)
    };
    let mix = |h: &mut Hall| {
        let id = h.last();
        let next = h.election(id).mixers_to_come().next().filter(|_| is(h, Phase::Mixing));
        let (by, content) = match next {
            Some(mixer) => (mixer, h.mixing(id, mixer)),
            None => (6, steps.shuffled.clone()),
        };
        tried(&mut h.scribe, &by.to_string(), &content)
    };
    let declare = |h: &mut Hall| {
        let id = h.last();
        let is_opened = is(h, Phase::Decrypting) && h.election(id).decryptions.len() == 2;
        let content = if is_opened { h.declaring(id) } else { steps.declared.clone() };
        tried(&mut h.scribe, "9", &content)
    };
    let count = |h: &mut Hall, first: u32, second: u32| {
        let id = h.last();
        let [one, two] = match h.election(id).purpose.is_recall() {
            true => ["recall", "keep"].map(str::to_owned),
            false => [9, 10].map(|member| format!("Candidata {member}")),
        };
        let text = format!("2 1\n{first} 1 0\n{second} 2 0\n0\n\"{one}\"\n\"{two}\"\n");
        let content = h.papers(id, &text);
        tried(&mut h.scribe, SCRUTINEERS, &content)
    };
    let decide = |h: &mut Hall, stands: bool| {
        let election = h.last();
        let dispute = h.election(election).disputes.first().map_or(1, |dispute| dispute.entry);
        tried(&mut h.scribe, ASSEMBLY, &DisputeDecided { election, dispute, stands })
    };
    let late = |h: &mut Hall| h.scribe.time += 8 * DAY;
    let events: &[Event<'_, Hall>] = &[
        ("candidate.nominated", &|h| {
            let election = h.last();
            tried(&mut h.scribe, "11", &CandidateNominated { election, by: 11, member: 11 })
        }),
        ("candidate.accepted", &|h| {
            let election = h.last();
            let nominated = CandidateNominated { election, by: 8, member: 8 };
            let _ = tried(&mut h.scribe, "8", &nominated);
            tried(&mut h.scribe, "8", &CandidateAccepted { election, member: 8, name: "Ocho".into() })
        }),
        ("candidate.withdrew", &|h| {
            let election = h.last();
            tried(&mut h.scribe, "9", &CandidateWithdrew { election, member: 9 })
        }),
        ("roll.frozen", &|h| freeze(h) && h.election(h.last()).frozen.unwrap().candidates.len() > 1),
        ("roll.frozen unopposed", &|h| {
            freeze(h) && h.election(h.last()).frozen.unwrap().candidates.len() == 1
        }),
        ("roll.frozen nobody", &|h| freeze(h) && h.election(h.last()).frozen.unwrap().candidates.is_empty()),
        ("credentials.listed", &|h| {
            later(h);
            let content = CredentialsListed { election: h.last(), ..steps.listed.clone() };
            tried(&mut h.scribe, SCRUTINEERS, &content)
        }),
        ("election.opened", &|h| {
            let id = h.last();
            let until = h.scribe.time + 60 + 2 * DAY;
            let anew = is(h, Phase::Listed).then(|| h.opening(id));
            let content = anew.unwrap_or(ElectionOpened { election: id, until, ..steps.opened.clone() });
            tried(&mut h.scribe, KEEPER, &content)
        }),
        ("ballots.published", &|h| {
            let id = h.last();
            let content = if is(h, Phase::Open) {
                let kind = h.election(id).frozen.unwrap().method;
                let vote = if kind == "approval" { approves(&[0]) } else { ranks(&[0]) };
                let cast = vec![h.vote(id, 12, &vote)];
                h.batch(id, cast)
            } else {
                BallotsPublished { election: id, ..steps.batch.clone() }
            };
            tried(&mut h.scribe, "", &content)
        }),
        ("papers.transcribed", &|h| {
            let election = h.last();
            tried(&mut h.scribe, SCRUTINEERS, &PapersTranscribed { election, papers: 1, spoiled: 0 })
        }),
        ("election.closed", &|h| close(h) && is(h, Phase::Mixing)),
        ("election.closed unmixed", &|h| close(h) && is(h, Phase::Decrypting)),
        ("election.closed too few", &|h| close(h) && is(h, Phase::Ended)),
        ("votes.shuffled", &|h| mix(h) && is(h, Phase::Mixing)),
        ("votes.shuffled last", &|h| mix(h) && is(h, Phase::Decrypting)),
        ("trustee.missing", &|h| {
            late(h);
            let election = h.last();
            tried(&mut h.scribe, ASSEMBLY, &TrusteeMissing { election, member: 7 })
        }),
        ("votes.decrypted", &|h| {
            let id = h.last();
            let free = [6, 7, 8].into_iter().find(|member| {
                let election = h.election(id);
                let owner = election.opened.and_then(|opened| opened.team.owner(*member));
                election.decryptions.iter().all(|part| Some(part.owner) != owner)
            });
            let member = free.unwrap_or(8);
            let anew = is(h, Phase::Decrypting).then(|| h.decrypting(id, member));
            let content = anew.unwrap_or(VotesDecrypted { election: id, ..steps.decrypted.clone() });
            tried(&mut h.scribe, &member.to_string(), &content)
        }),
        ("result.declared", &|h| declare(h) && is(h, Phase::Declared)),
        ("result.declared tie", &|h| declare(h) && is(h, Phase::Tied)),
        ("result.declared recall", &|h| declare(h) && is(h, Phase::Ended)),
        ("lot.drawn", &|h| {
            let election = h.last();
            tried(&mut h.scribe, "2 as chair, 4, 5", &LotDrawn { election, order: vec![10, 9] })
        }),
        ("result.disputed", &|h| {
            let id = h.last();
            tried(&mut h.scribe, "5", &dispute(id, 5))
        }),
        ("dispute.decided stands", &|h| decide(h, true)),
        ("dispute.decided annuls", &|h| decide(h, false)),
        ("election.concluded", &|h| {
            h.scribe.time += 3 * DAY;
            let election = h.last();
            tried(&mut h.scribe, KEEPER, &ElectionConcluded { election })
        }),
        ("election.annulled", &|h| {
            let election = h.last();
            tried(&mut h.scribe, ASSEMBLY, &ElectionAnnulled { election, reason: "Fecha equivocada.".into() })
        }),
        ("election.moved-to-paper", &|h| {
            let id = h.last();
            tried(&mut h.scribe, ASSEMBLY, &to_paper(id))
        }),
        ("papers.counted", &|h| count(h, 3, 2) && is(h, Phase::Declared)),
        ("papers.counted tie", &|h| count(h, 2, 2) && is(h, Phase::Tied)),
        ("papers.counted recall", &|h| count(h, 3, 2) && is(h, Phase::Ended)),
    ];
    let mut drawn = drawn("Elections");
    drawn.retain(|(from, _, _)| from != "[*]");
    let edges: Edges = walked(&states, events, state_of);
    same(&edges, &drawn);
}
