//! Elections of a book through the binary, from the call to the seat: real files, real keys, one database.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]
#![allow(unreachable_pub, dead_code, reason = "the house is shared with other tests")]
#![allow(clippy::disallowed_methods, reason = "real elections take real time")]

#[path = "book/house.rs"]
mod house;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use house::House;
use serde_json::{Value, json};

const ROLL: &str = "Nombre;Apellidos;Teléfono;Correo\n\
    Begoña;Íñiguez Peña;600 100 001;\n\
    Nuño;Ibáñez Güell;600 100 002;\n\
    Zoé;Ñáñez Núñez;600 100 003;\n\
    Iñaki;Etxeberría Ordóñez;600 100 004;\n\
    Conchita;Peña Íñiguez;600 100 001;\n\
    Àngels;Puigdomènech i Roig;600 100 006;\n\
    Joaquín;Muñoz Güell;600 100 007;\n\
    Fátima;Bennani Castaño;600 100 008;\n";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Waits until the clock has passed this time.
fn wait(until: u64) {
    while now() < until {
        sleep(Duration::from_millis(100));
    }
}

/// Eight people found a council; statutes without waiting times are in force.
struct Council {
    house: House,
}

impl Council {
    fn new(least_ranked: u32) -> Council {
        let house = House::new();
        house.write("vecinos.csv", ROLL);
        house.ok(
            "found --roll vecinos.csv --name Cuesta --founders 1,2,3,4,5,6,7,8 --offices chair=2,scrutineer=3,scrutineer=4 --yes",
        );
        let council = Council { house };
        let mut statutes = council.house.json("state")["statutes"].clone();
        let article = &mut statutes["articles"]["elections"];
        for days in ["nomination_days", "voting_days", "dispute_days"] {
            article[days] = json!(0);
        }
        article["least_ranked"] = json!(least_ranked);
        article["least_ballots"] = json!(3);
        let petition = council.write(
            "statutes.proposed",
            "--key keys/4.key",
            json!({"member": 4, "statutes": statutes}),
        );
        for member in [1, 2, 3, 5, 6] {
            let content = json!({"petition": petition, "member": member});
            council.write("petition.signed", &format!("--key keys/{member}.key"), content);
        }
        let statutes = &council.house.json("state")["statutes"]["articles"]["elections"];
        assert_eq!(statutes["nomination_days"], 0);
        council.trustees();
        council
    }

    /// Writes an entry; its number.
    fn write(&self, kind: &str, who: &str, content: Value) -> u64 {
        self.house.write("content.json", content.to_string());
        self.house.json(&format!("write {kind} {who} --content content.json --yes"))["number"]
            .as_u64()
            .unwrap()
    }

    /// Hands material in; the entry's number.
    fn hand_in(&self, kind: &str, who: &str, folder: &str) -> u64 {
        self.house.json(&format!("write {kind} {who} --material {folder} --yes"))["number"].as_u64().unwrap()
    }

    fn file(&self, folder: &str, end: &str) -> String {
        let name =
            house::names(&self.house.path(folder)).into_iter().find(|name| name.ends_with(end)).unwrap();
        format!("{folder}/{name}")
    }

    /// 6, 7 and 8 make a key of which two open, and each signs on a machine of their own.
    fn trustees(&self) {
        let house = &self.house;
        let each = |end: &str, of: &dyn Fn(u32) -> String| {
            (1..=3).map(|index| self.file(&of(index), end)).collect::<Vec<_>>().join(" ")
        };
        let own = |index: u32| format!("m{index}");
        for index in 1..=3 {
            house
                .ok(&format!("trustee ceremony certify --index {index} --threshold 2 --of 3 --out m{index}"));
        }
        fs::create_dir(house.path("c")).unwrap();
        house.ok(&format!("trustee ceremony certificates {} --out c/certs.jsons", each(".cert", &own)));
        for index in 1..=3 {
            house.ok(&format!(
                "trustee ceremony polynomial --key {} --certs c/certs.jsons",
                self.file(&own(index), ".key")
            ));
        }
        house.ok(&format!(
            "trustee ceremony shares {} --certs c/certs.jsons --out c",
            each(".polynomial", &own)
        ));
        for index in 1..=3 {
            let key = self.file(&own(index), ".key");
            let shares = key.rsplit('/').next().unwrap().replace(".key", ".vinput");
            house.ok(&format!("trustee ceremony check c/{shares} --key {key} --certs c/certs.jsons"));
        }
        house.ok(&format!(
            "trustee ceremony finish {} --certs c/certs.jsons --polynomials c/polynomials.jsons --out c",
            each(".voutput", &own)
        ));
        house.refused(
            2,
            "election trustees c/threshold.json --members 6,7 --out equipo",
            &["c/threshold.json", "keys of 3 trustees", "--members names 2"],
        );
        house.ok("election trustees c/threshold.json --members 6,7,8 --out equipo");
        house.refused(
            2,
            "election trustees c/threshold.json --members 6,7,8 --out equipo",
            &["equipo", "exists"],
        );
        let words =
            ["write", "trustees.formed", "--by", "6, 7, 8", "--text", "equipo.txt", "--material", "equipo"];
        let said = house.say(&words);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.out);
        for member in [8, 6] {
            house.ok(&format!(
                "write --sign equipo.txt --key keys/{member}.key --out equipo-{member}.sig --yes"
            ));
        }
        house.leaves_nothing(
            2,
            "write --sign equipo.txt --key keys/5.key --out equipo-5.sig --yes",
            &["keys/5.key", "whom the text does not name"],
        );
        let hand_in =
            "write --text equipo.txt --material equipo --yes --signatures equipo-8.sig equipo-6.sig";
        house.leaves_nothing(1, hand_in, &["signature of 7 is missing"]);
        house.ok("write --sign equipo.txt --key keys/7.key --out equipo-7.sig --material equipo --yes");
        let without = "write --text equipo.txt --yes --signatures equipo-8.sig equipo-6.sig equipo-7.sig";
        house.refused(1, without, &["hand the file in with the entry"]);
        // On a stick, with the blob.
        house.ok(&format!("{hand_in} equipo-7.sig --out equipo.entry"));
        house.ok("write --send equipo.entry --yes");
    }

    /// Called, stood for, frozen; its number and uuid.
    fn frozen(&self, office: &str, candidates: &[(u32, &str)], enrol: u64) -> (u64, String) {
        let until = now() + 3;
        let content = json!({"title": "Portavocía", "purpose": {"office": {"office": office, "seats": 1}},
            "nominate_until": until, "mixers": [6, 7]});
        let election = self.write("election.called", "--key keys/1.key --as secretary", content);
        for (member, name) in candidates {
            let who = format!("--key keys/{member}.key");
            self.write(
                "candidate.nominated",
                &who,
                json!({"election": election, "by": member, "member": member}),
            );
            self.write(
                "candidate.accepted",
                &who,
                json!({"election": election, "member": member, "name": name}),
            );
        }
        wait(until);
        let content = json!({"election": election, "enrol_until": now() + enrol});
        self.write("roll.frozen", "--key keys/1.key --as secretary", content);
        let uuid = self.house.json(&format!("election show --election {election}"))["uuid"]
            .as_str()
            .unwrap()
            .to_owned();
        (election, uuid)
    }

    /// Phones enrol, slips are printed, scrutineers list, the box opens until this many seconds from now.
    fn opened(&self, election: u64, phones: &[u32], slips: &[u32], open: u64, served: bool) -> u64 {
        let house = &self.house;
        let server = served.then(|| house.start("serve --listen 127.0.0.1:0"));
        let door = server.as_ref().map(|server| format!("--server {}", server.address)).unwrap_or_default();
        for member in phones {
            house.ok(&format!(
                "election enrol --key keys/{member}.key --seed {member}.seed --election {election} {door}"
            ));
        }
        assert!(server.is_none_or(|server| server.stop() == 0));
        house.ok(&format!("election enrolments --election {election} --out enrolled-{election}"));
        let mut with = String::new();
        if !slips.is_empty() {
            let names: Vec<String> = slips.iter().map(u32::to_string).collect();
            house.ok(&format!(
                "election slips --election {election} --count {} --out a-{election} --out2 b-{election}",
                slips.len()
            ));
            with =
                format!("--slips a-{election}.public b-{election}.public --slip-members {}", names.join(","));
        }
        let frozen =
            house.json(&format!("election show --election {election}"))["election"]["frozen"].clone();
        wait(frozen["enrol_until"].as_u64().unwrap());
        house.ok(&format!("election list --election {election} --enrolments enrolled-{election} {with}"));
        self.hand_in(
            "credentials.listed",
            "--key keys/3.key --as scrutineer --with keys/4.key:scrutineer",
            &format!("list-{election}"),
        );
        let until = now() + open;
        house.ok(&format!("election open --election {election} --until {until}"));
        self.hand_in("election.opened", "--key keys/1.key --as secretary", &format!("open-{election}"));
        until
    }

    fn secret(&self, owner: u32) -> String {
        let key = self.file(&format!("m{owner}"), ".key");
        let share = key.rsplit('/').next().unwrap().replace(".key", ".dkey");
        format!("--key {key} --share c/{share}")
    }

    /// From the close to the seat.
    fn finish(&self, election: u64, mixers: &[u32]) {
        let house = &self.house;
        house.ok(&format!("election close --election {election}"));
        self.hand_in("election.closed", "--key keys/1.key --as secretary", &format!("close-{election}"));
        for owner in mixers {
            house.ok(&format!(
                "election shuffle --election {election} {} --out mix{owner}-{election}",
                self.secret(*owner)
            ));
            self.hand_in(
                "votes.shuffled",
                &format!("--key keys/{}.key", owner + 5),
                &format!("mix{owner}-{election}"),
            );
        }
        for owner in [2, 3] {
            let part = format!("part{owner}-{election}");
            house.ok(&format!("election decrypt --election {election} {} --out {part}", self.secret(owner)));
            self.hand_in("votes.decrypted", &format!("--key keys/{}.key", owner + 5), &part);
        }
        house.ok(&format!("election declare --election {election}"));
        self.hand_in("result.declared", "--key keys/5.key", &format!("declare-{election}"));
    }

    /// The archive holds, for us and for Belenios.
    fn archive(&self, election: u64, uuid: &str) {
        let house = &self.house;
        let said = house.ok(&format!("bundle --election {uuid} --db cabildo.db {uuid}.bel"));
        assert!(said.contains(&format!("{uuid}.strong.json")), "{said}");
        let audit = house.ok(&format!("audit {uuid}.bel"));
        assert!(audit.contains("All holds"), "{audit}");
        house.leaves_nothing(
            2,
            &format!("bundle --election {election} --db cabildo.db {uuid}.bel"),
            &["exists already"],
        );
        verified_by_belenios(&house.path(&format!("{uuid}.bel")));
    }
}

fn verified_by_belenios(archive: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let tool = |folder: &Path, args: &[&str]| {
        let mut command = Command::new(root.join("tools/belenios"));
        command.arg("3.0").args(args).current_dir(folder).output().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let version = tool(folder.path(), &["--version"]);
    if !version.status.success() {
        println!(
            "SKIPPED: tools/belenios 3.0 cannot run here: {}",
            String::from_utf8_lossy(&version.stderr).trim()
        );
        return;
    }
    fs::copy(archive, folder.path().join(archive.file_name().unwrap())).unwrap();
    let verdict = tool(folder.path(), &["election", "verify"]);
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
}

/// The credential of slip N, from the two sheets.
fn slip(house: &House, election: u64, number: usize) -> String {
    let half = |sheet: &str| {
        let text = house.text(&format!("{sheet}-{election}"));
        let halves: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        halves[number - 1].to_owned()
    };
    format!("{}+{}", half("a"), half("b"))
}

#[test]
fn ranked_from_the_call_to_the_seat() {
    let council = Council::new(1);
    let house = &council.house;
    let candidates = [(5, "Conchita Peña"), (6, "Àngels Puigdomènech"), (8, "Fátima Bennani")];
    let (election, uuid) = council.frozen("spokesperson", &candidates, 12);

    // Before the box is open.
    let of = format!("--election {election}");
    house.leaves_nothing(2, &format!("election open {of} --until 1"), &["stands at Frozen"]);
    house.leaves_nothing(2, &format!("election close {of}"), &["stands at Frozen"]);
    house.leaves_nothing(
        2,
        &format!("election cast {of} --seed none.seed --blank --yes"),
        &["stands at Frozen"],
    );
    house.leaves_nothing(2, &format!("bundle {of} --db cabildo.db early.bel"), &["box was not opened"]);
    house.leaves_nothing(2, "election show --election 999", &["no such election"]);
    house.leaves_nothing(2, &format!("election open {of} --until tomorrow"), &["2026-12-01T20:00Z"]);
    house.leaves_nothing(
        2,
        &format!("election enrol --key keys/1.key --seed keys/2.key {of}"),
        &["no voting seed"],
    );

    let until = council.opened(election, &[1, 2, 3, 4, 6, 7, 8], &[5], 25, false);
    assert!(house.text("content.json").contains("enrol_until"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in ["1.seed", &format!("enrolled-{election}"), &format!("matching-{election}.private")] {
            assert_eq!(fs::metadata(house.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
    let show = house.ok(&format!("election show {of}"));
    for word in [
        "the box is open",
        "7 phones, 1 slips",
        "stands    Conchita Peña (member 5)",
        "scottish-stv",
        "people vote",
    ] {
        assert!(show.contains(word), "{word}: {show}");
    }

    let cast = |words: &[&str]| {
        let mut all = vec!["election", "cast", "--election", &uuid, "--yes"];
        all.extend(words);
        let said = house.say(&all);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{words:?}: {}", said.out);
        said.out
    };
    house.refuses(
        2,
        &["election", "cast", "--election", &uuid, "--seed", "1.seed", "--choose", "Conchita Peña", "--yes"],
        &["--rank NAME"],
    );
    house.refuses(
        2,
        &["election", "cast", "--election", &uuid, "--seed", "1.seed", "--rank", "Nadie", "--yes"],
        &["Nadie"],
    );
    house.refused(
        2,
        &format!("election cast --election {uuid} --seed 1.seed --blank"),
        &["nobody is at a terminal", "--yes"],
    );
    let first = cast(&["--seed", "1.seed", "--rank", "Conchita Peña"]);
    assert!(first.contains("1. Conchita Peña") && first.contains("Your tracker: "), "{first}");
    // A second one takes the place of the first, with the proof.
    let second = cast(&["--seed", "1.seed", "--rank", "Àngels Puigdomènech,Conchita Peña"]);
    assert!(second.contains("takes the place"), "{second}");
    cast(&["--seed", "2.seed", "--rank", "Àngels Puigdomènech,Fátima Bennani"]);
    cast(&["--seed", "3.seed", "--rank", "Àngels Puigdomènech"]);
    cast(&["--seed", "4.seed", "--blank"]);
    let paper = slip(house, election, 1);
    cast(&[
        "--credential",
        &paper,
        "--receipt",
        "papeleta.votes",
        "--rank",
        "Conchita Peña,Àngels Puigdomènech",
    ]);
    let not_there = house.ok(&format!("election check --receipt 1.seed.{uuid}.votes"));
    assert!(not_there.contains("not published yet"), "{not_there}");
    house.ok(&format!("election publish {of}"));
    house.ok(&format!("election publish {of}"));
    let there = house.ok(&format!("election check --receipt 1.seed.{uuid}.votes"));
    assert!(there.contains("is in the box") && there.contains("still open"), "{there}");
    house.leaves_nothing(2, &format!("election close {of}"), &["ballots are taken until"]);
    // An archive of what there is so far, said so.
    let said = house.say(&["bundle", "--election", &uuid, "--db", "cabildo.db", "so-far.bel"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("has not reached a result"), "{}", said.err);
    house.ok("audit so-far.bel --partial");
    house.leaves_nothing(2, &format!("export blt {of}"), &["no result yet"]);
    house.leaves_nothing(2, &format!("election decrypt {of} {}", council.secret(1)), &["stands at Open"]);

    wait(until);
    council.finish(election, &[1, 2]);
    let counted = house.ok(&format!("election check --receipt 1.seed.{uuid}.votes"));
    assert!(counted.contains("and counts"), "{counted}");
    house.ok("election check --receipt papeleta.votes");
    let show = house.ok(&format!("election show {of}"));
    assert!(show.contains("elected   Àngels Puigdomènech (member 6)"), "{show}");
    assert!(show.contains("ballots   6") && show.contains("counted   5"), "{show}");
    council.archive(election, &uuid);

    // The ballots, for other people's programs, and counted by them to the same end.
    house.write("urna.blt", house.ok(&format!("export blt {of}")));
    let again = house.json("count urna.blt --method scottish-stv");
    assert_eq!(again["elected"], json!(["Àngels Puigdomènech"]));
    house.write("urna.soi", house.ok(&format!("export preflib {of}")));
    assert_eq!(house.json("count urna.soi --method scottish-stv --seats 1")["elected"], again["elected"]);

    council.write("election.concluded", "--key keys/1.key --as secretary", json!({"election": election}));
    let state = house.json("state");
    assert_eq!(state["offices"]["spokesperson"][0]["member"], 6);
    assert_eq!(state["elections"][0]["phase"], "Ended");
    assert!(house.ok("state").contains(&format!("election Portavocía: over ({uuid}, entry {election})")));

    // The record of one member.
    let record = house.json("export record --member 6");
    assert_eq!(record["elections"][0]["outcome"], "elected");
    assert_eq!(record["offices"][0]["office"], "spokesperson");
    assert_eq!(record["standing"], "voting");
    let kinds: Vec<&str> =
        record["entries"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    for kind in
        ["council.founded", "trustees.formed", "petition.signed", "candidate.accepted", "votes.shuffled"]
    {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let text = house.ok("export record --member 6");
    assert!(
        text.contains("office    spokesperson from") && text.contains("election  spokesperson"),
        "{text}"
    );
    house.refused(2, "export record", &["--member"]);

    // A stranger, from the bundle alone.
    house.ok("bundle --db cabildo.db libro.tar");
    let audit = house.ok("audit libro.tar");
    assert!(audit.contains("All holds"), "{audit}");
    fs::create_dir(house.path("otra")).unwrap();
    house.ok(&format!("bundle --election {uuid} libro.tar otra/{uuid}.bel"));
    assert_eq!(house.read(&format!("otra/{uuid}.bel")), house.read(&format!("{uuid}.bel")));
}

#[test]
fn approved_and_only_sums_are_public() {
    let council = Council::new(20);
    let house = &council.house;
    let (election, uuid) = council.frozen("spokesperson", &[(5, "Conchita, la de Peña"), (8, "Fátima")], 8);
    let until = council.opened(election, &[1, 2, 3, 4, 6], &[], 20, true);
    // At a server, where the vote is handed in by nobody's name.
    let server = house.start("serve --listen 127.0.0.1:0");
    for (seed, choice) in [(1, "Fátima"), (2, "Fátima"), (3, "Conchita, la de Peña")] {
        let seed = format!("{seed}.seed");
        let mut words = vec!["election", "cast", "--election", &uuid, "--yes", "--seed", &seed];
        words.extend(["--choose", choice, "--server", &server.address]);
        let said = house.say(&words);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.out);
    }
    // Only made on one machine, and handed in from another.
    for (seed, choice) in [("4.seed", "Fátima"), ("6.seed", "Conchita, la de Peña")] {
        let out = seed.replace("seed", "line");
        let mut words = vec!["election", "cast", "--election", &uuid, "--yes", "--seed", seed];
        words.extend(["--choose", choice, "--out", &out, "--from", &server.address]);
        let said = house.say(&words);
        assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.out);
    }
    let sent = house.ok(&format!("election cast --send 4.line --server {}", server.address));
    assert!(sent.contains("cabildo/receipt/v1"), "{sent}");
    house.refused(
        2,
        &format!("election publish --election {uuid} --server {}", server.address),
        &["by itself"],
    );
    assert_eq!(server.stop(), 0);
    house.refused(2, "election cast --send 4.seed", &["4.seed", "it is no vote"]);
    house.ok(&format!("election publish --election {election}"));
    wait(until);
    council.finish(election, &[]);
    council.archive(election, &uuid);
    house.refused(
        1,
        &format!("election check --receipt 6.seed.{uuid}.votes"),
        &["is not in the box", "no receipt"],
    );
    let said = house.say(&["export", "blt", "--election", &uuid]);
    assert_eq!(said.status, 0);
    assert!(said.err.contains("there are no ballots to export"), "{}", said.err);
    assert_eq!(said.out, "candidate,votes\r\n\"Conchita, la de Peña\",1\r\nFátima,3\r\n");
    let show = house.json(&format!("election show --election {uuid}"));
    assert_eq!(show["count"]["elected"], json!(["Fátima"]));
    assert_eq!(show["phase"], "Declared");
}

#[test]
fn material_is_exactly_what_the_content_names() {
    let house = House::new();
    house.found("");
    house.write("plano.txt", "un plano");
    house.write("otro.txt", "otro");
    let blob =
        json!({"sha256": "0a3a3a22eb8e2b6d7d7e0d5b5a3ed3a5c8e0a0b6b5d0b5b2d5e3c7c1b0a0f0e0", "size": 8});
    house.write("mal.json", json!({"text": "x", "blobs": [blob]}).to_string());
    let write = "write remark.made --key keys/1.key --yes";
    house.leaves_nothing(
        2,
        &format!("{write} --content remark.json --blob plano.txt"),
        &["plano.txt", "does not name it"],
    );
    house.leaves_nothing(
        2,
        &format!("{write} --content mal.json --blob plano.txt"),
        &["plano.txt", "does not name it"],
    );
    fs::create_dir(house.path("m")).unwrap();
    house.write("m/content.json", house.text("mal.json"));
    house.leaves_nothing(2, &format!("{write} --material m"), &["which is not there"]);
    house.leaves_nothing(2, &format!("{write} --material nowhere"), &["nowhere"]);
    house.leaves_nothing(2, "write remark.made --text t --key keys/1.key", &["--by"]);
    house.leaves_nothing(2, "write --text remark.json --signatures remark.json --yes", &["remark.json"]);
}

#[test]
fn every_step_has_help() {
    let house = House::new();
    let steps = [
        "show",
        "trustees",
        "enrol",
        "enrolments",
        "slips",
        "list",
        "open",
        "cast",
        "check",
        "publish",
        "close",
        "shuffle",
        "decrypt",
        "declare",
        "papers",
    ];
    let all = house.ok("election --help");
    for step in steps {
        assert!(all.contains(&format!("\n  {step} ")), "{step}: {all}");
        assert!(house.ok(&format!("election {step} --help")).contains("Usage: cabildo election"), "{step}");
    }
}
