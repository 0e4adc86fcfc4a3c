//! Which column is what: by the titles, and where they do not say, by the cells.

use std::collections::BTreeSet;

use super::error::{RollError, quoted};
use super::header::{self, Title};
use super::table::Table;
use super::tidy::{number, tidy};
use super::warnings::{About, Warnings};
use super::{Column, Meaning, guess};

/// How a table is read.
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    /// The header's place among the rows that are not blank.
    pub(super) header: Option<usize>,
    /// The place of the first row with a person.
    pub(super) first: usize,
}

impl Layout {
    /// Finds the header and says what each column is taken for.
    pub(super) fn find(table: &Table, warnings: &mut Warnings) -> Result<Layout, RollError> {
        let width = table.width();
        let Some(found) = header::find(table) else { return guessed(table, width, warnings) };
        let first = found.row + 1;
        if found.row > 0 {
            warnings.add(About::Header, None, || {
                let rows: Vec<String> =
                    table.from(0).take(found.row).map(|line| line.number().to_string()).collect();
                format!("what stands above the header was left out: row {}", rows.join(", "))
            });
        }
        let mut titles = table.from(found.row).next().map(header::titles).unwrap_or_default();
        titles.resize(width.max(titles.len()), (String::new(), Title::Unknown));
        let signs: Vec<Title> = titles.iter().map(|(_, sign)| *sign).collect();
        let meanings = meanings(table, first, &titles, &signs, warnings);
        if !meanings.iter().any(|meaning| meaning.is_name()) {
            let titles = titles.into_iter().map(|(text, _)| text).filter(|text| !text.is_empty()).collect();
            return Err(RollError::NoNameColumn { titles });
        }
        if !meanings.iter().any(|meaning| matches!(meaning, Meaning::Name | Meaning::Given)) {
            warnings
                .add(About::Header, None, || "the file has a column for surnames and none for names".into());
        }
        let texts = titles.into_iter().map(|(text, _)| text).collect();
        Ok(Layout { columns: columns(texts, &meanings), header: Some(found.row), first })
    }
}

fn meanings(
    table: &Table,
    first: usize,
    titles: &[(String, Title)],
    signs: &[Title],
    warnings: &mut Warnings,
) -> Vec<Meaning> {
    let mut meanings: Vec<Meaning> = signs
        .iter()
        .map(|sign| match sign {
            Title::Email => Meaning::Email,
            Title::Phone => Meaning::Phone,
            Title::Address => Meaning::Address,
            Title::Joined => Meaning::Joined,
            _ => Meaning::Extra,
        })
        .collect();

    let at = |wanted: Title| signs.iter().position(|sign| *sign == wanted);
    // `Dirección; Nº`: the house's.
    let plain = signs.iter().enumerate().position(|(column, sign)| {
        *sign == Title::Number && (column == 0 || signs[column - 1] != Title::Address)
    });
    let mut numbers = at(Title::MemberNumber).or(plain);
    let members: Vec<usize> = (0..signs.len()).filter(|column| signs[*column] == Title::Member).collect();
    if let Some(column) = numbers
        && table.from(first).all(|line| tidy(line.cell(column)).0.is_empty())
    {
        warnings.add(About::Header, None, || {
            format!("the column {} is blank: members are numbered by rows", quoted(&titles[column].0))
        });
        numbers = None;
    } else if numbers.is_none() {
        numbers = members.iter().copied().find(|column| is_numbering(table, first, *column));
    }
    if let Some(column) = numbers {
        meanings[column] = Meaning::Number;
    }

    // A word like `vecino` is a title for names where no other column has any.
    let named = signs.iter().any(|sign| sign.is_name());
    let words = |column: usize| {
        table.from(first).any(|line| line.cell(column).chars().any(char::is_alphabetic))
            && table.from(first).all(|line| !line.cell(column).chars().any(|c| c.is_ascii_digit()))
    };
    if !named && let Some(column) = members.into_iter().find(|column| words(*column)) {
        meanings[column] = Meaning::Name;
        return meanings;
    }
    if let Some(column) = at(Title::FullName) {
        meanings[column] = Meaning::Name;
        return meanings;
    }
    let given = at(Title::Given).is_some();
    let surname = at(Title::Surname).is_some();
    for (column, sign) in signs.iter().enumerate() {
        meanings[column] = match sign {
            Title::Given => Meaning::Given,
            Title::Surname => Meaning::Surname,
            // `nombre` beside `apellidos`; `nom` beside `prénom`.
            Title::Name if surname => Meaning::Given,
            Title::Name if given => Meaning::Surname,
            Title::Name if at(Title::Name) == Some(column) => Meaning::Name,
            _ => meanings[column],
        };
    }
    meanings
}

/// Whether every row of a column has another number.
pub(super) fn is_numbering(table: &Table, first: usize, column: usize) -> bool {
    let mut seen = BTreeSet::new();
    table.from(first).all(|line| number(&tidy(line.cell(column)).0).is_some_and(|number| seen.insert(number)))
        && !seen.is_empty()
}

/// Columns with a key for each that is kept as a contact: no key twice.
fn columns(titles: Vec<String>, meanings: &[Meaning]) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    let known = |meaning: &Meaning| match meaning {
        Meaning::Email => Some("email"),
        Meaning::Phone => Some("phone"),
        Meaning::Address => Some("address"),
        Meaning::Joined => Some("joined"),
        _ => None,
    };
    // The keys that we give come first, so that a column that happens to be called so gets a number.
    let mut keys: Vec<Option<String>> =
        meanings.iter().map(|meaning| known(meaning).map(|key| unique(key, &mut taken))).collect();
    let mut columns = Vec::with_capacity(titles.len());
    for (at, (title, meaning)) in titles.into_iter().zip(meanings).enumerate() {
        let title = if title.is_empty() { format!("column {}", at + 1) } else { title };
        if *meaning == Meaning::Extra {
            keys[at] = Some(unique(&title, &mut taken));
        }
        columns.push(Column { title, meaning: *meaning, key: keys[at].take() });
    }
    columns
}

fn unique(key: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = key.to_owned();
    // At most as many turns as there are columns.
    for count in 2.. {
        if taken.insert(name.clone()) {
            break;
        }
        name = format!("{key} {count}");
    }
    name
}

/// Without a header, or with one of which nothing is known.
fn guessed(table: &Table, width: usize, warnings: &mut Warnings) -> Result<Layout, RollError> {
    let guess = guess::columns(table, width);
    let texts: Vec<String> = match table.from(0).next() {
        Some(line) if guess.has_header => (0..width).map(|column| tidy(line.cell(column)).0).collect(),
        _ => vec![String::new(); width],
    };
    let first = usize::from(guess.has_header);
    let columns = columns(texts, &guess.meanings);
    if !guess.meanings.iter().any(|meaning| meaning.is_name()) {
        let titles = if guess.has_header {
            columns.into_iter().map(|column| column.title).collect()
        } else {
            Vec::new()
        };
        return Err(RollError::NoNameColumn { titles });
    }
    warnings.add(About::Header, None, || {
        let taken: Vec<String> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.meaning != Meaning::Extra)
            .map(|(at, column)| format!("column {} for the {}", at + 1, column.meaning))
            .collect();
        let why = if guess.has_header { "none of the titles in the first row is known" } else { "there is no header row" };
        format!(
            "{why}, so the columns were guessed by what stands in them ({}): if that is wrong, write titles into the \
             first row",
            taken.join(", ")
        )
    });
    Ok(Layout { columns, header: guess.has_header.then_some(0), first })
}
