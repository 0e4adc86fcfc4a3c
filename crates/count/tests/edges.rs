//! The edges: nothing to count, nothing to decide, too much to count; for every method.

use count::{BallotKind, CountError, Group, Lot, Method, Outcome, Profile, Status, Vote, formats, methods};

fn profile(standing: usize, votes: Vec<(u64, Vote)>) -> Profile {
    let candidates = (0..standing).map(|n| format!("C{n}")).collect();
    let groups = votes.into_iter().map(|(count, vote)| Group { count, vote }).collect();
    Profile { title: None, seats: None, candidates, groups }
}

fn count(method: &dyn Method, profile: &Profile, seats: usize, lot: &Lot) -> Outcome {
    method.count(profile, seats, lot).unwrap_or_else(|error| panic!("{}: {error}", method.name()))
}

fn empty_vote(method: &dyn Method, standing: usize) -> Vote {
    match method.ballot_kind() {
        BallotKind::ChooseOne | BallotKind::Choose => Vote::Approved(vec![]),
        BallotKind::Rank => Vote::Ranked(vec![]),
        BallotKind::Grade => Vote::Graded(vec![0; standing]),
    }
}

#[test]
fn without_a_vote_everybody_is_tied() {
    for method in methods::all() {
        for votes in [vec![], vec![(7, empty_vote(*method, 3))], vec![(0, empty_vote(*method, 3))]] {
            let profile = profile(3, votes);
            let outcome = count(*method, &profile, 1, &Lot::none());
            let Status::LotRequired { among, .. } = &outcome.status else { panic!("{}", method.name()) };
            assert_eq!((among.as_slice(), outcome.elected.len()), (&[0, 1, 2][..], 0), "{}", method.name());
            assert_eq!(outcome.stages.len(), 1);
            let drawn = count(*method, &profile, 1, &Lot::from_indices(vec![2, 0, 1]));
            assert_eq!(drawn.elected, [2], "{}", method.name());
        }
    }
}

#[test]
fn as_many_candidates_as_seats_need_no_vote() {
    for method in methods::all() {
        for standing in 1..=method.max_seats().unwrap_or(3) {
            let outcome = count(*method, &profile(standing, vec![]), standing, &Lot::none());
            assert_eq!(outcome.status, Status::Complete, "{}", method.name());
            assert_eq!(outcome.elected, (0..standing).collect::<Vec<_>>(), "{}", method.name());
        }
    }
}

#[test]
fn impossible_seats_are_refused() {
    for method in methods::all() {
        let count = |seats| method.count(&profile(2, vec![]), seats, &Lot::none());
        assert_eq!(count(0), Err(CountError::NoSeats));
        match method.max_seats() {
            Some(most) => {
                assert_eq!(count(3), Err(CountError::TooManySeats { method: method.name(), most, seats: 3 }));
            }
            None => {
                assert_eq!(count(3), Err(CountError::MoreSeatsThanCandidates { seats: 3, candidates: 2 }))
            }
        }
    }
}

#[test]
fn names_are_pinned() {
    let names: Vec<_> = methods::all().iter().map(|method| method.name()).collect();
    let pinned = "plurality approval irv scottish-stv wigm-stv meek-stv schulze majority-judgment";
    assert_eq!(names.join(" "), pinned);
    let budgets = "greedy-cost greedy-cardinality equal-shares-cost equal-shares-cost-add1 equal-shares-cost-greedy \
                   equal-shares-cardinality equal-shares-cardinality-add1 equal-shares-cardinality-greedy phragmen";
    for name in budgets.split_whitespace() {
        assert!(methods::is_budget(name) && methods::by_name(name).is_none(), "{name}");
    }
    for name in ["greedy-cost-add1", "phragmen-greedy", "irv", "greedy", ""] {
        assert!(!methods::is_budget(name), "{name}");
    }
}

/// A lot decides only as far as it lists the tied.
#[test]
fn a_lot_decides_as_far_as_it_goes() {
    let plurality = methods::by_name("plurality").expect("a name");
    let level = profile(4, vec![]);
    let with = |lot: &[usize], seats| {
        let outcome = plurality.count(&level, seats, &Lot::from_indices(lot.to_vec())).expect("a count");
        (outcome.elected, outcome.status == Status::Complete)
    };
    assert_eq!(with(&[3], 1), (vec![3], true));
    assert_eq!(with(&[3], 2), (vec![], false));
    assert_eq!(with(&[3, 0], 2), (vec![3, 0], true));
    assert_eq!(with(&[3, 0, 2], 3), (vec![3, 0, 2], true));
    let irv = methods::by_name("irv").expect("a name");
    let stages = |lot: &[usize]| {
        let outcome = irv.count(&level, 1, &Lot::from_indices(lot.to_vec())).expect("a count");
        (outcome.stages.len(), outcome.elected)
    };
    assert_eq!(stages(&[3]), (1, vec![]));
    assert_eq!(stages(&[3, 1]), (1, vec![]));
    assert_eq!(stages(&[3, 1, 0]), (4, vec![3]));
}

/// A surplus that creates the next surplus doubles the fractions: the exact count ends in time, with an answer or
/// with the way out.
#[test]
fn exact_fractions_stay_within_bounds() {
    let standing = 24;
    let mut votes = Vec::new();
    for first in 0..standing {
        let papers = match first {
            0 => 2000,
            1..20 => 993 + first as u64 % 3,
            _ => 20,
        };
        votes.push((papers, Vote::Ranked((first..standing).map(|c| vec![c]).collect())));
        votes.push((7, Vote::Ranked(vec![vec![first]])));
    }
    let profile = profile(standing, votes);
    let by = |name: &str| methods::by_name(name).expect("a name").count(&profile, 20, &Lot::none());
    let exact = by("wigm-stv");
    assert!(
        matches!(exact, Err(CountError::FractionsTooLarge { surplus: 8..14 })),
        "{:?}",
        exact.map(|o| o.elected)
    );
    for name in ["scottish-stv", "meek-stv"] {
        let outcome = by(name);
        assert!(outcome.as_ref().is_ok_and(|outcome| outcome.elected.len() >= 19), "{name}: {outcome:?}");
    }
}

#[test]
fn large_numbers_are_counted() {
    let trillion = 1_000_000_000_000 - 3;
    let rank = |order: &[usize]| Vote::Ranked(order.iter().map(|&c| vec![c]).collect());
    let profile = profile(3, vec![(trillion, rank(&[0, 1])), (2, rank(&[1])), (1, rank(&[2]))]);
    for method in methods::all().iter().filter(|method| method.name() != "majority-judgment") {
        let seats = method.max_seats().unwrap_or(2);
        let mut elected = count(*method, &profile, seats, &Lot::none()).elected;
        elected.sort_unstable();
        assert!(elected == [0, 1] || elected == [0], "{}", method.name());
    }
}

#[test]
fn texts_are_read_as_they_come() {
    let windows = b"\xef\xbb\xbf2 1\r\n3 1 0\r\n0\r\n\"Ana\"\r\n\"Bea\"\r\n";
    let profile = formats::parse("A.BLT", windows).expect("a byte order mark and CRLF");
    assert_eq!(
        (profile.candidates.join(" "), &profile.title, profile.ballots()),
        ("Ana Bea".into(), &None, 3)
    );
    let latin = formats::parse("a.blt", b"1 1\n0\n\"Jos\xe9\"\n").expect_err("Latin-1");
    assert_eq!(latin.to_string(), "line 3: not UTF-8; save the file as UTF-8");
    assert_eq!(formats::parse("a.csv", b"").expect_err("empty").to_string(), "the file is empty");
}

#[test]
fn a_lot_is_a_list_of_names() {
    let mut level = profile(3, vec![]);
    level.candidates = vec!["Ana".into(), "Reid, Joe".into(), "Bea".into()];
    let order = |list: &str| Lot::from_list(list, &level).map(|lot| lot.order().to_vec());
    assert_eq!(order("Bea,Reid, Joe, Ana"), Ok(vec![2, 1, 0]));
    assert_eq!(order("Bea"), Ok(vec![2]));
    assert_eq!(order("Reid"), Err(CountError::UnknownInLot("Reid".into())));
    assert_eq!(order("Bea,Bea"), Err(CountError::TwiceInLot("Bea".into())));
    assert_eq!(order(""), Err(CountError::UnknownInLot("".into())));
}
