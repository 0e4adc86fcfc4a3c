//! Keys and signatures: what is admitted, and that every way to verify gives one verdict on every input.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

#[path = "../../audit/tests/support/by_hand.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod by_hand;

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::key::{Algorithm, KeyError, PreparedKey, PublicKey, SecretKey, Vkey, key_id};
use by_hand::{Nonce, beyond_order, scalar, sign, strange_encodings};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use proptest::prelude::*;
use sha2::{Digest, Sha512};

/// What the specification of `verify_strict` says, step by step, on points decoded one by one.
fn by_the_book(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let (r, s) = signature.split_at(32);
    let (r, s): ([u8; 32], [u8; 32]) = (r.try_into().unwrap(), s.try_into().unwrap());
    let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)) else { return false };
    let Some(a) = CompressedEdwardsY(*key).decompress() else { return false };
    let Some(point) = CompressedEdwardsY(r).decompress() else { return false };
    if a.is_small_order() || point.is_small_order() || point.compress().0 != r {
        return false;
    }
    let hash: [u8; 64] =
        Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize().into();
    let k = Scalar::from_bytes_mod_order_wide(&hash);
    (EdwardsPoint::mul_base(&s) - a * k - point).is_identity()
}

/// The one verdict of every way.
fn verdict(key: &PublicKey, prepared: &PreparedKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let verdict = key.verify(message, signature);
    assert_eq!(prepared.verify(message, signature), verdict, "{}", hex::encode(signature));
    assert_eq!(by_the_book(key.bytes(), message, signature), verdict, "{}", hex::encode(signature));
    verdict
}

/// A few keys with their tables.
fn keys() -> &'static [([u8; 32], PublicKey, PreparedKey)] {
    static KEYS: OnceLock<Vec<([u8; 32], PublicKey, PreparedKey)>> = OnceLock::new();
    KEYS.get_or_init(|| {
        [1, 2, 77, 255]
            .map(|byte| {
                let seed = [byte; 32];
                let key = SecretKey::from_seed(&seed).public();
                let prepared = key.prepare();
                (seed, key, prepared)
            })
            .into()
    })
}

/// RFC 8032 §7.1, tests 1 and 2.
#[test]
fn rfc_8032() {
    for (seed, public, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ] {
        let seed: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
        let secret = SecretKey::from_seed(&seed);
        let message = hex::decode(message).unwrap();
        assert_eq!(hex::encode(secret.public().bytes()), public);
        assert_eq!(secret.public_bytes(), secret.public().bytes());
        assert_eq!(hex::encode(secret.sign(&message)), signature);
        let bytes: [u8; 64] = hex::decode(signature).unwrap().try_into().unwrap();
        let key = secret.public();
        assert!(verdict(&key, &key.prepare(), &message, &bytes));
    }
}

#[test]
fn only_sound_keys_are_admitted() {
    for encoding in strange_encodings() {
        assert!(PublicKey::parse(&encoding).is_err(), "{}", hex::encode(encoding));
    }
    for (at, point) in EIGHT_TORSION.iter().enumerate() {
        assert_eq!(PublicKey::parse(&point.compress().0).err(), Some(KeyError::Order));
        for secret in [1_u64, 2, 3, 1 << 40] {
            let key = by_hand::public(&Scalar::from(secret), at);
            assert_eq!(PublicKey::parse(&key).is_ok(), at == 0);
        }
    }
    // The group's order is what it is.
    assert_eq!(Option::<Scalar>::from(Scalar::from_canonical_bytes(by_hand::ORDER)), None);
    let mut below = by_hand::ORDER;
    below[0] -= 1;
    assert_eq!(Option::<Scalar>::from(Scalar::from_canonical_bytes(below)), Some(-Scalar::ONE));
    // The sign bit gives another point or none, never the same one.
    for (_, key, _) in keys() {
        let mut other = *key.bytes();
        other[31] ^= 0x80;
        assert!(PublicKey::parse(&other).is_ok_and(|other| other != *key));
    }
}

#[test]
fn edges() {
    let message = b"Acta de la asamblea";
    for (seed, key, prepared) in keys() {
        let secret = scalar(seed);
        let check = |signature: &[u8; 64]| verdict(key, prepared, message, signature);
        let sign = |nonce, encoding| sign(&secret, key.bytes(), nonce, encoding, message);
        // Any nonce makes a valid signature, if R is no point of small order.
        for r in [1, 2, 5, u64::MAX] {
            let good = sign(Nonce::new(r), None);
            assert!(check(&good));
            for times in 1..16 {
                assert!(!beyond_order(&good, times).is_some_and(|bytes| check(&bytes)), "S + {times} orders");
            }
            for torsion in 1..8 {
                assert!(!check(&sign(Nonce::new(r).with_torsion(torsion), None)), "R of mixed order");
            }
            let mut negated = good;
            negated[31] ^= 0x80;
            assert!(!check(&negated));
        }
        let last = Nonce { r: -Scalar::ONE, torsion: 0 };
        assert!(check(&sign(last, None)));
        // R of small order, S right for it, R also in its second encodings: the identity satisfies the equation.
        for torsion in 0..8 {
            assert!(!check(&sign(Nonce::new(0).with_torsion(torsion), None)));
        }
        for encoding in strange_encodings() {
            for r in [0, 1, 7] {
                assert!(!check(&sign(Nonce::new(r), Some(encoding))));
            }
            let mut zero = [0; 64];
            zero[..32].copy_from_slice(&encoding);
            assert!(!check(&zero));
        }
        assert!(!check(&[0; 64]));
        assert!(!check(&[0xff; 64]));
        // R the key itself, R the base point, S zero and one.
        for r in [*key.bytes(), EdwardsPoint::mul_base(&Scalar::ONE).compress().0] {
            for s in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, secret] {
                let mut bytes = [0; 64];
                bytes[..32].copy_from_slice(&r);
                bytes[32..].copy_from_slice(s.as_bytes());
                check(&bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Signatures by the key, and everything near them.
    #[test]
    fn one_verdict_near_a_signature(
        which in 0..4_usize,
        message in proptest::collection::vec(any::<u8>(), 0..80),
        other in proptest::collection::vec(any::<u8>(), 0..80),
        flips in proptest::collection::vec(0..512_usize, 0..3),
        r in any::<u64>(),
        torsion in 0..8_usize,
        orders in 0..3_usize,
    ) {
        let (seed, key, prepared) = &keys()[which];
        let nonce = Nonce::new(r).with_torsion(torsion);
        let mut signature = sign(&scalar(seed), key.bytes(), nonce, None, &message);
        signature = beyond_order(&signature, orders).unwrap_or(signature);
        for flip in &flips {
            signature[flip / 8] ^= 1 << (flip % 8);
        }
        let is_good = verdict(key, prepared, &message, &signature);
        if flips.is_empty() {
            prop_assert_eq!(is_good, torsion == 0 && orders == 0 && r != 0);
        }
        prop_assert!(other == message || !verdict(key, prepared, &other, &signature));
        let (_, stranger, table) = &keys()[(which + 1) % 4];
        prop_assert!(!verdict(stranger, table, &message, &signature));
    }

    /// Any bytes.
    #[test]
    fn one_verdict_on_any_bytes(which in 0..4_usize, r in any::<[u8; 32]>(), s in any::<[u8; 32]>(), top in any::<bool>()) {
        let (_, key, prepared) = &keys()[which];
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&s);
        if top {
            signature[63] &= 0x1f;
        }
        prop_assert!(!verdict(key, prepared, b"", &signature));
    }

    /// Any 32 bytes: what is admitted is canonical and of prime order.
    #[test]
    fn any_bytes_as_a_key(bytes in any::<[u8; 32]>(), torsion in 0..8_usize) {
        let point = CompressedEdwardsY(bytes).decompress();
        match PublicKey::parse(&bytes) {
            Ok(key) => {
                let point = point.unwrap();
                prop_assert!(point.compress().0 == bytes && point.is_torsion_free() && !point.is_identity());
                prop_assert_eq!(key.bytes(), &bytes);
            }
            Err(KeyError::NotAPoint) => prop_assert!(point.is_none_or(|point| point.compress().0 != bytes)),
            Err(KeyError::Order) => prop_assert!(point.is_some_and(|point| !point.is_torsion_free() || point.is_identity())),
        }
        // The same point moved into the subgroup, and out of it again.
        if let Some(point) = point {
            let inside = point.mul_by_cofactor();
            let moved = (inside + EIGHT_TORSION[torsion]).compress().0;
            prop_assert_eq!(PublicKey::parse(&moved).is_ok(), torsion == 0 && !inside.is_identity());
        }
    }

    #[test]
    fn keys_as_text(seed in any::<[u8; 32]>(), name in "[a-z0-9./-]{1,40}", timestamped in any::<bool>()) {
        let algorithm = if timestamped { Algorithm::Timestamped } else { Algorithm::Plain };
        let secret = SecretKey::from_seed(&seed);
        let vkey = Vkey { name: name.clone(), algorithm, key: secret.public() };
        let text = vkey.to_string();
        prop_assert_eq!(Vkey::parse(&text), Ok(vkey));
        let kept = secret.to_text(&name, algorithm);
        let (read_name, read_algorithm, read) = SecretKey::parse_text(&kept).unwrap();
        prop_assert_eq!((read_name, read_algorithm), (name, algorithm));
        prop_assert!(*read.seed() == seed);
        // One changed byte is noticed in either text.
        for at in 0..text.len() {
            let mut spoiled = text.clone().into_bytes();
            spoiled[at] ^= 1;
            prop_assert!(String::from_utf8(spoiled).map_or(true, |text| Vkey::parse(&text).is_err()));
        }
        for at in 0..kept.len() {
            let mut spoiled = kept.as_bytes().to_vec();
            spoiled[at] ^= 1;
            let spoiled = String::from_utf8(spoiled);
            prop_assert!(spoiled.map_or(true, |text| SecretKey::parse_text(&text).is_err()));
        }
    }
}

/// The keys of the documentation of Go's note package.
#[test]
fn the_keys_of_go() {
    let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let vkey = Vkey::parse(public).unwrap();
    let (name, algorithm, secret) = SecretKey::parse_text(private).unwrap();
    assert_eq!((name.as_str(), algorithm), ("PeterNeumann", Algorithm::Plain));
    assert_eq!(secret.public(), vkey.key);
    assert_eq!(vkey.to_string(), public);
    assert_eq!(secret.to_text(&name, algorithm).as_str(), private);
    assert_eq!(hex::encode(vkey.id()), "c74f20a3");
    let theirs = signed_note::key_id("PeterNeumann", &[&[1], vkey.key.bytes().as_slice()].concat());
    assert_eq!(theirs.to_be_bytes(), key_id("PeterNeumann", Algorithm::Plain, vkey.key.bytes()));
}

#[test]
fn no_other_vkeys() {
    let key = SecretKey::from_seed(&[9; 32]).public();
    let id = hex::encode(key_id("a", Algorithm::Plain, key.bytes()));
    let of = |raw: &[u8]| STANDARD.encode(raw);
    let raw = [&[1], key.bytes().as_slice()].concat();
    assert!(Vkey::parse(&format!("a+{id}+{}", of(&raw))).is_ok());
    for wrong in [
        String::new(),
        "a".into(),
        "a+b".into(),
        format!("+{id}+{}", of(&raw)),
        format!("a b+{id}+{}", of(&raw)),
        format!("a\u{a0}b+{id}+{}", of(&raw)),
        format!("a\u{7}+{id}+{}", of(&raw)),
        format!("{}+{id}+{}", "a".repeat(256), of(&raw)),
        format!("a+{id}+{}\n", of(&raw)),
        format!("a+{id}+{}", of(&raw).replace('=', "")),
        format!("a+{}+{}", id.to_uppercase(), of(&raw)),
        format!("a+0{id}+{}", of(&raw)),
        format!("a+{id}+{}", of(&raw[..32])),
        format!("a+{id}+{}", of(&[&raw[..], &[0]].concat())),
    ] {
        assert!(Vkey::parse(&wrong).is_err() || wrong == format!("a+{id}+{}", of(&raw)), "{wrong:?}");
    }
    for algorithm in [0, 2, 3, 5, 6, 255] {
        let raw = [&[algorithm], key.bytes().as_slice()].concat();
        let id = hex::encode(signed_note::key_id("a", &raw).to_be_bytes());
        assert!(Vkey::parse(&format!("a+{id}+{}", of(&raw))).is_err());
    }
}
