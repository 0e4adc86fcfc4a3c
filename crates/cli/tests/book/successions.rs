//! Hand-overs that are contested, or double: shown by mirrors and by audits, never taken for good.

use book::checkpoint::SignedCheckpoint;
use book::key::Vkey;
use book::proof::LogProof;

use crate::client::checkpoint;
use crate::house::{Founded, House, names};

struct Drill {
    house: House,
    council: Founded,
    cosigners: [String; 2],
}

/// A book of three entries, final for the mirrors `uno` and `dos`; `corta` has only two of them, `tres` has all and cosigns
/// nothing. The server is gone.
fn drill() -> Drill {
    let house = House::new();
    let cosigners = ["uno", "dos"].map(|name| house.cosigner(name));
    let [uno, dos] = &cosigners;
    house.write(
        "policy",
        format!("mirror uno {uno}\nmirror dos {dos}\ngroup ambos all uno dos\nquorum ambos\n"),
    );
    let council = house.found("--founders 1,2,3 --policy policy");
    let server = house.start("serve --listen 127.0.0.1:0");
    let url = server.address.clone();
    let remark = format!("write remark.made --server {url} --key keys/1.key --content remark.json --yes");
    house.ok(&remark);
    house.ok(&format!("mirror {url} corta"));
    house.ok(&remark);
    for name in ["uno", "dos"] {
        let object = house.json(&format!("mirror {url} {name} --cosign {name}.key"));
        assert_eq!((&object["entries"], &object["cosigned"]), (&3.into(), &3.into()));
    }
    // What is final is known once one looks again.
    for name in ["uno", "dos", "tres"] {
        assert_eq!(house.json(&format!("mirror {url} {name}"))["final"], 3);
    }
    server.kill();
    Drill { house, council, cosigners }
}

impl Drill {
    /// Proposes a hand-over from this source and has it signed: `<name>.texto`, `<name>.<member>.firma`, `<name>.key`. The
    /// words with which it begins.
    fn signed(&self, name: &str, source: &str, signers: [u32; 2]) -> String {
        let [one, two] = signers;
        self.house.ok(&format!(
            "succeed propose {source} --signers {one},{two} --out {name}.texto --clerk-key {name}.key"
        ));
        for member in signers {
            self.house.ok(&format!(
                "succeed sign {name}.texto --key keys/{member}.key --out {name}.{member}.firma --yes"
            ));
        }
        format!(
            "succeed start {source} --text {name}.texto --signatures {name}.{one}.firma {name}.{two}.firma \
             --clerk-key {name}.key --db {name}.db"
        )
    }

    fn bundle(&self, name: &str) {
        self.house.ok(&format!("bundle --db {name}.db {name}.tar"));
        self.house.ok(&format!("audit {name}.tar --book {}", self.council.book));
    }

    /// The only case of evidence in a mirror's folder: its files.
    fn evidence(&self, mirror: &str, kind: &str) -> (String, Vec<String>) {
        let folder = self.house.path(&format!("{mirror}/evidence"));
        let cases = names(&folder);
        assert!(cases.len() == 1 && cases[0].starts_with(kind), "{cases:?}");
        let files = names(&folder.join(&cases[0]));
        (format!("{mirror}/evidence/{}", cases[0]), files)
    }

    /// The audit of a mirror that has met a conflict: what it holds is sound, and the evidence is named beside it.
    fn audit_shows(&self, mirror: &str, case: &str) {
        let said = self.house.ok(&format!("audit {mirror} --book {}", self.council.book));
        assert!(said.contains("All holds") && said.contains(case), "{said}");
        let object = self.house.json(&format!("audit {mirror}"));
        assert_eq!(object["evidence"], serde_json::json!([case]));
    }
}

#[test]
fn a_hand_over_below_what_is_final_is_contested() {
    let drill = drill();
    let house = &drill.house;
    let start = drill.signed("corto", "corta", [1, 2]);
    // Whoever compares before signing sees it.
    house.leaves_nothing(
        1,
        "succeed sign corto.texto --key keys/1.key --mirror uno --out x --yes",
        &["uno", "3 entries", "lost"],
    );
    // Whoever shows the larger checkpoint prevents it.
    for (start, what) in
        [(format!("{start} --seen uno/final"), "seen"), (start.replace("start corta", "start uno"), "source")]
    {
        house.leaves_nothing(1, &start, &["carries 2 entries over", "final checkpoint of 3"]);
        assert!(!house.path("corto.db").exists(), "{what}");
    }
    // Nobody shows it, and the new clerk begins; then it is shown to a stranger, and to mirrors on either side.
    house.ok(&start);
    drill.bundle("corto");
    let said = house.say(&["audit", "corto.tar", "--since", "uno/final"]);
    assert!(said.status == 1 && said.out.contains("FAIL  succession-open"), "{}", said.out);
    assert!(said.out.contains("signed 3 entries") && said.out.contains("carried over 2"), "{}", said.out);

    house.refused(
        1,
        "mirror corto.tar uno",
        &["contested", "carried over 2", "3 were final", "uno/evidence/"],
    );
    let (case, files) = drill.evidence("uno", "contested-");
    assert_eq!(files, ["README", "ours", "succession", "succession.tlog-proof", "theirs"]);
    // Both sides speak for themselves.
    let log = Vkey::parse(&drill.council.clerk).unwrap();
    let cosigners = drill.cosigners.each_ref().map(|vkey| Vkey::parse(vkey).unwrap());
    let ours = SignedCheckpoint::open(&house.read(&format!("{case}/ours")), &log, &cosigners).unwrap();
    assert_eq!((ours.checkpoint().size, ours.cosignatures().len()), (3, 2));
    let proof = LogProof::parse(&house.read(&format!("{case}/succession.tlog-proof"))).unwrap();
    let theirs = checkpoint(&house.read(&format!("{case}/theirs")));
    assert!(theirs.origin.ends_with("/1"));
    assert!(proof.proves(&house.read(&format!("{case}/succession")), theirs.size, &theirs.root));
    assert_eq!(checkpoint(&house.read("uno/checkpoint")).size, 3);
    drill.audit_shows("uno", &case);

    house.ok("mirror corta seguidora");
    house.ok("mirror corto.tar seguidora");
    house.refused(1, "mirror tres seguidora", &["contested", "seguidora/evidence/"]);
    let (case, _) = drill.evidence("seguidora", "contested-");
    drill.audit_shows("seguidora", &case);

    // The way on: a hand-over that carries all of it. It stands, also for the mirror that was shown the other.
    let start = drill.signed("largo", "dos", [1, 3]);
    house.ok(&format!("{start} --seen uno/final"));
    drill.bundle("largo");
    for mirror in ["uno", "dos", "tres"] {
        house.ok(&format!("mirror largo.tar {mirror}"));
        house.ok(&format!("audit {mirror} --book {}", drill.council.book));
    }
    assert_eq!(house.json("audit dos --since uno/final")["epoch"], 1);
}

/// What was recorded and not final may be left behind. A mirror that had it keeps it, and anybody can hand it in again.
#[test]
fn what_was_not_final_and_left_behind_is_handed_in_again() {
    let drill = drill();
    let house = &drill.house;
    house.write("tarde.json", r#"{"text":"Llegué tarde."}"#);
    let server = house.start("serve --listen 127.0.0.1:0");
    house.ok(&format!(
        "write remark.made --server {} --key keys/3.key --content tarde.json --yes",
        server.address
    ));
    assert_eq!(house.json(&format!("mirror {} tres", server.address))["entries"], 4);
    server.kill();
    house.ok(&drill.signed("nuevo", "dos", [1, 2]));
    drill.bundle("nuevo");
    house.ok("mirror nuevo.tar tres");
    let (case, files) = drill.evidence("tres", "left-behind-0-4");
    assert_eq!(files, ["README", "checkpoint", "entries-000000"]);
    drill.audit_shows("tres", &case);
    house.leaves_nothing(2, &format!("write --db nuevo.db --send {case}"), &["--yes"]);
    let said = house.ok(&format!("write --db nuevo.db --send {case} --yes"));
    assert_eq!(said, "3 entries recorded; 2 of them stood in the book already\n");
    let again = house.json(&format!("write --db nuevo.db --send {case} --yes"));
    assert_eq!((&again["recorded"], &again["repeated"]), (&0.into(), &3.into()));
    house.ok("bundle --db nuevo.db mas.tar");
    house.ok("mirror mas.tar tres");
    let all = crate::client::entries(&house.path("tres"));
    assert!(all.len() == 5 && String::from_utf8_lossy(&all[4]).contains("Llegué tarde."));
}

#[test]
fn two_clerks_for_one_epoch_stop_a_mirror() {
    let drill = drill();
    let house = &drill.house;
    for (name, signers) in [("una", [1, 2]), ("otra", [2, 3])] {
        let start = drill.signed(name, "tres", signers);
        house.ok(&start);
        drill.bundle(name);
    }
    // The same key begins only once.
    house.refused(1, "succeed start tres --text una.texto --signatures una.1.firma una.2.firma --clerk-key una.key --db una.db", &["already"]);
    house.ok("mirror una.tar uno");
    let said = house.refused(
        1,
        "mirror otra.tar uno",
        &["two successions for epoch 1", "uno/evidence/two-successions-"],
    );
    // It goes no further, whoever is asked.
    for source in ["una.tar", "otra.tar", "dos"] {
        let again = house.refused(1, &format!("mirror {source} uno"), &["two successions for epoch 1"]);
        assert_eq!(
            again.split_once(": ").unwrap().1.replace("uno: ", ""),
            said.split_once("otra.tar: ").unwrap().1
        );
    }
    house.refused(1, "mirror una.tar uno --cosign uno.key", &["two successions"]);
    let (case, files) = drill.evidence("uno", "two-successions-");
    let expected = [
        "README",
        "ours",
        "succession-ours",
        "succession-ours.tlog-proof",
        "succession-theirs",
        "succession-theirs.tlog-proof",
        "theirs",
    ];
    assert_eq!(files, expected);
    let mut clerks = Vec::new();
    for side in ["ours", "theirs"] {
        let signed = checkpoint(&house.read(&format!("{case}/{side}")));
        let entry = house.read(&format!("{case}/succession-{side}"));
        let proof = LogProof::parse(&house.read(&format!("{case}/succession-{side}.tlog-proof"))).unwrap();
        assert!(proof.index == 3 && proof.proves(&entry, signed.size, &signed.root));
        let entry = book::entry::Entry::parse(&entry).unwrap();
        clerks.push((entry.content()["clerk"].clone(), entry.signers().to_vec()));
    }
    // Member 2 signed both: it shows.
    assert_ne!(clerks[0].0, clerks[1].0);
    assert!(clerks.iter().all(|(_, signers)| signers.iter().any(|signer| signer.name == "2")));
    drill.audit_shows("uno", &case);
    // A stranger who has a checkpoint of the one is told that the other is not the same book.
    house.ok("mirror una.tar espejo-una");
    let said = house.say(&["audit", "otra.tar", "--since", "espejo-una/checkpoint"]);
    assert!(said.status == 1 && said.out.contains("FAIL  since"), "{}", said.out);
    // The way on: the council settles it, and that book is copied into a new folder.
    house.ok("mirror una.tar nueva");
    house.ok(&format!("audit nueva --book {}", drill.council.book));
}

#[test]
fn a_succession_is_signed_by_enough_of_the_right_ones() {
    let drill = drill();
    let house = &drill.house;
    let propose = "succeed propose tres --out x.texto --clerk-key x.key";
    house.leaves_nothing(1, &format!("{propose} --signers 1"), &["1 signers", "takes 2"]);
    house.leaves_nothing(1, &format!("{propose} --signers 1,4"), &["member 4", "members 1, 2, 3"]);
    let start = drill.signed("x", "tres", [1, 2]);
    house.leaves_nothing(
        2,
        "succeed sign x.texto --key keys/3.key --out x.3.firma --yes",
        &["keys/3.key", "does not name"],
    );
    house.leaves_nothing(
        2,
        "succeed sign x.texto --key keys/1.key --out x.1.firma --yes",
        &["x.1.firma", "exists"],
    );
    house.leaves_nothing(2, "succeed sign remark.json --key keys/1.key --out y --yes", &["remark.json"]);
    house.leaves_nothing(2, "succeed sign x.texto --key keys/1.key --out y", &["--yes"]);
    house.leaves_nothing(
        1,
        &start.replace("x.1.firma x.2.firma", "x.1.firma"),
        &["signature of 2 is missing"],
    );
    house.leaves_nothing(2, &start.replace("x.2.firma", "x.texto"), &["x.texto", "no signature line"]);
    house.leaves_nothing(2, &start.replace("x.key", "uno.key"), &["uno.key", "cosigner"]);
    house.leaves_nothing(1, &start.replace("x.key", "keys/1.key"), &["key"]);
    house.leaves_nothing(2, &start.replace("start tres", "start corta"), &["corta", "2 entries of the 3"]);
    // Signed over other words: the same member, the same key, another text.
    let other = drill.signed("z", "tres", [1, 2]);
    house.leaves_nothing(1, &start.replace("x.2.firma", "z.2.firma"), &["signature"]);
    house.ok(&start);
    drop(other);
}
