//! Everybody's part in an election: trustees, phones, scrutineers, the clerk, tellers.

use std::collections::BTreeMap;
use std::io::Cursor;

use ballot::audit::{Audit, Options, audit, audit_to_go_on};
use ballot::credential::{Credential, Enrolled};
use ballot::election::Election as BallotElection;
use ballot::group::Ed25519;
use ballot::json;
use ballot::setup::credential_list;
use ballot::standing::Standing;
use ballot::trustee::{ThresholdSecret, Trustee, Trustees, hold_ceremony};
use book::hash::Hash;
use council::Statutes;
use council::elections::batch::{self, Cast, Replaces};
use council::elections::{Election, Phase, archive, question};
use council::kinds::elections::*;
use council::kinds::petitions::PetitionCounted;
use council::kinds::recall::RecallPetitioned;
use council::kinds::{BlobRef, Founder, write};
use count::Vote;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::support::{DAY, Scribe, allowed, founding, keys, of};

pub(crate) const KEEPER: &str = "1 as secretary";
pub(crate) const SCRUTINEERS: &str = "3 as scrutineer, 4 as scrutineer";
pub(crate) const ASSEMBLY: &str = "2 as chair, 1 as secretary";
/// The trustees.
pub(crate) const TEAM: [u32; 3] = [6, 7, 8];

/// A council that holds elections.
#[derive(Clone)]
pub(crate) struct Hall {
    pub(crate) scribe: Scribe,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) secrets: Vec<ThresholdSecret<Ed25519>>,
    /// Who has cast what last, in which election.
    pub(crate) cast: BTreeMap<(u64, u32), ballot::hash::Hash>,
}

/// Members 1 to `members` found it: 1 is secretary, 2 chair, 3 to 5 scrutineers; the chair's seat is vacant if asked. 6, 7 and 8
/// are trustees, two of whom open.
pub(crate) fn hall(members: u32, change: impl FnOnce(&mut Statutes)) -> Hall {
    let mut hall = founded(members, change);
    let (trustees, secrets) = hall.ceremony(2, 3);
    hall.secrets = secrets;
    allowed(&mut hall.scribe, "6, 7, 8", &TrusteesFormed { members: TEAM.to_vec(), trustees });
    hall
}

/// The same, before there are trustees.
pub(crate) fn founded(members: u32, change: impl FnOnce(&mut Statutes)) -> Hall {
    let mut content = founding();
    content.founders = (1..=members)
        .map(|member| Founder {
            member,
            key: keys::member(member).public().base64(),
            office: match member {
                1 => Some("secretary".into()),
                2 => Some("chair".into()),
                3..=5 => Some("scrutineer".into()),
                _ => None,
            },
        })
        .collect();
    change(&mut content.statutes);
    let rng = ChaCha20Rng::from_seed(keys::seed("hall"));
    Hall { scribe: Scribe::found(&content, &[]), rng, secrets: Vec::new(), cast: BTreeMap::new() }
}

impl Hall {
    /// Lays a blob beside the book.
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> BlobRef {
        let hash = Hash::of(bytes);
        self.scribe.blobs.insert(hash, bytes.to_vec());
        BlobRef { sha256: hash.hex(), size: bytes.len() as u64 }
    }

    /// Trustees make a key.
    pub(crate) fn ceremony(
        &mut self,
        threshold: u32,
        trustees: u32,
    ) -> (BlobRef, Vec<ThresholdSecret<Ed25519>>) {
        let (group, secrets) = hold_ceremony::<Ed25519>(&mut self.rng, threshold, trustees).unwrap();
        let list = json::to_string(&Trustees(vec![Trustee::Pedersen(group)]));
        (self.blob(list.as_bytes()), secrets)
    }

    /// A blob with one digit of a number in it changed, the last one of those.
    pub(crate) fn altered(&mut self, blob: &BlobRef) -> BlobRef {
        let mut bytes = self.bytes(blob);
        let last = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
        bytes[last] = if bytes[last] == b'1' { b'2' } else { b'1' };
        self.blob(&bytes)
    }

    /// The last election that was called.
    pub(crate) fn last(&self) -> u64 {
        of(&self.scribe).elections().all().last().unwrap().0
    }

    /// A petition for the recall of who holds an office, which enough have signed.
    pub(crate) fn petition(&mut self, office: &str, holder: u32) -> u64 {
        let (office, reason) = (office.to_owned(), "No convoca la asamblea.".to_owned());
        let asked = RecallPetitioned { member: 9, office, holder, reason };
        let petition = allowed(&mut self.scribe, "9", &asked);
        let members = vec![6, 7, 8, 10, 11, 12];
        let counters = if holder == 3 { "4 as scrutineer, 5 as scrutineer" } else { SCRUTINEERS };
        allowed(&mut self.scribe, counters, &PetitionCounted { petition, members });
        assert_eq!(of(&self.scribe).recalls().count(), 1);
        petition
    }

    pub(crate) fn call_for_recall(&self, petition: u64) -> ElectionCalled {
        ElectionCalled {
            title: "Revocación".into(),
            purpose: CalledFor::Recall { petition },
            nominate_until: self.scribe.time,
            mixers: vec![6, 7],
        }
    }

    /// The vote on it: called, frozen, listed, opened, with these ballots in the box, the first for the recall.
    pub(crate) fn recall(&mut self, petition: u64, votes: [u32; 2]) -> u64 {
        let content = self.call_for_recall(petition);
        let id = allowed(&mut self.scribe, KEEPER, &content);
        self.freeze(id);
        self.list_credentials(id, &(1..=12).collect::<Vec<_>>(), &[]);
        self.open(id);
        let [recall, keep] = votes;
        let answers = std::iter::repeat_n(0, recall as usize).chain(std::iter::repeat_n(1, keep as usize));
        let cast: Vec<Cast> =
            (1..).zip(answers).map(|(member, answer)| self.vote(id, member, &approves(&[answer]))).collect();
        if !cast.is_empty() {
            self.publish(id, cast);
        }
        id
    }

    /// Approving ballots, so many for each candidate, by members 1, 2, 3 and so on.
    pub(crate) fn approve(&mut self, id: u64, votes: &[usize]) {
        let answers =
            votes.iter().enumerate().flat_map(|(answer, count)| std::iter::repeat_n(answer, *count));
        let answers: Vec<usize> = answers.collect();
        let cast = (1..).zip(answers).map(|(member, answer)| self.vote(id, member, &approves(&[answer])));
        let cast: Vec<Cast> = cast.collect();
        self.publish(id, cast);
    }

    /// Ballots on paper: what tellers wrote down.
    pub(crate) fn papers(&mut self, election: u64, text: &str) -> PapersCounted {
        PapersCounted { election, ballots: self.blob(text.as_bytes()) }
    }

    pub(crate) fn bytes(&self, blob: &BlobRef) -> Vec<u8> {
        self.scribe.blobs[&Hash::from_hex(&blob.sha256).unwrap()].clone()
    }

    pub(crate) fn election(&self, id: u64) -> Election {
        of(&self.scribe).elections().get(id).unwrap().clone()
    }

    pub(crate) fn phase(&self, id: u64) -> Phase {
        self.election(id).phase()
    }

    pub(crate) fn call_for(&self, office: &str, seats: u32) -> ElectionCalled {
        ElectionCalled {
            title: "Elección de portavoces".into(),
            purpose: CalledFor::Office { office: office.into(), seats },
            nominate_until: self.scribe.time + 60 + 7 * DAY,
            mixers: vec![6, 7],
        }
    }

    pub(crate) fn call(&mut self, office: &str, seats: u32) -> u64 {
        let content = self.call_for(office, seats);
        allowed(&mut self.scribe, KEEPER, &content)
    }

    /// Stands for it, nominated by themselves.
    pub(crate) fn stand(&mut self, election: u64, member: u32) {
        let by = member.to_string();
        allowed(&mut self.scribe, &by, &CandidateNominated { election, by: member, member });
        let name = format!("Candidata {member}");
        allowed(&mut self.scribe, &by, &CandidateAccepted { election, member, name });
    }

    /// The end of the nominations, and enrolment for two days.
    pub(crate) fn freeze(&mut self, election: u64) {
        self.scribe.time = self.scribe.time.max(self.election(election).nominate_until);
        let enrol_until = self.scribe.time + 2 * DAY;
        allowed(&mut self.scribe, KEEPER, &RollFrozen { election, enrol_until });
    }

    /// A phone's credential for an election, from the member's voting seed.
    pub(crate) fn credential(&self, election: u64, member: u32) -> Credential {
        let seed = keys::seed(&format!("voting seed of {member}"));
        Credential::derive(&seed, &self.election(election).uuid)
    }

    pub(crate) fn list(&self, election: u64, members: &[u32]) -> String {
        let uuid = self.election(election).uuid;
        let key = |member: &u32| Enrolled {
            key: self.credential(election, *member).public::<Ed25519>(&uuid),
            weight: 1,
        };
        credential_list::<Ed25519>(members.iter().map(key).collect()).unwrap()
    }

    pub(crate) fn lists(&mut self, election: u64, phones: &[u32], slips: &[u32]) -> CredentialsListed {
        let [phones, slips] = [self.list(election, phones), self.list(election, slips)];
        let (phones, slips) = (self.blob(phones.as_bytes()), self.blob(slips.as_bytes()));
        CredentialsListed { election, phones, slips, matched: Hash::of(b"matched").hex() }
    }

    pub(crate) fn list_credentials(&mut self, election: u64, phones: &[u32], slips: &[u32]) {
        let until = self.election(election).frozen.unwrap().enrol_until;
        self.scribe.time = self.scribe.time.max(until);
        let content = self.lists(election, phones, slips);
        let of = self.election(election);
        let free: Vec<u32> = [3, 4, 5].into_iter().filter(|member| !of.concerns(*member)).take(2).collect();
        let by = format!("{} as scrutineer, {} as scrutineer", free[0], free[1]);
        allowed(&mut self.scribe, &by, &content);
    }

    pub(crate) fn opening(&mut self, id: u64) -> ElectionOpened {
        let election = self.election(id);
        let lists = election.lists.clone().unwrap();
        let trustees = self.bytes(&of(&self.scribe).elections().team().unwrap().trustees.clone());
        let trustees = Trustees::<Ed25519>::parse(&trustees).unwrap().verify().unwrap_or_else(|_| panic!());
        let text = question::describe(&self.scribe.book(), &election, &trustees).unwrap();
        let [phones, slips]: [Vec<String>; 2] =
            [&lists.phones, &lists.slips].map(|blob| json::parse(&self.bytes(blob)).unwrap());
        let all = phones.iter().chain(&slips).map(|line| Enrolled::<Ed25519>::parse(line).unwrap());
        let credentials = credential_list(all.collect()).unwrap();
        let setup = SetupBlobs {
            election: self.blob(text.as_bytes()),
            credentials: self.blob(credentials.as_bytes()),
        };
        ElectionOpened { election: id, until: self.scribe.time + 60 + 2 * DAY, setup }
    }

    pub(crate) fn open(&mut self, id: u64) {
        let content = self.opening(id);
        allowed(&mut self.scribe, KEEPER, &content);
    }

    /// Called, stood for, frozen, listed, opened.
    pub(crate) fn opened(
        &mut self,
        office: &str,
        seats: u32,
        candidates: &[u32],
        phones: &[u32],
        slips: &[u32],
    ) -> u64 {
        let id = self.call(office, seats);
        for member in candidates {
            self.stand(id, *member);
        }
        self.freeze(id);
        self.list_credentials(id, phones, slips);
        self.open(id);
        id
    }

    pub(crate) fn parsed(&self, id: u64) -> BallotElection<Ed25519> {
        BallotElection::parse(&self.bytes(&self.election(id).opened.unwrap().election)).unwrap()
    }

    /// What a phone hands in.
    pub(crate) fn vote(&mut self, id: u64, member: u32, vote: &Vote) -> Cast {
        let contest = question::contest(&self.election(id)).unwrap().unwrap();
        let plain = contest.plain(vote, 1).unwrap();
        let (election, credential) = (self.parsed(id), self.credential(id, member));
        let fresh = keys::seed(&format!("{member} votes {vote:?} after {:?}", self.cast.get(&(id, member))));
        let text = ballot::ballot::cast(&election, &credential, &[plain], &fresh).unwrap();
        let hash = ballot::hash::Hash::of(text.as_bytes());
        let replaces = self.cast.insert((id, member), hash).map(|before| Replaces {
            ballot: before,
            proof: ballot::revote::prove(&election, &credential, &before, &hash, &fresh),
        });
        Cast { ballot: text.into_bytes(), hash, replaces }
    }

    pub(crate) fn batch(&mut self, election: u64, cast: Vec<Cast>) -> BallotsPublished {
        let ballots = cast.len() as u64;
        let batch = self.blob(&batch::write(cast));
        BallotsPublished { election, ballots, batch }
    }

    /// The clerk publishes.
    pub(crate) fn publish(&mut self, election: u64, cast: Vec<Cast>) {
        let content = self.batch(election, cast);
        self.by_clerk(&content);
    }

    pub(crate) fn by_clerk(&mut self, content: &BallotsPublished) {
        let text = self.scribe.text("ballots.published", Vec::new(), write(content));
        self.scribe.record(book::entry::Proposal::by_clerk(&text).unwrap());
    }

    /// The archive so far.
    pub(crate) fn archive(&self, id: u64) -> (Vec<u8>, Option<String>) {
        let mut bytes = Vec::new();
        let strong =
            archive::write(&self.election(id), &mut |blob| Some(self.bytes(blob)), &mut bytes).unwrap();
        (bytes, strong)
    }

    /// The archive's own audit.
    pub(crate) fn audit(&self, id: u64) -> Audit {
        let (bytes, strong) = self.archive(id);
        let strong = strong.as_ref().map(String::as_bytes);
        audit(Cursor::new(bytes), Options { seed: [3; 32], strong, partial: false, progress: &mut |_| {} })
            .unwrap()
    }

    /// Where the archive stands, for a trustee.
    pub(crate) fn standing(&self, id: u64) -> Standing<Ed25519> {
        let (bytes, strong) = self.archive(id);
        let strong = strong.as_ref().map(String::as_bytes);
        let options = Options { seed: [3; 32], strong, partial: true, progress: &mut |_| {} };
        let (audit, standing) = audit_to_go_on::<Ed25519, _>(Cursor::new(bytes), options).unwrap();
        standing.unwrap_or_else(|| panic!("{:?}", audit.report))
    }

    pub(crate) fn closing(&mut self, election: u64) -> ElectionClosed {
        let tally = self.standing(election).close().unwrap().tally;
        ElectionClosed { election, tally: self.blob(tally.as_bytes()) }
    }

    pub(crate) fn close(&mut self, election: u64) {
        let until = self.election(election).opened.unwrap().until;
        self.scribe.time = self.scribe.time.max(until);
        let content = self.closing(election);
        allowed(&mut self.scribe, KEEPER, &content);
    }

    pub(crate) fn mixing(&mut self, election: u64, member: u32) -> VotesShuffled {
        let owner = self.election(election).opened.unwrap().team.owner(member).unwrap();
        let key = self.secrets[owner - 1].private_key().clone();
        let mut rng = self.rng.clone();
        let made = self.standing(election).mix(owner, &key, &mut rng).unwrap();
        self.rng = rng;
        VotesShuffled { election, shuffle: self.blob(made.as_bytes()) }
    }

    pub(crate) fn mix(&mut self, election: u64, member: u32) {
        let content = self.mixing(election, member);
        allowed(&mut self.scribe, &member.to_string(), &content);
    }

    pub(crate) fn decrypting(&mut self, election: u64, member: u32) -> VotesDecrypted {
        let owner = self.election(election).opened.unwrap().team.owner(member).unwrap();
        let fresh = [keys::seed("one"), keys::seed("two")];
        let part = self.standing(election).decrypt(
            owner,
            self.secrets[owner - 1].private_key(),
            [&fresh[0], &fresh[1]],
        );
        let part = part.unwrap();
        let (decryption, strong) =
            (self.blob(part.decryption.as_bytes()), self.blob(json::to_string(&part.strong).as_bytes()));
        VotesDecrypted { election, decryption, strong }
    }

    pub(crate) fn decrypt(&mut self, election: u64, member: u32) {
        let content = self.decrypting(election, member);
        allowed(&mut self.scribe, &member.to_string(), &content);
    }

    pub(crate) fn declaring(&mut self, election: u64) -> ResultDeclared {
        let result = self.standing(election).result().unwrap_or_else(|_| panic!("no result"));
        ResultDeclared { election, result: self.blob(json::to_string(&result).as_bytes()) }
    }

    pub(crate) fn declare(&mut self, election: u64) {
        let content = self.declaring(election);
        allowed(&mut self.scribe, "9", &content);
    }

    /// From the box that has its ballots to the result.
    pub(crate) fn finish(&mut self, id: u64) {
        self.close(id);
        for mixer in self.election(id).mixers_to_come().collect::<Vec<_>>() {
            self.mix(id, mixer);
        }
        for trustee in [7, 8] {
            self.decrypt(id, trustee);
        }
        self.declare(id);
    }

    pub(crate) fn conclude(&mut self, election: u64) {
        self.scribe.time += 3 * DAY;
        allowed(&mut self.scribe, KEEPER, &ElectionConcluded { election });
    }
}

/// A ranking.
pub(crate) fn ranks(order: &[usize]) -> Vote {
    Vote::Ranked(order.iter().map(|candidate| vec![*candidate]).collect())
}

/// An approval.
pub(crate) fn approves(chosen: &[usize]) -> Vote {
    Vote::Approved(chosen.to_vec())
}
