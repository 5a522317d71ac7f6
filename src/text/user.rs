//! Dictionaries in plain text: the user's own, and the built-in list of cries.
//!
//! Owns the file format: one word a line, spaces, its sounds in ARPAbet; empty lines and what follows `#` or `;;;` is skipped;
//! `WORD(2)` is a further pronunciation and skipped. Does not own look-up order.

use std::collections::BTreeMap;

use super::sound::Sound;
use super::{TextError, inline};

/// Longest line that is read, in bytes.
const MAX_LINE: usize = 2_000;
/// Most entries of a user's dictionary.
const MAX_ENTRIES: usize = 200_000;

/// Reads a dictionary; words become small letters with plain apostrophes.
pub(super) fn read(file: &str, contents: &str) -> Result<BTreeMap<String, Vec<Sound>>, TextError> {
    let mut out = BTreeMap::new();
    for (number, raw) in contents.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |byte: usize, problem: String| {
            let column = raw.get(..byte).map_or(1, |before| before.chars().count() + 1);
            TextError::Dictionary { file: file.into(), line: number + 1, column, problem }
        };
        if raw.len() > MAX_LINE {
            return Err(wrong(0, format!("line of {} bytes; the limit is {MAX_LINE}", raw.len())));
        }
        let line = raw.split(";;;").next().unwrap_or("");
        let line = line.split('#').next().unwrap_or("");
        let start = line.len() - line.trim_start().len();
        let line = line.trim_end();
        if start >= line.len() {
            continue;
        }
        let Some(gap) = line[start..].find(char::is_whitespace).map(|g| start + g) else {
            return Err(wrong(
                line.len(),
                format!("no sounds after {:?}: write KYOUKA  K Y OW1 K AH0", &line[start..]),
            ));
        };
        let word = super::lexicon::fold(&line[start..gap]);
        if word.contains('(') {
            continue;
        }
        if !word.chars().any(char::is_alphabetic) {
            return Err(wrong(start, format!("{:?} has no letters", &line[start..gap])));
        }
        if let Some(bad) =
            word.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '.' | 'ー')))
        {
            return Err(wrong(start, format!("{bad:?} cannot be part of a word")));
        }
        let sounds = inline::arpabet(&line[gap..], gap)
            .map_err(|e| wrong(e.span().map_or(gap, |s| s.start), format!("{e}; {}", e.hint())))?;
        out.insert(word, sounds.sounds);
        if out.len() > MAX_ENTRIES {
            return Err(wrong(0, format!("more than {MAX_ENTRIES} words")));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_comments_and_marks_of_order_are_understood() {
        let text = "# my words\n\nKYOUKA  K Y OW1 K AH0\nAll-Might AO1 L M AY1 T ;;; hero\nfoo(2) F\n";
        let read = read("mine.dict", text).unwrap();
        assert_eq!(read.keys().collect::<Vec<_>>(), ["all-might", "kyouka"]);
    }

    #[test]
    fn errors_name_file_line_and_column() {
        let at = |text: &str| match read("mine.dict", text) {
            Err(TextError::Dictionary { file, line, column, problem }) => {
                assert_eq!(file, "mine.dict");
                (line, column, problem)
            }
            other => panic!("{other:?}"),
        };
        let (line, column, problem) = at("OK  OW1\nFOO  F UW1 QX");
        assert_eq!((line, column), (2, 12));
        assert!(problem.contains("unknown phoneme \"QX\""), "{problem}");
        assert_eq!(at("FOO").0, 1);
        assert_eq!(at("FOO  T K").0, 1);
        assert_eq!(at("123  W AH1 N").1, 1);
    }
}
