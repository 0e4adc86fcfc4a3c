//! Officers do what is due; some give up. All honest.

use book::entry::Signer;
use council::kinds::offices::{ActingNamed, AppointmentConfirmed, OfficeAppointed, OfficeResigned};
use council::{Duty, due};

use super::Move;
use crate::ledger::statutes::Filling;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] =
    &[do_what_is_due, do_what_is_due, do_what_is_due, do_what_is_due, stand_in, appoint_anybody, resign];

fn do_what_is_due(world: &mut World) -> Outcome {
    let mut all = due(&world.replicas.live, world.now);
    all.retain(|due| !matches!(due.what, Duty::DecideChallenge { .. } | Duty::DecideAppeal { .. }));
    let Some(due) = world.dice.pick(&all) else { return Ok(()) };
    match due.what {
        Duty::Appoint { office, .. } => appoint(world, &office),
        Duty::Confirm { office, entry, .. } => confirm(world, &office, entry),
        // Until the election somebody stands in.
        Duty::NameActing { office } | Duty::HoldElection { office, .. } => name_acting(world, office),
        // The assembly's own moves, and elections, which are not played here.
        _ => Ok(()),
    }
}

fn appoint(world: &mut World, office: &str) -> Outcome {
    let filling = world.ledger.statutes.article(office).map(|article| article.filling.clone());
    let Some(Filling::Appointment { by: appoints, .. }) = filling else { return Ok(()) };
    let who = world.ledger.speakers(&appoints, world.now);
    let (Some(one), Some(member)) = (world.dice.pick(&who), world.voter()) else { return Ok(()) };
    let has_key =
        |world: &World, number| world.ledger.person(number).is_some_and(|person| person.key.is_some());
    if !has_key(world, one) || !has_key(world, member) {
        return Ok(());
    }
    let by = vec![Signer::officer(one, appoints), Signer::member(member)];
    world.send(Draft::new(by, &OfficeAppointed { office: office.into(), member }))
}

fn confirm(world: &mut World, office: &str, appointment: u64) -> Outcome {
    let filling = world.ledger.statutes.article(office).map(|article| article.filling.clone());
    let Some(Filling::Appointment { confirmed_by: Some(confirms), .. }) = filling else { return Ok(()) };
    let who = world.ledger.speakers(&confirms, world.now);
    let Some(one) = world.dice.pick(&who) else { return Ok(()) };
    let confirmed = world.dice.chance(85);
    let content = AppointmentConfirmed { appointment, confirmed };
    world.send(Draft::new(vec![Signer::officer(one, confirms)], &content))
}

fn name_acting(world: &mut World, office: String) -> Outcome {
    let (Some(by), Some(member)) = (world.assembly(), world.voter()) else { return Ok(()) };
    world.send(Draft::new(by, &ActingNamed { office, member }))
}

/// Somebody stands in where perhaps nothing is vacant.
fn stand_in(world: &mut World) -> Outcome {
    match some_office(world) {
        Some(office) => name_acting(world, office),
        None => Ok(()),
    }
}

fn appoint_anybody(world: &mut World) -> Outcome {
    match some_office(world) {
        Some(office) => appoint(world, &office),
        None => Ok(()),
    }
}

fn some_office(world: &mut World) -> Option<String> {
    let offices: Vec<String> =
        world.ledger.statutes.offices.iter().map(|article| article.office.clone()).collect();
    world.dice.pick(&offices)
}

fn resign(world: &mut World) -> Outcome {
    let Some(office) = some_office(world).filter(|_| world.dice.chance(50)) else { return Ok(()) };
    let who = world.ledger.speakers(&office, world.now);
    let Some(member) = world.dice.pick(&who) else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &OfficeResigned { office, member }))
}
