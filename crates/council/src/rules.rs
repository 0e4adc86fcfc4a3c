//! What holds for every entry, whatever its kind.

use book::entry::{By, EntryError, Signer};
use book::id::BookId;
use book::key::PublicKey;
use book::merkle::empty_root;
use book::note::NoteError;

use crate::beside::Beside;
use crate::effect::{Effect, Effects};
use crate::elections::Election;
use crate::examined::{Candidate, Examined, Recorded, Subject};
use crate::kinds::{self, Content, CouncilFounded, Ruled};
use crate::refusal::{Refusal, Stop, Verdict};
use crate::state::State;

/// The rules version that this software writes, and the newest it knows.
pub const RULES: u32 = 2;

/// Why an entry does not simply take effect.
pub(crate) enum Halt {
    Refused(Refusal),
    Stopped(Stop),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Halt {
        Halt::Refused(refusal)
    }
}

/// Whether a proposal may be recorded at this time, and what follows from it. Nothing is changed. `recorded_at` is in Unix
/// seconds, the time that the clerk's line would carry.
pub fn decide(
    state: &State,
    candidate: &Candidate,
    recorded_at: u64,
    beside: &dyn Beside,
) -> Result<Effects, Refusal> {
    if recorded_at < state.time {
        return Err(decreasing(state, recorded_at));
    }
    match judge(state, candidate, recorded_at, beside) {
        Ok(ruled) => Ok(ruled.effects),
        Err(Halt::Stopped(
            stop @ (Stop::UnknownKind(_) | Stop::UnknownRules(_) | Stop::UnknownVersion(_)),
        )) => {
            let kind = candidate.proposal().text().kind.clone();
            Err(Refusal::author("entry-content", kind, "this software has no rule for it")
                .next(stop.to_string()))
        }
        Err(halt) => Err(halted(halt)),
    }
}

/// Why something could not be judged, as a refusal to whoever handed it in.
pub(crate) fn halted(halt: Halt) -> Refusal {
    match halt {
        Halt::Refused(refusal) => refusal,
        Halt::Stopped(Stop::MissingBlob { hash, .. }) => {
            Refusal::author("blobs", format!("blob/{}", hash.hex()), "it is not here")
                .next("hand the file in with the entry")
        }
        Halt::Stopped(stop) => Refusal::author("entry-content", "the entry", stop.to_string()),
    }
}

/// Takes a recorded entry: it takes effect, or is void. `beside` is asked only for entries that would take effect.
pub fn apply(state: &mut State, examined: &Examined, beside: &dyn Beside) -> Result<Verdict, Stop> {
    match settle(state, examined, beside) {
        Ok((ruled, time)) => {
            state.time = time;
            if let Some(clerk) = ruled.clerk {
                state.set_clerk(clerk.key, clerk.epoch);
            }
            (ruled.change)(state);
            if let Some(council) = &mut state.council {
                council.roll.ripen(time);
                council.recall_lapses(time);
                let elections = &council.elections;
                state.boxes.retain(|id| elections.get(id).is_some_and(Election::needs_box));
            }
            state.push(examined.leaf(), examined.text_hash());
            Ok(Verdict::Applied(ruled.effects))
        }
        Err(Halt::Refused(refusal)) => {
            state.voids += 1;
            state.push(examined.leaf(), None);
            Ok(Verdict::Void(refusal))
        }
        Err(Halt::Stopped(stop)) => Err(stop),
    }
}

fn settle(state: &State, examined: &Examined, beside: &dyn Beside) -> Result<(Ruled, u64), Halt> {
    let (Some(entry), Some(recorded)) = (examined.entry(), Recorded::of(examined)) else {
        return Err(malformed(state, examined));
    };
    let ruled = judge(state, &recorded, entry.time(), beside);
    // A stop, too, must come from the clerk: nobody else can make a replica wait for newer software.
    let (clerk, epoch) = match &ruled {
        Ok(Ruled { clerk: Some(clerk), .. }) => (Some(&clerk.key), clerk.epoch),
        _ => (state.clerk.as_ref(), state.epoch),
    };
    match ruled {
        Err(Halt::Refused(refusal)) => return Err(refusal.into()),
        // A founding entry is authentic by its text's hash, the book's id; whose key is its clerk's, newer software knows.
        Err(stop) if state.size() == 0 => return Err(stop),
        _ => {}
    }
    match clerk {
        Some(key) if entry.origin().epoch == epoch && examined.is_recorded_by(key) => {}
        Some(_) if entry.origin().epoch != epoch => {
            let reason = format!("it is of epoch {}, and the book is in epoch {epoch}", entry.origin().epoch);
            return Err(Refusal::clerk("clerk-line", "the clerk's line", reason).into());
        }
        Some(_) => {
            let reason = "it is not a valid signature of the text and its time by the clerk of this epoch";
            return Err(Refusal::clerk("clerk-line", "the clerk's line", reason).into());
        }
        None => return Err(not_founded().into()),
    }
    let ruled = ruled?;
    if entry.time() < state.time {
        return Err(decreasing(state, entry.time()).into());
    }
    for (hash, size) in ruled.effects.blobs() {
        if !beside.has(&hash, size) {
            return Err(Halt::Stopped(Stop::MissingBlob { hash, size }));
        }
    }
    Ok((ruled, entry.time()))
}

/// Which check a fault of form falls under.
pub fn form_check(error: &EntryError) -> &'static str {
    match error {
        EntryError::ClerkLine(_) => "clerk-line",
        EntryError::Signers => "entry-signers",
        EntryError::Text(..) | EntryError::Note(NoteError::Control | NoteError::NotUtf8) => "entry-text",
        _ => "entry-form",
    }
}

/// An entry that cannot be read: void, unless it is of a version to come and authentic, as the clerk of this epoch recorded
/// it or the book's id is its text's hash.
fn malformed(state: &State, examined: &Examined) -> Halt {
    let Some((error, note)) = examined.form_error() else {
        return Refusal::clerk("entry-form", "the entry", "it cannot be read").into();
    };
    if let (EntryError::UnknownVersion(version), Some(note)) = (error, note) {
        let is_authentic = match &state.clerk {
            Some(clerk) => note.signatures.last().is_some_and(|line| {
                line.name == state.origin().to_string() && line.is_timestamped_by(clerk, &note.text).is_some()
            }),
            None => state.size() == 0 && BookId::of_founding(&note.text) == state.book,
        };
        if is_authentic {
            return Halt::Stopped(Stop::UnknownVersion(version.clone()));
        }
    }
    Refusal::clerk(form_check(error), "the entry", error.to_string()).into()
}

fn decreasing(state: &State, time: u64) -> Refusal {
    let reason = format!("it is recorded at {time}, before the last one ({})", state.time);
    Refusal::clerk("entry-time", "the entry", reason).next("set the clerk's clock")
}

fn not_founded() -> Refusal {
    Refusal::clerk(
        "founding",
        "the book",
        "its first entry does not found it, so no entry of it takes effect",
    )
}

/// Everything but the clerk's line, the time's order and the blobs.
fn judge(state: &State, subject: &dyn Subject, recorded_at: u64, beside: &dyn Beside) -> Result<Ruled, Halt> {
    let text = subject.text();
    let founds = text.book.is_none();
    let first = state.size() == 0;
    if founds != first {
        let reason = if founds {
            "a founding entry stands first, and only there"
        } else {
            "the first entry founds the book"
        };
        return Err(Refusal::author("founding", "the entry", reason).into());
    }
    if founds && BookId::of_founding(subject.signed_text()) != state.book {
        let reason = format!("its text's hash is not {}", state.book);
        return Err(Refusal::author("founding", "the founding entry", reason)
            .next("ask for the right book")
            .into());
    }
    if text.book.is_some_and(|book| book != state.book) {
        return Err(Refusal::author("entry-book", "the entry", "it is written for another book").into());
    }
    if !first && state.rules == 0 {
        return Err(not_founded().into());
    }
    if let Some(number) = state.number_of(&subject.hash()) {
        let reason = format!("the same text is entry {number}");
        return Err(Refusal::clerk("entry-replayed", "the entry", reason).into());
    }
    after(state, subject, recorded_at)?;
    let kind = kinds::find(&text.kind, state.rules.max(1));
    let Some(kind) = kind else {
        known_signatures(state, subject)?;
        return Err(Halt::Stopped(Stop::UnknownKind(text.kind.clone())));
    };
    if founds != (text.kind == CouncilFounded::KIND) {
        let reason = if founds {
            format!("{} founds no book", text.kind)
        } else {
            "a book is founded once, by its first entry".to_owned()
        };
        return Err(Refusal::author("founding", "the entry", reason).into());
    }
    if founds && let Some(rules) = rules_of(&text.content).filter(|rules| *rules > u64::from(RULES)) {
        // What else stands in such a founding entry, newer software knows.
        return Err(Halt::Stopped(Stop::UnknownRules(rules)));
    }
    (kind.judge)(state, subject, recorded_at, beside)
}

/// The `after` line: a state of this very book, and not too old.
fn after(state: &State, subject: &dyn Subject, recorded_at: u64) -> Result<(), Refusal> {
    let after = subject.text().after;
    if after.size > state.size() {
        let reason = format!("its author had seen {} entries, and there are {}", after.size, state.size());
        return Err(Refusal::author("entry-after", "the `after` line", reason));
    }
    let next = "sign again after a checkpoint of today";
    if state.past.is_before(after.size) {
        let reason = "what its author had seen is older than the statutes allow";
        return Err(Refusal::author("entry-age", "the `after` line", reason).next(next));
    }
    let root = if after.size == 0 { Some(empty_root()) } else { state.root_at(after.size) };
    if root != Some(after.root) {
        let reason = format!("at {} entries this book has another root", after.size);
        return Err(Refusal::author("entry-after", "the `after` line", reason));
    }
    let limit = state.statutes.as_ref().map_or(u64::MAX, crate::Statutes::after_seconds);
    if let Some(since) = state.past.unseen_since(after.size)
        && recorded_at > since.saturating_add(limit)
    {
        let reason = "what its author had seen is older than the statutes allow";
        return Err(Refusal::author("entry-age", "the `after` line", reason).next(next));
    }
    Ok(())
}

/// The rules version that a founding entry names.
fn rules_of(content: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(content).ok()?.get("rules")?.as_u64()
}

/// Of an entry of a kind to come the lines of members can be judged, and are: a false one is void for everybody. Who else
/// may sign it, perhaps with a key that it brings, that kind will say.
fn known_signatures(state: &State, subject: &dyn Subject) -> Result<(), Refusal> {
    for (at, signer) in subject.text().by.signers().iter().enumerate() {
        let Some(member) = signer.number().and_then(|number| state.members.get(&number)) else { continue };
        if !subject.is_signed_by(at, &member.key) {
            return Err(not_valid(signer));
        }
    }
    Ok(())
}

fn not_valid(signer: &Signer) -> Refusal {
    let reason = match signer.number() {
        Some(number) => format!("it is not a valid signature of this text by member {number}"),
        None => "it is not a valid signature of this text by the key that it stands for".to_owned(),
    };
    Refusal::author("entry-signature", format!("the line of {}", signer.name), reason)
        .next("sign the exact text, with the key that the book has for them")
}

/// Every signer is a member (or brings their key with this entry), and every line is valid.
pub(crate) fn signatures(
    state: &State,
    subject: &dyn Subject,
    introduced: &[(String, PublicKey)],
) -> Result<(), Refusal> {
    let By::Members(signers) = &subject.text().by else { return Ok(()) };
    for (at, signer) in signers.iter().enumerate() {
        let object = format!("the line of {}", signer.name);
        // A number that is none, like 0, is nobody's name.
        let is_name = signer.number().is_some() || signer.name.bytes().any(|byte| byte.is_ascii_alphabetic());
        let brought = introduced
            .iter()
            .filter(|_| is_name)
            .find(|(other, _)| *other == signer.name)
            .map(|(_, key)| key);
        let known = signer.number().and_then(|number| state.members.get(&number));
        let Some(key) = brought.or(known.map(|member| &member.key)) else {
            return Err(Refusal::author("entry-signers", object, unknown_signer(state, signer)));
        };
        if !subject.is_signed_by(at, key) {
            return Err(not_valid(signer));
        }
    }
    Ok(())
}

/// Why there is no key by which a line could be verified.
fn unknown_signer(state: &State, signer: &Signer) -> String {
    let Some(number) = signer.number() else {
        return "under these rules members sign, by their number".to_owned();
    };
    if let Some(left) = state.left.get(&number) {
        return format!("member {number} left with entry {}", left.at);
    }
    match &state.council {
        Some(council) if council.roll().member(number).is_some() => {
            format!("member {number} has no device: two scrutineers sign for them")
        }
        Some(council) if council.gone.contains(&number) => format!("member {number} has left"),
        _ => format!("there is no member {number}"),
    }
}

/// Whoever signs in an office's name holds it at this time, or stands in.
pub(crate) fn capacities(state: &State, subject: &dyn Subject, at: u64) -> Result<(), Refusal> {
    for signer in subject.text().by.signers() {
        let Some(office) = &signer.capacity else { continue };
        if let Some(council) = &state.council {
            if !signer
                .number()
                .is_some_and(|number| state.signers_of(council, office, at).any(|holder| holder == number))
            {
                let holders: Vec<String> =
                    state.signers_of(council, office, at).map(|holder| holder.to_string()).collect();
                let reason = match holders.as_slice() {
                    [] => format!("nobody holds an office {office}"),
                    [one] => format!("the office {office} is held by member {one}"),
                    many => format!("the office {office} is held by members {}", many.join(", ")),
                };
                return Err(Refusal::author(
                    "entry-capacity",
                    format!("the line of {}", signer.name),
                    reason,
                ));
            }
            continue;
        }
        if signer.number().is_none() || state.holder(office) != signer.number() {
            let reason = match state.holder(office) {
                Some(holder) => format!("the office {office} is held by member {holder}"),
                None => format!("nobody holds an office {office}"),
            };
            return Err(Refusal::author("entry-capacity", format!("the line of {}", signer.name), reason));
        }
    }
    Ok(())
}

impl Ruled {
    /// No effects, no change.
    pub(crate) fn plain(effects: Vec<Effect>) -> Ruled {
        Ruled { effects: Effects(effects), clerk: None, change: Box::new(|_| {}) }
    }
}
