//! Where a value stands in a preset: `crowd.people`, `beat[2].intensity[0]`, `place.roof.at`.
//!
//! Owns the notation that error messages print and that `--set` reads. Lists count from 0; an entry
//! of a list may be named by its `name` instead. Does not own the tree that paths point into.

use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of a table, or the `name` of an entry of a list.
    Key(String),
    /// An entry of a list, counted from 0.
    Index(usize),
}

/// A way from the top of a preset to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// Most parts of a key: presets nest four deep.
const DEEPEST: usize = 32;

/// Why a path cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Nothing before the equals sign.
    #[error("the key is empty")]
    Empty,
    /// More parts than any preset has.
    #[error("the key has more than {limit} parts")]
    Deep {
        /// The most it may have.
        limit: usize,
    },
    /// Two dots in a row, or a dot at an end.
    #[error("a name is missing at column {column}")]
    MissingName {
        /// Counted from 1.
        column: usize,
    },
    /// A quotation mark or bracket that is never closed.
    #[error("{what} at column {column} is never closed")]
    Open {
        /// Which one.
        what: char,
        /// Counted from 1.
        column: usize,
    },
    /// Something other than a number in brackets.
    #[error("`[{found}]` at column {column} is not an index such as `[0]`")]
    Index {
        /// What stands there.
        found: String,
        /// Counted from 1.
        column: usize,
    },
}

impl Path {
    /// The top of the preset.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of its steps.
    pub fn from_steps(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The same path, one key further.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        Self(steps)
    }

    /// The same path, one entry further.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The path without its last step; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Reads a path as a user types it.
    ///
    /// # Errors
    /// [`PathError`], naming the column.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.trim().is_empty() {
            return Err(PathError::Empty);
        }
        let chars: Vec<char> = text.trim().chars().collect();
        let mut steps = Vec::new();
        let mut at = 0;
        loop {
            if steps.len() == DEEPEST {
                return Err(PathError::Deep { limit: DEEPEST });
            }
            if chars.get(at) == Some(&'[') {
                let (index, next) = index_at(&chars, at)?;
                steps.push(Step::Index(index));
                at = next;
            } else {
                let (name, next) = name_at(&chars, at)?;
                steps.push(Step::Key(name));
                at = next;
            }
            match chars.get(at) {
                None => return Ok(Self(steps)),
                Some('.') => at += 1,
                Some('[') => {}
                Some(_) => return Err(PathError::MissingName { column: at + 1 }),
            }
        }
    }

    /// True if the path fits a pattern in which `[]` stands for any entry: `beat[].seconds`.
    pub fn fits(&self, pattern: &str) -> bool {
        let mut rest = pattern;
        for step in &self.0 {
            rest = match step {
                Step::Index(_) => match rest.strip_prefix("[]") {
                    Some(rest) => rest,
                    None => return false,
                },
                Step::Key(key) => {
                    let body = rest.strip_prefix('.').unwrap_or(rest);
                    match body.strip_prefix(key.as_str()) {
                        Some(after) if after.is_empty() || after.starts_with(['.', '[']) => after,
                        _ => return false,
                    }
                }
            };
        }
        rest.is_empty()
    }
}

fn index_at(chars: &[char], at: usize) -> Result<(usize, usize), PathError> {
    let Some(length) = chars[at..].iter().position(|c| *c == ']') else {
        return Err(PathError::Open { what: '[', column: at + 1 });
    };
    let found: String = chars[at + 1..at + length].iter().collect();
    match found.trim().parse() {
        Ok(index) => Ok((index, at + length + 1)),
        Err(_) => Err(PathError::Index { found, column: at + 1 }),
    }
}

fn name_at(chars: &[char], at: usize) -> Result<(String, usize), PathError> {
    if let Some(quote @ ('"' | '\'')) = chars.get(at) {
        let rest = &chars[at + 1..];
        return match rest.iter().position(|c| c == quote) {
            Some(length) => Ok((rest[..length].iter().collect(), at + length + 2)),
            None => Err(PathError::Open { what: *quote, column: at + 1 }),
        };
    }
    let length = chars[at..].iter().position(|c| matches!(c, '.' | '[')).unwrap_or(chars.len() - at);
    if length == 0 {
        return Err(PathError::MissingName { column: at + 1 });
    }
    Ok((chars[at..at + length].iter().collect(), at + length))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if n > 0 {
                        f.write_str(".")?;
                    }
                    if key.is_empty() || key.contains(['.', '[', ']', '"', '\'', '=', ' ']) {
                        write!(f, "\"{key}\"")?;
                    } else {
                        f.write_str(key)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_very_many_parts_is_refused() {
        let deep = "a.".repeat(50_000) + "b";
        assert!(matches!(Path::parse(&deep), Err(PathError::Deep { limit: DEEPEST })));
        assert!(Path::parse(&("a.".repeat(DEEPEST - 1) + "b")).is_ok());
    }

    #[test]
    fn paths_survive_printing_and_reading() {
        for text in ["seed", "crowd.people", "beat[2].intensity[0]", "place.\"far away\".at"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn broken_paths_name_their_column() {
        assert_eq!(Path::parse(" "), Err(PathError::Empty));
        assert_eq!(Path::parse("a..b"), Err(PathError::MissingName { column: 3 }));
        assert_eq!(Path::parse("a."), Err(PathError::MissingName { column: 3 }));
        assert_eq!(Path::parse("a[1"), Err(PathError::Open { what: '[', column: 2 }));
        assert_eq!(Path::parse("a[1]b"), Err(PathError::MissingName { column: 5 }));
        assert_eq!(Path::parse("a[x]"), Err(PathError::Index { found: "x".into(), column: 2 }));
        assert_eq!(Path::parse("a.\"b"), Err(PathError::Open { what: '"', column: 3 }));
    }

    #[test]
    fn patterns_stand_for_every_entry() {
        let path = Path::parse("beat[2].intensity[0]").unwrap();
        assert!(path.fits("beat[].intensity[]"));
        assert!(!path.fits("beat[].intensity"));
        assert!(!path.fits("beat.intensity[]"));
        assert!(!Path::parse("crowd.people_max").unwrap().fits("crowd.people"));
    }
}
