//! The kinds of entries: a file each, listed in `KINDS`. A kind says what its content is, which keys it brings, and what
//! follows; `rule` does for all kinds what all have in common.
//!
//! To add one: a file with a type of its own that implements [`Content`], a line in `KINDS`, a section in the
//! specification. A kind that comes with a later rules version says so in `since`.

mod body_erased;
mod clerk_succeeded;
mod council_founded;
pub mod elections;
mod member_admitted;
mod member_left;
pub mod offices;
pub mod petitions;
pub mod recall;
mod remark_made;
pub mod roll;
mod rules_raised;

use book::entry::Signer;
use book::key::PublicKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use body_erased::BodyErased;
pub use clerk_succeeded::ClerkSucceeded;
pub use council_founded::{CouncilFounded, Founder, SuccessionRule};
pub use member_admitted::MemberAdmitted;
pub use member_left::MemberLeft;
pub use remark_made::{BlobRef, RemarkMade};
pub use rules_raised::RulesRaised;

use crate::beside::Beside;
use crate::case::Case;
use crate::effect::Effects;
use crate::examined::Subject;
use crate::named::NamedKeys;
use crate::refusal::Refusal;
use crate::rules::{Halt, capacities, signatures};
use crate::state::State;

use elections::{
    BallotsPublished, CandidateAccepted, CandidateNominated, CandidateWithdrew, CredentialsListed,
    DisputeDecided, ElectionAnnulled, ElectionCalled, ElectionClosed, ElectionConcluded, ElectionOpened,
    LotDrawn, MovedToPaper, PapersCounted, PapersTranscribed, ResultDeclared, ResultDisputed, RollFrozen,
    ShareForgotten, TrusteeMissing, TrusteesFormed, VotesDecrypted, VotesShuffled,
};
use offices::{ActingNamed, AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use petitions::{PetitionCounted, PetitionSigned, StatutesProposed};
use recall::{HolderStated, PetitionTallied, RecallPetitioned};
use roll::{
    AppealDecided, ChallengeDecided, ExclusionAppealed, KeyReplaced, MemberChallenged, MemberEnrolled,
    MemberExcluded, MemberJoined, SlipsIssued,
};

/// A member's number lies below this.
pub const MEMBER_LIMIT: u32 = 1 << 31;

/// The content of a kind: what its JSON says, in the order of its fields.
pub trait Content: Serialize + DeserializeOwned {
    /// The kind's name.
    const KIND: &'static str;
}

/// A new clerk, who records the very entry that names them.
pub(crate) struct NewClerk {
    pub(crate) key: PublicKey,
    pub(crate) epoch: u32,
}

/// What an entry that may stand brings about.
pub(crate) struct Ruled {
    pub(crate) effects: Effects,
    pub(crate) clerk: Option<NewClerk>,
    pub(crate) change: Box<dyn FnOnce(&mut State)>,
}

/// The rule of one kind.
pub(crate) trait Rule: Content {
    /// Whether members who are excluded may sign it.
    const IS_FOR_EXCLUDED: bool = false;

    /// Keys that this entry brings with it, by signer's name: they sign it in the place of those on the roll, if any.
    fn introduces(&self, state: &State, named: &NamedKeys) -> Result<Vec<(String, PublicKey)>, Refusal> {
        let _ = (state, named);
        Ok(Vec::new())
    }

    /// Whether it may stand, and what follows. Form, signatures and capacities are in order when this is asked.
    fn rule(self, case: &Case<'_>) -> Result<Ruled, Halt>;
}

/// Judges an entry of a kind at a time.
type Judge = fn(&State, &dyn Subject, u64, &dyn Beside) -> Result<Ruled, Halt>;

/// A kind as the rules look it up.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    since: u32,
    /// The checks that entries of this kind, and of few others, are held to.
    checks: &'static [&'static str],
    pub(crate) judge: Judge,
    normalise: fn(&str) -> Result<String, String>,
}

/// Every kind, with the rules version that brought it.
const KINDS: &[Kind] = &[
    kind::<CouncilFounded>(1),
    kind::<MemberAdmitted>(1),
    kind::<MemberLeft>(1),
    kind::<RemarkMade>(1),
    kind::<BodyErased>(1),
    kind::<ClerkSucceeded>(1),
    kind::<RulesRaised>(1).under(&["statutes"]),
    kind::<MemberEnrolled>(2).under(&["admission"]),
    kind::<SlipsIssued>(2).under(&["slip"]),
    kind::<MemberJoined>(2).under(&["slip"]),
    kind::<MemberChallenged>(2).under(&["challenge"]),
    kind::<ChallengeDecided>(2).under(&["challenge"]),
    kind::<MemberExcluded>(2).under(&["exclusion"]),
    kind::<ExclusionAppealed>(2).under(&["exclusion"]),
    kind::<AppealDecided>(2).under(&["exclusion"]),
    kind::<KeyReplaced>(2),
    kind::<OfficeAppointed>(2).under(&["office"]),
    kind::<AppointmentConfirmed>(2).under(&["office"]),
    kind::<OfficeResigned>(2).under(&["office"]),
    kind::<ActingNamed>(2).under(&["office"]),
    kind::<StatutesProposed>(2).under(&["petition", "statutes"]),
    kind::<PetitionSigned>(2).under(&["petition"]),
    kind::<PetitionCounted>(2).under(&["petition"]),
    kind::<TrusteesFormed>(2).under(&["trustees"]),
    kind::<ShareForgotten>(2).under(&["trustees"]),
    kind::<ElectionCalled>(2).under(&["election", "trustees"]),
    kind::<CandidateNominated>(2).under(&["election"]),
    kind::<CandidateAccepted>(2).under(&["election"]),
    kind::<CandidateWithdrew>(2).under(&["election"]),
    kind::<RollFrozen>(2).under(&["election"]),
    kind::<CredentialsListed>(2).under(&["election", "credentials"]),
    kind::<ElectionOpened>(2).under(&["election", "credentials", "trustees"]),
    kind::<BallotsPublished>(2).under(&["election", "ballot"]),
    kind::<PapersTranscribed>(2).under(&["election"]),
    kind::<ElectionClosed>(2).under(&["election", "ballot"]),
    kind::<VotesShuffled>(2).under(&["election", "ballot"]),
    kind::<VotesDecrypted>(2).under(&["election", "ballot"]),
    kind::<TrusteeMissing>(2).under(&["election"]),
    kind::<ResultDeclared>(2).under(&["election", "ballot"]),
    kind::<LotDrawn>(2).under(&["election"]),
    kind::<ResultDisputed>(2).under(&["election"]),
    kind::<DisputeDecided>(2).under(&["election"]),
    kind::<ElectionConcluded>(2).under(&["election"]),
    kind::<ElectionAnnulled>(2).under(&["election"]),
    kind::<MovedToPaper>(2).under(&["election"]),
    kind::<PapersCounted>(2).under(&["election", "ballot"]),
    kind::<RecallPetitioned>(2).under(&["petition", "recall"]),
    kind::<PetitionTallied>(2).under(&["petition"]),
    kind::<HolderStated>(2).under(&["petition", "recall"]),
];

const fn kind<C: Rule>(since: u32) -> Kind {
    Kind { name: C::KIND, since, checks: &[], judge: judge::<C>, normalise: normalise_as::<C> }
}

impl Kind {
    const fn under(self, checks: &'static [&'static str]) -> Kind {
        Kind { checks, ..self }
    }
}

/// The checks that entries of a kind, and of few others, are held to: names of [`crate::RULE_CHECKS`] or `admission`.
pub fn checks(name: &str) -> &'static [&'static str] {
    KINDS.iter().find(|kind| kind.name == name).map_or(&[], |kind| kind.checks)
}

pub(crate) fn find(name: &str, rules: u32) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name && kind.since <= rules)
}

/// The names of the kinds that this software knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// A content in the one form that an entry holds, from JSON in any spacing and order of keys.
pub fn normalise(kind: &str, json: &str) -> Result<String, String> {
    let known = KINDS.iter().find(|known| known.name == kind);
    let known = known.ok_or_else(|| {
        let names: Vec<_> = names().collect();
        format!("there is no kind {kind}; there are {}", names.join(", "))
    })?;
    (known.normalise)(json)
}

/// A content written in its one form.
pub fn write<C: Content>(content: &C) -> String {
    serde_json::to_string(content).unwrap_or_default()
}

fn normalise_as<C: Content>(json: &str) -> Result<String, String> {
    let content: C = serde_json::from_str(json)
        .map_err(|error| format!("the content is not that of {}: {error}", C::KIND))?;
    Ok(write(&content))
}

/// Reads a content: exactly the fields of its kind, in their order.
fn read<C: Content>(line: &str) -> Result<C, Refusal> {
    let refuse = |reason: String| Refusal::author("entry-content", "the content", reason);
    let content: C = serde_json::from_str(line)
        .map_err(|error| refuse(format!("it is not that of {}: {error}", C::KIND)))?;
    if write(&content) != line {
        return Err(refuse(format!("its keys are not in the order that {} gives", C::KIND)));
    }
    Ok(content)
}

fn judge<C: Rule>(state: &State, subject: &dyn Subject, at: u64, beside: &dyn Beside) -> Result<Ruled, Halt> {
    let content: C = read(&subject.text().content)?;
    signatures(state, subject, &content.introduces(state, subject.named())?)?;
    capacities(state, subject, at)?;
    let signers = subject.text().by.signers();
    if !C::IS_FOR_EXCLUDED {
        not_excluded(state, signers.iter().filter_map(Signer::number))?;
    }
    content.rule(&Case { state, signers, at, text: subject.hash(), named: subject.named(), beside })
}

/// That none of these members is excluded.
fn not_excluded(state: &State, members: impl IntoIterator<Item = u32>) -> Result<(), Refusal> {
    let Some(council) = &state.council else { return Ok(()) };
    for number in members {
        if let Some(exclusion) = council.roll().member(number).and_then(|member| member.excluded.as_ref()) {
            let reason = format!("they were excluded by entry {}", exclusion.entry);
            return Err(Refusal::author("standing", format!("member {number}"), reason)
                .next("appeal with `exclusion.appealed`, if there is still time"));
        }
    }
    Ok(())
}

/// That this key has no role in the book yet: one key, one role, for ever.
fn is_new_key(state: &State, key: &PublicKey, whose: &str) -> Result<(), Refusal> {
    if state.is_taken(key) {
        let reason = "it has a role in this book already, of a member, a clerk or a cosigner";
        return Err(
            Refusal::author("admission", format!("the key of {whose}"), reason).next("make a new key")
        );
    }
    Ok(())
}

/// That exactly one signs, and who.
fn only_signer(signers: &[Signer], kind: &str) -> Result<(u32, Option<String>), Refusal> {
    match signers {
        [one] => one.number().map(|number| (number, one.capacity.clone())).ok_or_else(|| {
            Refusal::author("entry-signers", "the `by` line", "a member signs it, by their number")
        }),
        _ => Err(Refusal::author(
            "entry-signers",
            "the `by` line",
            format!("{kind} is signed by exactly one member"),
        )),
    }
}

/// That a member's number is one, and was never given to anybody.
fn is_new_number(state: &State, number: u32) -> Result<(), Refusal> {
    is_number(number)?;
    if state.is_number_taken(number) {
        let reason = "the number is taken, and a number is never used again";
        return Err(Refusal::author("admission", format!("member {number}"), reason)
            .next("take the next free number"));
    }
    Ok(())
}

/// That a member's number is one.
fn is_number(number: u32) -> Result<(), Refusal> {
    if (1..MEMBER_LIMIT).contains(&number) {
        return Ok(());
    }
    Err(Refusal::author(
        "entry-content",
        format!("member {number}"),
        "members are numbered from 1 to 2^31 - 1",
    ))
}
