//! Credentials of our own making and what they state: derived from a seed, in halves, enrolled, voting again. The known
//! answers were computed apart from this crate, with Python's integers and hashlib (`vectors/ballot/second.py`).
#![allow(clippy::unwrap_used)]

mod support;

use ballot::ballot::{Ballot, cast};
use ballot::checks;
use ballot::credential::{Credential, join_public};
use ballot::election::Election;
use ballot::enrolment;
use ballot::group::{Belenios2048, Ed25519, Group, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::revote;
use ballot::sigma::{self, Proof};
use support::{nonces, plus_one};
use zeroize::Zeroizing;

type Element = <Ed25519 as Group>::Element;
type Exponent = <Ed25519 as Group>::Scalar;

const UUID: &str = "EbBkGomRT2E2a1";
const ELECTION: &str = r#"{"version":1,"description":"","name":"Golden","group":"Ed25519","public_key":"af128fecad436019758899884e186233a4c364eb7fed5d9a8085f8fb5b5bee4a","questions":[{"answers":["Yes","No"],"min":1,"max":1,"question":"Well?"}],"uuid":"EbBkGomRT2E2a1"}"#;
/// Of Belenios' archive `homomorphic/v2.4-ed25519`.
const FIRST: &str = "exgDE-X8o5mN-JzpQb-6QhxSz";
const FIRST_PUBLIC: &str = "ca3295d2facfb36cc3f4c6a3571ff6fa6500a6da99cb214f2192c05e19e195d4";
/// Of the seed 00 01 … 1f.
const OWN: &str = "T1cwD-XDqrB3-D7oTW-Tx6z8j";
const FRESH: [u8; 32] = [1; 32];

fn election() -> Election<Ed25519> {
    Election::parse(ELECTION.as_bytes()).unwrap()
}

fn first() -> Credential {
    Credential::parse(FIRST).unwrap()
}

fn seed() -> [u8; 32] {
    std::array::from_fn(|i| i as u8)
}

fn joined() -> Credential {
    Credential::parse(&format!("{FIRST}+{OWN}")).unwrap()
}

fn element(text: &str) -> Element {
    Ed25519::decode(text).unwrap()
}

/// The identity, and a point of order 8 times a point of the subgroup.
fn no_keys() -> [Element; 2] {
    let small = element("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7");
    assert!(!Ed25519::in_subgroup(&Ed25519::point(&small)));
    let mixed = Ed25519::mul(&Ed25519::point(&small), &Ed25519::generator());
    [Ed25519::encode(&Ed25519::identity()), Ed25519::encode(&mixed)]
}

/// A proof's two numbers, each changed.
fn bent(proof: &Proof<Ed25519>) -> [Proof<Ed25519>; 2] {
    [
        Proof { challenge: plus_one(&proof.challenge), ..*proof },
        Proof { response: plus_one(&proof.response), ..*proof },
    ]
}

fn ballots() -> [Hash; 2] {
    [Hash::of(b"first"), Hash::of(b"second")]
}

// ---- derived from a seed ----

#[test]
fn a_seed_gives_one_credential_an_election() {
    let own = Credential::derive(&seed(), UUID);
    assert_eq!(own.reveal(), OWN);
    assert_eq!(
        own.public::<Ed25519>(UUID).to_string(),
        "6d3337694d8866275fd86a12d0976494df8a0a40d22af38456d37c1f6e4a8464"
    );
    assert_eq!(Credential::derive(&seed(), "zX7v4HjuQgC8mq").reveal(), "ghg6o-L2iVJp-opxmf-xu8iCW");
    assert_eq!(Credential::derive(&[0; 32], UUID).reveal(), "GaW9c-sPRQ65-Yxjxn-LGL9uB");
    assert_eq!(Credential::parse(own.reveal()).unwrap().reveal(), OWN);
}

// ---- halves ----

#[test]
fn halves_add_up() {
    let slip = joined();
    assert_eq!(
        slip.secret::<Ed25519>(UUID).to_decimal(),
        "86600018506072342050323117632417700911992835682288849412298060316226993776"
    );
    let public = slip.public::<Ed25519>(UUID);
    assert_eq!(public.to_string(), "7a7a2a32959976ae2ef2bc01bb7a96db1beb8cb311c2fd8eaa8043fd2d479ed3");
    let [a, b] = slip.halves().unwrap();
    assert_eq!([a.reveal(), b.reveal()], [FIRST, OWN]);
    assert_eq!(a.public::<Ed25519>(UUID), element(FIRST_PUBLIC));
    let publics = [&a, &b].map(|half| half.public::<Ed25519>(UUID));
    assert_eq!(join_public::<Ed25519>(&publics[0], &publics[1]), public);
    assert_eq!(join_public::<Ed25519>(&publics[1], &publics[0]), public);
    assert_eq!(Credential::join(&a, &b).unwrap().reveal(), slip.reveal());
    assert!(a.halves().is_none() && Credential::join(&slip, &b).is_none());
    assert!(Credential::join(&b, &slip).is_none());

    let publics = [&a, &b].map(|half| half.public::<Belenios2048>(UUID));
    assert_eq!(join_public::<Belenios2048>(&publics[0], &publics[1]), slip.public::<Belenios2048>(UUID));
}

#[test]
fn only_two_whole_halves_are_a_slip() {
    for wrong in [
        format!("{FIRST}+"),
        format!("+{OWN}"),
        format!("{FIRST}+{OWN}+{FIRST}"),
        format!("{FIRST} + {OWN}"),
        format!("{FIRST}-{OWN}"),
        format!("{FIRST}{OWN}"),
        format!("{FIRST}+{}", &OWN[1..]),
        format!("{FIRST}+{}0", &OWN[1..]),
        format!("{FIRST}-+{OWN}"),
        "+".into(),
    ] {
        assert!(Credential::parse(&wrong).is_none(), "{wrong}");
    }
}

#[test]
fn a_slip_casts_a_ballot_as_any_credential_does() {
    let (election, slip) = (election(), joined());
    let votes = [Zeroizing::new(vec![1, 0])];
    let text = cast(&election, &slip, &votes, &FRESH).unwrap();
    let ballot = Ballot::parse(&election, text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let verified = ballot.verify(&election).unwrap_or_else(|refusal| panic!("{refusal}"));
    let [a, b] = slip.halves().unwrap().map(|half| half.public::<Ed25519>(UUID));
    assert_eq!(verified.credential, join_public::<Ed25519>(&a, &b));
    assert!(![a, b].contains(&verified.credential));
}

// ---- voting again ----

const REVOTE: &str = r#"{"challenge":"6233279150462438872532812925271358339857579772176671637248062100587835101651","response":"4874814324624389993024258028271379994471990196654997186603692845572980770573"}"#;

#[test]
fn a_credential_says_which_ballot_replaces_which() {
    let (election, [replaced, ballot]) = (election(), ballots());
    let proof = revote::prove(&election, &first(), &replaced, &ballot, &FRESH);
    assert_eq!(json::to_string(&proof), REVOTE);
    revote::verify(&election, &element(FIRST_PUBLIC), &replaced, &ballot, &proof).unwrap();

    let slip = joined();
    let proof = revote::prove(&election, &slip, &replaced, &ballot, &FRESH);
    revote::verify(&election, &slip.public::<Ed25519>(UUID), &replaced, &ballot, &proof).unwrap();
}

#[test]
fn nothing_else_says_so() {
    let (election, [replaced, ballot], public) = (election(), ballots(), element(FIRST_PUBLIC));
    let proof = revote::prove(&election, &first(), &replaced, &ballot, &FRESH);
    let refused =
        |election: &Election<Ed25519>, public: &Element, replaced: &Hash, ballot: &Hash, proof: &Proof<_>| {
            let refusal = revote::verify(election, public, replaced, ballot, proof).unwrap_err();
            assert_eq!(refusal.check, checks::BALLOT_REPLACED);
            assert_eq!(refusal.object, format!("ballot {}", ballot.compact()));
        };
    refused(&election, &public, &ballot, &replaced, &proof);
    refused(&election, &public, &Hash::of(b"third"), &ballot, &proof);
    refused(&election, &public, &replaced, &Hash::of(b"third"), &proof);
    refused(&election, &joined().public::<Ed25519>(UUID), &replaced, &ballot, &proof);
    for bent in bent(&proof) {
        refused(&election, &public, &replaced, &ballot, &bent);
    }
    let other = Election::parse(ELECTION.replace("Golden", "Other").as_bytes()).unwrap();
    refused(&other, &public, &replaced, &ballot, &proof);

    let itself = revote::prove(&election, &first(), &ballot, &ballot, &FRESH);
    refused(&election, &public, &ballot, &ballot, &itself);

    // A signature of the same matter under the ballot's prefix, and an enrolment.
    let secret = first().secret::<Ed25519>(UUID);
    let signature = sigma::prove::<Ed25519>(&format!("sig|{}", ballot.compact()), &secret, &mut nonces(1));
    refused(&election, &public, &replaced, &ballot, &signature);
    let fingerprint = &election.fingerprint;
    let signature = format!("sig|{fingerprint}|{replaced}|{ballot}");
    let signature = sigma::prove::<Ed25519>(&signature, &secret, &mut nonces(1));
    refused(&election, &public, &replaced, &ballot, &signature);
    let context = format!("{fingerprint}|{replaced}|{ballot}");
    refused(&election, &public, &replaced, &ballot, &enrolment::prove(&first(), UUID, &context, &FRESH));

    // A key that is none: the prover of a point with a small part succeeds with every eighth nonce.
    for public in no_keys() {
        refused(
            &election,
            &public,
            &replaced,
            &ballot,
            &lucky(&public, |nonce| format!("cabildo/revote/v1|{fingerprint}|{replaced}|{ballot}|{nonce}")),
        );
    }
}

/// A proof for which the equation holds though the key (of [`no_keys`]) is outside the subgroup, or the identity.
fn lucky(public: &Element, text: impl Fn(&str) -> String) -> Proof<Ed25519> {
    let identity = Ed25519::is_identity(&Ed25519::point(public));
    let secret = if identity { Exponent::ZERO } else { Exponent::ONE };
    let mut nonces = nonces(9);
    loop {
        let w = nonces.scalar::<Exponent>();
        let commitment = Ed25519::encode(&Ed25519::exp_g(&w));
        let challenge = ballot::hash::to_scalar(&text(&commitment.to_string()));
        let proof = Proof::<Ed25519> { challenge, response: *w - secret * challenge };
        if Ed25519::encode(&sigma::commitment(&Ed25519::point(public), &proof)) == commitment {
            return proof;
        }
    }
}

// ---- enrolment ----

const CONTEXT: &str = "book 7|member 3";
const ENROLMENT: &str = r#"{"challenge":"1646533073866839474280981185088489490362600783396834977545866077519687771758","response":"2169774340855196788942978412443993663346748302205950309646098548498563753418"}"#;
const ENROLMENT_OF_SLIP: &str = r#"{"challenge":"6519464507048232778610340139036452979317258270430088701748704060146123926452","response":"3091810323749057867222225858892032630344798215478152821619522976400758732859"}"#;

#[test]
fn a_device_shows_that_it_has_the_secret() {
    let proof = enrolment::prove(&first(), UUID, CONTEXT, &FRESH);
    assert_eq!(json::to_string(&proof), ENROLMENT);
    enrolment::verify::<Ed25519>(&element(FIRST_PUBLIC), UUID, CONTEXT, &proof).unwrap();

    let slip = joined();
    let proof = enrolment::prove(&slip, UUID, "", &FRESH);
    assert_eq!(json::to_string(&proof), ENROLMENT_OF_SLIP);
    enrolment::verify::<Ed25519>(&slip.public::<Ed25519>(UUID), UUID, "", &proof).unwrap();
}

#[test]
fn nothing_else_shows_it() {
    let proof: Proof<Ed25519> = enrolment::prove(&first(), UUID, CONTEXT, &FRESH);
    let public = element(FIRST_PUBLIC);
    let refused = |public: &Element, uuid: &str, context: &str, proof: &Proof<Ed25519>| {
        let refusal = enrolment::verify::<Ed25519>(public, uuid, context, proof).unwrap_err();
        assert_eq!((refusal.check, refusal.object), (checks::ENROLMENT, format!("credential {public}")));
    };
    refused(&public, "zX7v4HjuQgC8mq", CONTEXT, &proof);
    refused(&public, UUID, "book 7|member 4", &proof);
    refused(&public, UUID, "", &proof);
    refused(&public, "EbBkGomRT2E2a1|book 7", "member 3", &proof);
    refused(&public, "short", CONTEXT, &enrolment::prove(&first(), "short", CONTEXT, &FRESH));
    refused(&joined().public::<Ed25519>(UUID), UUID, CONTEXT, &proof);
    for bent in bent(&proof) {
        refused(&public, UUID, CONTEXT, &bent);
    }
    let election = election();
    let [replaced, ballot] = ballots();
    refused(&public, UUID, CONTEXT, &revote::prove(&election, &first(), &replaced, &ballot, &FRESH));
    for public in no_keys() {
        let proof = lucky(&public, |nonce| format!("cabildo/enrolment/v1|{UUID}|{CONTEXT}|{public}|{nonce}"));
        refused(&public, UUID, CONTEXT, &proof);
    }
}

/// What the proof of possession is there for: the second scrutineer knows the slip's key, and not its own half's.
#[test]
fn a_half_that_cancels_the_other_cannot_be_shown() {
    let honest = element(FIRST_PUBLIC);
    let own = Credential::parse(OWN).unwrap();
    let wanted = own.public::<Ed25519>(UUID);
    let rogue = Ed25519::encode(&Ed25519::div(&Ed25519::point(&wanted), &Ed25519::point(&honest)));
    assert_eq!(join_public::<Ed25519>(&honest, &rogue), wanted);
    let proof = enrolment::prove(&own, UUID, CONTEXT, &FRESH);
    assert!(enrolment::verify::<Ed25519>(&rogue, UUID, CONTEXT, &proof).is_err());
    enrolment::verify::<Ed25519>(&wanted, UUID, CONTEXT, &proof).unwrap();
}
