//! One member's whole record, on request: every entry that concerns them, what became of each, and what they were.

use std::fmt::Write;

use book::entry::Entry;
use serde::Serialize;
use serde_json::Value;

use crate::calendar::Moment;
use crate::elections::{Election, Ending};
use crate::offices::Seat;
use crate::roll::Standing;
use crate::state::State;

/// An entry that concerns the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its number.
    pub entry: u64,
    /// When it was recorded: Unix seconds.
    pub time: u64,
    /// Its kind.
    pub kind: String,
    /// Whether they sign it.
    pub signs: bool,
    /// The office in whose name they sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<String>,
    /// Whether its content names them.
    pub named: bool,
    /// Why it is void; none where it took effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// A time in an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The office.
    pub office: String,
    /// Whether they only stood in.
    pub acting: bool,
    /// From when on.
    pub since: u64,
    /// Until when it lasts, or lasted.
    pub until: u64,
    /// The entry by which they held it; none under rules version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

/// An election in which they were nominated, or that was about their recall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidacy {
    /// The entry that called it.
    pub election: u64,
    /// The office.
    pub office: String,
    /// What became of it.
    pub outcome: &'static str,
}

/// A member's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The member.
    pub member: u32,
    /// Where they stand: `voting`, `new`, `challenged`, `excluded`, `left`, `unknown`.
    pub standing: &'static str,
    /// Whether they act from a device.
    pub device: bool,
    /// Offices, in the order in which they began.
    pub offices: Vec<Holding>,
    /// Elections in which they were nominated, or that were about their recall.
    pub elections: Vec<Candidacy>,
    /// Petitions that they signed, by the entry that began each.
    pub petitions: Vec<u64>,
    /// Every entry that concerns them.
    pub entries: Vec<Line>,
}

/// Reads a book from its first entry on, for one member.
pub struct Recorder {
    member: u32,
    lines: Vec<Line>,
    offices: Vec<Holding>,
    petitions: Vec<u64>,
}

impl Recorder {
    /// Before the first entry.
    pub fn new(member: u32) -> Recorder {
        Recorder { member, lines: Vec::new(), offices: Vec::new(), petitions: Vec::new() }
    }

    /// Takes the next entry; `void` says why it is void, if it is, and `after` is the state that it leaves.
    pub fn take(&mut self, number: u64, entry: Option<&Entry>, void: Option<String>, after: &State) {
        let is_void = void.is_some();
        if let Some(entry) = entry {
            let signer = entry.signers().iter().find(|signer| signer.number() == Some(self.member));
            let named = names(entry.content(), self.member);
            if signer.is_some() || named {
                self.lines.push(Line {
                    entry: number,
                    time: entry.time(),
                    kind: entry.text().kind.clone(),
                    signs: signer.is_some(),
                    capacity: signer.and_then(|signer| signer.capacity.clone()),
                    named,
                    void,
                });
            }
        }
        if !is_void {
            self.offices(after);
            let petitions = after.council().into_iter().flat_map(|council| council.petitions());
            for (petition, _) in petitions.filter(|(_, petition)| petition.signed.contains(&self.member)) {
                if !self.petitions.contains(&petition) {
                    self.petitions.push(petition);
                }
            }
            self.last_signature(entry);
        }
    }

    /// A petition that is reached is open no more: who signed last stands in the entry alone.
    fn last_signature(&mut self, entry: Option<&Entry>) {
        let Some(entry) =
            entry.filter(|entry| matches!(&*entry.text().kind, "petition.signed" | "petition.counted"))
        else {
            return;
        };
        let petition = entry.content().get("petition").and_then(Value::as_u64);
        if let Some(petition) = petition.filter(|_| names(entry.content(), self.member))
            && !self.petitions.contains(&petition)
        {
            self.petitions.push(petition);
        }
    }

    /// What has begun or ended since the entry before.
    fn offices(&mut self, after: &State) {
        let mut now: Vec<Holding> = Vec::new();
        for (office, member) in after.holders().filter(|(_, member)| *member == self.member) {
            debug_assert_eq!(member, self.member);
            let office = office.to_owned();
            now.push(Holding { office, acting: false, since: after.time(), until: u64::MAX, entry: None });
        }
        let seats = after.council().into_iter().flat_map(|council| council.offices().all());
        for (office, seat) in seats.flat_map(|(office, seats)| seats.iter().map(move |seat| (office, seat))) {
            now.extend(self.held(office, seat, after.time()));
        }
        for holding in &now {
            if !self.offices.iter().any(|known| known.is(holding)) {
                self.offices.push(holding.clone());
            }
        }
        for known in &mut self.offices {
            if known.until > after.time() && !now.iter().any(|holding| known.is(holding)) {
                known.until = after.time();
            }
        }
    }

    fn held(&self, office: &str, seat: &Seat, now: u64) -> Vec<Holding> {
        let mut held = Vec::new();
        if let Some(holding) = seat.holding.as_ref().filter(|holding| holding.member == self.member) {
            held.push(Holding {
                office: office.to_owned(),
                acting: false,
                since: holding.since,
                until: holding.until,
                entry: Some(holding.entry),
            });
        }
        if let Some(acting) = seat.acting.as_ref().filter(|acting| acting.member == self.member) {
            held.push(Holding {
                office: office.to_owned(),
                acting: true,
                since: now,
                until: acting.until,
                entry: Some(acting.entry),
            });
        }
        held
    }

    /// The record, as of this time.
    pub fn finish(self, state: &State, at: u64) -> Record {
        let membership = state.council().and_then(|council| council.roll().member(self.member));
        let device = state.member(self.member).is_some();
        let standing = match membership {
            Some(membership) => match membership.standing(at) {
                Standing::Voting => "voting",
                Standing::New { .. } => "new",
                Standing::Challenged => "challenged",
                Standing::Excluded => "excluded",
            },
            None if device => "voting",
            None if state.left(self.member).is_some() => "left",
            None if self.lines.is_empty() => "unknown",
            None => "left",
        };
        let elections = state.council().into_iter().flat_map(|council| council.elections().all());
        let elections = elections.filter_map(|(entry, election)| candidacy(entry, election, self.member));
        Record {
            member: self.member,
            standing,
            device,
            offices: self.offices,
            elections: elections.collect(),
            petitions: self.petitions,
            entries: self.lines,
        }
    }
}

impl Holding {
    /// Whether both are the same time in an office.
    fn is(&self, other: &Holding) -> bool {
        self.office == other.office && self.acting == other.acting && self.entry == other.entry
    }
}

fn candidacy(entry: u64, election: &Election, member: u32) -> Option<Candidacy> {
    let office = election.purpose.office().to_owned();
    let declared = election.declared.as_ref();
    let line = |outcome| Some(Candidacy { election: entry, office: office.clone(), outcome });
    if election.purpose.is_recall() {
        if !election.concerns(member) {
            return None;
        }
        return line(match declared.and_then(|declared| declared.recall) {
            Some((recall, keep)) if recall > keep => "recalled",
            Some(_) => "not recalled",
            None => "recall under way",
        });
    }
    let candidacy = election.candidates.get(&member)?;
    let elected = declared.is_some_and(|declared| declared.elected.contains(&member));
    line(match (candidacy.withdrawn, &candidacy.name, election.ended) {
        (true, ..) => "withdrew",
        (_, None, _) => "nominated, did not accept",
        (_, _, Some(Ending::Annulled { .. })) => "stood, annulled",
        (_, _, Some(Ending::TooFewBallots { .. })) => "stood, too few ballots",
        _ if elected => "elected",
        _ if declared.is_some() => "not elected",
        _ => "stands",
    })
}

/// Whether a content names a member: under the keys under which contents have members' numbers.
fn names(content: &Value, member: u32) -> bool {
    let is = |value: &Value| value.as_u64() == Some(u64::from(member));
    match content {
        Value::Array(items) => items.iter().any(|item| names(item, member)),
        Value::Object(fields) => fields.iter().any(|(key, value)| match (key.as_str(), value) {
            ("member" | "by", Value::Number(_)) => is(value),
            ("members" | "order" | "mixers" | "among", Value::Array(items)) => {
                items.iter().any(|item| is(item) || names(item, member))
            }
            _ => names(value, member),
        }),
        _ => false,
    }
}

impl Record {
    /// The record as a person reads it.
    pub fn to_text(&self) -> String {
        let day = |time: u64| if time == u64::MAX { "…".to_owned() } else { Moment::of(time).date() };
        let device = if self.device { "with a device" } else { "without a device" };
        let mut text = format!("member {}: {}, {device}\n", self.member, self.standing);
        for held in &self.offices {
            let how = if held.acting { "acting " } else { "" };
            let by = held.entry.map(|entry| format!(", by entry {entry}")).unwrap_or_default();
            let _ = writeln!(
                text,
                "office    {how}{} from {} to {}{by}",
                held.office,
                day(held.since),
                day(held.until)
            );
        }
        for stood in &self.elections {
            let _ =
                writeln!(text, "election  {} (entry {}): {}", stood.office, stood.election, stood.outcome);
        }
        for petition in &self.petitions {
            let _ = writeln!(text, "petition  entry {petition}, signed");
        }
        for line in &self.entries {
            let part = match (line.signs, &line.capacity, line.named) {
                (true, Some(office), true) => format!("signs as {office}, and is named"),
                (true, Some(office), false) => format!("signs as {office}"),
                (true, None, true) => "signs, and is named".into(),
                (true, None, false) => "signs".into(),
                (false, ..) => "is named".into(),
            };
            let became = match &line.void {
                Some(reason) => format!("void: {reason}"),
                None => "took effect".into(),
            };
            let _ = writeln!(
                text,
                "entry     {} of {}, {}: {part}; {became}",
                line.entry,
                day(line.time),
                line.kind
            );
        }
        text
    }
}
