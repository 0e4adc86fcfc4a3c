//! The groups in which votes are encrypted.
//!
//! Everything above this module is written once, generic over [`Group`], in the multiplicative notation of the Belenios
//! specification (`g^r`), and a group's name in `election.json` chooses the implementation at the door.
//!
//! Two kinds of value stand for a group element. An [`Group::Element`] came from text or goes to text: it carries its
//! canonical encoding, compares and sorts by it, and is known to lie on the curve (or in the field), **not** yet in the
//! prime-order subgroup. A [`Group::Point`] is for arithmetic only. Membership of the subgroup is checked by
//! [`Group::in_subgroup`] one by one, or by [`subgroup::first_outside`] for many, and past that door it is carried by the
//! types that can only be made there (`VerifiedBallot` and its like).

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::ops::{Add, Mul, Neg, Sub};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::{Zeroize, Zeroizing};

pub mod ed25519;
pub mod field;
mod lanes;
pub mod subgroup;

pub use ed25519::Ed25519;
pub use field::{Belenios2048, Rfc3526};

/// An exponent: an integer modulo the group's prime order `q`.
///
/// Its text is the decimal number in `[0, q)`, without sign or leading zeros (Belenios specification, section "Numbers").
pub trait Scalar:
    Copy
    + Eq
    + Send
    + Sync
    + Zeroize
    + Serialize
    + DeserializeOwned
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The residue of a small number.
    fn from_u64(value: u64) -> Self;
    /// Reads a canonical decimal; `None` if it is not one or not below `q`. Implements DecodeScalar.
    fn from_decimal(text: &str) -> Option<Self>;
    /// The canonical decimal.
    fn to_decimal(&self) -> String;
    /// The residue of a SHA-256 digest read as a big-endian number: Belenios' hash to scalar. Implements HashToScalar.
    fn from_digest(digest: &[u8; 32]) -> Self;
    /// The residue of 64 bytes read as a big-endian number; close to uniform where `q` has up to 256 bits.
    fn from_wide(bytes: &[u8; 64]) -> Self;
    /// Little-endian bytes of the residue, for deriving nonces; the length is fixed for a group.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>>;
    /// The inverse; zero has none and gives zero.
    fn invert(&self) -> Self;
}

/// How a group embeds a vote of the non-homomorphic kind (Belenios specification, section "Non-homomorphic questions").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// Bits below the vote in which an element is searched for.
    pub padding: u32,
    /// Bits of each choice.
    pub bits_per_int: u32,
    /// How many choices fit.
    pub max_ints: usize,
}

/// A cyclic group of prime order `q` inside a larger group, with its encodings.
///
/// Functions whose name begins with `vartime_` take time that depends on their arguments: they are for public values.
/// All others are constant-time in their secret arguments.
pub trait Group: Copy + Clone + Debug + Eq + Send + Sync + 'static {
    /// The name in `election.json`.
    const NAME: &'static str;
    /// How votes of a non-homomorphic question are embedded; `None` where the group cannot.
    const EMBEDDING: Option<Embedding>;
    /// Exponents.
    type Scalar: Scalar;
    /// A value for arithmetic.
    type Point: Copy + Eq + Send + Sync + Zeroize + 'static;
    /// A value with its canonical text.
    type Element: Copy
        + Eq
        + Ord
        + Hash
        + Debug
        + Display
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static;
    /// A table that speeds up powers of one base, constant-time.
    type Table: Send + Sync;
    /// A table that speeds up powers of one base (and the generator) where everything is public.
    type VartimeTable: Send + Sync;

    /// The neutral element.
    fn identity() -> Self::Point;
    /// The generator `g`.
    fn generator() -> Self::Point;
    /// The product.
    fn mul(a: &Self::Point, b: &Self::Point) -> Self::Point;
    /// The inverse.
    fn invert(a: &Self::Point) -> Self::Point;
    /// Reads a canonical text. Values outside the prime-order subgroup are read too. Implements DecodeElement.
    fn decode(text: &str) -> Result<Self::Element, NotAnElement>;
    /// The arithmetic value of an element.
    fn point(element: &Self::Element) -> Self::Point;
    /// Gives values their canonical text; many at once cost much less than one by one.
    fn encode_all(points: &[Self::Point]) -> Vec<Self::Element>;
    /// Whether the value lies in the subgroup of order `q`.
    fn in_subgroup(point: &Self::Point) -> bool;

    /// `g^x`.
    fn exp_g(x: &Self::Scalar) -> Self::Point;
    /// `base^x`.
    fn exp(base: &Self::Point, x: &Self::Scalar) -> Self::Point;
    /// Prepares a base for [`Group::exp_table`].
    fn table(base: &Self::Point) -> Self::Table;
    /// `base^x` for the table's base.
    fn exp_table(table: &Self::Table, x: &Self::Scalar) -> Self::Point;
    /// `∏ bases_i^xs_i`, both slices of the same length.
    fn multi_exp(bases: &[Self::Point], xs: &[Self::Scalar]) -> Self::Point;

    /// `g^a · base^b`.
    fn vartime_exp_g_and(a: &Self::Scalar, base: &Self::Point, b: &Self::Scalar) -> Self::Point;
    /// `base^a · other^b`.
    fn vartime_exp_two(
        base: &Self::Point,
        a: &Self::Scalar,
        other: &Self::Point,
        b: &Self::Scalar,
    ) -> Self::Point;
    /// Prepares an election's key for [`Group::vartime_terms`].
    fn vartime_table(key: &Self::Point) -> Self::VartimeTable;
    /// The text of each term's product: what verifying ballots spends its time on.
    fn vartime_terms(table: &Self::VartimeTable, terms: &[Term<Self>]) -> Vec<String>;
    /// `∏ bases_i^xs_i`, both slices of the same length, fast for thousands.
    fn vartime_multi_exp(bases: &[Self::Point], xs: &[Self::Scalar]) -> Self::Point;

    /// Embeds a vote's integer (most significant byte first) below which `EMBEDDING.padding` bits are searched for the
    /// smallest value that gives an element of the subgroup. `None` where the group embeds nothing or the vote is too long.
    /// Implements EmbedVote.
    fn embed(vote: &[u8]) -> Option<Self::Point>;
    /// Reads `count` integers back from an embedded element: the low `8·count` bits above the padding. Implements
    /// ExtractVote.
    fn extract(element: &Self::Element, count: usize) -> Vec<u8>;
    /// The independent generator of the shuffle proof with this index; `None` is the one called `h` (index −1).
    fn shuffle_generator(index: Option<u32>) -> Self::Point;

    /// One value with its text.
    fn encode(point: &Self::Point) -> Self::Element {
        Self::encode_all(std::slice::from_ref(point))[0]
    }
    /// Whether this is the neutral element.
    fn is_identity(point: &Self::Point) -> bool {
        *point == Self::identity()
    }
    /// The quotient.
    fn div(a: &Self::Point, b: &Self::Point) -> Self::Point {
        Self::mul(a, &Self::invert(b))
    }
}

/// The product `g^a · y^b · base^c`, all public, `y` being the key of a [`Group::VartimeTable`].
#[derive(Clone, Copy)]
pub struct Term<G: Group> {
    /// The exponent `a` of the generator.
    pub g: G::Scalar,
    /// The exponent `b` of the key.
    pub key: G::Scalar,
    /// The base.
    pub base: G::Element,
    /// Its exponent `c`.
    pub exponent: G::Scalar,
}

/// A text that is no canonical encoding of a group element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnElement {
    /// The group's name.
    pub group: &'static str,
    /// What is wrong with the text.
    pub reason: &'static str,
}

impl Display for NotAnElement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a canonical {} element: {}", self.group, self.reason)
    }
}

impl std::error::Error for NotAnElement {}

/// The groups by name, for the door: a function generic over the group is called with the one that a file names.
///
/// ```
/// use ballot::group::{Group, GroupName};
/// fn order<G: Group>() -> &'static str { G::NAME }
/// let name = GroupName::from_name("Ed25519").unwrap();
/// assert_eq!(ballot::with_group!(name, G => order::<G>()), "Ed25519");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupName {
    /// Edwards curve 25519, prime-order subgroup (RFC 7748); the default.
    Ed25519,
    /// A 256-bit subgroup of a 2048-bit prime field, of Belenios' own choosing; homomorphic questions only.
    Belenios2048,
    /// The 2048-bit MODP group of RFC 3526, section 3; verified, not created.
    Rfc3526,
}

impl GroupName {
    /// Every group that is known.
    pub const ALL: [GroupName; 3] = [GroupName::Ed25519, GroupName::Belenios2048, GroupName::Rfc3526];

    /// The group that `election.json` calls so.
    pub fn from_name(name: &str) -> Option<GroupName> {
        GroupName::ALL.into_iter().find(|group| group.name() == name)
    }

    /// Its name in `election.json`.
    pub fn name(self) -> &'static str {
        match self {
            GroupName::Ed25519 => Ed25519::NAME,
            GroupName::Belenios2048 => Belenios2048::NAME,
            GroupName::Rfc3526 => Rfc3526::NAME,
        }
    }
}

/// Calls an expression with the type alias `$g` bound to the group that a [`GroupName`] names.
#[macro_export]
macro_rules! with_group {
    ($name:expr, $g:ident => $body:expr) => {
        match $name {
            $crate::group::GroupName::Ed25519 => {
                type $g = $crate::group::Ed25519;
                $body
            }
            $crate::group::GroupName::Belenios2048 => {
                type $g = $crate::group::Belenios2048;
                $body
            }
            $crate::group::GroupName::Rfc3526 => {
                type $g = $crate::group::Rfc3526;
                $body
            }
        }
    };
}
