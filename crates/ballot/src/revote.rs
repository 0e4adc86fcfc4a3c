//! Voting again in a minute book: the credential's own statement that one of its ballots replaces another.
//!
//! A book's clerk publishes ballots in batches, so the order of a voter's ballots would be the clerk's to choose. With this
//! statement beside a ballot it is the voter's.

use crate::checks;
use crate::credential::Credential;
use crate::election::Election;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::nonce::Nonces;
use crate::refusal::Refusal;
use crate::sigma::{self, Proof};

/// `cabildo/revote/v1|φ|A|B`, ballots by their SHA-256 in hexadecimal. No other proof's prefix begins with this word, so
/// none can be taken for the other.
fn prefix<G: Group>(election: &Election<G>, replaced: &Hash, ballot: &Hash) -> String {
    format!("cabildo/revote/v1|{}|{replaced}|{ballot}", election.fingerprint)
}

/// States that `ballot` replaces `replaced`, both cast by this credential. `fresh` is 32 bytes of randomness used for
/// nothing else. Implements ProveRevote.
pub fn prove<G: Group>(
    election: &Election<G>,
    credential: &Credential,
    replaced: &Hash,
    ballot: &Hash,
    fresh: &[u8; 32],
) -> Proof<G> {
    let secret = credential.secret::<G>(&election.description.uuid);
    let prefix = prefix(election, replaced, ballot);
    let mut nonces = Nonces::from_fresh(fresh, &secret.to_bytes(), prefix.as_bytes());
    sigma::prove::<G>(&prefix, &secret, &mut nonces)
}

/// Whether the credential of this public key states it. That both ballots are this credential's, and `replaced` its last,
/// is for the ballot box to say. Implements VerifyRevote.
///
/// # Errors
/// A refusal under the check `ballot-replaced`.
pub fn verify<G: Group>(
    election: &Election<G>,
    credential_public: &G::Element,
    replaced: &Hash,
    ballot: &Hash,
    proof: &Proof<G>,
) -> Result<(), Refusal> {
    let refuse = |reason: &str| {
        Err(Refusal::new(checks::BALLOT_REPLACED, format!("ballot {}", ballot.compact()), reason))
    };
    if replaced == ballot {
        return refuse("it says that it replaces itself");
    }
    let public = G::point(credential_public);
    if G::is_identity(&public) || !G::in_subgroup(&public) {
        return refuse("its credential is the identity or outside the prime-order subgroup");
    }
    if !sigma::verify::<G>(&prefix(election, replaced, ballot), &public, proof) {
        return refuse("its credential does not say that it replaces that ballot");
    }
    Ok(())
}
