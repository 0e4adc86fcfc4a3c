//! Why a file is no roll.

use std::fmt;

use super::{MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_NUMBER, MAX_ROWS};

/// Why a file cannot be read as a roll. Its text is one sentence: where, what, what to do next. Rows are counted as a
/// spreadsheet shows them, from 1, blank ones and the header included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollError {
    /// There is nothing in it but white space.
    Empty,
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// It has more than [`MAX_ROWS`] people.
    TooManyRows,
    /// A row has more than [`MAX_COLUMNS`] cells.
    TooManyColumns {
        /// The row.
        row: usize,
    },
    /// It has more than [`MAX_CELLS`] cells that are not blank.
    TooManyCells,
    /// It is no text; if its beginning tells, what it is.
    Binary(Option<&'static str>),
    /// Most of it is in UTF-8, and this line is not.
    MixedEncodings {
        /// The line, from 1.
        line: usize,
    },
    /// The two bytes that make a UTF-16 character do not fit, or one is missing.
    BrokenUtf16,
    /// It begins with the mark of UTF-8, and this line is not in UTF-8.
    BrokenUtf8 {
        /// The line, from 1.
        line: usize,
    },
    /// A quotation mark that begins a cell is never closed.
    QuoteNotClosed {
        /// The row in which it stands.
        row: usize,
        /// The column, from 1.
        column: usize,
    },
    /// After the quotation mark that closes a cell the cell goes on.
    TextAfterQuote {
        /// The row.
        row: usize,
        /// The column, from 1.
        column: usize,
    },
    /// No column holds names.
    NoNameColumn {
        /// The titles that were found; none where there is no header row.
        titles: Vec<String>,
    },
    /// There is a header row and nobody under it.
    Nobody,
    /// A row has no name.
    NoName {
        /// The row.
        row: usize,
        /// The title of the column in which it should stand.
        column: String,
    },
    /// A row has no member number, in a file that has a column for it.
    NoNumber {
        /// The row.
        row: usize,
        /// The column's title.
        column: String,
    },
    /// What stands in the column of member numbers is none.
    NotANumber {
        /// The row.
        row: usize,
        /// The column's title.
        column: String,
        /// What stands there.
        value: String,
    },
    /// Two rows have the same member number.
    NumberTwice {
        /// The later row.
        row: usize,
        /// The earlier row.
        first: usize,
        /// The column's title.
        column: String,
        /// The number.
        number: u32,
    },
    /// A cell is too long to be what its column is taken for.
    TooLong {
        /// The row.
        row: usize,
        /// The column's title.
        column: String,
        /// How many characters it may have.
        limit: usize,
    },
}

/// A text of the file for a message: in quotation marks, cut where it gets long.
pub(super) fn quoted(text: &str) -> String {
    const KEPT: usize = 60;
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

impl fmt::Display for RollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RollError::Empty => f.write_str("the file is empty: save the list of members as CSV anew"),
            RollError::TooLarge => {
                write!(f, "the file is larger than {} MB, which no list of members is", MAX_BYTES >> 20)
            }
            RollError::TooManyRows => {
                write!(f, "the file has more than {MAX_ROWS} people: a council has fewer")
            }
            RollError::TooManyColumns { row } => write!(
                f,
                "row {row} has more than {MAX_COLUMNS} cells: delete the columns that the council does not need"
            ),
            RollError::TooManyCells => write!(
                f,
                "the file has more than {MAX_CELLS} cells: delete the columns that the council does not need"
            ),
            RollError::Binary(Some(what)) => {
                write!(f, "the file is {what}, not CSV: open it and save the list of members as CSV (UTF-8)")
            }
            RollError::Binary(None) => {
                f.write_str("the file is no text: save the list of members as CSV (UTF-8)")
            }
            RollError::MixedEncodings { line } => write!(
                f,
                "line {line} is not in UTF-8 while other lines are: open the file and save it as CSV (UTF-8)"
            ),
            RollError::BrokenUtf16 => {
                f.write_str("the file is damaged UTF-16 text: open the list and save it as CSV (UTF-8)")
            }
            RollError::BrokenUtf8 { line } => write!(
                f,
                "line {line} is damaged: it is not in UTF-8, as the file says of itself; save the list as CSV anew"
            ),
            RollError::QuoteNotClosed { row, column } => write!(
                f,
                "row {row}, column {column}: a quotation mark opens the cell and none closes it: add or delete one"
            ),
            RollError::TextAfterQuote { row, column } => write!(
                f,
                "row {row}, column {column}: text follows the quotation mark that closes the cell: inside a cell it \
                 is written twice"
            ),
            RollError::NoNameColumn { titles } if titles.is_empty() => f.write_str(
                "there is no header row, and no column looks like names: write titles into the first row, as \
                 Nombre, Nome, Name or Nom",
            ),
            RollError::NoNameColumn { titles } => {
                let shown: Vec<String> = titles.iter().take(12).map(|title| quoted(title)).collect();
                write!(
                    f,
                    "none of the columns {} is known to hold names: give that column the title Nombre, Nome, Name \
                     or Nom",
                    shown.join(", ")
                )
            }
            RollError::Nobody => f.write_str("the file has a header row and nobody under it"),
            RollError::NoName { row, column } => write!(
                f,
                "row {row}, column {}: there is no name: write it there, or delete the row",
                quoted(column)
            ),
            RollError::NoNumber { row, column } => write!(
                f,
                "row {row}, column {}: there is no member number: give everybody one, or delete the column to have \
                 them numbered by rows",
                quoted(column)
            ),
            RollError::NotANumber { row, column, value } => write!(
                f,
                "row {row}, column {}: {} is no member number, which is whole and from 1 to {MAX_NUMBER}: correct \
                 it, or give the column another title",
                quoted(column),
                quoted(value)
            ),
            RollError::NumberTwice { row, first, column, number } => write!(
                f,
                "row {row}, column {}: the number {number} stands in row {first} already: give each member another \
                 one, or give the column another title",
                quoted(column)
            ),
            RollError::TooLong { row, column, limit } => write!(
                f,
                "row {row}, column {}: the cell has more than {limit} characters: is a quotation mark or a separator \
                 missing?",
                quoted(column)
            ),
        }
    }
}

impl std::error::Error for RollError {}
