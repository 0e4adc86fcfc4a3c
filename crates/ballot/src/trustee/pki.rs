//! How members of a threshold group sign and encrypt to each other (Belenios specification 3.0, sections "Public key
//! infrastructure" and "Channels"; the AES-GCM form from Belenios 3.1).
//!
//! A message goes to one recipient through the secretary: it is joined with the recipient's key, signed, and encrypted, as
//! JSON inside JSON. Reading refuses points outside the prime-order subgroup, since a chosen one would betray bits of the
//! decryption key.

use aes_gcm::aead::consts::{U8, U12, U13, U32};
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use ccm::Ccm;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json;
use crate::nonce::Nonces;
use crate::sigma::{self, Proof};

use super::pedersen::check_point;

/// The keys that derive from a [`super::Seed`].
#[derive(Clone)]
pub struct Keys<G: Group> {
    pub(super) signing: Zeroizing<G::Scalar>,
    pub(super) decryption: Zeroizing<G::Scalar>,
}

impl<G: Group> Keys<G> {
    /// The key with which this trustee's signatures are verified: `g^sk`.
    pub fn verification(&self) -> G::Element {
        G::encode(&G::exp_g(&self.signing))
    }

    /// The key to which messages for this trustee are encrypted: `g^dk`.
    pub fn encryption(&self) -> G::Element {
        G::encode(&G::exp_g(&self.decryption))
    }

    /// Signs a text. Implements SignMessage.
    pub fn sign(&self, rng: &mut impl CryptoRng, message: &str) -> Proof<G> {
        let prefix = format!("sigmsg|{message}");
        let mut nonces = Nonces::new(rng, &self.signing.to_bytes(), prefix.as_bytes());
        sigma::prove(&prefix, &*self.signing, &mut nonces)
    }

    /// Signs a text and puts the signature beside it.
    pub fn signed(&self, rng: &mut impl CryptoRng, message: String) -> SignedMessage<G> {
        SignedMessage { signature: self.sign(rng, &message), message }
    }
}

/// Whether a text bears the signature of this key: challenge `H(sigmsg|M|A)`. Implements VerifySignature.
pub fn verify<G: Group>(verification: &G::Point, message: &str, signature: &Proof<G>) -> bool {
    sigma::verify(&format!("sigmsg|{message}"), verification, signature)
}

/// A text with its signature: `signed_msg`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct SignedMessage<G: Group> {
    /// The text, itself JSON in all uses.
    pub message: String,
    /// Its signature.
    pub signature: Proof<G>,
}

impl<G: Group> SignedMessage<G> {
    /// Whether the signature is of this key.
    pub fn verify(&self, verification: &G::Point) -> bool {
        verify(verification, &self.message, &self.signature)
    }
}

/// How a message's body is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256-GCM, since Belenios 3.1: what we write.
    #[default]
    Gcm,
    /// AES-256-CCM with a tag of 8 bytes, up to Belenios 3.2: written on request only, where a member of the group uses a
    /// `belenios-tool` of 3.0 or before.
    Ccm,
}

/// The word `AES-GCM`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "AES-GCM")]
    AesGcm,
}

/// An encrypted text: `encrypted_msg`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct EncryptedMessage<G: Group> {
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<Algorithm>,
    /// `g^r`.
    alpha: G::Element,
    /// `ek^r · K`.
    beta: G::Element,
    /// The body and its tag in lower-case hexadecimal.
    data: String,
}

type Gcm = AesGcm<Aes256, U32>;
type Ccm13 = Ccm<Aes256, U8, U13>;
type Ccm12 = Ccm<Aes256, U8, U12>;
/// The tag of the CCM form, in bytes.
const CCM_TAG: usize = 8;

impl<G: Group> EncryptedMessage<G> {
    /// Encrypts a text to a key. Implements EncryptMessage.
    pub fn encrypt(
        rng: &mut impl CryptoRng,
        cipher: Cipher,
        encryption: &G::Point,
        message: &str,
    ) -> Result<EncryptedMessage<G>, &'static str> {
        let mut nonces = Nonces::new(rng, message.as_bytes(), b"encrypted_msg");
        let (r, s) = (nonces.scalar::<G::Scalar>(), nonces.scalar::<G::Scalar>());
        let shared = Zeroizing::new(G::exp_g(&s));
        let alpha = G::encode(&G::exp_g(&r));
        let beta = G::encode(&G::mul(&G::exp(encryption, &r), &shared));
        let key = symmetric_key::<G>(&shared);
        let iv = Hash::of(format!("iv|{alpha}").as_bytes()).0;
        let plain = message.as_bytes();
        let (algorithm, data) = match cipher {
            Cipher::Gcm => {
                (Some(Algorithm::AesGcm), Gcm::new((&*key).into()).encrypt(&Nonce::from(iv), plain))
            }
            Cipher::Ccm if plain.len() < 1 << 16 => {
                (None, Ccm13::new((&*key).into()).encrypt(&ccm::Nonce::from(first::<13>(&iv)), plain))
            }
            Cipher::Ccm => {
                (None, Ccm12::new((&*key).into()).encrypt(&ccm::Nonce::from(first::<12>(&iv)), plain))
            }
        };
        let data = data.map_err(|_| "it is too long to encrypt")?;
        Ok(EncryptedMessage { algorithm, alpha, beta, data: hex::encode(data) })
    }

    /// Decrypts with the key to which it was encrypted. Implements DecryptMessage.
    pub fn decrypt(&self, keys: &Keys<G>) -> Result<Zeroizing<String>, String> {
        let alpha = check_point::<G>("its alpha", &self.alpha)?;
        let beta = check_point::<G>("its beta", &self.beta)?;
        let lower = self.data.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let data = hex::decode(&self.data).ok().filter(|_| lower).ok_or("its data is not hexadecimal")?;
        let shared = Zeroizing::new(G::div(&beta, &G::exp(&alpha, &keys.decryption)));
        let key = symmetric_key::<G>(&shared);
        let iv = Hash::of(format!("iv|{}", self.alpha).as_bytes()).0;
        let plain = match self.algorithm {
            Some(Algorithm::AesGcm) => Gcm::new((&*key).into()).decrypt(&Nonce::from(iv), data.as_slice()),
            None if data.len() < (1 << 16) + CCM_TAG => {
                Ccm13::new((&*key).into()).decrypt(&ccm::Nonce::from(first::<13>(&iv)), data.as_slice())
            }
            None => Ccm12::new((&*key).into()).decrypt(&ccm::Nonce::from(first::<12>(&iv)), data.as_slice()),
        };
        let plain = Zeroizing::new(plain.map_err(|_| "it was encrypted to another key, or altered")?);
        let text = std::str::from_utf8(&plain).map_err(|_| "its content is not text")?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// `SHA256(key|K)`.
fn symmetric_key<G: Group>(shared: &G::Point) -> Zeroizing<[u8; 32]> {
    let text = Zeroizing::new(G::encode(shared).to_string());
    let mut hash = Sha256::new();
    hash.update(b"key|");
    hash.update(text.as_bytes());
    Zeroizing::new(hash.finalize().into())
}

/// The CCM form takes only the first bytes of the 32, as many as the length of the message leaves room for.
fn first<const N: usize>(iv: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|i| iv.get(i).copied().unwrap_or_default())
}

/// What is signed inside an encrypted message: `channel_msg`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct ChannelMessage<G: Group> {
    recipient: G::Element,
    message: String,
}

/// Signs a text for a recipient and encrypts it: `send(sk, recipient, message)`. Implements Send.
pub fn send<G: Group>(
    rng: &mut impl CryptoRng,
    cipher: Cipher,
    sender: &Keys<G>,
    recipient: &G::Element,
    message: &str,
) -> Result<String, &'static str> {
    let inner = ChannelMessage::<G> { recipient: *recipient, message: message.to_owned() };
    let inner_text = json::to_string(&inner);
    drop(Zeroizing::new(inner.message));
    let signed = sender.signed(rng, inner_text);
    let text = Zeroizing::new(json::to_string(&signed));
    drop(Zeroizing::new(signed.message));
    EncryptedMessage::<G>::encrypt(rng, cipher, &G::point(recipient), &text)
        .map(|encrypted| json::to_string(&encrypted))
}

/// Decrypts what was sent to these keys and checks that `sender` signed it for this recipient; says what is wrong.
/// Implements Receive.
pub fn receive<G: Group>(keys: &Keys<G>, sender: &G::Point, text: &str) -> Result<Zeroizing<String>, String> {
    let encrypted: EncryptedMessage<G> =
        json::parse(text.as_bytes()).map_err(|error| format!("it is no encrypted message: {error}"))?;
    let plain = encrypted.decrypt(keys)?;
    let signed: SignedMessage<G> =
        json::parse(plain.as_bytes()).map_err(|_| "its content is no signed message")?;
    let verified = signed.verify(sender);
    let inner = Zeroizing::new(signed.message);
    if !verified {
        return Err("its signature is not of its sender's certificate".into());
    }
    let channel: ChannelMessage<G> =
        json::parse(inner.as_bytes()).map_err(|_| "its content is no channel message")?;
    let message = Zeroizing::new(channel.message);
    if channel.recipient != keys.encryption() {
        return Err("it was signed for another recipient".into());
    }
    Ok(message)
}
