//! What a phone hands in to enrol: its credential's public key for one election, with a proof that it has the secret, under
//! its member's signature. It goes to the scrutineers, who match it with the roll, and never into the book.
//!
//! A signed note of six lines: `cabildo/enrolment/v1`, the book's id, the election's uuid, the member's number, the public
//! key, the proof as JSON; and one plain signature line of the member, named by their number.

use ::ballot::credential::Credential;
use ::ballot::group::{Ed25519, Group};
use ::ballot::sigma::Proof;
use ::ballot::{enrolment, json};
use book::id::BookId;
use book::key::SecretKey;
use book::note::{Note, Signature};

use super::{Phase, called};
use crate::refusal::Refusal;
use crate::state::State;

/// What has more bytes is not read.
pub const ENROLMENT_LIMIT: usize = 4096;

/// The first line.
const VERSION: &str = "cabildo/enrolment/v1";

/// A public key of ours.
pub type Key = <Ed25519 as Group>::Element;

/// An enrolment as it was handed in. Nothing is verified by reading it.
#[derive(Clone)]
pub struct Enrolment {
    book: BookId,
    uuid: String,
    member: u32,
    credential: Key,
    proof: Proof<Ed25519>,
    note: Note,
}

/// For whom and where a proof of possession is made: the book and the member.
fn context(book: &BookId, member: u32) -> String {
    format!("{book}/{member}")
}

fn text(book: &BookId, uuid: &str, member: u32, credential: &Key, proof: &Proof<Ed25519>) -> String {
    let proof = json::to_string(proof);
    format!("{VERSION}\n{book}\n{uuid}\n{member}\n{credential}\n{proof}\n")
}

/// A number in its one form, from 1.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse::<u32>().ok().filter(|number| *number > 0 && number.to_string() == text)
}

impl Enrolment {
    /// What a member's phone hands in for its credential in the election of this uuid. `fresh` is 32 bytes of randomness used
    /// for nothing else.
    pub fn sign(
        book: &BookId,
        uuid: &str,
        member: u32,
        credential: &Credential,
        key: &SecretKey,
        fresh: &[u8; 32],
    ) -> Enrolment {
        let public = credential.public::<Ed25519>(uuid);
        let proof = enrolment::prove::<Ed25519>(credential, uuid, &context(book, member), fresh);
        let text = text(book, uuid, member, &public, &proof);
        let line = Signature::plain(key, &member.to_string(), &text);
        let note = Note { text, signatures: vec![line] };
        Enrolment { book: *book, uuid: uuid.to_owned(), member, credential: public, proof, note }
    }

    /// Reads one. Writing it again gives the same bytes.
    ///
    /// # Errors
    /// What is wrong with its form, in words.
    pub fn parse(bytes: &[u8]) -> Result<Enrolment, String> {
        if bytes.len() > ENROLMENT_LIMIT {
            return Err(format!("it has more than {ENROLMENT_LIMIT} bytes"));
        }
        let note = Note::parse(bytes).map_err(|error| error.to_string())?;
        let lines: Vec<&str> = note.text.split('\n').collect();
        let [version, book, uuid, member, credential, proof, ""] = lines[..] else {
            return Err("it has not the six lines of an enrolment".into());
        };
        if version != VERSION {
            return Err(format!("its first line is not {VERSION}"));
        }
        let book_id = BookId::parse(book).ok_or("its second line is no book's id")?;
        if !::ballot::election::is_uuid(uuid) {
            return Err("its third line is no election's uuid".into());
        }
        let member = number(member).ok_or("its fourth line is no member's number")?;
        let key = Ed25519::decode(credential).map_err(|error| format!("its credential: {error}"))?;
        let proof: Proof<Ed25519> =
            json::parse(proof.as_bytes()).map_err(|error| format!("its proof: {error}"))?;
        if text(&book_id, uuid, member, &key, &proof) != note.text {
            return Err("it is not in its one form".into());
        }
        if note.signatures.len() != 1 || note.signatures[0].name != member.to_string() {
            return Err("it has not the one signature line of its member".into());
        }
        Ok(Enrolment { book: book_id, uuid: uuid.to_owned(), member, credential: key, proof, note })
    }

    /// The bytes to hand in.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }

    /// The book.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// The election's uuid.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Whose phone it is.
    pub fn member(&self) -> u32 {
        self.member
    }

    /// The credential's public key.
    pub fn credential(&self) -> Key {
        self.credential
    }

    /// Whether it may be handed in at this time (Unix seconds); gives the entry that called the election.
    ///
    /// # Errors
    /// Those of [`Enrolment::holds`]; enrolment has ended.
    pub fn verify(&self, state: &State, at: u64) -> Result<u64, Refusal> {
        let id = self.holds(state)?;
        let (_, election) = called(state, &self.uuid)?;
        let until = election.frozen.as_ref().map_or(0, |frozen| frozen.enrol_until);
        if at >= until {
            let reason = format!("phones could enrol until {until}");
            return Err(Refusal::author("election", format!("the election {}", self.uuid), reason)
                .next("ask a scrutineer for a slip, if the statutes have them"));
        }
        Ok(id)
    }

    /// Whether it holds as the roll and the keys are now, whatever the time: what a scrutineer asks before the lists are
    /// signed. Gives the entry that called the election.
    ///
    /// # Errors
    /// It is of another book; there is no such election, or phones do not enrol for it now; its member is not on the frozen
    /// roll or has no key; the signature or the proof does not hold.
    pub fn holds(&self, state: &State) -> Result<u64, Refusal> {
        if self.book != state.book() {
            return Err(Refusal::author("entry-book", "the enrolment", "it is made for another book"));
        }
        let (id, election) = called(state, &self.uuid)?;
        let object = format!("the election {}", self.uuid);
        let frozen = match (election.phase(), &election.frozen) {
            (Phase::Frozen, Some(frozen)) => frozen,
            (Phase::Called, _) => {
                let refusal = Refusal::author("election", object, "its roll is not fixed yet");
                return Err(refusal.next("wait until it is, then enrol"));
            }
            (phase, _) => {
                let reason = format!("it stands at {}, and phones do not enrol any more", phase.name());
                return Err(Refusal::author("election", object, reason));
            }
        };
        let member = format!("member {}", self.member);
        if !frozen.is_voter(self.member) {
            let reason = "they are not on the roll as it was fixed for this election";
            return Err(Refusal::author("standing", member, reason));
        }
        let key = state.member(self.member).map(|member| &member.key);
        let key =
            key.ok_or_else(|| Refusal::author("standing", member, "the book has no key for them now"))?;
        let line = self.note.signatures.first();
        if !line.is_some_and(|line| line.is_plain_by(key, &self.note.text)) {
            let reason = format!("it is not a valid signature of this text by member {}", self.member);
            return Err(Refusal::author("entry-signature", "the line of the member", reason)
                .next("enrol again, with the key that the book has for them"));
        }
        let context = context(&self.book, self.member);
        enrolment::verify::<Ed25519>(&self.credential, &self.uuid, &context, &self.proof)
            .map_err(|refusal| Refusal::author("credentials", "the credential", refusal.reason))?;
        Ok(id)
    }
}
