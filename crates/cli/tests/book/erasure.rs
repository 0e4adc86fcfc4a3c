//! Erasure, searched for in the raw bytes of every file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::house::{House, tree};

const PRIVATE: &str = "Zoé pide una baja por enfermedad: que quede entre nosotras, gracias.";

struct Secret {
    text: Vec<u8>,
    salt: Vec<u8>,
}

impl Secret {
    /// Where it stands among the files whose names begin so: raw, in base64 or in hex.
    fn is_in(&self, house: &House, prefix: &str) -> Vec<String> {
        let mut needles = vec![self.text.clone(), self.salt.clone()];
        for raw in [&self.text, &self.salt] {
            needles.push(STANDARD.encode(raw).into_bytes());
            needles.push(hex::encode(raw).into_bytes());
        }
        // A piece of it is too much as well.
        needles.extend(self.text.chunks_exact(16).map(<[u8]>::to_vec));
        let names = house.names().into_iter().filter(|name| name.starts_with(prefix));
        let mut found = Vec::new();
        for name in names {
            let path = house.path(&name);
            let files = if path.is_dir() { tree(&path) } else { vec![(path.clone(), house.read(&name))] };
            for (path, bytes) in files {
                let holds =
                    |needle: &Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle.as_slice());
                if needles.iter().any(holds) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

/// Signs a remark with a private body into `baja.entry`; what must vanish.
fn sign_private(house: &House, door: &str) -> Secret {
    house.write("baja.txt", PRIVATE);
    house.ok(&format!("write remark.made {door} --key keys/3.key --content remark.json --private baja.txt --out baja.entry --yes"));
    let object: Value = serde_json::from_str(&house.text("baja.entry")).unwrap();
    Secret {
        text: PRIVATE.as_bytes().to_vec(),
        salt: STANDARD.decode(object["bodies"][0]["salt"].as_str().unwrap()).unwrap(),
    }
}

fn erase(house: &House, entry: u64, by: &str, door: &str) {
    house.ok(&format!("write body.erased {door} {by} --entry {entry} --reason lo-pidió --yes"));
}

/// What the user made by hand, outside the database's folder in real life.
fn forget_own_files(house: &House) {
    for name in ["baja.txt", "baja.entry"] {
        std::fs::remove_file(house.path(name)).unwrap();
    }
}

#[test]
fn what_is_erased_is_in_no_file() {
    let house = House::new();
    let council = house.found("--founders 1,2,3");
    let server = house.start("serve --listen 127.0.0.1:0");
    let door = format!("--server {}", server.address);
    let secret = sign_private(&house, &door);
    let receipt = house.json(&format!("write {door} --send baja.entry --yes"));
    let number = receipt["number"].as_u64().unwrap();
    // It is kept, so that there is something to erase, and no public copy ever has it.
    assert!(!secret.is_in(&house, "cabildo.db").is_empty(), "the clerk keeps the body");
    house.ok(&format!("mirror {} copia", server.address));
    house.ok("bundle copia copia.tar");
    house.ok(&format!("bundle --db cabildo.db --book {} base.tar", council.book));
    house.ok("backup antes");
    assert!(!secret.is_in(&house, "antes").is_empty(), "an earlier backup has it, as the page says");
    for public in ["copia", "base.tar"] {
        assert_eq!(secret.is_in(&house, public), Vec::<String>::new());
    }
    erase(&house, number, "--key keys/3.key", &door);
    // While the server runs: in the file, the write-ahead log, the shared memory, the lock, the record of what was signed.
    assert_eq!(secret.is_in(&house, "cabildo.db"), Vec::<String>::new());
    house.ok("backup despues");
    assert_eq!(secret.is_in(&house, "despues"), Vec::<String>::new());
    house.ok(&format!("audit {}", server.address));
    // Killed: what is left lying is clean too, and so it is after the next start.
    server.kill();
    assert_eq!(secret.is_in(&house, "cabildo.db"), Vec::<String>::new());
    let server = house.start("serve --listen 127.0.0.1:0");
    house.ok(&format!("mirror {} copia", server.address));
    house.ok(&format!("audit copia --book {}", council.book));
    assert_eq!(server.stop(), 0);
    forget_own_files(&house);
    std::fs::remove_file(house.path("antes")).unwrap();
    assert_eq!(secret.is_in(&house, ""), Vec::<String>::new());
}

/// Without a server, by the secretary, and through a restored backup and a hand-over.
#[test]
fn no_way_on_brings_it_back() {
    let house = House::new();
    let council = house.found("--founders 1,2,3");
    let secret = sign_private(&house, "--db cabildo.db");
    house.ok("write --send baja.entry --yes");
    assert!(!secret.is_in(&house, "cabildo.db").is_empty());
    house.ok("backup antes");
    erase(&house, 1, "--key keys/1.key --as secretary", "--db cabildo.db");
    assert_eq!(secret.is_in(&house, "cabildo.db"), Vec::<String>::new());
    house.ok(&format!("bundle --db cabildo.db --book {} base.tar", council.book));
    // The old backup has it still; catching up with the book erases it there.
    house.ok("restore antes --db vieja.db");
    assert!(!secret.is_in(&house, "vieja.db").is_empty());
    house.ok("restore --db vieja.db --catch-up base.tar");
    assert_eq!(secret.is_in(&house, "vieja.db"), Vec::<String>::new());
    // The same text, handed in again with its body, does not bring it back.
    let again = house.json("write --send baja.entry --yes");
    assert_eq!((&again["number"], &again["repeated"]), (&1.into(), &true.into()));
    assert_eq!(secret.is_in(&house, "cabildo.db"), Vec::<String>::new());
    house.ok("succeed propose base.tar --signers 1,2 --out relevo --clerk-key nueva.key");
    for member in [1, 2] {
        house.ok(&format!(
            "succeed sign relevo --key keys/{member}.key --mirror base.tar --out {member}.firma --yes"
        ));
    }
    house.ok("succeed start base.tar --text relevo --signatures 1.firma 2.firma --clerk-key nueva.key --db nueva.db");
    let again = house.json("write --db nueva.db --send baja.entry --yes");
    assert_eq!(again["repeated"], true);
    assert_eq!(secret.is_in(&house, "nueva.db"), Vec::<String>::new());
    house.ok("bundle --db nueva.db nueva.tar");
    house.ok(&format!("audit nueva.tar --book {}", council.book));
}
