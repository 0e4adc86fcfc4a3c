//! The ballot box: the list of credentials, who has voted, and the running encrypted tally.

use std::collections::HashSet;

use crate::ballot::VerifiedBallot;
use crate::checks;
use crate::credential::Enrolled;
use crate::election::Election;
use crate::group::{Group, subgroup};
use crate::hash::Hash;
use crate::json;
use crate::refusal::Refusal;
use crate::sigma::Ciphertext;
use crate::tally::{Accumulator, EncryptedTally};

/// Where a ballot stands in the archive, to read it again when its voter casts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its content's first byte.
    pub offset: u64,
    /// Its length in bytes.
    pub size: usize,
    /// Its SHA-256.
    pub hash: Hash,
}

/// One line of the list, about a hundred bytes: an archive of a million voters is audited on a small machine.
#[derive(Clone)]
struct Voter {
    digest: [u8; 32],
    weight: u64,
    last: Option<Position>,
}

/// The ballots that count so far.
#[derive(Clone)]
pub struct BallotBox<G: Group> {
    voters: Vec<Voter>,
    accumulator: Accumulator<G>,
    /// For a mixed election: each voter's ciphertexts, one a mixed question.
    mixed: Option<Vec<Vec<Ciphertext<G>>>>,
    mixed_questions: Vec<usize>,
    /// The ballots that later ones of their voters replaced.
    replaced: HashSet<Hash>,
}

fn digest<G: Group>(key: &G::Element) -> [u8; 32] {
    Hash::of(key.to_string().as_bytes()).0
}

impl<G: Group> BallotBox<G> {
    /// Opens a box for the credentials of this list, an archive's payload: sorted, distinct, in the subgroup, none the
    /// identity, in canonical JSON. `seed` must be fresh. Implements ReadCredentials.
    pub fn open(election: &Election<G>, list: &[u8], seed: &[u8; 32]) -> Result<BallotBox<G>, Refusal> {
        let refuse = |object: String, reason: String| Refusal::new(checks::CREDENTIALS, object, reason);
        let lines: Vec<&str> =
            json::parse_loosely(list).map_err(|error| refuse("credentials".into(), error.to_string()))?;
        if !is_canonical(&lines, list) {
            return Err(refuse("credentials".into(), "the list is not in canonical form".into()));
        }
        let mut voters = Vec::with_capacity(lines.len());
        let mut total: u64 = 0;
        let mut previous: Option<G::Element> = None;
        let mixed = election.is_mixed();
        for (number, chunk) in lines.chunks(4096).enumerate() {
            let mut points = Vec::with_capacity(chunk.len());
            let object = |at: usize| format!("credential {}", number * 4096 + at + 1);
            for (at, line) in chunk.iter().enumerate() {
                let enrolled = Enrolled::<G>::parse(line).map_err(|reason| refuse(object(at), reason))?;
                if previous.is_some_and(|previous| previous >= enrolled.key) {
                    let reason = "it is not greater than the one before it: the list is not sorted, or it is there twice";
                    return Err(refuse(object(at), reason.into()));
                }
                if G::is_identity(&G::point(&enrolled.key)) {
                    return Err(refuse(object(at), "it is the identity".into()));
                }
                if mixed && enrolled.weight != 1 {
                    return Err(refuse(
                        object(at),
                        "it has a weight, and ranked ballots have weight 1".into(),
                    ));
                }
                total = total.saturating_add(enrolled.weight);
                previous = Some(enrolled.key);
                points.push(G::point(&enrolled.key));
                voters.push(Voter {
                    digest: digest::<G>(&enrolled.key),
                    weight: enrolled.weight,
                    last: None,
                });
            }
            if let Some(at) = subgroup::first_outside::<G>(&points, seed) {
                return Err(refuse(object(at), "it is outside the prime-order subgroup".into()));
            }
        }
        if total > 1 << 53 {
            return Err(refuse("credentials".into(), "their weights add up to more than 2^53".into()));
        }
        voters.sort_unstable_by_key(|voter| voter.digest);
        let mixed_questions = election
            .questions()
            .iter()
            .enumerate()
            .filter(|(_, question)| question.is_mixed())
            .map(|(i, _)| i);
        Ok(BallotBox {
            mixed: mixed.then(|| vec![Vec::new(); voters.len()]),
            voters,
            accumulator: Accumulator::new(election),
            mixed_questions: mixed_questions.collect(),
            replaced: HashSet::new(),
        })
    }

    /// How many credentials are on the list.
    pub fn voters(&self) -> u64 {
        self.voters.len() as u64
    }

    /// How many ballots count: one for each credential that voted.
    pub fn num_tallied(&self) -> u64 {
        self.voters.iter().filter(|voter| voter.last.is_some()).count() as u64
    }

    /// Their weights' sum.
    pub fn total_weight(&self) -> u64 {
        self.voters.iter().filter(|voter| voter.last.is_some()).map(|voter| voter.weight).sum()
    }

    /// The position of the ballot that this credential cast last, if any.
    pub fn last_of(&self, credential: &G::Element) -> Option<Position> {
        self.voters[self.place_of(credential)?].last
    }

    /// Whether this credential is on the list.
    pub fn is_listed(&self, credential: &G::Element) -> bool {
        self.place_of(credential).is_some()
    }

    fn place_of(&self, credential: &G::Element) -> Option<usize> {
        let digest = digest::<G>(credential);
        self.voters.binary_search_by_key(&digest, |voter| voter.digest).ok()
    }

    /// Whether [`BallotBox::accept`] would accept the ballot: its credential is on the list, and it was not cast before.
    pub fn check(&self, ballot: &VerifiedBallot<G>) -> Result<(), Refusal> {
        self.place_for(ballot).map(|_| ())
    }

    fn place_for(&self, ballot: &VerifiedBallot<G>) -> Result<usize, Refusal> {
        let refuse = |check, reason| Refusal::new(check, format!("ballot {}", ballot.hash.compact()), reason);
        let at = self
            .place_of(&ballot.credential)
            .ok_or_else(|| refuse(checks::BALLOT_CREDENTIAL, "its credential is not on the list"))?;
        let copied = |last: &Position| last.hash == ballot.hash || self.replaced.contains(&ballot.hash);
        match self.voters[at].last.as_ref().is_some_and(copied) {
            true => Err(refuse(checks::BALLOT_COPIES, "it was cast before, byte for byte")),
            false => Ok(at),
        }
    }

    /// Accepts a verified ballot. `replaced` holds the ciphertexts of the ballot at [`BallotBox::last_of`], where there is
    /// one; it is taken out. Implements AcceptBallot.
    pub fn accept(
        &mut self,
        ballot: &VerifiedBallot<G>,
        position: Position,
        replaced: Option<&[Vec<Ciphertext<G>>]>,
    ) -> Result<(), Refusal> {
        let at = self.place_for(ballot)?;
        let voter = &mut self.voters[at];
        if let Some(last) = voter.last {
            self.replaced.insert(last.hash);
            if let Some(replaced) = replaced {
                self.accumulator.remove(replaced, voter.weight);
            }
        }
        voter.last = Some(position);
        self.accumulator.add(&ballot.ciphertexts, voter.weight);
        if let Some(mixed) = &mut self.mixed {
            mixed[at] =
                self.mixed_questions.iter().filter_map(|i| ballot.ciphertexts[*i].first().copied()).collect();
        }
        Ok(())
    }

    /// The encrypted tally of the ballots that count.
    pub fn tally(&self) -> EncryptedTally<G> {
        let mixed = self.mixed.iter().flat_map(|mixed| {
            (0..self.mixed_questions.len())
                .map(|i| mixed.iter().filter_map(|row| row.get(i).copied()).collect())
        });
        self.accumulator.tally(mixed.collect())
    }
}

/// Whether the list's text is `["…","…"]` without a byte more.
fn is_canonical(lines: &[&str], text: &[u8]) -> bool {
    let mut rest = text;
    let mut take = |expected: &[u8]| match rest.strip_prefix(expected) {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    };
    let all = take(b"[")
        && lines
            .iter()
            .enumerate()
            .all(|(i, line)| (i == 0 || take(b",")) && take(b"\"") && take(line.as_bytes()) && take(b"\""))
        && take(b"]");
    all && rest.is_empty()
}
