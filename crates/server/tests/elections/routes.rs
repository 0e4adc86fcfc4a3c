//! What the two addresses answer.

use clerk::LINE_LIMIT;
use council::elections::receipt::{HandInReceipt, HandedIn};

use super::client::Client;
use super::played::{Secrets, Town};

#[test]
fn a_receipt_or_the_reason_why_not() {
    let mut town = Town::frozen();
    let note = town.authors.enrolment(5, "phone").to_bytes();
    let answer = town.post("enrolments", &note);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    let receipt = HandInReceipt::parse(&answer.body).unwrap();
    receipt.verify(&town.authors.hall.scribe.state).unwrap();
    assert_eq!(receipt.what, HandedIn::Enrolment);
    assert_eq!(town.post("enrolments", &note).body, answer.body);

    let refused = |route: &str, kind: &str, body: &[u8], status: u16, check: &str| {
        // What is too large ends the connection.
        let answer = Client::to(town.address()).post(route, kind, body);
        assert_eq!(answer.refusal(), (status, check.to_owned()), "{}", answer.text());
        answer.json()["error"].as_str().unwrap().to_owned()
    };
    let uuid = town.authors.uuid.clone();
    let book = town.authors.hall.scribe.book();
    let at = |uuid: &str, what: &str| format!("/book/{book}/elections/{uuid}/{what}");
    let here = at(&uuid, "enrolments");
    refused(&here, "application/json", &note, 415, "form");
    refused(&here, "text/plain", b"hello", 400, "form");
    refused(&here, "text/plain", &[b'a'; 5000], 413, "size");
    let words = refused(&at("11111111111111111111AB", "enrolments"), "text/plain", &note, 400, "election");
    assert!(words.contains("another election"), "{words}");
    let nowhere = format!("/book/{}/elections/{uuid}/enrolments", "a".repeat(52));
    refused(&nowhere, "text/plain", &note, 404, "book");
    let early = format!("{{\"ballot\":{{\"election_uuid\":\"{uuid}\",\"credential\":\"x\"}}}}");
    let words = refused(&at(&uuid, "ballots"), "text/plain", early.as_bytes(), 403, "election");
    assert!(words.contains("not open yet"), "{words}");
    refused(&at(&uuid, "ballots"), "text/plain", &vec![b'a'; LINE_LIMIT + 2], 413, "size");
    assert_eq!(town.client.get(&here).status, 405);

    let mut secrets = Secrets::default();
    town.enrol(&[1, 2, 3, 4, 6, 7, 8, 9], &mut secrets);
    town.open();
    let words = town.post("enrolments", &note).json()["error"].as_str().unwrap().to_owned();
    assert!(words.contains("do not enrol any more"), "{words}");
    let (line, hash) = town.vote(5, 0);
    let answer = town.post("ballots", format!("{line}\n").as_bytes());
    let receipt = HandInReceipt::parse(&answer.body).unwrap();
    receipt.verify(&town.authors.hall.scribe.state).unwrap();
    assert_eq!((receipt.what, receipt.hash.hex()), (HandedIn::Ballot, hash));
    assert_eq!(town.post("ballots", line.as_bytes()).body, answer.body);
    let (stranger, _) = town.vote(20, 0);
    assert_eq!(town.post("ballots", stranger.as_bytes()).refusal(), (403, "ballot".to_owned()));
    town.at(town.authors.until());
    town.published();
    assert_eq!(
        town.post("ballots", line.as_bytes()).body,
        answer.body,
        "it is published: the receipt still holds"
    );
    let metrics = town.client.get("/metrics").text();
    assert!(metrics.contains("route=\"hand-in\",status=\"403\"} "), "{metrics}");
    assert!(!metrics.contains("route=\"hand-in\",status=\"200\""), "{metrics}");
}
