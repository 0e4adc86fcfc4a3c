//! Shuffles: a permutation and re-encryption of ciphertexts with a proof that it is one.
