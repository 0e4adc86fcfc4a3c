//! What columns are, by what stands in them.

use super::Meaning;
use super::layout::is_numbering;
use super::table::Table;
use super::tidy::tidy;

/// What the cells say.
pub(super) struct Guess {
    pub(super) meanings: Vec<Meaning>,
    /// Whether the first row is a header after all: a title stands over numbers or addresses.
    pub(super) has_header: bool,
}

/// What one cell looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Blank,
    Email,
    Phone,
    /// Digits and what divides them: a number, a date, an amount.
    Digits,
    /// Letters and digits in several words.
    Mixed,
    /// Letters and digits in one.
    Code,
    /// Letters alone.
    Words,
}

fn look(cell: &str) -> Look {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let letters = cell.chars().any(char::is_alphabetic);
    if cell.is_empty() {
        Look::Blank
    } else if cell.contains('@') {
        Look::Email
    } else if digits > 0 && letters {
        if cell.contains(' ') { Look::Mixed } else { Look::Code }
    } else if digits >= 7
        && cell.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '(' | ')' | '-' | '.' | '/'))
    {
        // 12/03/2021 has eight digits too.
        if cell.split(['/', '-', '.']).count() == 3 && digits <= 8 { Look::Digits } else { Look::Phone }
    } else if letters {
        Look::Words
    } else {
        Look::Digits
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    looks: [usize; 7],
    words: usize,
}

impl Counts {
    fn of(&self, look: Look) -> usize {
        self.looks[look as usize]
    }

    fn filled(&self) -> usize {
        self.looks.iter().sum::<usize>() - self.of(Look::Blank)
    }

    /// The look of most cells, if four in five have it.
    fn most(&self) -> Option<Look> {
        [Look::Email, Look::Phone, Look::Digits, Look::Mixed, Look::Code, Look::Words]
            .into_iter()
            .find(|look| self.of(*look) > 0 && self.of(*look) * 5 >= self.filled() * 4)
    }

    fn are_words(&self) -> bool {
        self.most() == Some(Look::Words) && self.filled() * 5 >= self.looks.iter().sum::<usize>() * 4
    }
}

/// Guesses.
pub(super) fn columns(table: &Table, width: usize) -> Guess {
    let mut first_row = vec![Look::Blank; width];
    let mut counts = vec![Counts::default(); width];
    for (row, line) in table.from(0).enumerate() {
        for (column, counts) in counts.iter_mut().enumerate() {
            let (cell, _) = tidy(line.cell(column));
            let look = look(&cell);
            if row == 0 {
                first_row[column] = look;
            } else {
                counts.looks[look as usize] += 1;
                counts.words += cell.split(' ').count() * usize::from(look == Look::Words);
            }
        }
    }
    let is_title = |column: usize| {
        first_row[column] == Look::Words
            && matches!(counts[column].most(), Some(Look::Email | Look::Phone | Look::Digits))
    };
    let has_header =
        (0..width).any(is_title) && !first_row.contains(&Look::Email) && !first_row.contains(&Look::Phone);
    if !has_header {
        for (counts, look) in counts.iter_mut().zip(&first_row) {
            counts.looks[*look as usize] += 1;
        }
        for (column, cell) in table.from(0).take(1).flat_map(|line| line.cells().enumerate()) {
            counts[column].words +=
                tidy(cell).0.split(' ').count() * usize::from(first_row[column] == Look::Words);
        }
    }

    let mut meanings = vec![Meaning::Extra; width];
    for (column, counts) in counts.iter().enumerate() {
        meanings[column] = match counts.most() {
            Some(Look::Email) => Meaning::Email,
            Some(Look::Phone) => Meaning::Phone,
            Some(Look::Mixed) => Meaning::Address,
            Some(Look::Digits) if column == 0 && is_numbering(table, usize::from(has_header), 0) => {
                Meaning::Number
            }
            _ => Meaning::Extra,
        };
    }
    if let Some(name) = (0..width).find(|column| counts[*column].are_words()) {
        meanings[name] = Meaning::Name;
        // Names of one word, mostly: the next column has the rest.
        let short = counts[name].words * 10 < counts[name].of(Look::Words) * 17;
        if short && counts.get(name + 1).is_some_and(Counts::are_words) {
            meanings[name + 1] = Meaning::Name;
        }
    }
    Guess { meanings, has_header }
}
