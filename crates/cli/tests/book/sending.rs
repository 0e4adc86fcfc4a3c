//! Signing now and handing in later: nothing that was signed is lost, and nothing is recorded twice.

use crate::house::{House, free_address};

#[test]
fn an_entry_is_signed_now_and_handed_in_later() {
    let house = House::new();
    let council = house.found("--founders 1,2,3");
    house.write("acta.pdf", b"%PDF no es un PDF");
    house.ok("write remark.made --key keys/2.key --content remark.json --out sola.entry --yes");
    house.ok(
        "write remark.made --key keys/2.key --content remark.json --attach acta.pdf --out con.entry --yes",
    );
    // One is the note itself, and reads as such.
    assert!(house.text("sola.entry").starts_with("cabildo/entry/v1\n"));
    assert!(house.text("con.entry").starts_with("{\"entry\":\"cabildo/entry/v1\\n"));
    assert_eq!(house.json("state")["entries"], 1);
    let server = house.start("serve --listen 127.0.0.1:0");
    for (file, number) in [("sola.entry", 1), ("con.entry", 2)] {
        for repeated in [false, true] {
            let object = house.json(&format!("write --server {} --send {file} --yes", server.address));
            assert_eq!(
                (&object["number"], &object["repeated"], &object["book"]),
                (&number.into(), &repeated.into(), &council.book.as_str().into())
            );
        }
    }
    assert_eq!(server.stop(), 0);
    house.leaves_nothing(2, "write --send sola.entry", &["nobody is at a terminal", "--yes"]);
    house.leaves_nothing(2, "write --send sola.entry --key keys/1.key --yes", &["--key"]);
    house.leaves_nothing(2, "write --send remark.json --yes", &["remark.json", "no signed entry"]);
    house.leaves_nothing(2, "write --send socios.csv --yes", &["socios.csv"]);
    house.leaves_nothing(
        2,
        "write remark.made --key keys/2.key --content remark.json --out sola.entry --yes",
        &["sola.entry", "exists"],
    );
    // For another book it is nothing.
    let other = House::new();
    other.found("");
    std::fs::copy(house.path("sola.entry"), other.path("sola.entry")).unwrap();
    other.leaves_nothing(2, "write --send sola.entry --yes", &["sola.entry", &council.book]);
}

#[test]
fn what_got_no_answer_is_kept() {
    let house = House::new();
    let council = house.found("");
    house.ok("bundle --db cabildo.db todo.tar");
    house.ok("backup copia");
    house.ok("restore copia --db vieja.db");
    // A clerk that may not sign yet: the entry stays with its author, word for word.
    let server = house.start("serve --db vieja.db --listen 127.0.0.1:0");
    let said = house.refused(
        2,
        &format!(
            "write remark.made --server {} --key keys/1.key --content remark.json --yes",
            server.address
        ),
        &["backup", "cabildo write --send unsent-"],
    );
    assert_eq!(server.stop(), 0);
    let file = said.split("--send ").nth(1).unwrap().trim_end().trim_end_matches(')').to_owned();
    let note = house.read(&file);
    house.ok("restore --db vieja.db --catch-up todo.tar");
    let server = house.start("serve --db vieja.db --listen 127.0.0.1:0");
    let object = house.json(&format!("write --server {} --send {file} --yes", server.address));
    assert_eq!((&object["number"], &object["repeated"]), (&1.into(), &false.into()));
    // Nobody is there: nothing was signed, nothing is kept.
    let nowhere = free_address();
    house.leaves_nothing(
        2,
        &format!("write remark.made --server http://{nowhere} --book {} --key keys/1.key --content remark.json --yes", council.book),
        &[&nowhere, "is its server running?"],
    );
    house.leaves_nothing(
        2,
        &format!("write --server http://{nowhere} --book {} --send {file} --yes", council.book),
        &[&nowhere, "hand the same text in again"],
    );
    assert_eq!(house.read(&file), note);
}
