//! Credentials: the secret with which a voter signs, and its public key on the list (Belenios specification, section
//! "Credentials"; the form since 2.4: groups of Base58, the last character a plain one).
//!
//! Two forms are ours. A device derives its credential from its own seed ([`Credential::derive`]). A slip of paper bears
//! two credentials joined by `+`, each printed by another scrutineer, neither of whom can vote with its half alone.

use zeroize::{Zeroize, Zeroizing};

use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use sha2::{Digest, Sha256, Sha512};

/// Base58 without look-alikes, as Belenios orders it.
pub const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The sizes of a credential's groups.
const GROUPS: [usize; 4] = [5, 6, 5, 6];

/// What stands between a slip's two halves.
const JOINT: char = '+';

/// A private credential: 22 characters of Base58 in groups of 5, 6, 5 and 6, joined by dashes; or two of them joined by
/// `+`, whose keys are then added up. Never printed by `Debug`.
pub struct Credential {
    text: Zeroizing<String>,
}

impl Credential {
    /// A fresh one, of 128 bits and more.
    pub fn generate(nonces: &mut Nonces) -> Credential {
        Credential::of_digits(|| nonces.below(58) as usize)
    }

    /// The credential of a voter's own seed in the election of this uuid: 22 digits of
    /// `SHA-512("cabildo/credential/v1\n" ‖ seed ‖ uuid)`, read as a big-endian number, the least significant digit
    /// first. Of 512 bits not quite 129 are used, so it is within 2^−383 of uniform. Implements DeriveOwnCredential.
    pub fn derive(seed: &[u8; 32], uuid: &str) -> Credential {
        let mut hash = Sha512::new();
        hash.update(b"cabildo/credential/v1\n");
        hash.update(seed);
        hash.update(uuid.as_bytes());
        let mut number: Zeroizing<[u8; 64]> = Zeroizing::new(hash.finalize().into());
        // Each digit is the remainder of a long division by 58, byte by byte, in the same steps whatever the number.
        Credential::of_digits(|| {
            let mut remainder = 0;
            for byte in number.iter_mut() {
                let part = remainder << 8 | u32::from(*byte);
                *byte = (part / 58) as u8;
                remainder = part % 58;
            }
            remainder as usize
        })
    }

    fn of_digits(mut digit: impl FnMut() -> usize) -> Credential {
        let mut text = Zeroizing::new(String::with_capacity(25));
        for (i, size) in GROUPS.into_iter().enumerate() {
            if i > 0 {
                text.push('-');
            }
            for _ in 0..size {
                text.push(char::from(ALPHABET[digit()]));
            }
        }
        Credential { text }
    }

    /// Reads a private credential; `None` if the text has another form.
    pub fn parse(text: &str) -> Option<Credential> {
        let shaped = match text.split_once(JOINT) {
            Some((first, second)) => is_plain(first) && is_plain(second),
            None => is_plain(text),
        };
        shaped.then(|| Credential { text: Zeroizing::new(text.to_owned()) })
    }

    /// A slip's two halves, in the order of the paper; `None` of a credential that has none.
    pub fn halves(&self) -> Option<[Credential; 2]> {
        let (first, second) = self.text.split_once(JOINT)?;
        Some([first, second].map(|half| Credential { text: Zeroizing::new(half.to_owned()) }))
    }

    /// The credential of a slip that bears these two; `None` where one of them is joined already.
    pub fn join(first: &Credential, second: &Credential) -> Option<Credential> {
        if [first, second].iter().any(|half| half.text.contains(JOINT)) {
            return None;
        }
        let mut text = Zeroizing::new(String::with_capacity(first.text.len() + 1 + second.text.len()));
        text.push_str(&first.text);
        text.push(JOINT);
        text.push_str(&second.text);
        Some(Credential { text })
    }

    /// The text to hand to its owner, with the dashes.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The signing key for the election of this uuid: of a slip's credential, the sum of its halves' keys. Implements
    /// JoinHalves.
    pub fn secret<G: Group>(&self, uuid: &str) -> Zeroizing<G::Scalar> {
        match self.text.split_once(JOINT) {
            Some((first, second)) => {
                let [first, second] = [first, second].map(|half| secret_of::<G>(half, uuid));
                Zeroizing::new(*first + *second)
            }
            None => secret_of::<G>(&self.text, uuid),
        }
    }

    /// Its public key for that election.
    pub fn public<G: Group>(&self, uuid: &str) -> G::Element {
        G::encode(&G::exp_g(&self.secret::<G>(uuid)))
    }
}

/// Whether a text is 22 characters of Base58 in their groups.
fn is_plain(text: &str) -> bool {
    let mut groups = text.split('-');
    let shaped = GROUPS.iter().all(|size| {
        groups
            .next()
            .is_some_and(|group| group.len() == *size && group.bytes().all(|b| ALPHABET.contains(&b)))
    });
    shaped && groups.next().is_none()
}

/// The key of 22 characters. Implements DeriveCredential.
fn secret_of<G: Group>(text: &str, uuid: &str) -> Zeroizing<G::Scalar> {
    let mut wide = Zeroizing::new([0; 64]);
    for half in 0..2 {
        let mut hash = Sha256::new();
        hash.update(format!("derive_credential|{uuid}|{half}|").as_bytes());
        hash.update(text.as_bytes());
        let mut digest: [u8; 32] = hash.finalize().into();
        wide[32 * half..32 * (half + 1)].copy_from_slice(&digest);
        digest.zeroize();
    }
    Zeroizing::new(G::Scalar::from_wide(&wide))
}

/// The public key of a slip from those of its two halves, which is all that each scrutineer gives away. Both halves must
/// have come with a proof of possession ([`crate::enrolment`]) and lie in the subgroup. The product may be the identity,
/// which no list of credentials takes.
pub fn join_public<G: Group>(a: &G::Element, b: &G::Element) -> G::Element {
    G::encode(&G::mul(&G::point(a), &G::point(b)))
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
