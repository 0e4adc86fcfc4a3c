//! Elections and recalls at random: seeded walks in which honest members and officers, a lying clerk, tellers and scrutineers who
//! overreach and messages that come late act in any order. On every step replicas agree, and what must never be is recomputed
//! from the entries that took effect, not by the rules.
//!
//! `CABILDO_WALKS=n` plays so many walks (8 in the ordinary tests), `CABILDO_WALK=seed` replays one.

use std::collections::{BTreeMap, BTreeSet};

use ballot::credential::Enrolled;
use ballot::group::Ed25519;
use ballot::json;
use book::entry::Proposal;
use council::elections::{Ending, Phase, batch};
use council::kinds::elections::*;
use council::kinds::offices::OfficeResigned;
use council::kinds::petitions::PetitionSigned;
use council::kinds::recall::RecallPetitioned;
use council::kinds::roll::MemberExcluded;
use council::kinds::{Content, MemberLeft, write};
use council::{Candidate, Duty, Examined, State, Verdict, apply, decide, due};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::hall::{ASSEMBLY, Hall, KEEPER, SCRUTINEERS, hall, ranks};
use super::support::scribe::Kept;
use super::support::{DAY, keys, line, of, signed};

const MEMBERS: u32 = 14;
const STEPS: usize = 200;

/// What the entries that took effect say, kept apart from the rules.
#[derive(Default)]
struct Ledger {
    /// Credentials of the signed lists, by election.
    listed: BTreeMap<u64, BTreeSet<String>>,
    /// Credentials that cast, by election.
    cast: BTreeMap<u64, BTreeSet<String>>,
    /// Elections that ended with seats, by the entry that concluded them.
    concluded: BTreeMap<u64, u64>,
    /// Who is off the roll, or excluded.
    away: BTreeSet<u32>,
}

struct Walk {
    hall: Hall,
    dice: ChaCha20Rng,
    other: State,
    ledger: Ledger,
    /// Messages that somebody has signed, whatever became of them: they come again, late.
    old: Vec<Vec<u8>>,
    happened: BTreeMap<String, u64>,
}

impl Walk {
    fn below(&mut self, bound: u64) -> u64 {
        self.dice.next_u64() % bound
    }

    fn member(&mut self) -> u32 {
        1 + self.below(u64::from(MEMBERS)) as u32
    }

    fn some(&mut self, percent: u64) -> Vec<u32> {
        (1..=MEMBERS).filter(|_| self.below(100) < percent).collect()
    }

    /// Hands an entry in: the clerk records what the rules allow, and now and then, lying, what they refuse.
    fn send<C: Content>(&mut self, by: &str, content: &C) {
        let signers = if by.is_empty() { Vec::new() } else { line(by) };
        let text = self.hall.scribe.text(C::KIND, signers, write(content));
        let proposal = if by.is_empty() {
            Proposal::by_clerk(&text).unwrap()
        } else {
            let note = signed(&text, &[]).to_bytes();
            self.old.push(note.clone());
            // Lost on the way, or on the way for long.
            if self.below(20) == 0 {
                return;
            }
            Proposal::parse(&note).unwrap()
        };
        self.record(proposal);
    }

    fn record(&mut self, proposal: Proposal) {
        let scribe = &mut self.hall.scribe;
        scribe.time += 60;
        let kind = proposal.text().kind.clone();
        let candidate = Candidate::new(proposal.clone(), &scribe.state.keys());
        let decided = decide(&scribe.state, &candidate, scribe.time, &Kept(&scribe.blobs));
        let allowed = decided.is_ok();
        if !allowed && self.below(3) > 0 {
            return;
        }
        let scribe = &mut self.hall.scribe;
        let before = scribe.state.council().cloned();
        let bytes = scribe.countersign(proposal.note().clone());
        let verdict = scribe.append(bytes.clone()).unwrap();
        match (&verdict, allowed) {
            (Verdict::Applied(_), true) => {}
            (Verdict::Void(_), false) => {
                assert_eq!(scribe.state.council().cloned(), before, "a void {kind} changed something");
            }
            _ => panic!("{kind}: decided {decided:?}, applied {verdict:?}"),
        }
        *self.happened.entry(format!("{} {kind}", if allowed { "applied" } else { "void" })).or_default() +=
            1;
        // The other replica starts from a snapshot now and then, and verifies the open box again.
        if self.below(12) == 0 {
            self.restart();
        }
        let examined = Examined::new(&bytes, &self.other.keys());
        let theirs = apply(&mut self.other, &examined, &Kept(&self.hall.scribe.blobs)).unwrap();
        assert_eq!(theirs, verdict);
        assert_eq!(self.other.digest(), self.hall.scribe.state.digest(), "after {kind}");
        if allowed {
            let entry = self.hall.scribe.size() - 1;
            self.note(entry, &kind, &proposal);
        }
        self.invariants();
    }

    fn restart(&mut self) {
        let (snapshot, digest) = (self.other.to_snapshot(), self.other.digest());
        let entries = &self.hall.scribe.entries;
        let state = State::from_snapshot(&snapshot, self.hall.scribe.book(), &digest, |number| {
            let bytes = &entries[number as usize];
            Some((book::merkle::leaf(bytes), book::entry::text_hash_of(bytes)))
        });
        self.other = state.unwrap();
        *self.happened.entry("restart".into()).or_default() += 1;
    }

    /// What an entry that took effect says.
    fn note(&mut self, entry: u64, kind: &str, proposal: &Proposal) {
        let content = proposal.content();
        let number = |key: &str| content[key].as_u64().unwrap_or(0);
        let blob = |key: &str| {
            let hash = book::hash::Hash::from_hex(content[key]["sha256"].as_str().unwrap()).unwrap();
            self.hall.scribe.blobs[&hash].clone()
        };
        match kind {
            "credentials.listed" => {
                let lists = [blob("phones"), blob("slips")];
                let all = lists.iter().flat_map(|list| json::parse::<Vec<String>>(list).unwrap());
                self.ledger.listed.insert(number("election"), all.collect());
            }
            "ballots.published" => {
                let parsed = self.hall.parsed(number("election"));
                let ballots = batch::parse(&blob("batch")).unwrap();
                let credentials = ballots.iter().map(|cast| {
                    let ballot = ballot::ballot::Ballot::parse(&parsed, &cast.ballot).unwrap();
                    Enrolled::<Ed25519> { key: ballot.credential, weight: 1 }.line()
                });
                self.ledger.cast.entry(number("election")).or_default().extend(credentials);
            }
            "election.concluded" => {
                self.ledger.concluded.insert(entry, number("election"));
            }
            "member.left" | "member.excluded" => {
                self.ledger.away.insert(number("member") as u32);
            }
            _ => {}
        }
    }

    /// What must never be.
    fn invariants(&self) {
        let (council, ledger) = (of(&self.hall.scribe), &self.ledger);
        for (id, election) in council.elections().all() {
            let (listed, cast) = (ledger.listed.get(&id), ledger.cast.get(&id));
            let listed = listed.map_or(0, BTreeSet::len);
            if let Some(frozen) = &election.frozen {
                assert!(listed as u64 <= frozen.voters, "{id}: more credentials than voters");
                assert!(frozen.voters <= u64::from(MEMBERS));
            }
            let votes = cast.map_or(0, BTreeSet::len);
            assert!(votes <= listed, "{id}: more ballots than enrolments");
            if let (Some(cast), Some(listed)) = (cast, ledger.listed.get(&id)) {
                assert!(cast.is_subset(listed), "{id}: a ballot of somebody who is not listed");
            }
            if election.closed.is_some() {
                assert_eq!(election.counted, votes as u64, "{id}: every voter once");
            }
        }
        for (office, seats) in council.offices().all() {
            let held: Vec<_> = seats.iter().filter_map(|seat| seat.holding.as_ref()).collect();
            let distinct: BTreeSet<u32> = held.iter().map(|holding| holding.member).collect();
            assert_eq!(distinct.len(), held.len(), "{office}: two seats held by one");
            for holding in held {
                assert!(!ledger.away.contains(&holding.member), "{office}: held by {}", holding.member);
                // By the founding, or by an election that chose them, and concluded with this very entry.
                let elected = ledger.concluded.get(&holding.entry).is_some_and(|id| {
                    let election = self.hall.election(*id);
                    matches!(election.ended, Some(Ending::Concluded { .. }))
                        && election
                            .declared
                            .is_some_and(|declared| declared.elected.contains(&holding.member))
                });
                assert!(holding.entry == 0 || elected, "{office}: nobody chose {}", holding.member);
            }
        }
        // What waits for somebody is listed.
        let listed = due(&self.hall.scribe.state, self.hall.scribe.time);
        for (id, election) in council.elections().running() {
            let wanted = match election.phase() {
                Phase::Mixing => Duty::MixVotes { election: id },
                Phase::OnPaper => Duty::CountPapers { election: id },
                Phase::Tied => Duty::DrawLot { election: id },
                Phase::Disputed => Duty::DecideDispute { election: id },
                _ => continue,
            };
            assert!(listed.iter().any(|due| due.what == wanted), "{wanted:?} is not listed");
        }
    }

    /// Some election, with where it stands; the newest more often.
    fn election(&mut self) -> Option<(u64, Phase)> {
        let council = of(&self.hall.scribe);
        let all: Vec<(u64, Phase)> =
            council.elections().all().map(|(id, election)| (id, election.phase())).collect();
        let running: Vec<_> = all.iter().copied().filter(|(_, phase)| *phase != Phase::Ended).collect();
        let from = if self.below(25) == 0 { all } else { running };
        (!from.is_empty()).then(|| from[self.below(from.len() as u64) as usize])
    }

    /// What an election's phase asks for, mostly.
    fn go_on(&mut self) {
        let Some((id, phase)) = self.election() else { return };
        let keeper = if self.below(6) == 0 { self.member().to_string() } else { KEEPER.to_owned() };
        match phase {
            Phase::Called => {
                let member = self.member();
                let by = member.to_string();
                match self.below(4) {
                    0 if self.hall.election(id).standing().count() < 3 && self.below(6) > 0 => {}
                    0 => {
                        let wait = self.hall.election(id).nominate_until;
                        self.hall.scribe.time = self.hall.scribe.time.max(wait);
                        let enrol_until = self.hall.scribe.time + DAY;
                        self.send(&keeper, &RollFrozen { election: id, enrol_until });
                    }
                    1 => self.send(&by, &CandidateWithdrew { election: id, member }),
                    _ => {
                        self.send(&by, &CandidateNominated { election: id, by: member, member });
                        let name = format!("Candidata {member}");
                        self.send(&by, &CandidateAccepted { election: id, member, name });
                    }
                }
            }
            Phase::Frozen => {
                if self.below(3) > 0 {
                    let until = self.hall.election(id).frozen.unwrap().enrol_until;
                    self.hall.scribe.time = self.hall.scribe.time.max(until);
                }
                let mut phones = self.some(70);
                // Scrutineers who overreach: one more than there are, or one twice.
                if self.below(5) == 0 {
                    phones = (1..=MEMBERS + 3).collect();
                }
                let slips =
                    if self.below(6) == 0 { phones.iter().copied().take(1).collect() } else { Vec::new() };
                let content = self.hall.lists(id, &phones, &slips);
                self.send(SCRUTINEERS, &content);
            }
            Phase::Listed => {
                let content = self.hall.opening(id);
                self.send(&keeper, &content);
            }
            Phase::Open => self.vote_or_close(id, &keeper),
            Phase::Mixing => {
                let mixers: Vec<u32> = self.hall.election(id).mixers_to_come().collect();
                let member = mixers[self.below(mixers.len() as u64) as usize];
                if self.below(8) == 0 {
                    self.hall.scribe.time += 8 * DAY;
                    self.send(ASSEMBLY, &TrusteeMissing { election: id, member });
                } else {
                    let content = self.hall.mixing(id, member);
                    self.send(&member.to_string(), &content);
                }
            }
            Phase::Decrypting => self.decrypt_or_declare(id),
            Phase::OnPaper => {
                let election = self.hall.election(id);
                let names: Vec<String> = election
                    .frozen
                    .iter()
                    .flat_map(|frozen| &frozen.candidates)
                    .map(|(_, name)| name.clone())
                    .collect();
                let names =
                    if names.is_empty() { vec!["recall".to_owned(), "keep".to_owned()] } else { names };
                let votes = [self.below(9), self.below(9)];
                let mut text =
                    format!("{} {}\n{} 1 0\n{} 2 0\n0\n", names.len(), election.seats(), votes[0], votes[1]);
                text.extend(names.iter().map(|name| format!("\"{name}\"\n")));
                text.push_str("\"Papel\"\n");
                let content = self.hall.papers(id, &text);
                self.send(SCRUTINEERS, &content);
            }
            Phase::Tied => {
                let mut order = self.hall.election(id).declared.unwrap().tied;
                if self.below(2) == 0 {
                    order.reverse();
                }
                let witnesses = format!("2 as chair, {}, {}", self.member(), self.member());
                // Where one is drawn twice, the line cannot be written: nobody signs twice.
                let names: BTreeSet<&str> = witnesses.split(", ").collect();
                if names.len() == 3 && !witnesses.contains(", 2") {
                    self.send(&witnesses, &LotDrawn { election: id, order });
                }
            }
            Phase::Declared => {
                if self.below(4) == 0 {
                    let member = self.member();
                    let reason = "No estaba en la lista.".to_owned();
                    self.send(&member.to_string(), &ResultDisputed { election: id, member, reason });
                } else {
                    self.hall.scribe.time += self.below(3) * 2 * DAY;
                    self.send(&keeper, &ElectionConcluded { election: id });
                }
            }
            Phase::Disputed => {
                let dispute = self.hall.election(id).disputes[0].entry;
                let stands = self.below(4) > 0;
                self.send(ASSEMBLY, &DisputeDecided { election: id, dispute, stands });
            }
            Phase::Ended => self.send(&keeper, &ElectionConcluded { election: id }),
        }
    }

    fn vote_or_close(&mut self, id: u64, keeper: &str) {
        let phones = self.hall.election(id).lists.unwrap().counts.0;
        let candidates = self.hall.election(id).frozen.unwrap().candidates.len().max(2) as u64;
        match self.below(8) {
            // Early or in time.
            0 => {
                if self.below(5) > 0 {
                    let until = self.hall.election(id).opened.unwrap().until;
                    self.hall.scribe.time = self.hall.scribe.time.max(until);
                }
                let content = self.hall.closing(id);
                self.send(keeper, &content);
            }
            1 => {
                let papers = self.below(3);
                self.send(SCRUTINEERS, &PapersTranscribed { election: id, papers, spoiled: 0 });
            }
            _ => {
                // Now and then somebody who is not listed; for the first time or again; in one batch.
                let honest = self.below(6) > 0;
                let mut voters = self.some(30 + phones);
                let uuid = self.hall.election(id).uuid;
                let listed = self.ledger.listed.get(&id).cloned().unwrap_or_default();
                voters.retain(|member| {
                    let key = self.hall.credential(id, *member).public::<Ed25519>(&uuid);
                    !honest || listed.contains(&Enrolled::<Ed25519> { key, weight: 1 }.line())
                });
                let before = self.hall.cast.clone();
                let mut cast = Vec::new();
                for member in voters {
                    let vote = ranks(&[self.below(candidates) as usize]);
                    let one = match self.hall.election(id).is_mixed() {
                        true => self.hall.vote(id, member, &vote),
                        false => {
                            let chosen = vec![self.below(candidates) as usize];
                            self.hall.vote(id, member, &count::Vote::Approved(chosen))
                        }
                    };
                    cast.push(one);
                }
                if cast.is_empty() {
                    return;
                }
                let content = self.hall.batch(id, cast);
                let applied = self.happened.get("applied ballots.published").copied();
                self.send("", &content);
                // What the box did not take was not cast.
                if self.happened.get("applied ballots.published").copied() == applied {
                    self.hall.cast = before;
                }
            }
        }
    }

    fn decrypt_or_declare(&mut self, id: u64) {
        let election = self.hall.election(id);
        let team = election.opened.unwrap().team;
        let still: Vec<u32> = team
            .members
            .iter()
            .copied()
            .filter(|member| !election.decryptions.iter().any(|part| Some(part.owner) == team.owner(*member)))
            .collect();
        if election.decryptions.len() >= 2 && self.below(3) > 0 {
            let content = self.hall.declaring(id);
            let by = self.member().to_string();
            self.send(&by, &content);
        } else if let Some(member) = still.first().copied() {
            let content = self.hall.decrypting(id, member);
            self.send(&member.to_string(), &content);
        }
    }

    fn step(&mut self) {
        match self.below(20) {
            0 => self.hall.scribe.time += self.below(4) * DAY,
            1 if !self.old.is_empty() => {
                let at = self.below(self.old.len() as u64) as usize;
                let note = self.old[at].clone();
                self.record(Proposal::parse(&note).unwrap());
            }
            2 | 8 => {
                // Whoever holds it makes room, so that there is something to vote on.
                let seats = of(&self.hall.scribe).offices().seats("spokesperson").iter();
                let holder = seats.filter_map(|seat| Some(seat.holding.as_ref()?.member)).next();
                if let Some(member) = holder.filter(|_| self.below(2) == 0) {
                    let office = "spokesperson".to_owned();
                    self.send(&member.to_string(), &OfficeResigned { office, member });
                }
                let office = ["spokesperson", "spokesperson", "treasurer"][self.below(3) as usize];
                let seats = 1 + self.below(2) as u32;
                let content = self.hall.call_for(office, seats);
                self.send(KEEPER, &content);
            }
            3 => {
                let council = of(&self.hall.scribe);
                let seats = council.offices().seats("spokesperson").iter();
                let holder = seats.filter_map(|seat| Some(seat.holding.as_ref()?.member)).next().unwrap_or(9);
                let by = self.member();
                let content = RecallPetitioned {
                    member: by,
                    office: "spokesperson".into(),
                    holder,
                    reason: "Sin mandato.".into(),
                };
                self.send(&by.to_string(), &content);
            }
            4 | 5 => {
                let council = of(&self.hall.scribe);
                let open: Vec<u64> = council.petitions().map(|(entry, _)| entry).collect();
                for petition in open {
                    for member in self.some(40) {
                        self.send(&member.to_string(), &PetitionSigned { petition, member });
                    }
                }
                let council = of(&self.hall.scribe);
                let due: Vec<u64> = council
                    .recalls()
                    .filter(|(_, recall)| recall.called.is_none())
                    .map(|(entry, _)| entry)
                    .collect();
                for petition in due {
                    let content = self.hall.call_for_recall(petition);
                    let by = if self.below(2) == 0 { KEEPER.to_owned() } else { self.member().to_string() };
                    self.send(&by, &content);
                }
            }
            6 => {
                let (member, pick) = (self.member(), self.below(10));
                match pick {
                    0 if member > 8 => self.send(&member.to_string(), &MemberLeft { member }),
                    1 if member > 8 => {
                        let content = MemberExcluded { member, reason: "Artículo 9.".into() };
                        self.send("1 as secretary, 2 as chair", &content);
                    }
                    2 => self.send(&member.to_string(), &ShareForgotten { member }),
                    _ => {
                        let office = "spokesperson".to_owned();
                        self.send(&member.to_string(), &OfficeResigned { office, member });
                    }
                }
            }
            7 => {
                if let Some((id, _)) = self.election() {
                    let reason = "No hay custodia.".to_owned();
                    match self.below(6) {
                        0 => self.send(ASSEMBLY, &ElectionAnnulled { election: id, reason }),
                        1 => self.send(ASSEMBLY, &MovedToPaper { election: id, reason }),
                        _ => {}
                    }
                }
            }
            _ => self.go_on(),
        }
    }
}

fn walk(seed: u64) -> BTreeMap<String, u64> {
    let hall = hall(MEMBERS, |statutes| {
        let articles = statutes.articles.as_mut().unwrap();
        // Long terms, so that whoever presides is still there; ranking with few voters, so that votes are mixed.
        articles.offices.iter_mut().for_each(|office| office.term_days = 3000);
        let elections = articles.elections.as_mut().unwrap();
        (elections.least_ranked, elections.least_ballots) = (5, 3);
        articles.recall.as_mut().unwrap().grace_days = 0;
    });
    let mut label = [0; 32];
    label[..8].copy_from_slice(&seed.to_le_bytes());
    let other = hall.scribe.state.clone();
    let (dice, ledger) = (ChaCha20Rng::from_seed(label), Ledger::default());
    let mut walk = Walk { hall, dice, other, ledger, old: Vec::new(), happened: BTreeMap::new() };
    walk.hall.rng = ChaCha20Rng::from_seed(keys::seed(&format!("walk {seed}")));
    for _ in 0..STEPS {
        walk.step();
    }
    // A third replica reads it all from the start.
    let scribe = &walk.hall.scribe;
    let mut state = State::before(scribe.book());
    for bytes in &scribe.entries {
        let examined = Examined::new(bytes, &state.keys());
        apply(&mut state, &examined, &Kept(&scribe.blobs)).unwrap();
    }
    assert_eq!(state.digest(), scribe.state.digest());
    walk.happened
}

#[test]
fn elections_at_random() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CABILDO_WALK") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CABILDO_WALKS").unwrap_or(8),
    };
    let single = number("CABILDO_WALK").is_some();
    let mut happened: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seeds {
        let walked = std::panic::catch_unwind(|| walk(seed)).unwrap_or_else(|_| {
            panic!("walk {seed} failed; replay it with CABILDO_WALK={seed} cargo test -p council --test rules walks")
        });
        walked.into_iter().for_each(|(what, count)| *happened.entry(what).or_default() += count);
    }
    if single {
        return;
    }
    // A walk on which nothing happens shows nothing.
    for what in [
        "applied election.called",
        "applied ballots.published",
        "applied election.closed",
        "applied votes.shuffled",
        "applied votes.decrypted",
        "applied result.declared",
        "applied election.concluded",
        "void ballots.published",
        "void election.concluded",
        "restart",
    ] {
        assert!(happened.get(what).copied().unwrap_or(0) > 0, "{what}: never\n{happened:#?}");
    }
}
