//! Members speak for the record, with private bodies that are erased later.

use book::entry::Signer;
use book::hash::Hash;
use council::kinds::{BodyErased, RemarkMade};

use super::Move;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] = &[remark, remark, reserve, erase];

fn speak(world: &mut World, body: Option<String>) -> Outcome {
    let Some(member) = world.anybody() else { return Ok(()) };
    let text = format!("Consta en acta, {}.", world.dice.below(1 << 30));
    world.send(Draft::new(vec![Signer::member(member)], &RemarkMade { text, blobs: None, body }))
}

fn remark(world: &mut World) -> Outcome {
    speak(world, None)
}

fn reserve(world: &mut World) -> Outcome {
    // Few, so that some come twice.
    let body = Hash::of(&[world.dice.below(200) as u8]).hex();
    speak(world, Some(body))
}

fn erase(world: &mut World) -> Outcome {
    let bodies: Vec<(String, u64, u32)> =
        world.ledger.bodies.iter().map(|(body, (entry, author))| (body.clone(), *entry, *author)).collect();
    let Some((body, entry, author)) = world.dice.pick(&bodies) else { return Ok(()) };
    let signer = match world.dice.below(4) {
        0 => world.officer("minutes", &[]),
        1 => world.anybody().map(Signer::member),
        _ => Some(Signer::member(author)),
    };
    let Some(signer) = signer else { return Ok(()) };
    world.send(Draft::new(vec![signer], &BodyErased { entry, body, reason: "a petición propia".into() }))
}
