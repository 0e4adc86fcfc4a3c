//! Old books stay good: `vectors/book/old/<version>/` holds a small book, with its database, as that version wrote it. Every
//! later version reads it, audits it, migrates it, serves it, goes on with it. `vectors/book/old/README.md` says how one is made.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use book::entry::{After, By, Proposal, Signer, Text};
use book::hash::Hash;
use book::id::BookId;
use book::key::{Algorithm, SecretKey};
use book::merkle::empty_root;
use book::note::Signature;
use clerk::{Clerk, FileMark, HighWater, PrivateBody, PublicView, Submission};
use council::Statutes;
use council::kinds::{
    self, BlobRef, BodyErased, ClerkSucceeded, Content, CouncilFounded, Founder, MemberAdmitted, MemberLeft,
    RemarkMade, SuccessionRule,
};
use mirror::Mirror;
use mirror::source::Folder;
use serde_json::{Value, json};
use store::sqlite::Sqlite;
use store::{Bodies, Person};

use crate::client::{Client, checkpoint};
use crate::house::{House, copy_folder, names, wait_until};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/book/old")
}

/// Every old book, copied to a folder of its own, with what it must come to.
fn each(mut test: impl FnMut(&House, &Value)) {
    let versions: Vec<String> =
        names(&vectors()).into_iter().filter(|name| vectors().join(name).is_dir()).collect();
    assert!(!versions.is_empty());
    for version in versions {
        let house = House::new();
        copy_folder(&vectors().join(version), &house.path(""));
        let expected: Value = serde_json::from_str(&house.text("expected.json")).unwrap();
        test(&house, &expected);
    }
}

fn word<'a>(expected: &'a Value, key: &str) -> &'a str {
    expected[key].as_str().unwrap()
}

fn is_as_expected(object: &Value, expected: &Value) {
    for key in ["book", "name", "entries", "root", "epoch", "state"] {
        assert_eq!(object[key], expected[key], "{key}");
    }
}

#[test]
fn an_old_book_is_read_by_every_way() {
    each(|house, expected| {
        for source in ["libro.tar", "espejo"] {
            let book = word(expected, "book");
            let object = house.json(&format!("audit {source} --book {book} --since primero"));
            is_as_expected(&object, expected);
            assert_eq!((&object["final"], &object["void"]), (&true.into(), &json!([])));
            is_as_expected(&house.json(&format!("state {source}")), expected);
        }
        house.ok("migrate --db cabildo.db");
        let object = house.json("state --db cabildo.db");
        is_as_expected(&object, expected);
        assert_eq!(object["offices"], expected["offices"]);
        assert_eq!(object["members"], expected["members"]);
        house.ok("bundle --db cabildo.db nuevo.tar");
        is_as_expected(&house.json("audit nuevo.tar"), expected);
        house.ok("mirror libro.tar nuevo");
        is_as_expected(&house.json("audit nuevo"), expected);
        // The private side: what was kept is there, what was erased is not.
        let commitment = |key: &str| Hash::from_hex(word(expected, key)).unwrap().0;
        let book = BookId::parse(word(expected, "book")).unwrap().0;
        let mut store = Sqlite::open(&house.path("cabildo.db")).unwrap();
        let kept = store.body(&book, &commitment("kept")).unwrap().unwrap();
        assert_eq!(kept.bytes, word(expected, "kept_text").as_bytes());
        assert!(store.body(&book, &commitment("erased")).unwrap().is_none());
    });
}

#[test]
fn an_old_database_is_served_and_written_on() {
    each(|house, expected| {
        house.ok("migrate --db cabildo.db");
        let entries = expected["entries"].as_u64().unwrap();
        let one = house.json("write remark.made --key keys/2.key --content remark.json --yes");
        assert_eq!(one["number"], entries);
        let server = house.start("serve --listen 127.0.0.1:0");
        let two = format!(
            "write remark.made --server {} --key keys/1.key --as secretary --content remark.json --yes",
            server.address
        );
        assert_eq!(house.json(&two)["number"], entries + 1);
        // The old mirror goes on from where it stood, with the key with which it cosigned.
        let mirror = house.start_silent(&format!(
            "mirror {} espejo --follow --every 1 --cosign biblioteca.key",
            server.address
        ));
        let client = Client::new(&server.address);
        wait_until("it is final", || client.settled().is_some_and(|last| last.size == entries + 2));
        drop(mirror);
        house.ok(&format!("mirror {} espejo", server.address));
        let object = house.json(&format!("audit espejo --book {} --since primero", word(expected, "book")));
        assert_eq!((&object["entries"], &object["final"]), (&(entries + 2).into(), &true.into()));
        assert_eq!(server.stop(), 0);
    });
}

#[test]
fn an_old_bundle_is_handed_over() {
    each(|house, expected| {
        let epoch = expected["epoch"].as_u64().unwrap() + 1;
        house.ok("succeed propose libro.tar --signers 1,2 --out relevo --clerk-key nueva.key");
        for member in [1, 2] {
            house.ok(&format!(
                "succeed sign relevo --key keys/{member}.key --mirror espejo --out {member}.firma --yes"
            ));
        }
        house.ok("succeed start libro.tar --text relevo --signatures 1.firma 2.firma --clerk-key nueva.key --db nueva.db");
        house.ok("bundle --db nueva.db nuevo.tar");
        assert_eq!(house.json("audit nuevo.tar --since primero")["epoch"], epoch);
        house.ok("mirror nuevo.tar espejo");
        assert_eq!(house.json("audit espejo")["epoch"], epoch);
    });
}

/// The version that [`make_an_old_book`] writes.
const VERSION: &str = "1";
/// 2025-06-01 00:00:00 UTC: an old book is old on every machine.
const TIME: u64 = 1_748_736_000;

/// A secret key that everybody can compute: these books are worth nothing.
fn open_key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::of(format!("cabildo old book, {name}").as_bytes()).0)
}

/// The book in the making.
struct Maker {
    book: BookId,
    clerk: Clerk,
    time: u64,
}

impl Maker {
    fn after(&self) -> After {
        let shown = checkpoint(&self.clerk.published().checkpoint());
        After { size: shown.size, root: shown.root }
    }

    fn sign<C: Content>(&self, by: &[Signer], content: &C) -> Submission {
        let text = Text {
            book: Some(self.book),
            kind: C::KIND.into(),
            by: By::Members(by.to_vec()),
            after: self.after(),
            content: kinds::write(content),
        };
        let keys: Vec<SecretKey> = by.iter().map(|signer| open_key(&signer.name)).collect();
        Submission::of(Proposal::sign(&text, &keys.iter().collect::<Vec<_>>()).unwrap().to_bytes())
    }

    fn record(&mut self, submission: Submission) {
        self.time += 3600;
        self.clerk.record(&[submission], self.time).pop().unwrap().unwrap();
    }

    fn remark(
        &mut self,
        member: u32,
        text: &str,
        blob: Option<&[u8]>,
        body: Option<(&str, &str)>,
    ) -> Option<Hash> {
        let body =
            body.map(|(salt, text)| PrivateBody { salt: Hash::of(salt.as_bytes()).0, bytes: text.into() });
        let commitment = body
            .as_ref()
            .map(|body| council::body_commitment(&self.book, &member.to_string(), &body.salt, &body.bytes));
        let content = RemarkMade {
            text: text.into(),
            blobs: blob.map(|blob| vec![BlobRef { sha256: Hash::of(blob).hex(), size: blob.len() as u64 }]),
            body: commitment.map(|commitment| commitment.hex()),
        };
        let mut submission = self.sign(&[Signer::member(member)], &content);
        submission.blobs.extend(blob.map(<[u8]>::to_vec));
        submission.bodies.extend(body);
        self.record(submission);
        commitment
    }

    /// The mirror's line over the newest checkpoint, handed in.
    fn cosign(&mut self) {
        self.time += 1;
        let note = self.clerk.published().checkpoint();
        let text = book::note::Note::parse(&note).unwrap().text;
        let line = Signature::timestamped(&open_key("biblioteca"), "biblioteca", self.time, &text).line();
        assert!(self.clerk.add_cosignatures(line.as_bytes(), self.time).unwrap().is_final);
    }
}

/// Writes `vectors/book/old/<version>/`. Not a test: run by hand where the format of a database or a book gets a new version,
/// with [`VERSION`] raised. What stands there already is never made anew.
#[test]
#[ignore = "writes vectors/book/old; run by hand for a new version"]
fn make_an_old_book() {
    let folder = vectors().join(VERSION);
    fs::create_dir(&folder).expect("this version has its book already");
    let work = House::new();
    let at = |name: &str| folder.join(name);
    fs::create_dir(at("keys")).unwrap();
    for member in 1..=4_u32 {
        let line = open_key(&member.to_string()).to_text(&member.to_string(), Algorithm::Plain);
        fs::write(at(&format!("keys/{member}.key")), format!("{}\n", line.as_str())).unwrap();
    }
    let line = open_key("biblioteca").to_text("biblioteca", Algorithm::Timestamped);
    fs::write(at("biblioteca.key"), format!("{}\n", line.as_str())).unwrap();
    let vkey = work_vkey();

    // Epoch 0, in a database that is not kept.
    let founder = |member: u32| Founder {
        member,
        key: open_key(&member.to_string()).public().base64(),
        office: (member == 1).then(|| "secretary".into()),
    };
    let founding = CouncilFounded {
        nonce: STANDARD.encode(Hash::of(b"cabildo old book").0),
        rules: 1,
        name: "Cabildo de la Peña Vieja".into(),
        language: "es".into(),
        clerk: open_key("clerk 0").public().base64(),
        founders: (1..=3).map(founder).collect(),
        succession: SuccessionRule { among: vec![1, 2, 3], needed: 2 },
        policy: vec![format!("mirror biblioteca {vkey}"), "quorum biblioteca".into()],
        statutes: Statutes::of_template("neighbourhood", 1),
    };
    let text = Text {
        book: None,
        kind: CouncilFounded::KIND.into(),
        by: By::Members((1..=3).map(Signer::member).collect()),
        after: After { size: 0, root: empty_root() },
        content: kinds::write(&founding),
    };
    let keys: Vec<SecretKey> = (1..=3).map(|member: u32| open_key(&member.to_string())).collect();
    let founding = Proposal::sign(&text, &keys.iter().collect::<Vec<_>>()).unwrap();
    let book = BookId::of_founding(&founding.note().text);
    let people = people();
    let mark = |folder: &Path| -> Box<dyn HighWater> {
        Box::new(FileMark::at(folder.join(format!("cabildo.db.{}.signed", &book.to_string()[..16]))))
    };
    let first = work.path("first");
    fs::create_dir(&first).unwrap();
    let store = Sqlite::create(&first.join("cabildo.db")).unwrap();
    let (clerk, _) = Clerk::found(
        Box::new(store),
        Submission::of(founding.to_bytes()),
        open_key("clerk 0"),
        &people,
        mark(&first),
        TIME,
    )
    .unwrap();
    let mut maker = Maker { book, clerk, time: TIME };
    maker.remark(1, "Queda abierto el libro de actas del barrio. ¡Salud!", None, None);
    fs::write(at("primero"), maker.clerk.published().checkpoint()).unwrap();
    maker.remark(
        2,
        "Adjunto el plano de la fuente.",
        Some("Plano de la fuente:\n  ~~~o~~~\n".as_bytes()),
        None,
    );
    let admission = MemberAdmitted { member: 4, key: open_key("4").public().base64() };
    let admission = maker.sign(&[Signer::officer(1, "secretary"), Signer::member(4)], &admission);
    maker.record(admission);
    maker.remark(4, "Gracias por la acogida.", None, None);
    let departure = maker.sign(&[Signer::member(3)], &MemberLeft { member: 3 });
    maker.record(departure);
    maker.cosign();
    let mut view = PublicView::at_rest(
        Box::new(Sqlite::open(&first.join("cabildo.db")).unwrap()) as Box<dyn store::Store>,
        book,
    );
    let mut copy = Mirror::open(&at("espejo"), Some(book)).unwrap();
    copy.copy(&mut view, maker.time, &mut ()).unwrap();

    // The hand-over, and epoch 1 in the database that is kept.
    let After { size, root } = maker.after();
    let content = ClerkSucceeded {
        epoch: 1,
        size,
        root: root.to_string(),
        clerk: open_key("clerk 1").public().base64(),
    };
    let succession = maker.sign(&[Signer::member(1), Signer::member(2)], &content);
    let time = maker.time + 86_400;
    drop(maker);
    let store = Sqlite::create(&at("cabildo.db")).unwrap();
    let mut source = Folder::at(&at("espejo"));
    let (clerk, _) = Clerk::succeed(
        Box::new(store),
        &mut source,
        &succession,
        open_key("clerk 1"),
        mark(&folder),
        time,
        &[],
    )
    .unwrap();
    let mut maker = Maker { book, clerk, time };
    let kept_text = "Teléfono de guardia de Nuño: 600 100 002";
    let kept = maker.remark(2, "Mi teléfono, para la secretaría.", None, Some(("kept", kept_text))).unwrap();
    let number = maker.after().size;
    let erased = maker
        .remark(4, "Un asunto mío.", None, Some(("erased", "Lo que Iñaki no quiere que quede")))
        .unwrap();
    let erasure = BodyErased { entry: number, body: erased.hex(), reason: "lo pidió".into() };
    let erasure = maker.sign(&[Signer::member(4)], &erasure);
    maker.record(erasure);
    maker.remark(1, "Se levanta la sesión.", None, None);
    maker.cosign();
    let time = maker.time;
    maker.clerk.snapshot(time).unwrap();
    drop(maker);
    let mut view = PublicView::at_rest(
        Box::new(Sqlite::open(&at("cabildo.db")).unwrap()) as Box<dyn store::Store>,
        book,
    );
    copy.copy(&mut view, time, &mut ()).unwrap();
    drop((view, copy));
    let path = |name: &str| at(name).display().to_string();
    work.ok(&format!("bundle --db {} {}", path("cabildo.db"), path("libro.tar")));
    let state = work.json(&format!("state {}", path("libro.tar")));
    let expected = json!({
        "book": state["book"], "name": state["name"], "entries": state["entries"], "root": state["root"],
        "epoch": state["epoch"], "state": state["state"], "members": state["members"], "offices": state["offices"],
        "kept": kept.hex(), "kept_text": kept_text, "erased": erased.hex(),
    });
    fs::write(at("expected.json"), format!("{}\n", serde_json::to_string_pretty(&expected).unwrap()))
        .unwrap();
    let bytes: usize = crate::house::tree(&folder).iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 300_000, "{bytes} bytes are too many for a repository");
}

fn work_vkey() -> book::key::Vkey {
    book::key::Vkey {
        name: "biblioteca".into(),
        algorithm: Algorithm::Timestamped,
        key: open_key("biblioteca").public(),
    }
}

fn people() -> Vec<Person> {
    let names = ["Begoña Íñiguez Peña", "Nuño Ibáñez Güell", "Zoé Ñáñez Núñez", "Iñaki Etxeberría Ordóñez"];
    let person = |(at, name): (usize, &&str)| Person {
        number: at as u64 + 1,
        name: (*name).into(),
        contact: json!({"phone": format!("600 100 00{}", at + 1)}).to_string(),
    };
    names.iter().enumerate().map(person).collect()
}
