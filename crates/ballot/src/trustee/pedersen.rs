//! A group of trustees of whom any `threshold` decrypt: what the archive says of it (Belenios specification 3.0, section
//! "Threshold parameters"; the form since Belenios 2.5.1).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::checks;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{self, JsonError};
use crate::parallel;
use crate::refusal::{Misuse, Refusal};
use crate::sigma::Proof;

use super::pki::{self, SignedMessage};
use super::secret::without_line_end;
use super::single::PublicKey;
use super::{MAX_COEFFICIENTS, MAX_TRUSTEES, named};

/// A threshold group: `threshold_parameters`, the content of `threshold.json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Pedersen<G: Group> {
    /// How many members decrypt.
    pub threshold: u32,
    /// Each member's certificate.
    pub certs: Vec<SignedMessage<G>>,
    /// Each member's coefficients in the exponent, signed.
    pub coefexps: Vec<SignedMessage<G>>,
    /// Each member's signature over all certificates and its own coefficients (since Belenios 2.5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Proof<G>>>,
    /// Each member's public key share.
    pub verification_keys: Vec<PublicKey<G>>,
}

/// Which place in which group a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The group's name.
    pub group: String,
    /// How many members.
    pub size: u32,
    /// How many of them decrypt.
    pub threshold: u32,
    /// Which of them, from 1.
    pub index: u32,
}

impl Context {
    /// A place in a group, which must exist: threshold and index from 1 to the size, the size at most [`MAX_TRUSTEES`].
    pub fn new<G: Group>(index: u32, threshold: u32, size: u32) -> Result<Context, Misuse> {
        check_shape(threshold, size)?;
        if !(1..=size).contains(&index) {
            return Err(Misuse(format!("there is no trustee {index} in a group of {size}")));
        }
        Ok(Context { group: G::NAME.to_owned(), size, threshold, index })
    }
}

/// Whether there can be a group of this size.
pub(super) fn check_shape(threshold: u32, size: u32) -> Result<(), Misuse> {
    if usize::try_from(size).unwrap_or(usize::MAX) > MAX_TRUSTEES {
        return Err(Misuse(format!("a group has at most {MAX_TRUSTEES} trustees, not {size}")));
    }
    if !(1..=size).contains(&threshold) {
        return Err(Misuse(format!("the threshold {threshold} is not between 1 and the {size} trustees")));
    }
    if coefficients(threshold, size) > MAX_COEFFICIENTS {
        return Err(Misuse(format!(
            "trustees times threshold is at most {MAX_COEFFICIENTS}, and {threshold} of {size} is more"
        )));
    }
    Ok(())
}

fn coefficients(threshold: u32, size: u32) -> usize {
    usize::try_from(u64::from(threshold) * u64::from(size)).unwrap_or(usize::MAX)
}

/// What a certificate certifies: `cert_keys`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct CertKeys<G: Group> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<Context>,
    pub(super) verification: G::Element,
    pub(super) encryption: G::Element,
}

/// What a member's signed coefficients say: `raw_coefexps`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct RawCoefexps<G: Group> {
    pub(super) coefexps: Vec<G::Element>,
}

/// What the signature over all certificates covers, after `certs_sig|`.
#[derive(Serialize)]
#[serde(bound = "")]
struct CertsAndCoefexps<'a, G: Group> {
    certs: &'a [SignedMessage<G>],
    coefexps: &'a [G::Element],
}

/// The name under which Belenios files a member's messages: the hexadecimal SHA-256 of what its certificate signs.
pub(super) fn identifier<G: Group>(cert: &SignedMessage<G>) -> String {
    Hash::of(cert.message.as_bytes()).to_string()
}

/// A point that may stand where a key stands: not the identity, in the prime-order subgroup.
pub(super) fn check_point<G: Group>(what: &str, element: &G::Element) -> Result<G::Point, String> {
    let point = G::point(element);
    if G::is_identity(&point) {
        return Err(format!("{what} is the identity"));
    }
    if !G::in_subgroup(&point) {
        return Err(format!("{what} is outside the prime-order subgroup"));
    }
    Ok(point)
}

/// The keys of one verified certificate.
#[derive(Clone)]
pub(super) struct Certified<G: Group> {
    pub(super) verification: G::Element,
    pub(super) verification_point: G::Point,
    pub(super) encryption: G::Element,
}

/// Reads one certificate without regard to its place.
pub(super) fn check_cert<G: Group>(
    cert: &SignedMessage<G>,
) -> Result<(Option<Context>, Certified<G>), String> {
    let keys: CertKeys<G> = json::parse(cert.message.as_bytes())
        .map_err(|error| format!("its certificate does not hold certified keys: {error}"))?;
    let verification_point = check_point::<G>("the verification key in its certificate", &keys.verification)?;
    check_point::<G>("the encryption key in its certificate", &keys.encryption)?;
    if !cert.verify(&verification_point) {
        return Err("its certificate is not signed with the key inside".into());
    }
    let (verification, encryption) = (keys.verification, keys.encryption);
    Ok((keys.context, Certified { verification, verification_point, encryption }))
}

/// The certificates of all members of a group, each verified and in its place: the content of `certs.jsons`.
#[derive(Clone)]
pub struct Certificates<G: Group> {
    pub(super) threshold: u32,
    pub(super) certs: Vec<SignedMessage<G>>,
    pub(super) members: Vec<Certified<G>>,
}

impl<G: Group> Certificates<G> {
    /// Reads `certs.jsons`, one certificate a line in the order of the members, and verifies them for a group of this
    /// threshold. Refusals name the trustees from 1.
    pub fn parse(bytes: &[u8], threshold: u32) -> Result<Certificates<G>, Vec<Refusal>> {
        let refuse = |reason: String| vec![Refusal::new(checks::TRUSTEES, "certs.jsons", reason)];
        let mut certs = Vec::new();
        for (i, line) in lines(bytes).enumerate() {
            if i >= MAX_TRUSTEES {
                return Err(refuse(format!("it has more than {MAX_TRUSTEES} lines")));
            }
            let cert = json::parse(line).map_err(|error| refuse(format!("line {}: {error}", i + 1)))?;
            certs.push(cert);
        }
        Certificates::verify(certs, threshold, 1)
    }

    /// Verifies the members' certificates in order; `first` is the owner index of the first.
    ///
    /// Implements VerifyCertificates.
    pub(super) fn verify(
        certs: Vec<SignedMessage<G>>,
        threshold: u32,
        first: usize,
    ) -> Result<Certificates<G>, Vec<Refusal>> {
        let size = u32::try_from(certs.len()).unwrap_or(u32::MAX);
        if let Err(Misuse(reason)) = check_shape(threshold, size) {
            return Err(vec![Refusal::new(checks::TRUSTEES, "trustees", reason)]);
        }
        let mut refusals = Vec::new();
        let mut members = Vec::with_capacity(certs.len());
        let mut seen = HashMap::new();
        for (i, (cert, index)) in certs.iter().zip(1u32..).enumerate() {
            let mut refuse = |reason: String| {
                refusals.push(Refusal::new(checks::TRUSTEES, named(first + i), reason));
            };
            match check_cert(cert) {
                Err(reason) => refuse(reason),
                Ok((context, certified)) => {
                    let expected = Context { group: G::NAME.to_owned(), size, threshold, index };
                    if context.as_ref() != Some(&expected) {
                        refuse(wrong_context(context.as_ref(), &expected));
                    }
                    for key in [certified.verification, certified.encryption] {
                        if let Some(before) = seen.insert(key, i) {
                            refuse(format!(
                                "a key in its certificate stands also in that of trustee {}",
                                first + before
                            ));
                        }
                    }
                    members.push(certified);
                }
            }
        }
        if refusals.is_empty() { Ok(Certificates { threshold, certs, members }) } else { Err(refusals) }
    }

    /// The file: one certificate a line.
    pub fn to_file(&self) -> String {
        self.certs.iter().map(|cert| json::to_string(cert) + "\n").collect()
    }

    /// How many members the group has.
    pub fn size(&self) -> usize {
        self.certs.len()
    }

    /// How many of them decrypt.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// What a member signs besides its coefficients.
    pub(super) fn statement(&self, coefexps: &[G::Element]) -> String {
        format!("certs_sig|{}", json::to_string(&CertsAndCoefexps::<G> { certs: &self.certs, coefexps }))
    }

    /// Checks the coefficients of one member (by position) and its signature over them and all certificates.
    pub(super) fn check_coefexps(
        &self,
        position: usize,
        coefexps: &SignedMessage<G>,
        signature: &Proof<G>,
    ) -> Result<Vec<G::Point>, String> {
        let key = &self.members.get(position).ok_or("there is no such trustee")?.verification_point;
        if !coefexps.verify(key) {
            return Err("its coefficients are not signed with the key of its certificate".into());
        }
        let raw: RawCoefexps<G> = json::parse(coefexps.message.as_bytes())
            .map_err(|error| format!("its coefficients cannot be read: {error}"))?;
        if u32::try_from(raw.coefexps.len()).ok() != Some(self.threshold) {
            return Err(format!("it has {} coefficients and not {}", raw.coefexps.len(), self.threshold));
        }
        let points: Vec<Result<G::Point, String>> =
            parallel::map(&raw.coefexps, |coefexp| check_point::<G>("one of its coefficients", coefexp));
        let points = points.into_iter().collect::<Result<Vec<_>, String>>()?;
        if !pki::verify(key, &self.statement(&raw.coefexps), signature) {
            return Err("its signature does not cover these certificates and its coefficients".into());
        }
        Ok(points)
    }

    /// Checks one member's public key share against everybody's coefficients, and its proof and signature.
    pub(super) fn check_share(
        &self,
        position: usize,
        columns: &[G::Point],
        public: &PublicKey<G>,
    ) -> Result<(), String> {
        let member = self.members.get(position).ok_or("there is no such trustee")?;
        let index = u32::try_from(position + 1).unwrap_or(u32::MAX);
        if G::point(&public.public_key) != evaluate::<G>(columns, index) {
            return Err("its key is not the one that the coefficients give".into());
        }
        public.check()?;
        let signature =
            public.signature.as_ref().ok_or("its key is not signed (the form before Belenios 3.0)")?;
        if !pki::verify(&member.verification_point, &public.public_key.to_string(), signature) {
            return Err("its key is not signed with the key of its certificate".into());
        }
        Ok(())
    }
}

/// Says how a certificate is in the wrong place.
pub(super) fn wrong_context(found: Option<&Context>, expected: &Context) -> String {
    let Some(found) = found else {
        return "its certificate has no context (the form before Belenios 2.5.1)".into();
    };
    if found.group != expected.group {
        format!("its certificate is for the group {:?} and not {}", found.group, expected.group)
    } else if (found.threshold, found.size) != (expected.threshold, expected.size) {
        format!(
            "its certificate is for {} of {} trustees and not {} of {}",
            found.threshold, found.size, expected.threshold, expected.size
        )
    } else {
        format!("its certificate is for trustee {} and not {}", found.index, expected.index)
    }
}

/// The products of all members' coefficients, degree by degree: the coefficients of the sum of their polynomials.
pub(super) fn columns<G: Group>(coefexps: &[Vec<G::Point>], threshold: u32) -> Vec<G::Point> {
    let degrees = usize::try_from(threshold).unwrap_or_default();
    let column = |k| coefexps.iter().filter_map(|row| row.get(k)).fold(G::identity(), |a, b| G::mul(&a, b));
    (0..degrees).map(column).collect()
}

/// `∏ A_k^(j^k)`, by Horner's rule in the exponent: `j` is small, so a step costs a few multiplications.
pub(super) fn evaluate<G: Group>(coefexps: &[G::Point], j: u32) -> G::Point {
    coefexps.iter().rev().fold(G::identity(), |sum, coefexp| G::mul(&small_power::<G>(&sum, j), coefexp))
}

fn small_power<G: Group>(base: &G::Point, exponent: u32) -> G::Point {
    let bits = (0..u32::BITS - exponent.leading_zeros()).rev();
    bits.fold(G::identity(), |power, bit| {
        let square = G::mul(&power, &power);
        if exponent >> bit & 1 == 1 { G::mul(&square, base) } else { square }
    })
}

/// `λ_j = ∏ k/(k − j)` over the other indexes. Implements Lagrange.
pub(super) fn lagrange<S: Scalar>(indexes: &[u64], j: u64) -> S {
    let others = indexes.iter().filter(|k| **k != j).map(|k| S::from_u64(*k));
    let (numerator, denominator) =
        others.fold((S::ONE, S::ONE), |(above, below), k| (above * k, below * (k - S::from_u64(j))));
    numerator * denominator.invert()
}

/// The lines of a `.jsons` file.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = without_line_end(bytes);
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

/// What verifying a group gives.
pub(super) struct VerifiedGroup<G: Group> {
    /// The group's key.
    pub(super) key: G::Point,
    /// The verification key of each certificate.
    pub(super) verifications: Vec<G::Element>,
}

impl<G: Group> Pedersen<G> {
    /// Reads `threshold.json`, which must be canonical; one line end after it is allowed.
    pub fn parse(bytes: &[u8]) -> Result<Pedersen<G>, JsonError> {
        json::parse(without_line_end(bytes))
    }

    /// Checks all of it for a group whose first member has the owner index `first`; gives the group's key and the
    /// verification keys in its certificates.
    ///
    /// Implements VerifyPedersen.
    pub(super) fn verify_as(&self, first: usize) -> Result<VerifiedGroup<G>, Vec<Refusal>> {
        let refuse = |reason: String| Err(vec![Refusal::new(checks::TRUSTEES, "trustees", reason)]);
        let size = self.certs.len();
        let old = self.certs.iter().any(|cert| {
            json::parse::<CertKeys<G>>(cert.message.as_bytes()).is_ok_and(|keys| keys.context.is_none())
        });
        let Some(signatures) = self.signatures.as_ref().filter(|_| !old) else {
            return refuse(
                "this is the threshold form before Belenios 2.5.1: its certificates have no context, or its members did \
                 not sign them all, so it cannot be shown that they agreed on one group"
                    .into(),
            );
        };
        for (what, count) in [
            ("lists of coefficients", self.coefexps.len()),
            ("signatures", signatures.len()),
            ("verification keys", self.verification_keys.len()),
        ] {
            if count != size {
                return refuse(format!("a threshold group of {size} certificates has {count} {what}"));
            }
        }
        let certificates = Certificates::verify(self.certs.clone(), self.threshold, first)?;
        let mut refusals = Vec::new();
        let mut coefexps = Vec::with_capacity(size);
        for (i, (signed, signature)) in self.coefexps.iter().zip(signatures).enumerate() {
            match certificates.check_coefexps(i, signed, signature) {
                Ok(points) => coefexps.push(points),
                Err(reason) => refusals.push(Refusal::new(checks::TRUSTEES, named(first + i), reason)),
            }
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let columns = columns::<G>(&coefexps, self.threshold);
        let positions: Vec<usize> = (0..size).collect();
        let shares = parallel::map(&positions, |i| {
            let key = self.verification_keys.get(*i).ok_or("it has no verification key")?;
            certificates.check_share(*i, &columns, key)
        });
        for (i, share) in shares.into_iter().enumerate() {
            if let Err(reason) = share {
                refusals.push(Refusal::new(checks::TRUSTEES, named(first + i), reason));
            }
        }
        match columns.first() {
            Some(key) if refusals.is_empty() => {
                let verifications = certificates.members.iter().map(|member| member.verification).collect();
                Ok(VerifiedGroup { key: *key, verifications })
            }
            _ => Err(refusals),
        }
    }
}
