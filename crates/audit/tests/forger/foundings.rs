//! Attacks on the founding: what stands first and founds no book, and what founds one a second time.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{After, By, Signer, Text};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::merkle::empty_root;
use book::note::{Note, Signature};
use council::Verdict;
use council::kinds::{ClerkSucceeded, Content, CouncilFounded, Founder, MemberAdmitted, RemarkMade, write};

use crate::support::by_hand::strange_encodings;
use crate::support::judge::{Asked, audit};
use crate::support::keys;
use crate::support::scribe::{Scribe, by, founding, founding_text, note, remark, secretary, two_of_three};
use crate::{Attack, Try, attack, door};

/// The checks that refuse first entries here.
pub(crate) const CHECKS: [&str; 5] =
    ["founding", "admission", "entry-signers", "entry-signature", "entry-content"];

/// A false first entry.
struct First {
    name: String,
    check: &'static str,
    note: Note,
    /// The book it is to be the first entry of; else the one whose id is its text's hash.
    book: Option<BookId>,
    /// Whose line stands under it.
    epoch: u32,
}

/// The note of a text, by members' keys.
fn signed(text: &Text) -> Note {
    let written = text.write();
    let line = |signer: &Signer| {
        Signature::plain(&keys::member(signer.number().unwrap_or(0)), &signer.name, &written)
    };
    note(&written, text.by.signers().iter().map(line).collect())
}

fn spoiled(name: impl Into<String>, check: &'static str, spoil: impl Fn(&mut CouncilFounded)) -> First {
    let mut content = founding(&two_of_three());
    spoil(&mut content);
    let note = signed(&founding_text(&content));
    First { name: name.into(), check, note, book: None, epoch: 0 }
}

fn other_text(name: &str, check: &'static str, spoil: impl Fn(&mut Text)) -> First {
    let mut text = founding_text(&founding(&[]));
    spoil(&mut text);
    First { name: name.into(), check, note: signed(&text), book: None, epoch: 0 }
}

fn firsts() -> Vec<First> {
    let mut firsts = vec![
        spoiled("founders who do not stand in ascending order", "founding", |content| {
            content.founders.swap(0, 1)
        }),
        spoiled("a founder twice", "entry-signers", |content| {
            content.founders[1] = content.founders[0].clone()
        }),
        spoiled("a founder numbered 0", "entry-signers", |content| content.founders[0].member = 0),
        spoiled("a founder numbered beyond 2^31", "entry-content", |content| {
            content.founders[2].member = u32::MAX;
            content.founders[2].key = keys::member(u32::MAX).public().base64();
        }),
        spoiled("a founder with the clerk's key", "founding", |content| {
            content.clerk = content.founders[0].key.clone();
        }),
        spoiled("a clerk with a witness's key", "founding", |content| {
            content.clerk = keys::public("ateneo.example").base64();
        }),
        spoiled("a nonce of 31 bytes", "founding", |content| content.nonce = STANDARD.encode([1; 31])),
        spoiled("a nonce that is no base64", "founding", |content| content.nonce = "azar".into()),
        spoiled("rules version 0", "founding", |content| content.rules = 0),
        spoiled("an empty name", "founding", |content| content.name.clear()),
        spoiled("a name of two lines", "founding", |content| content.name = "Consejo\nvecinal".into()),
        spoiled("a name of 201 characters", "founding", |content| content.name = "ñ".repeat(201)),
        spoiled("a language that is no code", "founding", |content| content.language = "castellano".into()),
        spoiled("a new clerk named by a minority", "founding", |content| content.succession.needed = 1),
        spoiled("a new clerk named by half", "founding", |content| {
            content.succession.among = vec![1, 2];
            content.succession.needed = 1;
        }),
        spoiled("a new clerk named by more than there are", "founding", |content| {
            content.succession.needed = 4
        }),
        spoiled("a new clerk named by nobody", "founding", |content| {
            content.succession.among.clear();
            content.succession.needed = 0;
        }),
        spoiled("a new clerk named by one who is no founder", "founding", |content| {
            content.succession.among = vec![1, 2, 9];
        }),
        spoiled("a new clerk named by one who counts twice", "founding", |content| {
            content.succession.among = vec![1, 1, 2];
        }),
        spoiled("an office twice", "founding", |content| {
            content.founders[1].office = Some("secretary".into())
        }),
        spoiled("an office with a capital letter", "founding", |content| {
            content.founders[1].office = Some("Presidenta".into());
        }),
        spoiled("statutes that never let a signature age", "founding", |content| {
            content.statutes.after_days = u32::MAX;
        }),
        spoiled("statutes that let every signature age at once", "founding", |content| {
            content.statutes.after_days = 0
        }),
        spoiled("a template of two lines", "founding", |content| content.statutes.template = "a\nb".into()),
        spoiled("a policy without a quorum", "founding", |content| {
            content.policy.pop();
        }),
        spoiled("a policy that asks for one who is not in it", "founding", |content| {
            *content.policy.last_mut().unwrap() = "quorum nadie".into();
        }),
        spoiled("a policy with one key under two names", "founding", |content| {
            content.policy[1] = content.policy[0].replace("witness ateneo", "witness sindicato");
        }),
        spoiled("a policy with a line inside a line", "founding", |content| {
            content.policy[0].push_str("\nquorum none");
        }),
        spoiled("a policy with a key that signs logs", "founding", |content| {
            let vkey = keys::cosigner("ateneo.example");
            let plain = book::key::Vkey { algorithm: book::key::Algorithm::Plain, ..vkey };
            content.policy[0] = format!("witness ateneo {plain}");
        }),
        other_text("a founding that had seen something", "entry-after", |text| text.after.size = 1),
        other_text("a founding after another root than the empty one", "entry-after", |text| {
            text.after = After { size: 0, root: Hash::of(b"raiz") };
        }),
        other_text("a founding that one of the founders does not sign", "entry-signers", |text| {
            text.by = By::Members(vec![Signer::member(1), Signer::member(2)]);
        }),
        other_text("a founding that one more signs", "entry-signers", |text| {
            text.by = By::Members([1, 2, 3, 4].map(Signer::member).to_vec());
        }),
        other_text("a founding that a founder signs in an office", "entry-capacity", |text| {
            text.by = By::Members(vec![secretary(1), Signer::member(2), Signer::member(3)]);
        }),
        other_text("a remark as the first entry", "founding", |text| {
            text.kind = RemarkMade::KIND.into();
            text.content = remark("Empiezo yo.");
            text.by = By::Members(by(1));
        }),
        other_text("an admission as the first entry", "founding", |text| {
            text.kind = MemberAdmitted::KIND.into();
            text.content = write(&MemberAdmitted { member: 1, key: keys::member(1).public().base64() });
            text.by = By::Members(by(1));
        }),
        other_text("an unknown key in the founding", "entry-content", |text| {
            text.content = text.content.replacen("\"rules\":1", "\"rules\":1,\"secret\":true", 1);
        }),
        other_text("a rules version that is a word", "entry-content", |text| {
            text.content = text.content.replacen("\"rules\":1", "\"rules\":\"1\"", 1);
        }),
    ];
    let mut nobody = founding(&[]);
    nobody.founders.clear();
    let nobody = Text { by: By::Clerk, ..founding_text(&nobody) };
    firsts.push(First {
        name: "no founder".into(),
        check: "founding",
        note: signed(&nobody),
        book: None,
        epoch: 0,
    });
    let mut one_key = founding(&[]);
    one_key.founders[1].key = one_key.founders[0].key.clone();
    let mut by_one_key = signed(&founding_text(&one_key));
    by_one_key.signatures[1] = Signature::plain(&keys::member(1), "2", &by_one_key.text);
    firsts.push(First {
        name: "two founders with one key".into(),
        check: "founding",
        note: by_one_key,
        book: None,
        epoch: 0,
    });
    let mut false_line = founding_text(&founding(&[]));
    false_line.by = By::Members([1, 2, 3].map(Signer::member).to_vec());
    let mut signed_by_another = signed(&false_line);
    signed_by_another.signatures[2] = Signature::plain(&keys::member(9), "3", &signed_by_another.text);
    firsts.push(First {
        name: "a founder's line by another key".into(),
        check: "entry-signature",
        note: signed_by_another,
        book: None,
        epoch: 0,
    });
    // Nobody has to sign this one, and it names its own clerk.
    let content = write(&ClerkSucceeded {
        epoch: 1,
        size: 0,
        root: empty_root().to_string(),
        clerk: keys::clerk(1).public().base64(),
    });
    let empty = After { size: 0, root: empty_root() };
    let text = Text { book: None, kind: ClerkSucceeded::KIND.into(), by: By::Clerk, after: empty, content };
    firsts.push(First {
        name: "a hand-over as the first entry".into(),
        check: "founding",
        note: signed(&text),
        book: None,
        epoch: 1,
    });
    let other = BookId(Hash::of(b"otro libro").0);
    let good = signed(&founding_text(&founding(&[])));
    firsts.push(First {
        name: "the founding of another book".into(),
        check: "founding",
        note: good,
        book: Some(other),
        epoch: 0,
    });
    let text = Text { book: Some(other), ..founding_text(&founding(&[])) };
    firsts.push(First {
        name: "a founding that names a book".into(),
        check: "founding",
        note: signed(&text),
        book: Some(other),
        epoch: 0,
    });
    for (at, encoding) in strange_encodings().into_iter().enumerate() {
        let key = STANDARD.encode(encoding);
        firsts.push(spoiled(
            format!("a founder's key of small order, or no point ({at})"),
            "admission",
            |content| {
                content.founders[2].key.clone_from(&key);
            },
        ));
        firsts.push(spoiled(
            format!("the clerk's key of small order, or no point ({at})"),
            "admission",
            |content| {
                content.clerk.clone_from(&key);
            },
        ));
        firsts.push(spoiled(
            format!("a witness's key of small order, or no point ({at})"),
            "founding",
            |content| {
                let mut raw = vec![4];
                raw.extend(encoding);
                let id = book::key::key_id("ateneo.example", book::key::Algorithm::Timestamped, &encoding);
                content.policy[0] =
                    format!("witness ateneo ateneo.example+{}+{}", hex::encode(id), STANDARD.encode(raw));
            },
        ));
    }
    firsts
}

/// Check and name of each.
pub(crate) fn names() -> Vec<(&'static str, String)> {
    firsts().into_iter().map(|first| (first.check, first.name)).collect()
}

#[test]
fn nothing_founds_but_a_founding() {
    let mut seen = BTreeSet::new();
    for First { name, check, note, book, epoch } in firsts() {
        seen.insert(check);
        let book = book.unwrap_or_else(|| BookId::of_founding(&note.text));
        let mut scribe = Scribe::before(book, &[]);
        if !note.signatures.is_empty() {
            assert_eq!(door(&scribe.state, &note.to_bytes(), scribe.time), check, "{name}");
        }
        let mut recorded = note;
        let text_book = if recorded.text.lines().nth(1) == Some("-") {
            BookId::of_founding(&recorded.text)
        } else {
            book
        };
        let origin = Origin { book: text_book, epoch };
        let (key, line) = (keys::clerk(epoch), origin.to_string());
        recorded.signatures.push(Signature::timestamped(&key, &line, scribe.time, &recorded.text));
        match scribe.append(recorded.to_bytes()).unwrap() {
            Verdict::Void(refusal) => assert_eq!(refusal.check, check, "{name}: {refusal}"),
            applied => panic!("{name}: {applied:?}"),
        }
        // Nothing later takes effect, and the audit fails at entry 0.
        let later = scribe.remark_text(1, "Y sin embargo.");
        let later = scribe.countersign(scribe.note(&later));
        assert!(matches!(scribe.append(later), Ok(Verdict::Void(refusal)) if refusal.check == "founding"));
        let found = audit(&scribe.files(), &Asked::default());
        let failed: BTreeSet<&str> = found.report.failed_checks().into_iter().collect();
        assert_eq!(failed, BTreeSet::from([check, "founding", "clerk-key"]), "{name}:\n{}", found.report);
        assert_eq!(found.report.check(check).unwrap().failures[0].entry, Some(0), "{name}");
        assert_eq!(found.voids.len(), 2);
    }
    assert!(CHECKS.iter().all(|check| seen.contains(check)));
}

/// Foundings within a book that is founded.
pub(crate) fn second() -> Vec<Attack> {
    // Somebody's own council, with keys that have no role in this book.
    let usurper = || {
        let mut content = founding(&[]);
        let founder = |number: u32| Founder {
            member: number,
            key: keys::member(number).public().base64(),
            office: (number == 71).then(|| "secretary".to_owned()),
        };
        content.founders = [71, 72, 73].map(founder).to_vec();
        content.succession.among = vec![71, 72, 73];
        content.clerk = keys::secret("usurper").public().base64();
        content
    };
    vec![
        attack("the book's own founding a second time", "founding", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[0]).unwrap();
            Try { door: Some(entry.clone().into_proposal().to_bytes()), entry: Some(entry.to_bytes()) }
        }),
        attack("a second founding, of another book", "founding", move |scribe| {
            let note = signed(&founding_text(&usurper()));
            let door = Some(note.to_bytes());
            let name = Origin { book: BookId::of_founding(&note.text), epoch: 1 }.to_string();
            let mut recorded = note;
            recorded.signatures.push(Signature::timestamped(
                &scribe.clerk(),
                &name,
                scribe.time,
                &recorded.text,
            ));
            Try { door, entry: Some(recorded.to_bytes()) }
        }),
        attack("a second founding in this book's name, by its new clerk", "founding", move |scribe| {
            let content = usurper();
            let signers = [71, 72, 73].map(Signer::member).to_vec();
            let note = signed(&scribe.text(CouncilFounded::KIND, signers, write(&content)));
            let door = Some(note.to_bytes());
            let name = Origin { book: scribe.book(), epoch: 0 }.to_string();
            let mut recorded = note;
            let clerk = keys::secret("usurper");
            recorded.signatures.push(Signature::timestamped(&clerk, &name, scribe.time, &recorded.text));
            Try { door, entry: Some(recorded.to_bytes()) }
        }),
    ]
}
