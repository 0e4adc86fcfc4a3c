//! False partial decryptions, strong proofs and results.

use ballot::checks;
use ballot::decryption::{PartialDecryption, decrypt};
use ballot::election::Election;
use ballot::group::{Group, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::sigma::{self, Proof};
use ballot::strong::Statement;
use ballot::tally::{Row, Shaped};
use serde_json::Value;

use crate::lab::{Case, Kind, collect, lab, run};
use crate::on_all;
use crate::support::{Held, Step, nonces, plus_one, times};

fn first<T>(shaped: &mut Shaped<T>) -> &mut T {
    match &mut shaped.0[0] {
        Row::Flat(values) => &mut values[0],
        Row::Nested(rows) => &mut rows[0][0],
    }
}

fn rows<T>(shaped: &mut Shaped<T>) -> &mut Vec<T> {
    match &mut shaped.0[0] {
        Row::Flat(values) => values,
        Row::Nested(rows) => &mut rows[0],
    }
}

fn changed<G: Group>(
    label: impl Into<String>,
    held: &Held<G>,
    at: usize,
    change: impl Fn(&mut PartialDecryption<G>),
) -> Case {
    let mut held = held.clone();
    change(&mut held.decryptions[at].1);
    let whole = held.flat().len();
    if held.decryptions[at].1.decryption_factors.clone().into_flat().len() == whole {
        held.again_from_decryptions();
    }
    Case::held(label, &held)
}

fn factors<G: Group>(held: &Held<G>) -> Vec<Case> {
    let g = G::generator();
    let mut cases = Vec::new();
    for at in 0..held.decryptions.len() {
        let (owner, _) = held.decryptions[at];
        let mut add = |label: &str, change: &dyn Fn(&mut PartialDecryption<G>)| {
            cases.push(changed(format!("{label}, trustee {owner}"), held, at, change));
        };
        add("a factor times g", &|d| {
            *first(&mut d.decryption_factors) = times::<G>(first(&mut d.decryption_factors), &g)
        });
        add("challenge", &|d| {
            first(&mut d.decryption_proofs).challenge = plus_one(&first(&mut d.decryption_proofs).challenge)
        });
        add("response", &|d| {
            first(&mut d.decryption_proofs).response = plus_one(&first(&mut d.decryption_proofs).response)
        });
        add("a proof of nothing", &|d| {
            *first(&mut d.decryption_proofs) = Proof { challenge: G::Scalar::ZERO, response: G::Scalar::ZERO }
        });
        add("a factor too few", &|d| {
            rows(&mut d.decryption_factors).pop();
        });
        add("a proof too few", &|d| {
            rows(&mut d.decryption_proofs).pop();
        });
        add("a factor too many", &|d| {
            let factor = *first(&mut d.decryption_factors);
            rows(&mut d.decryption_factors).push(factor);
        });
        add("no question", &|d| {
            d.decryption_factors.0.clear();
            d.decryption_proofs.0.clear();
        });
        add("a factor that is the identity", &|d| {
            *first(&mut d.decryption_factors) = G::encode(&G::identity())
        });
        if held.decryptions[at].1.decryption_factors.clone().into_flat().len() > 1 {
            add("two proofs swapped", &|d| {
                let mut flat = d.decryption_proofs.clone().into_flat();
                flat.swap(0, 1);
                d.decryption_proofs = held.shape().fill(flat);
            });
            add("two factors swapped", &|d| {
                let mut flat = d.decryption_factors.clone().into_flat();
                flat.swap(0, 1);
                d.decryption_factors = held.shape().fill(flat);
            });
        }
        // Made with another key, and proven for it.
        let (shape, alphas) = (held.shape(), held.alphas());
        let public = held.verified.owners()[owner - 1].key;
        let x = G::Scalar::from_u64(12345);
        let make = |election: &Election<G>, alphas: &[G::Element], x: &G::Scalar, key: &G::Element| {
            decrypt(election, &shape, alphas, x, key, &[3; 32])
        };
        add("made with a key of one's own", &|d| {
            *d = make(&held.election, &alphas, &x, &G::encode(&G::exp_g(&x)))
        });
        add("made with a key of one's own in another's name", &|d| {
            *d = make(&held.election, &alphas, &x, &public)
        });
        let secret = &held.secrets[owner - 1];
        let mut others = alphas.clone();
        others[0] = times::<G>(&others[0], &g);
        add("of other ciphertexts", &|d| *d = make(&held.election, &others, secret, &public));
        let text = held.election_text.replace("\"name\":\"Small\"", "\"name\":\"Other\"");
        let other = Election::<G>::parse(text.as_bytes()).unwrap();
        add("of another election", &|d| *d = make(&other, &alphas, secret, &public));
        if !held.shuffles.is_empty() {
            let mut unmixed = held.clone();
            unmixed.shuffles.clear();
            let alphas = unmixed.alphas();
            add("of the tally before it was mixed", &|d| *d = make(&held.election, &alphas, secret, &public));
        }
    }
    cases
}

fn owners<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let count = held.decryptions.len();
    for at in 0..count {
        let mut missing = held.clone();
        missing.decryptions.remove(at);
        missing.prove();
        let case = Case::held(format!("share {at} missing"), &missing);
        // A result after no share at all is out of order.
        cases.push(if count == 1 { case.under(checks::EVENTS) } else { case });
        let mut doubled = held.clone();
        doubled.decryptions.push(held.decryptions[at].clone());
        doubled.prove();
        cases.push(Case::held(format!("share {at} twice"), &doubled));
        let mut remade = held.clone();
        let owner = held.decryptions[at].0;
        let public = held.verified.owners()[owner - 1].key;
        let again = decrypt(
            &held.election,
            &held.shape(),
            &held.alphas(),
            &held.secrets[owner - 1],
            &public,
            &[200; 32],
        );
        remade.decryptions.push((owner, again));
        remade.prove();
        cases.push(Case::held(format!("share {at} made a second time"), &remade));
        for owner in [0, held.secrets.len() + 1, usize::MAX] {
            let mut nobody = held.clone();
            nobody.decryptions[at].0 = owner;
            cases.push(Case::held(format!("share {at} by trustee {owner}"), &nobody));
        }
        for other in (1..=held.secrets.len()).filter(|other| *other != held.decryptions[at].0) {
            if held.secrets[other - 1] == held.secrets[held.decryptions[at].0 - 1] {
                continue;
            }
            let mut named = held.clone();
            named.decryptions[at].0 = other;
            named.strong.proofs[at].owner = other;
            cases.push(Case::held(format!("share {at} in the name of trustee {other}"), &named));
        }
    }
    let mut none = held.clone();
    none.decryptions.clear();
    none.strong.proofs.clear();
    cases.push(Case::held("no share", &none).under(checks::EVENTS));
    cases
}

/// A trustee makes a false factor whose Belenios proof holds: the commitments are chosen first, then the factor to fit.
/// (`c = H(decrypt|φ|X|A,B)` covers neither the ciphertext nor the factor.) Only the strong proof refuses it.
fn fitted<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let count = held.flat().len();
    for at in 0..held.decryptions.len() {
        for place in [0, count - 1] {
            let mut forged = held.clone();
            let (owner, decryption) = &mut forged.decryptions[at];
            let owner = *owner;
            let (key, x) = (held.verified.owners()[owner - 1].key, held.secrets[owner - 1]);
            let alpha = G::point(&held.alphas()[place]);
            let mut nonces = nonces(9);
            let (w, shift) = (*nonces.scalar::<G::Scalar>(), *nonces.scalar::<G::Scalar>());
            let a = G::exp_g(&w);
            let b = G::mul(&G::exp(&alpha, &w), &G::exp_g(&shift));
            let prefix = format!("decrypt|{}|{key}", held.election.fingerprint);
            let challenge = sigma::challenge::<G>(&prefix, &G::encode_all(&[a, b]));
            let response = w - x * challenge;
            // f = (B · α^−r)^(1/c) = α^x · g^(shift/c).
            let factor = G::mul(&G::exp(&alpha, &x), &G::exp_g(&(shift * challenge.invert())));
            let mut factors = decryption.decryption_factors.clone().into_flat();
            let mut proofs = decryption.decryption_proofs.clone().into_flat();
            assert!(factors[place] != G::encode(&factor));
            factors[place] = G::encode(&factor);
            proofs[place] = Proof { challenge, response };
            decryption.decryption_factors = held.shape().fill(factors);
            decryption.decryption_proofs = held.shape().fill(proofs);
            forged.again_from_decryptions();
            // A ranked vote opens to something, and the result is given as it opens; a count opens to nothing, so the
            // archive ends with the shares.
            let opens = forged.opened().is_some();
            let mut steps = forged.steps();
            if !opens {
                steps.pop();
            }
            let case =
                Case::steps(format!("factor {place} of trustee {owner}, opens: {opens}"), &forged, &steps);
            cases.push(if opens { case } else { case.so_far() });
            // The honest factors' strong proof does not cover it either.
            let mut borrowed = forged.clone();
            borrowed.strong = held.strong.clone();
            let case = Case::steps(
                format!("factor {place} of trustee {owner}, strong proof of the true ones"),
                &borrowed,
                &steps,
            );
            cases.push(if opens { case } else { case.so_far() });
        }
    }
    cases
}

#[test]
fn the_belenios_proof_alone_does_not_refuse_a_fitted_factor() {
    // Why section 5 of the design asks for the strong proof: without it the forgery above passes up to there.
    let case = &fitted(&lab().full)[0];
    let verdict = crate::support::judge(&case.archive, case.strong.as_deref(), case.partial);
    assert_eq!(verdict.failed, [checks::DECRYPTION], "{}", verdict.text);
}

fn strong<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = vec![Case::new("no file", held.archive(), None)];
    let mut add = |label: &str, change: &dyn Fn(&mut Held<G>)| {
        let mut changed = held.clone();
        change(&mut changed);
        cases.push(Case::held(label, &changed));
    };
    add("none in the file", &|h| h.strong.proofs.clear());
    add("the last missing", &|h| {
        h.strong.proofs.pop();
    });
    add("the first twice", &|h| h.strong.proofs.push(h.strong.proofs[0].clone()));
    add("version 2", &|h| h.strong.version = 2);
    add("another uuid", &|h| h.strong.election_uuid = "AAAAAAAAAAAAAA".into());
    add("challenge", &|h| h.strong.proofs[0].challenge = plus_one(&h.strong.proofs[0].challenge));
    add("response", &|h| h.strong.proofs[0].response = plus_one(&h.strong.proofs[0].response));
    add("of a trustee who did not decrypt", &|h| {
        let mut proof = h.strong.proofs[0].clone();
        proof.owner = 99;
        h.strong.proofs.push(proof);
    });
    add("of trustee 0", &|h| {
        let mut proof = h.strong.proofs[0].clone();
        proof.owner = 0;
        h.strong.proofs.push(proof);
    });
    add("of another partial decryption", &|h| h.strong.proofs[0].partial_decryption = Hash::of(b"x"));
    if held.decryptions.len() > 1 {
        add("two owners swapped", &|h| {
            let (a, b) = (h.strong.proofs[0].owner, h.strong.proofs[1].owner);
            h.strong.proofs[0].owner = b;
            h.strong.proofs[1].owner = a;
        });
    }
    // By the book, over another statement: each part of it in turn.
    let ciphertexts = held.flat();
    let (owner, decryption) = &held.decryptions[0];
    let factors = decryption.decryption_factors.clone().into_flat();
    let mut other_ciphertexts = ciphertexts.clone();
    other_ciphertexts[0].beta = times::<G>(&other_ciphertexts[0].beta, &G::generator());
    let other_key = G::encode(&G::exp_g(&G::Scalar::from_u64(5)));
    let statement = || Statement {
        setup: held.setup_hash(),
        election: held.election.hash,
        trustees: Hash::of(held.trustees_text.as_bytes()),
        owner: *owner,
        public: &held.verified.owners()[owner - 1].key,
        encrypted_tally: Hash::of(held.tally_text.as_bytes()),
        last_shuffle: held.last_shuffle(),
        ciphertexts: &ciphertexts,
        factors: &factors,
        partial_decryption: Hash::of(json::to_string(decryption).as_bytes()),
    };
    let wrong = Hash::of(b"wrong");
    let mut swapped = ciphertexts.clone();
    swapped.reverse();
    let mut swapped_factors = factors.clone();
    swapped_factors.reverse();
    let mut statements = vec![
        ("setup", Statement { setup: wrong, ..statement() }),
        ("election", Statement { election: wrong, ..statement() }),
        ("trustees", Statement { trustees: wrong, ..statement() }),
        ("owner", Statement { owner: owner + 1, ..statement() }),
        ("key", Statement { public: &other_key, ..statement() }),
        ("tally", Statement { encrypted_tally: wrong, ..statement() }),
        ("shuffle", Statement { last_shuffle: Some(wrong), ..statement() }),
        ("betas", Statement { ciphertexts: &other_ciphertexts, ..statement() }),
        (
            "fewer ciphertexts",
            Statement { ciphertexts: &ciphertexts[1..], factors: &factors[1..], ..statement() },
        ),
        ("partial decryption", Statement { partial_decryption: wrong, ..statement() }),
    ];
    if ciphertexts.len() > 1 {
        statements
            .push(("order", Statement { ciphertexts: &swapped, factors: &swapped_factors, ..statement() }));
    }
    if held.last_shuffle().is_some() {
        statements.push(("no shuffle", Statement { last_shuffle: None, ..statement() }));
    }
    for (what, statement) in statements {
        let mut proof = statement.prove(&held.secrets[owner - 1], &[4; 32]);
        proof.owner = *owner;
        proof.partial_decryption = held.strong.proofs[0].partial_decryption;
        let mut changed = held.clone();
        changed.strong.proofs[0] = proof;
        cases.push(Case::held(format!("over another {what}"), &changed));
    }
    // With another secret.
    let mut changed = held.clone();
    changed.strong.proofs[0] = statement().prove(&G::Scalar::from_u64(77), &[4; 32]);
    cases.push(Case::held("with another secret", &changed));
    // Files that are no strong proofs.
    let text = String::from_utf8(held.strong_text()).unwrap();
    for (what, file) in [
        ("an empty file", String::new()),
        ("no JSON", "{".into()),
        ("a space", text.replacen(':', ": ", 1)),
        ("a line end", format!("{text}\n")),
        ("an unknown field", text.replacen('{', "{\"note\":1,", 1)),
        ("deep", "[".repeat(100_000)),
    ] {
        cases.push(Case::new(what, held.archive(), Some(file.into_bytes())));
    }
    cases
}

fn results<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let result: Value = serde_json::from_str(&held.result).unwrap();
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut edit = |label: String, change: &dyn Fn(&mut Value)| {
        let mut changed = result.clone();
        change(&mut changed);
        if changed != result {
            texts.push((label, changed.to_string()));
        }
    };
    let questions = result["result"].as_array().unwrap().len();
    for q in 0..questions {
        let rows = result["result"][q].as_array().unwrap().len();
        for i in 0..rows {
            edit(format!("question {q}, place {i} changed"), &|v| {
                let place = &mut v["result"][q][i];
                match place {
                    Value::Array(vote) => vote[0] = (vote[0].as_u64().unwrap() ^ 1).into(),
                    Value::String(text) => *text = (text.parse::<u64>().unwrap() + 1).to_string(),
                    number => *number = (number.as_u64().unwrap() + 1).into(),
                }
            });
            edit(format!("question {q}, place {i} swapped with the next"), &|v| {
                v["result"][q].as_array_mut().unwrap().swap(i, (i + 1) % rows);
            });
        }
        edit(format!("question {q}: one less"), &|v| {
            v["result"][q].as_array_mut().unwrap().pop();
        });
        edit(format!("question {q}: one more"), &|v| {
            let row = v["result"][q].as_array_mut().unwrap();
            row.push(row[0].clone());
        });
        edit(format!("question {q}: empty"), &|v| v["result"][q] = Value::Array(Vec::new()));
        edit(format!("question {q}: of another kind"), &|v| {
            v["result"][q] = if v["result"][q][0].is_array() {
                serde_json::json!([1, 2])
            } else {
                serde_json::json!([[1, 2]])
            };
        });
        edit(format!("question {q}: counts as texts"), &|v| v["result"][q][0] = "1".into());
        edit(format!("question {q}: more than the group's order"), &|v| {
            v["result"][q][0] = u64::MAX.to_string().into()
        });
        edit(format!("question {q}: negative"), &|v| v["result"][q][0] = (-1).into());
        edit(format!("question {q}: null"), &|v| v["result"][q] = Value::Null);
    }
    edit("a question less".into(), &|v| {
        v["result"].as_array_mut().unwrap().pop();
    });
    edit("a question more".into(), &|v| {
        let list = v["result"].as_array_mut().unwrap();
        list.push(list[0].clone());
    });
    for (label, text) in texts {
        let mut changed = held.clone();
        changed.result = text;
        cases.push(Case::held(label, &changed));
    }
    cases
}

fn unfinished<G: Group>(held: &Held<G>) -> Vec<Case> {
    let steps = held.steps();
    (1..steps.len())
        .map(|end| {
            let case = Case::steps(format!("{end} events"), held, &steps[..end]);
            let decrypting = matches!(steps[end - 1], Step::Decryption(..));
            // The proofs of shares that are not there yet belong to nobody.
            if decrypting && end + 1 < steps.len() { case.under(checks::DECRYPTION) } else { case }
        })
        .collect()
}

#[test]
fn false_decryptions_are_refused() {
    run(&[
        Kind {
            name: "partial decryption: factors or proofs of another",
            check: checks::PARTIAL_DECRYPTIONS,
            make: || on_all!(factors),
        },
        Kind {
            name: "partial decryption: too few, doubled, by another",
            check: checks::PARTIAL_DECRYPTIONS,
            make: || on_all!(owners),
        },
        Kind {
            name: "partial decryption: false, its Belenios proof holds",
            check: checks::DECRYPTION,
            make: || on_all!(fitted, safe_prime),
        },
        Kind {
            name: "strong proof: missing, doubled, of another statement",
            check: checks::DECRYPTION,
            make: || on_all!(strong),
        },
        Kind {
            name: "result: not what was decrypted",
            check: checks::RESULT,
            make: || {
                let mut cases = on_all!(results);
                collect("heavy", &mut cases, results(&lab().heavy));
                cases
            },
        },
        Kind { name: "archive: not finished", check: checks::COMPLETE, make: || on_all!(unfinished) },
    ]);
}
