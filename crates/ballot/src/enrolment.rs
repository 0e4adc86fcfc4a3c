//! Enrolment: a member's device shows that it has the secret of the credential that it brings.
//!
//! The same proof is asked of each half of a slip's credential (see [`crate::credential::join_public`]): without it, whoever
//! gives the second half could choose it so that the product is a key of their own.

use crate::checks;
use crate::credential::Credential;
use crate::election;
use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use crate::refusal::Refusal;
use crate::sigma::{self, Proof};

/// `cabildo/enrolment/v1|uuid|context|X`. Neither a uuid nor a key has a `|`, so whatever the context, there is one way to
/// read it. No other proof's prefix begins with this word.
fn prefix<G: Group>(uuid: &str, context: &str, public: &G::Element) -> String {
    format!("cabildo/enrolment/v1|{uuid}|{context}|{public}")
}

/// Shows possession of the credential's secret in the election of this uuid. `context` says for whom and where: the
/// member and the book. `fresh` is 32 bytes of randomness used for nothing else. Implements ProveEnrolment.
pub fn prove<G: Group>(credential: &Credential, uuid: &str, context: &str, fresh: &[u8; 32]) -> Proof<G> {
    let secret = credential.secret::<G>(uuid);
    let prefix = prefix::<G>(uuid, context, &G::encode(&G::exp_g(&secret)));
    let mut nonces = Nonces::from_fresh(fresh, &secret.to_bytes(), prefix.as_bytes());
    sigma::prove::<G>(&prefix, &secret, &mut nonces)
}

/// Whether whoever made the proof has the secret of this public key, and made it for this election and context.
/// Implements VerifyEnrolment.
///
/// # Errors
/// A refusal under the check `enrolment`.
pub fn verify<G: Group>(
    public: &G::Element,
    uuid: &str,
    context: &str,
    proof: &Proof<G>,
) -> Result<(), Refusal> {
    let refuse = |reason: &str| Err(Refusal::new(checks::ENROLMENT, format!("credential {public}"), reason));
    if !election::is_uuid(uuid) {
        return refuse("the election's uuid is not at least 14 characters of Base58");
    }
    let point = G::point(public);
    if G::is_identity(&point) || !G::in_subgroup(&point) {
        return refuse("it is the identity or outside the prime-order subgroup");
    }
    if !sigma::verify::<G>(&prefix::<G>(uuid, context, public), &point, proof) {
        return refuse("nothing shows that its bringer has its secret, for this election, member and book");
    }
    Ok(())
}
