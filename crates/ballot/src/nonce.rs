//! Nonces: derived from fresh randomness together with the secret and the statement, so that a random source that repeats
//! itself does not hand out a key (two equal nonces for two statements would), and a predictable one alone does not either.

use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::group::Scalar;

/// A stream of secret scalars. Implements DeriveNonce.
pub struct Nonces {
    key: Zeroizing<[u8; 64]>,
    counter: u64,
}

impl Nonces {
    /// A stream for one secret and one statement; draws 32 fresh bytes.
    pub fn new(rng: &mut impl CryptoRng, secret: &[u8], statement: &[u8]) -> Nonces {
        let mut fresh = Zeroizing::new([0; 32]);
        rng.fill_bytes(fresh.as_mut());
        Nonces::from_fresh(&fresh, secret, statement)
    }

    /// The same from 32 fresh bytes that were drawn before, as where ballots are made on several cores.
    pub fn from_fresh(fresh: &[u8; 32], secret: &[u8], statement: &[u8]) -> Nonces {
        let mut hash = Sha512::new();
        hash.update(b"cabildo/nonce/v1\n");
        hash.update(fresh);
        for part in [secret, statement] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Nonces { key: Zeroizing::new(hash.finalize().into()), counter: 0 }
    }

    /// 64 secret bytes.
    pub fn bytes(&mut self) -> Zeroizing<[u8; 64]> {
        let mut hash = Sha512::new();
        hash.update(self.key.as_ref());
        hash.update(self.counter.to_be_bytes());
        self.counter += 1;
        Zeroizing::new(hash.finalize().into())
    }

    /// The next secret scalar.
    pub fn scalar<S: Scalar>(&mut self) -> Zeroizing<S> {
        Zeroizing::new(S::from_wide(&self.bytes()))
    }

    /// Several at once.
    pub fn scalars<S: Scalar>(&mut self, count: usize) -> Zeroizing<Vec<S>> {
        Zeroizing::new((0..count).map(|_| *self.scalar::<S>()).collect())
    }

    /// A secret number below `bound` (at least 1), by rejection, so without bias.
    pub fn below(&mut self, bound: u64) -> u64 {
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let bytes = self.bytes();
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[..8]);
            let number = u64::from_be_bytes(number);
            if number < limit {
                return number % bound;
            }
        }
    }
}
