//! Members come, are doubted, leave, are excluded and heard. All honest.

use book::entry::Signer;
use council::kinds::roll::{
    AppealDecided, ChallengeDecided, ExclusionAppealed, KeyReplaced, MemberChallenged, MemberEnrolled,
    MemberExcluded, MemberJoined, SlipIssued, SlipsIssued,
};
use council::kinds::{MemberAdmitted, MemberLeft};

use super::Move;
use crate::ledger::DAY;
use crate::world::{Draft, Outcome, World};

pub(crate) const MOVES: &[Move] = &[
    admit,
    admit,
    enrol,
    issue_slips,
    join,
    join,
    challenge,
    decide_challenge,
    decide_challenge,
    leave,
    exclude,
    appeal,
    appeal,
    decide_appeal,
    decide_appeal,
    replace_key,
];

/// More people than this come only where somebody stuffs.
const CROWD: usize = 60;

fn is_full(world: &World) -> bool {
    world.ledger.people.values().filter(|person| person.on_roll).count() >= CROWD
}

fn admit(world: &mut World) -> Outcome {
    if is_full(world) {
        return Ok(());
    }
    let Some(mut by) = world.admitters() else { return Ok(()) };
    let (member, key) = (world.new_number(), world.new_key());
    by.push(Signer::member(member));
    let content = MemberAdmitted { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key(member, &key))
}

fn enrol(world: &mut World) -> Outcome {
    if is_full(world) {
        return Ok(());
    }
    let Some(mut by) = world.admitters() else { return Ok(()) };
    let but: Vec<u32> = by.iter().filter_map(Signer::number).collect();
    let Some(pair) = world.pair(["scrutiny", "scrutiny"], &but) else { return Ok(()) };
    by.extend(pair);
    let member = world.new_number();
    world.send(Draft::new(by, &MemberEnrolled { member }))
}

fn issue_slips(world: &mut World) -> Outcome {
    let Some(by) = world.admitters() else { return Ok(()) };
    let first = world.new_number();
    // Now and then again for somebody whose slip is lost.
    let lost: Vec<u32> = world.ledger.slips.keys().copied().collect();
    let mut numbers: Vec<u32> = (first..=first + world.dice.below(3) as u32).collect();
    if let Some(again) = world.dice.pick(&lost).filter(|_| world.dice.chance(40)) {
        numbers = vec![again];
    }
    let mut slips = Vec::new();
    for member in numbers {
        let key = world.new_key();
        slips.push(SlipIssued { member, key: key.public().base64() });
        world.slips.insert(member, key);
    }
    let until = world.now + world.dice.within(1, 200 * DAY);
    world.send(Draft::new(by, &SlipsIssued { slips, until }))
}

fn join(world: &mut World) -> Outcome {
    let slips: Vec<u32> = world.slips.keys().copied().collect();
    let Some(member) = world.dice.pick(&slips).filter(|_| !is_full(world)) else { return Ok(()) };
    let Some(slip) = world.slips.get(&member).cloned() else { return Ok(()) };
    if world.dice.chance(80) {
        world.slips.remove(&member);
    }
    let key = world.new_key();
    let by = vec![Signer { name: "slip".into(), capacity: None }, Signer::member(member)];
    let content = MemberJoined { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key("slip", &slip).key(member, &key))
}

fn challenge(world: &mut World) -> Outcome {
    let now = world.now;
    let new = world.ledger.who(|person| person.is_new(now));
    let (Some(member), Some(challenger)) = (world.dice.pick(&new), world.voter()) else { return Ok(()) };
    let Some(by) = world.acts(challenger) else { return Ok(()) };
    let reason = "No vive en el barrio.".into();
    world.send(Draft::new(by, &MemberChallenged { by: challenger, member, reason }))
}

fn decide_challenge(world: &mut World) -> Outcome {
    let challenged = world.ledger.who(|person| person.on_roll && person.challenged.is_some());
    let Some(member) = world.dice.pick(&challenged) else { return Ok(()) };
    let Some(by) = world.assembly() else { return Ok(()) };
    let stays = world.dice.chance(60);
    world.send(Draft::new(by, &ChallengeDecided { member, stays }))
}

fn leave(world: &mut World) -> Outcome {
    if !world.dice.chance(35) {
        return Ok(());
    }
    let Some(member) = world.anybody() else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &MemberLeft { member }))
}

fn exclude(world: &mut World) -> Outcome {
    if !world.dice.chance(50) {
        return Ok(());
    }
    let Some(member) = world.anybody() else { return Ok(()) };
    let Some(by) = world.pair(["roll", "presiding"], &[member]) else { return Ok(()) };
    let reason = "Acuerdo de la junta, artículo 9.".into();
    world.send(Draft::new(by, &MemberExcluded { member, reason }))
}

fn appeal(world: &mut World) -> Outcome {
    let excluded = world.ledger.who(|person| person.on_roll && person.excluded.is_some());
    let Some(member) = world.dice.pick(&excluded) else { return Ok(()) };
    let Some(by) = world.acts(member) else { return Ok(()) };
    world.send(Draft::new(by, &ExclusionAppealed { member }))
}

fn decide_appeal(world: &mut World) -> Outcome {
    let appeals = |person: &crate::ledger::roll::Person| {
        person.on_roll && person.excluded.as_ref().is_some_and(|excluded| excluded.appealed.is_some())
    };
    let appealing = world.ledger.who(appeals);
    let Some(member) = world.dice.pick(&appealing) else { return Ok(()) };
    let Some(by) = world.assembly() else { return Ok(()) };
    let restored = world.dice.chance(60);
    world.send(Draft::new(by, &AppealDecided { member, restored }))
}

fn replace_key(world: &mut World) -> Outcome {
    let Some(member) = world.anybody() else { return Ok(()) };
    let Some(mut by) = world.pair(["roll", "scrutiny"], &[member]) else { return Ok(()) };
    by.push(Signer::member(member));
    let key = world.new_key();
    let content = KeyReplaced { member, key: key.public().base64() };
    world.send(Draft::new(by, &content).key(member, &key))
}
