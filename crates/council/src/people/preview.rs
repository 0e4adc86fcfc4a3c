//! A roll as plain text, for a secretary to look over before anything is made of it.

use std::fmt::Write;

use super::{Column, Meaning, Roll};

/// How many people, contact columns and warnings are shown.
const PEOPLE: usize = 8;
const CONTACTS: usize = 4;
const WARNINGS: usize = 20;
/// How wide a column gets.
const WIDTH: usize = 32;

impl Roll {
    /// How the columns were read, the first people, how many there are, and what to look at, in plain text.
    pub fn preview(&self) -> String {
        let mut text = String::new();
        self.summary(&mut text);
        self.columns_read(&mut text);
        self.first_people(&mut text);
        self.warned(&mut text);
        text
    }

    fn summary(&self, text: &mut String) {
        let count = match self.people.len() {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        };
        let numbered = match self.column(Meaning::Number) {
            Some(title) => format!("with the numbers of the column \"{title}\""),
            None => format!("numbered from 1 to {} by rows", self.people.len()),
        };
        let separated = match self.separator {
            Some(';') => "separated by semicolons",
            Some('\t') => "separated by tabs",
            Some(_) => "separated by commas",
            None => "a single column",
        };
        let _ = writeln!(text, "{count}, {numbered}.");
        let _ = writeln!(text, "Read as {}, {separated}.", self.encoding);
    }

    fn column(&self, meaning: Meaning) -> Option<&str> {
        self.columns.iter().find(|column| column.meaning == meaning).map(|column| column.title.as_str())
    }

    fn columns_read(&self, text: &mut String) {
        let rows: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|column| {
                let taken = match (&column.meaning, &column.key) {
                    (Meaning::Extra, Some(key)) if *key != column.title => format!("kept as \"{key}\""),
                    (Meaning::Extra, _) => "kept under this name".into(),
                    (meaning, _) => meaning.to_string(),
                };
                vec![cut(&column.title), taken]
            })
            .collect();
        let _ = writeln!(text, "\nThe columns were read so:");
        table(text, &rows);
    }

    fn first_people(&self, text: &mut String) {
        // What we know first.
        let (mut known, others): (Vec<&Column>, Vec<&Column>) = self
            .columns
            .iter()
            .filter(|column| column.key.is_some())
            .partition(|column| column.meaning != Meaning::Extra);
        known.extend(others);
        let shown: Vec<&str> =
            known.iter().take(CONTACTS).filter_map(|column| column.key.as_deref()).collect();
        let mut header = vec!["number".to_owned(), "name".to_owned()];
        header.extend(shown.iter().map(|key| cut(key)));
        let mut rows = vec![header];
        for person in self.people.iter().take(PEOPLE) {
            let mut row = vec![person.number.to_string(), cut(&person.name)];
            row.extend(shown.iter().map(|key| {
                person
                    .contacts
                    .iter()
                    .find(|(name, _)| name == key)
                    .map_or(String::new(), |(_, cell)| cut(cell))
            }));
            rows.push(row);
        }
        let _ = match self.people.len() {
            0..=PEOPLE => writeln!(text, "\nThe people:"),
            _ => writeln!(text, "\nThe first {PEOPLE} people:"),
        };
        table(text, &rows);
    }

    fn warned(&self, text: &mut String) {
        if self.warnings.is_empty() {
            let _ = writeln!(text, "\nNothing is odd.");
            return;
        }
        let _ = writeln!(text, "\nTo look at ({}):", self.warnings.len());
        for warning in self.warnings.iter().take(WARNINGS) {
            let _ = writeln!(text, "  {warning}");
        }
        if self.warnings.len() > WARNINGS {
            let _ = writeln!(text, "  and {} more", self.warnings.len() - WARNINGS);
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some(_) => text.chars().take(WIDTH - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Rows with their columns one under the other, indented.
fn table(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "  {cell:<width$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
