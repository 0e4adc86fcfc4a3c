//! `.soi .soc .toi .toc`: PrefLib's strict and tied, incomplete and complete orders (preflib.org/format).
//!
//! ```text
//! # TITLE: 2002 Dublin North
//! # NUMBER ALTERNATIVES: 3
//! # NUMBER VOTERS: 12
//! # ALTERNATIVE NAME 1: Ana
//! …
//! 9: 2,{1,3}
//! 3: 1
//! ```

use super::{Seen, number, quote};
use crate::error::ParseError;
use crate::profile::{Group, MAX_BALLOTS, MAX_CANDIDATES, Profile, Vote};

pub(super) fn parse_soi(text: &str) -> Result<Profile, ParseError> {
    parse(text, "soi", false, false)
}

pub(super) fn parse_soc(text: &str) -> Result<Profile, ParseError> {
    parse(text, "soc", false, true)
}

pub(super) fn parse_toi(text: &str) -> Result<Profile, ParseError> {
    parse(text, "toi", true, false)
}

pub(super) fn parse_toc(text: &str) -> Result<Profile, ParseError> {
    parse(text, "toc", true, true)
}

fn parse(text: &str, kind: &str, ties: bool, complete: bool) -> Result<Profile, ParseError> {
    read(text, kind, |tiers, standing| {
        if !ties && tiers.iter().any(|tier| tier.len() > 1) {
            return Err(format!("a tie, which .{kind} does not allow"));
        }
        let ranked: usize = tiers.iter().map(Vec::len).sum();
        if complete && ranked != standing {
            return Err(format!("{ranked} of {standing} candidates, but .{kind} ranks all"));
        }
        if tiers.iter().any(Vec::is_empty) {
            return Err("an empty tie".into());
        }
        Ok(Vote::Ranked(tiers))
    })
}

/// Reads the header and the lines `count: 1,{2,3},4`; `vote` makes a vote of the tiers of one line.
pub(super) fn read(
    text: &str,
    kind: &str,
    vote: impl Fn(Vec<Vec<usize>>, usize) -> Result<Vote, String>,
) -> Result<Profile, ParseError> {
    let mut header = Header::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut seen = None;
    let mut last = 1;
    for (line, content) in (1..).zip(text.lines().map(str::trim)).filter(|(_, content)| !content.is_empty()) {
        last = line;
        let fail = |cause: String| ParseError::at(line, cause);
        if let Some(field) = content.strip_prefix('#') {
            if seen.is_some() {
                return Err(fail("a header line among the ballots".into()));
            }
            header.take(field.trim(), kind).map_err(fail)?;
            continue;
        }
        let seen = match &mut seen {
            Some(seen) => seen,
            none => {
                header.check().map_err(fail)?;
                none.insert(Seen::new(header.names.len()))
            }
        };
        let (count, order) = content
            .split_once(':')
            .ok_or_else(|| fail(format!("expected \"count: order\", found {}", quote(content))))?;
        let count = number(count.trim())
            .filter(|count| (1..=MAX_BALLOTS).contains(count))
            .ok_or_else(|| fail(format!("{} is not a number of ballots", quote(count))))?;
        let tiers = tiers(order.trim(), seen).map_err(fail)?;
        groups.push(Group { count, vote: vote(tiers, header.names.len()).map_err(fail)? });
    }
    if seen.is_none() {
        header.check().map_err(|cause| ParseError::at(last, cause))?;
    }
    let candidates: Vec<String> = header.names.into_iter().flatten().collect();
    let profile = Profile { title: header.title, seats: None, candidates, groups };
    match header.voters {
        Some(voters) if voters != profile.ballots() => Err(ParseError::whole(format!(
            "the ballots sum to {}, but NUMBER VOTERS is {voters}",
            profile.ballots()
        ))),
        _ => Ok(profile),
    }
}

#[derive(Default)]
struct Header {
    title: Option<String>,
    voters: Option<u64>,
    /// One place per alternative, once their number is known.
    names: Vec<Option<String>>,
}

impl Header {
    fn take(&mut self, field: &str, kind: &str) -> Result<(), String> {
        let Some((key, value)) = field.split_once(':') else { return Ok(()) };
        let (key, value) = (key.trim(), value.trim());
        if let Some(place) = key.strip_prefix("ALTERNATIVE NAME ") {
            let declared = self.names.len();
            let index = number(place.trim())
                .and_then(|place| usize::try_from(place).ok())
                .and_then(|p| p.checked_sub(1));
            return match index.and_then(|index| self.names.get_mut(index)) {
                None => Err(format!("alternative {}, but NUMBER ALTERNATIVES is {declared}", quote(place))),
                Some(Some(_)) => Err(format!("alternative {place} is named twice")),
                Some(_) if value.is_empty() => Err("an empty name".into()),
                Some(name) => {
                    *name = Some(value.into());
                    Ok(())
                }
            };
        }
        let whole = || number(value).ok_or_else(|| format!("{key} is {}, not a number", quote(value)));
        match key {
            "TITLE" if !value.is_empty() => self.title = Some(value.into()),
            "NUMBER VOTERS" => self.voters = Some(whole()?),
            "DATA TYPE" if value != kind => {
                return Err(format!("data of type {}, in a .{kind} file", quote(value)));
            }
            "NUMBER ALTERNATIVES" => {
                let standing = usize::try_from(whole()?).unwrap_or(usize::MAX);
                if !(1..=MAX_CANDIDATES).contains(&standing) {
                    return Err(format!("{value} candidates; between 1 and {MAX_CANDIDATES} can be counted"));
                }
                if !self.names.is_empty() {
                    return Err("NUMBER ALTERNATIVES stands here a second time".into());
                }
                self.names = vec![None; standing];
            }
            _ => {}
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if self.names.is_empty() {
            return Err("no line \"# NUMBER ALTERNATIVES: …\" before the ballots".into());
        }
        match self.names.iter().position(Option::is_none) {
            Some(index) => Err(format!("no line \"# ALTERNATIVE NAME {}: …\" before the ballots", index + 1)),
            None => Ok(()),
        }
    }
}

/// `1,{2,3},4`: tiers, best first. `{}` is an empty one; nothing at all is no tier.
fn tiers(order: &str, seen: &mut Seen) -> Result<Vec<Vec<usize>>, String> {
    seen.next_ballot();
    let mut tiers = Vec::new();
    let mut rest = order;
    while !rest.is_empty() {
        let after = if let Some(inside) = rest.strip_prefix('{') {
            let (tie, after) = inside.split_once('}').ok_or("a { without its }")?;
            let members = tie.split(',').map(str::trim);
            let tier: Result<Vec<usize>, String> = match tie.trim() {
                "" => Ok(Vec::new()),
                _ => members.map(|one| seen.candidate(one)).collect(),
            };
            tiers.push(tier?);
            after.trim_start()
        } else {
            let (one, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            tiers.push(vec![seen.candidate(one.trim())?]);
            after
        };
        rest = match after.strip_prefix(',') {
            Some(more) if more.trim().is_empty() => return Err("nothing after the last comma".into()),
            Some(more) => more.trim_start(),
            None if after.is_empty() => "",
            None => return Err(format!("expected a comma, found {}", quote(after))),
        };
    }
    Ok(tiers)
}
