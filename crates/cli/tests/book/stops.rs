//! Clear stops: one line that says whose fault it is and what to do next, and nothing half-written.

use std::net::TcpListener;

use crate::house::{House, free_address};

#[test]
fn a_founding_that_cannot_be() {
    let house = House::new();
    let found = |more: &str| format!("found --name X --yes --roll {more}");
    house.leaves_nothing(2, &found("missing.csv"), &["missing.csv", "no such file"]);
    for (name, content, words) in [
        ("empty.csv", &b""[..], &["empty"][..]),
        ("sheet.csv", b"PK\x03\x04 ...", &["spreadsheet", "save the list of members as CSV"]),
        ("twice.csv", b"Nombre,Numero\nAna,1\nBea,1\n", &["row 3", "\"Numero\"", "row 2"]),
        ("nobody.csv", b"Nombre,Apellidos\n", &["nobody"]),
        ("noname.csv", b"Nombre,Telefono\nAna,600100001\n\n,600100002\n", &["row 4", "\"Nombre\""]),
        ("quote.csv", b"Nombre,Nota\nAna,\"abc\n", &["row 2", "quotation mark"]),
        ("mixed.csv", b"Nombre\nMu\xf1oz\n\xc3\x8d\xc3\xb1igo\nBego\xc3\xb1a\n", &["line 2", "UTF-8"]),
    ] {
        house.write(name, content);
        let mut expected = vec![name];
        expected.extend(words);
        house.leaves_nothing(2, &found(name), &expected);
    }
    let found = |more: &str| format!("found --roll socios.csv --name X --yes {more}");
    house.leaves_nothing(2, &found("--founders 9"), &["--founders", "number 9"]);
    house.leaves_nothing(2, &found("--founders 1,2,1"), &["--founders", "1 is named twice"]);
    house.leaves_nothing(2, &found("--founders uno"), &["--founders", "uno"]);
    house.leaves_nothing(2, &found("--db nowhere/cabildo.db"), &["nowhere", "no such folder"]);
    house.leaves_nothing(2, &found("--keys socios.csv"), &["socios.csv"]);
    house.leaves_nothing(2, &found("--template Mi_Barrio"), &["template"]);
    house.leaves_nothing(2, &found("--lang español"), &["language"]);
    for name in ["", "  ", "Peña\nBarrio"] {
        house.refuses(2, &["found", "--roll", "socios.csv", "--name", name, "--yes"], &["name"]);
    }
    // Nobody at a terminal, and no --yes.
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name X",
        &["nobody is at a terminal", "nothing was done", "--yes"],
    );
    assert!(
        !house.names().iter().any(|name| name.contains("cabildo") || name == "keys"),
        "{:?}",
        house.names()
    );
    // A preview is shown all the same, with what is worth a look.
    let said = house.say(&["found", "--roll", "socios.csv", "--name", "X"]);
    assert!(said.out.contains("5 people") && said.out.contains("share the phone"), "{}", said.out);
}

#[test]
fn a_policy_that_cannot_be() {
    let house = House::new();
    let vkey = house.cosigner("ateneo");
    let other = house.cosigner("radio");
    let log = {
        house.ok("key new --name clerk --out clerk.key");
        house.ok("key show clerk.key --vkey").trim().to_owned()
    };
    for (policy, words) in [
        ("witness ateneo".to_owned(), &["line 1"][..]),
        ("# a comment\n\nwitness ateneo no-key\n".into(), &["line 3", "ateneo"]),
        (format!("\nwitness ateneo {log}\n"), &["line 2", "ateneo"]),
        (format!("witness ateneo {vkey}\nmirror ateneo {other}\n"), &["line 2", "ateneo"]),
        (format!("witness uno {vkey}\nmirror dos {vkey}\n"), &["line 2"]),
        (format!("witness ateneo {vkey}\ngroup g 3 ateneo\n"), &["line 2"]),
        (format!("witness ateneo {vkey}\nquorum radio\n"), &["line 2", "radio"]),
        (format!("witness ateneo {vkey}\nquorum ateneo\nquorum ateneo\n"), &["line 3"]),
        (format!("log {log}\n"), &["line 1", "log"]),
        ("successors 1\n".into(), &["line 1", "successors K"]),
        ("successors dos 1\n".into(), &["line 1"]),
        ("successors 1 uno\n".into(), &["line 1"]),
        ("successors 1 1\nsuccessors 1 1\n".into(), &["line 2", "second"]),
        ("dance\n".into(), &["line 1", "quorum NAME"]),
    ] {
        house.write("policy", &policy);
        let mut expected = vec!["policy"];
        expected.extend(words);
        house.leaves_nothing(2, "found --roll socios.csv --name X --yes --policy policy", &expected);
    }
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name X --yes --policy none",
        &["none", "no such file"],
    );
    // In form, and against the rules.
    for policy in ["successors 2 1\n", "successors 1 2\n", "successors 1 1,1\n", "successors 0 1\n"] {
        house.write("policy", policy);
        house.leaves_nothing(2, "found --roll socios.csv --name X --yes --policy policy", &["succession"]);
    }
}

#[test]
fn keys_are_never_written_over() {
    let house = House::new();
    house.found("--founders 1,2");
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name Y --yes --db other.db",
        &["keys/1.key", "nothing is overwritten"],
    );
    // One of them is enough, and the others are not made.
    std::fs::remove_file(house.path("keys/1.key")).unwrap();
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name Y --yes --db other.db --founders 1,2",
        &["keys/2.key"],
    );
}

#[test]
fn databases_that_cannot_be_used() {
    let house = House::new();
    let commands = |db: &str| {
        [
            format!("serve --listen 127.0.0.1:0 --db {db}"),
            format!("write remark.made --db {db} --key keys/1.key --content remark.json --yes"),
            format!("state --db {db}"),
            format!("bundle --db {db} out.tar"),
            format!("backup out --db {db}"),
            format!("restore {db} --db out"),
            format!("restore --db {db} --catch-up out.tar"),
            format!("migrate --db {db}"),
        ]
    };
    for line in commands("missing.db") {
        house.leaves_nothing(2, &line, &["missing.db", "there is no such"]);
    }
    house.write("text.db", "hello, I am no database\n".repeat(50));
    for line in commands("text.db") {
        house.leaves_nothing(2, &line, &["text.db", "no SQLite database"]);
    }
    house.write("empty.db", "");
    for line in commands("empty.db") {
        house.leaves_nothing(2, &line, &["empty.db", "empty"]);
    }
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name X --yes --db text.db",
        &["text.db", "no SQLite database"],
    );
    // What a crash in the making leaves is taken.
    house.found("--db empty.db --keys keys2");
    assert_eq!(house.json("state --db empty.db")["entries"], 1);

    // Of a newer program: the schema's version stands in the file's header.
    house.found("");
    let mut bytes = house.read("cabildo.db");
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    house.write("newer.db", bytes);
    for line in commands("newer.db") {
        house.leaves_nothing(2, &line, &["newer.db", "schema 99", "newer program"]);
    }
    house.leaves_nothing(
        2,
        "found --roll socios.csv --name X --yes --db newer.db --keys keys3",
        &["newer.db", "schema 99"],
    );

    // Two books in one.
    house.found("--keys keys4");
    for line in &commands("cabildo.db")[..4] {
        if !line.starts_with("serve") {
            house.leaves_nothing(2, line, &["cabildo.db", "--book"]);
        }
    }
    house.leaves_nothing(
        2,
        "write remark.made --book abc --key keys/1.key --content remark.json --yes",
        &["abc", "52"],
    );
    let nobody = "a".repeat(52);
    house.leaves_nothing(
        2,
        &format!("write remark.made --book {nobody} --key keys/1.key --content remark.json --yes"),
        &["cabildo.db", &nobody],
    );
}

#[test]
fn entries_that_cannot_be() {
    let house = House::new();
    let council = house.found("--founders 1,2");
    house.ok("key new --name 7 --out 7.key");
    house.ok("key new --name 1 --out other-1.key");
    house.ok("key new --name biblioteca --out named.key");
    let vkey = house.cosigner("ateneo");
    house.write("public.key", format!("{vkey}\n"));
    let remark =
        |key: &str, more: &str| format!("write remark.made --content remark.json --yes --key {key} {more}");
    for (status, line, words) in [
        (1, remark("7.key", ""), &["entry-signers", "member 7"][..]),
        (1, remark("other-1.key", ""), &["entry-signature", "member 1"]),
        (1, remark("named.key", ""), &["entry-"]),
        (1, remark("keys/2.key", "--as secretary"), &["entry-capacity", "secretary", "member 1"]),
        (1, remark("keys/1.key", "--as treasurer"), &["entry-capacity", "treasurer"]),
        (2, remark("ateneo.key", ""), &["ateneo.key", "cosigner"]),
        (2, remark("public.key", ""), &["public.key", "public"]),
        (2, remark("socios.csv", ""), &["socios.csv", "no key file"]),
        (2, remark("missing.key", ""), &["missing.key", "no such file"]),
        (2, remark("keys/1.key", "--attach missing.pdf"), &["missing.pdf", "no such file"]),
        (2, remark("keys/1.key", "--private missing.txt"), &["missing.txt", "no such file"]),
        (2, "write remark.made --key keys/1.key --yes".into(), &["--content"]),
        (
            2,
            "write remark.made --key keys/1.key --yes --content none.json".into(),
            &["none.json", "no such file"],
        ),
        (
            2,
            "write dance.held --key keys/1.key --yes --content remark.json".into(),
            &["dance.held", "remark.made"],
        ),
        (2, "write council.founded --key keys/1.key --yes --content remark.json".into(), &["cabildo found"]),
        (
            2,
            "write clerk.succeeded --key keys/1.key --yes --content remark.json".into(),
            &["cabildo succeed"],
        ),
        (2, "write member.left --key keys/1.key --yes --attach socios.csv".into(), &["--attach"]),
        (
            2,
            "write body.erased --key keys/1.key --yes --content remark.json".into(),
            &["remark.json", "text"],
        ),
        (2, "write body.erased --key keys/1.key --entry 0 --yes".into(), &["--reason"]),
        (
            2,
            "write body.erased --key keys/1.key --entry 0 --reason x --yes".into(),
            &["--entry 0", "no private body"],
        ),
        (
            2,
            "write body.erased --key keys/1.key --entry 9 --reason x --yes".into(),
            &["--entry 9", "no such entry"],
        ),
        (
            2,
            "write remark.made --key keys/1.key --entry 0 --reason x --yes".into(),
            &["--entry", "body.erased"],
        ),
        (2, "write member.admitted --key keys/1.key --with named.key --yes".into(), &["named.key", "number"]),
        (1, "write member.admitted --key keys/2.key --with 7.key --yes".into(), &["entry-capacity"]),
        (2, remark("keys/1.key", "--server http://127.0.0.1:1"), &["--book"]),
        (2, remark("keys/1.key", &format!("--server 127.0.0.1:1 --book {}", council.book)), &["http://"]),
        (2, remark("keys/1.key", "--server http://127.0.0.1:1 --db cabildo.db"), &["--server", "--db"]),
        (2, "write remark.made --content remark.json".into(), &["--key"]),
        (2, "write".into(), &[]),
    ] {
        house.leaves_nothing(status, &line, words);
    }
    for (content, words) in [
        ("{\"text\":\"x\"", &["content.json", "line 1"][..]),
        ("{\"text\":\"x\",\"text\":\"y\"}", &["content.json", "duplicate"]),
        ("{\"text\":5}", &["content.json", "string"]),
        ("{\"text\":\"x\",\"sign\":\"libra\"}", &["content.json", "sign"]),
        ("[]", &["content.json"]),
        ("", &["content.json"]),
        ("{\"text\":\"abc\\u202edef\"}", &["direction of writing"]),
        ("{\"text\":\"abc\\u0007\"}", &["control character"]),
    ] {
        house.write("content.json", content);
        house.leaves_nothing(2, "write remark.made --key keys/1.key --yes --content content.json", words);
    }
    house.write("content.json", format!("{{\"text\":\"{}\"}}", "x".repeat(70_000)));
    house.leaves_nothing(
        2,
        "write remark.made --key keys/1.key --yes --content content.json",
        &["content.json", "65535"],
    );
    house.write("content.json", format!("{{\"text\":\"{}\"}}", "x".repeat(65_400)));
    house.leaves_nothing(2, "write remark.made --key keys/1.key --yes --content content.json", &["65535"]);
    // Text that is not composed is composed before it is signed, not refused: people cannot see the difference.
    house.write("content.json", "{\"text\":\"Begon\u{0303}a\"}");
    let said = house.ok("write remark.made --key keys/1.key --yes --content content.json");
    assert!(said.contains("Bego\u{f1}a"), "{said}");
    assert_eq!(house.json("state")["entries"], 2);
}

#[test]
fn one_writer_and_one_port() {
    let house = House::new();
    let vkey = house.found("--founders 1,2,3").clerk;
    let server = house.start("serve --listen 127.0.0.1:0");
    for line in [
        "write remark.made --key keys/1.key --content remark.json --yes",
        "serve --listen 127.0.0.1:0",
        "restore --catch-up socios.csv",
        "migrate",
        "found --roll socios.csv --name Y --yes --keys other-keys",
    ] {
        house.leaves_nothing(2, line, &["cabildo.db", "another `cabildo` has it open", "stop it first"]);
    }
    // Reading is never in the way.
    house.ok("state");
    house.ok("bundle --db cabildo.db b.tar");
    house.ok("backup b.db");
    assert_eq!(server.stop(), 0);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    house.refused(2, &format!("serve --listen {address}"), &[&address, "another program listens there"]);
    house.cosigner("ateneo");
    house.refused(
        2,
        &format!("witness --listen {address} --key ateneo.key --state ateneo --log {vkey}"),
        &[&address, "another program listens there"],
    );
    house.leaves_nothing(2, &format!("witness --key ateneo.key --state w --log {vkey}x"), &["--log"]);
    house.leaves_nothing(2, &format!("witness --key keys/1.key --state w --log {vkey}"), &["keys/1.key"]);
}

#[test]
fn a_restored_backup_does_not_sign_until_it_has_caught_up_or_was_handed_over() {
    let house = House::new();
    let council = house.found("--founders 1,2,3");
    let remark = "write remark.made --key keys/1.key --content remark.json --yes";
    house.ok(remark);
    house.ok("bundle --db cabildo.db corta.tar");
    house.ok("backup lunes.db");
    house.ok(remark);
    house.ok("bundle --db cabildo.db larga.tar");
    house.leaves_nothing(2, "backup lunes.db", &["lunes.db", "nothing is overwritten"]);
    house.leaves_nothing(2, "restore lunes.db", &["cabildo.db", "nothing is overwritten"]);
    // The disk is lost, the record of what was signed is not.
    std::fs::remove_file(house.path("cabildo.db")).unwrap();
    let said = house.ok("restore lunes.db");
    assert!(said.contains("2 entries") && said.contains("does not sign yet"), "{said}");
    house.refused(1, remark, &["came back from a backup (2 entries)", "catch up", "cabildo succeed"]);
    // A server shows the book and takes nothing.
    let server = house.start("serve --listen 127.0.0.1:0");
    house.ok(&format!("audit {}", server.address));
    server.wait_for("its clerk does not sign");
    assert_eq!(server.stop(), 0);
    // One way: a source that has less than was signed will not do, a whole one will.
    house.refused(1, "restore --catch-up corta.tar", &["3"]);
    house.refused(1, remark, &["backup"]);
    house.leaves_nothing(2, "restore lunes.db --catch-up larga.tar --db x.db", &["restore the backup first"]);
    let said = house.ok("restore --catch-up larga.tar");
    assert!(said.contains("1 entry came") && said.contains("may sign again"), "{said}");
    house.ok(remark);
    assert_eq!(house.json("state")["entries"], 4);
    house.ok("bundle --db cabildo.db nueva.tar");
    house.ok(&format!("audit nueva.tar --book {}", council.book));
    // The other way: another clerk goes on from the mirror; the restored one never signs again.
    house.ok("restore lunes.db --db vieja.db");
    house.ok("succeed propose nueva.tar --signers 2,3 --out relevo --clerk-key nueva.key");
    for member in [2, 3] {
        house.ok(&format!(
            "succeed sign relevo --key keys/{member}.key --mirror nueva.tar --out {member}.firma --yes"
        ));
    }
    house.ok("succeed start nueva.tar --text relevo --signatures 2.firma 3.firma --clerk-key nueva.key --db relevo.db");
    house.ok(&format!("{remark} --db relevo.db"));
    house.ok("bundle --db relevo.db relevo.tar");
    house.ok(&format!("audit relevo.tar --book {}", council.book));
    house.refused(1, "restore --db vieja.db --catch-up relevo.tar", &["handed over", "epoch 1"]);
    house.refused(1, &format!("{remark} --db vieja.db"), &["backup"]);
}

#[test]
fn copies_that_cannot_be_made() {
    let house = House::new();
    let council = house.found("");
    house.ok("bundle --db cabildo.db b.tar");
    let nowhere = free_address();
    let other = "a".repeat(52);
    for (status, line, words) in [
        (2, "mirror missing copia".to_owned(), &["missing", "no such file"][..]),
        (2, "mirror socios.csv copia".into(), &["socios.csv"]),
        (2, "mirror b.tar socios.csv".into(), &["socios.csv", "file, not a folder"]),
        (2, "mirror b.tar keys".into(), &["keys", "other files"]),
        (2, "mirror keys copia".into(), &["keys", "no minute book"]),
        (1, format!("mirror b.tar copia --book {other}"), &["b.tar", &other]),
        (2, "mirror b.tar copia --book abc".into(), &["abc"]),
        (2, "mirror b.tar copia --cosign keys/1.key".into(), &["keys/1.key", "--cosigner"]),
        (2, format!("mirror http://{nowhere} copia"), &["/book/"]),
        (2, format!("mirror http://{nowhere}/book/{} copia", council.book), &[&nowhere]),
        (2, "mirror b.tar copia --listen 127.0.0.1:0".into(), &["--follow"]),
        (2, "audit missing".into(), &["missing"]),
        (2, "audit missing.tar".into(), &["missing.tar", "no such file"]),
        (2, "audit keys".into(), &["keys", "no minute book"]),
        (2, "audit b.tar --since remark.json".into(), &["remark.json"]),
        (2, "audit b.tar --since none".into(), &["none", "no such file"]),
        (2, "audit b.tar --partial".into(), &["--partial"]),
        (2, format!("audit http://{nowhere}/book/{}", council.book), &[&nowhere]),
        (2, "bundle b.tar".into(), &["--db"]),
        (2, "bundle keys out.tar".into(), &["keys"]),
        (2, "bundle --db cabildo.db b.tar".into(), &["b.tar", "nothing is overwritten"]),
        (2, "bundle --db cabildo.db a.tar b2.tar".into(), &["--db"]),
        (2, "bundle --db cabildo.db out.bel --election 5".into(), &["--election 5", "no such election"]),
        (2, "state missing".into(), &["missing", "no such file"]),
        (2, "state b.tar --book abc".into(), &["abc"]),
    ] {
        house.leaves_nothing(status, &line, words);
    }
    // It is not the book that was asked for: read, and it fails.
    let said = house.say(&["audit", "b.tar", "--book", &other]);
    assert!(said.status == 1 && said.out.contains("FAIL  book") && said.err.is_empty(), "{}", said.out);
    // Copying goes on after all that.
    house.ok("mirror b.tar copia");
}
