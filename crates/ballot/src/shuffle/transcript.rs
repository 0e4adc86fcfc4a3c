//! The strings that a shuffle proof's challenges hash, fed to the hash piece by piece: for 44,000 ciphertexts they are
//! tens of megabytes.

use sha2::{Digest, Sha256};

use super::{Commitments, ranges};
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::parallel;
use crate::sigma::{self, Ciphertext};

/// What one question's shuffle proof is about, without the commitment to the permutation.
pub(super) struct Statement<'a, G: Group> {
    /// φ.
    pub(super) fingerprint: &'a str,
    /// The election's key.
    pub(super) key: &'a G::Element,
    /// `e`.
    pub(super) input: &'a [Ciphertext<G>],
    /// `e'`.
    pub(super) output: &'a [Ciphertext<G>],
}

/// A SHA-256 that takes elements, each followed by a comma.
struct Items {
    hash: Sha256,
    buffer: String,
}

/// The buffer is hashed when it is longer than this.
const BUFFER: usize = 1 << 13;

impl Items {
    fn new(prefix: &str, fingerprint: &str) -> Items {
        let mut buffer = String::with_capacity(BUFFER + 2048);
        for part in [prefix, "|", fingerprint, "|"] {
            buffer.push_str(part);
        }
        Items { hash: Sha256::new(), buffer }
    }

    /// ⟦c⟧ (table 11).
    fn elements<'a, G: Group>(&mut self, elements: impl IntoIterator<Item = &'a G::Element>) {
        for element in elements {
            sigma::push::<G>(&mut self.buffer, element);
            self.buffer.push(',');
            if self.buffer.len() > BUFFER {
                self.hash.update(self.buffer.as_bytes());
                self.buffer.clear();
            }
        }
    }

    /// ⟦e⟧ (table 11).
    fn ciphertexts<G: Group>(&mut self, ciphertexts: &[Ciphertext<G>]) {
        self.elements::<G>(ciphertexts.iter().flat_map(|e| [&e.alpha, &e.beta]));
    }

    fn finish(mut self) -> [u8; 32] {
        self.hash.update(self.buffer.as_bytes());
        self.hash.finalize().into()
    }
}

impl<G: Group> Statement<'_, G> {
    /// The challenges `u`, one for each ciphertext, from `shuffle-challenges|φ|⟦e⟧⟦e'⟧⟦c⟧`.
    ///
    /// Implements GetNIZKPChallenges (table 12).
    pub(super) fn challenges(&self, c: &[G::Element]) -> Vec<G::Scalar> {
        let mut items = Items::new("shuffle-challenges", self.fingerprint);
        items.ciphertexts::<G>(self.input);
        items.ciphertexts::<G>(self.output);
        items.elements::<G>(c);
        let digest = hex::encode(items.finish());
        let one = |i: usize| {
            let index = Hash::of(i.to_string().as_bytes());
            let mut hash = Sha256::new();
            hash.update(digest.as_bytes());
            hash.update(hex::encode(index.0).as_bytes());
            G::Scalar::from_digest(&hash.finalize().into())
        };
        parallel::map(&ranges(self.input.len(), 256), |range| range.clone().map(one).collect::<Vec<_>>())
            .concat()
    }

    /// The digest whose residue is the challenge `c`, of `shuffle-challenge|φ|⟦t⟧⟦t̂⟧⟦e⟧⟦e'⟧⟦c⟧⟦ĉ⟧y`. It covers all of the
    /// statement and the proof but the responses.
    ///
    /// Implements GetNIZKPChallenge (table 14).
    pub(super) fn digest(&self, t: &Commitments<G>, c: &[G::Element], c_hat: &[G::Element]) -> [u8; 32] {
        let mut items = Items::new("shuffle-challenge", self.fingerprint);
        items.elements::<G>([&t.t1, &t.t2, &t.t3, &t.t41, &t.t42]);
        items.elements::<G>(&t.t_hat);
        items.ciphertexts::<G>(self.input);
        items.ciphertexts::<G>(self.output);
        items.elements::<G>(c);
        items.elements::<G>(c_hat);
        sigma::push::<G>(&mut items.buffer, self.key);
        items.finish()
    }
}
