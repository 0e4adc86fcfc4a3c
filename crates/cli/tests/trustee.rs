//! `cabildo trustee`, run as its users run it: by files alone, from the fixtures' ballots and from nothing to the result.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ballot::archive::{ArchiveWriter, EventType, Records};
use ballot::credential::{Credential, Enrolled};
use ballot::election::{Election, Homomorphic, Question};
use ballot::group::{Ed25519, Group};
use ballot::nonce::Nonces;
use ballot::setup::{NewElection, credential_list, new_uuid};
use ballot::trustee::Trustees;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;
use tempfile::TempDir;
use zeroize::Zeroizing;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn fixture(name: &str) -> PathBuf {
    root().join("vectors/belenios").join(name)
}

/// A folder in which commands run; what they print is checked never to hold a secret that lies in it.
struct Desk {
    folder: TempDir,
}

/// How a command ended.
struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Ended {
        let words = line.split_whitespace();
        let output = Command::new(env!("CARGO_BIN_EXE_cabildo"))
            .args(words)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        for secret in self.secrets() {
            assert!(!stdout.contains(&secret) && !stderr.contains(&secret), "{line}: it prints a secret");
        }
        Ended { status: output.status.code().unwrap(), stdout, stderr }
    }

    fn trustee(&self, line: &str) -> Ended {
        self.run(&format!("trustee {line}"))
    }

    /// Runs what must succeed.
    fn works(&self, line: &str) -> String {
        let ended = self.trustee(line);
        assert_eq!(ended.status, 0, "{line}\n{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stderr, "", "{line}");
        ended.stdout
    }

    /// Runs what must be refused with this status and one line that holds these words; nothing changes.
    fn refused(&self, status: i32, line: &str, words: &[&str]) -> String {
        let before = self.content();
        let ended = self.trustee(line);
        assert_eq!(ended.status, status, "{line}\n{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{line}\n{}", ended.stderr);
        for word in words {
            assert!(ended.stderr.contains(word), "{line}: {word:?} is not in\n{}", ended.stderr);
        }
        assert_eq!(self.content(), before, "{line}: something was written");
        ended.stderr
    }

    /// Every file with its content.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    fn secrets(&self) -> Vec<String> {
        let is_secret = |path: &Path| path.extension().is_some_and(|end| end == "privkey" || end == "key");
        let secrets = self.content().into_iter().filter(|(path, _)| is_secret(path));
        let texts = secrets.filter_map(|(_, bytes)| String::from_utf8(bytes).ok());
        texts.map(|text| text.trim().trim_matches('"').to_owned()).filter(|text| text.len() > 20).collect()
    }

    /// The files with this extension, by their paths in the folder, in order.
    fn files(&self, extension: &str) -> Vec<String> {
        let paths = self.content().into_iter().map(|(path, _)| path);
        let named = paths.filter(|path| path.extension().is_some_and(|end| end == extension));
        named
            .map(|path| path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    /// The one file with this extension under this folder.
    fn file(&self, under: &str, extension: &str) -> String {
        let found: Vec<String> =
            self.files(extension).into_iter().filter(|path| path.starts_with(under)).collect();
        assert_eq!(found.len(), 1, "{under} {extension}: {found:?}");
        found[0].clone()
    }

    fn events(&self, archive: &str) -> Vec<EventType> {
        let mut records = Records::open(fs::File::open(self.path(archive)).unwrap()).unwrap();
        std::iter::from_fn(|| records.next_record().unwrap()).map(|record| record.event.r#type).collect()
    }

    fn result(&self, archive: &str) -> Value {
        let ended = self.run(&format!("audit {archive} --json"));
        assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()["result"].clone()
    }
}

/// A desk with a fixture's archive at a stage, and its trustees' secrets.
fn desk_of(name: &str, stage: &str) -> (Desk, String, Vec<String>) {
    let desk = Desk::new();
    let mut keys = Vec::new();
    let mut archive = String::new();
    for entry in fs::read_dir(fixture(name)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.extension().and_then(|end| end.to_str()) {
            Some("bel") => archive = name,
            Some("privkey") => keys.push(format!("--key {name}")),
            Some("key") => keys.push(format!("--key {name} --share {}", name.replace(".key", ".dkey"))),
            Some("dkey") => {}
            _ => continue,
        }
        if path.extension().is_none_or(|end| end != "bel") {
            fs::copy(&path, desk.path(path.file_name().unwrap().to_str().unwrap())).unwrap();
        }
    }
    fs::copy(fixture(name).join("stages").join(stage), desk.path(&archive)).unwrap();
    keys.sort();
    (desk, archive, keys)
}

const STAGE1: &str = "stage1-ballots.bel";
const STAGE2: &str = "stage2-encrypted-tally.bel";

/// Ranked votes come in the order of the last shuffle: sorted for comparison.
fn sorted(mut result: Value) -> Value {
    for question in result.as_array_mut().unwrap() {
        let rows = question.as_array_mut().unwrap();
        if rows.first().is_some_and(|row| row.is_array()) {
            rows.sort_by_key(Value::to_string);
        }
    }
    result
}

/// Belenios' own tool on a finished archive, where it can run.
fn verified_by_belenios(archive: &Path) {
    let tool = |folder: &Path, args: &[&str]| -> Output {
        Command::new(root().join("tools/belenios"))
            .arg("3.0")
            .args(args)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    let folder = TempDir::new().unwrap();
    let version = tool(folder.path(), &["--version"]);
    if !version.status.success() {
        let why = String::from_utf8_lossy(&version.stderr).into_owned();
        println!("SKIPPED: tools/belenios 3.0 cannot run here: {}", why.trim());
        return;
    }
    fs::copy(archive, folder.path().join(archive.file_name().unwrap())).unwrap();
    let verdict = tool(folder.path(), &["election", "verify"]);
    assert!(verdict.status.success(), "{}: {}", archive.display(), String::from_utf8_lossy(&verdict.stderr));
}

/// Carries a fixture from a stage to its recorded result, with every message a file. `decrypting` says how many of the keys
/// (single ones first) decrypt.
fn carry(name: &str, stage: &str, mixers: usize, decrypting: usize) {
    let (desk, archive, keys) = desk_of(name, stage);
    if stage == STAGE1 {
        desk.works(&format!("close {archive}"));
    }
    for (i, key) in keys.iter().enumerate().take(mixers) {
        desk.works(&format!("shuffle {archive} {key} --out mix{i}"));
        desk.works(&format!("add {archive} mix{i}"));
    }
    // Single keys first: their names are shorter than a group member's.
    let mut decrypters = keys.clone();
    decrypters.sort_by_key(String::len);
    let mut parts = Vec::new();
    for (i, key) in decrypters.iter().enumerate().take(decrypting) {
        desk.works(&format!("decrypt {archive} {key} --out part{i}"));
        parts.push(format!("part{i}"));
    }
    desk.works(&format!("add {archive} {}", parts.join(" ")));
    let printed = desk.works(&format!("result {archive}"));
    assert!(printed.contains("All holds"), "{printed}");

    let recorded: Value =
        serde_json::from_str(&fs::read_to_string(fixture(name).join("result.json")).unwrap()).unwrap();
    assert_eq!(sorted(desk.result(&archive)), sorted(recorded["result"].clone()), "{name}");
    let events = desk.events(&archive);
    assert_eq!(events.contains(&EventType::EndShuffles), mixers > 0, "{name}");
    // Strong proofs stand beside it though Belenios made the election, and the audit verifies them.
    let report: Value = serde_json::from_str(&desk.run(&format!("audit {archive} --json")).stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let strong = checks.iter().find(|check| check["name"] == "decryption").unwrap();
    assert_eq!(strong["count"], decrypting, "{name}: {strong}");
    verified_by_belenios(&desk.path(&archive));
}

#[test]
fn homomorphic_elections_of_belenios_are_carried_to_their_result() {
    carry("homomorphic/v3.0-ed25519", STAGE1, 0, 3);
    carry("homomorphic/v3.3-ed25519", STAGE2, 0, 3);
    carry("homomorphic/v3.3-belenios2048", STAGE1, 0, 3);
    carry("homomorphic/v2.0-belenios2048", STAGE2, 0, 3);
}

#[test]
fn weighted_elections_of_belenios_are_carried_to_their_result() {
    carry("weighted/v3.3-ed25519", STAGE1, 0, 2);
    carry("weighted/v2.0-belenios2048", STAGE1, 0, 2);
    carry("lists-weighted/v3.3-ed25519", STAGE1, 0, 2);
}

#[test]
fn mixed_elections_of_belenios_are_carried_to_their_result() {
    carry("nonhomomorphic-stv/v3.0-ed25519", STAGE1, 3, 3);
    carry("nonhomomorphic-stv/v3.3-ed25519", STAGE2, 1, 3);
}

#[test]
fn a_mixed_election_in_a_field_is_carried_to_its_result() {
    carry("nonhomomorphic-stv/v2.0-rfc3526", STAGE2, 1, 3);
}

#[test]
fn threshold_elections_of_belenios_are_carried_to_their_result() {
    carry("threshold/v3.0-ed25519", STAGE1, 0, 3);
    carry("threshold/v3.3-ed25519", STAGE2, 0, 3);
}

/// An election of our own with a chosen and a ranked question, its ballots cast, under the list of trustees in a file.
fn cast_election(desk: &Desk, trustees: &str) -> String {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let list = fs::read(desk.path(trustees)).unwrap();
    let verified = Trustees::<Ed25519>::parse(&list).unwrap().verify().ok().unwrap();
    let mut nonces = Nonces::new(&mut rng, b"", b"test");
    let uuid = new_uuid(&mut nonces);
    let answers = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let chosen = Homomorphic {
        answers: answers(&["yes", "no"]),
        blank: None,
        min: 0,
        max: 1,
        question: "Shall it be?".into(),
    };
    let ranked = Question::non_homomorphic("Who?".into(), answers(&["Ana", "Bea", "Íñigo"]), None);
    let new = NewElection {
        name: "By files".into(),
        description: "d".into(),
        questions: vec![Question::Homomorphic(chosen), ranked],
        uuid: uuid.clone(),
        credential_authority: "cabildo".into(),
    };
    let text = new.describe(&verified).unwrap();
    let election = Election::<Ed25519>::parse(text.as_bytes()).unwrap();
    let credentials: Vec<Credential> = (0..4).map(|_| Credential::generate(&mut nonces)).collect();
    let enrolled =
        credentials.iter().map(|c| Enrolled::<Ed25519> { key: c.public::<Ed25519>(&uuid), weight: 1 });
    let credential_list = credential_list(enrolled.collect()).unwrap();
    let mut writer = ArchiveWriter::begin(Vec::new(), 1_800_000_000).unwrap();
    writer.setup(text.as_bytes(), &list, credential_list.as_bytes()).unwrap();
    let votes: [([u8; 2], [u8; 3]); 4] =
        [([1, 0], [1, 2, 3]), ([1, 0], [2, 1, 0]), ([0, 1], [1, 0, 0]), ([0, 0], [3, 2, 1])];
    for (i, (credential, (choice, ranks))) in credentials.iter().zip(votes).enumerate() {
        let votes = [Zeroizing::new(choice.to_vec()), Zeroizing::new(ranks.to_vec())];
        let ballot = ballot::ballot::cast(&election, credential, &votes, &[i as u8; 32]).unwrap();
        writer.ballot(ballot.as_bytes()).unwrap();
    }
    let name = format!("{uuid}.bel");
    fs::write(desk.path(&name), writer.finish().unwrap()).unwrap();
    name
}

/// A 2-of-3 ceremony by files, each member in a folder of its own.
fn ceremony(desk: &Desk, group: &str) {
    for i in 1..=3 {
        desk.works(&format!("ceremony certify --index {i} --threshold 2 --of 3 --group {group} --out m{i}"));
        fs::create_dir_all(desk.path("c")).unwrap();
        let cert = desk.file(&format!("m{i}/"), "cert");
        fs::copy(desk.path(&cert), desk.path(&cert.replace(&format!("m{i}/"), "c/"))).unwrap();
        let status = desk.works("ceremony status c");
        let due = ["certificates (.cert) are due from members 2, 3", "due from members 3", "polynomials"];
        assert!(status.contains(due[i - 1]), "{status}");
    }
    // In any order.
    let certs: Vec<String> = [2, 1, 3].iter().map(|i| desk.file(&format!("m{i}/"), "cert")).collect();
    desk.works(&format!("ceremony certificates {} --out c/certs.jsons", certs.join(" ")));
    for i in 1..=3 {
        let status = desk.works(&format!("ceremony status m{i}"));
        assert!(status.contains(&format!("Member {i} ")) && status.contains("certs.jsons"), "{status}");
        fs::copy(desk.path("c/certs.jsons"), desk.path(&format!("m{i}/certs.jsons"))).unwrap();
        assert!(desk.works(&format!("ceremony status m{i}")).contains("run `ceremony polynomial`"));
        let key = desk.file(&format!("m{i}/"), "key");
        desk.works(&format!("ceremony polynomial --key {key} --certs m{i}/certs.jsons"));
        assert!(desk.works(&format!("ceremony status m{i}")).contains("due from the coordinator: .vinput"));
    }
    let two = [desk.file("m1/", "polynomial"), desk.file("m3/", "polynomial")];
    desk.refused(
        2,
        &format!("ceremony shares {} --certs c/certs.jsons --out c", two.join(" ")),
        &["polynomials are missing: 2"],
    );
    // A file that travelled under another name is recognised by its signature.
    fs::copy(desk.path(&desk.file("m2/", "polynomial")), desk.path("two.txt")).unwrap();
    desk.works(&format!("ceremony shares two.txt {} --certs c/certs.jsons --out c", two.join(" ")));
    assert!(desk.works("ceremony status c").contains("answers (.voutput) are due from members 1, 2, 3"));
    for i in 1..=3 {
        let key = desk.file(&format!("m{i}/"), "key");
        let shares = format!("c/{}", key.rsplit('/').next().unwrap().replace(".key", ".vinput"));
        fs::copy(desk.path(&shares), desk.path(&shares.replace("c/", &format!("m{i}/")))).unwrap();
        assert!(desk.works(&format!("ceremony status m{i}")).contains("run `ceremony check`"));
        desk.works(&format!("ceremony check {shares} --key {key} --certs c/certs.jsons"));
        assert!(desk.works(&format!("ceremony status m{i}")).contains("threshold.json and .dkey"));
    }
    let answers = desk.files("voutput").join(" ");
    desk.works(&format!(
        "ceremony finish {answers} --certs c/certs.jsons --polynomials c/polynomials.jsons --out c"
    ));
    for i in 1..=3 {
        let key = desk.file(&format!("m{i}/"), "key");
        let name = key.rsplit('/').next().unwrap().replace(".key", "");
        desk.works(&format!(
            "ceremony accept --key {key} --certs c/certs.jsons --shares c/{name}.vinput --threshold c/threshold.json --share c/{name}.dkey"
        ));
        fs::copy(desk.path("c/threshold.json"), desk.path(&format!("m{i}/threshold.json"))).unwrap();
        fs::copy(desk.path(&format!("c/{name}.dkey")), desk.path(&format!("m{i}/{name}.dkey"))).unwrap();
        assert!(desk.works(&format!("ceremony status m{i}")).contains("ready: it can decrypt"));
    }
}

/// `--key … --share …` of a member.
fn member(desk: &Desk, i: usize) -> String {
    let folder = format!("m{i}/");
    format!("--key {} --share {}", desk.file(&folder, "key"), desk.file(&folder, "dkey"))
}

#[test]
fn from_nothing_to_the_result_by_files() {
    let desk = Desk::new();
    desk.works("key --out single --name Ana");
    ceremony(&desk, "Ed25519");
    let single = desk.file("single/", "privkey");
    let public = desk.file("single/", "pubkey");
    #[cfg(unix)]
    for secret in desk.files("key").into_iter().chain([single.clone()]) {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path(&secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    desk.works(&format!("join {public} c/threshold.json --out trustees.json"));
    let archive = cast_election(&desk, "trustees.json");
    let strong = archive.replace(".bel", ".strong.json");

    // Each step too early.
    let key = format!("--key {single}");
    desk.refused(2, &format!("shuffle {archive} {key} --out m"), &[&archive, "not closed yet"]);
    desk.refused(2, &format!("decrypt {archive} {key} --out m"), &[&archive, "not closed yet"]);
    desk.refused(2, &format!("result {archive}"), &[&archive, "not closed yet"]);
    assert!(desk.works(&format!("close {archive}")).contains("4 ballots count"));
    desk.refused(2, &format!("close {archive}"), &[&archive, "already"]);
    desk.refused(2, &format!("decrypt {archive} {key} --out m"), &[&archive, "not mixed yet"]);
    desk.refused(2, &format!("result {archive}"), &[&archive, "not mixed yet"]);

    // Two mix; the second from the first's output.
    desk.works(&format!("shuffle {archive} {key} --out mix1"));
    desk.works(&format!("shuffle {archive} {} --out early", member(&desk, 2)));
    desk.works(&format!("add {archive} mix1"));
    desk.refused(2, &format!("add {archive} mix1"), &["mix1", "trustee 1 has mixed already"]);
    desk.refused(2, &format!("shuffle {archive} {key} --out m"), &["trustee 1 has mixed already"]);
    desk.refused(2, &format!("add {archive} early"), &["early", "another state", "trustee shuffle"]);
    desk.works(&format!("shuffle {archive} {} --out mix2", member(&desk, 3)));
    desk.works(&format!("decrypt {archive} {key} --out stale"));
    desk.works(&format!("add {archive} mix2"));
    desk.refused(2, &format!("add {archive} stale"), &["stale", "another state", "trustee decrypt"]);

    // With too few parts there is no result, and the refusal says who is missing.
    desk.refused(
        2,
        &format!("result {archive}"),
        &["trustee 1 is missing", "2 more of the trustees 2, 3, 4", "1 is Ana"],
    );
    desk.works(&format!("decrypt {archive} {key} --out part1"));
    desk.works(&format!("decrypt {archive} {} --out part2", member(&desk, 1)));
    desk.works(&format!("decrypt {archive} {} --out part4", member(&desk, 3)));
    desk.works(&format!("add {archive} part1 part4"));
    desk.refused(2, &format!("result {archive}"), &[&archive, "1 more of the trustees 2, 3 needed"]);
    desk.refused(2, &format!("shuffle {archive} {} --out m", member(&desk, 2)), &["mixing has ended"]);
    desk.refused(2, &format!("decrypt {archive} {key} --out m"), &["trustee 1 has decrypted already"]);
    desk.refused(2, &format!("add {archive} part4"), &["part4", "trustee 4 has decrypted already"]);
    desk.refused(2, &format!("add {archive} part2 part2"), &["part2", "trustee 2 has decrypted already"]);

    // Strong proofs that are lost, or that were written for a part which never arrived.
    let proofs = fs::read(desk.path(&strong)).unwrap();
    desk.works(&format!("add {archive} part2"));
    let whole = fs::read(desk.path(&strong)).unwrap();
    fs::write(desk.path(&strong), &proofs).unwrap();
    desk.refused(2, &format!("result {archive}"), &[&strong, "missing: 2"]);
    fs::write(desk.path(&strong), &whole).unwrap();
    let printed = desk.works(&format!("result {archive}"));
    assert!(printed.contains("All holds"), "{printed}");
    desk.refused(2, &format!("result {archive}"), &["has its result already"]);
    desk.refused(2, &format!("decrypt {archive} {} --out m", member(&desk, 2)), &["has its result already"]);

    let result = sorted(desk.result(&archive));
    assert_eq!(result.to_string(), "[[2,1],[[1,0,0],[1,2,3],[2,1,0],[3,2,1]]]");
    use EventType::*;
    assert_eq!(
        desk.events(&archive)[5..],
        [
            EndBallots,
            EncryptedTally,
            Shuffle,
            Shuffle,
            EndShuffles,
            PartialDecryption,
            PartialDecryption,
            PartialDecryption,
            Result
        ]
    );
    verified_by_belenios(&desk.path(&archive));
}

#[test]
fn an_interrupted_add_can_be_made_again() {
    let (desk, archive, keys) = desk_of("homomorphic/v3.0-ed25519", STAGE2);
    for (i, key) in keys.iter().enumerate() {
        desk.works(&format!("decrypt {archive} {key} --out part{i}"));
    }
    desk.works(&format!("add {archive} part0"));
    let before = fs::read(desk.path(&archive)).unwrap();
    desk.works(&format!("add {archive} part1"));
    // The strong proofs were written, and the archive was not.
    fs::write(desk.path(&archive), &before).unwrap();
    assert_eq!(desk.run(&format!("audit {archive} --partial")).status, 0);
    desk.works(&format!("add {archive} part2"));
    desk.works(&format!("add {archive} part1"));
    desk.works(&format!("result {archive}"));
    assert_eq!(desk.run(&format!("audit {archive}")).status, 0);
}

#[test]
fn a_ceremony_in_a_field() {
    let desk = Desk::new();
    ceremony(&desk, "BELENIOS-2048");
    desk.works("key --group BELENIOS-2048 --out single");
    let public = desk.file("single/", "pubkey");
    let printed = desk.works(&format!("join c/threshold.json {public} --out trustees.json"));
    assert!(printed.contains("4 trustees, group BELENIOS-2048"), "{printed}");
}

#[test]
fn the_list_is_the_one_that_belenios_makes() {
    let desk = Desk::new();
    let from = fixture("threshold/v3.0-ed25519");
    let list =
        format!("join {0}/946513C2.pubkey {0}/threshold.json --out trustees.json", from.to_str().unwrap());
    desk.works(&list);
    let recorded = fs::read_to_string(from.join("trustees.json")).unwrap();
    assert_eq!(fs::read_to_string(desk.path("trustees.json")).unwrap(), recorded.trim_end());
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let (desk, archive, keys) = desk_of("threshold/v3.0-ed25519", STAGE2);
    let seed = keys.iter().find(|key| key.contains("--share")).unwrap();
    let (seed_only, share) = seed.split_once(" --share ").unwrap();
    let decrypt = |rest: &str| format!("decrypt {archive} {rest} --out m");

    // A key, and a whole group, of other elections.
    desk.works("key --out other");
    let other = desk.file("other/", "privkey");
    desk.refused(
        2,
        &decrypt(&format!("--key {other}")),
        &[&other, "this key belongs to none of the election's trustees"],
    );
    ceremony(&desk, "Ed25519");
    let stranger = member(&desk, 1);
    let (stranger_key, stranger_share) = stranger.split_once(" --share ").unwrap();
    desk.refused(2, &decrypt(&stranger), &[stranger_share, "belongs to none of the election's trustees"]);
    // A share of another ceremony, and of another member.
    desk.refused(
        2,
        &decrypt(&format!("{seed_only} --share {stranger_share}")),
        &[stranger_share, "does not open with this seed"],
    );
    desk.refused(2, &decrypt(&format!("{stranger_key} --share {share}")), &[share, "does not open"]);

    desk.refused(2, &decrypt(seed_only), &["--share"]);
    desk.refused(2, &decrypt(&format!("--key 946513C2.privkey --share {share}")), &["leave that out"]);
    desk.refused(2, &decrypt("--key nowhere.privkey"), &["nowhere.privkey", "no such file"]);
    fs::write(desk.path("empty"), "").unwrap();
    desk.refused(2, &decrypt("--key empty"), &["empty: the file is empty"]);
    desk.refused(2, &decrypt(&format!("--key {archive}")), &[&archive, "not the private key"]);
    // A key of the election written in the other group.
    desk.works("key --group BELENIOS-2048 --out field");
    desk.refused(2, &decrypt(&format!("--key {}", desk.file("field/", "privkey"))), &["privkey"]);
    // Nothing is overwritten.
    fs::write(desk.path("m"), "mine").unwrap();
    desk.refused(2, &decrypt("--key 946513C2.privkey"), &["m: it exists already"]);
    desk.refused(2, &format!("decrypt {archive} --key 946513C2.privkey --out no/where"), &["no such folder"]);
    // Nothing to mix in a chosen election.
    desk.refused(2, &format!("shuffle {archive} --key 946513C2.privkey --out s"), &["nothing to mix"]);
}

#[test]
fn messages_that_do_not_fit_are_refused() {
    let (desk, archive, keys) = desk_of("homomorphic/v3.0-ed25519", STAGE2);
    let (theirs, their_archive, their_keys) = desk_of("homomorphic/v3.3-ed25519", STAGE2);
    desk.works(&format!("decrypt {archive} {} --out part", keys[0]));
    theirs.works(&format!("decrypt {their_archive} {} --out part", their_keys[0]));
    fs::copy(theirs.path("part"), desk.path("foreign")).unwrap();
    let add = |message: &str| format!("add {archive} {message}");
    desk.refused(2, &add("foreign"), &["foreign", "another election"]);
    desk.refused(2, &add("nowhere"), &["nowhere", "no such file"]);
    fs::write(desk.path("empty"), "").unwrap();
    desk.refused(2, &add("empty"), &["empty: the file is empty"]);
    fs::write(desk.path("text"), "hello").unwrap();
    desk.refused(2, &add("text"), &["text", "no message"]);
    desk.refused(2, &add(&archive.clone()), &["no message"]);

    // Proofs that do not hold: the material was read and fails.
    let message: Value = serde_json::from_slice(&fs::read(desk.path("part")).unwrap()).unwrap();
    let forge = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut forged = message.clone();
        change(&mut forged);
        fs::write(desk.path(name), forged.to_string()).unwrap();
    };
    let other = message["owner"].as_u64().unwrap() % 3 + 1;
    forge("owner", &|message| message["owner"] = other.into());
    desk.refused(1, &add("owner"), &["owner", &format!("trustee {other}"), "partial-decryptions"]);
    forge("nobody", &|message| message["owner"] = 9.into());
    desk.refused(2, &add("nobody"), &["nobody", "there is no trustee 9"]);
    forge("strong", &|message| {
        let strong =
            message["strong"].as_str().unwrap().replace("\"response\":\"", "\"response\":\"999999999");
        message["strong"] = strong.into();
    });
    desk.refused(2, &add("strong"), &["strong", "strong proof cannot be read"]);
    let their_message: Value = serde_json::from_slice(&fs::read(desk.path("foreign")).unwrap()).unwrap();
    forge("payload", &|message| message["payload"] = their_message["payload"].clone());
    desk.refused(1, &add("payload"), &["payload", "partial-decryptions", "nothing was added"]);
    forge("exchanged", &|message| message["strong"] = their_message["strong"].clone());
    desk.refused(1, &add("exchanged"), &["exchanged", "strong proof"]);
    // All or none.
    desk.refused(1, &add("part owner"), &["owner", "nothing was added"]);
    desk.refused(2, &add("part part"), &["decrypted already"]);
    desk.works(&add("part"));
}

#[test]
fn a_shuffle_that_does_not_hold_is_refused() {
    let (desk, archive, keys) = desk_of("nonhomomorphic-stv/v3.0-ed25519", STAGE2);
    desk.works(&format!("shuffle {archive} {} --out good", keys[0]));
    let mut message: Value = serde_json::from_slice(&fs::read(desk.path("good")).unwrap()).unwrap();
    let mut payload: Value = serde_json::from_str(message["payload"].as_str().unwrap()).unwrap();
    payload["ciphertexts"][0].as_array_mut().unwrap().swap(0, 1);
    message["payload"] = payload.to_string().into();
    fs::write(desk.path("bad"), message.to_string()).unwrap();
    desk.refused(1, &format!("add {archive} bad"), &["bad", "shuffle by trustee", "shuffles"]);
    desk.works(&format!("add {archive} good"));
}

#[test]
fn archives_that_do_not_hold_are_refused() {
    let desk = Desk::new();
    fs::write(desk.path("empty.bel"), "").unwrap();
    fs::write(desk.path("text.bel"), "x".repeat(2000)).unwrap();
    for command in ["close", "result"] {
        desk.refused(2, &format!("{command} nowhere.bel"), &["nowhere.bel", "no such file"]);
        desk.refused(2, &format!("{command} empty.bel"), &["empty.bel", "empty"]);
        desk.refused(2, &format!("{command} text.bel"), &["text.bel", "no election's archive"]);
        desk.refused(2, &format!("{command} ."), &["folder"]);
    }
    // A ballot changed: the audit's report on standard output, and status 1.
    let (desk, archive, keys) = desk_of("homomorphic/v3.0-ed25519", STAGE2);
    let mut bytes = fs::read(desk.path(&archive)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(desk.path(&archive), &bytes).unwrap();
    let lines = [
        format!("decrypt {archive} {} --out m", keys[0]),
        format!("close {archive}"),
        format!("result {archive}"),
    ];
    for line in lines {
        let before = desk.content();
        let ended = desk.trustee(&line);
        assert_eq!(ended.status, 1, "{line}\n{}{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.contains("It FAILS"), "{line}\n{}", ended.stdout);
        assert_eq!(desk.content(), before, "{line}");
    }
    // The threshold form before 2.5.1.
    let (desk, archive, keys) = desk_of("threshold/v2.0-belenios2048", STAGE2);
    let ended = desk.trustee(&format!("decrypt {archive} {} --out m", keys[0]));
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains("2.5.1"), "{}", ended.stdout);
}

#[test]
fn ceremonies_that_do_not_fit_are_refused() {
    let desk = Desk::new();
    desk.refused(2, "ceremony certify --index 4 --threshold 2 --of 3 --out m", &["no trustee 4"]);
    desk.refused(2, "ceremony certify --index 1 --threshold 4 --of 3 --out m", &["threshold 4"]);
    desk.refused(2, "ceremony certify --index 1 --threshold 2 --of 3 --group X --out m", &["--group X"]);
    desk.refused(2, "key --group RFC-3526-2048 --out m", &["audited in it, not made"]);
    desk.refused(2, "ceremony status .", &["no certificate"]);
    ceremony(&desk, "Ed25519");
    desk.works("ceremony certify --index 1 --threshold 2 --of 3 --out x1");
    desk.works("ceremony certify --index 2 --threshold 2 --of 2 --out x2");
    let (x1, x2) = (desk.file("x1/", "cert"), desk.file("x2/", "cert"));
    let certs: Vec<String> = (1..=3).map(|i| desk.file(&format!("m{i}/"), "cert")).collect();
    desk.refused(2, &format!("ceremony certificates {} --out z", certs[0]), &["missing: 2, 3"]);
    desk.refused(
        1,
        &format!("ceremony certificates {} {x1} --out z", certs[0]),
        &[&x1, "another certificate"],
    );
    desk.refused(1, &format!("ceremony certificates {} {x2} --out z", certs[0]), &[&x2, "2 of 2"]);
    desk.refused(2, &format!("ceremony certificates {} --out c/certs.jsons", certs[0]), &["exists already"]);
    let x1_key = desk.file("x1/", "key");
    desk.refused(
        2,
        &format!("ceremony polynomial --key {x1_key} --certs c/certs.jsons"),
        &[&x1_key, "another ceremony"],
    );
    // Another member's shares, another member's share of the key, a share of the other ceremony.
    let keys: Vec<String> = (1..=3).map(|i| desk.file(&format!("m{i}/"), "key")).collect();
    let name = |key: &str, end: &str| key.rsplit('/').next().unwrap().replace(".key", end);
    fs::create_dir_all(desk.path("out")).unwrap();
    desk.refused(
        1,
        &format!(
            "ceremony check c/{} --key {} --certs c/certs.jsons --out out",
            name(&keys[1], ".vinput"),
            keys[0]
        ),
        &["vinput", "coordinator"],
    );
    let accept = |share: &str| {
        format!(
            "ceremony accept --key {} --certs c/certs.jsons --shares c/{} --threshold c/threshold.json --share c/{share}",
            keys[0],
            name(&keys[0], ".vinput")
        )
    };
    desk.refused(2, &accept(&name(&keys[1], ".dkey")), &["dkey", "does not open"]);
    desk.works(&accept(&name(&keys[0], ".dkey")));
    // Secrets are never written over, and the same key does not join twice.
    desk.refused(
        2,
        &format!("ceremony check c/{} --key {} --certs c/certs.jsons", name(&keys[0], ".vinput"), keys[0]),
        &["exists already"],
    );
    desk.works("key --out single");
    let public = desk.file("single/", "pubkey");
    desk.refused(2, &format!("join {public} {public} --out t"), &[&public, "also that of trustee 1"]);
    desk.refused(2, &format!("join {x1} --out t"), &[&x1, "neither a public key"]);
    desk.works("key --group BELENIOS-2048 --out field");
    desk.refused(2, &format!("join {public} {} --out t", desk.file("field/", "pubkey")), &["pubkey"]);
    let mut forged: Value = serde_json::from_slice(&fs::read(desk.path(&public)).unwrap()).unwrap();
    forged["public_key"] = Ed25519::encode(&Ed25519::generator()).to_string().into();
    fs::write(desk.path("forged.pubkey"), forged.to_string()).unwrap();
    desk.refused(2, "join forged.pubkey --out t", &["forged.pubkey", "proof of possession"]);
}

#[test]
fn every_command_has_help() {
    let desk = Desk::new();
    let mut commands = vec![String::new()];
    let names = ["key", "ceremony", "join", "close", "shuffle", "decrypt", "add", "result"];
    commands.extend(names.map(String::from));
    let steps = ["certify", "certificates", "polynomial", "shares", "check", "finish", "accept", "status"];
    commands.extend(steps.map(|step| format!("ceremony {step}")));
    for command in commands {
        let printed = desk.works(&format!("{command} --help"));
        assert!(printed.contains("Usage: cabildo trustee"), "{command}: {printed}");
    }
}
