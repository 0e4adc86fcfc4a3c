//! Keys: Ed25519 (RFC 8032), and the C2SP form in which a verifier is handed on.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsBasepointTable, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{BasepointTable, IsIdentity};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

/// The length of an Ed25519 signature.
pub const SIGNATURE: usize = 64;

/// Why bytes are no key that a book admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// No point of the curve has this encoding, or it is not the one canonical encoding.
    NotAPoint,
    /// The point is the identity or lies outside the prime-order subgroup.
    Order,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::NotAPoint => "it is not the canonical encoding of a point of Ed25519",
            KeyError::Order => "it is the identity or lies outside the prime-order subgroup",
        })
    }
}

/// A public key that is canonical and of prime order; nothing else becomes one. Clones share what was computed of it.
#[derive(Clone)]
pub struct PublicKey(Arc<Shared>);

struct Shared {
    bytes: [u8; 32],
    /// None where the bytes turn out to be no key: see [`PublicKey::known`].
    key: OnceLock<Option<Box<VerifyingKey>>>,
}

/// The key of these bytes, checked.
fn check(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    let point = CompressedEdwardsY(*bytes).decompress().ok_or(KeyError::NotAPoint)?;
    if point.compress().0 != *bytes {
        return Err(KeyError::NotAPoint);
    }
    if point.is_identity() || !point.is_torsion_free() {
        return Err(KeyError::Order);
    }
    VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)
}

impl PublicKey {
    /// Reads 32 bytes.
    pub fn parse(bytes: &[u8; 32]) -> Result<PublicKey, KeyError> {
        let key = check(bytes)?;
        Ok(PublicKey(Arc::new(Shared { bytes: *bytes, key: OnceLock::from(Some(Box::new(key))) })))
    }

    /// A key that was read with [`PublicKey::parse`] before, as a digest vouches that is known. It is checked when it first
    /// verifies; bytes that are no key verify nothing.
    pub fn known(bytes: [u8; 32]) -> PublicKey {
        PublicKey(Arc::new(Shared { bytes, key: OnceLock::new() }))
    }

    fn key(&self) -> Option<&VerifyingKey> {
        self.0.key.get_or_init(|| check(&self.0.bytes).ok().map(Box::new)).as_deref()
    }

    /// Reads standard base64 of 32 bytes.
    pub fn parse_base64(text: &str) -> Result<PublicKey, KeyError> {
        let bytes = crate::hash::Hash::parse(text).ok_or(KeyError::NotAPoint)?;
        PublicKey::parse(&bytes.0)
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0.bytes
    }

    /// Standard base64 of the 32 bytes.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0.bytes)
    }

    /// Whether `signature` is valid under `verify_strict` of ed25519-dalek: S below the group order, R canonical and of
    /// no small order, and the cofactorless equation.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key().is_some_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    /// The key with a table of its multiples (30 kB), for a key that verifies much: see [`PreparedKey::verify`].
    pub fn prepare(&self) -> PreparedKey {
        let table = |key: &VerifyingKey| Box::new(EdwardsBasepointTable::create(&-key.to_edwards()));
        PreparedKey { bytes: self.0.bytes, negated: self.key().map(table) }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

/// A key with a table, which verifies in less than half the time.
pub struct PreparedKey {
    bytes: [u8; 32],
    /// None where the bytes are no key.
    negated: Option<Box<EdwardsBasepointTable>>,
}

impl PreparedKey {
    /// The key's 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The verdict of [`PublicKey::verify`] on every input. With A of prime order, R' = S·B − k·A lies in the prime-order
    /// subgroup, so it is of small order only as the identity; and R is accepted only if it is the encoding of R', which
    /// is canonical. So R need not be decoded. Vartime in nothing but public values.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        let Some(negated) = &self.negated else { return false };
        let (r, s) = signature.split_at(32);
        let mut scalar = [0; 32];
        scalar.copy_from_slice(s);
        let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(scalar)) else { return false };
        let challenge =
            Sha512::new().chain_update(r).chain_update(self.bytes).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&challenge.into());
        let expected = EdwardsPoint::mul_base(&s) + negated.mul_base(&k);
        !expected.is_identity() && expected.compress().0 == *r
    }
}

/// What a signature line of a note holds (C2SP signed-note, *Signature types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the text.
    Plain,
    /// 0x04: Ed25519 over a time and the text (C2SP tlog-cosignature).
    Timestamped,
}

impl Algorithm {
    /// The byte that stands for it in keys and key ids.
    pub fn byte(self) -> u8 {
        match self {
            Algorithm::Plain => 1,
            Algorithm::Timestamped => 4,
        }
    }
}

/// A key's id in a signature line: the first four bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ key).
pub fn key_id(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([0x0a, algorithm.byte()]);
    hasher.update(key);
    let hash = hasher.finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Whether a key may be called so: not empty, at most 255 bytes, no space, no `+`, no control character.
pub fn is_key_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// A verifier as it is handed on: `name+hex8+base64(algorithm ‖ key)` (C2SP signed-note).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vkey {
    /// The key's name.
    pub name: String,
    /// What it signs.
    pub algorithm: Algorithm,
    /// The key.
    pub key: PublicKey,
}

impl Vkey {
    /// Reads the one form; the reason of a refusal is a half sentence about the text.
    pub fn parse(text: &str) -> Result<Vkey, String> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("it is not of the form name+id+key".into());
        };
        if !is_key_name(name) {
            return Err("its name is empty, too long, or holds a space or a control character".into());
        }
        if key.len() != 44 {
            return Err("its key is not of 33 bytes in base64".into());
        }
        let raw = STANDARD.decode(key).map_err(|_| "its key is not in base64".to_owned())?;
        let algorithm = match raw.first() {
            Some(1) => Algorithm::Plain,
            Some(4) => Algorithm::Timestamped,
            _ => return Err("it is neither an Ed25519 key (0x01) nor a cosigner's (0x04)".into()),
        };
        let bytes: [u8; 32] =
            raw[1..].try_into().map_err(|_| "its key is not of 33 bytes in base64".to_owned())?;
        let key = PublicKey::parse(&bytes).map_err(|error| error.to_string())?;
        let vkey = Vkey { name: name.into(), algorithm, key };
        if hex::encode(vkey.id()) != id {
            return Err("its id is not that of its name and key".into());
        }
        Ok(vkey)
    }

    /// The four bytes that name it in a signature line.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.algorithm, self.key.bytes())
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut raw = vec![self.algorithm.byte()];
        raw.extend(self.key.bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(raw))
    }
}

/// A signing key. It is wiped when dropped and has no printed form; [`SecretKey::to_text`] is for the file that keeps it.
pub struct SecretKey {
    key: SigningKey,
}

impl SecretKey {
    /// The key of this seed (RFC 8032: the private key), 32 bytes from a good source.
    pub fn from_seed(seed: &[u8; 32]) -> SecretKey {
        SecretKey { key: SigningKey::from_bytes(seed) }
    }

    /// The seed, for the file or the words that keep it.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The public key.
    #[expect(
        clippy::expect_used,
        reason = "a clamped scalar times the base point is canonical and of prime order"
    )]
    pub fn public(&self) -> PublicKey {
        PublicKey::parse(self.key.verifying_key().as_bytes()).expect("a key made from a seed is a key")
    }

    /// The 32 bytes of the public key, which cost nothing: [`SecretKey::public`] checks them anew.
    pub fn public_bytes(&self) -> &[u8; 32] {
        // The signing key holds them; it was made from the seed.
        self.key.as_ref().as_bytes()
    }

    /// An Ed25519 signature.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.key.sign(message).to_bytes()
    }

    /// The file's one line, as Go's note package writes it: `PRIVATE+KEY+name+hex8+base64(algorithm ‖ seed)`.
    pub fn to_text(&self, name: &str, algorithm: Algorithm) -> Zeroizing<String> {
        let mut raw = Zeroizing::new([0_u8; 33]);
        raw[0] = algorithm.byte();
        raw[1..].copy_from_slice(self.seed().as_ref());
        let id = key_id(name, algorithm, self.key.verifying_key().as_bytes());
        let encoded = Zeroizing::new(STANDARD.encode(raw.as_ref()));
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{}+{}", hex::encode(id), encoded.as_str()))
    }

    /// Reads that line. The reason of a refusal never quotes it.
    pub fn parse_text(text: &str) -> Result<(String, Algorithm, SecretKey), &'static str> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or("it does not begin with PRIVATE+KEY+")?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("it is not of the form PRIVATE+KEY+name+id+key");
        };
        if !is_key_name(name) {
            return Err("its name is empty, too long, or holds a space or a control character");
        }
        if key.len() != 44 {
            return Err("its key is not of 33 bytes in base64");
        }
        let raw = Zeroizing::new(STANDARD.decode(key).map_err(|_| "its key is not in base64")?);
        let algorithm = match raw.first() {
            Some(1) => Algorithm::Plain,
            Some(4) => Algorithm::Timestamped,
            _ => return Err("it is neither an Ed25519 key (0x01) nor a cosigner's (0x04)"),
        };
        let mut seed = Zeroizing::new([0_u8; 32]);
        if raw.len() != 33 {
            return Err("its key is not of 33 bytes in base64");
        }
        seed.copy_from_slice(&raw[1..]);
        let secret = SecretKey::from_seed(&seed);
        if hex::encode(key_id(name, algorithm, secret.key.verifying_key().as_bytes())) != id {
            return Err("its id is not that of its name and key: it was mistyped or damaged");
        }
        Ok((name.into(), algorithm, secret))
    }
}
