//! The two groups in prime fields: BELENIOS-2048 (a 256-bit subgroup of a 2048-bit field; Belenios 2.0 specification,
//! section 5.1) and RFC-3526-2048 (RFC 3526, section 3; Belenios 2.0 specification, section 5.2), on `crypto-bigint`.
//!
//! Elements and exponents are written in decimal and sort as integers. An element is any `0 < x < p`; that it lies in the
//! subgroup is `x^q = 1`. Powers of secret exponents are constant-time Montgomery ladders of the library; no table is kept.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{NonZero, U256, U512, U2048, const_monty_params};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::ed25519::is_decimal;
use super::{Embedding, Group, NotAnElement, Scalar, Term};

/// Reads a scalar from a JSON string.
pub(super) fn deserialize_scalar<'de, S: Scalar, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<S, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    S::from_decimal(&text).ok_or_else(|| de::Error::custom("not a canonical decimal below the group's order"))
}

/// Reads an element from a JSON string.
pub(super) fn deserialize_element<'de, G: Group, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<G::Element, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    G::decode(&text).map_err(de::Error::custom)
}

/// Writes one group: its modulus, its order, its generator, the integer type of its exponents.
macro_rules! prime_field_group {
    (
        $(#[$doc:meta])* $group:ident, $module:ident, $name:literal, exponents $uint:ident, embedding $embedding:expr,
        p $p:expr, q $q:expr, g $g:expr, cofactor $cofactor:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $group;

        /// Exponents, points and elements of this group.
        pub mod $module {
            use super::*;

            const_monty_params!(P, U2048, $p, "The field's prime.");
            const_monty_params!(Q, $uint, $q, "The group's order.");
            pub(super) type Residue = ConstMontyForm<P, { U2048::LIMBS }>;
            pub(super) type Order = ConstMontyForm<Q, { $uint::LIMBS }>;

            /// An exponent.
            #[derive(Clone, Copy, PartialEq, Eq)]
            pub struct Exponent(pub(super) Order);
            /// A value for arithmetic.
            #[derive(Clone, Copy, PartialEq, Eq)]
            pub struct Point(pub(super) Residue);
            /// An integer `0 < x < p`.
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub struct Element(pub(super) U2048);

            fn order() -> NonZero<$uint> {
                <Q as crypto_bigint::modular::ConstMontyParams<{ $uint::LIMBS }>>::PARAMS.modulus().as_nz_ref().to_owned()
            }

            fn prime() -> NonZero<U2048> {
                <P as crypto_bigint::modular::ConstMontyParams<{ U2048::LIMBS }>>::PARAMS.modulus().as_nz_ref().to_owned()
            }

            impl Exponent {
                pub(super) fn integer(&self) -> $uint {
                    self.0.retrieve()
                }
            }

            impl Scalar for Exponent {
                const ZERO: Self = Exponent(Order::ZERO);
                const ONE: Self = Exponent(Order::ONE);

                fn from_u64(value: u64) -> Self {
                    Exponent(Order::new(&$uint::from_u64(value)))
                }

                fn from_decimal(text: &str) -> Option<Self> {
                    if text.len() > 617 || !is_decimal(text) {
                        return None;
                    }
                    let number = $uint::from_str_radix_vartime(text, 10).ok()?;
                    (number < *order()).then(|| Exponent(Order::new(&number)))
                }

                fn to_decimal(&self) -> String {
                    self.integer().to_string_radix_vartime(10)
                }

                fn from_digest(digest: &[u8; 32]) -> Self {
                    let number = U256::from_be_slice(digest).resize::<{ $uint::LIMBS }>();
                    Exponent(Order::new(&number.rem(&order())))
                }

                fn from_wide(bytes: &[u8; 64]) -> Self {
                    const WIDE: usize = if $uint::LIMBS > U512::LIMBS { $uint::LIMBS } else { U512::LIMBS };
                    let number = U512::from_be_slice(bytes).resize::<WIDE>();
                    let order = order().as_ref().resize::<WIDE>();
                    let order = NonZero::new(order).expect_copied("a group's order is not zero");
                    Exponent(Order::new(&number.rem(&order).resize::<{ $uint::LIMBS }>()))
                }

                fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
                    Zeroizing::new(self.integer().to_le_bytes().as_ref().to_vec())
                }

                fn invert(&self) -> Self {
                    // Fermat: the order is prime and public, the base may be secret.
                    let power = order().as_ref().wrapping_sub(&$uint::from_u64(2));
                    Exponent(self.0.pow(&power))
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
                    deserialize_scalar(deserializer)
                }
            }

            impl Zeroize for Point {
                fn zeroize(&mut self) {
                    self.0.zeroize();
                }
            }

            impl Hash for Element {
                fn hash<H: Hasher>(&self, state: &mut H) {
                    self.0.to_le_bytes().as_ref().hash(state);
                }
            }

            impl fmt::Display for Element {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0.to_string_radix_vartime(10))
                }
            }

            impl fmt::Debug for Element {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl Serialize for Element {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(&self.0.to_string_radix_vartime(10))
                }
            }

            impl<'de> Deserialize<'de> for Element {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserialize_element::<$group, D>(deserializer)
                }
            }

            impl Group for $group {
                const NAME: &'static str = $name;
                const EMBEDDING: Option<Embedding> = $embedding;
                type Scalar = Exponent;
                type Point = Point;
                type Element = Element;
                type Table = Point;
                type VartimeTable = Point;

                fn identity() -> Point {
                    Point(Residue::ONE)
                }

                fn generator() -> Point {
                    const G: Residue = Residue::new(&U2048::from_be_hex($g));
                    Point(G)
                }

                fn mul(a: &Point, b: &Point) -> Point {
                    Point(a.0 * b.0)
                }

                fn invert(a: &Point) -> Point {
                    // An element is never zero, so the inverse is there.
                    Point(a.0.invert().unwrap_or(Residue::ZERO))
                }

                fn decode(text: &str) -> Result<Element, NotAnElement> {
                    let refuse = |reason| NotAnElement { group: Self::NAME, reason };
                    if text.len() > 617 || !is_decimal(text) {
                        return Err(refuse("it is not a decimal without leading zeros"));
                    }
                    let number = U2048::from_str_radix_vartime(text, 10).map_err(|_| refuse("it is not below p"))?;
                    if number == U2048::ZERO || number >= *prime() {
                        return Err(refuse("it is not between 0 and p"));
                    }
                    Ok(Element(number))
                }

                fn point(element: &Element) -> Point {
                    Point(Residue::new(&element.0))
                }

                fn encode_all(points: &[Point]) -> Vec<Element> {
                    points.iter().map(|point| Element(point.0.retrieve())).collect()
                }

                fn in_subgroup(point: &Point) -> bool {
                    point.0.pow_vartime(order().as_ref()) == Residue::ONE
                }

                fn exp_g(x: &Exponent) -> Point {
                    Self::exp(&Self::generator(), x)
                }

                fn exp(base: &Point, x: &Exponent) -> Point {
                    Point(base.0.pow(&x.integer()))
                }

                fn table(base: &Point) -> Point {
                    *base
                }

                fn exp_table(table: &Point, x: &Exponent) -> Point {
                    Self::exp(table, x)
                }

                fn multi_exp(bases: &[Point], xs: &[Exponent]) -> Point {
                    bases.iter().zip(xs).fold(Self::identity(), |product, (base, x)| Self::mul(&product, &Self::exp(base, x)))
                }

                fn vartime_exp_g_and(a: &Exponent, base: &Point, b: &Exponent) -> Point {
                    Self::vartime_exp_two(&Self::generator(), a, base, b)
                }

                fn vartime_exp_two(base: &Point, a: &Exponent, other: &Point, b: &Exponent) -> Point {
                    Point(base.0.pow_vartime(&a.integer()) * other.0.pow_vartime(&b.integer()))
                }

                fn vartime_table(key: &Point) -> Point {
                    *key
                }

                fn vartime_terms(table: &Point, terms: &[Term<Self>]) -> Vec<String> {
                    let product = |term: &Term<Self>| {
                        let base = Self::point(&term.base);
                        let factors = [(Self::generator(), term.g), (*table, term.key), (base, term.exponent)];
                        let factors = factors.into_iter().filter(|(_, x)| *x != Exponent::ZERO);
                        let (bases, xs): (Vec<Point>, Vec<Exponent>) = factors.unzip();
                        Self::vartime_multi_exp(&bases, &xs)
                    };
                    Self::encode_all(&terms.iter().map(product).collect::<Vec<_>>()).iter().map(Element::to_string).collect()
                }

                fn vartime_multi_exp(bases: &[Point], xs: &[Exponent]) -> Point {
                    bases.iter().zip(xs).fold(Self::identity(), |product, (base, x)| {
                        Point(product.0 * base.0.pow_vartime(&x.integer()))
                    })
                }

                fn embed(vote: &[u8]) -> Option<Point> {
                    let embedding = Self::EMBEDDING?;
                    if vote.len() > embedding.max_ints {
                        return None;
                    }
                    let mut bytes = Zeroizing::new([0; 256]);
                    bytes[256 - vote.len()..].copy_from_slice(vote);
                    let shifted = U2048::from_be_slice(bytes.as_ref()).shl_vartime(embedding.padding);
                    (0..1u64 << embedding.padding)
                        .map(|padding| shifted.wrapping_add(&U2048::from_u64(padding)))
                        .filter(|number| *number != U2048::ZERO)
                        .map(|number| Point(Residue::new(&number)))
                        .find(Self::in_subgroup)
                }

                fn extract(element: &Element, count: usize) -> Vec<u8> {
                    let Some(embedding) = Self::EMBEDDING else { return Vec::new() };
                    let bytes = element.0.shr_vartime(embedding.padding).to_be_bytes();
                    bytes.as_ref()[256 - count.min(embedding.max_ints)..].to_vec()
                }

                fn shuffle_generator(index: Option<u32>) -> Point {
                    let name = index.map_or_else(|| "ggen|-1".to_owned(), |i| format!("ggen|{i}"));
                    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
                    let number = U256::from_be_slice(&digest).resize::<{ U2048::LIMBS }>();
                    let cofactor: fn() -> U2048 = $cofactor;
                    Point(Residue::new(&number).pow_vartime(&cofactor()))
                }
            }
        }
    };
}

prime_field_group! {
    /// The group `BELENIOS-2048`, for homomorphic questions only.
    Belenios2048, belenios2048, "BELENIOS-2048", exponents U256, embedding None,
    p "a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c06e092a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d107435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9cec4157646e64f", q "adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491", g "1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51988b98c259597f9c5a9dfd001d26ba31d9d8976f01d95a1c8262ee68a0e92cea541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8643e673fd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d26aef1be365fdd90165f397c6b870df8c1b9e519edcee8bb0f74b7a1615a274ba60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f22127b6cbba44d453ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d47aa680d43771902743d663f42d853c041e1c91fe3823f4bcf284308f1d7e653",
    cofactor || prime().wrapping_sub(&U2048::ONE).wrapping_div_vartime(&order().resize::<{ U2048::LIMBS }>().to_nz().expect_copied("the order is not zero"))
}

prime_field_group! {
    /// The group `RFC-3526-2048`: the quadratic residues of a safe prime.
    Rfc3526, rfc3526, "RFC-3526-2048", exponents U2048,
    embedding Some(Embedding { padding: 8, bits_per_int: 8, max_ints: 254 }),
    p "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff", q "7fffffffffffffffe487ed5110b4611a62633145c06e0e68948127044533e63a0105df531d89cd9128a5043cc71a026ef7ca8cd9e69d218d98158536f92f8a1ba7f09ab6b6a8e122f242dabb312f3f637a262174d31bf6b585ffae5b7a035bf6f71c35fdad44cfd2d74f9208be258ff324943328f6722d9ee1003e5c50b1df82cc6d241b0e2ae9cd348b1fd47e9267afc1b2ae91ee51d6cb0e3179ab1042a95dcf6a9483b84b4b36b3861aa7255e4c0278ba3604650c10be19482f23171b671df1cf3b960c074301cd93c1d17603d147dae2aef837a62964ef15e5fb4aac0b8c1ccaa4be754ab5728ae9130c4c7d02880ab9472d455655347fffffffffffffff", g "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002",
    cofactor || U2048::from_u64(2)
}
