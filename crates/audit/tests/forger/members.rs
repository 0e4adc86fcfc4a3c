//! Attacks on the roll, on attachments and on private bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::Signer;
use book::hash::Hash;
use council::kinds::{BlobRef, BodyErased, Content, MemberAdmitted, MemberLeft, RemarkMade, write};
use curve25519_dalek::scalar::Scalar;

use crate::support::by_hand::{self, strange_encodings};
use crate::support::keys;
use crate::support::scribe::{Scribe, by, by_all, secretary};
use crate::{Attack, Try, attack};

/// An admission by these signers, of this number and key, the lines by members' keys.
fn admit(scribe: &Scribe, signers: Vec<Signer>, member: u32, key: String) -> Try {
    let content = write(&MemberAdmitted { member, key });
    Try::handed_in(scribe, scribe.note(&scribe.text(MemberAdmitted::KIND, signers, content)))
}

fn with_key(name: &str, key: impl Fn() -> String + 'static) -> Attack {
    attack(name, "admission", move |scribe| admit(scribe, vec![secretary(1), Signer::member(7)], 7, key()))
}

/// The admission of member 7 with the key of this label, which signs its line itself.
fn with_key_of(name: &str, label: &'static str) -> Attack {
    attack(name, "admission", move |scribe| {
        let key = keys::public(label).base64();
        let content = write(&MemberAdmitted { member: 7, key });
        let signers = vec![secretary(1), Signer::member(7)];
        let mut note = scribe.note(&scribe.text(MemberAdmitted::KIND, signers, content));
        note.signatures[1] = book::note::Signature::plain(&keys::secret(label), "7", &note.text);
        Try::handed_in(scribe, note)
    })
}

fn own_key(number: u32) -> String {
    keys::member(number).public().base64()
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = on_the_roll();
    attacks.extend(with_strange_keys());
    attacks.extend(on_attachments());
    attacks.extend(on_bodies());
    attacks
}

fn on_the_roll() -> Vec<Attack> {
    vec![
        with_key_of("an admission with a member's key", "member 4"),
        with_key_of("an admission with the key of one who has left", "member 6"),
        with_key_of("an admission with the clerk's key", "clerk 1"),
        with_key_of("an admission with the key of the clerk before", "clerk 0"),
        with_key_of("an admission with a witness's key", "ateneo.example"),
        attack("an admission under a number that is taken", "admission", |scribe| {
            // Both lines by the keys that the roll has under these numbers.
            admit(scribe, vec![secretary(1), Signer::member(5)], 5, own_key(7))
        }),
        attack("an admission under a number that is taken, by the new key", "entry-signature", |scribe| {
            let content = write(&MemberAdmitted { member: 5, key: own_key(7) });
            let text = scribe.text(MemberAdmitted::KIND, vec![secretary(1), Signer::member(5)], content);
            let mut note = scribe.note(&text);
            note.signatures[1] = book::note::Signature::plain(&keys::member(7), "5", &note.text);
            Try::handed_in(scribe, note)
        }),
        attack("an admission under the number of one who has left", "admission", |scribe| {
            let content = write(&MemberAdmitted { member: 6, key: own_key(7) });
            let text = scribe.text(MemberAdmitted::KIND, vec![secretary(1), Signer::member(6)], content);
            let mut note = scribe.note(&text);
            note.signatures[1] = book::note::Signature::plain(&keys::member(7), "6", &note.text);
            Try::handed_in(scribe, note)
        }),
        attack("an admission that the new member does not sign", "entry-signers", |scribe| {
            admit(scribe, vec![secretary(1)], 7, own_key(7))
        }),
        attack("an admission that the new member signs with another key", "entry-signature", |scribe| {
            admit(scribe, vec![secretary(1), Signer::member(7)], 7, own_key(8))
        }),
        attack("an admission that the secretary signs as a member", "entry-signers", |scribe| {
            admit(scribe, by_all(&[1, 7]), 7, own_key(7))
        }),
        attack("an admission by one who is not secretary", "entry-capacity", |scribe| {
            admit(scribe, vec![secretary(2), Signer::member(7)], 7, own_key(7))
        }),
        attack("an admission by the treasurer", "entry-signers", |scribe| {
            admit(scribe, vec![Signer::officer(2, "treasurer"), Signer::member(7)], 7, own_key(7))
        }),
        attack("an admission by itself", "entry-signers", |scribe| admit(scribe, by(7), 7, own_key(7))),
        attack("an admission by nobody", "entry-signers", |scribe| {
            let content = write(&MemberAdmitted { member: 7, key: own_key(7) });
            Try::recorded(scribe.countersign(scribe.note(&scribe.text(
                MemberAdmitted::KIND,
                Vec::new(),
                content,
            ))))
        }),
        attack("an admission in the other order of signers", "entry-signers", |scribe| {
            admit(scribe, vec![Signer::member(7), secretary(1)], 7, own_key(7))
        }),
        attack("an admission that a third signs too", "entry-signers", |scribe| {
            admit(scribe, vec![secretary(1), Signer::member(7), Signer::member(3)], 7, own_key(7))
        }),
        attack("an admission of a number without end", "entry-content", |scribe| {
            admit(scribe, vec![secretary(1), Signer::member(u32::MAX)], u32::MAX, own_key(u32::MAX))
        }),
        attack("an admission of number 0", "entry-signers", |scribe| {
            admit(scribe, vec![secretary(1), Signer::member(0)], 0, own_key(0))
        }),
        attack("a leaving that another signs", "entry-signers", |scribe| {
            let content = write(&MemberLeft { member: 5 });
            Try::handed_in(scribe, scribe.note(&scribe.text(MemberLeft::KIND, by(4), content)))
        }),
        attack("a leaving that the secretary signs for another", "entry-signers", |scribe| {
            let content = write(&MemberLeft { member: 5 });
            Try::handed_in(scribe, scribe.note(&scribe.text(MemberLeft::KIND, vec![secretary(1)], content)))
        }),
        attack("a leaving twice", "entry-signers", |scribe| {
            let content = write(&MemberLeft { member: 6 });
            Try::handed_in(scribe, scribe.note(&scribe.text(MemberLeft::KIND, by(6), content)))
        }),
        attack("an admission signed by one who has just left as secretary", "entry-signers", |scribe| {
            scribe.leave(1);
            admit(scribe, vec![secretary(1), Signer::member(7)], 7, own_key(7))
        }),
    ]
}

fn with_strange_keys() -> Vec<Attack> {
    let mut attacks = vec![
        with_key("an admitted key that is no base64", || "llave".into()),
        with_key("an admitted key of 31 bytes", || STANDARD.encode([7; 31])),
        with_key("an admitted key in base64 with its last bits changed", || {
            let mut text = own_key(7);
            let last = text.as_bytes()[42];
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let place = alphabet.iter().position(|c| *c == last).unwrap();
            text.replace_range(42..43, &char::from(alphabet[place + 1]).to_string());
            text
        }),
    ];
    for torsion in 1..8 {
        attacks.push(with_key(&format!("an admitted key of mixed order ({torsion})"), move || {
            STANDARD.encode(by_hand::public(&Scalar::from(7_u8), torsion))
        }));
    }
    for (at, encoding) in strange_encodings().into_iter().enumerate() {
        attacks.push(with_key(
            &format!("an admitted key of small order, in a second encoding, or no point ({at})"),
            move || STANDARD.encode(encoding),
        ));
    }
    attacks
}

fn remark(name: &str, content: impl Fn(&Scribe) -> RemarkMade + 'static) -> Attack {
    attack(name, "entry-content", move |scribe| {
        let text = scribe.text(RemarkMade::KIND, by(4), write(&content(scribe)));
        Try::handed_in(scribe, scribe.note(&text))
    })
}

fn with_blobs(name: &str, blobs: Vec<(String, u64)>) -> Attack {
    remark(name, move |_| {
        let blobs =
            blobs.iter().map(|(sha256, size)| BlobRef { sha256: sha256.clone(), size: *size }).collect();
        RemarkMade { text: "Adjunto.".into(), blobs: Some(blobs), body: None }
    })
}

fn on_attachments() -> Vec<Attack> {
    let hex = |at: u32| Hash::of(&at.to_be_bytes()).hex();
    vec![
        with_blobs("an empty list of attachments", vec![]),
        with_blobs("33 attachments", (0..33).map(|at| (hex(at), 1)).collect()),
        with_blobs("an attachment twice", vec![(hex(1), 1), (hex(1), 2)]),
        with_blobs("an attachment's hash in capitals", vec![(hex(1).to_uppercase(), 1)]),
        with_blobs("an attachment's hash cut short", vec![(hex(1)[1..].into(), 1)]),
        with_blobs(
            "an attachment's name that climbs out of the folder",
            vec![(format!("../../{}", &hex(1)[6..]), 1)],
        ),
        with_blobs("an attachment larger than 64 MiB", vec![(hex(1), (64 << 20) + 1)]),
        remark("a commitment that is no hash", |_| RemarkMade {
            text: "Reservado.".into(),
            blobs: None,
            body: Some("reservado".into()),
        }),
        remark("a commitment that stands already", |scribe| RemarkMade {
            text: "Reservado.".into(),
            blobs: None,
            body: Some(scribe.commitment(4, b"El escrito de Damian.").hex()),
        }),
    ]
}

fn erasure(
    name: &str,
    check: &'static str,
    signers: Vec<Signer>,
    content: impl Fn(&Scribe) -> BodyErased + 'static,
) -> Attack {
    attack(name, check, move |scribe| {
        let text = scribe.text(BodyErased::KIND, signers.clone(), write(&content(scribe)));
        Try::handed_in(scribe, scribe.note(&text))
    })
}

/// The erasure of what member 4 has in entry 8.
fn of_member_4(scribe: &Scribe) -> BodyErased {
    let body = scribe.commitment(4, b"El escrito de Damian.").hex();
    BodyErased { entry: 8, body, reason: "protección de datos".into() }
}

fn on_bodies() -> Vec<Attack> {
    vec![
        erasure("an erasure of another's body", "erasure", by(5), of_member_4),
        erasure("an erasure by the secretary, who signs as a member", "erasure", by(1), of_member_4),
        erasure(
            "an erasure by an office that is not the secretary's",
            "erasure",
            vec![Signer::officer(2, "treasurer")],
            of_member_4,
        ),
        erasure(
            "an erasure by one who claims to be secretary",
            "entry-capacity",
            vec![secretary(5)],
            of_member_4,
        ),
        erasure("an erasure that names another entry", "erasure", by(4), |scribe| BodyErased {
            entry: 6,
            ..of_member_4(scribe)
        }),
        erasure("an erasure of what was never committed to", "erasure", by(4), |scribe| BodyErased {
            body: Hash::of(b"nada").hex(),
            ..of_member_4(scribe)
        }),
        erasure("an erasure of what is no hash", "erasure", by(4), |scribe| BodyErased {
            body: "nada".into(),
            ..of_member_4(scribe)
        }),
        erasure("an erasure twice", "erasure", by(5), |scribe| BodyErased {
            entry: 6,
            body: scribe.commitment(5, b"El escrito de Elvira.").hex(),
            reason: "otra vez".into(),
        }),
        erasure("an erasure that two sign", "entry-signers", by_all(&[4, 5]), of_member_4),
    ]
}

/// Who may have it erased can: the refusals above are about what they say.
#[test]
fn the_author_and_the_secretary_may_erase() {
    for signer in [Signer::member(4), secretary(1)] {
        let mut scribe = Scribe::lived();
        let content = of_member_4(&scribe);
        scribe.write(vec![signer], &content);
        crate::support::judge::holds(&scribe.files());
    }
}
