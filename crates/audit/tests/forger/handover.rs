//! Attacks on the hand-over from one clerk to the next.

use book::entry::Signer;
use book::id::Origin;
use book::note::{Note, Signature};
use council::kinds::{ClerkSucceeded, Content, write};

use crate::support::keys;
use crate::support::scribe::{Scribe, by_all, secretary};
use crate::{Attack, Try, attack};

/// A hand-over by these signers, recorded by the new clerk of the epoch that it names.
fn hand_over(scribe: &Scribe, signers: Vec<Signer>, content: &ClerkSucceeded) -> Try {
    let note = scribe.note(&scribe.text(ClerkSucceeded::KIND, signers, write(content)));
    Try { door: Some(note.to_bytes()), entry: Some(recorded(scribe, note, content.epoch, content.epoch)) }
}

/// The note with the line of the clerk `of` under `epoch`.
fn recorded(scribe: &Scribe, mut note: Note, of: u32, epoch: u32) -> Vec<u8> {
    let name = Origin { book: scribe.book(), epoch }.to_string();
    note.signatures.push(Signature::timestamped(&keys::clerk(of), &name, scribe.time, &note.text));
    note.to_bytes()
}

fn spoiled(
    name: &str,
    check: &'static str,
    spoil: impl Fn(&Scribe, &mut ClerkSucceeded) + 'static,
) -> Attack {
    attack(name, check, move |scribe| {
        let mut content = scribe.succession();
        spoil(scribe, &mut content);
        hand_over(scribe, by_all(&[1, 2]), &content)
    })
}

fn by_others(name: &str, check: &'static str, signers: Vec<Signer>) -> Attack {
    attack(name, check, move |scribe| hand_over(scribe, signers.clone(), &scribe.succession()))
}

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        spoiled("a hand-over that leaves out the last entry", "succession", |scribe, content| {
            content.size -= 1;
            content.root = scribe.roots[content.size as usize].to_string();
        }),
        spoiled("a hand-over of more than there is", "succession", |_, content| content.size += 1),
        spoiled("a hand-over with another root", "succession", |scribe, content| {
            content.root = scribe.roots[3].to_string();
        }),
        spoiled("a hand-over with a root that is none", "succession", |_, content| {
            content.root = "raíz".into()
        }),
        spoiled("a hand-over that repeats the epoch", "succession", |_, content| content.epoch = 1),
        spoiled("a hand-over that skips an epoch", "succession", |_, content| content.epoch = 3),
        spoiled("a hand-over back to epoch 0", "succession", |_, content| content.epoch = 0),
        spoiled("a hand-over to the clerk before", "admission", |_, content| {
            content.clerk = keys::clerk(0).public().base64();
        }),
        spoiled("a hand-over to the clerk in office", "admission", |_, content| {
            content.clerk = keys::clerk(1).public().base64();
        }),
        spoiled("a hand-over to a member's key", "admission", |_, content| {
            content.clerk = keys::member(1).public().base64();
        }),
        spoiled("a hand-over to a witness's key", "admission", |_, content| {
            content.clerk = keys::public("biblioteca.example").base64();
        }),
        spoiled("a hand-over to a key of small order", "admission", |_, content| {
            content.clerk = book::hash::Hash([0; 32]).to_string();
        }),
        by_others("a hand-over by one where two are needed", "succession", by_all(&[2])),
        by_others("a hand-over that one signs twice", "entry-signers", by_all(&[2, 2])),
        by_others("a hand-over by one as member and as secretary", "entry-signers", {
            vec![Signer::member(1), secretary(1)]
        }),
        by_others("a hand-over by members who are not named", "succession", by_all(&[4, 5])),
        by_others("a hand-over by one who is named and one who is not", "succession", by_all(&[1, 4])),
        by_others("a hand-over by two who are named and one who is not", "succession", by_all(&[1, 2, 4])),
        by_others("a hand-over signed in an office", "succession", vec![secretary(1), Signer::member(2)]),
        by_others("a hand-over by one who is named and one who has left", "entry-signers", by_all(&[1, 6])),
        attack("a hand-over that the clerk writes alone", "succession", |scribe| {
            let content = scribe.succession();
            let note = scribe.note(&scribe.text(ClerkSucceeded::KIND, Vec::new(), write(&content)));
            Try::recorded(recorded(scribe, note, 2, 2))
        }),
        attack("a hand-over that the old clerk records", "clerk-line", |scribe| {
            let note =
                scribe.note(&scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&scribe.succession())));
            Try::recorded(recorded(scribe, note, 1, 1))
        }),
        attack("a hand-over that the old clerk records under the new epoch", "clerk-line", |scribe| {
            let note =
                scribe.note(&scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&scribe.succession())));
            Try::recorded(recorded(scribe, note, 1, 2))
        }),
        attack("a hand-over that the new clerk records under the old epoch", "clerk-line", |scribe| {
            let note =
                scribe.note(&scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&scribe.succession())));
            Try::recorded(recorded(scribe, note, 2, 1))
        }),
        attack("a hand-over replayed", "entry-replayed", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[11]).unwrap();
            assert_eq!(entry.text().kind, ClerkSucceeded::KIND);
            Try::handed_in(scribe, entry.into_proposal().note().clone())
        }),
        attack("the first hand-over signed again for the second", "succession", |scribe| {
            let entry = book::entry::Entry::parse(&scribe.entries[11]).unwrap();
            let content = entry.text().content.clone();
            let text = scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), content);
            Try::handed_in(scribe, scribe.note(&text))
        }),
        attack("a hand-over signed before the last entry was recorded", "succession", |scribe| {
            let note =
                scribe.note(&scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&scribe.succession())));
            scribe.remark(4, "Entretanto.");
            Try { door: Some(note.to_bytes()), entry: Some(recorded(scribe, note, 2, 2)) }
        }),
        attack("a hand-over back-dated", "entry-time", |scribe| {
            let note =
                scribe.note(&scribe.text(ClerkSucceeded::KIND, by_all(&[1, 2]), write(&scribe.succession())));
            scribe.time -= 1;
            let entry = recorded(scribe, note, 2, 2);
            scribe.time += 1;
            Try::recorded(entry)
        }),
    ]
}

/// Any majority of those named can hand over, again and again: the refusals above are about what they say.
#[test]
fn a_majority_hands_over() {
    let mut scribe = Scribe::lived();
    for signers in [[1, 2].as_slice(), &[3, 2], &[1, 2, 3]] {
        scribe.succeed(signers);
        scribe.remark(4, "Sigue el libro.");
        crate::support::judge::holds(&scribe.files());
    }
    assert_eq!(scribe.state.epoch(), 4);
    assert_eq!(scribe.state.retired_clerks().len(), 4);
}
