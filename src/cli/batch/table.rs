//! A table as text: which cells there are and where they stand.
//!
//! Owns the reading of CSV (by the `csv` crate), the separator, and places for messages. Does not own what columns
//! mean.

use std::path::Path;

use crate::preset::read_text;

use crate::cli::failure::Failure;

/// Largest table, bytes, and most rows.
const BYTES: u64 = 32 << 20;
const ROWS: usize = 100_000;
/// Separators that are known, the usual one first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A table with one heading.
#[derive(Debug)]
pub(crate) struct Table {
    /// The file, as the user wrote it.
    pub name: String,
    /// Names of the columns.
    pub heading: Vec<Cell>,
    /// The rows that can be read, and the lines of those that cannot.
    pub rows: Vec<Result<Line, (u64, String)>>,
}

/// A row.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its line in the file, from 1.
    pub line: u64,
    /// As many as the heading has.
    pub cells: Vec<Cell>,
}

/// What stands in a row under a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Without blanks around it.
    pub text: String,
    /// Line and column in the file, from 1, in characters.
    pub at: (u64, usize),
}

impl Table {
    /// Reads a table. Rows that are not like the heading are told row by row.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = read_text(path, BYTES).map_err(|error| Failure::from_error(&error))?;
        Self::parse(&path.display().to_string(), &text)
    }

    fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        let count = |s: &u8| first.bytes().filter(|b| b == s).count();
        // The first of equals, so that a table of one column has commas.
        let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => return Err(Failure::new(format!("{name}: {error}"))),
            };
            let line = line(text, &record, separator);
            // A line of separators or blanks alone is what spreadsheets leave behind.
            if line.cells.iter().any(|cell| !cell.text.is_empty()) {
                lines.push(line);
            }
            if lines.len() > ROWS + 1 {
                return Err(Failure::new(format!("{name} has more than {ROWS} rows")).hint("split it"));
            }
        }
        let mut lines = lines.into_iter();
        let Some(Line { cells: heading, .. }) = lines.next() else {
            return Err(Failure::new(format!("{name}:1:1: the table is empty"))
                .hint("its first line names the columns, for example: preset,phrase,people,seed"));
        };
        let rows = lines
            .map(|line| {
                let number = line.line;
                like(name, &heading, line).map_err(|message| (number, message))
            })
            .collect();
        Ok(Self { name: name.to_owned(), heading, rows })
    }
}

/// Holds a row against the heading.
fn like(name: &str, heading: &[Cell], line: Line) -> Result<Line, String> {
    let (found, wanted) = (line.cells.len(), heading.len());
    if let Some(cell) = line.cells.iter().find(|cell| cell.text.contains(['\n', '\r'])) {
        let (line, column) = cell.at;
        return Err(format!(
            "{name}:{line}:{column}: a quotation mark is not closed: the cell goes on in the next line"
        ));
    }
    if found == wanted {
        return Ok(line);
    }
    let at = line.cells.get(wanted).or(line.cells.last()).map_or((line.line, 1), |cell| cell.at);
    let hint = if found > wanted { "; words that hold a separator go in quotation marks" } else { "" };
    Err(format!("{name}:{}:{}: {found} cells under {wanted} columns{hint}", at.0, at.1))
}

fn line(text: &str, record: &csv::StringRecord, separator: u8) -> Line {
    let (line, byte) = record.position().map_or((1, 0), |p| (p.line(), p.byte() as usize));
    // The position is that of the end of the line before.
    let raw = text.get(byte..).unwrap_or("");
    let skipped = raw.len() - raw.trim_start_matches(['\n', '\r']).len();
    let line = line + raw[..skipped].matches('\n').count() as u64;
    let places = places(&raw[skipped..], separator, record.len(), line);
    let cell = |(text, at): (&str, (u64, usize))| Cell { text: text.trim().to_owned(), at };
    Line { line, cells: record.iter().zip(places).map(cell).collect() }
}

/// Where each of the first `count` cells of a row begins, blanks and quotation marks skipped.
fn places(raw: &str, separator: u8, count: usize, mut line: u64) -> Vec<(u64, usize)> {
    let mut places = Vec::with_capacity(count);
    let (mut column, mut quoted, mut fresh) = (1, false, true);
    for letter in raw.chars() {
        if !quoted && letter as u32 == u32::from(separator) {
            if fresh {
                places.push((line, column));
            }
            fresh = true;
        } else if !quoted && letter == '\n' {
            break;
        } else if fresh && !letter.is_whitespace() {
            places.push((line, column));
            fresh = false;
        }
        quoted ^= letter == '"';
        if letter == '\n' {
            (line, column) = (line + 1, 0);
        }
        column += 1;
    }
    if fresh {
        places.push((line, column));
    }
    places.resize(count, (line, column));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &Line) -> Vec<&str> {
        line.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn cells_are_found_with_their_places_whatever_the_separator() {
        for separator in [",", ";", "\t"] {
            let text = "preset,phrase,seed\r\nchant,\"COME ON, ALL MIGHT!\", 7\n\n,\"\",\nkana,がんばれ,8"
                .replace(',', separator)
                .replace(&format!("ON{separator}"), "ON,");
            let table = Table::parse("t.csv", &text).unwrap();
            let rows: Vec<&Line> = table.rows.iter().map(|r| r.as_ref().unwrap()).collect();
            assert_eq!(texts(rows[0]), ["chant", "COME ON, ALL MIGHT!", "7"]);
            assert_eq!(texts(rows[1]), ["kana", "がんばれ", "8"]);
            assert_eq!(rows[0].cells[2].at, (2, 30));
            assert_eq!(rows[1].cells[2].at, (5, 11), "{separator:?}");
        }
    }

    #[test]
    fn rows_unlike_the_heading_are_told_and_the_others_kept() {
        let table = Table::parse("t.csv", "preset,seed\na,1\nb,2,3\nc\nd,4\n\"e,5\nf,6").unwrap();
        let told: Vec<&str> = table.rows.iter().filter_map(|r| Some(r.as_ref().err()?.1.as_str())).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("t.csv:3:5: 3 cells under 2 columns"), "{}", told[0]);
        assert!(told[1].starts_with("t.csv:4:1: 1 cells"), "{}", told[1]);
        assert!(told[2].starts_with("t.csv:6:1: a quotation mark"), "{}", told[2]);
    }

    #[test]
    fn an_empty_table_is_refused() {
        for text in ["", "\n\n", ",,\n"] {
            assert!(Table::parse("t.csv", text).unwrap_err().to_string().contains("the table is empty"));
        }
    }
}
