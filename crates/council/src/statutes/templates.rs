//! The statutes that councils begin with. What each says in plain words stands in `docs/spec/council.md`.

use super::articles::{Articles, Filling, OfficeArticle, PetitionArticle, Power, RecallArticle, RollArticle};
use super::elections::ElectionArticle;

/// Their names.
pub const TEMPLATES: [&str; 4] = ["neighbourhood", "workplace", "co-op", "union-branch"];

fn elected(office: &str, seats: u32, term_days: u32, terms: u32, powers: &[Power]) -> OfficeArticle {
    let method = if seats > 1 { "scottish-stv" } else { "approval" };
    let filling = Filling::Election { method: method.into(), due_days: 30 };
    OfficeArticle { office: office.into(), seats, term_days, terms, filling, powers: powers.to_vec() }
}

fn appointed(office: &str, seats: u32, term_days: u32, powers: &[Power]) -> OfficeArticle {
    let filling = Filling::Appointment { by: "secretary".into(), confirmed_by: Some("chair".into()) };
    OfficeArticle { office: office.into(), seats, term_days, terms: 0, filling, powers: powers.to_vec() }
}

/// Days: to stand, the box is open, to dispute.
fn elections(
    trustees: u32,
    threshold: u32,
    [nomination, voting, dispute]: [u32; 3],
) -> Option<ElectionArticle> {
    Some(ElectionArticle {
        trustees,
        threshold,
        nomination_days: nomination,
        voting_days: voting,
        dispute_days: dispute,
        late_days: 7,
        least_ballots: 5,
        least_ranked: 20,
    })
}

const YEAR: u32 = 365;

/// The articles of a template; of a name that is none, those of a neighbourhood.
pub(super) fn articles(template: &str) -> Articles {
    use Power::{Minutes, Presiding, Roll, Scrutiny, Telling};
    let roll = |vouchers, challenge_days, appeal_days| RollArticle { vouchers, challenge_days, appeal_days };
    let majority = |percent, days| PetitionArticle { percent, days };
    match template {
        "workplace" => Articles {
            roll: roll(0, 7, 14),
            offices: vec![
                elected("secretary", 1, YEAR, 3, &[Roll, Minutes]),
                elected("chair", 1, YEAR, 3, &[Presiding]),
                elected("steward", 3, YEAR, 0, &[Telling]),
                appointed("scrutineer", 3, YEAR, &[Scrutiny, Telling]),
            ],
            acting_days: 60,
            amendment: majority(51, 30),
            elections: elections(3, 2, [7, 1, 3]),
            recall: Some(RecallArticle {
                percent: 33,
                days: 30,
                cooldown_days: 180,
                grace_days: 60,
                secret: false,
                vote_days: 21,
            }),
        },
        "co-op" => Articles {
            roll: roll(2, 30, 30),
            offices: vec![
                elected("secretary", 1, 2 * YEAR, 2, &[Roll, Minutes]),
                elected("chair", 1, 2 * YEAR, 2, &[Presiding]),
                elected("board", 5, 2 * YEAR, 2, &[]),
                elected("auditor", 2, YEAR, 2, &[]),
                appointed("scrutineer", 3, YEAR, &[Scrutiny, Telling]),
            ],
            acting_days: 90,
            amendment: majority(67, 60),
            elections: elections(3, 2, [14, 3, 7]),
            recall: Some(RecallArticle {
                percent: 20,
                days: 60,
                cooldown_days: 365,
                grace_days: 90,
                secret: false,
                vote_days: 45,
            }),
        },
        "union-branch" => Articles {
            roll: roll(0, 14, 30),
            offices: vec![
                elected("secretary", 1, 2 * YEAR, 0, &[Roll, Minutes]),
                elected("chair", 1, 2 * YEAR, 0, &[Presiding]),
                elected("committee", 7, 2 * YEAR, 0, &[]),
                appointed("scrutineer", 4, YEAR, &[Scrutiny, Telling]),
            ],
            acting_days: 90,
            amendment: majority(67, 60),
            elections: elections(5, 3, [14, 3, 7]),
            recall: Some(RecallArticle {
                percent: 25,
                days: 60,
                cooldown_days: 365,
                grace_days: 90,
                secret: true,
                vote_days: 45,
            }),
        },
        _ => Articles {
            roll: roll(0, 7, 14),
            offices: vec![
                elected("secretary", 1, YEAR, 2, &[Roll, Minutes]),
                elected("chair", 1, YEAR, 2, &[Presiding]),
                elected("spokesperson", 2, YEAR, 2, &[]),
                appointed("scrutineer", 3, YEAR, &[Scrutiny, Telling]),
            ],
            acting_days: 60,
            amendment: majority(67, 30),
            elections: elections(3, 2, [7, 1, 3]),
            recall: Some(RecallArticle {
                percent: 30,
                days: 30,
                cooldown_days: 180,
                grace_days: 60,
                secret: false,
                vote_days: 30,
            }),
        },
    }
}
