//! What an election asks, and its `election.json`: both follow from the entries.

use ::ballot::group::Ed25519;
use ::ballot::setup::NewElection;
use ::ballot::trustee::VerifiedTrustees;
use ::count::{BallotKind, Group, Profile, Vote};
use book::hash::Hash;
use book::id::BookId;
use contest::{Contest, ContestError, MAX_RANKED};

use super::record::{Election, Purpose};

/// In a contest by grading there are so many grades, 1 the best.
pub const GRADES: u8 = 5;
/// The answers of a recall: for it, and against it.
pub const RECALL_ANSWERS: [&str; 2] = ["recall", "keep"];
/// By which a recall is counted.
pub const RECALL_METHOD: &str = "plurality";
/// Which takes the place of ranking where so few may vote that single rankings unmask people, or more stand than can be ranked.
pub const APPROVING: &str = "approval";
/// An election's uuid has so many characters of Base58: 128 bits and more.
const UUID_CHARACTERS: usize = 22;

/// The uuid of the election that this text calls: Base58 of SHA-256 over `cabildo/election/v1`, the book's id and the hash of the
/// call's text, the least significant digits first.
pub fn uuid(book: &BookId, call: &Hash) -> String {
    let hash = Hash::of(format!("cabildo/election/v1\n{book}\n{}\n", call.hex()).as_bytes());
    let mut number = hash.0;
    let mut digits = String::with_capacity(UUID_CHARACTERS);
    while digits.len() < UUID_CHARACTERS {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = (value / 58) as u8;
            rest = value % 58;
        }
        digits.push(char::from(::ballot::credential::ALPHABET[rest as usize]));
    }
    digits
}

/// Whether by this method voters rank or grade, so that votes are mixed and opened one by one.
pub fn is_ranked(method: &str) -> bool {
    let kind = ::count::methods::by_name(method).map(::count::Method::ballot_kind);
    matches!(kind, Some(BallotKind::Rank | BallotKind::Grade))
}

/// The method by which so many voters choose among so many, and whether it takes the place of the statutes'.
pub(crate) fn method_for(statutes: &str, voters: u64, least: u32, candidates: usize) -> (String, bool) {
    let unmasks = voters < u64::from(least) || candidates > MAX_RANKED;
    if is_ranked(statutes) && unmasks { (APPROVING.to_owned(), true) } else { (statutes.to_owned(), false) }
}

/// The contest of an election whose candidates are fixed; none before.
pub fn contest(election: &Election) -> Option<Result<Contest, ContestError>> {
    let frozen = election.frozen.as_ref()?;
    let method = ::count::methods::by_name(&frozen.method)?;
    let candidates: Vec<String> = match &election.purpose {
        Purpose::Office { .. } => frozen.candidates.iter().map(|(_, name)| name.clone()).collect(),
        Purpose::Recall { .. } => RECALL_ANSWERS.map(str::to_owned).to_vec(),
    };
    // How many grades there are is read off a ballot.
    let grades = vec![GRADES; candidates.len()];
    let graded = method.ballot_kind() == BallotKind::Grade;
    let groups = if graded { vec![Group { count: 1, vote: Vote::Graded(grades) }] } else { Vec::new() };
    let profile = Profile { title: Some(election.title.clone()), seats: None, candidates, groups };
    Some(Contest::new(method, &profile, election.seats(), true))
}

/// The text of `election.json`, under the key that these trustees hold.
///
/// # Errors
/// Why the contest cannot be held, in words.
pub fn describe(
    book: &BookId,
    election: &Election,
    trustees: &VerifiedTrustees<Ed25519>,
) -> Result<String, String> {
    let contest = contest(election).ok_or("its candidates are not fixed yet")?;
    let contest = contest.map_err(|error| error.to_string())?;
    let description = match &election.purpose {
        Purpose::Office { office, seats } => {
            format!("{office}: {seats} to elect, counted by {}", contest.method().name())
        }
        Purpose::Recall { office, member, .. } => format!("{office}: recall of member {member}"),
    };
    let new = NewElection {
        name: election.title.clone(),
        description,
        questions: vec![contest.question()],
        uuid: election.uuid.clone(),
        credential_authority: format!("cabildo/{book}"),
    };
    new.describe(trustees).map_err(|misuse| misuse.to_string())
}
