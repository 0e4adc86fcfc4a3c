//! Scrutineers and tellers who contradict each other: count what was counted, count those who may not, act for people who act
//! themselves.

use book::entry::Signer;
use council::kinds::MemberLeft;
use council::kinds::offices::OfficeResigned;
use council::kinds::petitions::{PetitionCounted, PetitionSigned};
use council::kinds::roll::{ExclusionAppealed, MemberChallenged};

use super::Move;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] = &[count_anybody, count_anybody, count_alone, count_twice, act_for_somebody];

fn some_petition(world: &mut World) -> Option<u64> {
    let all: Vec<u64> = world.ledger.petitions.keys().copied().collect();
    world.dice.pick(&all)
}

fn crowd(world: &mut World) -> Vec<u32> {
    let mut people: Vec<u32> = world.ledger.people.keys().copied().collect();
    world.dice.shuffle(&mut people);
    people.truncate(world.dice.within(1, 4) as usize);
    people.sort_unstable();
    people
}

/// Among them those without a vote, and those who left.
fn count_anybody(world: &mut World) -> Outcome {
    let Some(petition) = some_petition(world) else { return Ok(()) };
    let Some(by) = world.pair(["scrutiny", "scrutiny"], &[]) else { return Ok(()) };
    let members = crowd(world);
    world.send(Draft::new(by, &PetitionCounted { petition, members }))
}

fn count_alone(world: &mut World) -> Outcome {
    let (Some(petition), Some(one)) = (some_petition(world), world.officer("scrutiny", &[])) else {
        return Ok(());
    };
    let mut by = vec![one];
    if world.dice.chance(60) {
        by.extend(world.anybody().map(|other| Signer::officer(other, "scrutineer")));
    }
    let members = crowd(world);
    world.send(Draft::new(by, &PetitionCounted { petition, members }))
}

/// Two pairs count the same paper, each in another way.
fn count_twice(world: &mut World) -> Outcome {
    let Some(petition) = some_petition(world) else { return Ok(()) };
    for _ in 0..2 {
        let Some(by) = world.pair(["scrutiny", "scrutiny"], &[]) else { return Ok(()) };
        let mut members = world.ledger.voters(world.now);
        let skip = world.dice.below(2) as usize;
        members = members.into_iter().skip(skip).take(3).collect();
        if world.dice.chance(10) {
            members.reverse();
        }
        if !members.is_empty() {
            world.send(Draft::new(by, &PetitionCounted { petition, members }))?;
        }
    }
    Ok(())
}

/// For one without a device that is right; for others, and alone, it is not.
fn act_for_somebody(world: &mut World) -> Outcome {
    let without = world.ledger.who(|person| person.on_roll && person.key.is_none());
    let member = world.dice.pick(&without).filter(|_| world.dice.chance(60)).or_else(|| world.anybody());
    let Some(member) = member else { return Ok(()) };
    let Some(mut by) = world.pair(["scrutiny", "scrutiny"], &[]) else { return Ok(()) };
    if world.dice.chance(20) {
        by.pop();
    }
    match world.dice.below(6) {
        0 => world.send(Draft::new(by, &MemberLeft { member })),
        1 => {
            let mut offices = world.ledger.offices.chairs.keys().cloned().collect::<Vec<_>>();
            world.dice.shuffle(&mut offices);
            let office = offices.pop().unwrap_or_default();
            world.send(Draft::new(by, &OfficeResigned { office, member }))
        }
        2 => world.send(Draft::new(by, &ExclusionAppealed { member })),
        3 => {
            let Some(other) = world.anybody() else { return Ok(()) };
            let reason = "No lo conoce nadie.".into();
            world.send(Draft::new(by, &MemberChallenged { by: member, member: other, reason }))
        }
        _ => {
            let Some(petition) = some_petition(world) else { return Ok(()) };
            world.send(Draft::new(by, &PetitionSigned { petition, member }))
        }
    }
}
