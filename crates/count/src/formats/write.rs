//! Writers: the files that other people's programs read. What is written is read again before it is handed out, and is the same
//! ballots.

use std::collections::HashMap;
use std::fmt;
use std::fmt::Write;

use super::parse;
use crate::profile::{Group, Profile, Vote};

/// Why ballots cannot be written in a format. One sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

/// A BLT file: rankings, equal ranks included. Equal ballots stand together; without a number of seats it says one.
///
/// # Errors
/// The ballots are no rankings, or a name cannot stand in this format.
pub fn blt(profile: &Profile) -> Result<String, WriteError> {
    let groups = merged(profile);
    let mut text = format!("{} {}\n", profile.candidates.len(), profile.seats.unwrap_or(1));
    for group in &groups {
        let Vote::Ranked(tiers) = &group.vote else { return Err(not(&group.vote, "BLT", "rankings")) };
        let _ = write!(text, "{}", group.count);
        for tier in tiers {
            let places: Vec<String> = tier.iter().map(|candidate| (candidate + 1).to_string()).collect();
            let _ = write!(text, " {}", places.join("="));
        }
        text.push_str(" 0\n");
    }
    text.push_str("0\n");
    for name in profile.candidates.iter().chain(&profile.title) {
        let _ = writeln!(text, "\"{name}\"");
    }
    let seats = profile.seats.or(Some(1));
    again(text, "ballots.blt", &Profile { seats, groups, ..profile.clone() })
}

/// A PrefLib file, and how its name ends: `soi`, or `toi` where a ballot ranks some equal, for rankings; `cat` for approvals.
/// It has no place for the number of seats.
///
/// # Errors
/// The ballots are grades, or a name cannot stand in this format.
pub fn preflib(profile: &Profile) -> Result<(String, &'static str), WriteError> {
    let groups = merged(profile);
    let is_approval = groups.iter().any(|group| matches!(group.vote, Vote::Approved(_)));
    let has_ties = groups.iter().any(|group| match &group.vote {
        Vote::Ranked(tiers) => tiers.iter().any(|tier| tier.len() > 1),
        _ => false,
    });
    let kind = if is_approval {
        "cat"
    } else if has_ties {
        "toi"
    } else {
        "soi"
    };
    let mut text = String::new();
    if let Some(title) = &profile.title {
        let _ = writeln!(text, "# TITLE: {title}");
    }
    let _ = writeln!(text, "# DATA TYPE: {kind}");
    let _ = writeln!(text, "# NUMBER ALTERNATIVES: {}", profile.candidates.len());
    let _ = writeln!(text, "# NUMBER VOTERS: {}", profile.ballots());
    if is_approval {
        let _ = writeln!(text, "# NUMBER CATEGORIES: 1\n# CATEGORY NAME 1: approved");
    }
    let _ = writeln!(
        text,
        "# NUMBER UNIQUE {}: {}",
        if is_approval { "PREFERENCES" } else { "ORDERS" },
        groups.len()
    );
    for (place, name) in (1..).zip(&profile.candidates) {
        let _ = writeln!(text, "# ALTERNATIVE NAME {place}: {name}");
    }
    for group in &groups {
        let tiers = match &group.vote {
            Vote::Ranked(tiers) => tiers.clone(),
            Vote::Approved(list) => vec![list.clone()],
            Vote::Graded(_) => return Err(not(&group.vote, "PrefLib", "rankings or approvals")),
        };
        let tiers: Vec<String> = tiers.iter().map(|tier| of_tier(tier)).collect();
        let _ = writeln!(text, "{}: {}", group.count, tiers.join(","));
    }
    let written =
        again(text, &format!("ballots.{kind}"), &Profile { seats: None, groups, ..profile.clone() })?;
    Ok((written, kind))
}

fn of_tier(tier: &[usize]) -> String {
    let places: Vec<String> = tier.iter().map(|candidate| (candidate + 1).to_string()).collect();
    match places.as_slice() {
        [one] => one.clone(),
        many => format!("{{{}}}", many.join(",")),
    }
}

/// Equal ballots in one group, in the order in which they are first met.
fn merged(profile: &Profile) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<(u8, Vec<Vec<usize>>), usize> = HashMap::new();
    for group in profile.groups.iter().filter(|group| group.count > 0) {
        let key = match &group.vote {
            Vote::Ranked(tiers) => (0, tiers.clone()),
            Vote::Approved(list) => (1, vec![list.clone()]),
            Vote::Graded(grades) => (2, vec![grades.iter().map(|grade| usize::from(*grade)).collect()]),
        };
        match places.get(&key).and_then(|place| groups.get_mut(*place)) {
            Some(before) => before.count = before.count.saturating_add(group.count),
            None => {
                places.insert(key, groups.len());
                groups.push(group.clone());
            }
        }
    }
    groups
}

fn not(vote: &Vote, format: &str, what: &str) -> WriteError {
    WriteError(format!("the ballots are {}, and {format} holds {what}", vote.kind()))
}

/// What was written, if it is read as the same.
fn again(text: String, name: &str, profile: &Profile) -> Result<String, WriteError> {
    match parse(name, text.as_bytes()) {
        Ok(read) if read == *profile => Ok(text),
        Ok(_) => Err(WriteError("a name or the title cannot stand in this format as it is".into())),
        Err(error) => Err(WriteError(format!("a name or the title cannot stand in this format ({error})"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(groups: Vec<(u64, Vote)>) -> Profile {
        Profile {
            title: Some("Portavocía: los \"del Pozo\" & #1".into()),
            seats: Some(2),
            candidates: vec!["Ñuño Íñiguez".into(), "Ana \"La Roja\" Peña".into(), "Zoé # 3".into()],
            groups: groups.into_iter().map(|(count, vote)| Group { count, vote }).collect(),
        }
    }

    fn ranked(tiers: &[&[usize]]) -> Vote {
        Vote::Ranked(tiers.iter().map(|tier| tier.to_vec()).collect())
    }

    #[test]
    fn what_is_written_is_read_back_equal() {
        let strict = profile(vec![(3, ranked(&[&[1], &[0]])), (1, ranked(&[])), (2, ranked(&[&[2]]))]);
        assert_eq!(parse("x.blt", blt(&strict).unwrap().as_bytes()).unwrap(), strict);
        let (text, kind) = preflib(&strict).unwrap();
        let seatless = |profile: &Profile| Profile { seats: None, ..profile.clone() };
        assert_eq!((kind, parse("x.soi", text.as_bytes()).unwrap()), ("soi", seatless(&strict)));
        let tied = profile(vec![(1, ranked(&[&[1, 2], &[0]])), (1, ranked(&[&[0], &[1, 2]]))]);
        assert_eq!(parse("x.blt", blt(&tied).unwrap().as_bytes()).unwrap(), tied);
        let (text, kind) = preflib(&tied).unwrap();
        assert_eq!((kind, parse("x.toi", text.as_bytes()).unwrap()), ("toi", seatless(&tied)));
        let approved = profile(vec![
            (4, Vote::Approved(vec![2, 0])),
            (1, Vote::Approved(Vec::new())),
            (9, Vote::Approved(vec![1])),
        ]);
        let (text, kind) = preflib(&approved).unwrap();
        assert_eq!((kind, parse("x.cat", text.as_bytes()).unwrap()), ("cat", seatless(&approved)));
        let empty = profile(Vec::new());
        assert_eq!(parse("x.blt", blt(&empty).unwrap().as_bytes()).unwrap(), empty);
    }

    #[test]
    fn equal_ballots_stand_together() {
        let loose =
            profile(vec![(1, ranked(&[&[1]])), (1, ranked(&[&[0]])), (2, ranked(&[&[1]])), (0, ranked(&[]))]);
        let together = profile(vec![(3, ranked(&[&[1]])), (1, ranked(&[&[0]]))]);
        assert_eq!(blt(&loose), blt(&together));
        assert_eq!(parse("x.blt", blt(&loose).unwrap().as_bytes()).unwrap(), together);
    }

    #[test]
    fn what_cannot_be_written_is_not() {
        assert!(blt(&profile(vec![(1, Vote::Approved(vec![0]))])).is_err());
        assert!(blt(&profile(vec![(1, Vote::Graded(vec![1, 2, 3]))])).is_err());
        assert!(preflib(&profile(vec![(1, Vote::Graded(vec![1, 2, 3]))])).is_err());
        let mut named = profile(vec![(1, ranked(&[&[0]]))]);
        named.candidates[0] = "Ana\" \"Bea".into();
        assert!(blt(&named).is_err());
        named.candidates[0] = " Ana".into();
        assert!(preflib(&named).is_err());
        named.candidates[0] = "Ana\nBea".into();
        assert!(blt(&named).is_err() && preflib(&named).is_err());
    }
}
