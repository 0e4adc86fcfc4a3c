//! Proposals arrive that were signed earlier: in another order, long after, again.

use super::Move;
use crate::world::{Outcome, World};

pub(crate) const MOVES: &[Move] = &[arrive, arrive, all_at_once];

fn arrive(world: &mut World) -> Outcome {
    if world.mail.is_empty() {
        return Ok(());
    }
    let at = world.dice.below(world.mail.len() as u64) as usize;
    let proposal = world.mail.swap_remove(at);
    world.note("delivered late");
    world.deliver(proposal)
}

/// A network is back: what waited comes in any order.
fn all_at_once(world: &mut World) -> Outcome {
    let mut mail = std::mem::take(&mut world.mail);
    world.dice.shuffle(&mut mail);
    mail.into_iter().try_for_each(|proposal| {
        world.note("delivered late");
        world.deliver(proposal)
    })
}
