//! Popolo (popoloproject.com/specs): the council as an organization, its seats as posts, who holds them as memberships.

use serde_json::{Value, json};

use crate::calendar::Moment;
use crate::offices::Tenure;
use crate::state::State;

/// The council at this time. Under rules version 1 offices have no seats and no ends.
pub fn popolo(state: &State, at: u64) -> Value {
    let council = format!("book/{}", state.book());
    let person = |member: u32| format!("{council}/member/{member}");
    let mut persons = Vec::new();
    let mut posts = Vec::new();
    let mut memberships = Vec::new();
    let mut numbers: Vec<u32> = state.members().map(|(number, _)| number).collect();
    if let Some(council) = state.council() {
        numbers = council.roll().members().map(|(number, _)| number).collect();
    }
    for number in numbers {
        persons.push(json!({"id": person(number), "name": format!("member {number}")}));
        memberships.push(json!({
            "id": format!("{}/member", person(number)),
            "person_id": person(number),
            "organization_id": council,
            "role": "member",
        }));
    }
    let mut hold =
        |post: &str, office: &str, member: u32, role: &str, since: Option<u64>, until: Option<u64>| {
            let mut held = json!({
                "id": format!("{post}/{member}"),
                "person_id": person(member),
                "organization_id": council,
                "post_id": post,
                "label": office,
                "role": role,
            });
            for (key, time) in [("start_date", since), ("end_date", until)] {
                if let Some(time) = time {
                    held[key] = Moment::of(time).date().into();
                }
            }
            memberships.push(held);
        };
    for (office, member) in state.holders() {
        let post = format!("{council}/office/{office}/1");
        hold(&post, office, member, office, None, None);
        posts.push(json!({"id": post, "label": office, "role": office, "organization_id": council}));
    }
    let articles = state.statutes().and_then(|statutes| statutes.articles.as_ref());
    if let (Some(seated), Some(articles)) = (state.council(), articles) {
        for article in &articles.offices {
            for (place, seat) in seated.offices().seats(&article.office).iter().enumerate() {
                let office = &article.office;
                let post = format!("{council}/office/{office}/{}", place + 1);
                for (member, tenure) in seat.signers(at, articles.acting_days) {
                    let holding = seat.holding.as_ref().filter(|_| tenure != Tenure::Acting);
                    let acting = seat.acting.as_ref().filter(|_| tenure == Tenure::Acting);
                    let role =
                        if tenure == Tenure::Holder { office.clone() } else { format!("acting {office}") };
                    let until = holding.map(|holding| holding.until).or(acting.map(|acting| acting.until));
                    hold(&post, office, member, &role, holding.map(|holding| holding.since), until);
                }
                posts.push(json!({"id": post, "label": office, "role": office, "organization_id": council}));
            }
        }
    }
    json!({
        "organizations": [{"id": council, "name": state.name(), "classification": "council"}],
        "persons": persons,
        "posts": posts,
        "memberships": memberships,
    })
}
