//! False ballots. Where a false ballot can be added up, everything after it is done again by the book.

use ballot::ballot::Ballot;
use ballot::checks;
use ballot::credential::Credential;
use ballot::election::{Election, Question};
use ballot::group::{Ed25519, Group, Scalar};
use ballot::hash::Hash;
use ballot::json;
use ballot::question::disjunction::{self, SecretBranch};
use ballot::question::{Answer, Context, HomomorphicAnswer, NonHomomorphicAnswer};
use ballot::sigma::{self, Ciphertext};
use serde_json::Value;

use crate::lab::{Case, Kind, lab, run};
use crate::on_all;
use crate::support::{Held, Step, nonces, plus_one, sign_ballot, times, vectors, write};

/// The election with ballot `at` replaced; all that follows is done again.
fn replaced<G: Group>(label: impl Into<String>, held: &Held<G>, at: usize, ballot: Vec<u8>) -> Case {
    let mut held = held.clone();
    held.ballots[at] = ballot;
    held.again_from_ballots();
    Case::held(label, &held)
}

/// The same where the false ballot cannot be read: the tally stays that of the good one.
fn unread<G: Group>(label: impl Into<String>, held: &Held<G>, at: usize, ballot: Vec<u8>) -> Case {
    let mut steps = held.steps();
    steps[at + 1] = Step::Ballot(ballot);
    Case::steps(label, held, &steps)
}

/// The last ballot, its voter, and its answers.
fn last<G: Group>(held: &Held<G>) -> (usize, usize, Ballot<G>) {
    let at = held.ballots.len() - 1;
    let ballot = Ballot::parse(&held.election, &held.ballots[at]).unwrap();
    let voter = (0..held.credentials.len()).find(|v| held.public(*v) == ballot.credential).unwrap();
    (at, voter, ballot)
}

fn texts<G: Group>(answers: &[Answer<G>]) -> Vec<String> {
    answers.iter().map(json::to_string).collect()
}

/// The last ballot with one homomorphic answer changed, truly signed.
fn with_choice<G: Group>(
    held: &Held<G>,
    change: impl Fn(&mut HomomorphicAnswer<G>, &str, &Question),
) -> Vec<(String, Vec<u8>)> {
    let (_, voter, ballot) = last(held);
    let mut made = Vec::new();
    for (i, question) in held.election.questions().iter().enumerate() {
        let mut answers = ballot.answers.clone();
        if let Answer::Homomorphic(answer) = &mut answers[i] {
            let before = answer.clone();
            change(answer, &held.s0(voter), question);
            if *answer != before {
                made.push((format!("question {}", i + 1), held.signed(voter, &texts(&answers))));
            }
        }
    }
    made
}

fn with_rank<G: Group>(
    held: &Held<G>,
    change: impl Fn(&mut NonHomomorphicAnswer<G>, &str),
) -> Vec<(String, Vec<u8>)> {
    let (_, voter, ballot) = last(held);
    let mut made = Vec::new();
    for i in 0..ballot.answers.len() {
        let mut answers = ballot.answers.clone();
        if let Answer::NonHomomorphic(answer) = &mut answers[i] {
            change(answer, &held.s0(voter));
            made.push((format!("question {}", i + 1), held.signed(voter, &texts(&answers))));
        }
    }
    made
}

fn all<G: Group>(held: &Held<G>, what: &str, ballots: Vec<(String, Vec<u8>)>) -> Vec<Case> {
    let at = held.ballots.len() - 1;
    ballots
        .into_iter()
        .map(|(label, ballot)| replaced(format!("{what}, {label}"), held, at, ballot))
        .collect()
}

/// An answer made with the same randomness for two statements: the ciphertexts are the same, the proofs are not.
fn twice<G: Group>(
    held: &Held<G>,
    s0: &str,
    other: &str,
    question: &Question,
    vote: &[u8],
) -> [HomomorphicAnswer<G>; 2] {
    [s0, other].map(|s0| {
        let context = Context { election: &held.election, s0 };
        match Answer::create(&context, question, vote, &mut nonces(11)).unwrap() {
            Answer::Homomorphic(answer) => answer,
            _ => unreachable!(),
        }
    })
}

fn some_vote(question: &Question) -> Option<Vec<u8>> {
    let Question::Homomorphic(q) = question else { return None };
    let mut vote = vec![0; q.ciphertexts()];
    let first = usize::from(q.has_blank());
    (first..first + q.min.max(1).min(q.max) as usize).for_each(|i| vote[i] = 1);
    Some(vote)
}

fn proofs_of_another_statement<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let (_, voter, _) = last(held);
    let other_voter = (voter + 1) % held.credentials.len();
    let mut text = held.election_text.clone();
    text = text.replace("\"name\":\"Small\"", "\"name\":\"Other\"");
    let other = Election::<G>::parse(text.as_bytes()).unwrap();
    let statements = [
        ("of another credential", held.s0(other_voter)),
        ("of another election", format!("{}|{}", other.fingerprint, held.public(voter))),
    ];
    for (whose, statement) in statements {
        type Part<G> = (&'static str, fn(&mut HomomorphicAnswer<G>, &HomomorphicAnswer<G>));
        let parts: [Part<G>; 4] = [
            ("individual proofs", |a, b| a.individual_proofs.clone_from(&b.individual_proofs)),
            ("one individual proof", |a, b| a.individual_proofs[0].clone_from(&b.individual_proofs[0])),
            ("overall proof", |a, b| a.overall_proof.clone_from(&b.overall_proof)),
            ("blank proof", |a, b| a.blank_proof.clone_from(&b.blank_proof)),
        ];
        for (part, take) in parts {
            let ballots = with_choice(held, |answer, s0, question| {
                let [mut own, foreign] = twice(held, s0, &statement, question, &some_vote(question).unwrap());
                assert!(own.choices == foreign.choices);
                if part == "blank proof" && own.blank_proof.is_none() {
                    return;
                }
                take(&mut own, &foreign);
                *answer = own;
            });
            cases.extend(all(held, &format!("{part} {whose}"), ballots));
        }
        let ballots = with_rank(held, |answer, s0| {
            let question = held.election.questions().iter().find(|question| question.is_mixed()).unwrap();
            let Question::NonHomomorphic(q) = question else { unreachable!() };
            let vote = vec![1; q.value.answers.len()];
            let [own, foreign] = [s0, statement.as_str()].map(|s0| {
                let context = Context { election: &held.election, s0 };
                match Answer::create(&context, question, &vote, &mut nonces(12)).unwrap() {
                    Answer::NonHomomorphic(answer) => answer,
                    _ => unreachable!(),
                }
            });
            assert!(own.choices == foreign.choices);
            *answer = NonHomomorphicAnswer { choices: own.choices, proof: foreign.proof };
        });
        cases.extend(all(held, &format!("knowledge {whose}"), ballots));
    }
    cases
}

/// Proofs put in each other's place, or made with the prefix of another kind.
fn proofs_of_another_kind<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    type Change<G> = (&'static str, fn(&mut HomomorphicAnswer<G>));
    let changes: [Change<G>; 5] = [
        ("individual proofs swapped", |a| a.individual_proofs.reverse()),
        ("an individual proof twice", |a| {
            if a.individual_proofs.len() > 1 {
                a.individual_proofs[1] = a.individual_proofs[0].clone();
            }
        }),
        ("branches of an individual proof swapped", |a| a.individual_proofs[0].swap(0, 1)),
        ("branches of the overall proof swapped", |a| a.overall_proof.reverse()),
        ("branches of the blank proof swapped", |a| {
            if let Some(proof) = &mut a.blank_proof {
                proof.swap(0, 1);
            }
        }),
    ];
    for (what, change) in changes {
        cases.extend(all(held, what, with_choice(held, |answer, _, _| change(answer))));
    }
    let swapped = with_choice(held, |answer, _, _| {
        if let Some(blank) =
            answer.blank_proof.as_mut().filter(|blank| blank.len() == answer.overall_proof.len())
        {
            std::mem::swap(blank, &mut answer.overall_proof);
        }
    });
    cases.extend(all(held, "blank0 and blank1 swapped", swapped));
    cases
}

/// Any number of a proof changed by one.
fn numbers_of_proofs<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    type Change<G> = (&'static str, fn(&mut HomomorphicAnswer<G>));
    let changes: [Change<G>; 8] = [
        ("individual challenge", |a| {
            a.individual_proofs[0][0].challenge = plus_one(&a.individual_proofs[0][0].challenge)
        }),
        ("individual response", |a| {
            a.individual_proofs[0][1].response = plus_one(&a.individual_proofs[0][1].response)
        }),
        ("challenge moved between branches", |a| {
            let proof = &mut a.individual_proofs[0];
            proof[0].challenge = plus_one(&proof[0].challenge);
            proof[1].challenge = proof[1].challenge - G::Scalar::ONE;
        }),
        ("overall challenge", |a| a.overall_proof[0].challenge = plus_one(&a.overall_proof[0].challenge)),
        ("overall response", |a| {
            let last = a.overall_proof.len() - 1;
            a.overall_proof[last].response = plus_one(&a.overall_proof[last].response);
        }),
        ("blank challenge", |a| {
            if let Some(proof) = &mut a.blank_proof {
                proof[0].challenge = plus_one(&proof[0].challenge);
            }
        }),
        ("blank response", |a| {
            if let Some(proof) = &mut a.blank_proof {
                proof[1].response = plus_one(&proof[1].response);
            }
        }),
        ("all zero", |a| {
            for proof in a.individual_proofs.iter_mut().flatten() {
                proof.challenge = G::Scalar::ZERO;
                proof.response = G::Scalar::ZERO;
            }
        }),
    ];
    for (what, change) in changes {
        cases.extend(all(held, what, with_choice(held, |answer, _, _| change(answer))));
    }
    cases.extend(all(
        held,
        "knowledge challenge",
        with_rank(held, |a, _| a.proof.challenge = plus_one(&a.proof.challenge)),
    ));
    cases.extend(all(
        held,
        "knowledge response",
        with_rank(held, |a, _| a.proof.response = plus_one(&a.proof.response)),
    ));
    cases
}

/// An answer with these contents, each proof made as well as a liar can: true where the claim is, else by the book with
/// the nearest branch called true.
fn lie<G: Group>(
    held: &Held<G>,
    s0: &str,
    question: &Question,
    vote: &[i64],
    r_zero: bool,
) -> HomomorphicAnswer<G> {
    let Question::Homomorphic(q) = question else { unreachable!() };
    let election = &held.election;
    let number = |m: i64| {
        let absolute = G::Scalar::from_u64(m.unsigned_abs());
        if m < 0 { -absolute } else { absolute }
    };
    let mut nonces = nonces(13);
    let r: Vec<G::Scalar> =
        vote.iter().map(|_| if r_zero { G::Scalar::ZERO } else { *nonces.scalar() }).collect();
    let choices: Vec<Ciphertext<G>> = r
        .iter()
        .zip(vote)
        .map(|(r, m)| Ciphertext {
            alpha: G::encode(&G::exp_g(r)),
            beta: G::encode(&G::mul(&G::exp(election.point(), r), &G::exp_g(&number(*m)))),
        })
        .collect();
    let pair = |c: &Ciphertext<G>| format!("{},{}", c.alpha, c.beta);
    let individual_proofs = (0..vote.len())
        .map(|i| {
            let branches = [0, 1].map(|v| SecretBranch { r: r[i], excess: number(vote[i] - v) });
            let prefix = format!("prove|{s0}|{}", pair(&choices[i]));
            disjunction::prove(election, &prefix, &branches, usize::from(vote[i] > 0), &mut nonces)
        })
        .collect();
    let s1 = format!("{s0}|{}", choices.iter().map(pair).collect::<Vec<_>>().join(","));
    let first = usize::from(q.has_blank());
    let r_sum = r[first..].iter().fold(G::Scalar::ZERO, |sum, r| sum + *r);
    let sum: i64 = vote[first..].iter().sum();
    let interval = (q.min..=q.max).map(|v| SecretBranch { r: r_sum, excess: number(sum - i64::from(v)) });
    let nearest = (sum.clamp(i64::from(q.min), i64::from(q.max)) - i64::from(q.min)) as usize;
    if !q.has_blank() {
        let total = choices.iter().fold((G::identity(), G::identity()), |(a, b), c| {
            (G::mul(&a, &G::point(&c.alpha)), G::mul(&b, &G::point(&c.beta)))
        });
        let total = Ciphertext::<G> { alpha: G::encode(&total.0), beta: G::encode(&total.1) };
        let branches: Vec<_> = interval.collect();
        let prefix = format!("prove|{s1}|{}", pair(&total));
        let overall_proof = disjunction::prove(election, &prefix, &branches, nearest, &mut nonces);
        return HomomorphicAnswer { choices, individual_proofs, overall_proof, blank_proof: None };
    }
    let is_zero =
        [SecretBranch { r: r[0], excess: number(vote[0]) }, SecretBranch { r: r_sum, excess: number(sum) }];
    let blank_proof = disjunction::prove(
        election,
        &format!("bproof0|{s1}"),
        &is_zero,
        usize::from(vote[0] != 0),
        &mut nonces,
    );
    let mut branches = vec![SecretBranch { r: r[0], excess: number(vote[0] - 1) }];
    branches.extend(interval);
    let real = if vote[0] == 1 { 0 } else { nearest + 1 };
    let overall_proof = disjunction::prove(election, &format!("bproof1|{s1}"), &branches, real, &mut nonces);
    HomomorphicAnswer { choices, individual_proofs, overall_proof, blank_proof: Some(blank_proof) }
}

/// The votes that a question forbids.
fn forbidden_votes(question: &Question) -> Vec<(&'static str, Vec<i64>)> {
    let Question::Homomorphic(q) = question else { return Vec::new() };
    let first = usize::from(q.has_blank());
    let vote = |chosen: &[i64]| {
        let mut vote = vec![0; q.ciphertexts()];
        vote[first..first + chosen.len()].copy_from_slice(chosen);
        vote
    };
    let n = q.answers.len();
    let mut votes =
        vec![("a vote of 2", vote(&[2])), ("a vote of −1", vote(&[-1])), ("a vote of 1000", vote(&[1000]))];
    if n > 1 {
        votes.push(("2 and −1", vote(&[2, -1])));
    }
    if (q.max as usize) < n {
        votes.push(("more than max", vote(&vec![1; n])));
    }
    if q.min > 0 {
        votes.push(("fewer than min", vote(&[])));
    }
    if q.has_blank() {
        let mut blank = vote(&[1]);
        blank[0] = 1;
        votes.push(("blank and a choice", blank));
        let mut blank = vote(&[]);
        blank[0] = 2;
        votes.push(("blank twice", blank));
    }
    votes
}

fn forbidden<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (_, voter, ballot) = last(held);
    let mut cases = Vec::new();
    for (i, question) in held.election.questions().iter().enumerate() {
        for (what, vote) in forbidden_votes(question) {
            let mut answers = ballot.answers.clone();
            answers[i] = Answer::Homomorphic(lie(held, &held.s0(voter), question, &vote, false));
            let ballot = held.signed(voter, &texts(&answers));
            cases.push(replaced(format!("{what}, question {}", i + 1), held, held.ballots.len() - 1, ballot));
        }
    }
    cases
}

/// The liar's tools make a good ballot of an allowed vote: the refusals above are of the lies.
#[test]
fn the_forger_can_be_honest() {
    fn honest<G: Group>(held: &Held<G>) -> Vec<Case> {
        let (_, voter, ballot) = last(held);
        let mut cases = Vec::new();
        for (i, question) in held.election.questions().iter().enumerate() {
            let Some(vote) = some_vote(question) else { continue };
            let vote: Vec<i64> = vote.iter().map(|m| i64::from(*m)).collect();
            let mut answers = ballot.answers.clone();
            answers[i] = Answer::Homomorphic(lie(held, &held.s0(voter), question, &vote, false));
            let ballot = held.signed(voter, &texts(&answers));
            cases.push(replaced("honest", held, held.ballots.len() - 1, ballot));
        }
        cases
    }
    for case in on_all!(honest) {
        let verdict = crate::support::judge(&case.archive, case.strong.as_deref(), false);
        assert!(verdict.holds, "{}\n{}", case.label, verdict.text);
    }
}

/// Ciphertexts in another order, of another answer, of another voter, or mauled.
fn moved_ciphertexts<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    let shift = G::generator();
    type Change<G> = (&'static str, fn(&mut HomomorphicAnswer<G>));
    let changes: [Change<G>; 3] = [
        ("choices swapped, proofs stay", |a| a.choices.reverse()),
        ("choices swapped with their proofs", |a| {
            if a.choices.len() > 1 {
                a.choices.reverse();
                a.individual_proofs.reverse();
            }
        }),
        ("one choice twice with its proof", |a| {
            if a.choices.len() > 1 {
                a.choices[1] = a.choices[0];
                a.individual_proofs[1] = a.individual_proofs[0].clone();
            }
        }),
    ];
    for (what, change) in changes {
        cases.extend(all(held, what, with_choice(held, |answer, _, _| change(answer))));
    }
    cases.extend(all(
        held,
        "beta times g",
        with_choice(held, |answer, _, _| {
            answer.choices[0].beta = times::<G>(&answer.choices[0].beta, &shift);
        }),
    ));
    let rerandomised = |e: &Ciphertext<G>| {
        let key = held.election.point();
        Ciphertext { alpha: times::<G>(&e.alpha, &G::generator()), beta: times::<G>(&e.beta, key) }
    };
    cases.extend(all(
        held,
        "re-randomised",
        with_choice(held, |answer, _, _| {
            answer.choices[0] = rerandomised(&answer.choices[0]);
        }),
    ));
    cases.extend(all(
        held,
        "rank: beta times g",
        with_rank(held, |answer, _| {
            answer.choices.beta = times::<G>(&answer.choices.beta, &shift);
        }),
    ));
    cases.extend(all(
        held,
        "rank: re-randomised",
        with_rank(held, |answer, _| answer.choices = rerandomised(&answer.choices)),
    ));
    cases
}

/// Another voter's answers, word for word, truly signed by this one.
fn copied_answers<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (at, voter, ballot) = last(held);
    let mut cases = Vec::new();
    let others: Vec<_> =
        held.ballots[..at].iter().map(|bytes| Ballot::parse(&held.election, bytes).unwrap()).collect();
    for (i, other) in others.iter().enumerate().filter(|(_, other)| other.credential != ballot.credential) {
        cases.push(replaced(
            format!("all of ballot {i}"),
            held,
            at,
            held.signed(voter, &texts(&other.answers)),
        ));
        for j in 0..ballot.answers.len() {
            let mut answers = ballot.answers.clone();
            answers[j] = other.answers[j].clone();
            cases.push(replaced(
                format!("answer {j} of ballot {i}"),
                held,
                at,
                held.signed(voter, &texts(&answers)),
            ));
        }
    }
    cases
}

fn false_signatures<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (at, voter, ballot) = last(held);
    let other = (voter + 1) % held.credentials.len();
    let answers = texts(&ballot.answers);
    let credential = held.public(voter).to_string();
    let sign = |sign: &dyn Fn(&str) -> sigma::Proof<G>| {
        sign_ballot::<G>(held.uuid(), &held.election.fingerprint, &credential, &answers, sign)
    };
    let secret = held.secret(voter);
    let mut made = vec![
        (
            "by another credential",
            sign(&|statement| sigma::prove(statement, &held.secret(other), &mut nonces(1))),
        ),
        ("over other words", sign(&|_| sigma::prove("sig|AAAA", &secret, &mut nonces(1)))),
        (
            "of another kind",
            sign(&|statement| sigma::prove(&statement.replace("sig|", "sigmsg|"), &secret, &mut nonces(1))),
        ),
        (
            "challenge changed",
            sign(&|statement| {
                let proof = sigma::prove::<G>(statement, &secret, &mut nonces(1));
                sigma::Proof { challenge: plus_one(&proof.challenge), ..proof }
            }),
        ),
        (
            "response changed",
            sign(&|statement| {
                let proof = sigma::prove::<G>(statement, &secret, &mut nonces(1));
                sigma::Proof { response: plus_one(&proof.response), ..proof }
            }),
        ),
        ("all zero", sign(&|_| sigma::Proof { challenge: G::Scalar::ZERO, response: G::Scalar::ZERO })),
    ];
    // The signature of the voter's other contents: an honest one, of another hash.
    let mut value: Value = serde_json::from_slice(&held.ballots[at]).unwrap();
    value["signature"]["hash"] = Hash::of(b"other").compact().into();
    made.push(("with the hash of other words", value.to_string().into_bytes()));
    let votes: Vec<Vec<u8>> = held
        .election
        .questions()
        .iter()
        .map(|question| match question {
            Question::NonHomomorphic(q) => vec![7; q.value.answers.len()],
            question => some_vote(question).unwrap(),
        })
        .collect();
    let own: Value = serde_json::from_slice(&held.cast(voter, &votes, 77)).unwrap();
    let mut value: Value = serde_json::from_slice(&held.ballots[at]).unwrap();
    value["signature"] = own["signature"].clone();
    made.push(("of the same voter's other ballot", value.to_string().into_bytes()));
    made.into_iter().map(|(label, ballot)| replaced(label, held, at, ballot)).collect()
}

/// A ballot by somebody who is not on the list, added at the end; and one in place of a voter's.
fn foreign_credentials<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (at, _, ballot) = last(held);
    let stranger = Credential::generate(&mut nonces(21));
    let votes: Vec<_> = held
        .election
        .questions()
        .iter()
        .map(|question| match question {
            Question::NonHomomorphic(q) => vec![7; q.value.answers.len()],
            question => some_vote(question).unwrap(),
        })
        .map(zeroize::Zeroizing::new)
        .collect();
    let foreign = ballot::ballot::cast(&held.election, &stranger, &votes, &[5; 32]).unwrap().into_bytes();
    let mut added = held.clone();
    added.ballots.push(foreign.clone());
    added.again_from_ballots();
    let mut cases = vec![replaced("in place of a voter's", held, at, foreign), Case::held("added", &added)];
    // Struck from the list after voting.
    let mut lines: Vec<String> = serde_json::from_str(&held.list).unwrap();
    let key = ballot.credential.to_string();
    lines.retain(|line| line.split(',').next() != Some(&key));
    let mut struck = held.clone();
    struck.list = json::to_string(&lines);
    struck.again_from_ballots();
    cases.push(Case::held("struck from the list", &struck));
    cases
}

fn copied_ballots<G: Group>(held: &Held<G>) -> Vec<Case> {
    let mut cases = Vec::new();
    for i in 0..held.ballots.len() {
        for at in [i + 1, held.ballots.len()] {
            let mut copied = held.clone();
            copied.ballots.insert(at, held.ballots[i].clone());
            copied.again_from_ballots();
            cases.push(Case::held(format!("ballot {i} again at {at}"), &copied));
        }
    }
    // After many revotes the first again.
    let (_, voter, ballot) = last(held);
    let mut copied = held.clone();
    let first = copied.ballots.last().unwrap().clone();
    for i in 0..3 {
        let answers = texts(&ballot.answers);
        let credential = held.public(voter).to_string();
        let secret = held.secret(voter);
        copied.ballots.push(sign_ballot::<G>(
            held.uuid(),
            &held.election.fingerprint,
            &credential,
            &answers,
            |s| sigma::prove(s, &secret, &mut nonces(100 + i)),
        ));
    }
    copied.ballots.push(first);
    copied.again_from_ballots();
    cases.push(Case::held("the first of several revotes again", &copied));
    cases
}

/// Ballots whose form is not their election's.
fn forms<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (at, voter, ballot) = last(held);
    let (answers, credential) = (texts(&ballot.answers), held.public(voter).to_string());
    let fingerprint = &held.election.fingerprint;
    let secret = held.secret(voter);
    let sign = |uuid: &str, fingerprint: &str, answers: &[String]| {
        sign_ballot::<G>(uuid, fingerprint, &credential, answers, |s| {
            sigma::prove(s, &secret, &mut nonces(1))
        })
    };
    let mut made = vec![
        ("another uuid".to_owned(), sign("AAAAAAAAAAAAAA", fingerprint, &answers)),
        ("another fingerprint".to_owned(), sign(held.uuid(), &Hash::of(b"x").compact(), &answers)),
        ("no answers".to_owned(), sign(held.uuid(), fingerprint, &[])),
        (
            "an answer too many".to_owned(),
            sign(held.uuid(), fingerprint, &[answers.clone(), answers[..1].to_vec()].concat()),
        ),
    ];
    let mut change = |label: String, i: usize, f: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&answers[i]).unwrap();
        f(&mut value);
        let mut answers = answers.clone();
        answers[i] = value.to_string();
        made.push((label, sign(held.uuid(), fingerprint, &answers)));
    };
    for (i, (answer, text)) in ballot.answers.iter().zip(&answers).enumerate() {
        match answer {
            Answer::Homomorphic(_) => {
                for list in ["choices", "individual_proofs", "overall_proof", "blank_proof"] {
                    let there = |v: &Value| v.get(list).is_some();
                    if !there(&serde_json::from_str(text).unwrap()) {
                        change(format!("question {i}: {list} where there is none"), i, &|v| {
                            v[list] = Value::Array(Vec::new())
                        });
                        continue;
                    }
                    change(format!("question {i}: no {list}"), i, &|v| {
                        v.as_object_mut().unwrap().shift_remove(list);
                    });
                    change(format!("question {i}: empty {list}"), i, &|v| v[list] = Value::Array(Vec::new()));
                    change(format!("question {i}: one of {list} less"), i, &|v| {
                        v[list].as_array_mut().unwrap().pop();
                    });
                    change(format!("question {i}: one of {list} more"), i, &|v| {
                        let list = v[list].as_array_mut().unwrap();
                        list.push(list[0].clone());
                    });
                }
                change(format!("question {i}: one branch less"), i, &|v| {
                    v["individual_proofs"][0].as_array_mut().unwrap().pop();
                });
                change(format!("question {i}: one branch more"), i, &|v| {
                    let list = v["individual_proofs"][0].as_array_mut().unwrap();
                    list.push(list[0].clone());
                });
                change(format!("question {i}: a ranked answer"), i, &|v| {
                    let ranked = serde_json::json!({"choices": v["choices"][0], "proof": v["individual_proofs"][0][0]});
                    *v = ranked;
                });
            }
            Answer::NonHomomorphic(_) => {
                change(format!("question {i}: a homomorphic answer"), i, &|v| {
                    let (choices, proof) = (v["choices"].clone(), v["proof"].clone());
                    *v = serde_json::json!({"choices": [choices], "individual_proofs": [[proof, proof]], "overall_proof": [proof, proof]});
                });
                change(format!("question {i}: two ciphertexts"), i, &|v| {
                    v["choices"] = serde_json::json!([v["choices"], v["choices"]])
                });
            }
            Answer::Lists(_) => {}
        }
    }
    made.push(("larger than 16 MiB".into(), {
        let mut ballot = held.ballots[at].clone();
        ballot.resize(17 << 20, b' ');
        ballot
    }));
    made.into_iter().map(|(label, ballot)| unread(label, held, at, ballot)).collect()
}

/// Points that pass every equation and are refused for what they are.
fn identities<G: Group>(held: &Held<G>) -> Vec<Case> {
    let (_, voter, ballot) = last(held);
    let (s0, at) = (held.s0(voter), held.ballots.len() - 1);
    let mut cases = Vec::new();
    for (i, question) in held.election.questions().iter().enumerate() {
        let mut answers = ballot.answers.clone();
        answers[i] = match question {
            Question::Homomorphic(_) => {
                let vote: Vec<i64> = some_vote(question).unwrap().iter().map(|m| i64::from(*m)).collect();
                Answer::Homomorphic(lie(held, &s0, question, &vote, true))
            }
            Question::NonHomomorphic(q) => {
                // Encrypted with r = 0, and proven.
                let embedded = G::embed(&vec![1; q.value.answers.len()]).unwrap();
                let choices = Ciphertext { alpha: G::encode(&G::identity()), beta: G::encode(&embedded) };
                let prefix = format!("raweg|{s0}|{},{},{}", held.election.key, choices.alpha, choices.beta);
                let proof = sigma::prove::<G>(&prefix, &G::Scalar::ZERO, &mut nonces(3));
                Answer::NonHomomorphic(NonHomomorphicAnswer { choices, proof })
            }
            Question::Lists(_) => continue,
        };
        // It cannot be mixed on, so the archive ends with the ballots.
        let mut steps = held.steps();
        steps.truncate(at + 2);
        steps[at + 1] = Step::Ballot(held.signed(voter, &texts(&answers)));
        cases.push(Case::steps(format!("question {}: alpha", i + 1), held, &steps).so_far());
    }
    // A credential that is the identity: anybody signs for it.
    let credential = G::encode(&G::identity()).to_string();
    let s0 = format!("{}|{credential}", held.election.fingerprint);
    let answers: Vec<_> = held
        .election
        .questions()
        .iter()
        .map(|question| {
            let vote = match question {
                Question::NonHomomorphic(q) => vec![1; q.value.answers.len()],
                question => some_vote(question).unwrap(),
            };
            Answer::create(&Context { election: &held.election, s0: &s0 }, question, &vote, &mut nonces(4))
                .unwrap()
        })
        .collect();
    let ballot =
        sign_ballot::<G>(held.uuid(), &held.election.fingerprint, &credential, &texts(&answers), |s| {
            sigma::prove(s, &G::Scalar::ZERO, &mut nonces(5))
        });
    let mut steps = held.steps();
    steps.truncate(at + 2);
    steps[at + 1] = Step::Ballot(ballot);
    cases.push(Case::steps("credential", held, &steps).so_far());
    cases
}

/// The points of order 2, 4 and 8, and the identity first.
pub fn torsion() -> [<Ed25519 as Group>::Point; 8] {
    curve25519_dalek::constants::EIGHT_TORSION.map(|point| {
        let mut bytes = point.compress().to_bytes();
        bytes.reverse();
        Ed25519::point(&Ed25519::decode(&hex::encode(bytes)).unwrap())
    })
}

/// Proves with nonces until the challenge cancels the small-order part of the key: the equation then holds.
pub fn prove_with_torsion(
    prefix: &str,
    x: &<Ed25519 as Group>::Scalar,
    part: &<Ed25519 as Group>::Point,
) -> sigma::Proof<Ed25519> {
    (0..10_000)
        .map(|seed| sigma::prove::<Ed25519>(prefix, x, &mut nonces(seed)))
        .find(|proof| Ed25519::is_identity(&Ed25519::exp(part, &proof.challenge)))
        .unwrap()
}

/// Small-order parts where every equation still holds.
fn small_order() -> Vec<Case> {
    let held = &lab().full;
    let (at, voter, ballot) = last(held);
    let mut cases = Vec::new();
    let mut end = |label: String, ballot: Vec<u8>| {
        let mut steps = held.steps();
        steps.truncate(at + 2);
        steps[at + 1] = Step::Ballot(ballot);
        cases.push(Case::steps(label, held, &steps).so_far());
    };
    for (i, part) in torsion().iter().enumerate().skip(1) {
        // The proof of knowledge says nothing of beta.
        for question in 0..3 {
            let mut answers = ballot.answers.clone();
            if let Answer::NonHomomorphic(answer) = &mut answers[question] {
                let Question::NonHomomorphic(q) = &held.election.questions()[question] else {
                    unreachable!()
                };
                let r = *nonces(6).scalar::<<Ed25519 as Group>::Scalar>();
                let embedded = Ed25519::embed(&vec![1; q.value.answers.len()]).unwrap();
                let beta =
                    Ed25519::mul(&Ed25519::mul(&Ed25519::exp(held.election.point(), &r), &embedded), part);
                let choices =
                    Ciphertext { alpha: Ed25519::encode(&Ed25519::exp_g(&r)), beta: Ed25519::encode(&beta) };
                let prefix = format!(
                    "raweg|{}|{},{},{}",
                    held.s0(voter),
                    held.election.key,
                    choices.alpha,
                    choices.beta
                );
                answer.choices = choices;
                answer.proof = sigma::prove(&prefix, &r, &mut nonces(7));
                end(format!("ranked beta + torsion {i}"), held.signed(voter, &texts(&answers)));
                // And alpha, with a proof whose challenge cancels it.
                let alpha = Ed25519::mul(&Ed25519::exp_g(&r), part);
                let choices = Ciphertext { alpha: Ed25519::encode(&alpha), beta: choices.beta };
                let prefix = format!(
                    "raweg|{}|{},{},{}",
                    held.s0(voter),
                    held.election.key,
                    choices.alpha,
                    choices.beta
                );
                let Answer::NonHomomorphic(answer) = &mut answers[question] else { unreachable!() };
                answer.choices = choices;
                answer.proof = prove_with_torsion(&prefix, &r, part);
                end(format!("ranked alpha + torsion {i}"), held.signed(voter, &texts(&answers)));
            }
        }
        // A credential with a small-order part, its signature holding.
        let key = times::<Ed25519>(&held.public(voter), part);
        let s0 = format!("{}|{key}", held.election.fingerprint);
        let votes = [vec![1, 0, 0], vec![0, 1, 0], vec![1, 2, 3]];
        let answers: Vec<_> = held
            .election
            .questions()
            .iter()
            .zip(&votes)
            .map(|(question, vote)| {
                Answer::create(&Context { election: &held.election, s0: &s0 }, question, vote, &mut nonces(8))
                    .unwrap()
            })
            .collect();
        let ballot = sign_ballot::<Ed25519>(
            held.uuid(),
            &held.election.fingerprint,
            &key.to_string(),
            &texts(&answers),
            |s| prove_with_torsion(s, &held.secret(voter), part),
        );
        end(format!("credential + torsion {i}"), ballot);
    }
    cases
}

/// Belenios' election of lists with its last ballot changed and truly signed again.
fn lists(change: impl Fn(&mut Value, &Value) -> bool) -> Vec<Case> {
    let (steps, time) = &lab().lists;
    let credentials =
        std::fs::read_to_string(vectors().join("lists-weighted/v3.3-ed25519/private_creds.txt")).unwrap();
    let credentials: Vec<Credential> = credentials
        .lines()
        .map(|line| Credential::parse(line.split_whitespace().last().unwrap()).unwrap())
        .collect();
    let Step::Setup { election, .. } = &steps[0] else { unreachable!() };
    let election = Election::<Ed25519>::parse(election).unwrap();
    let uuid = &election.description.uuid;
    let ballots: Vec<usize> = (0..steps.len()).filter(|i| matches!(steps[*i], Step::Ballot(_))).collect();
    let mut cases = Vec::new();
    for (n, at) in ballots.iter().enumerate().skip(1) {
        let (Step::Ballot(bytes), Step::Ballot(other)) = (&steps[*at], &steps[ballots[n - 1]]) else {
            unreachable!()
        };
        let ballot: Value = serde_json::from_slice(bytes).unwrap();
        let other: Value = serde_json::from_slice(other).unwrap();
        let key = ballot["credential"].as_str().unwrap();
        let credential = credentials.iter().find(|c| c.public::<Ed25519>(uuid).to_string() == key).unwrap();
        if other["credential"] == ballot["credential"] {
            // A revote: what its voter made before is the voter's own.
            continue;
        }
        let mut answer = ballot["answers"][0].clone();
        if !change(&mut answer, &other["answers"][0]) || answer == ballot["answers"][0] {
            continue;
        }
        let signed = sign_ballot::<Ed25519>(uuid, &election.fingerprint, key, &[answer.to_string()], |s| {
            sigma::prove(s, &*credential.secret::<Ed25519>(uuid), &mut nonces(1))
        });
        let mut steps = steps.clone();
        steps[*at] = Step::Ballot(signed);
        cases.push(Case::new(format!("lists, ballot {n}"), write(&steps, *time), None));
    }
    assert!(cases.len() > 1);
    cases
}

fn lists_proofs() -> Vec<Case> {
    let one = |text: &Value| {
        let scalar = <Ed25519 as Group>::Scalar::from_decimal(text.as_str().unwrap()).unwrap();
        Value::from(plus_one(&scalar).to_decimal())
    };
    let mut cases = Vec::new();
    let mut add = |what: &str, new: Vec<Case>| {
        cases.extend(new.into_iter().map(|mut case| {
            case.label = format!("{what}: {}", case.label);
            case
        }));
    };
    for part in ["individual_proofs", "overall_proof", "list_proofs", "nonzero_proof"] {
        add(
            &format!("{part} of another voter"),
            lists(|answer, other| {
                answer[part] = other[part].clone();
                true
            }),
        );
    }
    add(
        "list proofs swapped",
        lists(|answer, _| {
            answer["list_proofs"].as_array_mut().unwrap().swap(0, 1);
            true
        }),
    );
    add(
        "individual proofs swapped",
        lists(|answer, _| {
            answer["individual_proofs"][0].as_array_mut().unwrap().swap(0, 1);
            true
        }),
    );
    add(
        "the overall proof as a list's",
        lists(|answer, _| {
            answer["list_proofs"][0][0] = answer["overall_proof"].clone();
            true
        }),
    );
    for path in [
        "/individual_proofs/0/0/0",
        "/individual_proofs/2/3/1",
        "/overall_proof",
        "/list_proofs/1/0",
        "/list_proofs/2/1",
        "/nonzero_proof",
    ] {
        for field in ["challenge", "response"] {
            add(
                &format!("{path}/{field}"),
                lists(|answer, _| {
                    let value = &mut answer.pointer_mut(path).unwrap()[field];
                    if value.is_array() {
                        value[1] = one(&value[1]);
                    } else {
                        *value = one(value);
                    }
                    true
                }),
            );
        }
    }
    add(
        "non-zero commitment times g",
        lists(|answer, _| {
            let point = Ed25519::decode(answer["nonzero_proof"]["commitment"].as_str().unwrap()).unwrap();
            answer["nonzero_proof"]["commitment"] =
                times::<Ed25519>(&point, &Ed25519::generator()).to_string().into();
            true
        }),
    );
    add(
        "non-zero responses swapped",
        lists(|answer, _| {
            answer["nonzero_proof"]["response"].as_array_mut().unwrap().swap(0, 1);
            true
        }),
    );
    add(
        "all of another voter",
        lists(|answer, other| {
            *answer = other.clone();
            true
        }),
    );
    add(
        "choices swapped",
        lists(|answer, _| {
            answer["choices"][2].as_array_mut().unwrap().swap(1, 2);
            true
        }),
    );
    cases
}

fn lists_forms() -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, list) in [
        ("", "choices"),
        ("/choices", "0"),
        ("", "individual_proofs"),
        ("/individual_proofs", "1"),
        ("/individual_proofs/0", "0"),
        ("", "list_proofs"),
        ("/list_proofs", "0"),
    ] {
        let pointer = format!("{path}/{list}");
        cases.extend(lists(|answer, _| {
            answer.pointer_mut(&pointer).unwrap().as_array_mut().unwrap().pop().is_some()
        }));
        cases.extend(lists(|answer, _| {
            let list = answer.pointer_mut(&pointer).unwrap().as_array_mut().unwrap();
            list.push(list[0].clone());
            true
        }));
    }
    cases.extend(lists(|answer, _| answer.as_object_mut().unwrap().shift_remove("nonzero_proof").is_some()));
    cases
}

fn lists_points() -> Vec<Case> {
    let mut cases = Vec::new();
    for part in torsion() {
        cases.extend(lists(|answer, _| {
            let identity = Ed25519::is_identity(&part);
            let point = Ed25519::decode(answer["nonzero_proof"]["commitment"].as_str().unwrap()).unwrap();
            let changed = if identity { Ed25519::encode(&part) } else { times::<Ed25519>(&point, &part) };
            answer["nonzero_proof"]["commitment"] = changed.to_string().into();
            true
        }));
    }
    cases
}

/// Ballots good and false, one at a time, for another program to judge.
pub fn samples(held: &Held<Ed25519>) -> Vec<(String, Vec<u8>)> {
    let mut samples: Vec<(String, Vec<u8>)> = Vec::new();
    for (i, ballot) in held.ballots.iter().enumerate() {
        samples.push((format!("good {i}"), ballot.clone()));
    }
    let at = held.ballots.len() - 1;
    type Make = fn(&Held<Ed25519>) -> Vec<Case>;
    let makers: [(&str, Make, usize); 9] = [
        ("another statement", proofs_of_another_statement, 1),
        ("another kind", proofs_of_another_kind, 2),
        ("numbers", numbers_of_proofs, 2),
        ("forbidden", forbidden, 1),
        ("moved", moved_ciphertexts, 2),
        ("copied answers", copied_answers, 4),
        ("signatures", false_signatures, 1),
        ("forms", forms, 6),
        ("identity", identities, 1),
    ];
    for (what, make, every) in makers {
        for case in make(held).into_iter().step_by(every) {
            let (steps, _) = crate::support::read(&case.archive);
            if let Some(Step::Ballot(ballot)) = steps.get(at + 1)
                && ballot.len() < 1 << 20
            {
                samples.push((format!("{what}: {}", case.label), ballot.clone()));
            }
        }
    }
    for case in small_order().into_iter().step_by(2) {
        let (steps, _) = crate::support::read(&case.archive);
        if let Some(Step::Ballot(ballot)) = steps.get(at + 1) {
            samples.push((case.label, ballot.clone()));
        }
    }
    samples
}

#[test]
fn false_ballots_are_refused() {
    run(&[
        Kind {
            name: "ballot: proof for another statement",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(proofs_of_another_statement, safe_prime),
        },
        Kind {
            name: "ballot: proof of another kind or place",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(proofs_of_another_kind),
        },
        Kind {
            name: "ballot: a number of a proof changed",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(numbers_of_proofs),
        },
        Kind {
            name: "ballot: a vote that is not allowed",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(forbidden),
        },
        Kind {
            name: "ballot: ciphertexts swapped, re-used or mauled",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(moved_ciphertexts),
        },
        Kind {
            name: "ballot: another voter's answers, signed again",
            check: checks::BALLOT_PROOFS,
            make: || on_all!(copied_answers),
        },
        Kind {
            name: "ballot: false signature",
            check: checks::BALLOT_SIGNATURE,
            make: || on_all!(false_signatures),
        },
        Kind {
            name: "ballot: foreign credential",
            check: checks::BALLOT_CREDENTIAL,
            make: || on_all!(foreign_credentials),
        },
        Kind {
            name: "ballot: copied byte for byte",
            check: checks::BALLOT_COPIES,
            make: || on_all!(copied_ballots),
        },
        Kind {
            name: "ballot: form of another election or question",
            check: checks::BALLOT_FORM,
            make: || on_all!(forms),
        },
        Kind {
            name: "ballot: identity in a proven place",
            check: checks::BALLOT_POINTS,
            make: || on_all!(identities, safe_prime),
        },
        Kind {
            name: "ballot: small order in a proven place",
            check: checks::BALLOT_POINTS,
            make: small_order,
        },
        Kind {
            name: "lists: proof for another statement or changed",
            check: checks::BALLOT_PROOFS,
            make: lists_proofs,
        },
        Kind { name: "lists: form", check: checks::BALLOT_FORM, make: lists_forms },
        Kind {
            name: "lists: non-zero commitment of small order",
            check: checks::BALLOT_POINTS,
            make: lists_points,
        },
    ]);
}
