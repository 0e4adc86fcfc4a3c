//! Officers who do not go: after their term, after they gave up, were excluded or left; and members who act as officers.

use book::entry::Signer;
use council::kinds::offices::{ActingNamed, AppointmentConfirmed, OfficeAppointed};
use council::kinds::petitions::StatutesProposed;
use council::kinds::roll::{AppealDecided, ChallengeDecided, MemberExcluded};
use council::kinds::{MemberAdmitted, RemarkMade};

use super::Move;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] =
    &[act_as_before, decide_as_before, keep_the_seat, confirm_oneself, exclude_alone, excluded_and_loud];

/// Anybody who ever signed in an office, in its name.
fn former(world: &mut World) -> Option<Signer> {
    let signed = world.recorded.iter().flat_map(|proposal| proposal.text().by.signers().iter());
    let former: Vec<Signer> = signed.filter(|signer| signer.capacity.is_some()).cloned().collect();
    world.dice.pick(&former)
}

fn act_as_before(world: &mut World) -> Outcome {
    let Some(former) = former(world) else { return Ok(()) };
    if world.dice.chance(50) {
        let text = format!("Como siempre, {}.", world.dice.below(1 << 30));
        return world.send(Draft::new(vec![former], &RemarkMade { text, blobs: None, body: None }));
    }
    let (member, key) = (world.new_number(), world.new_key());
    let content = MemberAdmitted { member, key: key.public().base64() };
    world.send(Draft::new(vec![former, Signer::member(member)], &content).key(member, &key))
}

fn decide_as_before(world: &mut World) -> Outcome {
    let (Some(one), Some(other), Some(member)) = (former(world), former(world), world.anybody()) else {
        return Ok(());
    };
    let by = vec![one, other];
    match world.dice.below(3) {
        0 => world.send(Draft::new(by, &ChallengeDecided { member, stays: true })),
        1 => world.send(Draft::new(by, &AppealDecided { member, restored: true })),
        _ => {
            let office = by[0].capacity.clone().unwrap_or_default();
            world.send(Draft::new(by, &ActingNamed { office, member }))
        }
    }
}

/// One more term in a row, with the help of whoever appoints.
fn keep_the_seat(world: &mut World) -> Outcome {
    let (Some(holder), Some(helper)) = (former(world), former(world)) else { return Ok(()) };
    let (Some(office), Some(member)) = (holder.capacity.clone(), holder.number()) else { return Ok(()) };
    let by = vec![helper, Signer::member(member)];
    world.send(Draft::new(by, &OfficeAppointed { office, member }))
}

/// Whoever appointed, or is appointed, confirms.
fn confirm_oneself(world: &mut World) -> Outcome {
    let waiting: Vec<(u64, u32, u32)> = world
        .ledger
        .offices
        .waiting
        .iter()
        .map(|(entry, waiting)| (*entry, waiting.member, waiting.by))
        .collect();
    let Some((appointment, member, by)) = world.dice.pick(&waiting) else { return Ok(()) };
    let signer = if world.dice.chance(50) { member } else { by };
    let office = former(world).and_then(|former| former.capacity).unwrap_or_else(|| "chair".into());
    let content = AppointmentConfirmed { appointment, confirmed: true };
    world.send(Draft::new(vec![Signer::officer(signer, office)], &content))
}

fn exclude_alone(world: &mut World) -> Outcome {
    let (Some(registrar), Some(member)) = (world.officer("roll", &[]), world.anybody()) else {
        return Ok(());
    };
    let mut by = vec![registrar];
    by.extend(former(world));
    world.send(Draft::new(by, &MemberExcluded { member, reason: "Porque sí.".into() }))
}

/// Somebody who is excluded speaks and proposes; or asks for what cannot be applied.
fn excluded_and_loud(world: &mut World) -> Outcome {
    let excluded = world.ledger.who(|person| person.on_roll && person.excluded.is_some());
    let member = world.dice.pick(&excluded).filter(|_| world.dice.chance(70)).or_else(|| world.anybody());
    let Some(member) = member else { return Ok(()) };
    if world.dice.chance(50) {
        let text = format!("Protesto, {}.", world.dice.below(1 << 30));
        let remark = RemarkMade { text, blobs: None, body: None };
        return world.send(Draft::new(vec![Signer::member(member)], &remark));
    }
    let Some(by) = world.acts(member) else { return Ok(()) };
    let Some(mut statutes) = world.replicas.live.statutes().cloned() else { return Ok(()) };
    if let Some(articles) = &mut statutes.articles
        && world.dice.chance(70)
    {
        articles.offices.clear();
    }
    world.send(Draft::new(by, &StatutesProposed { member, statutes }))
}
