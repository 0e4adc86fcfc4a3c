//! The functions of the booth that are not about vectors.

use crate::Refusal;
use curve25519_dalek::{constants::ED25519_BASEPOINT_TABLE, scalar::Scalar};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Argument of [`sha256`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bytes {
    /// Any bytes, in hexadecimal.
    hex: String,
}

/// Value of [`sha256`].
#[derive(Serialize)]
pub(crate) struct Digested {
    /// The digest: 64 hexadecimal digits.
    sha256: String,
}

/// SHA-256 (FIPS 180-4) of bytes; for what a page shows of a file, since `crypto.subtle` is absent on plain HTTP.
pub(crate) fn sha256(argument: Bytes, _random: &[u8]) -> Result<Digested, Refusal> {
    let bytes = hex::decode(&argument.hex).map_err(|e| Refusal::argument(format!("hex: {e}")))?;
    Ok(Digested { sha256: hex::encode(Sha256::digest(&bytes)) })
}

/// Argument of [`ed25519_base`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exponent {
    /// 32 bytes little-endian in hexadecimal, below the group's order; without it, one is drawn.
    scalar: Option<String>,
}

/// Value of [`ed25519_base`].
#[derive(Serialize)]
pub(crate) struct Multiple {
    /// The multiple of the base point, compressed (RFC 8032, section 5.1.2), in hexadecimal.
    point: String,
}

/// A multiple of the Ed25519 base point: of a given scalar, or of one drawn from exactly 64 random bytes (reduced
/// modulo the order).
pub(crate) fn ed25519_base(argument: Exponent, random: &[u8]) -> Result<Multiple, Refusal> {
    let scalar = match argument.scalar {
        Some(text) => {
            let mut bytes = [0; 32];
            hex::decode_to_slice(&text, &mut bytes).map_err(|e| Refusal::argument(format!("scalar: {e}")))?;
            Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes))
                .ok_or_else(|| Refusal::argument("scalar: not below the group's order"))?
        }
        None => {
            let wide: [u8; 64] = random.try_into().map_err(|_| {
                Refusal::misuse(format!("64 random bytes are needed, {} were given", random.len()))
            })?;
            Scalar::from_bytes_mod_order_wide(&Zeroizing::new(wide))
        }
    };
    let point = ED25519_BASEPOINT_TABLE * &*Zeroizing::new(scalar);
    Ok(Multiple { point: hex::encode(point.compress().as_bytes()) })
}
