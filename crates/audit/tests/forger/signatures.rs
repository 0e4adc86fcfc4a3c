//! Attacks on the curve: keys and R values of small or mixed order, S beyond the order, second encodings.

use std::sync::Arc;

use book::key::{Algorithm, key_id};
use book::note::{Signature, timestamped_message};
use curve25519_dalek::scalar::Scalar;

use crate::support::by_hand::{self, Nonce, beyond_order, sign, strange_encodings};
use crate::support::keys;
use crate::support::scribe::Scribe;
use crate::{Attack, Try, attack};

/// A way to make a signature from secret, key and message.
type Way = Arc<dyn Fn(&Scalar, &[u8; 32], &[u8]) -> [u8; 64]>;

/// Ways to make signatures that some verifiers take for valid ones.
fn ways() -> Vec<(String, Way)> {
    let mut ways: Vec<(String, Way)> = Vec::new();
    for times in 1..15 {
        ways.push((
            format!("S + {times} group orders"),
            Arc::new(move |secret, key, message| {
                let good = sign(secret, key, Nonce::new(5), None, message);
                beyond_order(&good, times).unwrap()
            }),
        ));
    }
    for torsion in 1..8 {
        ways.push((
            format!("R of mixed order ({torsion}): valid where the cofactor is multiplied away"),
            Arc::new(move |secret, key, message| {
                sign(secret, key, Nonce::new(5).with_torsion(torsion), None, message)
            }),
        ));
        ways.push((
            format!("R of small order ({torsion}), r = 0"),
            Arc::new(move |secret, key, message| {
                sign(secret, key, Nonce::new(0).with_torsion(torsion), None, message)
            }),
        ));
    }
    ways.push((
        "R the identity, S = k·a: the equation holds".into(),
        Arc::new(|secret, key, message| sign(secret, key, Nonce::new(0), None, message)),
    ));
    for (at, encoding) in strange_encodings().into_iter().enumerate().skip(8) {
        ways.push((
            format!("R in a second encoding, or no point ({at})"),
            Arc::new(move |secret, key, message| sign(secret, key, Nonce::new(0), Some(encoding), message)),
        ));
    }
    ways.push(("R and S zero".into(), Arc::new(|_, _, _| [0; 64])));
    ways.push(("R and S all ones".into(), Arc::new(|_, _, _| [0xff; 64])));
    ways
}

fn author_line(scribe: &Scribe, way: &Way) -> Try {
    let mut note = scribe.note(&scribe.remark_text(4, "Firmo a mi manera."));
    let (secret, key) = (by_hand::scalar(&keys::seed("member 4")), *keys::member(4).public_bytes());
    note.signatures[0].bytes = way(&secret, &key, note.text.as_bytes()).to_vec();
    Try::handed_in(scribe, note)
}

fn clerk_line(scribe: &Scribe, way: &Way) -> Try {
    let mut note = scribe.note(&scribe.remark_text(4, "Que lo anote quien quiera."));
    let (secret, key) = (by_hand::scalar(&keys::seed("clerk 1")), *keys::clerk(1).public_bytes());
    let name = scribe.state.origin().to_string();
    let id = key_id(&name, Algorithm::Timestamped, &key);
    let mut bytes = scribe.time.to_be_bytes().to_vec();
    bytes.extend(way(&secret, &key, &timestamped_message(scribe.time, &note.text)));
    note.signatures.push(Signature { name, id, bytes });
    Try::recorded(note.to_bytes())
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (name, way) in ways() {
        let of_author = Arc::clone(&way);
        attacks.push(attack(format!("a member's line: {name}"), "entry-signature", move |scribe| {
            author_line(scribe, &of_author)
        }));
        attacks.push(attack(format!("the clerk's line: {name}"), "clerk-line", move |scribe| {
            clerk_line(scribe, &way)
        }));
    }
    attacks
}

/// By the same hand, an ordinary nonce makes a signature that is recorded: the refusals above are about what they say.
#[test]
fn the_hand_that_forges_can_sign() {
    let way: Way = Arc::new(|secret, key, message| sign(secret, key, Nonce::new(5), None, message));
    let mut scribe = Scribe::lived();
    let tried = author_line(&scribe, &way);
    scribe.append(tried.entry.unwrap()).unwrap();
    let tried = clerk_line(&scribe, &way);
    scribe.append(tried.entry.unwrap()).unwrap();
    crate::support::judge::holds(&scribe.files());
}

/// The many attacks here are one by one also made against keys that verify by table.
#[test]
fn the_same_with_keys_that_have_tables() {
    let mut scribe = Scribe::lived();
    for turn in 0..10 {
        scribe.remark(4, &format!("Turno {turn}."));
    }
    for (name, way) in ways() {
        for (tried, check) in
            [(author_line(&scribe, &way), "entry-signature"), (clerk_line(&scribe, &way), "clerk-line")]
        {
            match scribe.append(tried.entry.unwrap()).unwrap() {
                council::Verdict::Void(refusal) => assert_eq!(refusal.check, check, "{name}"),
                applied => panic!("{name}: {applied:?}"),
            }
        }
    }
}
