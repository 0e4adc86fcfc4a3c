//! False tallies: other numbers, other ballots counted than the archive holds, other sums. Decrypted and opened by the book.

use ballot::ballot::Ballot;
use ballot::checks;
use ballot::group::{Ed25519, Group};
use ballot::sigma::Ciphertext;

use crate::lab::{Case, Kind, lab, run};
use crate::on_all;
use crate::support::{Held, Step, times};

/// The archive of one election whose ballots are those of another.
fn with_ballots<G: Group>(label: impl Into<String>, tallied: &Held<G>, ballots: &[Vec<u8>]) -> Case {
    let mut steps = tallied.steps();
    let rest = steps.split_off(tallied.ballots.len() + 1);
    steps.truncate(1);
    steps.extend(ballots.iter().cloned().map(Step::Ballot));
    steps.extend(rest);
    Case::steps(label, tallied, &steps)
}

fn numbers<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (label, ballots, weight) in [
        ("one ballot more", 1i64, 0i64),
        ("one ballot less", -1, 0),
        ("weight one more", 0, 1),
        ("weight one less", 0, -1),
        ("no ballots", i64::MIN, 0),
        ("no weight", 0, i64::MIN),
    ] {
        let mut changed = held.clone();
        let add = |n: u64, d: i64| if d == i64::MIN { 0 } else { n.wrapping_add_signed(d) };
        changed.num_tallied = add(changed.num_tallied, ballots);
        changed.total_weight = add(changed.total_weight, weight);
        cases.push(Case::held(label, &changed));
    }
    cases
}

fn sums<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let shape = held.shape();
    let mut add = |label: String, change: &dyn Fn(&mut Vec<Ciphertext<G>>)| {
        let mut rows: Vec<Ciphertext<G>> = held.tally.iter().flatten().copied().collect();
        change(&mut rows);
        let mut changed = held.clone();
        changed.set_tally(shape.fill(rows));
        if changed.tally_text != held.tally_text {
            // Where a component is the identity no mixer can go on; the false tally stands all the same.
            let identity = changed
                .tally
                .iter()
                .flatten()
                .any(|e| [e.alpha, e.beta].iter().any(|point| G::is_identity(&G::point(point))));
            if !identity {
                changed.again_from_tally();
            }
            cases.push(Case::held(label, &changed));
        }
    };
    let count = held.tally.iter().flatten().count();
    for i in 0..count {
        add(format!("beta {i} times g"), &|rows| rows[i].beta = times::<G>(&rows[i].beta, &G::generator()));
        add(format!("{i} re-randomised"), &|rows| {
            rows[i].alpha = times::<G>(&rows[i].alpha, &G::generator());
            rows[i].beta = times::<G>(&rows[i].beta, held.election.point());
        });
        add(format!("{i} swapped with the next"), &|rows| rows.swap(i, (i + 1) % count));
        add(format!("{i} is the identity"), &|rows| {
            let identity = G::encode(&G::identity());
            rows[i] = Ciphertext { alpha: identity, beta: identity };
        });
        add(format!("{i} twice"), &|rows| rows[(i + 1) % count] = rows[i]);
    }
    // Another number of ciphertexts.
    let mut steps = held.steps();
    for text in ["[]", "[[]]", "{}", "", "null"] {
        for step in &mut steps {
            if let Step::EncryptedTally { tally, .. } = step {
                *tally = text.as_bytes().to_vec();
            }
        }
        cases.push(Case::steps(format!("{text:?} for a tally"), held, &steps));
    }
    cases
}

/// The tally is true, of other ballots than those in the archive.
fn ballots<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut counting = Vec::new();
    for (i, bytes) in held.ballots.iter().enumerate() {
        let credential = Ballot::parse(&held.election, bytes).unwrap().credential;
        let later = held.ballots[i + 1..]
            .iter()
            .any(|other| Ballot::parse(&held.election, other).unwrap().credential == credential);
        counting.push(!later);
    }
    for (i, counting) in counting.into_iter().enumerate() {
        let mut others = held.ballots.clone();
        others.remove(i);
        let mut without = held.clone();
        without.ballots.clone_from(&others);
        if counting {
            // Dropped after it was counted.
            cases.push(with_ballots(format!("ballot {i} dropped"), held, &others));
            // Not counted although it is there.
            without.again_from_ballots();
            cases.push(with_ballots(format!("ballot {i} not counted"), &without, &held.ballots));
        }
    }
    // A voter's two ballots in the other order: then the other one counts.
    let keys: Vec<String> = held
        .ballots
        .iter()
        .map(|b| Ballot::parse(&held.election, b).unwrap().credential.to_string())
        .collect();
    for i in 0..keys.len() {
        for j in i + 1..keys.len() {
            if keys[i] == keys[j] {
                let mut swapped = held.ballots.clone();
                swapped.swap(i, j);
                cases.push(with_ballots(format!("revotes {i} and {j} swapped"), held, &swapped));
                let mut first_counts = held.clone();
                first_counts.ballots = swapped;
                first_counts.again_from_ballots();
                cases.push(with_ballots(
                    format!("the first of {i} and {j} counted"),
                    &first_counts,
                    &held.ballots,
                ));
            }
        }
    }
    cases
}

/// Weights changed in the list after the tally was made, or in the tally alone.
fn weights() -> Vec<Case> {
    let (held, heavy) = (&lab().weighted, &lab().heavy);
    let mut cases = Vec::new();
    let mut add = |held: &Held<Ed25519>, label: &str, list: String| {
        assert!(list != held.list, "{label}");
        // In the list alone, and in the tally alone.
        let mut changed = held.clone();
        changed.list.clone_from(&list);
        cases.push(Case::held(format!("{label}, in the list"), &changed));
        changed.again_from_ballots();
        changed.list.clone_from(&held.list);
        cases.push(Case::held(format!("{label}, in the tally"), &changed));
    };
    let exchanged = held.list.replace(",3\"", ",x\"").replace(",2\"", ",3\"").replace(",x\"", ",2\"");
    add(held, "3 becomes 4", held.list.replace(",3\"", ",4\""));
    add(held, "3 becomes 1", held.list.replace(",3\"", "\""));
    add(held, "weights exchanged", exchanged);
    add(heavy, "2^30 + 5 becomes 1", heavy.list.replace(",1073741829\"", "\""));
    add(heavy, "2^30 + 5 becomes 2^30 + 6", heavy.list.replace(",1073741829\"", ",1073741830\""));
    add(heavy, "2 becomes 3", heavy.list.replace(",2\"", ",3\""));
    cases
}

#[test]
fn false_tallies_are_refused() {
    run(&[
        Kind {
            name: "tally: numbers of ballots or weights",
            check: checks::ENCRYPTED_TALLY,
            make: || on_all!(numbers),
        },
        Kind {
            name: "tally: sums changed, swapped, of another shape",
            check: checks::ENCRYPTED_TALLY,
            make: || on_all!(sums),
        },
        Kind {
            name: "tally: of other ballots than those there",
            check: checks::ENCRYPTED_TALLY,
            make: || on_all!(ballots),
        },
        Kind { name: "tally: weights changed", check: checks::ENCRYPTED_TALLY, make: weights },
    ]);
}
