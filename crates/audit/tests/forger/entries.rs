//! Attacks on what every entry has in common: the book, the past it names, its time, its signers, the clerk's line.

use book::entry::{After, Signer};
use book::hash::Hash;
use book::id::{BookId, Origin};
use book::note::{Note, Signature};
use council::kinds::{Content, MemberAdmitted, RemarkMade, write};

use crate::support::by_hand::{self, Nonce};
use crate::support::keys;
use crate::support::scribe::{DAY, Scribe, by, by_all, remark, secretary};
use crate::{Attack, Try, attack};

/// A remark by member 4 in order, to be spoiled.
fn good(scribe: &Scribe) -> Note {
    scribe.note(&scribe.remark_text(4, "Propongo que se arregle la acequia."))
}

/// An admission of member 7 in order, with two lines.
fn admission(scribe: &Scribe) -> Note {
    let content = MemberAdmitted { member: 7, key: keys::member(7).public().base64() };
    scribe.note(&scribe.text(MemberAdmitted::KIND, vec![secretary(1), Signer::member(7)], write(&content)))
}

fn with_after(scribe: &Scribe, after: After) -> Try {
    let text = book::entry::Text { after, ..scribe.remark_text(4, "Vi el libro de otra manera.") };
    Try::handed_in(scribe, scribe.note(&text))
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = of_its_place();
    attacks.extend(of_its_lines());
    attacks.extend(of_the_clerk());
    attacks
}

fn of_its_place() -> Vec<Attack> {
    vec![
        attack("an entry for another book, its clerk's line too", "entry-book", |scribe| {
            let other = BookId(Hash::of(b"otro").0);
            let text = book::entry::Text { book: Some(other), ..scribe.remark_text(4, "Para otro libro.") };
            let mut note = scribe.note(&text);
            let door = Some(note.to_bytes());
            let name = Origin { book: other, epoch: 1 }.to_string();
            note.signatures.push(Signature::timestamped(&scribe.clerk(), &name, scribe.time, &note.text));
            Try { door, entry: Some(note.to_bytes()) }
        }),
        attack("an entry for another book under this book's clerk", "clerk-line", |scribe| {
            let other = BookId(Hash::of(b"otro").0);
            let text = book::entry::Text { book: Some(other), ..scribe.remark_text(4, "Para otro libro.") };
            Try::recorded(scribe.countersign(scribe.note(&text)))
        }),
        attack("an entry replayed, byte for byte", "entry-replayed", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[12]).unwrap();
            Try { door: Some(entry.clone().into_proposal().to_bytes()), entry: Some(entry.to_bytes()) }
        }),
        attack("an entry of the clerk before replayed under the new one", "entry-replayed", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[4]).unwrap();
            Try::handed_in(scribe, entry.into_proposal().note().clone())
        }),
        attack("a text replayed with another valid signature", "entry-replayed", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[4]).unwrap();
            let mut note = entry.into_proposal().note().clone();
            let (seed, key) = (keys::seed("member 4"), keys::member(4).public());
            let forged = by_hand::sign(
                &by_hand::scalar(&seed),
                key.bytes(),
                Nonce::new(77),
                None,
                note.text.as_bytes(),
            );
            assert!(
                key.verify(note.text.as_bytes(), &forged) && forged.as_slice() != note.signatures[0].bytes
            );
            note.signatures[0].bytes = forged.to_vec();
            Try::handed_in(scribe, note)
        }),
        attack("back-dated: recorded before the entry before it", "entry-time", |scribe| {
            scribe.time -= 1;
            let tried = Try::handed_in(scribe, good(scribe));
            let bytes = tried.door.clone().unwrap();
            assert_eq!(crate::door(&scribe.state, &bytes, scribe.time), "entry-time");
            scribe.time += 1;
            Try { door: None, ..tried }
        }),
        attack("back-dated to the year 1970", "entry-time", |scribe| {
            let now = std::mem::replace(&mut scribe.time, 0);
            let tried = Try::recorded(scribe.countersign(good(scribe)));
            scribe.time = now;
            tried
        }),
        attack("signed thirty days ago, and kept until now", "entry-age", |scribe| {
            let note = good(scribe);
            scribe.remark(2, "Algo que el autor no vio.");
            scribe.time += 30 * DAY + 1;
            Try::handed_in(scribe, note)
        }),
        attack("signed so long ago that the state has forgotten it", "entry-age", |scribe| {
            let note = good(scribe);
            scribe.remark(2, "Algo que el autor no vio.");
            scribe.time += 31 * DAY;
            scribe.remark(2, "Un mes después.");
            scribe.remark(2, "Y otro.");
            Try::handed_in(scribe, note)
        }),
        attack("replayed after the state has forgotten it", "entry-age", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[4]).unwrap();
            scribe.time += 31 * DAY;
            scribe.remark(2, "Un mes después.");
            scribe.remark(2, "Y otro.");
            Try::handed_in(scribe, entry.into_proposal().note().clone())
        }),
        attack("after a root that this book never had", "entry-after", |scribe| {
            with_after(scribe, After { size: scribe.size(), root: Hash::of(b"otra historia") })
        }),
        attack("after the root of another size", "entry-after", |scribe| {
            with_after(scribe, After { size: scribe.size() - 1, root: scribe.root() })
        }),
        attack("after nothing, with a root", "entry-after", |scribe| {
            with_after(scribe, After { size: 0, root: scribe.root() })
        }),
        attack("after a size that the book has not reached", "entry-after", |scribe| {
            with_after(scribe, After { size: scribe.size() + 1, root: scribe.root() })
        }),
        attack("after 2^64 - 1 entries", "entry-after", |scribe| {
            with_after(scribe, After { size: u64::MAX, root: scribe.root() })
        }),
    ]
}

fn of_its_lines() -> Vec<Attack> {
    vec![
        attack("signed by a member who has left", "entry-signers", |scribe| {
            Try::handed_in(scribe, scribe.note(&scribe.remark_text(6, "He vuelto.")))
        }),
        attack("signed by a number that nobody has", "entry-signers", |scribe| {
            Try::handed_in(scribe, scribe.note(&scribe.remark_text(99, "Soy del barrio.")))
        }),
        attack("signed by a word in place of a number", "entry-signers", |scribe| {
            let signer = Signer { name: "alcaldesa".into(), capacity: None };
            let text = scribe.text(RemarkMade::KIND, vec![signer], remark("Ordeno y mando."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("signed by a number with a leading zero", "entry-signers", |scribe| {
            let signer = Signer { name: "04".into(), capacity: None };
            let text = scribe.text(RemarkMade::KIND, vec![signer], remark("Soy otra."));
            let written = text.write();
            let line = Signature::plain(&keys::member(4), "04", &written);
            Try::handed_in(scribe, Note { text: written, signatures: vec![line] })
        }),
        attack("a member's name over an unknown key", "entry-signature", |scribe| {
            let mut note = good(scribe);
            note.signatures[0] = Signature::plain(&keys::secret("intruso"), "4", &note.text);
            Try::handed_in(scribe, note)
        }),
        attack("an unknown key under the key id of the member's", "entry-signature", |scribe| {
            let mut note = good(scribe);
            let forged = Signature::plain(&keys::secret("intruso"), "4", &note.text);
            note.signatures[0].bytes = forged.bytes;
            Try::handed_in(scribe, note)
        }),
        attack("another member's signature under a member's name", "entry-signature", |scribe| {
            let mut note = good(scribe);
            note.signatures[0] = Signature::plain(&keys::member(5), "4", &note.text);
            Try::handed_in(scribe, note)
        }),
        attack("the line of another text", "entry-signature", |scribe| {
            let mut note = good(scribe);
            note.signatures = scribe.note(&scribe.remark_text(4, "Otra cosa.")).signatures;
            Try::handed_in(scribe, note)
        }),
        attack("one letter of the text changed", "entry-signature", |scribe| {
            let mut note = good(scribe);
            note.text = note.text.replace("acequia", "aceqvia");
            Try::handed_in(scribe, note)
        }),
        attack("the two signatures of an admission exchanged", "entry-signature", |scribe| {
            let mut note = admission(scribe);
            let (first, second) = note.signatures.split_at_mut(1);
            std::mem::swap(&mut first[0].bytes, &mut second[0].bytes);
            Try::handed_in(scribe, note)
        }),
        attack("as holder of an office that another holds", "entry-capacity", |scribe| {
            let text = scribe.text(RemarkMade::KIND, vec![secretary(4)], remark("Como secretaria."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("as holder of an office that nobody holds", "entry-capacity", |scribe| {
            let signer = Signer::officer(4, "presidenta");
            let text = scribe.text(RemarkMade::KIND, vec![signer], remark("Como presidenta."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("as holder of an office whose holder has left", "entry-capacity", |scribe| {
            scribe.leave(2);
            let signer = Signer::officer(3, "treasurer");
            let text = scribe.text(RemarkMade::KIND, vec![signer], remark("Como tesorero."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("too few lines", "entry-signers", |scribe| {
            let mut note = admission(scribe);
            note.signatures.pop();
            Try::handed_in(scribe, note)
        }),
        attack("one line too many", "entry-signers", |scribe| {
            let mut note = good(scribe);
            note.signatures.push(Signature::plain(&keys::member(5), "5", &note.text));
            Try::handed_in(scribe, note)
        }),
        attack("a line twice", "entry-signers", |scribe| {
            let mut note = good(scribe);
            note.signatures.push(note.signatures[0].clone());
            Try::handed_in(scribe, note)
        }),
        attack("a signer announced twice, both lines valid", "entry-signers", |scribe| {
            let text = scribe.text(RemarkMade::KIND, by_all(&[4, 4]), remark("Somos dos."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("a signer announced twice in two capacities", "entry-signers", |scribe| {
            let text =
                scribe.text(RemarkMade::KIND, vec![secretary(1), Signer::member(1)], remark("Somos dos."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("the lines in another order", "entry-signers", |scribe| {
            let mut note = admission(scribe);
            note.signatures.reverse();
            Try::handed_in(scribe, note)
        }),
        attack("an author's line with a time in it", "entry-signers", |scribe| {
            let mut note = good(scribe);
            note.signatures[0] = Signature::timestamped(&keys::member(4), "4", scribe.time, &note.text);
            Try::handed_in(scribe, note)
        }),
        attack("an author's line of another type, 64 bytes", "entry-signature", |scribe| {
            let mut note = good(scribe);
            let id =
                book::key::key_id("4", book::key::Algorithm::Timestamped, keys::member(4).public().bytes());
            note.signatures[0].id = id;
            Try::handed_in(scribe, note)
        }),
        attack("a remark that two sign", "entry-signers", |scribe| {
            let text = scribe.text(RemarkMade::KIND, by_all(&[4, 5]), remark("Entre las dos."));
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("a remark by the clerk alone", "entry-signers", |scribe| {
            let text = scribe.text(RemarkMade::KIND, Vec::new(), remark("Habla quien lleva el libro."));
            Try::recorded(scribe.countersign(scribe.note(&text)))
        }),
    ]
}

/// The entry of a good remark with this line in the clerk's place.
fn under(scribe: &Scribe, line: impl Fn(&str) -> Vec<Signature>) -> Try {
    let mut note = good(scribe);
    let lines = line(&note.text);
    note.signatures.extend(lines);
    Try::recorded(note.to_bytes())
}

fn of_the_clerk() -> Vec<Attack> {
    vec![
        attack("the clerk's line missing", "clerk-line", |scribe| under(scribe, |_| Vec::new())),
        attack("the clerk's line over another text", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |_| vec![Signature::timestamped(&scribe.clerk(), &name, time, "otro texto\n")])
        }),
        attack("another time under the clerk's signature", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| {
                let mut line = Signature::timestamped(&scribe.clerk(), &name, time, text);
                line.bytes[7] ^= 1;
                vec![line]
            })
        }),
        attack("a time of 2^53", "clerk-line", |scribe| {
            let name = scribe.state.origin().to_string();
            under(scribe, |text| vec![Signature::timestamped(&scribe.clerk(), &name, 1 << 53, text)])
        }),
        attack("the line of the clerk before, of its own epoch", "clerk-line", |scribe| {
            let (time, origin) = (scribe.time, Origin { epoch: 0, ..scribe.state.origin() });
            under(scribe, |text| {
                vec![Signature::timestamped(&keys::clerk(0), &origin.to_string(), time, text)]
            })
        }),
        attack("the line of the clerk before under the new epoch", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| vec![Signature::timestamped(&keys::clerk(0), &name, time, text)])
        }),
        attack("the clerk's line under the epoch before", "clerk-line", |scribe| {
            let (time, origin) = (scribe.time, Origin { epoch: 0, ..scribe.state.origin() });
            under(scribe, |text| {
                vec![Signature::timestamped(&scribe.clerk(), &origin.to_string(), time, text)]
            })
        }),
        attack("the clerk's line under an epoch to come", "clerk-line", |scribe| {
            let (time, origin) = (scribe.time, Origin { epoch: 2, ..scribe.state.origin() });
            under(scribe, |text| {
                vec![Signature::timestamped(&scribe.clerk(), &origin.to_string(), time, text)]
            })
        }),
        attack("a member's line in the clerk's place", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| vec![Signature::timestamped(&keys::member(1), &name, time, text)])
        }),
        attack("a cosigner's line in the clerk's place", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| {
                vec![Signature::timestamped(&keys::secret("ateneo.example"), &name, time, text)]
            })
        }),
        attack("a clerk's line without a time", "clerk-line", |scribe| {
            let name = scribe.state.origin().to_string();
            under(scribe, |text| vec![Signature::plain(&scribe.clerk(), &name, text)])
        }),
        attack("the clerk's line twice", "entry-signers", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| vec![Signature::timestamped(&scribe.clerk(), &name, time, text); 2])
        }),
        attack("the clerk's line before the author's", "clerk-line", |scribe| {
            let mut note = good(scribe);
            let name = scribe.state.origin().to_string();
            note.signatures
                .insert(0, Signature::timestamped(&scribe.clerk(), &name, scribe.time, &note.text));
            Try::recorded(note.to_bytes())
        }),
        attack("a clerk in league who alters the text before countersigning", "entry-signature", |scribe| {
            let mut note = good(scribe);
            note.text = note.text.replace("arregle", "venda");
            Try::recorded(scribe.countersign(note))
        }),
        attack("another book's clerk", "clerk-line", |scribe| {
            let (time, name) = (scribe.time, scribe.state.origin().to_string());
            under(scribe, |text| vec![Signature::timestamped(&keys::secret("otro libro"), &name, time, text)])
        }),
        attack("an author who hands in a clerk's line", "entry-signers", |scribe| {
            let mut note = good(scribe);
            let name = scribe.state.origin().to_string();
            note.signatures.push(Signature::timestamped(&keys::member(4), &name, scribe.time, &note.text));
            Try::handed_in(scribe, note)
        }),
        attack("a text announced by a signer and signed by the clerk alone", "entry-signers", |scribe| {
            let text = scribe.text(RemarkMade::KIND, by(4), remark("Dicen que lo dije."));
            Try::recorded(scribe.countersign(Note { text: text.write(), signatures: Vec::new() }))
        }),
    ]
}
