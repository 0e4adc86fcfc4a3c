//! A lying clerk: sets the time back or ahead, records again what was recorded, alters texts, writes under other names; and
//! hand-overs, those that are in order and those that are not. (What the rules refuse he records as well: `World::deliver_at`.)

use book::entry::{By, Signer, Text};
use book::id::Origin;
use book::merkle::empty_root;
use book::note::{Note, Signature};
use council::kinds::{ClerkSucceeded, RemarkMade, write};

use super::Move;
use crate::ledger::DAY;
use crate::world::{Draft, Key, Outcome, World};

pub(crate) const MOVES: &[Move] = &[
    time_set_back,
    time_set_ahead,
    replay,
    replay,
    alter,
    garbage,
    foreign_line,
    other_epoch,
    other_book,
    found_again,
    unknown_content,
    hand_over,
    usurp,
];

/// What somebody sent earlier, recorded or not.
fn some_note(world: &mut World) -> Option<Note> {
    let sent: Vec<_> = world.recorded.iter().rev().take(20).chain(&world.mail).collect();
    world.dice.pick(&sent).map(|proposal| proposal.note().clone())
}

fn lines(world: &World, mut note: Note, clerk: &Key, epoch: u32, time: u64) -> Vec<u8> {
    let origin = Origin { book: world.book, epoch }.to_string();
    note.signatures.push(Signature::timestamped(clerk, &origin, time, &note.text));
    note.to_bytes()
}

fn put(world: &mut World, note: Note) -> Outcome {
    let (clerk, epoch, now) = (world.clerk.clone(), world.replicas.live.epoch(), world.now);
    let bytes = lines(world, note, &clerk, epoch, now);
    world.record_bytes(bytes)
}

fn remark(world: &mut World) -> Option<Note> {
    let member = world.voter()?;
    let text = format!("Consta, {}.", world.dice.below(1 << 30));
    let content = write(&RemarkMade { text, blobs: None, body: None });
    let live = &world.replicas.live;
    let after = book::entry::After { size: live.size(), root: live.root() };
    let by = By::Members(vec![Signer::member(member)]);
    sign(world, &Text { book: Some(world.book), kind: "remark.made".into(), by, after, content })
}

/// The text with the members' own lines.
fn sign(world: &World, text: &Text) -> Option<Note> {
    let written = text.write();
    let mut signatures = Vec::new();
    for signer in text.by.signers() {
        let public = world.ledger.person(signer.number()?)?.key.clone()?;
        signatures.push(Signature::plain(&*world.secret(&public)?, &signer.name, &written));
    }
    Some(Note { text: written, signatures })
}

fn time_set_back(world: &mut World) -> Outcome {
    let Some(note) = remark(world) else { return Ok(()) };
    let time = world.replicas.live.time() - 1 - world.dice.below(DAY);
    let bytes = lines(world, note, &world.clerk.clone(), world.replicas.live.epoch(), time);
    world.record_bytes(bytes)
}

/// It takes effect, and the council lives on from there.
fn time_set_ahead(world: &mut World) -> Outcome {
    let Some(proposal) = world.mail.pop() else { return Ok(()) };
    let time = world.now + world.dice.below(3 * DAY);
    world.deliver_at(proposal, time)
}

fn replay(world: &mut World) -> Outcome {
    match some_note(world) {
        Some(note) => put(world, note),
        None => Ok(()),
    }
}

fn alter(world: &mut World) -> Outcome {
    let Some(mut note) = remark(world) else { return Ok(()) };
    note.text = note.text.replacen("Consta", "No consta", 1);
    put(world, note)
}

fn garbage(world: &mut World) -> Outcome {
    let mut bytes = match some_note(world) {
        Some(note) if world.dice.chance(70) => note.to_bytes(),
        _ => b"nada".to_vec(),
    };
    let at = world.dice.below(bytes.len() as u64) as usize;
    bytes[at] = world.dice.next() as u8;
    if world.dice.chance(30) {
        // A text that no text may be.
        let Some(mut note) = remark(world) else { return Ok(()) };
        note.text = note.text.replacen("Consta", "Consta\u{202e}", 1);
        return put(world, note);
    }
    world.record_bytes(bytes)
}

/// By somebody who is not the clerk: a member, or the clerk of before.
fn foreign_line(world: &mut World) -> Outcome {
    let keys: Vec<String> = world.ledger.keys.keys().cloned().collect();
    let current = world.ledger.clerks.last().cloned();
    let public = world.dice.pick(&keys).filter(|key| Some(key) != current.as_ref());
    let (Some(key), Some(note)) = (public.and_then(|key| world.secret(&key)), remark(world)) else {
        return Ok(());
    };
    let bytes = lines(world, note, &key, world.replicas.live.epoch(), world.now);
    world.record_bytes(bytes)
}

fn other_epoch(world: &mut World) -> Outcome {
    let Some(note) = remark(world) else { return Ok(()) };
    let epoch = world.replicas.live.epoch() + 1;
    let bytes = lines(world, note, &world.clerk.clone(), epoch, world.now);
    world.record_bytes(bytes)
}

fn other_book(world: &mut World) -> Outcome {
    let Some(note) = remark(world) else { return Ok(()) };
    let Ok(mut text) = Text::parse(&note.text) else { return Ok(()) };
    let here = std::mem::replace(&mut world.book, book::id::BookId([7; 32]));
    text.book = Some(world.book);
    let foreign = sign(world, &text);
    let Some(foreign) = foreign else {
        world.book = here;
        return Ok(());
    };
    let bytes = lines(world, foreign, &world.clerk.clone(), world.replicas.live.epoch(), world.now);
    world.book = here;
    world.record_bytes(bytes)
}

fn found_again(world: &mut World) -> Outcome {
    let Some(founding) = world.recorded.first() else { return Ok(()) };
    let note = founding.note().clone();
    put(world, note)
}

/// A content that is not that of its kind, signed in all earnest.
fn unknown_content(world: &mut World) -> Outcome {
    let Some(member) = world.voter() else { return Ok(()) };
    let live = &world.replicas.live;
    let after = book::entry::After { size: 0, root: empty_root() };
    let after = if world.dice.chance(50) {
        after
    } else {
        book::entry::After { size: live.size(), root: live.root() }
    };
    let by = By::Members(vec![Signer::member(member)]);
    let content = r#"{"text":"Consta.","más":1}"#.into();
    match sign(world, &Text { book: Some(world.book), kind: "remark.made".into(), by, after, content }) {
        Some(note) => put(world, note),
        None => Ok(()),
    }
}

fn succession(world: &mut World, signers: usize) -> Outcome {
    let mut among: Vec<u32> = world.ledger.succession.0.iter().copied().collect();
    among.retain(|member| world.ledger.person(*member).is_some_and(|person| person.key.is_some()));
    world.dice.shuffle(&mut among);
    if among.len() < signers || signers == 0 {
        return Ok(());
    }
    let by: Vec<Signer> = among[..signers].iter().copied().map(Signer::member).collect();
    let key = world.new_key();
    let live = &world.replicas.live;
    let content = ClerkSucceeded {
        epoch: live.epoch() + 1,
        size: live.size(),
        root: live.root().to_string(),
        clerk: key.public().base64(),
    };
    world.send(Draft::new(by, &content))
}

fn hand_over(world: &mut World) -> Outcome {
    let needed = world.ledger.succession.1 as usize;
    if world.dice.chance(20) { succession(world, needed) } else { Ok(()) }
}

/// Too few name a new clerk, who records it all the same.
fn usurp(world: &mut World) -> Outcome {
    let needed = world.ledger.succession.1 as usize;
    succession(world, needed.saturating_sub(1))
}
