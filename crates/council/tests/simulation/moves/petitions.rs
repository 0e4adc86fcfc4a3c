//! Members ask for other statutes, sign, have signatures on paper counted.

use council::kinds::petitions::{PetitionCounted, PetitionSigned, StatutesProposed};

use super::Move;
use crate::founding;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] =
    &[propose, sign, sign, sign, sign, sign, sign, sign, sign, sign_anyhow, count];

fn propose(world: &mut World) -> Outcome {
    let Some(member) = world.anybody() else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    let Some(mut statutes) = world.replicas.live.statutes().cloned() else { return Ok(()) };
    for _ in 0..=world.dice.below(3) {
        founding::change(&mut statutes, &mut world.dice);
    }
    if world.dice.chance(20) {
        statutes.after_days = [1, 7, 30, 90][world.dice.below(4) as usize];
    }
    world.send(Draft::new(by, &StatutesProposed { member, statutes }))
}

/// The oldest petition first, by somebody who has not signed it.
fn sign(world: &mut World) -> Outcome {
    let Some(petition) = world.ledger.open_petitions(world.now).first().copied() else {
        return propose(world);
    };
    let mut voters = world.ledger.voters(world.now);
    let signed = &world.ledger.petitions[&petition].signed;
    voters.retain(|voter| !signed.contains(voter));
    let Some(member) = world.dice.pick(&voters) else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &PetitionSigned { petition, member }))
}

/// Any petition, by anybody.
fn sign_anyhow(world: &mut World) -> Outcome {
    let all: Vec<u64> = world.ledger.petitions.keys().copied().collect();
    let (Some(petition), Some(member)) = (world.dice.pick(&all), world.anybody()) else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &PetitionSigned { petition, member }))
}

fn count(world: &mut World) -> Outcome {
    let all = world.ledger.open_petitions(world.now);
    let Some(petition) = world.dice.pick(&all) else { return Ok(()) };
    let Some(by) = world.pair(["scrutiny", "scrutiny"], &[]) else { return Ok(()) };
    let mut members = world.ledger.voters(world.now);
    world.dice.shuffle(&mut members);
    members.truncate(world.dice.within(1, 5) as usize);
    members.sort_unstable();
    if members.is_empty() {
        return Ok(());
    }
    world.send(Draft::new(by, &PetitionCounted { petition, members }))
}
