//! Trustees: who holds the election's key, alone or by threshold (Belenios specification 3.0, sections "Verification keys",
//! "Threshold decryption support" and "Trustees").
//!
//! [`Trustees`] is the payload of an archive as it was read; [`VerifiedTrustees`], which only [`Trustees::verify`] makes,
//! is the payload whose every key, certificate, coefficient and proof holds. A trustee's number, its *owner index*, counts
//! from 1 through the list, each member of a threshold group for itself.
//!
//! How a threshold group comes about is in [`ceremony`], what its members send each other in [`pki`], what they keep in
//! [`secret`].

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use rand_core::CryptoRng;
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::checks;
use crate::decryption::VerifiedDecryption;
use crate::election::Election;
use crate::group::{Group, Scalar};
use crate::json::{self, JsonError};
use crate::parallel;
use crate::refusal::{Misuse, Refusal};

pub mod ceremony;
mod pedersen;
pub mod pki;
pub mod secret;
mod single;

pub use ceremony::hold_ceremony;
pub use pedersen::{Certificates, Context, Pedersen};
pub use secret::{PrivateKey, Seed, ThresholdSecret};
pub use single::{PublicKey, Single};

/// The most trustees that a list may have, members of threshold groups counted one by one.
pub const MAX_TRUSTEES: usize = 1000;
/// The most coefficients that a threshold group may publish, members times threshold: it bounds the work of verifying.
pub const MAX_COEFFICIENTS: usize = 1 << 14;

/// The list of trustees: `trustees.json`, as it was read and not yet verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub struct Trustees<G: Group>(pub Vec<Trustee<G>>);

/// One item of the list: `["Single", {…}]` or `["Pedersen", {…}]`.
#[derive(Clone, PartialEq, Eq)]
pub enum Trustee<G: Group> {
    /// A trustee without whom nothing is decrypted.
    Single(Single<G>),
    /// A group of which any `threshold` members decrypt.
    Pedersen(Pedersen<G>),
}

impl<G: Group> Serialize for Trustee<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        match self {
            Trustee::Single(key) => {
                pair.serialize_element("Single")?;
                pair.serialize_element(key)?;
            }
            Trustee::Pedersen(block) => {
                pair.serialize_element("Pedersen")?;
                pair.serialize_element(block)?;
            }
        }
        pair.end()
    }
}

impl<'de, G: Group> Deserialize<'de> for Trustee<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<G>(std::marker::PhantomData<G>);
        impl<'de, G: Group> de::Visitor<'de> for Visitor<G> {
            type Value = Trustee<G>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"["Single", {…}] or ["Pedersen", {…}]"#)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut pair: A) -> Result<Trustee<G>, A::Error> {
                let kind: Option<String> = pair.next_element()?;
                let trustee = match kind.as_deref() {
                    Some("Single") => pair.next_element()?.map(Trustee::Single),
                    Some("Pedersen") => pair.next_element()?.map(Trustee::Pedersen),
                    Some(other) => return Err(de::Error::unknown_variant(other, &["Single", "Pedersen"])),
                    None => None,
                };
                trustee.ok_or_else(|| de::Error::invalid_length(1, &self))
            }
        }
        deserializer.deserialize_tuple(2, Visitor(std::marker::PhantomData))
    }
}

impl<G: Group> Trustees<G> {
    /// Reads `trustees.json`, which must be canonical.
    pub fn parse(bytes: &[u8]) -> Result<Trustees<G>, JsonError> {
        json::parse(bytes)
    }

    /// Checks every key, proof, certificate and coefficient. Each refusal is under [`checks::TRUSTEES`] and names the
    /// trustee, or the list as `trustees`.
    ///
    /// Implements VerifyTrustees.
    pub fn verify(&self) -> Result<VerifiedTrustees<G>, Vec<Refusal>> {
        let refuse = |reason: &str| Refusal::new(checks::TRUSTEES, "trustees", reason);
        let count: usize = self.0.iter().map(Trustee::size).sum();
        if count == 0 {
            return Err(vec![refuse("the list is empty")]);
        }
        if count > MAX_TRUSTEES {
            return Err(vec![refuse(&format!("the list has {count} trustees, more than {MAX_TRUSTEES}"))]);
        }
        let mut refusals = Vec::new();
        let mut owners = Vec::new();
        let mut blocks = Vec::new();
        let mut election_key = G::identity();
        for trustee in &self.0 {
            let first = owners.len() + 1;
            match trustee {
                Trustee::Single(key) => {
                    if let Err(reason) = key.check_single() {
                        refusals.push(Refusal::new(checks::TRUSTEES, named(first), reason));
                    }
                    owners.push(Owner::of(key, None));
                    blocks.push(Block::Single { owner: first });
                    election_key = G::mul(&election_key, &G::point(&key.public_key));
                }
                Trustee::Pedersen(block) => {
                    let certified = match block.verify_as(first) {
                        Ok(group) => {
                            election_key = G::mul(&election_key, &group.key);
                            group.verifications
                        }
                        Err(found) => {
                            refusals.extend(found);
                            Vec::new()
                        }
                    };
                    let keys = block.verification_keys.iter().enumerate();
                    owners.extend(keys.map(|(i, key)| Owner::of(key, certified.get(i).copied())));
                    blocks.push(Block::Pedersen {
                        threshold: usize::try_from(block.threshold).unwrap_or(usize::MAX),
                        owners: (first..first + block.verification_keys.len()).collect(),
                    });
                }
            }
        }
        let mut seen = HashMap::new();
        for (i, (owner, block)) in owners.iter().zip(block_of_each(&blocks)).enumerate() {
            // The members of a group of threshold 1 share one key: each of them holds all of it.
            let shared = |before: usize| matches!(block, Block::Pedersen { threshold: 1, owners } if owners.contains(&before));
            if let Some(before) = seen.insert(owner.key, i + 1).filter(|before| !shared(*before)) {
                let reason = format!("its key is also that of trustee {before}");
                refusals.push(Refusal::new(checks::TRUSTEES, named(i + 1), reason));
            }
        }
        if refusals.is_empty() && G::is_identity(&election_key) {
            refusals.push(refuse("the product of their keys is the identity"));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(VerifiedTrustees { owners, blocks, election_key: G::encode(&election_key) })
    }
}

impl<G: Group> Trustee<G> {
    /// How many owner indexes the item takes.
    fn size(&self) -> usize {
        match self {
            Trustee::Single(_) => 1,
            Trustee::Pedersen(block) => block.certs.len().max(block.verification_keys.len()),
        }
    }
}

/// The block of each owner, in order.
fn block_of_each(blocks: &[Block]) -> impl Iterator<Item = &Block> {
    blocks.iter().flat_map(|block| {
        let count = match block {
            Block::Single { .. } => 1,
            Block::Pedersen { owners, .. } => owners.len(),
        };
        std::iter::repeat_n(block, count)
    })
}

/// The object of a refusal.
fn named(number: usize) -> String {
    format!("trustee {number}")
}

/// One holder of a key, or of a share of one.
#[derive(Clone, PartialEq, Eq)]
pub struct Owner<G: Group> {
    /// The public key, with which this owner's partial decryptions are verified.
    pub key: G::Element,
    /// The name, where the list gives one.
    pub name: Option<String>,
    /// The key with which a member of a threshold group signs; the others have none.
    pub verification: Option<G::Element>,
    point: G::Point,
}

impl<G: Group> Owner<G> {
    fn of(key: &PublicKey<G>, verification: Option<G::Element>) -> Owner<G> {
        Owner { key: key.public_key, name: key.name.clone(), verification, point: G::point(&key.public_key) }
    }

    /// The public key for arithmetic.
    pub fn point(&self) -> &G::Point {
        &self.point
    }
}

/// How the owners' factors are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The factor of this owner.
    Single {
        /// The owner index, from 1.
        owner: usize,
    },
    /// The factors of any `threshold` of these owners.
    Pedersen {
        /// How many are needed.
        threshold: usize,
        /// The owner indexes, from 1, in the order of the group.
        owners: Vec<usize>,
    },
}

/// Reads and verifies `trustees.json`: an archive's payload, or a book's.
///
/// # Errors
/// Each refusal as [`Trustees::verify`] gives them, or one of the list as `trustees`.
pub fn read_verified<G: Group>(bytes: &[u8]) -> Result<VerifiedTrustees<G>, Vec<Refusal>> {
    let trustees = Trustees::<G>::parse(bytes)
        .map_err(|error| vec![Refusal::new(checks::TRUSTEES, "trustees", error.to_string())])?;
    trustees.verify()
}

/// Trustees whose every key, proof, certificate and coefficient holds.
#[derive(Clone)]
pub struct VerifiedTrustees<G: Group> {
    owners: Vec<Owner<G>>,
    blocks: Vec<Block>,
    election_key: G::Element,
}

impl<G: Group> VerifiedTrustees<G> {
    /// The key that all of them together stand for: what `election.json` must say.
    pub fn election_key(&self) -> G::Element {
        self.election_key
    }

    /// Whether they hold the key that `election.json` names.
    pub fn check_key(&self, election: &Election<G>) -> Result<(), Refusal> {
        if self.election_key == election.key {
            return Ok(());
        }
        let reason = "its public_key is not the one that the trustees' keys give";
        Err(Refusal::new(checks::ELECTION, "election.json", reason))
    }

    /// Joins the factors of the parts at hand, by owner index, as [`VerifiedTrustees::combine`] does.
    pub(crate) fn combine_parts<'a>(
        &self,
        parts: impl Iterator<Item = (usize, &'a VerifiedDecryption<G>)>,
    ) -> Result<Vec<G::Point>, NotEnough> {
        let points = |part: &VerifiedDecryption<G>| part.factors.iter().map(G::point).collect();
        self.combine(&parts.map(|(owner, part)| (owner, points(part))).collect())
    }

    /// The owners; the owner index is the position plus 1.
    pub fn owners(&self) -> &[Owner<G>] {
        &self.owners
    }

    /// How their factors are joined, in the order of the list.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The owner index of a group member, found by its seed's certificate: in a group of threshold 1 all have one key.
    pub fn owner_of_member(&self, secret: &ThresholdSecret<G>) -> Result<usize, Misuse> {
        let (key, verification) = (secret.private_key().public(), secret.seed().keys::<G>().verification());
        let position = self.owners.iter().position(|owner| owner.verification == Some(verification));
        let position =
            position.ok_or_else(|| Misuse("this seed belongs to none of the election's trustees".into()))?;
        if self.owners.get(position).map(|owner| owner.key) != Some(key) {
            return Err(Misuse(format!(
                "this share is not the one of trustee {} in this election",
                position + 1
            )));
        }
        Ok(position + 1)
    }

    /// The owner index of a public key; of the first owner where several share it (the members of a group of threshold 1,
    /// whom [`VerifiedTrustees::owner_of_member`] tells apart).
    pub fn owner_of(&self, public: &G::Element) -> Result<usize, Misuse> {
        let position = self.owners.iter().position(|owner| owner.key == *public);
        position
            .map(|i| i + 1)
            .ok_or_else(|| Misuse("this private key belongs to none of the election's trustees".into()))
    }

    /// Joins the decryption factors of the owners (by owner index; all lists of one length) to one factor a ciphertext:
    /// for a single trustee its own, for a group those of the lowest `threshold` at hand, raised to their Lagrange
    /// coefficients, and the product over the list. Factors of another length than the longest count as absent.
    ///
    /// Implements CombineFactors.
    pub fn combine(&self, factors: &BTreeMap<usize, Vec<G::Point>>) -> Result<Vec<G::Point>, NotEnough> {
        let length = factors.values().map(Vec::len).max().unwrap_or(0);
        let at_hand = |owner: &usize| factors.get(owner).filter(|list| list.len() == length);
        let mut absent = Vec::new();
        let mut terms: Vec<(&Vec<G::Point>, G::Scalar)> = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Single { owner } => match at_hand(owner) {
                    Some(list) => terms.push((list, G::Scalar::ONE)),
                    None => absent.push(Missing { needed: 1, among: vec![*owner] }),
                },
                Block::Pedersen { threshold, owners } => {
                    let present: Vec<_> = (1u64..)
                        .zip(owners)
                        .filter_map(|(j, owner)| at_hand(owner).map(|list| (j, list)))
                        .take(*threshold)
                        .collect();
                    if present.len() < *threshold {
                        let among = owners.iter().copied().filter(|owner| at_hand(owner).is_none()).collect();
                        absent.push(Missing { needed: threshold - present.len(), among });
                        continue;
                    }
                    let indexes: Vec<u64> = present.iter().map(|(j, _)| *j).collect();
                    for (j, list) in present {
                        terms.push((list, pedersen::lagrange::<G::Scalar>(&indexes, j)));
                    }
                }
            }
        }
        if !absent.is_empty() {
            return Err(NotEnough { absent });
        }
        let (plain, raised): (Vec<_>, Vec<_>) =
            terms.into_iter().partition(|(_, exponent)| *exponent == G::Scalar::ONE);
        let exponents: Vec<G::Scalar> = raised.iter().map(|(_, exponent)| *exponent).collect();
        let positions: Vec<usize> = (0..length).collect();
        Ok(parallel::map(&positions, |i| {
            let product = plain.iter().fold(G::identity(), |product, (list, _)| G::mul(&product, &list[*i]));
            if raised.is_empty() {
                return product;
            }
            let bases: Vec<G::Point> = raised.iter().map(|(list, _)| list[*i]).collect();
            G::mul(&product, &G::vartime_multi_exp(&bases, &exponents))
        }))
    }
}

/// One lack in a set of partial decryptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many more are needed.
    pub needed: usize,
    /// The owners from whom they may come.
    pub among: Vec<usize>,
}

/// Not enough partial decryptions to decrypt: an outcome, not a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEnough {
    /// What each item of the list still lacks.
    pub absent: Vec<Missing>,
}

impl fmt::Display for NotEnough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not enough partial decryptions: ")?;
        for (i, Missing { needed, among }) in self.absent.iter().enumerate() {
            let among = among.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            let between = if i > 0 { "; " } else { "" };
            if *needed == 1 && !among.contains(',') {
                write!(f, "{between}trustee {among} is missing")?;
            } else {
                write!(f, "{between}{needed} more of the trustees {among} needed")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for NotEnough {}

/// A single trustee's key pair.
pub fn single_key<G: Group>(rng: &mut impl CryptoRng, name: Option<String>) -> (PrivateKey<G>, Single<G>) {
    let private = PrivateKey::generate(rng);
    let public = PublicKey::prove(rng, private.scalar(), name);
    (private, public)
}
