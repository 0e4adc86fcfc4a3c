//! Text to rows of cells: RFC 4180 with the liberties that spreadsheets take, and without those that hide damage.
//!
//! The reader is our own because a roll must not be misread in silence: general readers take a quotation mark that is
//! never closed for one that closes at the end, and do not count blank rows as a spreadsheet does.

use super::error::RollError;
use super::header;
use super::{MAX_CELLS, MAX_COLUMNS, MAX_ROWS};

/// How many rows at the beginning tell the separator and where the header is.
const SAMPLE_ROWS: usize = 200;
/// How many bytes of them are looked at.
const SAMPLE_BYTES: usize = 1 << 18;

/// The rows that are not blank, their cells one after the other in one text.
pub(super) struct Table {
    text: String,
    /// Where each cell begins in `text`, and at last where the last one ends.
    starts: Vec<u32>,
    rows: Vec<Row>,
    /// The separator; `None` where each row is one cell.
    pub(super) separator: Option<char>,
    /// Blank rows that have people below them: how many, and the first few.
    pub(super) blank: (usize, Vec<usize>),
}

struct Row {
    /// Counted as a spreadsheet does.
    number: usize,
    /// The first of its cells.
    first: usize,
    /// How many there are up to the last that is not blank.
    cells: usize,
}

/// A row.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    table: &'a Table,
    row: &'a Row,
}

impl<'a> Line<'a> {
    /// Its number, as a spreadsheet shows it.
    pub(super) fn number(self) -> usize {
        self.row.number
    }

    /// How many cells it has up to the last that is not blank.
    pub(super) fn len(self) -> usize {
        self.row.cells
    }

    /// A cell as it stands in the file; blank beyond the last.
    pub(super) fn cell(self, column: usize) -> &'a str {
        if column >= self.row.cells {
            return "";
        }
        let at = self.row.first + column;
        &self.table.text[self.table.starts[at] as usize..self.table.starts[at + 1] as usize]
    }

    /// Its cells.
    pub(super) fn cells(self) -> impl Iterator<Item = &'a str> {
        (0..self.row.cells).map(move |column| self.cell(column))
    }
}

impl Table {
    /// Reads a whole text.
    pub(super) fn read(text: &str) -> Result<Table, RollError> {
        let (separator, text) = match announced(text) {
            Some((separator, rest)) => (Some(separator), rest),
            None => (detect(text), text),
        };
        Table::read_with(text, separator)
    }

    fn read_with(text: &str, separator: Option<char>) -> Result<Table, RollError> {
        let mut table = Table::new(separator);
        table.fill(text, usize::MAX)?;
        Ok(table)
    }

    fn new(separator: Option<char>) -> Table {
        Table { text: String::new(), starts: vec![0], rows: Vec::new(), separator, blank: (0, Vec::new()) }
    }

    /// The rows from this one on.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = Line<'_>> {
        self.rows.iter().skip(first).map(|row| Line { table: self, row })
    }

    /// The largest number of cells in a row.
    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(|row| row.cells).max().unwrap_or(0)
    }

    /// Reads rows until there are so many.
    fn fill(&mut self, text: &str, wanted: usize) -> Result<(), RollError> {
        let mut reader = Reader { text, at: 0, row: 0, separator: self.separator.map(|c| c as u8) };
        let mut filled = 0;
        let mut gap = (0, Vec::new());
        while self.rows.len() < wanted {
            let first = self.starts.len() - 1;
            let Some(number) = reader.row(&mut self.text, &mut self.starts)? else { break };
            let mut row = Row { number, first, cells: self.starts.len() - 1 - first };
            while row.cells > 0 && is_blank(Line { table: self, row: &row }.cell(row.cells - 1)) {
                row.cells -= 1;
            }
            if row.cells == 0 {
                self.starts.truncate(first + 1);
                self.text.truncate(self.starts[first] as usize);
                gap.0 += 1;
                if gap.1.len() < 5 {
                    gap.1.push(number);
                }
                continue;
            }
            if !self.rows.is_empty() {
                self.blank.0 += gap.0;
                let room = 5_usize.saturating_sub(self.blank.1.len());
                self.blank.1.extend(gap.1.drain(..).take(room));
            }
            gap = (0, Vec::new());
            filled += row.cells;
            if filled > MAX_CELLS {
                return Err(RollError::TooManyCells);
            }
            self.rows.push(row);
            if self.rows.len() > MAX_ROWS + header::SEARCHED {
                return Err(RollError::TooManyRows);
            }
        }
        Ok(())
    }
}

fn is_blank(cell: &str) -> bool {
    cell.chars().all(|c| c.is_whitespace() || book::text::is_refused(c))
}

/// The line `sep=;` with which a spreadsheet announces the separator; it shows no such row.
fn announced(text: &str) -> Option<(char, &str)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("\"sep="))?;
    let separator = rest.chars().next().filter(|c| [';', ',', '\t'].contains(c))?;
    let rest = &rest[1..];
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
    if !rest[..end].trim().is_empty() {
        return None;
    }
    let rest = &rest[end..];
    Some((separator, rest.strip_prefix("\r\n").or_else(|| rest.get(1..)).unwrap_or("")))
}

/// The separator under which the first rows look most like a table.
fn detect(text: &str) -> Option<char> {
    let mut end = SAMPLE_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // A row that the cut divides would look short.
    let whole = if end < text.len() { text[..end].rfind('\n').unwrap_or(end) } else { end };
    let mut best = ((0, false, false, 0), None);
    for separator in [Some(';'), Some('\t'), Some(','), None] {
        let mut table = Table::new(separator);
        // Quotation marks that do not fit speak against a separator, or against the file, or the cut divides a cell.
        let fits = table.fill(&text[..whole], SAMPLE_ROWS).is_ok();
        let divides = table.starts.len() - 1 > table.rows.len();
        if separator.is_some() && !divides {
            continue;
        }
        let (known, regular, share) = likeness(&table);
        let likeness = (known, regular, fits, share);
        if likeness > best.0 {
            best = (likeness, separator);
        }
    }
    let ((known, regular, ..), separator) = best;
    separator.filter(|_| known > 0 || regular)
}

/// How many titles are known; whether the rows are alike and of several cells; how many in a thousand are (above nine in
/// ten there is no difference: people forget a separator at the end).
fn likeness(table: &Table) -> (usize, bool, usize) {
    let found = header::find(table);
    let known = found.map_or(0, |found| found.known);
    let widths: Vec<usize> = table.from(found.map_or(0, |found| found.row + 1)).map(Line::len).collect();
    if let Some(found) = found {
        let width = table.from(found.row).next().map_or(0, Line::len);
        let fitting = widths.iter().filter(|len| **len <= width).count();
        return (known, true, (fitting * 1000 / widths.len().max(1)).min(900));
    }
    let mut counts = [0_usize; MAX_COLUMNS + 1];
    for width in &widths {
        counts[(*width).min(MAX_COLUMNS)] += 1;
    }
    let (width, fitting) = counts
        .iter()
        .enumerate()
        .max_by_key(|(_, count)| **count)
        .map_or((0, 0), |(width, count)| (width, *count));
    let share = fitting * 1000 / widths.len().max(1);
    (0, width > 1 && share >= 500, share.min(900))
}

/// Reads rows one by one.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    row: usize,
    separator: Option<u8>,
}

impl Reader<'_> {
    /// Appends the next row's cells; gives its number, and nothing at the end.
    fn row(&mut self, text: &mut String, starts: &mut Vec<u32>) -> Result<Option<usize>, RollError> {
        if self.at == self.text.len() {
            return Ok(None);
        }
        self.row += 1;
        for column in 1.. {
            if column > MAX_COLUMNS {
                return Err(RollError::TooManyColumns { row: self.row });
            }
            self.cell(column, text)?;
            // What is decoded has less than 2^32 bytes: three for each of 64 MB.
            starts.push(u32::try_from(text.len()).map_err(|_| RollError::TooLarge)?);
            match self.next_byte() {
                Some(byte) if Some(byte) == self.separator => self.at += 1,
                Some(b'\r') if self.text[self.at..].starts_with("\r\n") => {
                    self.at += 2;
                    break;
                }
                Some(_) => {
                    self.at += 1;
                    break;
                }
                None => break,
            }
        }
        Ok(Some(self.row))
    }

    fn next_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn ends_cell(&self, byte: u8) -> bool {
        Some(byte) == self.separator || byte == b'\n' || byte == b'\r'
    }

    /// Goes over blanks, as some programs write them around a cell in quotation marks.
    fn skip_blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t')) = self.next_byte()
            && Some(byte) != self.separator
        {
            self.at += 1;
        }
    }

    fn cell(&mut self, column: usize, text: &mut String) -> Result<(), RollError> {
        let start = self.at;
        self.skip_blanks();
        if self.next_byte() == Some(b'"') {
            self.at += 1;
            return self.quoted(column, text);
        }
        let rest = &self.text.as_bytes()[start..];
        let length = rest.iter().position(|byte| self.ends_cell(*byte)).unwrap_or(rest.len());
        text.push_str(&self.text[start..start + length]);
        self.at = start + length;
        Ok(())
    }

    fn quoted(&mut self, column: usize, text: &mut String) -> Result<(), RollError> {
        loop {
            let Some(length) = self.text[self.at..].find('"') else {
                return Err(RollError::QuoteNotClosed { row: self.row, column });
            };
            text.push_str(&self.text[self.at..self.at + length]);
            self.at += length + 1;
            if self.next_byte() != Some(b'"') {
                break;
            }
            text.push('"');
            self.at += 1;
        }
        self.skip_blanks();
        match self.next_byte() {
            Some(byte) if !self.ends_cell(byte) => Err(RollError::TextAfterQuote { row: self.row, column }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(table: &Table) -> Vec<Vec<String>> {
        table.from(0).map(|line| line.cells().map(str::to_owned).collect()).collect()
    }

    fn cells(text: &str, separator: char) -> Vec<Vec<String>> {
        rows(&Table::read_with(text, Some(separator)).unwrap())
    }

    #[test]
    fn cells_and_quotes() {
        assert_eq!(cells("a,b\r\nc,d", ','), [["a", "b"], ["c", "d"]]);
        assert_eq!(cells("a,b\rc,d\r", ','), [["a", "b"], ["c", "d"]]);
        assert_eq!(cells("\"a,1\"\"x\"\"\",\"b\nc\"\n", ','), [["a,1\"x\"", "b\nc"]]);
        assert_eq!(cells("a, \"b, c\" ,d\n", ','), [["a", "b, c", "d"]]);
        assert_eq!(cells("Ana \"la Rubia\" Gil;x\n", ';'), [["Ana \"la Rubia\" Gil", "x"]]);
        assert_eq!(cells("a\t\t \"b\"\n", '\t'), [["a", "", "b"]]);
        assert_eq!(cells("a,,\n,b,\n", ','), [vec!["a"], vec!["", "b"]]);
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        let table = Table::read_with("\n;;\na;\"1\n2\"\n \nb;3\n;\n\nc;4\n\n;\n\n", Some(';')).unwrap();
        let numbers: Vec<usize> = table.from(0).map(Line::number).collect();
        assert_eq!(numbers, [3, 5, 8]);
        assert_eq!(table.blank, (3, vec![4, 6, 7]), "those above and below everybody are not spoken of");
    }

    #[test]
    fn quotes_that_do_not_fit() {
        let refused = |text| Table::read_with(text, Some(';')).err().unwrap();
        assert_eq!(refused("a;b\nc;\"d\ne;f\n"), RollError::QuoteNotClosed { row: 2, column: 2 });
        assert_eq!(refused("\"a\" b;c\n"), RollError::TextAfterQuote { row: 1, column: 1 });
        // One that is missing, and one of a later row that seems to close it.
        assert_eq!(refused("\"Ana;1\n\"Bea\";2\n"), RollError::TextAfterQuote { row: 1, column: 1 });
        assert_eq!(refused("\""), RollError::QuoteNotClosed { row: 1, column: 1 });
    }

    #[test]
    fn limits() {
        let wide = ";".repeat(MAX_COLUMNS);
        assert_eq!(
            Table::read_with(&format!("a\n{wide}\n"), Some(';')).err(),
            Some(RollError::TooManyColumns { row: 2 })
        );
        assert_eq!(Table::read(&"a\n".repeat(MAX_ROWS + 11)).err(), Some(RollError::TooManyRows));
        let line = "a;".repeat(MAX_COLUMNS - 1) + "a\n";
        let many = line.repeat(MAX_CELLS / MAX_COLUMNS + 1);
        assert_eq!(Table::read(&many).err(), Some(RollError::TooManyCells));
        assert_eq!(Table::read(&"\n".repeat(1_000_000)).unwrap().rows.len(), 0);
    }

    #[test]
    fn the_separator_is_found() {
        let of = |text: &str| Table::read(text).unwrap().separator;
        assert_eq!(of("Nombre;Dirección\nAna;Mayor, 3, 2º\nBea;Sol, 4, 1º\n"), Some(';'));
        assert_eq!(of("Nombre,Correo\nAna,a@x.org\n"), Some(','));
        assert_eq!(of("Nom\tPrénom\nDupont\tZoé\n"), Some('\t'));
        assert_eq!(of("Nombre\nGil, Ana\nPons, Bea\n"), None);
        assert_eq!(of("Apellidos, Nombre\nGil, Ana\nPons, Bea\n"), Some(','));
        assert_eq!(of("Gil, Ana;600111222;Mayor, 3\nPons, Bea;600111223;Sol, 4\n"), Some(';'));
        assert_eq!(of("Ana Gil\nBea Pons\n"), None);
        assert_eq!(of("Nombre;;\nAna Gil;;\n"), Some(';'));
        // Quotation marks that do not fit are no reason to prefer another separator.
        assert_eq!(
            Table::read("Nombre;Correo\nAna;\"a@x\nBea;b@x\n").err(),
            Some(RollError::QuoteNotClosed { row: 2, column: 2 })
        );
        let notes =
            format!("Nombre;Notas\nAna;\"uno\n{}\"\nBea;dos\n", "dos, tres\n".repeat(SAMPLE_BYTES / 8));
        let table = Table::read(&notes).unwrap();
        assert_eq!((table.separator, table.rows.len()), (Some(';'), 3));
        assert_eq!(of("Ana Gil,1\nBea Pons,2\nCai Roig\n"), Some(','));
        assert_eq!(of("sep=;\r\nAna;1\r\n"), Some(';'));
        assert_eq!(rows(&Table::read("sep=,\nAna,1\n").unwrap()), [["Ana", "1"]]);
        assert_eq!(rows(&Table::read("sep=;").unwrap()), Vec::<Vec<String>>::new());
        assert_eq!(of("\"Nombre\";\"Notas\"\n\"Ana\";\"uno; dos, tres, cuatro\"\n"), Some(';'));
    }

    proptest! {
        /// What the `csv` crate writes is read as it was meant.
        #[test]
        fn agrees_with_csv(
            rows_meant in proptest::collection::vec(
                proptest::collection::vec("[a-zñÁ;,\"\t\n '.]{0,8}", 1..6), 1..20),
            separator in proptest::sample::select(vec![';', ',', '\t']),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(separator as u8)
                .flexible(true)
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &rows_meant {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let meant: Vec<Vec<String>> = rows_meant.iter()
                .map(|row| {
                    let used = row.iter().rposition(|cell| !is_blank(cell)).map_or(0, |at| at + 1);
                    row[..used].to_vec()
                })
                .filter(|row| !row.is_empty())
                .collect();
            prop_assert_eq!(cells(&text, separator), meant);
        }
    }
}
