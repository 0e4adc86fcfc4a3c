//! False shuffles: another input, another election, another mixer, parts of other proofs.

use ballot::checks;
use ballot::election::Election;
use ballot::group::{Group, Scalar};
use ballot::shuffle::{Generators, MixInput, Shuffle, shuffle};

use crate::lab::{Case, Kind, lab, run};
use crate::on_all;
use crate::support::{Held, Step, plus_one, rng, times};

/// The election with shuffle `at` changed; decrypted and opened again by the book where that can be done.
fn changed<G: Group>(
    label: impl Into<String>,
    held: &Held<G>,
    at: usize,
    change: impl Fn(&mut Shuffle<G>),
) -> Case {
    let mut held = held.clone();
    change(&mut held.shuffles[at].1);
    let shaped = held.shuffles.iter().all(|(_, s)| {
        let questions = held.tally.iter().zip(held.election.questions()).filter(|(_, q)| q.is_mixed());
        s.ciphertexts.len() == questions.clone().count()
            && s.ciphertexts.iter().zip(questions).all(|(a, (b, _))| a.len() == b.len())
    });
    if shaped {
        held.again_from_shuffles();
    }
    Case::held(label, &held)
}

fn parts<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    if held.shuffles.is_empty() {
        return cases;
    }
    let g = G::generator();
    type Change<G> = (&'static str, fn(&mut Shuffle<G>, &<G as Group>::Point));
    let changes: [Change<G>; 21] = [
        ("t1", |s, g| s.proofs[0].t.t1 = times::<G>(&s.proofs[0].t.t1, g)),
        ("t2", |s, g| s.proofs[0].t.t2 = times::<G>(&s.proofs[0].t.t2, g)),
        ("t3", |s, g| s.proofs[0].t.t3 = times::<G>(&s.proofs[0].t.t3, g)),
        ("t41", |s, g| s.proofs[0].t.t41 = times::<G>(&s.proofs[0].t.t41, g)),
        ("t42", |s, g| s.proofs[0].t.t42 = times::<G>(&s.proofs[0].t.t42, g)),
        ("t41 and t42 swapped", |s, _| {
            let t = &mut s.proofs[0].t;
            std::mem::swap(&mut t.t41, &mut t.t42);
        }),
        ("t hat", |s, g| s.proofs[0].t.t_hat[1] = times::<G>(&s.proofs[0].t.t_hat[1], g)),
        ("t hat swapped", |s, _| s.proofs[0].t.t_hat.swap(0, 1)),
        ("c", |s, g| s.proofs[0].c[0] = times::<G>(&s.proofs[0].c[0], g)),
        ("c swapped", |s, _| s.proofs[0].c.swap(0, 1)),
        ("c hat", |s, g| s.proofs[0].c_hat[1] = times::<G>(&s.proofs[0].c_hat[1], g)),
        ("s1", |s, _| s.proofs[0].s.s1 = plus_one(&s.proofs[0].s.s1)),
        ("s2", |s, _| s.proofs[0].s.s2 = plus_one(&s.proofs[0].s.s2)),
        ("s3", |s, _| s.proofs[0].s.s3 = plus_one(&s.proofs[0].s.s3)),
        ("s4", |s, _| s.proofs[0].s.s4 = plus_one(&s.proofs[0].s.s4)),
        ("s hat", |s, _| s.proofs[0].s.s_hat[0] = plus_one(&s.proofs[0].s.s_hat[0])),
        ("s'", |s, _| s.proofs[0].s.s_prime[0] = plus_one(&s.proofs[0].s.s_prime[0])),
        ("s' swapped", |s, _| s.proofs[0].s.s_prime.swap(0, 1)),
        ("alpha", |s, g| s.ciphertexts[0][0].alpha = times::<G>(&s.ciphertexts[0][0].alpha, g)),
        ("beta", |s, g| s.ciphertexts[0][1].beta = times::<G>(&s.ciphertexts[0][1].beta, g)),
        ("everything zero", |s, _| {
            let s = &mut s.proofs[0].s;
            for number in [&mut s.s1, &mut s.s2, &mut s.s3, &mut s.s4]
                .into_iter()
                .chain(&mut s.s_hat)
                .chain(&mut s.s_prime)
            {
                *number = G::Scalar::ZERO;
            }
        }),
    ];
    for at in 0..held.shuffles.len() {
        for (what, change) in changes {
            cases.push(changed(format!("{what}, shuffle {at}"), held, at, |s| change(s, &g)));
        }
    }
    cases
}

fn whole<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    if held.shuffles.is_empty() {
        return cases;
    }
    let last = held.shuffles.len() - 1;
    let outputs =
        |s: &mut Shuffle<G>, f: &dyn Fn(&mut Vec<ballot::sigma::Ciphertext<G>>)| f(&mut s.ciphertexts[0]);
    cases.push(changed("outputs swapped", held, last, |s| outputs(s, &|c| c.swap(0, 1))));
    cases.push(changed("an output twice", held, last, |s| outputs(s, &|c| c[1] = c[0])));
    cases.push(changed("an output dropped", held, last, |s| outputs(s, &|c| c.truncate(c.len() - 1))));
    cases.push(changed("an output added", held, last, |s| outputs(s, &|c| c.push(c[0]))));
    cases.push(changed("no output", held, last, |s| outputs(s, &|c| c.clear())));
    cases.push(changed("one dropped with its proof parts", held, last, |s| {
        s.ciphertexts[0].pop();
        let proof = &mut s.proofs[0];
        for list in [&mut proof.c, &mut proof.c_hat, &mut proof.t.t_hat] {
            list.pop();
        }
        proof.s.s_hat.pop();
        proof.s.s_prime.pop();
    }));
    cases.push(changed("no proof", held, last, |s| s.proofs.clear()));
    cases.push(changed("no question", held, last, |s| {
        s.proofs.clear();
        s.ciphertexts.clear();
    }));
    cases.push(changed("a question too many", held, last, |s| {
        s.proofs.push(s.proofs[0].clone());
        s.ciphertexts.push(s.ciphertexts[0].clone());
    }));
    if held.shuffles[0].1.proofs.len() > 1 {
        cases.push(changed("the proofs of two questions swapped", held, last, |s| s.proofs.swap(0, 1)));
        cases.push(changed("two questions swapped", held, last, |s| {
            s.proofs.swap(0, 1);
            s.ciphertexts.swap(0, 1);
        }));
    }

    // A shuffle by the book, of another input than it stands behind.
    let with_input = |label: &str, input: Vec<Vec<ballot::sigma::Ciphertext<G>>>| {
        let mut held = held.clone();
        let input = MixInput::check("tests", input, &[1; 32]).unwrap();
        held.shuffles[last].1 = held.make_shuffle(&input, 99);
        held.again_from_shuffles();
        Case::held(label, &held)
    };
    let mut before = held.clone();
    before.shuffles.pop();
    let input = before.mix_input().into_questions();
    let mut doubled = input.clone();
    doubled[0][1] = doubled[0][0];
    cases.push(with_input("of an input with one ciphertext twice", doubled));
    let mut reversed = input.clone();
    reversed[0].reverse();
    cases.push(with_input("of the input in another order", reversed));
    let mut shifted = input.clone();
    shifted[0][0].beta = times::<G>(&shifted[0][0].beta, &G::generator());
    cases.push(with_input("of an input with a vote changed", shifted));
    cases.push(with_input("of its own output", held.shuffles[last].1.ciphertexts.clone()));
    if last > 0 {
        let mut tally = held.clone();
        tally.shuffles.clear();
        cases.push(with_input("two parallel shuffles of the tally", tally.mix_input().into_questions()));
        // The same shuffle again under another name.
        let mut repeated = held.clone();
        repeated.shuffles[last].1 = repeated.shuffles[0].1.clone();
        repeated.again_from_shuffles();
        cases.push(Case::held("the first shuffle again by another trustee", &repeated));
        let mut swapped = held.clone();
        let (first, second) = swapped.shuffles.split_at_mut(1);
        std::mem::swap(&mut first[0].1, &mut second[0].1);
        cases.push(Case::held("two shuffles in the other order", &swapped));
        let mut skipped = held.clone();
        skipped.shuffles.remove(0);
        skipped.again_from_shuffles();
        cases.push(Case::held("the first of two shuffles left out", &skipped));
    }
    // Made for another election under the same key.
    let text = held.election_text.replace("\"name\":\"Small\"", "\"name\":\"Other\"");
    let other = Election::<G>::parse(text.as_bytes()).unwrap();
    let mut foreign = held.clone();
    let input = MixInput::check("tests", input, &[1; 32]).unwrap();
    foreign.shuffles[last].1 = shuffle(&other, &mut Generators::new(), &input, b"", &mut rng(1)).unwrap();
    foreign.again_from_shuffles();
    cases.push(Case::held("of another election", &foreign));
    cases
}

/// One of the shuffle's points given a small-order part or made the identity.
fn points<G: Group>(held: &Held<G>) -> Vec<Case> {
    if held.shuffles.is_empty() {
        return Vec::new();
    }
    let identity = G::encode(&G::identity());
    vec![
        changed("alpha is the identity", held, 0, |s| s.ciphertexts[0][0].alpha = identity),
        changed("beta is the identity", held, 0, |s| s.ciphertexts[0][0].beta = identity),
    ]
}

fn mixers() -> Vec<Case> {
    let mut cases = Vec::new();
    let (full, ranked) = (&lab().full, &lab().ranked);
    let mut with_owners = |label: &str, owners: &[usize]| {
        let mut held = full.clone();
        held.mix(owners);
        held.again_from_shuffles();
        cases.push(Case::held(label, &held));
    };
    with_owners("the same mixer twice", &[1, 1]);
    with_owners("the same mixer first and third", &[2, 1, 2]);
    with_owners("trustee 0", &[0, 1]);
    with_owners("trustee 5 of 4", &[1, 5]);
    with_owners("no shuffle", &[]);
    let mut huge = full.clone();
    huge.shuffles[1].0 = usize::MAX;
    cases.push(Case::held("trustee 2^64 − 1", &huge));
    let mut none = ranked.clone();
    none.mix(&[]);
    none.again_from_shuffles();
    cases.push(Case::held("no shuffle of two questions", &none));
    let mut steps = none.steps();
    let at = steps.iter().position(|step| matches!(step, Step::Decryption(..))).unwrap();
    steps.insert(at, Step::EndShuffles);
    cases.push(Case::steps("the end of no shuffles", &none, &steps));
    let mut steps = full.steps();
    steps.retain(|step| !matches!(step, Step::Shuffle(..) | Step::Decryption(..)));
    cases.push(Case::steps("result without shuffles or shares", full, &steps).under(checks::EVENTS));
    cases
}

#[test]
fn false_shuffles_are_refused() {
    run(&[
        Kind {
            name: "shuffle: a part of the proof changed",
            check: checks::SHUFFLES,
            make: || on_all!(parts),
        },
        Kind {
            name: "shuffle: ciphertexts, proofs or input of another",
            check: checks::SHUFFLES,
            make: || on_all!(whole),
        },
        Kind {
            name: "shuffle: identity among the outputs",
            check: checks::SHUFFLES,
            make: || on_all!(points, safe_prime),
        },
        Kind { name: "shuffle: none, repeated, or by nobody", check: checks::MIXERS, make: mixers },
    ]);
}
