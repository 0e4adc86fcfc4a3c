//! False descriptions, trustees and lists of credentials.

use ballot::checks;
use ballot::group::{Ed25519, Group, Scalar};
use ballot::json;
use ballot::sigma::{self, Proof};
use ballot::trustee::pki::SignedMessage;
use ballot::trustee::{Pedersen, PublicKey, Seed, Trustee, Trustees, hold_ceremony, single_key};
use serde_json::Value;

use crate::ballots::{prove_with_torsion, torsion};
use crate::lab::{Case, Kind, lab, run};
use crate::on_all;
use crate::support::{Held, TIME, nonces, plus_one, rng, times, write};

fn with_trustees<G: Group>(label: impl Into<String>, held: &Held<G>, trustees: &Trustees<G>) -> Case {
    let mut held = held.clone();
    held.trustees_text = json::to_string(trustees);
    Case::held(label, &held)
}

fn singles<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let prove = |statement: &str, x: &G::Scalar| -> Proof<G> { sigma::prove(statement, x, &mut nonces(1)) };
    for at in 0..held.trustees.0.len() {
        let Trustee::Single(key) = &held.trustees.0[at] else { continue };
        let (x, text) = (held.secrets[at], key.public_key.to_string());
        let mut add = |label: &str, change: &dyn Fn(&mut PublicKey<G>)| {
            let mut trustees = held.trustees.clone();
            if let Trustee::Single(key) = &mut trustees.0[at] {
                change(key);
            }
            cases.push(with_trustees(format!("{label}, trustee {}", at + 1), held, &trustees));
        };
        add("proof for another group", &|k| k.pok = prove(&format!("pok|other|{text}"), &x));
        add("proof for another key", &|k| k.pok = prove(&format!("pok|{}|{}", G::NAME, held.public(0)), &x));
        add("proof of another kind", &|k| k.pok = prove(&format!("sigmsg|{text}"), &x));
        add("proof of another secret", &|k| {
            k.pok = prove(&format!("pok|{}|{text}", G::NAME), &held.secret(0))
        });
        add("challenge", &|k| k.pok.challenge = plus_one(&k.pok.challenge));
        add("response", &|k| k.pok.response = plus_one(&k.pok.response));
        add("another key under the proof", &|k| k.public_key = held.public(0));
        add("a signature", &|k| k.signature = Some(k.pok));
        add("the identity, proven", &|k| {
            k.public_key = G::encode(&G::identity());
            k.pok = prove(&format!("pok|{}|{}", G::NAME, k.public_key), &G::Scalar::ZERO);
        });
        // The last to name a key takes the others' away: it cannot prove that it knows it.
        let wanted = G::exp_g(&G::Scalar::from_u64(99));
        let rogue = G::encode(&G::div(&wanted, &G::div(held.election.point(), &G::point(&key.public_key))));
        add("a rogue key", &|k| {
            k.public_key = rogue;
            k.pok = prove(&format!("pok|{}|{rogue}", G::NAME), &G::Scalar::from_u64(99));
        });
        let mut twice = held.trustees.clone();
        twice.0.push(twice.0[at].clone());
        cases.push(with_trustees(format!("trustee {} twice", at + 1), held, &twice));
        let mut opposite = held.trustees.clone();
        let minus = -x;
        let key = G::encode(&G::exp_g(&minus));
        let pok = prove(&format!("pok|{}|{key}", G::NAME), &minus);
        opposite.0 = vec![
            opposite.0[at].clone(),
            Trustee::Single(PublicKey { pok, public_key: key, signature: None, name: None }),
        ];
        cases.push(with_trustees(format!("trustee {} and its inverse", at + 1), held, &opposite));
    }
    cases.push(with_trustees("nobody", held, &Trustees(Vec::new())));
    for text in ["{}", "", "[[]]", r#"[["Single"]]"#, r#"[["Double",{}]]"#, "[null]", r#"["Single",{}]"#] {
        let mut changed = held.clone();
        changed.trustees_text = text.into();
        cases.push(Case::held(format!("{text:?} for trustees"), &changed));
    }
    let mut longer = held.clone();
    longer.trustees_text = held.trustees_text.replacen("}]", "},1]", 1);
    cases.push(Case::held("a third item in a pair", &longer));
    cases
}

fn singles_of_small_order() -> Vec<Case> {
    let held = &lab().weighted;
    let mut cases = Vec::new();
    for (i, part) in torsion().iter().enumerate().skip(1) {
        let Trustee::Single(key) = &held.trustees.0[0] else { unreachable!() };
        let public_key = times::<Ed25519>(&key.public_key, part);
        let pok = prove_with_torsion(&format!("pok|Ed25519|{public_key}"), &held.secrets[0], part);
        let mut trustees = held.trustees.clone();
        trustees.0[0] = Trustee::Single(PublicKey { pok, public_key, ..key.clone() });
        // The election's key has the same part, so that all of it fits.
        let mut changed = held.clone();
        let whole = times::<Ed25519>(&held.election.key, part);
        changed.trustees_text = json::to_string(&trustees);
        cases.push(Case::held(format!("key + torsion {i}"), &changed));
        changed.election_text =
            held.election_text.replace(&held.election.key.to_string(), &whole.to_string());
        cases.push(
            Case::held(format!("key and election key + torsion {i}"), &changed).under(checks::ELECTION),
        );
    }
    cases
}

/// Signs everything in a threshold group again with its members' seeds, as if they all took part in the fraud.
fn resign(group: &mut Pedersen<Ed25519>, seeds: &[Seed]) {
    let mut rng = rng(3);
    let keys: Vec<_> = seeds.iter().map(Seed::keys::<Ed25519>).collect();
    let sign_again = |message: &mut SignedMessage<Ed25519>, i: usize, rng: &mut _| {
        *message = keys[i.min(keys.len() - 1)].signed(rng, message.message.clone());
    };
    for (i, cert) in group.certs.iter_mut().enumerate() {
        sign_again(cert, i, &mut rng);
    }
    for (i, coefexps) in group.coefexps.iter_mut().enumerate() {
        sign_again(coefexps, i, &mut rng);
    }
    let certs = json::to_string(&group.certs);
    let signatures = group.coefexps.iter().enumerate().map(|(i, coefexps)| {
        let list = coefexps.message.strip_prefix("{\"coefexps\":").unwrap().strip_suffix('}').unwrap();
        let statement = format!("certs_sig|{{\"certs\":{certs},\"coefexps\":{list}}}");
        keys[i.min(keys.len() - 1)].sign(&mut rng, &statement)
    });
    group.signatures = Some(signatures.collect());
    for (i, key) in group.verification_keys.iter_mut().enumerate() {
        key.signature = Some(keys[i.min(keys.len() - 1)].sign(&mut rng, &key.public_key.to_string()));
    }
}

fn group_of(trustees: &mut Trustees<Ed25519>) -> &mut Pedersen<Ed25519> {
    let found = trustees.0.iter_mut().find_map(|trustee| match trustee {
        Trustee::Pedersen(group) => Some(group),
        Trustee::Single(_) => None,
    });
    found.unwrap()
}

fn edit(message: &mut String, change: impl Fn(&mut Value)) {
    let mut value: Value = serde_json::from_str(message).unwrap();
    change(&mut value);
    *message = value.to_string();
}

#[test]
fn signing_again_changes_nothing_else() {
    let mut trustees = lab().full.trustees.clone();
    resign(group_of(&mut trustees), &lab().full.seeds);
    assert!(trustees.verify().is_ok());
}

fn threshold() -> Vec<Case> {
    let held = &lab().full;
    let mut cases = Vec::new();
    let (foreign, foreign_members) = hold_ceremony::<Ed25519>(&mut rng(77), 2, 3).unwrap();
    let mut both = |label: &str, change: &dyn Fn(&mut Pedersen<Ed25519>), signed_again: bool| {
        let mut trustees = held.trustees.clone();
        change(group_of(&mut trustees));
        if signed_again {
            resign(group_of(&mut trustees), &held.seeds);
        }
        let again = if signed_again { "signed again" } else { "as it is" };
        cases.push(with_trustees(format!("{label}, {again}"), held, &trustees));
    };
    // Not signed again.
    let mut plain = |label: &str, change: &dyn Fn(&mut Pedersen<Ed25519>)| both(label, change, false);
    plain("certificates swapped", &|g| g.certs.swap(0, 1));
    plain("certificate's signature of another", &|g| g.certs[0].signature = g.certs[1].signature);
    plain("certificate of another ceremony", &|g| g.certs[1] = foreign.certs[1].clone());
    plain("certificate's challenge", &|g| {
        g.certs[2].signature.challenge = plus_one(&g.certs[2].signature.challenge)
    });
    plain("coefficients swapped", &|g| g.coefexps.swap(0, 1));
    plain("coefficients' signature of another", &|g| g.coefexps[0].signature = g.coefexps[1].signature);
    plain("coefficients of another ceremony", &|g| g.coefexps[1] = foreign.coefexps[1].clone());
    plain("coefficients' response", &|g| {
        g.coefexps[1].signature.response = plus_one(&g.coefexps[1].signature.response)
    });
    plain("signatures swapped", &|g| g.signatures.as_mut().unwrap().swap(0, 1));
    plain("signature of another ceremony", &|g| {
        g.signatures.as_mut().unwrap()[0] = foreign.signatures.as_ref().unwrap()[0]
    });
    plain("signature of a certificate instead", &|g| {
        g.signatures.as_mut().unwrap()[0] = g.certs[0].signature
    });
    plain("no signatures", &|g| g.signatures = None);
    plain("a signature too few", &|g| {
        g.signatures.as_mut().unwrap().pop();
    });
    plain("threshold 1", &|g| g.threshold = 1);
    plain("threshold 3", &|g| g.threshold = 3);
    plain("threshold 0", &|g| g.threshold = 0);
    plain("threshold 4", &|g| g.threshold = 4);
    plain("threshold 2^32 − 1", &|g| g.threshold = u32::MAX);
    plain("verification keys swapped", &|g| g.verification_keys.swap(0, 1));
    plain("verification key of another ceremony", &|g| {
        g.verification_keys[0] = foreign.verification_keys[0].clone()
    });
    plain("verification key without signature", &|g| g.verification_keys[0].signature = None);
    plain("verification key's signature of another", &|g| {
        g.verification_keys[0].signature = g.verification_keys[1].signature
    });
    plain("verification key's proof of another", &|g| {
        g.verification_keys[0].pok = g.verification_keys[1].pok
    });
    plain("verification key's proof", &|g| {
        g.verification_keys[2].pok.response = plus_one(&g.verification_keys[2].pok.response)
    });
    plain("everybody twice", &|g| {
        g.certs.extend(g.certs.clone());
        g.coefexps.extend(g.coefexps.clone());
        g.verification_keys.extend(g.verification_keys.clone());
        let signatures = g.signatures.clone().unwrap();
        g.signatures.as_mut().unwrap().extend(signatures);
    });
    plain("nobody", &|g| {
        g.certs.clear();
        g.coefexps.clear();
        g.verification_keys.clear();
        g.signatures = Some(Vec::new());
    });
    // All members sign the false contents.
    let mut signed = |label: &str, change: &dyn Fn(&mut Pedersen<Ed25519>)| both(label, change, true);
    for (what, field, value) in [
        ("another index", "index", Value::from(2)),
        ("index 0", "index", Value::from(0)),
        ("another size", "size", Value::from(4)),
        ("another threshold", "threshold", Value::from(1)),
        ("another group", "group", Value::from("BELENIOS-2048")),
    ] {
        signed(&format!("certificate for {what}"), &|g| {
            edit(&mut g.certs[0].message, |v| v["context"][field] = value.clone())
        });
    }
    signed("certificate without context", &|g| {
        edit(&mut g.certs[0].message, |v| {
            v.as_object_mut().unwrap().shift_remove("context");
        })
    });
    signed("certificate with spaces", &|g| g.certs[0].message = g.certs[0].message.replacen(':', ": ", 1));
    signed("certificate with an unknown field", &|g| edit(&mut g.certs[0].message, |v| v["note"] = 1.into()));
    signed("certificate that is no JSON", &|g| g.certs[0].message = "x".into());
    signed("certificate 100,000 deep", &|g| g.certs[0].message = "[".repeat(100_000));
    signed("one key for both uses", &|g| {
        edit(&mut g.certs[0].message, |v| v["encryption"] = v["verification"].clone())
    });
    let other = g_text(&foreign_members[0].seed().keys::<Ed25519>().verification());
    signed("another's verification key", &|g| {
        edit(&mut g.certs[0].message, |v| v["verification"] = other.as_str().into())
    });
    signed("the encryption key of another member", &|g| {
        let second: Value = serde_json::from_str(&g.certs[1].message).unwrap();
        edit(&mut g.certs[0].message, |v| v["encryption"] = second["encryption"].clone());
    });
    signed("a coefficient too many", &|g| {
        edit(&mut g.coefexps[0].message, |v| {
            let list = v["coefexps"].as_array_mut().unwrap();
            list.push(list[0].clone());
        })
    });
    signed("a coefficient too few", &|g| {
        edit(&mut g.coefexps[0].message, |v| {
            v["coefexps"].as_array_mut().unwrap().pop();
        })
    });
    signed("coefficients in the other order", &|g| {
        edit(&mut g.coefexps[0].message, |v| v["coefexps"].as_array_mut().unwrap().reverse())
    });
    signed("a coefficient of another ceremony", &|g| {
        let other: Value = serde_json::from_str(&foreign.coefexps[0].message).unwrap();
        edit(&mut g.coefexps[0].message, |v| v["coefexps"][0] = other["coefexps"][0].clone());
    });
    signed("coefficients with spaces", &|g| {
        g.coefexps[0].message = g.coefexps[0].message.replacen(',', ", ", 1)
    });
    signed("verification keys swapped", &|g| g.verification_keys.swap(0, 1));
    signed("verification key and proof of another ceremony", &|g| {
        g.verification_keys[0] = foreign.verification_keys[0].clone()
    });
    for (i, part) in torsion().iter().enumerate() {
        let shift = |v: &mut Value| {
            let point = Ed25519::decode(v.as_str().unwrap()).unwrap();
            let shifted = if i == 0 { Ed25519::encode(part) } else { times::<Ed25519>(&point, part) };
            *v = shifted.to_string().into();
        };
        let back = |v: &mut Value| {
            let point = Ed25519::decode(v.as_str().unwrap()).unwrap();
            *v = times::<Ed25519>(&point, &Ed25519::invert(part)).to_string().into();
        };
        signed(&format!("encryption key with torsion {i}"), &|g| {
            edit(&mut g.certs[0].message, |v| shift(&mut v["encryption"]))
        });
        // Two members' parts cancel: every sum is as it was.
        for degree in 0..2 {
            if i > 0 {
                signed(&format!("coefficients {degree} with torsions {i} that cancel"), &|g| {
                    edit(&mut g.coefexps[0].message, |v| shift(&mut v["coefexps"][degree]));
                    edit(&mut g.coefexps[1].message, |v| back(&mut v["coefexps"][degree]));
                });
            }
        }
    }
    // A single trustee with a member's share.
    let mut shared = held.trustees.clone();
    let mut key = group_of(&mut shared).verification_keys[0].clone();
    key.signature = None;
    shared.0.push(Trustee::Single(key));
    cases.push(with_trustees("a member's share as a single trustee's", held, &shared));
    let mut twice = held.trustees.clone();
    twice.0.push(twice.0[1].clone());
    cases.push(with_trustees("the group twice", held, &twice));
    cases
}

fn g_text(element: &<Ed25519 as Group>::Element) -> String {
    element.to_string()
}

fn elections<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |label: &str, change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&held.election_text).unwrap();
        change(&mut value);
        let mut changed = held.clone();
        changed.election_text = value.to_string();
        assert!(changed.election_text != held.election_text, "{label}");
        cases.push(Case::held(label, &changed));
    };
    let homomorphic = |min: i64, max: i64, answers: usize| serde_json::json!({"answers": vec!["a"; answers], "min": min, "max": max, "question": "q"});
    let ranked = |answers: usize| serde_json::json!({"type": "NonHomomorphic", "value": {"answers": vec!["a"; answers], "question": "q"}});
    let own = single_key::<G>(&mut rng(8), None).1.public_key.to_string();
    add("a key of one's own", &|v| v["public_key"] = own.as_str().into());
    add("a trustee's key alone", &|v| {
        v["public_key"] = held
            .verified
            .owners()
            .last()
            .map_or_else(String::new, |o| {
                if o.key == held.election.key { own.clone() } else { o.key.to_string() }
            })
            .into()
    });
    add("the identity", &|v| v["public_key"] = G::encode(&G::identity()).to_string().into());
    add("version 2", &|v| v["version"] = 2.into());
    add("version 0", &|v| v["version"] = 0.into());
    add("version as a float", &|v| v["version"] = serde_json::json!(1.0));
    add("version as a text", &|v| v["version"] = "1".into());
    add("no version", &|v| {
        v.as_object_mut().unwrap().shift_remove("version");
    });
    add("an unknown group", &|v| v["group"] = "Ed448".into());
    add("a group with a space", &|v| v["group"] = format!("{} ", G::NAME).into());
    add("another group", &|v| {
        v["group"] = if G::NAME == "Ed25519" { "BELENIOS-2048" } else { "Ed25519" }.into()
    });
    add("the third group", &|v| v["group"] = "RFC-3526-2048".into());
    add("no questions", &|v| v["questions"] = Value::Array(Vec::new()));
    add("min above max", &|v| v["questions"][0] = homomorphic(2, 1, 3));
    add("max above the answers", &|v| v["questions"][0] = homomorphic(0, 4, 3));
    add("min negative", &|v| v["questions"][0] = homomorphic(-1, 1, 3));
    add("max of 2^32", &|v| v["questions"][0] = homomorphic(0, 1 << 32, 3));
    add("no answers", &|v| v["questions"][0] = homomorphic(0, 0, 0));
    add("10,001 answers", &|v| v["questions"][0] = homomorphic(0, 1, 10_001));
    add("no answers to rank", &|v| v["questions"][0] = ranked(0));
    add("31 answers to rank", &|v| v["questions"][0] = ranked(31));
    add("a question of no type", &|v| v["questions"][0]["type"] = "Approval".into());
    add("no lists", &|v| {
        v["questions"][0] = serde_json::json!({"type": "Lists", "value": {"answers": [], "question": "q"}})
    });
    add("a list without name", &|v| {
        v["questions"][0] = serde_json::json!({"type": "Lists", "value": {"answers": [[]], "question": "q"}})
    });
    add("an unknown field", &|v| v["note"] = 1.into());
    add("an unknown field in a question", &|v| v["questions"][0]["note"] = 1.into());
    for uuid in ["", "short", "0OIl0OIl0OIl0OIl", "has a space in it", "ünïcödeünïcöde"] {
        add(&format!("uuid {uuid:?}"), &|v| v["uuid"] = uuid.into());
    }
    add("a uuid of 10,000 characters", &|v| v["uuid"] = "A".repeat(10_000).into());
    for (label, text) in [
        ("a field twice", held.election_text.replacen("{\"version\":1", "{\"version\":1,\"version\":1", 1)),
        ("a field of a question twice", held.election_text.replacen("{\"answers\":", "{\"answers\":[],\"answers\":", 1)),
        ("no JSON", "x".into()),
        ("nothing", String::new()),
        ("an array", "[]".into()),
        ("deep", "[".repeat(100_000)),
        ("deep in a field", format!("{{\"version\":{}", "[".repeat(100_000))),
        ("deep in extra", held.election_text.replacen("\"questions\":[", &format!("\"questions\":[{{\"type\":\"NonHomomorphic\",\"value\":{{\"answers\":[\"a\"],\"question\":\"q\"}},\"extra\":{}}},", "[".repeat(100_000)), 1)),
        ("a million empty answers", held.election_text.replacen("\"answers\":[", &format!("\"answers\":[{}", "\"\",".repeat(1_000_000)), 1)),
        ("answers without end in many questions", {
            let question = format!("{{\"answers\":[{}\"\"],\"min\":0,\"max\":1,\"question\":\"\"}},", "\"\",".repeat(9_999));
            held.election_text.replacen("\"questions\":[", &format!("\"questions\":[{}", question.repeat(200)), 1)
        }),
        ("control characters in a field's name", held.election_text.replacen("\"version\"", "\"\\u001b[2J\\u0007ok\"", 1)),
    ] {
        if text.len() > 300_000 && held.election.questions().len() != 3 {
            continue;
        }
        let mut changed = held.clone();
        changed.election_text = text;
        cases.push(Case::held(label, &changed));
    }
    cases
}

/// Words of the description: the ballots were cast for others.
fn words<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |label: &str, text: String| {
        assert!(text != held.election_text, "{label}");
        let mut changed = held.clone();
        changed.election_text = text;
        cases.push(Case::held(label, &changed));
    };
    let text = &held.election_text;
    add("name", text.replacen("\"Small\"", "\"Great\"", 1));
    add("description", text.replacen("A test", "No test", 1));
    add("uuid", text.replacen(held.uuid(), "AAAAAAAAAAAAAA", 1));
    add("authority", text.replacen(",\"credential_authority\":\"cabildo\"", "", 1));
    add(
        "administrator",
        text.replacen(",\"credential_authority\"", ",\"administrator\":\"x\",\"credential_authority\"", 1),
    );
    add("a space", text.replacen(':', ": ", 1));
    add("a line end", format!("{text}\n"));
    add("order of fields", {
        let mut value: Value = serde_json::from_str(text).unwrap();
        let name = value.as_object_mut().unwrap().shift_remove("name").unwrap();
        value["name"] = name;
        value.to_string()
    });
    add(
        "an option that is null",
        text.replacen(",\"credential_authority\"", ",\"administrator\":null,\"credential_authority\"", 1),
    );
    add("an escape", text.replacen("Small", "\\u0053mall", 1));
    cases
}

/// Answers exchanged, bounds widened: the same ciphertexts would mean something else.
fn meanings() -> Vec<Case> {
    let held = &lab().full;
    let text = &held.election_text;
    [
        ("answers exchanged", text.replacen("\"Answer 0\",\"Answer 1\"", "\"Answer 1\",\"Answer 0\"", 1)),
        ("max widened", text.replacen("\"max\":2", "\"max\":3", 1)),
        ("blank made no choice of its own", text.replacen(",\"blank\":true", "", 1)),
        ("an answer more", text.replacen("\"Answer 2\"", "\"Answer 2\",\"Answer 3\"", 1)),
    ]
    .into_iter()
    .map(|(label, text)| {
        let mut changed = held.clone();
        assert!(text != changed.election_text, "{label}");
        changed.election_text = text;
        Case::held(label, &changed)
    })
    .collect()
}

fn credentials<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let lines: Vec<String> = serde_json::from_str(&held.list).unwrap();
    let key = lines[0].split(',').next().unwrap().to_owned();
    let mut add = |label: String, list: String| {
        assert!(list != held.list, "{label}");
        if list.len() > 300_000 && held.election.questions().len() != 3 {
            return;
        }
        let mut changed = held.clone();
        changed.list = list;
        cases.push(Case::held(label, &changed));
    };
    let list = |lines: &[String]| json::to_string(&lines.to_vec());
    let mut swapped = lines.clone();
    swapped.swap(0, 1);
    add("not sorted".into(), list(&swapped));
    let mut reversed = lines.clone();
    reversed.reverse();
    add("sorted the other way".into(), list(&reversed));
    for i in 0..lines.len() {
        let mut doubled = lines.clone();
        doubled.insert(i, lines[i].clone());
        add(format!("{i} twice"), list(&doubled));
    }
    let mut doubled = lines.clone();
    doubled.insert(1, format!("{key},7"));
    add("the first twice with two weights".into(), list(&doubled));
    for weight in [
        "0",
        "01",
        "+2",
        "-1",
        "2.0",
        "",
        " 2",
        "9007199254740993",
        "18446744073709551617",
        "2,,user",
        "x",
        "1e3",
    ] {
        let mut changed = lines.clone();
        changed[0] = format!("{key},{weight}");
        add(format!("weight {weight:?}"), list(&changed));
    }
    let mut heavy = lines.clone();
    for line in &mut heavy {
        *line = format!("{},{}", line.split(',').next().unwrap(), 1u64 << 53);
    }
    add("weights above 2^53 together".into(), list(&heavy));
    let mut with_identity = lines.clone();
    with_identity.push(G::encode(&G::identity()).to_string());
    let sort = |lines: &mut Vec<String>| {
        lines.sort_by_key(|line| G::decode(line.split(',').next().unwrap()).unwrap())
    };
    sort(&mut with_identity);
    add("the identity in its place".into(), list(&with_identity));
    for (label, text) in [
        ("a space", held.list.replacen(',', ", ", 1)),
        ("a line end", format!("{}\n", held.list)),
        ("an escape", held.list.replacen("[\"", "[\"\\u0030", 1)),
        ("a trailing comma", held.list.replacen(']', ",]", 1)),
        ("a number", "[1]".into()),
        ("a null", "[null]".into()),
        ("an object", "{}".into()),
        ("nothing", String::new()),
        ("an empty line", "[\"\"]".into()),
        ("no end", held.list.replacen(']', "", 1)),
        ("two lists", format!("{}{}", held.list, held.list)),
        ("deep", "[".repeat(100_000)),
        ("not UTF-8", String::new()),
        ("two million lines that are none", format!("[{}\"\"]", "\"\",".repeat(2_000_000))),
        ("a line of 10 MB", format!("[\"{},{}\"]", key, "9".repeat(10_000_000))),
        ("control characters", "[\"\\u001b[2J\",\"\\n\"]".into()),
        ("raw control characters", format!("[\"{key},\u{9b}2J\u{7f}\"]")),
    ] {
        add(label.into(), text);
    }
    if held.election.is_mixed() {
        let mut weighted = lines.clone();
        weighted[0] = format!("{key},2");
        add("a weight where votes are ranked".into(), list(&weighted));
    }
    let mut bytes = held.list.clone().into_bytes();
    bytes[3] = 0xff;
    let mut steps = held.steps();
    *steps[0].payloads()[2] = bytes;
    cases.push(Case::new("not UTF-8", write(&steps, TIME), None));
    cases
}

fn credentials_of_small_order() -> Vec<Case> {
    let held = &lab().full;
    let mut cases = Vec::new();
    for (i, part) in torsion().iter().enumerate() {
        for at in 0..3 {
            let mut lines: Vec<String> = serde_json::from_str(&held.list).unwrap();
            let key = Ed25519::decode(&lines[at]).unwrap();
            lines[at] = if i == 0 { Ed25519::encode(part) } else { times::<Ed25519>(&key, part) }.to_string();
            lines.sort_by_key(|line| Ed25519::decode(line).unwrap());
            let mut changed = held.clone();
            changed.list = json::to_string(&lines);
            cases.push(Case::held(format!("credential {at} with torsion {i}"), &changed));
        }
    }
    // One among 300: the batch finds it.
    let mut keys: Vec<_> =
        (0..300u64).map(|i| Ed25519::encode(&Ed25519::exp_g(&Scalar::from_u64(i + 7)))).collect();
    keys[150] = times::<Ed25519>(&keys[150], &torsion()[4]);
    keys.sort_unstable();
    let mut changed = held.clone();
    changed.list = json::to_string(&keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    cases.push(Case::held("one of 300", &changed));
    cases
}

#[test]
fn false_setups_are_refused() {
    run(&[
        Kind { name: "trustee: key, proof or list", check: checks::TRUSTEES, make: || on_all!(singles) },
        Kind {
            name: "trustee: key of small order, proven",
            check: checks::TRUSTEES,
            make: singles_of_small_order,
        },
        Kind { name: "threshold group: certificates to shares", check: checks::TRUSTEES, make: threshold },
        Kind { name: "election: description or key", check: checks::ELECTION, make: || on_all!(elections) },
        Kind {
            name: "election: other words than the ballots'",
            check: checks::BALLOT_FORM,
            make: || on_all!(words),
        },
        Kind { name: "election: other meaning of the ballots", check: checks::BALLOT_FORM, make: meanings },
        Kind {
            name: "credentials: doubled, unsorted, weights, spelling",
            check: checks::CREDENTIALS,
            make: || on_all!(credentials),
        },
        Kind {
            name: "credentials: of small order",
            check: checks::CREDENTIALS,
            make: credentials_of_small_order,
        },
    ]);
}
