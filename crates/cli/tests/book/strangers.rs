//! Books around the width of a tile, mirrored, bundled and fetched over HTTP, before a stranger's program.

use crate::client::{Client, after, key, remark};
use crate::house::House;
use crate::stranger;

#[test]
fn books_of_all_widths_are_accepted() {
    if !stranger::is_here() {
        return;
    }
    let house = House::new();
    let biblioteca = house.cosigner("biblioteca");
    house.write("policy", format!("mirror biblioteca {biblioteca}\nquorum biblioteca\n"));
    let council = house.found("--policy policy");
    let (book, log) = (council.book.as_str(), council.clerk.as_str());
    let server = house.start("serve --listen 127.0.0.1:0 --posts 100000000");
    let client = Client::new(&server.address);
    let other = house.cosigner("otra");
    let secret = key(&house.path("keys/1.key"));
    let seen = after(&client.checkpoint());
    for size in [1, 2, 255, 256, 257_u64] {
        let from = client.checkpoint().size;
        std::thread::scope(|scope| {
            for part in 0..8 {
                let (secret, seen, client) = (&secret, &seen, &client);
                scope.spawn(move || {
                    for n in (from..size).filter(|n| n % 8 == part) {
                        client
                            .receipt(&remark(book, seen, 1, secret, &format!("Punto {n}")).to_bytes())
                            .unwrap();
                    }
                });
            }
        });
        let object = house.json(&format!("mirror {} copia --cosign biblioteca.key", server.address));
        assert_eq!((&object["entries"], &object["cosigned"]), (&size.into(), &size.into()));
        let keys = [log, biblioteca.as_str()];
        stranger::accepts(&house.path("copia"), &keys, size);
        let fetched = house.path(&format!("web-{size}"));
        client.fetch(&fetched);
        stranger::accepts(&fetched, &keys, size);
        for (name, line) in [("db", format!("--db cabildo.db --book {book}")), ("copia", "copia".to_owned())]
        {
            let bundle = format!("{name}-{size}.tar");
            house.ok(&format!("bundle {line} {bundle}"));
            house.ok(&format!("audit {bundle} --book {book}"));
            let unpacked = house.path(&format!("{name}-{size}"));
            stranger::unpack(&house.path(&bundle), &unpacked);
            stranger::accepts(&unpacked, &keys, size);
        }
        // And only with the right key.
        assert!(stranger::check(&fetched, &[log, other.as_str()]).is_err());
    }
    // A flipped byte is found by them and by us.
    let bundle = house.path("copia").join("tile/entries/001.p/1");
    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    assert!(stranger::check(&house.path("copia"), &[log]).is_err());
    let said = house.say(&["audit", "copia"]);
    assert!(said.status == 1 && said.out.contains("FAIL"), "{}", said.out);
}
