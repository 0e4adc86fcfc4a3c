//! Reading a list of members as secretaries have it: a CSV file in the encoding and with the titles that a spreadsheet
//! happened to give it.
//!
//! Bytes in, a [`Roll`] or one [`RollError`] out. What is guessed or looks odd is said in a [`Warning`], and
//! [`Roll::preview`] shows the whole before anything is made of it. Names keep their accents; they are put in Unicode's
//! normal form C and hold no character that a text of the book may not hold.
//!
//! Work grows with the file's size (times its logarithm, where likely duplicates are found by sorting), and what is kept is
//! limited by [`MAX_BYTES`], [`MAX_ROWS`], [`MAX_COLUMNS`] and [`MAX_CELLS`].

mod decode;
mod error;
mod fold;
mod guess;
mod header;
mod layout;
mod likeness;
mod preview;
mod table;
#[cfg(test)]
mod tests;
mod tidy;
mod warnings;

use std::collections::BTreeMap;
use std::fmt;

use layout::Layout;
use likeness::Shared;
use table::{Line, Table};
use tidy::tidy;
use warnings::{About, Warnings};

pub use error::RollError;
pub use fold::fold_name;

/// The largest file: 64 MB.
pub const MAX_BYTES: usize = 64 << 20;
/// The largest number of people.
pub const MAX_ROWS: usize = 100_000;
/// The largest number of cells in a row.
pub const MAX_COLUMNS: usize = 100;
/// The largest number of cells in a file, those to the right of a row's last word not counted.
pub const MAX_CELLS: usize = 2_000_000;
/// The largest member number: 2^31 − 1.
pub const MAX_NUMBER: u32 = (1 << 31) - 1;
/// The longest name, in characters.
pub const MAX_NAME: usize = 200;
/// The longest contact, in characters.
pub const MAX_CONTACT: usize = 2_000;

/// What a column is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The member's number.
    Number,
    /// The name, or a part of it: columns of this kind are joined as they stand.
    Name,
    /// Given names, which come before the surnames.
    Given,
    /// Surnames.
    Surname,
    /// An e-mail address, kept as `email`.
    Email,
    /// A telephone number, kept as `phone`.
    Phone,
    /// A postal address, kept as `address`.
    Address,
    /// When the member joined, kept as `joined`, as it stands.
    Joined,
    /// Anything else, kept under the column's own title.
    Extra,
}

impl Meaning {
    /// Whether the name, or a part of it, stands there.
    pub fn is_name(self) -> bool {
        matches!(self, Meaning::Name | Meaning::Given | Meaning::Surname)
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Meaning::Number => "member number",
            Meaning::Name => "name",
            Meaning::Given => "given name",
            Meaning::Surname => "surname",
            Meaning::Email => "e-mail",
            Meaning::Phone => "phone",
            Meaning::Address => "address",
            Meaning::Joined => "date of joining",
            Meaning::Extra => "other",
        })
    }
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title in the file, or `column 3` where it has none.
    pub title: String,
    /// What it is taken for.
    pub meaning: Meaning,
    /// Under which name its cells are among [`Person::contacts`]; none for numbers and names. No two columns have the same:
    /// a second telephone is `phone 2`.
    pub key: Option<String>,
}

/// How the file's bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, either order.
    Utf16,
    /// Windows-1252, the Latin-1 of spreadsheets: taken where a file is not in UTF-8.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16 => "UTF-16",
            Encoding::Windows1252 => "Windows-1252 (Latin-1)",
        })
    }
}

/// Somebody on the list.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The member's number: from the file, or by rows from 1.
    pub number: u32,
    /// The name.
    pub name: String,
    /// What else the file says, by [`Column::key`], in the order of the columns; blank cells are left out.
    pub contacts: Vec<(String, String)>,
    /// The row of the file, as a spreadsheet counts them.
    pub row: usize,
}

impl fmt::Debug for Person {
    /// The number and the row: a log shows no names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, row {})", self.number, self.row)
    }
}

/// Something that a secretary should look at.
#[derive(Clone, PartialEq, Eq)]
pub struct Warning {
    /// The row; none where it concerns the file.
    pub row: Option<usize>,
    /// One sentence.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {row}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// A list of members that was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Roll {
    /// The people, in the order of the file, no number twice.
    pub people: Vec<Person>,
    /// What to look at: first what concerns the file, then by row; of one kind not more than fifty.
    pub warnings: Vec<Warning>,
    /// What each column was taken for, in the order of the file.
    pub columns: Vec<Column>,
    /// How the bytes were read.
    pub encoding: Encoding,
    /// What separates the cells; none where each row is one cell.
    pub separator: Option<char>,
}

impl fmt::Debug for Roll {
    /// How much there is: a log shows no names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roll({} people, {} warnings)", self.people.len(), self.warnings.len())
    }
}

/// Reads a list of members.
pub fn read(bytes: &[u8]) -> Result<Roll, RollError> {
    let (text, encoding) = decode::decode(bytes)?;
    if !text.chars().any(char::is_alphanumeric) {
        return Err(RollError::Empty);
    }
    let table = Table::read(&text)?;
    let mut warnings = Warnings::default();
    if encoding == Encoding::Windows1252 {
        warnings.add(About::File, None, || {
            "the file is not in UTF-8; it was read as Windows-1252 (Latin-1): look whether the accents are right".into()
        });
    }
    let layout = Layout::find(&table, &mut warnings)?;
    if let (count @ 1.., rows) = &table.blank {
        warnings.add(About::File, None, || {
            let rows: Vec<String> = rows.iter().map(usize::to_string).collect();
            let more = if *count > rows.len() { " and others" } else { "" };
            format!("blank rows were skipped: {}{more}", rows.join(", "))
        });
    }
    let people = people(&table, &layout, &mut warnings)?;
    Ok(Roll {
        people,
        warnings: warnings.finish(),
        columns: layout.columns,
        encoding,
        separator: table.separator,
    })
}

fn people(table: &Table, layout: &Layout, warnings: &mut Warnings) -> Result<Vec<Person>, RollError> {
    let header: Option<Line<'_>> = layout.header.and_then(|header| table.from(header).next());
    let mut people: Vec<Person> = Vec::new();
    let mut rows_of_numbers: BTreeMap<u32, usize> = BTreeMap::new();
    let mut shared = Shared::default();
    for line in table.from(layout.first) {
        if header.is_some_and(|header| header.cells().eq(line.cells())) {
            warnings
                .add(About::Cells, Some(line.number()), || "it repeats the header and was skipped".into());
            continue;
        }
        if let Some(header) = header
            && line.len() > header.len()
        {
            warnings.add(About::Cells, Some(line.number()), || {
                format!(
                    "it has {} cells and the header {}: is a separator too many?",
                    line.len(),
                    header.len()
                )
            });
        }
        if people.len() == MAX_ROWS {
            return Err(RollError::TooManyRows);
        }
        let at = people.len();
        let person = person(line, at, layout, &mut shared, warnings)?;
        if let Some(first) = rows_of_numbers.insert(person.number, person.row) {
            let column = title_of(layout, |meaning| meaning == Meaning::Number);
            return Err(RollError::NumberTwice { row: person.row, first, column, number: person.number });
        }
        people.push(person);
    }
    if people.is_empty() {
        return Err(RollError::Nobody);
    }
    likeness::compare(&people, shared, warnings);
    Ok(people)
}

fn title_of(layout: &Layout, wanted: impl Fn(Meaning) -> bool) -> String {
    layout
        .columns
        .iter()
        .find(|column| wanted(column.meaning))
        .map(|column| column.title.clone())
        .unwrap_or_default()
}

fn person(
    line: Line<'_>,
    at: usize,
    layout: &Layout,
    shared: &mut Shared,
    warnings: &mut Warnings,
) -> Result<Person, RollError> {
    let row = line.number();
    let mut number = None;
    let mut parts: [String; 2] = Default::default();
    let mut contacts = Vec::new();
    let mut dropped = false;
    for (place, column) in layout.columns.iter().enumerate() {
        let (cell, some_dropped) = tidy(line.cell(place));
        dropped |= some_dropped;
        if column.meaning.is_name() && line.cell(place).trim().contains(['\n', '\r']) {
            warnings.add(About::Names, Some(row), || {
                format!("the name {} stands on several lines", error::quoted(&cell))
            });
        }
        let limit = if column.meaning.is_name() { MAX_NAME } else { MAX_CONTACT };
        if cell.len() > limit && cell.chars().count() > limit {
            return Err(RollError::TooLong { row, column: column.title.clone(), limit });
        }
        match column.meaning {
            Meaning::Number => number = Some((column, cell)),
            Meaning::Name | Meaning::Given => join(&mut parts[0], &cell),
            Meaning::Surname => join(&mut parts[1], &cell),
            _ if cell.is_empty() => {}
            meaning => {
                check_contact(meaning, &cell, row, warnings);
                shared.add(meaning, &cell, at);
                contacts.push((column.key.clone().unwrap_or_default(), cell));
            }
        }
    }
    let [mut name, surname] = parts;
    join(&mut name, &surname);
    if name.is_empty() {
        return Err(RollError::NoName { row, column: title_of(layout, Meaning::is_name) });
    }
    if name.chars().count() > MAX_NAME {
        return Err(RollError::TooLong { row, column: title_of(layout, Meaning::is_name), limit: MAX_NAME });
    }
    if dropped {
        warnings.add(About::Cells, Some(row), || "characters that cannot be seen were left out".into());
    }
    if let Some(odd) = tidy::oddity(&name) {
        warnings.add(About::Names, Some(row), || format!("{}: {odd}", error::quoted(&name)));
    }
    let number = match number {
        Some((column, cell)) if cell.is_empty() => {
            return Err(RollError::NoNumber { row, column: column.title.clone() });
        }
        Some((column, cell)) => tidy::number(&cell).ok_or_else(|| RollError::NotANumber {
            row,
            column: column.title.clone(),
            value: cell.clone(),
        })?,
        // There are at most MAX_ROWS.
        None => u32::try_from(at + 1).map_err(|_| RollError::TooManyRows)?,
    };
    Ok(Person { number, name, contacts, row })
}

fn join(name: &mut String, part: &str) {
    if !name.is_empty() && !part.is_empty() {
        name.push(' ');
    }
    name.push_str(part);
}

fn check_contact(meaning: Meaning, cell: &str, row: usize, warnings: &mut Warnings) {
    if meaning == Meaning::Email && !cell.contains('@') {
        warnings
            .add(About::Email, Some(row), || format!("the e-mail address {} has no @", error::quoted(cell)));
    }
    if meaning == Meaning::Phone && is_rounded(cell) {
        warnings.add(About::Phone, Some(row), || {
            format!(
                "a spreadsheet has rounded the phone {}: make the column one of text and write it anew",
                error::quoted(cell)
            )
        });
    }
}

/// A phone number that a spreadsheet took for a quantity: 6,12E+08.
fn is_rounded(cell: &str) -> bool {
    let Some((digits, power)) = cell.split_once("E+").or_else(|| cell.split_once("e+")) else { return false };
    let all = |text: &str, more: &[char]| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    all(digits, &['.', ',']) && all(power, &[])
}
