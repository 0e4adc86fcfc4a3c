//! One life of a council: its people with their keys, its clerk, its replicas, and the ledger beside them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::key::SecretKey;
use book::merkle::empty_root;
use book::note::{Note, Signature};
use council::kinds::{Content, CouncilFounded, write};
use council::{Candidate, Examined, Refusal, Verdict, decide};

use crate::dice::Dice;
use crate::founding;
use crate::invariants::{self, INVARIANTS};
use crate::ledger::{DAY, Ledger, Seen};
use crate::moves::FAMILIES;
use crate::replicas::Replicas;

pub(crate) type Outcome = Result<(), String>;

/// A key with which somebody signs.
pub(crate) type Key = Rc<SecretKey>;

/// What somebody wants recorded.
pub(crate) struct Draft {
    kind: &'static str,
    by: Vec<Signer>,
    content: String,
    /// Keys that are not those of the roll, by the signer's name.
    keys: Vec<(String, Key)>,
}

impl Draft {
    pub(crate) fn new<C: Content>(by: Vec<Signer>, content: &C) -> Draft {
        Draft { kind: C::KIND, by, content: write(content), keys: Vec::new() }
    }

    pub(crate) fn key(mut self, name: impl ToString, key: &Key) -> Draft {
        self.keys.push((name.to_string(), key.clone()));
        self
    }
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) book: BookId,
    pub(crate) replicas: Replicas,
    pub(crate) ledger: Ledger,
    /// The time by which the people go.
    pub(crate) now: u64,
    /// So many seconds pass between two steps, more or less.
    pace: u64,
    /// Whether the clerk records what the rules refuse.
    pub(crate) lies: bool,
    seed: u64,
    made: u64,
    /// Every secret key, by its public half.
    secrets: HashMap<String, Key>,
    /// The secret halves of slips, by member.
    pub(crate) slips: BTreeMap<u32, Key>,
    pub(crate) clerk: Key,
    roots: Vec<Hash>,
    /// Proposals that are on their way.
    pub(crate) mail: Vec<Proposal>,
    /// Proposals that were recorded, in vain or not.
    pub(crate) recorded: Vec<Proposal>,
    pub(crate) happened: BTreeMap<String, u64>,
    pub(crate) trace: Vec<String>,
    pub(crate) traces: bool,
}

impl World {
    pub(crate) fn new(seed: u64, traces: bool) -> Result<World, String> {
        let mut dice = Dice::new(seed);
        let pace = [600, 3600, 6 * 3600, DAY, 3 * DAY][dice.below(5) as usize];
        let lies = dice.chance(60);
        let mut world = World {
            dice,
            book: BookId([0; 32]),
            replicas: Replicas::new(BookId([0; 32])),
            ledger: Ledger::default(),
            now: founding::FOUNDED_AT,
            pace,
            lies,
            seed,
            made: 0,
            secrets: HashMap::new(),
            slips: BTreeMap::new(),
            clerk: Rc::new(SecretKey::from_seed(&[0; 32])),
            roots: vec![empty_root()],
            mail: Vec::new(),
            recorded: Vec::new(),
            happened: BTreeMap::new(),
            trace: Vec::new(),
            traces,
        };
        world.clerk = world.new_key();
        let content = founding::content(&mut world);
        let by = content.founders.iter().map(|founder| Signer::member(founder.member)).collect();
        let keys = content.founders.iter();
        let keys = keys.filter_map(|founder| Some((founder.member.to_string(), world.secret(&founder.key)?)));
        let draft = Draft { kind: CouncilFounded::KIND, by, content: write(&content), keys: keys.collect() };
        let text = Text { book: None, after: world.saw(0), ..world.text(&draft) };
        world.book = BookId::of_founding(&text.write());
        world.replicas = Replicas::new(world.book);
        let proposal = world.sign(&text, &draft)?;
        world.deliver(proposal)?;
        if world.ledger.voids > 0 {
            return Err("the founding is void".into());
        }
        Ok(world)
    }

    /// One thing happens, honest or not, and everything is looked at.
    pub(crate) fn step(&mut self) -> Outcome {
        let pass = match self.dice.below(20) {
            0 => self.pace * 10,
            1..4 => self.pace * 3,
            4..8 => 1,
            _ => self.pace,
        };
        self.now = self.now.max(self.replicas.live.time()) + self.dice.below(pass);
        let weights: u64 = FAMILIES.iter().map(|family| family.weight).sum();
        let mut at = self.dice.below(weights);
        for family in FAMILIES {
            if at < family.weight {
                let Some(play) = self.dice.pick(family.moves) else { return Ok(()) };
                return play(self);
            }
            at -= family.weight;
        }
        Ok(())
    }

    /// In the end somebody reads it all.
    pub(crate) fn end(&mut self) -> Outcome {
        self.happened.insert("restarts".into(), self.replicas.restarts);
        self.happened.insert("statutes changed".into(), self.ledger.amended);
        self.replicas.read_it_all(self.seed.is_multiple_of(8))
    }

    pub(crate) fn note(&mut self, what: impl Into<String>) {
        *self.happened.entry(what.into()).or_default() += 1;
    }

    // ---- people ----

    /// A key like no other.
    pub(crate) fn new_key(&mut self) -> Key {
        self.made += 1;
        let seed = Hash::of(format!("simulation {} key {}", self.seed, self.made).as_bytes());
        let key = Rc::new(SecretKey::from_seed(&seed.0));
        self.secrets.insert(key.public().base64(), key.clone());
        key
    }

    pub(crate) fn secret(&self, public: &str) -> Option<Key> {
        self.secrets.get(public).cloned()
    }

    /// A number that nobody has; mostly the next.
    pub(crate) fn new_number(&mut self) -> u32 {
        let people = self.ledger.people.keys().next_back().copied().unwrap_or(0);
        let slips = self.ledger.slips.keys().next_back().copied().unwrap_or(0);
        people.max(slips) + if self.dice.chance(90) { 1 } else { 1 + self.dice.below(5) as u32 }
    }

    /// Somebody with a vote.
    pub(crate) fn voter(&mut self) -> Option<u32> {
        let voters = self.ledger.voters(self.now);
        self.dice.pick(&voters)
    }

    /// Anybody on the roll.
    pub(crate) fn anybody(&mut self) -> Option<u32> {
        let all = self.ledger.who(|person| person.on_roll);
        self.dice.pick(&all)
    }

    /// One who may sign with this power, other than these.
    pub(crate) fn officer(&mut self, power: &str, but: &[u32]) -> Option<Signer> {
        let mut who = self.ledger.empowered(power, self.now);
        who.retain(|(member, _)| {
            !but.contains(member) && self.ledger.person(*member).is_some_and(|person| person.key.is_some())
        });
        self.dice.pick(&who).map(|(member, office)| Signer::officer(member, office))
    }

    /// Two people, with these powers.
    pub(crate) fn pair(&mut self, powers: [&str; 2], but: &[u32]) -> Option<Vec<Signer>> {
        let one = self.officer(powers[0], but)?;
        let but: Vec<u32> = but.iter().copied().chain(one.number()).collect();
        let other = self.officer(powers[1], &but)?;
        Some(vec![one, other])
    }

    pub(crate) fn assembly(&mut self) -> Option<Vec<Signer>> {
        self.pair(["presiding", "minutes"], &[])
    }

    /// Who signs where a member acts.
    pub(crate) fn acts(&mut self, member: u32) -> Option<Vec<Signer>> {
        match self.ledger.person(member)?.key {
            Some(_) => Some(vec![Signer::member(member)]),
            None => self.pair(["scrutiny", "scrutiny"], &[member]),
        }
    }

    /// Who admits.
    pub(crate) fn admitters(&mut self) -> Option<Vec<Signer>> {
        let vouchers = self.ledger.statutes.vouchers as usize;
        if vouchers == 0 {
            return Some(vec![self.officer("roll", &[])?]);
        }
        let mut voters = self.ledger.voters(self.now);
        voters.retain(|number| self.ledger.person(*number).is_some_and(|person| person.key.is_some()));
        self.dice.shuffle(&mut voters);
        (voters.len() >= vouchers).then(|| voters[..vouchers].iter().copied().map(Signer::member).collect())
    }

    // ---- messages ----

    fn text(&self, draft: &Draft) -> Text {
        let by = By::Members(draft.by.clone());
        let after = self.saw(self.roots.len() as u64 - 1);
        Text { book: Some(self.book), kind: draft.kind.into(), by, after, content: draft.content.clone() }
    }

    fn saw(&self, size: u64) -> After {
        After { size, root: self.roots[size as usize] }
    }

    /// Each signs with their key as the ledger has it, or with the one that was given.
    pub(crate) fn sign(&mut self, text: &Text, draft: &Draft) -> Result<Proposal, String> {
        let written = text.write();
        let mut signatures = Vec::new();
        for signer in &draft.by {
            let given = draft.keys.iter().find(|(name, _)| *name == signer.name).map(|(_, key)| key.clone());
            let number = signer.number().unwrap_or(0);
            let own = self.ledger.people.get(&number).and_then(|person| person.key.as_deref());
            let own = own.and_then(|public| self.secret(public));
            let key = given.or(own).unwrap_or_else(|| self.clerk.clone());
            signatures.push(Signature::plain(&key, &signer.name, &written));
        }
        let note = Note { text: written, signatures };
        Proposal::parse(&note.to_bytes())
            .map_err(|error| format!("what this test signs has no form: {error}"))
    }

    /// Somebody signs this and sends it to the clerk. It arrives at once, later, twice, or not at all.
    pub(crate) fn send(&mut self, draft: Draft) -> Outcome {
        let mut text = self.text(&draft);
        match self.dice.below(100) {
            // What its author had seen is some time ago.
            0..12 => {
                let size = text.after.size;
                let ago = self.dice.below(size.min(60) + 1);
                text.after = self.saw(size - ago);
            }
            12 => text.after.root = Hash::of(b"another book"),
            13 => text.after.size += 1,
            _ => {}
        }
        let named: Vec<&str> = draft.by.iter().map(|signer| signer.name.as_str()).collect();
        if (1..named.len()).any(|at| named[..at].contains(&named[at])) {
            // One person under two capacities: it has not even a form.
            self.note("no form");
            return Ok(());
        }
        let proposal = self.sign(&text, &draft)?;
        match self.dice.below(100) {
            0..6 => {
                self.note("late");
                self.mail.push(proposal);
                Ok(())
            }
            6..8 => {
                self.note("dropped");
                Ok(())
            }
            8..11 => {
                self.mail.push(proposal.clone());
                self.deliver(proposal)
            }
            _ => self.deliver(proposal),
        }
    }

    /// A proposal arrives at the clerk's.
    pub(crate) fn deliver(&mut self, proposal: Proposal) -> Outcome {
        let time = self.now;
        self.deliver_at(proposal, time)
    }

    /// The same at the time that the clerk claims.
    pub(crate) fn deliver_at(&mut self, proposal: Proposal, time: u64) -> Outcome {
        let candidate = Candidate::new(proposal.clone(), &self.replicas.live.keys());
        let decided = decide(&self.replicas.live, &candidate, time, &council::AllThere);
        if let Err(refusal) = &decided {
            self.note(format!("refused: {}", refusal.check));
            if !self.lies || self.dice.chance(40) {
                self.say(|| format!("refused at {time}: {} {refusal}", shown(&proposal)));
                return Ok(());
            }
        }
        let origin = Origin { book: self.book, epoch: self.replicas.live.epoch() };
        let origin = match proposal.text().kind.as_str() {
            "clerk.succeeded" => Origin { epoch: origin.epoch + 1, ..origin },
            _ => origin,
        };
        let clerk = match proposal.text().kind.as_str() {
            // The new clerk records it.
            "clerk.succeeded" => proposal.content()["clerk"].as_str().and_then(|key| self.secret(key)),
            _ => None,
        };
        let key = clerk.unwrap_or_else(|| self.clerk.clone());
        let (examined, bytes) = candidate
            .countersign(&key, &origin, time)
            .map_err(|error| format!("the clerk cannot countersign: {error}"))?;
        self.recorded.push(proposal);
        if decided.is_ok() {
            self.clerk = key;
        }
        let verdict = decided.map_or_else(Verdict::Void, Verdict::Applied);
        self.record(bytes, examined, Some(verdict))
    }

    /// What an honest clerk would never record: any bytes.
    pub(crate) fn record_bytes(&mut self, bytes: Vec<u8>) -> Outcome {
        let examined = Examined::new(&bytes, &self.replicas.live.keys());
        self.record(bytes, examined, None)
    }

    /// The next entry of the book; and everything that must hold after it.
    fn record(&mut self, bytes: Vec<u8>, examined: Examined, expected: Option<Verdict>) -> Outcome {
        let entry = examined.entry().cloned();
        self.replicas.take(bytes, examined, &mut self.dice)?;
        self.roots.push(self.replicas.live.root());
        let verdict = self.replicas.verdict().cloned().ok_or("no verdict")?;
        let brief =
            entry.as_ref().map_or_else(|| "bytes".to_owned(), |entry| shown(&entry.clone().into_proposal()));
        let number = self.ledger.size;
        self.say(|| format!("{number} {brief}: {}", brief_verdict(&verdict)));
        if let Some(expected) = expected.filter(|expected| *expected != verdict) {
            return Err(format!("the clerk's door said {expected:?}, the fold says {verdict:?}"));
        }
        match &verdict {
            Verdict::Applied(_) => {
                let entry = entry.ok_or("bytes that are no entry take effect")?;
                let seen = Seen {
                    number,
                    time: entry.time(),
                    kind: &entry.text().kind,
                    by: entry.signers(),
                    content: entry.content(),
                };
                for invariant in INVARIANTS {
                    (invariant.allows)(&self.ledger, &seen)
                        .map_err(|what| format!("{}: {brief} takes effect: {what}", invariant.name))?;
                }
                self.ledger.take(&seen);
                self.note(format!("applied: {}", seen.kind));
            }
            Verdict::Void(Refusal { check, .. }) => {
                self.ledger.take_void();
                self.note(format!("void: {check}"));
            }
        }
        let time = self.replicas.live.time();
        self.look(time)?;
        // What follows from time alone, some time later.
        let later = time + self.dice.below(400 * DAY);
        self.look(later)
    }

    fn look(&self, at: u64) -> Outcome {
        let view = invariants::View { ledger: &self.ledger, state: &self.replicas.live, at };
        for invariant in INVARIANTS {
            (invariant.holds)(&view).map_err(|what| format!("{} (seen at {at}): {what}", invariant.name))?;
        }
        Ok(())
    }

    fn say(&mut self, line: impl FnOnce() -> String) {
        if self.traces {
            let line = line();
            self.trace.push(line);
        }
    }
}

fn shown(proposal: &Proposal) -> String {
    let text = proposal.text();
    let content: String = text.content.chars().take(160).collect();
    format!("{} by {} after {} {content}", text.kind, text.by, text.after.size)
}

fn brief_verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applied(_) => "takes effect".into(),
        Verdict::Void(refusal) => format!("void under {}: {refusal}", refusal.check),
    }
}
