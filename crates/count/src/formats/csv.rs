//! `.csv`: grades, a ballot per line.
//!
//! ```text
//! ,Ana,"Bea, of the Hill"
//! 17,6,0
//! ```
//!
//! The first line has an empty cell and the candidates' names; each further line an identifier and one grade per
//! candidate. The largest grade in the file is the best; 0 or nothing is a blank. Fields may be quoted (RFC 4180),
//! but stay on one line.

use super::{number, quote};
use crate::error::ParseError;
use crate::profile::{Group, MAX_CANDIDATES, Profile, Vote};

/// The largest grade that a file may hold.
const MAX_GRADE: u8 = 100;

pub(super) fn parse(text: &str) -> Result<Profile, ParseError> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, content)| !content.trim().is_empty());
    let (line, first) = lines.next().ok_or_else(|| ParseError::whole("the file is empty"))?;
    let mut candidates = fields(first).map_err(|cause| ParseError::at(line, cause))?.into_iter();
    match candidates.next() {
        Some(corner) if corner.is_empty() => {}
        _ => {
            return Err(ParseError::at(
                line,
                "the first cell must be empty, the candidates' names follow it",
            ));
        }
    }
    let candidates: Vec<String> = candidates.collect();
    let standing = candidates.len();
    if !(1..=MAX_CANDIDATES).contains(&standing) {
        let cause = format!("{standing} candidates; between 1 and {MAX_CANDIDATES} can be counted");
        return Err(ParseError::at(line, cause));
    }
    if candidates.iter().any(String::is_empty) {
        return Err(ParseError::at(line, "an empty name"));
    }
    let mut rows = Vec::new();
    for (line, content) in lines {
        rows.push(row(content, standing).map_err(|cause| ParseError::at(line, cause))?);
    }
    let best = rows.iter().flatten().copied().max().unwrap_or(0);
    let one_is_best = |grade: u8| if grade == 0 { 0 } else { best - grade + 1 };
    let groups = rows
        .into_iter()
        .map(|row| Group { count: 1, vote: Vote::Graded(row.into_iter().map(one_is_best).collect()) })
        .collect();
    Ok(Profile { title: None, seats: None, candidates, groups })
}

fn row(content: &str, standing: usize) -> Result<Vec<u8>, String> {
    let cells = fields(content)?;
    if cells.len() != standing + 1 {
        return Err(format!(
            "{} grades, but the file names {standing} candidates",
            cells.len().saturating_sub(1)
        ));
    }
    cells[1..].iter().map(|cell| grade(cell)).collect()
}

fn grade(cell: &str) -> Result<u8, String> {
    if cell.is_empty() {
        return Ok(0);
    }
    number(cell)
        .and_then(|grade| u8::try_from(grade).ok())
        .filter(|&grade| grade <= MAX_GRADE)
        .ok_or_else(|| format!("{} is not a grade from 0 to {MAX_GRADE}", quote(cell)))
}

/// The fields of a line; unquoted ones without the spaces around them.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let after = if let Some(mut inside) = rest.trim_start().strip_prefix('"') {
            let mut field = String::new();
            loop {
                let (piece, after) =
                    inside.split_once('"').ok_or("a quoted field without its closing quote")?;
                field.push_str(piece);
                match after.strip_prefix('"') {
                    Some(more) => {
                        field.push('"');
                        inside = more;
                    }
                    None => {
                        fields.push(field);
                        break after.trim();
                    }
                }
            }
        } else {
            let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            fields.push(field.trim().to_owned());
            after
        };
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(fields),
            None => return Err(format!("expected a comma, found {}", quote(after))),
        }
    }
}
