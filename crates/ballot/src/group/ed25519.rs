//! Ed25519: the prime-order subgroup of the twisted Edwards curve of RFC 7748, on `curve25519-dalek`.
//!
//! Belenios writes a point as 64 lower-case hexadecimal digits of the integer `y + 2^255·(x mod 2)`, which is RFC 8032's
//! 32 bytes reversed, and sorts points by RFC 8032's bytes. Ristretto is of no use here: the non-homomorphic embedding
//! needs points of the prime-order subgroup itself.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::OnceLock;

use crypto_bigint::U256;
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::{
    CompressedEdwardsY, EdwardsBasepointTable, EdwardsPoint, VartimeEdwardsPrecomputation,
};
use curve25519_dalek::scalar::Scalar as Inner;
use curve25519_dalek::traits::{
    BasepointTable, Identity, IsIdentity, MultiscalarMul, VartimeMultiscalarMul,
    VartimePrecomputedMultiscalarMul,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::lanes::{self, FixedTable};
use super::{Embedding, Group, NotAnElement, Scalar, Term};

/// The group `Ed25519`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ed25519;

/// An integer modulo `q = 2^252 + 27742317777372353535851937790883648493`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exponent(Inner);

/// A point of the curve for arithmetic.
#[derive(Clone, Copy)]
pub struct Point(EdwardsPoint);

/// A point of the curve with RFC 8032's bytes.
#[derive(Clone, Copy)]
pub struct Element {
    bytes: [u8; 32],
    point: EdwardsPoint,
}

/// Decimal digits, no sign, no leading zero.
pub(super) fn is_decimal(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'))
}

impl Scalar for Exponent {
    const ZERO: Self = Exponent(Inner::ZERO);
    const ONE: Self = Exponent(Inner::ONE);

    fn from_u64(value: u64) -> Self {
        Exponent(Inner::from(value))
    }

    fn from_decimal(text: &str) -> Option<Self> {
        if text.len() > 77 || !is_decimal(text) {
            return None;
        }
        let number = U256::from_str_radix_vartime(text, 10).ok()?;
        Option::from(Inner::from_canonical_bytes(number.to_le_bytes().into())).map(Exponent)
    }

    fn to_decimal(&self) -> String {
        U256::from_le_slice(self.0.as_bytes()).to_string_radix_vartime(10)
    }

    fn from_digest(digest: &[u8; 32]) -> Self {
        let mut bytes = *digest;
        bytes.reverse();
        Exponent(Inner::from_bytes_mod_order(bytes))
    }

    fn from_wide(bytes: &[u8; 64]) -> Self {
        let mut reversed = Zeroizing::new(*bytes);
        reversed.reverse();
        Exponent(Inner::from_bytes_mod_order_wide(&reversed))
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.as_bytes().to_vec())
    }

    fn invert(&self) -> Self {
        Exponent(self.0.invert())
    }
}

impl Add for Exponent {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Exponent(self.0 + other.0)
    }
}

impl Sub for Exponent {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Exponent(self.0 - other.0)
    }
}

impl Mul for Exponent {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Exponent(self.0 * other.0)
    }
}

impl Neg for Exponent {
    type Output = Self;
    fn neg(self) -> Self {
        Exponent(-self.0)
    }
}

impl Zeroize for Exponent {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Serialize for Exponent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl<'de> Deserialize<'de> for Exponent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::field::deserialize_scalar(deserializer)
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Point {}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Element {
    fn from_bytes(bytes: [u8; 32]) -> Result<Element, &'static str> {
        // y is canonical when it is below p = 2^255 − 19.
        let mut y = bytes;
        y[31] &= 0x7f;
        if y[31] == 0x7f && y[1..31].iter().all(|b| *b == 0xff) && y[0] >= 0xed {
            return Err("its y is not below p");
        }
        let point = CompressedEdwardsY(bytes).decompress().ok_or("it is not on the curve")?;
        // x = 0 has no sign; dalek reads both spellings.
        if bytes[31] & 0x80 != 0 && (point + point).is_identity() && (y == ONE_BYTES || y == MINUS_ONE_BYTES)
        {
            return Err("x is zero and its sign is set");
        }
        Ok(Element { bytes, point })
    }
}

const ONE_BYTES: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

const MINUS_ONE_BYTES: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xec;
    bytes[31] = 0x7f;
    bytes
};

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Element {}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl Hash for Element {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

fn hex_reversed(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (i, byte) in bytes.iter().rev().enumerate() {
        text[2 * i] = b"0123456789abcdef"[usize::from(byte >> 4)];
        text[2 * i + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    text
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&hex_reversed(&self.bytes)).unwrap_or_default())
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&hex_reversed(&self.bytes)).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::field::deserialize_element::<Ed25519, D>(deserializer)
    }
}

/// The text of a point, from RFC 8032's bytes.
fn text(bytes: &[u8; 32]) -> String {
    hex_reversed(bytes).iter().copied().map(char::from).collect()
}

/// An election's key prepared for verifying: for eight lanes where the processor has them, and for dalek.
pub struct KeyTable {
    precomputed: VartimeEdwardsPrecomputation,
    lanes: Option<FixedTable>,
}

/// Below this many terms eight lanes are no faster than one.
const LANES_WORTHWHILE: usize = 4;

impl KeyTable {
    /// All terms in lanes; `None` where the processor has none, or it is not worth it.
    fn in_lanes(&self, terms: &[Term<Ed25519>]) -> Option<Vec<String>> {
        static GENERATOR: OnceLock<Option<FixedTable>> = OnceLock::new();
        if terms.len() < LANES_WORTHWHILE {
            return None;
        }
        let base_point = || FixedTable::new(&curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.0);
        let (generator, key) = (GENERATOR.get_or_init(base_point).as_ref()?, self.lanes.as_ref()?);
        let term = |term: &Term<Ed25519>| lanes::Term {
            g: term.g.0.to_bytes(),
            key: term.key.0.to_bytes(),
            base: term.base.bytes,
            exponent: term.exponent.0.to_bytes(),
        };
        let products = lanes::products(generator, key, &terms.iter().map(term).collect::<Vec<_>>())?;
        Some(products.iter().map(text).collect())
    }

    fn one_by_one(&self, terms: &[Term<Ed25519>]) -> Vec<String> {
        let product = |term: &Term<Ed25519>| {
            if term.key == Exponent::ZERO {
                return Ed25519::vartime_exp_g_and(&term.g, &Point(term.base.point), &term.exponent);
            }
            let (fixed, base) = ([term.key.0, term.g.0], [term.base.point]);
            Point(self.precomputed.vartime_mixed_multiscalar_mul(fixed, [term.exponent.0], base))
        };
        Ed25519::encode_all(&terms.iter().map(product).collect::<Vec<_>>())
            .iter()
            .map(Element::to_string)
            .collect()
    }
}

impl Group for Ed25519 {
    const NAME: &'static str = "Ed25519";
    const EMBEDDING: Option<Embedding> = Some(Embedding { padding: 14, bits_per_int: 8, max_ints: 30 });
    type Scalar = Exponent;
    type Point = Point;
    type Element = Element;
    type Table = Box<EdwardsBasepointTable>;
    type VartimeTable = KeyTable;

    fn identity() -> Point {
        Point(EdwardsPoint::identity())
    }

    fn generator() -> Point {
        Point(curve25519_dalek::constants::ED25519_BASEPOINT_POINT)
    }

    fn mul(a: &Point, b: &Point) -> Point {
        Point(a.0 + b.0)
    }

    fn invert(a: &Point) -> Point {
        Point(-a.0)
    }

    fn decode(text: &str) -> Result<Element, NotAnElement> {
        let refuse = |reason| NotAnElement { group: Self::NAME, reason };
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(refuse("it is not 64 lower-case hexadecimal digits"));
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| refuse("it is not hexadecimal"))?;
        bytes.reverse();
        Element::from_bytes(bytes).map_err(refuse)
    }

    fn point(element: &Element) -> Point {
        Point(element.point)
    }

    fn encode_all(points: &[Point]) -> Vec<Element> {
        let inner: Vec<EdwardsPoint> = points.iter().map(|p| p.0).collect();
        EdwardsPoint::compress_batch_alloc(&inner)
            .into_iter()
            .zip(inner)
            .map(|(compressed, point)| Element { bytes: compressed.0, point })
            .collect()
    }

    fn in_subgroup(point: &Point) -> bool {
        point.0.is_torsion_free()
    }

    fn exp_g(x: &Exponent) -> Point {
        Point(ED25519_BASEPOINT_TABLE.mul_base(&x.0))
    }

    fn exp(base: &Point, x: &Exponent) -> Point {
        Point(base.0 * x.0)
    }

    fn table(base: &Point) -> Self::Table {
        Box::new(EdwardsBasepointTable::create(&base.0))
    }

    fn exp_table(table: &Self::Table, x: &Exponent) -> Point {
        Point(table.mul_base(&x.0))
    }

    fn multi_exp(bases: &[Point], xs: &[Exponent]) -> Point {
        Point(EdwardsPoint::multiscalar_mul(xs.iter().map(|x| x.0), bases.iter().map(|b| b.0)))
    }

    fn vartime_exp_g_and(a: &Exponent, base: &Point, b: &Exponent) -> Point {
        Point(EdwardsPoint::vartime_double_scalar_mul_basepoint(&b.0, &base.0, &a.0))
    }

    fn vartime_exp_two(base: &Point, a: &Exponent, other: &Point, b: &Exponent) -> Point {
        Point(EdwardsPoint::vartime_multiscalar_mul([a.0, b.0], [base.0, other.0]))
    }

    fn vartime_table(key: &Point) -> KeyTable {
        KeyTable {
            precomputed: VartimeEdwardsPrecomputation::new([key.0, Self::generator().0]),
            lanes: FixedTable::new(&key.0.compress().0),
        }
    }

    fn vartime_terms(table: &KeyTable, terms: &[Term<Self>]) -> Vec<String> {
        table.in_lanes(terms).unwrap_or_else(|| table.one_by_one(terms))
    }

    fn vartime_multi_exp(bases: &[Point], xs: &[Exponent]) -> Point {
        Point(EdwardsPoint::vartime_multiscalar_mul(xs.iter().map(|x| x.0), bases.iter().map(|b| b.0)))
    }

    fn embed(vote: &[u8]) -> Option<Point> {
        if vote.len() > 30 {
            return None;
        }
        let shifted = U256::from_be_slice(&{
            let mut padded = Zeroizing::new([0; 32]);
            padded[32 - vote.len()..].copy_from_slice(vote);
            *padded
        })
        .shl_vartime(14);
        let mut bytes: [u8; 32] = shifted.to_le_bytes().into();
        for padding in 0..1u16 << 14 {
            bytes[0] = (padding & 0xff) as u8;
            bytes[1] = (bytes[1] & 0xc0) | (padding >> 8) as u8;
            let candidate = CompressedEdwardsY(bytes).decompress().filter(EdwardsPoint::is_torsion_free);
            if let Some(point) = candidate.filter(|p| !p.is_identity()) {
                return Some(Point(point));
            }
        }
        None
    }

    fn extract(element: &Element, count: usize) -> Vec<u8> {
        let number = U256::from_le_slice(&element.bytes).shr_vartime(14);
        let bytes: [u8; 32] = number.to_be_bytes().into();
        bytes[32 - count.min(30)..].to_vec()
    }

    fn shuffle_generator(index: Option<u32>) -> Point {
        let name = index.map_or_else(|| "ggen|-1".to_owned(), |i| format!("ggen|{i}"));
        let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let mut number = U256::from_be_slice(&digest).shr_vartime(2);
        loop {
            let bytes: [u8; 32] = number.to_le_bytes().into();
            if let Some(point) = CompressedEdwardsY(bytes).decompress() {
                return Point(point.mul_by_cofactor());
            }
            number = number.wrapping_add(&U256::ONE);
        }
    }
}
