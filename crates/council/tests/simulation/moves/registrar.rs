//! A registrar who stuffs the roll: invents members, keeps slips, takes over numbers and keys.

use book::entry::Signer;
use council::kinds::MemberAdmitted;
use council::kinds::petitions::PetitionSigned;
use council::kinds::roll::{KeyReplaced, MemberEnrolled, MemberJoined, SlipIssued, SlipsIssued};

use super::Move;
use crate::ledger::DAY;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] = &[
    invent,
    invent_without_office,
    enrol_alone,
    slips_for_himself,
    take_over_a_key,
    take_over_with_himself,
    number_of_one_who_left,
    key_of_another,
    slip_with_a_known_key,
    vote_with_the_invented,
    forged_slip,
];

fn admission(world: &mut World, first: Signer, member: u32) -> Outcome {
    let key = world.new_key();
    let content = MemberAdmitted { member, key: key.public().base64() };
    world.send(Draft::new(vec![first, Signer::member(member)], &content).key(member, &key))
}

/// As the rules allow: what protects the council is the time in which they have no vote.
fn invent(world: &mut World) -> Outcome {
    let Some(registrar) = world.officer("roll", &[]).filter(|_| world.dice.chance(30)) else { return Ok(()) };
    let member = world.new_number();
    admission(world, registrar, member)
}

fn invent_without_office(world: &mut World) -> Outcome {
    let (Some(anybody), member) = (world.anybody(), world.new_number()) else { return Ok(()) };
    let office = world.dice.pick(&["secretary", "chair", "scrutineer", "nada"]).unwrap_or_default();
    admission(world, Signer::officer(anybody, office), member)
}

fn enrol_alone(world: &mut World) -> Outcome {
    let Some(registrar) = world.officer("roll", &[]) else { return Ok(()) };
    let mut by = vec![registrar];
    by.extend(world.officer("scrutiny", &[]).filter(|_| world.dice.chance(50)));
    let member = world.new_number();
    world.send(Draft::new(by, &MemberEnrolled { member }))
}

fn slips_for_himself(world: &mut World) -> Outcome {
    let Some(registrar) = world.officer("roll", &[]).filter(|_| world.dice.chance(40)) else { return Ok(()) };
    let (member, key) = (world.new_number(), world.new_key());
    let slips = vec![SlipIssued { member, key: key.public().base64() }];
    world.slips.insert(member, key);
    let until = world.now + world.dice.below(400 * DAY);
    world.send(Draft::new(vec![registrar], &SlipsIssued { slips, until }))
}

fn replaced(world: &mut World, mut by: Vec<Signer>, member: u32) -> Outcome {
    by.push(Signer::member(member));
    let key = world.new_key();
    let content = KeyReplaced { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key(member, &key))
}

fn take_over_a_key(world: &mut World) -> Outcome {
    let (Some(registrar), Some(member)) = (world.officer("roll", &[]), world.anybody()) else {
        return Ok(());
    };
    let mut by = vec![registrar];
    if world.dice.chance(50) {
        by.extend(world.anybody().map(|accomplice| Signer::officer(accomplice, "scrutineer")));
    }
    replaced(world, by, member)
}

/// Twice the same hand, where one holds both offices.
fn take_over_with_himself(world: &mut World) -> Outcome {
    let (Some(registrar), Some(member)) = (world.officer("roll", &[]), world.anybody()) else {
        return Ok(());
    };
    let same = Signer { name: registrar.name.clone(), capacity: Some("scrutineer".into()) };
    replaced(world, vec![registrar, same], member)
}

fn number_of_one_who_left(world: &mut World) -> Outcome {
    let gone = world.ledger.who(|person| !person.on_roll);
    let (Some(member), Some(mut by)) = (world.dice.pick(&gone), world.admitters()) else { return Ok(()) };
    if world.dice.chance(50) {
        let Some(pair) = world.pair(["scrutiny", "scrutiny"], &[]) else { return Ok(()) };
        by.extend(pair);
        return world.send(Draft::new(by, &MemberEnrolled { member }));
    }
    by.push(Signer::member(member));
    let key = world.new_key();
    let content = MemberAdmitted { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key(member, &key))
}

/// The key of a member, of one who left, of a clerk, of a slip.
fn known_key(world: &mut World) -> Option<String> {
    let keys: Vec<String> = world.ledger.keys.keys().cloned().collect();
    world.dice.pick(&keys)
}

fn key_of_another(world: &mut World) -> Outcome {
    let (Some(public), Some(mut by)) = (known_key(world), world.admitters()) else { return Ok(()) };
    let Some(key) = world.secret(&public) else { return Ok(()) };
    let member = world.new_number();
    by.push(Signer::member(member));
    world.send(Draft::new(by, &MemberAdmitted { member, key: public }).key(member, &key))
}

fn slip_with_a_known_key(world: &mut World) -> Outcome {
    let (Some(key), Some(by)) = (known_key(world), world.admitters()) else { return Ok(()) };
    let slips = vec![SlipIssued { member: world.new_number(), key }];
    let until = world.now + DAY;
    world.send(Draft::new(by, &SlipsIssued { slips, until }))
}

fn vote_with_the_invented(world: &mut World) -> Outcome {
    let now = world.now;
    let new = world.ledger.who(|person| person.is_new(now));
    let all = world.ledger.open_petitions(now);
    let (Some(member), Some(petition)) = (world.dice.pick(&new), world.dice.pick(&all)) else {
        return Ok(());
    };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &PetitionSigned { petition, member }))
}

/// A slip that nobody issued, or that was replaced.
fn forged_slip(world: &mut World) -> Outcome {
    let issued: Vec<u32> = world.ledger.slips.keys().copied().collect();
    let member = match world.dice.pick(&issued) {
        Some(member) if world.dice.chance(50) => member,
        _ => world.new_number(),
    };
    let (slip, key) = (world.new_key(), world.new_key());
    let by = vec![Signer { name: "slip".into(), capacity: None }, Signer::member(member)];
    let content = MemberJoined { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key("slip", &slip).key(member, &key))
}
