//! A text file of times, while it is read: fields that know where they stand, and what is wrong with them.
//!
//! Owns the cutting of lines into fields and the gathering of problems. Does not own what the fields mean.

use std::ops::Range;

use crate::scene::PictureClock;

use super::{
    path::Path,
    problem::{At, Problem, Source},
    tree::{Entry, Node, Value},
};

/// More mistakes than this are not listed.
const MOST: usize = 20;

/// A stretch of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// What it says, without blanks around it and without quotation marks.
    pub text: String,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// A file that is laid over a timeline.
pub(crate) struct Page<'p> {
    /// All of it.
    pub text: &'p str,
    /// The clock of the picture, if there is one.
    pub clock: Option<&'p PictureClock>,
    source: usize,
    wrong: Vec<(Range<usize>, String, Option<String>)>,
}

impl<'p> Page<'p> {
    /// The text of `sources[source]`.
    pub fn new(text: &'p str, source: usize, clock: Option<&'p PictureClock>) -> Self {
        Self { text, clock, source, wrong: Vec::new() }
    }

    /// Remembers something wrong, and what to do about it.
    pub fn wrong(&mut self, span: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        if self.wrong.len() < MOST {
            let hint = hint.into();
            self.wrong.push((span.clone(), message.into(), (!hint.is_empty()).then_some(hint)));
        }
    }

    /// True if nothing wrong has been found so far.
    pub fn is_well(&self) -> bool {
        self.wrong.is_empty()
    }

    /// All that was wrong, in order.
    pub fn problems(self, sources: &[Source]) -> Vec<Problem> {
        let problem = |(span, message, hint): (Range<usize>, String, Option<String>)| {
            let at = At { source: self.source, span };
            let mut problem = Problem::new(sources, &at, Path::root(), message);
            problem.hint = hint;
            problem
        };
        self.wrong.into_iter().map(problem).collect()
    }

    /// A time in seconds of the scene; what is wrong with it is remembered.
    pub fn time(&mut self, field: &Field) -> Option<f64> {
        match PictureClock::read(self.clock, &field.text) {
            Ok(seconds) => Some(seconds),
            Err(message) => {
                self.wrong(&field.span, message, "");
                None
            }
        }
    }

    /// A value that stands at a stretch of this file.
    pub fn node(&self, value: Value, span: &Range<usize>) -> Node {
        Node::new(value, At { source: self.source, span: span.clone() })
    }

    /// A table of such values.
    pub fn table(&self, entries: Vec<(&str, Value)>, span: &Range<usize>) -> Node {
        let at = At { source: self.source, span: span.clone() };
        let entry = |(key, value): (&str, Value)| Entry {
            key: key.to_owned(),
            at: at.clone(),
            node: Node::new(value, at.clone()),
        };
        Node::new(Value::Table(entries.into_iter().map(entry).collect()), at.clone())
    }

    /// Every line with its place, without its end.
    pub fn lines(&self) -> Vec<Field> {
        let mut start = 0;
        let mut lines = Vec::new();
        for raw in self.text.split_inclusive('\n') {
            let text = raw.trim_end_matches(['\n', '\r']);
            lines.push(Field { text: text.to_owned(), span: start..start + text.len() });
            start += raw.len();
        }
        lines
    }
}

impl Field {
    /// The fields between `mark`s. A field may stand in quotation marks; two of them inside mean one.
    pub fn split(&self, mark: char) -> Vec<Field> {
        let mut fields = Vec::new();
        let (mut start, mut quoted) = (0, false);
        let ends = self.text.char_indices().chain(std::iter::once((self.text.len(), mark)));
        for (at, c) in ends {
            if c == '"' {
                quoted = !quoted;
            }
            if (c == mark && !quoted) || at == self.text.len() {
                fields.push(self.part(start..at));
                start = at + c.len_utf8();
            }
        }
        fields
    }

    /// A part of the field, by its bytes.
    pub fn part(&self, bytes: Range<usize>) -> Field {
        let raw = &self.text[bytes.clone()];
        let text = raw.trim();
        let from = self.span.start + bytes.start + (raw.len() - raw.trim_start().len());
        let span = from..from + text.len();
        let text = match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(inside) => inside.replace("\"\"", "\""),
            None => text.to_owned(),
        };
        Field { text, span }
    }
}

/// Start and length of every beat of a tree, seconds, as far as they are numbers.
pub(crate) fn spans(tree: &Node) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    let mut end_s = 0.0;
    for beat in tree.get("beat").map_or(&[][..], Node::items) {
        let number = |key: &str| beat.get(key).and_then(Node::number);
        let start_s = number("at").unwrap_or(end_s);
        if let Some(last) = spans.last_mut() {
            last.1 = start_s - last.0;
        }
        let seconds = number("seconds").unwrap_or(0.0);
        spans.push((start_s, seconds));
        end_s = start_s + seconds;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_know_their_place_and_quotation_marks() {
        let text = "a, \"b, \"\"c\"\"\" ,,ü d\r\nnext";
        let page = Page::new(text, 0, None);
        let lines = page.lines();
        assert_eq!((lines[1].text.as_str(), &text[lines[1].span.clone()]), ("next", "next"));
        let fields = lines[0].split(',');
        let texts: Vec<&str> = fields.iter().map(|f| f.text.as_str()).collect();
        assert_eq!(texts, ["a", "b, \"c\"", "", "ü d"]);
        assert_eq!(&text[fields[3].span.clone()], "ü d");
    }
}
