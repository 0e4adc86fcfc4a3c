//! Credentials: the secret with which a voter signs, and its public key on the list (Belenios specification, section
//! "Credentials"; the form since 2.4: five groups of Base58, the last character a plain one).

use zeroize::{Zeroize, Zeroizing};

use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use sha2::{Digest, Sha256};

/// Base58 without look-alikes, as Belenios orders it.
pub const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A private credential: 22 characters of Base58 in groups of 5, 6, 5 and 6, joined by dashes. Never printed by `Debug`.
pub struct Credential {
    text: Zeroizing<String>,
}

impl Credential {
    /// A fresh one, of 128 bits and more.
    pub fn generate(nonces: &mut Nonces) -> Credential {
        let mut text = Zeroizing::new(String::with_capacity(25));
        for (i, size) in [5, 6, 5, 6].into_iter().enumerate() {
            if i > 0 {
                text.push('-');
            }
            for _ in 0..size {
                text.push(char::from(ALPHABET[nonces.below(58) as usize]));
            }
        }
        Credential { text }
    }

    /// Reads a private credential; `None` if the text has another form.
    pub fn parse(text: &str) -> Option<Credential> {
        let parts: Vec<&str> = text.split('-').collect();
        let shaped =
            parts.len() == 4 && parts.iter().zip([5, 6, 5, 6]).all(|(part, size)| part.len() == size);
        (shaped && parts.iter().all(|part| part.bytes().all(|b| ALPHABET.contains(&b))))
            .then(|| Credential { text: Zeroizing::new(text.to_owned()) })
    }

    /// The text to hand to its owner, with the dashes.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The signing key for the election of this uuid. Implements DeriveCredential.
    pub fn secret<G: Group>(&self, uuid: &str) -> Zeroizing<G::Scalar> {
        let mut wide = Zeroizing::new([0; 64]);
        for half in 0..2 {
            let mut hash = Sha256::new();
            hash.update(format!("derive_credential|{uuid}|{half}|").as_bytes());
            hash.update(self.text.as_bytes());
            let mut digest: [u8; 32] = hash.finalize().into();
            wide[32 * half..32 * (half + 1)].copy_from_slice(&digest);
            digest.zeroize();
        }
        Zeroizing::new(G::Scalar::from_wide(&wide))
    }

    /// Its public key for that election.
    pub fn public<G: Group>(&self, uuid: &str) -> G::Element {
        G::encode(&G::exp_g(&self.secret::<G>(uuid)))
    }
}

/// A voter's public key and weight, as the archive's list has them: `pk` or `pk,weight`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled<G: Group> {
    /// The public key.
    pub key: G::Element,
    /// How much the vote counts: 1 where the list says nothing.
    pub weight: u64,
}

impl<G: Group> Enrolled<G> {
    /// Reads one line of the list; the weight is a canonical decimal from 1 to 2^53; where it is absent it is 1.
    pub fn parse(text: &str) -> Result<Enrolled<G>, String> {
        let (key, weight) = match text.split_once(',') {
            None => (text, 1),
            Some((key, weight)) => {
                let number = weight
                    .parse::<u64>()
                    .ok()
                    .filter(|n| n.to_string() == weight && (1..=1 << 53).contains(n));
                (key, number.ok_or_else(|| format!("its weight {weight:?} is not a number from 1 to 2^53"))?)
            }
        };
        Ok(Enrolled { key: G::decode(key).map_err(|error| error.to_string())?, weight })
    }

    /// The line of the list.
    pub fn line(&self) -> String {
        if self.weight == 1 { self.key.to_string() } else { format!("{},{}", self.key, self.weight) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_a_credential() {
        assert!(Credential::parse("aaaaa-bbbbbb-ccccc-dddddd").is_some());
        for wrong in [
            "",
            "aaaaa-bbbbbb-ccccc-ddddd",
            "aaaaa-bbbbbb-ccccc-ddddd0",
            "aaaaabbbbbbcccccdddddd",
            "aaaa-abbbbbb-ccccc-dddddd",
        ] {
            assert!(Credential::parse(wrong).is_none(), "{wrong}");
        }
    }
}
