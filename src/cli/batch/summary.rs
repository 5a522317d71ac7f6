//! What became of every row: a table for people, JSON for programs.

use serde::Serialize;

use super::manifest::Entry;
use crate::cli::stage::length;

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Rendered now.
    Done,
    /// Rendered before, in just this way.
    Unchanged,
    /// Wrong, or something went wrong.
    Failed,
    /// Ctrl-C came first.
    Missing,
}

/// One row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RowSummary {
    /// Line in the table; absent for presets of the command line.
    pub line: Option<u64>,
    /// The file, absent if the row is wrong.
    pub file: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why not.
    pub error: Option<String>,
    /// The preset.
    pub preset: Option<String>,
    /// What is known of the file.
    #[serde(flatten)]
    pub entry: Option<Entry>,
}

/// All rows.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    version: &'static str,
    done: usize,
    unchanged: usize,
    failed: usize,
    missing: usize,
    took_s: f64,
    rows: Vec<RowSummary>,
}

impl Summary {
    pub fn new(rows: Vec<RowSummary>, took_s: f64) -> Self {
        let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            done: count(Outcome::Done),
            unchanged: count(Outcome::Unchanged),
            failed: count(Outcome::Failed),
            missing: count(Outcome::Missing),
            took_s,
            rows,
        }
    }

    /// How many rows failed.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// In one line.
    pub fn line(&self) -> String {
        let parts = [
            (self.done, "done"),
            (self.unchanged, "unchanged"),
            (self.failed, "failed"),
            (self.missing, "missing"),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let rows = self.rows.len();
        let took = length(self.took_s);
        format!("{rows} {}: {} in {took}", if rows == 1 { "row" } else { "rows" }, parts.join(", "))
    }

    /// A table with one line a row, and the line of all.
    pub fn table(&self) -> String {
        let number = |value: Option<f64>| value.map_or("-".into(), |v| format!("{v:.1}"));
        let mut lines =
            vec![["file", "outcome", "length", "people", "seed", "LUFS", "dBTP", "took"].map(String::from)];
        for row in &self.rows {
            let line = row.line.map_or(String::new(), |line| format!("(line {line})"));
            let file = row.file.clone().unwrap_or(line);
            let outcome = format!("{:?}", row.outcome).to_lowercase();
            lines.push(match &row.entry {
                Some(e) => [
                    file,
                    outcome,
                    length(e.seconds),
                    e.people.to_string(),
                    e.seed.to_string(),
                    number(e.integrated_lufs),
                    number(e.true_peak_dbtp),
                    length(e.took_s),
                ],
                None => [file, outcome]
                    .into_iter()
                    .chain(std::iter::repeat_n("-".to_owned(), 6))
                    .collect::<Vec<_>>()
                    .try_into()
                    .unwrap_or_default(),
            });
        }
        let width = |column: usize| lines.iter().map(|l| cells(&l[column])).max().unwrap_or(0);
        let widths: [usize; 8] = std::array::from_fn(width);
        let mut text = String::new();
        for line in &lines {
            for (column, cell) in line.iter().enumerate() {
                let blanks = " ".repeat(widths[column] - cells(cell));
                // Words to the left, numbers to the right.
                text += &if column < 2 { format!("{cell}{blanks}  ") } else { format!("{blanks}{cell}  ") };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text + &self.line() + "\n"
    }
}

/// How many cells of a terminal a text takes: kana and kanji take two each.
fn cells(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}
