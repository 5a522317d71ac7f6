//! Names of files, by template.

use std::collections::HashMap;

/// Longest name without its ending, bytes: file systems allow 255, and a file begun has a longer one.
const LONGEST: usize = 120;
/// Names that mean devices on Windows.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A template such as `{preset}-{phrase}-{seed}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
}

impl Template {
    /// Reads a template; `known` are the words that may stand in braces.
    pub fn parse(text: &str, known: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            parts.push(Part::Text(rest[..open].to_owned()));
            let inside = &rest[open + 1..];
            let close = if rest[open..].starts_with('{') { inside.find('}') } else { None };
            let Some(close) = close else {
                let column = text.chars().count() - rest[open..].chars().count() + 1;
                return Err(format!("column {column}: a brace without its partner"));
            };
            let word = inside[..close].trim();
            if !known.iter().any(|k| k == word) {
                return Err(format!("nothing is called `{{{word}}}`; there are: {{{}}}", known.join("}, {")));
            }
            parts.push(Part::Value(word.to_owned()));
            rest = &inside[close + 1..];
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }

    /// The name for these values, fit for every file system; without its ending.
    pub fn name(&self, values: &HashMap<String, String>) -> String {
        let text: String = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Value(word) => values.get(word).map_or("", String::as_str),
            })
            .collect();
        clean(&text)
    }
}

/// Letters, digits, `.`, `_` and `-`; whatever stands between them becomes one `-`.
pub(crate) fn clean(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() || matches!(letter, '.' | '_') {
            if name.len() + letter.len_utf8() > LONGEST {
                break;
            }
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches(['-', '.']);
    let stem: String = name.to_lowercase().chars().take_while(|c| *c != '.').collect();
    let device = DEVICES.contains(&stem.trim_end_matches(|c: char| c.is_ascii_digit()));
    if name.is_empty() || device { format!("_{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_and_mistakes_told() {
        let known = ["preset", "phrase"].map(String::from);
        let values = [("preset", "chant"), ("phrase", "COME ON, ALL MIGHT!")];
        let values = values.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let name = |text| Template::parse(text, &known).map(|t| t.name(&values));
        assert_eq!(name("{preset}-{phrase}"), Ok("chant-COME-ON-ALL-MIGHT".to_owned()));
        assert_eq!(name("take 1 of { preset }"), Ok("take-1-of-chant".to_owned()));
        assert!(name("{sede}").unwrap_err().contains("there are: {preset}, {phrase}"));
        assert!(name("ab}").unwrap_err().starts_with("column 3"));
        assert!(name("{preset").is_err());
    }

    #[test]
    fn names_stay_in_their_folder_on_every_system() {
        for (text, name) in [
            ("../../etc/passwd", "etc-passwd"),
            ("a/b\\c:d", "a-b-c-d"),
            ("がんばれ!", "がんばれ"),
            (".hidden", "hidden"),
            ("CON", "_CON"),
            ("com1.x", "_com1.x"),
            ("continue", "continue"),
            ("?!", "_"),
        ] {
            assert_eq!(clean(text), name, "{text}");
        }
        assert!(clean(&"é".repeat(500)).len() <= LONGEST);
    }
}
