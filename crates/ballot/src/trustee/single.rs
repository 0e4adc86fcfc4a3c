//! A trustee's public key with its proof of possession (Belenios specification 3.0, section "Verification keys").

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use crate::sigma::{self, Proof};

/// A public key, and that its maker knows the private one: `trustee_public_key`, for a trustee alone and for each member
/// of a threshold group.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct PublicKey<G: Group> {
    /// The proof of possession: challenge `H(pok|GROUP|X|A)`.
    pub pok: Proof<G>,
    /// The key `X = g^x`.
    pub public_key: G::Element,
    /// A group member's signature of the key's text, with the key of its certificate (since Belenios 3.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Proof<G>>,
    /// The trustee's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A trustee without whom nothing is decrypted.
pub type Single<G> = PublicKey<G>;

impl<G: Group> PublicKey<G> {
    /// The public key of `x` with its proof, without a signature. Implements ProvePossession.
    pub fn prove(rng: &mut impl CryptoRng, x: &G::Scalar, name: Option<String>) -> PublicKey<G> {
        let public_key = G::encode(&G::exp_g(x));
        let statement = statement::<G>(&public_key);
        let mut nonces = Nonces::new(rng, &x.to_bytes(), statement.as_bytes());
        let pok = sigma::prove(&statement, x, &mut nonces);
        PublicKey { pok, public_key, signature: None, name }
    }

    /// Whether the key is one and the proof holds; says what is wrong. Implements VerifyPossession.
    pub fn check(&self) -> Result<(), String> {
        let point = super::pedersen::check_point::<G>("its key", &self.public_key)?;
        if !sigma::verify(&statement::<G>(&self.public_key), &point, &self.pok) {
            return Err("its proof of possession does not hold".into());
        }
        Ok(())
    }

    /// The same for a trustee alone, who has no certificate and so nothing to sign the key with.
    pub(super) fn check_single(&self) -> Result<(), String> {
        if self.signature.is_some() {
            return Err("it carries a signature, which only members of a threshold group can have".into());
        }
        self.check()
    }
}

fn statement<G: Group>(public_key: &G::Element) -> String {
    format!("pok|{}|{public_key}", G::NAME)
}
