//! Trustees' keys, shuffles, decryptions.

use super::ballots::{ORDER_2, bump, identity, parsed, twisted};
use super::{B20, B30, B33, Kit, OURS, SEED, bel, fixture, payloads, rng};
use ballot::archive::EventType;
use ballot::checks;
use ballot::election::Election;
use ballot::group::Ed25519;
use ballot::hash::Hash;
use ballot::json as canonical;
use ballot::shuffle::{Generators, MixInput, shuffle};
use ballot::sigma::Ciphertext;
use serde_json::{Value, json};

const NON: &str = "nonhomomorphic-stv/v3.3-ed25519";
const HOM: &str = "homomorphic/v3.3-ed25519";

pub(crate) fn kits() -> Vec<Kit> {
    vec![
        verify_trustees(),
        verify_shuffle(),
        decrypt_partially(),
        verify_partial_decryption(),
        prove_strong_decryption(),
        verify_strong_decryption(),
    ]
}

/// Changes what stands at a path.
fn at(text: &str, path: &str, f: impl FnOnce(&mut Value)) -> String {
    let mut value = parsed(text);
    f(value.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")));
    serde_json::to_string(&value).unwrap()
}

fn twist(value: &mut Value) {
    *value = twisted(value.as_str().unwrap()).into();
}

fn verify_trustees() -> Kit {
    let mut kit = Kit::new(
        "VerifyTrustees",
        "Every trustee's key, certificate, coefficients and proof; the election's key.",
    );
    let trustees = |folder: &str| fixture(&format!("{folder}/trustees.json"));
    for (source, folder, group) in [
        (B33, HOM, "Ed25519"),
        (B33, "homomorphic/v3.3-belenios2048", "BELENIOS-2048"),
        (B20, "nonhomomorphic-stv/v2.0-rfc3526", "RFC-3526-2048"),
        (B30, "threshold/v3.0-ed25519", "Ed25519"),
    ] {
        let got = kit.ok(source, folder, json!({ "group": group, "trustees": trustees(folder) }));
        // The second implementation: Belenios put this key into the election.
        assert_eq!(got["election_key"], parsed(&fixture(&format!("{folder}/election.json")))["public_key"]);
    }
    let (singles, group) = (trustees(HOM), trustees("threshold/v3.0-ed25519"));
    let single_text = kit.text("single", &singles);
    let group_text = kit.text("threshold", &group);
    let case = |text: Value| json!({ "group": "Ed25519", "trustees": text });
    for (name, new) in [
        ("an empty list", "[]".to_owned()),
        ("the proof's challenge", at(&singles, "/0/1/pok/challenge", bump)),
        ("the proof's response", at(&singles, "/2/1/pok/response", bump)),
        (
            "another trustee's proof",
            at(&singles, "/0/1", |v| v["pok"] = parsed(&singles)[1][1]["pok"].clone()),
        ),
        (
            "a key that is the identity",
            at(&singles, "/1/1/public_key", |v| *v = identity::<Ed25519>().into()),
        ),
        ("a key of order 2", at(&singles, "/1/1/public_key", |v| *v = ORDER_2.into())),
        ("a key outside the subgroup", at(&singles, "/1/1/public_key", twist)),
        ("a kind that is unknown", singles.replacen("Single", "Double", 1)),
        ("a space", singles.replacen(',', ", ", 1)),
        ("truncated", singles[..singles.len() - 1].to_owned()),
    ] {
        let edit = kit.edit(&single_text, &new);
        kit.no(OURS, name, case(edit), checks::TRUSTEES);
    }
    for (name, new) in [
        ("threshold: below what the coefficients say", at(&group, "/1/1/threshold", |v| *v = 1.into())),
        ("threshold: above the number of members", at(&group, "/1/1/threshold", |v| *v = 4.into())),
        (
            "threshold: two members' keys exchanged",
            at(&group, "/1/1/verification_keys", |v| v.as_array_mut().unwrap().swap(0, 1)),
        ),
        (
            "threshold: two members' coefficients exchanged",
            at(&group, "/1/1/coefexps", |v| v.as_array_mut().unwrap().swap(0, 1)),
        ),
        (
            "threshold: a member too few",
            at(&group, "/1/1/verification_keys", |v| drop(v.as_array_mut().unwrap().pop())),
        ),
        ("threshold: a key's proof", at(&group, "/1/1/verification_keys/1/pok/response", bump)),
    ] {
        let edit = kit.edit(&group_text, &new);
        kit.no(OURS, name, case(edit), checks::TRUSTEES);
    }
    kit
}

fn verify_shuffle() -> Kit {
    let mut kit = Kit::new(
        "VerifyShuffle",
        "A shuffle of ciphertexts: by one multi-scalar multiplication and equation by equation, which must agree.",
    );
    let archive = bel(NON).bytes;
    let election_text = fixture(&format!("{NON}/election.json"));
    let tally = payloads(&archive, EventType::EncryptedTally)[0][0].1.clone();
    let shuffles = payloads(&archive, EventType::Shuffle);
    let (first, second) = (&shuffles[0][0].1, &shuffles[1][0].1);
    let after = parsed(first)["ciphertexts"].to_string();
    let election = kit.text("election", &election_text);
    let input = kit.text("tally", &tally);
    let (one, two) = (kit.text("first", first), kit.text("second", second));
    let case = |input: &Value, shuffle: Value| json!({"election": election, "input": input, "shuffle": shuffle, "seed": SEED});
    kit.ok(B33, "the first of ten ballots", case(&input, one.clone()));
    kit.ok(B33, "the second", case(&after.clone().into(), two.clone()));
    // Ours, of no, one and two ciphertexts.
    let parsed_election = Election::<Ed25519>::parse(election_text.as_bytes()).unwrap();
    let all: Vec<Vec<Ciphertext<Ed25519>>> = canonical::parse(tally.as_bytes()).unwrap();
    for n in 0..3 {
        let part = vec![all[0][..n].to_vec()];
        let mix = MixInput::check(checks::ENCRYPTED_TALLY, part.clone(), &[7; 32]).unwrap();
        let made = shuffle(&parsed_election, &mut Generators::new(), &mix, b"", &mut rng(n as u8)).unwrap();
        let case = case(&canonical::to_string(&part).into(), canonical::to_string(&made).into());
        kit.ok(OURS, &format!("{n} ciphertexts"), case);
    }
    kit.no(B33, "the second, of the first's input", case(&input, two), checks::SHUFFLES);
    kit.no(B33, "the first, of its own output", case(&after.into(), one.clone()), checks::SHUFFLES);
    let nothing_mixed = format!("{{\"ciphertexts\":{tally},\"proofs\":{}}}", parsed(first)["proofs"]);
    kit.no(OURS, "the input as output", case(&input, nothing_mixed.into()), checks::SHUFFLES);
    let reversed = at(&tally, "/0", |v| v.as_array_mut().unwrap().reverse());
    kit.no(OURS, "the input in another order", case(&reversed.into(), one.clone()), checks::SHUFFLES);
    let swap = |v: &mut Value| v.as_array_mut().unwrap().swap(0, 1);
    let drop_last = |v: &mut Value| drop(v.as_array_mut().unwrap().pop());
    let mut edits: Vec<(String, String)> = Vec::new();
    for (i, name) in ["s1", "s2", "s3", "s4"].iter().enumerate() {
        edits.push(((*name).into(), at(first, &format!("/proofs/0/1/{i}"), bump)));
    }
    edits.push(("s-hat".into(), at(first, "/proofs/0/1/4/3", bump)));
    edits.push(("s'".into(), at(first, "/proofs/0/1/5/9", bump)));
    for (path, name) in [
        ("/proofs/0/0/0", "t1"),
        ("/proofs/0/0/1", "t2"),
        ("/proofs/0/0/2", "t3"),
        ("/proofs/0/0/3/0", "t41"),
        ("/proofs/0/0/3/1", "t42"),
        ("/proofs/0/0/4/5", "t-hat"),
        ("/proofs/0/2/0", "c"),
        ("/proofs/0/3/9", "c-hat"),
        ("/ciphertexts/0/4/alpha", "alpha of an output"),
        ("/ciphertexts/0/4/beta", "beta of an output"),
    ] {
        edits.push((format!("{name} outside the subgroup"), at(first, path, twist)));
        edits.push((
            format!("{name} is the identity"),
            at(first, path, |v| *v = identity::<Ed25519>().into()),
        ));
    }
    let t1 = parsed(first)["proofs"][0][0][0].clone();
    edits.push(("t2 in the place of t3".into(), at(first, "/proofs/0/0", |v| v[2] = v[1].clone())));
    edits.push(("t1 in the place of a t-hat".into(), at(first, "/proofs/0/0/4/2", |v| *v = t1)));
    edits.push(("two outputs exchanged".into(), at(first, "/ciphertexts/0", swap)));
    edits.push(("an output twice".into(), at(first, "/ciphertexts/0", |v| v[0] = v[1].clone())));
    edits.push((
        "an output of the input".into(),
        at(first, "/ciphertexts/0/0", |v| *v = parsed(&tally)[0][0].clone()),
    ));
    edits.push(("two commitments exchanged".into(), at(first, "/proofs/0/2", swap)));
    edits.push(("an output too few".into(), at(first, "/ciphertexts/0", drop_last)));
    edits.push(("a commitment too few".into(), at(first, "/proofs/0/2", drop_last)));
    edits.push(("a link too few".into(), at(first, "/proofs/0/3", drop_last)));
    edits.push(("an s' too few".into(), at(first, "/proofs/0/1/5", drop_last)));
    edits.push(("no proof".into(), at(first, "/proofs", drop_last)));
    edits.push(("two proofs".into(), at(first, "/proofs", |v| *v = json!([v[0], v[0]]))));
    edits.push(("a space".into(), first.replacen(',', ", ", 1)));
    for (name, new) in edits {
        let edit = kit.edit(&one, &new);
        kit.no(OURS, &name, case(&input, edit), checks::SHUFFLES);
    }
    let twisted_input = at(&tally, "/0/0/alpha", twist);
    let edit = kit.edit(&input, &twisted_input);
    kit.no(OURS, "an input outside the subgroup", case(&edit, one), checks::ENCRYPTED_TALLY);
    kit
}

/// What the trustees of a fixture decrypted: the election, the number of mixed ballots, the first halves, all ciphertexts.
struct Decryptions {
    election: String,
    setup: Hash,
    trustees: (Hash, String),
    tally: Hash,
    last_shuffle: Option<Hash>,
    mixed: usize,
    ciphertexts: Vec<Value>,
    decryptions: Vec<(usize, Hash, String)>,
}

impl Decryptions {
    fn of(folder: &str) -> Decryptions {
        let archive = bel(folder).bytes;
        let setup = &payloads(&archive, EventType::Setup)[0];
        let tally = &payloads(&archive, EventType::EncryptedTally)[0][0];
        let shuffles = payloads(&archive, EventType::Shuffle);
        let rows = match shuffles.last() {
            Some(last) => parsed(&last[0].1)["ciphertexts"].clone(),
            None => parsed(&tally.1),
        };
        let ciphertexts: Vec<Value> =
            rows.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap().clone()).collect();
        let parts = payloads(&archive, EventType::PartialDecryption);
        let owner = |text: &str| parsed(text)["owner"].as_u64().unwrap() as usize;
        Decryptions {
            election: setup[0].1.clone(),
            setup: setup.last().unwrap().0,
            trustees: setup[1].clone(),
            tally: tally.0,
            last_shuffle: shuffles.last().map(|last| last[0].0),
            mixed: if shuffles.is_empty() { 0 } else { ciphertexts.len() },
            ciphertexts,
            decryptions: parts.iter().map(|p| (owner(&p[1].1), p[0].0, p[0].1.clone())).collect(),
        }
    }

    fn alphas(&self) -> String {
        json!(self.ciphertexts.iter().map(|c| c["alpha"].clone()).collect::<Vec<_>>()).to_string()
    }

    /// The public key of a single trustee.
    fn key(&self, owner: usize) -> Value {
        parsed(&self.trustees.1)[owner - 1][1]["public_key"].clone()
    }

    fn flat_factors(&self, at: usize) -> Vec<Value> {
        let rows = parsed(&self.decryptions[at].2)["decryption_factors"].clone();
        rows.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap().clone()).collect()
    }

    /// The strong statement about decryption number `at`.
    fn statement(&self, at: usize) -> Value {
        let (owner, hash, _) = &self.decryptions[at];
        json!({
            "setup": self.setup.to_string(),
            "election": Hash::of(self.election.as_bytes()).to_string(),
            "trustees": self.trustees.0.to_string(),
            "owner": owner,
            "public_key": self.key(*owner),
            "encrypted_tally": self.tally.to_string(),
            "last_shuffle": self.last_shuffle.map(|hash| hash.to_string()),
            "ciphertexts": json!(self.ciphertexts).to_string(),
            "factors": json!(self.flat_factors(at)).to_string(),
            "partial_decryption": hash.to_string(),
        })
    }

    /// The private key of this owner, found among the fixture's files.
    fn private_key(&self, folder: &str, owner: usize) -> String {
        let path = super::super::root().join("vectors/belenios").join(folder);
        let mut keys = std::fs::read_dir(path).unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            let is_key = path.extension().is_some_and(|extension| extension == "privkey");
            is_key.then(|| std::fs::read_to_string(&path).unwrap().trim_end().to_owned())
        });
        let public = |key: &str| {
            let key = ballot::trustee::PrivateKey::<Ed25519>::parse(key.as_bytes()).unwrap();
            json!(key.public().to_string())
        };
        keys.find(|key| public(key) == self.key(owner)).unwrap()
    }
}

fn decrypt_partially() -> Kit {
    let mut kit = Kit::new(
        "DecryptPartially",
        "A trustee's part from 32 fixed bytes. The factors are Belenios' own; the proofs, whose nonces it draws at random, are ours alone.",
    );
    for folder in [HOM, NON] {
        let d = Decryptions::of(folder);
        let (owner, _, theirs) = &d.decryptions[0];
        let case = json!({"election": d.election, "mixed": d.mixed, "alphas": d.alphas(),
            "private_key": d.private_key(folder, *owner), "fresh": SEED});
        let got = kit.ok(B33, folder, case.clone());
        let ours = parsed(got["decryption"].as_str().unwrap());
        assert_eq!(ours["decryption_factors"], parsed(theirs)["decryption_factors"]);
        for wrong in ["", "\"0\"", "5", "\"05\"", "\"-1\""] {
            if folder == HOM {
                let mut case = case.clone();
                case["private_key"] = wrong.into();
                kit.no(OURS, &format!("the private key {wrong}"), case, "argument");
            }
        }
    }
    kit
}

fn verify_partial_decryption() -> Kit {
    let mut kit = Kit::new("VerifyPartialDecryption", "A trustee's factors and their Belenios proofs.");
    for folder in [HOM, NON] {
        let d = Decryptions::of(folder);
        let election = kit.text(&format!("{folder} election"), &d.election);
        let alphas = kit.text(&format!("{folder} alphas"), &d.alphas());
        let (owner, _, text) = &d.decryptions[0];
        let part = kit.text(&format!("{folder} decryption"), text);
        let case = |decryption: Value| {
            json!({"election": election, "mixed": d.mixed, "alphas": alphas, "owner": owner,
            "public_key": d.key(*owner), "decryption": decryption, "seed": SEED})
        };
        kit.ok(B33, folder, case(part.clone()));
        let mut other = case(part.clone());
        other["public_key"] = d.key(d.decryptions[1].0);
        kit.no(B33, &format!("{folder}: under another trustee's key"), other, checks::PARTIAL_DECRYPTIONS);
        let mut turned = case(part.clone());
        let mut reversed: Vec<Value> = serde_json::from_str(&d.alphas()).unwrap();
        reversed.reverse();
        turned["alphas"] = json!(reversed).to_string().into();
        kit.no(OURS, &format!("{folder}: of another tally"), turned, checks::PARTIAL_DECRYPTIONS);
        let swap = |v: &mut Value| v.as_array_mut().unwrap().swap(0, 1);
        let drop_last = |v: &mut Value| drop(v.as_array_mut().unwrap().pop());
        for (name, new) in [
            ("a factor outside the subgroup", at(text, "/decryption_factors/0/0", twist)),
            (
                "a factor that is the identity",
                at(text, "/decryption_factors/0/0", |v| *v = identity::<Ed25519>().into()),
            ),
            ("two factors exchanged", at(text, "/decryption_factors/0", swap)),
            (
                "two factors exchanged with their proofs",
                at(&at(text, "/decryption_factors/0", swap), "/decryption_proofs/0", swap),
            ),
            ("a proof's challenge", at(text, "/decryption_proofs/0/1/challenge", bump)),
            ("a proof's response", at(text, "/decryption_proofs/0/2/response", bump)),
            ("a factor too few", at(text, "/decryption_factors/0", drop_last)),
            ("a proof too few", at(text, "/decryption_proofs/0", drop_last)),
            ("no proofs", at(text, "/decryption_proofs", |v| *v = json!([]))),
            ("a space", text.replacen(':', ": ", 1)),
            ("another trustee's", d.decryptions[1].2.clone()),
        ] {
            let edit = kit.edit(&part, &new);
            kit.no(OURS, &format!("{folder}: {name}"), case(edit), checks::PARTIAL_DECRYPTIONS);
        }
    }
    kit
}

fn prove_strong_decryption() -> Kit {
    let mut kit = Kit::new(
        "ProveStrongDecryption",
        "Our own proof (DESIGN section 5) about a trustee of Belenios, whose private key the fixture holds. The challenge is that of StrongChallenge. second.py agrees.",
    );
    for folder in [HOM, NON] {
        let d = Decryptions::of(folder);
        let case = json!({"group": "Ed25519", "statement": d.statement(0), "private_key": d.private_key(folder, d.decryptions[0].0),
            "fresh": SEED});
        kit.ok(OURS, folder, case);
    }
    kit
}

fn verify_strong_decryption() -> Kit {
    let mut kit = Kit::new(
        "VerifyStrongDecryption",
        "A strong proof holds for its whole statement and for nothing else.",
    );
    for folder in [HOM, NON] {
        let d = Decryptions::of(folder);
        let claim = d.statement(0);
        let case = json!({"group": "Ed25519", "statement": claim, "private_key": d.private_key(folder, d.decryptions[0].0),
            "fresh": SEED});
        let mut proof = Kit::new("ProveStrongDecryption", "").ok(OURS, folder, case);
        // Canonical order of the fields, as in the file.
        proof = json!({"owner": proof["owner"], "partial_decryption": proof["partial_decryption"],
            "challenge": proof["challenge"], "response": proof["response"]});
        let ciphertexts = kit.text(&format!("{folder} ciphertexts"), claim["ciphertexts"].as_str().unwrap());
        let factors = kit.text(&format!("{folder} factors"), claim["factors"].as_str().unwrap());
        let mut base = json!({"group": "Ed25519", "statement": claim, "proof": proof});
        base["statement"]["ciphertexts"] = ciphertexts.clone();
        base["statement"]["factors"] = factors.clone();
        kit.ok(OURS, folder, base.clone());
        if folder == HOM {
            // The refusals are about a shuffled tally, which has every part of a statement.
            continue;
        }
        let other = Hash::of(b"other").to_string();
        let mut refuse = |name: &str, field: &str, value: Value| {
            let mut case = base.clone();
            *case.pointer_mut(field).unwrap_or_else(|| panic!("{field}")) = value;
            kit.no(OURS, &format!("{folder}: {name}"), case, checks::DECRYPTION);
        };
        for field in ["setup", "election", "trustees", "encrypted_tally", "partial_decryption"] {
            refuse(&format!("another {field}"), &format!("/statement/{field}"), other.clone().into());
        }
        refuse("no shuffle", "/statement/last_shuffle", Value::Null);
        refuse("another shuffle", "/statement/last_shuffle", other.into());
        refuse("another owner", "/statement/owner", 2.into());
        refuse("another owner's number in the proof", "/proof/owner", 2.into());
        refuse("another trustee's key", "/statement/public_key", d.key(d.decryptions[1].0));
        let mut texts = d.ciphertexts.clone();
        texts.swap(0, 1);
        refuse("two ciphertexts exchanged", "/statement/ciphertexts", json!(texts).to_string().into());
        texts.swap(0, 1);
        texts.pop();
        refuse("a ciphertext too few", "/statement/ciphertexts", json!(texts).to_string().into());
        let mut points = d.flat_factors(0);
        points.swap(0, 1);
        refuse("two factors exchanged", "/statement/factors", json!(points).to_string().into());
        refuse(
            "another trustee's factors",
            "/statement/factors",
            json!(d.flat_factors(1)).to_string().into(),
        );
        for field in ["challenge", "response"] {
            let mut value = proof[field].clone();
            bump(&mut value);
            refuse(&format!("the proof's {field}"), &format!("/proof/{field}"), value);
        }
        refuse(
            "the response with a leading zero",
            "/proof/response",
            format!("0{}", proof["response"].as_str().unwrap()).into(),
        );
    }
    kit
}
