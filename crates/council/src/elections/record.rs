//! What is written down of an election. It holds references; the material itself lies beside the book.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::team::Team;
use crate::kinds::BlobRef;

/// What an election is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Purpose {
    /// Seats of an office.
    Office {
        /// The office.
        office: String,
        /// How many of its seats.
        seats: u32,
    },
    /// Whether the holder of a seat is recalled.
    Recall {
        /// The entry that began the recall.
        recall: u64,
        /// The office.
        office: String,
        /// Its holder.
        member: u32,
    },
}

impl Purpose {
    /// The office that it is about.
    pub fn office(&self) -> &str {
        match self {
            Purpose::Office { office, .. } | Purpose::Recall { office, .. } => office,
        }
    }

    /// Whether somebody may be recalled by it.
    pub fn is_recall(&self) -> bool {
        matches!(self, Purpose::Recall { .. })
    }
}

/// Somebody who was named for an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidacy {
    /// Who nominated them first.
    pub by: u32,
    /// The name under which they stand, once they accepted: they made it public themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether they have withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// The roll as it stood, and who stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// When.
    pub at: u64,
    /// Who may vote: ranges of members' numbers, first and last.
    pub roll: Vec<(u32, u32)>,
    /// How many that are.
    pub voters: u64,
    /// Who stands, by number and name, in the order of the question; empty for a recall.
    pub candidates: Vec<(u32, String)>,
    /// The method by which it is counted.
    pub method: String,
    /// Whether that is not the statutes' method, because so few may vote, or so many stand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approving: bool,
    /// Until when phones can enrol.
    pub enrol_until: u64,
}

impl Frozen {
    /// Whether a member may vote in it.
    pub fn is_voter(&self, member: u32) -> bool {
        let at = self.roll.partition_point(|(_, last)| *last < member);
        self.roll.get(at).is_some_and(|(first, _)| *first <= member)
    }
}

/// The lists of credentials, signed by scrutineers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// When they were signed.
    pub at: u64,
    /// Credentials of phones that enrolled.
    pub phones: BlobRef,
    /// Credentials printed on slips and for paper ballots.
    pub slips: BlobRef,
    /// How many of each.
    pub counts: (u64, u64),
    /// The commitment to who enrolled with which: SHA-256, in hexadecimal digits.
    pub matched: String,
}

/// The open box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// When it was opened.
    pub at: u64,
    /// Until when ballots are taken.
    pub until: u64,
    /// `election.json`.
    pub election: BlobRef,
    /// Phones' and slips' credentials in one list.
    pub credentials: BlobRef,
    /// Its trustees.
    pub team: Team,
}

/// A shuffle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shuffled {
    /// The trustee's number.
    pub owner: usize,
    /// The shuffle.
    pub shuffle: BlobRef,
}

/// A part of the decryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decrypted {
    /// The trustee's number.
    pub owner: usize,
    /// The partial decryption.
    pub decryption: BlobRef,
    /// Its strong proof.
    pub strong: BlobRef,
}

/// That the vote is held on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnPaper {
    /// Since when.
    pub at: u64,
    /// Why.
    pub reason: String,
    /// How many paper ballots were counted; of no meaning before.
    pub counted: u64,
    /// The ballots, transcribed in the open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ballots: Option<BlobRef>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// When.
    pub at: u64,
    /// The elected, in order of election; of those tied at the end none.
    pub elected: Vec<u32>,
    /// Among whom a lot must be drawn before the count can go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tied: Vec<u32>,
    /// Of a recall: how many are for it, and how many against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<(u64, u64)>,
}

/// A dispute that waits for the assembly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// The entry.
    pub entry: u64,
    /// Who disputes.
    pub by: u32,
    /// When.
    pub at: u64,
}

/// How an election ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ending {
    /// Its result took effect.
    Concluded {
        /// When.
        at: u64,
    },
    /// Nobody stood.
    NobodyStood {
        /// When.
        at: u64,
    },
    /// There were too few ballots to open the box without unmasking anybody.
    TooFewBallots {
        /// When.
        at: u64,
    },
    /// The assembly annulled it.
    Annulled {
        /// When.
        at: u64,
    },
}

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Called: people can stand.
    Called,
    /// Roll and candidates are fixed: phones enrol.
    Frozen,
    /// The credentials are listed.
    Listed,
    /// The box is open.
    Open,
    /// The ballots are closed, and mixers have still to mix.
    Mixing,
    /// Trustees decrypt.
    Decrypting,
    /// The vote is held on paper.
    OnPaper,
    /// A lot must be drawn.
    Tied,
    /// The result stands, and can be disputed.
    Declared,
    /// The assembly has a dispute to decide.
    Disputed,
    /// It is over.
    Ended,
}

impl Phase {
    /// Its name in the specification.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Called => "Called",
            Phase::Frozen => "Frozen",
            Phase::Listed => "Listed",
            Phase::Open => "Open",
            Phase::Mixing => "Mixing",
            Phase::Decrypting => "Decrypting",
            Phase::OnPaper => "OnPaper",
            Phase::Tied => "Tied",
            Phase::Declared => "Declared",
            Phase::Disputed => "Disputed",
            Phase::Ended => "Ended",
        }
    }
}

/// An election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Election {
    /// Its name in every archive: Base58.
    pub uuid: String,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub purpose: Purpose,
    /// The statutes' method.
    pub method: String,
    /// When it was called.
    pub called_at: u64,
    /// Until when people can stand.
    pub nominate_until: u64,
    /// Who mixes, by member's number.
    pub mixers: Vec<u32>,
    /// Who was named, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub candidates: BTreeMap<u32, Candidacy>,
    /// Roll and candidates, once fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// The lists of credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<Lists>,
    /// The open box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opening>,
    /// Ballots as they were published, a blob a batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<BlobRef>,
    /// How many ballots that are, those that others replaced included.
    pub ballots: u64,
    /// How many paper ballots two tellers have put into the box.
    pub papers: u64,
    /// The encrypted tally, and when the ballots were closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<(u64, BlobRef)>,
    /// How many ballots count; of no meaning before the close.
    pub counted: u64,
    /// The shuffles, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shuffles: Vec<Shuffled>,
    /// Mixers without whom the assembly lets it go on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing: BTreeSet<u32>,
    /// The parts of the decryption, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decryptions: Vec<Decrypted>,
    /// The result's payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<BlobRef>,
    /// That it is held on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<OnPaper>,
    /// Whom lots have drawn so far, the most preferred first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lot: Vec<u32>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// Disputes that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ending>,
}

impl Election {
    /// Where it stands.
    pub fn phase(&self) -> Phase {
        if self.ended.is_some() {
            return Phase::Ended;
        }
        if let Some(declared) = &self.declared {
            return match (declared.tied.is_empty(), self.disputes.is_empty()) {
                (false, _) => Phase::Tied,
                (true, false) => Phase::Disputed,
                (true, true) => Phase::Declared,
            };
        }
        if self.paper.is_some() {
            return Phase::OnPaper;
        }
        match (&self.frozen, &self.lists, &self.opened, &self.closed) {
            (None, ..) => Phase::Called,
            (_, None, ..) => Phase::Frozen,
            (_, _, None, _) => Phase::Listed,
            (_, _, _, None) => Phase::Open,
            _ if self.mixers_to_come().next().is_some() => Phase::Mixing,
            _ => Phase::Decrypting,
        }
    }

    /// Whether it goes on with what is in its box.
    pub(crate) fn needs_box(&self) -> bool {
        matches!(self.phase(), Phase::Open | Phase::Mixing | Phase::Decrypting)
    }

    /// Whether its votes are mixed and opened one by one.
    pub fn is_mixed(&self) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| super::question::is_ranked(&frozen.method))
    }

    /// The mixers whose shuffle is still to come.
    pub fn mixers_to_come(&self) -> impl Iterator<Item = u32> {
        let has_mixed = |member: u32| {
            let owner = self.opened.as_ref().and_then(|opened| opened.team.owner(member));
            owner.is_none() || self.shuffles.iter().any(|shuffled| Some(shuffled.owner) == owner)
        };
        let asked = if self.is_mixed() { self.mixers.as_slice() } else { &[] };
        asked.iter().copied().filter(move |member| !has_mixed(*member) && !self.missing.contains(member))
    }

    /// Who stands, having accepted and not withdrawn: number and name.
    pub fn standing(&self) -> impl Iterator<Item = (u32, &str)> {
        let stands = self.candidates.iter().filter(|(_, candidacy)| !candidacy.withdrawn);
        stands.filter_map(|(member, candidacy)| Some((*member, candidacy.name.as_deref()?)))
    }

    /// Whether this member has a part in it: as a candidate, or as the one who may be recalled. They do not judge it.
    pub fn concerns(&self, member: u32) -> bool {
        match &self.purpose {
            Purpose::Office { .. } => self.standing().any(|(candidate, _)| candidate == member),
            Purpose::Recall { member: holder, .. } => *holder == member,
        }
    }

    /// How many seats it fills: one for a recall.
    pub fn seats(&self) -> usize {
        match &self.purpose {
            Purpose::Office { seats, .. } => *seats as usize,
            Purpose::Recall { .. } => 1,
        }
    }
}
