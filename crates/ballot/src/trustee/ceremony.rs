//! The key ceremony of a threshold group (Belenios specification 3.0, section "Filling in the trustees structure",
//! "Pedersen" protocol), as a state machine whose messages are files.
//!
//! A member is [`Invited`] → [`Certified`] → [`PolynomialSent`] → [`SharesChecked`] → [`Ready`]; the secretary's machine is
//! a [`Coordinator`], which passes messages on and needs no secret. Each transition takes the bytes of a message, verifies
//! them, and gives the next state and the message that goes out. What fails is a [`Rejected::Refused`] that names the
//! trustee at fault, by its place in the group from 1, or `coordinator`.
//!
//! All that a member keeps is its seed: [`Participant::resume`] finds the state again from the seed and the files at hand.
//! The files are those of `belenios-tool setup generate-trustee-key-threshold`, so that a member may use that tool instead.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::checks;
use crate::group::{Group, Scalar};
use crate::json;
use crate::nonce::Nonces;
use crate::refusal::{Misuse, Refusal};
use crate::sigma::Proof;

use super::named;
use super::pedersen::{
    self, CertKeys, Certificates, Certified as Member, Context, Pedersen, RawCoefexps, check_cert,
    check_shape, columns, evaluate,
};
use super::pki::{self, Cipher, EncryptedMessage, Keys, SignedMessage};
use super::secret::{PrivateKey, Seed, ThresholdSecret, without_line_end};
use super::single::PublicKey;

/// Why a step of the ceremony was not made. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// A message is wrong: the object is the trustee at fault, `trustee 3`, or `coordinator`.
    Refused(Refusal),
    /// The request is: a message too early, of another ceremony, with another seed.
    Misuse(Misuse),
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rejected::Refused(refusal) => refusal.fmt(f),
            Rejected::Misuse(misuse) => misuse.fmt(f),
        }
    }
}

impl std::error::Error for Rejected {}

impl From<Misuse> for Rejected {
    fn from(misuse: Misuse) -> Rejected {
        Rejected::Misuse(misuse)
    }
}

fn refused(object: impl Into<String>, reason: impl Into<String>) -> Rejected {
    Rejected::Refused(Refusal::new(checks::TRUSTEES, object, reason))
}

fn first(refusals: Vec<Refusal>) -> Rejected {
    match refusals.into_iter().next() {
        Some(refusal) => Rejected::Refused(refusal),
        None => refused("coordinator", "it could not be verified"),
    }
}

const COORDINATOR: &str = "coordinator";

/// A member's second message, the content of a line of `polynomials.jsons`: `polynomial`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Polynomial<G: Group> {
    /// Its coefficients, encrypted to itself.
    polynomial: String,
    /// For each member, its share, encrypted to it.
    secrets: Vec<String>,
    /// Its coefficients in the exponent, signed.
    coefexps: SignedMessage<G>,
    /// Its signature over all certificates and these coefficients.
    signature: Proof<G>,
}

/// What the secretary's machine passes on to a member (`.vinput`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct Vinput<G: Group> {
    polynomial: String,
    secrets: Vec<String>,
    coefexps: Vec<SignedMessage<G>>,
    signatures: Vec<Proof<G>>,
}

/// A member's third message (`.voutput`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct Voutput<G: Group> {
    private_key: String,
    public_key: PublicKey<G>,
}

/// The content of a member's message to itself: `raw_polynomial`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct RawPolynomial<G: Group> {
    polynomial: Vec<G::Scalar>,
}

/// The content of a share's message: `secret`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct Share<G: Group> {
    secret: G::Scalar,
}

/// The content of a member's encrypted share: `partial_decryption_key`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
struct DecryptionKey<G: Group> {
    decryption_key: G::Scalar,
}

/// Opens the share that a member encrypted to itself.
pub(super) fn open_own_share<G: Group>(keys: &Keys<G>, dkey: &str) -> Result<PrivateKey<G>, String> {
    let text = pki::receive(keys, &G::point(&keys.verification()), dkey)?;
    let key: DecryptionKey<G> =
        json::parse(text.as_bytes()).map_err(|_| "it does not hold a share below the group's order")?;
    PrivateKey::new(key.decryption_key).ok_or_else(|| "its share is zero".to_owned())
}

/// Who takes part, and where.
#[derive(Clone)]
struct Seat<G: Group> {
    seed: Seed,
    keys: Keys<G>,
    context: Context,
    cipher: Cipher,
}

impl<G: Group> Seat<G> {
    /// The position in the group, from 0.
    fn position(&self) -> usize {
        usize::try_from(self.context.index).unwrap_or(usize::MAX).saturating_sub(1)
    }

    fn me(&self) -> Member<G> {
        let verification = self.keys.verification();
        let verification_point = G::point(&verification);
        Member { verification, verification_point, encryption: self.keys.encryption() }
    }
}

/// A member who has been given a place in a group and has not answered yet.
#[derive(Clone)]
pub struct Invited<G: Group> {
    seat: Seat<G>,
}

impl<G: Group> Invited<G> {
    /// A member with this seed, at place `index` (from 1) in a group of `size` of whom `threshold` decrypt.
    pub fn new(seed: Seed, index: u32, threshold: u32, size: u32) -> Result<Invited<G>, Misuse> {
        let context = Context::new::<G>(index, threshold, size)?;
        Ok(Invited { seat: Seat { keys: seed.keys(), seed, context, cipher: Cipher::Gcm } })
    }

    /// Encrypts in the other form from here on, where a member uses a `belenios-tool` of 3.0 or before.
    pub fn with_cipher(mut self, cipher: Cipher) -> Invited<G> {
        self.seat.cipher = cipher;
        self
    }

    /// Makes the certificate (`.cert`). Implements Certify.
    pub fn certify(&self, rng: &mut impl CryptoRng) -> (Certified<G>, String) {
        let Seat { keys, context, .. } = &self.seat;
        let (verification, encryption) = (keys.verification(), keys.encryption());
        let certified = CertKeys::<G> { context: Some(context.clone()), verification, encryption };
        let cert = keys.signed(rng, json::to_string(&certified));
        (Certified { seat: self.seat.clone() }, json::to_string(&cert))
    }
}

/// A member whose certificate is made, waiting for everybody's.
#[derive(Clone)]
pub struct Certified<G: Group> {
    seat: Seat<G>,
}

impl<G: Group> Certified<G> {
    /// Verifies everybody's certificates (`certs.jsons`), and makes a secret polynomial: a share for each member, and
    /// signed public coefficients. Implements Deal.
    pub fn receive_certificates(
        &self,
        rng: &mut impl CryptoRng,
        certs: &[u8],
    ) -> Result<(PolynomialSent<G>, String), Rejected> {
        let next = self.with_certificates(certs)?;
        let Seat { seed, keys, context, cipher } = &self.seat;
        let statement = next.certificates.to_file();
        let mut nonces = Nonces::new(rng, seed.reveal().as_bytes(), statement.as_bytes());
        let degrees = usize::try_from(context.threshold).unwrap_or_default();
        let coefficients = nonces.scalars::<G::Scalar>(degrees);
        let cannot = |reason: &str| Misuse(format!("a message could not be encrypted: {reason}"));

        let own = secret_text(RawPolynomial::<G> { polynomial: coefficients.to_vec() }, |raw| {
            raw.polynomial.iter_mut().for_each(zeroize::Zeroize::zeroize);
        });
        let polynomial = pki::send(rng, *cipher, keys, &keys.encryption(), &own).map_err(cannot)?;
        let mut secrets = Vec::with_capacity(next.certificates.size());
        for (member, j) in next.certificates.members.iter().zip(1u64..) {
            let at = G::Scalar::from_u64(j);
            let share = coefficients.iter().rev().fold(G::Scalar::ZERO, |sum, a| sum * at + *a);
            let text = secret_text(Share::<G> { secret: share }, |share| {
                zeroize::Zeroize::zeroize(&mut share.secret);
            });
            secrets.push(pki::send(rng, *cipher, keys, &member.encryption, &text).map_err(cannot)?);
        }
        let points: Vec<G::Point> = coefficients.iter().map(|a| G::exp_g(a)).collect();
        let raw = RawCoefexps::<G> { coefexps: G::encode_all(&points) };
        let signature = keys.sign(rng, &next.certificates.statement(&raw.coefexps));
        let coefexps = keys.signed(rng, json::to_string(&raw));
        Ok((next, json::to_string(&Polynomial { polynomial, secrets, coefexps, signature })))
    }

    /// The next state without another polynomial, where one has been sent already.
    fn with_certificates(&self, certs: &[u8]) -> Result<PolynomialSent<G>, Rejected> {
        let context = &self.seat.context;
        let certificates = Certificates::<G>::parse(certs, context.threshold).map_err(first)?;
        let me = self.seat.me();
        let at_my_place = certificates.members.get(self.seat.position());
        let mine = at_my_place.is_some_and(|member| {
            (member.verification, member.encryption) == (me.verification, me.encryption)
        });
        if !mine || u32::try_from(certificates.size()).ok() != Some(context.size) {
            let reason = format!(
                "certs.jsons is not of the group in which this seed has place {} of {}",
                context.index, context.size
            );
            return Err(refused(COORDINATOR, reason));
        }
        Ok(PolynomialSent { seat: self.seat.clone(), certificates })
    }
}

/// The JSON of a secret value, which is wiped with `wipe` once it is written.
fn secret_text<T: Serialize>(mut value: T, wipe: impl Fn(&mut T)) -> Zeroizing<String> {
    let text = Zeroizing::new(json::to_string(&value));
    wipe(&mut value);
    text
}

/// A member whose polynomial is sent, waiting for the others' shares.
#[derive(Clone)]
pub struct PolynomialSent<G: Group> {
    seat: Seat<G>,
    certificates: Certificates<G>,
}

impl<G: Group> PolynomialSent<G> {
    /// Opens the shares (`.vinput`), checks each against its sender's public coefficients, and answers with the public key
    /// share, signed, and the private one, encrypted to itself (`.voutput`). A share that does not hold is a complaint: a
    /// refusal that names its sender. Implements CheckShares.
    pub fn receive_shares(
        &self,
        rng: &mut impl CryptoRng,
        vinput: &[u8],
    ) -> Result<(SharesChecked<G>, String), Rejected> {
        let next = self.with_shares(vinput)?;
        let keys = &self.seat.keys;
        let mut public_key = PublicKey::<G>::prove(rng, next.share.scalar(), None);
        public_key.signature = Some(keys.sign(rng, &public_key.public_key.to_string()));
        let text = secret_text(DecryptionKey::<G> { decryption_key: *next.share.scalar() }, |key| {
            zeroize::Zeroize::zeroize(&mut key.decryption_key);
        });
        let private_key = pki::send(rng, self.seat.cipher, keys, &keys.encryption(), &text)
            .map_err(|reason| Misuse(format!("a message could not be encrypted: {reason}")))?;
        Ok((next, json::to_string(&Voutput { private_key, public_key })))
    }

    fn with_shares(&self, vinput: &[u8]) -> Result<SharesChecked<G>, Rejected> {
        let Seat { keys, context, .. } = &self.seat;
        let vinput: Vinput<G> = json::parse(without_line_end(vinput))
            .map_err(|error| refused(COORDINATOR, format!("this .vinput cannot be read: {error}")))?;
        let size = self.certificates.size();
        let counts = [vinput.secrets.len(), vinput.coefexps.len(), vinput.signatures.len()];
        if counts.iter().any(|count| *count != size) {
            return Err(refused(COORDINATOR, format!("this .vinput is not of a group of {size} trustees")));
        }
        let mut rows = Vec::with_capacity(size);
        for (i, (coefexps, signature)) in vinput.coefexps.iter().zip(&vinput.signatures).enumerate() {
            let row = self.certificates.check_coefexps(i, coefexps, signature);
            rows.push(row.map_err(|reason| refused(named(i + 1), reason))?);
        }
        let me = self.seat.me();
        let own = pki::receive(keys, &me.verification_point, &vinput.polynomial).map_err(|reason| {
            refused(COORDINATOR, format!("it did not return our own polynomial: {reason}"))
        })?;
        let own: RawPolynomial<G> = json::parse(own.as_bytes())
            .map_err(|_| refused(COORDINATOR, "it did not return our own polynomial"))?;
        let own = Zeroizing::new(own.polynomial);
        let points: Vec<G::Point> = own.iter().map(|a| G::exp_g(a)).collect();
        if rows.get(self.seat.position()) != Some(&points) {
            return Err(refused(COORDINATOR, "our own coefficients are not those of our own polynomial"));
        }
        let mut sum = Zeroizing::new(G::Scalar::ZERO);
        for (i, ((text, sender), row)) in
            vinput.secrets.iter().zip(&self.certificates.members).zip(&rows).enumerate()
        {
            let complain = |reason: String| refused(named(i + 1), reason);
            let share = pki::receive(keys, &sender.verification_point, text)
                .map_err(|reason| complain(format!("its share for trustee {}: {reason}", context.index)))?;
            let share: Share<G> = json::parse(share.as_bytes())
                .map_err(|_| complain(format!("its share for trustee {} cannot be read", context.index)))?;
            let share = Zeroizing::new(share.secret);
            if G::exp_g(&share) != evaluate::<G>(row, context.index) {
                let reason =
                    format!("its share for trustee {} does not match its public coefficients", context.index);
                return Err(complain(reason));
            }
            *sum = *sum + *share;
        }
        let share = PrivateKey::new(*sum)
            .ok_or_else(|| refused(COORDINATOR, "the shares add up to zero; hold the ceremony anew"))?;
        let (seat, certificates) = (self.seat.clone(), self.certificates.clone());
        Ok(SharesChecked { seat, certificates, coefexps: vinput.coefexps, share })
    }
}

/// A member whose share is made, waiting for the group's public key.
#[derive(Clone)]
pub struct SharesChecked<G: Group> {
    seat: Seat<G>,
    certificates: Certificates<G>,
    coefexps: Vec<SignedMessage<G>>,
    share: PrivateKey<G>,
}

impl<G: Group> SharesChecked<G> {
    /// Verifies the group's public part (`threshold.json`), that it is made of the messages which this member saw and holds
    /// its key, and that the encrypted share (`.dkey`) opens. Implements AcceptGroup.
    pub fn receive_result(&self, threshold: &[u8], dkey: &[u8]) -> Result<Ready<G>, Rejected> {
        let wrong = |reason: String| refused(COORDINATOR, reason);
        let group = Pedersen::<G>::parse(threshold)
            .map_err(|error| wrong(format!("this threshold.json cannot be read: {error}")))?;
        group.verify_as(1).map_err(first)?;
        if group.threshold != self.certificates.threshold || group.certs != self.certificates.certs {
            return Err(wrong("this threshold.json has other certificates than those we verified".into()));
        }
        if group.coefexps != self.coefexps {
            return Err(wrong("this threshold.json has other coefficients than those we verified".into()));
        }
        let secret = ThresholdSecret::<G>::open(self.seat.seed.clone(), dkey)?;
        let public = secret.share.public();
        let mine = group.verification_keys.get(self.seat.position()).map(|key| key.public_key);
        if public != self.share.public() || mine != Some(public) {
            return Err(wrong("this .dkey is not the share that we made".into()));
        }
        Ok(Ready { group, secret })
    }
}

/// A member who can decrypt.
#[derive(Clone)]
pub struct Ready<G: Group> {
    /// The group's public part.
    pub group: Pedersen<G>,
    /// This member's secret.
    pub secret: ThresholdSecret<G>,
}

/// The files that a member has made or received so far; the seed apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// Its own certificate (`.cert`).
    pub certificate: Option<&'a [u8]>,
    /// Everybody's certificates (`certs.jsons`).
    pub certificates: Option<&'a [u8]>,
    /// Its own polynomial, once made.
    pub polynomial: Option<&'a [u8]>,
    /// Everybody's shares for it (`.vinput`).
    pub shares: Option<&'a [u8]>,
    /// Its own answer to them (`.voutput`), once made.
    pub answer: Option<&'a [u8]>,
    /// The group's public part (`threshold.json`).
    pub threshold: Option<&'a [u8]>,
    /// Its encrypted share (`.dkey`).
    pub dkey: Option<&'a [u8]>,
}

/// Where a member stands.
#[derive(Clone)]
pub enum Participant<G: Group> {
    /// Its certificate is made; everybody's are due from the coordinator.
    Certified(Certified<G>),
    /// Its polynomial is made; everybody's shares are due from the coordinator.
    PolynomialSent(PolynomialSent<G>),
    /// Its key share is made; the group's public part is due from the coordinator.
    SharesChecked(SharesChecked<G>),
    /// It can decrypt.
    Ready(Ready<G>),
}

impl<G: Group> Participant<G> {
    /// Finds the state again from the seed and the files at hand, verifying them anew. A message that was received but not
    /// answered yet is not taken into account: the transition that answers it is next.
    pub fn resume(seed: Seed, files: Files<'_>) -> Result<Participant<G>, Rejected> {
        let Some(certificate) = files.certificate else {
            return Err(Misuse("without its certificate a trustee stands at the beginning".into()).into());
        };
        let keys = seed.keys::<G>();
        let unreadable = |reason: String| Misuse(format!("this is not our own certificate: {reason}"));
        let cert: SignedMessage<G> =
            json::parse(without_line_end(certificate)).map_err(|error| unreadable(error.to_string()))?;
        let (context, certified) = check_cert(&cert).map_err(unreadable)?;
        if certified.verification != keys.verification() {
            return Err(unreadable("it belongs to another seed".into()).into());
        }
        let context = context.ok_or_else(|| unreadable("it has no context".into()))?;
        if context.group != G::NAME {
            return Err(unreadable(format!("it is for the group {:?}", context.group)).into());
        }
        let Invited { seat } = Invited::new(seed, context.index, context.threshold, context.size)?;
        let certified = Certified { seat };
        let (Some(certs), Some(_)) = (files.certificates, files.polynomial) else {
            return Ok(Participant::Certified(certified));
        };
        let sent = certified.with_certificates(certs)?;
        let (Some(shares), Some(_)) = (files.shares, files.answer) else {
            return Ok(Participant::PolynomialSent(sent));
        };
        let checked = sent.with_shares(shares)?;
        let (Some(threshold), Some(dkey)) = (files.threshold, files.dkey) else {
            return Ok(Participant::SharesChecked(checked));
        };
        checked.receive_result(threshold, dkey).map(Participant::Ready)
    }

    /// The same, encrypting in the other form from here on.
    pub fn with_cipher(mut self, cipher: Cipher) -> Participant<G> {
        match &mut self {
            Participant::Certified(state) => state.seat.cipher = cipher,
            Participant::PolynomialSent(state) => state.seat.cipher = cipher,
            Participant::SharesChecked(state) => state.seat.cipher = cipher,
            Participant::Ready(_) => {}
        }
        self
    }

    /// The file that is due next from the coordinator; `None` at the end.
    pub fn due(&self) -> Option<&'static str> {
        match self {
            Participant::Certified(_) => Some("certs.jsons"),
            Participant::PolynomialSent(_) => Some(".vinput"),
            Participant::SharesChecked(_) => Some("threshold.json and .dkey"),
            Participant::Ready(_) => None,
        }
    }
}

/// Where a ceremony stands, as the coordinator sees it; trustees by their place in the group, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Certificates are due.
    Certificates {
        /// From whom.
        due: Vec<usize>,
    },
    /// All certificates are there and to be handed to everyone; polynomials are due.
    Polynomials {
        /// From whom.
        due: Vec<usize>,
    },
    /// All polynomials are there and each one's shares to be handed to it; answers are due.
    Answers {
        /// From whom.
        due: Vec<usize>,
    },
    /// The group's public part can be published.
    Complete,
}

/// A polynomial with its verified coefficients in the exponent.
type Dealt<G> = (Polynomial<G>, Vec<<G as Group>::Point>);

/// The secretary's machine: takes each member's messages, verifies what can be verified without a secret, passes them on.
/// It can delay the ceremony, and it cannot learn or choose the key.
#[derive(Clone)]
pub struct Coordinator<G: Group> {
    threshold: u32,
    size: u32,
    certs: Vec<Option<(SignedMessage<G>, Member<G>)>>,
    certificates: Option<Certificates<G>>,
    polynomials: Vec<Option<Dealt<G>>>,
    /// The coefficients of the sum of all polynomials, in the exponent, once they are there.
    columns: Option<Vec<G::Point>>,
    answers: Vec<Option<Voutput<G>>>,
}

impl<G: Group> Coordinator<G> {
    /// A ceremony for a group of `size` of whom `threshold` decrypt.
    pub fn new(threshold: u32, size: u32) -> Result<Coordinator<G>, Misuse> {
        check_shape(threshold, size)?;
        let places = usize::try_from(size).unwrap_or_default();
        Ok(Coordinator {
            threshold,
            size,
            certs: vec![None; places],
            certificates: None,
            polynomials: vec![None; places],
            columns: None,
            answers: vec![None; places],
        })
    }

    /// Where the ceremony stands, and what is due from whom.
    pub fn step(&self) -> Step {
        fn missing<T>(of: &[Option<T>]) -> Vec<usize> {
            (1..).zip(of).filter(|(_, item)| item.is_none()).map(|(place, _)| place).collect()
        }
        if self.certificates.is_none() {
            return Step::Certificates { due: missing(&self.certs) };
        }
        match (missing(&self.polynomials), missing(&self.answers)) {
            (due, _) if !due.is_empty() => Step::Polynomials { due },
            (_, due) if !due.is_empty() => Step::Answers { due },
            _ => Step::Complete,
        }
    }

    /// Takes a certificate (`.cert`), which says itself whose place it is for; gives that place. The same one twice is no
    /// fault, another one for the same place is.
    pub fn receive_certificate(&mut self, bytes: &[u8]) -> Result<usize, Rejected> {
        let nobody = |reason: String| refused("certificate", reason);
        let cert: SignedMessage<G> = json::parse(without_line_end(bytes))
            .map_err(|error| nobody(format!("it cannot be read: {error}")))?;
        let (context, certified) = check_cert(&cert).map_err(nobody)?;
        let index = context.as_ref().map(|context| context.index);
        let index =
            index.ok_or_else(|| nobody("it has no context (the form before Belenios 2.5.1)".into()))?;
        let expected =
            Context { group: G::NAME.to_owned(), size: self.size, threshold: self.threshold, index };
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        if context.as_ref() != Some(&expected) {
            return Err(refused(named(place), pedersen::wrong_context(context.as_ref(), &expected)));
        }
        for (i, other) in self.certs.iter().enumerate() {
            let Some((_, theirs)) = other.as_ref().filter(|_| i + 1 != place) else { continue };
            let keys = [theirs.verification, theirs.encryption];
            if keys.contains(&certified.verification) || keys.contains(&certified.encryption) {
                let reason = format!("a key in its certificate stands also in that of trustee {}", i + 1);
                return Err(refused(named(place), reason));
            }
        }
        match place.checked_sub(1).and_then(|i| self.certs.get_mut(i)) {
            None => return Err(nobody(format!("there is no trustee {index} in a group of {}", self.size))),
            Some(Some((before, _))) if *before != cert => {
                return Err(refused(named(place), "it has sent another certificate before"));
            }
            Some(slot) => *slot = Some((cert, certified)),
        }
        let certs = self.certs.iter().map(|item| item.as_ref().map(|(cert, _)| cert.clone()));
        if let Some(certs) = certs.collect::<Option<Vec<_>>>() {
            self.certificates = Some(Certificates::verify(certs, self.threshold, 1).map_err(first)?);
        }
        Ok(place)
    }

    /// All certificates, once they are there: the content of `certs.jsons`, for everyone.
    pub fn certificates(&self) -> Option<&Certificates<G>> {
        self.certificates.as_ref()
    }

    /// The name under which Belenios files this member's messages: 64 hexadecimal digits.
    pub fn file_name(&self, place: usize) -> Option<String> {
        let cert = self.certificates.as_ref()?.certs.get(place.checked_sub(1)?)?;
        Some(pedersen::identifier(cert))
    }

    /// Takes a polynomial from the member at this place.
    pub fn receive_polynomial(&mut self, from: usize, bytes: &[u8]) -> Result<(), Rejected> {
        let certificates = self
            .certificates
            .as_ref()
            .ok_or_else(|| Misuse("a polynomial can only be taken once every certificate is there".into()))?;
        let position = self.position(from)?;
        let wrong = |reason: String| refused(named(from), reason);
        let message: Polynomial<G> = json::parse(without_line_end(bytes))
            .map_err(|error| wrong(format!("its polynomial cannot be read: {error}")))?;
        let signer = |member: &Member<G>| message.coefexps.verify(&member.verification_point);
        if !certificates.members.get(position).is_some_and(signer)
            && let Some(other) = certificates.members.iter().position(signer)
        {
            return Err(wrong(format!("its polynomial is signed by trustee {}", other + 1)));
        }
        let points =
            certificates.check_coefexps(position, &message.coefexps, &message.signature).map_err(wrong)?;
        if message.secrets.len() != certificates.size() {
            return Err(wrong(format!("it has sent {} shares", message.secrets.len())));
        }
        for text in message.secrets.iter().chain([&message.polynomial]) {
            json::parse::<EncryptedMessage<G>>(text.as_bytes())
                .map_err(|error| wrong(format!("one of its shares is no encrypted message: {error}")))?;
        }
        match self.polynomials.get_mut(position) {
            Some(Some((before, _))) if *before != message => {
                return Err(wrong("it has sent another polynomial before".into()));
            }
            Some(slot) => *slot = Some((message, points)),
            None => return Err(Misuse(format!("there is no trustee {from}")).into()),
        }
        let rows = self.polynomials.iter().map(|item| item.as_ref().map(|(_, points)| points.clone()));
        self.columns = rows.collect::<Option<Vec<_>>>().map(|rows| columns::<G>(&rows, self.threshold));
        Ok(())
    }

    /// All polynomials, once they are there: the content of `polynomials.jsons`, which `belenios-tool` reads.
    pub fn polynomials(&self) -> Option<String> {
        let lines = self
            .polynomials
            .iter()
            .map(|item| item.as_ref().map(|(polynomial, _)| json::to_string(polynomial) + "\n"));
        lines.collect()
    }

    /// Everybody's shares for the member at this place (`.vinput`), once all polynomials are there.
    pub fn shares_for(&self, place: usize) -> Option<String> {
        let position = place.checked_sub(1)?;
        let all = self.polynomials.iter().map(|item| item.as_ref().map(|(polynomial, _)| polynomial));
        let all = all.collect::<Option<Vec<_>>>()?;
        let vinput = Vinput {
            polynomial: all.get(position)?.polynomial.clone(),
            secrets: all.iter().map(|p| p.secrets.get(position).cloned()).collect::<Option<_>>()?,
            coefexps: all.iter().map(|p| p.coefexps.clone()).collect(),
            signatures: all.iter().map(|p| p.signature).collect(),
        };
        Some(json::to_string(&vinput))
    }

    /// Takes the answer (`.voutput`) of the member at this place.
    pub fn receive_answer(&mut self, from: usize, bytes: &[u8]) -> Result<(), Rejected> {
        let position = self.position(from)?;
        let (Some(certificates), Some(columns)) = (&self.certificates, &self.columns) else {
            return Err(Misuse("an answer can only be taken once every polynomial is there".into()).into());
        };
        let wrong = |reason: String| refused(named(from), reason);
        let answer: Voutput<G> = json::parse(without_line_end(bytes))
            .map_err(|error| wrong(format!("its answer cannot be read: {error}")))?;
        certificates.check_share(position, columns, &answer.public_key).map_err(wrong)?;
        json::parse::<EncryptedMessage<G>>(answer.private_key.as_bytes())
            .map_err(|error| wrong(format!("its private share is no encrypted message: {error}")))?;
        match self.answers.get_mut(position) {
            Some(Some(before)) if *before != answer => Err(wrong("it has sent another answer before".into())),
            Some(slot) => {
                *slot = Some(answer);
                Ok(())
            }
            None => Err(Misuse(format!("there is no trustee {from}")).into()),
        }
    }

    /// Ends the ceremony: the group's public part, verified, and each member's encrypted share.
    pub fn finish(&self) -> Result<Outcome<G>, Rejected> {
        let early = || Rejected::from(Misuse("the ceremony is not complete".into()));
        let certificates = self.certificates.as_ref().ok_or_else(early)?;
        let polynomials = self.polynomials.iter().flatten();
        let answers: Vec<&Voutput<G>> = self.answers.iter().flatten().collect();
        if answers.len() != certificates.size() {
            return Err(early());
        }
        let group = Pedersen {
            threshold: self.threshold,
            certs: certificates.certs.clone(),
            coefexps: polynomials.clone().map(|(polynomial, _)| polynomial.coefexps.clone()).collect(),
            signatures: Some(polynomials.map(|(polynomial, _)| polynomial.signature).collect()),
            verification_keys: answers.iter().map(|answer| answer.public_key.clone()).collect(),
        };
        group.verify_as(1).map_err(first)?;
        let dkeys = answers.iter().map(|answer| answer.private_key.clone()).collect();
        Ok(Outcome { group, dkeys })
    }

    fn position(&self, place: usize) -> Result<usize, Rejected> {
        let position = place.checked_sub(1).filter(|i| *i < self.certs.len());
        position
            .ok_or_else(|| Misuse(format!("there is no trustee {place} in a group of {}", self.size)).into())
    }
}

/// What a ceremony ends in.
#[derive(Clone)]
pub struct Outcome<G: Group> {
    /// The group's public part: `threshold.json`, an item of the list of trustees.
    pub group: Pedersen<G>,
    /// Each member's encrypted share, the content of its `.dkey`, in order.
    pub dkeys: Vec<String>,
}

/// Holds a whole ceremony in memory, every party in this process: for rehearsals. Each message is written and read as in a
/// real one.
pub fn hold_ceremony<G: Group>(
    rng: &mut impl CryptoRng,
    threshold: u32,
    size: u32,
) -> Result<(Pedersen<G>, Vec<ThresholdSecret<G>>), Rejected> {
    let early = || Rejected::from(Misuse("the ceremony is not complete".into()));
    let mut coordinator = Coordinator::<G>::new(threshold, size)?;
    let mut certified = Vec::new();
    for index in 1..=size {
        let invited = Invited::<G>::new(Seed::generate(rng), index, threshold, size)?;
        let (state, cert) = invited.certify(rng);
        coordinator.receive_certificate(cert.as_bytes())?;
        certified.push(state);
    }
    let certs = coordinator.certificates().ok_or_else(early)?.to_file();
    let mut sent = Vec::new();
    for (place, state) in (1..).zip(&certified) {
        let (state, polynomial) = state.receive_certificates(rng, certs.as_bytes())?;
        coordinator.receive_polynomial(place, polynomial.as_bytes())?;
        sent.push(state);
    }
    let mut checked = Vec::new();
    for (place, state) in (1..).zip(&sent) {
        let vinput = coordinator.shares_for(place).ok_or_else(early)?;
        let (state, answer) = state.receive_shares(rng, vinput.as_bytes())?;
        coordinator.receive_answer(place, answer.as_bytes())?;
        checked.push(state);
    }
    let Outcome { group, dkeys } = coordinator.finish()?;
    let threshold = json::to_string(&group);
    let mut secrets = Vec::new();
    for (state, dkey) in checked.iter().zip(&dkeys) {
        secrets.push(state.receive_result(threshold.as_bytes(), dkey.as_bytes())?.secret);
    }
    Ok((group, secrets))
}
