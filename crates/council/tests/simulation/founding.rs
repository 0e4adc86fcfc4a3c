//! Councils of every make: who founds them, under which statutes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use council::kinds::{CouncilFounded, Founder, SuccessionRule};
use council::{Filling, OfficeArticle, Power, Statutes, TEMPLATES};

use crate::dice::Dice;
use crate::world::World;

/// 1 March 2026, 18:00 UTC.
pub(crate) const FOUNDED_AT: u64 = 1_772_388_000;

/// A founding by 8 to 50 people.
pub(crate) fn content(world: &mut World) -> CouncilFounded {
    let statutes = statutes(&mut world.dice);
    let articles = statutes.articles.clone();
    let offices = articles.map(|articles| articles.offices).unwrap_or_default();
    let seats = offices.iter().flat_map(|article| (0..article.seats).map(|_| article.office.clone()));
    // Most seats are filled from the start.
    let mut seats: Vec<Option<String>> = seats.filter(|_| world.dice.chance(90)).map(Some).collect();
    let count = (8 + world.dice.below(43) as usize).max(seats.len());
    seats.resize(count, None);
    if world.dice.chance(50) {
        world.dice.shuffle(&mut seats);
    }
    let founders = (1..).zip(seats).map(|(member, office)| Founder {
        member,
        key: world.new_key().public().base64(),
        office,
    });
    let founders: Vec<Founder> = founders.collect();
    let among = world.dice.within(1, 5) as u32;
    let needed = among / 2 + 1;
    CouncilFounded {
        nonce: STANDARD.encode([world.dice.next() as u8; 32]),
        rules: 2,
        name: "Consejo de La Cruz del Río".into(),
        language: "es".into(),
        clerk: world.clerk.public().base64(),
        founders,
        succession: SuccessionRule { among: (1..=among).collect(), needed },
        policy: Vec::new(),
        statutes,
    }
}

/// A template, or something of its own.
fn statutes(dice: &mut Dice) -> Statutes {
    let template = TEMPLATES[dice.below(4) as usize];
    let mut statutes = Statutes::of_template(template, 2);
    statutes.after_days = [1, 7, 30, 30, 90][dice.below(5) as usize];
    for _ in 0..dice.below(8) {
        change(&mut statutes, dice);
    }
    statutes
}

/// Some other number or method somewhere.
pub(crate) fn change(statutes: &mut Statutes, dice: &mut Dice) {
    let Some(articles) = &mut statutes.articles else { return };
    let names: Vec<String> = articles.offices.iter().map(|article| article.office.clone()).collect();
    let at = dice.below(articles.offices.len() as u64) as usize;
    let appointed = |dice: &mut Dice| {
        let others: Vec<String> = names.iter().filter(|name| **name != names[at]).cloned().collect();
        let by = dice.pick(&others).unwrap_or_default();
        let confirmed_by = dice.pick(&others).filter(|_| dice.chance(60));
        Filling::Appointment { by, confirmed_by }
    };
    match dice.below(13) {
        0 => articles.roll.vouchers = dice.below(4) as u32,
        1 => articles.roll.challenge_days = dice.below(20) as u32,
        2 => articles.roll.appeal_days = dice.within(1, 30) as u32,
        3 => articles.acting_days = dice.within(1, 90) as u32,
        4 => articles.amendment.percent = dice.within(1, 70) as u32,
        5 => articles.amendment.days = dice.within(1, 60) as u32,
        6 => articles.offices[at].seats = dice.within(1, 4) as u32,
        7 => articles.offices[at].terms = dice.below(3) as u32,
        8 => {
            let days = dice.within(31, 400) as u32;
            articles.offices[at].term_days = days;
        }
        9 | 10 => articles.offices[at].filling = appointed(dice),
        11 => {
            let powers = [Power::Roll, Power::Presiding, Power::Minutes, Power::Scrutiny, Power::Telling];
            articles.offices.push(OfficeArticle {
                office: format!("oficio-{}", dice.below(6)),
                seats: dice.within(1, 3) as u32,
                term_days: dice.within(31, 200) as u32,
                terms: 0,
                filling: Filling::Appointment { by: names[at].clone(), confirmed_by: None },
                powers: powers.into_iter().filter(|_| dice.chance(30)).collect(),
            });
        }
        _ => {
            articles.offices.remove(at);
        }
    }
    if !is_sound(statutes) {
        *statutes = Statutes::of_template("neighbourhood", 2);
    }
}

/// Whether statutes could be in force: what this test proposes should mostly be.
fn is_sound(statutes: &Statutes) -> bool {
    let Some(articles) = &statutes.articles else { return false };
    let is_office = |name: &String| articles.office(name).is_some();
    let once = articles
        .offices
        .iter()
        .all(|one| articles.offices.iter().filter(|other| other.office == one.office).count() == 1);
    let filled = articles.offices.iter().all(|article| match &article.filling {
        Filling::Election { due_days, .. } => *due_days < article.term_days,
        Filling::Appointment { by, confirmed_by } => {
            let named = || [Some(by), confirmed_by.as_ref()].into_iter().flatten();
            named().all(|name| is_office(name) && *name != article.office)
        }
    });
    let powers = [Power::Roll, Power::Presiding, Power::Minutes];
    let held =
        powers.iter().all(|power| articles.offices.iter().any(|article| article.powers.contains(power)));
    once && filled && held
}
