//! What a trustee keeps: a private key, or a seed and the share that the ceremony ended in. None of these types prints
//! itself, and each is wiped when it is dropped; the JSON texts in between are wiped as far as this crate owns them.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::credential::ALPHABET;
use crate::group::{Group, Scalar};
use crate::hash;
use crate::nonce::Nonces;
use crate::refusal::Misuse;

use super::pki;

/// The characters of a seed.
const SEED_LENGTH: usize = 22;

/// Removes the line end with which files on disk close.
pub(super) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A decryption exponent, whose file (`.privkey`) is a JSON string of its decimal digits.
///
/// Its thief decrypts as this trustee: with all other trustees, or as many as the threshold asks for, every ballot.
#[derive(Clone)]
pub struct PrivateKey<G: Group> {
    x: Zeroizing<G::Scalar>,
}

impl<G: Group> PrivateKey<G> {
    /// A fresh one.
    pub fn generate(rng: &mut impl CryptoRng) -> PrivateKey<G> {
        let x = Nonces::new(rng, b"", b"private key").scalar();
        PrivateKey { x }
    }

    /// Of this exponent; zero is none.
    pub(super) fn new(x: G::Scalar) -> Option<PrivateKey<G>> {
        let x = Zeroizing::new(x);
        (*x != G::Scalar::ZERO).then_some(PrivateKey { x })
    }

    /// Reads a private key's file; one line end after it is allowed.
    pub fn parse(bytes: &[u8]) -> Result<PrivateKey<G>, Misuse> {
        let wrong = || {
            Misuse(format!(
                "this is not the private key of a {} trustee: not a quoted decimal number below the group's order",
                G::NAME
            ))
        };
        let text = std::str::from_utf8(without_line_end(bytes)).map_err(|_| wrong())?;
        let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(wrong)?;
        G::Scalar::from_decimal(digits).and_then(PrivateKey::new).ok_or_else(wrong)
    }

    /// The text of its file, without a line end. Secret.
    pub fn reveal(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(self.x.to_decimal());
        let mut text = Zeroizing::new(String::with_capacity(digits.len() + 2));
        for part in ["\"", &digits, "\""] {
            text.push_str(part);
        }
        text
    }

    /// The decryption exponent. Secret.
    pub fn scalar(&self) -> &G::Scalar {
        &self.x
    }

    /// The public key `g^x`.
    pub fn public(&self) -> G::Element {
        G::encode(&G::exp_g(&self.x))
    }
}

/// A group member's secret: 22 characters of Base58 (`.key`), from which its signing and decryption keys derive.
///
/// Its thief, who also has the member's encrypted share (`.dkey`, which the secretary keeps), decrypts as this trustee.
#[derive(Clone)]
pub struct Seed {
    text: Zeroizing<String>,
}

impl Seed {
    /// A fresh one, of 128 bits and more.
    pub fn generate(rng: &mut impl CryptoRng) -> Seed {
        let mut nonces = Nonces::new(rng, b"", b"trustee seed");
        let mut text = Zeroizing::new(String::with_capacity(SEED_LENGTH));
        for _ in 0..SEED_LENGTH {
            let i = usize::try_from(nonces.below(58)).unwrap_or_default();
            text.push(char::from(ALPHABET[i]));
        }
        Seed { text }
    }

    /// Reads a `.key` file; one line end after it is allowed.
    pub fn parse(bytes: &[u8]) -> Result<Seed, Misuse> {
        let bytes = without_line_end(bytes);
        let shaped = bytes.len() == SEED_LENGTH && bytes.iter().all(|b| ALPHABET.contains(b));
        let text = std::str::from_utf8(bytes).ok().filter(|_| shaped);
        let text = text
            .ok_or_else(|| Misuse("this is not a trustee's seed: not 22 characters of Base58".to_owned()))?;
        Ok(Seed { text: Zeroizing::new(text.to_owned()) })
    }

    /// The text to write down, without a line end. Secret.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The keys that derive from it: `sk = H(sk|seed)`, `dk = H(dk|seed)`. Implements DeriveKeys.
    pub fn keys<G: Group>(&self) -> pki::Keys<G> {
        let derive = |label: &str| {
            let mut text = Zeroizing::new(String::with_capacity(label.len() + self.text.len()));
            text.push_str(label);
            text.push_str(&self.text);
            Zeroizing::new(hash::to_scalar::<G::Scalar>(&text))
        };
        pki::Keys { signing: derive("sk|"), decryption: derive("dk|") }
    }
}

/// What a member of a threshold group decrypts with: its seed, and the share that its seed opens.
#[derive(Clone)]
pub struct ThresholdSecret<G: Group> {
    pub(super) seed: Seed,
    pub(super) dkey: String,
    pub(super) share: PrivateKey<G>,
}

impl<G: Group> ThresholdSecret<G> {
    /// Opens the encrypted share (`.dkey`) with the seed (`.key`).
    pub fn open(seed: Seed, dkey: &[u8]) -> Result<ThresholdSecret<G>, Misuse> {
        let keys = seed.keys::<G>();
        let text = std::str::from_utf8(without_line_end(dkey))
            .map_err(|_| Misuse("this is not an encrypted share: not text".into()))?;
        let share = super::ceremony::open_own_share(&keys, text).map_err(|reason| {
            Misuse(format!("this encrypted share does not open with this seed: {reason}"))
        })?;
        Ok(ThresholdSecret { seed, dkey: text.to_owned(), share })
    }

    /// The seed.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The encrypted share, which is no secret without the seed: the content of `.dkey`.
    pub fn dkey(&self) -> &str {
        &self.dkey
    }

    /// The share: the exponent with which this member decrypts.
    pub fn private_key(&self) -> &PrivateKey<G> {
        &self.share
    }
}
