//! Ed25519 by hand (RFC 8032 §5.1.6), so that a test can choose the nonce, add torsion, or leave the range of S.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};

/// The order of the group, 2^252 + 27742317777372353535851937790883648493, least byte first.
pub(crate) const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// How a signature is made.
#[derive(Clone, Copy)]
pub(crate) struct Nonce {
    /// R = r·B + torsion.
    pub(crate) r: Scalar,
    /// Which of the eight points of small order; 0 is the identity.
    pub(crate) torsion: usize,
}

impl Nonce {
    pub(crate) fn new(r: u64) -> Nonce {
        Nonce { r: Scalar::from(r), torsion: 0 }
    }

    pub(crate) fn with_torsion(self, torsion: usize) -> Nonce {
        Nonce { torsion, ..self }
    }
}

/// The secret scalar of a seed.
pub(crate) fn scalar(seed: &[u8; 32]) -> Scalar {
    let hash: [u8; 64] = Sha512::digest(seed).into();
    let mut low = [0; 32];
    low.copy_from_slice(&hash[..32]);
    low[0] &= 248;
    low[31] = (low[31] & 127) | 64;
    Scalar::from_bytes_mod_order(low)
}

/// A public key of this secret scalar plus a point of small order.
pub(crate) fn public(secret: &Scalar, torsion: usize) -> [u8; 32] {
    (EdwardsPoint::mul_base(secret) + EIGHT_TORSION[torsion]).compress().0
}

/// A signature with this nonce, S reduced. R's encoding can be replaced; S answers the challenge of the replacement.
pub(crate) fn sign(
    secret: &Scalar,
    key: &[u8; 32],
    nonce: Nonce,
    encoding: Option<[u8; 32]>,
    message: &[u8],
) -> [u8; 64] {
    let point = EdwardsPoint::mul_base(&nonce.r) + EIGHT_TORSION[nonce.torsion];
    let encoded = encoding.unwrap_or(point.compress().0);
    let hash: [u8; 64] =
        Sha512::new().chain_update(encoded).chain_update(key).chain_update(message).finalize().into();
    let s = nonce.r + Scalar::from_bytes_mod_order_wide(&hash) * secret;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&encoded);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// The signature with `times` group orders added to S; `None` where S leaves its 32 bytes.
pub(crate) fn beyond_order(signature: &[u8; 64], times: usize) -> Option<[u8; 64]> {
    let mut found = *signature;
    for _ in 0..times {
        let mut carry = 0;
        for (byte, order) in found[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(found)
}

/// Encodings that are no canonical one of a point whose order is above 8: the points of small order, in canonical and
/// other encodings, and what is no point at all.
pub(crate) fn strange_encodings() -> Vec<[u8; 32]> {
    let mut found: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().0).collect();
    // y = p, …, p + 18 fits into 255 bits: for the y that are on the curve these are second encodings.
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            bytes[0] = low;
            bytes[31] = sign;
            found.push(bytes);
        }
    }
    // x = 0 with the sign bit: y = 1 and y = -1.
    let mut one = [0; 32];
    (one[0], one[31]) = (1, 0x80);
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    found.extend([one, minus_one]);
    // y = 2 is on no point of the curve, with either sign.
    let mut two = [0; 32];
    two[0] = 2;
    found.push(two);
    two[31] = 0x80;
    found.push(two);
    found
}

/// Many signatures of one key in little time: nonces that follow one another, for tests alone. Whoever sees two of them
/// knows the key.
pub(crate) struct Stream {
    secret: Scalar,
    key: [u8; 32],
    nonce: Scalar,
    point: EdwardsPoint,
}

impl Stream {
    pub(crate) fn new(seed: &[u8; 32]) -> Stream {
        let secret = scalar(seed);
        let nonce = Scalar::from(1_000_003_u64);
        Stream { secret, key: public(&secret, 0), nonce, point: EdwardsPoint::mul_base(&nonce) }
    }

    pub(crate) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    pub(crate) fn sign(&mut self, message: &[u8]) -> [u8; 64] {
        let encoded = self.point.compress().0;
        let hash: [u8; 64] = Sha512::new()
            .chain_update(encoded)
            .chain_update(self.key)
            .chain_update(message)
            .finalize()
            .into();
        let s = self.nonce + Scalar::from_bytes_mod_order_wide(&hash) * self.secret;
        self.nonce += Scalar::ONE;
        self.point += ED25519_BASEPOINT_POINT;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&encoded);
        signature[32..].copy_from_slice(s.as_bytes());
        signature
    }
}
