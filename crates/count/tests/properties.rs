//! What holds for every election, shown on random ones.

use count::{Group, Lot, Outcome, Profile, Status, Vote, methods};
use proptest::prelude::*;

/// A ranking of up to `standing` candidates with ties, as tiers.
fn ranking(standing: usize) -> impl Strategy<Value = Vote> {
    let order = Just((0..standing).collect::<Vec<usize>>()).prop_shuffle();
    (order, 0..=standing, prop::collection::vec(prop::bool::weighted(0.15), standing)).prop_map(
        |(order, length, joined)| {
            let mut tiers: Vec<Vec<usize>> = Vec::new();
            for (candidate, join) in order.into_iter().take(length).zip(joined) {
                match tiers.last_mut() {
                    Some(tier) if join => tier.push(candidate),
                    _ => tiers.push(vec![candidate]),
                }
            }
            Vote::Ranked(tiers)
        },
    )
}

fn approval(standing: usize) -> impl Strategy<Value = Vote> {
    prop::sample::subsequence((0..standing).collect::<Vec<_>>(), 0..=standing).prop_map(Vote::Approved)
}

fn grades(standing: usize) -> impl Strategy<Value = Vote> {
    prop::collection::vec(0u8..=5, standing).prop_map(Vote::Graded)
}

fn profile_of<S: Strategy<Value = Vote>>(
    vote: impl Fn(usize) -> S + Clone,
) -> impl Strategy<Value = (Profile, usize)> {
    (1usize..7).prop_flat_map(move |standing| {
        let groups = prop::collection::vec((1u64..40, vote(standing)), 0..14);
        (Just(standing), groups, 1..=standing).prop_map(|(standing, groups, seats)| {
            let candidates = (0..standing).map(|n| format!("Candidate {n}")).collect();
            let groups = groups.into_iter().map(|(count, vote)| Group { count, vote }).collect();
            (Profile { title: None, seats: None, candidates, groups }, seats)
        })
    })
}

/// Profiles of all three kinds of ballots.
fn any_profile() -> impl Strategy<Value = (Profile, usize)> {
    prop_oneof![3 => profile_of(ranking).boxed(), 1 => profile_of(approval).boxed(), 1 => profile_of(grades).boxed()]
}

/// The outcomes of all methods that accept these ballots.
fn outcomes(profile: &Profile, seats: usize, lot: &Lot) -> Vec<Outcome> {
    methods::all().iter().filter_map(|method| method.count(profile, seats, lot).ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_ballots_does_not_matter((profile, seats) in any_profile(), seed in any::<u64>()) {
        let mut other = profile.clone();
        let length = other.groups.len().max(1);
        other.groups.rotate_left(seed as usize % length);
        other.groups.reverse();
        prop_assert_eq!(outcomes(&profile, seats, &Lot::none()), outcomes(&other, seats, &Lot::none()));
    }

    #[test]
    fn splitting_groups_does_not_matter((profile, seats) in any_profile()) {
        let mut other = profile.clone();
        other.groups.clear();
        for group in &profile.groups {
            for count in [group.count / 3, group.count - group.count / 3] {
                other.groups.push(Group { count, vote: group.vote.clone() });
            }
        }
        prop_assert_eq!(outcomes(&profile, seats, &Lot::none()), outcomes(&other, seats, &Lot::none()));
    }

    /// Candidate `place[c]` of the other election is candidate c: the same elected, totals and ties.
    #[test]
    fn candidates_are_treated_alike(
        ((profile, seats), place) in any_profile().prop_flat_map(|(profile, seats)| {
            let places = (0..profile.candidates.len()).collect::<Vec<_>>();
            (Just((profile, seats)), Just(places).prop_shuffle())
        }),
        drawn in any::<bool>(),
    ) {
        let mut other = profile.clone();
        for (candidate, name) in profile.candidates.iter().enumerate() {
            other.candidates[place[candidate]] = format!("Renamed {name}");
        }
        for group in &mut other.groups {
            match &mut group.vote {
                Vote::Ranked(tiers) => tiers.iter_mut().flatten().for_each(|c| *c = place[*c]),
                Vote::Approved(list) => list.iter_mut().for_each(|c| *c = place[*c]),
                Vote::Graded(grades) => {
                    let old = grades.clone();
                    old.iter().enumerate().for_each(|(c, grade)| grades[place[c]] = *grade);
                }
            }
        }
        let all: Vec<usize> = (0..place.len()).filter(|_| drawn).collect();
        let lot = Lot::from_indices(all.clone());
        let other_lot = Lot::from_indices(all.iter().map(|&c| place[c]).collect());
        let moved = |list: &[usize]| {
            let mut list: Vec<usize> = list.iter().map(|&c| place[c]).collect();
            list.sort_unstable();
            list
        };
        let sorted = |list: &[usize]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list
        };
        let (ours, theirs) = (outcomes(&profile, seats, &lot), outcomes(&other, seats, &other_lot));
        prop_assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(&theirs) {
            prop_assert_eq!(moved(&a.elected), sorted(&b.elected));
            prop_assert_eq!(a.stages.len(), b.stages.len());
            for (first, second) in a.stages.iter().zip(&b.stages) {
                for (candidate, total) in first.totals.iter().enumerate() {
                    prop_assert_eq!(total, &second.totals[place[candidate]]);
                }
                prop_assert_eq!(first.excluded.map(|c| place[c]), second.excluded);
            }
            match (&a.status, &b.status) {
                (Status::Complete, Status::Complete) => {}
                (Status::LotRequired { among, .. }, Status::LotRequired { among: others, .. }) => {
                    prop_assert!(!drawn);
                    prop_assert_eq!(moved(among), sorted(others));
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    /// Seats are filled, by different people, unless a lot is missing; a lot that lists all completes every count.
    #[test]
    fn a_lot_completes_every_count((profile, seats) in any_profile()) {
        for outcome in outcomes(&profile, seats, &Lot::none()) {
            if let Status::LotRequired { among, .. } = &outcome.status {
                prop_assert!(among.len() > 1 && outcome.elected.len() < seats);
            } else {
                prop_assert_eq!(outcome.elected.len(), seats);
            }
        }
        for outcome in outcomes(&profile, seats, &Lot::from_indices((0..profile.candidates.len()).collect())) {
            prop_assert_eq!(&outcome.status, &Status::Complete);
            let mut elected = outcome.elected.clone();
            elected.sort_unstable();
            elected.dedup();
            prop_assert_eq!(elected.len(), seats);
            prop_assert!(outcome.transcript().ends_with('\n'));
            let json = outcome.to_json(&profile).to_string();
            let ok_is_first = json.starts_with(r#"{"ok":true,"#);
            prop_assert!(ok_is_first);
        }
    }

    /// Totals, non-transferable votes and lost fractions are the votes, exactly; so totals never exceed them.
    #[test]
    fn scottish_votes_are_kept((profile, seats) in profile_of(ranking)) {
        let lot = Lot::from_indices((0..profile.candidates.len()).collect());
        for (method, unit) in [("scottish-stv", 100_000u128), ("irv", 1), ("meek-stv", 1_000_000_000)] {
            let Ok(outcome) = methods::by_name(method).expect("a name").count(&profile, seats, &lot) else { continue };
            for stage in &outcome.stages {
                let amounts = stage.totals.iter().chain(&stage.non_transferable).chain(&stage.rounding);
                let sum: u128 = amounts.map(|text| text.replace('.', "").parse::<u128>().expect("digits")).sum();
                prop_assert_eq!(sum, u128::from(outcome.valid) * unit);
            }
        }
    }

    #[test]
    fn schulze_elects_a_condorcet_winner((profile, _) in profile_of(ranking)) {
        let outcome = methods::by_name("schulze").expect("a name").count(&profile, 1, &Lot::none()).expect("a count");
        let count::Detail::Pairwise { wins, .. } = &outcome.detail else { panic!() };
        let standing = wins.len();
        let beats_all = |a: &usize| (0..standing).all(|b| b == *a || wins[*a][b] > wins[b][*a]);
        if let Some(winner) = (0..standing).find(beats_all) {
            prop_assert_eq!(outcome.elected, vec![winner]);
        }
    }

    #[test]
    fn first_preferences_decide_plurality_and_a_majority((profile, _) in profile_of(ranking)) {
        let mut first = vec![0; profile.candidates.len()];
        for group in &profile.groups {
            if let Vote::Ranked(tiers) = &group.vote
                && let Some([only]) = tiers.first().map(Vec::as_slice)
            {
                first[*only] += group.count;
            }
        }
        let most = first.iter().max().copied().unwrap_or(0);
        let plurality = methods::by_name("plurality").expect("a name").count(&profile, 1, &Lot::none()).expect("a count");
        if let [winner] = plurality.elected[..] {
            prop_assert_eq!(first[winner], most);
        }
        if most * 2 > first.iter().sum::<u64>() {
            let irv = methods::by_name("irv").expect("a name").count(&profile, 1, &Lot::none()).expect("a count");
            prop_assert_eq!(irv.elected, plurality.elected);
            prop_assert_eq!(irv.stages.len(), 1);
        }
    }

    /// Whatever a caller builds by hand: an answer or an error, never a panic.
    #[test]
    fn no_method_panics(
        standing in 0usize..5,
        groups in prop::collection::vec(
            (
                prop_oneof![0u64..5, Just(u64::MAX), Just(1_000_000_000_000)],
                prop_oneof![
                    prop::collection::vec(prop::collection::vec(0usize..6, 0..3), 0..5).prop_map(Vote::Ranked),
                    prop::collection::vec(0usize..6, 0..5).prop_map(Vote::Approved),
                    prop::collection::vec(any::<u8>(), 0..6).prop_map(Vote::Graded),
                ],
            ),
            0..6,
        ),
        seats in 0usize..6,
        lot in prop::collection::vec(0usize..7, 0..4),
    ) {
        let candidates = (0..standing).map(|n| n.to_string()).collect();
        let groups = groups.into_iter().map(|(count, vote)| Group { count, vote }).collect();
        let profile = Profile { title: None, seats: Some(seats), candidates, groups };
        for method in methods::all() {
            if let Ok(outcome) = method.count(&profile, seats, &Lot::from_indices(lot.clone())) {
                let _ = (outcome.transcript(), outcome.to_json(&profile));
            }
        }
    }

    #[test]
    fn no_parser_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for extension in count::formats::extensions() {
            let _ = count::formats::parse(&format!("a.{extension}"), &bytes);
        }
    }

    /// Bytes that look like ballots reach further into the parsers; what they accept, the methods can count.
    #[test]
    fn no_parser_panics_on_almost_ballots(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        for extension in count::formats::extensions() {
            if let Ok(profile) = count::formats::parse(&format!("a.{extension}"), text.as_bytes()) {
                prop_assert!(profile.check().is_ok());
                outcomes(&profile, 1, &Lot::none());
            }
        }
    }
}

const PIECES: &[&str] = &[
    "1",
    "2",
    "0",
    "-",
    "=",
    " ",
    "\n",
    "\n",
    "\r\n",
    ",",
    ":",
    "{",
    "}",
    "(",
    ")",
    "\"",
    "#",
    "\"A\"\n",
    "\"B\"\n",
    "2 1\n",
    "1 1 0\n",
    "0\n",
    "1 2=1 0\n",
    "# NUMBER ALTERNATIVES: 2\n",
    "# ALTERNATIVE NAME 1: A\n",
    "# ALTERNATIVE NAME 2: B\n",
    "1: 1,2\n",
    "3: {1,2}\n",
    "2: {},{1}\n",
    ",A,B\n",
    "1,2,3\n",
    "é",
    "\u{feff}",
];
