//! `.blt`: the format of Hill, Wichmann & Woodall (1987) as OpenSTV writes it.
//!
//! ```text
//! 4 2              # candidates, seats
//! -2               # optional: candidates withdrawn
//! 3 1 3 4 0        # three ballots: 1, then 3, then 4
//! (17) 4 1=3 0     # one ballot with an identifier; 1 and 3 are equal
//! 0                # end of the ballots
//! "Ana" … "Title"  # one name per candidate, then, optionally, the title
//! ```

use super::{Seen, number, quote};
use crate::error::ParseError;
use crate::profile::{Group, MAX_BALLOTS, MAX_CANDIDATES, Profile, Vote};

pub(super) fn parse(text: &str) -> Result<Profile, ParseError> {
    let mut lines = text
        .lines()
        .zip(1..)
        .map(|(line, number)| (number, without_comment(line).trim()))
        .filter(|(_, line)| !line.is_empty());
    let (standing, seats) = header(lines.next())?;
    let mut seen = Seen::new(standing);
    let mut withdrawn = vec![false; standing];
    let mut groups = Vec::new();
    let mut ended = false;
    let mut last = 1;
    for (line, content) in lines.by_ref() {
        last = line;
        if content == "0" {
            ended = true;
            break;
        }
        if content.starts_with('-') && groups.is_empty() {
            withdraw(content, &mut withdrawn).map_err(|cause| ParseError::at(line, cause))?;
            continue;
        }
        groups.push(ballots(content, &mut seen, &withdrawn).map_err(|cause| ParseError::at(line, cause))?);
    }
    if !ended {
        return Err(ParseError::at(last, "the file ends before the line \"0\" that closes the ballots"));
    }
    let mut names = Vec::new();
    for (line, content) in lines {
        last = line;
        quoted(content, &mut names).map_err(|cause| ParseError::at(line, cause))?;
        if names.len() > standing + 1 {
            let cause = format!("more text after {standing} names and the title");
            return Err(ParseError::at(line, cause));
        }
    }
    if names.len() < standing {
        let cause = format!("{} names, but the file declares {standing} candidates", names.len());
        return Err(ParseError::at(last, cause));
    }
    let title = (names.len() > standing).then(|| names.pop()).flatten();
    Ok(strike_withdrawn(Profile { title, seats: Some(seats), candidates: names, groups }, &withdrawn))
}

fn header(line: Option<(usize, &str)>) -> Result<(usize, usize), ParseError> {
    let (line, content) = line.ok_or_else(|| ParseError::whole("the file is empty"))?;
    let numbers: Vec<Option<u64>> = content.split_whitespace().map(number).collect();
    let [Some(standing), Some(seats)] = numbers[..] else {
        let cause = format!("expected the numbers of candidates and of seats, found {}", quote(content));
        return Err(ParseError::at(line, cause));
    };
    if standing == 0 || standing > MAX_CANDIDATES as u64 {
        let cause = format!("{standing} candidates; between 1 and {MAX_CANDIDATES} can be counted");
        return Err(ParseError::at(line, cause));
    }
    match (usize::try_from(standing), usize::try_from(seats)) {
        (Ok(standing), Ok(seats)) if seats > 0 => Ok((standing, seats)),
        _ => Err(ParseError::at(line, format!("{seats} seats"))),
    }
}

fn withdraw(content: &str, withdrawn: &mut [bool]) -> Result<(), String> {
    for token in content.split_whitespace() {
        let given = token
            .strip_prefix('-')
            .and_then(number)
            .ok_or_else(|| format!("expected a withdrawn candidate such as -2, found {}", quote(token)))?;
        let declared = withdrawn.len();
        let index = given.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        match index.and_then(|index| withdrawn.get_mut(index)) {
            None => {
                return Err(format!(
                    "candidate {given} withdrawn, but the file declares {declared} candidates"
                ));
            }
            Some(true) => return Err(format!("candidate {given} withdrawn twice")),
            Some(place) => *place = true,
        }
    }
    Ok(())
}

fn ballots(content: &str, seen: &mut Seen, withdrawn: &[bool]) -> Result<Group, String> {
    let (count, rest) = if let Some(rest) = content.strip_prefix('(') {
        // An identifier stands in the place of the number of ballots, which is one.
        (1, rest.split_once(')').ok_or("the ballot's identifier has no closing parenthesis")?.1)
    } else {
        let (first, rest) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
        let count = number(first).filter(|count| (1..=MAX_BALLOTS).contains(count));
        (count.ok_or_else(|| format!("{} is not a number of ballots", quote(first)))?, rest)
    };
    seen.next_ballot();
    let mut tiers = Vec::new();
    let mut tokens = rest.split_whitespace();
    for token in tokens.by_ref() {
        if token == "0" {
            return match tokens.next() {
                None => Ok(Group { count, vote: Vote::Ranked(tiers) }),
                Some(more) => Err(format!("{} after the 0 that ends the ballot", quote(more))),
            };
        }
        if token == "-" {
            // A rank left empty: the ranks below move up.
            continue;
        }
        let tier = token.split('=').map(|one| seen.candidate(one)).collect::<Result<Vec<_>, _>>()?;
        let tier: Vec<usize> = tier.into_iter().filter(|&candidate| !withdrawn[candidate]).collect();
        if !tier.is_empty() {
            tiers.push(tier);
        }
    }
    Err("the ballot does not end with 0".into())
}

/// Takes the quoted strings of a line: usually one. Where double quotes stand inside a name, as in
/// `"Iain "Joe" Reid"`, the name is all between the first and the last.
fn quoted(content: &str, names: &mut Vec<String>) -> Result<(), String> {
    let inside = content
        .strip_prefix('"')
        .ok_or_else(|| format!("expected a name in double quotes, found {}", quote(content)))?;
    let inside = inside.strip_suffix('"').ok_or("the name has no closing double quote")?;
    let pieces: Vec<&str> = inside.split('"').collect();
    let several = pieces.len() % 2 == 1 && pieces.iter().skip(1).step_by(2).all(|gap| gap.trim().is_empty());
    let found = if several { pieces.into_iter().step_by(2).collect() } else { vec![inside] };
    if found.iter().any(|name| name.trim().is_empty()) {
        return Err("an empty name".into());
    }
    names.extend(found.into_iter().map(str::to_owned));
    Ok(())
}

/// The line up to a `#` that stands outside double quotes.
fn without_comment(line: &str) -> &str {
    let mut inside = false;
    for (place, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'#' if !inside => return &line[..place],
            _ => {}
        }
    }
    line
}

/// Takes those who withdrew out of the list; the ballots no longer name them.
fn strike_withdrawn(mut profile: Profile, withdrawn: &[bool]) -> Profile {
    if !withdrawn.contains(&true) {
        return profile;
    }
    let mut place = 0;
    let new_index: Vec<usize> = withdrawn
        .iter()
        .map(|gone| {
            place += usize::from(!gone);
            place.saturating_sub(1)
        })
        .collect();
    for group in &mut profile.groups {
        if let Vote::Ranked(tiers) = &mut group.vote {
            tiers.iter_mut().flatten().for_each(|candidate| *candidate = new_index[*candidate]);
        }
    }
    let mut gone = withdrawn.iter();
    profile.candidates.retain(|_| gone.next() != Some(&true));
    profile
}
