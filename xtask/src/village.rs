//! A council's book of a million entries, invented: people join and leave, sign petitions, are appointed, speak. Everything in it
//! is signed; who folds it gets the entries examined, so that the fold can be measured without the signatures.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::SecretKey;
use book::merkle::empty_root;
use council::kinds::offices::{AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use council::kinds::petitions::{PetitionCounted, PetitionSigned, StatutesProposed};
use council::kinds::roll::{
    ChallengeDecided, ExclusionAppealed, KeyReplaced, MemberChallenged, MemberExcluded, MemberJoined,
    SlipIssued, SlipsIssued,
};
use council::kinds::{
    Content, CouncilFounded, Founder, MemberAdmitted, MemberLeft, RemarkMade, SuccessionRule, write,
};
use council::{Candidate, Examined, State, Statutes};

use crate::failure::{Failure, cannot};

const DAY: u64 = 86_400;
/// Seconds between two entries.
const PACE: u64 = 9 * 365 * DAY / 1_000_000;
/// Founders: the first is secretary, the second chair, ten are scrutineers.
const FOUNDERS: u32 = 40;
/// Of a million entries some hundred thousand bring somebody onto the roll.
const SLIPS: u32 = 50;

type Key = Arc<SecretKey>;

/// What somebody signs.
pub(crate) struct Draft {
    pub(crate) kind: &'static str,
    by: Vec<Signer>,
    content: String,
    keys: Vec<Key>,
}

/// A batch entry: its bytes, and the same examined.
pub(crate) struct Made {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) examined: Examined,
}

pub(crate) struct Village {
    pub(crate) book: BookId,
    clerk: SecretKey,
    keys: HashMap<u32, Key>,
    /// Members with a vote, in no order.
    voters: Vec<u32>,
    /// Who has a vote soon: from when, who.
    new: VecDeque<(u64, u32)>,
    next: u32,
    made: u64,
    /// Slips that nobody has used: for whom, which key, until when.
    slips: VecDeque<(u32, Key, u64)>,
    /// Petitions: the entry, and which of the voters signs next.
    petitions: VecDeque<(u64, usize)>,
    said: u64,
    /// Whether officers did something in this batch: what they do next depends on it.
    is_busy: bool,
    pub(crate) now: u64,
}

fn key(number: u64) -> Key {
    Arc::new(SecretKey::from_seed(&Hash::of(format!("village {number}").as_bytes()).0))
}

impl Village {
    /// A council whose book has a million entries in nine years.
    pub(crate) fn new() -> Village {
        let mut village = Village {
            book: BookId([0; 32]),
            clerk: SecretKey::from_seed(&[1; 32]),
            keys: HashMap::new(),
            voters: (1..=FOUNDERS).collect(),
            new: VecDeque::new(),
            next: FOUNDERS + 1,
            made: 0,
            slips: VecDeque::new(),
            petitions: VecDeque::new(),
            said: 0,
            is_busy: false,
            now: 1_772_388_000,
        };
        for number in 1..=FOUNDERS {
            let key = village.new_key();
            village.keys.insert(number, key);
        }
        village
    }

    fn new_key(&mut self) -> Key {
        self.made += 1;
        key(self.made)
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.said += 1;
        let hash = Hash::of(&self.said.to_be_bytes()).0;
        u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
            % below.max(1)
    }

    /// Any member with a vote who holds no office.
    fn somebody(&mut self) -> u32 {
        loop {
            let at = self.chance(self.voters.len() as u64) as usize;
            if self.voters[at] > FOUNDERS / 2 {
                return self.voters[at];
            }
        }
    }

    fn draft<C: Content>(&self, by: Vec<Signer>, content: &C) -> Draft {
        let key = |signer: &Signer| {
            let own = signer.number().and_then(|number| self.keys.get(&number));
            own.cloned().unwrap_or_else(|| key(0))
        };
        let keys = by.iter().map(key).collect();
        Draft { kind: C::KIND, by, content: write(content), keys }
    }

    fn secretary(&self) -> Signer {
        Signer::officer(1, "secretary")
    }

    fn scrutineer(&self, at: u32) -> Signer {
        Signer::officer(3 + at % 2, "scrutineer")
    }

    /// The founding.
    pub(crate) fn found(&mut self) -> Result<(State, Made), Failure> {
        let mut statutes = Statutes::of_template("neighbourhood", council::RULES);
        if let Some(articles) = &mut statutes.articles {
            // Nobody is elected here: terms are as long as they may be.
            articles.offices.iter_mut().for_each(|office| office.term_days = 3660);
            articles.offices.iter_mut().filter(|office| office.office == "scrutineer").for_each(|office| {
                office.seats = 12;
            });
            articles.amendment.percent = 100;
        }
        let founder = |number: u32| Founder {
            member: number,
            key: self.keys[&number].public().base64(),
            office: match number {
                1 => Some("secretary".into()),
                2 => Some("chair".into()),
                3..=10 => Some("scrutineer".into()),
                _ => None,
            },
        };
        let content = CouncilFounded {
            nonce: STANDARD.encode([3; 32]),
            rules: council::RULES.into(),
            name: "Banco de pruebas".into(),
            language: "es".into(),
            clerk: self.clerk.public().base64(),
            founders: (1..=FOUNDERS).map(founder).collect(),
            succession: SuccessionRule { among: vec![1, 2, 3], needed: 2 },
            policy: Vec::new(),
            statutes,
        };
        let draft = self.draft((1..=FOUNDERS).map(Signer::member).collect(), &content);
        let after = After { size: 0, root: empty_root() };
        let by = By::Members(draft.by.clone());
        let text = Text { book: None, kind: draft.kind.into(), by, after, content: draft.content.clone() };
        self.book = BookId::of_founding(&text.write());
        let state = State::before(self.book);
        let made = self.sign(&state, &draft, self.now)?;
        Ok((state, made))
    }

    fn text(&self, state: &State, draft: &Draft) -> Text {
        Text {
            book: (state.size() > 0).then_some(self.book),
            kind: draft.kind.into(),
            by: By::Members(draft.by.clone()),
            after: After {
                size: state.size(),
                root: if state.size() == 0 { empty_root() } else { state.root() },
            },
            content: draft.content.clone(),
        }
    }

    /// The draft signed and verified.
    pub(crate) fn candidate(&self, state: &State, draft: &Draft) -> Result<Candidate, Failure> {
        let keys: Vec<&SecretKey> = draft.keys.iter().map(|key| &**key).collect();
        let proposal = Proposal::sign(&self.text(state, draft), &keys);
        Ok(Candidate::new(proposal.map_err(|error| cannot(error.to_string()))?, &state.keys()))
    }

    fn sign(&self, state: &State, draft: &Draft, time: u64) -> Result<Made, Failure> {
        let origin = Origin { book: self.book, epoch: 0 };
        let (examined, bytes) = self
            .candidate(state, draft)?
            .countersign(&self.clerk, &origin, time)
            .map_err(|error| cannot(error.to_string()))?;
        Ok(Made { kind: draft.kind, bytes, examined })
    }

    /// The next entries, signed and verified on all cores.
    pub(crate) fn batch(&mut self, state: &State, count: u64) -> Result<Vec<Made>, Failure> {
        // Petitions that ended, or of whose signatures this village lost count, are not signed any more.
        let petitions = state.council().into_iter().flat_map(|council| council.petitions());
        let soon = self.now + count * PACE;
        let open: Vec<u64> =
            petitions.filter(|(_, petition)| petition.until > soon).map(|(id, _)| id).collect();
        self.is_busy = false;
        self.petitions.retain(|(id, _)| open.contains(id));
        let known: Vec<u64> = self.petitions.iter().map(|(id, _)| *id).collect();
        let new: Vec<u64> = open.into_iter().filter(|id| !known.contains(id)).collect();
        for id in new {
            let from = self.chance(self.voters.len() as u64) as usize;
            self.petitions.push_back((id, from));
        }
        while self.petitions.len() > 40 {
            self.petitions.pop_front();
        }
        let mut drafts = Vec::with_capacity(count as usize);
        for _ in 0..count {
            self.now += PACE;
            while self.new.front().is_some_and(|(from, _)| *from <= self.now) {
                self.voters.extend(self.new.pop_front().map(|(_, member)| member));
            }
            let draft = self.something(state);
            drafts.push((draft, self.now));
        }
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let village = &*self;
        let parts = thread::scope(|scope| {
            let parts: Vec<_> = drafts
                .chunks(drafts.len().div_ceil(workers).max(1))
                .map(|part| {
                    scope.spawn(move || {
                        part.iter().map(|(draft, time)| village.sign(state, draft, *time)).collect::<Vec<_>>()
                    })
                })
                .collect();
            parts.into_iter().map(|part| part.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }

    /// What somebody does now.
    fn something(&mut self, state: &State) -> Draft {
        match self.chance(10_000) {
            0..800 => self.admit(),
            800..806 => self.issue_slips(),
            806..1106 if !self.slips.is_empty() => self.join(),
            1106..1150 => self.leave(),
            1150..1200 => self.replace_key(),
            1200..1210 => self.propose(state),
            1210..3800 => self.sign_petition(),
            3800..3850 => self.count(),
            3850..3950 if !std::mem::replace(&mut self.is_busy, true) => self.office(state),
            3950..3980 if !std::mem::replace(&mut self.is_busy, true) => self.challenge(state),
            3980..3990 => self.exclude(state),
            _ => self.remark(),
        }
    }

    fn comes(&mut self, number: u32, key: &Key) {
        self.keys.insert(number, key.clone());
        // A little later than they may, for a batch is decided in the light of the state before it.
        self.new.push_back((self.now + 8 * DAY, number));
    }

    pub(crate) fn admit(&mut self) -> Draft {
        let (member, key) = (self.next, self.new_key());
        self.next += 1;
        self.comes(member, &key);
        let content = MemberAdmitted { member, key: key.public().base64() };
        self.draft(vec![self.secretary(), Signer::member(member)], &content)
    }

    pub(crate) fn issue_slips(&mut self) -> Draft {
        let first = self.next;
        self.next += SLIPS;
        let until = self.now + 300 * DAY;
        let mut slips = Vec::new();
        for member in first..self.next {
            let key = self.new_key();
            slips.push(SlipIssued { member, key: key.public().base64() });
            self.slips.push_back((member, key, until));
        }
        self.draft(vec![self.secretary()], &SlipsIssued { slips, until })
    }

    pub(crate) fn join(&mut self) -> Draft {
        while self.slips.front().is_some_and(|(_, _, until)| *until <= self.now) {
            self.slips.pop_front();
        }
        let Some((member, slip, _)) = self.slips.pop_front() else { return self.remark() };
        let key = self.new_key();
        self.comes(member, &key);
        let by = vec![Signer { name: "slip".into(), capacity: None }, Signer::member(member)];
        let content = MemberJoined { member, key: key.public().base64() };
        Draft { keys: vec![slip, key], ..self.draft(by, &content) }
    }

    pub(crate) fn leave(&mut self) -> Draft {
        let member = self.somebody();
        self.voters.retain(|voter| *voter != member);
        self.draft(vec![Signer::member(member)], &MemberLeft { member })
    }

    pub(crate) fn replace_key(&mut self) -> Draft {
        let (member, key) = (self.somebody(), self.new_key());
        self.keys.insert(member, key.clone());
        let by = vec![self.secretary(), self.scrutineer(member), Signer::member(member)];
        self.draft(by, &KeyReplaced { member, key: key.public().base64() })
    }

    pub(crate) fn propose(&mut self, state: &State) -> Draft {
        let member = self.somebody();
        let Some(mut statutes) = state.statutes().cloned() else { return self.remark() };
        statutes.after_days = 30 + self.chance(3000) as u32;
        statutes.template = format!("propuesta-{}", self.said);
        self.draft(vec![Signer::member(member)], &StatutesProposed { member, statutes })
    }

    pub(crate) fn sign_petition(&mut self) -> Draft {
        let Some((petition, at)) = self.petitions.pop_front() else { return self.remark() };
        let member = self.voters[at % self.voters.len()];
        self.petitions.push_back((petition, at + 1));
        self.draft(vec![Signer::member(member)], &PetitionSigned { petition, member })
    }

    pub(crate) fn count(&mut self) -> Draft {
        let Some((petition, at)) = self.petitions.pop_front() else { return self.remark() };
        let mut members: Vec<u32> =
            (0..20.min(self.voters.len())).map(|more| self.voters[(at + more) % self.voters.len()]).collect();
        members.sort_unstable();
        self.petitions.push_back((petition, at + 20));
        self.draft(vec![self.scrutineer(0), self.scrutineer(1)], &PetitionCounted { petition, members })
    }

    /// A scrutineer is appointed, confirmed, resigns.
    pub(crate) fn office(&mut self, state: &State) -> Draft {
        let office = "scrutineer".to_owned();
        let offices = state.council().map(|council| council.offices());
        let Some(offices) = offices else { return self.remark() };
        let waiting: Vec<u64> = offices.appointments().map(|(entry, _)| entry).collect();
        let held: Vec<u32> = offices
            .seats("scrutineer")
            .iter()
            .filter_map(|seat| seat.holding.as_ref())
            .map(|held| held.member)
            .filter(|member| *member > FOUNDERS / 2)
            .collect();
        match (waiting.first(), held.first()) {
            (Some(entry), _) => {
                let confirmed = offices.seats("scrutineer").iter().any(|seat| seat.holding.is_none());
                let content = AppointmentConfirmed { appointment: *entry, confirmed };
                self.draft(vec![Signer::officer(2, "chair")], &content)
            }
            (None, Some(member)) => {
                self.draft(vec![Signer::member(*member)], &OfficeResigned { office, member: *member })
            }
            (None, None) => {
                let member = self.somebody();
                let by = vec![self.secretary(), Signer::member(member)];
                self.draft(by, &OfficeAppointed { office, member })
            }
        }
    }

    fn challenge(&mut self, state: &State) -> Draft {
        let roll = state.council().map(|council| council.roll());
        let newest = self.new.back().map(|(_, member)| *member).filter(|member| {
            roll.is_some_and(|roll| roll.member(*member).is_some_and(|there| there.challenged.is_none()))
        });
        let reason = "No vive en el barrio.".to_owned();
        match newest {
            Some(member) => {
                let by = self.somebody();
                self.draft(vec![Signer::member(by)], &MemberChallenged { by, member, reason })
            }
            None => {
                let member = self.new.back().map_or(0, |(_, member)| *member);
                let by = vec![Signer::officer(2, "chair"), self.secretary()];
                self.draft(by, &ChallengeDecided { member, stays: true })
            }
        }
    }

    fn exclude(&mut self, state: &State) -> Draft {
        let member = self.somebody();
        let excluded = state.council().and_then(|council| council.roll().member(member)?.excluded.clone());
        if excluded.is_some() {
            return self.draft(vec![Signer::member(member)], &ExclusionAppealed { member });
        }
        self.voters.retain(|voter| *voter != member);
        let reason = "Acuerdo de la junta, artículo 9.".to_owned();
        self.draft(vec![self.secretary(), Signer::officer(2, "chair")], &MemberExcluded { member, reason })
    }

    pub(crate) fn remark(&mut self) -> Draft {
        let member = self.somebody();
        let text = format!(
            "Consta en acta, con el número {}: la fuente de la plaza lleva seca desde junio, y se pide al ayuntamiento que \
             la repare antes de la fiesta del barrio.",
            self.said
        );
        self.draft(vec![Signer::member(member)], &RemarkMade { text, blobs: None, body: None })
    }

    /// A remark by each of so many members.
    pub(crate) fn some_remarks(&self, state: &State, count: usize) -> Result<Vec<Vec<u8>>, Failure> {
        let members = self.voters.iter().take(count);
        members
            .map(|member| {
                let content = RemarkMade { text: "Consta.".into(), blobs: None, body: None };
                let draft = self.draft(vec![Signer::member(*member)], &content);
                Ok(self.sign(state, &draft, self.now)?.bytes)
            })
            .collect()
    }

    /// One of each kind that can be asked about now, none of them recorded.
    pub(crate) fn questions(&mut self, state: &State) -> Vec<Draft> {
        let (voters, new, next) = (self.voters.clone(), self.new.clone(), self.next);
        let (keys, slips) = (self.keys.clone(), self.slips.clone());
        let mut drafts = vec![
            self.remark(),
            self.admit(),
            self.join(),
            self.issue_slips(),
            self.leave(),
            self.propose(state),
            self.sign_petition(),
            self.count(),
            self.office(state),
            self.exclude(state),
        ];
        // None of it happens.
        (self.voters, self.new, self.next, self.keys, self.slips) = (voters, new, next, keys, slips);
        let keys = self.keys.clone();
        drafts.push(self.replace_key());
        self.keys = keys;
        drafts
    }
}
