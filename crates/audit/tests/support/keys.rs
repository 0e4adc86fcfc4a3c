//! Keys from labels: the same label is the same key, in every test.

use book::hash::Hash;
use book::key::{Algorithm, PublicKey, SecretKey, Vkey};

/// The seed of a label.
pub(crate) fn seed(label: &str) -> [u8; 32] {
    Hash::of(format!("cabildo test key: {label}").as_bytes()).0
}

/// The key of a label.
pub(crate) fn secret(label: &str) -> SecretKey {
    SecretKey::from_seed(&seed(label))
}

/// Its public half.
pub(crate) fn public(label: &str) -> PublicKey {
    secret(label).public()
}

/// A member's key.
pub(crate) fn member(number: u32) -> SecretKey {
    secret(&format!("member {number}"))
}

/// The key of the clerk of an epoch.
pub(crate) fn clerk(epoch: u32) -> SecretKey {
    secret(&format!("clerk {epoch}"))
}

/// A cosigner's vkey under its usual key.
pub(crate) fn cosigner(name: &str) -> Vkey {
    Vkey { name: name.into(), algorithm: Algorithm::Timestamped, key: public(name) }
}
