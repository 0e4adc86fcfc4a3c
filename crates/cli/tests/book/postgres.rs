//! The same commands over PostgreSQL: where `CABILDO_POSTGRES` names a server (an address that begins with postgres://), or
//! its programs are found here.

use crate::client::{Client, after, key, remark};
use crate::house::House;

#[allow(dead_code, reason = "the store's own tests use more of it")]
#[path = "../../../store/tests/stores/postgres/cluster.rs"]
mod cluster;

/// An address, as the command line takes it.
fn address() -> Option<String> {
    if let Ok(address) = std::env::var("CABILDO_POSTGRES") {
        return address.contains("://").then_some(address);
    }
    // A socket's folder, where an address has its host.
    let folder = cluster::cluster()?.files.parent().unwrap().display().to_string();
    Some(format!("postgres://cabildo@{}/postgres", folder.replace('/', "%2F")))
}

#[test]
fn a_book_on_a_server_of_databases() {
    let Some(address) = address() else { return };
    let house = House::new();
    let council = house.found(&format!("--founders 1,2,3 --db {address}"));
    let choice = format!("--db {address} --book {}", council.book);
    house.write("nota.txt", "Que quede entre nosotras.");
    let receipt = house.json(&format!(
        "write remark.made {choice} --key keys/2.key --content remark.json --private nota.txt --yes"
    ));
    assert_eq!(receipt["number"], 1);
    let server = house.start(&format!("serve --db {address} --listen 127.0.0.1:0"));
    // The database may hold other books; ours is at its own address.
    let base = server.address.split("/book/").next().unwrap().to_owned();
    let url = format!("{base}/book/{}", council.book);
    let client = Client::new(&url);
    let secret = key(&house.path("keys/3.key"));
    let seen = after(&client.checkpoint());
    let mut receipts = Vec::new();
    for n in 0..20 {
        receipts.push(
            client
                .receipt(&remark(&council.book, &seen, 3, &secret, &format!("Punto {n}")).to_bytes())
                .unwrap(),
        );
    }
    house.ok(&format!("write body.erased --server {url} --key keys/2.key --entry 1 --reason pedido --yes"));
    house.refused(
        2,
        &format!("write remark.made {choice} --key keys/1.key --content remark.json --yes"),
        &["the PostgreSQL database", "another `cabildo` has it open"],
    );
    server.kill();
    house.ok(&format!("bundle {choice} libro.tar"));
    let object = house.json(&format!("audit libro.tar --book {}", council.book));
    assert_eq!((&object["entries"], &object["void"]), (&23.into(), &serde_json::json!([])));
    let server = house.start(&format!("serve --db {address} --listen 127.0.0.1:0"));
    let base = server.address.split("/book/").next().unwrap().to_owned();
    house.ok(&format!("mirror {base}/book/{} copia", council.book));
    let all = crate::client::entries(&house.path("copia"));
    for receipt in receipts {
        let entry = book::entry::Entry::parse(&all[receipt.number as usize]).unwrap();
        assert_eq!((entry.text_hash(), entry.time()), (receipt.text, receipt.time));
    }
    assert_eq!(server.stop(), 0);
    house.ok(&format!("migrate --db {address}"));
    // No secret of the address is shown.
    let hidden = address.replacen("cabildo@", "cabildo:geheim@", 1);
    let said = house.refused(
        2,
        &format!("state --db {hidden} --book {}", "a".repeat(52)),
        &["the PostgreSQL database", "no book"],
    );
    assert!(!said.contains("geheim"), "{said}");
}
