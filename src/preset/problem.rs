//! What is wrong with a preset, said so that it can be put right.
//!
//! Owns sources (a file, a built-in, a command-line option), places in them (line and column, both
//! counted from 1, columns in characters) and the words of a message. Does not own any rule.

use std::{fmt, ops::Range};

use super::path::Path;

/// What kind of text a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A file of the user.
    File,
    /// A preset inside the program.
    BuiltIn,
    /// A command-line option such as `--set crowd.people=0`.
    Option,
}

/// A text that values of a preset come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path as the user wrote it, the built-in's name, or the whole option.
    pub name: String,
    /// The text that spans point into.
    pub text: String,
    /// What it is.
    pub kind: SourceKind,
}

/// A stretch of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// Index into the sources.
    pub source: usize,
    /// Bytes of that source's text.
    pub span: Range<usize>,
}

impl Source {
    /// Line and column of a byte, both from 1; columns count characters.
    pub fn line_column(&self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.text.len());
        let bytes = self.text.as_bytes();
        let start = bytes[..byte].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let line = bytes[..start].iter().filter(|b| **b == b'\n').count() + 1;
        let column = self.text.get(start..byte).map_or(byte - start, |s| s.chars().count()) + 1;
        (line, column)
    }

    /// The text of a line, counted from 1, without its end.
    fn line(&self, line: usize) -> &str {
        self.text.lines().nth(line - 1).unwrap_or("")
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file, built-in or option.
    pub source: String,
    /// Line and column from 1; `None` for options.
    pub at: Option<(usize, usize)>,
    /// The line itself and how many characters of it are meant; empty for options.
    pub excerpt: Option<(String, usize)>,
    /// Where in the preset.
    pub path: Path,
    /// What is wrong: lower-case, no full stop.
    pub message: String,
    /// What may stand there instead.
    pub allowed: Option<String>,
    /// What to try.
    pub hint: Option<String>,
}

impl Problem {
    /// Puts a message to a stretch of a source.
    pub(crate) fn new(sources: &[Source], at_in: &At, path: Path, message: String) -> Self {
        let Some(source) = sources.get(at_in.source) else {
            return Self {
                source: "preset".into(),
                at: None,
                excerpt: None,
                path,
                message,
                allowed: None,
                hint: None,
            };
        };
        let (at, excerpt) = if source.kind == SourceKind::Option {
            (None, None)
        } else {
            let (line, column) = source.line_column(at_in.span.start);
            let text = source.line(line);
            let left = text.chars().count().saturating_sub(column - 1);
            let meant = source.text.get(at_in.span.clone()).unwrap_or("");
            let width = meant.lines().next().unwrap_or("").chars().count().min(left).max(1);
            (Some((line, column)), Some((text.to_owned(), width)))
        };
        Self { source: source.name.clone(), at, excerpt, path, message, allowed: None, hint: None }
    }

    /// Adds what may stand there.
    #[must_use]
    pub(crate) fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// Adds what to try.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what to try, where that is known.
    #[must_use]
    pub(crate) fn hinted(mut self, hint: Option<&str>) -> Self {
        self.hint = hint.map(str::to_owned);
        self
    }
}

/// The longest stretch of a line that an excerpt shows, characters.
const EXCERPT: usize = 100;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.source))?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        f.write_str(": ")?;
        if !self.path.steps().is_empty() {
            write!(f, "{}: ", printable(&self.path.to_string()))?;
        }
        f.write_str(&printable(&self.message))?;
        if let (Some((line, column)), Some((text, width))) = (self.at, &self.excerpt) {
            // A long line is shown from a little before the place.
            let skip = (column - 1).saturating_sub(EXCERPT / 2);
            let shown: String = printable(text).chars().skip(skip).take(EXCERPT).collect();
            let digits = line.to_string().len();
            let before = if skip > 0 { "…" } else { "" };
            let after = if text.chars().nth(skip + EXCERPT).is_some() { "…" } else { "" };
            let lead = column - 1 - skip;
            let width = (*width).min(EXCERPT.saturating_sub(lead)).max(1);
            let lead = lead + before.chars().count();
            let shown = if after.is_empty() { shown.trim_end() } else { &shown };
            write!(f, "\n  {line} | {before}{shown}{after}")?;
            write!(f, "\n  {:digits$} | {:lead$}{}", "", "", "^".repeat(width))?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "\n  allowed: {}", printable(allowed))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", printable(hint))?;
        }
        Ok(())
    }
}

/// Shows control characters (a preset may come from a stranger) as blanks, so that a message cannot
/// move the cursor or change colours of a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The name among `names` that a mistyped one probably means.
pub(crate) fn nearest<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let typed = typed.to_lowercase();
    let limit = typed.chars().count().max(3) / 3;
    names
        .into_iter()
        .map(|name| (distance(&typed, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Optimal string alignment distance: insertions, deletions, exchanges and swapped neighbours.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let exchange = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = exchange.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a = \"ü\" x\nb = 1".to_owned();
        let source = Source { name: "f".into(), text, kind: SourceKind::File };
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(9), (1, 9));
        assert_eq!(source.line_column(11), (2, 1));
        assert_eq!(source.line_column(999), (2, 6));
    }

    #[test]
    fn a_line_that_is_cut_says_so_and_the_mark_stays_under_its_place() {
        let text = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let source = Source { name: "f".into(), text, kind: SourceKind::File };
        let at = At { source: 0, span: 300..301 };
        let said = Problem::new(&[source], &at, Path::root(), "m".into()).to_string();
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[1].starts_with("  1 | …a") && lines[1].ends_with("b…"), "{said}");
        let mark = lines[2].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[1].chars().nth(mark), Some('X'), "{said}");
    }

    #[test]
    fn the_nearest_name_is_offered_and_no_far_one() {
        let names = ["people", "population", "spread_ms", "seed"];
        assert_eq!(nearest("peopel", names), Some("people"));
        assert_eq!(nearest("spread", ["spread_ms"]), None);
        assert_eq!(nearest("Seed", names), Some("seed"));
        assert_eq!(nearest("zzz", names), None);
    }

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let source = Source { name: "a\u{1b}[31m".into(), text: "x".into(), kind: SourceKind::File };
        let problem = Problem::new(&[source], &At::default(), Path::root(), "m".into());
        assert!(!problem.to_string().contains('\u{1b}'));
    }
}
