//! The ballots of a box added up, and what stands still from then on.

use crate::ballot_box::BallotBox;
use crate::checks;
use crate::election::Election;
use crate::group::Group;
use crate::hash::Hash;
use crate::json;
use crate::refusal::Refusal;
use crate::result::{self, ElectionResult};
use crate::sigma::Ciphertext;
use crate::strong::Statement;
use crate::tally::{Row, TallyShape};

/// The ballots that count, added up: what `EncryptedTally` records.
pub struct Close {
    /// The JSON of the encrypted tally.
    pub tally: String,
    /// How many ballots count.
    pub num_tallied: u64,
    /// Their weight.
    pub total_weight: u64,
}

/// What is fixed once the ballots are closed and added up.
#[derive(Clone)]
pub(crate) struct Closed<G: Group> {
    pub(crate) tally_hash: Hash,
    pub(crate) num_tallied: u64,
    pub(crate) total_weight: u64,
    /// For each question its ciphertexts, flat; those of mixed questions as the last shuffle left them.
    pub(crate) rows: Vec<Vec<Ciphertext<G>>>,
    pub(crate) last_shuffle: Option<Hash>,
    pub(crate) shape: TallyShape,
}

/// Adds up the ballots that count.
pub(crate) fn add_up<G: Group>(election: &Election<G>, box_: &BallotBox<G>) -> (Close, Closed<G>) {
    let recomputed = box_.tally();
    let tally = json::to_string(&recomputed);
    let (num_tallied, total_weight) = (box_.num_tallied(), box_.total_weight());
    let rows = recomputed.0.into_iter().map(|row| match row {
        Row::Flat(values) => values,
        Row::Nested(values) => values.into_iter().flatten().collect(),
    });
    let closed = Closed {
        tally_hash: Hash::of(tally.as_bytes()),
        num_tallied,
        total_weight,
        rows: rows.collect(),
        last_shuffle: None,
        shape: TallyShape::of(election.questions(), num_tallied as usize),
    };
    (Close { tally, num_tallied, total_weight }, closed)
}

impl<G: Group> Closed<G> {
    pub(crate) fn flat(&self) -> Vec<Ciphertext<G>> {
        self.rows.iter().flatten().copied().collect()
    }

    /// Reads a result and confirms that it is the one that these factors, combined, open the tally to.
    pub(crate) fn confirm(
        &self,
        election: &Election<G>,
        combined: &[G::Point],
        bytes: &[u8],
    ) -> Result<ElectionResult, Refusal> {
        let questions = election.questions();
        let claimed = ElectionResult::parse(questions, bytes)
            .map_err(|reason| Refusal::new(checks::RESULT, "result", reason))?;
        let opened = result::open(&self.flat(), combined);
        opened.confirms(questions, self.num_tallied as usize, self.total_weight, &claimed)?;
        Ok(claimed)
    }

    /// What a strong proof is about; `setup` and `trustees` by their hashes, the trustee by its number and key.
    pub(crate) fn statement<'a>(
        &self,
        election: &Election<G>,
        (setup, trustees): (Hash, Hash),
        (owner, public): (usize, &'a G::Element),
        ciphertexts: &'a [Ciphertext<G>],
        factors: &'a [G::Element],
        partial_decryption: Hash,
    ) -> Statement<'a, G> {
        Statement {
            setup,
            election: election.hash,
            trustees,
            owner,
            public,
            encrypted_tally: self.tally_hash,
            last_shuffle: self.last_shuffle,
            ciphertexts,
            factors,
            partial_decryption,
        }
    }
}
